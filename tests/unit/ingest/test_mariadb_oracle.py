"""What a real MariaDB dumps and what it answers must be the same to us, byte for byte and row for row."""

from __future__ import annotations

import gzip
import os
import random
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pytest

from unspoof.ingest.container import Options, Survey
from unspoof.ingest.containers.mysqldump import MySqlDump
from unspoof.ingest.streams import open_unpacked

PATH = os.pathsep.join(
    [os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"]
)  # where Debian puts servers
SERVER = shutil.which("mariadbd", path=PATH) or shutil.which("mysqld", path=PATH)
DUMP = shutil.which("mariadb-dump") or shutil.which("mysqldump")
CLIENT = shutil.which("mariadb") or shutil.which("mysql")
INSTALL = shutil.which("mariadb-install-db") or shutil.which("mysql_install_db")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (SERVER and DUMP and CLIENT and INSTALL), reason="MariaDB is not installed (Debian: mariadb-server)"
    ),
]

# Kinds of column: how the server is asked for the very bytes that a dump must hold.
TEXT, BYTES, PLAIN = "CONVERT({} USING {charset})", "CAST({} AS BINARY)", "CAST({} AS CHAR)"

NASTY = {
    "id": ("int NOT NULL PRIMARY KEY COMMENT 'it''s (a, key)'", PLAIN),
    "a`b c": ("varchar(300) DEFAULT NULL COMMENT '),('", TEXT),
    "select": ("text", TEXT),
    "blob": ("longblob", BYTES),
    "fixed": ("binary(4)", BYTES),
    "latin": ("varchar(100) CHARACTER SET latin1", TEXT),
    "dec": ("decimal(20,6)", PLAIN),
    "f": ("float", PLAIN),
    "d": ("double", PLAIN),
    "bits": ("bit(10)", BYTES),
    "day": ("date", PLAIN),
    "dt": ("datetime(3)", PLAIN),
    "ts": ("timestamp(6) NULL", PLAIN),
    "e": ("enum('a','it''s','c,d)')", TEXT),
    "s": ("set('x','y','z')", TEXT),
    "js": ("json", TEXT),
    "gen": ("int GENERATED ALWAYS AS (id * 2) STORED", PLAIN),
    "big": ("bigint unsigned", PLAIN),
}
MAGNUS = {
    "id": ("bigint(11) NOT NULL AUTO_INCREMENT PRIMARY KEY", PLAIN),
    "id_user": ("int(11) NOT NULL DEFAULT 0", PLAIN),
    "id_plan": ("int(11) DEFAULT NULL", PLAIN),
    "id_trunk": ("int(11) DEFAULT NULL", PLAIN),
    "id_server": ("int(11) DEFAULT NULL", PLAIN),
    "id_prefix": ("int(11) DEFAULT NULL", PLAIN),
    "id_campaign": ("int(11) DEFAULT NULL", PLAIN),
    "callerid": ("varchar(40) DEFAULT NULL", TEXT),
    "uniqueid": ("varchar(30) DEFAULT NULL", TEXT),
    "starttime": ("timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP", PLAIN),
    "sessiontime": ("int(11) DEFAULT NULL", PLAIN),
    "calledstation": ("varchar(30) DEFAULT NULL", TEXT),
    "sessionbill": ("float DEFAULT NULL", PLAIN),
    "sipiax": ("int(11) DEFAULT 0", PLAIN),
    "src": ("varchar(40) DEFAULT NULL", TEXT),
    "buycost": ("decimal(15,6) DEFAULT 0.000000", PLAIN),
    "real_sessiontime": ("int(11) DEFAULT NULL", PLAIN),
    "terminatecauseid": ("int(1) DEFAULT NULL", PLAIN),
    "agent_bill": ("decimal(15,6) DEFAULT 0.000000", PLAIN),
}
TABLES = {
    "nasty rows`x": NASTY,
    "pkg_cdr": MAGNUS,
    "tiny": {"id": ("int PRIMARY KEY", PLAIN)},
    "empty": {"id": ("int PRIMARY KEY", PLAIN), "note": ("text", TEXT)},
    "only_text": {"id": ("varchar(50) COLLATE utf8mb4_bin PRIMARY KEY", TEXT)},
}
PIECES = (
    "", "NULL", "null", "'", "''", "\\", "\\\\", "\\'", "),(", ");\n", "\n", "\r\n", "\t", "\0", "\x1a", "\b", '"', "`",
    "--", "-- x\n", "/* x */", "#", ";\nINSERT INTO `tiny` VALUES (99);\n", "0x41", "_binary 'x'", "%", "_", "\\%", ",",
    " ", "é", "Ünï", "\u4e2d\u6587", "\U0001f4de", "plain words", "(", ")", "1e5", "it's", "\\N", "\ufeff",
)  # fmt: skip


@dataclass(frozen=True)
class Mode:
    """One way of dumping."""

    name: str
    options: tuple[str, ...] = ()
    charset: str = "utf8mb4"
    utc: bool = True
    packed: str = ""


MODES = (
    Mode("default"),
    Mode("databases", ("--databases", "--routines", "--events", "--add-drop-database")),
    Mode("one-row-inserts", ("--skip-extended-insert",)),
    Mode("hex-blob", ("--hex-blob",)),
    Mode("complete-insert", ("--complete-insert",)),
    Mode("complete-one-row", ("--complete-insert", "--skip-extended-insert")),
    Mode("latin1", ("--default-character-set=latin1",), "latin1"),
    Mode("skip-tz-utc", ("--skip-tz-utc",), utc=False),
    Mode("no-create", ("--no-create-info", "--complete-insert")),
    Mode("compact", ("--compact",)),
    Mode("replace", ("--replace",)),
    Mode("insert-ignore", ("--insert-ignore",)),
    Mode("small-buffer", ("--net-buffer-length=4096",)),
    Mode("ansi", ("--compatible=ansi",), "latin1"),
    Mode("no-header", ("--skip-comments", "--skip-add-locks", "--skip-disable-keys"), "utf8mb4"),
    Mode("binary", ("--default-character-set=binary",), "binary"),
    Mode("gzip", packed="gzip"),
    Mode("zstd", packed="zstd"),
)


def _hex(text: str, charset: str = "utf8mb4") -> str:
    return f"CONVERT(x'{text.encode().hex()}' USING {charset})"


def _nasty_row(number: int, rng: random.Random) -> str:
    def text(count: int = 4) -> str:
        return "".join(rng.choice(PIECES) for _ in range(rng.randrange(count)))

    def maybe(sql: str) -> str:
        return "NULL" if rng.random() < 0.15 else sql

    latin = bytes(rng.choices(range(1, 256), k=rng.randrange(30))).hex()
    blob = bytes(range(256)).hex() if number % 7 == 0 else rng.randbytes(rng.randrange(40)).hex()
    values = (
        str(number),
        maybe(_hex(text())),
        maybe(_hex(text(12))),
        maybe(f"x'{blob}'"),
        maybe(f"x'{rng.randbytes(4).hex()}'"),
        maybe(f"CONVERT(x'{latin}' USING latin1)"),
        maybe(f"{rng.randrange(-(10**12), 10**12)}.{rng.randrange(10**6):06}"),
        maybe(repr(rng.choice((0.1, -1.5e-20, 3.4e38, 0.0, 123456.7)))),
        maybe(repr(rng.choice((0.1, -1.5e-300, 1.7e308, 1 / 3)))),
        maybe(f"{rng.randrange(1024)}"),
        maybe(f"'{rng.choice(('2022-03-27', '0000-00-00', '1999-12-31'))}'"),
        maybe(f"'2022-03-27 01:30:{rng.randrange(60):02}.{rng.randrange(1000):03}'"),
        maybe(f"'2022-10-30 0{rng.randrange(6)}:59:59.{rng.randrange(10**6):06}'"),
        maybe(f"{rng.randrange(1, 4)}"),
        maybe(f"{rng.randrange(8)}"),
        maybe("""'{"a": "it\\\\"s", "b": [1, null]}'"""),
        "DEFAULT",
        maybe(str(rng.choice((0, 2**64 - 1, 7)))),
    )
    return f"({', '.join(values)})"


def _call(number: int) -> str:
    shown, source = _hex(f"0161 4960{number % 1000:03}"), _hex(f"O'Neil {number % 50}")
    at = f"2022-{number % 12 + 1:02}-{number % 28 + 1:02} {number % 24:02}:{number % 60:02}:00"
    return (
        f"(NULL,{number % 50},1,2,NULL,{number % 9},NULL,{shown},'1650000{number}.{number % 7}','{at}',{number % 400},"
        f"'447700900{number % 1000:03}',{number * 0.013},0,{source},{number * 0.000001:.6f},{number % 399},"
        f"{number % 7},0.000000)"
    )


def _statements() -> str:
    rng = random.Random(20261122)
    parts = ["SET sql_mode='NO_AUTO_VALUE_ON_ZERO'; SET time_zone='+00:00';"]
    for table, columns in TABLES.items():
        declared = ", ".join(f"{_quoted(name)} {kind}" for name, (kind, _) in columns.items())
        parts.append(f"CREATE TABLE {_quoted(table)} ({declared}) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;")
    parts.append("INSERT INTO `nasty rows``x` VALUES " + ",\n".join(_nasty_row(n, rng) for n in range(400)) + ";")
    parts.append("INSERT INTO `pkg_cdr` VALUES " + ",".join(_call(n) for n in range(20_000)) + ";")
    parts.append("INSERT INTO `tiny` VALUES " + ",".join(f"({n})" for n in range(100)) + ";")
    texts = sorted({"", "NULL", "null", "a'b", "a\\", "x,y", "),(", "\n", "0x41", *(f"t{n}" for n in range(100))})
    parts.append("INSERT INTO `only_text` VALUES " + ",".join(f"({_hex(text)})" for text in texts) + ";")
    parts.append("CREATE VIEW `v` AS SELECT 'it''s; INSERT INTO `tiny` VALUES (1)' AS x FROM `tiny`;")
    parts.append(
        "DELIMITER ;;\nCREATE TRIGGER `g` BEFORE INSERT ON `tiny` FOR EACH ROW BEGIN\n"
        "-- it's a trap\nIF NEW.id < 0 THEN\n"
        "INSERT INTO `empty` VALUES (1, '*/ ;');\nEND IF; END ;;\nDELIMITER ;\n"
    )
    return "\n".join(parts)


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


class Server:
    """A MariaDB of our own, reachable through a socket only."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.socket = folder, folder / "s"
        user = ["--user=root"] if os.geteuid() == 0 else []
        data = f"--datadir={folder / 'data'}"
        subprocess.run(
            [str(INSTALL), "--no-defaults", data, "--auth-root-authentication-method=normal", "--skip-test-db", *user],
            check=True,
            capture_output=True,
        )
        options = ["--skip-networking", "--default-time-zone=+05:30", "--skip-log-bin", "--max-allowed-packet=64M"]
        files = [f"--socket={self.socket}", f"--pid-file={folder / 'pid'}", f"--log-error={folder / 'log'}"]
        self.process = subprocess.Popen(
            [str(SERVER), "--no-defaults", data, *files, *options, *user],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._wait()

    def _wait(self) -> None:
        for _ in range(300):
            if self.socket.exists() and self._client("SELECT 1", check=False).returncode == 0:
                return
            assert self.process.poll() is None, (self.folder / "log").read_text()[-2000:]
            time.sleep(0.2)
        pytest.fail("MariaDB did not come up within a minute")

    def _client(self, sql: str, *options: str, check: bool = True) -> subprocess.CompletedProcess[bytes]:
        command = [str(CLIENT), "--no-defaults", f"--socket={self.socket}", "-uroot", "-N", "-B", *options]
        done = subprocess.run(command, input=sql.encode(), capture_output=True, check=False)
        assert done.returncode == 0 or not check, done.stderr.decode()[:600]
        return done

    def run(self, sql: str, database: str = "", zone: str = "") -> bytes:
        """Return what the client prints."""
        setting = f"SET time_zone='{zone}';" if zone else ""
        return self._client(setting + sql, "--default-character-set=utf8mb4", *([database] if database else [])).stdout

    def dump(self, database: str, *options: str) -> bytes:
        """Return a dump of a database."""
        command = [str(DUMP), "--no-defaults", f"--socket={self.socket}", "-uroot", *options, database]
        return subprocess.run(command, capture_output=True, check=True).stdout

    def rows(self, database: str, table: str, charset: str, zone: str) -> list[tuple[bytes | None, ...]]:
        """Return every row of a table as the server itself gives it, each cell in hexadecimal on the way."""
        parts = [f"HEX({how.format(_quoted(name), charset=charset)})" for name, (_, how) in TABLES[table].items()]
        answer = self.run(f"SELECT {', '.join(parts)} FROM {_quoted(table)};", database, zone)
        return sorted(
            (tuple(None if cell == b"NULL" else bytes.fromhex(cell.decode()) for cell in line.split(b"\t"))
             for line in answer.splitlines()),
            key=repr,
        )  # fmt: skip

    def stop(self) -> None:
        """Shut the server down."""
        self.process.terminate()
        self.process.wait(60)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running server with the tables of this module in the database `shop`."""
    running = Server(tmp_path_factory.mktemp("db"))
    try:
        running.run("CREATE DATABASE shop;")
        running.run(_statements(), "shop")
        yield running
    finally:
        running.stop()


def _read(path: Path, chunk: int) -> tuple[Survey, dict[str, list[tuple[bytes | None, ...]]]]:
    container, found = MySqlDump(chunk), {}
    with open_unpacked(path) as stream:
        survey = container.survey(stream, Options())
    wanted = {table.name: [column.name for column in table.columns] for table in survey.tables}
    with open_unpacked(path) as stream, open_unpacked(path) as again:
        whole = again.read()
        for block in container.blocks(stream, survey):
            for batch in block.read(wanted):
                assert batch.refused == ()
                rows = list(zip(*(column.to_pylist() for column in batch.cells.columns), strict=True))
                found.setdefault(batch.table.name, []).extend(rows)
                for start, size in zip(batch.locator.to_pylist()[:50], batch.locator_size.to_pylist(), strict=False):
                    assert (whole[start : start + 1], whole[start + size - 1 : start + size]) == (b"(", b")")
    return survey, {name: sorted(rows, key=repr) for name, rows in found.items()}


def _differences(
    table: str, ours: list[tuple[bytes | None, ...]], theirs: list[tuple[bytes | None, ...]]
) -> list[tuple[str, bytes | None, bytes | None]]:
    return [
        (name, left, right)
        for mine, other in zip(ours, theirs, strict=True)
        for name, left, right in zip(TABLES[table], mine, other, strict=True)
        if left != right
    ]


def _packed(dump: bytes, how: str) -> bytes:
    if how == "gzip":
        return gzip.compress(dump[:70_000]) + gzip.compress(dump[70_000:])
    return bytes(pa.compress(dump, codec=how, asbytes=True)) if how else dump


@pytest.mark.parametrize("chunk", [8 << 20, 30_000])
@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.name)
def test_every_row_of_a_dump_is_what_the_server_answers(server: Server, tmp_path: Path, mode: Mode, chunk: int) -> None:
    """Each cell of each table equals the server's own bytes, whatever the options of the dump."""
    path = tmp_path / "dump.sql"
    path.write_bytes(_packed(server.dump("shop", *mode.options), mode.packed))

    survey, found = _read(path, chunk)

    zone = "+00:00" if mode.utc else "+05:30"
    for table in TABLES:
        expected = server.rows("shop", table, mode.charset, zone)
        assert len(found.get(table, [])) == len(expected)
        assert _differences(table, found.get(table, []), expected) == []
    if "--no-create-info" not in mode.options:
        columns = {t.name: {c.name: c.zone for c in t.columns} for t in survey.tables}
        assert list(columns["nasty rows`x"]) == list(NASTY)
        assert {t.name: t.key for t in survey.tables}["pkg_cdr"] == ("id",)


def test_timestamps_are_utc_only_where_the_dump_says_so_and_datetimes_never_are(server: Server, tmp_path: Path) -> None:
    """The same instant comes out 5.5 hours apart from the two kinds of dump, and only one of them calls it UTC."""
    path, seen = tmp_path / "dump.sql", {}
    for options in ((), ("--skip-tz-utc",)):
        path.write_bytes(server.dump("shop", *options))
        survey, found = _read(path, 8 << 20)
        zones = {t.name: {c.name: c.zone for c in t.columns} for t in survey.tables}["nasty rows`x"]
        names = list(NASTY)
        rows = {row[0]: row for row in found["nasty rows`x"]}
        number = next(n for n in sorted(rows) if rows[n][names.index("ts")] and rows[n][names.index("dt")])
        row = rows[number]
        seen[options] = zones["ts"], zones["dt"], row[names.index("ts")][11:13], row[names.index("dt")]

    plain, skipped = seen[()], seen[("--skip-tz-utc",)]
    assert (plain[0], plain[1], skipped[0], skipped[1]) == ("UTC", "", "", "")
    assert (int(skipped[2]) - int(plain[2])) % 24 in (5, 6)
    assert plain[3] == skipped[3]


def test_a_compact_dump_is_in_utc_without_saying_so(server: Server, tmp_path: Path) -> None:
    """--compact leaves out the header but not the conversion, so no zone may be claimed and the notes must warn."""
    path = tmp_path / "dump.sql"
    path.write_bytes(server.dump("shop", "--compact"))

    survey, found = _read(path, 8 << 20)

    zones = {t.name: {c.name: c.zone for c in t.columns} for t in survey.tables}["pkg_cdr"]
    assert zones["starttime"] == ""
    assert sorted(found["pkg_cdr"], key=repr) == server.rows("shop", "pkg_cdr", "utf8mb4", "+00:00")
    assert any("--compact" in note for note in survey.notes)

"""A real MariaDB is the judge: the dump restores, and the real mysqldump writes the same bytes again."""

from __future__ import annotations

import getpass
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dump_reader import read
from unspoof.synth import make

_PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])
_TOOLS = {
    name: shutil.which(name, path=_PATH) for name in ("mariadbd", "mariadb-install-db", "mariadb", "mariadb-dump")
}

pytestmark = pytest.mark.skipif(
    not all(_TOOLS.values()), reason="no MariaDB server here (Debian: apt-get install mariadb-server)"
)


def _tool(name: str) -> str:
    found = _TOOLS[name]
    assert found is not None
    return found


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A server of its own: data directory and socket in a temporary folder, no network."""
    folder = tmp_path_factory.mktemp("db")
    data, socket = folder / "data", folder / "s"
    user = f"--user={getpass.getuser()}"
    install = [
        _tool("mariadb-install-db"),
        "--no-defaults",
        f"--datadir={data}",
        "--auth-root-authentication-method=normal",
    ]
    subprocess.run([*install, "--skip-test-db", user], check=True, capture_output=True)
    start = [_tool("mariadbd"), "--no-defaults", f"--datadir={data}", f"--socket={socket}", "--skip-networking", user]
    # The log goes to a file: a full pipe would stop the server.
    with (folder / "log").open("wb") as log, subprocess.Popen(start, stdout=log, stderr=log) as process:
        try:
            for _ in range(300):
                ask = [_tool("mariadb"), "--no-defaults", "-S", str(socket), "-u", "root", "-e", "select 1"]
                if subprocess.run(ask, capture_output=True, check=False).returncode == 0:
                    break
                time.sleep(0.1)
            yield socket
        finally:
            process.terminate()


def _client(server: Path, name: str, *arguments: str, text: bytes = b"") -> bytes:
    command = [_tool(name), "--no-defaults", "-S", str(server), "-u", "root", *arguments]
    return subprocess.run(command, input=text, check=True, capture_output=True).stdout


@pytest.fixture(scope="module")
def dump(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dump of several statements, with names of every kind."""
    return make(tmp_path_factory.mktemp("synth") / "restores", calls=20_000, seed=4, accounts=2_000).files[0].path


@pytest.fixture(scope="module")
def restored(server: Path, dump: Path) -> Path:
    """The socket of a server that holds the dump's database."""
    _client(server, "mariadb", "-e", "create database mbilling")
    _client(server, "mariadb", "mbilling", text=dump.read_bytes())
    return server


def test_rows_restored_are_rows_written(restored: Path, dump: Path) -> None:
    """Every table holds as many rows as stand in the dump, and names come out as they went in."""
    listed = read(dump)
    counts = " union all ".join(f"select count(*) from {table}" for table in listed)
    answer = _client(restored, "mariadb", "-N", "mbilling", "-e", counts).decode().split()
    query = "select distinct hex(lastname) from pkg_user where lastname regexp '[^A-Za-z]'"
    names = _client(restored, "mariadb", "-N", "mbilling", "-e", query).decode().split()
    odd = {row["lastname"] for row in listed["pkg_user"] if row["lastname"] and not str(row["lastname"]).isascii()}

    assert [int(count) for count in answer] == [len(rows) for rows in listed.values()]
    assert odd
    assert odd <= {bytes.fromhex(name).decode() for name in names}


def test_the_real_mysqldump_writes_the_same_bytes(restored: Path, dump: Path) -> None:
    """Dumping the restored database gives this dump again: rows, escapes, statement cuts, declarations."""

    def body(text: bytes) -> list[bytes]:
        volatile = (b"-- MariaDB dump", b"-- Server version", b"-- Dump completed", b"/*M!999999")
        return [line for line in text.split(b"\n") if not line.startswith(volatile)]

    written = dump.read_bytes()

    assert written.count(b"INSERT INTO `pkg_cdr_failed`") > 1
    assert body(_client(restored, "mariadb-dump", "mbilling")) == body(written)


def test_times_are_utc(restored: Path, dump: Path) -> None:
    """TIMESTAMP columns hold the moments that the dump writes in UTC, whatever the zone of the server."""
    first = re.search(rb"VALUES\n\(1,[^']*'[^']*','[^']*','([^']*)'", dump.read_bytes())
    query = "set time_zone='+05:00'; select unix_timestamp(starttime) from pkg_cdr where id = 1"
    shown = int(_client(restored, "mariadb", "-N", "mbilling", "-e", query))

    assert first is not None
    assert datetime.fromtimestamp(shown, UTC).strftime("%Y-%m-%d %H:%M:%S") == first[1].decode()

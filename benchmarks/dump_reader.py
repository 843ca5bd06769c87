"""How fast a dump is read, per core and against restoring it: python benchmarks/dump_reader.py [--mb 200] [--rounds 5].

Every figure is a median over rounds, of CPU seconds of one thread; restoring is wall time of `mariadb < dump`, with the
server on the same machine. The dump is a made-up call table of 19 columns, of which 12 are read.
"""

from __future__ import annotations

import argparse
import gzip
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa

from unspoof.ingest.container import Options
from unspoof.ingest.containers.mysqldump import MYSQLDUMP
from unspoof.ingest.streams import open_unpacked

COLUMNS = (
    ("id", "bigint(11) NOT NULL"), ("id_user", "int(11)"), ("id_plan", "int(11)"), ("id_trunk", "int(11)"),
    ("id_server", "int(11)"), ("id_prefix", "int(11)"), ("id_campaign", "int(11)"), ("callerid", "varchar(40)"),
    ("uniqueid", "varchar(30)"), ("starttime", "timestamp NULL"), ("sessiontime", "int(11)"),
    ("calledstation", "varchar(30)"), ("sessionbill", "float"), ("sipiax", "int(11)"), ("src", "varchar(40)"),
    ("buycost", "decimal(15,6)"), ("real_sessiontime", "int(11)"), ("terminatecauseid", "int(1)"),
    ("agent_bill", "decimal(15,6)"),
)  # fmt: skip
WANTED = (
    "id", "id_user", "id_trunk", "callerid", "uniqueid", "starttime", "calledstation", "sessionbill", "src", "buycost",
    "real_sessiontime", "terminatecauseid",
)  # fmt: skip
HEAD = "-- MariaDB dump 10.19\n/*!40101 SET NAMES utf8mb4 */;\n/*!40103 SET TIME_ZONE='+00:00' */;\n"
STYLES = {
    "one line a statement": ",",
    "one line a row": ",\n",
    "one statement a row": ";\nINSERT INTO `pkg_cdr` VALUES ",
    "blanks after commas": ",\n",
    "escapes and NULLs": ",",
    "escapes in every row": ",",
    "_binary introducers": ",",
}
PACKED = ("gz", "zst")
"""The first style is read packed as well; MB/s are of the text that comes out."""


def row(n: int, style: str) -> str:
    """Return one made-up call."""
    source, caller = f"user{n % 5000}", f"'442079460{n % 1000:03}'"
    if style == "escapes in every row":
        source, caller = f"O\\'Neil\\n\\\"{n % 500}\\\\", "'\\\"447700900123\\\"'"
    if style == "escapes and NULLs":
        source = f"O\\'Neil\\n{n % 500}" if n % 4 == 0 else source
        caller = "NULL" if n % 5 == 0 else caller
    src = f"_binary '{source}'" if style == "_binary introducers" else f"'{source}'"
    at = f"2022-03-{n % 28 + 1:02} {n % 24:02}:{n % 60:02}:{n % 60:02}"
    text = (
        f"({n},{n % 5000},1,{n % 24},1,{n % 300},NULL,{caller},'16358{n}.{n % 7777}','{at}',{n % 300},"
        f"'447700900{n % 1000:03}',{n * 0.001 % 9:.4f},0,{src},{n * 0.002 % 9:.6f},{n % 300},1,0.000000)"
    )
    return text.replace(",", ", ") if style == "blanks after commas" else text


def write_dump(path: Path, size: int, style: str) -> None:
    """Write a dump of about `size` bytes in one of the STYLES, some 1 MB a statement."""
    columns = ",".join(f"`{name}` {kind}" for name, kind in COLUMNS)
    start = f"{HEAD}CREATE TABLE `pkg_cdr` ({columns}, PRIMARY KEY (`id`)) ENGINE=InnoDB;\n"
    number = 0
    with path.open("w", newline="") as out:
        out.write(start)
        while out.tell() < size:
            rows = [row(n, style) for n in range(number, number + 6000)]
            number += len(rows)
            out.write(f"INSERT INTO `pkg_cdr` VALUES {STYLES[style].join(rows)};\n")
        out.write("-- Dump completed\n")


def median(rounds: int, work: Callable[[], object], clock: Callable[[], float] = time.thread_time) -> float:
    """Return the median seconds of `rounds` runs."""
    taken = []
    for _ in range(rounds):
        start = clock()
        work()
        taken.append(clock() - start)
    return statistics.median(taken)


def measure(path: Path, rounds: int) -> tuple[float, float, float]:
    """Return seconds of a survey, of cutting into blocks, and of blocks and reading together."""

    def survey() -> object:
        with open_unpacked(path) as stream:
            return MYSQLDUMP.survey(stream, Options())

    def blocks(read: bool) -> int:
        rows = 0
        with open_unpacked(path) as stream:
            for block in MYSQLDUMP.blocks(stream, found):
                batches = block.read({"pkg_cdr": WANTED}) if read else []
                assert not any(batch.refused for batch in batches)
                rows += sum(batch.cells.num_rows for batch in batches)
        return rows

    with open_unpacked(path) as stream:
        found = MYSQLDUMP.survey(stream, Options())
    return median(rounds, survey), median(rounds, lambda: blocks(read=False)), median(rounds, lambda: blocks(read=True))


def pack(path: Path, how: str) -> Path:
    """Return a packed copy of a file."""
    target = path.with_suffix(f".sql.{how}")
    with (
        path.open("rb") as plain,
        gzip.open(target, "wb", 6) if how == "gz" else pa.output_stream(str(target), compression="zstd") as out,
    ):
        shutil.copyfileobj(plain, out, 1 << 20)
    return target


def restore(path: Path) -> float | None:
    """Return the seconds that MariaDB takes to restore the dump, None where it is not installed."""
    server, client, install = (shutil.which(name) for name in ("mariadbd", "mariadb", "mariadb-install-db"))
    if not (server and client and install):
        return None
    user = ["--user=root"] if os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory() as folder:
        data, socket = f"--datadir={folder}/data", f"--socket={folder}/s"
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.run(
            [install, "--no-defaults", data, "--auth-root-authentication-method=normal", *user], check=True, **quiet
        )
        running = subprocess.Popen([server, "--no-defaults", data, socket, "--skip-networking", *user], **quiet)
        try:
            command = [client, "--no-defaults", socket, "-uroot"]
            while subprocess.run([*command, "-e", "CREATE DATABASE shop"], check=False, **quiet).returncode:
                assert running.poll() is None, "MariaDB does not start"
                time.sleep(0.2)

            def load() -> object:
                with path.open("rb") as dump:
                    return subprocess.run([*command, "shop"], stdin=dump, check=True)

            return median(1, load, time.perf_counter)
        finally:
            running.terminate()
            running.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mb", type=int, default=100, help="size of each dump in MB")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--no-restore", action="store_true")
    args = parser.parse_args()
    print("| dump | MB | survey MB/s | blocks MB/s | blocks + read MB/s | restore MB/s (wall) | ratio |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "dump.sql"
        for style in STYLES:
            write_dump(path, args.mb * 1_000_000, style)
            size = path.stat().st_size / 1e6
            survey, cut, both = (size / seconds for seconds in measure(path, args.rounds))
            seconds = None if args.no_restore or style not in tuple(STYLES)[:1] else restore(path)
            beside = f"{size / seconds:.1f} | {both * seconds / size:.0f}" if seconds else "- | -"
            print(f"| {style} | {size:.0f} | {survey:.0f} | {cut:.0f} | {both:.0f} | {beside} |", flush=True)
        write_dump(path, args.mb * 1_000_000, next(iter(STYLES)))
        size = path.stat().st_size / 1e6
        for how in PACKED:
            packed = pack(path, how)
            survey, cut, both = (size / seconds for seconds in measure(packed, args.rounds))
            print(f"| {how}: {next(iter(STYLES))} | {size:.0f} | {survey:.0f} | {cut:.0f} | {both:.0f} | - | - |")


if __name__ == "__main__":
    main()

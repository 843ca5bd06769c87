"""`unspoof add` on files that a user writes, packs, cuts and names: what is said of each."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from test_commands import said, unspoof

SHOP = """
[source]
name = "acme"
container = "delimited"
delimiter = "|"
encoding = "utf-8"
header = true
zone = "Europe/London"

[table.calls]
from = "pkg_cdr"
call_ref = "uniqueid"
answered_at = {column = "starttime", format = "%Y-%m-%d %H:%M:%S"}
duration_s = {column = "real_sessiontime", unit = "s"}
outcome = {column = "terminatecauseid", map = {"1" = "answered", "2" = "busy", "3" = "no-answer"}}

[table.payments]
from = "pkg_refill"
txid = {column = "description", pattern = "txid: ([0-9a-f]{64})"}
where = {payment = "1"}

[table.reports]
report_ref = "Crime Ref"
incident_from = {column = ["Date", "Time"], format = ["%d/%m/%Y %H:%M", "%d/%m/%Y"]}
loss_gross_minor = {column = "Amount", format = "major"}
"""
CALLS = "uniqueid|starttime|real_sessiontime|terminatecauseid\nu1|2022-03-01 10:00:00|65|1\n"
PAYMENTS = f"id|description|payment\n1|txid: {'a' * 64}|1\n2|cash|0\n"
REPORTS = "Crime Ref|Date|Time|Amount\nA1|01/03/2022|14:05|£1,234.50\nA2|02/03/2022||£10\nA3|31/02/2022||£1\n"
DUMP = """-- MariaDB dump 10.19  Distrib 10.11.6-MariaDB, for debian-linux-gnu (x86_64)
CREATE TABLE `pkg_cdr` (`uniqueid` varchar(30), `starttime` datetime, `real_sessiontime` int, `terminatecauseid` int);
INSERT INTO `pkg_cdr` VALUES ('u1','2022-03-01 10:00:00',65,1),('u2','2022-03-01 11:00:00',0,2);
CREATE TABLE `pkg_refill` (`id` int, `date` datetime, `description` text, `payment` int);
INSERT INTO `pkg_refill` VALUES (1,NULL,'cash',1);
-- Dump completed on 2022-03-02  0:00:00
"""
SHEET = "Crime Ref,Date,Victim Phone,Brand\nR1,01/03/2022,07700 900123,Café Bank\nR2,02/03/2022,07700 900124,£ Bank\n"


@pytest.fixture
def case(tmp_path: Path) -> Path:
    """An empty case."""
    said("new", tmp_path / "case", "--reference", "TEST 2", "--home", "GB", "--currency", "GBP")
    return tmp_path / "case"


def write(path: Path, content: str | bytes) -> Path:
    """Make a file."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_one_mapping_describes_the_several_files_of_one_service(case: Path, tmp_path: Path) -> None:
    """Each file is read as what it is; what the mapping says of the others is told as absent, and is no error."""
    mapping = write(tmp_path / "acme.toml", SHOP)
    found = {
        name: said("add", case, write(tmp_path / f"{name}.txt", text), "--format", mapping)
        for name, text in (("calls", CALLS), ("payments", PAYMENTS), ("reports", REPORTS))
    }

    assert {name: {t: c["kept"] for t, c in f["tables"].items()} for name, f in found.items()} == {
        "calls": {"calls": 1},
        "payments": {"payments": 1},
        "reports": {"reports": 2},
    }
    assert found["payments"]["tables"]["payments"]["passed_over"] == 1
    assert found["reports"]["tables"]["reports"]["refused"] == 1
    assert found["calls"]["absent"] == ["pkg_refill", "reports (no Crime Ref, Date, Amount)"]
    assert found["calls"]["zone"] == "Europe/London"
    rows = pq.read_table(case / "tables/reports/exhibit=3/part-0.parquet").to_pylist()
    assert [row["loss_gross_minor"] for row in rows] == [123450, 1000]
    assert said("verify", case)["ok"] is True


def test_a_mapping_reads_a_dump_once_it_says_so(case: Path, tmp_path: Path) -> None:
    """A dump is not read as lines of text; the message says what to write, and with it the dump is read."""
    dump = write(tmp_path / "shop.sql", DUMP)
    refused = unspoof("add", case, dump, "--format", write(tmp_path / "acme.toml", SHOP))
    mapping = write(tmp_path / "dump.toml", SHOP.replace('"delimited"', '"mysqldump"'))

    assert refused.returncode == 2
    assert 'write container = "mysqldump"' in refused.stderr
    tables = said("add", case, dump, "--format", mapping)["tables"]
    assert {name: counts["kept"] for name, counts in tables.items()} == {"calls": 2, "payments": 1}


def test_a_mistyped_column_is_an_error_beside_other_mappings_that_fit(case: Path, tmp_path: Path) -> None:
    """A mapping half of whose columns are there is meant for the file: its rows are not left out in silence."""
    toml = '[source]\nname = "x"\ncontainer = "delimited"\n[table.calls]\ncall_ref = "id"\ncause = "why"\n'
    toml += '[table.accounts]\naccount_ref = "who"\nname = "nickname"\n'
    file = write(tmp_path / "x.csv", "id,why,who,name\n1,a,b,c\n2,a,b,c\n")

    done = unspoof("add", case, file, "--format", write(tmp_path / "x.toml", toml))

    assert done.returncode == 2
    assert "lacks column nickname" in done.stderr


def test_a_rare_delimiter_is_believed(case: Path, tmp_path: Path) -> None:
    """What a named format says of its delimiter needs no sign in the file."""
    toml = '[source]\nname = "x"\ncontainer = "delimited"\ndelimiter = "^"\nheader = false\ncolumns = ["id", "why"]\n'
    toml += '[table.calls]\ncall_ref = "id"\ncause = "why"\n'
    file = write(tmp_path / "x.txt", "1^a\n2^b\n")

    found = said("add", case, file, "--format", write(tmp_path / "x.toml", toml))

    assert found["tables"]["calls"]["kept"] == 2


def test_a_dump_that_is_cut_off_is_said_to_be(case: Path, tmp_path: Path) -> None:
    """The rows before the cut are read, the cut is a fault of the file, and nobody has to look for it in the log."""
    whole = DUMP.encode()
    mapping = write(tmp_path / "dump.toml", SHOP.replace('"delimited"', '"mysqldump"'))
    plain = write(tmp_path / "plain.sql", whole[: whole.index(b"'u2'") + 2])
    packed = write(tmp_path / "packed.sql.gz", gzip.compress(whole)[:-30])

    found = said("add", case, plain, "--format", mapping)

    assert (found["tables"]["calls"]["kept"], found["tables"]["calls"]["refused"]) == (1, 1)
    assert any("cut off" in fault for fault in found["faults"])
    assert len(said("add", case, packed, "--format", mapping)["faults"]) == 2


def test_the_character_set_of_a_sheet_can_be_stated(case: Path, tmp_path: Path) -> None:
    """A shipped format reads a Windows sheet with --encoding, is kept with it, and read again with it by verify."""
    file = write(tmp_path / "reports.csv", SHEET.encode("cp1252"))
    blind = unspoof("add", case, file, "--zone", "Europe/London")

    assert blind.returncode == 2
    assert "--encoding" in blind.stderr
    found = said("add", case, file, "--zone", "Europe/London", "--encoding", "cp1252")
    assert found["tables"]["reports"] == {"read": 2, "kept": 2, "refused": 0, "passed_over": 0}
    assert found["notes"] == ["character set cp1252, as stated"]
    assert said("verify", case)["ok"] is True


def test_a_row_is_passed_over_once(case: Path, tmp_path: Path) -> None:
    """Two mappings of one table to calls: rows read and rows passed over make the rows of the file."""
    head = "Sequence|IMSI|Usage Type|MSISDN|Call date|Call time|Duration(sec)|2nd Party IMSI|2nd Party MSISDN\n"
    line = "{}|1|{}|447700900001|2022-03-01|10:00:00.000000|5|2|447700900002\n"
    kinds = ("MOC", "MTC", "SMS-O", "D", "MOC")
    file = write(tmp_path / "a.cdr", head + "".join(line.format(i, kind) for i, kind in enumerate(kinds)))

    counts = said("add", case, file, "--zone", "UTC")["tables"]["calls"]

    assert counts == {"read": 3, "kept": 3, "refused": 0, "passed_over": 2}


def test_what_is_no_file_is_named_for_what_it_is(case: Path, tmp_path: Path) -> None:
    """A folder, a pipe and a file of an odd name are told apart, and a name cannot feign a line of its own."""
    os.mkfifo(tmp_path / "pipe")
    odd = write(tmp_path / "a\nDone\x1b[2J.csv", SHEET)

    assert "is a folder" in unspoof("add", case, tmp_path).stderr
    assert "is a named pipe" in unspoof("add", case, tmp_path / "pipe").stderr
    assert "a\\nDone\\x1b[2J.csv: " in unspoof("add", case, odd).stderr
    assert "rnd.sql: " in unspoof("add", case, write(tmp_path / "rnd.sql", "-- MySQL dump 10\nDROP TABLE x;\n")).stderr


def test_files_done_before_a_bad_one_are_named(case: Path, tmp_path: Path) -> None:
    """Of several files the bad one is the error; those that were sealed before it are not left untold."""
    good = write(tmp_path / "good.csv", SHEET)

    done = unspoof("add", case, good, tmp_path / "none.csv", "--zone", "Europe/London")

    assert done.returncode == 2
    assert "none.csv: cannot be read" in done.stderr
    assert "exhibit 1 (good.csv)" in done.stderr
    assert said("add", case, good, "--zone", "Europe/London")["already"] is True


def test_an_exhibit_that_was_sealed_but_not_read_is_told_by_run(case: Path, tmp_path: Path) -> None:
    """Rows that a full disk kept out of the case are not left out of its figures in silence."""
    file = write(tmp_path / "reports.csv", SHEET)
    limit = "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)); import signal; "
    limit += "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); from unspoof.cli import main; main()"
    command = [sys.executable, "-c", limit, "add", str(case), str(file), "--zone", "UTC", "--encoding", "utf-8"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)

    assert done.returncode == 2
    assert done.stderr.endswith("[bad-case]\n")
    assert said("run", case)["unread"] == [1]
    assert said("verify", case)["ok"] is True
    assert said("add", case, file, "--zone", "UTC")["tables"]["reports"]["kept"] == 2
    assert said("run", case)["unread"] == []


@pytest.mark.parametrize(("words", "says"), [(["--currency", "pounds"], "--currency"), (["--home", "XX"], "--home")])
def test_a_place_that_is_none_is_refused_before_sealing(
    case: Path, tmp_path: Path, words: list[str], says: str
) -> None:
    """A currency or a country that does not exist is one message, and nothing is sealed."""
    done = unspoof("add", case, write(tmp_path / "reports.csv", SHEET), "--zone", "UTC", *words)

    assert done.returncode == 2
    assert says in done.stderr
    assert list((case / "exhibits").glob("*")) == []

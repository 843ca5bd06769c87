"""The command line as a user meets it: exit codes, one message an error, documented JSON."""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from made_up_case import Worked

from unspoof.cli import main

Done = subprocess.CompletedProcess[str]


def _environment(cwd: Path | None) -> dict[str, str]:
    return {"UNSPOOF_REFERENCE_DIR": str((cwd or Path.cwd()) / "no-reference-here")}


def process(*words: object, cwd: Path | None = None) -> Done:
    """Run the command as a process, with a reference folder of its own."""
    command = [sys.executable, "-m", "unspoof", *map(str, words)]
    environment = {**os.environ, **_environment(cwd)}
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=environment, timeout=120)


def unspoof(*words: object, cwd: Path | None = None) -> Done:
    """Run the command's own entry here, which spares a second of starting; what escapes it fails the test."""
    said, complained = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    argv = ["unspoof", *map(str, words)]
    code: object = 0
    with (
        contextlib.chdir(cwd or Path.cwd()),
        contextlib.redirect_stdout(said),
        contextlib.redirect_stderr(complained),
        mock.patch.dict(os.environ, _environment(cwd)),
        mock.patch.object(sys, "argv", argv),
    ):
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
    texts = [stream.buffer.getvalue().decode("utf-8") for stream in (said, complained)]  # type: ignore[attr-defined]
    return Done(argv, int(str(code)), *texts)


def said(*words: object, cwd: Path | None = None) -> Any:
    """Run a command that must succeed and return its JSON."""
    done = unspoof(*words, "--json", cwd=cwd)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    "words",
    [
        ["--version"],
        ["brands", "CASE", "--json"],
        ["victims", "CASE", "--top", "3"],
        ["figures", "nowhere"],
        ["add", "CASE", "chance.bin"],
        ["frobnicate"],
    ],
)
def test_a_process_says_and_exits_as_its_entry_does(worked: Worked, tmp_path: Path, words: list[str]) -> None:
    """Output, message and exit code of a true process are those that the other tests see without starting one."""
    (tmp_path / "chance.bin").write_bytes(random.Random(5).randbytes(5_000))
    given = [str(worked.case.folder) if w == "CASE" else w for w in words]

    one, other = process(*given, cwd=tmp_path), unspoof(*given, cwd=tmp_path)

    assert (one.returncode, one.stdout) == (other.returncode, other.stdout)
    assert one.stderr.splitlines()[-1:] == other.stderr.splitlines()[-1:]  # usage before it names what was started


def test_the_lists_have_their_documented_keys(worked: Worked) -> None:
    """Scripts depend on the keys of figures, suspects, victims and links."""
    case = worked.case.folder
    figure = said("figures", case)["figures"][0]
    suspect = said("suspects", case, "--top", 3)["suspects"][0]
    victim = said("victims", case, "--top", 3)["victims"][0]
    link = said("links", case, "--kind", "report-call", "--top", 1)["links"][0]

    assert {"key", "label", "value", "unit", "definition", "cut_off", "rows", "step"} <= figure.keys()
    assert {"rank", "suspect_id", "account_ids", "usernames", "score", "reasons"} <= suspect.keys()
    assert {"part", "points", "because"} == suspect["reasons"][0].keys()
    wanted = {"rank", "number", "country", "calls", "long_calls", "longest_s", "brands", "suspect_ids", "reported"}
    assert wanted | {"reasons"} <= victim.keys()
    assert {"left", "left_ref", "right", "right_ref", "score", "reasons"} <= link.keys()
    assert 0 <= link["score"] <= 1


def test_source_has_its_documented_keys(worked: Worked) -> None:
    """The row, its exhibit with hash and name, the locator and the bytes."""
    link = worked.case.links("report-call", top=1)[0]
    found = said("source", worked.case.folder, "calls", link["right"])

    assert {"table", "id", "row", "exhibit", "locator", "bytes"} <= found.keys()
    assert {"sha256", "name"} <= found["exhibit"].keys()
    assert found["id"] == link["right"]


def test_why_tells_everything_of_a_suspect_a_number_and_a_report(worked: Worked) -> None:
    """One name leads to facts and findings."""
    case = worked.case
    suspect = case.suspects(top=1)[0]
    victim = case.victims(top=1)[0]
    link = case.links("report-call", top=1)[0]

    assert {"suspects", "suspect_parts", "crews", "accounts"} <= {
        f["name"] for f in said("why", case.folder, suspect["suspect_id"])["found"]
    }
    assert {"calls", "victims"} <= {f["name"] for f in said("why", case.folder, victim["number"])["found"]}
    names = {f["name"] for f in said("why", case.folder, link["left_ref"])["found"]}
    assert {"reports", "report_call_links", "report_events"} <= names


def test_rows_of_one_name_are_never_cut_in_silence(tmp_path: Path) -> None:
    """Where more rows go by one reference than are shown, `source` says how many and `why` counts all of them."""
    lines = [f"R1,05/03/2022,V{n},01/03/2022,10:15,07700 900123,,Northgate Bank,£{n}" for n in range(250)]
    (tmp_path / "r.csv").write_text("\n".join([REPORTS.splitlines()[0], *lines]) + "\n", "utf-8")
    unspoof("new", "case", "--reference", "x", cwd=tmp_path)
    said("add", "case", "r.csv", "--zone", "Europe/London", cwd=tmp_path)

    refused = unspoof("source", "case", "reports", "R1", cwd=tmp_path)
    found = said("why", "case", "R1", cwd=tmp_path)["found"]

    assert refused.returncode == 2
    assert "250 rows of reports go by that name" in refused.stderr
    assert [part["total"] for part in found if part["name"] == "reports"] == [250]


def test_csv_files_hold_every_row(worked: Worked, tmp_path: Path) -> None:
    """--csv writes as many rows as the list has."""
    done = unspoof("victims", worked.case.folder, "--top", 0, "--csv", tmp_path / "v.csv")

    assert done.returncode == 0, done.stderr
    lines = (tmp_path / "v.csv").read_text("utf-8").splitlines()
    assert len(lines) - 1 == len(worked.case.victims())


def test_verify_exits_zero_when_nothing_is_wrong(worked: Worked) -> None:
    """The verdict is said and the head of the chain printed."""
    assert said("verify", worked.case.folder)["ok"] is True


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["figures", "nowhere"], "[bad-case]"),
        (["suspects", "CASE", "--top", "-1"], "--top"),
        (["links", "CASE", "--kind", "phone-moon"], "report-call"),
        (["source", "CASE", "callers", "1"], "[bad-request]"),
        (["source", "CASE", "calls", "'; DROP TABLE calls; --"], "[bad-request]"),
        (["why", "CASE", "no such thing"], "[bad-request]"),
        (["figures", "CASE", "--key", "calls.none"], "[bad-request]"),
        (["run", "CASE", "--only", "guess"], "[bad-request]"),
        (["new", "CASE", "--reference", "x"], "[bad-case]"),
        (["new", "elsewhere", "--reference", "x", "--home", "Britain"], "[bad-request]"),
        (["add", "CASE", "no-such-file.csv"], "[bad-exhibit]"),
        (["frobnicate"], "No such command"),
    ],
)
def test_bad_input_is_one_message_and_exit_two(worked: Worked, tmp_path: Path, words: list[str], says: str) -> None:
    """Wrong words end with exit code 2, a message that says what is wrong, and no traceback."""
    done = unspoof(*[str(worked.case.folder) if w == "CASE" else w for w in words], cwd=tmp_path)

    assert done.returncode == 2, done.stderr
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def _bad_files(folder: Path) -> dict[str, bytes]:
    chance = random.Random(5)
    good = b"Crime Ref,Reported On\nA1,01/02/2022\n"
    return {
        "empty.csv": b"",
        "random.bin": chance.randbytes(50_000),
        "random.gz": b"\x1f\x8b" + chance.randbytes(5_000),
        "columns.csv": b"a,b,c\n1,2,3\n",
        "nul.csv": b"\0" * 10_000,
        "brackets.jsonl": b"[" * 100_000,
        "not.xlsx": b"PK\x03\x04" + chance.randbytes(3_000),
        "dump.sql": b"-- MySQL dump 10.13\nCREATE TABLE `x` (`a` int);\nINSERT INTO `x` VALUES (1);\n",
        "utf16.csv": good.decode().encode("utf-16"),
    }


@pytest.mark.parametrize("name", sorted(_bad_files(Path())))
def test_a_file_that_cannot_be_read_leaves_the_case_as_it_was(tmp_path: Path, name: str) -> None:
    """A bad file is refused with one message, and neither the custody log nor the exhibits have changed."""
    (tmp_path / name).write_bytes(_bad_files(tmp_path)[name])
    assert unspoof("new", "case", "--reference", "x", cwd=tmp_path).returncode == 0
    before = (tmp_path / "case/custody.jsonl").read_bytes()

    done = unspoof("add", "case", name, cwd=tmp_path)

    assert done.returncode == 2, (done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    assert (tmp_path / "case/custody.jsonl").read_bytes() == before
    assert unspoof("verify", "case", cwd=tmp_path).returncode == 0


REPORTS = """Crime Ref,Reported On,Victim ID,Date,Time,Victim Phone,Number Shown,Caller Claimed To Be,Amount Lost
R1,05/03/2022,V1,01/03/2022,10:15,07700 900123,020 7946 0001,Northgate Bank,"£1,234.50"
R2,05/03/2022,V2,31/02/2022,10:15,07700 900124,020 7946 0001,Northgate Bank,£50
R3,06/03/2022,V3,02/03/2022,,+44 7700 900125,,Northgate Bank,£0
"""


def test_times_without_a_zone_are_refused_and_then_stated(tmp_path: Path) -> None:
    """A file with local times needs --zone; an impossible date refuses its row with a reason, and the rest is kept."""
    (tmp_path / "r.csv").write_text(REPORTS, "utf-8")
    unspoof("new", "case", "--reference", "x", cwd=tmp_path)

    refused = unspoof("add", "case", "r.csv", cwd=tmp_path)
    added = said("add", "case", "r.csv", "--zone", "Europe/London", cwd=tmp_path)

    assert refused.returncode == 2
    assert "[no-zone]" in refused.stderr
    assert added["tables"]["reports"] == {"read": 3, "kept": 2, "refused": 1, "passed_over": 0}
    assert sum(added["refused_because"].values()) == 1
    again = said("add", "case", "r.csv", "--zone", "Europe/London", cwd=tmp_path)
    assert again["already"] is True
    assert len(said("source", "case", "reports", "R1", cwd=tmp_path)["bytes"]) > 50


def test_a_reading_under_a_wrong_zone_can_be_done_again(tmp_path: Path) -> None:
    """--again reads a sealed exhibit stated otherwise; the times move and both readings stand in the log."""
    (tmp_path / "r.csv").write_text(REPORTS, "utf-8")
    unspoof("new", "case", "--reference", "x", cwd=tmp_path)
    said("add", "case", "r.csv", "--zone", "Europe/London", cwd=tmp_path)
    first = said("source", "case", "reports", "R1", cwd=tmp_path)["row"]["incident_from"]

    said("add", "case", "r.csv", "--zone", "America/New_York", "--again", cwd=tmp_path)

    assert said("source", "case", "reports", "R1", cwd=tmp_path)["row"]["incident_from"] != first
    log = (tmp_path / "case/custody.jsonl").read_text("utf-8")
    assert log.count('"exhibit-read"') == 2
    assert unspoof("verify", "case", cwd=tmp_path).returncode == 0


def test_synth_makes_the_same_seizure_from_the_same_seed(tmp_path: Path) -> None:
    """The command names its files, and a folder that is not empty is left alone."""
    made = said("synth", "s", "--calls", 1000, "--seed", 3, cwd=tmp_path)

    assert (tmp_path / made["files"][0]["path"]).is_file()
    assert unspoof("synth", "s", "--calls", 1000, cwd=tmp_path).returncode == 2


def test_a_demo_goes_on_where_it_was(tmp_path: Path) -> None:
    """The demo works its made-up case end to end; called again it does nothing twice, and another demo is refused."""
    first = said("demo", "--calls", 2000, "--dir", "d", cwd=tmp_path)
    log = (tmp_path / "d/case/custody.jsonl").read_bytes()

    again = said("demo", "--calls", 2000, "--dir", "d", cwd=tmp_path)

    assert {f["key"]: f["value"] for f in first["figures"]}["calls.total"] == 2000
    assert again["figures"] == first["figures"]
    assert (tmp_path / "d/case/custody.jsonl").read_bytes() == log
    assert unspoof("demo", "--calls", 3000, "--dir", "d", cwd=tmp_path).returncode == 2


def test_a_reference_table_is_listed_after_it_was_loaded(tmp_path: Path) -> None:
    """`reference update` loads a directory of brands, `reference list` shows it; a wrong file is named."""
    (tmp_path / "b.csv").write_text(
        "number,brand,sector,source,from,to\n+442079460001,Northgate Bank,bank,made up,2020-01-01,\n", "utf-8"
    )
    (tmp_path / "bad.csv").write_text("number,brand\n+442079460001,Northgate Bank\n", "utf-8")

    said("reference", "update", "brands", "b.csv", cwd=tmp_path)

    assert "brands" in {r["name"] for r in said("reference", "list", cwd=tmp_path)["reference"]}
    done = unspoof("reference", "update", "brands", "bad.csv", cwd=tmp_path)
    assert done.returncode == 2
    assert "[bad-reference]" in done.stderr


def test_help_gives_examples_and_the_next_command() -> None:
    """Every command's help begins with a sentence and holds examples."""
    from unspoof.cli import COMMANDS

    for command in COMMANDS:
        commands = getattr(command, "commands", None) or {"": command}
        for one in commands.values():
            assert "Examples:" in (one.help or ""), one.name


def test_why_knows_a_number_without_plus_an_e_mail_and_the_links_of_a_crew(worked: Worked) -> None:
    """A thing is found by whatever name a person has for it, and a crew's answer shows what makes it one."""
    number = worked.case.victims(top=1)[0]["number"]
    assert [f.total for f in worked.case.why(number)] == [f.total for f in worked.case.why(number.removeprefix("+"))]
    email = worked.case.query("SELECT max(email) AS e FROM accounts").column("e")[0].as_py()
    assert "accounts" in {found.name for found in worked.case.why(email.upper())}
    crew = next(s for s in worked.case.suspects() if len(s["account_ids"]) > 1)
    found = {f.name: f for f in worked.case.why(crew["suspect_id"])}
    ids = set(crew["account_ids"])
    links = worked.case.query("SELECT * FROM account_links").to_pylist()
    assert found["account_links"].total == sum(bool({r["left_account_id"], r["right_account_id"]} & ids) for r in links)

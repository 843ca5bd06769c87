"""Screening from end to end: a made-up case, single numbers at the command line, and Ofcom's own table as the measure."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections import Counter
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pytest
from made_up_case import work

from unspoof.case import Case
from unspoof.case.screening import LONGEST_LINE, explained
from unspoof.model.screening import LEVELS, verdict_of
from unspoof.reference import NumberBook, ReferenceStore, read_version
from unspoof.screen import Judge

TABLE_DAY = datetime(2023, 3, 1)  # noqa: DTZ001  times are UTC without zone
DRAMA = (
    "0113 496 0", "0114 496 0", "0115 496 0", "0116 496 0", "0117 496 0", "0118 496 0", "0121 496 0", "0131 496 0",
    "0141 496 0", "0151 496 0", "0161 496 0", "020 7946 0", "0191 498 0", "028 9649 6", "029 2018 0", "01632 960",
    "07700 900", "08081 570", "0909 879 0", "03069 990",
)  # fmt: skip
CARD_LINES = (
    "0345 7",
    "0345 6",
    "0800 0",
    "0800 9",
    "0333 2",
    "0330 1",
    "020 7",
    "020 3",
    "0161 2",
    "0131 5",
    "0117 9",
)


def screened(text: bytes, *options: str) -> subprocess.CompletedProcess[bytes]:
    """Run `unspoof screen` over bytes."""
    return subprocess.run([sys.executable, "-m", "unspoof", "screen", *options], input=text, capture_output=True)


@pytest.fixture(scope="module")
def judge() -> Judge:
    """A judge with what comes with unspoof."""
    return Judge(NumberBook.current("GB"))


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """A made-up case of 5,000 calls that was run."""
    return work(tmp_path_factory.mktemp("screened"), 5_000, 3).case


def _figures(case: Case) -> dict[str, object]:
    return {row["key"]: row["value"] for row in case.figures_json()["figures"]}


def test_the_made_up_case_is_screened_as_its_numbers_are(case: Case) -> None:
    """All that synth shows as a UK or US number is a drama number, so each such call is false, and no other but 159 or +44."""
    made = _figures(case)
    drama = case.query(
        "SELECT count(*) AS n FROM calls_once WHERE presented_country IN ('GB', 'US') AND presented_e164 IS NOT NULL"
    )["n"][0].as_py()
    short = case.query(
        "SELECT count(*) AS n FROM calls_once AS c WHERE presented_raw = '+44'"
        " OR (presented_raw = '159' AND c.at >= TIMESTAMP '2021-09-28 00:00:00')"
    )["n"][0].as_py()
    by_rule = {entry["rule"]: entry["calls"] for entry in made["calls.by_rule"]}  # type: ignore[attr-defined]

    assert by_rule["set-apart"] == drama
    assert made["calls.false_number"] == drama + short
    assert by_rule["brand-elsewhere"] == sum(entry["calls"] for entry in made["calls.by_brand"])  # type: ignore[attr-defined]


def test_a_run_screens_as_single_numbers_are_screened(case: Case, judge: Judge) -> None:
    """For a thousand calls the verdict of the case is that of its text alone, but for brands, which the case alone has."""
    rows = case.query(
        "SELECT c.presented_raw AS raw, c.at AS at, c.called_e164 AS called, coalesce(s.verdict, 'plausible') AS verdict,"
        " coalesce(s.rules, '') AS rules FROM calls_once AS c LEFT JOIN screened_calls AS s USING (call_id)"
        " WHERE c.at IS NOT NULL ORDER BY c.call_id LIMIT 1000"
    ).to_pylist()
    for row in rows:
        found = judge.judge(judge.shown(row["raw"] or "", at=row["at"], called=row["called"])).findings
        rules = [rule for rule in row["rules"].split(";") if rule not in {"brand-elsewhere", "many-brands", ""}]
        assert [finding.rule for finding in found] == rules


def test_why_tells_the_sentences_and_the_versions_of_the_facts(case: Case) -> None:
    """`why` of a call and of a number show rule, level, reason, reference and the tables' versions."""
    call = case.query("SELECT call_id FROM screened_calls WHERE verdict = 'false' ORDER BY call_id LIMIT 1")
    shown = case.query("SELECT presented_e164 AS n FROM calls WHERE presented_e164 IS NOT NULL ORDER BY 1 LIMIT 1")
    for wanted in (str(call["call_id"][0].as_py()), f"+{shown['n'][0].as_py()}"):
        told = next(part for part in case.why(wanted) if part.name == "screening")
        assert {"rule", "level", "reason", "reference", "facts", "calls"} == set(told.rows[0])
        assert "number_blocks " in told.rows[0]["facts"]
        assert not told.is_working


def test_sentences_agree_with_the_finding(case: Case) -> None:
    """What `why` says of a call is what the run found: the same rules, the same verdict."""
    rows = case.query("SELECT * FROM screened_calls ORDER BY call_id LIMIT 40").to_pylist()
    with case.looking() as session:
        for row in rows:
            told = explained(session, calls=[row["call_id"]])
            assert ";".join(one["rule"] for one in told) == row["rules"]
            strongest = max(LEVELS.index(one["level"]) for one in told)
            assert row["verdict"] == ("plausible", "doubtful", "false")[strongest]
    assert verdict_of(()) == "plausible"


def test_a_case_without_calls_has_no_findings(tmp_path: Path) -> None:
    """Nothing to screen is no fault: zero and an empty list."""
    empty = Case.new(tmp_path / "empty", reference="R", home="GB", currency="GBP")
    empty.run()
    made = _figures(empty)

    assert made["calls.false_number"] == 0
    assert made["calls.by_rule"] == []


def test_the_command_answers_every_line_in_order_and_never_fails() -> None:
    """Any bytes, empty lines and a missing last newline give one object each, in order, exit 0."""
    noise = random.Random(5).randbytes(4000)
    given = [b"020 7946 0123", b"", b"\xff\xfe", b"159\r", b"\x00", *noise.split(b"\n"), b"+44 1632 960123"]
    made = screened(b"\n".join(given), "--json", "--at", "2021-11-05")
    rows = [json.loads(line) for line in made.stdout.splitlines()]

    assert made.returncode == 0
    assert len(rows) == len(given)
    assert rows[0]["verdict"] == rows[3]["verdict"] == rows[-1]["verdict"] == "false"
    keys = ["presented", "e164", "country", "kind", "operator", "allocated", "drama", "verdict", "findings"]
    assert all(list(row) == keys for row in rows)
    assert [row["presented"] for row in rows[:4]] == ["020 7946 0123", "", "\\xff\\xfe", "159"]


def test_the_command_cuts_what_is_endless_and_refuses_what_is_no_date() -> None:
    """A line of megabytes takes bounded memory and is one line; a wrong day or country is exit 2 and a sentence."""
    made = screened(b"1" * 3_000_000 + b"\n159", "--json", "--at", "2022-01-01T00:00:00+02:00")

    assert [len(json.loads(line)["presented"]) for line in made.stdout.splitlines()] == [LONGEST_LINE, 3]
    assert b"1 lines were longer" in made.stderr
    for wrong in (("--at", "yesterday"), ("--at", "2021-02-30"), ("--home", "XX"), ("/nonexistent/numbers",)):
        refused = screened(b"159\n", *wrong)
        assert refused.returncode == 2
        assert b"Traceback" not in refused.stderr


def test_without_a_date_numbers_are_judged_as_of_today() -> None:
    """Years after the table a free number is doubtful; stated as of its day it is false."""
    free = b"020 7946 9999\n"  # beside the drama range; whether it is free the table says
    then, now = (json.loads(screened(free, "--json", *more).stdout) for more in (("--at", "2023-03-01"), ()))

    assert then["allocated"] is False
    assert (then["verdict"], now["verdict"]) == ("false", "doubtful")


@pytest.mark.parametrize("day", [TABLE_DAY, datetime(2021, 11, 5), datetime(2026, 11, 22)])  # noqa: DTZ001
def test_how_well_it_tells_allocated_numbers_from_free_ones(judge: Judge, day: datetime) -> None:
    """Of free numbers, drawn evenly over kinds of ranges, under 5 % pass; of prefixes with a provider under 0.1 % are false."""
    blocks = read_version(ReferenceStore().current("number_blocks"))  # type: ignore[arg-type]
    drawn = np.random.default_rng(7)
    free = blocks.filter(pc.invert(blocks["allocated"]))
    group = np.array([str(n)[2:4] for n in free["number_from"].to_pylist()])
    passed = total = 0
    for name in sorted(set(group)):
        rows = free.take(drawn.choice(np.flatnonzero(group == name), 60))
        for low, high in zip(rows["number_from"].to_pylist(), rows["number_to"].to_pylist(), strict=True):
            shown = judge.shown(f"+{low + int(drawn.random() * (high - low + 1))}", at=day)
            passed += judge.judge(shown).verdict == "plausible"
            total += 1
    given = blocks.filter(blocks["allocated"])
    verdicts: Counter[str] = Counter()
    false = []
    for low, use in zip(given["number_from"].to_pylist(), given["service"].to_pylist(), strict=True):
        made = judge.judge(judge.shown(f"+{low}", at=day))
        verdicts[made.verdict] += 1
        false += [(low, use, made.findings[0].rule)] if made.verdict == "false" else []

    assert passed / total < 0.05, f"{passed} of {total}"
    assert len(false) / len(given) < 0.001, f"{verdicts} {false[:20]}"


def test_every_drama_number_is_false_and_no_line_of_a_card_is(judge: Judge) -> None:
    """All twenty ranges, first, last and some between, at any time; lines of the kinds that banks print are not false."""
    for start in DRAMA:
        width = 11 - sum(c.isdigit() for c in start)
        for tail in (0, 1, 10**width // 3, 10**width - 1):
            for day in (datetime(2015, 1, 1), TABLE_DAY, datetime(2026, 11, 22)):  # noqa: DTZ001
                row = judge.judge(judge.shown(f"{start}{tail:0{width}d}", at=day)).as_row()
                assert (row["drama"], row["verdict"]) == (True, "false"), row["presented"]
    blocks = read_version(ReferenceStore().current("number_blocks"))  # type: ignore[arg-type]
    given = blocks.filter(blocks["allocated"])["number_from"].to_pylist()
    for start in CARD_LINES:
        digits = "44" + "".join(c for c in start if c.isdigit())[1:]
        lines = [n for n in given if str(n).startswith(digits)]
        assert lines, start
        for number in lines[:200]:
            assert judge.judge(judge.shown(f"+{number}", at=TABLE_DAY)).verdict == "plausible", number

"""What a made-up seizure looks like, against the published figures and guesses that it is calibrated to."""

from __future__ import annotations

import csv
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from dump_reader import read
from unspoof.synth import Seizure
from unspoof.synth.reports.events import losses

Row = dict[str, Any]
HALF_HOUR = timedelta(minutes=30)


@pytest.fixture(scope="module")
def dump(middling: Seizure) -> dict[str, list[Row]]:
    """Rows of the middling dump."""
    return read(middling.files[0].path)


@pytest.fixture(scope="module")
def figures(middling: Seizure) -> dict[str, Any]:
    """True figures of the middling seizure."""
    document: dict[str, Any] = json.loads((middling.truth / "figures.json").read_text(encoding="utf-8"))["figures"]
    return document


def test_shares_of_countries(figures: dict[str, Any]) -> None:
    """The United States have some 40 %, the United Kingdom some 35 %, the Netherlands about 1 % of the calls."""
    share = {item["country"]: item["share"] for item in figures["calls.by_country"]}

    assert share["US"] == pytest.approx(0.40, abs=0.04)
    assert share["GB"] == pytest.approx(0.35, abs=0.04)
    assert 0.002 < share["NL"] < 0.03


def test_answered_and_long(figures: dict[str, Any]) -> None:
    """40 % of calls are answered and 10 % are longer than a minute."""
    assert figures["calls.answered"] / figures["calls.total"] == pytest.approx(0.40, abs=0.02)
    assert figures["calls.long"] / figures["calls.total"] == pytest.approx(0.10, abs=0.01)


def test_calls_for_each_number(dump: dict[str, list[Row]], figures: dict[str, Any]) -> None:
    """A called number is called 2.6 times, and who is held in talk at all is so 1.75 times."""
    numbers = Counter(row["calledstation"] for table in ("pkg_cdr", "pkg_cdr_failed") for row in dump[table])

    assert sum(numbers.values()) / len(numbers) == pytest.approx(2.6, abs=0.2)
    assert figures["calls.long"] / figures["people.long"] == pytest.approx(1.75, abs=0.15)


def test_accounts(dump: dict[str, list[Row]], figures: dict[str, Any]) -> None:
    """One account for 170 calls, 5 to 10 % paying, some 54 pounds a head, and few accounts make most calls."""
    calls = Counter(row["id_user"] for table in ("pkg_cdr", "pkg_cdr_failed") for row in dump[table])
    busiest = sorted(calls.values(), reverse=True)

    assert figures["accounts.total"] == 590
    assert 0.05 <= figures["accounts.paying"] / figures["accounts.total"] <= 0.10
    assert 27 < figures["income.total"] / 100 / figures["accounts.total"] < 108
    assert sum(busiest[: len(busiest) // 20]) > 0.5 * sum(busiest)


def test_office_hours(dump: dict[str, list[Row]]) -> None:
    """British people are called on weekdays, in office hours of their own clock."""
    zone = ZoneInfo("Europe/London")
    times = [
        datetime.fromisoformat(row["starttime"]).replace(tzinfo=UTC).astimezone(zone)
        for row in dump["pkg_cdr_failed"]
        if row["calledstation"].startswith("44")
    ]

    assert np.mean([time.weekday() < 5 for time in times]) > 0.9
    assert np.mean([9 <= time.hour < 18 for time in times]) > 0.75
    assert np.mean([time.hour < 8 for time in times]) < 0.01


def test_bursts(dump: dict[str, list[Row]]) -> None:
    """An account's calls come in bursts: most follow the one before within half an hour, with the same number shown."""
    rows = sorted(dump["pkg_cdr_failed"], key=lambda row: (row["id_user"], row["starttime"]))
    near = [
        left["callerid"] == right["callerid"]
        for left, right in pairwise(rows)
        if left["id_user"] == right["id_user"]
        and datetime.fromisoformat(right["starttime"]) - datetime.fromisoformat(left["starttime"]) < HALF_HOUR
    ]

    assert len(near) > 0.7 * len(rows)
    assert np.mean(near) > 0.5


def test_rows_stand_in_order_of_booking(dump: dict[str, list[Row]]) -> None:
    """Both call tables are in order of the calls' ends, with ids that count up from 1."""
    ends = [
        datetime.fromisoformat(row["starttime"]).timestamp() + int(row["real_sessiontime"]) for row in dump["pkg_cdr"]
    ]

    assert ends == sorted(ends)
    assert [int(row["id"]) for row in dump["pkg_cdr"]] == list(range(1, len(ends) + 1))


def test_billed_time_is_rounded_up(dump: dict[str, list[Row]]) -> None:
    """Billed time is at least the talk, in steps of six seconds from 30."""
    pairs = {(int(row["real_sessiontime"]), int(row["sessiontime"])) for row in dump["pkg_cdr"]}

    assert all(billed == max(30, -(-talk // 6) * 6) for talk, billed in pairs)


def test_all_kinds_of_presentations(dump: dict[str, list[Row]]) -> None:
    """Shown texts are national, international in three ways, with spaces, withheld, empty, words and with quotes."""
    shown = {row["callerid"] for table in ("pkg_cdr", "pkg_cdr_failed") for row in dump[table]}

    assert {"anonymous", "", "O'Neil", '"Northgate"', "back\\slash", "Your Bank \U0001f3e6", "159"} <= shown
    assert {"08081570000", "+448081570000", "00448081570000", "448081570000", "08081 570 000"} <= shown


def test_exits_are_shared_and_lines_are_not(dump: dict[str, list[Row]]) -> None:
    """A popular VPN exit serves many accounts, while most addresses are one account's."""
    pairs = {(row["ip"], row["id_user"]) for row in dump["pkg_log"]}
    users = Counter(ip for ip, _ in pairs)

    assert max(users.values()) > 100
    assert np.mean([count == 1 for count in users.values()]) > 0.6
    assert all(ip.startswith(("192.0.2.", "198.51.100.", "203.0.113.", "24", "25", "2001:db8:")) for ip in users)


def test_reports_are_noisy(middling: Seizure, dump: dict[str, list[Row]]) -> None:
    """Most reports give the true number and a time within the hour, some a slip, only a date, or nothing."""
    numbers = {row["uniqueid"]: row["calledstation"] for row in dump["pkg_cdr"]}
    with (middling.truth / "report_calls.csv").open(encoding="utf-8", newline="") as sheet:
        told = list(csv.DictReader(sheet))
    with middling.files[1].path.open(encoding="utf-8", newline="") as sheet:
        reports = list(csv.DictReader(sheet))
    linked = [
        (report, numbers[event["call_ref"]]) for event, report in zip(told, reports, strict=True) if event["call_ref"]
    ]
    right = [report["Victim Phone"].replace(" ", "").endswith(number[2:]) for report, number in linked]

    assert 0.7 < len(linked) / len(reports) < 1
    assert 0.65 < np.mean(right) < 0.97
    assert any(report["Time"] == "" for report in reports)
    assert any(report["Number Shown"] == "" for report in reports)
    assert any("\n" in report["Narrative"] for report in reports)


def test_full_size_losses() -> None:
    """With as many reports as in the reference case the mean loss is near 10,000 and one case is of 3 million."""
    gross = losses(np.random.default_rng(1), 4_500, 4_785)[0]

    assert gross.max() == 300_000_000
    assert gross.mean() == pytest.approx(1_000_000, rel=0.15)


def test_truth_is_no_exhibit(middling: Seizure) -> None:
    """No file to be added lies in the truth folder."""
    folder: Path = middling.truth

    assert all(folder not in file.path.parents for file in middling.files)

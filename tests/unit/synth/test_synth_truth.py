"""The truth that is written down must be what an independent reader counts in the files."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest
from made_dump import read

from unspoof.synth import Seizure

Row = dict[str, Any]
CODES = {
    "44": "GB", "1": "US", "49": "DE", "33": "FR", "61": "AU", "34": "ES", "39": "IT", "353": "IE", "31": "NL",
    "46": "SE", "48": "PL", "32": "BE", "351": "PT",
}  # fmt: skip


def country(number: str) -> str:
    """Tell the country of E.164 digits by their calling code."""
    return next(CODES[number[:n]] for n in (3, 2, 1) if number[:n] in CODES)


def once(rows: list[Row]) -> list[Row]:
    """Leave out rows that are equal to an earlier one in all but their id."""
    seen: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        seen.setdefault(tuple(value for name, value in row.items() if name != "id"), row)
    return list(seen.values())


@pytest.fixture(scope="module")
def dump(small_dump: Path) -> dict[str, list[Row]]:
    """Rows of the small dump."""
    return read(small_dump)


@pytest.fixture(scope="module")
def answered(dump: dict[str, list[Row]]) -> list[Row]:
    """Answered calls, each once."""
    return once(dump["pkg_cdr"])


@pytest.fixture(scope="module")
def reports(small: Seizure) -> list[Row]:
    """Rows of the home report file."""
    with small.files[1].path.open(encoding="utf-8", newline="") as sheet:
        return list(csv.DictReader(sheet))


def table(folder: Path, name: str) -> list[Row]:
    """Read one file of the truth."""
    with (folder / name).open(encoding="utf-8", newline="") as sheet:
        return list(csv.DictReader(sheet))


def test_calls_counted_once_are_those_asked_for(
    dump: dict[str, list[Row]], answered: list[Row], small_truth: dict[str, Any]
) -> None:
    """Distinct rows of both call tables add up to the calls asked for, and planted copies to the rest."""
    figures = small_truth["figures"]

    assert len(answered) + len(dump["pkg_cdr_failed"]) == figures["calls.total"] == 2_000
    assert len(answered) == figures["calls.answered"]
    assert len(dump["pkg_cdr"]) - len(answered) == small_truth["planted"]["pkg_cdr"] > 0
    assert len(dump["pkg_refill"]) - len(once(dump["pkg_refill"])) == small_truth["planted"]["pkg_refill"] > 0
    assert all(row["terminatecauseid"] == "1" for row in answered)
    assert all(row["terminatecauseid"] != "1" and row["hangupcause"] != "0" for row in dump["pkg_cdr_failed"])


def test_long_calls_and_people(answered: list[Row], small_truth: dict[str, Any]) -> None:
    """Long calls, people and people at home are those whose real talk time exceeds a minute."""
    long = [row for row in answered if int(row["real_sessiontime"]) > 60]
    people = {row["calledstation"] for row in long}

    assert len(long) == small_truth["figures"]["calls.long"]
    assert len(people) == small_truth["figures"]["people.long"]
    assert sum(country(number) == "GB" for number in people) == small_truth["figures"]["people.home"]


def test_calls_by_country(dump: dict[str, list[Row]], answered: list[Row], small_truth: dict[str, Any]) -> None:
    """Calls by country are those that calling codes tell, and shares add up to one."""
    counted = Counter(country(row["calledstation"]) for row in [*answered, *dump["pkg_cdr_failed"]])
    stated = small_truth["figures"]["calls.by_country"]

    assert {item["country"]: item["calls"] for item in stated} == dict(counted)
    assert sum(item["share"] for item in stated) == pytest.approx(1, abs=1e-4)


def test_calls_by_brand(
    small: Seizure, dump: dict[str, list[Row]], answered: list[Row], small_truth: dict[str, Any]
) -> None:
    """Calls by brand are those whose shown number the directory gives to the brand on that day."""
    directory = defaultdict(list)
    with small.brands.open(encoding="utf-8", newline="") as sheet:
        for line in csv.DictReader(sheet):
            directory[line["number"].lstrip("+")].append((line["from"], line["to"] or "9999", line["brand"]))
    counted: Counter[str] = Counter()
    for row in [*answered, *dump["pkg_cdr_failed"]]:
        digits = row["callerid"].replace(" ", "").replace("+", "00")
        digits = digits[2:] if digits.startswith("00") else "44" + digits[1:] if digits.startswith("0") else digits
        counted.update(brand for since, until, brand in directory[digits] if since <= row["starttime"] < until)

    assert {item["brand"]: item["calls"] for item in small_truth["figures"]["calls.by_brand"]} == dict(counted)


def test_income_and_payers(dump: dict[str, list[Row]], small_truth: dict[str, Any]) -> None:
    """Income is the sum of paid refills, each once; payers are the accounts behind them."""
    paid = [row for row in once(dump["pkg_refill"]) if row["payment"] == "1"]

    assert round(sum(float(row["credit"]) for row in paid) * 100) == small_truth["figures"]["income.total"]
    assert len({row["id_user"] for row in paid}) == small_truth["figures"]["accounts.paying"]
    assert len(dump["pkg_user"]) == small_truth["figures"]["accounts.total"] == 60


def test_suspects_add_up(small: Seizure, dump: dict[str, list[Row]], answered: list[Row]) -> None:
    """Calls, long calls, people and spend by person are those of the person's accounts in the dump."""
    holder = {row["account_ref"]: row["person_id"] for row in table(small.truth, "people.csv")}
    calls = Counter(holder[row["id_user"]] for row in [*answered, *dump["pkg_cdr_failed"]])
    long = [(holder[row["id_user"]], row["calledstation"]) for row in answered if int(row["real_sessiontime"]) > 60]
    people = Counter(person for person, _ in set(long))
    spend: Counter[str] = Counter()
    for row in once(dump["pkg_refill"]):
        if row["payment"] == "1":
            spend[holder[row["id_user"]]] += round(float(row["credit"]) * 100)
    stated = {row["person_id"]: row for row in table(small.truth, "suspects.csv")}

    assert {name: int(row["calls"]) for name, row in stated.items() if row["calls"] != "0"} == dict(calls)
    assert {name: int(row["long_calls"]) for name, row in stated.items() if row["long_calls"] != "0"} == dict(
        Counter(person for person, _ in long)
    )
    assert {name: int(row["people"]) for name, row in stated.items() if row["people"] != "0"} == dict(people)
    assert {name: int(row["spend_minor"]) for name, row in stated.items() if row["spend_minor"] != "0"} == dict(spend)


def test_reports_lead_to_real_long_calls(small: Seizure, answered: list[Row], reports: list[Row]) -> None:
    """Every linked report names one call of the dump, at home and long; the references are the file's, row by row."""
    told = table(small.truth, "report_calls.csv")
    by_ref = {row["uniqueid"]: row for row in answered}
    linked = [by_ref[row["call_ref"]] for row in told if row["call_ref"]]

    assert [row["report_ref"] for row in told] == [row["Crime Ref"] for row in reports]
    assert len(linked) > 20
    assert all(int(row["real_sessiontime"]) > 60 and row["calledstation"].startswith("44") for row in linked)


def test_losses_are_counted_once_for_each_event(
    small: Seizure, reports: list[Row], small_truth: dict[str, Any]
) -> None:
    """Reports of one event state one loss and one victim; gross, mean and largest loss are over events."""
    told = table(small.truth, "report_calls.csv")
    losses: dict[str, set[int]] = defaultdict(set)
    victims: dict[str, set[str]] = defaultdict(set)
    for event, report in zip(told, reports, strict=True):
        losses[event["event_id"]].add(round(float(report["Amount Lost"].strip("£").replace(",", "")) * 100))
        victims[event["event_id"]].add(report["Victim ID"])
    each = [next(iter(amounts)) for amounts in losses.values()]

    assert all(len(amounts) == 1 for amounts in losses.values())
    assert all(len(names) == 1 for names in victims.values())
    assert len(reports) - len(each) == small_truth["planted"]["reports"] > 0
    assert small_truth["figures"]["loss.gross"] == sum(each)
    assert small_truth["figures"]["loss.mean"] == sum(each) // len(each)
    assert small_truth["figures"]["loss.max"] == max(each)


def test_shared_things_are_shared(small: Seizure, dump: dict[str, list[Row]]) -> None:
    """Each planted shared thing is held by two accounts at least, and a shared password is one text in the dump."""
    held: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in table(small.truth, "shared.csv"):
        held[row["kind"], row["thing"]].append(row["account_ref"])
    users = {row["id"]: row for row in dump["pkg_user"]}

    assert held
    assert all(len(accounts) > 1 for accounts in held.values())
    assert all(
        len({users[account]["password"] for account in accounts}) == 1
        for (kind, _), accounts in held.items()
        if kind == "password"
    )

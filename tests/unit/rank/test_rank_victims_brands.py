"""Victims and brands on hand-made rows: who is to be warned first, and whose name was used."""

from __future__ import annotations

from datetime import datetime

import ranked_case
from unspoof.engine import DuckEngine
from unspoof.rank import STEPS

_DAY = datetime(2022, 3, 1)  # noqa: DTZ001  times are zoneless UTC by contract
_HOME, _ABROAD = 447700900001, 12025550101


def _call(number: int, called: int = _HOME, **given: object) -> dict:
    country = "GB" if called == _HOME else "US"
    plain = {"account_id": 1, "called_e164": called, "called_country": country, "at": _DAY}
    return {"call_id": number, **plain, "duration_s": 90, "outcome": "answered", **given}


def _made(**rows: list[dict]) -> DuckEngine:
    return ranked_case.run(ranked_case.rows(**rows), STEPS, ranked_case.settings())


def test_every_number_with_a_long_call_is_listed_whatever_its_country() -> None:
    """A call of exactly long_call_s is not long; a number abroad is listed too; calls that failed are counted."""
    calls = [_call(1), _call(2, duration_s=0, outcome="busy"), _call(3, _ABROAD, duration_s=61)]
    calls += [_call(4, 447700900002, duration_s=60), _call(5, called=_HOME, called_e164=None)]
    found = _made(calls_once=calls).fetch("SELECT number, country, calls, long_calls, longest_s FROM victims")

    assert found.to_pylist() == [
        {"number": _HOME, "country": "GB", "calls": 2, "long_calls": 1, "longest_s": 90},
        {"number": _ABROAD, "country": "US", "calls": 1, "long_calls": 1, "longest_s": 61},
    ]


def test_selected_suspects_come_first_and_the_list_is_bounded() -> None:
    """At most 20 callers are listed, the selected one first, and the reasons say how many there are."""
    calls = [_call(n, account_id=n) for n in range(1, 31)]
    crews = [{"account_id": n, "suspect_id": f"S{n:02d}", "members": 1} for n in range(1, 31)]
    accounts = [{"account_id": 30, "account_ref": "x", "country": "GB"}]
    paid = [{"payment_id": 1, "account_id": 30, "amount_minor": 99_999, "currency": "GBP", "status": "completed"}]
    engine = _made(calls_once=calls, crews=crews, accounts_once=accounts, payments_once=paid)
    row = engine.fetch("SELECT suspect_ids, reasons FROM victims").to_pylist()[0]

    assert row["suspect_ids"].split(";") == ["S30", *(f"S{n:02d}" for n in range(1, 20))]
    assert "called by 1 selected of 30 suspects (+20.000)" in row["reasons"]


def test_reasons_name_what_was_counted() -> None:
    """Brand, report and home country each stand in the reasons with their points."""
    brand = {"presented_e164": 441632960001, "brand": "Northgate Bank", "sector": "bank", "source": "made up"}
    calls = [_call(1, presented_e164=441632960001, duration_s=900)]
    links = [{"report_id": 9, "call_id": 1, "account_id": 1, "score_ppm": 999_000}]
    engine = _made(calls_once=calls, presented_brands=[brand], report_call_links=links)
    row = engine.fetch("SELECT reported, brands, score_milli, reasons FROM victims").to_pylist()[0]

    assert row == {
        "reported": True,
        "brands": "Northgate Bank",
        "score_milli": 46_000,
        "reasons": "1 long call (+6.000); longest 900 s (+10.000); shown as Northgate Bank (+15.000);"
        " 1 linked report (+10.000); number of the home country (+5.000)",
    }


def test_long_calls_and_longest_are_bounded() -> None:
    """Above five long calls and half an hour the points do not grow."""
    calls = [_call(n, duration_s=86_400) for n in range(40)]
    row = _made(calls_once=calls).fetch("SELECT reasons FROM victims").to_pylist()[0]

    assert row["reasons"].startswith("40 long calls (+30.000); longest 86400 s (+20.000)")


def test_a_brand_that_only_victims_name_is_listed() -> None:
    """A stated brand without a call has reports and losses, and calls of zero."""
    reports = [{"report_id": 1, "brand_stated": "Some Shop", "loss_gross_minor": 700, "currency": "GBP"}]
    events = [{"report_id": 1, "event_id": 1, "counted": True}]
    found = _made(reports_once=reports, report_events=events).fetch("SELECT * FROM brands_ranked").to_pylist()

    counts = {"calls": 0, "long_calls": 0, "people": 0, "reports": 1, "loss_minor": 700}
    assert found == [{"rank": 1, "brand": "Some Shop", "sector": None, **counts}]

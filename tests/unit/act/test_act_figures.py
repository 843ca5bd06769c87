"""Figures on hand-made rows: the values that a reader would count by hand."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest

import ranked_case
from unspoof.act import STEPS, compute
from unspoof.rank import STEPS as RANK_STEPS


def _figures(**rows: list[dict]) -> dict[str, dict[str, Any]]:
    chosen = ranked_case.settings()
    engine = ranked_case.run(ranked_case.rows(**rows), (*RANK_STEPS, *STEPS), chosen)
    return {row["key"]: row | {"value": json.loads(row["value"])} for row in compute(engine.fetch, chosen).to_pylist()}


def _call(number: int, **given: object) -> dict:
    return {"call_id": number, "account_id": 1, "outcome": "answered", "duration_s": 5, **given}


@pytest.mark.parametrize(
    ("losses", "mean"),
    [([100, 101], 100), ([101, 102], 102), ([100, 101, 101], 101), ([0, 1, 0], 0), ([7], 7), ([], None)],
)
def test_mean_loss_is_rounded_half_to_even(losses: list[int], mean: int | None) -> None:
    """100.5 becomes 100 and 101.5 becomes 102; zero losses count; no losses have no mean."""
    reports = [{"report_id": n, "loss_gross_minor": loss, "currency": "GBP"} for n, loss in enumerate(losses)]
    events = [{"report_id": n, "event_id": n, "counted": True} for n in range(len(losses))]
    found = _figures(reports_once=reports, report_events=events)

    assert found["loss.mean"]["value"] == mean
    assert found["loss.gross"]["value"] == sum(losses)


def test_shares_are_of_all_calls_with_six_decimals() -> None:
    """One of three calls is a share of 0.333333, and a country not known is named unknown."""
    calls = [_call(1, called_country="GB"), _call(2, called_country=None), _call(3, called_country="US")]

    assert _figures(calls_once=calls)["calls.by_country"]["value"] == [
        {"country": "GB", "calls": 1, "share": 0.333333},
        {"country": "US", "calls": 1, "share": 0.333333},
        {"country": "unknown", "calls": 1, "share": 0.333333},
    ]


@pytest.mark.parametrize(
    ("first", "last", "partial"),
    [
        (datetime(2022, 3, 1, 23), datetime(2022, 4, 30, 1), [False, False]),  # noqa: DTZ001
        (datetime(2022, 3, 2), datetime(2022, 4, 29, 23), [True, True]),  # noqa: DTZ001
    ],
)
def test_a_month_is_partial_if_the_records_do_not_cover_it(first: datetime, last: datetime, partial: list) -> None:
    """A first or last month is whole if the records have its first or last day."""
    found = _figures(calls_once=[_call(1, at=first), _call(2, at=last)])["calls.by_month"]["value"]

    assert [entry["partial"] for entry in found] == partial


def test_what_is_left_out_is_counted_in_the_definition() -> None:
    """Calls without a time and long calls to unreadable numbers are said, not lost."""
    found = _figures(calls_once=[_call(1, at=None), _call(2, duration_s=99, called_e164=None)])

    assert "Left out: calls without a known time (2)." in found["calls.by_month"]["definition"]
    assert (
        "Left out: long calls to numbers that could not be brought into international form (1)."
        in found["people.long"]["definition"]
    )


def test_income_is_in_the_services_own_currency() -> None:
    """The currency of most payments is the service's; the others are listed and said to be left out."""
    given = [(1, 100, "USD"), (2, 200, "USD"), (3, 900, "GBP")]
    paid = [
        {"payment_id": n, "account_id": 1, "amount_minor": amount, "currency": code, "status": "completed"}
        for n, amount, code in given
    ]
    found = _figures(payments_once=paid)

    assert (found["income.total"]["value"], found["income.total"]["unit"]) == (300, "minor units of USD")
    assert "Left out: payments in other currencies (1)." in found["income.total"]["definition"]
    assert [entry["currency"] for entry in found["income.by_currency"]["value"]] == ["USD", "GBP"]


def test_linked_people_are_called_by_a_selected_suspect_at_all_or_long() -> None:
    """An unanswered call by a selected suspect links a number; the strict figure asks for its own long call."""
    to = {"called_e164": 447700900001, "called_country": "GB"}
    calls = [_call(1, account_id=1, duration_s=0, outcome="busy", **to), _call(2, account_id=2, duration_s=90, **to)]
    crews = [{"account_id": n, "suspect_id": f"S{n}", "members": 1} for n in (1, 2)]
    accounts = [{"account_id": 1, "account_ref": "a", "country": "GB"}]
    paid = [{"payment_id": 1, "account_id": 1, "amount_minor": 10_000, "currency": "GBP", "status": "completed"}]
    found = _figures(calls_once=calls, crews=crews, accounts_once=accounts, payments_once=paid)

    assert (found["people.home"]["value"], found["people.linked_suspect"]["value"]) == (1, 1)
    assert found["people.linked_suspect_long"]["value"] == 0


def test_braces_in_a_reason_are_text() -> None:
    """A reason that a person wrote is printed as it stands, whatever its marks."""
    chosen = ranked_case.settings('long_call_s = {value = 30, reason = "see {annex} {0}"}')
    engine = ranked_case.run(ranked_case.rows(), (*RANK_STEPS, *STEPS), chosen)
    made = {row["key"]: row["definition"] for row in compute(engine.fetch, chosen).to_pylist()}

    assert "(case.toml: see {annex} {0})" in made["calls.long"]

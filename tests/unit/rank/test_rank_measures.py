"""Shared counts on hand-made rows: which brand a call shows, who reached whom, what an event cost."""

from __future__ import annotations

from datetime import datetime

import ranked_case
from unspoof.engine import DuckEngine
from unspoof.rank import STEPS

_NUMBER = 441632960001
_MARCH, _MAY = datetime(2022, 3, 1), datetime(2022, 5, 1)  # noqa: DTZ001  times are zoneless UTC by contract


def _brand(brand: str, since: datetime | None = None, until: datetime | None = None) -> dict:
    times = {"valid_from": since, "valid_to": until}
    return {"presented_e164": _NUMBER, "brand": brand, "sector": "bank", "source": "made up", **times}


def _call(number: int, **given: object) -> dict:
    plain = {"account_id": 1, "presented_e164": _NUMBER, "called_e164": 447700900001, "called_country": "GB"}
    return {"call_id": number, **plain, "at": _MARCH, "duration_s": 90, "outcome": "answered", **given}


def _made(**rows: list[dict]) -> DuckEngine:
    return ranked_case.run(ranked_case.rows(**rows), STEPS, ranked_case.settings())


def test_brand_holds_from_its_first_moment_to_before_its_last() -> None:
    """valid_from is included and valid_to is not."""
    calls = [_call(1, at=_MARCH), _call(2, at=_MAY), _call(3, at=datetime(2022, 2, 28, 23, 59, 59))]  # noqa: DTZ001
    engine = _made(calls_once=calls, presented_brands=[_brand("Northgate Bank", _MARCH, _MAY)])
    shown = engine.fetch("SELECT call_id, brand FROM calls_shown ORDER BY call_id")["brand"].to_pylist()

    assert shown == ["Northgate Bank", None, None]


def test_a_number_of_two_brands_at_one_time_is_counted_once() -> None:
    """Overlapping rows of the directory give one label for the overlap and never double a call."""
    brands = [_brand("Southgate Bank", None, _MAY), _brand("Northgate Bank", _MARCH), _brand("Northgate Bank")]
    calls = [_call(1, at=datetime(2022, 1, 1)), _call(2, at=_MARCH), _call(3, at=_MAY)]  # noqa: DTZ001
    engine = _made(calls_once=calls, presented_brands=brands)
    shown = engine.fetch("SELECT call_id, brand FROM calls_shown ORDER BY call_id").to_pylist()
    both = "Northgate Bank or Southgate Bank"

    assert [row["brand"] for row in shown] == [both, both, "Northgate Bank"]


def test_a_call_without_a_time_shows_a_brand_only_if_it_always_holds() -> None:
    """Without a time nobody can say that a bounded entry held."""
    bounded = _made(calls_once=[_call(1, at=None)], presented_brands=[_brand("Northgate Bank", _MARCH)])
    always = _made(calls_once=[_call(1, at=None)], presented_brands=[_brand("Northgate Bank")])

    assert bounded.fetch("SELECT brand FROM calls_shown")["brand"].to_pylist() == [None]
    assert always.fetch("SELECT brand FROM calls_shown")["brand"].to_pylist() == ["Northgate Bank"]


def test_contacts_keep_short_calls_of_numbers_with_a_long_one() -> None:
    """A number's unanswered calls count once it had a long call by anybody; other numbers are left out."""
    other = {"called_e164": 447700900002}
    calls = [_call(1), _call(2, account_id=2, duration_s=0, outcome="busy"), _call(3, duration_s=60, **other)]
    engine = _made(calls_once=calls)
    found = engine.fetch("SELECT number, account_id, calls, long_calls FROM contacts").to_pylist()

    assert found == [
        {"number": 447700900001, "account_id": 1, "calls": 1, "long_calls": 1},
        {"number": 447700900001, "account_id": 2, "calls": 1, "long_calls": 0},
    ]


def test_an_event_takes_the_call_of_its_best_link_and_the_loss_of_its_counted_report() -> None:
    """Of two reports of one event the counted one gives the loss, the surer link the call."""
    reports = [
        {"report_id": 1, "loss_gross_minor": 500, "currency": "GBP", "brand_stated": " northgate BANK "},
        {"report_id": 2, "loss_gross_minor": 900, "currency": "GBP"},
    ]
    events = [{"report_id": 1, "event_id": 1, "counted": True}, {"report_id": 2, "event_id": 1, "counted": False}]
    links = [
        {"report_id": 1, "call_id": 11, "account_id": 1, "score_ppm": 600_000},
        {"report_id": 2, "call_id": 12, "account_id": 1, "score_ppm": 900_000},
    ]
    directory = [{"brand": "Northgate Bank", "sector": "bank"}]
    calls = [_call(11), _call(12, presented_e164=None)]
    engine = _made(
        calls_once=calls, reports_once=reports, report_events=events, report_call_links=links, brands=directory
    )
    event = engine.fetch("SELECT * FROM reported_events").to_pylist()

    assert [(e["call_id"], e["loss_minor"], e["reports"], e["counts"]) for e in event] == [(12, 500, 2, True)]
    assert [(e["brand"], e["brand_from"]) for e in event] == [("Northgate Bank", "stated")]


def test_losses_in_other_currencies_or_below_zero_do_not_count() -> None:
    """Only a stated loss of zero or more in the case's currency, or in none stated, is summed."""
    given = [(100, "GBP"), (100, "EUR"), (-1, "GBP"), (None, "GBP"), (0, None)]
    reports = [{"report_id": n, "loss_gross_minor": loss, "currency": code} for n, (loss, code) in enumerate(given)]
    events = [{"report_id": n, "event_id": n, "counted": True} for n in range(len(given))]
    engine = _made(reports_once=reports, report_events=events)

    assert engine.fetch("SELECT counts FROM reported_events")["counts"].to_pylist() == [True, False, False, False, True]

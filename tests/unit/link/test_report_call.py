"""Links of reports to calls: single rules on a handful of rows, and error rates against a known truth."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from link_cases import at, brands, reported_calls, worked

from unspoof.link import report_call, report_events

STEPS = (*report_call.STEPS, *report_events.STEPS)
VICTIM = 447700900123
LONG = {"duration_s": 400, "outcome": "answered"}
FILLER = [
    {
        "call_id": 1000 + i,
        "called_e164": 999200000000 + 7919 * i,
        "at": at(f"2021-{1 + i % 12:02}-0{1 + i % 9} 10:00"),
        "presented_e164": 999000000000 + i % 7,
        "duration_s": [0, 0, 0, 20, 90][i % 5],
        "outcome": ["no-answer", "no-answer", "no-answer", "answered", "answered"][i % 5],
    }
    for i in range(300)
]


def call(**more: Any) -> dict[str, Any]:
    """Return a long call to the victim at half past nine."""
    return {"called_e164": VICTIM, "at": at("2021-10-04 09:30"), "account_id": 5, **LONG, **more}


def report(**more: Any) -> dict[str, Any]:
    """Return a report of a loss at half past nine."""
    time = at("2021-10-04 09:30")
    return {
        "victim_phone_e164": VICTIM,
        "incident_from": time,
        "incident_to": time,
        "loss_gross_minor": 50_000,
        "currency": "GBP",
        **more,
    }


def linked(calls: list[dict[str, Any]], reports: list[dict[str, Any]], **more: Any) -> list[dict[str, Any]]:
    """Return the links of reports to calls among 300 calls to others."""
    tables = {"calls_once": [*calls, *FILLER], "reports_once": reports, **more}
    return worked(STEPS, tables)["report_call_links"].to_pylist()


@pytest.mark.parametrize(
    ("stated", "edits", "says"),
    [
        (447700900123, 0, "the victim's number is the called number"),
        (447700900132, 1, "two neighbours swapped"),
        (447700900183, 1, "differs from the called number in one digit"),
        (44770090123, 1, "one digit missing"),
        (4477009001233, 1, "one digit too many"),
        (440700900123, 1, "those before them differ"),
    ],
)
def test_one_slip_in_the_number_is_found_and_named(stated: int, edits: int, says: str) -> None:
    """A number with one slip leads to the call, and the reason names the slip."""
    found = linked([call()], [report(victim_phone_e164=stated)])

    assert [(1, 1, edits, 1)] == [(f["report_id"], f["call_id"], f["edits"], f["rivals"]) for f in found]
    assert says in found[0]["reasons"]


def test_two_slips_are_no_match() -> None:
    """A number with two wrong digits leads nowhere: it is within reach of too many others."""
    assert linked([call()], [report(victim_phone_e164=447700911123)]) == []


def test_a_number_without_country_code_matches_by_its_last_nine_digits() -> None:
    """Where the number's country cannot be told its digits are compared, and the reason says so."""
    found = linked([call()], [report(victim_phone_e164=None, victim_phone_raw="(07700) 900 123")])

    assert [f["call_id"] for f in found] == [1]
    assert "by the last nine digits" in found[0]["reasons"]


def test_same_digits_in_another_country_weigh_less() -> None:
    """Nine equal digits behind another country code count as a slip, not as the number."""
    found = linked([call(called_e164=1_000_000_000 * 99 + VICTIM % 10**9)], [report()])

    assert [f["edits"] for f in found] == [1]


def test_the_reason_names_no_number() -> None:
    """Reasons are shown in lists and logs, so that no telephone number stands in them."""
    reasons = linked([call(presented_e164=442079460999)], [report(presented_stated_e164=442079460999)])[0]["reasons"]

    assert "900123" not in reasons
    assert "460999" not in reasons


def test_the_nearer_of_two_equal_calls_wins() -> None:
    """Of two long calls by different accounts the one at the stated time is taken."""
    calls = [call(at=at("2021-10-04 06:40"), account_id=4), call()]

    assert [f["call_id"] for f in linked(calls, [report()])] == [2]


def test_the_remembered_number_decides_between_equal_times() -> None:
    """Of two calls in the same minute the one that showed the remembered number is taken."""
    calls = [call(presented_e164=442079460111, account_id=4), call(presented_e164=442079460222, account_id=5)]
    found = linked(calls, [report(presented_stated_e164=442079460222)])

    assert [f["call_id"] for f in found] == [2]
    assert "the number shown is the one remembered" in found[0]["reasons"]


def test_the_brand_decides_where_no_number_is_remembered() -> None:
    """Of two calls in the same minute the one that showed a number of the named brand is taken."""
    calls = [call(presented_e164=442079460111, account_id=4), call(presented_e164=442079460222, account_id=5)]
    shown = brands(
        [
            {"presented_e164": 442079460111, "brand": "Southgate Bank"},
            {"presented_e164": 442079460222, "brand": "Northgate Bank"},
        ]
    )
    found = linked(calls, [report(brand_stated="northgate")], presented_brands=shown)

    assert [f["call_id"] for f in found] == [2]
    assert "of the brand that was named" in found[0]["reasons"]


def test_a_brand_counts_only_while_its_number_was_the_brands() -> None:
    """A number that became the brand's after the call says nothing of the brand."""
    shown = brands([{"presented_e164": 442079460111, "brand": "Northgate Bank", "valid_from": at("2022-01-01 00:00")}])
    found = linked([call(presented_e164=442079460111)], [report(brand_stated="Northgate")], presented_brands=shown)

    assert "brand" not in found[0]["reasons"]


def test_an_unanswered_call_gives_way_to_an_answered_one() -> None:
    """Money is not lost in a call that nobody took, while there is one that was taken."""
    calls = [call(duration_s=0, outcome="no-answer", account_id=4), call(at=at("2021-10-04 11:30"))]

    assert [f["call_id"] for f in linked(calls, [report()])] == [2]


def test_an_unanswered_call_stands_where_there_is_nothing_else() -> None:
    """Alone it may be linked, with less weight and a reason that says so."""
    answered = linked([call()], [report()])[0]
    found = linked([call(duration_s=0, outcome="no-answer")], [report()])

    assert found[0]["score_ppm"] < answered["score_ppm"]
    assert "not answered, although money was lost" in found[0]["reasons"]


def test_redials_stand_together() -> None:
    """Three calls of one account within the hour are one answer: the longest, with its own probability and that of all."""
    calls = [call(), call(at=at("2021-10-04 09:45"), duration_s=900), call(at=at("2021-10-04 09:20"), duration_s=300)]
    found = linked(calls, [report(incident_from=at("2021-10-04 09:00"), incident_to=at("2021-10-04 10:00"))])

    assert [(f["call_id"], f["rivals"]) for f in found] == [(2, 3)]
    assert found[0]["sitting_ppm"] > 950_000
    assert 250_000 < found[0]["score_ppm"] < 500_000
    assert "3 calls of this account to this number within the hour: one of them with 99 per cent" in found[0]["reasons"]


def test_two_accounts_with_equal_claims_link_neither() -> None:
    """Where two accounts called alike the report is linked to neither and the outcome says uncertain."""
    found = worked(
        STEPS,
        {"calls_once": [call(account_id=4), call(account_id=5), *FILLER], "reports_once": [report()]},
        "link_min_score_ppm = 600000",
    )

    assert found["report_call_links"].to_pylist() == []
    assert found["report_link_outcomes"]["outcome"].to_pylist() == ["uncertain"]


def test_an_exact_number_is_sought_over_days_and_a_slip_over_hours() -> None:
    """A whole number leads to a call two days off, a number with a slip does not."""
    calls = [call(at=at("2021-10-06 11:30"))]

    assert [f["call_id"] for f in linked(calls, [report()])] == [1]
    assert linked(calls, [report(victim_phone_e164=447700900183)]) == []


def test_a_day_without_time_is_sought_as_a_whole() -> None:
    """Any time of the stated day is at no distance."""
    found = linked([call()], [report(incident_from=at("2021-10-04 00:00"), incident_to=at("2021-10-04 23:59"))])

    assert [f["off_s"] for f in found] == [0]
    assert "within the 24 hours stated" in found[0]["reasons"]


def test_without_any_time_the_weeks_before_the_report_are_searched() -> None:
    """A report without incident time still finds the only call to its number, and says how it was sought."""
    mine = report(
        incident_from=None, incident_to=None, reported_at=at("2021-11-20 12:00"), presented_stated_e164=442079460111
    )
    found = linked([call(presented_e164=442079460111)], [mine])

    assert [f["call_id"] for f in found] == [1]
    assert "no time stated, sought over 90 days" in found[0]["reasons"]


def test_a_test_line_is_linked_to_nobody() -> None:
    """A number called more often than link_max_calls says nothing of one person."""
    found = worked(STEPS, {"calls_once": [call(), call(), call()], "reports_once": [report()]}, "link_max_calls = 2")

    assert [(o["outcome"], o["calls"]) for o in found["report_link_outcomes"].to_pylist()] == [("no-call", 0)]


def test_odd_values_do_no_harm() -> None:
    """Times at the ends of the calendar, absurd durations and texts for numbers give links or none, never a failure."""
    calls = [
        call(at=at("0001-01-01 00:00"), duration_s=2**62),
        call(at=at("9999-12-31 23:59"), duration_s=-5),
        call(at=None),
    ]
    reports = [
        report(victim_phone_e164=None, victim_phone_raw="unknown"),
        report(victim_phone_e164=None, victim_phone_raw="1" * 40),
        report(incident_from=at("9999-12-31 00:00"), incident_to=at("0001-01-01 00:00")),
        report(incident_from=None, incident_to=None, reported_at=None),
        report(victim_phone_e164=0, duration_stated_s=-9, brand_stated="x", presented_stated_raw="%' OR 1=1"),
    ]
    found = worked(STEPS, {"calls_once": calls, "reports_once": reports})

    outcomes = found["report_link_outcomes"]["outcome"].to_pylist()
    assert outcomes[:2] == ["no-number", "no-number"]
    assert outcomes[4] == "no-number"


def test_links_recover_the_truth_and_the_scores_mean_what_they_say() -> None:
    """Precision is at least 0.97, recall 0.85, and the mean score of each bin is within 0.08 of the share of hits."""
    hits, scores, present, found_present = [], [], 0, 0
    for seed in (7, 8, 9):
        calls, reports, truth = reported_calls(seed=seed)
        links = worked(report_call.STEPS, {"calls_once": calls, "reports_once": reports}, "link_min_score_ppm = 0")[
            "report_call_links"
        ]
        right = truth[links["report_id"].to_numpy() - 1] == links["call_id"].to_numpy()
        score = links["score_ppm"].to_numpy()
        hits.append(right)
        scores.append(score)
        present += int((truth >= 0).sum())
        found_present += int((right & (score >= 500_000)).sum())
    hit, score = np.concatenate(hits), np.concatenate(scores) / 1e6
    kept = score >= 0.5

    assert hit[kept].mean() >= 0.97
    assert found_present / present >= 0.85
    for low, high in ((0.0, 0.9), (0.9, 1.01)):
        within = (score >= low) & (score < high)
        assert within.sum() >= 20
        assert abs(hit[within].mean() - score[within].mean()) < 0.08

"""Reports of one event are counted as one loss."""

from __future__ import annotations

from typing import Any

import pytest
from link_cases import at, worked

from unspoof.link import report_call, report_events

STEPS = (*report_call.STEPS, *report_events.STEPS)
FIRST = {
    "victim_ref": "V1",
    "victim_phone_e164": 447700900123,
    "incident_from": at("2021-10-04 09:30"),
    "incident_to": at("2021-10-04 09:30"),
    "brand_stated": "Northgate Bank",
    "loss_gross_minor": 50_000,
    "currency": "GBP",
}


def events(*reports: dict[str, Any], calls: list[dict[str, Any]] | None = None) -> list[tuple[int, bool]]:
    """Return event and whether it counts, per report; each report is FIRST with changes."""
    rows = [{**FIRST, **report} for report in reports]
    found = worked(STEPS, {"reports_once": rows, "calls_once": calls or []})["report_events"].to_pylist()
    return [(f["event_id"], f["counted"]) for f in found]


def test_two_reports_of_one_event_count_once_with_the_larger_loss() -> None:
    """One victim, the same day, the same brand: one event, and the larger loss is the one that counts."""
    assert events({}, {"loss_gross_minor": 60_000, "incident_to": at("2021-10-04 20:00")}) == [(1, False), (1, True)]


def test_equal_losses_count_with_the_least_id() -> None:
    """Where losses are equal the first report counts, so that the answer is always the same."""
    assert events({}, {}, {"victim_ref": None}) == [(1, True), (1, False), (1, False)]


@pytest.mark.parametrize(
    "other",
    [
        {"victim_ref": "V2", "victim_phone_e164": 447700900456},
        {"incident_from": at("2021-10-07 09:30"), "incident_to": at("2021-10-07 09:30")},
        {"brand_stated": "Southgate Bank"},
        {"brand_stated": None, "victim_phone_e164": 447700900456},
        {"victim_ref": None, "victim_phone_e164": None},
    ],
    ids=["another victim", "three days later", "another brand", "same reference, another phone", "nobody known"],
)
def test_another_event_is_counted_for_itself(other: dict[str, Any]) -> None:
    """Another victim, day or brand is another loss."""
    assert events({}, other) == [(1, True), (2, True)]


def test_a_household_reports_one_call() -> None:
    """Two people who report the same call, each by a reference of their own, tell of one loss."""
    call = {"called_e164": 447700900123, "at": at("2021-10-04 09:30"), "duration_s": 400, "account_id": 5}
    other = {"victim_ref": "V2", "brand_stated": None, "incident_from": at("2021-10-04 09:45")}

    assert events({}, other, calls=[call]) == [(1, True), (1, False)]


def test_a_placeholder_for_a_victim_joins_nobody() -> None:
    """A reference that fifty reports bear is no person, so that fifty losses stay fifty."""
    rows = [{"victim_ref": "unknown", "victim_phone_e164": None} for _ in range(50)]

    assert [(i + 1, True) for i in range(50)] == events(*rows)


def test_without_a_time_equal_losses_are_one() -> None:
    """A report without time joins the victim's other one only if the loss is the same to the penny."""
    untimed = {"incident_from": None, "incident_to": None}

    assert events({}, untimed) == [(1, True), (1, False)]
    assert events({}, {**untimed, "loss_gross_minor": 50_001}) == [(1, True), (2, True)]


def test_two_keys_of_one_body_are_two_victims() -> None:
    """Two people who share a telephone and were called on one day by one name have a loss each."""
    assert events({}, {"victim_ref": "V2"}) == [(1, True), (2, True)]


def test_keys_of_two_bodies_say_nothing_of_each_other() -> None:
    """One telephone in the files of two bodies is one victim; one key in two files with two telephones is two."""
    assert events({}, {"victim_ref": "A7", "exhibit": 2}) == [(1, True), (1, False)]
    assert events({}, {"victim_phone_e164": 447700900456, "exhibit": 2}) == [(1, True), (2, True)]


@pytest.mark.parametrize("filler", ["n/a", "Unknown", "-", "0"])
def test_a_filler_is_no_victim(filler: str) -> None:
    """Reports that bear a filler where the victim's key should stand are not of one victim."""
    other = {"victim_ref": filler, "victim_phone_e164": 447700900456}
    assert events({"victim_ref": filler}, other) == [(1, True), (2, True)]

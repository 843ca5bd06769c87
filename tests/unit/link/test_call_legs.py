"""Legs of one call on both sides of a switch are found, and calls that only look alike are not."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from link_cases import legs_of_calls, worked

from unspoof.link.call_legs import PRIOR, STEPS, WEIGHTS

START = datetime(2026, 11, 22, 15, 46, 3)  # noqa: DTZ001 - times of the normal form have no zone
DOC = (Path(__file__).parents[3] / "docs" / "links.md").read_text(encoding="utf-8")
Row = dict[str, Any]


def leg(
    name: str, way: tuple[str, str], begins: float = 0, answer: float | None = 4, end: float = 60, **more: Any
) -> tuple[Row, Row]:
    """Return a call and its INVITE; moments are seconds after START."""
    moment = START + timedelta(seconds=begins)
    call = {
        "call_ref": name,
        "presented_e164": 442079460000,
        "presented_raw": "+442079460000",
        "called_e164": 447700900123,
        "called_raw": "+447700900123",
        "at": moment,
        "started_at": moment,
        "answered_at": None if answer is None else START + timedelta(seconds=answer),
        "ended_at": START + timedelta(seconds=end),
        "outcome": "failed" if answer is None else "answered",
        **more,
    }
    ends = {"source_ip": way[0], "source_port": 5060, "destination_ip": way[1], "destination_port": 5060}
    return call, {"call_ref": name, "at": moment, "method": "INVITE", **ends}


def links(*legs: tuple[Row, Row], text: str = "") -> list[Row]:
    """Return the links that are made."""
    tables = {
        "calls_once": [{**call, "call_id": i + 1} for i, (call, _) in enumerate(legs)],
        "signals": [{**signal, "signal_id": i + 1} for i, (_, signal) in enumerate(legs)],
    }
    return worked(STEPS, tables, text)["call_legs"].to_pylist()


IN = ("192.0.2.1", "192.0.2.9")
OUT = ("198.51.100.1", "198.51.100.9")


def test_two_legs_are_linked_with_their_reasons() -> None:
    """Same numbers, begun, answered and ended together: one call, and the reasons say why."""
    (link,) = links(leg("a-side@x", IN), leg("b-side@y", OUT, 0.02, 3.9))

    assert (link["left_call_id"], link["right_call_id"], link["second_call_id"]) == (1, 2, 2)
    assert link["score_ppm"] > 990_000
    assert link["reasons"].startswith("both show the same number; both were answered within a second")


def test_a_number_changed_on_the_way_is_still_linked() -> None:
    """A switch that shows another number than it was given is what is looked for: times and the way it went tell."""
    changed = leg("b-side@y", ("192.0.2.9", "198.51.100.9"), 0.02, 3.9, presented_e164=441632960000)
    (link,) = links(leg("a-side@x", IN, presented_e164=None, presented_raw="account7"), changed)
    (known,) = links(leg("a-side@x", IN), changed)

    assert "what received the one call sent the other" in link["reasons"]
    assert "they show different numbers" in known["reasons"]


def test_a_call_id_that_holds_the_other_tells() -> None:
    """Switches that build the second Call-ID of the first are believed."""
    (link,) = links(leg("1795362363@x", IN, answer=None), leg("b2b-1795362363@y", OUT, 1, None))

    assert link["reasons"].startswith("the Call-ID of the one holds that of the other")


@pytest.mark.parametrize(
    ("why", "other"),
    [
        ("the first had ended", leg("b@y", OUT, 2, None, 4)),
        ("it went the same way", leg("b@y", IN, 0.1, 4, 60)),
        ("it began too late", leg("b@y", OUT, 6)),
        ("it ended at another time and shows another number", leg("b@y", OUT, 1, 4, 90, presented_e164=441632960000)),
        ("it has the same Call-ID", leg("a@x", OUT, 0.02)),
        ("its beginning is not known", leg("b@y", OUT, 0.02, started_at=None)),
        ("it calls another number", leg("b@y", OUT, 0.02, called_e164=447700900456)),
    ],
)
def test_what_only_looks_alike_is_not_linked(why: str, other: tuple[Row, Row]) -> None:
    """Retries, neighbours in time and calls of one sender stay calls of their own."""
    first = leg("a@x", IN, answer=None, end=1.5) if "had ended" in why else leg("a@x", IN)

    assert links(first, other) == [], why


def test_calls_of_no_capture_are_not_looked_at() -> None:
    """Records of a database, whose references are no Call-IDs that were captured, are never paired."""
    one, two = leg("a@x", IN), leg("b@y", OUT, 0.02)
    tables = {"calls_once": [{**call, "call_id": i} for i, call in enumerate((one[0], two[0]))], "signals": []}

    assert worked(STEPS, tables)["call_legs"].num_rows == 0


def test_settings_decide_how_far_apart_and_how_sure() -> None:
    """A longer window finds a slow switch; a higher threshold leaves a weak link out."""
    slow = leg("a@x", IN), leg("b@y", OUT, 8, 8.5, 60)
    weak = leg("a@x", IN, answer=None), leg("b@y", OUT, 0.02, None, 60)

    assert links(*slow) == []
    assert len(links(leg("a@x", IN, answer=8), slow[1], text="call_leg_window_s = 20")) == 1
    assert len(links(*weak)) == 1
    assert links(*weak, text="call_leg_min_score_ppm = 999990") == []


def test_pairs_among_other_calls_are_found_and_no_other() -> None:
    """Of sixty made calls with strangers between them exactly the true pairs are linked."""
    calls, signals = legs_of_calls()
    found = worked(STEPS, {"calls_once": calls, "signals": signals})["call_legs"].to_pylist()

    assert [(row["left_call_id"], row["right_call_id"]) for row in found] == [
        (5_000_000 + 3 * i, 5_000_001 + 3 * i) for i in range(60)
    ]


@pytest.mark.parametrize("weight", WEIGHTS, ids=lambda weight: weight.kind)
def test_each_weight_of_a_leg_stands_in_the_page(weight: Any) -> None:
    """Whoever is asked for a weight finds it in docs/links.md as it is used."""
    assert f"| {weight.kind} | {weight.milli:,} | {weight.says} |" in DOC
    assert f"{PRIOR:,}" in DOC

"""Slips of memory: each changes what it should and nothing else."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from unspoof.synth.places import COUNTRIES
from unspoof.synth.reports.memory import amount, grouped, slip, to_local, when, written

NATIONAL = st.integers(1_000_000_000, 9_999_999_999)
UNIT = st.floats(0, 1, exclude_max=True, allow_nan=False)


def _slip(number: int, first: float, second: float, kind: int) -> tuple[str, int]:
    spoilt, length = slip(np.array([number]), 10, np.array([9]), np.array([[first], [second]]), np.array([kind]))
    return str(int(spoilt[0])), int(length[0])


@settings(max_examples=200, deadline=None)
@given(NATIONAL, UNIT, UNIT)
def test_a_wrong_digit_is_one_wrong_digit(number: int, first: float, second: float) -> None:
    """Exactly one digit differs, and it is not the first."""
    text, length = _slip(number, first, second, 1)
    places = [place for place, (left, right) in enumerate(zip(str(number), text, strict=True)) if left != right]

    assert length == 10
    assert len(places) == 1
    assert places[0] > 0


@settings(max_examples=200, deadline=None)
@given(NATIONAL, UNIT, UNIT)
def test_a_missing_digit_is_one_missing_digit(number: int, first: float, second: float) -> None:
    """The spoilt number is the true one without one digit."""
    text, length = _slip(number, first, second, 2)

    assert length == len(text) == 9
    assert text in {str(number)[:place] + str(number)[place + 1 :] for place in range(10)}


@settings(max_examples=200, deadline=None)
@given(NATIONAL, UNIT, UNIT)
def test_swapped_digits_are_neighbours(number: int, first: float, second: float) -> None:
    """The spoilt number is the true one with two neighbours swapped, the first digit in its place."""
    text, length = _slip(number, first, second, 3)
    true = str(number)

    assert length == 10
    assert text in {true[:place] + true[place + 1] + true[place] + true[place + 2 :] for place in range(1, 9)}


def test_no_slip_is_the_number() -> None:
    """Kind 0 leaves the number alone."""
    assert _slip(7_700_900_123, 0.5, 0.5, 0) == ("7700900123", 10)


def test_slips_stay_among_the_free_digits() -> None:
    """With three free digits the rest of the number is never touched."""
    draw = np.random.default_rng(1).random((2, 400))
    kind = np.tile([1, 3], 200)
    spoilt, _ = slip(np.full(400, 7_700_900_123), 10, np.full(400, 3), draw, kind)

    assert set((spoilt // 1_000).tolist()) == {7_700_900}
    assert len(set(spoilt.tolist())) > 10


def test_notations() -> None:
    """National, spaced, +, 00 and bare forms of one number."""
    count = 5
    texts = written(
        np.full(count, 7_700_900_123), np.full(count, 10), COUNTRIES["GB"], np.array([0.1, 0.6, 0.8, 0.92, 0.99])
    )

    assert texts.to_pylist() == ["07700900123", "07700 900123", "+447700900123", "00447700900123", "447700900123"]


def test_amounts() -> None:
    """Pence are shown unless there are none and the writer is short; thousands are grouped unless he is plain."""
    minor = np.array([123_450, 120_000, 123_450, 300_000_000, 5])
    texts = amount(minor, "£", np.array([0.1, 0.7, 0.9, 0.1, 0.1]))

    assert texts.to_pylist() == ["£1,234.50", "£1,200", "1234.50", "£3,000,000.00", "£0.05"]


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 999_999_999))
def test_grouping_is_pythons(whole: int) -> None:
    """Thousands are grouped as Python groups them."""
    assert grouped(np.array([whole]), ",").to_pylist() == [f"{whole:,}"]


def test_local_time_follows_the_clocks() -> None:
    """An hour is added in British summer and none in winter, to the second of the change."""
    at = np.array([1_648_342_799, 1_648_342_800])  # 2022-03-27, a second before and at 01:00 UTC

    assert [str(moment) for moment in to_local(at, "Europe/London").to_pylist()] == [
        "2022-03-27 00:59:59",
        "2022-03-27 02:00:00",
    ]


def test_times_are_off_but_seldom_by_days() -> None:
    """Three quarters of remembered times are within two hours, one in ten is a date alone."""
    at = np.full(4_000, 1_650_000_000)
    days, clocks = when(at, "UTC", np.random.default_rng(1), "%Y-%m-%d")
    true = np.datetime64("2022-04-15T05:20")
    off = [
        abs((np.datetime64(f"{day}T{clock}") - true) / np.timedelta64(1, "h"))
        for day, clock in zip(days.to_pylist(), clocks.to_pylist(), strict=True)
        if clock
    ]

    assert 0.07 < 1 - len(off) / len(at) < 0.13
    assert np.mean(np.array(off) < 2) > 0.75
    assert 0.01 < np.mean(np.array(off) >= 12) < 0.06
    assert isinstance(days, pa.StringArray)

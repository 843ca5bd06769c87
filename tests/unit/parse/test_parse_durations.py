"""Lengths of time."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unspoof.parse.durations import read_lengths


@pytest.mark.parametrize(
    ("text", "unit", "micros"),
    [
        ("61", "s", 61_000_000), ("61.9", "s", 61_900_000), ("0", "s", 0), ("1500", "ms", 1_500_000), ("7", "us", 7),
        ("1.5", "min", 90_000_000), ("00:01:23", "hms", 83_000_000), ("1:23", "hms", 83_000_000),
        ("100:00:00", "hms", 360_000_000_000), ("1:60", "hms", None), ("-5", "s", None), ("x", "s", None),
        ("0x10", "s", None), ("1000000000", "s", None), ("9" * 15, "s", None), ("9" * 50, "s", None),
    ],
)  # fmt: skip
def test_a_length_is_read_in_its_unit(text: str, unit: str, micros: int | None) -> None:
    """A text in its unit is that many microseconds; negative, endless and other texts are bad."""
    read = read_lengths(pa.array([text]), unit)

    assert (micros is None) == bool(read.bad[0])
    assert (micros or 0) == read.micros[0]


def test_empty_is_no_length() -> None:
    """Null and empty are neither known nor bad."""
    read = read_lengths(pa.array([None, ""]))

    assert not read.known.any()
    assert not read.bad.any()


@settings(deadline=None)
@given(st.lists(st.text(max_size=12), max_size=20), st.sampled_from(["s", "ms", "us", "min", "hms"]))
def test_no_text_breaks_the_reader(texts: list[str], unit: str) -> None:
    """Any text is a length, none, or bad."""
    read = read_lengths(pa.array(texts, pa.string()), unit)

    assert not (read.known & read.bad).any()

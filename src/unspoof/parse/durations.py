"""Columns of lengths of time to whole or exact seconds; moments are parse/times.py's business."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

UNITS: dict[str, int] = {"s": 1_000_000, "ms": 1_000, "us": 1, "min": 60_000_000}
"""Microseconds in one unit; 'hms' is written 0:01:23 or 1:23 instead."""

LONGEST_S = 10**9
"""Lengths of this many seconds or more are refused as damage."""

_NUMBER = r"^(?P<whole>\d{1,15})(?:[.,](?P<part>\d{1,6})\d*)?$"
_CLOCK = r"^(?:(?P<h>\d{1,5}):)?(?P<m>\d{1,2}):(?P<s>\d{2})(?:\.\d+)?$"


@dataclass(frozen=True)
class Lengths:
    """A column of lengths of time, row for row with its texts."""

    micros: NDArray[np.int64]
    known: NDArray[np.bool_]
    bad: NDArray[np.bool_]
    """There is a text and it is no length of time: negative, too long, no number."""


def read_lengths(text: pa.StringArray, unit: str = "s") -> Lengths:
    """Read a column of lengths of time as microseconds.

    Args:
        text: one length a row, without blanks around it; null and empty are none.
        unit: one of UNITS, or 'hms' for hours:minutes:seconds.

    """
    rows = len(text)
    micros = np.zeros(rows, dtype=np.int64)
    matched = pc.extract_regex(text, pattern=_CLOCK if unit == "hms" else _NUMBER)
    fits = np.flatnonzero(np.asarray(matched.is_valid()))
    known = np.zeros(rows, dtype=np.bool_)
    if len(fits):
        value, possible = _clock(matched, fits) if unit == "hms" else _number(matched, fits, UNITS[unit])
        micros[fits] = np.where(possible, value, 0)
        known[fits] = possible
    there = np.asarray(pc.fill_null(pc.greater(pc.binary_length(text), 0), False))
    return Lengths(micros, known, there & ~known)


def _integers(values: pa.StringArray) -> NDArray[np.int64]:
    filled = pc.if_else(pc.equal(pc.binary_length(pc.fill_null(values, "")), 0), "0", values)
    return np.asarray(pc.cast(filled, pa.int64()).to_numpy(zero_copy_only=False), dtype=np.int64)


def _number(
    matched: pa.StructArray, fits: NDArray[np.int64], scale: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    index = pa.array(fits)
    whole = _integers(matched.field("whole").take(index))
    part = _integers(pc.utf8_rpad(matched.field("part").take(index), 6, "0"))
    possible = whole < LONGEST_S * 1_000_000 // scale
    return np.where(possible, whole, 0) * scale + part * scale // 1_000_000, possible


def _clock(matched: pa.StructArray, fits: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    hours, minutes, seconds = (_integers(matched.field(name).take(pa.array(fits))) for name in ("h", "m", "s"))
    total = (hours * 60 + minutes) * 60 + seconds
    return total * 1_000_000, (seconds < 60) & (minutes < 60) & (total < LONGEST_S)


__all__ = ["LONGEST_S", "UNITS", "Lengths", "read_lengths"]

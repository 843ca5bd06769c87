"""Columns of time texts by any format."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from fuzz.target import Target, text_of
from unspoof.parse.times import UNITS, check_format, read_times

_LAST = 131 * 366 * 86_400_000_000


def _row(text: str | None, formats: list[str], unit: str) -> tuple[object, ...]:
    one = read_times(pa.array([text], pa.string()), formats, unit)
    return tuple(part[0].item() for part in (one.micros, one.known, one.bad, one.settled, one.day_only))


def feed(data: bytes) -> None:
    """Read the lines after the first as moments by the formats, split by '|', that the first names."""
    first, *lines = text_of(data).split("\n")
    formats = [name for name in first.split("|")[:4] if check_format(name) is None]
    unit = tuple(UNITS)[len(first) % len(UNITS)]
    column = [line or None for line in lines[:40]]
    read = read_times(pa.array(column, pa.string()), formats, unit)
    columns = (read.micros, read.known, read.bad, read.settled, read.day_only)
    assert all(len(part) == len(column) for part in columns)
    assert not (read.known & read.bad).any(), "known and bad"
    assert (read.known | (read.micros == 0)).all(), "a moment that is not known"
    assert (np.abs(read.micros) < _LAST).all(), "out of range"
    assert not any(known or bad for text, known, bad in zip(column, read.known, read.bad, strict=True) if text is None)
    rows = list(zip(*(part.tolist() for part in columns), strict=True))
    assert rows == [_row(text, formats, unit) for text in column], "a row depends on its neighbours"


TARGET = Target(
    "times",
    "formats split by '|', a line feed, then one text a line",
    feed,
    (
        b"iso\n2022-03-01\n2022-03-01 14:05:06.123456\n2022-03-01T14:05Z\n2022-02-30\n\n0000-00-00 00:00:00\n"
        b"2022-03-01 14:05:06+01:00\n",
        b"epoch\n1646143506\n1646143506.25\n0\n99999999999999999999\n-1\n",
        b"iso-offset|iso\n2022-03-01T14:05:06+0100\n2022-03-01\n",
        b"%Y-%m-%d %H:%M:%S\n2022-03-01 14:05:06\n2022-03-01 14:05:06.5\n2022-13-01 14:05:06\n",
        b"%d/%m/%Y %I:%M %p|%a, %d %b %Y %H:%M:%S %z\n01/03/2022 02:05 pm\nTue, 01 Mar 2022 14:05:06 +0000\n",
        b"%d %B %y\n1 March 22\n31 December 99\n",
    ),
    words=(
        b"%Y",
        b"%y",
        b"%m",
        b"%b",
        b"%d",
        b"%H",
        b"%I",
        b"%p",
        b"%S",
        b"%f",
        b"%z",
        b"%%",
        b"epoch",
        b"iso",
        b"UTC",
        b"24:00",
    ),
    most=512,
)

__all__ = ["TARGET"]

"""Lengths of time, against a plain reading of each text in Python."""

from __future__ import annotations

import re
from decimal import Decimal

import pyarrow as pa

from fuzz.target import Target, text_of
from unspoof.parse.durations import LONGEST_S, UNITS, read_lengths

_UNITS = (*UNITS, "hms")


def _exactly(text: str, unit: str) -> int | None:
    """Return microseconds as a plain reading gives them; None if the text is no such length."""
    if unit == "hms":
        clock = re.fullmatch(r"(?:([0-9]{1,5}):)?([0-9]{1,2}):([0-9]{2})(?:\.[0-9]+)?", text)
        if clock is None or int(clock[3]) > 59 or int(clock[2]) > 59:
            return None
        return ((int(clock[1] or 0) * 60 + int(clock[2])) * 60 + int(clock[3])) * 1_000_000
    number = re.fullmatch(r"[0-9]{1,15}(?:[.,][0-9]+)?", text)
    return int(Decimal(text.replace(",", ".")) * UNITS[unit]) if number else None


def feed(data: bytes) -> None:
    """Read the lines as lengths in a unit that the first byte chooses."""
    unit = _UNITS[(data[0] if data else 0) % len(_UNITS)]
    lines = [line or None for line in text_of(data[1:]).split("\n")[:40]]
    read = read_lengths(pa.array(lines, pa.string()), unit)
    for row, text in enumerate(lines):
        known, bad, micros = bool(read.known[row]), bool(read.bad[row]), int(read.micros[row])
        assert (known or bad) == (text is not None)
        assert not (known and bad)
        assert 0 <= micros <= LONGEST_S * 1_000_000
        exact = _exactly(text, unit) if text else None
        if known:
            assert exact is not None, "read although it is no length"
            assert abs(micros - exact) <= (1_000_000 if unit == "hms" else 60), "another length"
        elif exact is not None:
            assert exact >= LONGEST_S * 1_000_000, "a length that is refused"


TARGET = Target(
    "durations",
    "a choice of unit, then one text a line",
    feed,
    (
        b"\0" + b"63\n1.5\n0\n-1\n1,25\n\n999999999999999.9\n",
        b"\4" + b"0:01:23\n1:23\n25:00:00\n0:99:99\n1:23.5\n",
        b"\1" + b"1500\n0.5\n",
    ),
    words=(b"00:00:00", b"99999:59:59", b".000001", b"1e5"),
    most=256,
)

__all__ = ["TARGET"]

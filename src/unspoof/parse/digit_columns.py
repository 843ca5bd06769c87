"""Columns of text to columns of digits, in NumPy; what the digits mean is not this module's business."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

MOST_DIGITS = 18
"""Digits that are sure to fit a 64-bit integer; E.164 has 15, prefixes come before them."""
POWERS: npt.NDArray[np.int64] = 10 ** np.arange(MOST_DIGITS + 1, dtype=np.int64)

_CHUNK = 1 << 16
"""Texts worked on at a time: few enough for the processor's cache."""
LONGEST_ORDINARY = 48
"""Bytes in the longest text that is read here; longer ones are odd."""

_OTHER, _DIGIT, _BLANK, _PLUS, _DOT = 0, 1, 2, 3, 4
_CLASS = np.zeros(256, np.uint8)
_CLASS[[ord(c) for c in "0123456789"]] = _DIGIT
_CLASS[[ord(c) for c in " -()/"]] = _BLANK
_CLASS[ord("+")] = _PLUS
_CLASS[ord(".")] = _DOT


@dataclass(frozen=True)
class Digits:
    """What stands in each text."""

    value: npt.NDArray[np.int64]
    """The digits as one number; 0 where there are more than MOST_DIGITS."""
    count: npt.NDArray[np.int64]
    """How many digits, leading zeros counted; more than MOST_DIGITS is told as MOST_DIGITS + 1."""
    plus: npt.NDArray[np.bool_]
    """A plus stands before the first digit."""
    ordinary: npt.NDArray[np.bool_]
    """Nothing but digits, blanks, dashes, brackets, slashes, dots and one plus before them; other rows hold no digits
    here. One dot (447700900123.0) and three (192.0.2.1) may mean something and make a row odd."""


def scan_digits(texts: pa.Array) -> Digits:
    """Read the digits of texts (strings without NULL)."""
    size = len(texts)
    found = Digits(
        np.zeros(size, np.int64), np.zeros(size, np.int64), np.zeros(size, np.bool_), np.zeros(size, np.bool_)
    )
    if not size:
        return found
    buffers = texts.buffers()
    offsets = np.frombuffer(buffers[1], np.int32)[texts.offset : texts.offset + size + 1].astype(np.int64)
    data = np.frombuffer(buffers[2], np.uint8) if buffers[2] is not None else np.zeros(0, np.uint8)
    short = np.diff(offsets) <= LONGEST_ORDINARY
    for start in range(0, size, _CHUNK):
        stop = min(start + _CHUNK, size)
        _scan_chunk(data, offsets[start : stop + 1], short[start:stop], found, start)
    return found


def _scan_chunk(
    data: npt.NDArray[np.uint8],
    offsets: npt.NDArray[np.int64],
    short: npt.NDArray[np.bool_],
    found: Digits,
    start: int,
) -> None:
    """Fill `found` from row `start` on; texts that are empty or too long stay as they are: not ordinary."""
    wanted = np.flatnonzero(short & (np.diff(offsets) > 0))
    if not len(wanted):
        return
    if len(wanted) == len(short):
        part = data[offsets[0] : offsets[-1]]
    else:
        keep = np.repeat(short, np.diff(offsets))
        part = data[offsets[0] : offsets[-1]][keep]
    length = np.diff(offsets)[wanted]
    first = np.cumsum(length) - length
    classes = _CLASS[part]
    is_digit = classes == _DIGIT
    upto = np.cumsum(is_digit, dtype=np.int32)
    last = upto[first + length - 1]
    before = last - np.add.reduceat(is_digit, first, dtype=np.int32)
    count = last - before
    place = np.repeat(last, length)
    place -= upto
    np.clip(place, 0, MOST_DIGITS, out=place)
    worth = POWERS[place]
    worth *= (part - np.uint8(48)) * is_digit
    value = np.add.reduceat(worth, first)
    pluses, dots = _counts(classes == _PLUS, first), _counts(classes == _DOT, first)
    strange = classes == _OTHER
    if pluses.any():
        strange |= (classes == _PLUS) & (upto > np.repeat(before, length))
    ordinary = ~np.logical_or.reduceat(strange, first) & (pluses <= 1) & (dots != 1) & (dots != 3) & (count > 0)
    too_many = count > MOST_DIGITS
    rows = start + wanted
    found.value[rows] = np.where(ordinary & ~too_many, value, 0)
    found.count[rows] = np.where(ordinary, np.minimum(count, MOST_DIGITS + 1), 0)
    found.plus[rows] = ordinary & (pluses == 1)
    found.ordinary[rows] = ordinary


def _counts(marked: npt.NDArray[np.bool_], first: npt.NDArray[np.int64]) -> npt.NDArray[np.int32]:
    """Count the marked bytes of each text; quick where there are none."""
    if not marked.any():
        return np.zeros(len(first), np.int32)
    return np.add.reduceat(marked, first, dtype=np.int32)


__all__ = ["LONGEST_ORDINARY", "MOST_DIGITS", "POWERS", "Digits", "scan_digits"]

"""Find the rows of an INSERT by looking at whole arrays of bytes; it proves where rows begin and end or says where not.

It reads no values. Everything before the first thing it cannot explain is exact; from there on sqldump_row must walk.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Offsets = npt.NDArray[np.int64]

_QUOTE, _OPEN, _CLOSE, _COMMA, _SEMICOLON, _BACKSLASH = 39, 40, 41, 44, 59, 92
_SPACE = 32
_BINARY = b"_binary "
_NONE = np.empty(0, dtype=np.int64)
_HIGH = 0x81
_SEPARATORS = (b"),", b"),\n", b"), ", b"),\r\n")
_COMMENT_PAIRS = (b"--", b"/*")


@dataclass(frozen=True)
class Found:
    """Rows that a scan proved, offsets relative to the scanned window."""

    starts: Offsets
    """Offsets of the opening parentheses."""
    ends: Offsets
    """Offsets after the closing parentheses."""
    spaced: bool
    """Blanks stand after commas, or introducers before quotes (_binary '..', x'..')."""
    problem: int
    """Start of the first row that is not explained; -1 if there is none."""
    statement_end: int
    """Offset of the semicolon after the last row; -1 if it was not reached."""
    trailing: bool
    """A backslash follows a byte of 0x81 or more (matters in a few Asian character sets only)."""


def escaping(b: Bytes) -> Offsets:
    """Return the offsets of the backslashes that escape the byte after them (of a run, every second one)."""
    at = np.flatnonzero(b == _BACKSLASH)
    if len(at) < 2:
        return at
    order = np.arange(len(at))
    first = np.concatenate(([True], np.diff(at) != 1))
    run_start = np.maximum.accumulate(np.where(first, order, 0))
    chosen: Offsets = at[(order - run_start) % 2 == 0]
    return chosen


def quotes(b: Bytes, escapes: Offsets) -> Offsets:
    """Return the offsets of the single quotes that open or close a string, in order: open, close, open, close ..."""
    mask = b == _QUOTE
    if len(escapes):
        after = escapes + 1
        mask[after[after < len(b)]] = False
    at: Offsets = np.flatnonzero(mask)
    return at


def outside(quote_at: Offsets, at: Offsets) -> Offsets:
    """Return those offsets of `at` that are in no string."""
    kept: Offsets = at[(np.searchsorted(quote_at, at) & 1) == 0]
    return kept


def holds(b: Bytes, at: Offsets, text: bytes) -> npt.NDArray[np.bool_]:
    """Say for each offset whether `text` (8 bytes or more) stands there; False where the array ends first."""
    words: Any = np.ndarray((max(len(b) - 7, 0),), dtype="<u8", buffer=b.data, strides=(1,))
    result = at + len(text) <= len(b)
    for part in (*range(0, len(text) - 7, 8), len(text) - 8):
        wanted = int.from_bytes(text[part : part + 8], "little")
        index = np.flatnonzero(result)
        result[index] = words[at[index] + part] == wanted
    return result


def _in_zones(at: Offsets, zones: Offsets, size: int) -> npt.NDArray[np.bool_]:
    if not len(zones):
        return np.zeros(len(at), dtype=np.bool_)
    nearest = np.searchsorted(zones, at, side="right") - 1
    inside: npt.NDArray[np.bool_] = (nearest >= 0) & (at - zones[np.maximum(nearest, 0)] < size)
    return inside


class _Scan:
    """One window: `data[pos:stop]`, its first byte the parenthesis of a row."""

    def __init__(self, data: bytes, pos: int, stop: int, glue: bytes) -> None:
        self.data, self.pos, self.stop, self.glue = data, pos, stop, glue
        self.b: Bytes = np.frombuffer(data, dtype=np.uint8, count=stop - pos, offset=pos)
        self.escapes = escaping(self.b) if data.find(b"\\", pos, stop) >= 0 else _NONE
        self.quotes = quotes(self.b, self.escapes)
        self.zones = _NONE
        self.limit = len(self.b)
        self.ended = False

    def find_end(self) -> None:
        """Set `limit` to the semicolon that ends the statement, and `zones` to the repeats of its head before that."""
        if self.data.find(b";", self.pos, self.stop) < 0:
            return
        at = outside(self.quotes, np.flatnonzero(self.b == _SEMICOLON))
        if len(at) == 0:
            return
        repeated = holds(self.b, at, self.glue) if self.glue else np.zeros(len(at), dtype=np.bool_)
        ends = np.flatnonzero(~repeated)
        if len(ends):
            self.limit, self.ended = int(at[ends[0]]), True
            self.quotes = self.quotes[: np.searchsorted(self.quotes, self.limit)]
            at = at[: ends[0]]
        self.zones = at

    def positions(self, byte: int) -> Offsets:
        """Return where `byte` stands outside strings and outside the repeated heads, before the limit."""
        at = outside(self.quotes, np.flatnonzero(self.b[: self.limit] == byte))
        return at[~_in_zones(at, self.zones, len(self.glue))] if len(self.zones) else at

    def bad_quotes(self) -> tuple[Offsets, bool]:
        """Return quotes that stand where none may, and whether blanks or introducers precede any."""
        b, opening, closing = self.b, self.quotes[0::2], self.quotes[1::2]
        closing = closing[closing < len(b) - 1]
        before, after = b[opening - 1], b[closing + 1]
        odd = opening[~((before - np.uint8(_QUOTE) <= 1) | (before == _COMMA))]
        wrong = closing[~((after == _COMMA) | (after == _QUOTE) | (after == _CLOSE))]
        if len(odd) == 0:
            return wrong, False
        blank = (b[odd - 1] == _SPACE) & (b[odd - 2] == _COMMA)
        rest = odd[~blank]
        rest = rest[~self._introduced(rest)]
        return np.concatenate((wrong, rest)), len(rest) < len(odd)

    def _introduced(self, at: Offsets) -> npt.NDArray[np.bool_]:
        """Say which opening quotes follow `_binary ` or a single letter (x'..', b'..', N'..') that begins a value."""
        b = self.b
        start = at - len(_BINARY)
        long = np.zeros(len(at), dtype=np.bool_)
        may = np.flatnonzero(start > 0)
        long[may] = holds(b, start[may], _BINARY)
        letter = ((b[at - 1] | 32) - np.uint8(97)) < 26
        start = np.where(long, start, at - 1)
        before = b[start - 1]
        begins = (before == _COMMA) | (before == _OPEN) | ((before == _SPACE) & (b[start - 2] == _COMMA))
        found: npt.NDArray[np.bool_] = (long | letter) & begins
        return found

    def strange(self) -> Offsets:
        """Return offsets, outside strings, of what opens comments, identifiers or other strings, and of backslashes."""
        found = [outside(self.quotes, self.escapes[: np.searchsorted(self.escapes, self.limit)])]
        marks = (mark for mark in b'"`#' if self.data.find(mark, self.pos, self.pos + self.limit) >= 0)
        found.extend(self.positions(mark) for mark in marks)
        even = len(self.b) // 2 * 2
        for pair in _COMMENT_PAIRS:
            if pair == b"/*" and self.data.find(b"*", self.pos, self.pos + self.limit) < 0:
                continue
            word = int.from_bytes(pair, "little")
            here = self.b[:even].view("<u2") == word
            shifted = self.b[1 : 1 + (len(self.b) - 1) // 2 * 2].view("<u2") == word
            if here.any() or shifted.any():
                at = np.sort(np.concatenate((np.flatnonzero(here) * 2, np.flatnonzero(shifted) * 2 + 1)))
                at = outside(self.quotes, at[at < self.limit])
                found.append(at[~_in_zones(at, self.zones, len(self.glue))])
        return np.concatenate(found)

    def separators(self, starts: Offsets) -> Offsets:
        """Return the size of what stands between each row and the one before; 0 where that is not as it must be."""
        b, later = self.b, starts[1:]
        if len(b) < 4:
            return np.zeros(len(later), dtype=np.int64)
        fours: Any = np.ndarray((len(b) - 3,), dtype="<u4", buffer=b.data, strides=(1,))
        last = fours[np.maximum(later - 4, 0)]
        sizes = np.zeros(len(later), dtype=np.int64)
        for text in _SEPARATORS:
            unused = 8 * (4 - len(text))
            sizes[(last >> np.uint32(unused)) == int.from_bytes(text, "little")] = len(text) - 1
        sizes[later < 4] = 0
        odd = np.flatnonzero(sizes == 0)
        if len(odd) and self.glue:
            at = later[odd] - len(self.glue)
            odd, at = odd[at > 0], at[at > 0]
            sizes[odd[(b[at - 1] == _CLOSE) & holds(b, at, self.glue)]] = len(self.glue)
        return sizes

    def extra_closes(self, ends: Offsets) -> Offsets:
        """Return closing parentheses, outside strings, that close no row."""
        heads = len(self.zones) * self.glue.count(b")")
        reach = int(ends[-1]) if len(ends) else 0
        if np.count_nonzero(self.b[:reach] == _CLOSE) == len(ends) + heads:
            return _NONE
        at = self.positions(_CLOSE)
        extra: Offsets = np.setdiff1d(at[at < reach], ends - 1, assume_unique=True)
        return extra

    def run(self) -> Found:
        self.find_end()
        starts = self.positions(_OPEN)
        sizes = self.separators(starts)
        ends = starts[1:] - sizes
        closed = self.ended and self.limit > 0 and self.b[self.limit - 1] == _CLOSE
        ends = np.append(ends, self.limit) if closed else ends
        wrong, spaced = self.bad_quotes()
        torn = starts[1:][sizes == 0]
        trouble = np.concatenate((wrong, torn, self.strange(), self.extra_closes(ends)))
        if self.ended and not closed:
            trouble = np.append(trouble, self.limit)
        count, problem = len(ends), -1
        if len(trouble):
            # A bad separator belongs to the row before it, whose end is in doubt.
            first = int(trouble.min())
            row = int(np.searchsorted(starts, first, side="right")) - 1
            row -= int(len(torn) > 0 and first == torn[0])
            count, problem = min(row, count), int(starts[row])
        high = self.escapes[self.escapes > 0]
        return Found(
            starts[:count],
            ends[:count],
            spaced,
            problem,
            self.limit if self.ended and problem < 0 else -1,
            bool((self.b[high - 1] >= _HIGH).any()) if len(high) else False,
        )


def scan_rows(data: bytes, pos: int, stop: int, glue: bytes = b"") -> Found:
    """Find the rows in `data[pos:stop]`, which begins with the parenthesis of a row.

    Rows must be separated by a comma, with a line end or a blank at most, or by `glue`; they may hold strings in single
    quotes and bare values. A row with anything else outside its strings ends the scan (`problem`). The last row is left
    for the next scan unless the statement ends after it.

    Args:
        data: part of a dump.
        pos: where a row begins.
        stop: where the window ends.
        glue: semicolon, line end and the statement's own head, if it is repeated for every row; 8 bytes or more,
            without quotes and backslashes.

    """
    return _Scan(data, pos, stop, glue).run()


__all__ = ["Bytes", "Found", "Offsets", "escaping", "holds", "outside", "quotes", "scan_rows"]

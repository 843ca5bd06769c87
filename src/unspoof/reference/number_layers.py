"""Dated ranges of numbers as disjoint cells, so that one look-up is two binary searches; what a row says is not asked."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Ints = npt.NDArray[np.int64]

ALWAYS = int(np.iinfo(np.int64).min)
"""Before every time and every number."""
OPEN = int(np.iinfo(np.int64).max)
"""After every time."""
NONE = -1
"""No row."""

_Segment = tuple[int, int, int]
"""First number of a cell, first moment, row."""


def times_of(column: pa.ChunkedArray, absent: int) -> Ints:
    """Return timestamps as microseconds of 1970, `absent` where there is none."""
    return np.asarray(column.cast(pa.int64()).fill_null(absent).to_numpy(), np.int64)


class Layer:
    """Which row holds for a number at a time, where rows may nest and overlap.

    Args:
        first: first numbers of the rows.
        last: last numbers, inclusive.
        since: first moments at which the rows hold, in microseconds of 1970; ALWAYS where they always did.
        until: first moments at which they no longer do; OPEN while they do.
        preference: of the rows that hold one number at one time the one of the lowest value is taken; no two are equal.

    """

    def __init__(self, first: Ints, last: Ints, since: Ints, until: Ints, preference: Ints) -> None:
        cells, times, rows = _segments(first, last, since, until, preference)
        order = np.lexsort((times, cells))
        self.times, self.rows = times[order], rows[order]
        cells = cells[order]
        begins = np.flatnonzero(np.append(True, cells[1:] != cells[:-1]))
        self.starts = cells[begins]
        self.offsets: Ints = np.append(begins, len(order))
        self._starts, self._offsets = self.starts.tolist(), self.offsets.tolist()
        self._times, self._rows = self.times.tolist(), self.rows.tolist()

    def find(self, number: int, at: int) -> int:
        """Return the row that holds for a number at a moment, NONE if none does."""
        cell = bisect_right(self._starts, number) - 1
        low, high = self._offsets[cell], self._offsets[cell + 1]
        if high - low == 1:
            return int(self._rows[low])
        return int(self._rows[bisect_right(self._times, at, low, high) - 1])

    def cells_of(self, numbers: Ints) -> Ints:
        """Return the cell of each number, for `changes` and `rows_at`."""
        return np.searchsorted(self.starts, numbers, side="right") - 1

    def changes(self, cells: Ints) -> tuple[Ints, Ints]:
        """Return positions in `cells` and the moments at which another row begins to hold there."""
        extra = self.offsets[cells + 1] - self.offsets[cells] - 1
        where = np.repeat(np.arange(len(cells)), extra)
        behind = np.arange(len(where)) - np.repeat(np.cumsum(extra) - extra, extra)
        return where, self.times[self.offsets[cells[where]] + 1 + behind]

    def rows_at(self, cells: Ints, at: Ints) -> Ints:
        """Return the row that holds in each cell at each moment."""
        low, high = self.offsets[cells].copy(), self.offsets[cells + 1]
        found = self.rows[low]
        many = np.flatnonzero(high - low > 1)
        step = low[many] + 1
        while len(many):
            begun = (step < high[many]) & (self.times[np.minimum(step, len(self.times) - 1)] <= at[many])
            many, step = many[begun], step[begun]
            found[many] = self.rows[step]
            step = step + 1
        return found


def _segments(first: Ints, last: Ints, since: Ints, until: Ints, preference: Ints) -> tuple[Ints, Ints, Ints]:
    order = np.lexsort((last, first))
    first, last, since, until, preference = (c[order] for c in (first, last, since, until, preference))
    reach = np.maximum.accumulate(last) if len(last) else last
    begins = np.append(True, first[1:] > reach[:-1]) if len(first) else np.zeros(0, np.bool_)
    starts = np.flatnonzero(begins)
    sizes = np.diff(np.append(starts, len(first)))
    alone = starts[sizes == 1]
    ends = reach[np.append(starts[1:], len(first)) - 1] + 1 if len(starts) else starts
    following = np.append(first[starts][1:], OPEN) if len(starts) else ends
    gaps = ends[ends != following]
    pieces = [
        (np.append(ALWAYS, gaps), np.full(len(gaps) + 1, ALWAYS), np.full(len(gaps) + 1, NONE)),
        _without(alone[since[alone] > ALWAYS], first, None),
        (first[alone], since[alone], order[alone]),
        _without(alone[until[alone] < OPEN], first, until),
        *_together(first, last, since, until, preference, order, starts[sizes > 1], sizes[sizes > 1]),
    ]
    cells, times, rows = (np.concatenate([np.asarray(p[at], np.int64) for p in pieces]) for at in range(3))
    return cells, times, rows


def _without(rows: Ints, first: Ints, times: Ints | None) -> tuple[Ints, Ints, Ints]:
    """Return segments in which no row holds: from `times`, else from always."""
    at = np.full(len(rows), ALWAYS) if times is None else times[rows]
    return first[rows], at, np.full(len(rows), NONE)


def _together(*columns: Ints) -> Iterator[tuple[Ints, Ints, Ints]]:
    """Work out the rows that overlap, one knot of them after the other."""
    first, last, since, until, preference, order, starts, sizes = columns
    made: list[_Segment] = []
    for start, size in zip(starts.tolist(), sizes.tolist(), strict=True):
        rows = range(start, start + size)
        knot = [
            (int(first[r]), int(last[r]) + 1, int(since[r]), int(until[r]), int(preference[r]), int(order[r]))
            for r in rows
        ]
        made.extend(_knot(knot))
    if made:
        cells, times, found = zip(*made, strict=True)
        yield np.array(cells, np.int64), np.array(times, np.int64), np.array(found, np.int64)


def _knot(rows: Sequence[tuple[int, int, int, int, int, int]]) -> Iterator[_Segment]:
    """Cut overlapping rows (first, end, since, until, preference, row; sorted by first) into cells."""
    points = sorted({point for row in rows for point in row[:2]})
    held: list[tuple[int, int, int, int, int, int]] = []
    taken = 0
    for point in points[:-1]:
        held = [row for row in held if row[1] > point]
        while taken < len(rows) and rows[taken][0] <= point:
            held.append(rows[taken])
            taken += 1
        before = None
        for moment in sorted({ALWAYS, *(row[2] for row in held), *(row[3] for row in held)} - {OPEN}):
            holding = [row for row in held if row[2] <= moment < row[3]]
            row = min(holding, key=lambda r: r[4])[5] if holding else NONE
            if row != before:
                yield point, moment, row
            before = row


__all__ = ["ALWAYS", "NONE", "OPEN", "Ints", "Layer", "times_of"]

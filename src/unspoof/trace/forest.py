"""Union-find over numbered holders that keeps the cause of every union: a proof forest; it knows no bitcoin.

Unions are made in the order of their causes, so that the forest is the least spanning forest in that order: of all ways to
join two holders, the path in the forest is the one whose latest cause is earliest. The same input gives the same forest
on every machine, with Numba or without.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from unspoof.parse.compiled import jit

Numbers = npt.NDArray[Any]
"""Whole numbers of 32 or 64 bits."""


@dataclass(frozen=True)
class Forest:
    """Who hangs together, and by what."""

    labels: Numbers
    """Per holder the least holder that it hangs together with."""
    left: Numbers
    """Per union the first holder of the group that caused it."""
    right: Numbers
    """Per union the holder of that group that it joined to the first."""
    cause: Numbers
    """Per union the number of the group; never falling."""
    refused_left: Numbers
    """Per pair that a guard kept apart, the first holder of the group that has a mark."""
    refused_right: Numbers
    """The first holder of the group in another tree with another mark."""
    refused_cause: Numbers
    """The number of the group."""
    refused_marks: Numbers
    """Two rows: the marks of the left and of the right holder's trees at that time."""


_UNMARKED = -1
"""Says that a tree has no mark: its root is its own parent. A root with mark m has -2 - m there."""

_SAME, _JOINED, _CLASH, _FULL = range(4)
"""What came of hanging one tree under another: both are one; done; their marks differ; there is no room to note more."""

_NOTED = 1 << 12
"""How many steps of one group are noted, so that they can be taken back; beyond, the group is looked at before."""


@jit
def _root(parent: Numbers, node: int) -> int:
    """Return the root of a node's tree, halving the way to it."""
    above = parent[node]
    while above >= 0 and above != node:
        beyond = parent[above]
        if beyond < 0 or beyond == above:
            return int(above)
        parent[node] = beyond
        node = beyond
        above = parent[node]
    return node


@jit
def _look(holders: Numbers, first: int, last: int, parent: Numbers, roots: Numbers) -> tuple[int, bool]:
    """Put the roots of a group's holders into `roots`; return what stands at the first marked one, and if two differ."""
    mark, is_clash = _UNMARKED, False
    for place in range(first, last):
        root = _root(parent, holders[place])
        roots[place - first] = root
        if parent[root] < 0:
            is_clash = is_clash or (mark != _UNMARKED and parent[root] != mark)
            mark = parent[root] if mark == _UNMARKED else mark
    return mark, is_clash


@jit
def _refuse(
    group: int, members: Numbers, mark: int, parent: Numbers, roots: Numbers, seen: Numbers, apart: Numbers, count: int
) -> int:
    """Write down which trees of a group have other marks than its first; return how many pairs are written by now.

    `seen` holds by which group, from 1, a root was last written down, so that a tree is named once a group.
    """
    at = 0
    while parent[roots[at]] >= 0:
        at += 1
    for place in range(at, len(members)):
        root = roots[place]
        if parent[root] < 0 and parent[root] != mark and seen[root] != group + 1:
            seen[root] = group + 1
            apart[0, count], apart[1, count], apart[2, count] = members[at], members[place], group
            apart[3, count], apart[4, count] = -2 - mark, -2 - parent[root]
            count += 1
    return count


@jit
def _join(starts: Numbers, holders: Numbers, parent: Numbers, left: Numbers, right: Numbers, cause: Numbers) -> int:
    """Make the unions of every group in order where nothing is marked; return how many were made.

    Both holders are followed up at once, always the one with the greater parent, and it is hung under the other's parent
    on the way: Rem's algorithm with splicing, of 55 ways the fastest in M. Patwary, J. Blair, F. Manne, "Experiments on
    Union-Find Algorithms for the Disjoint-Set Data Structure", SEA 2010. It finds the same unions as any other.
    """
    made = 0
    for group in range(len(starts) - 1):
        first, last = starts[group], starts[group + 1]
        if last - first < 2:
            continue
        near = int(holders[first])
        for place in range(first + 1, last):
            one, other = near, int(holders[place])
            above, beside = int(parent[one]), int(parent[other])
            while above != beside:
                if above < beside:
                    one, other, above, beside = other, one, beside, above
                parent[one] = beside
                if above == one:
                    left[made], right[made], cause[made] = holders[first], holders[place], group
                    made += 1
                    break
                one, above = above, int(parent[above])
            near = beside
    for node in range(len(parent)):  # every parent is less than its child, so that one pass leaves labels
        parent[node] = parent[parent[node]]
    return made


@jit
def _hang(parent: Numbers, one: int, other: int, nodes: Numbers, was: Numbers, noted: int) -> tuple[int, int, int]:
    """Make one tree of two as `_join` does, unless marks differ, and note every change, so that it can be taken back.

    Returns what came of it, a node near the root, and how many changes are noted.
    """
    above = one if parent[one] < 0 else int(parent[one])
    beside = other if parent[other] < 0 else int(parent[other])
    while above != beside:
        if above < beside:
            one, other, above, beside = other, one, beside, above
        if noted + 2 > len(nodes):
            return _FULL, one, noted
        mark = parent[one]
        if mark < 0:  # the root that goes has a mark, which the one that stays takes over
            low = beside
            while parent[low] >= 0 and parent[low] != low:
                low = int(parent[low])
            if parent[low] < 0 and parent[low] != mark:
                return _CLASH, one, noted
            nodes[noted], was[noted] = low, parent[low]
            noted += 1
            parent[low] = mark
        nodes[noted], was[noted] = one, mark
        noted += 1
        parent[one] = beside
        if above == one:
            return _JOINED, beside, noted
        one = above
        above = one if parent[one] < 0 else int(parent[one])
    return _SAME, beside, noted


@jit
def _join_roots(
    group: int, members: Numbers, mark: int, parent: Numbers, roots: Numbers, left: Numbers, right: Numbers,
    cause: Numbers, made: int,
) -> int:  # fmt: skip
    """Make the unions of one group whose trees have no mark but this; return how many are made by now."""
    for place in range(1, len(members)):
        root, other = _root(parent, roots[0]), _root(parent, roots[place])
        if other != root:
            left[made], right[made], cause[made] = members[0], members[place], group
            made += 1
            low, high = min(root, other), max(root, other)
            parent[high] = low
            parent[low] = low if mark == _UNMARKED else mark
    return made


@jit
def _grow(
    starts: Numbers, holders: Numbers, parent: Numbers, roots: Numbers, seen: Numbers, left: Numbers, right: Numbers,
    cause: Numbers, apart: Numbers, nodes: Numbers, was: Numbers,
) -> tuple[int, int]:  # fmt: skip
    """Make the unions of every group in order unless marks differ; return how many were made, and pairs kept apart."""
    made, refused = 0, 0
    for group in range(len(starts) - 1):
        first, last = starts[group], starts[group + 1]
        if last - first < 2:
            continue
        near, noted, before, state = int(holders[first]), 0, made, _SAME
        for place in range(first + 1, last):
            state, near, noted = _hang(parent, near, int(holders[place]), nodes, was, noted)
            if state == _JOINED:
                left[made], right[made], cause[made] = holders[first], holders[place], group
                made += 1
            elif state != _SAME:
                break
        if state <= _JOINED:
            continue
        made = before
        for step in range(noted - 1, -1, -1):
            parent[nodes[step]] = was[step]
        mark, is_clash = _look(holders, first, last, parent, roots)
        if is_clash:
            refused = _refuse(group, holders[first:last], mark, parent, roots, seen, apart, refused)
            continue
        made = _join_roots(group, holders[first:last], mark, parent, roots, left, right, cause, made)
    for node in range(len(parent)):  # every parent is less than its child, so that one pass leaves labels
        parent[node] = node if parent[node] < 0 else parent[parent[node]]
    return made, refused


def grow(starts: Numbers, holders: Numbers, count: int, marks: Numbers | None = None) -> Forest:
    """Join the holders of each group, in order, and keep what caused each union.

    Args:
        starts: where each group begins in `holders`, and at last where the last one ends; never falling.
        holders: the groups' holders one after another, each 0 ... count - 1; 32 or 64 bits. A holder may stand in a
            group more than once.
        count: how many holders there are.
        marks: per holder -1, or a number below `count` that its tree takes over from it. A group whose holders' trees, as
            they stand when its turn comes, have two different marks makes no union at all. Without marks nothing is
            refused.

    Returns:
        the forest. len(left) is `count` less the number of trees. Which holders hang together depends, without marks,
        neither on the order of groups nor on the order within them; with marks it depends on the order of groups alone.
        Linear in the holders but for a logarithm, by which an order made up to be slow may take more.

    Raises:
        ValueError: starts or holders name a place that is not there, or marks are not one for every holder.

    """
    marked = np.flatnonzero(marks >= 0) if marks is not None else np.empty(0, np.int64)
    _check(starts, holders, count, marks, marked)
    kind = np.int32 if max(count, len(starts)) < np.iinfo(np.int32).max else np.int64
    parent = np.arange(count, dtype=kind)
    left, right, cause = (np.empty(max(0, count - 1), kind) for _ in range(3))
    apart, made, refused = np.empty((5, len(holders) if len(marked) else 0), np.int64), 0, 0
    if not len(holders):  # a case without bitcoin does not wait for a compiler
        pass
    elif marks is None or not len(marked):
        made = _join(starts, holders, parent, left, right, cause)
    else:
        parent[marked] = -2 - marks[marked]
        roots, seen, noted = (
            np.empty(np.diff(starts).max(initial=0), kind),
            np.zeros(count, kind),
            np.empty((2, _NOTED), kind),
        )
        made, refused = _grow(starts, holders, parent, roots, seen, left, right, cause, apart, *noted)
    apart = apart[:, :refused]
    return Forest(parent, left[:made], right[:made], cause[:made], apart[0], apart[1], apart[2], apart[3:])


def _check(starts: Numbers, holders: Numbers, count: int, marks: Numbers | None, marked: Numbers) -> None:
    """Refuse what compiled code would read or write past the end for."""
    if not len(starts) or starts[0] < 0 or starts[-1] > len(holders) or (starts[1:] < starts[:-1]).any():
        raise ValueError("a group begins or ends where no holder is")
    if marks is not None and (len(marks) != count or (len(marked) and marks[marked].max() >= count)):
        raise ValueError("there is not one mark for every holder, or one is too great")
    if len(holders) and (holders.min() < 0 or holders.max() >= count):
        raise ValueError("a group names a holder that is not there")


Edge = tuple[str, str, str]
"""A holder, the cause, the holder that it joined to the first."""


def path(edges: Iterable[Edge], start: str, end: str) -> Sequence[Edge]:
    """Find the way from one holder to another through the unions of their tree.

    Args:
        edges: left holder, cause and right holder of every union of the tree.
        start: a holder.
        end: another.

    Returns:
        steps from start to end, each a holder, the cause in which both stand, and the next holder; steps in a row with
        one cause are one step, as all holders of a group stand in it. Empty if both are one, or no way leads there.

    """
    ways: dict[str, list[tuple[str, str]]] = {}
    for left, cause, right in edges:
        ways.setdefault(left, []).append((right, cause))
        ways.setdefault(right, []).append((left, cause))
    came: dict[str, tuple[str, str]] = {start: ("", "")}
    waiting = deque([start])
    while waiting and end not in came:
        here = waiting.popleft()
        for there, cause in ways.get(here, ()):
            if there not in came:
                came[there] = (here, cause)
                waiting.append(there)
    return _walked_back(came, start, end)


def _walked_back(came: dict[str, tuple[str, str]], start: str, end: str) -> Sequence[Edge]:
    steps: list[Edge] = []
    here = end
    while here in came and here != start:
        before, cause = came[here]
        if steps and steps[-1][1] == cause:
            steps[-1] = (before, cause, steps[-1][2])
        else:
            steps.append((before, cause, here))
        here = before
    return steps[::-1]


__all__ = ["Edge", "Forest", "Numbers", "grow", "path"]

"""Tests of unspoof.trace.chain_order: one order, whatever spends what."""

from __future__ import annotations

import heapq

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unspoof.trace.chain_order import _ordered, least_order


def plainly(count: int, edges: set[tuple[int, int]]) -> list[int]:
    """Return the least order of an acyclic graph, by the textbook."""
    waiting = [sum(child == node for _, child in edges) for node in range(count)]
    ready, order = [node for node in range(count) if not waiting[node]], []
    heapq.heapify(ready)
    while ready:
        node = heapq.heappop(ready)
        order.append(node)
        for parent, child in edges:
            if parent == node:
                waiting[child] -= 1
                if not waiting[child]:
                    heapq.heappush(ready, child)
    return order


@st.composite
def graphs(draw: st.DrawFn) -> tuple[int, set[tuple[int, int]]]:
    """Draw nodes and edges without circles."""
    count = draw(st.integers(1, 12))
    turn = draw(st.permutations(range(count)))
    node = st.integers(0, count - 1)
    pairs = draw(st.sets(st.tuples(node, node), max_size=30))
    return count, {(turn[min(a, b)], turn[max(a, b)]) for a, b in pairs if a != b}


def arrays(edges: set[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    """Return edges as columns."""
    made = np.array(sorted(edges), np.int64).reshape(-1, 2)
    return made[:, 0].copy(), made[:, 1].copy()


@settings(deadline=None)  # the first call compiles
@given(graphs())
def test_it_is_the_least_order_that_keeps_every_edge(graph: tuple[int, set[tuple[int, int]]]) -> None:
    """The order is the textbook's over any graph without circles."""
    count, edges = graph

    assert least_order(count, *arrays(edges)).tolist() == plainly(count, edges)


@settings(deadline=None)  # the first call compiles
@given(st.integers(1, 9), st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=40))
def test_any_garbage_is_ordered(count: int, pairs: list[tuple[int, int]]) -> None:
    """With circles and repeated edges every node still stands once in the order."""
    edges = {(a % count, b % count) for a, b in pairs}

    assert sorted(least_order(count, *arrays(edges)).tolist()) == list(range(count))


def test_an_edge_to_nowhere_is_refused() -> None:
    """A node that is not there is refused before compiled code could read past the end."""
    for edge in ((0, 2), (-1, 0)):
        with pytest.raises(ValueError, match="not there"):
            least_order(2, *arrays({edge}))


@settings(deadline=None)  # the first call compiles
@given(graphs())
def test_plain_python_gives_the_same(graph: tuple[int, set[tuple[int, int]]]) -> None:
    """The function as it stands gives what its compiled form gives."""
    count, edges = graph
    parents, children = arrays(edges)
    by_parent = np.argsort(parents, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(parents, minlength=count))]).astype(np.int64)
    order = np.empty(count, np.int64)
    plain = getattr(_ordered, "py_func", _ordered)
    plain(np.bincount(children, minlength=count).astype(np.int64), starts, children[by_parent], order)

    assert order.tolist() == least_order(count, parents, children).tolist()

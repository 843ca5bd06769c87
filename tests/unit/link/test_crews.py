"""Groups of accounts: components equal a plain search, and doubtful links make no giants."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from unspoof.link.components import least_labels
from unspoof.link.crews import joined

NODES = 30
EDGES = st.lists(st.tuples(st.integers(0, NODES - 1), st.integers(0, NODES - 1)), max_size=60)


def _columns(edges: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    pairs = np.array(edges, dtype=np.int64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


@settings(max_examples=100, deadline=None)
@given(edges=EDGES)
def test_labels_equal_a_plain_search(edges: list[tuple[int, int]]) -> None:
    """Every node bears the least node that a walk over links reaches."""
    reached = {node: {node} for node in range(NODES)}
    for a, b in edges:
        whole = reached[a] | reached[b]
        for node in whole:
            reached[node] = whole

    assert [min(reached[n]) for n in range(NODES)] == least_labels(NODES, *_columns(edges)).tolist()


def test_a_long_chain_is_one_component() -> None:
    """A chain of 200,000 nodes in random order ends in one label, in no time worth speaking of."""
    order = np.random.default_rng(1).permutation(200_000)

    assert {0} == set(least_labels(200_000, order[:-1], order[1:]).tolist())


def test_no_nodes_make_no_labels() -> None:
    """An empty case has no groups."""
    none = np.zeros(0, dtype=np.int64)

    assert len(joined(0, none, none, none)) == 0


def _score(edges: list[tuple[int, int]], ppm: int) -> np.ndarray:
    return np.full(len(edges), ppm, dtype=np.int64)


def test_a_chain_of_doubtful_links_joins_nobody() -> None:
    """Fifty accounts, each linked to the next at 92 per cent, stay fifty suspects."""
    chain = [(i, i + 1) for i in range(49)]

    assert list(range(50)) == joined(50, *_columns(chain), _score(chain, 920_000)).tolist()


def test_a_star_around_a_reseller_joins_nobody() -> None:
    """An account that shares something with each of fifty others who share nothing is no gang of fifty-one."""
    star = [(0, i) for i in range(1, 51)]

    assert list(range(51)) == joined(51, *_columns(star), _score(star, 950_000)).tolist()


def test_a_dense_crew_is_joined_whatever_its_size() -> None:
    """Fifteen accounts that are all linked to each other are one crew even at 92 per cent."""
    every = [(i, j) for i in range(15) for j in range(i + 1, 15)]

    assert joined(15, *_columns(every), _score(every, 920_000)).tolist() == [0] * 15


def test_doubtful_links_do_not_join_two_big_crews() -> None:
    """Two sure crews of eight stay apart though one doubtful link ties them; a lone account may join by one."""
    sure = [(i, i + 1) for i in [*range(7), *range(8, 15)]]
    edges = [*sure, (0, 8), (15, 16)]
    score = np.concatenate([_score(sure, 999_900), [920_000, 999_900]])

    assert joined(17, *_columns(edges), score).tolist() == [0] * 8 + [8] * 9
    assert joined(9, *_columns([*sure[:7], (7, 8)]), np.append(_score(sure[:7], 999_900), 920_000)).tolist() == [0] * 9


@settings(max_examples=50, deadline=None)
@given(edges=EDGES, data=st.data())
def test_the_order_of_links_does_not_matter(edges: list[tuple[int, int]], data: st.DataObject) -> None:
    """The same links in any order make the same groups."""
    score = np.array([900_000 + 3_000 * (a * b % 34) for a, b in edges], dtype=np.int64)
    order = data.draw(st.permutations(range(len(edges))))
    left, right = _columns(edges)
    shuffled = np.array(order, dtype=np.int64)

    expected = joined(NODES, left, right, score).tolist()
    assert expected == joined(NODES, right[shuffled], left[shuffled], score[shuffled]).tolist()

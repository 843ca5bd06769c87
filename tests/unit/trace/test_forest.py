"""Tests of unspoof.trace.forest: the partition is the plain one, every union has its cause, and guards keep apart."""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unspoof.trace import forest
from unspoof.trace.forest import Forest, grow, path

HOLDERS = 12
GROUPS = st.lists(st.lists(st.integers(0, HOLDERS - 1), max_size=5), max_size=14)
MARKS = st.lists(st.sampled_from([-1, -1, -1, 0, 1, 2]), min_size=HOLDERS, max_size=HOLDERS)
no_deadline = settings(deadline=None)  # the first call compiles


def grown(groups: Sequence[Sequence[int]], marks: Sequence[int] | None = None, kind: type = np.int64) -> Forest:
    """Grow the forest of groups that are given as lists."""
    starts = np.concatenate([[0], np.cumsum([len(g) for g in groups])]).astype(np.int64)
    holders: np.ndarray = np.array([h for g in groups for h in g], kind)
    return grow(starts, holders, HOLDERS, None if marks is None else np.array(marks, np.int64))


def plainly(groups: Sequence[Sequence[int]], marks: Sequence[int] | None = None) -> list[int]:
    """Return the least holder that each hangs together with, by sets that are merged one by one."""
    sets = [{h} for h in range(HOLDERS)]
    for group in groups:
        met = [s for s in sets if s & set(group)]
        found = {marks[h] for s in met for h in s if marks[h] >= 0} if marks else set()
        if len(found) <= 1 and met:
            sets = [s for s in sets if s not in met] + [set().union(*met)]
    return [min(next(s for s in sets if h in s)) for h in range(HOLDERS)]


def edges(of: Forest) -> list[tuple[str, str, str]]:
    """Return unions as `path` takes them."""
    return [(str(a), str(t), str(b)) for a, t, b in zip(of.left, of.cause, of.right, strict=True)]


@no_deadline
@given(GROUPS)
def test_the_partition_is_that_of_merged_sets(groups: list[list[int]]) -> None:
    """Who hangs together is what merging sets one by one gives, and there are as many unions as holders less trees."""
    made = grown(groups)

    assert made.labels.tolist() == plainly(groups)
    assert len(made.left) == HOLDERS - len(set(made.labels.tolist()))
    assert len(made.refused_left) == 0


@no_deadline
@given(GROUPS)
def test_the_partition_is_that_of_an_outside_judge(groups: list[list[int]]) -> None:
    """Who hangs together is what GraphSense's clustering says on the same inputs."""
    judge = pytest.importorskip("gs_clustering").Clustering(max_address_id=HOLDERS - 1)
    judge.process_transactions_arrow(pa.array([group for group in groups if group], pa.list_(pa.uint32())))
    theirs = judge.get_mapping().column("cluster_id").to_pylist()
    ours = grown(groups).labels.tolist()

    assert [ours.index(label) for label in ours] == [theirs.index(label) for label in theirs]


@no_deadline
@given(GROUPS, MARKS)
def test_two_marks_never_meet(groups: list[list[int]], marks: list[int]) -> None:
    """With marks the partition is that of the rule told plainly, and no tree holds two marks."""
    made = grown(groups, marks)
    held = {label: {marks[h] for h in range(HOLDERS) if made.labels[h] == label} - {-1} for label in made.labels}

    assert made.labels.tolist() == plainly(groups, marks)
    assert all(len(found) <= 1 for found in held.values())


@no_deadline
@given(GROUPS, MARKS)
def test_a_refusal_names_two_of_the_group_and_makes_no_union(groups: list[list[int]], marks: list[int]) -> None:
    """Both holders of a refused pair stand in the group, hang apart in the end, and the group is no union's cause."""
    made = grown(groups, marks)
    refused = list(zip(made.refused_left, made.refused_cause, made.refused_right, strict=True))

    for left, group, right in refused:
        assert {left, right} <= set(groups[group])
        assert made.labels[left] != made.labels[right]
        assert group not in made.cause
    assert len(refused) == len(set(refused))


@no_deadline
@given(GROUPS, st.integers(0, HOLDERS - 1), st.integers(0, HOLDERS - 1))
def test_the_way_between_two_holders_is_a_proof(groups: list[list[int]], start: int, end: int) -> None:
    """The way leads from one to the other, both ends of a step stand in its group, and no step repeats a cause."""
    made = grown(groups)
    way = path(edges(made), str(start), str(end))

    assert bool(way) == (start != end and made.labels[start] == made.labels[end])
    if way:
        assert (way[0][0], way[-1][2]) == (str(start), str(end))
        assert all(a[2] == b[0] and a[1] != b[1] for a, b in itertools.pairwise(way))
        assert all({int(left), int(right)} <= set(groups[int(cause)]) for left, cause, right in way)


@no_deadline
@given(GROUPS)
def test_the_latest_cause_of_a_way_is_the_earliest_that_joins_its_ends(groups: list[list[int]]) -> None:
    """Two holders hang together as soon as the groups up to the latest one of their way are there, and no sooner."""
    made = grown(groups)
    for end in range(1, HOLDERS):
        way = path(edges(made), "0", str(end))
        if way:
            latest = max(int(cause) for _, cause, _ in way)
            before, then = plainly(groups[:latest]), plainly(groups[: latest + 1])
            assert before[0] != before[end]
            assert then[0] == then[end]


@no_deadline
@given(GROUPS, st.randoms(use_true_random=False))
def test_order_does_not_matter_to_the_partition(groups: list[list[int]], chance: object) -> None:
    """Groups and their holders in another order give the same trees."""
    turned = [sorted(group, reverse=True) for group in groups]
    chance.shuffle(turned)  # type: ignore[attr-defined]

    assert grown(turned).labels.tolist() == grown(groups).labels.tolist()


@no_deadline
@given(GROUPS, MARKS)
def test_order_within_a_group_does_not_matter_with_marks(groups: list[list[int]], marks: list[int]) -> None:
    """Whether a group is refused does not hang on which of its holders stands first."""
    turned = [group[::-1] for group in groups]

    assert grown(turned, marks).labels.tolist() == grown(groups, marks).labels.tolist()


@given(GROUPS, MARKS)
def test_plain_python_gives_the_same_forest(groups: list[list[int]], marks: list[int]) -> None:
    """Compiled and as it stands, the functions give one forest."""
    compiled, patched = grown(groups, marks), pytest.MonkeyPatch()
    with patched.context() as plain:
        for name in ("_root", "_look", "_refuse", "_join", "_join_roots", "_hang", "_grow"):
            plain.setattr(forest, name, getattr(getattr(forest, name), "py_func", getattr(forest, name)))
        made = grown(groups, marks)

    for name in Forest.__dataclass_fields__:
        assert getattr(made, name).tolist() == getattr(compiled, name).tolist()


@no_deadline
@given(GROUPS, MARKS, st.integers(0, 8))
def test_a_group_of_too_many_steps_gives_the_same_forest(groups: list[list[int]], marks: list[int], steps: int) -> None:
    """Where a group takes more steps than can be taken back, unions and refusals are those of any other."""
    usual, patched = grown(groups, marks), pytest.MonkeyPatch()
    with patched.context() as fewer:
        fewer.setattr(forest, "_NOTED", steps)
        made = grown(groups, marks)

    for name in Forest.__dataclass_fields__:
        assert getattr(made, name).tolist() == getattr(usual, name).tolist()


@pytest.mark.parametrize("kind", [np.int32, np.uint32, np.int64])
def test_numbers_of_every_width_give_the_same(kind: type) -> None:
    """Holders of 32 bits, signed or not, are as good as those of 64."""
    groups = [[1, 2], [5, 4, 4], [2, 5], [7]]

    assert grown(groups, kind=kind).labels.tolist() == plainly(groups)


@pytest.mark.parametrize(
    ("starts", "holders"),
    [([], []), ([0, 3], [0, 1]), ([0, 2, 1], [0, 1]), ([-1, 2], [0, 1]), ([0, 2], [0, HOLDERS]), ([0, 1], [-1])],
)
def test_what_is_not_there_is_refused(starts: list[int], holders: list[int]) -> None:
    """Groups and holders outside the arrays are refused before compiled code could touch what lies there."""
    with pytest.raises(ValueError, match=r"no holder is|not there"):
        grow(np.array(starts, np.int64), np.array(holders, np.int64), HOLDERS)


@pytest.mark.parametrize("marks", [[0], [-1] * (HOLDERS - 1) + [HOLDERS]])
def test_marks_are_one_for_every_holder(marks: list[int]) -> None:
    """Too few marks, or a mark as great as there are holders, are refused."""
    with pytest.raises(ValueError, match="one mark for every holder"):
        grown([[1, 2]], marks)


@pytest.mark.parametrize("marks", [None, [0, -1, 1]])
def test_no_group_makes_no_union(marks: list[int] | None) -> None:
    """Holders that stand in no group are alone, with marks and without."""
    made = grow(np.zeros(1, np.int64), np.array([1, 2]), 3, None if marks is None else np.array(marks))

    assert made.labels.tolist() == [0, 1, 2]
    assert len(made.left) == len(made.refused_left) == 0


def test_no_way_and_no_step() -> None:
    """There is no way to a holder of another tree, nor from a holder to itself."""
    assert path([("a", "t", "b")], "a", "c") == []
    assert path([("a", "t", "b")], "a", "a") == []


def test_nothing_to_join_compiles_nothing() -> None:
    """Without groups everybody is alone, and Numba, which takes longer to start than most commands, is not imported."""
    code = (
        "import sys, numpy as np; from unspoof.trace.forest import grow; none = np.empty(0, np.int64);"
        "made = grow(np.zeros(1, np.int64), none, 3); assert made.labels.tolist() == [0, 1, 2], made;"
        "from unspoof.trace.chain_order import least_order; assert least_order(0, none, none).tolist() == [];"
        "assert 'numba' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)

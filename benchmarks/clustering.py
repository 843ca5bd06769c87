"""Joining holders that spent together, with the proof kept, against graphsense-clustering and SciPy in one run.

    python benchmarks/clustering.py --inputs 10000000 --rounds 5

Made-up transactions: inputs a transaction by a power law (most have one or two, a few have hundreds), six holders of ten
new, the others taken from those before by a power law of their age, and one of fifty from the oldest, as services' are. All
ways get the same numbers in the same columns (where each transaction begins; its holders; tags, which only the guard
looks at), so that none is timed for bringing them there; the edges of SciPy are built from them within its time, as it
needs them. Ours keeps the transaction of every union; the others give labels alone. Every round runs all ways, in turn;
medians of wall and CPU seconds (graphsense-clustering uses a second thread where a core is free), and medians of the
ratios of CPU seconds within a round, which other work disturbs least. The labels of all ways are compared whole.
`--texts` measures the way from address to number too. Prints Markdown.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from unspoof.trace.forest import grow

Numbers = np.ndarray[Any, np.dtype[Any]]


def made_up(inputs: int, seed: int) -> tuple[Numbers, Numbers, int]:
    """Return where each transaction begins, its holders (from 1, 32 bits), and how many there are with holder 0."""
    chance = np.random.default_rng(seed)
    sizes = np.minimum(chance.zipf(2.3, inputs // 2 + 1), 2_000)
    starts = np.concatenate([[0], np.cumsum(sizes)])
    starts = np.append(starts[starts < inputs], inputs).astype(np.int32)
    is_new = chance.random(inputs) < 0.6
    is_new[0] = True
    holders = np.cumsum(is_new)
    reused = np.flatnonzero(~is_new)
    age = np.minimum(chance.pareto(0.7, len(reused)) * 20, 4e9).astype(np.int64)
    of_service = chance.random(len(reused)) < 0.02
    age[of_service] = holders[reused][of_service] - 1 - chance.zipf(1.6, of_service.sum()) % 1_000
    holders[reused] -= np.clip(age, 0, holders[reused] - 1)
    return starts, holders.astype(np.uint32), int(holders.max()) + 1


def tagged(count: int) -> Numbers:
    """Return marks by which one holder of ten thousand is tagged as one of fifty services."""
    marks = np.full(count, -1, np.int64)
    marks[::10_000] = np.arange(len(marks[::10_000])) % 50
    return marks


def ours(starts: Numbers, holders: Numbers, count: int, _: Numbers) -> Numbers:
    """Return labels; the forest is grown too. Tags are left aside."""
    return grow(starts, holders, count).labels


def guarded(starts: Numbers, holders: Numbers, count: int, marks: Numbers) -> Numbers:
    """Return labels; the forest is grown too, and wallets with different tags are kept apart."""
    return grow(starts, holders, count, marks).labels


def graphsense(starts: Numbers, holders: Numbers, count: int, _: Numbers) -> Numbers:
    """Return labels as graphsense-clustering gives them."""
    import gs_clustering

    clustering = gs_clustering.Clustering(max_address_id=count - 1)
    clustering.process_transactions_arrow(pa.ListArray.from_arrays(pa.array(starts), pa.array(holders)))
    return np.asarray(clustering.get_mapping().column("cluster_id"))


def scipy(starts: Numbers, holders: Numbers, count: int, _: Numbers) -> Numbers:
    """Return labels as SciPy numbers them, by edges from each transaction's first holder to its others."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    first = np.repeat(holders[starts[:-1]], np.diff(starts))
    ones = np.ones(len(holders), np.int8)
    graph = coo_matrix((ones, (first, holders)), shape=(count, count)).tocsr()
    return np.asarray(connected_components(graph, directed=False)[1])


def least(labels: Numbers) -> Numbers:
    """Return each label as the least node that bears it."""
    first = np.full(int(labels.max()) + 1, len(labels), np.int64)
    np.minimum.at(first, labels, np.arange(len(labels)))
    return first[labels]


def timed(way: Callable[..., Numbers], *arguments: Any) -> tuple[float, float, Numbers]:
    """Return wall seconds, CPU seconds and labels."""
    began, worked = time.perf_counter(), time.process_time()
    made = way(*arguments)
    return time.perf_counter() - began, time.process_time() - worked, made


def compare(ways: Mapping[str, Callable[..., Numbers]], inputs: int, rounds: int, seed: int) -> None:
    """Run every way in turn, check that they agree, and print medians and ratios."""
    starts, holders, count = made_up(inputs, seed)
    marks = tagged(count)
    grow(starts[:2], holders[: starts[1]], count)  # compiled before anything is timed
    grow(starts[:2], holders[: starts[1]], count, marks)
    walls: dict[str, list[float]] = {name: [] for name in ways}
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        labels = {}
        for name, way in ways.items():
            wall, spent, labels[name] = timed(way, starts, holders, count, marks)
            walls[name].append(wall)
            seconds[name].append(spent)
        check(labels)
    forest = grow(starts, holders, count)
    trees = len(np.unique(forest.labels))
    if len(forest.left) != count - trees:
        raise SystemExit("the proof is not whole")
    largest = np.bincount(forest.labels).max()
    print(f"\n{inputs:,} inputs, {len(starts) - 1:,} transactions, {count - 1:,} holders, {trees - 1:,} wallets,")
    print(
        f"the largest of {largest:,}; {len(forest.left):,} unions kept; {rounds} rounds, load {os.getloadavg()[0]:.1f}\n"
    )
    print("| way | wall s | CPU s | inputs a CPU second | times ours |\n|---|---|---|---|---|")
    for name, spent in seconds.items():
        ratio = statistics.median(s / o for s, o in zip(spent, seconds["unspoof, with proof"], strict=True))
        middle = statistics.median(spent)
        span = f"{middle:.2f} ({min(spent):.2f} to {max(spent):.2f})"
        wall = statistics.median(walls[name])
        print(f"| {name} | {wall:.2f} | {span} | {inputs / middle:,.0f} | {ratio:.2f} |")


def check(labels: Mapping[str, Numbers]) -> None:
    """Stop if two ways do not give one partition; a guarded run may be finer."""
    plain = labels["unspoof, with proof"]
    for name, other in labels.items():
        if name == "unspoof, with proof and guard":
            continue
        if not np.array_equal(least(other) if name == "SciPy" else other, plain):
            raise SystemExit(f"{name} gives another partition")


def texts(inputs: int, rounds: int, seed: int) -> None:
    """Print how long it takes from addresses to numbers."""
    _, holders, count = made_up(inputs, seed)
    names = pa.array([f"bcrt1q{number:036x}" for number in range(count)])
    column = names.take(pa.array(holders))
    ways: dict[str, Callable[[], object]] = {
        "pyarrow index_in (as the step does)": lambda: pc.index_in(column, value_set=names),
        "pyarrow dictionary_encode": lambda: column.dictionary_encode(),
    }
    print(f"\n{inputs:,} addresses of 42 characters, {count:,} different\n\n| way | wall s |\n|---|---|")
    for name, way in ways.items():
        spent = []
        for _ in range(rounds):
            began = time.perf_counter()
            way()
            spent.append(time.perf_counter() - began)
        print(f"| {name} | {statistics.median(spent):.2f} |")


def main() -> None:
    """Read the command line and print."""
    reads = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reads.add_argument("--inputs", type=int, default=10_000_000)
    reads.add_argument("--rounds", type=int, default=5)
    reads.add_argument("--seed", type=int, default=1)
    reads.add_argument("--without-scipy", action="store_true", help="leave SciPy out, which needs the most memory")
    reads.add_argument("--texts", action="store_true", help="measure from address to number too")
    asked = reads.parse_args()
    ways: dict[str, Callable[..., Numbers]] = {
        "unspoof, with proof": ours,
        "unspoof, with proof and guard": guarded,
        "graphsense-clustering, labels alone": graphsense,
        **({} if asked.without_scipy else {"SciPy": scipy}),
    }
    compare(ways, asked.inputs, asked.rounds, asked.seed)
    if asked.texts:
        texts(asked.inputs, asked.rounds, asked.seed)


if __name__ == "__main__":
    main()

"""Puts a drawn chain into blocks: heights, the times that miners set, places of outputs and inputs, the order of all.

Times are not monotonic, as on the real chain: a block's must be later than the median of the eleven before it and at most two
hours ahead of the nodes' clocks (Bitcoin Core, validation.cpp: ContextualCheckBlockHeader), no more.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from unspoof.synth.chain.draft import OUTSIDE, Column, Drawn, Kind
from unspoof.synth.plan import DAY_S, DAYS, Plan

FIRST_HEIGHT = 655_000
_BEFORE_DAYS = 60
_BLOCK_S = 600
_ASTRAY = 0.02
"""Share of blocks whose time is up to two hours off; the rest are off by minutes."""
_MOST_ASTRAY_S = 7_100
_MEDIAN_OF = 11


@dataclass(frozen=True)
class Blocks:
    """Every block of the time, whether the extract has a transaction of it or not."""

    found: Column
    """Epoch second at which it was really found; in order."""
    time: Column
    """Epoch second that its miner wrote into it."""


@dataclass(frozen=True)
class Ordered:
    """A chain in its order: transactions by block and place, each after those whose outputs it spends."""

    tx: Column
    """Place in Drawn of each transaction."""
    height: Column
    block: Column
    """Place in Blocks."""
    index: Column
    """Place in its block; the extract leaves out most others."""
    output_coin: Column
    """Coins by transaction and place."""
    output_start: Column
    """Where each transaction's outputs begin in output_coin; one more than transactions."""
    output_place: Column
    """By coin, its place among its transaction's outputs; of coins made outside a made-up one."""
    input_coin: Column
    input_start: Column


def make_blocks(plan: Plan) -> Blocks:
    """Make the times of all blocks from two months before the opening to a week after the seizure."""
    stream = plan.stream("blocks")
    count = (DAYS + _BEFORE_DAYS + 7) * DAY_S // _BLOCK_S
    gap = -_BLOCK_S * np.log1p(-stream.random(count))
    found = plan.opened - _BEFORE_DAYS * DAY_S + np.cumsum(np.maximum(gap, 1)).astype(np.int64)
    off = (300 * stream.standard_normal(count)).astype(np.int64)
    astray = stream.random(count) < _ASTRAY
    off[astray] = ((stream.random(count) * 2 - 1) * _MOST_ASTRAY_S).astype(np.int64)[astray]
    time = found + np.minimum(off, _MOST_ASTRAY_S)
    wrong = _too_early(time)
    while len(wrong):
        time[wrong] = np.maximum(found[wrong], time[wrong])
        later = _too_early(time)
        # A true time can still be too early behind blocks from the future; then the miner takes the earliest allowed.
        same = np.intersect1d(wrong, later)
        time[same] = _medians(time)[same - _MEDIAN_OF] + 1
        wrong = _too_early(time)
    return Blocks(found, time)


def _medians(time: Column) -> Column:
    windows = np.lib.stride_tricks.sliding_window_view(time[:-1], _MEDIAN_OF)
    middle: Column = np.partition(windows, _MEDIAN_OF // 2, axis=1)[:, _MEDIAN_OF // 2]
    return middle


def _too_early(time: Column) -> Column:
    found: Column = np.flatnonzero(time[_MEDIAN_OF:] <= _medians(time)) + _MEDIAN_OF
    return found


def put_in_order(plan: Plan, drawn: Drawn, blocks: Blocks) -> Ordered:
    """Put every transaction into the first block found after it was sent, and outputs and inputs in random places.

    Raises:
        AssertionError: a transaction would come before one whose output it spends.
    """
    stream = plan.stream("blocks", 1)
    count = len(drawn.tx_at)
    block = np.searchsorted(blocks.found, drawn.tx_at, side="right")
    reward = drawn.tx_kind != Kind.COINBASE
    tx = np.lexsort((np.arange(count), drawn.tx_at, reward, block))
    rank = np.empty(count, dtype=np.int64)
    rank[tx] = np.arange(count)
    maker = drawn.coin_tx[drawn.spend_coin]
    if not (rank[maker] < rank[drawn.spend_tx])[maker != OUTSIDE].all():
        raise AssertionError("a coin is spent before it is made")
    block = block[tx]
    index = _indexes(block, reward[tx], stream)
    made = np.flatnonzero(drawn.coin_tx != OUTSIDE)
    made = made[np.lexsort((stream.random(len(made)), rank[drawn.coin_tx[made]]))]
    output_start = np.searchsorted(rank[drawn.coin_tx[made]], np.arange(count + 1))
    place = (stream.random(len(drawn.coin_tx)) ** 3 * 12).astype(np.int64)
    place[made] = np.arange(len(made)) - np.repeat(output_start[:-1], np.diff(output_start))
    spends = np.lexsort((stream.random(len(drawn.spend_tx)), rank[drawn.spend_tx]))
    input_start = np.searchsorted(rank[drawn.spend_tx[spends]], np.arange(count + 1))
    return Ordered(
        tx, FIRST_HEIGHT + block, block, index, made, output_start, place, drawn.spend_coin[spends], input_start
    )


def _indexes(block: Column, ordinary: Column, stream: np.random.Generator) -> Column:
    """Return places in blocks that leave room for what the extract does not hold; new coin is first in its block."""
    step = 1 + (stream.random(len(block)) * 200).astype(np.int64)
    total = np.cumsum(step)
    first = np.flatnonzero(np.diff(block, prepend=-1))
    before = np.repeat(total[first] - step[first], np.diff(np.append(first, len(block))))
    index: Column = np.where(ordinary, total - before, 0)
    return index


__all__ = ["FIRST_HEIGHT", "Blocks", "Ordered", "make_blocks", "put_in_order"]

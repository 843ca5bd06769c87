"""The transactions of one trace, laid out for sharing amounts out from one side to the other; no policy is chosen here.

Onward, a transaction's *sources* are the coins that it spends and its *targets* those that it makes, with the fee as a last
target. Back, the sources are the coins that it makes and the targets those that it spends; the fee is left out, since what an
output holds did not pay it. Either way all satoshi of a transaction stand in one row: inputs in their order, outputs in theirs
from the same beginning, the fee at the end.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from unspoof.trace.chain import Bools, Chain, Ints
from unspoof.trace.walking import Walk

UNKNOWN = -1
"""An amount that cannot be worked out."""


@dataclass(frozen=True)
class Frame:
    """One trace; coins and transactions have numbers of their own, from 0.

    Transactions stand in an order in which each comes after all that its sources come from.
    """

    tx: Ints
    """Numbers in the chain."""
    coin: Ints
    """Numbers in the chain, rising."""
    value: Ints
    passes: Bools
    """The trace goes on through the coin: what it holds is shared out at the next transaction."""
    starts: Bools
    disputed: Bools
    """A coin behind an input that only a transaction spends which is not taken for its spender: it has no share."""
    first_source: Ints
    """Sources of transaction t are source[first_source[t] : first_source[t + 1]]."""
    source: Ints
    first_target: Ints
    target: Ints
    fee: Ints
    """The fee, as a last target; 0 where coins are followed back."""
    total: Ints
    """Of a sound transaction the sum of its inputs; else 0."""
    sound: Bools


def frame_of(chain: Chain, walk: Walk, label: int = 0) -> Frame:
    """Lay one trace of a walk out.

    Args:
        chain: the coins that were walked.
        walk: the walk.
        label: which of its traces.

    """
    txs = np.sort(walk.tx[walk.tx_label == label])
    txs = txs if walk.forward else txs[::-1]
    named, named_by = chain.inputs_of(txs)
    # A coin that is spent twice belongs to its one spender, once; the other transaction is not sound.
    one = np.zeros(len(named), bool)
    one[np.unique(named * (len(txs) + 1) + named_by, return_index=True)[1]] = True
    one &= chain.spender[named] == txs[named_by]
    spent, spent_by = named[one], named_by[one]
    made, made_by = chain.outputs_of(txs)
    mine = walk.label == label
    coin = np.unique(np.concatenate([named, made, walk.coin[mine]]))
    sides = ((spent, spent_by), (made, made_by))
    (sources, source_of), (targets, target_of) = sides if walk.forward else sides[::-1]
    passes, starts = np.zeros(len(coin), bool), np.zeros(len(coin), bool)
    passes[np.searchsorted(coin, walk.coin[mine & (walk.stop == 0)])] = True
    starts[np.searchsorted(coin, walk.coin[mine & (walk.start == 1)])] = True
    disputed = np.isin(coin, named[~one]) & ~np.isin(coin, spent) if not walk.forward else np.zeros(len(coin), bool)
    fee = chain.in_sum[txs] - chain.out_sum[txs]
    return Frame(
        tx=txs,
        coin=coin,
        value=chain.value[coin],
        passes=passes,
        starts=starts,
        disputed=disputed,
        first_source=_ranges(source_of, len(txs)),
        source=np.searchsorted(coin, sources),
        first_target=_ranges(target_of, len(txs)),
        target=np.searchsorted(coin, targets),
        fee=fee if walk.forward else np.zeros(len(txs), np.int64),
        total=chain.in_sum[txs],
        sound=chain.sound[txs],
    )


def _ranges(owner: Ints, count: int) -> Ints:
    return np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=count))]).astype(np.int64)


@dataclass(frozen=True)
class Claim:
    """What a policy claims of each coin and transaction of a frame, in satoshi; UNKNOWN where it claims nothing.

    Args:
        arrived: of each coin, what the transaction before it shared out to it; 0 for a start.
        held: what it holds of the start's coins: all of it for a start, else what arrived.
        fee: of each transaction, what went into its fee; 0 where coins are followed back.
        state: of each transaction SHARED, INCOMPLETE or PIECES.

    """

    arrived: Ints
    held: Ints
    fee: Ints
    state: Ints


SHARED, INCOMPLETE, PIECES = 0, 1, 2
STATES = ("shared", "incomplete", "pieces")
"""By code: amounts were shared out; they were not, as a value is missing or in dispute here or before; or as FIFO's coins
have fallen into more pieces than are kept."""


def blank(frame: Frame) -> Claim:
    """Return a claim before anything is shared out: starts hold their whole value."""
    held = np.where(frame.starts, frame.value, np.where(frame.disputed, UNKNOWN, 0))
    size = len(frame.tx)
    return Claim(np.zeros(len(held), np.int64), held, np.zeros(size, np.int64), np.zeros(size, np.int64))


__all__ = ["INCOMPLETE", "PIECES", "SHARED", "STATES", "UNKNOWN", "Claim", "Frame", "blank", "frame_of"]

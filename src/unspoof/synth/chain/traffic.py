"""Traffic that has nothing to do with the shop: strangers who spend what they withdrew, miners, and a sender of dust."""

from __future__ import annotations

import numpy as np

from unspoof.synth.chain.draft import DUST_SAT, Draft, Kind, Owner, Script, fee_of
from unspoof.synth.chain.operators import Receivers
from unspoof.synth.chain.services import COIN, EXCHANGES, Wishes, service_holders
from unspoof.synth.plan import DAY_S, Plan

_SPENT = 0.15
"""Share of strangers' withdrawals that they spend within the extract."""
_DUST_SAT = 546
_DUSTED = 80
_REWARD = 625_000_000


def make_dust(draft: Draft, plan: Plan, receivers: Receivers) -> np.ndarray:
    """Let somebody send dust to the shop's addresses and many others; returns (coin, second) rows of the shop's dust."""
    stream = plan.stream("traffic")
    at = receivers.until[[1, 3, 5]] - 2 * DAY_S
    tx = draft.transactions(at, Kind.DUST)
    victims = np.repeat(tx, _DUSTED)
    others = draft.holders(int(Script.P2PKH), Owner.STRANGER, stream.integers(1, 2**38, len(victims)))
    draft.coins(_DUST_SAT, others, victims)
    ours = draft.coins(_DUST_SAT, receivers.holder[receivers.at(at)], tx)
    fee = fee_of(1, _DUSTED + 1, 2)
    source = draft.holders(np.full(len(tx), int(Script.P2WPKH)), Owner.STRANGER, stream.integers(1, 2**38, len(tx)))
    draft.spend(tx, draft.coins((_DUSTED + 1) * _DUST_SAT + fee, source))
    return np.stack([ours, at], axis=1)


def make_rewards(draft: Draft, plan: Plan) -> Wishes:
    """Let miners be paid new coin at exchanges, which sweep it two days later: coins that begin in the extract."""
    stream = plan.stream("traffic", 1)
    at = (
        plan.opened
        + np.arange(EXCHANGES * 2) * 30 * DAY_S
        + (stream.random(EXCHANGES * 2) * 20 * DAY_S).astype(np.int64)
    )
    tx = draft.transactions(at, Kind.COINBASE)
    service = np.arange(len(tx)) % EXCHANGES
    coin = draft.coins(_REWARD + stream.integers(0, 10**7, len(tx)), service_holders(draft, service), tx)
    draft.coins(0, draft.holders(np.full(len(tx), int(Script.OP_RETURN)), Owner.NOBODY, 0), tx)
    return Wishes(coin, service, at + 2 * DAY_S)


def make_strangers(draft: Draft, plan: Plan, coin: np.ndarray, at: np.ndarray) -> None:
    """Let strangers spend a share of what they withdrew: some with other coins of theirs, most with change.

    Args:
        draft: gets their transactions.
        plan: seed.
        coin: what services paid them.
        at: when.
    """
    stream = plan.stream("traffic", 2)
    wait = stream.random(len(coin))
    # One in eight cannot wait for a block: such a payment is often in the same one as what it spends.
    later = at + np.where(wait < 0.125, 30 + wait * 4_000, 3_600 + wait * 30 * DAY_S).astype(np.int64)
    some = np.flatnonzero((stream.random(len(coin)) < _SPENT) & (later < plan.seized))
    count = len(some)
    value, number = draft.value_of(coin[some]), draft.number_of(draft.holder_of(coin[some]))
    draw = stream.random((count, 4))
    more = (draw[:, 0] * 3).astype(np.int64)
    owner = np.repeat(np.arange(count), more)
    scripts = np.full(len(owner), int(Script.P2WPKH))
    extra = draft.coins(
        (COIN // 50 * (0.02 + stream.random(len(owner)))).astype(np.int64),
        draft.holders(scripts, Owner.STRANGER, number[owner]),
    )
    tx = draft.transactions(later[some], Kind.STRANGER)
    draft.spend(tx, coin[some])
    draft.spend(tx[owner], extra)
    total = value + np.bincount(owner, weights=draft.value_of(extra), minlength=count).astype(np.int64)
    total -= np.minimum(fee_of(1 + more, 2, 2 + 30 * draw[:, 1]), total - 10 * DUST_SAT)
    part = DUST_SAT + ((total - 2 * DUST_SAT) * draw[:, 2]).astype(np.int64)
    pays = np.where(draw[:, 3] < 0.5, int(Script.P2PKH), int(Script.P2SH))
    draft.coins(part, draft.holders(pays, Owner.STRANGER, stream.integers(1, 2**38, count)), tx)
    draft.coins(total - part, draft.holders(np.full(count, int(Script.P2WPKH)), Owner.STRANGER, number), tx)


__all__ = ["make_dust", "make_rewards", "make_strangers"]

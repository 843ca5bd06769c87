"""Made-up coinjoins in the three known shapes, with and without a payer of the shop among those who join.

Shapes: Whirlpool (five inputs, five equal outputs), JoinMarket (two and four, two equal), WabiSabi (large, many amounts).
"""

from __future__ import annotations

import numpy as np

from unspoof.synth.chain.deposits import Deposits
from unspoof.synth.chain.draft import DUST_SAT, OUTSIDE, Draft, Kind, Owner, Script, fee_of
from unspoof.synth.chain.payers import POOLS, Addresses, Mixed, Paid, Wallets, Way
from unspoof.synth.chain.services import COIN, COORDINATOR, Wishes, service_holders
from unspoof.synth.plan import DAY_S, Plan

_SHARE = 4_000
"""What one who joins anew brings over the equal amount, for the miner."""
_IDLE = 0.004
"""Coinjoins of each shape that no payer is in, for each deposit."""
_ROUND_DAYS = 30
"""Days between two large coinjoins."""


def _new_strangers(draft: Draft, stream: np.random.Generator, count: int) -> np.ndarray:
    script = np.where(stream.random(count) < 0.8, int(Script.P2WPKH), int(Script.P2PKH))
    return draft.holders(script, Owner.STRANGER, stream.integers(1, 2**38, count))


def _when(plan: Plan, stream: np.random.Generator, count: int) -> np.ndarray:
    span = plan.seized - plan.opened - 40 * DAY_S
    at: np.ndarray = plan.opened + 20 * DAY_S + (stream.random(count) * span).astype(np.int64)
    return at


def _entering(
    draft: Draft,
    stream: np.random.Generator,
    value: np.ndarray,
    wallet: np.ndarray,
    at: np.ndarray,
    who: tuple[Wallets, Addresses],
) -> tuple[np.ndarray, Wishes]:
    """Add the coins with which payers come to a coinjoin: half were withdrawn from their exchange in the extract."""
    wallets, addresses = who
    coin = draft.coins(value, addresses.of(wallet))
    seen = np.flatnonzero(stream.random(len(coin)) < 0.5)
    lag = 7_200 + (stream.random(len(coin)) * 5 * DAY_S).astype(np.int64)
    return coin, Wishes(coin[seen], wallets.service[wallet[seen]], (at - lag)[seen])


def _groups(mixed: Mixed, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the first row of each payment and each row's group: coins of one payment were mixed together."""
    _, first, group = np.unique(mixed.payment[rows], return_index=True, return_inverse=True)
    return rows[first], group


def _whirlpools(
    draft: Draft, stream: np.random.Generator, plan: Plan, mixed: Mixed, who: tuple[Wallets, Addresses], idle: int
) -> Wishes:
    rows = np.flatnonzero(mixed.way == Way.WHIRLPOOL)
    first, group = _groups(mixed, rows)
    count = np.bincount(group, minlength=len(first))
    # One transaction cuts the payer's coin into as many as will be mixed, pays the coordinator, and keeps the rest.
    early = np.full(len(first), plan.seized)
    np.minimum.at(early, group, mixed.at[rows])
    at = early - 7_200 - (stream.random(len(first)) * DAY_S).astype(np.int64)
    tx = draft.transactions(at, Kind.PREMIX)
    wallet = mixed.wallet[first]
    entry = draft.coins(mixed.value[rows] + _SHARE, who[1].of(mixed.wallet[rows]), tx[group])
    cost = fee_of(1, count + 3, 12)
    charge, rest = (
        mixed.value[first] // 20 + DUST_SAT,
        (mixed.value[first] * (0.2 + stream.random(len(first)))).astype(np.int64) + DUST_SAT,
    )
    draft.coins(charge, service_holders(draft, np.full(len(first), COORDINATOR)), tx)
    draft.coins(rest, who[1].of(wallet), tx)
    draft.coins(0, draft.holders(np.full(len(first), int(Script.OP_RETURN)), Owner.NOBODY, 0), tx)
    whole = count * (mixed.value[first] + _SHARE) + cost + charge + rest
    coin, wishes = _entering(draft, stream, whole, wallet, at, who)
    draft.spend(tx, coin)
    pools = np.concatenate([mixed.value[rows], POOLS[stream.integers(1, 3, idle)]])
    join = draft.transactions(np.concatenate([mixed.at[rows], _when(plan, stream, idle)]), Kind.WHIRLPOOL)
    draft.made_by(mixed.coin[rows], join[: len(rows)])
    draft.spend(join[: len(rows)], entry)
    others = np.repeat([4, 5], [len(rows), idle])
    _fill(draft, stream, join, pools, others)
    return wishes


def _fill(draft: Draft, stream: np.random.Generator, join: np.ndarray, pool: np.ndarray, others: np.ndarray) -> None:
    """Add the strangers of five-party coinjoins: outputs of the pool's amount, inputs of it or a little more."""
    owner = np.repeat(np.arange(len(join)), others)
    count = len(owner)
    draft.coins(pool[owner], _new_strangers(draft, stream, count), join[owner])
    nth = np.arange(count) - np.repeat(np.cumsum(others) - others, others)
    # Two of five are new and bring the fee; where a payer is in, he is one of them.
    new = nth < np.where(others == 4, 1, 2)[owner]
    coin = draft.coins(pool[owner] + np.where(new, _SHARE, 0), _new_strangers(draft, stream, count))
    draft.spend(join[owner], coin)


def _joinmarkets(
    draft: Draft,
    stream: np.random.Generator,
    plan: Plan,
    deposits: Deposits,
    paid: Paid,
    who: tuple[Wallets, Addresses],
    idle: int,
) -> Wishes:
    """Let a taker and a maker join: each gets an equal output and change; the taker's equal output is the shop's."""
    rows = np.flatnonzero(paid.way == Way.JOINMARKET)
    ours, count = len(rows), len(rows) + idle
    value = np.concatenate([deposits.sat[rows], (0.02 * COIN * (0.1 + stream.random(idle))).astype(np.int64)])
    at = np.concatenate([deposits.sent_at[rows], _when(plan, stream, idle)])
    tx = draft.transactions(at, Kind.JOINMARKET)
    draft.made_by(paid.coin[rows], tx[:ours])
    draft.coins(value[ours:], _new_strangers(draft, stream, idle), tx[ours:])
    draft.coins(value, _new_strangers(draft, stream, count), tx)
    rest = (value[:, None] * (0.3 + 3 * stream.random((count, 2)))).astype(np.int64) + DUST_SAT
    earned, fee = 1_500, fee_of(2, 4, 10)
    change = who[1].of(paid.wallet[rows])
    draft.coins(rest[:ours, 0], change, tx[:ours])
    draft.coins(rest[ours:, 0], _new_strangers(draft, stream, idle), tx[ours:])
    draft.coins(rest[:, 1] + earned, _new_strangers(draft, stream, count), tx)
    taken = value + rest[:, 0] + fee + earned
    coin, wishes = _entering(draft, stream, taken[:ours], paid.wallet[rows], at[:ours], who)
    draft.spend(tx[:ours], coin)
    draft.spend(tx[ours:], draft.coins(taken[ours:], _new_strangers(draft, stream, idle)))
    draft.spend(tx, draft.coins(value + rest[:, 1], _new_strangers(draft, stream, count)))
    return wishes


def _wabisabis(
    draft: Draft, stream: np.random.Generator, plan: Plan, mixed: Mixed, who: tuple[Wallets, Addresses], idle: int
) -> Wishes:
    rows = np.flatnonzero(mixed.way == Way.WABISABI)
    first, group = _groups(mixed, rows)
    early = np.full(len(first), plan.seized)
    np.minimum.at(early, group, mixed.at[rows])
    at = np.concatenate([early // (_ROUND_DAYS * DAY_S) * _ROUND_DAYS * DAY_S, _when(plan, stream, idle)])
    rounds, member = np.unique(at, return_inverse=True)
    tx, place = draft.transactions(rounds, Kind.WABISABI), member[: len(first)]
    draft.made_by(mixed.coin[rows], tx[place[group]])
    whole = np.bincount(group, weights=mixed.value[rows], minlength=len(first)).astype(np.int64)
    rest = (whole * stream.random(len(first))).astype(np.int64) + DUST_SAT
    wallet = mixed.wallet[first]
    draft.coins(rest, who[1].of(wallet), tx[place])
    coin, wishes = _entering(draft, stream, whole + rest + _SHARE, wallet, rounds[place], who)
    draft.spend(tx[place], coin)
    _crowd(draft, stream, tx)
    return wishes


def _crowd(draft: Draft, stream: np.random.Generator, tx: np.ndarray) -> None:
    """Add 40 to 69 strangers to each large coinjoin; equal outputs of every pool's amount, and change."""
    many = stream.integers(40, 70, len(tx))
    owner = np.repeat(np.arange(len(tx)), many)
    pool = POOLS[np.searchsorted(np.array([0.4, 0.75, 0.95]), stream.random(len(owner)), side="right")]
    rest = (pool * (0.1 + stream.random(len(owner)))).astype(np.int64) + DUST_SAT
    count = len(owner)
    draft.coins(pool, _new_strangers(draft, stream, count), tx[owner])
    draft.coins(rest, _new_strangers(draft, stream, count), tx[owner])
    draft.spend(tx[owner], draft.coins(pool + rest + _SHARE, _new_strangers(draft, stream, count), OUTSIDE))


def make_coinjoins(draft: Draft, plan: Plan, deposits: Deposits, paid: Paid, who: tuple[Wallets, Addresses]) -> Wishes:
    """Make every coinjoin: those that payers asked for, and some that no payer is in.

    Returns:
        the withdrawals with which payers came to them.
    """
    stream = plan.stream("coinjoins")
    idle = max(2, round(_IDLE * int((deposits.sat > 0).sum())))
    return Wishes.together(
        [
            _whirlpools(draft, stream, plan, paid.mixed, who, idle),
            _joinmarkets(draft, stream, plan, deposits, paid, who, idle),
            _wabisabis(draft, stream, plan, paid.mixed, who, min(idle, 40)),
        ]
    )


__all__ = ["make_coinjoins"]

"""Payers' wallets: whose they are, how they are filled, and the payments that spend them.

Direct withdrawals from an exchange to the shop are only wished for here; services.py makes them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from unspoof.synth.chain.deposits import Deposits
from unspoof.synth.chain.draft import DUST_SAT, Draft, Kind, Owner, Script, fee_of, split
from unspoof.synth.chain.services import COIN, EXCHANGES, SERVICES, Wishes
from unspoof.synth.holders.users import Users
from unspoof.synth.plan import DAY_S, Plan

_TAPROOT_DAY = 18_945
"""2021-11-14: block 709,632 made taproot valid on the real chain; no wallet uses it earlier here."""
_SCRIPTS = (Script.P2PKH, Script.P2SH, Script.P2WPKH, Script.P2TR)
_SCRIPT_SHARES = (0.25, 0.5, 0.9, 1.0)
"""Running shares. Guesses; so are all shares of habits here: nothing is published of how such payers pay."""
_SEPARATE = 0.25
"""People with several paying accounts who keep a wallet for each."""
_SHARED = 0.4
"""Crews with two paying people of whom two share one wallet."""
_REUSES = 0.3
"""Wallets that use one address for everything."""
_STRAIGHT = 0.1
"""Payments of people with a wallet that come straight from the exchange all the same."""


class Way(IntEnum):
    """How somebody pays."""

    EXCHANGE = 0
    """Straight from an exchange's withdrawal."""
    WALLET = 1
    WHIRLPOOL = 2
    """From a wallet whose coins came out of five-party coinjoins of equal amounts."""
    WABISABI = 3
    """From a wallet whose coins came out of large coinjoins."""
    JOINMARKET = 4
    """Inside a two-party coinjoin, one of whose equal outputs is the shop's."""


POOLS = np.array([100_000, 1_000_000, 5_000_000, 50_000_000])
"""Satoshi of the equal outputs of coinjoins."""


@dataclass(frozen=True)
class Wallets:
    """Whose wallet each account pays from. A wallet is numbered by a person, or by persons + account."""

    of_account: np.ndarray
    """int64 wallet by account place."""
    way: np.ndarray
    """int64 Way by wallet."""
    service: np.ndarray
    """int64 place of the favourite exchange, by wallet."""
    script: np.ndarray
    """int64 Script, by wallet."""
    reuses: np.ndarray
    """bool by wallet."""
    persons: int


def _wallet_of_account(plan: Plan, users: Users) -> np.ndarray:
    stream, count = plan.stream("wallets"), len(users.person)
    wallet = users.person.astype(np.int64)
    paying = np.bincount(users.person[users.payer], minlength=users.persons)
    apart = (stream.random(users.persons) < _SEPARATE)[users.person] & (paying[users.person] > 1)
    wallet = np.where(apart, users.persons + np.arange(count), wallet)
    # Two people of a crew, where two of it pay: the first wallet serves both.
    people, first = np.unique(users.person[users.payer], return_index=True)
    crew = users.crew[users.payer][first]
    order = np.lexsort((people, crew))
    people, crew = people[order], crew[order]
    second = np.flatnonzero((crew[1:] == crew[:-1]) & (np.concatenate([[-1], crew[:-2]]) != crew[1:])) + 1
    draw = stream.random(users.crews)[crew[second]] if len(second) else np.zeros(0)
    chosen = second[draw <= max(_SHARED, float(draw.min(initial=1.0)))]
    taken = np.arange(users.persons)
    taken[people[chosen]] = people[chosen - 1]
    shares = np.zeros(users.persons, dtype=bool)
    shares[people[chosen]] = shares[people[chosen - 1]] = True
    return np.where(shares[users.person], taken[users.person], wallet)


def make_wallets(plan: Plan, users: Users, deposits: Deposits) -> Wallets:
    """Decide which accounts pay from one wallet and how its owner pays."""
    of_account = _wallet_of_account(plan, users)
    count = users.persons + len(users.person)
    stream = plan.stream("wallets", 1)
    draw = stream.random((count, 3))
    ways = np.searchsorted(np.array([0.42, 0.93, 0.965, 1.0]), draw[:, 0], side="right")
    way = np.array([Way.EXCHANGE, Way.WALLET, Way.WHIRLPOOL, Way.WABISABI, Way.WABISABI])[ways].astype(np.int64)
    accounts = np.bincount(of_account[np.unique(np.flatnonzero(users.payer))], minlength=count)
    several = accounts > 1
    common = np.flatnonzero(several & (stream.random(count) < 0.8))
    way[common] = Way.WALLET
    way[np.flatnonzero(several)[:1]] = Way.WALLET
    shares = np.cumsum([SERVICES[place].share for place in range(EXCHANGES)])
    service = np.minimum(np.searchsorted(shares / shares[-1], draw[:, 1], side="right"), EXCHANGES - 1)
    script = np.array([int(one) for one in _SCRIPTS])[
        np.minimum(np.searchsorted(np.array(_SCRIPT_SHARES), draw[:, 2], side="right"), 3)
    ]
    early = np.full(count, plan.seized)
    used = deposits.account >= 0
    np.minimum.at(
        early, of_account[deposits.account[used]], np.where(deposits.sat > 0, deposits.sent_at, plan.seized)[used]
    )
    script[(script == Script.P2TR) & (early < _TAPROOT_DAY * DAY_S)] = int(Script.P2WPKH)
    return Wallets(of_account, way, service, script, stream.random(count) < _REUSES, users.persons)


@dataclass(frozen=True)
class Mixed:
    """Coins that a coinjoin must make for a wallet; one item a coin."""

    coin: np.ndarray
    payment: np.ndarray
    """int64 number of the payment that spends it: coins of one payment were mixed together."""
    wallet: np.ndarray
    at: np.ndarray
    value: np.ndarray
    way: np.ndarray


@dataclass(frozen=True)
class Paid:
    """What payers did: the coin of each deposit, and what others must make for it."""

    coin: np.ndarray
    """int64 coin by deposit, -1 where nothing came."""
    way: np.ndarray
    """int64 Way by deposit."""
    wallet: np.ndarray
    """int64 wallet by deposit; -1 for somebody without an account."""
    refund_holder: np.ndarray
    """int64 address of the payer's by deposit that a refund can go to, -1 for none."""
    wishes: Wishes
    mixed: Mixed


class Addresses:
    """Gives addresses of payers' wallets: one for everything, or a new one for each coin."""

    def __init__(self, draft: Draft, wallets: Wallets) -> None:
        self._draft, self._wallets = draft, wallets
        self._one = np.full(len(wallets.script), -1, dtype=np.int64)

    def of(self, wallet: np.ndarray) -> np.ndarray:
        """Return an address for a coin of each of these wallets."""
        reuses = self._wallets.reuses[wallet]
        new = np.unique(wallet[reuses & (self._one[wallet] < 0)])
        self._one[new] = self._draft.holders(self._wallets.script[new], Owner.PERSON, new)
        holder: np.ndarray = self._one[wallet].copy()
        fresh = wallet[~reuses]
        holder[~reuses] = self._draft.holders(self._wallets.script[fresh], Owner.PERSON, fresh)
        return holder


def _ways(plan: Plan, deposits: Deposits, wallet: np.ndarray, wallets: Wallets) -> np.ndarray:
    stream = plan.stream("wallets", 2)
    draw = stream.random((len(wallet), 2))
    way = np.where(wallet >= 0, wallets.way[wallet], np.where(draw[:, 0] < 0.5, Way.EXCHANGE, Way.WALLET))
    way = np.where((way == Way.WALLET) & (draw[:, 0] < _STRAIGHT), Way.EXCHANGE, way)
    came = deposits.sat > 0
    own = np.flatnonzero(came & (way == Way.WALLET) & (wallet >= 0))
    joint = own[np.argsort(draw[own, 1], kind="stable")[: max(1, round(0.01 * len(own))) if len(own) > 3 else 0]]
    way[joint] = Way.JOINMARKET
    chosen: np.ndarray = np.where(came, way, -1)
    return chosen


def make_payments_sent(
    draft: Draft, plan: Plan, deposits: Deposits, wallets: Wallets, receivers: np.ndarray
) -> tuple[Paid, Addresses]:
    """Let everybody pay.

    Args:
        draft: gets payments from wallets; coinjoins.py and services.py make the rest.
        plan: seed.
        deposits: what was paid, when.
        wallets: from what.
        receivers: int64 address of the shop's by deposit.
    """
    addresses = Addresses(draft, wallets)
    wallet = np.where(deposits.account >= 0, wallets.of_account[deposits.account], -1)
    way = _ways(plan, deposits, wallet, wallets)
    coin = np.full(len(way), -1, dtype=np.int64)
    came = np.flatnonzero(way >= 0)
    coin[came] = draft.coins(deposits.sat[came], receivers[came])
    refund = np.full(len(way), -1, dtype=np.int64)
    stream = plan.stream("wallets", 3)
    straight = np.flatnonzero(way == Way.EXCHANGE)
    anyone = np.minimum((stream.random(len(way)) ** 1.7 * EXCHANGES).astype(np.int64), EXCHANGES - 1)
    service = np.where(wallet >= 0, wallets.service[wallet], anyone)
    wishes = [Wishes(coin[straight], service[straight], deposits.sent_at[straight])]
    turns, whole = _by_turns(draft, stream, deposits, wallets, addresses, (coin, way, wallet, refund))
    alone = np.flatnonzero((way == Way.WALLET) & (wallet < 0))
    _strangers_pay(draft, stream, coin[alone], deposits.sat[alone], deposits.sent_at[alone])
    return Paid(coin, way, wallet, refund, Wishes.together([*wishes, *turns]), whole), addresses


def _by_turns(
    draft: Draft,
    stream: np.random.Generator,
    deposits: Deposits,
    wallets: Wallets,
    addresses: Addresses,
    columns: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
) -> tuple[list[Wishes], Mixed]:
    """Make the payments from wallets: the first of every wallet together, then the second of each, and so on.

    `columns` are coin, way, wallet and refund address by deposit; refund addresses are filled in, and where two payments
    of a wallet fall together the later is put off by a minute.
    """
    coin, way, wallet, refund = columns
    wishes: list[Wishes] = []
    mixed: list[Mixed] = []
    spending = np.flatnonzero(np.isin(way, (Way.WALLET, Way.WHIRLPOOL, Way.WABISABI)) & (wallet >= 0))
    spending = spending[np.lexsort((spending, deposits.sent_at[spending], wallet[spending]))]
    first = np.flatnonzero(np.diff(wallet[spending], prepend=-1))
    nth = np.arange(len(spending)) - np.repeat(first, np.diff(np.append(first, len(spending))))
    carried = np.full(len(wallets.script), -1, dtype=np.int64)
    before = np.zeros(len(wallets.script), dtype=np.int64)
    for turn in range(int(nth.max(initial=-1)) + 1):
        some = spending[nth == turn]
        # Two payments of a wallet in one moment would leave the second's change nowhere to come from.
        at = np.maximum(deposits.sent_at[some], before[wallet[some]] + 60)
        done = _turn(draft, stream, deposits.sat[some], at, wallet[some], way[some], wallets, addresses, carried)
        before[wallet[some]] = at
        draft.made_by(coin[some], done.tx)
        refund[some] = done.holder
        deposits.sent_at[some] = at
        wishes.append(done.wishes)
        mixed.append(Mixed(done.mixed[0], some[done.mixed[1]], wallet[some[done.mixed[1]]], *done.mixed[2:]))
    names = ("coin", "payment", "wallet", "at", "value", "way")
    empty = np.zeros(0, dtype=np.int64)
    whole = Mixed(*(np.concatenate([empty, *(getattr(part, name) for part in mixed)]) for name in names))
    return wishes, whole


@dataclass(frozen=True)
class _Turn:
    tx: np.ndarray
    holder: np.ndarray
    wishes: Wishes
    mixed: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]
    """Coins; places in the turn; when they were mixed; satoshi; ways."""


@dataclass(frozen=True)
class _Needs:
    """What each payment takes beside the change that it may spend; satoshi."""

    fresh: np.ndarray
    """How many new coins."""
    total: np.ndarray
    """What they hold together."""
    pool: np.ndarray
    """What each holds, if it came out of a coinjoin."""
    change: np.ndarray


def _needs(sat: np.ndarray, have: np.ndarray, use: np.ndarray, mixes: np.ndarray, draw: np.ndarray) -> _Needs:
    """Work out with how many coins of what amount each payment is made, and what is given back."""
    fresh = 1 + (draw[:, 1] < 0.4) + (draw[:, 1] < 0.15)
    wanted = np.where(draw[:, 3] < 0.06, 0, sat * np.exp(1.2 * (draw[:, 4] - 0.7)))
    fee = fee_of(fresh + use, 2, 3 + 40 * draw[:, 2])
    enough = use & (have >= sat + fee + DUST_SAT) & (draw[:, 5] < 0.8)
    fresh = np.where(enough, 0, fresh)
    total = np.maximum(sat + fee + wanted.astype(np.int64) - have, fresh * 20_000)
    pool = POOLS[np.minimum(np.searchsorted(POOLS * 4, sat), len(POOLS) - 1)]
    fresh = np.where(mixes & ~enough, np.maximum(-(-(sat + fee - have) // pool), 1), fresh)
    total = np.where(enough, 0, np.where(mixes, fresh * pool, total))
    change = total + have - sat - fee
    short = (change > 0) & (change < DUST_SAT)
    # A mixed coin's amount is fixed: what is too small to give back goes to the miner.
    total = np.where(short & ~mixes & ~enough, total + DUST_SAT, total)
    return _Needs(fresh, total, pool, np.where(short & mixes, 0, total + have - sat - fee))


def _turn(
    draft: Draft,
    stream: np.random.Generator,
    sat: np.ndarray,
    at: np.ndarray,
    wallet: np.ndarray,
    way: np.ndarray,
    wallets: Wallets,
    addresses: Addresses,
    carried: np.ndarray,
) -> _Turn:
    """Make one payment of each of these wallets; change that is left is carried to the wallet's next turn."""
    draw = stream.random((len(sat), 6))
    old, mixes = carried[wallet], way != Way.WALLET
    use = (old >= 0) & (draw[:, 0] < 0.7)
    have = np.where(use, draft.value_of(np.maximum(old, 0)) if _has(old) else 0, 0)
    need = _needs(sat, have, use, mixes, draw)
    tx = draft.transactions(at, Kind.PAYMENT)
    draft.spend(tx[use], old[use])
    carried[wallet[use]] = -1
    give = np.flatnonzero(need.change > 0)
    carried[wallet[give]] = draft.coins(need.change[give], addresses.of(wallet[give]), tx[give])
    owner = np.repeat(np.arange(len(sat)), need.fresh)
    value = split(need.total, need.fresh, stream.random(len(owner)))
    value = np.where(mixes[owner], need.pool[owner], value)
    holder = addresses.of(wallet[owner])
    coin = draft.coins(value, holder)
    draft.spend(tx[owner], coin)
    refund = np.where(use, draft.holder_of(np.maximum(old, 0)) if _has(old) else -1, -1)
    refund[owner] = holder
    source, lag = stream.random(len(owner)), 3_600 + (stream.random(len(owner)) ** 2 * 20 * DAY_S).astype(np.int64)
    ours = np.flatnonzero(~mixes[owner] & (source < 0.65))
    wishes = Wishes(coin[ours], wallets.service[wallet[owner[ours]]], (at[owner] - lag)[ours])
    mix = np.flatnonzero(mixes[owner])
    return _Turn(tx, refund, wishes, (coin[mix], owner[mix], (at[owner] - lag)[mix], value[mix], way[owner[mix]]))


def _has(coin: np.ndarray) -> bool:
    """Say whether any of these is a coin at all."""
    return bool(len(coin)) and bool((coin >= 0).any())


def _strangers_pay(
    draft: Draft, stream: np.random.Generator, coin: np.ndarray, sat: np.ndarray, at: np.ndarray
) -> None:
    """Let people without an account pay from a coin of their own each."""
    count = len(coin)
    tx = draft.transactions(at, Kind.PAYMENT)
    draft.made_by(coin, tx)
    number = stream.integers(1, 2**38, count)
    script = np.full(count, int(Script.P2WPKH))
    fee, change = (
        fee_of(1, 2, 3 + 40 * stream.random(count)),
        (0.1 * COIN * stream.random(count)).astype(np.int64) + DUST_SAT,
    )
    draft.spend(tx, draft.coins(sat + fee + change, draft.holders(script, Owner.STRANGER, number)))
    draft.coins(change, draft.holders(script, Owner.STRANGER, number), tx)


__all__ = ["POOLS", "Addresses", "Mixed", "Paid", "Wallets", "Way", "make_payments_sent", "make_wallets"]

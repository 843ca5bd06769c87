"""Made-up exchanges and a mixer: who they are, and their hot wallets, which pay many strangers in one transaction.

No such company exists. The payer's own wallet is payers.py's; what is tagged is tags.py's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from unspoof.synth.chain.draft import DUST_SAT, Draft, Kind, Owner, Script, fee_of, split
from unspoof.synth.plan import DAY_S, Plan

SLOT_S = 600
"""A service pays everything that was asked of it within this many seconds in one transaction."""
COIN = 100_000_000
_COLD_EVERY = 40
"""Batches after which what has gathered in the hot wallet is moved to cold storage."""
_CROWDED = 0.04
"""Share of batches that pay 60 to 139 strangers at once; the rest pay a few."""
_CUSTOMERS_EACH = 0.5
"""Deposit addresses of a service for each deposit that it takes in: customers come again."""


@dataclass(frozen=True)
class Service:
    """One made-up business that holds other people's bitcoin."""

    actor: str
    label: str
    legal_name: str
    category: str
    jurisdictions: tuple[str, ...]
    script: Script
    share: float
    """Of payers who have their account there."""
    tagged: bool


SERVICES: tuple[Service, ...] = (
    Service("quillmarket", "Quillmarket", "Quillmarket Trading Ltd", "exchange", ("GB",), Script.P2WPKH, 0.34, True),
    Service("harrowdesk", "Harrowdesk", "Harrowdesk Markets Inc", "exchange", ("US",), Script.P2SH, 0.22, True),
    Service("tolvex", "Tolvex", "", "exchange", ("SC",), Script.P2PKH, 0.18, True),
    Service("brambit", "Brambit", "Brambit Baltic OU", "exchange", ("EE",), Script.P2WPKH, 0.14, True),
    Service("nimbane", "Nimbane", "", "exchange", (), Script.P2SH, 0.07, True),
    Service("pennyfold", "Pennyfold", "Pennyfold Ltd", "exchange", ("GB",), Script.P2WPKH, 0.05, False),
    Service("murkwell", "Murkwell", "", "mixing_service", (), Script.P2WPKH, 0.0, True),
    Service("whorlpond", "Whorlpond coordinator", "", "coinjoin", (), Script.P2WPKH, 0.0, True),
)
"""The last two take no part in PAYERS' choice: a mixer, and the coordinator that coinjoins pay a fee to."""
EXCHANGES = 6
MIXER, COORDINATOR = 6, 7


@dataclass(frozen=True)
class Wishes:
    """Coins that services are to make: withdrawals by anybody."""

    coin: np.ndarray
    service: np.ndarray
    at: np.ndarray

    @staticmethod
    def together(parts: list[Wishes]) -> Wishes:
        """Put parts together."""
        names = ("coin", "service", "at")
        return Wishes(*(np.concatenate([getattr(part, name) for part in parts]).astype(np.int64) for name in names))


@dataclass(frozen=True)
class Batches:
    """What the services' wallets did: one item a batch, but for the tags' addresses and the strangers' coins."""

    tx: np.ndarray
    service: np.ndarray
    at: np.ndarray
    change_holder: np.ndarray
    deposit_holder: np.ndarray
    deposit_service: np.ndarray
    stranger_coin: np.ndarray
    stranger_at: np.ndarray


def service_holders(draft: Draft, service: np.ndarray) -> np.ndarray:
    """Add an address of each of these services."""
    scripts = np.array([int(one.script) for one in SERVICES])
    return draft.holders(scripts[service], Owner.SERVICE, service)


def _ours(batch_of: np.ndarray, batches: int) -> np.ndarray:
    return np.bincount(batch_of, minlength=batches)


def make_batches(draft: Draft, plan: Plan, wishes: Wishes, arrived: Wishes) -> Batches:
    """Let services pay the wishes in batches, and sweep what was paid in to them.

    Args:
        draft: gets the transactions.
        plan: seed.
        wishes: coins to be made, each within SLOT_S after its batch.
        arrived: coins that somebody paid to a service; each is swept by a later batch of it, if there is one.
    """
    stream = plan.stream("services")
    # A service works though nobody of ours asks: one batch a week at least.
    regular = _regular(draft, plan, stream)
    wishes = Wishes.together([wishes, regular])
    key = wishes.service * 2**40 + wishes.at // SLOT_S
    keys, batch_of = np.unique(key, return_inverse=True)
    service, at = keys // 2**40, keys % 2**40 * SLOT_S
    tx = draft.transactions(at, Kind.WITHDRAWALS)
    draft.made_by(wishes.coin, tx[batch_of])
    paid = np.bincount(batch_of, weights=draft.value_of(wishes.coin), minlength=len(tx)).astype(np.int64)
    draw = stream.random((len(tx), 6))
    crowd = np.where(draw[:, 0] < _CROWDED, 60 + (draw[:, 1] * 80), -3 * np.log1p(-draw[:, 1])).astype(np.int64)
    strangers = _strangers(draft, stream, tx, crowd, at)
    paid += np.bincount(
        np.repeat(np.arange(len(tx)), crowd), weights=draft.value_of(strangers), minlength=len(tx)
    ).astype(np.int64)
    came, came_batch = _sweep(draft, tx, key_of=keys, arrived=arrived)
    inside = np.bincount(came_batch, weights=draft.value_of(came), minlength=len(tx)).astype(np.int64)
    inputs = 1 + (-1.5 * np.log1p(-draw[:, 2])).astype(np.int64)
    outputs = 2 + crowd + _ours(batch_of, len(tx))
    fee = fee_of(1 + inputs + np.bincount(came_batch, minlength=len(tx)), outputs, 3 + 40 * draw[:, 3])
    spare = (draw[:, 4] * 0.02 * COIN).astype(np.int64) + DUST_SAT
    change = _hot_wallets(draft, stream, tx, service, spare + inside)
    holder, whose = _outside_deposits(draft, stream, tx, service, inputs, paid + fee + spare)
    return Batches(tx, service, at, change, holder, whose, strangers, np.repeat(at, crowd))


def _regular(draft: Draft, plan: Plan, stream: np.random.Generator) -> Wishes:
    week = np.arange(plan.opened + DAY_S, plan.seized - DAY_S, 7 * DAY_S)
    many = EXCHANGES + 1
    at = np.tile(week, many) + (stream.random(len(week) * many) * 6 * DAY_S).astype(np.int64)
    service = np.repeat(np.arange(many), len(week))
    coin = draft.coins(_amounts(stream, len(at)), stranger_holders(draft, stream, len(at)))
    return Wishes(coin, service, np.minimum(at, plan.seized - DAY_S))


def _amounts(stream: np.random.Generator, count: int) -> np.ndarray:
    """Return log-normal amounts: median 0.01 bitcoin."""
    amount: np.ndarray = np.maximum(0.01 * COIN * np.exp(1.4 * stream.standard_normal(count)), 20_000).astype(np.int64)
    return amount


def stranger_holders(draft: Draft, stream: np.random.Generator, count: int) -> np.ndarray:
    """Add addresses of people whom nobody knows."""
    scripts = np.array([int(Script.P2PKH), int(Script.P2SH), int(Script.P2WPKH), int(Script.P2WPKH)])
    number = stream.integers(1, 2**38, count)
    return draft.holders(scripts[stream.integers(0, 4, count)], Owner.STRANGER, number)


def _strangers(
    draft: Draft, stream: np.random.Generator, tx: np.ndarray, crowd: np.ndarray, at: np.ndarray
) -> np.ndarray:
    count = int(crowd.sum())
    return draft.coins(_amounts(stream, count), stranger_holders(draft, stream, count), np.repeat(tx, crowd))


def _sweep(draft: Draft, tx: np.ndarray, key_of: np.ndarray, arrived: Wishes) -> tuple[np.ndarray, np.ndarray]:
    """Spend what was paid in to a service in its first batch a slot or more later; returns coins and batches."""
    wanted = arrived.service * 2**40 + arrived.at // SLOT_S + 1
    batch = np.searchsorted(key_of, wanted, side="right")
    there = np.minimum(batch, len(key_of) - 1)
    found = (batch < len(key_of)) & (key_of[there] // 2**40 == arrived.service)
    draft.spend(tx[there[found]], arrived.coin[found])
    return arrived.coin[found], there[found]


def _hot_wallets(
    draft: Draft, stream: np.random.Generator, tx: np.ndarray, service: np.ndarray, gained: np.ndarray
) -> np.ndarray:
    """Chain each service's batches by its change: batches stand by service and time. Returns the change's addresses."""
    first = np.flatnonzero(np.diff(service, prepend=-1))
    nth = np.arange(len(tx)) - np.repeat(first, np.diff(np.append(first, len(tx))))
    cold = np.flatnonzero(nth % _COLD_EVERY == _COLD_EVERY - 1)
    total = np.cumsum(gained)
    start = np.repeat(total[first] - gained[first], np.diff(np.append(first, len(tx))))
    held = total - start
    out = np.zeros(len(tx), dtype=np.int64)
    # All that came since the last time, or since the service's first batch.
    before = np.where(nth[cold] >= 2 * _COLD_EVERY - 1, held[np.maximum(cold - _COLD_EVERY, 0)], 0)
    out[cold] = held[cold] - before
    draft.coins(out[cold], service_holders(draft, service[cold]), tx[cold])
    reused = service_holders(draft, np.repeat(np.arange(len(SERVICES)), 8))
    old = stream.random(len(tx)) < 0.7
    holder = reused[service * 8 + stream.integers(0, 8, len(tx))]
    holder[~old] = service_holders(draft, service[~old])
    opened = 20 * COIN + stream.integers(0, COIN, len(SERVICES))
    balance = (
        opened[service]
        + held
        - (np.cumsum(out) - np.repeat((np.cumsum(out) - out)[first], np.diff(np.append(first, len(tx)))))
    )
    change = draft.coins(balance, holder, tx)
    opening = draft.coins(opened[service[first]], service_holders(draft, service[first]))
    spent = np.concatenate([[-1], change[:-1]])
    spent[first] = opening
    draft.spend(tx, spent)
    return holder


def _outside_deposits(
    draft: Draft,
    stream: np.random.Generator,
    tx: np.ndarray,
    service: np.ndarray,
    inputs: np.ndarray,
    total: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Let customers' deposits, made outside of the extract, cover what each batch pays. Returns addresses, services."""
    whose = np.repeat(service, inputs)
    many = max(len(SERVICES), round(len(whose) * _CUSTOMERS_EACH))
    held_by = np.arange(many) % len(SERVICES)
    customers = service_holders(draft, held_by)
    chosen = stream.integers(0, many // len(SERVICES), len(whose)) * len(SERVICES) + whose
    holder = customers[chosen]
    coin = draft.coins(split(total, inputs, stream.random(len(whose))), holder)
    draft.spend(np.repeat(tx, inputs), coin)
    return holder, whose


__all__ = [
    "COIN",
    "COORDINATOR",
    "EXCHANGES",
    "MIXER",
    "SERVICES",
    "SLOT_S",
    "Batches",
    "Service",
    "Wishes",
    "make_batches",
    "service_holders",
    "stranger_holders",
]

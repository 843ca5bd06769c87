"""Made-up exchanges whose hot wallet moves on: withdrawals of strangers paid out of change at an address that nobody tagged.

It is the trap of a wallet that looks like one person's: two accounts pay from it, and it is the exchange's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from unspoof.synth.chain.deposits import Booked, Deposits
from unspoof.synth.chain.draft import Column, Draft, Kind, fee_of
from unspoof.synth.chain.payers import Paid, Way
from unspoof.synth.chain.services import COIN, SERVICES, Batches, Wishes, service_holders, stranger_holders
from unspoof.synth.holders.users import Users
from unspoof.synth.plan import Plan

_ROTATED = 0.1
"""Share of the triples of straight withdrawals, in the order of a service's time, that are paid so. A guess."""
_APART_S = 120


@dataclass(frozen=True)
class Rotations:
    """Three deposits each: the first paid out of the known hot wallet, the others out of the change of that."""

    deposits: Column
    """int64, one row of three a rotation."""
    service: Column
    coins: Column
    """The withdrawals that come out of untagged change."""


def choose_rotations(plan: Plan, deposits: Deposits, paid: Paid, users: Users) -> Rotations:
    """Choose whose withdrawals are paid so; the later ones of three are put off a little where they fall together.

    Args:
        plan: seed.
        deposits: what was paid, when; times of the chosen ones may be changed.
        paid: in which way, and what services were asked to pay.
        users: who holds the accounts: the second and the third are of different crews.

    """
    straight = np.flatnonzero((paid.way == Way.EXCHANGE) & (deposits.kind == Booked.PLAIN))
    order = np.argsort(paid.wishes.coin, kind="stable")
    asked = order[np.searchsorted(paid.wishes.coin, paid.coin[straight], sorter=order)]
    service = paid.wishes.service[asked]
    tagged = np.array([one.tagged for one in SERVICES])[service]
    straight, service = straight[tagged], service[tagged]
    place = np.lexsort((straight, deposits.sent_at[straight], service))
    straight, service = straight[place], service[place]
    first = np.flatnonzero(np.diff(service, prepend=-1))
    nth = np.arange(len(service)) - np.repeat(first, np.diff(np.append(first, len(service))))
    begins = np.flatnonzero((nth % 3 == 0) & (np.arange(len(service)) + 2 < len(service)))
    begins = begins[service[begins] == service[begins + 2]]
    triples = np.stack([straight[begins + step] for step in range(3)], axis=1)
    crew = users.crew[deposits.account[triples]]
    apart = np.flatnonzero(crew[:, 1] != crew[:, 2])
    draw = plan.stream("rotations").random(len(begins))[apart]
    chosen = np.sort(apart[np.argsort(draw, kind="stable")[: max(1, round(_ROTATED * len(apart)))]])
    triples = triples[chosen]
    for step in (1, 2):
        earliest = deposits.sent_at[triples[:, step - 1]] + _APART_S
        deposits.sent_at[triples[:, step]] = np.maximum(deposits.sent_at[triples[:, step]], earliest)
    return Rotations(triples, service[begins[chosen]], paid.coin[triples[:, 1:]].ravel())


def without(wishes: Wishes, rotations: Rotations, paid: Paid) -> Wishes:
    """Return what is left for batches to pay."""
    left = ~np.isin(wishes.coin, paid.coin[rotations.deposits])
    return Wishes(wishes.coin[left], wishes.service[left], wishes.at[left])


def make_rotations(
    draft: Draft, plan: Plan, deposits: Deposits, paid: Paid, rotations: Rotations, batches: Batches
) -> None:
    """Make the three payments of each; every second first one pays a stranger too, so that its change is not the only rest.

    Args:
        draft: gets the transactions.
        plan: seed.
        deposits: when.
        paid: the coins that are to be made.
        rotations: of which deposits.
        batches: whose hot wallets pay: the first takes a coin at an address that these spend from as well.

    """
    if not len(rotations.deposits):
        return
    stream = plan.stream("rotations", 1)
    coin, at = paid.coin[rotations.deposits], deposits.sent_at[rotations.deposits]
    count, sat = len(coin), draft.value_of(coin.ravel()).reshape(coin.shape)
    services, first = np.unique(batches.service, return_index=True)
    known = batches.change_holder[first[np.searchsorted(services, rotations.service)]]
    change_to = service_holders(draft, rotations.service)
    fee = fee_of(1, 3, 3 + 40 * stream.random((count, 3)))
    left = (COIN * (0.5 + stream.random(count))).astype(np.int64)
    beside = np.where(np.arange(count) % 2, 20_000 + (stream.random(count) * COIN / 100).astype(np.int64), 0)
    holds = left[:, None] + np.cumsum((sat + fee)[:, ::-1], axis=1)[:, ::-1] + [1, 0, 0] * beside[:, None]
    spent = draft.coins(holds[:, 0], known)
    for step in range(3):
        tx = draft.transactions(at[:, step], Kind.WITHDRAWALS)
        draft.spend(tx, spent)
        draft.made_by(coin[:, step], tx)
        if step == 0:
            some = np.flatnonzero(beside)
            draft.coins(beside[some], stranger_holders(draft, stream, len(some)), tx[some])
        rest = holds[:, step + 1] if step < 2 else left
        spent = draft.coins(rest, change_to, tx)


__all__ = ["Rotations", "choose_rotations", "make_rotations", "without"]

"""What the shop's operators did with the takings: sweeps, refunds, expenses, moves of their own, peel chains, cash-outs.

There are at most a few hundred sweeps, whatever the number of payments, so they are made one after the other.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from unspoof.synth.chain.deposits import Deposits
from unspoof.synth.chain.draft import DUST_SAT, Draft, Kind, Owner, Script, fee_of
from unspoof.synth.chain.payers import Paid
from unspoof.synth.chain.services import EXCHANGES, MIXER, Wishes, service_holders
from unspoof.synth.plan import DAY_S, DAYS, Plan

RECEIVERS = 7
"""Addresses that the shop received at, one after the other; the last stood in its settings when it was seized."""
SIDE = RECEIVERS
"""Place of the address for sales past the books."""
_SCRIPTS = (Script.P2PKH, Script.P2PKH, Script.P2SH, Script.P2WPKH, Script.P2SH, Script.P2WPKH, Script.P2WPKH)
_MOST_SWEEPS, _FEWEST_SWEEPS, _DEPOSITS_EACH = 100, 5, 8
_MOST_INPUTS = 400
_REFUNDED = 0.01
_TO_MAIN, _TOGETHER = 0.6, 0.7
_RETURNED = 0.25
"""Share of peel chains whose rest is spent together with takings again."""
_RATE = 15


@dataclass(frozen=True)
class Receivers:
    """Where the shop was paid."""

    holder: np.ndarray
    """int64 address by place: RECEIVERS of them in order of time, then the one for sales past the books."""
    until: np.ndarray
    """int64 epoch second at which each of the first RECEIVERS was given up."""

    def at(self, epoch: np.ndarray) -> np.ndarray:
        """Return the place of the address in use at each moment."""
        place: np.ndarray = np.minimum(np.searchsorted(self.until, epoch, side="right"), RECEIVERS - 1)
        return place


def make_receivers(draft: Draft, plan: Plan) -> Receivers:
    """Make the shop's receiving addresses and the days on which it changed them."""
    stream = plan.stream("operators")
    scripts = np.array([*map(int, _SCRIPTS), int(Script.P2WPKH)])
    holder = draft.holders(scripts, Owner.SHOP, np.arange(RECEIVERS + 1))
    part = np.sort(stream.random(RECEIVERS - 1) * 0.5 + np.arange(RECEIVERS - 1)) / RECEIVERS
    until = plan.opened + ((part + 0.5 / RECEIVERS) * DAYS * DAY_S).astype(np.int64)
    return Receivers(holder, np.append(until, plan.seized))


@dataclass
class Flows:
    """What the operators paid out and moved; lists of one item an output."""

    arrived: list[tuple[int, int, int]] = field(default_factory=list)
    """Coin, service, epoch second: paid in to a service."""
    steps: list[tuple[int, int, int, str]] = field(default_factory=list)
    """Flow, hop, coin, what it is."""
    inflows: list[tuple[int, str]] = field(default_factory=list)
    """Coins that came to the shop's receiving addresses from itself: coin, change or internal."""
    refunds: list[tuple[int, int]] = field(default_factory=list)
    """Coin that went back, deposit that it was of."""

    def wishes(self) -> Wishes:
        """Return what was paid in to services."""
        columns = np.array(self.arrived, dtype=np.int64).reshape(-1, 3).T
        return Wishes(*columns)


class _Shop:
    """The operators' one wallet: receiving addresses, and a treasury of coins kept for paying out."""

    def __init__(self, draft: Draft, stream: np.random.Generator, receivers: Receivers) -> None:
        self.draft, self.stream, self.receivers = draft, stream, receivers
        self.flows = Flows()
        self.treasury: list[tuple[int, int]] = []
        """Coins and their satoshi."""
        self.returned: list[int] = []
        """Coins at the receiving addresses that the shop itself paid there and has not swept."""
        self.flow = 0
        self.main = self.new()
        """The address that most sweeps go to; the others go to new ones."""

    def new(self) -> int:
        """Return a new address of the operators'."""
        return int(self.draft.holders(int(Script.P2WPKH), Owner.SHOP, RECEIVERS + 1)[0])

    def own(self) -> int:
        """Return an address of the treasury."""
        return self.main if self.stream.random() < _TO_MAIN else self.new()

    def pay(self, at: int, kind: Kind, coins: list[int], outputs: list[tuple[int, int]]) -> list[int]:
        """Make a transaction; outputs are (satoshi, address). Returns its coins."""
        tx = int(self.draft.transactions(at, kind)[0])
        self.draft.spend(tx, np.array(coins))
        made = self.draft.coins([sat for sat, _ in outputs], [holder for _, holder in outputs], tx)
        return [int(coin) for coin in made]

    def sweep(self, at: int, coins: list[int]) -> None:
        """Move what came in to the treasury, most times together with the treasury's last coin."""
        coins, self.returned = [*coins, *self.returned], []
        for start in range(0, len(coins), _MOST_INPUTS):
            some = coins[start : start + _MOST_INPUTS]
            total = int(self.draft.value_of(np.array(some)).sum())
            if self.treasury and self.stream.random() < _TOGETHER:
                coin, sat = self.treasury.pop()
                some, total = [*some, coin], total + sat
            sat = total - int(fee_of(len(some), 1, _RATE))
            if sat < 10 * DUST_SAT:
                continue
            made = self.pay(at + start, Kind.SWEEP, some, [(sat, self.own())])
            self.treasury.append((made[0], sat))
            self.flows.steps.append((-1, 0, made[0], "sweep"))

    def cash_out(self, at: int, last: int) -> None:
        """Spend the treasury in a peel chain: a part to a service at each hop, the rest to a new address."""
        coins, total = [coin for coin, _ in self.treasury], sum(sat for _, sat in self.treasury)
        hops = int(self.stream.integers(3, 7))
        to_mixer = self.stream.random() < 0.3 or self.flow == 1
        self.flow += 1
        kept, self.treasury = self.treasury, []
        for hop in range(hops):
            at += 1_800 + int(self.stream.random() * 20_000)
            fee = int(fee_of(len(coins), 2, _RATE))
            part = int((total - fee) * (0.15 + 0.3 * self.stream.random()))
            rest = total - fee - part
            service = MIXER if to_mixer and hop == hops - 1 else int(self.stream.integers(0, EXCHANGES))
            if min(part, rest) < 10 * DUST_SAT or at > last:
                break
            holder = int(service_holders(self.draft, np.array([service]))[0])
            made = self.pay(at, Kind.PEEL, coins, [(part, holder), (rest, self.new())])
            self.flows.arrived.append((made[0], service, at))
            self.flows.steps.append((self.flow - 1, hop, made[0], "deposit to"))
            self.flows.steps.append((self.flow - 1, hop, made[1], "peel"))
            coins, total = [made[1]], rest
        if self.flows.steps and self.flows.steps[-1][2] == coins[-1] and self.flows.steps[-1][3] == "peel":
            # Most rests stay where the chain of hops ends; some come back to the treasury, and look like takings there.
            if self.stream.random() < _RETURNED:
                self.treasury = [(coins[0], total)]
                self.flows.steps[-1] = (*self.flows.steps[-1][:3], "returned")
            return
        # Too little to cut, or too late: it stays where it is.
        self.treasury = kept

    def expense(self, at: int, coin: int, sat: int) -> None:
        """Pay somebody for something out of a takings coin; the change goes back to the receiving address."""
        fee = int(fee_of(1, 2, _RATE))
        part = int((sat - fee) * (0.2 + 0.5 * self.stream.random()))
        holder = int(self.draft.holders(int(Script.P2SH), Owner.STRANGER, int(self.stream.integers(1, 2**38)))[0])
        self._back(at, Kind.EXPENSE, [coin], [(part, holder)], sat - fee - part, "change")

    def refund(self, at: int, coin: int, sat: int, deposit: int, holder: int) -> None:
        """Send most of a payment back to where it came from."""
        fee = int(fee_of(1, 2, _RATE))
        part = int((sat - fee) * (0.5 + 0.4 * self.stream.random()))
        made = self._back(at, Kind.REFUND, [coin], [(part, holder)], sat - fee - part, "change")
        self.flows.refunds.append((made[0], deposit))

    def internal(self, at: int) -> None:
        """Move a part of a coin at the treasury's main address to the receiving address, if there is one of some size."""
        held = [int(holder) for holder in self.draft.holder_of(np.array([coin for coin, _ in self.treasury]))]
        there = [
            place for place, one in enumerate(held) if one == self.main and self.treasury[place][1] > 100 * DUST_SAT
        ]
        if not there:
            return
        coin, sat = self.treasury.pop(there[-1])
        fee = int(fee_of(1, 2, _RATE))
        part = (sat - fee) // 5
        made = self._back(at, Kind.INTERNAL, [coin], [(sat - fee - part, self.own())], part, "internal")
        self.treasury.append((made[0], sat - fee - part))

    def _back(
        self, at: int, kind: Kind, coins: list[int], outputs: list[tuple[int, int]], sat: int, what: str
    ) -> list[int]:
        receiver = int(self.receivers.holder[int(self.receivers.at(np.array([at]))[0])])
        made = self.pay(at, kind, coins, [*outputs, (sat, receiver)])
        self.flows.inflows.append((made[-1], what))
        self.returned.append(made[-1])
        return made


def make_operations(
    draft: Draft, plan: Plan, deposits: Deposits, paid: Paid, receivers: Receivers, dust: np.ndarray
) -> Flows:
    """Let the operators work: sweep every week or so, pay back now and then, and cash out every third time.

    Args:
        draft: gets their transactions.
        plan: seed.
        deposits: when what came.
        paid: as which coins.
        receivers: the shop's addresses.
        dust: (coin, epoch second) rows of worthless coins that somebody sent there.
    """
    stream = plan.stream("operators", 1)
    came = np.flatnonzero(paid.coin >= 0)
    coin = np.concatenate([paid.coin[came], dust[:, 0]])
    at = np.concatenate([deposits.sent_at[came], dust[:, 1]])
    deposit = np.concatenate([came, np.full(len(dust), -1)])
    order = np.argsort(at, kind="stable")
    coin, at, deposit = coin[order], at[order], deposit[order]
    many = int(np.clip(len(came) // _DEPOSITS_EACH, _FEWEST_SWEEPS, _MOST_SWEEPS))
    times = plan.opened + 3 * DAY_S + (np.arange(1, many + 1) / many * (DAYS - 10) * DAY_S).astype(np.int64)
    shop = _Shop(draft, stream, receivers)
    done = 0
    each = max(1, round(_REFUNDED * len(came) / many * 2))
    for turn, now in enumerate(times.tolist()):
        ready = int(np.searchsorted(at, now))
        some, whose = coin[done:ready], deposit[done:ready]
        done = ready
        gone = _pay_back(shop, paid, now, some, whose, each if turn % 2 else 0)
        shop.sweep(now + 4 * 3_600, some[~np.isin(some, gone)].tolist())
        if turn % 4 == 1 and shop.treasury:
            shop.internal(now + 6 * 3_600)
        if turn % 3 == 2 and shop.treasury:
            shop.cash_out(now + 8 * 3_600, plan.seized - 2 * DAY_S)
    return shop.flows


def _pay_back(shop: _Shop, paid: Paid, now: int, coins: np.ndarray, deposits: np.ndarray, refunds: int) -> list[int]:
    """Make an expense and some refunds out of this turn's coins; returns the coins that were spent for it."""
    value = shop.draft.value_of(coins)
    good = np.flatnonzero((deposits >= 0) & (value > 50 * DUST_SAT))
    chosen = good[shop.stream.permutation(len(good))]
    back = [place for place in chosen.tolist() if paid.refund_holder[deposits[place]] >= 0][:refunds]
    for nth, place in enumerate(back):
        deposit = int(deposits[place])
        shop.refund(now + 60 * nth, int(coins[place]), int(value[place]), deposit, int(paid.refund_holder[deposit]))
    spent = [place for place in chosen.tolist() if place not in back][: 0 if refunds else 1]
    for place in spent:
        shop.expense(now + 3_600, int(coins[place]), int(value[place]))
    return [int(coins[place]) for place in [*back, *spent]]


__all__ = ["RECEIVERS", "SIDE", "Flows", "Receivers", "make_operations", "make_receivers"]

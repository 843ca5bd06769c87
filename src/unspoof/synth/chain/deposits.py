"""What was paid to the shop and what its books say of it: amounts asked, amounts that came, and what is wrong with either.

It knows nothing of wallets and transactions.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import IntEnum

import numpy as np

from unspoof.synth.chain.prices import Prices
from unspoof.synth.holders.money import Payments
from unspoof.synth.holders.users import Users
from unspoof.synth.places import COUNTRIES
from unspoof.synth.plan import DAY_S, Plan


class Booked(IntEnum):
    """How a deposit and its booking differ; the names are those of truth/payments_chain.csv."""

    PLAIN = 0
    SPLIT = 1
    """One deposit, booked in two parts on two accounts."""
    AMOUNT = 2
    """Another amount came than was asked for; the full credit was given by hand."""
    LATE = 3
    """Booked days after it came."""
    MISTYPED = 4
    """The booked txid has one wrong digit."""
    NO_TXID = 5
    """Booked by hand, without a txid."""
    FORGED = 6
    """Booked with a txid that no chain has; nothing came."""
    GIFT = 7
    """Booked as paid; nothing came and nothing is said to have come."""
    EXPIRED = 8
    """Asked for before midnight, paid after it, never matched and never booked."""
    UNASKED = 9
    """Takings that the books know nothing of."""
    NEVER = 10
    """Asked for and never paid."""


SHARES = {
    Booked.AMOUNT: 0.015,
    Booked.LATE: 0.015,
    Booked.MISTYPED: 0.005,
    Booked.NO_TXID: 0.015,
    Booked.FORGED: 0.007,
    Booked.GIFT: 0.012,
}
"""Of all deposits; one of each at least where there are a dozen. Guesses: no such shop's error rates are published."""
NOT_PAID = (Booked.FORGED, Booked.GIFT)
_EXPIRED, _UNASKED = 0.02, 0.025
_FEWEST_FOR_EACH = 12
_LATE_S = 8 * DAY_S


@dataclass(frozen=True)
class Deposits:
    """One item a deposit, booked or not; all arrays have the same length, unbooked ones stand last."""

    refill: np.ndarray
    """int64 place of the first refill that it paid for, -1 for none."""
    account: np.ndarray
    """int64 place of the account, -1 for somebody without one."""
    kind: np.ndarray
    """int64, a Booked."""
    asked_at: np.ndarray
    """int64 epoch second of the invoice, 0 for none."""
    asked_sat: np.ndarray
    """int64: what the invoice asked for; 0 for none."""
    credit: np.ndarray
    """int64 whole units of the home's money that the invoice was for."""
    sent_at: np.ndarray
    """int64 epoch second at which it was sent; 0 where nothing came."""
    sat: np.ndarray
    """int64: what came; 0 for nothing."""
    waiting: np.ndarray
    """int64 place of the refill beside which a deposit was announced that was never booked, -1 for none."""


def _kinds(eligible: np.ndarray, late: np.ndarray, draw: np.ndarray) -> np.ndarray:
    """Choose what is wrong with which deposit: the shares of SHARES, in the order of a draw."""
    kind = np.full(len(draw), int(Booked.PLAIN))
    order = np.argsort(draw, kind="stable")
    for wrong, share in SHARES.items():
        free = order[(eligible & (kind == Booked.PLAIN) & (late if wrong is Booked.LATE else True))[order]]
        least = 1 if len(draw) >= _FEWEST_FOR_EACH else 0
        kind[free[: max(least, round(share * len(draw)))]] = int(wrong)
    return kind


def ask(credit: np.ndarray, asked_at: np.ndarray, prices: Prices, currency: str, draw: np.ndarray) -> np.ndarray:
    """Return satoshi as MagnusBilling asks for them: four decimals, two digits more, no amount twice in a day.

    Source: MagnusBilling 7, protected/views/buyCredit/cryptocurrency.php, as described in docs/synth.md.
    """
    base = credit * 1_000_000 // prices.at(asked_at, currency)
    micro = np.maximum(base, 1) * 100 + 10 + (draw * 90).astype(np.int64)
    day = asked_at // DAY_S
    order = np.lexsort((micro, day))
    first = np.flatnonzero(np.diff(day[order], prepend=-1))
    place = np.arange(len(order)) - np.repeat(first, np.diff(np.append(first, len(order))))
    # Within a day, in order of amount, each is one more than the last at least.
    day_part = day[order] - day.min(initial=0)
    lifted = micro[order] - place + day_part * 10**11
    micro[order] = np.maximum.accumulate(lifted) - day_part * 10**11 + place if len(order) else micro[order]
    satoshi: np.ndarray = micro * 100
    return satoshi


def make_deposits(plan: Plan, users: Users, payments: Payments, prices: Prices) -> Deposits:
    """Work out what each deposit was, and plant what is wrong.

    Args:
        plan: seed and home.
        users: for the days of sign-up.
        payments: the refills, which say when each deposit was booked and for how much.
        prices: what a bitcoin cost.
    """
    stream, currency = plan.stream("deposits"), COUNTRIES[plan.home].currency
    bought = np.flatnonzero(payments.paid)
    _, first, part = np.unique(payments.deposit[bought], return_index=True, return_inverse=True)
    refill, parts = bought[first], np.bincount(part)
    credit = np.bincount(part, weights=payments.credit[bought]).astype(np.int64)
    account, booked_at = payments.account[refill], payments.at[refill]
    count = len(refill)
    draw = stream.random((count, 6))
    kind = _kinds(parts == 1, booked_at - users.created[account] > _LATE_S, draw[:, 0])
    kind[parts > 1] = int(Booked.SPLIT)
    lag = 300 + (draw[:, 1] * 2_400).astype(np.int64)
    lag = np.where(kind == Booked.LATE, 2 * DAY_S + (draw[:, 1] * 4 * DAY_S).astype(np.int64), lag)
    sent_at = booked_at - lag
    asked_at = sent_at - 120 - (draw[:, 2] * 1_800).astype(np.int64)
    unpaid = np.isin(kind, NOT_PAID)
    booked = _Unpriced(
        account, kind, np.where(unpaid, 0, asked_at), np.where(unpaid, 0, sent_at), credit, refill * 0 - 1
    )
    extra = _unbooked(plan, users, payments, count)
    both = _Unpriced(
        *(np.concatenate([getattr(booked, one.name), getattr(extra, one.name)]) for one in fields(_Unpriced))
    )
    refill = np.concatenate([refill, np.full(len(extra.kind), -1)])
    return _with_amounts(refill, both, prices, currency, stream)


def _with_amounts(
    refill: np.ndarray, both: _Unpriced, prices: Prices, currency: str, stream: np.random.Generator
) -> Deposits:
    """Work out what was asked for and what came."""
    kind, asked_at, sent_at = both.kind, both.asked_at, both.sent_at
    asked_sat = np.zeros(len(kind), dtype=np.int64)
    worth = np.flatnonzero((asked_at > 0) | (sent_at > 0))
    when = np.where(asked_at > 0, asked_at, sent_at)
    asked_sat[worth] = ask(both.credit[worth], when[worth], prices, currency, stream.random(len(worth)))
    off = stream.random(len(kind))
    factor = np.where(off < 0.7, 0.4 + 0.5 * off, 1.3 + (off - 0.7) * 1.5)
    sat = np.where(kind == Booked.AMOUNT, (asked_sat * factor).astype(np.int64), np.where(sent_at > 0, asked_sat, 0))
    asked_sat[asked_at == 0] = 0
    return Deposits(refill, both.account, kind, asked_at, asked_sat, both.credit, sent_at, sat, both.waiting)


@dataclass(frozen=True)
class _Unpriced:
    """Deposits before amounts are worked out; fields as in Deposits."""

    account: np.ndarray
    kind: np.ndarray
    asked_at: np.ndarray
    sent_at: np.ndarray
    credit: np.ndarray
    waiting: np.ndarray


def _unbooked(plan: Plan, users: Users, payments: Payments, count: int) -> _Unpriced:
    """Plant takings that were never booked: invoices that midnight overtook, and sales past the books."""
    stream = plan.stream("deposits", 1)
    lost = np.flatnonzero(payments.waiting)
    draw = stream.random((len(lost), 2))
    came = np.argsort(np.argsort(draw[:, 0], kind="stable")) < max(1, round(_EXPIRED * count))
    midnight = payments.at[lost] // DAY_S * DAY_S
    asked_at = np.where(came, midnight - 300 - (draw[:, 1] * 2_400).astype(np.int64), payments.at[lost] - DAY_S)
    after = np.where(came, midnight + 60 + (stream.random(len(lost)) * 1_800).astype(np.int64), 0)
    more = max(2, round(_UNASKED * count))
    payers = np.flatnonzero(users.payer)
    whose = np.where(stream.random(more) < 0.5, payers[stream.integers(0, len(payers), more)], -1)
    span = plan.seized - plan.opened - 20 * DAY_S
    sent_at = plan.opened + 10 * DAY_S + (stream.random(more) * span).astype(np.int64)
    credit = np.array([150, 300, 500, 1_000])[stream.integers(0, 4, more)]
    none = np.zeros(more, dtype=np.int64)
    return _Unpriced(
        np.concatenate([payments.account[lost], whose]),
        np.concatenate([np.where(came, Booked.EXPIRED, Booked.NEVER), np.full(more, Booked.UNASKED)]).astype(np.int64),
        np.concatenate([asked_at, none]),
        np.concatenate([after, sent_at]),
        np.concatenate([payments.credit[lost], credit]),
        np.concatenate([lost, none - 1]),
    )


__all__ = ["NOT_PAID", "SHARES", "Booked", "Deposits", "ask", "make_deposits"]

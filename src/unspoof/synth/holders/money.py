"""What users paid the shop: plans bought with bitcoin, credit given away, deposits that never came.

It makes the shop's own bookings; no coin moves and no transaction id is one of a real chain.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from unspoof.synth.holders.users import Users
from unspoof.synth.plan import Plan

PLANS_GBP = (50, 150, 300, 500, 1_000, 2_000, 5_000)
"""Prices of plans (investigation.md sections 7 and 9)."""

_MEDIAN, _SIGMA = 185.0, 1.55
"""Log-normal spend of a payer: at 8 % paying some 54 a head over all accounts, top 1 % = a quarter."""
_MOST_REFILLS = 12
_WAITING = 0.1
"""Deposits announced but never matched, as a share of refills."""
_GIVEN = 0.02
"""Credit given without payment, as a share of accounts."""
_TWICE = 0.002
"""Refill rows that stand twice, under another id."""
_SPLIT = 0.25
"""People with several paying accounts who once split one deposit over two of them."""


@dataclass(frozen=True)
class Payments:
    """One item a refill, in order of time; all arrays have the same length."""

    account: np.ndarray
    """int64 place of the account."""
    at: np.ndarray
    """int64 epoch second."""
    credit: np.ndarray
    """int64 whole pounds."""
    paid: np.ndarray
    """bool: bought (pkg_refill.payment = 1), not given."""
    deposit: np.ndarray
    """int64: which bitcoin deposit paid for it, -1 for none; two refills may share one."""
    copies: np.ndarray
    """int64: how many rows it stands in, 1 or 2."""
    waiting: np.ndarray
    """bool by refill: another deposit of the same account was announced a day before and never matched."""
    seed: int
    """What transaction ids are made of."""

    def spend_minor(self, accounts: int) -> np.ndarray:
        """Return completed payments by account in pence, each counted once."""
        paid = self.paid & (self.credit > 0)
        return (np.bincount(self.account[paid], weights=self.credit[paid], minlength=accounts) * 100).astype(np.int64)


def _prices(spend: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cut each spend into one plan's price and a count of purchases: steady users buy the same plan again."""
    plans = np.array(PLANS_GBP, dtype=np.int64)
    price = plans[np.clip(np.searchsorted(plans, spend / 1.5, side="right") - 1, 0, len(plans) - 1)]
    return price, np.clip(np.round(spend / price).astype(np.int64), 1, _MOST_REFILLS)


def _split_deposits(users: Users, account: np.ndarray, at: np.ndarray, draw: np.ndarray) -> np.ndarray:
    """Let the first refill of a person's next account share deposit and time with that of the one before.

    `account` is sorted; `at` is changed in place. Returns each refill's deposit.
    """
    deposit = np.arange(len(account))
    paying, first = np.unique(account, return_index=True)
    by_person = np.argsort(users.person[paying], kind="stable")
    person, first = users.person[paying][by_person], first[by_person]
    chosen = (person[1:] == person[:-1]) & (draw[person[1:]] < _SPLIT)
    left, right = first[:-1][chosen], first[1:][chosen]
    at[left] = at[right] = np.maximum(at[left], at[right])
    deposit[right] = deposit[left]
    return deposit


def make_payments(plan: Plan, users: Users) -> Payments:
    """Make every account's refills.

    Args:
        plan: seed.
        users: accounts; payers buy at least one plan, at sign-up or soon after.

    Returns:
        refills in order of time.

    """
    stream, count = plan.stream("money"), len(users.person)
    payers = np.flatnonzero(users.payer)
    level = 0.8 * users.vigour[payers] + 0.6 * stream.standard_normal(len(payers))
    # Payers were chosen for their vigour, so the level is centred again before it is spread.
    level = (level - level.mean()) / max(level.std(), 0.2)
    price, times = _prices(_MEDIAN * np.exp(_SIGMA * level))
    given = np.flatnonzero(stream.random(count) < _GIVEN)
    account = np.concatenate([np.repeat(payers, times), given])
    credit = np.concatenate([np.repeat(price, times), np.full(len(given), 5)])
    paid = np.arange(len(account)) < times.sum()
    span = np.maximum(users.until - users.created, 3_600)[account]
    draw = stream.random(len(account))
    draw[np.cumsum(times) - times] *= 0.02
    at = users.created[account] + 600 + (draw * span).astype(np.int64)
    bought = int(times.sum())
    deposit = np.full(len(account), -1, dtype=np.int64)
    deposit[:bought] = _split_deposits(users, account[:bought], at[:bought], stream.random(count))
    order = np.argsort(at, kind="stable")
    account, at, credit, paid, deposit = account[order], at[order], credit[order], paid[order], deposit[order]
    twice = stream.random(len(account))
    # One at least, so that a small seizure has such a row too.
    copies = 1 + (twice <= max(_TWICE, float(twice[paid].min()))).astype(np.int64)
    waiting = paid & (stream.random(len(account)) < _WAITING)
    return Payments(account, at, credit, paid, deposit, copies, waiting, int(stream.integers(1, 2**62)))


__all__ = ["PLANS_GBP", "Payments", "make_payments"]

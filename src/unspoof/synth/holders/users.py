"""Who holds the shop's accounts: people, the crews they work in, what they paid for and how much they call.

It knows nothing of what a user typed in (identity.py) or of single calls (campaigns.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from unspoof.synth.places import Region
from unspoof.synth.plan import DAY_S, DAYS, Plan, spread

FIRST_ID = 101
"""`pkg_user.id` of the first account; the ids below it were the operator's own, of before the shop opened."""

_PAYING = 0.08
"""5 to 10 % (investigation.md section 9)."""
_TRYING = 0.25
"""Share of the others who use up the credit given at sign-up."""
_CALLS_SIGMA = 1.5
"""Log-normal; the busiest 1 % of active accounts then make some 40 % of the calls (target 30 to 50 %)."""

_PERSON_SIZES = (0.93, 0.975, 0.993, 1.0)
"""Running shares of people with one, two, three, four accounts."""
_CREW_SIZES = (0.95, 0.975, 0.99, 0.995, 0.998, 1.0)
"""Running shares of crews of one to six people."""


@dataclass(frozen=True)
class Users:
    """One item an account, in order of `pkg_user.id`, which is the order of sign-up."""

    person: np.ndarray
    """int32, from 0."""
    crew: np.ndarray
    """int32, from 0; a person who works alone is a crew of one."""
    nth: np.ndarray
    """int8: which of the person's accounts this is."""
    created: np.ndarray
    """int64 epoch second of sign-up."""
    until: np.ndarray
    """int64 epoch second after which the account is left alone."""
    payer: np.ndarray
    """bool: bought at least one plan."""
    vigour: np.ndarray
    """float64, standard normal: how much of everything the account does."""
    calls: np.ndarray
    """int64: distinct calls, answered or not."""
    target: np.ndarray
    """int16: the region that the account calls most."""
    country: np.ndarray
    """int16, by crew: which region's country the user says to live in."""

    @property
    def ids(self) -> np.ndarray:
        """`pkg_user.id` of each account."""
        return np.arange(len(self.person), dtype=np.int64) + FIRST_ID

    @property
    def persons(self) -> int:
        """How many people there are."""
        return int(self.person.max()) + 1

    @property
    def crews(self) -> int:
        """How many crews there are, those of one person among them."""
        return int(self.crew.max()) + 1


def _grouped(draw: np.ndarray, running: tuple[float, ...], members: int) -> np.ndarray:
    """Return each member's group, where group sizes are 1, 2, ... with these running shares."""
    sizes = np.searchsorted(np.array(running), draw) + 1
    return np.repeat(np.arange(len(sizes)), sizes)[:members].astype(np.int32)


def _pick(draw: np.ndarray, shares: np.ndarray) -> np.ndarray:
    return np.minimum(np.searchsorted(np.cumsum(shares) / shares.sum(), draw, side="right"), len(shares) - 1)


def _targets(calls: np.ndarray, crew: np.ndarray, shares: np.ndarray, draw: np.ndarray) -> np.ndarray:
    """Return each crew's main region; the busiest go where calls still lack, so that few crews keep the shares."""
    load = np.bincount(crew, weights=calls)
    chosen: np.ndarray = _pick(draw[: len(load)], shares).astype(np.int16)
    busiest = np.argsort(-load, kind="stable")[:200]
    lacking = shares / shares.sum() * load[busiest].sum()
    for one in busiest.tolist():
        chosen[one] = int(np.argmax(lacking))
        lacking[chosen[one]] -= load[one]
    return chosen


def _calls(plan: Plan, payer: np.ndarray, level: np.ndarray, draw: np.ndarray) -> np.ndarray:
    """Share the calls out: a few to each account on trial, the rest to payers by a heavy-tailed weight."""
    trial = np.where(~payer & (draw[:, 0] < _TRYING), 1 + np.floor(-2 * np.log1p(-draw[:, 1])), 0).astype(np.int64)
    left = plan.calls - int(trial.sum())
    if left < plan.calls // 2:
        trial[:], left = 0, plan.calls
    level = (level - level[payer].mean()) / max(float(level[payer].std()), 0.2)
    calls: np.ndarray = trial + spread(left, np.where(payer, np.exp(_CALLS_SIGMA * level), 0.0))
    return calls


def make_users(plan: Plan, regions: tuple[Region, ...]) -> Users:
    """Make the accounts and the people behind them.

    Args:
        plan: how many accounts and calls.
        regions: where calls go.

    Returns:
        the accounts; `calls` adds up to the plan's calls.

    """
    stream, count = plan.stream("users"), plan.accounts
    person = _grouped(stream.random(count), _PERSON_SIZES, count)
    crew_of_person = _grouped(stream.random(count), _CREW_SIZES, int(person.max()) + 1)
    crew = crew_of_person[person]
    several = np.bincount(crew)[crew] > 1
    # What a crew and its accounts have in common: when they come, how hard they work, whether they pay.
    common, own = stream.standard_normal(count)[crew], stream.standard_normal(count)
    vigour = 0.6 * common + 0.8 * own
    wish = vigour + 0.8 * several
    payer = np.zeros(count, dtype=bool)
    payer[np.argsort(-wish, kind="stable")[: max(4, round(_PAYING * count))]] = True
    # Sign-ups a week grow to one and a half times those of the first weeks; members of a crew come together.
    when = (np.sqrt(1 + 1.25 * stream.random(count)[crew]) - 1) * 2
    day = np.clip(when * (DAYS - 30) + 20 * stream.standard_normal(count) * several, 2, DAYS - 15)
    created = plan.opened + (day * DAY_S).astype(np.int64)
    life = (10 - 170 * np.log1p(-stream.random(count))) * np.where(payer, 1.0, 0.2)
    until = np.minimum(created + (life * DAY_S).astype(np.int64), plan.seized - DAY_S)
    calls = _calls(plan, payer, 0.8 * vigour + 0.6 * stream.standard_normal(count), stream.random((count, 2)))
    shares = np.array([region.share for region in regions], dtype=np.float64)
    target = _targets(calls, crew, shares, stream.random(count))[crew]
    home = next(place for place, region in enumerate(regions) if region.country == plan.home)
    country = np.where(stream.random(count)[crew] < 0.7, target, home).astype(np.int16)
    order = np.argsort(created, kind="stable")
    columns = (person, crew, _nth(person), created, until, payer, vigour, calls, target, country)
    return Users(*(column[order] for column in columns))


def _nth(person: np.ndarray) -> np.ndarray:
    """Count each person's accounts from 0, where the accounts of one person stand together."""
    starts = np.flatnonzero(np.diff(person, prepend=-1))
    nth: np.ndarray = (np.arange(len(person)) - starts[person]).astype(np.int8)
    return nth


__all__ = ["FIRST_ID", "Users", "make_users"]

"""What is asked of a made-up seizure, checked once, and the seeded streams that every stage draws from.

It makes nothing itself: the stages do (users, campaigns, calls ...), each from a stream of its own, so that a change in
one stage leaves the numbers drawn by the others alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import PCG64, Generator, SeedSequence

from unspoof.errors import BadRequest
from unspoof.synth.places import HOMES

DAY_S = 86_400
FIRST_DAY = 18_602
"""Day number (since 1970-01-01) on which the shop opens: 2020-12-06, a Sunday."""
DAYS = 700
"""Days until the shop is seized: 100 weeks (investigation.md section 9), the last one ending on 2022-11-05."""

FEWEST_CALLS, MOST_CALLS = 1_000, 100_000_000
_CALLS_PER_ACCOUNT = 170
_REPORTS_PER_TEN_MILLION = 4_785
_FEWEST_REPORTS = 60
_MOST_REPORTS = 1_000_000
_MOST_SEED = 2**63 - 1

STAGES = (
    *("users", "identity", "money", "logins", "shown", "campaigns", "calls", "rows", "reports", "partner"),
    *("prices", "deposits", "wallets", "coinjoins", "operators", "services", "traffic", "blocks", "scripts"),
    "rotations",
)
"""Only ever added to: a stage's place is part of its stream's seed."""


@dataclass(frozen=True)
class Plan:
    """The checked arguments of a made-up seizure."""

    calls: int
    """Distinct calls, answered or not; planted duplicate rows come on top."""
    accounts: int
    reports: int
    """Rows of the home country's report file, duplicates among them."""
    seed: int
    home: str
    """ISO 3166 code of the country whose police work the case."""

    @property
    def opened(self) -> int:
        """Epoch second at which the shop opens."""
        return FIRST_DAY * DAY_S

    @property
    def seized(self) -> int:
        """Epoch second at which the shop is seized; no record is later, and reports may be."""
        return (FIRST_DAY + DAYS) * DAY_S

    def stream(self, stage: str, part: int = 0) -> Generator:
        """Return the random stream of one stage's part: a function of seed, stage and part alone."""
        return Generator(PCG64(SeedSequence([self.seed, STAGES.index(stage), part])))


def _within(name: str, value: int, least: int, most: int) -> int:
    if not least <= value <= most:
        raise BadRequest(f"{name} = {value} is not between {least} and {most}", where="synth")
    return value


def make_plan(calls: int, seed: int, accounts: int | None, reports: int | None, home: str) -> Plan:
    """Check the arguments of a made-up seizure and work out those that were left open.

    Args:
        calls: 1,000 to 100 million.
        seed: 0 to 2**63 - 1.
        accounts: 20 to `calls`; None takes one for 170 calls (59,000 at 10 million, as published for iSpoof).
        reports: 0 to a million; None takes 4,785 at 10 million calls in proportion, and 60 at least.
        home: one of places.HOMES.

    Returns:
        the plan.

    Raises:
        BadRequest: an argument out of its range, or an unknown country.

    """
    _within("calls", calls, FEWEST_CALLS, MOST_CALLS)
    _within("seed", seed, 0, _MOST_SEED)
    if home not in HOMES:
        raise BadRequest(f"{home!r} cannot be home", where="synth", hint=f"One of: {', '.join(HOMES)}")
    few = max(20, round(calls / _CALLS_PER_ACCOUNT * 59_000 / 58_824))
    some = max(_FEWEST_REPORTS, round(calls * _REPORTS_PER_TEN_MILLION / 10_000_000))
    return Plan(
        calls,
        few if accounts is None else _within("accounts", accounts, 20, calls),
        some if reports is None else _within("reports", reports, 0, _MOST_REPORTS),
        seed,
        home,
    )


def spread(total: int, weights: np.ndarray) -> np.ndarray:
    """Cut `total` into whole parts in proportion to `weights`, so that the parts add up to it exactly."""
    running = np.cumsum(weights, dtype=np.float64)
    edges = np.floor(running / running[-1] * total + 0.5).astype(np.int64)
    return np.diff(edges, prepend=0)


def scatter(values: np.ndarray, salt: int) -> np.ndarray:
    """Scatter integers over 63 bits, the same on every machine (the finaliser of SplitMix64)."""
    with np.errstate(over="ignore"):
        z = values.astype(np.uint64) + np.uint64(salt) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed: np.ndarray = ((z ^ (z >> np.uint64(31))) >> np.uint64(1)).astype(np.int64)
    return mixed


__all__ = [
    "DAYS",
    "DAY_S",
    "FEWEST_CALLS",
    "FIRST_DAY",
    "MOST_CALLS",
    "STAGES",
    "Plan",
    "make_plan",
    "scatter",
    "spread",
]

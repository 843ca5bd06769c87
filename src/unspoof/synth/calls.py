"""The calls of the campaigns: whom they reach, how long they last, how they end; made in batches in order of their end.

Memory is bounded by the batch, whatever the number of calls. Nothing here dials anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from statistics import NormalDist

import numpy as np

from unspoof.synth.campaigns import Campaigns
from unspoof.synth.holders.users import Users
from unspoof.synth.places import Region
from unspoof.synth.plan import Plan, scatter

BATCH = 200_000
"""Calls made at a time."""

ANSWERED = 1
"""`terminatecauseid` of an answered call (records.md section 1)."""
_CAUSES = np.array([3, 2, 4, 5, 6], dtype=np.int8)
"""`terminatecauseid` of the others: no answer, busy, cancelled, congestion, channel unavailable."""
_CAUSE_EDGES = np.array([0.62, 0.78, 0.9, 0.96])

# Distinct called numbers are 1/2.6 of the calls (investigation.md section 9). With 12 % immediate repeats and Poisson
# draws of mean x = 1.96 on each person, calls / distinct = x / (0.88 * (1 - exp(-x))) = 2.6.
_REPEAT = 0.12
_PER_PERSON = 1.96
_FROM_LIST = 0.8
_ON_LIST = 1.2
"""Draws on each person of a crew's own list, when the list is worked through."""
_BOUGHT = 0.01
"""Crews whose list is that of strangers: both bought it."""

# One person in six gets drawn into talks; that makes 10 % of calls long and 1.75 long calls for each such person.
_TALKATIVE_PERMILLE = 160
_LONG_TALKATIVE, _LONG_OTHERS = 0.583, 0.0082
_SHORT_ANSWERED = 0.3335
"""Share of calls that are answered but short, among those that are not long: 40 % answered in all."""

LONG_S = 60
_POINTS = 2048


def _quantiles(median_s: float, sigma: float) -> np.ndarray:
    normal = NormalDist(np.log(median_s), sigma)
    points: np.ndarray = np.exp([normal.inv_cdf((k + 0.5) / _POINTS) for k in range(_POINTS)])
    return points


_SHORT_TALK = np.minimum(_quantiles(20.0, 0.8), float(LONG_S))
_LONG_TALK = LONG_S + 1 + _quantiles(90.0, 1.0)
"""Seconds; some 16 % of long calls exceed 5 minutes, which is 1 to 3 % of calls (investigation.md section 9)."""


@dataclass(frozen=True)
class Calls:
    """One item a call, in order of its end."""

    account: np.ndarray
    """int32 place of the account."""
    region: np.ndarray
    """int16."""
    text: np.ndarray
    """int32 place of the text shown."""
    person: np.ndarray
    """int64 place in the region's series of numbers."""
    at: np.ndarray
    """int64 epoch second of the answer, or of the failure."""
    rang: np.ndarray
    """int16 seconds between dialling and `at`."""
    duration_s: np.ndarray
    """int32 talk time, 0 where nobody answered."""
    cause: np.ndarray
    """int8 terminatecauseid."""
    serial: np.ndarray
    """int64: from 1 in order of dialling, the second half of the call's unique id."""

    def where(self, chosen: np.ndarray) -> Calls:
        """Return the chosen calls, by a mask or by places."""
        return Calls(*(getattr(self, field.name)[chosen] for field in fields(self)))

    @staticmethod
    def together(parts: list[Calls]) -> Calls:
        """Return the calls of several batches as one; `parts` is not empty."""
        return Calls(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Calls)))

    def __len__(self) -> int:
        return len(self.account)


@dataclass(frozen=True)
class Lists:
    """Whom crews call: a part of its main region's people for each crew, and how many people each region has."""

    people: np.ndarray
    """int64 by region."""
    first: np.ndarray
    """int64 by crew."""
    length: np.ndarray
    """int64 by crew, at least 2."""


def make_lists(plan: Plan, users: Users, campaigns: Campaigns, regions: tuple[Region, ...]) -> Lists:
    """Cut each region's people into lists for the crews that work there.

    Args:
        plan: seed.
        users: accounts with crews and main regions.
        campaigns: how many calls go where.
        regions: where people live.

    Returns:
        the lists; those of a few crews are the same as another's.

    """
    calls = np.bincount(campaigns.region, weights=campaigns.calls, minlength=len(regions))
    wanted = np.ceil(calls * (1 - _REPEAT) / _PER_PERSON)
    people = np.clip(wanted, 4, [region.people.most for region in regions]).astype(np.int64)
    crew = users.crew[campaigns.account[campaigns.main]]
    listed = np.bincount(crew, weights=campaigns.calls[campaigns.main], minlength=users.crews)
    length = np.maximum(listed * _FROM_LIST * (1 - _REPEAT) / _ON_LIST, 2).astype(np.int64)
    target = np.zeros(users.crews, dtype=np.int64)
    target[users.crew] = users.target
    order = np.argsort(target, kind="stable")
    running = np.cumsum(length[order]) - length[order]
    first = np.zeros(users.crews, dtype=np.int64)
    begins = running[np.searchsorted(target[order], target[order])]
    first[order] = (running - begins) % people[target[order]]
    bought = (plan.stream("calls").random(users.crews - 1) < _BOUGHT) & (target[order][1:] == target[order][:-1])
    copy, origin = order[1:][bought], order[:-1][bought]
    first[copy], length[copy] = first[origin], length[origin]
    return Lists(people, first, np.minimum(length, people[target]))


def _reached(
    plan: Plan, users: Users, campaigns: Campaigns, lists: Lists, which: np.ndarray, draw: np.ndarray
) -> np.ndarray:
    """Choose whom each call reaches: mostly one of the crew's list, else anybody; now and then the last one again."""
    region, crew = campaigns.region[which], users.crew[campaigns.account[which]]
    listed = campaigns.main[which] & (draw[0] < _FROM_LIST)
    anybody = (draw[1] * lists.people[region]).astype(np.int64)
    of_list = (lists.first[crew] + (draw[1] * lists.length[crew]).astype(np.int64)) % lists.people[region]
    person: np.ndarray = np.where(listed, of_list, anybody)
    again = (draw[2] < _REPEAT) & (which == np.concatenate([which[:1] - 1, which[:-1]]))
    # A repeat of a repeat goes back to the first of the row.
    source = np.maximum.accumulate(np.where(again, 0, np.arange(len(which))))
    return person[source]


def _outcomes(region: np.ndarray, person: np.ndarray, draw: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return talk time and cause of each call."""
    talkative = scatter(person * 64 + region, 7) % 1000 < _TALKATIVE_PERMILLE
    long = draw[0] < np.where(talkative, _LONG_TALKATIVE, _LONG_OTHERS)
    short = ~long & (draw[1] < _SHORT_ANSWERED)
    place = (draw[2] * _POINTS).astype(np.int64)
    talk = np.where(long, _LONG_TALK[place], np.where(short, _SHORT_TALK[place], 0.0))
    duration = np.where(short, np.maximum(talk, 1), talk).astype(np.int32)
    cause = np.where(long | short, ANSWERED, _CAUSES[np.searchsorted(_CAUSE_EDGES, draw[3], side="right")])
    return duration, cause.astype(np.int8)


def _batch(plan: Plan, users: Users, campaigns: Campaigns, lists: Lists, part: int, span: tuple[int, int]) -> Calls:
    stream = plan.stream("calls", part + 1)
    sizes = campaigns.calls[span[0] : span[1]]
    which = np.repeat(np.arange(span[0], span[1]), sizes)
    count = len(which)
    # Sorting campaign number + fraction leaves each campaign's calls in order of time.
    local = which - span[0]
    moment = np.sort(local + stream.random(count)) - local
    lasts = np.minimum(campaigns.calls[which] * 240, 4 * 3_600)
    dialled = campaigns.start[which] + (moment * lasts).astype(np.int64)
    draw = stream.random((8, count))
    region = campaigns.region[which]
    person = _reached(plan, users, campaigns, lists, which, draw[:3])
    duration, cause = _outcomes(region, person, draw[3:7])
    rang = (4 + draw[7] * 26).astype(np.int16)
    serial = np.arange(count, dtype=np.int64)
    return Calls(
        campaigns.account[which], region, campaigns.text[which], person, dialled + rang, rang, duration, cause, serial
    )


def make_calls(plan: Plan, users: Users, campaigns: Campaigns, lists: Lists) -> Iterator[Calls]:
    """Make the calls of all campaigns.

    Args:
        plan: seed; each batch has a random stream of its own.
        users: accounts.
        campaigns: in order of start.
        lists: whom crews call.

    Yields:
        batches of about BATCH calls; over all batches calls are in order of their end, as a shop books them.

    """
    running = np.cumsum(campaigns.calls)
    total = int(running[-1])
    edges = np.unique(np.searchsorted(running, np.arange(BATCH, total, BATCH)))
    edges = np.concatenate([[0], edges[(edges > 0) & (edges < len(running))], [len(running)]])
    waiting: Calls | None = None
    for part, span in enumerate(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)):
        made = _batch(plan, users, campaigns, lists, part, span)
        made.serial[:] += 1 + int(running[span[0] - 1]) if span[0] else 1
        waiting = Calls.together([waiting, made]) if waiting else made
        ends = waiting.at + waiting.duration_s
        order = np.argsort(ends, kind="stable")
        # A call that ends after the next campaign starts may be overtaken by one that is still to be made.
        until = campaigns.start[span[1]] if span[1] < len(running) else np.iinfo(np.int64).max
        done = int(np.searchsorted(ends[order], until))
        yield waiting.where(order[:done])
        waiting = waiting.where(order[done:])


__all__ = ["ANSWERED", "BATCH", "LONG_S", "Calls", "Lists", "make_calls", "make_lists"]

"""What truly happened to those who report: which call, what was lost; and which reports are of one event.

What victims remember wrongly is added in memory.py; nothing here is noisy.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from unspoof.synth.calls import Calls
from unspoof.synth.plan import DAY_S, Plan

_TWICE = 0.06
"""Reports that tell an event again."""
_STRANGE = 0.08
"""Reports of calls that this shop has no record of."""
_SECOND = 0.02
"""Reports of a second event that befell the same victim, days later."""
_APART_S = 3 * DAY_S

_LOSS_MEDIAN, _LOSS_SIGMA, _MOST_SIGMAS = 1_860.0, 1.8, 3.6
"""Pounds, log-normal (investigation.md section 9)."""
_LARGEST = 300_000_000
"""The one case of 3 million, in minor units, planted where there are enough reports for it."""
_ENOUGH = 4_000


@dataclass(frozen=True)
class Events:
    """One item an event."""

    call: np.ndarray
    """int64 place in the long calls handed over, -1 where the shop has no such call."""
    number: np.ndarray
    """int64: the victim's number, E.164 digits."""
    victim: np.ndarray
    """int64: running number of the victim; one victim may have two events."""
    at: np.ndarray
    """int64 epoch second of the answer."""
    duration_s: np.ndarray
    """int64."""
    brand: np.ndarray
    """int16 place of the brand that the caller claimed to be, -1 for none."""
    shown: np.ndarray
    """int64 number shown, 0 where none was."""
    loss_minor: np.ndarray
    """int64 as the victim states it: half are rounded."""
    back_minor: np.ndarray
    """int64 paid back by a bank."""
    saved_minor: np.ndarray
    """int64 recovered otherwise."""

    def where(self, chosen: np.ndarray) -> Events:
        """Return the chosen events, by places."""
        return Events(*(getattr(self, field.name)[chosen] for field in fields(self)))


@dataclass(frozen=True)
class LongCalls:
    """Long calls of one country and what is known of each."""

    calls: Calls
    numbers: np.ndarray
    brand: np.ndarray
    shown: np.ndarray


def _victims(long: LongCalls, stream: np.random.Generator, wanted: int) -> tuple[np.ndarray, np.ndarray]:
    """Choose victims; returns the first and the last long call of each, or the other way round."""
    order = np.lexsort((long.calls.at, long.numbers))
    numbers = long.numbers[order]
    begins = np.flatnonzero(np.diff(numbers, prepend=-1))
    ends = np.append(begins[1:], len(numbers)) - 1
    chosen = np.sort(stream.permutation(len(begins))[:wanted])
    return order[begins[chosen]], order[ends[chosen]]


def losses(stream: np.random.Generator, count: int, total: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw what was lost, log-normally, half of it stated in round sums.

    Args:
        stream: random stream.
        count: how many events.
        total: how many reports there are in all; with enough of them one event of 3 million is planted.

    Returns:
        int64 minor units: loss, paid back by a bank, recovered otherwise.

    """
    # Beyond 1.2 million there is the planted case only, so that one draw does not decide the mean.
    level = np.minimum(stream.standard_normal(count), _MOST_SIGMAS)
    exact = np.exp(np.log(_LOSS_MEDIAN * 100) + _LOSS_SIGMA * level)
    step = np.array([1, 1_000, 10_000])[np.searchsorted([0.5, 0.8], stream.random(count))]
    loss = (np.maximum(np.round(exact / step), 1) * step).astype(np.int64)
    if total >= _ENOUGH:
        loss[count // 2] = _LARGEST
    draw = stream.random((2, count))
    back = np.where(draw[0] < 0.35, (loss * (0.3 + 2 * draw[0])).astype(np.int64) // 100 * 100, 0)
    saved = np.where((draw[0] >= 0.35) & (draw[1] < 0.08), loss // 4 // 100 * 100, 0)
    return loss, back, saved


def _of_calls(long: LongCalls, call: np.ndarray, victim: np.ndarray) -> dict[str, np.ndarray]:
    return {
        "call": call,
        "number": long.numbers[call],
        "victim": victim,
        "at": long.calls.at[call],
        "duration_s": long.calls.duration_s[call].astype(np.int64),
        "brand": long.brand[call],
        "shown": long.shown[call],
    }


def _strange(
    plan: Plan, long: LongCalls, stream: np.random.Generator, numbers: np.ndarray, first: int
) -> dict[str, np.ndarray]:
    """Make events that the shop knows nothing of: people it never called, at times of its being open."""
    count = len(numbers)
    like = stream.integers(0, max(len(long.numbers), 1), count)
    known = len(long.numbers) > 0
    at = plan.opened + DAY_S * 60 + (stream.random(count) * (plan.seized - plan.opened - DAY_S * 90)).astype(np.int64)
    if known:
        # At the hours at which such calls come, some days from one that did.
        at = long.calls.at[like] + DAY_S * stream.integers(-20, 0, count)
    return {
        "call": np.full(count, -1),
        "number": numbers,
        "victim": first + np.arange(count),
        "at": at,
        "duration_s": 60 + (stream.standard_gamma(2.0, count) * 200).astype(np.int64),
        "brand": long.brand[like] if known else np.zeros(count, np.int64),
        "shown": long.shown[like] if known else np.zeros(count, np.int64),
    }


def make_events(
    plan: Plan, stream: np.random.Generator, long: LongCalls, strangers: np.ndarray, total: int
) -> tuple[Events, np.ndarray]:
    """Choose who reports what.

    Args:
        plan: when the shop was open.
        stream: random stream.
        long: long calls of the country, in any order.
        strangers: numbers of people whom the shop never called, at least `total` of them.
        total: how many reports to make.

    Returns:
        events in order of time, and for each report the place of its event; every event has at least one report.

    """
    twice, second = round(_TWICE * total), round(_SECOND * total)
    wanted = total - twice - round(_STRANGE * total) - second
    first, last = _victims(long, stream, wanted)
    apart = np.flatnonzero(long.calls.at[last] - long.calls.at[first] >= _APART_S)[:second]
    other = np.where(stream.random(len(first)) < 0.5, first, last)
    other[apart] = first[apart]
    parts = [_of_calls(long, other, np.arange(len(first))), _of_calls(long, last[apart], apart)]
    lacking = total - twice - len(first) - len(apart)
    parts.append(_strange(plan, long, stream, strangers[:lacking], len(first)))
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    loss, back, saved = losses(stream, len(columns["at"]), total)
    events = Events(**columns, loss_minor=loss, back_minor=back, saved_minor=saved)
    events = events.where(np.argsort(events.at, kind="stable"))
    again = stream.integers(0, max(len(events.at), 1), twice if len(events.at) else 0)
    return events, np.concatenate([np.arange(len(events.at)), again])


__all__ = ["Events", "LongCalls", "losses", "make_events"]

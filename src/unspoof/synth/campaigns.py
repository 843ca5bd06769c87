"""Bursts of calls: one account, one region, one text shown, one list of people, within some hours of a working day.

A campaign says what its calls have in common; calls.py makes the calls.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np

from unspoof.synth.holders.users import Users
from unspoof.synth.places import Region
from unspoof.synth.plan import DAY_S, DAYS, FIRST_DAY, Plan
from unspoof.synth.shown import NOTATIONS, Shown

_MEAN_SIZE = 13.0
"""Calls of a campaign (investigation.md section 9: mean 13, 95 % below 27)."""
_AT_MAIN = 0.75
"""Share of campaigns in the account's main region."""
_EVENING = 0.1
"""Crews whose one-time-passcode bots call in the evening."""
OWN_NUMBERS = 2
"""Numbers that a crew shows as its own."""


@dataclass(frozen=True)
class Campaigns:
    """One item a campaign, in order of start."""

    account: np.ndarray
    """int32 place of the account."""
    region: np.ndarray
    """int16."""
    start: np.ndarray
    """int64 epoch second."""
    calls: np.ndarray
    """int64, at least 1."""
    text: np.ndarray
    """int32 place of the text shown."""
    main: np.ndarray
    """bool: in the account's main region, so from its crew's own list."""


def _offsets(regions: tuple[Region, ...]) -> np.ndarray:
    """Return seconds to take from local time by region and day, at noon of each day."""
    days = [datetime.fromtimestamp((FIRST_DAY + day) * DAY_S + DAY_S // 2, UTC) for day in range(-3, DAYS + 3)]
    by_zone = {
        zone: [int(day.astimezone(ZoneInfo(zone)).utcoffset().total_seconds()) for day in days]  # type: ignore[union-attr]
        for zone in {region.zone for region in regions}
    }
    return np.array([by_zone[region.zone] for region in regions], dtype=np.int64)


def _sizes(calls: np.ndarray, draw: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Cut each account's calls into campaigns; returns the account and the size of each, empty ones left out."""
    many = np.where(calls > 0, np.ceil(calls / _MEAN_SIZE), 0).astype(np.int64)
    account = np.repeat(np.arange(len(calls)), many)
    weight = np.cumsum(draw.standard_gamma(3.0, len(account)) + 1e-6)
    last = np.cumsum(many)[many > 0] - 1
    before = np.concatenate([[0.0], weight[last[:-1]]])
    start, whole = np.repeat(before, many[many > 0]), np.repeat(weight[last] - before, many[many > 0])
    edge = np.floor((weight - start) / whole * calls[account] + 0.5).astype(np.int64)
    edge[last] = calls[many > 0]
    size = np.diff(edge, prepend=0)
    first = np.concatenate([[0], last[:-1] + 1])
    size[first] = edge[first]
    return account[size > 0], size[size > 0]


def _starts(users: Users, account: np.ndarray, draw: np.ndarray, habit: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the local day and second of the day of each campaign: weekdays by far, in the crew's shift."""
    span = (users.until - users.created)[account]
    day = (users.created[account] + draw[0] * span).astype(np.int64) // DAY_S
    weekday = (day + 3) % 7  # 1970-01-01 was a Thursday, day 3 of a week that starts on Monday
    # Most weekend days are moved to some working day of the week before them.
    working = (draw[3] * 5).astype(np.int64)
    moved = ((weekday == 5) & (draw[1] < 0.7)) | ((weekday == 6) & (draw[1] < 0.9))
    day -= np.where(moved, weekday - working, 0)
    begin = np.where(habit[0] < _EVENING, 17.0, 9.0 + 4.0 * habit[1])[users.crew[account]]
    return day, ((begin + 3.0 * draw[2]) * 3_600).astype(np.int64)


def _brand_texts(shown: Shown, country: str, taste: np.ndarray, notation: np.ndarray) -> np.ndarray:
    places, running = shown.directory.towards(country)
    chosen: np.ndarray = places[np.searchsorted(running, taste * 0.999999)]
    texts: np.ndarray = shown.brands_at + chosen * NOTATIONS + notation
    return texts


_SHOWS_BRAND = {"home": 0.82, "US": 0.5, "NL": 0.5, "": 0.3}
"""Share of campaigns that show a brand's number, by called country; elsewhere the home country's brands."""


def _texts(plan: Plan, users: Users, account: np.ndarray, country: np.ndarray, shown: Shown) -> np.ndarray:
    """Choose what each campaign shows; `country` is ISO 3166 codes as numpy text."""
    stream, count = plan.stream("shown"), len(account)
    crews = users.crew[account]
    habit = stream.random((3, users.crews))
    draw = stream.random((4, count))
    notation = np.where(draw[0] < 0.9, habit[0][crews], draw[0] * 10 - 9) * NOTATIONS
    notation = notation.astype(np.int64)
    # Seven times in ten a crew shows its favourite brand.
    taste = np.where(draw[1] < 0.7, habit[1][crews], draw[1] / 0.3 - 0.7 / 0.3)
    text = np.zeros(count, dtype=np.int64)
    brand = np.zeros(count, dtype=bool)
    for code in np.unique(country).tolist():
        here = np.flatnonzero(country == code)
        known = code in {b.country for b in shown.directory.brands}
        share = _SHOWS_BRAND["home"] if code == plan.home else _SHOWS_BRAND.get(code if known else "", 0.3)
        brand[here] = draw[2][here] < share
        text[here] = _brand_texts(shown, code if known else plan.home, taste[here], notation[here])
    own = shown.own_at + (crews.astype(np.int64) * OWN_NUMBERS + (draw[1] < 0.4)) * NOTATIONS + notation
    hidden = (draw[1] * shown.withheld).astype(np.int64)
    odd = shown.withheld + (draw[1] * shown.odd).astype(np.int64)
    other = np.where(draw[3] < 0.6, own, np.where(draw[3] < 0.85, hidden, odd))
    return np.where(brand, text, other).astype(np.int32)


def make_campaigns(plan: Plan, users: Users, regions: tuple[Region, ...], shown: Shown) -> Campaigns:
    """Make every account's campaigns.

    Args:
        plan: seed.
        users: accounts with their calls and main regions.
        regions: where people live; a campaign's hours are those of its region.
        shown: texts to show, with OWN_NUMBERS own numbers for each crew.

    Returns:
        campaigns in order of start; their calls add up to the plan's.

    """
    stream = plan.stream("campaigns")
    account, size = _sizes(users.calls, stream)
    day, second = _starts(users, account, stream.random((4, len(account))), stream.random((2, users.crews)))
    shares = np.cumsum([region.share for region in regions]) / sum(region.share for region in regions)
    choice = stream.random((2, len(account)))
    main = choice[0] < _AT_MAIN
    region = np.where(main, users.target[account], np.searchsorted(shares, choice[1], side="right"))
    main = region == users.target[account]
    start = day * DAY_S + second - _offsets(regions)[region, day - FIRST_DAY + 3]
    start = np.clip(start, plan.opened, plan.seized - DAY_S // 4)
    country = np.array([one.country for one in regions])[region]
    text = _texts(plan, users, account, country, shown)
    order = np.argsort(start, kind="stable")
    columns = (account.astype(np.int32), region.astype(np.int16), start, size, text, main)
    return Campaigns(*(column[order] for column in columns))


__all__ = ["OWN_NUMBERS", "Campaigns", "make_campaigns"]

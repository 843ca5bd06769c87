"""Where the made-up people live: countries, their time zones, and numbers that nobody can have.

No number made here is a subscriber's. Three kinds are used, in this order: the United Kingdom's drama numbers
(caller-id.md section 3), North America's 555-01xx, and, since these are few, numbers that a country's plan leaves out
altogether (a British number that starts with 06, an American exchange that starts with 0 or 1). The country can still
be told from the calling code. A test holds them against the `phonenumbers` metadata.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True)
class Country:
    """A country: how its numbers are written, and in what money and zone its police write."""

    code: str
    calling: int
    digits: int
    """Digits of a national number without the trunk prefix."""
    trunk: str
    zone: str
    currency: str
    sign: str
    unassigned: tuple[int, ...]
    """Leading digits that no number of this country has (libphonenumber metadata 9.0, 2026); none for North America,
    where exchanges that start with 0 or 1 are used."""


COUNTRIES: dict[str, Country] = {
    country.code: country
    for country in (
        Country("AU", 61, 9, "0", "Australia/Sydney", "AUD", "A$", (6,)),
        Country("BE", 32, 9, "0", "Europe/Brussels", "EUR", "€", (3,)),
        Country("DE", 49, 11, "0", "Europe/Berlin", "EUR", "€", (10,)),
        Country("ES", 34, 9, "", "Europe/Madrid", "EUR", "€", (2,)),
        Country("FR", 33, 9, "0", "Europe/Paris", "EUR", "€", (40, 70, 71, 72)),
        Country("GB", 44, 10, "0", "Europe/London", "GBP", "£", (6,)),
        Country("IE", 353, 9, "0", "Europe/Dublin", "EUR", "€", (3,)),
        Country("IT", 39, 10, "", "Europe/Rome", "EUR", "€", (2,)),
        Country("NL", 31, 9, "0", "Europe/Amsterdam", "EUR", "€", (92, 93, 94, 95)),
        Country("PL", 48, 9, "", "Europe/Warsaw", "PLN", "PLN ", (10, 11, 19, 20)),
        Country("PT", 351, 9, "", "Europe/Lisbon", "EUR", "€", (4,)),
        Country("SE", 46, 9, "0", "Europe/Stockholm", "SEK", "SEK ", (71, 99)),
        Country("US", 1, 10, "", "America/New_York", "USD", "$", ()),
    )
}

HOMES = ("AU", "FR", "GB", "IE", "NL", "SE", "US")
"""Countries that can be home. Elsewhere a national number may have any length or no trunk prefix, so that foreign
numbers written as digits alone, being no country's real numbers, could not be told from national ones."""

_SHARES = {"US": 400, "GB": 350, "DE": 60, "FR": 40, "AU": 35, "ES": 25, "IT": 25, "IE": 20, "NL": 10, "SE": 10}
_SHARES |= {"PL": 10, "BE": 10, "PT": 5}
"""Calls per thousand by called country: as published (investigation.md section 9); the rest guessed."""

_AMERICA = (
    ("America/New_York", 205, (212, 305, 404, 617, 704, 215, 302, 401, 508, 614)),
    ("America/Chicago", 110, (312, 214, 713, 615, 414, 504)),
    ("America/Denver", 25, (303, 505, 801, 406, 307, 385)),
    ("America/Los_Angeles", 60, (213, 415, 206, 503, 702, 619)),
)
"""American zones, their calls per thousand, and area codes of each."""

_CITIES = (113, 114, 115, 116, 117, 118, 121, 131, 141, 151, 161)
DRAMA_RANGES: tuple[int, ...] = (
    *(44_000_000_0000 + city * 1_000_0000 + 496_0000 for city in _CITIES),
    44_191_498_0000,
    44_207_946_0000,
    44_289_649_6000,
    44_292_018_0000,
    44_163_296_0000,
    44_770_090_0000,
    44_808_157_0000,
    44_909_879_0000,
    44_306_999_0000,
)
"""First number of each range of a thousand drama numbers, as E.164 digits (caller-id.md section 3)."""

_OWN_RANGES = (44_118_496_0000, 44_292_018_0000)
_BUSINESS_RANGES = (44_808_157_0000, 44_909_879_0000, 44_306_999_0000)
BRAND_OFFSETS = 20
"""The first numbers of each drama range are kept for brands and are nobody else's."""
BRAND_PLACES = 60
"""How many places of a country's shown numbers are kept for brands."""


def _drama(ranges: tuple[int, ...]) -> np.ndarray:
    return np.concatenate([np.arange(first + BRAND_OFFSETS, first + 1000, dtype=np.int64) for first in ranges])


@dataclass(frozen=True)
class Series:
    """Numbers in a fixed order without repetition: first the few that are kept for fiction, then unassignable ones."""

    fiction: np.ndarray
    """E.164 digits, in the order of use."""
    blocks: np.ndarray
    """First number of each block of unassignable numbers."""
    block: int
    """Numbers in a block."""
    start: int = 0
    """Where in the run of unassignable numbers this series begins, so that two series of a country never meet."""

    @property
    def most(self) -> int:
        """How many people may be called: half of the unassignable numbers; the rest are for others."""
        return self.block * len(self.blocks) // 2

    def strangers(self, count: int) -> np.ndarray:
        """Return numbers of people who are never called; `count` up to a million."""
        return self.numbers(np.arange(count) + len(self.fiction) + self.most // 2 * 3)

    @cached_property
    def _step(self) -> int:
        step = 618_033_989
        while math.gcd(step, self.block * len(self.blocks)) != 1:
            step += 2
        return step

    def numbers(self, index: np.ndarray) -> np.ndarray:
        """Return the numbers at these places of the series.

        Args:
            index: int64, from 0.

        Returns:
            int64 E.164 digits. Neighbours in the series are no neighbours as numbers, as in a bought list.

        """
        few = len(self.fiction)
        run = (np.maximum(index - few, 0) + self.start) * self._step % (self.block * len(self.blocks))
        numbers: np.ndarray = self.blocks[run // self.block] + run % self.block
        if few:
            numbers = np.where(index < few, self.fiction[np.minimum(index, few - 1)], numbers)
        return numbers


@dataclass(frozen=True)
class Region:
    """Called people of one country who share a time zone."""

    country: str
    zone: str
    share: int
    """Calls per thousand."""
    people: Series


_AMERICAN_BLOCK = 2_000_000


def _american(areas: tuple[int, ...]) -> Series:
    firsts = np.array([10_000_000_000 + area * 10_000_000 for area in areas], dtype=np.int64)
    fiction = (firsts[None, :] + 5_550_100 + np.arange(100)[:, None]).ravel()
    return Series(fiction, firsts, _AMERICAN_BLOCK)


def _unassigned(country: Country) -> tuple[np.ndarray, int]:
    """Return the first number of each block that the country's plan leaves out, and how many numbers a block has."""
    block = 10 ** (country.digits - len(str(country.unassigned[0])))
    whole = country.calling * 10**country.digits
    return np.array([whole + lead * block for lead in country.unassigned], dtype=np.int64), block


def _people(country: Country) -> Series:
    blocks, block = _unassigned(country)
    kept = {*_OWN_RANGES, *_BUSINESS_RANGES}
    called = tuple(first for first in DRAMA_RANGES if first not in kept)
    fiction = _drama(called) if country.code == "GB" else np.empty(0, np.int64)
    return Series(fiction, blocks, block)


def make_regions(home: str) -> tuple[Region, ...]:
    """Return the regions that calls go to; the home country has the share that the United Kingdom had for iSpoof.

    Args:
        home: a country of COUNTRIES; if it is neither GB nor US it changes shares with GB.

    Returns:
        regions in a fixed order: one a country, four for the United States.

    """
    shares = dict(_SHARES)
    if home not in {"GB", "US"}:
        shares[home], shares["GB"] = shares["GB"], shares[home]
    regions = [
        Region(code, COUNTRIES[code].zone, share, _people(COUNTRIES[code]))
        for code, share in shares.items()
        if code != "US"
    ]
    scale = shares["US"] / _SHARES["US"]
    regions += [Region("US", zone, round(share * scale), _american(areas)) for zone, share, areas in _AMERICA]
    return tuple(regions)


def free_digits(numbers: np.ndarray, country: Country) -> np.ndarray:
    """Return how many last digits of each number may be changed at will without its becoming anybody's.

    Args:
        numbers: int64 E.164 digits of the country, made by a series or a brand.
        country: their country.

    Returns:
        int64 counts: 3 in a drama range, 2 in 555-01xx, else all behind the unassignable lead.

    """
    if country.code == "US":
        return np.where(numbers // 100 % 100_000 == 55_501, 2, 6)
    lead = len(str(country.unassigned[0]))
    return np.where(np.isin(numbers // 1_000 * 1_000, DRAMA_RANGES), 3, country.digits - lead)


DIAL_OUT = {"AU": "0011", "US": "011"}
"""What is dialled before a number abroad, where it is not 00."""


def shown_series(code: str) -> Series:
    """Return the numbers that are shown towards one country; never a called person's.

    The first `BRAND_PLACES` are kept for brands (those of GB have numbers of their own: see brands.py).
    """
    if code == "US":
        return _american((202,))
    blocks, block = _unassigned(COUNTRIES[code])
    fiction = _drama(_OWN_RANGES) if code == "GB" else np.empty(0, np.int64)
    return Series(fiction, blocks, block, start=block * len(blocks) // 2)


__all__ = [
    "BRAND_OFFSETS",
    "BRAND_PLACES",
    "COUNTRIES",
    "DIAL_OUT",
    "DRAMA_RANGES",
    "HOMES",
    "Country",
    "Region",
    "Series",
    "free_digits",
    "make_regions",
    "shown_series",
]

"""The world's numbering plan as sorted ranges, and looking many numbers up in it; it reads no text.

"Known" says that the plan has such numbers, not that one was ever given out: drama numbers can be known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unspoof.errors import BadRequest
from unspoof.parse.digit_columns import POWERS

KINDS: tuple[str, ...] = (
    "fixed",
    "mobile",
    "fixed-or-mobile",
    "toll-free",
    "premium",
    "shared-cost",
    "voip",
    "personal",
    "pager",
    "uan",
    "voicemail",
    "short",
    "unassigned",
    "international",
    "withheld",
    "alphanumeric",
    "nonsense",
    "empty",
)
"""What a text is.

fixed ... voicemail: the numbering plan knows it as such; `fixed-or-mobile` where the plan does not tell them apart.
short: an emergency or service code (159, 999): five digits or fewer, or longer where the home country's plan lists it.
unassigned: well-formed for a known country or calling code, but the plan has no such number (07700 900xxx among them).
international: the calling code is known, the length is impossible.
withheld: the source says that there was no number to show ("anonymous", "restricted").
alphanumeric: a sender's name ("NATWEST"). nonsense: anything else. empty: no text at all.
e164 and country are given from `fixed` to `international`, but not for `short`.
"""

KIND_INDEX: Mapping[str, int] = {kind: index for index, kind in enumerate(KINDS)}
_UNASSIGNED, _INTERNATIONAL, _NONSENSE = (KIND_INDEX[kind] for kind in ("unassigned", "international", "nonsense"))

LONGEST = 15
"""Digits in the longest E.164 number (ITU-T E.164 section 6.1)."""

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class HomePlan:
    """How numbers are dialled within and out of one country."""

    code: int
    """Calling code."""
    trunk: str
    """Digits before a national number: '0', '8', '06', '1'; empty where there are none."""
    prefixes: tuple[str, ...]
    """International prefixes, longest first."""
    lengths: tuple[int, ...]
    """Possible numbers of digits of a national number."""
    usual: int
    """Digits of an everyday number: the longer of the plan's fixed and mobile examples."""
    bare_lengths: frozenset[int]
    """Lengths of digits alone at which a national reading comes before an international one that is as good: all up to
    `usual` where national numbers are written without a trunk prefix (United States, Italy), the usual length where
    there is one (Great Britain: 10, so that a lost zero is mended), none where lengths vary (Germany, Austria)."""
    short: tuple[tuple[int, int, int], ...] = ()
    """Short codes of more than five digits, or of zeros alone (Australia's 000): digits, first, last."""


@dataclass(frozen=True)
class CodePlan:
    """What is known of one calling code."""

    region: str
    """Its main country: ISO 3166, or '001' for a code of no country (+800, +870)."""
    trunk: str
    lengths: tuple[int, ...]
    """Possible numbers of digits behind the calling code, over all countries that share it."""


@dataclass(frozen=True, eq=False)
class NumberRanges:
    """A numbering plan of the world as sorted ranges; made by reference/numbering.py.

    The key of a number is its count of digits * 10**16 + the number * 10**(15 - digits), so that all numbers of one
    prefix and one length lie side by side; `starts` and `ends` (inclusive) are such keys, sorted, never overlapping.
    """

    version: str
    """Version of the metadata that the ranges were made of."""
    starts: Ints
    ends: Ints
    region: npt.NDArray[np.int16]
    """Index into `regions`."""
    kind: npt.NDArray[np.int8]
    """Index into `KINDS`."""
    regions: tuple[str, ...]
    codes: Mapping[int, CodePlan]
    homes: Mapping[str, HomePlan]

    def home(self, country: str) -> HomePlan:
        """Return a country's plan by ISO 3166 code; BadRequest if there is none."""
        plan = self.homes.get(country.upper())
        if plan is None:
            raise BadRequest(
                f"{country!r} is no country with a numbering plan", hint="Give an ISO 3166 code, as in GB, US, NL."
            )
        return plan


@dataclass
class Reading:
    """One reading of some rows; `tier` says how well it fits.

    Tier 0: the plan knows such numbers; 1: their length is possible; 2: only the calling code is known; 3: none.
    """

    value: Ints
    tier: npt.NDArray[np.int8]
    region: npt.NDArray[np.int16]
    kind: npt.NDArray[np.int8]

    def take(self, where: Bools, other: Reading) -> None:
        """Replace the marked rows by those of another reading of as many rows."""
        for mine, theirs in zip(self.columns(), other.columns(), strict=True):
            np.copyto(mine, theirs, where=where, casting="same_kind")

    def put(self, rows: Ints, other: Reading) -> None:
        """Replace the rows numbered `rows` by those of another reading of as many rows."""
        for mine, theirs in zip(self.columns(), other.columns(), strict=True):
            mine[rows] = theirs

    def pick(self, rows: Ints) -> Reading:
        """Return some rows."""
        return Reading(*(column[rows] for column in self.columns()))

    def columns(self) -> tuple[npt.NDArray[np.signedinteger], ...]:
        """Return value, tier, region, kind."""
        return self.value, self.tier, self.region, self.kind


class Lookup:
    """The ranges with what lookups need, worked out once a process."""

    def __init__(self, ranges: NumberRanges) -> None:
        self.ranges = ranges
        self.code_of_lead = np.zeros(1000, np.int64)
        self.lengths = np.zeros(1000, np.int64)
        self.region = np.zeros(1000, np.int16)
        self.code_digits = np.zeros(1000, np.int64)
        self.trunk = np.zeros(1000, np.int64)
        self.trunks = tuple(sorted({plan.trunk for plan in ranges.codes.values()} - {""}))
        for code, plan in ranges.codes.items():
            size = 10 ** (3 - len(str(code)))
            self.code_of_lead[code * size : (code + 1) * size] = code
            self.lengths[code] = sum(1 << length for length in plan.lengths)
            self.region[code] = ranges.regions.index(plan.region)
            self.code_digits[code] = len(str(code))
            self.trunk[code] = self.trunks.index(plan.trunk) + 1 if plan.trunk else 0

    def judge(self, value: Ints, count: Ints) -> Reading:
        """Look numbers up that are written as E.164: digits as an integer, and how many digits.

        Rows that cannot be E.164 (16 digits, a leading zero, an unknown calling code) get tier 3.
        """
        count = np.clip(count, 0, LONGEST + 1)
        fits = (count >= 4) & (count <= LONGEST)
        size = np.where(fits, count, 4)
        value = np.where(fits & (value < POWERS[size]) & (value >= POWERS[size - 1]), value, 0)
        code = self.code_of_lead[value // POWERS[size - 3]]
        left = size - self.code_digits[code]
        tier = np.where(code > 0, 2, 3).astype(np.int8)
        tier[(code > 0) & ((self.lengths[code] >> left) & 1 == 1)] = 1
        kind = np.where(tier == 1, _UNASSIGNED, np.where(tier == 2, _INTERNATIONAL, _NONSENSE)).astype(np.int8)
        made = Reading(value, tier, self.region[code], kind)
        self._look_up(made, size)
        zero_kept = (made.tier == 1) & self._zero_first(value, code, left)
        made.tier[zero_kept], made.kind[zero_kept] = 2, _INTERNATIONAL
        return made

    def international(self, value: Ints, count: Ints) -> Reading:
        """As `judge`, and leave out a trunk prefix kept behind the calling code where that is the better reading."""
        best = self.judge(value, count)
        unsure = np.flatnonzero((best.tier > 0) & (best.tier < 3))
        if len(unsure):
            value, count = best.value[unsure], np.clip(count[unsure], 4, LONGEST)
            code = self.code_of_lead[value // POWERS[count - 3]]
            left = count - self.code_digits[code]
            for number, trunk in enumerate(self.trunks, 1):
                size = len(trunk)
                rest = value - code * POWERS[left]
                kept = (self.trunk[code] == number) & (left > size)
                kept &= rest // POWERS[np.maximum(left - size, 0)] == int(trunk)
                rows = np.flatnonzero(kept)
                shorter = left[rows] - size
                other = self.judge(code[rows] * POWERS[shorter] + rest[rows] % POWERS[shorter], count[rows] - size)
                better = other.tier < best.tier[unsure[rows]]
                best.put(unsure[rows[better]], other.pick(np.flatnonzero(better)))
        return best

    def _zero_first(self, value: Ints, code: Ints, left: Ints) -> Bools:
        zero_trunk = self.trunks.index("0") + 1 if "0" in self.trunks else -1
        rest = value - code * POWERS[left]
        return np.asarray((self.trunk[code] == zero_trunk) & (rest < POWERS[np.maximum(left - 1, 0)]), dtype=np.bool_)

    def _look_up(self, made: Reading, size: Ints) -> None:
        keys = size * np.int64(10**16) + made.value * POWERS[LONGEST - size]
        at = np.searchsorted(self.ranges.starts, keys, side="right") - 1
        found = (at >= 0) & (keys <= self.ranges.ends[at])
        np.copyto(made.region, self.ranges.region[at], where=found)
        np.copyto(made.kind, self.ranges.kind[at], where=found)
        made.tier[found & (made.kind != _UNASSIGNED)] = 0


__all__ = [
    "KINDS",
    "KIND_INDEX",
    "LONGEST",
    "Bools",
    "CodePlan",
    "HomePlan",
    "Ints",
    "Lookup",
    "NumberRanges",
    "Reading",
]

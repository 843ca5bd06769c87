"""The made-up brands whose numbers callers show, and the directory file that an investigator would load.

Every name is invented and every number is kept for fiction or cannot be given out; a real directory is the user's own.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from unspoof.synth.places import BRAND_PLACES, shown_series

SPLIT_S = 1_640_995_200
"""2022-01-01T00:00:00Z: one number passes from one brand to another, and a new one starts to be a brand's."""
_SPLIT_TEXT = "2022-01-01"


@dataclass(frozen=True)
class Brand:
    """One made-up organisation."""

    name: str
    sector: str
    country: str


_HOME_NAMES = (
    ("Northgate Bank", "bank"),
    ("Harbour Building Society", "bank"),
    ("Revenue Office", "tax"),
    ("Castle & Crown Bank", "bank"),
    ("Meridian Direct", "bank"),
    ("Oakfield Savings", "bank"),
    ("First Anchor Bank", "bank"),
    ("Thistle Bank", "bank"),
    ("Greywater Credit Union", "bank"),
    ("Lantern Bank", "bank"),
)
"""Nine banks and a tax office, most shown first (investigation.md section 9: Zipf by market share)."""

_ABROAD = (
    Brand("Prairie Federal Bank", "bank", "US"),
    Brand("Bayline Trust", "bank", "US"),
    Brand("Copperhill Bank", "bank", "US"),
    Brand("Noordzee Bank", "bank", "NL"),
    Brand("Tideway Bank", "bank", "GB"),
)

_GB_FIRSTS = (44_808_157_0000, 44_207_946_0000, 44_161_496_0000, 44_306_999_0000, 44_121_496_0000)
_EACH = 5
"""Numbers of a brand, most shown first."""
_MOVED, _MOVED_TO, _LATE = 9, 3, 24
"""Place of a number that passes to another brand, which brand that is, and place of a number that starts late."""


@dataclass(frozen=True)
class Directory:
    """Brands and their numbers; all arrays have one item a number."""

    brands: tuple[Brand, ...]
    numbers: np.ndarray
    """int64 E.164 digits."""
    before: np.ndarray
    """int16 place in `brands` until SPLIT_S, -1 where the number was no brand's yet."""
    after: np.ndarray
    """int16 place in `brands` from SPLIT_S on."""
    weight: np.ndarray
    """float64: how often it is shown among the numbers of its country."""

    def towards(self, country: str) -> tuple[np.ndarray, np.ndarray]:
        """Return the places and the running shares of the numbers that are shown to people of one country."""
        places = np.flatnonzero([self.brands[brand].country == country for brand in self.after])
        weight = self.weight[places]
        return places, np.cumsum(weight) / max(weight.sum(), 1e-9)

    def write(self, path: Path) -> None:
        """Write the directory as a file that `unspoof reference update brands` loads.

        Columns: number (+ and E.164 digits), brand, sector, source, from (inclusive), to (exclusive).
        """
        with path.open("w", encoding="utf-8", newline="") as out:
            sheet = csv.writer(out, lineterminator="\n")
            sheet.writerow(("number", "brand", "sector", "source", "from", "to"))
            for number, before, after in zip(self.numbers.tolist(), self.before, self.after, strict=True):
                for brand, since, until in _spans(int(before), int(after)):
                    known = self.brands[brand]
                    sheet.writerow((f"+{number}", known.name, known.sector, "made up by unspoof synth", since, until))


def _spans(before: int, after: int) -> list[tuple[int, str, str]]:
    if before == after:
        return [(after, "", "")]
    late = [(after, _SPLIT_TEXT, "")]
    return late if before < 0 else [(before, "", _SPLIT_TEXT), *late]


def make_directory(home: str) -> Directory:
    """Return the brands of the home country and a few abroad; the same for every seed."""
    brands = (
        *(Brand(name, sector, home) for name, sector in _HOME_NAMES),
        *(brand for brand in _ABROAD if brand.country != home),
    )
    owner = np.repeat(np.arange(len(brands), dtype=np.int16), _EACH)
    nth = np.tile(np.arange(_EACH), len(brands))
    series = {code: shown_series(code).numbers(np.arange(BRAND_PLACES)) for code in {b.country for b in brands}}
    series["GB"] = np.array([_GB_FIRSTS[k % _EACH] + k // _EACH for k in range(BRAND_PLACES)], dtype=np.int64)
    used: dict[str, int] = {}
    numbers = []
    for place in owner:
        country = brands[place].country
        numbers.append(int(series[country][used.get(country, 0)]))
        used[country] = used.get(country, 0) + 1
    before, after = owner.copy(), owner.copy()
    after[_MOVED], before[_LATE] = _MOVED_TO, -1
    return Directory(brands, np.array(numbers, dtype=np.int64), before, after, 1 / (owner + 1.0) ** 0.9 / (nth + 1.0))


__all__ = ["SPLIT_S", "Brand", "Directory", "make_directory"]

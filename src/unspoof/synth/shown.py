"""The texts that callers had shown to people they called: brands' numbers, numbers of their own, nothing, nonsense.

Every text is kept as a user would type it (national, +44, 0044, 44, with spaces); which of them is a brand's is known.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from unspoof.synth.brands import SPLIT_S, Directory
from unspoof.synth.places import BRAND_PLACES, COUNTRIES, DIAL_OUT, shown_series

WITHHELD = ("anonymous", "Anonymous", "unavailable", "Restricted", "")
_ODD = (
    "0", "00000000000", "1111", "+", "999999999999999", "159", "unknown", "asterisk", "Bank", "TAX OFFICE",
    "Securité", "O'Neil", '"Northgate"', "back\\slash", "Your Bank \U0001f3e6", "07700", "+44", "sip:100", "-1", "None",
)  # fmt: skip
NOTATIONS = 5
"""National, +, prefix for abroad, plain, with spaces."""


@dataclass(frozen=True)
class Shown:
    """Every text that may be shown, and whose number it is."""

    texts: pa.StringArray
    brand_number: np.ndarray
    """int16 by text: place in the directory, -1 where it is no brand's number."""
    number: np.ndarray
    """int64 by text: the E.164 digits that it stands for, 0 for none."""
    directory: Directory
    withheld: int
    """How many texts, from the first, withhold the number."""
    odd: int
    """How many texts after these are no telephone number of anybody."""
    brands_at: int
    """Place of the first brand number's first notation; the others follow, NOTATIONS for each number."""
    own_at: int
    """Place of the first text of the callers' own numbers; the others follow, NOTATIONS for each number."""

    def brand(self, text: np.ndarray, at: np.ndarray) -> np.ndarray:
        """Return which brand a text shows at a time (epoch seconds), -1 for none."""
        number = self.brand_number[text]
        owner = np.where(at < SPLIT_S, self.directory.before[number], self.directory.after[number])
        return np.where(number < 0, -1, owner)


def notations(numbers: np.ndarray, country: str, home: str) -> pa.StringArray:
    """Write numbers of one country in every notation, NOTATIONS texts for each number, number by number.

    Args:
        numbers: int64 E.164 digits.
        country: ISO 3166 code of the numbers.
        home: where the case is worked; numbers of other countries have no national form, which nobody could tell there.

    Returns:
        national, +, prefix for abroad, plain, with spaces.

    """
    place, join = COUNTRIES[country], pc.binary_join_element_wise
    plain = pc.cast(pa.array(numbers), pa.string())
    bare = pc.utf8_slice_codeunits(plain, len(str(place.calling)))
    lead = place.trunk if country == home else f"+{place.calling} "
    groups = (
        pc.utf8_slice_codeunits(bare, 0, 4),
        pc.utf8_slice_codeunits(bare, 4, 7),
        pc.utf8_slice_codeunits(bare, 7),
    )
    national = join(pa.scalar(place.trunk), bare, "") if country == home else plain
    dialled = join(pa.scalar(DIAL_OUT.get(home, "00")), plain, "")
    spaced = join(pa.scalar(lead), join(*groups, " "), "")
    forms = (national, join(pa.scalar("+"), plain, ""), dialled, plain, spaced)
    order = np.arange(len(numbers))[:, None] + np.arange(NOTATIONS)[None, :] * len(numbers)
    return pa.concat_arrays(forms).take(pa.array(order.ravel()))


def make_shown(directory: Directory, home: str, own: int) -> Shown:
    """Make the texts.

    Args:
        directory: the brands.
        home: the country whose people the callers' own numbers pretend to live in.
        own: how many numbers callers show as their own.

    Returns:
        the texts: withheld ones, odd ones, brands' numbers, own numbers.

    """
    parts: list[pa.StringArray] = [pa.array(WITHHELD), pa.array(_ODD)]
    countries = [directory.brands[brand].country for brand in directory.after]
    for place, country in enumerate(countries):
        parts.append(notations(directory.numbers[place : place + 1], country, home))
    numbers = shown_series(home).numbers(np.arange(BRAND_PLACES, BRAND_PLACES + own))
    parts.append(notations(numbers, home, home))
    brands_at = len(WITHHELD) + len(_ODD)
    own_at = brands_at + len(countries) * NOTATIONS
    brand_number = np.full(own_at + own * NOTATIONS, -1, dtype=np.int16)
    brand_number[brands_at:own_at] = np.repeat(np.arange(len(countries)), NOTATIONS)
    number = np.concatenate(
        [np.zeros(brands_at, np.int64), np.repeat(np.append(directory.numbers, numbers), NOTATIONS)]
    )
    return Shown(
        pa.concat_arrays(parts),
        brand_number,
        number,
        directory,
        len(WITHHELD),
        len(_ODD),
        brands_at=brands_at,
        own_at=own_at,
    )


__all__ = ["NOTATIONS", "WITHHELD", "Shown", "make_shown", "notations"]

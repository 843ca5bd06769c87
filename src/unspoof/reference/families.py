"""Families of numbers: those whose calling code and next two digits agree; the unit in which tables are replaced.

A regulator publishes its table in several files (Ofcom: S1, S3 ... or sabcde11_12, sabcde13 ...). Whoever loads only some
of them states nothing about the numbers in the others, so coverage is kept by family and not by country.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from unspoof.parse.digit_columns import POWERS
from unspoof.parse.number_plan import Lookup
from unspoof.reference.numbering import load

FAMILY_DIGITS = 2
"""Digits behind the calling code."""


def code_sizes(numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return how many digits of each E.164 number are its calling code; 0 where there is none."""
    lookup = _lookup()
    count = digits_of(numbers)
    lead = numbers // POWERS[np.maximum(count - 3, 0)]
    code = lookup.code_of_lead[np.where(count >= 3, np.minimum(lead, 999), 0)]
    return np.asarray(np.where(code > 0, lookup.code_digits[code], 0), np.int64)


def digits_of(numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return how many digits each number has, 0 having none."""
    return np.searchsorted(POWERS, numbers, side="right").astype(np.int64)


def families_of(numbers: pa.ChunkedArray) -> pa.Array:
    """Return the family of each E.164 number (int64 without NULL) as its leading digits: 4479 of 447911..."""
    values = numbers.to_numpy()
    kept = code_sizes(values) + FAMILY_DIGITS
    return pa.array(values // POWERS[np.maximum(digits_of(values) - kept, 0)])


@cache
def _lookup() -> Lookup:
    return Lookup(load())


__all__ = ["FAMILY_DIGITS", "code_sizes", "digits_of", "families_of"]

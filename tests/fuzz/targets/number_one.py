"""One number at a time, against the same number in a column."""

from __future__ import annotations

import pyarrow as pa

from fuzz.target import Target, text_of
from fuzz.targets.numbers import TARGET as NUMBERS
from unspoof.parse.number_one import NumberReader
from unspoof.parse.numbers import normalise
from unspoof.reference.numbering import load

_HOMES = ("GB", "US", "DE", "IT", "KZ", "SG")
_READERS = {home: NumberReader(load(), home) for home in _HOMES}


def feed(data: bytes) -> None:
    """Read the lines one by one and as a column."""
    home = _HOMES[(data[0] if data else 0) % len(_HOMES)]
    lines = text_of(data[1:]).split("\n")[:40]
    column = normalise(pa.array(lines, pa.string()), load(), home).to_pylist()
    for text, row in zip(lines, column, strict=True):
        one = _READERS[home].read(text)
        assert (one.e164, one.country, one.kind) == (row["e164"], row["country"], row["kind"]), "the two ways differ"
        assert one.short is None or 0 < one.short < 10**7


TARGET = Target(
    "number_one", "a choice of country, then one text a line", feed, NUMBERS.seeds, words=NUMBERS.words, most=512
)

__all__ = ["TARGET"]

"""Cells that hold one number, a range or a number that ends in x's, to first and last E.164 number."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

import pyarrow as pa

from unspoof.errors import BadReference, mask
from unspoof.parse.numbers import KINDS, normalise
from unspoof.reference.csv_rows import Line
from unspoof.reference.numbering import load

MOST_NUMBERS = 10_000_000
"""Numbers in one range; more is a slip."""
MOST_HOLDERS = 100
"""Rows that may hold one number."""
ALWAYS, OPEN = datetime.min, datetime.max  # noqa: DTZ901  times are zoneless UTC here
_ASSIGNABLE = frozenset(KINDS[: KINDS.index("short")]) | {"unassigned"}
_OPEN_END = re.compile(r"[xX][xX\s]*\Z")
_DASH = re.compile(r"\s*(?:-|–|—|\.\.|\bto\b)\s*")


class Entry(Protocol):
    """One row as it is kept, with the row of the file that it comes from."""

    @property
    def first(self) -> int:
        """First number."""

    @property
    def last(self) -> int:
        """Last number."""

    @property
    def row(self) -> int:
        """Row of the file."""


_E = TypeVar("_E", bound=Entry)


def _readings(text: str) -> Iterator[tuple[str, str]]:
    """Give the ways to read a cell as first and last number, likeliest first."""
    open_end = _OPEN_END.search(text)
    if open_end:
        start, places = text[: open_end.start()], sum(c in "xX" for c in open_end.group())
        yield start + "0" * places, start + "9" * places
        return
    yield text, text
    for dash in list(_DASH.finditer(text))[:20]:
        left, right = text[: dash.start()], text[dash.end() :]
        yield left, right
        digits = "".join(c for c in right if "0" <= c <= "9")
        if digits == right and len(digits) < len(left):
            yield left, left[: -len(digits)] + digits


def read_ranges(lines: Sequence[Line], home: str, most: int = MOST_NUMBERS) -> list[tuple[int, int]]:
    """Read the cells in column `number` of all lines at once.

    Args:
        lines: rows with a cell of that name.
        home: ISO 3166 code of the country in whose way national numbers are written.
        most: numbers in one range.

    Raises:
        BadReference: a cell is neither number nor range; the message names the row.

    """
    ways = [list(_readings(line.cells["number"])) for line in lines]
    texts = [text for way in ways for pair in way for text in pair]
    read = iter(zip(*normalise(pa.array(texts, pa.string()), load(), home).to_pydict().values(), strict=True))
    found = []
    for line, way in zip(lines, ways, strict=True):
        pairs = [(next(read), next(read)) for _ in way]
        fits = [(a[0], b[0]) for a, b in pairs if a[2] in _ASSIGNABLE and b[2] in _ASSIGNABLE and _in_order(a[0], b[0])]
        if not fits:
            raise line.bad("number", f"{mask(line.cells['number'])!r} is no number and no range", _hint(pairs))
        if fits[0][1] - fits[0][0] >= most:
            raise line.bad("number", f"a range of more than {most:,} numbers", "State the ranges one by one.")
        found.append(fits[0])
    return found


def _in_order(first: int, last: int) -> bool:
    return first <= last and len(str(first)) == len(str(last))


def _hint(pairs: Sequence[tuple[tuple[object, ...], ...]]) -> str:
    if pairs[0][0][2] == "short":
        return "Short codes have no international form and cannot be listed."
    return "Write +442079460001, a range +442079460100-+442079460199, or x for the last digits: +4420794601xx."


def overlaps(entries: Sequence[_E]) -> Iterator[tuple[_E, _E]]:
    """Give the pairs of entries that hold one number, the earlier one first; entries are sorted by first number.

    Raises:
        BadReference: more than MOST_HOLDERS hold one.

    """
    open_entries: list[_E] = []
    for entry in entries:
        open_entries = [earlier for earlier in open_entries if earlier.last >= entry.first]
        for earlier in open_entries:
            yield earlier, entry
        open_entries.append(entry)
        if len(open_entries) > MOST_HOLDERS:
            raise BadReference(
                f"more than {MOST_HOLDERS} rows hold one number", where=f"row {entry.row}, column number"
            )


__all__ = ["ALWAYS", "MOST_HOLDERS", "MOST_NUMBERS", "OPEN", "Entry", "overlaps", "read_ranges"]

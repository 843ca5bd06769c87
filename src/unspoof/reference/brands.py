"""The directory of brands: a CSV file that the user has, to rows of numbers, owners and dates; it keeps nothing itself.

The repository ships no real line of it: which number a bank publishes is a fact with a source and a date, and both are
the user's to state.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from unspoof.errors import BadReference
from unspoof.model.arrow import schema
from unspoof.model.reference_tables import BRANDS
from unspoof.model.tables import Column
from unspoof.reference.csv_rows import MOST_ROWS, Line, read_lines, read_span
from unspoof.reference.number_cells import ALWAYS, MOST_NUMBERS, OPEN, overlaps, read_ranges

COLUMNS: tuple[Column, ...] = (
    Column(
        "number", "text", "one number, a range FROM-TO, or a number that ends in x's (+44800555xxxx)", nullable=False
    ),
    Column("brand", "text", "whose number it is", nullable=False),
    Column("sector", "text", "what the brand does: bank, tax, delivery"),
    Column("source", "text", "who says so and where", nullable=False),
    Column("from", "text", "first day on which it holds: 2021-03-01 or 01/03/2021; empty for always", "UTC"),
    Column("to", "text", "first day on which it no longer holds; empty while it does", "UTC"),
)
"""The file's columns, found by name in any order; sector, from and to may be missing."""


@dataclass(frozen=True)
class _Entry:
    """One row as it is kept, with the row of the file that it comes from."""

    first: int
    last: int
    brand: str
    sector: str | None
    source: str
    since: datetime | None
    until: datetime | None
    row: int

    def clashes(self, other: _Entry) -> bool:
        """Say whether two brands hold one number at one time; ranges are known to overlap."""
        later = max(self.since or ALWAYS, other.since or ALWAYS)
        sooner = min(self.until or OPEN, other.until or OPEN)
        return self.brand != other.brand and later < sooner


def _entries(lines: Sequence[Line], home: str) -> Iterator[_Entry]:
    for line, (first, last) in zip(lines, read_ranges(lines, home), strict=True):
        since, until = read_span(line)
        sector = line.cells.get("sector") or None
        yield _Entry(first, last, line.cells["brand"], sector, line.cells["source"], since, until, line.row)


def _refuse_clashes(entries: Sequence[_Entry]) -> None:
    """Refuse two brands with one number at one time; entries are sorted by their first number."""
    for earlier, entry in overlaps(entries):
        if earlier.clashes(entry):
            rows = sorted((earlier.row, entry.row))
            raise BadReference(
                f"rows {rows[0]} and {rows[1]} give one number to two brands at one time",
                where=f"row {rows[1]}, column number",
                hint="State from and to where a number changed hands.",
            )


def load_brands(data: bytes, home: str) -> pa.Table:
    """Read a directory of brands.

    Args:
        data: a CSV file with the columns of COLUMNS, split by comma, semicolon, tab or bar; in UTF-8, UTF-16 or
            Windows-1252.
        home: ISO 3166 code of the country in whose way national numbers are written.

    Returns:
        Rows of model/reference_tables.py BRANDS, sorted by number, brand and time: the same rows in any order give the
        same table.

    Raises:
        BadReference: a column is missing or unknown; a cell is no number, no date or empty where it must not be; two
            brands hold one number at one time. The message names row and column; the header is row 1.

    """
    lines = list(read_lines(data, COLUMNS))
    entries = sorted(
        _entries(lines, home),
        key=lambda e: (
            e.first, e.last, e.brand, e.since or ALWAYS, e.until or OPEN, e.sector or "", e.source,
        ),
    )  # fmt: skip
    _refuse_clashes(entries)
    columns = zip(*((e.first, e.last, e.brand, e.sector, e.source, e.since, e.until) for e in entries), strict=True)
    return pa.table([list(column) for column in columns] or [[] for _ in BRANDS.names], schema=schema(BRANDS))


__all__ = ["COLUMNS", "MOST_NUMBERS", "MOST_ROWS", "load_brands"]

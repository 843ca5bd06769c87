"""A do-not-originate list: numbers whose owners say that they never call, with dates; it judges no call.

No public copy of the list that UK providers share was found, so none ships: whoever has one loads it.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import pyarrow as pa

from unspoof.model.arrow import schema
from unspoof.model.reference_tables import DNO
from unspoof.model.tables import Column
from unspoof.reference.csv_rows import read_lines, read_span
from unspoof.reference.number_cells import ALWAYS, OPEN, overlaps, read_ranges

COLUMNS: tuple[Column, ...] = (
    Column(
        "number", "text", "one number, a range FROM-TO, or a number that ends in x's (+44800555xxxx)", nullable=False
    ),
    Column("owner", "text", "who said that it makes no calls", nullable=False),
    Column("source", "text", "which list, and of what day", nullable=False),
    Column("from", "text", "first day on which it holds: 2021-03-01 or 01/03/2021; empty for always", "UTC"),
    Column("to", "text", "first day on which it no longer holds; empty while it does", "UTC"),
)
"""The file's columns, found by name in any order; from and to may be missing."""


class _Entry(NamedTuple):
    first: int
    last: int
    owner: str
    source: str
    since: datetime | None
    until: datetime | None
    row: int


def load_dno(data: bytes, home: str) -> pa.Table:
    """Read a do-not-originate list.

    Args:
        data: a CSV file with the columns of COLUMNS, split by comma, semicolon, tab or bar; in UTF-8, UTF-16 or
            Windows-1252.
        home: ISO 3166 code of the country in whose way national numbers are written.

    Returns:
        Rows of model/reference_tables.py DNO, each once, in one total order. Rows may overlap: two owners may list one
        number.

    Raises:
        BadReference: a column is missing or unknown; a cell is no number, no date or empty where it must not be; more
            than a hundred rows hold one number. The message names row and column; the header is row 1.

    """
    lines = list(read_lines(data, COLUMNS))
    entries = (
        _Entry(*numbers, line.cells["owner"], line.cells["source"], *read_span(line), line.row)
        for line, numbers in zip(lines, read_ranges(lines, home), strict=True)
    )
    ordered = sorted(entries, key=lambda e: (e.first, e.last, e.owner, e.source, e.since or ALWAYS, e.until or OPEN))
    for _ in overlaps(ordered):
        pass
    columns = zip(*dict.fromkeys(entry[:-1] for entry in ordered), strict=True)
    return pa.table([list(column) for column in columns] or [[] for _ in DNO.names], schema=schema(DNO))


__all__ = ["COLUMNS", "load_dno"]

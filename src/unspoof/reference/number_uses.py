"""What ranges and short codes are for, from a CSV file: fiction, inbound only, premium; not whom a block was given to.

The file that ships, data/number_uses.csv, is read by this same module. Numbers stand in it in full (+44...), short codes
as their own digits with `yes` in column `short`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import chain, product
from typing import NamedTuple

import pyarrow as pa

from unspoof.errors import BadReference
from unspoof.model.arrow import schema
from unspoof.model.reference_tables import NUMBER_USES
from unspoof.model.screening import RANGE_USES
from unspoof.model.tables import Column
from unspoof.reference.csv_rows import Line, read_lines, read_span
from unspoof.reference.number_cells import ALWAYS, OPEN, overlaps
from unspoof.reference.numbering import load

COLUMNS: tuple[Column, ...] = (
    Column("number", "text", "+ and digits, with x for digits that may be any; a short code's digits", nullable=False),
    Column("country", "text", "ISO 3166 code of the country whose plan says so", nullable=False),
    Column("use", "text", f"one of {', '.join(RANGE_USES)}", nullable=False),
    Column("source", "text", "who says so and where", nullable=False),
    Column("short", "text", "yes for a short code; empty for other numbers"),
    Column("owner", "text", "who uses it, where it is one user's"),
    Column("from", "text", "first day on which it holds: 2021-03-01 or 01/03/2021; empty for always", "UTC"),
    Column("to", "text", "first day on which it no longer holds; empty while it does", "UTC"),
)
"""The file's columns, found by name in any order; short, owner, from and to may be missing."""

_FULL = re.compile(r"\+[1-9][0-9x]{1,14}", re.ASCII)
_SHORT = re.compile(r"[1-9][0-9x]{1,5}", re.ASCII)
_MOST_OPEN = 3
"""Digits that may be any before others that may not: a thousand ranges from one row."""
_TRUTH = {"": False, "no": False, "yes": True}


class _Entry(NamedTuple):
    first: int
    last: int
    is_short: bool
    country: str
    use: str
    owner: str | None
    source: str
    since: datetime | None
    until: datetime | None
    row: int


def _numbers(line: Line, is_short: bool) -> Iterator[tuple[int, int]]:
    """Give the ranges of a cell: one, or one for each way to fill the open digits that stand before others."""
    cell = "".join(line.cells["number"].split()).lower()
    left, dash, right = cell.partition("-")
    form = _SHORT if is_short else _FULL
    parts = (left, right) if dash else (left,)
    if not all(form.fullmatch(part) for part in parts) or (dash and ("x" in cell or len(left) != len(right))):
        hint = "Write 159 or 116xxx." if is_short else "Write +447700900xxx or +447700900000-+447700900999."
        raise line.bad("number", f"{cell[:30]!r} is no {'short code' if is_short else 'number in full'}", hint)
    first, last = left.lstrip("+"), parts[-1].lstrip("+")
    fixed = first.rstrip("x")
    if fixed.count("x") > _MOST_OPEN:
        raise line.bad(
            "number", f"more than {_MOST_OPEN} open digits stand before others", "State the ranges one by one."
        )
    if int(last.replace("x", "9")) < int(first.replace("x", "0")):
        raise line.bad("number", "the range ends before it begins")
    if "x" not in fixed:
        yield int(first.replace("x", "0")), int(last.replace("x", "9"))
        return
    rest = len(first) - len(fixed)
    for digits in product("0123456789", repeat=fixed.count("x")):
        filled = fixed.replace("x", "{}").format(*digits)
        yield int(filled + "0" * rest), int(filled + "9" * rest)


def _entries(line: Line) -> Iterator[_Entry]:
    country, use, stated = line.cells["country"], line.cells["use"], line.cells.get("short", "").lower()
    if stated not in _TRUTH:
        raise line.bad("short", f"{stated[:20]!r} is neither yes nor empty")
    if country not in load().homes:
        raise line.bad("country", f"{country[:20]!r} is no country with a numbering plan", "As in GB, US, NL.")
    if use not in RANGE_USES:
        raise line.bad("use", f"{use[:20]!r} is no use of a range", f"There are: {', '.join(RANGE_USES)}.")
    is_short = _TRUTH[stated]
    owner, source, span = line.cells.get("owner") or None, line.cells["source"], read_span(line)
    for first, last in _numbers(line, is_short):
        yield _Entry(first, last, is_short, country, use, owner, source, *span, line.row)


def _check_holders(entries: Sequence[_Entry]) -> None:
    for group in ([e for e in entries if not e.is_short], [e for e in entries if e.is_short]):
        for _ in overlaps(group):
            pass


def load_uses(data: bytes, home: str = "") -> pa.Table:
    """Read uses of ranges.

    Args:
        data: a CSV file with the columns of COLUMNS, split by comma, semicolon, tab or bar; in UTF-8, UTF-16 or
            Windows-1252.
        home: not used: numbers stand in full.

    Returns:
        Rows of model/reference_tables.py NUMBER_USES, each once, in one total order. Ranges may nest and overlap.

    Raises:
        BadReference: a column is missing or unknown; a cell does not fit; more than a hundred rows hold one number. The
            message names row and column; the header is row 1.

    """
    del home
    entries = sorted(
        chain.from_iterable(map(_entries, read_lines(data, COLUMNS))),
        key=lambda e: (
            e.is_short, e.first, e.last, e.country, e.use, e.owner or "", e.source, e.since or ALWAYS, e.until or OPEN,
        ),
    )  # fmt: skip
    if not entries:
        raise BadReference("the file has no rows", hint="An empty table would say that no range has a use.")
    _check_holders(entries)
    columns = zip(*dict.fromkeys(entry[:-1] for entry in entries), strict=True)
    return pa.table([list(column) for column in columns], schema=schema(NUMBER_USES))


__all__ = ["COLUMNS", "load_uses"]

"""A small CSV file of known columns to rows of text, and days to times; what a row means is its table's business.

Every such file is a person's work: columns are found by name in any order, and what does not fit is refused with row
and column rather than guessed.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from unspoof.errors import BadReference
from unspoof.model.tables import Column

MOST_ROWS = 1_000_000
_DELIMITERS = (",", ";", "\t", "|")
_ISO = re.compile(r"\A(\d{4})-(\d{2})-(\d{2})(?:[T ]00:00(?::00)?Z?)?\Z", re.ASCII)
_DAY_FIRST = re.compile(r"\A(\d{1,2})/(\d{1,2})/(\d{4})\Z", re.ASCII)


@dataclass(frozen=True)
class Line:
    """One row of the file that holds something; `row` counts from the header, which is row 1."""

    row: int
    cells: dict[str, str]

    def bad(self, column: str, problem: str, hint: str = "") -> BadReference:
        """Return the error that names this row."""
        return BadReference(problem, where=f"row {self.row}, column {column}", hint=hint)


def decode(data: bytes) -> str:
    """Return a file's text: UTF-8, UTF-16 or Windows-1252; BadReference if it is none of them."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadReference("the file is no text in UTF-8, UTF-16 or Windows-1252", hint="Save it as CSV UTF-8.")


def parse_day(text: str) -> datetime | None:
    """Return midnight of 2021-03-01 or 01/03/2021 (day first); None if the text is no such day."""
    iso, day_first = _ISO.match(text), _DAY_FIRST.match(text)
    try:
        if iso:
            return datetime(int(iso[1]), int(iso[2]), int(iso[3]))  # noqa: DTZ001
        if day_first:
            return datetime(int(day_first[3]), int(day_first[2]), int(day_first[1]))  # noqa: DTZ001
    except ValueError:
        pass
    return None


def read_day(line: Line, column: str) -> datetime | None:
    """Return the day in a cell, None where it is empty."""
    text = line.cells.get(column, "")
    if not text:
        return None
    day = parse_day(text)
    if day is None:
        raise line.bad(column, f"{text[:40]!r} is no date", "Write 2021-03-01 or 01/03/2021 (day first).")
    return day


def read_span(line: Line) -> tuple[datetime | None, datetime | None]:
    """Return the days in columns `from` and `to`; the second lies after the first."""
    since, until = read_day(line, "from"), read_day(line, "to")
    if since and until and since >= until:
        raise line.bad("to", "it does not lie after 'from'", "'to' is the first day on which the row no longer holds.")
    return since, until


def _header(cells: Sequence[str]) -> list[str]:
    return [cell.strip().lower() for cell in cells]


def _delimiter(text: str, columns: Sequence[Column]) -> str:
    """Return the delimiter that splits the first row into most known column names."""
    first = text.lstrip("\r\n").split("\n", 1)[0][:10_000]
    known = {column.name for column in columns}

    def names(delimiter: str) -> int:
        return len(known & set(_header([cell.strip('"\r ') for cell in first.split(delimiter)])))

    return max(_DELIMITERS, key=names)


def _check_header(header: Sequence[str], columns: Sequence[Column]) -> None:
    known = [column.name for column in columns]
    optional = [column.name for column in columns if column.nullable]
    hint = f"The columns are {', '.join(known)}; {', '.join(optional[:-1])} and {optional[-1]} may be left out."
    for name in header:
        if name not in known:
            raise BadReference(f"unknown column {name[:40]!r}", where="row 1", hint=hint)
        if header.count(name) > 1:
            raise BadReference(f"column {name!r} stands twice", where="row 1", hint=hint)
    for column in columns:
        if not column.nullable and column.name not in header:
            raise BadReference(f"column {column.name!r} is missing", where="row 1", hint=hint)


def read_lines(data: bytes, columns: Sequence[Column]) -> Iterator[Line]:
    """Read the rows of a file that hold something.

    Args:
        data: a CSV file, split by comma, semicolon, tab or bar; in UTF-8, UTF-16 or Windows-1252.
        columns: what it may hold; those that are not nullable must be there.

    Raises:
        BadReference: it is no such file; the message names row and column.

    """
    text = decode(data)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text, columns), strict=True)
    header: list[str] = []
    row = 0
    try:
        for row, cells in enumerate(reader, 1):
            if row > MOST_ROWS:
                raise BadReference(f"the file has more than {MOST_ROWS:,} rows")
            if not any(cell.strip() for cell in cells):
                continue
            if not header:
                header = _header(cells)
                _check_header(header, columns)
                continue
            if len(cells) > len(header) and any(cell.strip() for cell in cells[len(header) :]):
                raise BadReference(f"{len(cells)} cells under {len(header)} columns", where=f"row {row}")
            yield _filled(Line(row, {name: cell.strip() for name, cell in zip(header, cells, strict=False)}), columns)
    except csv.Error as error:
        raise BadReference(f"not CSV: {error}", where=f"row {row + 1}") from None
    if not header:
        names = ",".join(column.name for column in columns)
        raise BadReference("the file is empty", hint=f"It needs a row of column names: {names}")


def _filled(line: Line, columns: Sequence[Column]) -> Line:
    for column in columns:
        if not column.nullable and not line.cells.get(column.name):
            raise line.bad(column.name, "it is empty")
    return line


__all__ = ["MOST_ROWS", "Line", "decode", "parse_day", "read_day", "read_lines", "read_span"]

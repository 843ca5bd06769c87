"""The directory of brands: a CSV file that the user has, to rows of numbers, owners and dates; it keeps nothing itself.

The repository ships no real line of it: which number a bank publishes is a fact with a source and a date, and both are
the user's to state.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from unspoof.errors import BadReference, mask
from unspoof.model.arrow import schema
from unspoof.model.reference_tables import BRANDS
from unspoof.model.tables import Column
from unspoof.parse.numbers import KINDS, normalise
from unspoof.reference.numbering import load

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

MOST_ROWS = 1_000_000
MOST_NUMBERS = 10_000_000
"""Numbers in one range; more is a slip."""
_MOST_HOLDERS = 100
_ALWAYS, _OPEN = datetime.min, datetime.max  # noqa: DTZ901  times are zoneless UTC here
_DELIMITERS = (",", ";", "\t", "|")
_ASSIGNABLE = frozenset(KINDS[: KINDS.index("short")]) | {"unassigned"}
_OPEN_END = re.compile(r"[xX][xX\s]*\Z")
_DASH = re.compile(r"\s*(?:-|–|—|\.\.|\bto\b)\s*")
_ISO = re.compile(r"\A(\d{4})-(\d{2})-(\d{2})(?:[T ]00:00(?::00)?Z?)?\Z", re.ASCII)
_DAY_FIRST = re.compile(r"\A(\d{1,2})/(\d{1,2})/(\d{4})\Z", re.ASCII)


@dataclass(frozen=True)
class _Line:
    """One row of the file that holds something; `row` counts from the header, which is row 1."""

    row: int
    cells: dict[str, str]

    def bad(self, column: str, problem: str, hint: str = "") -> BadReference:
        return BadReference(problem, where=f"row {self.row}, column {column}", hint=hint)


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
        later = max(self.since or _ALWAYS, other.since or _ALWAYS)
        sooner = min(self.until or _OPEN, other.until or _OPEN)
        return self.brand != other.brand and later < sooner


def _decoded(data: bytes) -> str:
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


def _header(cells: Sequence[str]) -> list[str]:
    return [cell.strip().lower() for cell in cells]


def _delimiter(text: str) -> str:
    """Return the delimiter that splits the first row into most known column names."""
    first = text.lstrip("\r\n").split("\n", 1)[0][:10_000]
    known = {column.name for column in COLUMNS}

    def names(delimiter: str) -> int:
        return len(known & set(_header([cell.strip('"\r ') for cell in first.split(delimiter)])))

    return max(_DELIMITERS, key=names)


def _check_header(header: Sequence[str]) -> None:
    known = [column.name for column in COLUMNS]
    hint = f"The columns are {', '.join(known)}; sector, from and to may be left out."
    for name in header:
        if name not in known:
            raise BadReference(f"unknown column {name[:40]!r}", where="row 1", hint=hint)
        if header.count(name) > 1:
            raise BadReference(f"column {name!r} stands twice", where="row 1", hint=hint)
    for column in COLUMNS:
        if not column.nullable and column.name not in header:
            raise BadReference(f"column {column.name!r} is missing", where="row 1", hint=hint)


def _lines(text: str) -> Iterator[_Line]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
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
                _check_header(header)
                continue
            if len(cells) > len(header) and any(cell.strip() for cell in cells[len(header) :]):
                raise BadReference(f"{len(cells)} cells under {len(header)} columns", where=f"row {row}")
            yield _Line(row, {name: cell.strip() for name, cell in zip(header, cells, strict=False)})
    except csv.Error as error:
        raise BadReference(f"not CSV: {error}", where=f"row {row + 1}") from None
    if not header:
        raise BadReference(
            "the file is empty", hint="It needs a row of column names: number,brand,sector,source,from,to"
        )


def _day(line: _Line, column: str) -> datetime | None:
    text = line.cells.get(column, "")
    if not text:
        return None
    iso, day_first = _ISO.match(text), _DAY_FIRST.match(text)
    try:
        if iso:
            return datetime(int(iso[1]), int(iso[2]), int(iso[3]))  # noqa: DTZ001
        if day_first:
            return datetime(int(day_first[3]), int(day_first[2]), int(day_first[1]))  # noqa: DTZ001
    except ValueError:
        pass
    raise line.bad(column, f"{text[:40]!r} is no date", "Write 2021-03-01 or 01/03/2021 (day first).")


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


def _ranges(lines: Sequence[_Line], home: str) -> list[tuple[int, int]]:
    """Read the number cells of all lines at once."""
    ways = [list(_readings(line.cells["number"])) for line in lines]
    texts = [text for way in ways for pair in way for text in pair]
    read = iter(zip(*normalise(pa.array(texts, pa.string()), load(), home).to_pydict().values(), strict=True))
    found = []
    for line, way in zip(lines, ways, strict=True):
        pairs = [(next(read), next(read)) for _ in way]
        fits = [(a[0], b[0]) for a, b in pairs if a[2] in _ASSIGNABLE and b[2] in _ASSIGNABLE and _in_order(a[0], b[0])]
        if not fits:
            raise line.bad("number", f"{mask(line.cells['number'])!r} is no number and no range", _number_hint(pairs))
        if fits[0][1] - fits[0][0] >= MOST_NUMBERS:
            raise line.bad("number", f"a range of more than {MOST_NUMBERS:,} numbers", "State the ranges one by one.")
        found.append(fits[0])
    return found


def _in_order(first: int, last: int) -> bool:
    return first <= last and len(str(first)) == len(str(last))


def _number_hint(pairs: Sequence[tuple[tuple[object, ...], ...]]) -> str:
    if pairs[0][0][2] == "short":
        return "Short codes have no international form and cannot be listed."
    return "Write +442079460001, a range +442079460100-+442079460199, or x for the last digits: +4420794601xx."


def _entries(lines: Sequence[_Line], home: str) -> Iterator[_Entry]:
    for line in lines:
        for column in COLUMNS:
            if not column.nullable and not line.cells.get(column.name):
                raise line.bad(column.name, "it is empty")
    for line, (first, last) in zip(lines, _ranges(lines, home), strict=True):
        since, until = _day(line, "from"), _day(line, "to")
        if since and until and since >= until:
            raise line.bad(
                "to", "it does not lie after 'from'", "'to' is the first day on which the row no longer holds."
            )
        sector = line.cells.get("sector") or None
        yield _Entry(first, last, line.cells["brand"], sector, line.cells["source"], since, until, line.row)


def _refuse_clashes(entries: Sequence[_Entry]) -> None:
    """Refuse two brands with one number at one time; entries are sorted by their first number."""
    open_entries: list[_Entry] = []
    for entry in entries:
        open_entries = [earlier for earlier in open_entries if earlier.last >= entry.first]
        for earlier in open_entries:
            if earlier.clashes(entry):
                rows = sorted((earlier.row, entry.row))
                raise BadReference(
                    f"rows {rows[0]} and {rows[1]} give one number to two brands at one time",
                    where=f"row {rows[1]}, column number",
                    hint="State from and to where a number changed hands.",
                )
        open_entries.append(entry)
        if len(open_entries) > _MOST_HOLDERS:
            raise BadReference(
                f"more than {_MOST_HOLDERS} rows hold one number", where=f"row {entry.row}, column number"
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
    lines = list(_lines(_decoded(data)))
    entries = sorted(
        _entries(lines, home),
        key=lambda e: (
            e.first, e.last, e.brand, e.since or _ALWAYS, e.until or _OPEN, e.sector or "", e.source,
        ),
    )  # fmt: skip
    _refuse_clashes(entries)
    columns = zip(*((e.first, e.last, e.brand, e.sector, e.source, e.since, e.until) for e in entries), strict=True)
    return pa.table([list(column) for column in columns] or [[] for _ in BRANDS.names], schema=schema(BRANDS))


__all__ = ["COLUMNS", "MOST_NUMBERS", "MOST_ROWS", "load_brands"]

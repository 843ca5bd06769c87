"""Ofcom's tables of number blocks, as it publishes them, to dated rows; no other regulator's.

Three layouts are known by their column names: the files S1 to S9 as CSV or XLSX since 2023 ("NMS Number Block: Number
Block", "Block Status", "CP Name", "Geographic Number Length"), the older ones (the code in columns "SABC" and "D/DE",
"Status", "Operator"), and a plain dump of prefixes (national_prefix, communications_provider, format, service_types).
A block's prefix and its numbers' lengths give one range of E.164 numbers for each length.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from unspoof.errors import BadReference
from unspoof.model.arrow import schema
from unspoof.model.reference_tables import NUMBER_BLOCKS
from unspoof.model.tables import Column
from unspoof.reference.csv_rows import parse_day
from unspoof.reference.families import families_of
from unspoof.reference.given import Given, SourceFile
from unspoof.reference.sheets import Sheet, read_sheets

COLUMNS: tuple[Column, ...] = (
    Column("NMS Number Block", "text", "the block without its leading zero; older: SABC and D/DE", nullable=False),
    Column("Block Status", "text", "Allocated, Free, Protected, Reserved, Quarantined, Designated", nullable=False),
    Column("CP Name", "text", "communications provider", nullable=False),
    Column("Number Length", "text", "3+7, 4+5/6, 10 digit numbers; ten digits where it is not stated"),
)
"""What is taken from the files; other columns are left alone."""

CODE = "44"
_HEADER_ROWS = 40
_NAMES: Mapping[str, tuple[str, ...]] = {
    "block": ("nms number block number block", "nms number block", "number block", "national prefix", "prefix", "sabc"),
    "more": ("d de", "de"),
    "last": ("f",),
    "status": ("block status", "status"),
    "provider": ("cp name", "communications provider", "operator", "allocatee", "provider"),
    "length": ("geographic number length", "non geo number length", "number length", "format"),
    "service": ("service types", "service type"),
}
_IN_USE = re.compile(r"allocated\b")
_NOT_IN_USE = re.compile(
    r"(?:free|protected|reserved|quarantined|designated|unavailable|not available|available|unallocated|withdrawn|closed"
    r"|recovered|replacement|unusable|not in use)\b"
)
_LENGTHS = re.compile(r"(\d{1,2})\s*\+\s*(\d{1,2})(?:\s*/\s*(\d{1,2}))?", re.ASCII)
_PLAIN_LENGTH = re.compile(r"\b(\d{1,2})\b", re.ASCII)
_DAY = re.compile(r"(?<!\d)(\d{4}-\d{2}-\d{2})(?!\d)", re.ASCII)
_SERVICES = (
    ("1", "geographic"), ("2", "geographic"), ("3", "UK-wide"), ("500", "freephone"), ("55", "corporate"),
    ("56", "voip"), ("70", "personal"), ("7624", "mobile"), ("76", "pager"), ("7", "mobile"), ("80", "freephone"),
    ("8", "special"), ("9", "premium"),
)  # fmt: skip


class _Block(NamedTuple):
    first: int
    last: int
    operator: str | None
    allocated: bool
    service: str | None


@dataclass(frozen=True)
class _Layout:
    """Where the columns of one sheet stand."""

    columns: Mapping[str, int]
    titles: Sequence[str]

    def cell(self, cells: Sequence[str], name: str) -> str:
        at = self.columns.get(name, -1)
        return cells[at] if 0 <= at < len(cells) else ""

    def bad(self, row: int, name: str, problem: str, hint: str = "") -> BadReference:
        return BadReference(problem, where=f"row {row}, column {self.titles[self.columns[name]]}", hint=hint)


def _title(text: str) -> str:
    return " ".join(re.sub(r"[^a-z]+", " ", text.lower()).split())


def _layout(sheet: Sheet) -> tuple[_Layout, int] | None:
    """Find the row of column names, and how many rows stand up to it."""
    for at, (_, cells) in enumerate(sheet.rows[:_HEADER_ROWS], 1):
        titles = [_title(cell) for cell in cells]
        found = {
            name: next(titles.index(title) for title in known if title in titles)
            for name, known in _NAMES.items()
            if any(title in titles for title in known)
        }
        if "block" in found and "provider" in found:
            return _Layout(found, cells), at
    return None


def _prefix(layout: _Layout, row: int, cells: Sequence[str]) -> str:
    text = layout.cell(cells, "block")
    if "more" in layout.columns:
        text += layout.cell(cells, "more") + layout.cell(cells, "last")
    digits = "".join(text.split())
    if not (digits.isascii() and digits.isdigit()):
        raise layout.bad(row, "block", f"{text[:30]!r} is no block of numbers", "A block is digits: 7700 90.")
    digits = digits.removeprefix("0")
    if not 2 <= len(digits) <= 10:
        raise layout.bad(row, "block", f"a block of {len(digits)} digits", "A block has two to ten digits.")
    return digits


def _lengths(layout: _Layout, row: int, cells: Sequence[str], prefix: str, *, needed: bool) -> Sequence[int]:
    """Return the lengths of a block's numbers, ten where none is stated.

    A block that nobody has may state what is no length ("n/a"): what is not listed is not allocated either.
    """
    text = layout.cell(cells, "length")
    made = set()
    for area, local, other in _LENGTHS.findall(text):
        made |= {int(area) + int(size) for size in (local, other) if size}
    if not made:
        made = {int(size) for size in _PLAIN_LENGTH.findall(text)} or ({10} if not (text and needed) else set())
    if not made or not all(max(len(prefix), 7) <= size <= 10 for size in made):
        raise layout.bad(
            row, "length", f"{text[:30]!r} is no length of these numbers", "As in 3+7 or 10 digit numbers."
        )
    return sorted(made)


def _allocated(layout: _Layout, row: int, cells: Sequence[str], operator: str | None) -> bool:
    if "status" not in layout.columns:
        return operator is not None
    status = layout.cell(cells, "status").lower()
    if _IN_USE.match(status):
        return True
    if not _NOT_IN_USE.match(status):
        raise layout.bad(row, "status", f"{status[:30]!r} is no status of a block", "As in Allocated, Free, Protected.")
    return False


def _service(prefix: str) -> str | None:
    return next((service for lead, service in _SERVICES if prefix.startswith(lead)), None)


def _sheet_blocks(sheet: Sheet) -> Iterator[_Block]:
    found = _layout(sheet)
    if found is None:
        return
    layout, header = found
    if sheet.numeric & {layout.columns.get("more", -1), layout.columns.get("last", -1)}:
        raise layout.bad(
            sheet.rows[header - 1][0], "more", "the column holds numbers, so that zeros are lost", "Load the CSV file."
        )
    for row, cells in sheet.rows[header:]:
        prefix = _prefix(layout, row, cells)
        operator = html.unescape(layout.cell(cells, "provider")) or None
        allocated = _allocated(layout, row, cells, operator)
        sizes = _lengths(layout, row, cells, prefix, needed=allocated)
        service = layout.cell(cells, "service") or (None if "service" in layout.columns else _service(prefix))
        for size in sizes:
            open_digits = size - len(prefix)
            first = int(CODE + prefix) * 10**open_digits
            yield _Block(first, first + 10**open_digits - 1, operator, allocated, service or None)


def _file_blocks(file: SourceFile) -> list[_Block]:
    with file.named():
        sheets = read_sheets(file)
        blocks: list[_Block] = []
        for sheet in sheets:
            try:
                blocks += _sheet_blocks(sheet)
            except BadReference as error:
                where = f"sheet {sheet.name} {error.where}" if sheet.name else error.where
                raise BadReference(error.problem, where=where, hint=error.hint) from None
        if not blocks:
            raise BadReference(
                "no table of number blocks",
                hint="It needs the columns NMS Number Block, Block Status and CP Name. S10 and lists of codes are none.",
            )
        return blocks


def _one_each(blocks: Sequence[_Block]) -> list[_Block]:
    """Sort blocks, larger before smaller ones in them; refuse one block with two statements, join equal neighbours."""
    made: list[_Block] = []
    before: _Block | None = None
    for block in sorted(blocks, key=lambda b: (b.first, -b.last, b.operator or "", b.allocated, b.service or "")):
        if before is not None and before[:2] == block[:2]:
            if before != block:
                digits = f"{str(block.first).removeprefix(CODE)} to {str(block.last).removeprefix(CODE)}"
                raise BadReference(f"two different statements on block {digits}", hint="Load files of one day only.")
            continue
        before = block
        if made and made[-1].last + 1 == block.first and made[-1][2:] == block[2:] and _same_digits(made[-1], block):
            block = block._replace(first=made.pop().first)
        made.append(block)
    return made


def _same_digits(a: _Block, b: _Block) -> bool:
    return len(str(a.first)) == len(str(b.last))


def _stated_day(given: Given) -> datetime:
    """Return the day that the files describe: as the user says, else as all their names say."""
    if given.day is not None:
        return given.day
    days = {day for file in given.files for text in _DAY.findall(file.name) if (day := parse_day(text)) is not None}
    if len(days) != 1:
        raise BadReference(
            "nothing says which day the files describe", hint="State it: --date 2026-11-20. Ofcom's page names it."
        )
    return days.pop()


def source_name(day: datetime) -> str:
    """Return how findings name the table of a day."""
    return f"Ofcom National Numbering Scheme, {day.day} {day:%B} {day.year}"


def load_ofcom(given: Given) -> pa.Table:
    """Read Ofcom's files of one day, and add them to what is known of other days.

    Args:
        given: the files; the day, unless their names hold it as 2023-03-01; the rows until now. Of these, rows of the
            same day are left out where the new files hold the same family of numbers (see families.py).

    Returns:
        Rows of model/reference_tables.py NUMBER_BLOCKS in one total order; neighbouring blocks of one kind are joined.

    Raises:
        BadReference: a file is no such table, a cell does not fit, nothing says which day it is, or two rows say
            different things of one block. The message names file, row and column.

    """
    day = _stated_day(given)
    blocks = _one_each([block for file in given.files for block in _file_blocks(file)])
    columns = [list(column) for column in zip(*blocks, strict=True)]
    size = len(blocks)
    made = pa.table(
        [
            *columns[:2], ["GB"] * size, *columns[2:], [source_name(day)] * size, [day] * size,
        ],
        schema=schema(NUMBER_BLOCKS),
    )  # fmt: skip
    if given.before is None:
        return made
    same = pc.and_(
        pc.equal(given.before["block_date"], pa.scalar(day, pa.timestamp("us"))),
        pc.is_in(families_of(given.before["number_from"]), value_set=pc.unique(families_of(made["number_from"]))),
    )
    kept = given.before.filter(pc.invert(same)).select(made.column_names).cast(made.schema)
    order = [
        ("block_date", "ascending"),
        ("country", "ascending"),
        ("number_from", "ascending"),
        ("number_to", "descending"),
    ]
    return pa.concat_tables([kept, made]).sort_by(order).combine_chunks()


__all__ = ["COLUMNS", "load_ofcom", "source_name"]

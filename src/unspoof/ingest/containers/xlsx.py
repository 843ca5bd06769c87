"""Workbooks of the .xlsx kind, one table a sheet; not .xls and not encrypted ones, which are refused by name.

A row's locator is its number as the program shows it (from 1) plus the sheet's place in the workbook (from 0) times
2**24; the size is 0, since a row is no stretch of the packed file. `fetch` gives the bytes of the row's XML element;
texts that the workbook shares between cells stand elsewhere and show there as their index.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any, BinaryIO
from xml.parsers import expat

import pyarrow as pa
from python_calamine import CalamineWorkbook

from unspoof.errors import BadExhibit
from unspoof.ingest.container import Batch, Options, SourceColumn, SourceTable, Survey
from unspoof.ingest.line_feed import read_fully
from unspoof.parse.delimited_layout import name_columns
from unspoof.parse.xlsx_rows import (
    Extent,
    cell_text,
    find_row,
    find_sheets,
    is_blank,
    measure,
    shared_lengths,
    weigh_strings,
)

MOST_PACKED = 256 << 20
"""Bytes of a workbook."""
MOST_UNPACKED = 1 << 30
"""Bytes of its parts."""
MOST_PARTS = 10_000
MOST_RATIO = 400
"""Unpacked to packed bytes of a part above 16 MiB; real sheets stay below 100."""
MOST_CELLS = 32 << 20
"""Cells of the rectangle that a sheet spans, empty ones too: one far cell makes the reader lay out all before it."""
MOST_TEXT = 2 << 30
"""Bytes of a sheet's texts where each cell has its own copy."""
SHEET_BITS = 24
ROWS_IN_BLOCK = 20_000
_STEP = 16 << 20
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"


def _unpack(packed: zipfile.ZipFile, info: zipfile.ZipInfo, room: int) -> bytes:
    """Return a part; its stated size is not believed."""
    pieces: list[bytes] = []
    size, packed_size = 0, max(info.compress_size, 1)
    with packed.open(info) as part:
        while piece := part.read(_STEP):
            size += len(piece)
            if size > room or (size > _STEP and size > MOST_RATIO * packed_size):
                raise BadExhibit(f"the workbook unpacks to more than it may ({info.filename})")
            pieces.append(piece)
    data = b"".join(pieces)
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise BadExhibit(f"{info.filename} holds a document type: no spreadsheet program writes one")
    return data


def _parts(data: bytes) -> dict[str, bytes]:
    """Return the XML parts of a workbook, unpacked within bounds."""
    parts: dict[str, bytes] = {}
    room = MOST_UNPACKED
    try:
        with zipfile.ZipFile(BytesIO(data)) as packed:
            infos = packed.infolist()
            if len(infos) > MOST_PARTS:
                raise BadExhibit(f"the workbook has more than {MOST_PARTS:,} parts")
            for info in infos:
                if info.flag_bits & 1:
                    raise BadExhibit("the workbook is encrypted", hint="Ask for the password and save it without one.")
                if info.filename in parts:
                    raise BadExhibit(f"the workbook has two parts {info.filename}")
                if info.filename.endswith((".xml", ".rels")):
                    parts[info.filename] = _unpack(packed, info, room)
                    room -= len(parts[info.filename])
    except (zipfile.BadZipFile, EOFError, OSError, ValueError, NotImplementedError, RuntimeError, zlib.error) as error:
        raise BadExhibit(f"the workbook is damaged: {error}") from None
    return parts


def _check_xml(name: str, part: bytes) -> None:
    """Refuse what is no XML in UTF-8: Calamine forgives it, and would see cells there that `measure` does not."""
    try:
        expat.ParserCreate("UTF-8").Parse(part, True)
    except expat.ExpatError as error:
        raise BadExhibit(f"{name} is no XML: {error}") from None


def _check_sizes(parts: Mapping[str, bytes]) -> None:
    for name, part in parts.items():
        _check_xml(name, part)
    lengths = shared_lengths(b"".join(part for name, part in parts.items() if "sharedstrings" in name.lower()))
    text = 0
    for name, part in parts.items():
        if b"sheetData" in part:
            extent = _extent(name, part)
            if extent.rows * extent.columns > MOST_CELLS:
                raise BadExhibit(f"{name} spans {extent.rows:,} rows and {extent.columns:,} columns: too many cells")
            text += weigh_strings(part, lengths, extent.cells, MOST_TEXT // 8)
            if text > MOST_TEXT:
                raise BadExhibit(f"{name} repeats long texts beyond {MOST_TEXT:,} bytes")


def _extent(name: str, part: bytes) -> Extent:
    try:
        return measure(part)
    except ValueError as error:
        raise BadExhibit(f"{name}: {error}") from None


def _read(stream: BinaryIO) -> dict[str, bytes]:
    data = read_fully(stream, MOST_PACKED + 1)
    if not data:
        raise BadExhibit("the file is empty")
    if data.startswith(_OLE):
        hint = (
            "Open it in a spreadsheet program, save it as .xlsx without a password, and record that in the custody log."
        )
        raise BadExhibit("an old .xls workbook or an encrypted one", hint=hint)
    if not data.startswith(_ZIP):
        raise BadExhibit("no .xlsx workbook: it does not begin as a zip archive")
    if len(data) > MOST_PACKED:
        raise BadExhibit(f"a workbook of more than {MOST_PACKED:,} bytes", hint="Export its sheets as CSV.")
    return _parts(data)


def _open(parts: Mapping[str, bytes]) -> Any:
    """Open a workbook from parts that were checked, packed anew: so the reader can see nothing that was not checked."""
    _check_sizes(parts)
    plain = BytesIO()
    with zipfile.ZipFile(plain, "w", zipfile.ZIP_STORED) as packed:
        for name, part in parts.items():
            packed.writestr(zipfile.ZipInfo(name), part)
    plain.seek(0)
    return _guarded("the workbook", CalamineWorkbook.from_filelike, plain)


def _guarded(what: str, call: Any, *arguments: Any) -> Any:
    """Call into the reader; whatever it raises, a panic of its native code too, becomes a BadExhibit."""
    try:
        return call(*arguments)
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:
        raise BadExhibit(f"{what} cannot be read: {error}") from None


def _sheet_part(parts: Mapping[str, bytes], index: int, name: str) -> bytes:
    """Return a sheet's part; Calamine forgives lists of sheets that are no XML, and rows of such could not be shown."""
    known = {path.lower(): part for path, part in parts.items()}
    try:
        sheets = find_sheets(known["xl/workbook.xml"], known["xl/_rels/workbook.xml.rels"], "xl")
        found, path = list(sheets.items())[index]
        part = known[path.lower()]
    except (KeyError, IndexError, ValueError):
        raise BadExhibit(f"the part of sheet {name!r} cannot be found in the workbook") from None
    if found != name:
        raise BadExhibit(f"the list of sheets has {found!r} in the place of {name!r}")
    return part


@dataclass(frozen=True)
class _Sheet:
    table: SourceTable
    index: int
    rows: Sequence[Sequence[Any]]
    """From the first used row on, from the first used column on."""
    first: int
    """Number of the first of them, from 1."""
    body: int
    """Which of them is the first below the header."""
    days: tuple[bool, ...]
    """For each column whether its dates are whole days."""
    notes: tuple[str, ...]


def _days(rows: Sequence[Sequence[Any]], width: int) -> tuple[bool, ...]:
    fine = [False] * width
    for row in rows:
        for i, value in enumerate(row):
            if type(value).__name__ == "datetime":
                fine[i] = True
    return tuple(not is_fine for is_fine in fine)


def _header_row(rows: Sequence[Sequence[Any]]) -> int:
    """Return the first row that holds something; a title, alone in the first rows of a wide sheet, is passed over."""
    filled = [(i, sum(cell_text(value) is not None for value in row)) for i, row in enumerate(rows[:50])]
    some = [(i, count) for i, count in filled if count]
    wide = next((i for i, count in some if count > 1), None) if rows and len(rows[0]) > 2 else None
    return wide if wide is not None else some[0][0] if some else len(rows)


def _sheet(book: Any, index: int, name: str, options: Options) -> _Sheet | None:
    sheet = _guarded(f"sheet {name!r}", book.get_sheet_by_index, index)
    if not sheet.height or sheet.start is None:
        return None
    rows = _guarded(f"sheet {name!r}", sheet.to_python)
    width = max(len(row) for row in rows)
    notes: tuple[str, ...] = ()
    if options.header is False:
        body, given = 0, options.columns
    else:
        header = _header_row(rows)
        if header == len(rows):
            return None  # cells, but nothing in them: errors, empty texts
        titles = [sheet.start[0] + i + 1 for i in range(header) if not is_blank(rows[i])]
        notes = (f"sheet {name!r}: rows {titles} stand above the header and are not read",) if titles else ()
        body, given = header + 1, tuple(cell_text(value) or "" for value in rows[header])
    names, made_up = name_columns(given, width)
    table = SourceTable(name, tuple(SourceColumn(column) for column in names))
    notes += tuple(f"sheet {name!r}: {note}" for note in made_up)
    return _Sheet(table, index, rows, sheet.start[0] + 1, body, _days(rows[body:], width), notes)


def _sheets(parts: Mapping[str, bytes], options: Options) -> Iterator[_Sheet]:
    book = _open(parts)
    names = list(book.sheet_names)
    if options.sheet and options.sheet not in names:
        raise BadExhibit(f"there is no sheet {options.sheet!r}", hint=f"Sheets: {', '.join(names)}.")
    kinds = [str(meta.typ) for meta in book.sheets_metadata]
    for index, (name, kind) in enumerate(zip(names, kinds, strict=True)):
        if kind.endswith("WorkSheet") and options.sheet in ("", name):
            sheet = _sheet(book, index, name, options)
            if sheet:
                yield sheet


@dataclass(frozen=True)
class XlsxBlock:
    """Some thousand rows of one sheet."""

    sheet: _Sheet
    low: int
    high: int

    def read(self, wanted: Mapping[str, Collection[str]]) -> list[Batch]:
        """Return the rows that hold something; see `Block`."""
        sheet = self.sheet
        if sheet.table.name not in wanted:
            return []
        rows = [(i, sheet.rows[i]) for i in range(self.low, self.high) if not is_blank(sheet.rows[i])]
        locators = pa.array([(sheet.index << SHEET_BITS) + sheet.first + i for i, _ in rows], pa.int64())
        places = [(i, c.name) for i, c in enumerate(sheet.table.columns) if c.name in wanted[sheet.table.name]]
        arrays = [
            pa.array([cell_text(row[i], dates_only=sheet.days[i]) for _, row in rows], pa.string()) for i, _ in places
        ]
        # one column more than wanted keeps the number of rows where nothing is wanted
        cells = pa.Table.from_arrays([*arrays, locators], names=[*(name for _, name in places), ""])
        sizes = pa.array([0] * len(rows), pa.int32())
        return [Batch(sheet.table, cells.select(range(len(places))), locators, sizes)]


@dataclass(eq=False)
class Xlsx:
    """Workbooks; see `Container`.

    The first row of a sheet that holds something is its header (`Options.header` False: there is none). Cells come as
    `xlsx_rows.cell_text` says; an empty cell is NULL, and so is one that holds an error such as #DIV/0!. Rows without
    any value are passed over. `Options.sheet` reads one sheet alone; hidden sheets are read like others.
    """

    block_rows: int = ROWS_IN_BLOCK
    name: str = "xlsx"

    def sniff(self, head: bytes) -> bool:
        """Say whether the head is that of a workbook, or of an old or encrypted one, which `survey` refuses by name."""
        if head.startswith(_OLE):
            return True
        return head.startswith(_ZIP) and (b"[Content_Types].xml" in head or b"xl/" in head or b"_rels/" in head)

    def survey(self, stream: BinaryIO, options: Options) -> Survey:
        """Find the sheets and their columns; see `Container`."""
        parts = _read(stream)
        sheets = list(_sheets(parts, options))
        for sheet in sheets:
            _sheet_part(parts, sheet.index, sheet.table.name)
        if not sheets:
            raise BadExhibit("no sheet holds a row")
        notes = [note for sheet in sheets for note in sheet.notes]
        notes += [f"{name}: {n} cells hold errors and are read as empty" for name, n in _errors(parts).items()]
        return Survey(tuple(sheet.table for sheet in sheets), replace(options), tuple(notes))

    def blocks(self, stream: BinaryIO, survey: Survey) -> Iterator[XlsxBlock]:
        """Cut the sheets into blocks; see `Container`."""
        for sheet in _sheets(_read(stream), survey.options):
            for low in range(sheet.body, len(sheet.rows), self.block_rows):
                yield XlsxBlock(sheet, low, min(low + self.block_rows, len(sheet.rows)))

    def fetch(self, stream: BinaryIO, locator: int, locator_size: int, table: str) -> bytes:
        """Return the bytes of the row's element in the sheet's part."""
        part = _sheet_part(_read(stream), locator >> SHEET_BITS, table)
        try:
            return find_row(part, locator & ((1 << SHEET_BITS) - 1))
        except ValueError:
            raise BadExhibit("the row's sheet cannot be found in the workbook") from None


def _errors(parts: Mapping[str, bytes]) -> dict[str, int]:
    counts = {name: part.count(b' t="e"') for name, part in parts.items() if b"sheetData" in part}
    return {name: count for name, count in counts.items() if count}


XLSX = Xlsx()

__all__ = ["XLSX", "Xlsx", "XlsxBlock"]

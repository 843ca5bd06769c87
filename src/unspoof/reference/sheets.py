"""A table file of unknown layout (CSV, gzip of one, XLSX) to sheets of text cells, within bounds; what they mean is not asked."""

from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from unspoof.errors import BadReference
from unspoof.parse.xlsx_rows import measure, shared_lengths, weigh_strings
from unspoof.reference.csv_rows import decode
from unspoof.reference.given import SourceFile

MOST_ROWS = 1_500_000
"""Rows of one file; the whole United Kingdom has some 330,000."""
MOST_COLUMNS = 200
MOST_UNPACKED = 512 << 20
"""Bytes of a packed file's contents."""
_MOST_PARTS = 1_000
_MOST_CELLS = 16 << 20
_MOST_TEXT = 1 << 30
_STEP = 4 << 20
_DELIMITERS = ",;\t|"


@dataclass(frozen=True)
class Sheet:
    """Rows of text cells, blank rows left out; `rows` gives the number of the row in the file, from 1, with its cells."""

    name: str
    """Empty where the file is one table."""
    rows: list[tuple[int, list[str]]]
    numeric: frozenset[int] = frozenset()
    """Columns, from 0, in which a workbook holds numbers and not texts: leading zeros, if there were any, are lost."""


def read_sheets(file: SourceFile) -> list[Sheet]:
    """Read a file's sheets.

    Raises:
        BadReference: it is none of the kinds, damaged, or larger than the bounds.

    """
    if file.data.startswith(b"PK\x03\x04"):
        return list(_workbook(file.data))
    if file.data.startswith(b"\xd0\xcf\x11\xe0"):
        raise BadReference("an old .xls workbook", hint="Save it as .xlsx or CSV.")
    data = _gunzip(file.data) if file.data.startswith(b"\x1f\x8b") else file.data
    return [Sheet("", list(_csv_rows(decode(data))))]


def _gunzip(data: bytes) -> bytes:
    unpacker = zlib.decompressobj(wbits=31)
    try:
        made = unpacker.decompress(data, MOST_UNPACKED)
    except zlib.error as error:
        raise BadReference(f"the gzip file is damaged: {error}") from None
    if unpacker.unconsumed_tail:
        raise BadReference(f"unpacks to more than {MOST_UNPACKED:,} bytes")
    if not unpacker.eof or unpacker.unused_data:
        raise BadReference("the gzip file is cut off, or more follows it")
    return made


def _csv_rows(text: str) -> Iterator[tuple[int, list[str]]]:
    head = text[:20_000]
    delimiter = max(_DELIMITERS, key=head.count)
    row = 0
    try:
        for row, cells in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True), 1):
            if row > MOST_ROWS:
                raise BadReference(f"more than {MOST_ROWS:,} rows")
            if len(cells) > MOST_COLUMNS:
                raise BadReference(f"more than {MOST_COLUMNS} cells", where=f"row {row}")
            stripped = [cell.strip() for cell in cells]
            if any(stripped):
                yield row, stripped
    except csv.Error as error:
        raise BadReference(f"not CSV: {error}", where=f"row {row + 1}") from None


def _workbook(data: bytes) -> Iterator[Sheet]:
    _check_workbook(data)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        for name in book.sheet_names:
            sheet = book.get_sheet_by_name(name)
            first = (sheet.start or (0, 0))[0] + 1
            cells_of = sheet.to_python(skip_empty_area=True)
            texts = ((row, [_text(cell) for cell in cells]) for row, cells in enumerate(cells_of, first))
            numeric = {at for cells in cells_of for at, cell in enumerate(cells) if isinstance(cell, float)}
            yield Sheet(name, [(row, cells) for row, cells in texts if any(cells)], frozenset(numeric))
    except (CalamineError, zipfile.BadZipFile, OSError, ValueError) as error:
        raise BadReference(f"the workbook is damaged: {error}") from None


def _text(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _check_workbook(data: bytes) -> None:
    """Refuse a workbook that would unpack or spread beyond bounds; stated sizes are not believed."""
    room, parts = MOST_UNPACKED, []
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            infos = packed.infolist()
            if len(infos) > _MOST_PARTS:
                raise BadReference(f"the workbook has more than {_MOST_PARTS:,} parts")
            if not any(info.filename.endswith("workbook.xml") for info in infos):
                raise BadReference("a packed file that is no workbook", hint="Unpack it and name the CSV files in it.")
            for info in infos:
                if info.filename.endswith((".xml", ".rels")):
                    parts.append((info.filename, _unpack(packed, info, room)))
                    room -= len(parts[-1][1])
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError, NotImplementedError) as error:
        raise BadReference(f"the workbook is damaged: {error}") from None
    lengths = shared_lengths(b"".join(part for name, part in parts if "sharedstrings" in name.lower()))
    for name, part in parts:
        if b"sheetData" in part:
            _check_sheet(name, part, lengths)


def _check_sheet(name: str, part: bytes, lengths: Any) -> None:
    try:
        extent = measure(part)
    except ValueError as error:
        raise BadReference(f"{name}: {error}") from None
    if extent.rows * extent.columns > _MOST_CELLS or extent.columns > MOST_COLUMNS:
        raise BadReference(f"{name} spans {extent.rows:,} rows and {extent.columns:,} columns: too many cells")
    if weigh_strings(part, lengths, extent.cells, _MOST_TEXT // 8) > _MOST_TEXT:
        raise BadReference(f"{name} repeats long texts beyond {_MOST_TEXT:,} bytes")


def _unpack(packed: zipfile.ZipFile, info: zipfile.ZipInfo, room: int) -> bytes:
    pieces, size = [], 0
    with packed.open(info) as part:
        while piece := part.read(_STEP):
            size += len(piece)
            if size > room:
                raise BadReference(f"the workbook unpacks to more than {MOST_UNPACKED:,} bytes")
            pieces.append(piece)
    data = b"".join(pieces)
    if re.search(rb"<!(?:DOCTYPE|ENTITY)", data):
        raise BadReference(f"{info.filename} holds a document type: no spreadsheet program writes one")
    return data


__all__ = ["MOST_ROWS", "MOST_UNPACKED", "Sheet", "read_sheets"]

"""Cells of a spreadsheet as text, and what its XML parts say of size and place; opens no workbook.

Works on the bytes of parts that have been unpacked and checked for document types (see ingest/containers/xlsx.py).
"""

from __future__ import annotations

import datetime as dt
import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import numpy as np

# Each alternative matches to the end if its own end is missing, so that no text is looked at twice.
_TAG = re.compile(
    rb"<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)|<\?.*?(?:\?>|\Z)"
    rb"""|<(?:[\w.-]++:)?(row|c)(?=[\s/>])((?:[^>"']++|"[^"]*+"|'[^']*+')*+)>?""",
    re.DOTALL,
)
_FIRST_R = re.compile(rb"""\s+r=(?:"([^"]*)"|'([^']*)')""")
_ATTRIBUTE = re.compile(rb"""(?<![\w.:-])([\w.:-]++)\s*+=\s*(?:"([^"]*)"|'([^']*)')""")
_CELL = re.compile(rb"([A-Z]{1,3})([1-9][0-9]{0,6})")
_MOST_PIECES = 8
_NUMBER = re.compile(rb"[1-9][0-9]{0,6}")
_ROW_END = re.compile(rb"</(?:[\w.-]+:)?row\s*>")
_STRING = re.compile(rb"<(?:[\w.-]+:)?si(?=[\s/>]).*?(?:</(?:[\w.-]+:)?si\s*>|\Z)", re.DOTALL)
_IS_SHARED = re.compile(rb"""\bt\s*=\s*["']s["']""")
_INDEX = re.compile(rb"\s*<(?:[\w.-]+:)?v\s*>\s*(\d{1,9})\s*<")


@dataclass(frozen=True)
class Extent:
    """The rectangle that a sheet's cells span, in rows and columns from 1, and how many cells there are."""

    rows: int
    columns: int
    cells: int


def _place(attributes: bytes) -> bytes | None:
    """Return the value of the attribute r, where a row or cell says its place."""
    first = _FIRST_R.match(attributes)
    if first:
        return first[1] or first[2] or b""
    if b"r" not in attributes:
        return None
    return next((a or b for key, a, b in _ATTRIBUTE.findall(attributes) if key == b"r"), None)


def _row_number(attributes: bytes, before: int) -> int:
    place = _place(attributes)
    if place is None:
        return before + 1
    if not _NUMBER.fullmatch(place):
        raise ValueError(f"{place[:20]!r} is no row")
    return int(place)


def _cell_place(attributes: bytes, row: int, before: int) -> tuple[int, int]:
    place = _place(attributes)
    if place is None:
        return row, before + 1
    match = _CELL.fullmatch(place)
    if match is None:
        raise ValueError(f"{place[:20]!r} is no cell")
    column = 0
    for letter in match[1]:
        column = column * 26 + letter - 64
    return int(match[2]), column


def measure(xml: bytes) -> Extent:
    """Say how large a table a reader must lay out for a sheet; never too small.

    Args:
        xml: the sheet's part. Rows and cells may leave out their place: they follow the one before.

    Raises:
        ValueError: a place is none that a sheet can have ('ZZZZ1', 'A0'); the reader would trip over it.

    """
    row = column = rows = columns = cells = 0
    for match in _TAG.finditer(xml):
        if match[1] == b"row":
            row, column = _row_number(match[2], row), 0
        elif match[1]:
            cells += 1
            row, column = _cell_place(match[2], row, column)
            columns = max(columns, column)
        rows = max(rows, row)
    return Extent(rows, columns, cells)


def shared_lengths(xml: bytes) -> np.typing.NDArray[np.int64]:
    """Return an upper bound on the bytes of each shared string, in order."""
    return np.array([match.end() - match.start() for match in _STRING.finditer(xml)], dtype=np.int64)


def weigh_strings(xml: bytes, lengths: np.typing.NDArray[np.int64], cells: int, enough: int) -> int:
    """Say how many bytes a sheet's shared strings make where each cell gets its own copy; an upper bound.

    Args:
        xml: the sheet's part.
        lengths: what `shared_lengths` gives.
        cells: how many cells the sheet has.
        enough: a bound that the caller is content with; below it nothing is counted one by one.

    """
    longest = int(lengths.max()) if len(lengths) else 0
    if longest * cells <= enough:
        return longest * cells
    total = 0
    for match in _TAG.finditer(xml):
        if match[1] != b"c" or not _IS_SHARED.search(match[2]):
            continue
        index = _INDEX.match(xml, match.end())
        place = int(index[1]) if index else -1
        total += int(lengths[place]) if 0 <= place < len(lengths) else longest
    return total


def find_row(xml: bytes, number: int) -> bytes:
    """Return the very bytes of a row of a sheet, from <row to its end tag; empty if there is none.

    A row that comes in several pieces, which no known program writes, gives the first `_MOST_PIECES` of them.

    Args:
        xml: the sheet's part.
        number: as the program shows it, from 1.

    Raises:
        ValueError: a row says it stands where none can.

    """
    row = 0
    parts: list[bytes] = []
    for match in _TAG.finditer(xml):
        if match[1] != b"row":
            continue
        row = _row_number(match[2], row)
        if row == number:
            end = None if match[2].endswith(b"/") else _ROW_END.search(xml, match.end())
            parts.append(xml[match.start() : end.end() if end else match.end()])
        if len(parts) == _MOST_PIECES:
            break
    return b"".join(parts)


def find_sheets(workbook: bytes, relations: bytes, folder: str) -> dict[str, str]:
    """Return each sheet's name and the name of its part, in the workbook's order.

    Args:
        workbook: the workbook's part.
        relations: its relations.
        folder: where the workbook's part stands ('xl').

    Raises:
        ValueError: one of the two is no XML.

    """
    try:
        targets = {
            element.get("Id", ""): element.get("Target", "")
            for element in ElementTree.fromstring(relations)  # noqa: S314  see the import
        }
        sheets = ElementTree.fromstring(workbook).iterfind("{*}sheets/{*}sheet")  # noqa: S314  see the import
        places: dict[str, str] = {}
        for sheet in sheets:
            target = next((targets.get(value, "") for key, value in sheet.items() if key.endswith("}id")), "")
            path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"{folder}/{target}")
            places[sheet.get("name", "")] = path
    except ElementTree.ParseError as error:
        raise ValueError(f"the list of sheets is no XML: {error}") from None
    return places


def _number_text(value: float) -> str:
    if value != value or value in (float("inf"), float("-inf")):
        return ""
    exact = Decimal(repr(value))
    if not value.is_integer() and len(exact.as_tuple().digits) > 15:
        exact = Decimal(f"{value:.15g}")
    text = format(exact, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def _moment_text(value: dt.datetime) -> str:
    # the program keeps days as a binary fraction; it shows, and means, no more than milliseconds
    rounded = value + dt.timedelta(microseconds=500) if value.year < dt.MAXYEAR else value
    text = rounded.replace(microsecond=rounded.microsecond // 1000 * 1000).isoformat(timespec="milliseconds")
    return text.removesuffix(".000")


def _span_text(value: dt.timedelta) -> str:
    milliseconds = round(value / dt.timedelta(milliseconds=1))
    sign, milliseconds = ("-", -milliseconds) if milliseconds < 0 else ("", milliseconds)
    seconds, rest = divmod(milliseconds, 1000)
    text = f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{text}.{rest:03}" if rest else text


def cell_text(value: Any, *, dates_only: bool = False) -> str | None:
    """Return a cell as text.

    Args:
        value: what the reader gives: text, a number, a truth, a date, a time, a span, or '' for an empty cell.
        dates_only: the cell's column holds whole days and nothing finer: no time is written.

    Returns:
        text as it is; numbers without exponent and, if whole, without point, as many digits as the file holds, but no
        more than the 15 that the program shows for one with decimals ('447700900123', '0.3'); 'true' and 'false';
        '2026-11-22T13:45:00' for a moment, '2026-11-22' for a day, '13:45:00' for a time, '36:00:00' for a span;
        None for an empty cell.

    """
    if isinstance(value, str):
        return value or None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _number_text(float(value)) if isinstance(value, float) else str(value)
    if isinstance(value, dt.datetime):
        return _moment_text(value)
    if isinstance(value, dt.date):
        return value.isoformat() if dates_only else f"{value.isoformat()}T00:00:00"
    if isinstance(value, dt.time):
        return _moment_text(dt.datetime.combine(dt.date(2000, 1, 1), value))[11:]
    return _span_text(value) if isinstance(value, dt.timedelta) else None


def is_blank(row: Sequence[Any]) -> bool:
    """Say whether no cell of a row holds anything."""
    return all(value == "" or value is None for value in row)


__all__ = [
    "Extent",
    "cell_text",
    "find_row",
    "find_sheets",
    "is_blank",
    "measure",
    "shared_lengths",
    "weigh_strings",
]

"""JSON objects: one a line, one behind the other, or in a list within one document; no other shape of JSON.

A row's locator is the place of its object in the unpacked stream as stored, its size the object's bytes (of a line:
up to its end, without it).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import BinaryIO

import pyarrow as pa

from unspoof.errors import BadExhibit
from unspoof.ingest.container import Batch, Options, Refused, SourceColumn, SourceTable, Survey
from unspoof.ingest.line_feed import BLOCK_SIZE, LineFeed, fetch_bytes, refuse
from unspoof.parse.charsets import HEAD, Positions
from unspoof.parse.json_rows import NotARow, Row, find_elements, find_list, read_object, union_keys
from unspoof.parse.lines import find_lines

LONGEST_ROW = 16 << 20
"""Bytes; a longer line or object is refused."""
_SURVEYED = 2_000


@dataclass(frozen=True)
class JsonBlock:
    """Some megabytes of objects, not yet parsed."""

    table: SourceTable
    charset: str
    utf8: bytes
    starts: Positions
    ends: Positions
    locators: Positions
    sizes: Positions
    refused: tuple[Refused, ...]

    def read(self, wanted: Mapping[str, Collection[str]]) -> list[Batch]:
        """Return the rows; wanted keys that the head did not show are looked for too; see `Block`."""
        if self.table.name not in wanted:
            return []
        asked = set(wanted[self.table.name])
        names = [c.name for c in self.table.columns if c.name in asked]
        names += sorted(asked.difference(names))
        cells: list[list[str | None]] = [[] for _ in names]
        kept: list[int] = []
        refused = list(self.refused)
        for i, (start, end) in enumerate(zip(self.starts.tolist(), self.ends.tolist(), strict=True)):
            row = _row(self.utf8[start:end], self.charset)
            if isinstance(row, str):
                refused.append(Refused(self.table.name, int(self.locators[i]), int(self.sizes[i]), row))
                continue
            kept.append(i)
            for name, column in zip(names, cells, strict=True):
                column.append(row.get(name))
        locators = pa.array(self.locators[kept], pa.int64())
        arrays = [pa.array(column, pa.string()) for column in cells]
        # one column more than wanted keeps the number of rows where nothing is wanted
        table = pa.Table.from_arrays([*arrays, locators], names=[*names, ""]).select(range(len(names)))
        refused.sort(key=lambda r: r.locator)
        return [Batch(self.table, table, locators, pa.array(self.sizes[kept], pa.int32()), tuple(refused))]


def _row(raw: bytes, charset: str) -> Row | str:
    """Return the row, or the reason why it is none."""
    try:
        return read_object(raw.decode())
    except UnicodeDecodeError:
        return f"not {charset}"
    except NotARow as error:
        return str(error)


def _whole_objects(utf8: bytes, starts: Positions, ends: Positions) -> list[Row]:
    rows = [_row(utf8[a:b], "") for a, b in zip(starts[:_SURVEYED].tolist(), ends[:_SURVEYED].tolist(), strict=True)]
    return [row for row in rows if not isinstance(row, str)]


@dataclass(frozen=True)
class _Shape:
    """How the objects stand in the stream: one a line, or from `start` on as elements."""

    by_line: bool
    start: int = 0
    base: int = 0
    """1 if a list holds the elements."""
    key: str = ""
    is_inner: bool = False
    """The list is a part of an object, which may hold other things."""


def _shape(feed: LineFeed) -> _Shape:
    """Find out from the head how the objects stand; whether by line is asked first, of the lines themselves."""
    chunk = feed.head(HEAD)
    utf8 = chunk.text.utf8
    starts, ends = find_lines(utf8, chunk.text.breaks)
    first = utf8.lstrip(b" \t\r\n")[:1]
    rows = _whole_objects(utf8, starts, ends)
    found = find_list(utf8) if first in (b"{", b"[") else None
    lines = min(len(starts), _SURVEYED)
    leads = bool(rows) and not isinstance(_row(utf8[starts[0] : ends[0]], ""), str)
    by_line = bool(rows) and (leads or 2 * len(rows) >= lines) and not (lines == 1 and found)
    if by_line or first not in (b"{", b"["):
        return _Shape(True)
    if first == b"{" and found is None:
        return _Shape(False)
    start = found[0] if found else utf8.index(b"[") + 1
    return _Shape(False, start, 1, found[1] if found else "", first == b"{")


@dataclass(eq=False)
class Jsonl:
    """JSON objects as rows; see `Container`.

    Objects within objects are flattened with dots, lists stay JSON text, numbers stay as they were written, null and
    missing keys are NULL. Columns are the keys seen at the start, in order; keys that come later are read if wanted. A
    list of objects in one document (`[{...}, ...]` or the first such list under any key) is read piece by piece; what
    else such a document holds is no row. A line that is no object is refused and the next is read; in a document,
    damage to the brackets ends the reading, and the rest is refused as one stretch.
    """

    block_size: int = BLOCK_SIZE
    name: str = "jsonl"

    def sniff(self, head: bytes) -> bool:
        """Say whether the head begins as a JSON object or a list of them does."""
        text = head.removeprefix(b"\xef\xbb\xbf")
        if text[:2] in (b"\xff\xfe", b"\xfe\xff"):
            text = text[2:].replace(b"\x00", b"")
        text = text.lstrip(b" \t\r\n")
        if text.startswith(b"["):
            return text[1:].lstrip(b" \t\r\n")[:1] in (b"{", b"]")
        return text.startswith(b"{") and text[1:].lstrip(b" \t\r\n")[:1] in (b'"', b"}")

    def survey(self, stream: BinaryIO, options: Options) -> Survey:
        """Find the keys; see `Container`."""
        feed = self._feed(stream, options)
        shape = _shape(feed)
        text = feed.head(HEAD).text
        if not text.utf8.strip():
            raise BadExhibit("the file is empty")
        if shape.by_line:
            rows, is_empty_list = _whole_objects(text.utf8, *find_lines(text.utf8, text.breaks)), False
        else:
            if not feed.charset.is_utf8:
                raise BadExhibit(f"one JSON document in {feed.charset.name}", hint="Convert it to UTF-8.")
            found = find_elements(text.utf8[shape.start :], shape.base)
            rows = _whole_objects(text.utf8[shape.start :], found.starts, found.ends)
            is_empty_list = found.closed >= 0 and not len(found.starts) and not found.strays
        if not rows and not is_empty_list:
            raise BadExhibit("no JSON object at the start of the file")
        how = "one object a line" if shape.by_line else f"the list under {shape.key!r}" if shape.key else "one document"
        table = SourceTable("", tuple(SourceColumn(key) for key in union_keys(rows)))
        return Survey((table,), replace(options, encoding=feed.charset.name), (feed.charset.note, how))

    def blocks(self, stream: BinaryIO, survey: Survey) -> Iterator[JsonBlock]:
        """Cut the stream, which stands at 0; see `Container`."""
        feed, table = self._feed(stream, survey.options), survey.tables[0]
        shape = _shape(feed)
        if shape.by_line:
            yield from _line_blocks(feed, table, survey.options.comment)
        else:
            yield from _element_blocks(feed, table, shape)

    def fetch(self, stream: BinaryIO, locator: int, locator_size: int, table: str) -> bytes:
        """Return the very bytes of one object (of its line)."""
        return fetch_bytes(stream, locator, locator_size)

    def _feed(self, stream: BinaryIO, options: Options) -> LineFeed:
        return LineFeed(stream, options.encoding, block_size=self.block_size, longest=LONGEST_ROW)


def _line_blocks(feed: LineFeed, table: SourceTable, comment: str) -> Iterator[JsonBlock]:
    while chunk := feed.take():
        refused: tuple[Refused, ...] = ()
        if chunk.too_long:
            at, size = chunk.too_long
            refused = tuple(refuse(table.name, at, at + size, f"a line longer than {LONGEST_ROW:,} bytes"))
        text = chunk.text
        starts, ends = find_lines(text.utf8, text.breaks, comment)
        locators = text.source_starts(starts)
        sizes = text.source_ends(ends) - locators
        yield JsonBlock(table, feed.charset.name, text.utf8, starts, ends, locators, sizes, refused)


def _element_blocks(feed: LineFeed, table: SourceTable, shape: _Shape) -> Iterator[JsonBlock]:
    """Cut a document between its elements; what follows the list, and what never closes, is refused as it stands."""
    rest, at, ended = feed.raw(shape.start)
    size = feed.block_size
    while rest or not ended:
        if not ended:
            more = feed.more(size)
            ended, rest = not more, rest + more
        found = find_elements(rest, shape.base)
        used = int(found.ends[-1]) if len(found.ends) else 0
        done = found.closed >= 0 or ended or len(rest) - used > LONGEST_ROW
        # behind the last element of a list that is never closed everything is one refusal, made by _leftover
        known = len(rest) if not done or found.closed >= 0 else used
        strays = [(a, b) for a, b in found.strays if a < known]
        refused = [part for a, b in strays for part in refuse(table.name, at + a, at + b, "no JSON object")]
        if done:
            left = found.closed + 1 if found.closed >= 0 else used
            refused += _leftover(feed, table.name, rest[left:], at + left, shape, found.closed >= 0)
        sizes = found.ends - found.starts
        yield JsonBlock(table, "utf-8", rest, found.starts, found.ends, found.starts + at, sizes, tuple(refused))
        if done:
            return
        rest, at = rest[used:], at + used


def _leftover(feed: LineFeed, table: str, rest: bytes, at: int, shape: _Shape, closed: bool) -> list[Refused]:
    """Refuse what stands behind the last element, unless it is only the end of the document."""
    start = at + len(rest) - len(rest.lstrip(b" \t\r\n"))
    end = at + len(rest.rstrip(b" \t\r\n"))
    plain = shape.is_inner and b"{" not in rest and b"[" not in rest
    while more := feed.more(1 << 20):
        at, rest = at + len(rest), more
        end = max(end, at + len(rest.rstrip(b" \t\r\n")))
        plain = plain and b"{" not in rest and b"[" not in rest
    if closed:
        over = end > start and not plain
        return refuse(table, start, end, "what follows the list is not read") if over else []
    if shape.base == 0 and end <= start:
        return []
    return refuse(table, min(start, end), end, "the document is cut off, or a bracket is not closed")


JSONL = Jsonl()

__all__ = ["JSONL", "LONGEST_ROW", "JsonBlock", "Jsonl"]

"""Delimited text of any delimiter, quoting and character set; not lines that need a pattern (see lines.py).

A row's locator is the place of its first byte in the unpacked stream as stored (after a byte-order mark; in UTF-16
too), its size the bytes up to its line end, without it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import BinaryIO

import numpy as np
import pyarrow as pa

from unspoof.errors import BadExhibit, UnspoofError
from unspoof.ingest.container import Batch, Options, Refused, SourceColumn, SourceTable, Survey
from unspoof.ingest.line_feed import BLOCK_SIZE, Chunk, LineFeed, fetch_bytes, refuse
from unspoof.parse.charsets import Charset, Positions, Text, find_charset, is_utf8, to_text, valid_rows
from unspoof.parse.delimited import LONGEST_RECORD, Dialect, Fields, Found, miscounted
from unspoof.parse.delimited_arrays import compact, count_fields, find_rows, take_apart
from unspoof.parse.delimited_layout import LOOK, Layout, find_delimiter, find_header, find_layout

_TABLE = ""
_CONTROLS = bytes(set(range(32)) - {1, 9, 10, 12, 13, 27, 28, 29, 30, 31})


@dataclass(frozen=True)
class _Rows:
    """Rows found in one text, with their places in the stream."""

    raw: bytes
    starts: Positions
    ends: Positions
    locators: Positions
    sizes: Positions


@dataclass(frozen=True)
class DelimitedBlock:
    """Some megabytes of rows; the fields are cut out of them in `read`."""

    table: SourceTable
    dialect: Dialect
    charset: str
    rows: _Rows
    loose: tuple[tuple[int, int, Fields], ...]
    """Locator, size and fields of rows that went the careful way."""
    refused: tuple[Refused, ...]

    def read(self, wanted: Mapping[str, Collection[str]]) -> list[Batch]:
        """Return the rows; see `Block`."""
        if self.table.name not in wanted:
            return []
        names = [column.name for column in self.table.columns]
        places = [i for i, name in enumerate(names) if name in wanted[self.table.name]]
        rows, refused = self._sound()
        loose, spoiled = self._sound_loose()
        fast = take_apart(rows.raw, len(rows.starts), self.dialect, len(names), places)
        arrays = [_join(array, [fields[i] for _, _, fields in loose]) for array, i in zip(fast, places, strict=True)]
        locators = np.concatenate((rows.locators, np.array([at for at, _, _ in loose], dtype=np.int64)))
        sizes = np.concatenate((rows.sizes, np.array([size for _, size, _ in loose], dtype=np.int64)))
        order = np.argsort(locators, kind="stable")
        # one column more than wanted keeps the number of rows where nothing is wanted
        cells = pa.table([*arrays, pa.array(locators)], names=[*(names[i] for i in places), ""])
        cells = cells.take(pa.array(order)) if loose else cells
        everything = sorted((*self.refused, *refused, *spoiled), key=lambda r: r.locator)
        return [
            Batch(
                self.table,
                cells.select(range(len(places))),
                pa.array(locators[order], pa.int64()),
                pa.array(sizes[order], pa.int32()),
                tuple(everything),
            )
        ]

    def _sound(self) -> tuple[_Rows, list[Refused]]:
        """Return the rows that are valid text and have the right number of fields, alone, and why the others are
        not.
        """
        raw, starts, ends = compact(self.rows.raw, self.rows.starts, self.rows.ends)
        if not len(starts):
            return replace(self.rows, raw=raw), []
        expected = len(self.table.columns)
        counts = count_fields(raw, starts, ends, self.dialect, expected)
        valid = valid_rows(raw, starts, ends)
        sound = valid & (counts == expected)
        if sound.all():
            return replace(self.rows, raw=raw, starts=starts, ends=ends), []
        refused = [
            Refused(
                self.table.name,
                int(self.rows.locators[i]),
                int(self.rows.sizes[i]),
                # The number of fields comes first, as where rows are read one by one: what of a file is read together
                # shows nowhere.
                f"not {self.charset}" if counts[i] == expected else miscounted(int(counts[i]), expected),
            )
            for i in np.flatnonzero(~sound).tolist()
        ]
        raw, starts, ends = compact(raw, starts[sound], ends[sound])
        return _Rows(raw, starts, ends, self.rows.locators[sound], self.rows.sizes[sound]), refused

    def _sound_loose(self) -> tuple[list[tuple[int, int, Fields]], list[Refused]]:
        sound: list[tuple[int, int, Fields]] = []
        refused: list[Refused] = []
        for at, size, fields in self.loose:
            if all(is_utf8(cell) for cell in fields if cell is not None):
                sound.append((at, size, fields))
            else:
                refused.append(Refused(self.table.name, at, size, f"not {self.charset}"))
        return sound, refused


def _join(fast: pa.Array, loose: list[bytes | None]) -> pa.Array:
    if not loose:
        return fast
    return pa.concat_arrays([fast, pa.array([cell if cell is None else cell.decode() for cell in loose], pa.string())])


def _located(text: Text, starts: Positions, ends: Positions) -> tuple[Positions, Positions]:
    places = text.source_starts(starts)
    return places, text.source_ends(ends) - places


def _block(
    text: Text, found: Found, table: SourceTable, dialect: Dialect, charset: str, header_at: int
) -> DelimitedBlock:
    locators, sizes = _located(text, found.starts, found.ends)
    keep = locators != header_at
    loose_at, loose_size = _located(text, *_pair(found.loose))
    loose = tuple(
        (at, size, fields)
        for at, size, (_, _, fields) in zip(loose_at.tolist(), loose_size.tolist(), found.loose, strict=True)
        if at != header_at
    )
    fault_at, fault_size = _located(text, *_pair([(f.start, f.end) for f in found.faults]))
    refused = tuple(
        part
        for at, size, fault in zip(fault_at.tolist(), fault_size.tolist(), found.faults, strict=True)
        if at != header_at
        for part in refuse(table.name, at, at + size, fault.reason)
    )
    starts, ends = found.starts[keep], found.ends[keep]
    return DelimitedBlock(
        table, dialect, charset, _Rows(text.utf8, starts, ends, locators[keep], sizes[keep]), loose, refused
    )


def _pair(spans: list[tuple[int, int]] | list[tuple[int, int, Fields]]) -> tuple[Positions, Positions]:
    pairs = np.array([span[:2] for span in spans], dtype=np.int64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


@dataclass(eq=False)
class Delimited:
    """Delimited text; see `Container`.

    Character set: stated, by its byte-order mark, by zero bytes (UTF-16, UTF-32), else UTF-8; a file that is something
    else throughout is refused with the place of its first bad byte, a single damaged row is refused alone. Delimiter:
    stated, or the one of tab | ; , that cuts the first rows most evenly. Header: see `delimited_layout.find_layout`.
    Columns that share a name are told apart by _2, _3, with a note. Cells come as UTF-8 whatever the file's character
    set; an empty field is '', NULL is only what the escape and N say.
    """

    block_size: int = BLOCK_SIZE
    name: str = "delimited"

    def sniff(self, head: bytes) -> bool:
        """Say whether the head is text that one of the usual delimiters cuts evenly."""
        try:
            charset = find_charset("", head)
            text = to_text(head[charset.bom :], charset.bom, charset)
        except UnspoofError:
            # most likely a single-byte character set: signs and line ends can be looked at all the same
            charset = Charset("latin-1")
            text = to_text(head, 0, charset)
        utf8 = text.utf8[: text.utf8.rfind(b"\n") + 1] or text.utf8
        return not _is_binary(utf8) and bool(find_delimiter(utf8, '"', "", "", final=True))

    def survey(self, stream: BinaryIO, options: Options) -> Survey:
        """Find the columns; see `Container`."""
        feed = LineFeed(stream, options.encoding, block_size=self.block_size, longest=LONGEST_RECORD)
        head = feed.head(LOOK)
        if not head.text.size:
            raise BadExhibit("the file is empty")
        if _is_binary(head.text.utf8):
            raise BadExhibit(
                "not text: control characters at the start",
                hint="If it is text, state its character set with --encoding.",
            )
        layout = _layout(head, options)
        if not layout.columns:
            raise BadExhibit("no row at the start of the file")
        table = SourceTable(_TABLE, tuple(SourceColumn(name) for name in layout.columns))
        found = replace(
            options,
            delimiter=layout.dialect.delimiter,
            encoding=feed.charset.name,
            header=layout.has_header,
            columns=layout.columns,
        )
        return Survey((table,), found, (feed.charset.note, *layout.notes))

    def blocks(self, stream: BinaryIO, survey: Survey) -> Iterator[DelimitedBlock]:
        """Cut the stream, which stands at 0; see `Container`."""
        options, table = survey.options, survey.tables[0]
        feed = LineFeed(stream, options.encoding, block_size=self.block_size, longest=LONGEST_RECORD)
        dialect = _dialect(options, options.delimiter)
        header_at = -1
        if options.header:
            head = feed.head(LOOK)
            at = find_header(head.text.utf8, dialect, len(table.columns), final=head.final)
            header_at = int(head.text.source_starts(np.array([at]))[0]) if at >= 0 else -1
        while chunk := feed.take():
            if chunk.too_long:
                at, size = chunk.too_long
                reason = f"a line longer than {LONGEST_RECORD:,} bytes"
                refused = tuple(refuse(table.name, at, at + size, reason))
                nothing = Found(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
                block = _block(chunk.text, nothing, table, dialect, feed.charset.name, header_at)
                yield replace(block, refused=refused)
                continue
            text = chunk.text
            found = find_rows(text.utf8, text.breaks, dialect, len(table.columns), final=chunk.final)
            if found.consumed < len(text.utf8):
                feed.give_back(text, int(text.source_starts(np.array([found.consumed]))[0]))
            yield _block(text, found, table, dialect, feed.charset.name, header_at)

    def fetch(self, stream: BinaryIO, locator: int, locator_size: int, table: str) -> bytes:
        """Return the very bytes of one row, without its line end."""
        return fetch_bytes(stream, locator, locator_size)


def _is_binary(utf8: bytes) -> bool:
    return len(utf8) - len(utf8.translate(None, _CONTROLS)) > len(utf8) // 100


def _dialect(options: Options, delimiter: str) -> Dialect:
    return Dialect(delimiter, options.quote, options.escape, options.comment)


def _layout(head: Chunk, options: Options) -> Layout:
    utf8, final, quote, escape = head.text.utf8, head.final, options.quote, options.escape
    delimiter = options.delimiter or find_delimiter(utf8, quote, escape, options.comment, final=final)
    return find_layout(utf8, _dialect(options, delimiter or ","), options.header, options.columns, final=final)


DELIMITED = Delimited()

__all__ = ["DELIMITED", "Delimited", "DelimitedBlock"]

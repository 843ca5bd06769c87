"""Text lines that a stated pattern takes apart, such as a server's log; not delimited text (see delimited.py).

A row's locator is the place of its line in the unpacked stream as stored, its size the line without its end.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from unspoof.errors import BadExhibit, BadMapping
from unspoof.ingest.container import Batch, Options, Refused, SourceColumn, SourceTable, Survey
from unspoof.ingest.line_feed import BLOCK_SIZE, LineFeed, fetch_bytes, refuse
from unspoof.parse.charsets import HEAD, Positions, Text, valid_rows
from unspoof.parse.delimited_arrays import compact
from unspoof.parse.lines import find_lines

LONGEST_LINE = 1 << 16
"""Bytes; a longer line is refused."""


def _groups(pattern: str) -> tuple[str, ...]:
    if not pattern:
        raise BadMapping("lines need a pattern", hint="State [source] pattern with a named group for each column.")
    try:
        fields = pc.extract_regex(pa.array([], pa.string()), pattern).type
    except pa.ArrowInvalid as error:
        hint = "Patterns are RE2's: named groups (?P<name>...) only, no look-ahead, no back-references."
        raise BadMapping(f"pattern: {error}", hint=hint) from None
    if not fields.num_fields:
        raise BadMapping("the pattern has no named group", hint="Name each column: (?P<caller>[^;]*).")
    names = tuple(fields.field(i).name for i in range(fields.num_fields))
    if len(set(names)) != len(names):
        raise BadMapping("the pattern has two groups of one name", hint="Name each column once.")
    return names


def _matches(raw: bytes, starts: Positions, ends: Positions, pattern: str) -> pa.StructArray:
    """Match rows of valid UTF-8; a row that does not match is NULL."""
    raw, starts, _ = compact(raw, starts, ends)
    offsets = np.append(starts, len(raw)).astype(np.int32)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(raw)]
    lines = pa.StringArray.from_buffers(len(starts), buffers[1], buffers[2])
    return pc.extract_regex(pc.ascii_rtrim(lines, characters="\r\n"), pattern)


@dataclass(frozen=True)
class LinesBlock:
    """Some megabytes of lines."""

    table: SourceTable
    pattern: str
    charset: str
    text: Text
    starts: Positions
    ends: Positions
    refused: tuple[Refused, ...]

    def read(self, wanted: Mapping[str, Collection[str]]) -> list[Batch]:
        """Return the lines that match; see `Block`."""
        if self.table.name not in wanted:
            return []
        locators = self.text.source_starts(self.starts)
        sizes = self.text.source_ends(self.ends) - locators
        sound = valid_rows(self.text.utf8, self.starts, self.ends)
        matched = np.zeros(len(sound), dtype=bool)
        found = _matches(self.text.utf8, self.starts[sound], self.ends[sound], self.pattern)
        matched[sound] = found.is_valid().to_numpy(zero_copy_only=False)
        refused = tuple(
            Refused(self.table.name, int(locators[i]), int(sizes[i]), "no match" if sound[i] else f"not {self.charset}")
            for i in np.flatnonzero(~matched).tolist()
        )
        names = [c.name for c in self.table.columns if c.name in wanted[self.table.name]]
        found = found.drop_null()
        arrays = [found.field(name) for name in names]
        # one column more than wanted keeps the number of rows where nothing is wanted
        cells = pa.table([*arrays, pa.array(locators[matched])], names=[*names, ""]).select(range(len(names)))
        return [
            Batch(
                self.table,
                cells,
                pa.array(locators[matched], pa.int64()),
                pa.array(sizes[matched], pa.int32()),
                tuple(sorted((*self.refused, *refused), key=lambda r: r.locator)),
            )
        ]


@dataclass(eq=False)
class Lines:
    """Text lines and a pattern with a named group for each column; see `Container`.

    The pattern may match anywhere in a line (anchor it with ^ if it must not) and is RE2's, which takes time linear in
    the line whatever the pattern: one that would hang Python's engine cannot hang this. A group that takes no part
    gives ''. A line that does not match is refused with the reason 'no match'; empty lines and those that begin with
    `Options.comment` are passed over. Character sets as in delimited.py.
    """

    block_size: int = BLOCK_SIZE
    name: str = "lines"

    def sniff(self, head: bytes) -> bool:
        """Say no: without a pattern nothing tells one text from another."""
        return False

    def survey(self, stream: BinaryIO, options: Options) -> Survey:
        """Find the columns, the pattern's groups; BadExhibit if no line in the first MiB matches."""
        names = _groups(options.pattern)
        feed = LineFeed(stream, options.encoding, block_size=self.block_size, longest=LONGEST_LINE)
        text = feed.head(HEAD).text
        if not text.size:
            raise BadExhibit("the file is empty")
        starts, ends = find_lines(text.utf8, text.breaks, options.comment)
        short = (ends - starts <= LONGEST_LINE) & valid_rows(text.utf8, starts, ends)
        found = _matches(text.utf8, starts[short], ends[short], options.pattern)
        matched = len(found) - found.null_count
        if not matched:
            raise BadExhibit("no line at the start of the file matches the pattern")
        table = SourceTable("", tuple(SourceColumn(name) for name in names))
        note = f"{matched} of the {len(starts)} lines at the start match"
        return Survey((table,), replace(options, encoding=feed.charset.name), (feed.charset.note, note))

    def blocks(self, stream: BinaryIO, survey: Survey) -> Iterator[LinesBlock]:
        """Cut the stream, which stands at 0; see `Container`."""
        options, table = survey.options, survey.tables[0]
        feed = LineFeed(stream, options.encoding, block_size=self.block_size, longest=LONGEST_LINE)
        while chunk := feed.take():
            refused: tuple[Refused, ...] = ()
            if chunk.too_long:
                at, size = chunk.too_long
                refused = tuple(refuse(table.name, at, at + size, f"a line longer than {LONGEST_LINE:,} bytes"))
            starts, ends = find_lines(chunk.text.utf8, chunk.text.breaks, options.comment)
            yield LinesBlock(table, options.pattern, feed.charset.name, chunk.text, starts, ends, refused)

    def fetch(self, stream: BinaryIO, locator: int, locator_size: int, table: str) -> bytes:
        """Return the very bytes of one line, without its end."""
        return fetch_bytes(stream, locator, locator_size)


LINES = Lines()

__all__ = ["LINES", "LONGEST_LINE", "Lines", "LinesBlock"]

"""The container of dumps by mysqldump, mariadb-dump, phpMyAdmin and the like: SQL text with INSERT ... VALUES.

It is neither `mysqldump --tab` nor `--xml`, nor a dump of PostgreSQL or SQLite, and it restores nothing.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
import pyarrow as pa

from unspoof.errors import BadExhibit
from unspoof.ingest.container import Batch, Block, Options, Refused, SourceColumn, SourceTable, Survey
from unspoof.ingest.streams import fault_of, read_at
from unspoof.parse.sqldump import Cut, Cutter, Segment, TableFacts, TableKey
from unspoof.parse.sqldump_read import read_rows

CHUNK = 8 << 20
"""Bytes read at a time, and so the size of most blocks."""
_HEAD = 4 << 10

_BEGINS = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:--|\#|/\*|(?:SET|DROP|CREATE|INSERT|REPLACE|LOCK|USE|START|BEGIN|DELIMITER|ALTER)\s"
    rb"|mysqldump:|mariadb-dump:)",
    re.IGNORECASE,
)
_SHOWS = re.compile(
    rb"^(?:\xef\xbb\xbf)?(?:INSERT\s|REPLACE\s|(?:CREATE|DROP)\s+TABLE\s|LOCK\s+TABLES\s|--\s(?:MySQL|MariaDB)\s+dump|/\*!\d{5}\s|/\*M!"
    rb"|--\sphpMyAdmin)",
    re.IGNORECASE | re.MULTILINE,
)
_OTHERS = re.compile(rb"^(?:--\s*PostgreSQL|PRAGMA\s|COPY\s.*FROM\s+stdin|GO\r?$)", re.IGNORECASE | re.MULTILINE)
_MAKER = re.compile(rb"^-- ((?:MySQL|MariaDB) dump[^\r\n]{0,120}|phpMyAdmin[^\r\n]{0,80})", re.MULTILINE)
_SERVER = re.compile(rb"^-- Server version[: \t]+([^\r\n]{1,80})", re.MULTILINE)
_COMPLETED = re.compile(rb"^-- Dump completed", re.MULTILINE)
_TIME_TYPE = re.compile(r"timestamp\b")
# mariadb-dump 10.11 converts to UTC under --compact as well, but leaves out the header that says so.
_NO_ZONE = "not stated: the server's own, or UTC if it was dumped with --compact"
_UTC = {"+00:00", "UTC"}


def _table_name(key: TableKey, names: Collection[str]) -> str:
    """Return the name of a table in a survey: its own, with the database in front where two databases have it."""
    full = f"{key[0]}.{key[1]}"
    return full if full in names else key[1]


def _pieces(stream: BinaryIO, cutter: Cutter, chunk: int) -> Iterator[tuple[bytes, int, Cut]]:
    """Feed a stream to a cutter; yields each piece, its offset in the stream and what was cut from it."""
    data, base = b"", 0
    while True:
        # A statement larger than the piece is read again with as much more: twice the work at most.
        size = max(chunk, len(data))
        more = stream.read(size)
        data += more
        at_end = len(more) < size
        cut = cutter.cut(data, at_end=at_end)
        yield data, base, cut
        if at_end:
            return
        data, base = data[cut.consumed :], base + cut.consumed


@dataclass(frozen=True)
class _Block:
    """One piece of a dump and the segments cut from it."""

    data: bytes
    base: int
    segments: tuple[Segment, ...]
    tables: Mapping[str, SourceTable]

    def read(self, wanted: Mapping[str, Collection[str]]) -> list[Batch]:
        """Return one batch per wanted table and encoding; see `container.Block`."""
        found: dict[tuple[str, str], list[Batch]] = {}
        for segment in self.segments:
            name = _table_name(segment.head.table, self.tables)
            if name in wanted and name in self.tables:
                batch = self._batch(segment, self.tables[name], wanted[name])
                found.setdefault((name, segment.head.encoding), []).append(batch)
        return [_joined(batches) for batches in found.values()]

    def _batch(self, segment: Segment, table: SourceTable, wanted: Collection[str]) -> Batch:
        names = [column.name for column in table.columns if column.name in wanted]
        head = segment.head
        there = [name for name in names if name in head.columns]
        read = read_rows(self.data, segment.rows, len(head.columns), [head.columns.index(name) for name in there])
        arrays = dict(zip(there, read.columns, strict=True))
        nothing = pa.nulls(len(read.starts), pa.binary())
        cells = pa.table([arrays.get(name, nothing) for name in names], names=names)
        if not names:
            # A table without columns has no rows to Arrow, but the batch must still count them.
            cells = pa.table([nothing], names=["-"])
        refused = [
            Refused(table.name, self.base + start, end - start, reason)
            for start, end, reason in sorted((*segment.refused, *read.refused))
        ]
        return Batch(
            table,
            cells if names else cells.select([]),
            pa.array(read.starts + self.base, pa.int64()),
            pa.array((read.ends - read.starts).astype(np.int32), pa.int32()),
            tuple(refused),
            head.encoding,
        )


def _stacked(tables: list[pa.Table]) -> pa.Table:
    if tables[0].num_columns:
        return pa.concat_tables(tables).combine_chunks()
    # Arrow forgets how many rows tables without columns have when it joins them.
    return pa.table({"none": pa.nulls(sum(table.num_rows for table in tables))}).select([])


def _joined(batches: list[Batch]) -> Batch:
    if len(batches) == 1:
        return batches[0]
    return dataclasses.replace(
        batches[0],
        cells=_stacked([batch.cells for batch in batches]),
        locator=pa.concat_arrays([batch.locator for batch in batches]),
        locator_size=pa.concat_arrays([batch.locator_size for batch in batches]),
        refused=tuple(refused for batch in batches for refused in batch.refused),
    )


def _source_table(key: TableKey, facts: TableFacts, name: str) -> SourceTable:
    in_utc = bool(facts.zones) and facts.zones <= _UTC
    columns = tuple(
        SourceColumn(column, declared, "UTC" if in_utc and _TIME_TYPE.match(declared) else "")
        for column, declared in facts.columns.items()
    )
    return SourceTable(name, columns, facts.key)


def _source_tables(tables: Mapping[TableKey, TableFacts]) -> tuple[SourceTable, ...]:
    names = [key[1] for key in tables]
    return tuple(
        _source_table(key, facts, f"{key[0]}.{key[1]}" if names.count(key[1]) > 1 else key[1])
        for key, facts in tables.items()
    )


def _column_names(survey: Survey) -> dict[str, tuple[str, ...]]:
    return {table.name: tuple(column.name for column in table.columns) for table in survey.tables}


def _notes(head: bytes, cutter: Cutter, fault: str | None) -> tuple[str, ...]:
    maker, server = _MAKER.search(head), _SERVER.search(head)
    notes = [
        f"made by: {maker[1].decode('latin-1').strip()}" if maker else "",
        f"server version: {server[1].decode('latin-1').strip()}" if server else "",
        f"character set: {', '.join(cutter.charsets) or 'not stated, read as utf8'}",
        f"time zone of TIMESTAMP columns: {', '.join(cutter.zones) or _NO_ZONE}",
        f"lines that are no SQL: {cutter.junk_lines}" if cutter.junk_lines else "",
        "several databases in one dump" if len({key[0] for key in cutter.tables}) > 1 else "",
        f"the packed file is damaged or cut off: {fault}" if fault else "",
    ]
    return tuple(note for note in notes if note)


def _faults(head: bytes, tail: bytes) -> tuple[str, ...]:
    """Every dump with the comment of its maker at the start has one at the end; phpMyAdmin's has none."""
    maker = _MAKER.search(head)
    if not maker or b"phpMyAdmin" in maker[1] or _COMPLETED.search(tail):
        return ()
    return ("no line '-- Dump completed' at the end: the dump is cut off, or was not finished",)


class MySqlDump:
    """Reads dumps by MySQL's and MariaDB's tools; see `container.Container`.

    TIMESTAMP columns are in UTC where the dump sets TIME_ZONE='+00:00' before their rows (mysqldump does unless given
    --skip-tz-utc); DATETIME columns never are. Checked against MariaDB 10.11 by dumping one table both ways.
    Limits: a row may be 64 MiB; the server's latin1 is read as Windows-1252; SQL modes NO_BACKSLASH_ESCAPES and
    ANSI_QUOTES for values are not known.
    """

    name = "mysqldump"

    def __init__(self, chunk: int = CHUNK) -> None:
        self._chunk = chunk

    def sniff(self, head: bytes) -> bool:
        """Say whether `head` looks like a dump: it begins like SQL and has a line that only such dumps have."""
        return bool(_BEGINS.match(head) and _SHOWS.search(head) and not _OTHERS.search(head))

    def survey(self, stream: BinaryIO, options: Options) -> Survey:
        """Walk through the whole dump, since tables may come in any order, and return what tables it has.

        Raises:
            BadExhibit: there is no table in it, or its character set cannot be read safely.

        """
        cutter = Cutter(encoding=options.encoding)
        head = tail = b""
        for data, base, _ in _pieces(stream, cutter, self._chunk):
            head = data[:_HEAD] if base == 0 else head
            tail = data[-_HEAD:]
        if not cutter.tables:
            raise BadExhibit("no CREATE TABLE and no INSERT in it", hint="Is this a dump made by mysqldump?")
        return Survey(
            _source_tables(cutter.tables), options, _notes(head, cutter, fault_of(stream)), _faults(head, tail)
        )

    def blocks(self, stream: BinaryIO, survey: Survey) -> Iterator[Block]:
        """Cut the dump into blocks of about 8 MiB, each with the offsets of its rows."""
        tables = {table.name: table for table in survey.tables}
        cutter = Cutter(_column_names(survey), survey.options.encoding)
        for data, base, cut in _pieces(stream, cutter, self._chunk):
            if cut.segments:
                yield _Block(data, base, cut.segments, tables)

    def fetch(self, stream: BinaryIO, locator: int, locator_size: int, table: str) -> bytes:
        """Return a row as it stands in the dump, from its opening to its closing parenthesis."""
        return read_at(stream, locator, locator_size)


MYSQLDUMP = MySqlDump()

__all__ = ["CHUNK", "MYSQLDUMP", "MySqlDump"]

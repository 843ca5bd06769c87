"""Cut a MySQL or MariaDB dump, fed piece by piece, into the rows of its INSERT statements and what its head says.

It reads no file and no cell: it says where each row is, under which INSERT, and what could not be read as a row.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from unspoof.errors import BadExhibit
from unspoof.parse.sqldump_read import Rows
from unspoof.parse.sqldump_row import RowState, read_row
from unspoof.parse.sqldump_scan import Found, scan_rows
from unspoof.parse.sqldump_statement import (
    BACKSLASH_TRAILS,
    CODECS,
    COMMENTS,
    InsertHead,
    inserted_table,
    is_statement,
    read_charset,
    read_create,
    read_delimiter,
    read_insert,
    read_use,
    read_zone,
    skip_space,
    statement_end,
)

TableKey = tuple[str, str]
"""(database, table); the database is empty where the dump does not name it."""

_GAP = re.compile(rb"(?:\s++|" + COMMENTS + rb")*+", re.DOTALL)
_TAIL = re.compile(rb"(?:ON|AS|RETURNING)\b", re.IGNORECASE)
_SETS = re.compile(rb"(?:/\*M?!\d*+\s*+)?SET\b", re.IGNORECASE)
# Where reading may go on after damage: the next row of the statement, or a line that begins a statement.
_RESUME = re.compile(
    rb"\n(?=(?:INSERT|REPLACE|CREATE|DROP|ALTER|LOCK|UNLOCK|SET|COMMIT|DELIMITER|USE)\s|/\*M?!|--[ \n]|--\r\n)"
    rb"|(\)\s*+,\s*+(?=\())"
)
_LOOK_AHEAD = 512 << 10
_FIRST_WINDOW = 16 << 10
_MOST_WINDOW = 1 << 20
_FIRST_WALK = 4 << 10
_MOST_WALK = 1 << 20
_MOST_ROW = 64 << 20
_RESUME_ROW = 16 << 10
_RESUME_BUDGET = 4 << 20
_WIDTH_TRIES = 20
_KEYWORD = 16


class Head(NamedTuple):
    """What rows stand under: an INSERT into a table with these columns, in this encoding."""

    table: TableKey
    columns: tuple[str, ...]
    encoding: str
    """Python codec of the character set that the dump had set, or that of the table where it set none."""


@dataclass
class TableFacts:
    """What the dump has said of a table so far."""

    columns: dict[str, str] = field(default_factory=dict)
    """Name -> declared type, '' where no CREATE TABLE was seen."""
    numbered: bool = False
    """The columns are c1, c2 ... for want of names."""
    key: tuple[str, ...] = ()
    charset: str = ""
    zones: set[str] = field(default_factory=set)
    """Zones that were set when rows came; '' stands for none."""


@dataclass(frozen=True)
class Segment:
    """Rows under one head, and stretches refused as (start, end, reason); offsets into the piece."""

    head: Head
    rows: Rows
    refused: tuple[tuple[int, int, str], ...]


@dataclass(frozen=True)
class Cut:
    """Result of one piece: its segments in order, and how many of its bytes are done with."""

    segments: tuple[Segment, ...]
    consumed: int


class _Collected:
    """A segment in the making."""

    def __init__(self, head: Head) -> None:
        self.head = head
        self.runs: list[Rows] = []
        self.refused: list[tuple[int, int, str]] = []

    def segment(self) -> Segment:
        parts = self.runs or [rows_of([], [])]
        rows = Rows(
            np.concatenate([part.starts for part in parts]),
            np.concatenate([part.ends for part in parts]),
            np.concatenate([part.hard for part in parts]),
            any(part.spaced for part in parts),
        )
        return Segment(self.head, rows, tuple(self.refused))


def rows_of(starts: list[int], ends: list[int]) -> Rows:
    """Return rows that were found one by one, all for the exact way."""
    return Rows(np.array(starts, dtype=np.int64), np.array(ends, dtype=np.int64), np.ones(len(starts), dtype=np.bool_))


class Cutter:
    """Walks through one dump; feed it the pieces in order, each beginning where the last was `consumed`.

    Rows are found at about 1 GB/s where they look as mysqldump writes them, and one by one where they do not. Damage
    (a quote missing or one too many) costs the row it is in: reading goes on at the next row of that statement that
    reads as one, or at the next line that begins a statement. Within a damaged stretch a text that looks like rows
    cannot be told from rows; the reason of the refused stretch says that it is damaged.
    """

    def __init__(self, known: Mapping[str, tuple[str, ...]] | None = None, encoding: str = "") -> None:
        """Start before the first byte.

        Args:
            known: columns of tables whose CREATE TABLE is missing or comes later, by table name (database.table
                where two databases have the table).
            encoding: Python codec that overrides what the dump says.

        """
        self.tables: dict[TableKey, TableFacts] = {}
        self.charsets: list[str] = []
        self.zones: list[str] = []
        self.junk_lines = 0
        self._known = dict(known or {})
        self._defined: dict[TableKey, tuple[str, ...]] = {}
        self._encoding = encoding
        self._db = self._charset = self._zone = ""
        self._delimiter = b";"
        self._head: Head | None = None
        self._last: Head | None = None
        self._glue = b""
        self._first = self._fresh = self._lost = False
        self._window, self._budget = _FIRST_WINDOW, _RESUME_BUDGET
        self._data, self._at_end = b"", False
        self._done: list[_Collected] = []

    def cut(self, data: bytes, *, at_end: bool) -> Cut:
        """Find the rows in a piece.

        Args:
            data: the next bytes of the dump, from where the last piece was consumed.
            at_end: no more bytes follow; then all of them are consumed.

        Raises:
            BadExhibit: the character set allows a backslash as half a character and one occurs.

        """
        self._data, self._at_end, self._done = data, at_end, []
        pos = 0
        while pos < len(data):
            step = self._find_again if self._lost else self._in_values if self._head else self._in_statement
            after = step(pos)
            if after is None:
                break
            self._budget = min(self._budget + after - pos, _RESUME_BUDGET)
            pos = after
        if at_end:
            pos = len(data)
        self._data = b""
        return Cut(tuple(part.segment() for part in self._done), pos)

    # between statements

    def _in_statement(self, pos: int) -> int | None:
        data = self._data
        start = skip_space(data, pos, self._at_end)
        if start >= len(data):
            return start
        if not self._at_end and len(data) - start < _LOOK_AHEAD:
            return start if start > pos else None
        command = read_delimiter(data, start)
        if command:
            self._delimiter = command[0]
            return command[1]
        if not is_statement(data, start):
            return self._junk(start)
        insert = read_insert(data, start)
        return self._begin(insert, start) if insert else self._other(start)

    def _junk(self, start: int) -> int | None:
        line = self._data.find(b"\n", start)
        end = len(self._data) if line < 0 else line + 1
        if self._data[start : start + 1] == b"(":
            self._refuse(self._last, start, end, "rows stand outside a statement")
        else:
            self.junk_lines += 1
        return end

    def _other(self, start: int) -> int | None:
        """Pass over a statement that holds no rows for us, and take note of what it says."""
        data = self._data
        end = statement_end(data, start, self._delimiter)
        if end is None:
            if not self._at_end and len(data) - start <= _MOST_ROW:
                return None
            resume = next((m for m in _RESUME.finditer(data, start + 1) if not m[1]), None)
            return resume.end() if resume else len(data)
        table = inserted_table(data, start)
        if table:
            head = self._head_of((table[0] or self._db, table[1]), ())
            self._refuse(head, start, end, "an INSERT without VALUES cannot be read from a dump")
        else:
            self._obey(data[start:end])
        return end + len(self._delimiter)

    def _obey(self, statement: bytes) -> None:
        if _SETS.match(statement):
            self._set(statement)
        elif (db := read_use(statement)) is not None:
            self._db = db
        elif definition := read_create(statement):
            key = (definition.db or self._db, definition.name)
            facts = self.tables.setdefault(key, TableFacts())
            declared = {column.name: column.declared for column in definition.columns}
            facts.columns = declared if facts.numbered else declared | (facts.columns | declared)
            facts.numbered = False
            facts.key, facts.charset = definition.key, definition.charset
            self._defined[key] = tuple(declared)

    def _set(self, statement: bytes) -> None:
        charset, zone = read_charset(statement), read_zone(statement)
        if charset is not None:
            self._charset = charset
            if charset not in self.charsets:
                self.charsets.append(charset)
        if zone is not None:
            self._zone = zone
            if zone and zone not in self.zones:
                self.zones.append(zone)

    # at the head of an INSERT

    def _columns_of(self, key: TableKey) -> tuple[str, ...] | None:
        return self._defined.get(key) or self._known.get(f"{key[0]}.{key[1]}") or self._known.get(key[1])

    def _head_of(self, key: TableKey, columns: tuple[str, ...]) -> Head:
        facts = self.tables.setdefault(key, TableFacts())
        facts.zones.add(self._zone)
        for column in columns:
            facts.columns.setdefault(column, "")
        charset = facts.charset if self._charset == "binary" else self._charset
        return Head(key, columns, self._encoding or CODECS.get(charset, "utf-8"))

    def _begin(self, insert: InsertHead, start: int) -> int | None:
        data = self._data
        key = (insert.db or self._db, insert.table)
        columns = insert.columns or self._columns_of(key)
        if not columns:
            width = self._width(insert.end)
            if width is None and not self._at_end and len(data) - start <= _MOST_ROW:
                return None
            columns = tuple(f"c{place}" for place in range(1, (width or 0) + 1))
            self._defined[key] = columns
            facts = self.tables.setdefault(key, TableFacts())
            facts.numbered = not facts.columns
        self._head = self._head_of(key, columns)
        text = data[start : insert.end]
        line_end = b"\r\n" if data[start - 2 : start] == b"\r\n" else b"\n"
        plain = not any(mark in text for mark in (b"'", b'"', b"\\", b"--", b"/*", b"#", b";"))
        self._glue = b";" + line_end + text if plain else b""
        self._first = self._fresh = True
        return insert.end

    def _width(self, start: int) -> int | None:
        """Return how many values the first sound row from `start` has; None if there is none in the first places."""
        places = (place.end() for place in _RESUME.finditer(self._data, start) if place[1])
        for place in itertools.chain([start], itertools.islice(places, _WIDTH_TRIES)):
            row = read_row(self._data, place, place + _RESUME_ROW if place > start else None)
            if row.state in (RowState.OK, RowState.REFUSED):
                return len(row.cells)
        return None

    # among the rows of an INSERT

    def _gap(self, pos: int) -> int:
        gap = _GAP.match(self._data, pos)
        return gap.end() if gap else pos

    def _leave(self, pos: int) -> int:
        self._last, self._head = self._head, None
        return pos

    def _in_values(self, pos: int) -> int | None:
        """Go on after a row (or after VALUES): to the next row, to the repeat of the head, or out of the statement."""
        data, p = self._data, self._gap(pos)
        comma = not self._first and data[p : p + 1] == b","
        if comma:
            p = self._gap(p + 1)
        mark = data[p : p + 1]
        if mark == b"(" and (comma or self._first):
            return self._rows(p)
        if mark == b";":
            return self._after_statement(p)
        if not mark:
            return None
        if _TAIL.match(data, p):
            end = statement_end(data, p, self._delimiter)
            if end is None and not self._at_end and len(data) - p <= _MOST_ROW:
                return None
            return self._leave(len(data) if end is None else end)
        return self._resume(p, "no comma or semicolon stands between rows")

    def _after_statement(self, p: int) -> int | None:
        if self._glue and self._data.startswith(self._glue, p):
            self._first = True
            return p + len(self._glue)
        after = self._gap(p + 1)
        if not self._at_end and len(self._data) - after < max(len(self._glue), _KEYWORD):
            return None
        if self._data[after : after + 1] in (b",", b"("):
            self._first = self._data[after : after + 1] == b"("
            self._refuse(self._head, p, p + 1, "a semicolon stands among the rows")
            return after
        same_line = after < len(self._data) and self._data.find(b"\n", p, after) < 0
        if same_line and self._data[after] != ord(";") and not is_statement(self._data, after):
            return self._resume(p, "text that is no SQL stands among the rows")
        return self._leave(p + 1)

    def _rows(self, p: int) -> int | None:
        after = self._some_rows(p)
        if after is not None:
            self._first = False
        return after

    def _some_rows(self, p: int) -> int | None:
        if self._fresh:
            # Most short statements end after their first row: walk it before setting up a scan.
            self._fresh = False
            return self._walk(p, p + 1)
        return self._scan(p)

    def _scan(self, p: int) -> int | None:
        data, stop = self._data, self._likely_end(p)
        while True:
            found = scan_rows(data, p, stop, self._glue)
            self._check_trails(found)
            if len(found.starts) or found.problem >= 0 or stop == len(data):
                break
            self._window = max(self._window, stop - p) * 4
            stop = min(p + self._window, len(data))
        count = len(found.starts)
        after = p + int(found.ends[-1]) if count else None
        if count:
            self._add(Rows(found.starts + p, found.ends + p, np.zeros(count, dtype=np.bool_), found.spaced))
        if found.problem >= 0:
            size = _FIRST_WALK if count > 16 else min(self._window, _MOST_WALK)
            after = self._walk(p + found.problem, p + found.problem + size) or after
        elif not count:
            after = self._walk(p, p + 1)
        ended = found.statement_end >= 0
        self._window = min(max(_FIRST_WINDOW, 4 * (after or p) - 4 * p if ended else 2 * self._window), _MOST_WINDOW)
        return after

    def _likely_end(self, p: int) -> int:
        """Return where to end a scan: after what may be the statement's end, so that no bytes are looked at twice."""
        data, stop = self._data, min(p + self._window, len(self._data))
        end = data.find(b";", p, stop)
        if (
            end >= 0
            and data[end + 1 : end + 2] in (b"\n", b"\r")
            and not (self._glue and data.startswith(self._glue, end))
        ):
            return end + 1
        return stop

    def _check_trails(self, found: Found) -> None:
        if found.trailing and self._charset in BACKSLASH_TRAILS:
            raise BadExhibit(
                f"the dump is in the character set {self._charset}, in which a backslash may be half a character",
                hint="Restore it into a server and dump it again with --default-character-set=utf8mb4.",
            )

    def _walk(self, p: int, until: int) -> int | None:
        """Read rows one by one from `p` to at least `until`; return where the last one ended, None if none did."""
        data, starts, ends, after = self._data, [], [], None
        while True:
            row = read_row(data, p)
            if row.state in (RowState.BROKEN, RowState.UNFINISHED):
                break
            starts.append(p)
            ends.append(row.end)
            after = row.end
            p = self._gap(after)
            if after >= until or data[p : p + 1] != b",":
                break
            p = self._gap(p + 1)
            if data[p : p + 1] != b"(":
                break
        if starts:
            self._add(rows_of(starts, ends))
        if row.state is RowState.BROKEN:
            return self._resume(p, row.fault)
        if row.state is RowState.UNFINISHED and (self._at_end or len(data) - p > _MOST_ROW):
            return self._resume(p, row.fault, cut_off=self._is_cut_off(p, row.end))
        return after

    # damage

    def _is_cut_off(self, p: int, fault: int) -> bool:
        """Say whether the row at `p`, open at `fault`, is open because the dump ends there and not by a stray quote.

        mysqldump writes no line ends into strings, so a line that begins a statement shows that the dump goes on.
        """
        goes_on = any(not place[1] for place in _RESUME.finditer(self._data, p + 1))
        return self._data[fault : fault + 1] != b'"' and not goes_on

    def _resume(self, p: int, reason: str, *, cut_off: bool = False) -> int | None:
        """Refuse what begins at `p` up to where reading can go on; None if more data may show where."""
        places = () if cut_off else _RESUME.finditer(self._data, p + 1)
        for place in places:
            if not place[1]:
                self._refuse(self._head, p, place.start(), reason)
                return self._leave(place.end())
            if self._is_row(place.end()):
                self._refuse(self._head, p, place.start() + 1, reason)
                return place.start() + 1
        size = len(self._data) - p
        if not self._at_end and size <= _MOST_ROW:
            return None
        self._lost = not self._at_end
        self._refuse(self._head, p, len(self._data), reason)
        return len(self._data)

    def _is_row(self, p: int) -> bool:
        """Say whether a whole row of the right number of values stands at `p`; False once the budget is spent."""
        if self._budget <= 0 or self._head is None:
            return False
        stop = min(p + _RESUME_ROW, len(self._data))
        row = read_row(self._data, p, stop)
        self._budget -= stop - p if row.state is RowState.UNFINISHED else row.end - p
        after = self._gap(row.end)
        closed = self._data[after : after + 1] in (b",", b";", b"")
        return row.state is RowState.OK and len(row.cells) == len(self._head.columns) and closed

    def _find_again(self, pos: int) -> int | None:
        """Look for the next line that begins a statement, after a stretch too long to be a row."""
        place = next((m for m in _RESUME.finditer(self._data, pos) if not m[1]), None)
        end = place.start() if place else len(self._data)
        self._refuse(self._head, pos, end, "the damaged stretch goes on")
        self._lost = place is None
        return self._leave(place.end()) if place else end

    # results

    def _into(self, head: Head) -> _Collected:
        if not self._done or self._done[-1].head != head:
            self._done.append(_Collected(head))
        return self._done[-1]

    def _add(self, rows: Rows) -> None:
        if self._head is not None:
            self._into(self._head).runs.append(rows)

    def _refuse(self, head: Head | None, start: int, end: int, reason: str) -> None:
        if head is not None:
            self._into(head).refused.append((start, end, reason))


__all__ = ["Cut", "Cutter", "Head", "Segment", "TableFacts", "TableKey", "rows_of"]

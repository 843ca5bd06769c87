"""The same rows and fields as `delimited`, found and taken apart with array operations; decides nothing by itself.

Wherever a byte stands that the array operations have no rule for, the record that holds it goes through
`delimited.read_record`; a property test holds the two ways equal.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as pacsv

from unspoof.parse.charsets import Positions
from unspoof.parse.delimited import LONGEST_RECORD, Dialect, Found, find_rows_carefully, step
from unspoof.parse.parity import running_parity

Bytes = npt.NDArray[np.uint8]

_LF, _CR = 10, 13
_WORTH_IT = 4096
"""Bytes that the fast way must get through at once, or several records in a row go the careful way."""
_LONGEST_BURST = 256
_LINE_ENDS = (b"", b"\n", b"\r\n")


def _at(text: Bytes, places: Positions, default: int) -> Bytes:
    """Return the bytes at `places`; `default` where those are before the beginning or behind the end."""
    inside = (places >= 0) & (places < len(text))
    return np.where(inside, text[np.clip(places, 0, len(text) - 1)], default).astype(np.uint8)


class _Quotes:
    """Where quotes open and close, and where they break the grammar."""

    def __init__(self, raw: bytes, text: Bytes, dialect: Dialect) -> None:
        self._quote = text == ord(dialect.quote)
        self.inside = running_parity(self._quote)
        """Whether the quotes up to here, this byte's too, are odd in number."""
        self._before = (text == ord(dialect.delimiter)) | (text == _LF) | self._quote
        # a carriage return that no line feed follows sends its record the careful way by itself
        self._after = self._before | (text == _CR) if b"\r" in raw else self._before
        self._bad: dict[bool, Positions] = {}

    def odd(self, at: int) -> bool:
        """Say whether the quotes before `at` are odd in number."""
        return bool(at > 0 and self.inside[at - 1])

    def bad(self, odd: bool) -> Positions:
        """Return the quotes that stand where none may, for records that begin after so many quotes.

        An opening quote needs a delimiter or line end before it, a closing one behind it; where two quotes touch, the
        first closes and the second opens again, which is what a doubled quote does.
        """
        if odd not in self._bad:
            opens, closes = self._quote & (self.inside ^ odd), self._quote & ~(self.inside ^ odd)
            wrong = np.zeros(len(self._quote), dtype=bool)
            wrong[1:] = opens[1:] & ~self._before[:-1]
            wrong[:-1] |= closes[:-1] & ~self._after[1:]
            self._bad[odd] = np.flatnonzero(wrong).astype(np.int64)
        return self._bad[odd]


def _escapes(raw: bytes, text: Bytes, dialect: Dialect) -> tuple[Positions, Positions]:
    """Return the escapes, and apart those of NULL: a whole field of escape and N needs no unescaping."""
    if not dialect.escape_sign or dialect.escape_sign not in raw:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    places = np.flatnonzero(text == dialect.escape_sign[0]).astype(np.int64)
    delimiter = ord(dialect.delimiter)
    before, after = _at(text, places - 1, _LF), _at(text, places + 2, _LF)
    ends = (after == delimiter) | (after == _LF) | ((after == _CR) & (_at(text, places + 3, _LF) == _LF))
    null = ((before == delimiter) | (before == _LF)) & (_at(text, places + 1, 0) == ord("N")) & ends
    return places[~null], places[null]


def _events(raw: bytes, text: Bytes, breaks: Positions, dialect: Dialect) -> tuple[Positions, Positions]:
    escapes, nulls = _escapes(raw, text, dialect)
    parts = [escapes]
    if b"\r" in raw:
        returns = np.flatnonzero(text == _CR).astype(np.int64)
        parts.append(returns[_at(text, returns + 1, 0) != _LF])
    if dialect.comment:
        prefix = dialect.comment.encode()
        lines = np.concatenate(([0], breaks + 1))
        lines = lines[_at(text, lines, _LF) == prefix[0]]
        parts.append(lines)
    return np.sort(np.concatenate(parts)), nulls


def _first_from(places: Positions, at: int, none: int) -> int:
    index = int(np.searchsorted(places, at))
    return int(places[index]) if index < len(places) else none


class _Finder:
    def __init__(self, raw: bytes, breaks: Positions, dialect: Dialect, columns: int, final: bool) -> None:
        self.raw, self.dialect, self.columns, self.final = raw, dialect, columns, final
        self.text = np.frombuffer(raw, dtype=np.uint8)
        ends_open = final and len(raw) > 0 and raw[-1] != _LF
        self.breaks = np.append(breaks, len(raw)) if ends_open else breaks
        self.quotes = _Quotes(raw, self.text, dialect) if dialect.quote and dialect.quote.encode() in raw else None
        self.events, self.nulls = _events(raw, self.text, breaks, dialect)
        within = self.quotes.inside[self.nulls] if self.quotes else np.zeros(len(self.nulls), dtype=bool)
        self.quoted_nulls = (self.nulls[within], self.nulls[~within])
        self.parts: list[tuple[Positions, Positions]] = []

    def event(self, at: int) -> int:
        """Return the first place from `at`, a record's beginning, whose record must be read by the grammar."""
        until = _first_from(self.events, at, len(self.raw))
        if self.quotes:
            odd = self.quotes.odd(at)
            until = min(until, _first_from(self.quotes.bad(odd), at, until))
            # what looks like NULL is none within quotes
            until = min(until, _first_from(self.quoted_nulls[odd], at, until))
        return until

    def run(self, at: int, until: int) -> int:
        """Take the rows from `at` that end before `until`; return where the first other record begins."""
        low, high = (int(i) for i in np.searchsorted(self.breaks, (at, until)))
        high += int(until == len(self.raw) and high < len(self.breaks))
        ends = self.breaks[low:high]
        if self.quotes:
            # the end of a text without a last line feed is one place behind the last byte
            ends = ends[self.quotes.inside[np.minimum(ends, len(self.raw) - 1)] == self.quotes.odd(at)]
        if not len(ends):
            return at
        starts = np.concatenate(([at], ends[:-1] + 1))
        long = np.flatnonzero(ends - starts >= LONGEST_RECORD)
        if len(long):
            ends, starts = ends[: long[0]], starts[: long[0]]
        if len(ends):
            self.parts.append((starts, ends))
        return min(int(ends[-1]) + 1, len(self.raw)) if len(ends) else at

    def _read_carefully(self, at: int, most: int, found: Found) -> int:
        """Read up to `most` records by the grammar; return where the next begins."""
        while at < len(self.raw) and most > 0:
            after = step(self.raw, at, self.dialect, self.columns, self.final, found)
            if after < 0:
                break
            at, most = after, most - 1
        return at

    def find(self) -> Found:
        nothing = np.zeros(0, dtype=np.int64)
        found, at, burst = Found(nothing, nothing), 0, 1
        while at < len(self.raw):
            begun, at = at, self.run(at, self.event(at))
            # where hardly a row goes the fast way, trying it after each record costs more than it saves
            burst = 1 if at - begun > _WORTH_IT else min(2 * burst, _LONGEST_BURST)
            after = self._read_carefully(at, burst, found)
            if after == at:
                break
            at = after
        found.consumed = at
        if self.parts:
            starts, ends = (np.concatenate(side) for side in zip(*self.parts, strict=True))
            ends = ends - ((ends > starts) & (_at(self.text, ends - 1, 0) == _CR))
            kept = ends > starts
            found.starts, found.ends = starts[kept], ends[kept]
        return found


def find_rows(raw: bytes, breaks: Positions, dialect: Dialect, columns: int, *, final: bool) -> Found:
    """Find all rows of a text.

    Args:
        raw: UTF-8 that begins at a record's beginning.
        breaks: positions of its line feeds.
        dialect: the signs in use.
        columns: how many fields a row has.
        final: nothing follows; else a record that the end of `raw` cuts is left and `Found.consumed` is its beginning.

    Returns:
        rows for `take_apart`, rows taken apart already, and faults, each ascending.

    """
    if not dialect.is_bytewise or not raw:
        return find_rows_carefully(raw, dialect, columns, final=final)
    return _Finder(raw, breaks, dialect, columns, final).find()


def compact(raw: bytes, starts: Positions, ends: Positions) -> tuple[bytes, Positions, Positions]:
    """Return the rows alone, each followed by a line feed, and their places.

    Nothing is copied where the rows stand one behind the other.
    """
    if not len(starts):
        return b"", starts, ends
    nexts = np.append(starts[1:], starts[-1])
    holes = np.flatnonzero(nexts[:-1] > ends[:-1] + 2)
    if not len(holes) and starts[0] == 0 and raw[int(ends[-1]) : int(ends[-1]) + 3] in _LINE_ENDS:
        return raw, starts, ends
    firsts, lasts = np.concatenate(([0], holes + 1)), np.append(holes, len(starts) - 1)
    pieces = [raw[a:b] for a, b in zip(starts[firsts].tolist(), ends[lasts].tolist(), strict=True)]
    sizes = np.array([len(piece) + 1 for piece in pieces], dtype=np.int64)
    shifts = np.repeat(starts[firsts] - (np.cumsum(sizes) - sizes), lasts - firsts + 1)
    return b"\n".join(pieces) + b"\n", starts - shifts, ends - shifts


def count_fields(raw: bytes, starts: Positions, ends: Positions, dialect: Dialect, columns: int) -> Positions:
    """Return how many fields each row of a text that `compact` gave has."""
    text = np.frombuffer(raw, dtype=np.uint8)
    is_sign = text == ord(dialect.delimiter)
    if dialect.quote and dialect.quote.encode() in raw:
        is_sign &= ~running_parity(text == ord(dialect.quote))
    signs = np.flatnonzero(is_sign)
    regular = columns > 1 and len(signs) == len(starts) * (columns - 1)
    if regular:
        grid = signs.reshape(len(starts), columns - 1)
        regular = bool((grid[:, 0] >= starts).all() and (grid[:, -1] < ends).all())
    if regular or (columns == 1 and not len(signs)):
        return np.full(len(starts), columns, dtype=np.int64)
    return np.searchsorted(signs, ends) - np.searchsorted(signs, starts) + 1


def take_apart(raw: bytes, rows: int, dialect: Dialect, columns: int, wanted: Sequence[int]) -> list[pa.Array]:
    """Return the wanted columns of rows that all have the right number of fields.

    Args:
        raw: what `compact` gave: valid UTF-8, rows that keep to the grammar, nothing else.
        rows: how many there are.
        dialect: the signs in use.
        columns: fields in a row.
        wanted: which of them, from 0, ascending.

    Returns:
        one string array for each wanted column; NULL only where a field is the escape and N.

    Raises:
        AssertionError: the two ways of reading disagree on the number of rows: a fault of this module.

    """
    names = [str(i) for i in range(columns)]
    if not wanted or not rows:
        return [pa.array([], pa.string()) for _ in wanted]
    # a byte-order mark at the beginning is data here, but the CSV reader would swallow it
    source = b"\n" + raw if raw.startswith(b"\xef\xbb\xbf") else raw
    include = [names[i] for i in wanted]
    table = pacsv.read_csv(
        pa.BufferReader(source),
        read_options=pacsv.ReadOptions(column_names=names, use_threads=False, block_size=len(source) + 1),
        parse_options=pacsv.ParseOptions(
            delimiter=dialect.delimiter,
            quote_char=dialect.quote or False,
            double_quote=True,
            escape_char=False,
            newlines_in_values=True,
        ),
        convert_options=pacsv.ConvertOptions(
            column_types=dict.fromkeys(include, pa.string()),
            include_columns=include,
            strings_can_be_null=bool(dialect.escape_sign),
            quoted_strings_can_be_null=False,
            null_values=[dialect.escape_sign.decode() + "N"] if dialect.escape_sign else [],
            check_utf8=False,
        ),
    )
    assert table.num_rows == rows, f"{table.num_rows} rows parsed where {rows} were found"  # noqa: S101
    return [column.combine_chunks() for column in table.columns]


__all__ = ["compact", "count_fields", "find_rows", "take_apart"]

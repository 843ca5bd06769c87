"""Rows and fields of delimited text (RFC 4180 and its kin), at memory speed; knows no file and no meaning of a column.

There are two ways to the same rows. `read_record` reads one record byte by byte by the grammar: it is the reference and
the slow way. `find_rows` finds all rows at once with array operations wherever the grammar allows it, and calls
`read_record` exactly where it does not: at stray quotes, escapes, lone carriage returns, comments and damage.

The grammar. A record ends at a line feed outside quotes; a carriage return before it belongs to the line end, a lone
one is data. A field that begins with the quote is quoted up to the next single one, two of them stand for one; any
other quote is data. The escape takes away the meaning of the character after it; a field that is exactly the escape
and N is NULL. Empty lines and lines that begin with the comment prefix are no rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from unspoof.errors import BadMapping
from unspoof.parse.charsets import Positions

LONGEST_RECORD = 1 << 20
"""Bytes of UTF-8; a quote that is not closed within it is taken as never closed."""

Fields = tuple[bytes | None, ...]


@dataclass(frozen=True)
class Dialect:
    """The signs that a delimited text uses; each one character, all but the delimiter may be ''."""

    delimiter: str
    quote: str = '"'
    escape: str = ""
    comment: str = ""
    """Prefix of lines that are no rows; any length."""

    def __post_init__(self) -> None:
        signs = [sign for sign in (self.delimiter, self.quote, self.escape) if sign]
        if any(len(sign) != 1 or sign in "\r\n" for sign in signs) or not self.delimiter:
            raise BadMapping("delimiter, quote and escape must be one character each, and no line end")
        # quote and escape may be one: that is how doubled quotes are stated in some products
        if self.delimiter in {self.quote, self.escape} or "\n" in self.comment:
            raise BadMapping("the delimiter cannot be the quote or the escape, nor can a comment hold a line end")

    @cached_property
    def escape_sign(self) -> bytes:
        """The escape, unless it only says that quotes are doubled."""
        return b"" if self.escape == self.quote else self.escape.encode()

    @cached_property
    def is_bytewise(self) -> bool:
        """Whether every sign is one byte of UTF-8, so that array operations find it."""
        return (self.delimiter + self.quote + self.escape).isascii()

    @cached_property
    def quoted(self) -> re.Pattern[bytes]:
        """Match a quoted field from its opening quote on; does not match if it is never closed."""
        quote, escape = re.escape(self.quote.encode()), re.escape(self.escape_sign)
        # single signs may be several bytes: look ahead instead of using a character class
        inner = rb"(?:(?!" + quote + (rb"|" + escape if escape else b"") + rb")[\x00-\xff])"
        if self.is_bytewise:
            inner = rb"[^" + quote + escape + rb"]+"
        escaped = rb"|" + escape + rb"[\x00-\xff]" if escape else b""
        return re.compile(quote + rb"((?:" + inner + rb"|" + quote + quote + escaped + rb")*+)" + quote)

    @cached_property
    def plain(self) -> re.Pattern[bytes]:
        """Match a field without quotes up to the delimiter or line feed that ends it."""
        delimiter, escape = re.escape(self.delimiter.encode()), re.escape(self.escape_sign)
        inner = rb"(?:(?!" + delimiter + (rb"|" + escape if escape else b"") + rb")[^\n])"
        if self.is_bytewise:
            inner = rb"[^\n" + delimiter + escape + rb"]+"
        escaped = rb"|" + escape + rb"(?:\r\n|[\x00-\xff]|\Z)" if escape else b""
        return re.compile(rb"(?:" + inner + escaped + rb")*+")

    def unescape(self, raw: bytes) -> bytes:
        """Return `raw` without its escapes."""
        sign = self.escape_sign
        return re.sub(re.escape(sign) + rb"([\x00-\xff])", rb"\1", raw) if sign and sign in raw else raw


@dataclass(frozen=True)
class Record:
    """What stands at one place: a row, nothing (an empty line, a comment), a fault, or the beginning of more."""

    end: int
    """End of the row without its line end; of a fault: where it shows."""
    after: int
    """Where the next record begins; -1 if the text ends too early to say."""
    fields: Fields = ()
    fault: str = ""
    is_strict: bool = True
    """No field without quotes holds one."""


_UNFINISHED = Record(-1, -1)


def _line_end(text: bytes, at: int, final: bool) -> tuple[int, int] | None:
    """Return the end of the content and the next line's start if a line ends at `at`; -1 as start if it is unsure."""
    if text.startswith(b"\n", at):
        return at, at + 1
    if text.startswith(b"\r\n", at):
        return at, at + 2
    if at >= len(text) or (at == len(text) - 1 and text[at] == 13):
        return (at, len(text)) if final else (at, -1)
    return None


def _plain(text: bytes, at: int, dialect: Dialect) -> tuple[bytes | None, int, bool]:
    match = dialect.plain.match(text, at)
    end = match.end() if match else at
    raw = text[at:end]
    ends_line = end >= len(text) or text[end] == 10
    # a return that the line feed follows is no data, nor is one that the end of the text follows
    if ends_line and raw.endswith(b"\r"):
        raw, end = raw[:-1], end - 1
    null = bool(dialect.escape_sign) and raw == dialect.escape_sign + b"N"
    quote = dialect.quote.encode()
    return (None if null else dialect.unescape(raw)), end, not (quote and quote in raw)


def _quoted(text: bytes, at: int, dialect: Dialect) -> tuple[bytes, int] | None:
    match = dialect.quoted.match(text, at, min(len(text), at + LONGEST_RECORD))
    if match is None:
        return None
    quote, raw = dialect.quote.encode(), match[1]
    if dialect.escape_sign:
        pattern = rb"(?:" + re.escape(dialect.escape_sign) + rb"|" + re.escape(quote) + rb")([\x00-\xff])"
        return re.sub(pattern, rb"\1", raw), match.end()
    return raw.replace(quote + quote, quote), match.end()


def _skipped(text: bytes, start: int, dialect: Dialect, final: bool) -> Record | None:
    """Return an empty line or a comment as a record without fields."""
    ended = _line_end(text, start, final)
    if ended:
        return Record(*ended)
    if not dialect.comment or not text.startswith(dialect.comment.encode(), start):
        return None
    feed = text.find(b"\n", start)
    if feed < 0 and not final:
        return _UNFINISHED
    return Record(start, feed + 1 if feed >= 0 else len(text))


def read_record(text: bytes, start: int, dialect: Dialect, *, final: bool) -> Record:
    """Read the record that begins at `start`, by the grammar.

    Args:
        text: UTF-8 or not; only the dialect's signs and line ends matter.
        start: the beginning of a line.
        dialect: the signs in use.
        final: nothing follows `text`; else a record that touches its end is unfinished.

    """
    skipped = _skipped(text, start, dialect, final)
    if skipped:
        return skipped
    delimiter, quote = dialect.delimiter.encode(), dialect.quote.encode()
    fields: list[bytes | None] = []
    at, strict = start, True
    while True:
        if quote and text.startswith(quote, at):
            read = _quoted(text, at, dialect)
            if read is None or read[1] - start >= LONGEST_RECORD:
                known = final or len(text) - start > 2 * LONGEST_RECORD
                end = min(len(text), start + LONGEST_RECORD)
                return Record(end, end, fault="a quote that is never closed") if known else _UNFINISHED
            value, at = read
            fields.append(value)
        else:
            plain, at, is_strict = _plain(text, at, dialect)
            fields.append(plain)
            strict = strict and is_strict
        ended = _line_end(text, at, final)
        if ended:
            return Record(*ended, tuple(fields), is_strict=strict) if ended[1] >= 0 else _UNFINISHED
        if not text.startswith(delimiter, at):
            return Record(at, at, fault="text after a closing quote")
        at += len(delimiter)


def _next_line(text: bytes, at: int) -> int:
    feed = text.find(b"\n", at)
    return len(text) if feed < 0 else feed + 1


def resume(text: bytes, start: int, fault: Record, dialect: Dialect, columns: int) -> int:
    """Say where to read on after a fault in the record at `start`.

    That is the first line after the record's first that is by itself a faultless row of the right number of fields; if
    there is none up to the line where the fault shows, the line after that. So a lost quote costs the row that it
    stands in and not the rows behind it.
    """
    line = _next_line(text, start)
    while line <= fault.end and line < len(text):
        after = _next_line(text, line)
        alone = read_record(text[line:after], 0, dialect, final=True)
        if not alone.fault and alone.is_strict and len(alone.fields) == columns and alone.after == after - line:
            return line
        line = after
    return line


@dataclass(frozen=True)
class Fault:
    """A stretch of text that is no row."""

    start: int
    end: int
    reason: str


@dataclass
class Found:
    """The rows in a text, all positions in bytes of it, without line ends."""

    starts: Positions
    """Rows that array operations may take apart; ascending."""
    ends: Positions
    loose: list[tuple[int, int, Fields]] = field(default_factory=list)
    """Rows that `read_record` took apart, of the right number of fields."""
    faults: list[Fault] = field(default_factory=list)
    consumed: int = 0
    """Where the first unfinished record begins; the length of the text if there is none."""


def miscounted(actual: int, expected: int) -> str:
    """Return the reason of a row with the wrong number of fields."""
    return f"{actual} field{'' if actual == 1 else 's'} where {expected} are expected"


def trim_end(text: bytes, start: int, end: int) -> int:
    """Return `end` without the line end before it."""
    if end > start and text[end - 1] == 10:
        end -= 1
    return end - 1 if end > start and text[end - 1] == 13 else end


def step(text: bytes, at: int, dialect: Dialect, columns: int, final: bool, found: Found) -> int:
    """Read the record at `at` into `found` and return where the next begins; -1 if it is unfinished."""
    record = read_record(text, at, dialect, final=final)
    if record.fault:
        after = resume(text, at, record, dialect, columns)
        lines = text.count(b"\n", at, trim_end(text, at, after)) + 1
        reason = record.fault + (f"; {lines} lines refused" if lines > 1 else "")
        found.faults.append(Fault(at, trim_end(text, at, after), reason))
        return after
    if record.after < 0:
        return -1
    if record.fields and len(record.fields) == columns:
        found.loose.append((at, record.end, record.fields))
    elif record.fields:
        found.faults.append(Fault(at, record.end, miscounted(len(record.fields), columns)))
    return record.after


def find_rows_carefully(text: bytes, dialect: Dialect, columns: int, *, final: bool) -> Found:
    """Find all rows by the grammar alone; what `find_rows` must equal."""
    nothing = np.zeros(0, dtype=np.int64)
    found, at = Found(nothing, nothing), 0
    while at < len(text):
        after = step(text, at, dialect, columns, final, found)
        if after < 0:
            break
        at = after
    found.consumed = at
    return found


def records(text: bytes, dialect: Dialect, *, final: bool, most: int) -> Iterator[tuple[int, Record]]:
    """Yield up to `most` records with fields and the place of each; faults are passed over line by line."""
    at = 0
    while at < len(text) and most > 0:
        record = read_record(text, at, dialect, final=final)
        if record.after < 0:
            return
        if record.fields:
            yield at, record
            most -= 1
        at = _next_line(text, at) if record.fault else record.after


__all__ = [
    "LONGEST_RECORD",
    "Dialect",
    "Fault",
    "Fields",
    "Found",
    "Record",
    "find_rows_carefully",
    "miscounted",
    "read_record",
    "records",
    "resume",
    "step",
    "trim_end",
]

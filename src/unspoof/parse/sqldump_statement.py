"""The statements of a MySQL or MariaDB dump: where one ends, and what CREATE TABLE, INSERT, SET and USE say.

It reads no rows (sqldump_row, sqldump_scan do) and executes nothing.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

STRINGS = rb"""'(?:[^'\\]++|\\.|'')*+'|"(?:[^"\\]++|\\.|"")*+"|`(?:[^`]++|``)*+`"""
_LINE_COMMENT = rb"(?:\#|--(?=[\x00-\x20]))[^\n]*+"
_BLOCK_COMMENT = rb"/\*(?!!|M!)(?:[^*]++|\*(?!/))*+\*/"
COMMENTS = _LINE_COMMENT + rb"(?:\n|\Z)|" + _BLOCK_COMMENT
# MariaDB's first line since 2024: the client obeys it as a command of its own, so no semicolon follows.
_SANDBOX = rb"/\*M!999999\\-(?:[^*\n]++|\*(?!/))*+\*/"
_NAME = rb'(?:`(?:[^`]++|``)++`|"(?:[^"]++|"")++"|[\w$\x80-\xff]++)'
_QUALIFIED = rb"(?:(?P<db>" + _NAME + rb")\s*+\.\s*+)?+(?P<table>" + _NAME + rb")"
_MODIFIERS = rb"(?:INSERT|REPLACE)(?:\s++(?:LOW_PRIORITY|DELAYED|HIGH_PRIORITY|IGNORE)\b)*+(?:\s++INTO\b)?+\s*+"

_SPACE = re.compile(
    rb"(?:[\s;\x00]++|\xef\xbb\xbf|" + _SANDBOX + rb"|" + _LINE_COMMENT + rb"\n|" + _BLOCK_COMMENT + rb")*+", re.DOTALL
)
_LAST_COMMENT = re.compile(_LINE_COMMENT + rb"\Z|--\Z", re.DOTALL)
_INSERT = re.compile(
    _MODIFIERS
    + _QUALIFIED
    + rb"\s*+(?P<columns>\((?:\s*+"
    + _NAME
    + rb"\s*+,)*+\s*+(?:"
    + _NAME
    + rb"\s*+)?+\)\s*+)?+VALUES?+\s*+(?=\()",
    re.IGNORECASE,
)
_INSERT_INTO = re.compile(_MODIFIERS + _QUALIFIED, re.IGNORECASE)
_CREATE = re.compile(
    rb"CREATE\s+(?:OR\s+REPLACE\s+)?(?:TEMPORARY\s+)?TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?" + _QUALIFIED + rb"\s*+\(",
    re.IGNORECASE,
)
_KNOWN = re.compile(
    rb"/\*M?!|(?:ALTER|ANALYZE|BEGIN|CALL|CHANGE|COMMIT|CREATE|DEALLOCATE|DELETE|DELIMITER|DO|DROP|EXECUTE|FLUSH|GRANT"
    rb"|INSERT|INSTALL|LOAD|LOCK|OPTIMIZE|PREPARE|RENAME|REPLACE|REVOKE|ROLLBACK|SELECT|SET|START|STOP|TRUNCATE|UNLOCK"
    rb"|UPDATE|USE|WITH|XA)\b",
    re.IGNORECASE,
)
_DELIMITER = re.compile(rb"DELIMITER[ \t]+(\S{1,16})[^\n]*(?:\n|\Z)", re.IGNORECASE)
_USE = re.compile(rb"USE\s+(" + _NAME + rb")\s*\Z", re.IGNORECASE)
_SET_NAMES = re.compile(rb"\bSET\s+NAMES\s*+=?\s*+['\"]?+(\w++)", re.IGNORECASE)
_SET_ZONE = re.compile(rb"\bSET\s+(?:SESSION\s+)?TIME_ZONE\s*+=\s*+(?:'([^'\n]{0,64}+)'|(@))", re.IGNORECASE)
_PIECE = re.compile(STRINGS + rb"|" + _BLOCK_COMMENT + rb"|/\*M?!\d*+|\*/|[(),]", re.DOTALL)
_NOT_A_COLUMN = re.compile(
    rb"\s*+(?:PRIMARY|KEY|INDEX|UNIQUE|FULLTEXT|SPATIAL|CONSTRAINT|CHECK|FOREIGN|PERIOD|LIKE)\b", re.IGNORECASE
)
_COLUMN = re.compile(
    rb"\s*+(?P<name>" + _NAME + rb")\s*+(?P<type>[a-z]\w*+(?:\s+(?:precision|varying)\b)?+)?+\s*+"
    rb"(?P<size>\((?:[^()'\"]++|'(?:[^'\\]++|\\.|'')*+')*+\))?+(?P<unsigned>\s+unsigned\b)?+",
    re.IGNORECASE | re.DOTALL,
)
_INLINE_KEY = re.compile(rb"\bPRIMARY\s+KEY\b", re.IGNORECASE)
_PRIMARY = re.compile(rb"\s*+(?:CONSTRAINT\s+(?:" + _NAME + rb"\s+)?)?PRIMARY\s+KEY\b[^(]*\((.*)\)", re.I | re.S)
_KEY_PART = re.compile(rb"\s*+(" + _NAME + rb")")
_CHARSET = re.compile(rb"(?:CHARSET|CHARACTER\s+SET)\s*=?\s*(\w+)", re.IGNORECASE)
_MOST_CREATE = 4 << 20

CODECS = {
    "armscii8": "ascii",
    "ascii": "ascii",
    "big5": "big5",
    "cp1250": "cp1250",
    "cp1251": "cp1251",
    "cp1256": "cp1256",
    "cp1257": "cp1257",
    "cp850": "cp850",
    "cp852": "cp852",
    "cp866": "cp866",
    "cp932": "cp932",
    "eucjpms": "euc_jp",
    "euckr": "euc_kr",
    "gb18030": "gb18030",
    "gb2312": "gb2312",
    "gbk": "gbk",
    "greek": "iso8859_7",
    "hebrew": "iso8859_8",
    "koi8r": "koi8_r",
    "koi8u": "koi8_u",
    "latin1": "cp1252",
    "latin2": "iso8859_2",
    "latin5": "iso8859_9",
    "latin7": "iso8859_13",
    "macce": "mac_latin2",
    "macroman": "mac_roman",
    "sjis": "shift_jis",
    "tis620": "tis_620",
    "ujis": "euc_jp",
    "utf8": "utf-8",
    "utf8mb3": "utf-8",
    "utf8mb4": "utf-8",
}
"""Character set of the server -> Python codec. The server's latin1 is Windows-1252 (MySQL manual, 'West European
Character Sets')."""

BACKSLASH_TRAILS = frozenset({"big5", "cp932", "gb18030", "gbk", "sjis"})
"""Character sets in which the second byte of a character may be a backslash that escapes nothing."""


@dataclass(frozen=True)
class ColumnDefinition:
    """One column as CREATE TABLE declares it."""

    name: str
    declared: str


@dataclass(frozen=True)
class Definition:
    """What a CREATE TABLE says of a table."""

    db: str
    name: str
    columns: tuple[ColumnDefinition, ...]
    key: tuple[str, ...]
    charset: str
    """The table's default character set as the server names it; empty if not stated."""


@dataclass(frozen=True)
class InsertHead:
    """An INSERT or REPLACE up to its first row."""

    db: str
    table: str
    columns: tuple[str, ...] | None
    """The column list; None if there is none."""
    end: int
    """Offset of the first row's parenthesis."""


def name_of(quoted: bytes) -> str:
    """Return an identifier without its quotes; bytes that are no UTF-8 are read as Windows-1252 or Latin-1."""
    mark = quoted[:1]
    if mark in (b"`", b'"'):
        quoted = quoted[1:-1].replace(mark * 2, mark)
    try:
        return quoted.decode()
    except UnicodeDecodeError:
        return quoted.decode("latin-1")


def skip_space(data: bytes, pos: int, at_end: bool) -> int:
    """Return the offset after white space, semicolons and comments; unfinished comments are skipped only `at_end`."""
    space = _SPACE.match(data, pos)
    pos = space.end() if space else pos
    if at_end and _LAST_COMMENT.match(data, pos):
        return len(data)
    return pos


@functools.lru_cache(maxsize=32)
def _body(delimiter: bytes) -> re.Pattern[bytes]:
    plain = b"".join(re.escape(bytes([c])) for c in sorted(set(b"'\"`#/-" + delimiter[:1])))
    token = rb"[^" + plain + rb"]++|" + STRINGS + rb"|" + COMMENTS + rb"|/\*(?=!|M!)|/(?!\*)|[^'\"`/#]"
    return re.compile(rb"(?:(?!" + re.escape(delimiter) + rb")(?:" + token + rb"))*+", re.DOTALL)


def statement_end(data: bytes, pos: int, delimiter: bytes = b";") -> int | None:
    """Return the offset of the delimiter that ends the statement at `pos`; None if `data` ends before it.

    Executable comments (/*! ... */) are read through, so that a string in them hides what it holds.
    """
    match = _body(delimiter).match(data, pos)
    end = match.end() if match else pos
    return end if data.startswith(delimiter, end) else None


def is_statement(data: bytes, pos: int) -> bool:
    """Say whether a known statement or an executable comment begins at `pos`; anything else there is junk."""
    return _KNOWN.match(data, pos) is not None


def read_delimiter(data: bytes, pos: int) -> tuple[bytes, int] | None:
    """Return the delimiter that a DELIMITER command at `pos` sets and the offset after its line, or None."""
    match = _DELIMITER.match(data, pos)
    return (match[1], match.end()) if match else None


def _names(text: bytes | None) -> tuple[str, ...]:
    return tuple(name_of(part) for part in re.findall(_NAME, text or b""))


def read_insert(data: bytes, pos: int) -> InsertHead | None:
    """Return the INSERT ... VALUES or REPLACE ... VALUES whose statement begins at `pos`, or None."""
    match = _INSERT.match(data, pos)
    if not match:
        return None
    columns = _names(match["columns"]) if match["columns"] else ()
    return InsertHead(name_of(match["db"] or b""), name_of(match["table"]), columns or None, match.end())


def inserted_table(data: bytes, pos: int) -> tuple[str, str] | None:
    """Return (database, table) of any INSERT or REPLACE at `pos`, whether it has VALUES or not; else None."""
    match = _INSERT_INTO.match(data, pos)
    return (name_of(match["db"] or b""), name_of(match["table"])) if match else None


def read_use(statement: bytes) -> str | None:
    """Return the database that a USE statement names, or None."""
    match = _USE.match(statement)
    return name_of(match[1]) if match else None


def read_charset(statement: bytes) -> str | None:
    """Return the character set that SET NAMES sets, lower case, or None."""
    match = _SET_NAMES.search(statement)
    return match[1].decode("latin-1").lower() if match else None


def read_zone(statement: bytes) -> str | None:
    """Return the zone that SET TIME_ZONE sets ('' for a variable: back to what it was before the dump), or None."""
    match = _SET_ZONE.search(statement)
    return (match[1] or b"").decode("latin-1") if match else None


def _items(text: bytes, pos: int) -> tuple[list[bytes], int]:
    """Split the parenthesis that was opened just before `pos` at its own commas; also the offset after it."""
    items, part, start, depth = [], b"", pos, 1
    for piece in _PIECE.finditer(text, pos):
        token = piece[0]
        if token == b"(":
            depth += 1
        elif token == b")":
            depth -= 1
        elif token.startswith((b"/*", b"*/")):
            part += text[start : piece.start()] + b" "
            start = piece.end()
        if depth == 0 or (depth == 1 and token == b","):
            items.append(part + text[start : piece.start()])
            part, start = b"", piece.end()
        if depth == 0:
            return items, piece.end()
    return [*items, part + text[start:]], len(text)


def _declared(match: re.Match[bytes]) -> str:
    base = b" ".join((match["type"] or b"").lower().split())
    unsigned = b" unsigned" if match["unsigned"] else b""
    return (base + (match["size"] or b"") + unsigned).decode("utf-8", "replace")


def read_create(statement: bytes) -> Definition | None:
    """Return what a CREATE TABLE statement declares; None if it is none, or names no column (LIKE, AS SELECT).

    Source: MySQL 8.0 manual, 'CREATE TABLE Statement'. Only names, types, the primary key and the default character
    set are read; everything else (generated columns, CHECK, PARTITION, comments) is passed over.
    """
    match = _CREATE.match(statement)
    if not match:
        return None
    items, end = _items(statement[: match.end() + _MOST_CREATE], match.end())
    columns: dict[str, ColumnDefinition] = {}
    key: tuple[str, ...] = ()
    for item in items:
        if _NOT_A_COLUMN.match(item):
            primary = _PRIMARY.match(item)
            key = _key_parts(primary[1]) if primary else key
        elif found := _COLUMN.match(item):
            name = name_of(found["name"])
            columns.setdefault(name, ColumnDefinition(name, _declared(found)))
            key = (name,) if _INLINE_KEY.search(re.sub(STRINGS, b"''", item[found.end() :])) else key
    if not columns:
        return None
    charset = _CHARSET.search(re.sub(STRINGS, b"''", statement[end:]))
    return Definition(
        name_of(match["db"] or b""),
        name_of(match["table"]),
        tuple(columns.values()),
        key,
        charset[1].decode("latin-1").lower() if charset else "",
    )


def _key_parts(text: bytes) -> tuple[str, ...]:
    parts, _ = _items(text + b")", 0)
    return tuple(name_of(found[1]) for part in parts if (found := _KEY_PART.match(part)))


__all__ = [
    "BACKSLASH_TRAILS",
    "CODECS",
    "COMMENTS",
    "STRINGS",
    "ColumnDefinition",
    "Definition",
    "InsertHead",
    "inserted_table",
    "is_statement",
    "name_of",
    "read_charset",
    "read_create",
    "read_delimiter",
    "read_insert",
    "read_use",
    "read_zone",
    "skip_space",
    "statement_end",
]

"""One row of an INSERT, token by token: the exact and slow way, the judge of the fast one (sqldump_read).

It decodes no character set and judges no value: cells are the bytes that the server had, numbers stay as written.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import NamedTuple

from unspoof.parse.sqldump_statement import COMMENTS, STRINGS

Cell = bytes | None


class RowState(Enum):
    """How the reading of a row ended."""

    OK = "ok"
    REFUSED = "refused"
    """Closed properly, but it holds something other than literal values."""
    BROKEN = "broken"
    """The bytes follow no grammar; where the row ends is not known."""
    UNFINISHED = "unfinished"
    """The data end inside the row."""


class Row(NamedTuple):
    """One row: its cells, the offset after its closing parenthesis (or where reading stopped), and any fault."""

    state: RowState
    end: int
    cells: list[Cell]
    fault: str = ""


_STRING = rb"'((?:[^'\\]++|\\.|'')*+)'"
_FIELD = re.compile(
    rb"\s*+(?:(NULL)\s*+|" + _STRING + rb"\s*+|([-+./0-9][^,()'\"`;\#\\]*+))([,)])", re.IGNORECASE | re.DOTALL
)
_GAP = re.compile(rb"(?:\s++|" + COMMENTS + rb")*+", re.DOTALL)
_WORD = re.compile(rb"(NULL|TRUE|FALSE)(?![\w$])|(\\N)", re.IGNORECASE)
_HEX = re.compile(rb"(?:0x([0-9A-Fa-f]++)|[xX]'((?:[0-9A-Fa-f]{2})*+)')(?![\w$])")
_BITS = re.compile(rb"(?:0b([01]++)|[bB]'([01]*+)')(?![\w$])")
_INTRODUCER = re.compile(rb"(?:_[A-Za-z0-9]++\s*+|[nN](?='))")
_TEXT = re.compile(_STRING + rb'|"((?:[^"\\]++|\\.|"")*+)"', re.DOTALL)
_EXPRESSION = re.compile(rb"[^'\"`();\#\\,/-]++|" + COMMENTS + rb"|-|/(?!\*)|([(])|([)])|(,)|(" + STRINGS + rb")", re.S)
_ESCAPE = re.compile(rb"\\(.)|''", re.DOTALL)
_ESCAPE_IN_DOUBLE = re.compile(rb'\\(.)|""', re.DOTALL)
ESCAPED = {b"0": b"\0", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"Z": b"\x1a", b"%": b"\\%", b"_": b"\\_"}
"""Escapes that are not the character itself (MySQL 8.0 manual, 'String Literals', table 11.1)."""
_SPACES = b" \t\n\r\x0b\x0c"


def _unescape(match: re.Match[bytes]) -> bytes:
    escaped: bytes | None = match[1]
    return match[0][:1] if escaped is None else ESCAPED.get(escaped, escaped)


def unescape(text: bytes, quote: bytes = b"'") -> bytes:
    r"""Return what a string literal's inside means: \n and its kin, doubled quotes, \x for any other x."""
    if b"\\" not in text and quote not in text:
        return text
    return (_ESCAPE if quote == b"'" else _ESCAPE_IN_DOUBLE).sub(_unescape, text)


def _from_bits(bits: bytes) -> bytes:
    return int(bits, 2).to_bytes((len(bits) + 7) // 8, "big") if bits else b""


def _numeric_literal(data: bytes, pos: int, stop: int) -> tuple[bytes, int] | None:
    if found := _HEX.match(data, pos, stop):
        digits = found[1] if found[1] is not None else found[2]
        return bytes.fromhex((digits.rjust(len(digits) + len(digits) % 2, b"0")).decode()), found.end()
    if found := _BITS.match(data, pos, stop):
        # A literal of many thousand bits is no BIT column (64 at most) and int() would take quadratic time.
        bits = found[1] if found[1] is not None else found[2]
        return (_from_bits(bits), found.end()) if len(bits) <= 4096 else None
    return None


def _texts(data: bytes, pos: int, stop: int) -> tuple[bytes, int] | None:
    """Read string literals side by side, which SQL joins into one."""
    parts: list[bytes] = []
    while found := _TEXT.match(data, pos, stop):
        parts.append(unescape(found[1]) if found[1] is not None else unescape(found[2], b'"'))
        gap = _GAP.match(data, found.end(), stop)
        pos = gap.end() if gap else found.end()
    return (b"".join(parts), pos) if parts else None


def _literal(data: bytes, pos: int, stop: int) -> tuple[Cell, int] | None:
    if word := _WORD.match(data, pos, stop):
        kind = (word[1] or b"NULL").upper()
        return (None if kind == b"NULL" else b"1" if kind == b"TRUE" else b"0"), word.end()
    if found := _numeric_literal(data, pos, stop):
        return found
    introducer = _INTRODUCER.match(data, pos, stop)
    if introducer:
        pos = introducer.end()
    return (introducer and _numeric_literal(data, pos, stop)) or _texts(data, pos, stop)


def _expression_end(data: bytes, pos: int, stop: int) -> tuple[RowState, int]:
    """Pass over a function call or the like, up to the comma or parenthesis after it."""
    depth = 0
    while pos < stop:
        token = _EXPRESSION.match(data, pos, stop)
        if not token:
            unclosed = data[pos] in b"'\"`/"
            return (RowState.UNFINISHED if unclosed and depth else RowState.BROKEN), pos
        if (token[3] or token[2]) and depth == 0:
            return RowState.REFUSED, pos
        if token[4] and depth == 0:
            return RowState.BROKEN, pos
        depth += bool(token[1]) - bool(token[2])
        pos = token.end()
    return RowState.UNFINISHED, pos


def _skip(data: bytes, pos: int, stop: int) -> int:
    gap = _GAP.match(data, pos, stop)
    return gap.end() if gap else pos


def _odd_field(data: bytes, pos: int, stop: int) -> tuple[RowState, Cell, int]:
    """Read one value that the short pattern does not know; the offset is that of the comma or parenthesis after it."""
    start = _skip(data, pos, stop)
    found = _literal(data, start, stop)
    after = _skip(data, found[1], stop) if found else start
    if after >= stop:
        return RowState.UNFINISHED, None, stop
    if found and data[after] in b",)":
        return RowState.OK, found[0], after
    if data[start] in b"'\"":
        return (RowState.BROKEN if found else RowState.UNFINISHED), None, after
    if data[start] in b",)":
        return RowState.REFUSED, None, start
    state, end = _expression_end(data, start, stop)
    return state, None, end


_FAULTS = {
    RowState.OK: "",
    RowState.REFUSED: "the row holds an empty place or an expression where a literal value is expected",
    RowState.BROKEN: "the row is damaged: a quote is missing or one too many",
    RowState.UNFINISHED: "the dump ends inside this row",
}


def read_row(data: bytes, pos: int, stop: int | None = None) -> Row:
    """Read the row whose parenthesis stands at `pos`.

    Unquoted values that begin like a number are passed on as they stand, whatever follows up to the comma: the
    column's own reader judges them. TRUE and FALSE become 1 and 0 as the server has it.

    Args:
        data: bytes that hold the row.
        pos: offset of its opening parenthesis.
        stop: the data are read as if they ended here.

    """
    stop = len(data) if stop is None else min(stop, len(data))
    cells: list[Cell] = []
    worst = RowState.OK
    pos += 1
    if data[pos : pos + 1] == b")":
        return Row(RowState.OK, pos + 1, cells)
    while True:
        field = _FIELD.match(data, pos, stop)
        bare = field[3] if field else None
        if field and (bare is None or _is_plain(bare)):
            text = field[2]
            cells.append(unescape(text) if text is not None else bare.rstrip(_SPACES) if bare is not None else None)
            pos, mark = field.end(), field[4]
        else:
            state, cell, pos = _odd_field(data, pos, stop)
            if state in (RowState.BROKEN, RowState.UNFINISHED):
                return Row(state, pos, cells, _FAULTS[state])
            worst = worst if state is RowState.OK else state
            cells.append(cell)
            mark = data[pos : pos + 1]
            pos += 1
        if mark == b")":
            return Row(worst, pos, cells, _FAULTS[worst])


def _is_plain(bare: bytes) -> bool:
    return bare[:2] not in (b"0x", b"0b") and b"--" not in bare and b"/*" not in bare


__all__ = ["ESCAPED", "Cell", "Row", "RowState", "read_row", "unescape"]

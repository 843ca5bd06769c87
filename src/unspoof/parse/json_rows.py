"""JSON objects as rows of text cells, and where the objects of a document stand; no number passes through a float."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from json.encoder import encode_basestring
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt

from unspoof.parse.charsets import Positions
from unspoof.parse.parity import running_parity

DEEPEST = 64
"""Objects and lists within each other; a row that goes deeper is refused."""
_TOKENS = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)
_SURROGATE = re.compile(r"\\u[dD][89abABcdefCDEF]")
_KEY_BEFORE = re.compile(rb'"((?:[^"\\]|\\.){0,200})"\s*:\s*\Z')
_BACKSLASH, _QUOTE, _COMMA = 92, 34, 44

Row = dict[str, str | None]


class NotARow(ValueError):
    """The text is no JSON object that can be a row; the message is the reason of the refusal."""


class _Number(str):
    """A number as it was written."""

    __slots__ = ()


def _no_constant(name: str) -> NoReturn:
    raise NotARow(f"{name} is no JSON")


_DECODER = json.JSONDecoder(
    object_pairs_hook=tuple, parse_float=_Number, parse_int=_Number, parse_constant=_no_constant
)


def _depth(text: str) -> int:
    deepest = depth = 0
    for piece in _TOKENS.findall(text):
        depth += 1 if piece in {"[", "{"} else -1 if piece in {"]", "}"} else 0
        deepest = max(deepest, depth)
    return deepest


def _dump(value: Any) -> str:
    """Return a parsed value as JSON text, its numbers as they were written; objects are tuples of pairs here."""
    if isinstance(value, tuple):
        return "{" + ",".join(f"{encode_basestring(key)}:{_dump(inner)}" for key, inner in value) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_dump(inner) for inner in value) + "]"
    if isinstance(value, _Number):
        return str(value)
    return encode_basestring(value) if isinstance(value, str) else {True: "true", False: "false", None: "null"}[value]


def _flatten(pairs: tuple[tuple[str, Any], ...], prefix: str, row: Row) -> None:
    for key, value in pairs:
        name = prefix + key
        if isinstance(value, tuple) and value:
            _flatten(value, f"{name}.", row)
            continue
        if name in row:
            raise NotARow("a key that occurs twice")
        if value is None or type(value) is str:
            row[name] = value
        elif isinstance(value, _Number):
            row[name] = str(value)
        else:
            row[name] = _dump(value)


def read_object(text: str) -> Row:
    """Read one JSON object as a row.

    Keys of objects within objects are joined with dots; lists (and empty objects) stay JSON text without blanks;
    numbers stay as they were written ('1.50', '1e3'), truth is 'true' or 'false', null is None.

    Raises:
        NotARow: no JSON by RFC 8259 (NaN and its kin are none), no object, a key that occurs twice, deeper than
            `DEEPEST`, half a surrogate pair, which is no text.

    """
    if text.count("[") + text.count("{") > DEEPEST and _depth(text) > DEEPEST:
        raise NotARow(f"more than {DEEPEST} objects and lists within each other")
    try:
        value = _DECODER.decode(text)
    except NotARow:
        raise
    except ValueError as error:
        place = f" at character {error.pos}" if isinstance(error, json.JSONDecodeError) else ""
        raise NotARow(f"not JSON{place}") from None
    if not isinstance(value, tuple):
        raise NotARow("no JSON object")
    row: Row = {}
    _flatten(value, "", row)
    if _SURROGATE.search(text):
        try:
            "".join((*row, *(cell for cell in row.values() if cell))).encode()
        except UnicodeEncodeError:
            raise NotARow("half a surrogate pair in a text") from None
    return row


@dataclass(frozen=True)
class Spans:
    """The elements that were found in a stretch of a document."""

    starts: Positions
    ends: Positions
    strays: tuple[tuple[int, int], ...]
    """Stretches between elements that hold neither blanks nor commas."""
    closed: int
    """Where the list that holds the elements is closed; -1 if it goes on."""


def _structure(raw: bytes) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int8]]:
    """Return the bytes and each one's step in depth: 1 for a bracket that opens, -1 for one that closes, else 0."""
    text = np.frombuffer(raw, dtype=np.uint8)
    quotes = text == _QUOTE
    if b"\\" in raw:
        slashes = np.flatnonzero(text == _BACKSLASH)
        lasts = np.append(np.flatnonzero(np.diff(slashes) != 1), len(slashes) - 1)
        escaped = slashes[lasts[np.diff(lasts, prepend=-1) % 2 == 1]] + 1
        quotes[escaped[escaped < len(raw)]] = False
    steps = ((text == ord("{")) | (text == ord("["))).astype(np.int8)
    steps -= ((text == ord("}")) | (text == ord("]"))).astype(np.int8)
    steps[running_parity(quotes)] = 0
    return text, steps


def find_elements(raw: bytes, base: int) -> Spans:
    """Find the elements of a list in a document (or of documents one behind the other) that stand whole in `raw`.

    Args:
        raw: UTF-8 that begins between two elements.
        base: 0 where nothing holds the elements, else any number above: then a bracket too many closes the list.

    """
    text, steps = _structure(raw)
    depth = np.cumsum(steps, dtype=np.int64)
    shut = np.flatnonzero((depth < 0) & (steps < 0))
    closed = int(shut[0]) if base and len(shut) else -1
    until = closed if closed >= 0 else len(raw)
    starts = np.flatnonzero((steps[:until] > 0) & (depth[:until] == 1))
    ends = np.flatnonzero((steps[:until] < 0) & (depth[:until] == 0)) + 1
    starts = starts[: len(ends)]
    blank = (text[:until] == 32) | (text[:until] == 10) | (text[:until] == 13) | (text[:until] == 9)
    if base:
        blank |= text[:until] == _COMMA
    known = int(ends[-1]) if closed < 0 and len(ends) else until
    content = np.flatnonzero((depth[:until] <= 0) & (steps[:until] == 0) & ~blank)
    content = content[content < known]
    if not base:
        content = np.union1d(content, shut)
    return Spans(starts, ends, _groups(content, starts), closed)


def _groups(places: Positions, starts: Positions) -> tuple[tuple[int, int], ...]:
    """Join places into stretches, one between any two elements."""
    if not len(places):
        return ()
    gap = np.searchsorted(starts, places)
    firsts = np.flatnonzero(np.diff(gap, prepend=-1))
    lasts = np.append(firsts[1:], len(places)) - 1
    return tuple(zip(places[firsts].tolist(), (places[lasts] + 1).tolist(), strict=True))


def find_list(head: bytes) -> tuple[int, str] | None:
    """Find the list of objects that a document is about.

    That is the first list that stands in no other, begins with an object and fills half of the head: a record that
    has a short list of its own is no list of records.

    Returns:
        the place behind its bracket, and its key ('' if it has none).

    """
    text, steps = _structure(head)
    squares = np.cumsum(np.where((text == ord("[")) | (text == ord("]")), steps, 0), dtype=np.int64)
    shut = np.flatnonzero((squares == 0) & (steps < 0) & (text == ord("]")))
    ends = np.append(shut, len(head))
    for place in np.flatnonzero((steps > 0) & (text == ord("[")) & (squares == 1)).tolist():
        end = int(ends[np.searchsorted(shut, place)])
        if (end - place) * 2 >= len(head.strip()) and head[place + 1 : place + 4096].lstrip()[:1] == b"{":
            key = _KEY_BEFORE.search(head, max(0, place - 300), place)
            return place + 1, key[1].decode("utf-8", "replace") if key else ""
    return None


def union_keys(rows: list[Row]) -> tuple[str, ...]:
    """Return every key of the rows, in the order in which they first occur."""
    keys: Mapping[str, None] = {key: None for row in rows for key in row}
    return tuple(keys)


__all__ = ["DEEPEST", "NotARow", "Row", "Spans", "find_elements", "find_list", "read_object", "union_keys"]

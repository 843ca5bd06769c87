"""JSON in which transactions may stand, read with the place of every input and output; what they mean is no matter here.

A number stays the text that it was written as: no value passes through a float.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NoReturn

PART_LISTS = ("vin", "vout", "inputs", "outputs")
"""Keys of a transaction whose elements are its inputs or outputs."""
NESTED = ("result", "tx", "answers")
"""Keys under which transactions stand: of an answer of JSON-RPC, of a block, of what was sealed when it was fetched."""
BODY = "body"
"""Key of a text whose place is noted: of an answer as it was received."""
DEEPEST = 8
"""Lists, answers and blocks within each other that are looked into."""

_SPACE = re.compile(r"[ \t\n\r]*")
_PLAIN_KEY = re.compile(r'"([^"\\\x00-\x1f]*)"[ \t\n\r]*:[ \t\n\r]*')
"""A key without escapes, and what stands up to its value."""


class NotChainJson(ValueError):
    """The text is no JSON that can be read in one way only; the message is the reason of the refusal."""


class Number(str):
    """A number as it was written."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Span:
    """A value and where it stands."""

    value: Any
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Node:
    """An object, or a list (which has only `items`)."""

    start: int
    end: int
    fields: dict[str, Any] = field(default_factory=dict)
    """Values of an object that are no lists of parts and hold no transactions."""
    parts: dict[str, tuple[Span, ...]] = field(default_factory=dict)
    """Elements of the lists of `PART_LISTS`."""
    places: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Where those lists stand, with their brackets, and the text under `BODY`, with its quotes."""
    items: tuple[Node | Span, ...] = ()
    """Elements of a list; of an object: what stands under `NESTED`."""
    holds: str = ""
    """Under which key of `NESTED`; empty for none."""
    is_list: bool = False


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise NotChainJson("a key that occurs twice")
    return made


def _no_constant(name: str) -> NoReturn:
    raise NotChainJson(f"{name} is no JSON")


_SCAN = json.JSONDecoder(
    object_pairs_hook=_unique, parse_float=Number, parse_int=Number, parse_constant=_no_constant
).raw_decode


def read_nodes(raw: bytes) -> Node | Span:
    """Read one JSON value; places are bytes from the start of `raw`.

    Raises:
        NotChainJson: no UTF-8, no JSON by RFC 8259, a key that occurs twice, too deep.
    """
    try:
        text = raw.decode("ascii" if raw.isascii() else "utf-8")
    except UnicodeDecodeError:
        raise NotChainJson("not utf-8") from None
    if not text.isascii():
        # in Latin-1 a character is a byte, so that places are right; what a transaction needs is ASCII anyway
        text = raw.decode("latin-1")
    try:
        node, end = _value(text, _skip(text, 0), 0)
    except NotChainJson:
        raise
    except json.JSONDecodeError as error:
        raise NotChainJson(f"not JSON at character {error.pos}") from None
    except RecursionError:
        raise NotChainJson("too many objects and lists within each other") from None
    except ValueError:
        raise NotChainJson("not JSON") from None
    if _skip(text, end) != len(text):
        raise NotChainJson(f"not JSON at character {_skip(text, end)}")
    return node


def _skip(text: str, at: int) -> int:
    if text[at : at + 1] > " ":  # mostly there is nothing to skip
        return at
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _value(text: str, at: int, depth: int) -> tuple[Node | Span, int]:
    """Read a value that may hold transactions."""
    first = text[at : at + 1]
    if first not in ("{", "[") or depth > DEEPEST:
        return _span(text, at)
    return _object(text, at, depth) if first == "{" else _list(text, at, depth)


def _span(text: str, at: int) -> tuple[Span, int]:
    value, end = _SCAN(text, at)
    return Span(value, at, end), end


def _list(text: str, at: int, depth: int) -> tuple[Node, int]:
    items: list[Node | Span] = []
    end = _each(text, at, lambda place: _kept(items, *_value(text, place, depth + 1)))
    return Node(at, end, items=tuple(items), is_list=True), end


def _kept(items: list[Any], item: Node | Span, end: int) -> int:
    items.append(item)
    return end


def _each(text: str, at: int, take: Callable[[int], int]) -> int:
    """Let `take` read every element of the list at `at`; return the place behind the list."""
    at = _skip(text, at + 1)
    if text[at : at + 1] == "]":
        return at + 1
    while True:
        at = _skip(text, take(at))
        mark = text[at : at + 1]
        if mark == "]":
            return at + 1
        if mark != ",":
            raise NotChainJson(f"not JSON at character {at}")
        at = _skip(text, at + 1)


def _object(text: str, at: int, depth: int) -> tuple[Node, int]:
    node = Node(at, -1)
    items: list[Node | Span] = []
    holds, keys, start = "", set(), at
    at = _skip(text, at + 1)
    if text[at : at + 1] == "}":
        return Node(start, at + 1), at + 1
    while True:
        key, at = _key(text, at)
        if key in keys:
            raise NotChainJson("a key that occurs twice")
        keys.add(key)
        if key in PART_LISTS and text[at : at + 1] == "[":
            begin, spans = at, list[Span]()
            at = _each(text, at, lambda place, spans=spans: _kept(spans, *_span(text, place)))  # type: ignore[misc]
            node.parts[key], node.places[key] = tuple(spans), (begin, at)
        elif key in NESTED and text[at : at + 1] in ("{", "["):
            inner, at = _value(text, at, depth + 1)
            items.append(inner)
            holds = holds or key
        else:
            begin = at
            node.fields[key], at = _SCAN(text, at)
            if key == BODY:
                node.places[key] = begin, at
        at = _skip(text, at)
        mark = text[at : at + 1]
        if mark == "}":
            return Node(start, at + 1, node.fields, node.parts, node.places, tuple(items), holds), at + 1
        if mark != ",":
            raise NotChainJson(f"not JSON at character {at}")
        at = _skip(text, at + 1)


def _key(text: str, at: int) -> tuple[str, int]:
    """Return a key and the place of its value."""
    if plain := _PLAIN_KEY.match(text, at):
        return plain[1], plain.end()
    if text[at : at + 1] != '"':
        raise NotChainJson(f"not JSON at character {at}")
    key, at = _SCAN(text, at)
    at = _skip(text, at)
    if text[at : at + 1] != ":":
        raise NotChainJson(f"not JSON at character {at}")
    return key, _skip(text, at + 1)


def read_spans(text: str) -> tuple[Span, ...]:
    """Read a JSON list as its elements, with the place of each as characters of `text`.

    Raises:
        NotChainJson: it is no list, or no JSON.
    """
    spans: list[Span] = []
    at = _skip(text, 0)
    if text[at : at + 1] != "[":
        raise NotChainJson("no JSON list")
    try:
        end = _each(text, at, lambda place: _kept(spans, *_span(text, place)))
    except NotChainJson:
        raise
    except RecursionError:
        raise NotChainJson("too many objects and lists within each other") from None
    except ValueError:
        raise NotChainJson("not JSON") from None
    if _skip(text, end) != len(text):
        raise NotChainJson("something follows the JSON list")
    return tuple(spans)


__all__ = [
    "BODY",
    "DEEPEST",
    "NESTED",
    "PART_LISTS",
    "Node",
    "NotChainJson",
    "Number",
    "Span",
    "read_nodes",
    "read_spans",
]

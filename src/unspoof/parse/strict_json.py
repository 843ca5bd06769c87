"""A JSON object of a signed token, read so that it can mean one thing only; no general JSON reader.

Source: RFC 8259; RFC 7515 section 4 (no duplicate names); RFC 8225 section 9 (deterministic form: names in lexicographic
order, no white space).
"""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

LONGEST_JSON = 16_384
"""Bytes."""

MOST_BRACKETS = 200
"""Opening brackets, which bounds the depth as well."""

_SURROGATE = re.compile(r"[\ud800-\udfff]")


class NotStrictJson(ValueError):
    """The bytes are no JSON object that can mean one thing only; the message says why."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise NotStrictJson(f"the name {twice[:40]!a} stands twice")
    return made


def _constant(name: str) -> NoReturn:
    raise NotStrictJson(f"{name} is no JSON number")


_READER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_constant)
_WRITER = json.JSONEncoder(separators=(",", ":"), sort_keys=True, ensure_ascii=False)


def read_object(data: bytes) -> dict[str, Any]:
    """Return the JSON object that the bytes are.

    Raises:
        NotStrictJson: not UTF-8, not JSON, not an object, a name twice, too long or too deep.
    """
    if len(data) > LONGEST_JSON:
        raise NotStrictJson(f"it has {len(data)} bytes; {LONGEST_JSON} are read")
    if data.count(b"[") + data.count(b"{") > MOST_BRACKETS:
        raise NotStrictJson(f"it has more than {MOST_BRACKETS} opening brackets")
    try:
        text = data.decode("utf-8")
        made = _READER.decode(text)
    except NotStrictJson:
        raise
    except UnicodeDecodeError:
        raise NotStrictJson("it is not UTF-8") from None
    except (ValueError, RecursionError) as error:
        raise NotStrictJson(f"it is no JSON ({str(error)[:80]})") from None
    if not isinstance(made, dict):
        raise NotStrictJson("it is no JSON object")
    if "\\u" in text and _SURROGATE.search(_WRITER.encode(made)):
        raise NotStrictJson("it has half of a surrogate pair")
    return made


def deterministic(value: Any) -> bytes:
    """Return the deterministic form of a JSON value (RFC 8225 section 9)."""
    return _WRITER.encode(value).encode("utf-8", "surrogatepass")


__all__ = ["LONGEST_JSON", "MOST_BRACKETS", "NotStrictJson", "deterministic", "read_object"]

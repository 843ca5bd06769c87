"""One JSON object as a row, against Python's own reader."""

from __future__ import annotations

import json

from fuzz.target import Target, text_of
from unspoof.parse.json_rows import NotARow, find_elements, find_list, read_object


def feed(data: bytes) -> None:
    """Read a text as one object; find elements and lists in the bytes."""
    text = text_of(data)
    try:
        row = read_object(text)
    except NotARow:
        row = None
    if row is not None:
        whole = json.loads(text)
        assert isinstance(whole, dict)
        assert all(isinstance(key, str) and (cell is None or isinstance(cell, str)) for key, cell in row.items())
        flat = [key for key, value in whole.items() if not isinstance(value, dict)]
        assert set(flat) <= set(row), "a key that is lost"
        assert all(row[key] == value for key, value in whole.items() if isinstance(value, str))
        "".join((*row, *(cell for cell in row.values() if cell))).encode()
    for base in (0, 1):
        spans = find_elements(data, base)
        assert (spans.starts < spans.ends).all(), "an element without bytes"
        assert (spans.starts[1:] >= spans.ends[:-1]).all(), "two elements share bytes"
        assert -1 <= spans.closed < max(len(data), 1)
        assert all(0 <= start < end <= len(data) for start, end in spans.strays)
    found = find_list(data)
    assert found is None or data[found[0] - 1 : found[0]] == b"["


TARGET = Target(
    "json_rows",
    "a JSON text",
    feed,
    (
        b'{"a": 1, "b": {"c": [1, {"d": 2.50}], "e": {}}, "f": "\\u00e9\\ud83c\\udfe6", "g": null, "h": true, "i": 1e400}',
        b'{"page": 0, "calls": [{"a": "1"}, {"a": "2"}], "total": 3}',
        b'{"a": 1, "a": 2}',
        b'{"a.b": 1, "a": {"b": 2}}',
        b"[" * 70 + b"]" * 70,
        b'{"a": "\\ud800"}',
    ),
    words=(b'":', b"null", b"true", b"NaN", b"Infinity", b"-0", b"1e", b"\\u", b"\\ud800", b"{}", b"[]", b"},{"),
    most=1024,
)

__all__ = ["TARGET"]

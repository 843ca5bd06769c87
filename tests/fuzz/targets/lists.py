"""Several texts in one."""

from __future__ import annotations

from fuzz.target import Target, text_of
from unspoof.model.lists import split_list


def feed(data: bytes) -> None:
    """Split any text; join texts and have them back."""
    text = text_of(data)
    parts = split_list(text)
    assert all(isinstance(part, str) for part in parts)
    assert sum(map(len, parts)) <= len(text)
    items = text.split("\x1f")
    for between in (";", "; "):
        joined = between.join(item.replace("\\", "\\\\").replace(";", "\\;") for item in items)
        # a blank after the mark belongs to the mark, and a text that ends the list cannot be told from none
        if between == ";" and any(item[:1] == " " for item in items[1:]):
            continue
        if joined and items[-1]:
            assert split_list(joined) == items, "not what was joined"


TARGET = Target(
    "lists",
    "a text; split at U+001F, texts to be joined",
    feed,
    (b"a; b;c\\;d;\\\\", b"a\x1fb;\x1f\\\x1f x", b"", b";;", b"\\"),
    words=(b"; ", b"\\;", b"\\\\", b"\x1f"),
    most=512,
)

__all__ = ["TARGET"]

"""Character sets: found or stated, and every place in the text led back to its bytes."""

from __future__ import annotations

import numpy as np

from fuzz.target import Target, text_of
from unspoof.errors import UnspoofError
from unspoof.parse.charsets import find_breaks, find_charset, to_text, valid_rows
from unspoof.parse.lines import find_lines


def feed(data: bytes) -> None:
    """Read the bytes after the first line in the character set that the first line states; empty states none."""
    stated, _, raw = data.partition(b"\n")
    try:
        charset = find_charset(text_of(stated), raw, whole=True)
        body = raw[charset.bom :]
        text = to_text(body, charset.bom, charset)
    except UnspoofError:
        return
    breaks = find_breaks(body, charset)
    assert len(text.breaks) == len(breaks)
    starts, ends = find_lines(text.utf8, text.breaks)
    assert (starts < ends).all(), "an empty line"
    at, to = text.source_starts(starts), text.source_ends(ends)
    assert (at >= charset.bom).all(), "a place before the stream"
    assert (to <= len(raw)).all(), "a place behind the stream"
    assert (at <= to).all(), "a line of negative size"
    assert (at[1:] >= to[:-1]).all(), "two lines share bytes"
    sound = valid_rows(text.utf8, starts, ends)
    assert len(sound) == len(starts)
    for row in np.flatnonzero(sound)[:20].tolist():
        if not charset.is_utf8:
            continue
        assert raw[at[row] : to[row]].replace(b"\r", b"\n") == text.utf8[starts[row] : ends[row]].replace(b"\r", b"\n")


TARGET = Target(
    "charsets",
    "the name of a character set or nothing, a line feed, then text in it",
    feed,
    (
        "\na\nZoë\r\n\nb".encode(),
        b"cp1252\nZo\xeb\r\n\x81\n",
        b"\n" + "a\r\nb\n".encode("utf-16"),
        b"utf-16-be\n" + "a\nb".encode("utf-16-be") + b"\0",
        b"\n" + "\ufeffa\nb\n".encode("utf-32-le"),
        b"\na\rb\rc",
        b"shift_jis\n\x83\x5c\n\x83\n",
        b"utf-7\n+AAo-",
    ),
    words=(
        b"latin-1",
        b"utf-16",
        b"utf-32",
        b"cp437",
        b"koi8-r",
        b"gb18030",
        b"big5",
        b"euc_jp",
        b"iso2022_jp",
        b"\xff\xfe",
        b"\xfe\xff",
        b"idna",
        b"rot13",
        b"hex",
        b"punycode",
        b"cp037",
        b"unicode_escape",
        b"utf-8-sig",
        b"mbcs",
        b"undefined",
    ),
    most=1024,
)

__all__ = ["TARGET"]

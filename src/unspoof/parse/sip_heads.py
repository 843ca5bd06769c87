"""The heads of many SIP messages at once: their lines and where the values of the usual headers stand; no value is read.

Only plain heads are found here: CRLF, ASCII without NUL, every line a name, a colon and a value, no line folded, none of
the headers of which one counts twice. A head that is not plain is not judged; it is left to the scan of sip.py.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from unspoof.parse.byte_columns import PAD, Mask, Octets, Places, Slices, Words, word, words
from unspoof.parse.sip_headers import read_name

WANTED = (
    "via", "from", "to", "call-id", "cseq", "content-length", "user-agent", "server", "p-asserted-identity", "identity",
    "date",
)  # fmt: skip
"""Headers whose values are found; Via may stand there several times, and the last is found."""
MOST_LINES = 500
"""Lines of a head that is still plain; fewer than sip.py reads."""
LONGEST_PLAIN_NAME = 31

_NAME = re.compile(rb"[!-9;-~]{1,%d}\Z" % LONGEST_PLAIN_NAME)
_OTHER, _NO_NAME = -1, -2
_COLONS = word(b":" * 8)
_ONES, _HIGH = word(b"\x01" * 8), word(b"\x80" * 8)
_WORDS = (LONGEST_PLAIN_NAME + 1) // 8


@dataclass(frozen=True)
class Heads:
    """Where things stand in the heads of messages, row for row."""

    plain: Mask
    end: Places
    """Where the empty line begins, with the line end before it; meaningless where not plain."""
    first: Slices
    """Start lines."""
    values: dict[str, Slices]
    """Of each header of WANTED, with the blanks around them."""


def read_heads(data: Octets, offsets: Places) -> Heads:
    """Find the heads of messages.

    Args:
        data: the messages one behind the other, with PAD octets of zero at the end.
        offsets: where each begins, and where the last ends.

    """
    starts, stops = offsets[:-1], offsets[1:]
    returns = np.flatnonzero(data == 13)
    whole = data[returns + 1] == 10
    ends = returns[whole]
    end, plain = _head_ends(ends, starts, stops)
    for odd in _odd_octets(data, returns, whole):
        plain &= np.searchsorted(odd, end) == np.searchsorted(odd, starts)
    low = np.searchsorted(ends, starts)
    count = np.where(plain, np.searchsorted(ends, end, side="right") - low, 0)
    plain &= count <= MOST_LINES
    count[~plain] = 0
    before = np.cumsum(count) - count
    line_end = ends[np.repeat(low - before, count) + np.arange(count.sum())]
    line_start = np.empty_like(line_end)
    line_start[1:] = line_end[:-1] + 2
    firsts = before[plain]
    line_start[firsts] = starts[plain]
    first = Slices(starts, starts.copy(), plain)
    first.stop[plain] = line_end[firsts]
    header = np.ones(len(line_end), np.bool_)
    header[firsts] = False
    owner = np.repeat(np.arange(len(starts)), count)[header]
    values = _values(words(data), line_start[header], line_end[header], owner, starts, plain)
    return Heads(plain, end, first, values)


def _head_ends(ends: Places, starts: Places, stops: Places) -> tuple[Places, Mask]:
    """Return where the head of each message ends (its start where it does not), and whether it does."""
    empty = np.append(ends[:-1][np.diff(ends) == 2], np.iinfo(np.int64).max - 4)
    end = empty[np.searchsorted(empty, starts)]
    plain = end + 4 <= stops
    return np.where(plain, end, starts), plain


def _odd_octets(data: Octets, returns: Places, whole: Mask) -> list[Places]:
    """Return places of octets that no plain head has, by kind; bodies may well have them."""
    odd = []
    if not whole.all():
        odd.append(returns[~whole])
    content = data[:-PAD]
    if np.count_nonzero(content == 10) != np.count_nonzero(whole):
        feeds = np.flatnonzero(content == 10)
        odd.append(feeds[data[feeds - 1] != 13])
    if len(content) and (content.max() > 127 or np.count_nonzero(content == 0)):
        odd.append(np.flatnonzero(content - np.uint8(1) >= 127))
    return odd


def _values(at: Words, begin: Places, stop: Places, owner: Places, starts: Places, plain: Mask) -> dict[str, Slices]:
    """Return the values of each wanted header; heads with a line that has no plain name, or one too many, are marked."""
    kinds, widths = _kinds(at, begin)
    plain[owner[kinds == _NO_NAME]] = False
    begin = begin + widths + 1
    found = {}
    for kind, name in enumerate(WANTED):
        lines = np.flatnonzero(kinds == kind)
        rows = owner[lines]
        if kind:
            plain[rows[1:][np.diff(rows) == 0]] = False
        there = np.zeros(len(starts), np.bool_)
        there[rows] = True
        one = Slices(starts.copy(), starts.copy(), there)
        one.begin[rows], one.stop[rows] = begin[lines], stop[lines]
        found[name] = one
    return found


def _kinds(at: Words, starts: Places) -> tuple[NDArray[np.int8], NDArray[np.int16]]:
    """Return for each line the place of its name in WANTED, and the length of the name.

    Names are compared as words of eight octets up to their colon; each distinct one is judged once.
    """
    kinds = np.full(len(starts), _NO_NAME, np.int8)
    widths = np.zeros(len(starts), np.int16)
    rows, codes, known = np.arange(len(starts)), np.zeros(len(starts), np.int64), [b""]
    for step in range(_WORDS):
        part, ended = _to_colon(at[starts[rows] + 8 * step])
        coded = pa.array(part).dictionary_encode()
        texts = coded.dictionary.to_pylist()
        codes = codes * len(texts) + coded.indices.to_numpy()
        if step:
            pairs = pa.array(codes).dictionary_encode()
            known = [
                known[pair // len(texts)] + _text(texts[pair % len(texts)]) for pair in pairs.dictionary.to_pylist()
            ]
            codes = pairs.indices.to_numpy()
        else:
            known = [_text(text) for text in texts]
        judged = [_kind(name) for name in known]
        kinds[rows] = np.array([kind for kind, _ in judged], np.int8)[codes]
        widths[rows] = np.array([width for _, width in judged], np.int16)[codes]
        rows, codes = rows[~ended], codes[~ended].astype(np.int64)
        if not len(rows):
            break
    return kinds, widths


def _to_colon(part: Words) -> tuple[Words, Mask]:
    """Return words without what follows their first colon, and which have one."""
    same = part ^ _COLONS
    # the lowest bit left is the highest of the first octet that is zero: nothing carries into octets below it
    marks = (same - _ONES) & ~same & _HIGH
    lowest = marks & (~marks + np.uint64(1))
    ended = marks != 0
    return np.where(ended, part & (lowest | (lowest - np.uint64(1))), part), ended


def _text(part: int) -> bytes:
    return part.to_bytes(8, "little")


@lru_cache(maxsize=4096)
def _kind(text: bytes) -> tuple[int, int]:
    """Return the place in WANTED of the name before a colon, and its length."""
    name, colon, _ = text.partition(b":")
    if not colon or not _NAME.match(name):
        return _NO_NAME, 0
    full = read_name(name)
    return WANTED.index(full) if full in WANTED else _OTHER, len(name)


__all__ = ["LONGEST_PLAIN_NAME", "MOST_LINES", "WANTED", "Heads", "read_heads"]

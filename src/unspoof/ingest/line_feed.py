"""A stream of text as chunks of whole lines in UTF-8, in bounded memory; knows nothing of rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from unspoof.ingest.container import Refused
from unspoof.parse.charsets import HEAD, Charset, Positions, Text, find_breaks, find_charset, to_text

BLOCK_SIZE = 8 << 20
"""Bytes of the stream in one block."""
MOST_IN_ONE = (1 << 31) - 1
"""A locator's size is a 32-bit number: a longer stretch is refused in several."""


@dataclass(frozen=True)
class Chunk:
    """Either whole lines, or the place of one line that is too long to read."""

    text: Text
    final: bool
    """Nothing that began in this chunk goes on after it: the stream ends, or a line that is too long follows."""
    too_long: tuple[int, int] | None = None
    """Position and size of a line longer than the limit; `text` is empty then."""


def read_fully(stream: BinaryIO, size: int) -> bytes:
    """Read `size` bytes, fewer only at the end of the stream (a raw stream may give less than asked)."""
    parts: list[bytes] = []
    while size > 0:
        part = stream.read(size)
        if not part:
            break
        parts.append(part)
        size -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def fetch_bytes(stream: BinaryIO, locator: int, locator_size: int) -> bytes:
    """Return `locator_size` bytes at `locator` of a stream that stands at 0; seeks if it can, else reads up to
    there.
    """
    if stream.seekable():
        stream.seek(locator)
        return read_fully(stream, locator_size)
    while locator > 0:
        skipped = len(read_fully(stream, min(locator, 1 << 20)))
        if not skipped:
            return b""
        locator -= skipped
    return read_fully(stream, locator_size)


def refuse(table: str, start: int, end: int, reason: str) -> list[Refused]:
    """Return a refusal of the bytes from `start` to `end`, in several parts if one locator cannot hold it."""
    marks = list(range(start, end, MOST_IN_ONE)) or [start]
    return [Refused(table, at, min(end - at, MOST_IN_ONE), reason) for at in marks]


class LineFeed:
    """Gives a stream chunk by chunk; takes back what the caller could not use yet.

    Args:
        stream: stands at 0 and is read forwards only.
        encoding: the stated character set, or ''.
        block_size: bytes that a chunk aims at; a chunk holds at least one whole line.
        longest: bytes; a longer line is not read but reported.

    """

    def __init__(self, stream: BinaryIO, encoding: str, *, block_size: int = BLOCK_SIZE, longest: int = 1 << 20):
        self._stream = stream
        self.block_size = block_size
        self._longest = longest
        head = read_fully(stream, HEAD)
        self.is_short = len(head) < HEAD
        """The whole stream is in `head`."""
        self.charset: Charset = find_charset(encoding, head, self.is_short)
        self._rest = head[self.charset.bom :]
        self._at = self.charset.bom
        self._ended = self.is_short
        self._last = b""
        self._stuck = 0

    def head(self, size: int) -> Chunk:
        """Return the whole lines in the stream's first `size` bytes, without taking them."""
        raw = self._rest[:size]
        breaks = find_breaks(raw, self.charset)
        final = self.is_short and len(raw) == len(self._rest)
        if not final and len(breaks):
            raw = raw[: int(breaks[-1]) + self.charset.unit]
        return Chunk(to_text(raw, self._at, self.charset, breaks), final)

    def raw(self, start: int) -> tuple[bytes, int, bool]:
        """Return what has been read from `start`, counted behind the byte-order mark, for readers that know no lines.

        Returns:
            the bytes, their place in the stream, and whether the stream ends with them; `more` gives what follows.

        """
        return self._rest[start:], self._at + start, self._ended

    def more(self, size: int) -> bytes:
        """Return up to `size` further bytes; none at the end of the stream."""
        return b"" if self._ended else read_fully(self._stream, size)

    def take(self) -> Chunk | None:
        """Return the next chunk; None at the end of the stream."""
        wanted = self._stuck + max(self.block_size, self._stuck)
        while True:
            self._fill(wanted)
            if not self._rest:
                return None
            window = self._rest if len(self._rest) <= wanted else self._rest[:wanted]
            at_end = self._ended and len(window) == len(self._rest)
            breaks = find_breaks(window, self.charset)
            whole = int(breaks[-1]) + self.charset.unit if len(breaks) else 0
            if whole > self._stuck or at_end or len(window) - whole >= self._longest + self.charset.unit:
                return self._cut(breaks, whole, len(window), at_end)
            wanted = len(window) + self.block_size

    def give_back(self, text: Text, source_at: int) -> None:
        """Put what stands from `source_at` on before the rest, to be given again with more behind it."""
        unused = text.offset + text.size - source_at
        raw = self._last[len(self._last) - unused :]
        self._rest = raw + self._rest
        self._at = source_at
        self._stuck = len(raw)

    def _fill(self, wanted: int) -> None:
        missing = wanted - len(self._rest)
        if missing > 0 and not self._ended:
            more = read_fully(self._stream, missing)
            self._ended = len(more) < missing
            self._rest += more

    def _cut(self, breaks: Positions, whole: int, window: int, at_end: bool) -> Chunk:
        unit, tail = self.charset.unit, window - whole
        ends = np.append(breaks, window) if tail and (at_end or tail >= self._longest + unit) else breaks
        sizes = np.diff(ends, prepend=-unit) - unit
        long = np.flatnonzero(sizes > self._longest)
        if not len(long):
            return self._chunk(window if at_end else whole, breaks, final=at_end)
        if long[0] == 0:
            return self._skip()
        return self._chunk(int(breaks[long[0] - 1]) + unit, breaks[: long[0]], final=True)

    def _chunk(self, size: int, breaks: Positions, *, final: bool) -> Chunk:
        raw = self._rest[:size]
        text = to_text(raw, self._at, self.charset, breaks)
        self._last = raw
        self._rest = self._rest[size:]
        self._at += size
        self._stuck = 0
        return Chunk(text, final)

    def _skip(self) -> Chunk:
        """Pass over the line at the front, of whatever size, without keeping it."""
        start, unit = self._at, self.charset.unit
        breaks = find_breaks(self._rest, self.charset)
        while not len(breaks) and not self._ended:
            keep = len(self._rest) % unit
            self._at += len(self._rest) - keep
            self._rest = self._rest[len(self._rest) - keep :]
            self._fill(max(self.block_size, 1 << 16))
            breaks = find_breaks(self._rest, self.charset)
        used = int(breaks[0]) if len(breaks) else len(self._rest)
        end = self._at + used
        self._at = end + (unit if len(breaks) else 0)
        self._rest = self._rest[self._at - end + used :]
        self._stuck = 0
        return Chunk(to_text(b"", end, self.charset), True, (start, end - start))


__all__ = ["BLOCK_SIZE", "MOST_IN_ONE", "Chunk", "LineFeed", "fetch_bytes", "read_fully", "refuse"]

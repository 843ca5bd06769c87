"""Streams as chunks of whole lines."""

from __future__ import annotations

import io

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from unspoof.ingest.line_feed import LineFeed, fetch_bytes, refuse


class Trickle(io.RawIOBase):
    """A stream that cannot seek and gives three bytes at a time, as a decompressor may."""

    def __init__(self, data: bytes) -> None:
        self._inner = io.BytesIO(data)

    def readable(self) -> bool:
        """Say yes."""
        return True

    def seekable(self) -> bool:
        """Say no."""
        return False

    def read(self, size: int = -1) -> bytes:
        """Return up to three bytes."""
        return self._inner.read(min(size, 3) if size >= 0 else 3)


def chunks_of(data: bytes, *, block_size: int, longest: int, encoding: str = "") -> list[tuple[int, bytes, bool]]:
    """Return each chunk's place, its bytes in the stream, and whether it is a line that is too long."""
    feed = LineFeed(Trickle(data), encoding, block_size=block_size, longest=longest)  # type: ignore[arg-type]
    found = []
    while chunk := feed.take():
        at, size = chunk.too_long or (chunk.text.offset, chunk.text.size)
        found.append((at, data[at : at + size], chunk.too_long is not None))
    return found


@settings(max_examples=150, deadline=None)
@example(lines=["aaaaaaaa"], ended=True, block_size=1, encoding="utf-16-le")
@given(
    st.lists(st.text(st.sampled_from("ab"), max_size=12), max_size=12),
    st.booleans(),
    st.integers(1, 40),
    st.sampled_from(["utf-8", "utf-16-le"]),
)
def test_chunks_hold_every_line_once(lines: list[str], ended: bool, block_size: int, encoding: str) -> None:
    """All lines come whole and in order; those above the limit come as places, and no others."""
    unit = 2 if encoding == "utf-16-le" else 1
    data = ("\n".join(lines) + ("\n" if ended else "")).encode(encoding)
    found = chunks_of(data, block_size=block_size, longest=8 * unit, encoding=encoding)
    read = [line for _, raw, too_long in found if not too_long for line in raw.decode(encoding).splitlines()]
    skipped = [raw.decode(encoding) for _, raw, too_long in found if too_long]

    assert [line for line in read if line] == [line for line in lines if 0 < len(line) <= 8]
    assert skipped == [line for line in lines if len(line) > 8]


def test_what_is_given_back_comes_again_with_more() -> None:
    """A caller that could use nothing gets the same bytes and the next line."""
    feed = LineFeed(io.BytesIO(b"one\ntwo\nthree\n"), "", block_size=4, longest=100)
    first = feed.take()
    assert first is not None
    feed.give_back(first.text, 0)
    again = feed.take()

    assert again is not None
    assert (first.text.utf8, again.text.utf8, again.text.offset) == (b"one\n", b"one\ntwo\n", 0)


def test_a_line_beyond_memory_is_passed_over() -> None:
    """A line of many megabytes is reported by its place and not kept."""
    data = b"a\n" + b"x" * 5_000_000 + b"\nb\n"
    feed = LineFeed(io.BytesIO(data), "", block_size=1000, longest=500)
    seen = []
    while chunk := feed.take():
        seen.append(chunk.too_long or chunk.text.utf8)

    assert seen == [b"a\n", (2, 5_000_000), b"b\n"]


@pytest.mark.parametrize("stream", [io.BytesIO(b"0123456789"), Trickle(b"0123456789")])
def test_bytes_are_fetched_with_and_without_seeking(stream: io.BytesIO) -> None:
    """A locator leads to the same bytes in a stream that cannot seek; beyond the end there are none."""
    assert fetch_bytes(stream, 3, 4) == b"3456"
    assert fetch_bytes(Trickle(b"abc"), 10, 4) == b""  # type: ignore[arg-type]


def test_a_stretch_that_no_locator_holds_is_refused_in_parts() -> None:
    """Sizes are 32-bit numbers; an empty stretch is one refusal."""
    assert [part.locator_size for part in refuse("", 0, (1 << 31) + 9, "x")] == [(1 << 31) - 1, 10]
    assert [(part.locator, part.locator_size) for part in refuse("", 5, 5, "x")] == [(5, 0)]

"""A stream of Bitcoin Core's records, or of bare blocks, as groups of whole records; what records mean is not known."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from unspoof.errors import BadExhibit
from unspoof.ingest.line_feed import read_fully
from unspoof.parse.bitcoin.block import LEAST_BLOCK, MOST_BLOCK, begins_like_block, block_end, read_block
from unspoof.parse.bitcoin.framing import HEAD_SIZE, NO_KEY, Cutter, Layout, Shape, Stretch, find_layout, unmixed
from unspoof.parse.bitcoin.undo import CHECKSUM_SIZE, MOST_UNDO, begins_like_undo, read_undo

BLOCK_SIZE = 4 << 20
"""Bytes of the stream in one group, at least; a record is never parted."""
LOOKED_AT = 8 << 20
"""Bytes in which the first record, and what follows it, must lie for a key to be found."""

BLOCKS = Shape(trailer=0, least=LEAST_BLOCK, most=MOST_BLOCK)
UNDO = Shape(trailer=CHECKSUM_SIZE, least=1, most=MOST_UNDO)


@dataclass(frozen=True)
class Group:
    """Bytes that stand together, unmixed, and the records in them."""

    data: bytes
    offset: int
    """Where in the stream `data` begins."""
    records: tuple[tuple[int, int], ...]
    """Where in `data` each record begins and ends, without magic, size and checksum."""
    lost: tuple[Stretch, ...]
    """What is no record; places in the stream."""


def is_block(record: bytes) -> bool:
    """Say whether bytes are a whole block whose transactions its header commits to."""
    return begins_like_block(record) and _reads(record, lambda data: read_block(data, 0, len(data)).transactions.end)


def is_undo(record: bytes) -> bool:
    """Say whether bytes are a whole record of undo data."""
    return _reads(record, lambda data: read_undo(data, 0, len(data)).end)


def _reads(record: bytes, end_of: Callable[[np.ndarray], int]) -> bool:
    try:
        return end_of(np.frombuffer(record, np.uint8)) == len(record)
    except BadExhibit:
        return False


def layout_of(head: bytes, shape: Shape) -> Layout | None:
    """Return how the records of a file lie, told from its first LOOKED_AT bytes; None for anything else."""
    whole = len(head) < LOOKED_AT
    if shape is BLOCKS:
        return find_layout(head, whole, shape, begins_like_block, is_block)
    return find_layout(head, whole, shape, lambda _: begins_like_undo(head), is_undo)


def record_groups(stream: BinaryIO, shape: Shape, block_size: int = BLOCK_SIZE) -> Iterator[Group]:
    """Yield the records of a stream that stands at 0; BadExhibit if there are none."""
    head = read_fully(stream, LOOKED_AT)
    layout = layout_of(head, shape)
    if layout is None:
        raise BadExhibit("no record of Bitcoin Core begins here")
    cutter = Cutter(layout, shape)
    window, offset, ended = b"", 0, False
    while not ended:
        piece, head = head[:block_size], head[block_size:]
        piece += read_fully(stream, block_size - len(piece))
        ended = len(piece) < block_size
        window += unmixed(piece, offset + len(window), layout.key).tobytes()
        found, used = cutter.cut(window, ended)
        kept = [part for part in found if not part.reason]
        first = kept[0].start if kept else used
        yield Group(
            window[first:used],
            offset + first,
            tuple((part.start + HEAD_SIZE - first, part.end - shape.trailer - first) for part in kept),
            tuple(Stretch(offset + p.start, offset + p.end, p.reason) for p in found if p.reason),
        )
        window, offset = window[used:], offset + used


def bare_groups(stream: BinaryIO, block_size: int = BLOCK_SIZE) -> Iterator[Group]:
    """Yield blocks that follow each other with nothing between them; after one that cannot be read, all is lost."""
    window, offset, ended = b"", 0, False
    while not ended:
        piece = read_fully(stream, block_size)
        ended = len(piece) < block_size
        window += piece
        data, at, records, lost = np.frombuffer(window, np.uint8), 0, [], []
        while at < len(window):
            end = block_end(data, at, min(len(window), at + MOST_BLOCK))
            if end < 0:
                break
            records.append((at, end))
            at = end
        if at < len(window) and (ended or len(window) - at > MOST_BLOCK):
            size = _passed_over(stream)
            lost.append(
                Stretch(offset + at, offset + len(window) + size, "no block of bitcoin, or one that is cut off")
            )
            ended = True
        yield Group(window[:at], offset, tuple(records), tuple(lost))
        window, offset = window[at:], offset + at


def _passed_over(stream: BinaryIO) -> int:
    """Read a stream to its end and return how many bytes that were."""
    size = 0
    while part := stream.read(1 << 20):
        size += len(part)
    return size


def is_mixed(layout: Layout) -> bool:
    """Say whether the file was mixed with a key."""
    return layout.key != NO_KEY


__all__ = [
    "BLOCKS", "BLOCK_SIZE", "LOOKED_AT", "UNDO", "Group", "bare_groups", "is_block", "is_mixed", "is_undo", "layout_of",
    "record_groups",
]  # fmt: skip

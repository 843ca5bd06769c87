"""Block files: Bitcoin Core's blk*.dat, mixed with a key or not, and bare blocks; one row an input or output.

A row's locator is the place of that input or output in the sealed file's bytes as they are, mixed or not. Undo data are
another container's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO, cast

import numpy as np
import pyarrow as pa

from unspoof.errors import BadExhibit
from unspoof.ingest.block_rows import PARTS, Placed, block_parts
from unspoof.ingest.container import Batch, Options, Refused, Survey
from unspoof.ingest.line_feed import fetch_bytes, read_fully, refuse
from unspoof.ingest.record_feed import (
    BLOCK_SIZE,
    BLOCKS,
    LOOKED_AT,
    Group,
    bare_groups,
    is_mixed,
    layout_of,
    record_groups,
)
from unspoof.parse.bitcoin.block import Block, begins_like_block, has_work, read_block, read_header, stated_height
from unspoof.parse.bitcoin.framing import HEAD_SIZE, may_be_mixed
from unspoof.parse.bitcoin.networks import NETWORKS
from unspoof.parse.bitcoin.transactions import Bytes

_MAGICS = tuple(network.magic for network in NETWORKS)
MAIN_WORK = 100_000_000_000
"""Difficulty from which a bare block is taken for the main network's: block 426884 of 2016 has twice that; of no test network's
block is so much known."""
_EASIEST = 0xFFFF << 208
"""The target of difficulty 1."""
_MOST_HEIGHTS = 4_000_000
"""Headers whose heights are remembered; the chain has fewer than a million."""


@dataclass
class Chain:
    """Heights of the blocks met so far: of those that state one, and of those that follow one whose height is known."""

    heights: dict[bytes, int] = field(
        default_factory=lambda: {bytes.fromhex(network.genesis)[::-1]: 0 for network in NETWORKS if network.genesis}
    )

    def place(self, record: bytes) -> tuple[int | None, bool]:
        """Return the height of the block that begins with these bytes, and whether it states another."""
        header = read_header(record)
        stated, before = stated_height(record), self.heights.get(header.previous)
        height = stated if before is None else before + 1
        height = self.heights.get(header.hash, height) if before is None else height
        if height is not None and len(self.heights) < _MOST_HEIGHTS:
            self.heights[header.hash] = height
        return height, stated is not None and stated != height


@dataclass(frozen=True)
class BlockGroup:
    """Some blocks of a file; see `container.Block`."""

    group: Group
    places: tuple[tuple[int | None, bool], ...]
    network: str

    def read(self, wanted: Mapping[str, Collection[str]]) -> list[Batch]:
        """Return the inputs and outputs of the blocks; a block that is not sound is refused whole."""
        if PARTS.name not in wanted:
            return []
        placed, refused = self.placed()
        if not placed:
            return [empty_batch(refused, wanted[PARTS.name])] if refused else []
        parts = block_parts(placed, self.network, wanted[PARTS.name])
        locator = pa.array(parts.at + self.group.offset, pa.int64())
        return [Batch(PARTS, parts.cells, locator, pa.array(parts.size, pa.int32()), refused)]

    def placed(self) -> tuple[list[Placed], tuple[Refused, ...]]:
        """Return the sound blocks, and what is none."""
        data: Bytes = np.frombuffer(self.group.data, np.uint8)
        placed: list[Placed] = []
        refused = [one for lost in self.group.lost for one in refuse(PARTS.name, lost.start, lost.end, lost.reason)]
        for (start, end), (height, differs) in zip(self.group.records, self.places, strict=True):
            try:
                placed.append(Placed(_whole(data, start, end), height, differs))
            except BadExhibit as error:
                # the fault's own place would count from the group's beginning: the locator says where the block is
                refused += refuse(PARTS.name, self.group.offset + start, self.group.offset + end, error.problem)
        return placed, tuple(sorted(refused, key=lambda one: one.locator))


def _whole(data: Bytes, start: int, end: int) -> Block:
    block = read_block(data, start, end)
    if block.transactions.end != end:
        raise BadExhibit(f"{end - block.transactions.end:,} bytes follow the block inside its record")
    return block


def empty_batch(refused: tuple[Refused, ...], columns: Collection[str]) -> Batch:
    """Return a batch without rows that carries refusals."""
    cells = pa.table({name: pa.array([], pa.string()) for name in columns})
    return Batch(PARTS, cells, pa.array([], pa.int64()), pa.array([], pa.int32()), refused)


def network_of_bare(head: bytes) -> str:
    """Return 'mainnet' where the first block was as hard to mine as only its blocks are, else '': not known."""
    header = read_header(head)
    exponent, mantissa = header.bits >> 24, header.bits & 0xFFFFFF
    target = mantissa << 8 * max(exponent - 3, 0)
    return "mainnet" if has_work(header) and target and _EASIEST // target >= MAIN_WORK else ""


@dataclass(eq=False)
class Blocks:
    """Files of blocks; see `Container`. One source table, `parts`: one row an input or output of a transaction."""

    block_size: int = BLOCK_SIZE
    name: str = "blocks"

    def sniff(self, head: bytes) -> bool:
        """Say whether a block begins here, behind a magic or bare, or a file that seems to be mixed with a key."""
        if begins_like_block(head) or (head.startswith(_MAGICS) and begins_like_block(head[HEAD_SIZE:])):
            return True
        layout = layout_of(head, BLOCKS)
        return is_mixed(layout) if layout else may_be_mixed(head)

    def survey(self, stream: BinaryIO, options: Options) -> Survey:
        """Find network and key; BadExhibit if no block begins here or none shows which key it is."""
        head = read_fully(stream, LOOKED_AT)
        if begins_like_block(head):
            said = "a bare block does not say its network"
            network = network_of_bare(head)
            return Survey((PARTS,), options, (f"bare blocks; {said}" if not network else "bare blocks of mainnet",))
        layout = layout_of(head, BLOCKS)
        if layout is None:
            raise BadExhibit(
                "no block of bitcoin begins here, and no key makes one of it",
                hint="A file that Bitcoin Core mixed must begin with its first record, and be mixed from its first byte on.",
            )
        mixed = f", mixed with the key {layout.key.hex()}" if is_mixed(layout) else ""
        return Survey((PARTS,), options, (f"blocks of {layout.network.name}{mixed}",))

    def blocks(self, stream: BinaryIO, survey: Survey) -> Iterator[BlockGroup]:
        """Cut the stream into groups of whole blocks; heights are worked out here, in the order of the file."""
        chain, peeked = Chain(), Peeked(stream)
        begin = peeked.peek(LOOKED_AT)
        head = cast(BinaryIO, peeked)
        if begins_like_block(begin):
            network, groups = network_of_bare(begin), bare_groups(head, self.block_size)
        else:
            layout = layout_of(begin, BLOCKS)
            network = layout.network.name if layout else ""
            groups = record_groups(head, BLOCKS, self.block_size)
        for group in groups:
            places = tuple(chain.place(group.data[at : min(at + 256, end)]) for at, end in group.records)
            if group.records or group.lost:
                yield BlockGroup(group, places, network)

    def fetch(self, stream: BinaryIO, locator: int, locator_size: int, table: str) -> bytes:
        """Return the bytes of one input or output, as they stand in the file."""
        return fetch_bytes(stream, locator, locator_size)


class Peeked:
    """A forward stream whose beginning can be looked at first."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self._head = stream, b""

    def peek(self, size: int) -> bytes:
        """Return the first bytes without taking them; before anything is read."""
        self._head = read_fully(self._stream, size)
        return self._head

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes."""
        if self._head:
            given, self._head = self._head[:size], self._head[size:]
            return given
        return self._stream.read(size)


BLOCK_FILES = Blocks()

__all__ = ["BLOCK_FILES", "MAIN_WORK", "BlockGroup", "Blocks", "Chain", "Peeked", "empty_batch", "network_of_bare"]

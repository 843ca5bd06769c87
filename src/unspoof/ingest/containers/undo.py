"""Undo files of Bitcoin Core (rev*.dat): the coins that inputs spent; one row an input of a block of the case.

A record does not say whose inputs it tells of. A checksum over it and the hash of the block before ties it to a block of
the block files that are read beside it; without one it is refused. A row's locator is the place of the coin.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
import pyarrow as pa

from unspoof.errors import BadExhibit
from unspoof.ingest.block_index import BlockIndex
from unspoof.ingest.block_rows import PARTS, Tied, undo_parts
from unspoof.ingest.container import Batch, Options, Refused, Survey
from unspoof.ingest.containers.blocks import BLOCK_FILES, Peeked, empty_batch
from unspoof.ingest.line_feed import fetch_bytes, read_fully, refuse
from unspoof.ingest.record_feed import BLOCK_SIZE, LOOKED_AT, UNDO, is_mixed, layout_of, record_groups
from unspoof.ingest.streams import open_unpacked
from unspoof.parse.bitcoin.block import begins_like_block
from unspoof.parse.bitcoin.framing import HEAD_SIZE
from unspoof.parse.bitcoin.transactions import Bytes
from unspoof.parse.bitcoin.undo import CHECKSUM_SIZE, Undo, begins_like_undo, read_undo

NO_BLOCK = "no block read before it in this case has this undo data; add its block file first, then this one again"


@dataclass(frozen=True)
class UndoGroup:
    """Some records of a file and the blocks that they belong to; see `container.Block`."""

    offset: int
    tied: tuple[tuple[Undo, Tied], ...]
    refused: tuple[Refused, ...]
    network: str

    def read(self, wanted: Mapping[str, Collection[str]]) -> list[Batch]:
        """Return one row an input."""
        if PARTS.name not in wanted:
            return []
        if not self.tied:
            return [empty_batch(self.refused, wanted[PARTS.name])] if self.refused else []
        parts = undo_parts(self.tied, self.network, wanted[PARTS.name])
        locator = pa.array(parts.at + self.offset, pa.int64())
        return [Batch(PARTS, parts.cells, locator, pa.array(parts.size, pa.int32()), self.refused)]


@dataclass(eq=False)
class UndoFiles:
    """Files of undo data; see `Container`. `Options.beside` names the block files that they belong to."""

    block_size: int = BLOCK_SIZE
    name: str = "undo"

    def sniff(self, head: bytes) -> bool:
        """Say whether undo data begin here; of a file mixed with a key only if its first records are small."""
        if begins_like_block(head[HEAD_SIZE:]):
            return False
        layout = layout_of(head, UNDO)
        return layout is not None and (is_mixed(layout) or begins_like_undo(head))

    def survey(self, stream: BinaryIO, options: Options) -> Survey:
        """Find network and key; BadExhibit if no undo data begin here or none shows which key it is."""
        head = read_fully(stream, LOOKED_AT)
        layout = layout_of(head, UNDO)
        if layout is None or begins_like_block(head[HEAD_SIZE:]):
            raise BadExhibit(
                "no undo data of Bitcoin Core begin here, and no key makes it so",
                hint="A file that Bitcoin Core mixed must begin with its first record, and be mixed from its first byte on.",
            )
        mixed = f", mixed with the key {layout.key.hex()}" if is_mixed(layout) else ""
        return Survey((PARTS,), options, (f"undo data of {layout.network.name}{mixed}",))

    def blocks(self, stream: BinaryIO, survey: Survey) -> Iterator[UndoGroup]:
        """Cut the stream into groups of whole records, each tied to its block, in the order of the file."""
        peeked = Peeked(stream)
        layout = layout_of(peeked.peek(LOOKED_AT), UNDO)
        network = layout.network.name if layout else ""
        index = index_of(survey.options.beside)
        for group in record_groups(cast(BinaryIO, peeked), UNDO, self.block_size):
            data: Bytes = np.frombuffer(group.data, np.uint8)
            refused = [one for lost in group.lost for one in refuse(PARTS.name, lost.start, lost.end, lost.reason)]
            tied = []
            for start, end in group.records:
                try:
                    undo = _whole(data, start, end)
                    tied += [(undo, _block_of(undo, data, start, end, index))] if len(undo.at) else []
                except BadExhibit as error:
                    refused += refuse(PARTS.name, group.offset + start, group.offset + end, error.problem)
            if tied or refused:
                yield UndoGroup(group.offset, tuple(tied), tuple(sorted(refused, key=lambda one: one.locator)), network)

    def fetch(self, stream: BinaryIO, locator: int, locator_size: int, table: str) -> bytes:
        """Return the bytes of one coin, as they stand in the file."""
        return fetch_bytes(stream, locator, locator_size)


def _whole(data: Bytes, start: int, end: int) -> Undo:
    undo = read_undo(data, start, end)
    if undo.end != end:
        raise BadExhibit(f"{end - undo.end:,} bytes follow the undo data inside their record")
    return undo


def _block_of(undo: Undo, data: Bytes, start: int, end: int, index: BlockIndex) -> Tied:
    found = index.of(undo.counts, data[start:end].tobytes(), data[end : end + CHECKSUM_SIZE].tobytes())
    if found is None:
        raise BadExhibit(NO_BLOCK)
    return found


def index_of(paths: tuple[str, ...]) -> BlockIndex:
    """Return what is needed to tie undo data to the blocks of sealed block files."""
    index = BlockIndex()
    for path in paths:
        with open_unpacked(Path(path)) as stream:
            survey = BLOCK_FILES.survey(stream, Options())
        with open_unpacked(Path(path)) as stream:
            for group in BLOCK_FILES.blocks(stream, survey):
                index.add(group.placed()[0])
    return index


UNDO_FILES = UndoFiles()

__all__ = ["NO_BLOCK", "UNDO_FILES", "UndoFiles", "UndoGroup", "index_of"]

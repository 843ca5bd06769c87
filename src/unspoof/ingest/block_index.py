"""Which block a record of undo data belongs to: by its shape first, then by its checksum; no file is read here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from unspoof.ingest.block_rows import Placed, Tied
from unspoof.parse.bitcoin.transactions import Places
from unspoof.parse.bitcoin.undo import has_checksum

MOST_TRIED = 5_000
"""Blocks of one shape whose checksum is worked out for one record; Core writes both files in nearly the same order."""


@dataclass
class BlockIndex:
    """Blocks by how many inputs each of their transactions has."""

    _by_shape: dict[bytes, list[Tied]] = field(default_factory=dict)

    def add(self, placed: Iterable[Placed]) -> None:
        """Take in blocks; those without payments have no undo data and are passed over."""
        for one in placed:
            read, header = one.block.transactions, one.block.header
            counts = np.diff(read.first_input)[1:]
            if len(counts):
                found = Tied(header.previous, header.hash, header.time, one.height, one.block.txids[1:].copy())
                self._by_shape.setdefault(counts.tobytes(), []).append(found)

    def of(self, counts: Places, record: bytes, checksum: bytes) -> Tied | None:
        """Return the block that a record belongs to, None if it is not here; each block is found once."""
        candidates = self._by_shape.get(counts.tobytes(), [])
        for place, found in enumerate(candidates[:MOST_TRIED]):
            if has_checksum(found.previous, record, checksum):
                return candidates.pop(place)
        return None


__all__ = ["MOST_TRIED", "BlockIndex"]

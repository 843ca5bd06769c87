"""Bytes of a sealed block or undo file as they were before Bitcoin Core mixed the file with its key; none is looked into."""

from __future__ import annotations

from pathlib import Path

from unspoof.ingest.line_feed import read_fully
from unspoof.ingest.record_feed import BLOCKS, LOOKED_AT, UNDO, is_mixed, layout_of
from unspoof.ingest.streams import open_unpacked
from unspoof.parse.bitcoin.block import begins_like_block
from unspoof.parse.bitcoin.framing import unmixed

MIXED = {"blocks": BLOCKS, "undo": UNDO}
"""Containers of files that may be mixed, and what their records are like."""


def plain_bytes(path: Path, container: str, locator: int, content: bytes) -> bytes | None:
    """Return bytes of a file as they were before it was mixed with a key; None where it was not.

    Args:
        path: the sealed file, packed or not.
        container: one of MIXED.
        locator: where `content` stands in the unpacked file.
        content: the bytes as they stand there.
    """
    with open_unpacked(path) as stream:
        head = read_fully(stream, LOOKED_AT)
    layout = None if begins_like_block(head) else layout_of(head, MIXED[container])
    if layout is None or not is_mixed(layout):
        return None
    return unmixed(content, locator, layout.key).tobytes()


__all__ = ["MIXED", "plain_bytes"]

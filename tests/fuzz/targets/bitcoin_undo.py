"""Undo data: any bytes as a record, compiled and plain alike, and as a file through its container."""

from __future__ import annotations

from contextlib import suppress

import numpy as np

from block_kit import framed, made_up_undo, mixed, packed_script, size_of, undo_record, varint
from fuzz.container_checks import check_container, smaller
from fuzz.target import Target, chosen, with_choice
from unspoof.errors import BadExhibit
from unspoof.ingest.container import Options
from unspoof.ingest.containers.undo import UNDO_FILES
from unspoof.parse.bitcoin import undo

WAYS = ("record", "file", "mixed")
_KEY = bytes.fromhex("0102a3f405b6c7e8")


def _record(data: bytes) -> None:
    array = np.frombuffer(data, np.uint8)

    def walked(walk: object) -> list[object]:
        kept = np.zeros(len(data) + 1, np.int64), np.zeros((len(data) // 3 + 1, 7), np.int64)
        return [[int(one) for one in walk(array, 0, len(array), *kept)], kept[1].tolist()]  # type: ignore[operator]

    assert walked(undo.walk_undo) == walked(getattr(undo.walk_undo, "py_func", undo.walk_undo)), "compiled differs"
    read = undo.read_undo(array, 0, len(array))
    assert read.counts.sum() == len(read.at) == len(read.scripts)
    assert (read.values >= 0).all()
    assert (read.values <= 21 * 10**14).all()
    rest, end = data[: read.end], 0
    for at, size in zip(read.at.tolist(), read.size.tolist(), strict=True):
        assert end <= at <= at + size <= len(rest), "a coin outside the record, or over another"
        end = at + size
    for script in read.scripts.to_pylist():
        # an uncompressed key is written with half of itself; all others come back as they were
        assert len(script) == 67 or script in rest or packed_script(script) in rest, "a script that was not there"


def feed(data: bytes) -> None:
    """Read bytes as the first of them chooses."""
    way, rest = chosen(data, WAYS)
    if way == "record":
        with suppress(BadExhibit):
            _record(rest)
        return
    file = mixed(rest, _KEY) if way == "mixed" else rest
    check_container(UNDO_FILES, file, Options(), small=smaller(UNDO_FILES, 50))


_COINS = [
    [(0, 5, b"\x51"), (700_000, 10**8, b"\x76\xa9\x14" + bytes(20) + b"\x88\xac")],
    [(1, 1, b"\xa9\x14" + bytes(20) + b"\x87")],
]

TARGET = Target(
    "bitcoin_undo",
    "a choice, then undo data of one block, or a file of them",
    feed,
    (
        *with_choice(0, (undo_record(_COINS), b"\0", size_of(1) + size_of(1) + b"\0\0\2" + bytes(32))),
        *with_choice(0, (b"\1\1\0\0\4" + bytes(31) + b"\1", b"\1\1\0" + varint(1 << 50) + b"\6")),
        *with_choice(1, (made_up_undo(), made_up_undo()[:-5], b"junk" + made_up_undo(), framed([b"\0"]))),
        *with_choice(2, (made_up_undo(),)),
    ),
    words=(b"\xfa\xbf\xb5\xda", b"\xfd", b"\x80", b"\xff", bytes(8)),
    most=1024,
)

__all__ = ["TARGET"]

"""Packed files through the stream that unpacks them: any bytes, and sound packings that are cut or changed."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa

from fuzz.target import Target, chosen, with_choice
from unspoof.errors import UnspoofError
from unspoof.ingest.streams import fault_of, open_unpacked, read_at, unpack_kind

_FILE = Path(tempfile.gettempdir()) / f"unspoof-fuzz-streams-{os.getpid()}"
_MOST = 48 << 10
"""Bytes read of a stream; a bomb goes on for longer than anybody reads."""


def _zstd(data: bytes) -> bytes:
    return pa.compress(data, codec="zstd", asbytes=True)


_PACKERS: tuple[Callable[[bytes], bytes], ...] = (
    bytes,
    lambda data: gzip.compress(data, mtime=0),
    bz2.compress,
    lzma.compress,
    _zstd,
    lambda data: gzip.compress(data, mtime=0) + b"\0" * 20 + gzip.compress(data, mtime=0),
    lambda data: gzip.compress(data[:16] * 4096, mtime=0),
    lambda data: lzma.compress(data[:16] * 4096, preset=0),
)


def _file(data: bytes) -> bytes:
    """Return the bytes that a file has: packed as the first byte says, and damaged where the next three say."""
    pack, rest = chosen(data, _PACKERS)
    if pack is bytes:
        return rest
    place, change, plain = int.from_bytes(rest[:2], "big"), rest[2:3] or b"\0", rest[3:]
    packed = bytearray(pack(plain))
    if change != b"\0" and packed:
        at = place % len(packed)
        packed[at] ^= change[0]
        if change[0] & 1:
            del packed[at:]
    return bytes(packed)


def _all(pieces: tuple[int, ...]) -> tuple[bytes, str | None]:
    """Read the file in pieces of these sizes, again and again, up to _MOST bytes."""
    read: list[bytes] = []
    done, turn = 0, 0
    with open_unpacked(_FILE) as stream:
        while done < _MOST:
            size = min(pieces[turn % len(pieces)], _MOST - done)
            piece = stream.read(size)
            assert len(piece) <= size, "more than was asked for"
            assert stream.tell() == done + len(piece)
            if not piece:
                break
            assert len(piece) == size or not stream.read(1), "a short piece that is not the last"
            read.append(piece)
            done += len(piece)
            turn += 1
        return b"".join(read), fault_of(stream)


def feed(data: bytes) -> None:
    """Unpack a file in large and in odd pieces: both give the same bytes and the same fault."""
    file = _file(data)
    kind = unpack_kind(file[:10])
    _FILE.write_bytes(file)
    try:
        whole, fault = _all((_MOST,))
        parts, part_fault = _all((5, 16_384, 4_093))
        assert (parts, bool(part_fault)) == (whole, bool(fault)), "other bytes in other pieces"
        assert kind != "plain" or (whole == file[:_MOST] and not fault)
        with open_unpacked(_FILE) as stream:
            assert read_at(stream, len(whole) // 2, 0) == b""
        with open_unpacked(_FILE) as stream:
            assert read_at(stream, len(whole) // 2, len(whole) - len(whole) // 2) == whole[len(whole) // 2 :]
        if data[:1] in (b"\1", b"\2", b"\3", b"\4") and data[3:4] in (b"\0", b""):
            assert (whole, fault) == (data[4:], None), "what was packed does not come out"
    except UnspoofError:
        return
    finally:
        _FILE.unlink(missing_ok=True)


TARGET = Target(
    "streams",
    "a choice of packing; for 0 a file as it is, else place (2 bytes) and kind of a damage, then what is packed",
    feed,
    (
        *with_choice(0, (gzip.compress(b"plain", mtime=0), bz2.compress(b"plain"), lzma.compress(b"plain"), b"plain")),
        *with_choice(0, (_zstd(b"plain " * 9), bz2.compress(b""), gzip.compress(b"a", mtime=0) + b"junk")),
        *(bytes([way]) + b"\0\x09\0" + b"plain text " * 20 for way in range(1, 8)),
        *(bytes([way]) + b"\0\x09\1" + b"plain text " * 20 for way in range(1, 8)),
        *(bytes([way]) + b"\0\x20\x10" + b"plain text " * 20 for way in range(1, 8)),
    ),
    words=(
        b"\x1f\x8b\x08",
        b"BZh9",
        b"\xfd7zXZ\x00",
        b"\x28\xb5\x2f\xfd",
        b"1AY&SY",
        b"\x17rE8P\x90",
        b"\x50\x2a\x4d\x18",
    ),
)

__all__ = ["TARGET"]

"""How Bitcoin Core lays records into its files: magic, size, padding, and the key that they are mixed with; no records."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from unspoof.parse.bitcoin.networks import NETWORKS, Network
from unspoof.parse.bitcoin.transactions import Bytes

KEY_SIZE = 8
HEAD_SIZE = 8
"""Bytes before a record: magic and size."""
NO_KEY = bytes(KEY_SIZE)
_LONG_PADDING = 64
"""Zeros from which on they are no chance: a transaction holds 32 at most in a row, by its form."""


@dataclass(frozen=True)
class Layout:
    """How records lie in a file."""

    network: Network
    key: bytes
    """Eight bytes that the file was mixed with; zeros where it was not (Core before version 28, and without xor.dat)."""


@dataclass(frozen=True)
class Shape:
    """What records of a kind of file are like."""

    trailer: int
    """Bytes behind each record that its size does not count."""
    least: int
    most: int


@dataclass(frozen=True)
class Stretch:
    """Some bytes of a window: a whole record, or what is none."""

    start: int
    """Where it begins, magic and all."""
    end: int
    reason: str = ""
    """Why it is no record; empty where it is one, from start + HEAD_SIZE to end less the trailer."""


def unmixed(raw: bytes, offset: int, key: bytes) -> Bytes:
    """Return bytes as they were before a file was mixed with `key`.

    Args:
        raw: bytes of the file.
        offset: where in the file they stand.
        key: eight bytes.
    """
    data = np.frombuffer(raw, np.uint8)
    if key == NO_KEY:
        return data
    turned = np.frombuffer(key, np.uint8)[(np.arange(KEY_SIZE) + offset) % KEY_SIZE]
    whole = len(data) // KEY_SIZE * KEY_SIZE
    plain = np.empty_like(data)
    np.bitwise_xor(data[:whole].reshape(-1, KEY_SIZE), turned, out=plain[:whole].reshape(-1, KEY_SIZE))
    plain[whole:] = data[whole:] ^ turned[: len(data) - whole]
    return plain


def find_layout(
    head: bytes, whole: bool, shape: Shape, begins: Callable[[bytes], bool], is_record: Callable[[bytes], bool]
) -> Layout | None:
    """Find the network and the key of a file from its beginning.

    The magic gives half of the key if the file begins with it, and the size of the first record the other half: each
    size is tried that leads to another magic, to padding or to the end, and the one whose record is sound is taken.

    Args:
        head: the file's first bytes; the first record and what follows it must be among them.
        whole: the file ends with them.
        shape: of its records.
        begins: says whether bytes begin like a record, where the file begins with a magic as it is.
        is_record: says whether bytes are a sound record; for blocks, that their merkle root fits.

    Returns:
        None where nothing fits.
    """
    plain = next((network for network in NETWORKS if head[:4] == network.magic), None)
    if plain and begins(head[HEAD_SIZE:]):
        return Layout(plain, NO_KEY)
    if len(head) >= HEAD_SIZE + shape.least + shape.trailer:
        for network in NETWORKS:
            for key, size in _keys(head, whole, shape, network):
                if is_record(unmixed(head[: HEAD_SIZE + size], 0, key)[HEAD_SIZE:].tobytes()):
                    return Layout(network, key)
    return Layout(plain, NO_KEY) if plain else None


def _keys(head: bytes, whole: bool, shape: Shape, network: Network) -> Iterator[tuple[bytes, int]]:
    """Yield keys, and the sizes of the first record that they lead to, under which another record or the end follows."""
    raw = np.frombuffer(head, np.uint8)
    last = min(shape.most, len(head) - HEAD_SIZE - shape.trailer - 4)
    sizes = np.arange(shape.least, max(last + 1, shape.least))
    for place in range(4):
        at = sizes + (HEAD_SIZE + shape.trailer + place)
        byte = raw[at] ^ network.magic[place]
        column = at % KEY_SIZE
        mixed = np.frombuffer(head[:4], np.uint8) ^ np.frombuffer(network.magic, np.uint8)
        of_size = raw[4:8][column & 3] ^ (sizes >> (8 * (column & 3)) & 255).astype(np.uint8)
        fits = byte == np.where(column < 4, mixed[column & 3], of_size)
        sizes = sizes[fits]
    found = sizes.tolist()
    used = len(head.rstrip(b"\0"))
    used = used if whole or len(head) - used >= _LONG_PADDING else 0
    found += [end - HEAD_SIZE - shape.trailer for end in range(used, min(used + 4, len(head)) + 1) if used]
    for size in found:
        if shape.least <= size <= shape.most:
            front = network.magic + size.to_bytes(4, "little")
            yield bytes(a ^ b for a, b in zip(head[:8], front, strict=True)), size


def may_be_mixed(head: bytes) -> bool:
    """Say whether a file seems to begin with a block and to be mixed with a key: from 100 bytes, so not for sure.

    The magic gives half of the key; under it four bytes of the first header must be what they are in that network: the
    end of the hash of the block before (zeros), or the target (regtest, signet).
    """
    if len(head) < 100:
        return False
    for network in NETWORKS:
        half = bytes(a ^ b for a, b in zip(head[:4], network.magic, strict=True))
        before, target = (bytes(a ^ b for a, b in zip(head[at : at + 4], half, strict=True)) for at in (40, 80))
        easy = {"regtest": (b"\xff\xff\x7f\x20",), "signet": (b"\xae\x77\x03\x1e",)}.get(network.name, ())
        if target in easy or (before == bytes(4) and target[3] in range(0x15, 0x1E)):
            return True
    return False


@dataclass
class Cutter:
    """Cuts the unmixed bytes of a file into records and what lies between them; zeros between them are passed over."""

    layout: Layout
    shape: Shape
    lost: Stretch | None = None
    """What is no record, so far: it goes on into the next window unless a magic begins there."""
    phase: int = 0
    """Place in the file of the next window's first byte, modulo 8."""

    def cut(self, window: bytes, ended: bool) -> tuple[list[Stretch], int]:
        """Return what a window holds, in order, and how much of it is used up.

        Args:
            window: bytes that follow what was used up before; the rest of the last window first.
            ended: the file ends with the window. Then everything is used up.

        Returns:
            stretches, whose places count from the window's start (below 0 where they began before it).
        """
        found: list[Stretch] = []
        at = 0
        while (step := self._step(window, at, ended)) is not None:
            if step.reason:
                before = self.lost
                self.lost = Stretch(before.start, step.end, before.reason) if before and before.end == at else step
            elif step.end > step.start:
                found += [self.lost] if self.lost else []
                found.append(step)
                self.lost = None
            at = step.end
        if self.lost and (ended or self.lost.end < at):
            found.append(self.lost)
            self.lost = None
        if self.lost:
            self.lost = Stretch(self.lost.start - at, self.lost.end - at, self.lost.reason)
        self.phase = (self.phase + at) % KEY_SIZE
        return found, at

    def _step(self, window: bytes, at: int, ended: bool) -> Stretch | None:
        """Return the next record or the next lost bytes from `at` on; None if the window does not tell."""
        magic, is_lost = self.layout.network.magic, self.lost is not None and self.lost.end == at
        begin = at if is_lost else _after_padding(window, at, self.layout.key, self.phase)
        left = len(window) - begin
        if left == 0 or (not ended and left < HEAD_SIZE):
            return Stretch(begin, begin) if begin > at else None
        end = _record_end(window, begin, magic, self.shape)
        if end is None:
            stop = window.find(magic, begin + (window[begin : begin + 4] == magic))
            stop = stop if stop >= 0 else len(window) if ended else len(window) - 3
            return Stretch(begin, stop, "these bytes are no part of a record")
        if end > len(window) or (not ended and len(window) - end < _LONG_PADDING + KEY_SIZE):
            return self._cut_off(window, begin, end) if ended else Stretch(begin, begin) if begin > at else None
        if not _is_boundary(window, end, self.layout, self.phase):
            inner = window.find(magic, begin + 4, end)
            if inner >= 0:
                return Stretch(begin, inner, "the size of this record leads nowhere, and another begins inside it")
        return Stretch(begin, end)

    def _cut_off(self, window: bytes, begin: int, end: int) -> Stretch:
        inner = window.find(self.layout.network.magic, begin + 4)
        stop = inner if inner >= 0 else len(window)
        return Stretch(
            begin, stop, f"cut off: it says that it has {end - begin:,} bytes, and {stop - begin:,} are there"
        )


def _record_end(window: bytes, at: int, magic: bytes, shape: Shape) -> int | None:
    """Return where the record at `at` says that it ends; None if none begins there or its size cannot be."""
    if window[at : at + 4] != magic or len(window) - at < HEAD_SIZE:
        return None
    size = int.from_bytes(window[at + 4 : at + 8], "little")
    return at + HEAD_SIZE + size + shape.trailer if shape.least <= size <= shape.most else None


def _is_boundary(window: bytes, at: int, layout: Layout, phase: int) -> bool:
    """Say whether a record stands at `at`, or padding that ends with the window, before a record, or is long."""
    after = _after_padding(window, at, layout.key, phase)
    return after == len(window) or after - at >= _LONG_PADDING or window.startswith(layout.network.magic, after)


def _after_padding(window: bytes, at: int, key: bytes, phase: int) -> int:
    """Return where zeros end that begin at `at`: of the file as written, or of the disk, which were never mixed.

    `phase` is the place in the file, modulo 8, of the window's first byte.
    """
    while True:
        after = _after_run(window, at, b"\0")
        if key != NO_KEY:
            turn = (phase + after) % KEY_SIZE
            run = key[turn:] + key[:turn]
            end = _after_run(window, after, run)
            rest = window[end : end + KEY_SIZE]
            if len(rest) < KEY_SIZE and run.startswith(rest):
                end = len(window)
            after = end
        if after == at:
            return at
        at = after


def _after_run(window: bytes, at: int, run: bytes) -> int:
    """Return where repetitions of `run` that begin at `at` end."""
    piece = run * (4096 // len(run))
    while window.startswith(piece, at):
        at += len(piece)
    while window.startswith(run, at):
        at += len(run)
    return at


__all__ = [
    "HEAD_SIZE",
    "KEY_SIZE",
    "NO_KEY",
    "Cutter",
    "Layout",
    "Shape",
    "Stretch",
    "find_layout",
    "may_be_mixed",
    "unmixed",
]

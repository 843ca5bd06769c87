"""Packets of pcap and pcapng files, read from chunks of octets in bounded memory; what is in a packet is packets.py's.

Source: draft-ietf-opsawg-pcap and draft-ietf-opsawg-pcapng (block types SHB, IDB, EPB, SPB and the obsolete PB).
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from unspoof.parse.byte_columns import Places
from unspoof.parse.packet_runs import NO_MOMENT, Packet, PacketRun, number_at

LARGEST_PACKET = 4 << 20
"""Bytes; a record that claims more is damage."""
LARGEST_BLOCK = 16 << 20
LAST_MOMENT = 4_102_444_800_000_000
"""Microseconds: the year 2100. A packet block that states a later moment, or one before 1970, has none."""
MOST_INTERFACES = 65_536
_PIECE = 1 << 20

_MAGIC = {
    b"\xd4\xc3\xb2\xa1": ("<", 1),
    b"\xa1\xb2\xc3\xd4": (">", 1),
    b"\x4d\x3c\xb2\xa1": ("<", 1000),
    b"\xa1\xb2\x3c\x4d": (">", 1000),
}
"""Byte order and what divides a fraction of a second into microseconds."""
_SECTION = b"\x0a\x0d\x0d\x0a"
_ORDERS = {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}


class Refusal(NamedTuple):
    """A stretch of the file that could not be read, and why."""

    locator: int
    size: int
    reason: str


@dataclass
class Feed:
    """The file as one moving window of octets."""

    chunks: Iterator[bytes]
    buffer: bytes = b""
    base: int = 0
    """Place of the window's first octet in the file."""
    ended: bool = False
    refused: list[Refusal] = field(default_factory=list)

    def fill(self, position: int, size: int) -> bool:
        """Move the window to `position` of the present one and make it hold `size` octets; False if the file ends."""
        parts = [self.buffer[position:]]
        held = len(parts[0])
        while held < size and not self.ended:
            piece = next(self.chunks, b"")
            self.ended = not piece
            parts.append(piece)
            held += len(piece)
        self.base += position
        self.buffer = b"".join(parts)
        return held >= size

    def refuse(self, position: int, size: int, reason: str) -> None:
        """Note octets of the window that cannot be read."""
        self.refused.append(Refusal(self.base + position, size, reason))

    def refuse_rest(self, reason: str) -> None:
        """Note all that is left, which cannot be read; only its length is looked at."""
        start, left = self.base, len(self.buffer)
        self.buffer = b""
        while not self.ended:
            piece = next(self.chunks, b"")
            self.ended, left = not piece, left + len(piece)
        if left:
            self.refused.append(Refusal(start, left, reason))


def open_feed(source: bytes | memoryview | Iterable[bytes]) -> Feed:
    """Return a feed of a whole file in memory, or of its chunks in order."""
    if isinstance(source, bytes | bytearray | memoryview):
        whole = memoryview(source)
        return Feed(bytes(whole[i : i + _PIECE]) for i in range(0, len(whole), _PIECE))
    return Feed(bytes(chunk) for chunk in source if len(chunk))


def is_pcap(head: bytes) -> bool:
    """Say whether a file that begins with `head` is a pcap file (either byte order, micro- or nanoseconds)."""
    return head[:4] in _MAGIC


def is_pcapng(head: bytes) -> bool:
    """Say whether a file that begins with `head` is a pcapng file."""
    return head[:4] == _SECTION and (len(head) < 12 or head[8:12] in _ORDERS)


def pcap_runs(feed: Feed) -> Iterator[PacketRun]:
    """Yield the packets of a pcap file, a window at a time; what follows damage is one refusal in `feed.refused`."""
    if not feed.fill(0, 24):
        feed.refuse_rest("the file ends inside its header")
        return
    order, divide = _MAGIC[feed.buffer[:4]]
    (kind,) = struct.unpack_from(order + "I", feed.buffer, 20)
    kept_at = struct.Struct(order + "I").unpack_from
    at = 24
    while True:
        buffer, records = feed.buffer, list[int]()
        last, size = len(buffer) - 16, len(buffer)
        while at <= last:
            end = at + 16 + kept_at(buffer, at + 8)[0]
            if end > size:
                break
            records.append(at)
            at = end
        if records:
            yield _pcap_run(feed, order, divide, kind & 0x0FFF_FFFF, np.array(records))
        if not feed.fill(at, 16):
            feed.refuse_rest("the file ends inside a packet's header")
            return
        (kept,) = kept_at(feed.buffer, 8)
        if kept > LARGEST_PACKET:
            feed.refuse_rest(f"a packet that claims {kept:,} bytes: what follows cannot be read")
            return
        if not feed.fill(0, 16 + kept):
            feed.refuse_rest("the file ends inside a packet")
            return
        at = 0


def _pcap_run(feed: Feed, order: str, divide: int, link: int, records: Places) -> PacketRun:
    at = number_at(np.frombuffer(feed.buffer, np.uint8), order)
    seconds, part, kept, whole = (at[records + step].astype(np.int64) for step in (0, 4, 8, 12))
    start = records + 16
    return PacketRun(
        feed.buffer,
        feed.base,
        start,
        start + kept,
        seconds * 1_000_000 + part // divide,
        np.full(len(records), link),
        records,
        kept + 16,
        kept < whole,
    )


def read_pcap(feed: Feed) -> Iterator[Packet]:
    """Yield the packets of a pcap file one by one."""
    for run in pcap_runs(feed):
        yield from run.packets()


@dataclass
class _Interface:
    link: int
    snap: int
    unit: int = 1_000_000
    """Ticks in a second."""
    offset: int = 0
    """Seconds to add."""

    def moment(self, ticks: int) -> int | None:
        micros = ticks if self.unit == 1_000_000 else ticks * 1_000_000 // self.unit
        micros += self.offset * 1_000_000
        return micros if 0 <= micros < LAST_MOMENT else None


def _interface(order: str, body: bytes) -> _Interface:
    link, _, snap = struct.unpack_from(order + "HHI", body)
    made = _Interface(link, snap)
    at = 8
    while at + 4 <= len(body):
        code, size = struct.unpack_from(order + "HH", body, at)
        value = body[at + 4 : at + 4 + size]
        if code == 0 or len(value) < size:
            break
        if code == 9 and size >= 1:
            made.unit = 2 ** (value[0] & 0x7F) if value[0] & 0x80 else 10 ** min(value[0], 38)
        elif code == 14 and size == 8:
            (made.offset,) = struct.unpack(order + "q", value)
        at += 4 + size + (-size) % 4
    return made


def pcapng_runs(feed: Feed) -> Iterator[PacketRun]:
    """Yield the packets of a pcapng file, of all its sections and interfaces; other blocks are passed over."""
    order, interfaces, at = "<", list[_Interface](), 0
    held = list[Packet]()
    while True:
        if at + 12 > len(feed.buffer):
            yield from _held_run(held)
            if not feed.fill(at, 12):
                if feed.buffer:
                    feed.refuse_rest("the file ends inside a block")
                return
            at = 0
        buffer = feed.buffer
        kind = buffer[at : at + 4]
        if kind == _SECTION:
            if buffer[at + 8 : at + 12] not in _ORDERS:
                yield from _held_run(held)
                feed.fill(at, 12)
                feed.refuse_rest("a section without a byte-order mark: what follows cannot be read")
                return
            order, interfaces = _ORDERS[buffer[at + 8 : at + 12]], []
        number, size = struct.unpack_from(order + "II", buffer, at)
        if size < 12 or size % 4 or size > LARGEST_BLOCK:
            yield from _held_run(held)
            feed.fill(at, 12)
            feed.refuse_rest(f"a block that claims {size:,} bytes: what follows cannot be read")
            return
        if at + size > len(buffer):
            yield from _held_run(held)
            if not feed.fill(at, size):
                feed.refuse_rest("the file ends inside a block")
                return
            buffer, at = feed.buffer, 0
        if number in (6, 3, 2):
            packet = _packet(feed, order, interfaces, number, at, size)
            if packet:
                held.append(packet)
        elif number == 1 and size >= 20 and len(interfaces) < MOST_INTERFACES:
            interfaces.append(_interface(order, buffer[at + 8 : at + size - 4]))
        at += size


def _held_run(held: list[Packet]) -> Iterator[PacketRun]:
    """Yield packets of one buffer as a run, if there are any, and forget them."""
    if not held:
        return
    buffer, start, end, at_us, link, place, size, data_at, cut = zip(*held, strict=True)
    held.clear()
    base = data_at[0] - start[0]
    yield PacketRun(
        buffer[0],
        base,
        np.array(start),
        np.array(end),
        np.array([NO_MOMENT if at is None else at for at in at_us]),
        np.array(link),
        np.array(place) - base,
        np.array(size),
        np.array(cut),
    )


def read_pcapng(feed: Feed) -> Iterator[Packet]:
    """Yield the packets of a pcapng file one by one."""
    for run in pcapng_runs(feed):
        yield from run.packets()


def _packet(feed: Feed, order: str, interfaces: list[_Interface], number: int, at: int, size: int) -> Packet | None:
    """Return the packet of an enhanced, a simple or an obsolete packet block; refuse what does not fit."""
    buffer = feed.buffer
    ticks: int | None = None
    if number == 3:
        head, which = 12, 0
        whole = struct.unpack_from(order + "I", buffer, at + 8)[0] if size >= 16 else 0
        kept = min(whole, size - 16)
        if interfaces and interfaces[0].snap:
            kept = min(kept, interfaces[0].snap)
    elif size < 32:
        feed.refuse(at, size, "a packet block that is too short")
        return None
    elif number == 6:
        which, high, low, kept, whole = struct.unpack_from(order + "IIIII", buffer, at + 8)
        head, ticks = 28, high << 32 | low
    else:
        which, _, high, low, kept, whole = struct.unpack_from(order + "HHIIII", buffer, at + 8)
        head, ticks = 28, high << 32 | low
    if which >= len(interfaces) or kept < 0 or head + kept + 4 > size:
        feed.refuse(at, size, "a packet block whose sizes or interface do not fit")
        return None
    of = interfaces[which]
    moment = None if ticks is None else of.moment(ticks)
    place = feed.base + at
    return buffer, at + head, at + head + kept, moment, of.link, place, size, place + head, kept < whole


__all__ = [
    "LARGEST_BLOCK",
    "LARGEST_PACKET",
    "LAST_MOMENT",
    "MOST_INTERFACES",
    "Feed",
    "Refusal",
    "is_pcap",
    "is_pcapng",
    "open_feed",
    "pcap_runs",
    "pcapng_runs",
    "read_pcap",
    "read_pcapng",
]

"""Packets of one window of a capture file as columns: where each stands, when it came; what is in it is not read here.

Which of them are whole UDP datagrams over Ethernet and IPv4, as most packets are, is told by the column too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import repeat

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from unspoof.parse.byte_columns import Mask, Octets, Places, Slices

Packet = tuple[bytes, int, int, int | None, int, int, int, int, bool]
"""Buffer, start and end of the captured octets in it, microseconds of UTC (None: the file has no time for it), link
type, place of the record in the file, its size there, place of the first captured octet, and whether the capture kept
only a part of the packet."""

NO_MOMENT = -1
"""In place of the microseconds of a packet that has none."""
_ETHERNET, _UDP = 1, 17
_LEAST = 45
"""Octets of an Ethernet frame with IPv4, UDP and three octets of data."""


@dataclass(frozen=True)
class PacketRun:
    """Packets that follow one another in one buffer, row for row."""

    buffer: bytes
    base: int
    """Place of the buffer's first octet in the file."""
    start: Places
    """Of the captured octets in the buffer."""
    end: Places
    at_us: Places
    """Microseconds of UTC, or NO_MOMENT."""
    link: Places
    record: Places
    """Where each record starts in the buffer."""
    size: Places
    """Octets of the record in the file."""
    cut: Mask

    def packets(self) -> Iterator[Packet]:
        """Yield them one by one."""
        return zip(
            repeat(self.buffer, len(self.start)),
            self.start.tolist(),
            self.end.tolist(),
            [None if at == NO_MOMENT else at for at in self.at_us.tolist()],
            self.link.tolist(),
            (self.record + self.base).tolist(),
            self.size.tolist(),
            (self.start + self.base).tolist(),
            self.cut.tolist(),
            strict=True,
        )

    def of(self, rows: Places) -> PacketRun:
        """Return some of them, in their order."""
        start, end, at_us, link, record, size = (
            column[rows] for column in (self.start, self.end, self.at_us, self.link, self.record, self.size)
        )
        return PacketRun(self.buffer, self.base, start, end, at_us, link, record, size, self.cut[rows])


@dataclass(frozen=True)
class Datagrams:
    """The whole UDP datagrams of a run that hold more than their header, row for row."""

    rows: Places
    """Which packets of the run."""
    payload: Slices
    """What they carry, in the buffer."""
    fits: Mask
    """Whether the UDP header states the length that there is."""


def number_at(data: Octets, order: str) -> NDArray[np.uint32]:
    """Return the 32-bit number from each place of a buffer on ('<' or '>' first); a view, nothing is copied."""
    return np.ndarray((max(len(data) - 3, 0),), np.dtype(order + "u4"), buffer=data, strides=(1,))


def whole_datagrams(run: PacketRun) -> Datagrams:
    """Find the datagrams of whole IPv4 packets without options over Ethernet without tags, of which nothing was cut."""
    data = np.frombuffer(run.buffer, np.uint8)
    rows = np.flatnonzero((run.link == _ETHERNET) & (run.end - run.start >= _LEAST) & ~run.cut)
    start = run.start[rows]
    kind = number_at(data, ">")[start + 12] >> 8
    total, fragment = _short(data, start + 16), _short(data, start + 20)
    stop = start + 14 + total
    whole = (
        (kind == 0x080045)
        & (data[start + 23] == _UDP)
        & (total > 28)
        & (stop <= run.end[rows])
        & (fragment & 0x3FFF == 0)
    )
    kept = np.flatnonzero(whole)
    start, stop, total = start[kept], stop[kept], total[kept]
    fits = _short(data, start + 38) == total - 20
    return Datagrams(rows[kept], Slices(start + 42, stop, np.ones(len(kept), np.bool_)), fits)


def ends_of(run: PacketRun) -> pa.BinaryArray:
    """Return the 12 octets of both addresses and both ports of packets that `whole_datagrams` found."""
    begin = run.start + 26
    return Slices(begin, begin + 12, np.ones(len(begin), np.bool_)).taken(np.frombuffer(run.buffer, np.uint8))


def _short(data: Octets, at: Places) -> Places:
    return data[at].astype(np.int64) << 8 | data[at + 1]


__all__ = ["NO_MOMENT", "Datagrams", "Packet", "PacketRun", "ends_of", "number_at", "whole_datagrams"]

"""From the octets of a packet to the UDP or TCP data in it: link layers, IPv4, IPv6 and their headers; no reassembly.

Source: RFC 791, RFC 8200 section 4, IEEE 802.1Q, tcpdump.org/linktypes.html. Lengths that do not fit what was captured
are cut to it; what cannot be an IP packet is said to be damaged and not guessed at.
"""

from __future__ import annotations

import struct
from functools import lru_cache
from ipaddress import IPv6Address
from typing import NamedTuple

TCP, UDP = 6, 17
MOST_TAGS = 8
"""VLAN tags of one frame."""
MOST_EXTENSIONS = 16
"""IPv6 extension headers of one packet."""

_SHORT = struct.Struct(">H").unpack_from
_IPV4, _IPV6 = 0x0800, 0x86DD
_VLAN = (0x8100, 0x88A8, 0x9100)
_PPPOE = 0x8864
_RAW = (12, 14, 101, 228, 229)
_LINKS = {0, 1, 108, 113, 276, *_RAW}
_AF_INET6 = (10, 24, 28, 30)
"""Numbers of IPv6 on Linux, and on the BSDs and macOS."""


class Segment(NamedTuple):
    """What an IP packet, or a fragment of one, carries."""

    source: bytes
    """Address, 4 or 16 octets."""
    destination: bytes
    protocol: int
    start: int
    """Of what it carries, in the buffer."""
    end: int
    cut: bool
    """The capture, or the packet's own length, kept less than the IP header promises."""
    fragment_id: int = -1
    """-1: the packet is whole."""
    fragment_at: int = 0
    """Octets before this fragment in the whole."""
    more: bool = False
    """Fragments follow."""


def reads_link(link: int) -> bool:
    """Say whether frames of a link type can be read."""
    return link in _LINKS


def find_ip(data: bytes, start: int, end: int, link: int) -> int:
    """Return where the IP header of a frame begins; -1 if it carries no IP."""
    if link in _RAW:
        return start
    if link == 1:
        at, kind = start + 12, -1
    elif link == 113:
        at, kind = start + 14, -1
    elif link == 276:
        at, kind = start + 18, _ethertype(data, start, end)
    else:
        return _loopback(data, start, end, link)
    if kind < 0:
        kind = _ethertype(data, at, end)
    for _ in range(MOST_TAGS):
        if kind not in _VLAN:
            break
        at += 4
        kind = _ethertype(data, at, end)
    if kind == _PPPOE:
        at += 8
        kind = {0x21: _IPV4, 0x57: _IPV6}.get(_ethertype(data, at, end), 0)
    return at + 2 if kind in (_IPV4, _IPV6) else -1


def _ethertype(data: bytes, at: int, end: int) -> int:
    return _SHORT(data, at)[0] if at + 2 <= end else 0


def _loopback(data: bytes, start: int, end: int, link: int) -> int:
    """Loopback frames state the address family, in the byte order of the machine (0) or of the network (108)."""
    if link not in (0, 108) or end - start < 4:
        return -1
    family = data[start : start + 4]
    number = min(int.from_bytes(family, "little"), int.from_bytes(family, "big"))
    return start + 4 if number == 2 or number in _AF_INET6 else -1


def read_ip(data: bytes, start: int, end: int) -> Segment | None:
    """Read the IP header at `start`, with its options or extension headers; None if it is damaged."""
    if end - start < 20:
        return None
    version = data[start] >> 4
    if version == 4:
        return _ipv4(data, start, end)
    return _ipv6(data, start, end) if version == 6 and end - start >= 40 else None


def _ipv4(data: bytes, start: int, end: int) -> Segment | None:
    header = (data[start] & 15) * 4
    total, number, flags = struct.unpack_from(">HHH", data, start + 2)
    if total == 0:
        total = end - start  # left to the network card when the packet was captured on its sender
    if header < 20 or total < header or start + header > end:
        return None
    stop = min(start + total, end)
    more, before = bool(flags & 0x2000), (flags & 0x1FFF) * 8
    return Segment(
        data[start + 12 : start + 16],
        data[start + 16 : start + 20],
        data[start + 9],
        start + header,
        stop,
        start + total > end,
        number if more or before else -1,
        before,
        more,
    )


def _ipv6(data: bytes, start: int, end: int) -> Segment | None:
    (length,) = _SHORT(data, start + 4)
    kind, at = data[start + 6], start + 40
    promised = at + length if length else end
    stop = min(promised, end)
    number, before, more = -1, 0, False
    for _ in range(MOST_EXTENSIONS):
        if kind not in (0, 43, 44, 51, 60) or before:
            break
        if at + 8 > stop:
            return None
        if kind == 44:
            field, number = struct.unpack_from(">HI", data, at + 2)
            before, more, size = field & 0xFFF8, bool(field & 1), 8
        else:
            size = (data[at + 1] + 2) * 4 if kind == 51 else (data[at + 1] + 1) * 8
        kind, at = data[at], at + size
    if at > stop:
        return None
    source, destination = data[start + 8 : start + 24], data[start + 24 : start + 40]
    return Segment(source, destination, kind, at, stop, promised > end, number, before, more)


@lru_cache(maxsize=65_536)
def show_address(octets: bytes) -> str:
    """Return an address of 4 or 16 octets as text."""
    return ".".join(map(str, octets)) if len(octets) == 4 else str(IPv6Address(octets))


@lru_cache(maxsize=65_536)
def show_ends(octets: bytes) -> tuple[str, str]:
    """Return source and destination of an IPv4 header, 8 octets, as texts."""
    return show_address(octets[:4]), show_address(octets[4:])


__all__ = [
    "MOST_EXTENSIONS",
    "MOST_TAGS",
    "TCP",
    "UDP",
    "Segment",
    "find_ip",
    "read_ip",
    "reads_link",
    "show_address",
    "show_ends",
]

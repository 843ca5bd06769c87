"""HEP, the encapsulation by which switches send what they see to a Homer server; version 3 alone is read.

Versions 1 and 2 are known and refused by name. Source: 'The Hep/EEP protocol' revision 36 (sipcapture.org): chunk types
of vendor 0; the layout of versions 1 and 2 after the same paper's older header.
"""

from __future__ import annotations

import struct
from ipaddress import IPv6Address
from typing import NamedTuple

MOST_CHUNKS = 64
_SIP = 1
_PROTOCOLS = {6: "tcp", 17: "udp", 132: "sctp"}
_CHUNK = struct.Struct(">HHH").unpack_from


class HepPacket(NamedTuple):
    """One captured message with what the sender says of it."""

    at_us: int | None
    """Microseconds of UTC by the sender's clock; None where it states none."""
    source_ip: str
    source_port: int | None
    destination_ip: str
    destination_port: int | None
    transport: str
    """'udp', 'tcp', 'sctp', or '' where it is not stated."""
    is_sip: bool
    payload: bytes


def is_hep3(data: bytes, at: int = 0) -> bool:
    """Say whether a HEPv3 packet begins at `at`."""
    return data[at : at + 4] == b"HEP3"


def old_version(data: bytes) -> int:
    """Return 1 or 2 if this is a datagram of HEP version 1 or 2, else 0."""
    known = len(data) > 16 and data[0] in (1, 2) and data[1] in (16, 40, 28, 52)
    return data[0] if known and data[2] in (2, 10) and data[3] in _PROTOCOLS else 0


def read_hep(data: bytes) -> HepPacket | str:
    """Read one HEPv3 packet; unknown chunks are passed over, and a fault is returned as a sentence.

    Args:
        data: the packet from its 'HEP3' on; what follows its stated length is not read.

    """
    if len(data) < 6 or not is_hep3(data):
        return "no HEPv3 packet"
    total = int.from_bytes(data[4:6], "big")
    if total > len(data) or total < 6:
        return "a HEP packet that is shorter than it says"
    chunks: dict[int, bytes] = {}
    at = 6
    for _ in range(MOST_CHUNKS):
        if at + 6 > total:
            break
        vendor, kind, size = _CHUNK(data, at)
        if size < 6 or at + size > total:
            return "a HEP chunk that runs past its packet"
        if vendor == 0:
            chunks.setdefault(kind, data[at + 6 : at + size])
        at += size
    if at != total:
        return "a HEP packet with too many chunks, or octets behind them"
    return _packet(chunks)


def _packet(chunks: dict[int, bytes]) -> HepPacket:
    seconds, part = _number(chunks.get(9), 4), _number(chunks.get(10), 4)
    return HepPacket(
        None if seconds is None else seconds * 1_000_000 + (part or 0),
        _address(chunks, 3, 5),
        _number(chunks.get(7), 2),
        _address(chunks, 4, 6),
        _number(chunks.get(8), 2),
        _PROTOCOLS.get(_number(chunks.get(2), 1) or 0, ""),
        _number(chunks.get(11), 1) == _SIP,
        chunks.get(15, b""),
    )


def _number(value: bytes | None, size: int) -> int | None:
    return int.from_bytes(value, "big") if value is not None and len(value) == size else None


def _address(chunks: dict[int, bytes], four: int, six: int) -> str:
    plain = chunks.get(four, b"")
    if len(plain) == 4:
        return ".".join(map(str, plain))
    long = chunks.get(six, b"")
    return str(IPv6Address(long)) if len(long) == 16 else ""


__all__ = ["MOST_CHUNKS", "HepPacket", "is_hep3", "old_version", "read_hep"]

"""HEP datagrams: any bytes, and sound packets made of chunks against what was put in."""

from __future__ import annotations

import struct
from ipaddress import ip_address

from fuzz.target import Target, chosen, with_choice
from unspoof.parse.hep import MOST_CHUNKS, HepPacket, is_hep3, old_version, read_hep

_WAYS = ("raw", "chunks", "said")
_CUT = b"\n--\n"
_TRYING = b"SIP/2.0 100 Trying\r\nCall-ID: x@192.0.2.7\r\n\r\n"


def _chunk(kind: int, value: bytes, vendor: int = 0) -> bytes:
    return struct.pack(">HHH", vendor, kind, 6 + len(value)) + value


def _packet(*chunks: bytes) -> bytes:
    body = b"".join(chunks)
    return b"HEP3" + struct.pack(">H", 6 + len(body)) + body


def _said(data: bytes) -> None:
    """Put the bytes into a packet: address and port of both ends, second, part of it, then the message."""
    head, payload = data[:20].ljust(20, b"\1"), data[20:3000]
    source, destination, from_port, to_port, second, part = struct.unpack(">4s4sHHII", head)
    made = read_hep(
        _packet(
            _chunk(11, b"\1"),
            _chunk(2, b"\x11"),
            _chunk(3, source),
            _chunk(4, destination),
            _chunk(7, head[8:10]),
            _chunk(8, head[10:12]),
            _chunk(9, head[12:16]),
            _chunk(10, head[16:20]),
            _chunk(1, b"x", vendor=9),
            _chunk(15, payload),
        )
    )
    ends = str(ip_address(source)), from_port, str(ip_address(destination)), to_port
    assert made == HepPacket(second * 1_000_000 + part, *ends, "udp", True, payload), "another packet than was sent"


def feed(data: bytes) -> None:
    """Read a datagram."""
    way, rest = chosen(data, _WAYS)
    if way == "said":
        _said(rest)
        return
    parts = rest.split(_CUT)[: MOST_CHUNKS + 2]
    chunks = (_chunk(part[0], part[1:]) if part else _chunk(0, b"") for part in parts)
    datagram = rest if way == "raw" else _packet(*chunks)
    assert is_hep3(datagram) == datagram.startswith(b"HEP3")
    assert old_version(datagram) in (0, 1, 2)
    made = read_hep(datagram)
    assert read_hep(datagram) == made
    if isinstance(made, str):
        assert 0 < len(made) < 200
        assert way == "raw" or len(parts) > MOST_CHUNKS, "a sound packet was refused"
        return
    assert is_hep3(datagram)
    assert made.payload in datagram
    assert read_hep(datagram + b"more") == made, "octets behind the packet were read"
    assert made.at_us is None or 0 <= made.at_us < 1 << 53
    assert made.transport in ("udp", "tcp", "sctp", "")
    assert all(not text or ip_address(text) for text in (made.source_ip, made.destination_ip))
    assert all(port is None or 0 <= port < 65_536 for port in (made.source_port, made.destination_port))


_SOUND = _packet(
    _chunk(1, b"\2"),
    _chunk(2, b"\x11"),
    _chunk(3, bytes((192, 0, 2, 7))),
    _chunk(4, bytes((192, 0, 2, 1))),
    _chunk(7, b"\x13\xc4"),
    _chunk(8, b"\x13\xc4"),
    _chunk(9, b"\x6a\0\0\0"),
    _chunk(10, b"\0\0\0\5"),
    _chunk(11, b"\1"),
    _chunk(15, _TRYING),
)
_SIX = bytes.fromhex("20010db8000000000000000000000001")

TARGET = Target(
    "hep",
    "a choice, then a datagram, chunks (kind, then value) split by a line of two dashes, or ends, time and message",
    feed,
    (
        *with_choice(0, (_SOUND, _packet(_chunk(5, _SIX), _chunk(6, _SIX)), b"HEP3\0\6", b"HEP3\0\x0c\0\0\0\1\0\x05")),
        *with_choice(0, (b"\1\x10\2\x11" + bytes(20), b"\2\x1c\2\x11" + bytes(30), b"HEP")),
        *with_choice(
            1, (_CUT.join((b"\x0b\1", b"\x0f" + _TRYING, b"\x02\x06", b"\x05" + _SIX)), _CUT.join([b"\1\2"] * 70))
        ),
        *with_choice(2, (bytes((192, 0, 2, 7, 192, 0, 2, 1)) + b"\x13\xc4\x13\xc5" + bytes(8) + _TRYING,)),
    ),
    words=(
        b"HEP3",
        b"HEP3\0\6",
        b"\0\0\0\x0f",
        b"\0\0\0\1\0\7\2",
        b"\0\0\0\x0b\0\7\1",
        b"\0\0\0\3\0\x0a",
        b"\0\6",
        b"\xff\xff",
        _CUT,
    ),
    most=2048,
)

__all__ = ["TARGET"]

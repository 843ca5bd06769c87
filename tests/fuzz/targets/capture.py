"""Captures of every kind: as they come, and with the bytes put into sound packets."""

from __future__ import annotations

import struct

from fuzz.target import Target, chosen, with_choice
from unspoof.parse.capture import CapturedMessage, Tally, is_capture, sip_messages

_CUT = b"\n--\n"
_INVITE = (
    b"INVITE sip:07700900123@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK1\r\n"
    b"From: <sip:07700900124@192.0.2.7>;tag=a\r\nTo: <sip:07700900123@192.0.2.1>\r\nCall-ID: x@192.0.2.7\r\n"
    b"CSeq: 1 INVITE\r\nContent-Length: 2\r\n\r\nhi"
)
_TRYING = b"SIP/2.0 100 Trying\r\nCall-ID: x@192.0.2.7\r\nCSeq: 1 INVITE\r\nl: 0\r\n\r\n"
WAYS = ("raw", "udp", "tcp", "fragments", "ip", "pcapng", "hep")
_HEAD = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, 1)
_ETHERNET = bytes(12) + b"\x08\x00"
_HOSTS = bytes((192, 0, 2, 7, 192, 0, 2, 1))


def _ip(protocol: int, payload: bytes, flags: int = 0) -> bytes:
    return struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), 7, flags, 64, protocol, 0) + _HOSTS + payload


def _udp(payload: bytes) -> bytes:
    return struct.pack(">HHHH", 5060, 5060, 8 + len(payload), 0) + payload


def _packets(way: str, parts: list[bytes]) -> list[bytes]:
    """Return the packets that carry the parts."""
    if way == "udp":
        return [_ETHERNET + _ip(17, _udp(part)) for part in parts]
    if way == "fragments":
        whole = _udp(b"".join(parts))
        pieces = [whole[at : at + 64] for at in range(0, len(whole), 64)]
        more = [0x2000] * (len(pieces) - 1) + [0]
        return [
            _ETHERNET + _ip(17, piece, flags | at * 8)
            for at, (piece, flags) in enumerate(zip(pieces, more, strict=True))
        ]
    if way == "tcp":
        made, sequence = [], 1000
        for part in parts:
            # the first byte of a part moves its place in the stream: gaps, repetitions, disorder
            moved = sequence + (part[0] - 128 if part[:1] > b"\xf0" else 0)
            made.append(_ETHERNET + _ip(6, struct.pack(">HHIIBBHHH", 5060, 5061, moved, 0, 0x50, 16, 9, 0, 0) + part))
            sequence += len(part)
        return made
    return [_ETHERNET + part for part in parts]


def _pcapng(parts: list[bytes]) -> bytes:
    made = struct.pack("<IIIHHq", 0x0A0D0D0A, 28, 0x1A2B3C4D, 1, 0, -1) + struct.pack("<I", 28)
    made += struct.pack("<IIHHII", 1, 20, 1, 0, 262_144, 20)
    for part in parts:
        packet = _ETHERNET + _ip(17, _udp(part))
        size = 32 + len(packet) + -len(packet) % 4
        body = struct.pack("<IIIIIII", 6, size, 0, 0, 1, len(packet), len(packet)) + packet + bytes(-len(packet) % 4)
        made += body + struct.pack("<I", size)
    return made


def _hep(part: bytes) -> bytes:
    chunks = b"\0\0\0\1\0\7\2" + b"\0\0\0\2\0\7\x11" + b"\0\0\0\3\0\x0a" + _HOSTS[:4] + b"\0\0\0\x0b\0\7\1"
    chunks += struct.pack(">HHH", 0, 15, 6 + len(part)) + part
    return b"HEP3" + struct.pack(">H", 6 + len(chunks)) + chunks


def file_of(way: str, data: bytes) -> bytes:
    """Return a capture file: the bytes as they are, or with their parts as payloads of packets."""
    parts = data.split(_CUT)[:40]
    if way == "raw":
        return data
    if way == "pcapng":
        return _pcapng(parts)
    if way == "hep":
        return b"".join(_hep(part) for part in parts)
    packets = _packets(way, parts)
    return _HEAD + b"".join(struct.pack("<IIII", 1, at, len(p), len(p)) + p for at, p in enumerate(packets))


def _told(messages: list[CapturedMessage]) -> list[tuple[object, ...]]:
    return [
        (m.at_us, m.source_ip, m.source_port, m.destination_ip, m.destination_port, m.transport, m.locator,
         m.locator_size, m.message.raw, m.oddities)
        for m in messages
    ]  # fmt: skip


def feed(data: bytes) -> None:
    """Read a capture whole and in small chunks."""
    file = file_of(*chosen(data, WAYS))
    assert is_capture(file[:12]) in (True, False)
    tally, again = Tally(), Tally()
    messages = list(sip_messages(file, tally))
    assert tally.packets == sum(tally.kinds.values()), "a packet that is not counted"
    assert tally.messages == len(messages), "a message that is not counted"
    for one in messages:
        assert 0 <= one.locator <= one.locator + one.locator_size <= len(file), "a place outside the file"
        assert one.message.is_sip
        assert one.at_us is None or one.at_us >= 0
    assert sum(len(one.message.raw) for one in messages) <= 8 * len(file) + 65_536, "more than was captured"
    assert all(0 <= part.locator <= part.locator + part.size <= len(file) for part in tally.refused), (
        "refused elsewhere"
    )
    assert file == b"" or messages or tally.packets or tally.refused or len(file) in range(24, 64), "a silent loss"
    chunks = [file[at : at + 13] for at in range(0, len(file), 13)]
    assert _told(list(sip_messages(chunks, again))) == _told(messages), "the chunks show"
    assert (again.kinds, again.refused) == (tally.kinds, tally.refused)


def _with(way: str, *parts: bytes) -> bytes:
    return bytes([WAYS.index(way)]) + _CUT.join(parts)


TARGET = Target(
    "capture",
    "a choice, then a capture file, or payloads of packets split by a line of two dashes",
    feed,
    (
        *with_choice(0, (file_of("udp", _INVITE), _pcapng([_INVITE, _TRYING]), _hep(_INVITE), file_of("tcp", _TRYING))),
        *with_choice(0, (struct.pack(">I", len(_hep(_TRYING))) + _hep(_TRYING), b"HEP3\0\6")),
        _with("udp", _INVITE, _TRYING, b"\r\n\r\n", b"junk"),
        _with("tcp", _INVITE[:100], _INVITE[100:] + _TRYING[:20], _TRYING[20:], b"\r\n\r\n" + _INVITE),
        _with("tcp", _INVITE[:60], b"\xff" + _INVITE[61:]),
        _with("fragments", _INVITE),
        _with("ip", _ip(17, _udp(_TRYING)), b"\x45", _ip(50, b"x")),
        _with("pcapng", _INVITE),
        _with("hep", _INVITE, _TRYING),
    ),
    words=(
        b"\xa1\xb2\xc3\xd4", b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1", b"\x0a\x0d\x0d\x0a", b"\x4d\x3c\x2b\x1a", b"HEP3",
        b"SIP/2.0 200 OK\r\n", b"INVITE ", b"\r\n\r\n", b"Content-Length: ", b"\x45\x00", b"\x86\xdd\x60", b"\x81\x00", _CUT,
        b"\x88\x64", b"\x60\x00\x00\x00",
    ),
)  # fmt: skip

__all__ = ["TARGET", "WAYS", "file_of"]

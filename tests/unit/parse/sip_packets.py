"""Packets, captures and SIP messages written for tests; every number and address is set apart for documents or drama."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from ipaddress import ip_address

START_US = 1_795_362_363_000_000
"""22 November 2026, 15:46:03 UTC."""


def sip(
    start: str = "INVITE sip:+447700900123@198.51.100.7 SIP/2.0",
    sender: str = '"Bank" <sip:+442079460000@192.0.2.4;user=phone>;tag=a1',
    receiver: str = "<sip:+447700900123@198.51.100.7;user=phone>",
    call_id: str = "one@192.0.2.4",
    cseq: str = "1 INVITE",
    extra: Iterable[str] = (),
    body: str = "",
) -> bytes:
    """Return one SIP message."""
    lines = [
        start,
        "Via: SIP/2.0/UDP 192.0.2.4:5060;branch=z9hG4bK" + call_id.partition("@")[0],
        f"From: {sender}",
        f"To: {receiver}",
        f"Call-ID: {call_id}",
        f"CSeq: {cseq}",
        *extra,
        f"Content-Length: {len(body.encode())}",
        "",
        body,
    ]
    return "\r\n".join(lines).encode()


def udp(payload: bytes, source: int = 5060, destination: int = 5060) -> bytes:
    """Return a UDP datagram without a check sum."""
    return struct.pack(">HHHH", source, destination, 8 + len(payload), 0) + payload


def tcp(payload: bytes, sequence: int, flags: int = 0x18, source: int = 5060, destination: int = 5060) -> bytes:
    """Return a TCP segment without a check sum."""
    return struct.pack(">HHIIBBHHH", source, destination, sequence % (1 << 32), 1, 0x50, flags, 8192, 0, 0) + payload


def _sum(data: bytes) -> int:
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


def ipv4(
    payload: bytes,
    source: str = "192.0.2.4",
    destination: str = "198.51.100.7",
    protocol: int = 17,
    number: int = 1,
    field: int = 0,
    options: bytes = b"",
) -> bytes:
    """Return an IPv4 packet; `field` is flags and fragment offset as they stand in the header."""
    words = 5 + len(options) // 4
    head = struct.pack(">BBHHHBBH", 0x40 | words, 0, words * 4 + len(payload), number, field, 64, protocol, 0)
    head += ip_address(source).packed + ip_address(destination).packed + options
    return head[:10] + struct.pack(">H", _sum(head)) + head[12:] + payload


def ipv6(
    payload: bytes, source: str = "2001:db8::4", destination: str = "2001:db8::7", kind: int = 17, hop: int = 64
) -> bytes:
    """Return an IPv6 packet."""
    head = struct.pack(">IHBB", 6 << 28, len(payload), kind, hop)
    return head + ip_address(source).packed + ip_address(destination).packed + payload


def fragments4(payload: bytes, size: int, number: int = 7, **more: str) -> list[bytes]:
    """Cut what an IPv4 packet carries into fragments of `size` octets, a multiple of 8."""
    made = []
    for at in range(0, len(payload), size):
        last = at + size >= len(payload)
        made.append(ipv4(payload[at : at + size], number=number, field=at // 8 | (0 if last else 0x2000), **more))
    return made


def fragments6(payload: bytes, size: int, number: int = 7) -> list[bytes]:
    """Cut what an IPv6 packet carries into fragments of `size` octets, a multiple of 8."""
    made = []
    for at in range(0, len(payload), size):
        last = at + size >= len(payload)
        head = struct.pack(">BBHI", 17, 0, at | (0 if last else 1), number)
        made.append(ipv6(head + payload[at : at + size], kind=44))
    return made


def ethernet(packet: bytes, tags: Iterable[int] = ()) -> bytes:
    """Return an Ethernet frame with VLAN tags (802.1Q within 802.1ad where there are two)."""
    kind = 0x86DD if packet[0] >> 4 == 6 else 0x0800
    marks = list(tags)
    head = bytes(6) + b"\x02" + bytes(5)
    for i, tag in enumerate(marks):
        head += struct.pack(">HH", 0x88A8 if len(marks) > 1 and i == 0 else 0x8100, tag)
    return head + struct.pack(">H", kind) + packet


def cooked(packet: bytes, version: int = 1) -> bytes:
    """Return a frame of Linux cooked capture, version 1 (link type 113) or 2 (276)."""
    kind = 0x86DD if packet[0] >> 4 == 6 else 0x0800
    if version == 1:
        return struct.pack(">HHH8sH", 0, 1, 6, bytes(8), kind) + packet
    return struct.pack(">HHIHBB8s", kind, 0, 1, 1, 0, 6, bytes(8)) + packet


def pcap(
    frames: Iterable[bytes], *, order: str = "<", nano: bool = False, link: int = 1, step_us: int = 1_000, snap: int = 0
) -> bytes:
    """Return a pcap file; frames are `step_us` apart; `snap` cuts them."""
    made = [struct.pack(order + "IHHiIII", 0xA1B23C4D if nano else 0xA1B2C3D4, 2, 4, 0, 0, 262_144, link)]
    for i, frame in enumerate(frames):
        moment = START_US + i * step_us
        kept = frame[:snap] if snap else frame
        part = moment % 1_000_000 * (1_000 if nano else 1)
        made.append(struct.pack(order + "IIII", moment // 1_000_000, part, len(kept), len(frame)) + kept)
    return b"".join(made)


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    """Return a block of a pcapng file."""
    body += bytes(-len(body) % 4)
    size = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + size + body + size


def section(order: str = "<") -> bytes:
    """Return a section header block."""
    return block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def interface(link: int = 1, order: str = "<", resolution: int = 6, offset: int = 0) -> bytes:
    """Return an interface description block with if_tsresol and if_tsoffset."""
    options = struct.pack(order + "HHB3x", 9, 1, resolution) + struct.pack(order + "HHq", 14, 8, offset) + bytes(4)
    return block(1, struct.pack(order + "HHI", link, 0, 0) + options, order)


def enhanced(frame: bytes, ticks: int, which: int = 0, order: str = "<") -> bytes:
    """Return an enhanced packet block."""
    head = struct.pack(order + "IIIII", which, ticks >> 32, ticks & 0xFFFFFFFF, len(frame), len(frame))
    return block(6, head + frame, order)


def pcapng(frames: Iterable[bytes], *, order: str = "<", link: int = 1, step_us: int = 1_000) -> bytes:
    """Return a pcapng file of one section and one interface in microseconds."""
    made = [section(order), interface(link, order)]
    made += [enhanced(frame, START_US + i * step_us, 0, order) for i, frame in enumerate(frames)]
    return b"".join(made)


def hep3(payload: bytes, source: str = "192.0.2.4", destination: str = "198.51.100.7", moment: int = START_US) -> bytes:
    """Return a HEPv3 packet with a SIP payload."""
    six = ip_address(source).version == 6
    chunks = [
        (1, bytes([10 if six else 2])),
        (2, b"\x11"),
        (5 if six else 3, ip_address(source).packed),
        (6 if six else 4, ip_address(destination).packed),
        (7, struct.pack(">H", 5060)),
        (8, struct.pack(">H", 5060)),
        (9, struct.pack(">I", moment // 1_000_000)),
        (10, struct.pack(">I", moment % 1_000_000)),
        (11, b"\x01"),
        (12, struct.pack(">I", 2001)),
        (15, payload),
    ]
    body = b"".join(struct.pack(">HHH", 0, kind, 6 + len(data)) + data for kind, data in chunks)
    return b"HEP3" + struct.pack(">H", 6 + len(body)) + body


def call(
    number: int,
    *,
    called: str = "+447700900123",
    shown: str = "+442079460000",
    talk: bool = True,
    extra: Iterable[str] = (),
) -> list[tuple[bool, bytes]]:
    """Return the messages of one answered call: whether each comes from the caller, and its octets."""
    call_id, tag = f"{number:08x}-call@192.0.2.4", f";tag=c{number}"
    sender, plain = f'"Bank" <sip:{shown}@192.0.2.4;user=phone>{tag}', f"<sip:{called}@198.51.100.7;user=phone>"
    receiver = plain + f";tag=b{number}"
    sdp = "v=0\r\no=- 1 1 IN IP4 192.0.2.4\r\ns=-\r\nc=IN IP4 192.0.2.4\r\nt=0 0\r\nm=audio 6004 RTP/AVP 0\r\n"
    uri = f"sip:{called}@198.51.100.7"
    invite = sip(f"INVITE {uri} SIP/2.0", sender, plain, call_id, "1 INVITE", extra, sdp)
    made = [(True, invite)]
    made += [(False, sip(f"SIP/2.0 {s}", sender, receiver, call_id, "1 INVITE")) for s in ("100 Trying", "180 Ringing")]
    made.append((False, sip("SIP/2.0 200 OK", sender, receiver, call_id, "1 INVITE", (), sdp)))
    if talk:
        made.append((True, sip(f"ACK {uri} SIP/2.0", sender, receiver, call_id, "1 ACK")))
        made.append((True, sip(f"BYE {uri} SIP/2.0", sender, receiver, call_id, "2 BYE")))
        made.append((False, sip("SIP/2.0 200 OK", sender, receiver, call_id, "2 BYE")))
    return made


def frames_of(messages: Iterable[tuple[bool, bytes]]) -> list[bytes]:
    """Return Ethernet frames with the messages over UDP and IPv4."""
    ends = ("192.0.2.4", "198.51.100.7")
    return [ethernet(ipv4(udp(m), *(ends if out else ends[::-1]))) for out, m in messages]

"""The SIP messages of a capture file, each with time, addresses and its place in the file; calls are not its part.

Read: pcap, pcapng, HEPv3 datagrams (framed by a 4-byte big-endian length, one behind the other, or within UDP). Memory
is bounded whatever the size of the file, and every packet is counted once, under the name of what became of it.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from unspoof.parse.fragments import Fragments, Place, Whole
from unspoof.parse.hep import is_hep3, old_version, read_hep
from unspoof.parse.packet_runs import Packet
from unspoof.parse.packets import TCP, UDP, find_ip, read_ip, reads_link, show_address, show_ends
from unspoof.parse.pcap import Feed, Refusal, is_pcap, is_pcapng, open_feed, read_pcap, read_pcapng
from unspoof.parse.sip import SipMessage, scan
from unspoof.parse.sip_framing import find_message, starts_message
from unspoof.parse.tcp_streams import Found, Streams

MOST_JUNK = 32
"""Octets before a start line in a datagram that is still taken for SIP."""
_LONGEST_DATAGRAM = 1 << 20

_UDP_HEADER = struct.Struct(">HHH").unpack_from
_TCP_HEADER = struct.Struct(">HHI").unpack_from
_SHORT_WAY = struct.Struct(">HxxHxB").unpack_from
"""Total length, fragment field and protocol, from the third octet of an IPv4 header on."""
_METHODS = frozenset(b"SIP INV ACK BYE CAN REG OPT SUB NOT MES INF PRA UPD REF PUB".split())
"""First octets of nearly every message."""

Taken = tuple[list["CapturedMessage"], str]
"""Messages, and what became of the packet that gave them."""

Shape = Literal["pcap", "pcapng", "hep", ""]
"""What a file is; empty for none of them."""


@dataclass(slots=True)
class CapturedMessage:
    """One SIP message as the capture holds it."""

    at_us: int | None
    """Microseconds of UTC of the packet in which it starts; None where the file has none."""
    source_ip: str
    source_port: int | None
    destination_ip: str
    destination_port: int | None
    transport: str
    """'udp' or 'tcp'; of HEP what its sender states, '' if nothing."""
    locator: int
    """Place in the file of the packet in which it starts; of its first octet where another starts before it there."""
    locator_size: int
    """Bytes from there to the end of the packet, or to the next message in it."""
    message: SipMessage
    capture_oddities: tuple[str, ...] = ()
    """What is wrong with how it was captured: cut-by-capture, fragments-missing, fragments-overlap, stream-gap,
    leading-octets."""

    @property
    def oddities(self) -> tuple[str, ...]:
        """Those of the message and of its capture, sorted."""
        own = self.message.oddities
        return tuple(sorted({*own, *self.capture_oddities})) if self.capture_oddities else own


@dataclass
class Tally:
    """What became of every packet: `packets` is the sum of `kinds`."""

    packets: int = 0
    messages: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    """sip-udp, sip-hep, tcp, fragment, other-udp, other-ip, other-hep, not-ip, or 'refused: ' and the reason."""
    refused: list[Refusal] = field(default_factory=list)
    """Stretches of the file that could not be read; a reader of large files may empty it as it goes."""


def sip_messages(source: bytes | memoryview | Iterable[bytes], tally: Tally | None = None) -> Iterator[CapturedMessage]:
    """Yield the SIP messages of a capture in the order in which they are complete.

    Args:
        source: the whole file, or its chunks in order (a stream: `iter(lambda: stream.read(1 << 20), b"")`).
        tally: counts what became of every packet, and lists what could not be read.

    A file that is no capture, is cut off or is damaged gives what could be read, and refusals in `tally`.

    """
    tally = tally if tally is not None else Tally()
    feed, shape = open_capture(source, tally)
    if shape == "pcap":
        yield from _messages(read_pcap(feed), tally)
    elif shape == "pcapng":
        yield from _messages(read_pcapng(feed), tally)
    elif shape == "hep":
        yield from hep_messages(feed, tally)


def open_capture(source: bytes | memoryview | Iterable[bytes], tally: Tally) -> tuple[Feed, Shape]:
    """Return a feed of the file and what its first octets say it is; refusals of the feed go to the tally."""
    feed = open_feed(source)
    feed.refused = tally.refused
    feed.fill(0, 12)
    shape = _shape(feed.buffer[:12])
    if not shape:
        feed.refuse_rest("no capture file of a known kind")
    return feed, shape


def _shape(head: bytes) -> Shape:
    if is_pcap(head):
        return "pcap"
    if is_pcapng(head):
        return "pcapng"
    return "hep" if is_hep3(head) or is_hep3(head, 4) else ""


def is_capture(head: bytes) -> bool:
    """Say whether a file that begins with `head` (12 bytes) is one that `sip_messages` reads."""
    return bool(_shape(head))


def _messages(packets: Iterator[Packet], tally: Tally) -> Iterator[CapturedMessage]:
    reader = PacketReader(tally)
    yield from reader.read(packets)
    yield from reader.end()


def hep_messages(feed: Feed, tally: Tally) -> Iterator[CapturedMessage]:
    """Yield the messages of a file of HEP datagrams."""
    before = 4 if is_hep3(feed.buffer[:12], 4) else 0
    framed = before > 0
    while feed.fill(0, before + 6) or feed.buffer:
        head = feed.buffer[: before + 6]
        size = int.from_bytes(head[:4] if framed else head[4:6], "big") + before
        if len(head) < before + 6 or not before + 6 <= size <= _LONGEST_DATAGRAM or not feed.fill(0, size):
            feed.refuse_rest("the file ends inside a datagram, or one states a length that cannot be")
            return
        tally.packets += 1
        messages, kind = _hep(feed.buffer[before:size], Place(None, feed.base, size, feed.base + before), tally)
        tally.kinds[kind] += 1
        yield from messages
        feed.buffer, feed.base = feed.buffer[size:], feed.base + size


def _hep(data: bytes, place: Place, tally: Tally) -> Taken:
    packet = read_hep(data)
    if isinstance(packet, str):
        tally.refused.append(Refusal(place.locator, place.size, packet))
        return [], f"refused: {packet}"
    message = scan(packet.payload)
    if not (packet.is_sip and message.is_sip):
        return [], "other-hep"
    tally.messages += 1
    captured = CapturedMessage(
        place.at_us if packet.at_us is None else packet.at_us,
        packet.source_ip,
        packet.source_port,
        packet.destination_ip,
        packet.destination_port,
        packet.transport,
        place.locator,
        place.size,
        message,
    )
    return [captured], "sip-hep"


class PacketReader:
    """Packets in, messages out; fragments and streams are kept between packets."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._fragments = Fragments()
        self._streams = Streams()

    def read(self, packets: Iterator[Packet]) -> Iterator[CapturedMessage]:
        """Yield the messages that packets make whole; an IPv4 and UDP packet over Ethernet, as most are, goes a short way."""
        tally, kinds = self._tally, self._tally.kinds
        for packet in packets:
            tally.packets += 1
            data, start, end, at_us, link, locator, size, _, cut = packet
            if link == 1 and end - start >= 45 and not cut and data[start + 12 : start + 15] == b"\x08\x00\x45":
                total, fragment, protocol = _SHORT_WAY(data, start + 16)
                stop = start + 14 + total
                if protocol == UDP and total > 28 and stop <= end and not fragment & 0x3FFF:
                    source_port, destination_port, length = _UDP_HEADER(data, start + 34)
                    if data.find(b"SIP/2.0", start + 42, stop) < 0:
                        # most packets of most captures: sound, names, whatever; one search says that it is no SIP
                        kinds["other-udp"] += 1
                        continue
                    if data[start + 42 : start + 45] in _METHODS and length == total - 20:
                        message = scan(data[start + 42 : stop])
                        if message.method or message.status:
                            kinds["sip-udp"] += 1
                            tally.messages += 1
                            source, destination = show_ends(data[start + 26 : start + 34])
                            yield CapturedMessage(
                                at_us,
                                source,
                                source_port,
                                destination,
                                destination_port,
                                "udp",
                                locator,
                                size,
                                message,
                            )
                            continue
            messages, kind = self._any(packet)
            kinds[kind] += 1
            yield from messages
            for whole in self._fragments.expire(at_us):
                yield from self._carried(whole)[0]

    def end(self) -> Iterator[CapturedMessage]:
        """Yield the messages of what still waits when there are no more packets."""
        for whole in self._fragments.end():
            yield from self._carried(whole)[0]
        yield from self._messages(self._streams.end())

    def _any(self, packet: Packet) -> Taken:
        """Read a packet of any shape."""
        data, start, end, at_us, link, locator, size, data_at, cut = packet
        place = Place(at_us, locator, size, data_at)
        if not reads_link(link):
            return self._refuse(place, f"link type {link} is not read")
        at = find_ip(data, start, end, link)
        if at < 0:
            return [], "not-ip"
        segment = read_ip(data, at, end)
        if segment is None:
            return self._refuse(place, "a damaged IP header")
        place = place._replace(data_at=data_at + segment.start - start)
        carried = data[segment.start : segment.end]
        if segment.fragment_id >= 0:
            wholes = self._fragments.add(segment, carried, place)
            return [message for whole in wholes for message in self._carried(whole)[0]], "fragment"
        odd = ("cut-by-capture",) if cut or segment.cut else ()
        return self._carried(Whole(segment.source, segment.destination, segment.protocol, carried, place, odd))

    def _refuse(self, place: Place, reason: str) -> Taken:
        self._tally.refused.append(Refusal(place.locator, place.size, reason))
        return [], f"refused: {reason}"

    def _carried(self, whole: Whole) -> Taken:
        """Return the messages of what an IP packet carries."""
        if whole.protocol == UDP and len(whole.data) > 8:
            return self._datagram(whole)
        if whole.protocol == TCP and len(whole.data) >= 20:
            return self._segment(whole), "tcp"
        return [], "other-ip"

    def _segment(self, whole: Whole) -> list[CapturedMessage]:
        data, place = whole.data, whole.place
        source_port, destination_port, sequence = _TCP_HEADER(data)
        header = max((data[12] >> 4) * 4, 20)
        key = (whole.source, source_port, whole.destination, destination_port)
        place = place._replace(data_at=place.data_at + header)
        return self._messages(self._streams.add(key, sequence, data[13], data[header:], place))

    def _messages(self, found: list[Found]) -> list[CapturedMessage]:
        """Return the messages of streams; octets of a SIP stream that are no message are refused."""
        made = []
        for one in found:
            message = scan(one.data) if one.is_message else None
            if message is None or not message.is_sip:
                self._tally.refused.append(Refusal(one.locator, one.size, "octets of a SIP stream that are no message"))
                continue
            source, source_port, destination, destination_port = one.key
            addresses = show_address(source), source_port, show_address(destination), destination_port
            made.append(CapturedMessage(one.at_us, *addresses, "tcp", one.locator, one.size, message, one.oddities))
        self._tally.messages += len(made)
        return made

    def _datagram(self, whole: Whole) -> Taken:
        source_port, destination_port, length = _UDP_HEADER(whole.data)
        payload, place, odd = whole.data[8 : max(length, 8) if length else None], whole.place, whole.oddities
        if length > len(whole.data) and not odd:
            odd = (*odd, "cut-by-capture")
        if is_hep3(payload):
            return _hep(payload, place, self._tally)
        if version := old_version(payload):
            return self._refuse(place, f"HEP version {version} is not read")
        at = len(payload) - len(payload.lstrip(b"\r\n"))
        if not starts_message(payload, at):
            at = find_message(payload[: MOST_JUNK + 2_200])
            if not 0 <= at <= MOST_JUNK:
                return [], "other-udp"
            odd = (*odd, "leading-octets")
        message = scan(payload[at:])
        if not message.is_sip:
            return [], "other-udp"
        self._tally.messages += 1
        addresses = show_address(whole.source), source_port, show_address(whole.destination), destination_port
        captured = CapturedMessage(place.at_us, *addresses, "udp", place.locator, place.size, message, odd)
        return [captured], "sip-udp"


__all__ = [
    "MOST_JUNK",
    "CapturedMessage",
    "PacketReader",
    "Tally",
    "hep_messages",
    "is_capture",
    "open_capture",
    "sip_messages",
]

"""Put TCP segments in order and cut what they carry into SIP messages; streams that carry none are passed over cheaply.

Source: RFC 9293 section 3.4 (sequence numbers wrap at 2**32). Of octets that are sent twice those that came first count.
A gap that is not filled ends the message before it (oddity `stream-gap`), and reading goes on at the next start line.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import NamedTuple

from unspoof.parse.fragments import Place
from unspoof.parse.sip_framing import LONGEST_START, find_message, may_start, next_frame, starts_message

MOST_STREAMS = 20_000
"""Streams, one for each direction, that are kept in mind at a time."""
MOST_AHEAD = 256 << 10
"""Bytes of one stream that may wait for a gap to be filled."""
MOST_SEGMENTS = 256
"""Segments of one stream that may wait."""
MOST_HELD = 128 << 20
"""Bytes of all streams."""
_FIN, _SYN, _RST = 1, 2, 4
_HALF, _WRAP = 1 << 31, 1 << 32


StreamKey = tuple[bytes, int, bytes, int]
"""Source address and port, destination address and port."""


class Found(NamedTuple):
    """One message of a stream, or octets of a SIP stream that are none."""

    key: StreamKey
    data: bytes
    at_us: int | None
    locator: int
    """Of the packet in which it starts, or of its first octet where another starts before it in the same packet."""
    size: int
    is_message: bool
    oddities: tuple[str, ...]


@dataclass
class _Mark:
    """Where octets of the buffer stand in the file."""

    start: int
    size: int
    place: Place


@dataclass
class _Stream:
    key: StreamKey
    next: int | None = None
    """Sequence number that is awaited."""
    buffer: bytearray = field(default_factory=bytearray)
    marks: list[_Mark] = field(default_factory=list)
    ahead: dict[int, tuple[bytes, Place]] = field(default_factory=dict)
    held: int = 0
    is_sip: bool | None = None
    """None: not known yet."""
    synced: bool = False
    """The beginning of the stream was seen, or octets of it were used."""
    odd: list[str] = field(default_factory=list)
    used: int = -1
    """Place in the file of the packet in which the last message started."""
    finish: int | None = None


class Streams:
    """Every TCP stream of a capture."""

    def __init__(self) -> None:
        self._streams: OrderedDict[StreamKey, _Stream] = OrderedDict()
        self._held = 0

    def add(self, key: StreamKey, sequence: int, flags: int, data: bytes, place: Place) -> list[Found]:
        """Take one segment; return the messages that are complete now.

        Args:
            key: addresses and ports of one direction.
            sequence: number of the first octet (of the SYN, if it is set).
            flags: of the TCP header.
            data: what the segment carries.
            place: of its packet.

        """
        found: list[Found] = []
        stream = self._streams.get(key)
        if flags & _SYN:
            sequence = (sequence + 1) % _WRAP
            if stream is not None and stream.next != sequence:
                found += self._close(key)
                stream = None
            if stream is None:
                stream = self._open(key)
                stream.next, stream.synced = sequence, True
        if stream is None:
            if not data:
                return found
            stream = self._open(key)
        else:
            self._streams.move_to_end(key)
        before = len(stream.buffer) + stream.held
        if data:
            self._take(stream, sequence, data, place, found)
        if flags & _FIN:
            stream.finish = (sequence + len(data)) % _WRAP
        self._held += len(stream.buffer) + stream.held - before
        if flags & _RST or (stream.finish is not None and stream.next == stream.finish):
            found += self._close(key)
        while len(self._streams) > MOST_STREAMS or self._held > MOST_HELD:
            found += self._close(next(iter(self._streams)))
        return found

    def end(self) -> list[Found]:
        """Return what is left in all streams."""
        return [one for key in list(self._streams) for one in self._close(key)]

    def _open(self, key: StreamKey) -> _Stream:
        stream = self._streams[key] = _Stream(key)
        return stream

    def _close(self, key: StreamKey) -> list[Found]:
        stream = self._streams.pop(key)
        self._held -= len(stream.buffer) + stream.held
        found: list[Found] = []
        while stream.ahead:
            _skip_gap(stream, found)
        _frames(stream, found, ended=True)
        return found

    def _take(self, stream: _Stream, sequence: int, data: bytes, place: Place, found: list[Found]) -> None:
        if stream.next is None:
            stream.next = sequence
        distance = _distance(stream.next, sequence)
        if distance < 0:
            distance, data, place = _seen_before(stream, sequence, distance, data, place)
        if not data:
            return
        if distance > 0:
            kept = stream.ahead.get(sequence)
            if stream.is_sip is False and not starts_message(data):
                stream.next = (sequence + len(data)) % _WRAP
                return
            if kept is None or len(kept[0]) < len(data):
                stream.held += len(data) - (len(kept[0]) if kept else 0)
                stream.ahead[sequence] = (data, place)
        else:
            _append(stream, data, place)
            _fill(stream)
        while stream.held > MOST_AHEAD or len(stream.ahead) > MOST_SEGMENTS:
            _frames(stream, found, ended=False)
            _skip_gap(stream, found)
        _frames(stream, found, ended=False)


def _distance(awaited: int, sequence: int) -> int:
    """Return how far a segment lies ahead (> 0) of what is awaited, or before it, over the wrap of the numbers."""
    return (sequence - awaited + _HALF) % _WRAP - _HALF


def _seen_before(stream: _Stream, sequence: int, distance: int, data: bytes, place: Place) -> tuple[int, bytes, Place]:
    """Cut what was there before off a segment; a stream seen from its middle may begin earlier than it seemed."""
    begin = distance + len(stream.buffer)
    if not stream.synced and begin < 0:
        start = (sequence - begin) % _WRAP
        if stream.buffer:
            for mark in stream.marks:
                at = (start + mark.start) % _WRAP
                piece = bytes(stream.buffer[mark.start : mark.start + mark.size])
                stream.ahead[at] = (piece, mark.place)
                stream.held += len(piece)
            stream.buffer.clear()
            stream.marks.clear()
        stream.next = sequence
        return 0, data, place
    return 0, data[-distance:], place._replace(data_at=place.data_at - distance)


def _append(stream: _Stream, data: bytes, place: Place) -> None:
    assert stream.next is not None  # noqa: S101 - set before anything is appended
    stream.next = (stream.next + len(data)) % _WRAP
    if stream.is_sip is False:
        if not starts_message(data, len(data) - len(data.lstrip(b"\r\n"))):
            return
        stream.is_sip = True
    stream.marks.append(_Mark(len(stream.buffer), len(data), place))
    stream.buffer += data


def _fill(stream: _Stream) -> None:
    """Append what waited and now follows."""
    while stream.ahead and stream.next is not None:
        for sequence in sorted(stream.ahead, key=lambda at: _distance(stream.next or 0, at)):
            distance = _distance(stream.next, sequence)
            if distance > 0:
                return
            data, place = stream.ahead.pop(sequence)
            stream.held -= len(data)
            if distance + len(data) > 0:
                _append(
                    stream, data[-distance:] if distance else data, place._replace(data_at=place.data_at - distance)
                )
                break
        else:
            return


def _skip_gap(stream: _Stream, found: list[Found]) -> None:
    """Give up waiting: end what is being read, and go on with the nearest segment that is there."""
    if stream.buffer:
        stream.odd.append("stream-gap")
        _frames(stream, found, ended=True)
    stream.buffer.clear()
    stream.marks.clear()
    nearest = min(stream.ahead, key=lambda at: _distance(stream.next or 0, at), default=None)
    if nearest is not None:
        stream.next = nearest
        _fill(stream)


def _frames(stream: _Stream, found: list[Found], *, ended: bool) -> None:
    """Cut complete messages off the front of the buffer."""
    if stream.is_sip is None:
        _decide(stream, ended)
    if not stream.is_sip:
        return
    at = 0
    while frame := next_frame(stream.buffer, at, ended=ended):
        at = frame.end
        found.append(_found(stream, frame.start, frame.end, frame.is_message))
        stream.synced = True
    if at:
        del stream.buffer[:at]
        for mark in stream.marks:
            mark.start -= at
        stream.marks = [mark for mark in stream.marks if mark.start + mark.size > 0]


def _decide(stream: _Stream, ended: bool) -> None:
    """Say whether a stream carries SIP, from its beginning."""
    plain = stream.buffer.lstrip(b"\r\n")
    if not plain:
        if stream.buffer and len(stream.buffer) > LONGEST_START:
            stream.is_sip = False
    elif starts_message(plain):
        stream.is_sip = True
    elif not stream.synced and b"\r\n" in plain and plain.isascii() and find_message(plain) > 0:
        # the capture began within the stream: octets of a message, then a whole one
        stream.is_sip = True
        stream.odd.append("stream-gap")
    elif ended or not may_start(plain):
        stream.is_sip = False
    if stream.is_sip is False:
        stream.buffer.clear()
        stream.marks.clear()
        stream.synced = True


def _found(stream: _Stream, start: int, end: int, is_message: bool) -> Found:
    mark = next((m for m in stream.marks if m.start <= start < m.start + m.size), None)
    odd, stream.odd = (tuple(stream.odd), []) if is_message else ((), stream.odd)
    data = bytes(stream.buffer[start:end])
    if mark is None:
        return Found(stream.key, data, None, 0, 0, is_message, odd)
    place = mark.place
    packet_end = place.locator + place.size
    locator = place.locator if stream.used != place.locator else place.data_at + start - mark.start
    stream.used = place.locator
    rest = stream.buffer[end : mark.start + mark.size].lstrip(b"\r\n") if end < mark.start + mark.size else b""
    stop = place.data_at + end - mark.start if rest else packet_end
    return Found(stream.key, data, place.at_us, locator, max(stop - locator, 0), is_message, odd)


__all__ = ["MOST_AHEAD", "MOST_HELD", "MOST_SEGMENTS", "MOST_STREAMS", "Found", "StreamKey", "Streams"]

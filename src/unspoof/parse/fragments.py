"""Put the fragments of IP packets together within a bound of memory; what the packets carry is not looked at.

Source: RFC 791 section 3.2, RFC 8200 section 4.5, RFC 5722 (overlaps). Of octets that fragments give twice those that
came first count, and the packet is marked: different ones are an attempt to show the receiver something else.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import NamedTuple

from unspoof.parse.packets import Segment

MOST_PACKETS = 4_096
"""Packets that wait for fragments at a time."""
MOST_HELD = 64 << 20
"""Bytes that wait."""
LARGEST = 65_535
PATIENCE_US = 30_000_000
"""A packet whose next fragment does not come within this time of the capture is given up (RFC 8200: 60 s at most)."""


class Place(NamedTuple):
    """Where in the file a packet stands, and when it was captured."""

    at_us: int | None
    locator: int
    size: int
    data_at: int
    """Place in the file of the first octet of what it carries."""


class Whole(NamedTuple):
    """A packet put together, or what there is of it."""

    source: bytes
    destination: bytes
    protocol: int
    data: bytes
    place: Place
    """Of the fragment that holds the beginning."""
    oddities: tuple[str, ...]


@dataclass
class _Waiting:
    source: bytes
    destination: bytes
    protocol: int
    place: Place
    pieces: list[tuple[int, bytes]] = field(default_factory=list)
    size: int | None = None
    held: int = 0
    last_us: int = 0


class Fragments:
    """Packets that wait for their fragments."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[tuple[bytes, bytes, int, int], _Waiting] = OrderedDict()
        self._held = 0

    def add(self, segment: Segment, data: bytes, place: Place) -> list[Whole]:
        """Take one fragment; return the packets that are whole now or are given up for good."""
        key = (
            segment.source,
            segment.destination,
            segment.fragment_id,
            segment.protocol if len(segment.source) == 4 else 0,
        )
        one = self._waiting.get(key)
        done = []
        if one is not None and place.at_us is not None and place.at_us - one.last_us > PATIENCE_US:
            done.append(self._give_up(key))
            one = None
        if one is None:
            one = self._waiting[key] = _Waiting(segment.source, segment.destination, segment.protocol, place)
        self._put(one, segment, data, place)
        if self._is_whole(one):
            self._forget(key)
            done.append(_joined(one))
        while len(self._waiting) > MOST_PACKETS or self._held > MOST_HELD:
            done.append(self._give_up(next(iter(self._waiting))))
        return [whole for whole in done if whole]

    def end(self) -> list[Whole]:
        """Give up all that waits; return what can be used of it."""
        done = [self._give_up(key) for key in list(self._waiting)]
        return [whole for whole in done if whole]

    def _put(self, one: _Waiting, segment: Segment, data: bytes, place: Place) -> None:
        at = segment.fragment_at
        if at + len(data) > LARGEST:
            return
        if at == 0:
            one.place, one.protocol = place, segment.protocol
        if not segment.more and one.size is None:
            one.size = at + len(data)
        one.pieces.append((at, data))
        one.held += len(data)
        self._held += len(data)
        one.last_us = max(one.last_us, place.at_us or 0)

    def _is_whole(self, one: _Waiting) -> bool:
        if one.size is None or one.held < one.size:
            return False
        reach = 0
        for at, data in sorted(one.pieces, key=lambda piece: piece[0]):
            if at > reach:
                return False
            reach = max(reach, at + len(data))
        return reach >= one.size

    def _forget(self, key: tuple[bytes, bytes, int, int]) -> _Waiting:
        one = self._waiting.pop(key)
        self._held -= one.held
        return one

    def _give_up(self, key: tuple[bytes, bytes, int, int]) -> Whole | None:
        """Return the beginning of a packet that is not whole, as far as it goes; None if the beginning lacks."""
        one = self._forget(key)
        if not any(at == 0 for at, _ in one.pieces):
            return None
        return _joined(one, "fragments-missing")


def _joined(one: _Waiting, *odd: str) -> Whole:
    """Put pieces together without gaps from the beginning; what came first stays."""
    size = min(max(at + len(data) for at, data in one.pieces), LARGEST)
    made, known = bytearray(size), bytearray(size)
    differ = False
    for at, data in one.pieces:
        span = slice(at, at + len(data))
        before = known[span]
        if not any(before):
            made[span], known[span] = data, b"\1" * len(data)
            continue
        for i, octet in enumerate(data):
            if not before[i]:
                made[at + i], known[at + i] = octet, 1
            elif made[at + i] != octet:
                differ = True
    stop = known.find(b"\0")
    end = min(size if stop < 0 else stop, LARGEST if one.size is None else one.size)
    names = (*odd, *(("fragments-overlap",) if differ else ()))
    return Whole(one.source, one.destination, one.protocol, bytes(made[:end]), one.place, names)


__all__ = ["LARGEST", "MOST_HELD", "MOST_PACKETS", "PATIENCE_US", "Fragments", "Place", "Whole"]

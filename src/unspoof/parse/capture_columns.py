"""The SIP messages of a capture, a window of the file at a time: plain ones as columns, all others as capture.py has them.

Both roads give the same messages with the same facts in the same order, and count every packet the same; what may be
told by the column is told so, and whatever is unusual in the least is read packet by packet.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import repeat

import numpy as np

from unspoof.parse.byte_columns import Places, distinct
from unspoof.parse.capture import CapturedMessage, PacketReader, Tally, hep_messages, open_capture
from unspoof.parse.packet_runs import NO_MOMENT, Datagrams, PacketRun, ends_of, whole_datagrams
from unspoof.parse.packets import show_ends
from unspoof.parse.pcap import Feed, pcap_runs, pcapng_runs
from unspoof.parse.sip_calls import CallMessage, Ends
from unspoof.parse.sip_columns import Coded, SipColumns, read_columns

MOST_AT_ONCE = 4_096
"""Messages of a HEP file that make a window."""

_PORTS = struct.Struct(">HH").unpack_from


@dataclass(frozen=True)
class PlainMessages:
    """Messages of plain datagrams, row for row in the order of the file."""

    sip: SipColumns
    at_us: Places
    """Microseconds of UTC, or NO_MOMENT."""
    ends: Coded
    """Ends of each."""
    locator: Places
    locator_size: Places

    def call_messages(self) -> Iterator[CallMessage]:
        """Yield what of each message tells its call."""
        sip = self.sip
        numbers, methods = (sip.cseq.part(at).objects() for at in (0, 1))
        return zip(
            _moments(self.at_us),
            sip.status.tolist(),
            methods,
            sip.call_id.to_pylist(),
            sip.sender.addresses.objects(),
            sip.sender.tags,
            sip.receiver.addresses.objects(),
            sip.receiver.tags,
            numbers,
            self.ends.objects(),
            self.locator.tolist(),
            self.locator_size.tolist(),
            sip.uri.to_pylist(),
            sip.asserted.objects(),
            repeat(()),
            strict=False,
        )


@dataclass(frozen=True)
class Window:
    """The messages of one stretch of a capture."""

    plain: PlainMessages | None
    others: list[CapturedMessage]
    order: Places | None
    """Where each plain message, then each other, stands among all; None where only one kind is there, in order."""


def sip_windows(source: bytes | memoryview | Iterable[bytes], tally: Tally | None = None) -> Iterator[Window]:
    """Yield the SIP messages of a capture; see `sip_messages`, which gives the same one by one."""
    tally = tally if tally is not None else Tally()
    feed, shape = open_capture(source, tally)
    if shape == "pcap":
        yield from _windows(pcap_runs(feed), tally)
    elif shape == "pcapng":
        yield from _windows(pcapng_runs(feed), tally)
    elif shape == "hep":
        yield from _hep_windows(feed, tally)


def _hep_windows(feed: Feed, tally: Tally) -> Iterator[Window]:
    held: list[CapturedMessage] = []
    for message in hep_messages(feed, tally):
        held.append(message)
        if len(held) >= MOST_AT_ONCE:
            yield Window(None, held, None)
            held = []
    yield Window(None, held, None)


def _windows(runs: Iterator[PacketRun], tally: Tally) -> Iterator[Window]:
    reader = PacketReader(tally)
    for run in runs:
        yield _window(run, reader, tally)
    yield Window(None, list(reader.end()), None)


def _window(run: PacketRun, reader: PacketReader, tally: Tally) -> Window:
    """Read the packets of one run: those that are plain, those that are nothing to us, and the rest one by one."""
    datagrams = whole_datagrams(run)
    plain, packets = _plain(run, datagrams)
    silent = _silent(run, datagrams, packets)
    done = np.zeros(len(run.start), np.bool_)
    done[packets], done[silent] = True, True
    tally.packets += len(packets) + len(silent)
    tally.messages += len(packets)
    for kind, count in (("sip-udp", len(packets)), ("other-udp", len(silent))):
        if count:
            tally.kinds[kind] += count
    others: list[CapturedMessage] = []
    places: list[int] = []
    rest = np.flatnonzero(~done)
    for place, packet in zip(rest.tolist(), run.of(rest).packets(), strict=True):
        for message in reader.read(iter((packet,))):
            others.append(message)
            places.append(place)
    if plain is None or not others:
        return Window(plain, others, None)
    return Window(plain, others, np.argsort(np.concatenate((packets, places)), kind="stable"))


def _plain(run: PacketRun, datagrams: Datagrams) -> tuple[PlainMessages | None, Places]:
    """Return the plain messages and which packets they are."""
    data = np.frombuffer(run.buffer, np.uint8)
    # every start line begins with a letter; sound does not (RFC 3550: version 2 in the two highest bits)
    letters = (data[datagrams.payload.begin] | 0x20) - np.uint8(97) < 26
    asked = np.flatnonzero(letters & datagrams.fits)
    if not len(asked):
        return None, asked
    sip = read_columns(datagrams.payload.of(asked).taken(data))
    packets = datagrams.rows[asked[sip.rows]]
    if not len(packets):
        return None, packets
    of = run.of(packets)
    octets, codes = distinct(ends_of(of))
    ends = Coded([None if one is None else _ends(one) for one in octets], codes)
    return PlainMessages(sip, of.at_us, ends, of.record + of.base, of.size), packets


def _silent(run: PacketRun, datagrams: Datagrams, plain: Places) -> Places:
    """Return the datagrams in which no SIP version stands anywhere."""
    left = np.flatnonzero(~np.isin(datagrams.rows, plain, assume_unique=True))
    find, where = run.buffer.find, datagrams.payload.of(left)
    none = [find(b"SIP/2.0", at, to) < 0 for at, to in zip(where.begin.tolist(), where.stop.tolist(), strict=True)]
    return datagrams.rows[left[np.array(none, np.bool_)]]


def _moments(at_us: Places) -> list[int | None]:
    listed: list[int | None] = at_us.tolist()
    return [None if at == NO_MOMENT else at for at in listed] if (at_us == NO_MOMENT).any() else listed


def _ends(octets: bytes) -> Ends:
    source, destination = show_ends(octets[:8])
    source_port, destination_port = _PORTS(octets, 8)
    return source, source_port, destination, destination_port


__all__ = ["MOST_AT_ONCE", "PlainMessages", "Window", "sip_windows"]

"""SIP out of captures: equal to tshark field by field, whole in the face of damage, and every packet counted."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
import sip_packets as made
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from unspoof.parse.capture import CapturedMessage, Tally, sip_messages

VECTORS = Path(__file__).parents[2] / "vectors" / "captures"
NDPI = Path(os.environ.get("UNSPOOF_NDPI_CAPTURES", "no such folder"))
"""The captures of ntop/nDPI, tests/cfgs/default/pcap at 3b1286ab, which bear no licence of their own."""
TSHARK = shutil.which("tshark")
needs_tshark = pytest.mark.skipif(TSHARK is None, reason="tshark is not installed")
FIELDS = (
    "frame.time_epoch", "ip.src", "ipv6.src", "ip.dst", "ipv6.dst", "udp.srcport", "udp.dstport", "tcp.srcport",
    "tcp.dstport", "sip.Method", "sip.Status-Code", "sip.Call-ID", "sip.from.user", "sip.to.user", "sip.from.tag",
    "sip.CSeq.seq", "sip.CSeq.method", "sip.r-uri",
)  # fmt: skip

INVITE = made.sip(body="v=0\r\nm=audio 6004 RTP/AVP 0\r\n", extra=["X-Pad: " + "p" * 700])
CALL = made.call(1)


def oracle(path: Path) -> list[dict[str, str]]:
    """Return tshark's fields of every SIP frame."""
    command = [TSHARK or "", "-n", "-r", str(path), "-Y", "sip", "-d", "udp.port==15060-15071,sip", "-T", "fields"]
    command += ["-o", "tcp.desegment_tcp_streams:TRUE", "-o", "tcp.reassemble_out_of_order:TRUE"]
    command += ["-E", "separator=/t", "-E", "occurrence=f"]
    for name in FIELDS:
        command += ["-e", name]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    return [dict(zip(FIELDS, line.split("\t"), strict=True)) for line in done.stdout.splitlines()]


def ours(message: CapturedMessage) -> dict[str, str]:
    """Return what we read in tshark's words."""
    one = message.message
    sender, receiver = one.address("from"), one.address("to")
    number, method = one.cseq
    seconds, micros = divmod(message.at_us or 0, 1_000_000)
    old = ":" not in message.source_ip
    return {
        "frame.time_epoch": f"{seconds}.{micros:06d}000",
        "ip.src": message.source_ip if old else "",
        "ipv6.src": "" if old else message.source_ip,
        "ip.dst": message.destination_ip if old else "",
        "ipv6.dst": "" if old else message.destination_ip,
        "udp.srcport": str(message.source_port) if message.transport == "udp" else "",
        "udp.dstport": str(message.destination_port) if message.transport == "udp" else "",
        "tcp.srcport": str(message.source_port) if message.transport == "tcp" else "",
        "tcp.dstport": str(message.destination_port) if message.transport == "tcp" else "",
        "sip.Method": one.method,
        "sip.Status-Code": str(one.status or ""),
        "sip.Call-ID": one.call_id,
        "sip.from.user": sender.user.decode() if sender else "",
        "sip.to.user": receiver.user.decode() if receiver else "",
        "sip.from.tag": sender.tag.decode() if sender else "",
        "sip.CSeq.seq": str(number),
        "sip.CSeq.method": method,
        "sip.r-uri": one.uri.decode(),
    }


def read(data: bytes) -> tuple[list[CapturedMessage], Tally]:
    """Read a file; check that every packet is counted once and every message leads to its octets."""
    tally = Tally()
    found = list(sip_messages(data, tally))
    assert sum(tally.kinds.values()) == tally.packets
    assert tally.messages == len(found)
    for one in found:
        assert 0 <= one.locator <= one.locator + one.locator_size <= len(data)
    return found, tally


def leads_back(data: bytes, one: CapturedMessage, size: int = 30) -> bool:
    """Say whether a message's locator holds its first octets."""
    return one.message.raw[:size] in data[one.locator : one.locator + one.locator_size]


def same_as_tshark(data: bytes, path: Path, *, timed: bool = True) -> int:
    """Compare with tshark and return how many messages there are; reassembled ones bear the time of another packet."""
    path.write_bytes(data)
    left = [ours(one) for one in read(data)[0]]
    right = oracle(path)
    for row in left + right:
        row["frame.time_epoch"] = row["frame.time_epoch"][:-3] if timed else ""  # tshark shows nanoseconds
    assert left == right
    return len(left)


@needs_tshark
def test_our_own_capture_is_read_as_tshark_reads_it(tmp_path: Path) -> None:
    """All fields of the 87 frames of a real Kamailio and sipp are equal."""
    assert same_as_tshark((VECTORS / "kam.pcapng").read_bytes(), tmp_path / "kam.pcapng") == 87


@needs_tshark
@pytest.mark.skipif(not NDPI.is_dir(), reason="UNSPOOF_NDPI_CAPTURES names no folder")
@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("ndpi_sip.pcap", 81),
        ("ndpi_sip_hello.pcapng", 8),
        ("ndpi_FAX-Call-t38-CA-TDM-SIP-FB-1.pcap", 92),
        ("ndpi_rtp.pcapng", 0),
        ("ndpi_mgcp.pcap", 0),
        ("ndpi_h323.pcap", 0),
    ],
)
def test_captures_of_others_are_read_as_tshark_reads_them(tmp_path: Path, name: str, count: int) -> None:
    """Real telephones of three makers give the same messages, and other protocols none."""
    data = (NDPI / name).read_bytes()

    assert len(read(data)[0]) == count
    if "sip." in name or "FAX" in name:
        same_as_tshark(data, tmp_path / name)


FRAMES = {
    "ethernet": (1, made.frames_of(CALL)),
    "vlan": (1, [made.ethernet(made.ipv4(made.udp(INVITE)), tags=(7,))]),
    "qinq": (1, [made.ethernet(made.ipv4(made.udp(INVITE)), tags=(7, 8))]),
    "options": (1, [made.ethernet(made.ipv4(made.udp(INVITE), options=b"\x94\x04\0\0"))]),
    "padding": (1, [made.ethernet(made.ipv4(made.udp(INVITE))) + bytes(6)]),
    "ipv6": (1, [made.ethernet(made.ipv6(made.udp(INVITE)))]),
    "ipv6 extensions": (
        1, [made.ethernet(made.ipv6(b"\x3c\0\x01\x04\0\0\0\0" + b"\x11\0\x01\x04\0\0\0\0" + made.udp(INVITE), kind=0))],
    ),
    "cooked": (113, [made.cooked(made.ipv4(made.udp(INVITE)))]),
    "cooked 2": (276, [made.cooked(made.ipv6(made.udp(INVITE)), 2)]),
    "loopback": (0, [b"\2\0\0\0" + made.ipv4(made.udp(INVITE)), b"\x1e\0\0\0" + made.ipv6(made.udp(INVITE))]),
    "raw": (101, [made.ipv4(made.udp(INVITE)), made.ipv6(made.udp(INVITE))]),
    "fragments": (1, [made.ethernet(p) for p in made.fragments4(made.udp(INVITE), 256)]),
    "fragments the other way round": (1, [made.ethernet(p) for p in made.fragments4(made.udp(INVITE), 256)][::-1]),
    "ipv6 fragments": (1, [made.ethernet(p) for p in made.fragments6(made.udp(INVITE), 256)]),
}  # fmt: skip


@needs_tshark
@pytest.mark.parametrize("name", FRAMES)
@pytest.mark.parametrize("form", ["little", "big", "nano", "pcapng little", "pcapng big"])
def test_every_link_and_form_is_read_as_tshark_reads_it(tmp_path: Path, name: str, form: str) -> None:
    """Link layers, address families, fragments, byte orders and resolutions change nothing in what is read."""
    link, frames = FRAMES[name]
    order = ">" if "big" in form else "<"
    if "pcapng" in form:
        data = made.pcapng(frames, order=order, link=link)
    else:
        data = made.pcap(frames, order=order, nano=form == "nano", link=link)

    count = same_as_tshark(data, tmp_path / "one", timed="fragments" not in name)

    assert count == (1 if "fragments" in name else len(frames))
    assert all(leads_back(data, one) for one in read(data)[0])


def segments(parts: list[tuple[int, bytes]], first: int = 1_000, *, syn: bool = True) -> list[bytes]:
    """Return frames with parts of a TCP stream, each with its place in it."""
    start = [made.ethernet(made.ipv4(made.tcp(b"", first - 1, 2), protocol=6))] if syn else []
    return start + [made.ethernet(made.ipv4(made.tcp(data, first + at), protocol=6)) for at, data in parts]


STREAM = b"".join(message for out, message in CALL if out)
"""INVITE, ACK and BYE behind one another."""


def cut(*places: int) -> list[tuple[int, bytes]]:
    """Cut STREAM at places."""
    ends = (0, *places, len(STREAM))
    return [(a, STREAM[a:b]) for a, b in pairwise(ends)]


STREAMS = {
    "in order": segments(cut(300, 900)),
    "out of order": segments([cut(300, 900)[i] for i in (0, 2, 1)]),
    "twice": segments([part for part in cut(200, 500, 700) for _ in range(2)]),
    "overlapping": segments([(0, STREAM[:400]), (250, STREAM[250:800]), (700, STREAM[700:])]),
    "wrapping": segments(cut(300, 900), first=(1 << 32) - 500),
    "one octet first": segments(cut(1, 2, 600)),
    "keep-alives": segments([(0, b"\r\n\r\n"), (4, STREAM[:100]), (104, STREAM[100:])]),
}


@needs_tshark
@pytest.mark.parametrize("name", STREAMS)
def test_streams_are_put_together_as_tshark_does(tmp_path: Path, name: str) -> None:
    """Order, retransmission, overlap and the wrap of sequence numbers change nothing in the messages."""
    data = made.pcap(STREAMS[name])
    (tmp_path / "one").write_bytes(data)
    found, theirs = read(data)[0], oracle(tmp_path / "one")

    assert [one.message.raw for one in found] == [m for out, m in CALL if out]
    # a frame that ends several messages shows in tshark with the first of them
    assert {row["sip.Method"] for row in theirs} <= {one.message.method for one in found}
    assert {row["sip.Call-ID"] for row in theirs} == {one.message.call_id for one in found}
    assert [one.oddities for one in found] == [(), (), ()]
    assert len({one.locator for one in found}) == 3


def test_a_stream_without_its_beginning_is_read_from_the_next_start_line() -> None:
    """A capture that begins within a message reads on at the next start line, and says that something lacks."""
    found, tally = read(made.pcap(segments([(0, STREAM[300:])], syn=False)))

    assert [(one.message.method, one.oddities) for one in found] == [("ACK", ("stream-gap",)), ("BYE", ())]
    assert [part.reason for part in tally.refused] == ["octets of a SIP stream that are no message"]


def test_a_gap_ends_one_message_and_no_other() -> None:
    """Octets that were never captured cost the message in which they lie; it is marked, and the next is whole."""
    lost = [part for i, part in enumerate(cut(300, 500)) if i != 1]
    found, _ = read(made.pcap(segments(lost)))

    assert found[0].message.method == "INVITE"
    assert "stream-gap" in found[0].oddities
    assert [one.message.method for one in found][-1] == "BYE"


def test_a_stream_that_carries_no_sip_gives_nothing() -> None:
    """HTTP, TLS and a web page that quotes a message are no SIP."""
    page = b"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n<pre>" + STREAM
    for start in (page, b"\x16\x03\x01" + STREAM, bytes(5_000) + STREAM):
        assert read(made.pcap(segments([(0, start)])))[0] == []


def test_fragments_that_lack_or_overlap_are_named() -> None:
    """A lost fragment leaves the beginning of the message; a fragment that contradicts another does not replace it."""
    pieces = made.fragments4(made.udp(INVITE), 256)
    lost = read(made.pcap([made.ethernet(p) for p in pieces[:-1]]))[0]
    forged = made.ipv4(b"F" * 256, number=7, field=32 | 0x2000)
    torn = read(made.pcap([made.ethernet(p) for p in (*pieces[:2], forged, *pieces[2:])]))[0]

    assert "fragments-missing" in lost[0].oddities
    assert lost[0].message.call_id == "one@192.0.2.4"
    assert [(one.message.raw, one.oddities) for one in torn] == [(INVITE, ("fragments-overlap",))]


def test_a_snapped_packet_is_read_as_far_as_it_goes() -> None:
    """What the capture cut off is said, and who called is still there."""
    found, _ = read(made.pcap(made.frames_of([(True, INVITE)]), snap=300))

    assert [one.message.call_id for one in found] == ["one@192.0.2.4"]
    assert {"cut-by-capture", "no-empty-line"} <= set(found[0].oddities)


def test_interfaces_and_sections_keep_their_own_clock_and_link() -> None:
    """Resolution in powers of ten and of two, an offset, a simple and an unknown block, two sections of other orders."""
    frame = made.frames_of([(True, INVITE)])[0]
    second = made.START_US // 1_000_000
    parts = [
        made.section("<"),
        made.interface(1, "<", resolution=9),
        made.interface(101, "<", resolution=0x80 | 10, offset=100),
        made.block(0xBAD, b"unknown", "<"),
        made.enhanced(frame, made.START_US * 1_000, 0, "<"),
        made.enhanced(made.ipv4(made.udp(INVITE)), (second - 100) << 10, 1, "<"),
        made.section(">"),
        made.interface(1, ">"),
        made.block(3, len(frame).to_bytes(4, "big") + frame, ">"),
        made.enhanced(frame, made.START_US, 0, ">"),
    ]
    found, tally = read(b"".join(parts))

    assert [one.at_us for one in found] == [made.START_US, second * 1_000_000, None, made.START_US]
    assert tally.refused == []


def test_hep_is_read_in_files_and_in_packets() -> None:
    """The 63 datagrams of a real Kamailio, HEP within UDP, and datagrams behind one another; old versions are refused."""
    data = (VECTORS / "hep3.bin").read_bytes()
    found, tally = read(data)
    one = made.hep3(INVITE, "2001:db8::4", "2001:db8::7")
    within, _ = read(made.pcap([made.ethernet(made.ipv4(made.udp(one, 9060, 9060)))]))
    bare, _ = read(one + one)
    old = b"\x01\x10\x02\x11" + bytes(12) + INVITE
    _, refused = read(made.pcap([made.ethernet(made.ipv4(made.udp(old)))]))

    assert (len(found), tally.kinds) == (63, Counter({"sip-hep": 63}))
    assert Counter(m.message.method for m in found)["INVITE"] == 9
    assert [(m.source_ip, m.at_us, m.message.raw) for m in within + bare] == [
        ("2001:db8::4", made.START_US, INVITE)
    ] * 3
    assert [part.reason for part in refused.refused] == ["HEP version 1 is not read"]


def test_what_stands_before_a_start_line_is_named() -> None:
    """A few octets of noise before a request do not hide it; a long way into a datagram nothing is looked for."""
    near = read(made.pcap(made.frames_of([(True, b"\0\1noise\n" + INVITE)])))[0]
    far = read(made.pcap(made.frames_of([(True, bytes(500) + INVITE)])))[0]

    assert [one.oddities for one in near] == [("leading-octets",)]
    assert far == []


@pytest.mark.parametrize("data", [made.pcap(made.frames_of(CALL)), made.pcapng(made.frames_of(CALL))])
def test_a_file_that_is_cut_off_keeps_what_was_read(data: bytes) -> None:
    """At every length the whole packets are there, and the torn one is refused with its place."""
    whole = read(data)[0]
    for size in range(24, len(data), 97):
        found, tally = read(data[:size])
        assert [one.locator for one in found] == [one.locator for one in whole[: len(found)]]
        ends = [one.locator + one.locator_size for one in whole]
        assert all(part.locator + part.size == size for part in tally.refused)
        assert len(found) == sum(end <= size for end in ends)


def test_chunks_of_any_size_give_the_same() -> None:
    """A capture is never held whole: how it comes in shows nowhere."""
    frames = made.frames_of(CALL) + [f for s in STREAMS.values() for f in s] + FRAMES["fragments"][1]
    for data in (made.pcap(frames), made.pcapng(frames), (VECTORS / "hep3.bin").read_bytes()):
        whole = [(one.locator, one.locator_size, one.message.raw) for one in sip_messages(data)]
        for size in (1, 13, 4_096):
            chunks = [data[i : i + size] for i in range(0, len(data), size)]
            assert [(one.locator, one.locator_size, one.message.raw) for one in sip_messages(chunks)] == whole


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([b"", b"\xd4\xc3\xb2\xa1", b"\n\r\r\n", b"HEP3", b"\0\0\0\x50HEP3"]))
def test_any_octets_are_read_or_refused(data: bytes, start: bytes) -> None:
    """Nothing raises, and packets add up."""
    read(start + data)


EVERYTHING = made.frames_of(CALL) + [f for name in ("twice", "overlapping") for f in STREAMS[name]]
EVERYTHING += FRAMES["fragments"][1] + FRAMES["ipv6 fragments"][1] + FRAMES["ipv6 extensions"][1] + FRAMES["qinq"][1]
WHOLE = (made.pcap(EVERYTHING), made.pcapng(EVERYTHING), (VECTORS / "hep3.bin").read_bytes()[:6_000])


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(range(len(WHOLE))),
    st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=6)), min_size=1, max_size=8),
)
def test_damaged_captures_are_read_or_refused(which: int, changes: list[tuple[float, bytes]]) -> None:
    """Octets changed anywhere in a capture of everything never raise, and packets add up."""
    data = bytearray(WHOLE[which])
    for place, change in changes:
        at = int(place * len(data))
        data[at : at + len(change)] = change[: len(data) - at]

    read(bytes(data))


@settings(max_examples=80, deadline=None)
@given(st.lists(st.integers(1, len(STREAM) - 1), max_size=8, unique=True), st.randoms(use_true_random=False))
def test_segments_in_any_order_give_the_messages(places: list[int], random: object) -> None:
    """However a stream is cut, in whatever order and how often its segments come, its messages are the same."""
    parts = cut(*sorted(places))
    random.shuffle(parts)  # type: ignore[attr-defined]
    found, _ = read(made.pcap(segments(parts + parts[:2])))

    assert [one.message.raw for one in found] == [message for out, message in CALL if out]

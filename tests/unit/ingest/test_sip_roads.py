"""Columns of plain messages against the scan of each message by itself: the same rows, calls, refusals and counts."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sip_packets as made
from fuzz.targets import capture
from sip_roads import by_column, by_message, plain_in

SAMPLES = Path(__file__).parents[2] / "samples"
CAPTURES = sorted(
    file for file in (SAMPLES / "containers" / "capture").iterdir() if file.suffix in (".pcap", ".pcapng", ".hep")
)

STARTS = (
    b"INVITE sip:+447700900123@198.51.100.7 SIP/2.0", b"SIP/2.0 200 OK", b"SIP/2.0 180 Ringing", b"SIP/2.0 100 ",
    b"BYE sip:a@b SIP/2.0", b"ACK tel:+447700900123 SIP/2.0", b"CANCEL sip:a@b SIP/2.0", b"OPTIONS sip:b SIP/2.0",
    b"SIP/2.0 487 Request Terminated", b"SIP/2.0 401 x", b"SUBSCRIBE sip:a SIP/2.0", b"SIP/2.0 000 No",
    b"SIP/2.0 200", b"SIP/2.0 099 x", b"ACK  SIP/2.0", b"INVITE a b SIP/2.0", b"BYE sip:a@b sip/2.0",
    b"SIP/2.0  200 OK", b"M-X sip:a SIP/2.0", b"INVITE sip:a\t@b SIP/2.0", b"", b"From: a", b"INVITE SIP/2.0",
    b"SIP/2.0 SIP/2.0", b"A" * 20+b" sip:a SIP/2.0",
)  # fmt: skip
PARTIES = (
    b" <sip:+442079460000@192.0.2.4>;tag=1", b' "Bank" <sip:+442079460000@192.0.2.4;user=phone>;tag=c7',
    b"<sip:a@b>;tag=1", b" <sip:+447700900123@b>;tag=2", b" <sip:a@b>", b" <sip:a@b>;tag=", b" <sip:a@b>;tag=x;y=1",
    b" <sip:a@b>;y=1;tag=x", b' "a>b" <sip:a@b>;tag=x', b' "a>;tag=z', b" sip:a@b;tag=1", b" sip:a;tag=2>;tag=1",
    b" sip:a>;tag=1", b" Bob <sip:a@b>;tag=1", b' "x" <sip:%2B44@b>;tag=1', b" <sip:a@b>;tag=1 ",
    b' <sip:a@b>;tag="1"', b" <tel:+442079460000;phone-context=a>;tag=1",
    b' "<sip:+440000000000@x>" <sip:a@b>;tag=4', b" <sip:a@b>, <sip:c@d>", b" <sip:a@b>;tag=a,b",
    b" <sip:a@@b>;tag=1", b" <sip:a>b>;tag=1", b" <sip:%E9@b>;tag=1", b"  <sip:a@b>;tag=1", b"", b" ",
    b" <sip:a@b>;TAG=1", b" <>;tag=1", b" <sip:"+b"9" * 600+b"@b>;tag=1", b" <sip:a@b>;tag="+b"t" * 600,
    b' "" <sip:a@b>;tag=1', b' "a\\"b" <sip:a@b>;tag=1',
)  # fmt: skip
EXTRA = (
    b"User-Agent: PBX 1", b"Server: S", b"User-Agent:", b"user-agent: x", b"User-Agent: x ", b"Server:x",
    b"Date: Sun, 22 Nov 2026 15:46:00 GMT", b"Date: Mon, 22 Nov 2026 15:46:00 GMT",
    b"P-Asserted-Identity: <sip:+442079460000@b>", b"P-Asserted-Identity: <tel:+44;a=b\\c>",
    b"P-Asserted-Identity: <sip:a@b>, <tel:+44>", b"P-Asserted-Identity: x", b"P-Asserted-Identity:",
    b"Identity: a;b\\c;d", b"Identity: x", b"y: z", b"Identity:  z", b"Max-Forwards: 70", b"Contact: <sip:a@b>",
    b"Via: SIP/2.0/UDP 192.0.2.9", b"v: x", b"P-Charging-Function-Addresses: x",
    b"P-Charging-Function-Addresses-And-More-Of-It: x", b"X:", b"X: \xe9", b"X: caf\xc3\xa9", b"X: a\0b",
    b"X: a\rb", b"X: a\nb", b"X : a", b" folded", b"\tfolded", b"no colon", b":", b"X y: z", b"X\x7f: y",
    b"FROM: <sip:a@b>", b"f: <sip:c@d>", b"CSeq: 2 BYE", b"Content-Length: 7", b"l: 0", b"Call-ID: two",
    b"Content-Lengthy: 7", b"Fromage: x", b"Viaa: x", b"12345678: x", b"1234567: x", b"123456789012345: x",
    b"1234567890123456: x", b"Date:", b"Call-Info: x\r\nX: y",
)  # fmt: skip
TAME = (
    b"User-Agent: PBX 1", b"Server: S", b"Server:x", b"Date: Sun, 22 Nov 2026 15:46:00 GMT",
    b"P-Asserted-Identity: <tel:+44;a=b\\c>", b"P-Asserted-Identity: <sip:+442079460000@b>", b"Identity: a;b\\c;d",
    b"y: z", b"Max-Forwards: 70", b"v: x", b"X:", b"X\x7f: y", b"P-Charging-Function-Addresses: x",
    b"Content-Lengthy: 7", b"Fromage: x", b"12345678: x", b"1234567: x", b"123456789012345: x", b"1234567890123456: x",
    b"CONTACT: x", b"Contact: <sip:a@b>, <sip:c@d>",
)  # fmt: skip
CSEQS = (
    b" 1 INVITE", b" 2 BYE", b" 1 ACK", b" 1 CANCEL", b" 9 OPTIONS", b"1 INVITE", b" 1  INVITE ", b" x", b"",
    b" 1 invite", b" 99999999999 INVITE", b" 1 INVITE x", b" 3 SUBSCRIBE", b" 1 "+b"A" * 20,
)  # fmt: skip
CALL_IDS = (b" one@192.0.2.4", b" two", b"three", b" four ", b"", b" ", b"  five", b" o\tne", b"\tsix")
BODIES = (b"", b"v=0\r\n", b"v=0\n", b"\r\n\r\n", b"caf\xe9", b"\0\0", b"\r", b"SIP/2.0")
ENDS = (("192.0.2.4", "198.51.100.7"), ("198.51.100.7", "192.0.2.4"), ("203.0.113.9", "192.0.2.4"))


@st.composite
def messages(draw: st.DrawFn) -> bytes:
    """Return a message: a tame one, which differs from others only in what may well differ, or any other."""
    tame = draw(st.integers(0, 2)) > 0

    def one(options: tuple[bytes, ...], usual: int) -> bytes:
        return draw(st.sampled_from(options[:usual] if tame else [*(options[:usual] * 4), *options]))

    start = one(STARTS, 9)
    method = start.split(b" ")[0]
    cseq = b" 1 " + method if method.isalpha() and (tame or draw(st.integers(0, 9))) else one(CSEQS, 5)
    lines = [
        b"Via: SIP/2.0/UDP 192.0.2.4;branch=z9hG4bK1",
        b"From:" + one(PARTIES, 16),
        b"To:" + one(PARTIES, 16),
        b"Call-ID:" + one(CALL_IDS, 4),
        b"CSeq:" + cseq,
    ]
    if not tame and not draw(st.integers(0, 9)):
        lines.pop(draw(st.integers(0, 4)))
    lines += draw(st.lists(st.sampled_from(TAME if tame else EXTRA), max_size=3))
    if draw(st.booleans()):
        lines = draw(st.permutations(lines))
    body = one(BODIES, 8)
    length = b" %d" % len(body)
    if tame:
        return b"\r\n".join([start, *lines, b"Content-Length:" + length, b"", body])
    length = draw(st.sampled_from([length] * 9 + [b" 4", b"%d" % len(body), b" 0%d " % len(body), b" x", b""]))
    whole = b"\r\n".join([start, *lines, b"Content-Length:" + length, b"", body])
    if not draw(st.integers(0, 9)):
        at = draw(st.integers(0, len(whole)))
        new = draw(
            st.sampled_from([b"", b"\r", b"\n", b"\r\n", b"\0", b" ", b":", b"\t", b"\xe9", b",", b'"', b">", b";"])
        )
        whole = whole[:at] + new + whole[at + draw(st.integers(0, 2)) :]
    return whole


@st.composite
def frames(draw: st.DrawFn) -> bytes:
    """Return a frame: mostly a message in a plain datagram, or one of the things that stand beside such."""
    message = draw(messages())
    ends = draw(st.sampled_from(ENDS))
    way = draw(
        st.sampled_from(
            ["plain"] * 12 + ["sound", "six", "tag", "options", "length", "tcp", "junk", "short", "lead", "hep"]
        )
    )
    if way == "six":
        return made.ethernet(made.ipv6(made.udp(message)))
    if way == "tcp":
        return made.ethernet(made.ipv4(made.tcp(message, draw(st.integers(1, 3))), protocol=6))
    if way == "options":
        return made.ethernet(made.ipv4(made.udp(message), options=b"\1\1\1\1"))
    payload = {
        "sound": b"\x80\x00" + bytes(40),
        "junk": b"hello SIP/2.0 x",
        "lead": b"\r\n" + message,
        "hep": made.hep3(message),
    }
    datagram = made.udp(payload.get(way, message))
    if way == "length":
        datagram = datagram[:4] + b"\0\x20" + datagram[6:]
    frame = made.ethernet(made.ipv4(datagram, *ends), tags=[7] if way == "tag" else [])
    return frame[: draw(st.integers(0, 60))] if way == "short" else frame


@settings(max_examples=400, deadline=None)
@given(st.lists(frames(), max_size=12), st.booleans(), st.sampled_from([0, 0, 0, 200]))
def test_both_roads_give_the_same(packets: list[bytes], newer: bool, snap: int) -> None:
    """Whatever packets a capture holds, every cell, place, call, refusal and count is that of the scan by itself."""
    data = made.pcapng(packets) if newer else made.pcap(packets, snap=snap)

    assert by_column(data) == by_message(data)


@settings(max_examples=200, deadline=None)
@given(st.lists(messages(), min_size=1, max_size=6), st.integers(1, 700))
def test_windows_of_any_size_give_the_same(many: list[bytes], size: int) -> None:
    """Where the chunks of the file are cut makes no difference."""
    data = made.pcap(made.frames_of([(True, message) for message in many]))
    chunks = [data[at : at + size] for at in range(0, len(data), size)]

    assert by_column(chunks) == by_message(data)


@pytest.mark.parametrize("file", CAPTURES, ids=lambda file: file.name)
def test_the_samples_are_read_alike(file: Path) -> None:
    """Both roads read the captures that are kept as samples alike."""
    data = file.read_bytes()

    assert by_column(data) == by_message(data)


@pytest.mark.parametrize("number", range(len(capture.TARGET.corpus)))
def test_the_corpus_is_read_alike(number: int) -> None:
    """Both roads read what fuzzing kept alike, in every wrapping."""
    kept = capture.TARGET.corpus[number]
    for way in range(len(capture.WAYS)):
        data = capture.file_of(capture.WAYS[way], kept[1:])

        assert by_column(data) == by_message(data)


def test_ordinary_calls_go_by_the_column() -> None:
    """All of the messages of ordinary calls go the quick road, else it would be quick for nobody."""
    extra = (
        "Max-Forwards: 70",
        "P-Asserted-Identity: <sip:+442079460000@192.0.2.4>",
        "Identity: a.b.c;info=<x>",
        "User-Agent: x",
    )
    data = made.pcap([frame for i in range(9) for frame in made.frames_of(made.call(i, extra=extra))])

    assert plain_in(data) == 63
    assert by_column(data) == by_message(data)
    assert len(by_column(data)["dialogs"]) == 9


def test_one_odd_message_makes_no_others_odd() -> None:
    """A message that needs the careful scan leaves its neighbours where they are, in their order."""
    calls = [message for i in range(3) for message in made.call(i)]
    calls[4] = (True, calls[4][1].replace(b"From:", b"From :", 1))
    data = made.pcap(made.frames_of(calls))

    assert plain_in(data) == len(calls) - 1
    assert by_column(data) == by_message(data)


def test_sound_is_passed_over_and_counted() -> None:
    """Datagrams in which no SIP version stands are counted as what they are, and read no further."""
    sound = made.ethernet(made.ipv4(made.udp(b"\x80" + bytes(171))))
    data = made.pcap([frame for _, one in made.call(1) for frame in (sound, *made.frames_of([(True, one)]), sound)])

    assert by_column(data)["kinds"] == {"sip-udp": 7, "other-udp": 14}
    assert by_column(data) == by_message(data)

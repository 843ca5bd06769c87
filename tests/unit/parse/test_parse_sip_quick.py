"""The one search of an ordinary head gives what the scan line by line gives, for ordinary messages and hostile ones."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unspoof.parse.sip import MOST_HEADERS, SipMessage, gist, scan, scan_any

STARTS = st.sampled_from(
    [b"INVITE sip:+447700900123@198.51.100.7 SIP/2.0", b"SIP/2.0 200 OK", b"SIP/2.0 100 ", b"SIP/2.0 000 No",
     b"SIP/2.0 200", b"ACK  SIP/2.0", b"INVITE a b SIP/2.0", b"BYE sip:a@b sip/2.0", b"SIP/2.0  200 OK", b"M-X sip:a SIP/2.0",
     b"invite sip:a\t@b SIP/2.0", b"", b"From: a"]
)  # fmt: skip
NAMES = st.sampled_from(
    [b"Via", b"From", b"To", b"Call-ID", b"Call-Id", b"CSeq", b"Cseq", b"Content-Length", b"User-Agent", b"Server",
     b"P-Asserted-Identity", b"Identity", b"Date", b"Contact", b"Content-Type", b"Supported", b"Max-Forwards", b"X-A",
     b"FROM", b"to", b"CALL-ID", b"p-asserted-identity", b"contact", b"f", b"i", b"l", b"Identity-Info", b"Too", b"Vi", b"X",
     b"P-Charging-Vector", b"From ", b" From", b"\tX-A", b"X A", b"User-Agent2", b"Date-X", b"", b"Sup\0ported"]
)  # fmt: skip
VALUES = st.sampled_from(
    [b" <sip:+442079460000@192.0.2.4>;tag=1", b' "Bank" <sip:a@b>', b" <sip:a@b>, <tel:+442079460000>", b" 1 INVITE",
     b" 2 BYE ", b" 1 200", b" x", b"", b" ", b" Sun, 22 Nov 2026 15:46:00 GMT", b" Mon, 22 Nov 2026 15:46:00 GMT", b" 0",
     b" 4", b"0", b" a@192.0.2.4\t", b' "caf\xc3\xa9" <sip:a@b>', b" \xe9", b" a\0b", b" a\nFrom: b", b" a\rb", b" a\r\n b",
     b" a;b\\c", b" <sip:a@b", b' "a', b" " + b"9" * 300, b" x:y"]
)  # fmt: skip
LINES = st.tuples(NAMES, VALUES).map(b":".join) | st.sampled_from([b"From", b"", b"no colon", b":", b" folded"])
NEEDED = (
    b"Via: SIP/2.0/UDP 192.0.2.4;branch=z9hG4bK1", b"From: <sip:+442079460000@192.0.2.4>;tag=1", b"To: <sip:a@b>",
    b"Call-ID: a@192.0.2.4", b"CSeq: 1 INVITE",
)  # fmt: skip
BODIES = st.sampled_from([b"", b"v=0\n", b"\r\n\r\n", b"caf\xe9", b"\0\0\0\0"])


def facts(message: SipMessage) -> tuple[object, ...]:
    """Return all that can be asked of a message."""
    start = message.method, message.uri, message.status, message.phrase, message.is_sip, message.answers
    rest = message.call_id, message.cseq, message.date_us, message.oddities, message.address("from")
    return message.raw, message.body, *start, *rest, message.headers, message.held, message.lines, gist(message)


def build(start: bytes, lines: list[bytes], body: bytes, length: bytes | None = None) -> bytes:
    """Return a message; `length` is the value of Content-Length where it is not the body's own."""
    size = b"Content-Length: %d" % len(body) if length is None else b"Content-Length:" + length
    return b"\r\n".join([start, *lines, size, b"", body])


@settings(max_examples=600, deadline=None)
@given(STARTS, st.permutations(NEEDED), st.lists(LINES, max_size=4), BODIES, st.none() | VALUES, st.data())
def test_both_ways_of_scanning_agree(
    start: bytes, needed: list[bytes], more: list[bytes], body: bytes, length: bytes | None, data: st.DataObject
) -> None:
    """Whatever lines a message has, in whatever order, every answer is that of the scan line by line."""
    lines = [*needed[: data.draw(st.sampled_from([5, 5, 5, 4]))], *more]
    whole = build(start, lines, body, length)

    assert facts(scan(whole)) == facts(scan_any(whole))


@settings(max_examples=400, deadline=None)
@given(st.permutations(NEEDED), st.data())
def test_both_ways_agree_where_one_octet_is_changed(needed: list[bytes], data: st.DataObject) -> None:
    """An octet put in, taken out or changed anywhere in an ordinary message is met alike."""
    whole = build(b"INVITE sip:a@b SIP/2.0", [*needed, b"Date: Sun, 22 Nov 2026 15:46:00 GMT", b"Server: x"], b"v=0\n")
    at = data.draw(st.integers(0, len(whole)))
    new = data.draw(
        st.sampled_from([b"", b"\r", b"\n", b"\r\n", b"\0", b" ", b":", b"\t", b"\xe9", b",", b'"', b"f", b"-"])
    )
    whole = whole[:at] + new + whole[at + data.draw(st.integers(0, 2)) :]

    assert facts(scan(whole)) == facts(scan_any(whole))


@pytest.mark.parametrize("start", [b"INVITE sip:a@b SIP/2.0", b"SIP/2.0 180 Ringing"])
def test_ordinary_messages_go_the_quick_way(start: bytes) -> None:
    """The usual message of any switch is found in the one search, other headers of any name with it."""
    extra = [
        b"Contact: <sip:a@b>",
        b"X-Odd-Name: 1",
        b"P-Early-Media: x",
        b"Via: SIP/2.0/UDP 192.0.2.9",
        b"Allow: INVITE",
    ]
    read = scan(build(start, [*NEEDED, *extra], b"v=0\r\n"))

    assert read._quick is not None
    assert read.oddities == ()
    assert read.body == b"v=0\r\n"


@pytest.mark.parametrize("name", [b"From", b"To", b"Call-ID", b"CSeq", b"Content-Length", b"Date", b"Identity"])
def test_a_header_that_stands_twice_goes_the_careful_way(name: bytes) -> None:
    """A second header of a name of which one counts is never taken for the first."""
    message = build(b"INVITE sip:a@b SIP/2.0", [*NEEDED, name + b": 1 INVITE", name + b": 2 INVITE"], b"")

    assert scan(message)._quick is None
    assert facts(scan(message)) == facts(scan_any(message))


@pytest.mark.parametrize("count", [MOST_HEADERS - 7, MOST_HEADERS - 6, MOST_HEADERS - 5])
def test_the_limit_of_headers_is_the_same(count: int) -> None:
    """At the greatest number of headers, and one line to either side of it, both ways agree."""
    message = build(b"INVITE sip:a@b SIP/2.0", [*NEEDED, *[b"X-A: 1"] * count], b"")

    assert facts(scan(message)) == facts(scan_any(message))


@pytest.mark.parametrize("line", [b"Contact: a", b"Privacy: a", b"Via: a", b"X-A: a", b"Server:"])
def test_a_long_head_that_fails_at_its_end_is_soon_given_up(line: bytes) -> None:
    """Thousands of lines before one that is none cost no more than a moment: nothing is tried twice."""
    message = build(b"INVITE sip:a@b SIP/2.0", [*NEEDED, *[line] * (60_000 // (len(line) + 2)), b" folded"], b"")
    started = time.process_time()
    scan(message)

    assert time.process_time() - started < 1.0

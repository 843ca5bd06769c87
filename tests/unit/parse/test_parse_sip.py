"""Hostile SIP messages: each gives the right caller, or its octets and a named oddity; none raises."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unspoof.parse.sip import MOST_HEADERS, gist, scan
from unspoof.parse.sip_address import first_number, read_address, split_addresses
from unspoof.parse.sip_headers import read_date

CALLER = "+442079460000"


def message(sender: bytes = b'From: "Bank" <sip:+442079460000@192.0.2.4>;tag=1', end: bytes = b"\r\n") -> bytes:
    """Return an INVITE with the given line for From."""
    lines = (
        b"INVITE sip:+447700900123@198.51.100.7 SIP/2.0",
        b"Via: SIP/2.0/UDP 192.0.2.4;branch=z9hG4bK1",
        sender,
        b"To: <sip:+447700900123@198.51.100.7>",
        b"Call-ID: a@192.0.2.4",
        b"CSeq: 1 INVITE",
        b"Content-Length: 0",
    )
    return end.join(lines) + end + end


HOSTILE = {
    "plain": (message(), CALLER, "Bank", "1", ()),
    "compact": (message().replace(b"From", b"f").replace(b"To", b"t").replace(b"Via", b"v"), CALLER, "Bank", "1", ()),
    "capitals": (message().replace(b"From", b"FROM").replace(b"Call-ID", b"cALL-iD"), CALLER, "Bank", "1", ()),
    "folded": (message(b'From: "Bank\r\n of X"\r\n\t<sip:+442079460000@b>\r\n ;tag=1'), CALLER, "Bank of X", "1", ()),
    "tel": (message(b"From: <tel:+44-20-7946-0000;isub=2>;tag=1"), "+44-20-7946-0000", None, "1", ()),
    "sips": (message(b"From: <sips:+442079460000@192.0.2.4>;tag=1"), CALLER, None, "1", ()),
    "no brackets": (message(b"From: sip:+442079460000@192.0.2.4;tag=1"), CALLER, None, "1", ()),
    "URI in quotes": (
        message(b'From: "<sip:+440000000000@evil>" <sip:+442079460000@192.0.2.4>;tag=1'),
        CALLER, "<sip:+440000000000@evil>", "1", (),
    ),
    "escaped quote": (
        message(b'From: "a\\"<sip:+440000000000@evil>" <sip:+442079460000@192.0.2.4>;tag=1'),
        CALLER, 'a"<sip:+440000000000@evil>', "1", (),
    ),
    "latin-1": (message(b'From: "Caf\xe9" <sip:+442079460000@b>;tag=1'), CALLER, "Café", "1", ("not-utf-8",)),
    "utf-8": (message('From: "Café" <sip:+442079460000@b>;tag=1'.encode()), CALLER, "Café", "1", ()),
    "blank before colon": (message(b"From \t: <sip:+442079460000@192.0.2.4>;tag=1"), CALLER, None, "1", ()),
    "line feeds": (message(end=b"\n"), CALLER, "Bank", "1", ("lf-lines",)),
    "carriage returns": (message(end=b"\r"), CALLER, "Bank", "1", ("cr-lines",)),
    "two addresses": (
        message(b'From: "X, Y" <sip:+442079460000@b>;tag=1, <sip:evil@b>;tag=2'),
        CALLER, "X, Y", "1", ("several-addresses-in-from",),
    ),
    "two headers": (
        message(b"From: <sip:+442079460000@b>;tag=1\r\nFrom: <sip:evil@b>;tag=2"), CALLER, None, "1", ("several-from",),
    ),
    "a header behind a lone CR": (
        message(b"From: <sip:+442079460000@b>;tag=1\rFrom: <sip:evil@b>;tag=2"),
        CALLER, None, "1", ("cr-lines", "several-from"),
    ),
    "quote not closed": (message(b'From: "Bank <sip:+442079460000@b>;tag=1'), CALLER, '"Bank', "1", ("address-unclear",)),
    "escapes": (message(b"From: <sip:%2B442079460000:pw@192.0.2.4>;tag=1"), CALLER, None, "1", ()),
    "parameters of the user": (message(b"From: <sip:+442079460000;cpc=x@b;user=phone>;TAG=1"), CALLER, None, "1", ()),
    "several at signs": (
        message(b"From: <sip:+442079460000@b;x=@evil>;tag=1"), CALLER, None, "1", ("several-at-signs",),
    ),
    "nul": (message(b"From: <sip:+442079460000@b>;tag=1\0"), CALLER, None, "1\0", ("nul-byte",)),
    "no empty line": (message()[:-2], CALLER, "Bank", "1", ("no-empty-line",)),
    "a line that is none": (
        message(b"From: <sip:+442079460000@b>;tag=1\r\nnonsense"), CALLER, None, "1", ("header-without-colon",),
    ),
    "empty lines before": (b"\r\n\r\n" + message(), CALLER, "Bank", "1", ()),
    "length too great": (message().replace(b"Length: 0", b"Length: 9"), CALLER, "Bank", "1", ("body-cut-short",)),
    "length no number": (
        message().replace(b"Length: 0", b"Length: -1"), CALLER, "Bank", "1", ("content-length-unreadable",),
    ),
    "octets behind": (message() + b"more", CALLER, "Bank", "1", ("bytes-after-body",)),
    "another method": (message().replace(b"1 INVITE", b"1 BYE"), CALLER, "Bank", "1", ("cseq-other-method",)),
    "no version 2.0": (message().replace(b"SIP/2.0\r\nVia", b"SIP/7.0\r\nVia"), CALLER, "Bank", "1", ("start-line-odd",)),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_message_gives_the_right_caller_or_says_what_is_odd(name: str) -> None:
    """Number, display name, tag and oddities are exactly those that a careful reader would state."""
    data, number, display, tag, odd = HOSTILE[name]
    read = scan(data)
    sender = read.address("from")

    assert sender is not None
    shown = None if sender.display is None else sender.display.decode("latin-1" if "not-utf-8" in odd else "utf-8")
    assert (sender.number, shown, sender.tag.decode()) == (number, display, tag)
    assert read.oddities == odd
    assert (read.raw, read.method, read.call_id, read.cseq[0]) == (data, "INVITE", "a@192.0.2.4", 1)


def test_repeated_headers_are_kept_in_order() -> None:
    """Two Identity headers, one of them folded and compact, and several asserted identities all come out."""
    more = (
        b"Identity: aaa;info=<https://a.example>\r\ny: bbb;\r\n info=<https://b.example>\r\n"
        b'P-Asserted-Identity: <sip:+442079460001@b>, <tel:+442079460002>\r\nP-Asserted-Identity: "x,y" <sip:z@b>\r\nCSeq'
    )
    read = scan(message().replace(b"CSeq", more))

    assert read.all("identity") == [b"aaa;info=<https://a.example>", b"bbb; info=<https://b.example>"]
    assert [a.number for a in read.addresses("p-asserted-identity")] == ["+442079460001", "+442079460002", "z"]
    assert [name for name, _ in read.headers].count("identity") == 2


@pytest.mark.parametrize(
    ("data", "status", "phrase", "odd"),
    [
        (b"SIP/2.0 180 Ringing\r\n", 180, b"Ringing", False),
        (b"SIP/2.0 200\r\n", 200, b"", False),
        (b"sip/2.0 486 Busy Here\r\n", 486, b"Busy Here", True),
        (b"SIP/2.0 20 x\r\n", 0, b"", False),
    ],
)
def test_a_response_gives_its_status(data: bytes, status: int, phrase: bytes, odd: bool) -> None:
    """A status line is read with and without a phrase; what is none gives no status."""
    read = scan(data + b"CSeq: 7 INVITE\r\n\r\n")

    assert (read.status, read.phrase, read.answers) == (status, phrase, "INVITE")
    assert ("start-line-odd" in read.oddities, read.is_sip) == (odd, status > 0)


@pytest.mark.parametrize(
    ("value", "micros", "odd"),
    [
        (b"Sun, 22 Nov 2026 15:00:00 GMT", 1_795_359_600_000_000, ""),
        (b"Sat, 22 Nov 2026 15:00:00 GMT", 1_795_359_600_000_000, "date-weekday-wrong"),
        (b"Sun, 22 Nov 2026 15:00:00 UTC", 1_795_359_600_000_000, "date-not-gmt"),
        (b"Sun, 31 Nov 2026 15:00:00 GMT", None, "date-unreadable"),
        (b"yesterday", None, "date-unreadable"),
    ],
)
def test_a_date_is_read_and_its_weekday_checked(value: bytes, micros: int | None, odd: str) -> None:
    """The date counts whatever the weekday says, and the contradiction has a name."""
    assert read_date(value) == (micros, odd)


def test_a_body_is_what_the_length_says() -> None:
    """With a length the body ends there, without one at the end of the datagram."""
    stated = message().replace(b"Length: 0", b"Length: 3") + b"v=0"

    assert scan(stated).body == b"v=0"
    assert scan(stated.replace(b"Content-Length: 3\r\n", b"")).body == b"v=0"


def test_the_first_number_of_a_list_is_the_asserted_one() -> None:
    """A name without a number before it does not hide a number."""
    assert first_number("<sip:pbx@b>, <tel:+442079460001>;<sip:+442079460002@b>") == "+442079460001"
    assert first_number('"a\\;b" <sip:pbx@b>') == "pbx"
    assert first_number("") is None


def test_a_phone_context_stays_with_its_number() -> None:
    """A number that means something within a context only is not given without it."""
    assert read_address(b"<tel:7042;phone-context=+44>").number == "tel:7042;phone-context=+44"


def test_heads_without_end_are_bounded() -> None:
    """Ten thousand headers are cut at the limit, and the message says so."""
    read = scan(message(b"\r\n".join([b"From: <sip:a@b>"] + [b"X: y"] * 10_000)))

    assert len(read.headers) < MOST_HEADERS
    assert {"too-many-headers"} <= set(read.oddities) or {"head-too-long"} <= set(read.oddities)


@pytest.mark.parametrize(
    "value",
    [b'"' * 60_000, b"<" * 60_000, b'\\"' * 30_000, b'"\\' * 30_000, b"<a" * 30_000, b'","' * 20_000, b" " * 60_000],
)
def test_hostile_values_take_linear_time(value: bytes) -> None:
    """Sixty thousand quotes, brackets or escapes are read at once."""
    read = scan(message(b"From: " + value))

    assert read.address("from") is not None or value.isspace()
    assert len(split_addresses(value)) <= 32


PARTS = st.sampled_from(
    [b"From", b"f", b":", b" ", b'"', b"<", b">", b"sip:", b"@", b";tag=", b",", b"\\", b"\r\n", b"\n", b"\r", b"\t",
     b"INVITE sip:a@b SIP/2.0", b"SIP/2.0 200 OK", b"Content-Length: ", b"9", b"\0", b"\xe9", b"CSeq: 1 INVITE", b"tel:+44"]
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.binary(max_size=400), st.lists(PARTS, max_size=60).map(b"".join)))
def test_any_octets_give_a_message(data: bytes) -> None:
    """Nothing raises, the octets are kept, and everything that can be asked has an answer."""
    read = scan(data)

    assert read.raw == data
    assert read.body in data
    assert list(read.oddities) == sorted(set(read.oddities))
    assert gist(read).oddities == read.oddities
    assert all(isinstance(name, str) and isinstance(value, bytes) for name, value in read.headers)
    assert len(read.addresses("from")) <= 32
    assert read.date_us is None or read.date_us > 0
    assert {name for name, _ in read.headers} == set(read.held)

"""One SIP message, whatever its octets: nothing raises, nothing is lost, every question has an answer."""

from __future__ import annotations

from fuzz.target import Target
from unspoof.parse.sip import scan

_INVITE = (
    b"INVITE sip:07700900123@192.0.2.1;user=phone SIP/2.0\r\nv: SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bK1\r\n"
    b'f: "Bank \\"x\\" <sip:+442079460001@192.0.2.9>" <sip:07700900124@192.0.2.7>;tag=a\r\n'
    b"t: <sip:07700900123@192.0.2.1>\r\nCall-ID: x@192.0.2.7\r\nCSeq: 1 INVITE\r\n"
    b"P-Asserted-Identity: <tel:+441632960001>,\r\n <sip:anonymous@anonymous.invalid>\r\n"
    b"Date: Sat, 13 Nov 2010 23:29:00 GMT\r\nIdentity: a.b.c;info=<https://192.0.2.3/c.pem>;alg=ES256\r\n"
    b"Content-Type: application/sdp\r\nl: 4\r\n\r\nv=0\n"
)
_NAMES = ("from", "to", "p-asserted-identity", "via", "contact", "identity", "x")


def feed(data: bytes) -> None:
    """Scan the octets and ask everything that can be asked."""
    one = scan(data)
    assert data.startswith(one.raw) or one.raw in data, "octets that the message has not"
    assert one.body in data
    assert bool(one.method) + bool(one.status) <= 1, "a request and a response at once"
    assert one.is_sip == bool(one.method or one.status)
    assert list(one.oddities) == sorted(set(one.oddities))
    assert one.is_sip or "no-start-line" in one.oddities
    assert isinstance(one.call_id + one.answers, str)
    assert one.date_us is None or one.date_us % 1_000_000 == 0
    number, method = one.cseq
    assert number is None or 0 <= number < 10**10
    assert number is not None or method == ""
    for name in _NAMES:
        values = one.all(name)
        assert one.first(name) == (values[0] if values else None)
        for address in (*one.addresses(name), *filter(None, [one.address(name)])):
            assert address.uri in data or b"\n" in data, "a URI that the message has not"
            assert isinstance(address.number, str)
            assert address.is_number in (True, False)
            assert address.tag == b"" or address.tag in address.params
    for name, value in one.headers:
        assert isinstance(name, str)
        assert name == name.lower()
        assert isinstance(value, bytes)
    twice = scan(data)
    assert (twice.headers, twice.oddities, twice.body, twice.uri) == (one.headers, one.oddities, one.body, one.uri)


TARGET = Target(
    "sip_message",
    "the octets of a SIP message",
    feed,
    (
        _INVITE,
        _INVITE.replace(b"\r\n", b"\n"),
        b"SIP/2.0 180 Ringing\r\nFrom: sip:a@192.0.2.1;tag=1\r\nTo: b\r\nCSeq: 99999999999 INVITE\r\n\r\n",
        b"BYE sip:x SIP/2.0\r\nFrom:\r\n folded\r\n\tmore\r\nFrom: <sip:two>, <sip:three>\r\n: empty\r\nno colon\r\n\r\n",
    ),
    words=(
        b"SIP/2.0 ", b" SIP/2.0\r\n", b"\r\n\r\n", b"\r\n ", b"\n\n", b"From: ", b"f: ", b"To: ", b"Via: ", b"CSeq: ", b"<sip:",
        b"@", b">;tag=", b'"', b'\\"', b"tel:", b";phone-context=", b"%40", b"Content-Length: ", b"l: ", b"Date: ", b"GMT",
        b"P-Asserted-Identity: ", b"Identity: ", b"\x00", b"\xff",
    ),
)  # fmt: skip

__all__ = ["TARGET"]

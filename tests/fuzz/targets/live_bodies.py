"""Bodies of requests to the live service: a call as it was described, or a refusal in the standard's form."""

from __future__ import annotations

import json
from datetime import datetime

from fuzz.target import Target, chosen, text_of, with_choice
from unspoof.live.bodies import (
    MOST_IDENTITY,
    MOST_NUMBER,
    CallShown,
    asserted_uri,
    read_screening,
    read_verification,
    user_of,
)
from unspoof.live.refusing import MESSAGES, Refused

_WAYS = ("verification", "screening", "text", "built")
_MOST = 8
_FIRST = datetime(1970, 1, 1)  # noqa: DTZ001  times are zoneless UTC here


def _check(call: CallShown) -> None:
    texts = (call.presented, *call.called, *call.identities, call.asserted, call.source, call.source_ip, call.call_ref)
    for text in (*texts, call.request_uri):
        assert text is None or text.encode("utf-8") is not None
    assert len(call.presented) <= MOST_NUMBER
    assert len(call.called) <= 64
    assert all(len(number) <= 4 * MOST_NUMBER for number in call.called)
    assert len(call.identities) <= _MOST + 1
    assert all(len(header) <= MOST_IDENTITY + 1 for header in call.identities)
    assert call.asserted is None or len(call.asserted) <= MOST_NUMBER
    assert call.at > _FIRST
    assert call.at.tzinfo is None
    assert {type(call.from_abroad), type(call.roaming)} <= {bool, type(None)}


def _check_refused(refused: Refused) -> None:
    assert refused.message_id in MESSAGES
    assert 400 <= refused.status < 500, "a fault of the client's that is called the service's"
    said = json.loads(refused.body())["requestError"]
    assert len(refused.body()) < 1_000, "a refusal as long as its cause"
    assert next(iter(said.values()))["messageId"] == refused.message_id


def _read(way: str, body: bytes) -> list[CallShown]:
    return [read_verification(body, _MOST)] if way == "verification" else read_screening(body, _MOST)


def _built(data: bytes) -> None:
    """Describe a call by the lines (caller, called, second, asserted URI), and find it again."""
    presented, called, second, asserted = [*text_of(data).replace("\r", "").split("\n"), "", "", "", ""][:4]
    at = int(second) % 253_402_300_799 + 1 if second.isascii() and second.isdigit() and len(second) < 40 else 1
    request = {
        "from": {"tn": presented},
        "to": {"tn": [called]},
        "time": at,
        "identity": "",
        "pai": f'"<x>" <{asserted}>',
    }
    made = read_verification(json.dumps({"verificationRequest": request}).encode(), _MOST)
    assert made.presented == presented[:MOST_NUMBER]
    assert made.called == (called[:MOST_NUMBER],)
    assert (made.at - _FIRST).total_seconds() == at
    assert made.identities == ()
    if ">" not in asserted and '"' not in asserted and len(asserted) < 1_000:
        assert made.asserted == user_of(asserted), "another URI than the asserted one"


def feed(data: bytes) -> None:
    """Read a body twice, or take a header apart."""
    way, rest = chosen(data, _WAYS)
    if way == "text":
        text = text_of(rest)
        assert asserted_uri(text) in text or '"' in text, "a URI that the header has not"
        assert len(user_of(text)) <= MOST_NUMBER
        return
    if way == "built":
        _built(rest)
        return
    try:
        calls = _read(way, rest)
    except Refused as refused:
        _check_refused(refused)
        return
    assert 1 <= len(calls) <= _MOST
    for call in calls:
        _check(call)
    assert _read(way, rest) == calls, "another call the second time"


def _seeds() -> tuple[bytes, ...]:
    request = {
        "from": {"tn": "442079460001"}, "to": {"tn": ["447700900123"]}, "time": 1795361569, "identity": ["a.b.c;info=<x>, d"],
        "pai": '"Bank <b>" <sip:+442079460001@192.0.2.1>', "source": "transit-1", "srcIp": "192.0.2.7", "callId": "x@192.0.2.7",
        "requestUri": "sip:07700900123@192.0.2.1", "fromAbroad": True, "roaming": False,
    }  # fmt: skip
    uris = {
        "from": {"uri": "sip:07700900123@192.0.2.1;user=phone"},
        "to": {"uri": ["tel:+447700900123;x=y"]},
        "time": 1,
    }
    call = {
        "presented": "07700 900123",
        "called": "020 7946 0001",
        "time": 1,
        "asserted": "tel:1",
        "sourceIp": "192.0.2.1",
    }
    return (
        *with_choice(0, (json.dumps({"verificationRequest": one}).encode() for one in (request, uris, {}, [], None))),
        *with_choice(
            0, (b'\xef\xbb\xbf {"verificationRequest":{"from":{"tn":1},"to":{"tn":"2"},"time":1}}\r\n', b"", b"[" * 300)
        ),
        *with_choice(
            1,
            (json.dumps(one).encode() for one in (call, {"calls": [call, call]}, {"calls": [call] * 9}, {"calls": 1})),
        ),
        *with_choice(2, (b'"a \\" <x>" <sip:+442079460001@192.0.2.1>, <tel:1>', b"<sips:a;b@c>", b'"<<<')),
        *with_choice(3, (b"+44 20 7946 0001\n07700900123\n1795361569\nsip:+442079460001@192.0.2.1",)),
    )


TARGET = Target(
    "live_bodies",
    "a choice, then the body of a request, a P-Asserted-Identity header, or caller, called, second and asserted URI, one a line",
    feed,
    _seeds(),
    words=(
        b'{"verificationRequest":{',
        b'"from":{"tn":"',
        b'"to":{"tn":["',
        b'"uri":["',
        b'"time":',
        b'"identity":',
        b'"pai":"',
        b'"source":',
        b'"srcIp":',
        b'"fromAbroad":',
        b'"calls":[',
        b'"presented":',
        b'"asserted":',
        b"\\ud800",
        b"\\u0000",
        b"1e999",
        b"NaN",
        b"Infinity",
        b"9" * 260,
        b"253402300800",
        b"true",
        b"null",
        b"[" * 200,
        b'{"x":' * 60,
        b"<sip:",
        b'\\"',
        b"\x00",
        b"\t",
    ),
    most=3000,
)

__all__ = ["TARGET"]

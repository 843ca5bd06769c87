"""SIP messages out of logs: any text, and messages under the heads that known tools write."""

from __future__ import annotations

from fuzz.target import Target, chosen, with_choice
from unspoof.parse.sip_log import LoggedMessage, log_messages

_CUT = b"\n--\n"
_WAYS = ("raw", "headed")
_HEAD = b"\nU 2026/11/22 15:46:03.216698 192.0.2.7:5060 -> 192.0.2.1:5061\n"
_AT_US = 1_795_362_363_216_698
_INVITE = (
    b"INVITE sip:07700900123@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK1\r\n"
    b"From: <sip:07700900124@192.0.2.7>;tag=a\r\nTo: <sip:07700900123@192.0.2.1>\r\nCall-ID: x@192.0.2.7\r\n"
    b"CSeq: 1 INVITE\r\nContent-Length: 2\r\n\r\nhi"
)
_TRYING = b"SIP/2.0 100 Trying\r\nCall-ID: x@192.0.2.7\r\nCSeq: 1 INVITE\r\nl: 0\r\n\r\n"
_DOTTED = _HEAD + _TRYING.replace(b"\r\n", b".\n") + _HEAD + _INVITE.replace(b"\r\n", b".\n")


def _told(messages: list[LoggedMessage]) -> list[tuple[object, ...]]:
    return [
        (m.at_us, m.is_utc, m.source_ip, m.source_port, m.destination_ip, m.destination_port, m.locator, m.message.raw)
        for m in messages
    ]


def _check(log: bytes) -> list[LoggedMessage]:
    messages = list(log_messages(log))
    ends = 0
    for one in messages:
        assert ends <= one.locator < one.locator + one.locator_size <= len(log), "two messages share octets"
        ends = one.locator + one.locator_size
        assert one.message.is_sip
        found = log[one.locator : ends]
        assert found in (one.message.raw, one.message.raw.replace(b"\r\n", b".\n")) or b".\n" in found, "another place"
        assert not one.is_utc or one.at_us is not None
        assert all(port is None or 0 <= port < 65_536 for port in (one.source_port, one.destination_port)), "no port"
    assert _told(list(log_messages(log))) == _told(messages), "another reading the second time"
    return messages


def feed(data: bytes) -> None:
    """Read a log."""
    way, rest = chosen(data, _WAYS)
    if way == "raw":
        _check(rest)
        return
    parts = rest.split(_CUT)[:20]
    messages = _check(b"".join(_HEAD + part for part in parts))
    plain = _HEAD[1:] not in rest and rest.startswith((b"INVITE sip:", b"SIP/2.0 100 Trying\r\n"))
    if plain and messages and messages[0].locator == len(_HEAD):
        one = messages[0]
        ends = one.source_ip, one.source_port, one.destination_ip, one.destination_port
        assert (one.at_us, one.is_utc) == (_AT_US, False), "another time than the head's"
        assert ends == ("192.0.2.7", 5060, "192.0.2.1", 5061), "other ends than the head's"


TARGET = Target(
    "sip_log",
    "a choice, then a log, or messages split by a line of two dashes",
    feed,
    (
        *with_choice(0, (_HEAD + _INVITE + _HEAD + _TRYING, _DOTTED, _INVITE + _TRYING, b"noise\n" + _TRYING)),
        *with_choice(
            0,
            (
                b"[2026-11-22 15:46:03] VERBOSE\n<--- Received SIP request (300 bytes) from UDP:192.0.2.7:5060 --->\n"
                + _INVITE.replace(b"\r\n", b"\n")
                + b"\n\n<--- Transmitting SIP response (80 bytes) to UDP:192.0.2.7:5060 --->\n"
                + _TRYING.replace(b"\r\n", b"\n"),
                b"2026-11-22T15:46:03.5+01:00 [2001:db8::1]:5060 -> 192.0.2.1:5060\n" + _TRYING,
            ),
        ),
        *with_choice(1, (_CUT.join((_INVITE, _TRYING)), _TRYING)),
    ),
    words=(
        b"\nU 2026/11/22 15:46:03.216698 ",
        b"192.0.2.7:5060 -> 192.0.2.1:5061\n",
        b"\n<--- ",
        b" from UDP:",
        b" --->\n",
        b"SIP/2.0 ",
        b" SIP/2.0\r\n",
        b".\n",
        b"\r\n\r\n",
        b"Content-Length: ",
        b"2026-02-30 25:61:61",
        b"+23:59",
        b"Z",
        b":99999",
        _CUT,
        b"0000-00-00 00:00:00",
        b"9999-12-31T23:59:59.999999999-99:99",
        b"\nT 2026/11/22T15:",
        b"[::]:",
    ),
    most=3000,
)

__all__ = ["TARGET"]

"""SIP messages out of text: logs of switches and of tools, or messages one after another; no binary captures.

Known lines that state when a message passed and between whom: ngrep ('U 2026/11/22 15:46:03.216698 A -> B'), sngrep
('2026/11/22 15:46:03.216698 A -> B'), Asterisk's pjsip logger ('<--- Received SIP request (895 bytes) from UDP:A --->'
under '[2026-11-22 15:46:03]'), and any line that holds an ISO time. Messages without such a line have neither.
Times in logs are the machine's local ones, in most cases: no zone is assumed here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from unspoof.parse.sip import SipMessage, scan
from unspoof.parse.sip_framing import next_frame

MOST_BEFORE = 4_096
"""Octets between messages that are searched for a time and addresses."""

_TIME = re.compile(
    rb"(?<![0-9])([0-9]{4})[-/]([0-9]{2})[-/]([0-9]{2})[ T]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:[.,]([0-9]{1,9}))?"
    rb"(?: ?(Z|UTC|GMT)| ?([+-])([0-9]{2}):?([0-9]{2}))?(?![0-9])"
)
_END = rb"\[?([0-9a-fA-F.:]{3,45}?)\]?:([0-9]{1,5})"
_LOG_LINE = re.compile(rb"(?<=\n)(?:[UT] )?\[?[0-9]{4}[-/][0-9]{2}[-/][0-9]{2}[ T][0-9]{2}:|(?<=\n)<--- ")
_WAY = re.compile(_END + rb" -> " + _END + rb"(?![0-9])")
_FROM = re.compile(rb"(?:from|to) (?:UDP|TCP|TLS|WS|WSS):" + _END + rb" --->")


@dataclass(slots=True)
class LoggedMessage:
    """One SIP message of a log."""

    at_us: int | None
    """Microseconds since 1970; see `is_utc`."""
    is_utc: bool
    """The time was written with its zone, and is UTC here; else it is as written, the machine's local time in most logs."""
    source_ip: str
    source_port: int | None
    destination_ip: str
    destination_port: int | None
    locator: int
    """Place of the message's first octet in the text."""
    locator_size: int
    message: SipMessage


def log_messages(data: bytes) -> Iterator[LoggedMessage]:
    """Yield the SIP messages of a text in order; other lines are passed over.

    Each message ends as Content-Length says, without that header at the next start line or header line of the log.

    Args:
        data: the whole log; ngrep must have been told to keep line ends (-W byline), and the dots that it writes for
            carriage returns are taken off.

    """
    if _is_dotted(data):
        yield from _read(data, dotted=True)
    else:
        yield from _read(data, dotted=False)


def _is_dotted(data: bytes) -> bool:
    """Say whether lines of messages end in a dot, as ngrep writes a carriage return."""
    head = data[:65_536]
    return b" SIP/2.0.\n" in head or re.search(rb"SIP/2\.0 [1-6][0-9]{2} [^\r\n]{0,60}\.\nVia", head) is not None


def _read(data: bytes, *, dotted: bool) -> Iterator[LoggedMessage]:
    # a dot becomes the carriage return that it stands for: places in the text stay what they are
    text = re.sub(rb"\.(?=\n)", b"\r", data) if dotted else data
    at, before = 0, 0
    while frame := next_frame(text, at, ended=True):
        at = max(frame.end, at + 1)
        if not frame.is_message:
            continue
        # a log that writes LF for CRLF makes bodies shorter than their length says: its own next line ends them too
        next_line = _LOG_LINE.search(text, frame.start, frame.end)
        at = end = next_line.start() if next_line else frame.end
        message = scan(text[frame.start : end])
        if message.is_sip:
            yield _logged(data[max(before, frame.start - MOST_BEFORE) : frame.start], frame.start, message)
        before = end


def _logged(before: bytes, start: int, message: SipMessage) -> LoggedMessage:
    times, ways = list(_TIME.finditer(before)), list(_WAY.finditer(before))
    at_us, is_utc = _moment(times[-1]) if times else (None, False)
    ends: tuple[str, int | None, str, int | None] = ("", None, "", None)
    if ways:
        one = ways[-1]
        ends = (one[1].decode(), _port(one[2]), one[3].decode(), _port(one[4]))
    elif said := list(_FROM.finditer(before)):
        host, port = said[-1][1].decode(), _port(said[-1][2])
        ends = (host, port, "", None) if said[-1][0].startswith(b"from") else ("", None, host, port)
    return LoggedMessage(at_us, is_utc, *ends, start, len(message.raw), message)


def _port(digits: bytes) -> int | None:
    return port if (port := int(digits)) < 65_536 else None


def _moment(found: re.Match[bytes]) -> tuple[int | None, bool]:
    numbers = [int(found[i]) for i in range(1, 7)]
    try:
        moment = datetime(*numbers)  # type: ignore[arg-type]  # noqa: DTZ001 - the zone is not known
    except ValueError:
        return None, False
    span = moment - datetime(1970, 1, 1)  # noqa: DTZ001
    ahead_s = int(found[9] + b"1") * (int(found[10]) * 3600 + int(found[11]) * 60) if found[9] else 0
    part = int((found[7] or b"").ljust(6, b"0")[:6] or 0)
    return (span.days * 86_400 + span.seconds - ahead_s) * 1_000_000 + part, bool(found[8] or found[9])


__all__ = ["MOST_BEFORE", "LoggedMessage", "log_messages"]

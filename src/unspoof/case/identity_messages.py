"""The signed SIP messages of a capture or a SIP log, with the time of each; it verifies nothing.

A log has no times of its own that this can know the zone of: a line before a message counts where it names a zone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from unspoof.errors import BadExhibit
from unspoof.model.identity import SignedMessage
from unspoof.parse.capture import CapturedMessage, Tally, is_capture, sip_messages
from unspoof.parse.sip import SipMessage, scan
from unspoof.parse.sip_framing import find_message, next_frame
from unspoof.parse.sip_headers import read_date, read_text

LARGEST_LOG = 1_073_741_824
"""Bytes of a SIP log, which is held in memory; captures are read piece by piece."""

_CHUNK = 1_048_576
_STAMP = re.compile(
    rb"([0-9]{4})[-/]([0-9]{2})[-/]([0-9]{2})[ T]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:[.,][0-9]{1,9})?"
    rb"[ ]?(Z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2})"
)


class Seen(NamedTuple):
    """One SIP request that carries a signature or starts a call."""

    at: int | None
    """Unix seconds; None where nobody knows."""
    message: SignedMessage
    identities: tuple[str, ...]
    call_id: str


def kind_of(file: Path) -> str:
    """Return what a file is by its content: 'capture', 'sip-log' or 'json-lines'."""
    with file.open("rb") as opened:
        head = opened.read(_CHUNK)
    if is_capture(head[:12]):
        return "capture"
    if head.lstrip()[:1] in (b"{", b"["):
        return "json-lines"
    return "sip-log" if find_message(head) >= 0 else "json-lines"


def messages_of(file: Path, notes: list[str]) -> Iterator[Seen]:
    """Yield every INVITE, and every other request with an Identity header, in the order of the file.

    Args:
        file: a capture or a SIP log.
        notes: what could not be read is said here when the file has ended.
    """
    if kind_of(file) == "capture":
        yield from _captured(file, notes)
    else:
        yield from _logged(file, notes)


def _captured(file: Path, notes: list[str]) -> Iterator[Seen]:
    tally = Tally()
    with file.open("rb") as opened:
        for captured in sip_messages(iter(lambda: opened.read(_CHUNK), b""), tally):
            seen = _seen(captured.message, _time_of(captured))
            if seen is not None:
                yield seen
    if tally.refused:
        reasons = ", ".join(sorted({refusal.reason for refusal in tally.refused})[:5])
        notes.append(f"{len(tally.refused):,} stretches of the capture could not be read: {reasons}")


def _time_of(captured: CapturedMessage) -> int | None:
    return None if captured.at_us is None else captured.at_us // 1_000_000


def _logged(file: Path, notes: list[str]) -> Iterator[Seen]:
    if file.stat().st_size > LARGEST_LOG:
        raise BadExhibit(f"the log is larger than {LARGEST_LOG:,} bytes", where=str(file), hint="Cut it into parts.")
    data = file.read_bytes()
    place, stamp = 0, None
    while (frame := next_frame(data, place, ended=True)) is not None:
        piece = data[frame.start : frame.end]
        if frame.is_message:
            # What stands behind a message without Content-Length may be the stamp of the next.
            seen = _seen(scan(piece), stamp)
            stamp = None
            if seen is not None:
                yield seen
        stamp = _stamp(piece[-4096:]) if not frame.is_message else _stamp(_behind(piece)) or stamp
        place = frame.end
    if not place:
        notes.append("there is no SIP message in the file")


def _behind(piece: bytes) -> bytes:
    """Return the last lines of a message's octets, behind its head."""
    head = re.search(rb"\r\n\r\n|\n\r?\n", piece)
    return piece[head.end() :][-4096:] if head else b""


def _stamp(piece: bytes) -> int | None:
    """Return the last time with a zone that stands in octets between messages."""
    stamps = _STAMP.findall(piece)
    if not stamps:
        return None
    year, month, day, clock, zone = (part.decode("ascii") for part in stamps[-1])
    offset = "+00:00" if zone in ("Z", "UTC", "GMT") else f"{zone[:3]}:{zone[-2:]}"
    try:
        return int(datetime.fromisoformat(f"{year}-{month}-{day}T{clock}{offset}").timestamp())
    except ValueError:
        return None


def _seen(message: SipMessage, at: int | None) -> Seen | None:
    identities = tuple(read_text(value) for value in message.all("identity"))
    if not message.method or (message.method != "INVITE" and not identities):
        return None
    presented, called, date = message.address("from"), message.address("to"), message.first("date")
    if at is None and date is not None:
        date_us = read_date(date)[0]
        at = None if date_us is None else date_us // 1_000_000
    said = SignedMessage(
        read_text(presented.uri) if presented is not None else None,
        tuple(read_text(address.uri) for address in message.addresses("p-asserted-identity")),
        (read_text(called.uri),) if called is not None else (),
        read_text(date) if date is not None else None,
        read_text(message.uri),
    )
    return Seen(at, said, identities, message.call_id)


__all__ = ["LARGEST_LOG", "Seen", "kind_of", "messages_of"]

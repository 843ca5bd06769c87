"""Where SIP messages begin and end in a stretch of octets: a TCP stream, a log; what they say is sip.py's.

Source: RFC 3261 sections 7.5 and 18.3 (Content-Length on streams), RFC 5626 section 3.5.1 (keep-alives).
"""

from __future__ import annotations

import re
from typing import NamedTuple

from unspoof.parse.sip import LONGEST_HEAD

LONGEST_BODY = 1 << 20
"""Bytes; a Content-Length above this is not believed."""
USUAL_HEAD = 2_048
"""Bytes in which the empty line of most messages stands. Behind them the next start line is looked for too: else a stream of
start lines alone would be searched for an empty line from each of them over LONGEST_HEAD bytes."""
LONGEST_START = 2_200
"""Bytes of a start line that is looked for."""

_START = rb"(?:SIP/2\.0 [1-6][0-9]{2}[ \r\n]|[A-Za-z]{2,20} [a-zA-Z*][^\s]{1,2048} SIP/2\.0\r?\n)"
_AT = re.compile(_START)
_SOMEWHERE = re.compile(rb"(?<![A-Za-z0-9/.=])" + _START)
_ON_LINE = re.compile(rb"(?<=[\r\n])" + _START)
_EMPTY = re.compile(rb"\r\n\r\n|\n\r?\n")
_LENGTH = re.compile(rb"[\r\n](?:content-length|l)[ \t]*+:[ \t]*+([0-9]{1,10})[ \t]*+[\r\n]", re.IGNORECASE)
_MAY_BE = re.compile(rb"[\r\n]*+[A-Za-z]{0,20}+(?: [!-~]{0,2048}+(?: [A-Z/.0-9]{0,8})?|/[0-9. ]{0,10})?\r?\Z")


class Frame(NamedTuple):
    """A stretch of octets: one message, or what stands between messages."""

    start: int
    end: int
    is_message: bool


def starts_message(data: bytes | bytearray, at: int = 0) -> bool:
    """Say whether a start line stands at `at`."""
    return _AT.match(data, at) is not None


def may_start(data: bytes | bytearray) -> bool:
    """Say whether `data` could be the beginning of a start line whose rest is still to come."""
    return len(data) < LONGEST_START and _MAY_BE.match(data) is not None


def find_message(data: bytes | bytearray, at: int = 0) -> int:
    """Return where the next start line stands, whatever octets stand before it; -1 if there is none."""
    found = _SOMEWHERE.search(data, at)
    return found.start() if found else -1


def next_frame(data: bytes | bytearray, at: int, *, ended: bool) -> Frame | None:
    """Return the next frame from `at` on; None if more octets are needed to tell, or there are no more.

    Line ends between messages (keep-alives) are passed over. Octets that are no message are one frame up to the next
    start line.

    Args:
        data: what has come so far.
        at: where the last frame ended.
        ended: nothing will follow.

    """
    size = len(data)
    while at < size and data[at] in b"\r\n":
        at += 1
    if at >= size:
        return None
    if _AT.match(data, at):
        end = _message_end(data, at, ended)
        return Frame(at, end, True) if end >= 0 else None
    if not ended and may_start(data[at : at + LONGEST_START]) and size - at < LONGEST_START:
        return None
    found = _SOMEWHERE.search(data, at + 1)
    if found:
        return Frame(at, found.start(), False)
    return (
        Frame(at, size if ended else max(at + 1, size - LONGEST_START), False) if ended or size - at > 65_536 else None
    )


def _message_end(data: bytes | bytearray, at: int, ended: bool) -> int:
    """Return where the message that starts at `at` ends; -1 if that cannot be told yet."""
    size = len(data)
    empty = _EMPTY.search(data, at, at + USUAL_HEAD)
    if empty is None:
        if not ended and size - at < USUAL_HEAD:
            return -1
        again = _ON_LINE.search(data, at + 8, at + LONGEST_HEAD)
        empty = _EMPTY.search(data, at + USUAL_HEAD - 3, again.start() if again else at + LONGEST_HEAD)
    if empty is None:
        if again:
            return again.start()
        return min(size, at + LONGEST_HEAD) if ended or size - at >= LONGEST_HEAD else -1
    stated = _LENGTH.search(data, at, empty.start() + 2)
    if stated and int(stated[1]) <= LONGEST_BODY:
        end = empty.end() + int(stated[1])
        return end if end <= size else size if ended else -1
    # without a length the message ends where the next begins
    again = _ON_LINE.search(data, empty.end() - 1, empty.end() + LONGEST_BODY)
    if again:
        return again.start()
    return min(size, empty.end() + LONGEST_BODY) if ended or size - empty.end() > LONGEST_BODY else -1


__all__ = [
    "LONGEST_BODY",
    "LONGEST_START",
    "Frame",
    "find_message",
    "may_start",
    "next_frame",
    "starts_message",
]

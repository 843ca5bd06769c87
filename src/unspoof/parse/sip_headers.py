"""Names of SIP headers, their lines and Date values at the level of octets; whole messages are sip.py's.

Header names are given in lower case and in full, whatever form (compact, any capitals) the message uses.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache

COMPACT: dict[bytes, str] = {
    b"a": "accept-contact",
    b"b": "referred-by",
    b"c": "content-type",
    b"d": "request-disposition",
    b"e": "content-encoding",
    b"f": "from",
    b"i": "call-id",
    b"j": "reject-contact",
    b"k": "supported",
    b"l": "content-length",
    b"m": "contact",
    b"n": "identity-info",
    b"o": "event",
    b"r": "refer-to",
    b"s": "subject",
    b"t": "to",
    b"u": "allow-events",
    b"v": "via",
    b"x": "session-expires",
    b"y": "identity",
}
"""Compact forms. Source: IANA registry 'Session Initiation Protocol (SIP) Parameters', Header Fields; RFC 3261 section
7.3.3, RFC 8224 section 9.1 (y).
"""

_COMMON = (
    b"Accept", b"Allow", b"Allow-Events", b"Call-ID", b"Call-Id", b"Call-Info", b"Contact", b"Content-Length",
    b"Content-Type", b"CSeq", b"Cseq", b"Date", b"Diversion", b"Event", b"Expires", b"From", b"History-Info",
    b"Identity", b"Identity-Info", b"Max-Forwards", b"Min-SE", b"P-Asserted-Identity", b"P-Charging-Vector",
    b"P-Preferred-Identity", b"Privacy", b"Proxy-Authenticate", b"Proxy-Authorization", b"RAck", b"Reason",
    b"Record-Route", b"Remote-Party-ID", b"Require", b"Route", b"RSeq", b"Server", b"Session-Expires", b"Subject",
    b"Supported", b"To", b"User-Agent", b"Via", b"VIA", b"Warning", b"WWW-Authenticate",
)  # fmt: skip

NAMES: dict[bytes, str] = {
    **{name: name.decode("ascii").lower() for name in _COMMON},
    **COMPACT,
    **{short.upper(): long for short, long in COMPACT.items()},
}
"""The forms that most messages use, so that most names are one look-up."""

LISTED = frozenset({"contact", "identity", "p-asserted-identity", "p-preferred-identity", "route", "via"})
"""Headers of which a message may hold several, that this package reads."""

LONGEST_NAME = 256
"""Bytes of a header's name; a longer one is kept as 'too-long'."""

_DATE = re.compile(
    rb"\s*+([A-Za-z]{3}),?\s++([0-9]{1,2})\s++([A-Za-z]{3})\s++([0-9]{4})\s++"
    rb"([0-9]{2}):([0-9]{2}):([0-9]{2})\s*+(GMT|UTC)?\s*+\Z"
)
_MONTHS = (b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec")
_DAYS = (b"mon", b"tue", b"wed", b"thu", b"fri", b"sat", b"sun")


def read_name(raw: bytes) -> str:
    """Return a header's name in lower case and in full; blanks around it are allowed (RFC 3261 section 7.3.1)."""
    plain = raw.strip()
    if len(plain) > LONGEST_NAME:
        return "too-long"
    return NAMES.get(plain) or COMPACT.get(plain.lower()) or plain.decode("latin-1").lower()


@lru_cache(maxsize=1024)
def read_date(value: bytes) -> tuple[int | None, str]:
    """Read the value of a Date header.

    Returns:
        microseconds of UTC since 1970, None where it is no date; and the name of an oddity, or ''. A weekday that is
        not the date's is an oddity (`date-weekday-wrong`), the date counts.

    Source: RFC 3261 section 20.17 (RFC 1123 dates, always GMT).

    """
    found = _DATE.match(value) if len(value) <= 64 else None
    if found is None or found[3].lower() not in _MONTHS:
        return None, "date-unreadable"
    day, year, hour, minute, second = (int(found[i]) for i in (2, 4, 5, 6, 7))
    try:
        moment = datetime(year, _MONTHS.index(found[3].lower()) + 1, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None, "date-unreadable"
    odd = "" if found[8] == b"GMT" else "date-not-gmt"
    if _DAYS[moment.weekday()] != found[1].lower():
        odd = "date-weekday-wrong"
    return int(moment.timestamp()) * 1_000_000, odd


def read_text(value: bytes) -> str:
    """Return octets as text: UTF-8, and where they are none latin-1, which loses nothing."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


__all__ = ["COMPACT", "LISTED", "LONGEST_NAME", "NAMES", "read_date", "read_name", "read_text"]

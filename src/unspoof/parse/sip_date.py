"""The Date header of a SIP message to its time, with what is wrong with it; no other date format.

Source: RFC 3261 section 20.17 and SIP-date of section 25.1: `Sat, 13 Nov 2010 23:29:00 GMT`.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import NamedTuple

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DATE = re.compile(
    r"\s*([A-Za-z]{3}),\s+([0-9]{1,2})\s+([A-Za-z]{3})\s+([0-9]{4})\s+([0-9]{2}):([0-9]{2}):([0-9]{2})\s+GMT\s*"
)


class SipDate(NamedTuple):
    """A Date header."""

    at: int | None
    """Unix seconds; None where it is not readable."""
    wrong_weekday: bool = False


def read_sip_date(text: str) -> SipDate:
    """Return the time that a Date header names; its weekday decides nothing."""
    found = _DATE.fullmatch(text) if len(text) <= 64 else None
    if found is None or found[1].lower() not in _DAYS or found[3].lower() not in _MONTHS:
        return SipDate(None)
    month = _MONTHS.index(found[3].lower()) + 1
    try:
        at = datetime(int(found[4]), month, int(found[2]), int(found[5]), int(found[6]), int(found[7]), tzinfo=UTC)
    except ValueError:
        return SipDate(None)
    return SipDate(int(at.timestamp()), _DAYS[at.weekday()] != found[1].lower())


__all__ = ["SipDate", "read_sip_date"]

"""Local times to UTC for whole columns, by the IANA zones; reading texts is parse/times.py's job."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray

from unspoof.errors import BadRequest

Micros = NDArray[np.int64]
Mask = NDArray[np.bool_]

FIRST_YEAR = 1970
LAST_YEAR = 2100
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = 1_000_000


@dataclass(frozen=True)
class InUtc:
    """A column of moments in UTC, with what is odd about the local times they came from."""

    micros: Micros
    """Microseconds since 1970 UTC."""
    repeated: Mask
    """The local time happened twice that night; the first is taken."""
    skipped: Mask
    """The local time did not exist that night; it is read as if the clocks had not yet gone forward."""


@dataclass(frozen=True)
class _Rules:
    boundary: Micros
    """Local microseconds from which the next offset holds, for a first occurrence."""
    offset: Micros
    """One more than boundaries: offset from UTC before, between and after them."""
    earlier: Micros
    """Local microseconds from which a boundary's hour is repeated or skipped."""
    falls_back: Mask


def check_zone(name: str) -> str:
    """Return `name` if it is a zone of the IANA database (or 'UTC'), else raise BadRequest.

    Raises:
        BadRequest: no such zone, or the machine has no zone database.

    """
    _zone(name)
    return name


def to_utc(local: Micros, zone: str) -> InUtc:
    """Convert wall-clock times of one zone to UTC.

    A time in the hour that is repeated when clocks go back is taken as the first of the two, one in the hour that is
    skipped when they go forward as if they had not gone forward yet (PEP 495 with fold 0); both are marked.

    Args:
        local: microseconds since 1970 as the clock on the wall showed them, years 1970 to 2100.
        zone: IANA name, e.g. 'Europe/London'.

    Raises:
        BadRequest: no such zone.

    Limits: the zone database of the machine is taken as true; two changes of offset within a day are seen as one.

    """
    rules = _rules(zone)
    none = np.zeros(len(local), dtype=np.bool_)
    if not len(rules.boundary):
        return InUtc(local - rules.offset[0], none, none.copy())
    place = np.searchsorted(rules.boundary, local, side="right")
    upcoming = np.minimum(place, len(rules.boundary) - 1)
    near = (place < len(rules.boundary)) & (local >= rules.earlier[upcoming])
    back = rules.falls_back[upcoming]
    return InUtc(local - rules.offset[place], near & back, near & ~back)


def _zone(name: str) -> tzinfo:
    if name.upper() in ("UTC", "Z"):
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BadRequest(
            f"no time zone is named {name[:40]!r}",
            hint="Name it as the IANA database does, e.g. Europe/London or UTC. If every name is refused, this machine "
            "has no zone database: install the Python package tzdata.",
        ) from error


@lru_cache(maxsize=64)
def _rules(name: str) -> _Rules:
    zone = _zone(name)
    start = datetime(FIRST_YEAR - 1, 12, 30, tzinfo=UTC)
    days = (LAST_YEAR - FIRST_YEAR + 2) * 366
    offsets = [_offset(zone, start)]
    changes: list[int] = []
    for day in range(days):
        before, after = start + timedelta(days=day), start + timedelta(days=day + 1)
        if (later := _offset(zone, after)) != offsets[-1]:
            changes.append(_change(zone, before, after))
            offsets.append(later)
    at = np.array(changes, dtype=np.int64) * _SECOND
    offset = np.array(offsets, dtype=np.int64) * _SECOND
    left, right = offset[:-1], offset[1:]
    return _Rules(at + np.maximum(left, right), offset, at + np.minimum(left, right), right < left)


def _offset(zone: tzinfo, moment: datetime) -> int:
    offset = moment.astimezone(zone).utcoffset()
    return int(offset.total_seconds()) if offset is not None else 0


def _change(zone: tzinfo, before: datetime, after: datetime) -> int:
    """Return the second since 1970 at which the offset changes between two moments."""
    low, high = int((before - _EPOCH).total_seconds()), int((after - _EPOCH).total_seconds())
    first = _offset(zone, before)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(zone, _EPOCH + timedelta(seconds=middle)) == first:
            low = middle
        else:
            high = middle
    return high


__all__ = ["FIRST_YEAR", "LAST_YEAR", "InUtc", "Mask", "Micros", "check_zone", "to_utc"]

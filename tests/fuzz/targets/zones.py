"""Zones by any name, and local times to UTC against Python's own rules."""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from fuzz.target import Target, short, text_of
from unspoof.errors import BadRequest
from unspoof.parse.zones import FIRST_YEAR, LAST_YEAR, check_zone, to_utc

_SOME = ("Europe/London", "America/New_York", "UTC", "Asia/Kathmandu", "Africa/Casablanca", "Australia/Lord_Howe")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECONDS = (LAST_YEAR + 1 - FIRST_YEAR) * 365 * 86_400


def _by_python(seconds: int, zone: str) -> int:
    wall = (_EPOCH + timedelta(seconds=seconds)).replace(tzinfo=ZoneInfo(zone))
    return int((wall.astimezone(UTC) - _EPOCH).total_seconds())


def feed(data: bytes) -> None:
    """Check a name after the first byte, or convert the local times (4 bytes each) that stand there."""
    choice, rest = (data[0] if data else 0), data[1:]
    if choice & 1:
        try:
            assert check_zone(text_of(rest)) == text_of(rest)
        except BadRequest as error:
            short(error, 600)
        return
    zone = _SOME[choice // 2 % len(_SOME)]
    seconds = [value % _SECONDS for (value,) in struct.iter_unpack("<I", rest[: len(rest) // 4 * 4])][:64]
    made = to_utc(np.array(seconds, dtype=np.int64) * 1_000_000, zone)
    assert not (made.repeated & made.skipped).any()
    assert (made.micros // 1_000_000).tolist() == [_by_python(value, zone) for value in seconds], "another moment"


TARGET = Target(
    "zones",
    "a choice, then the name of a zone, or local times of four bytes each",
    feed,
    (
        b"\1Europe/London",
        b"\1../../etc/passwd",
        b"\1UTC",
        b"\1Europe",
        b"\0" + struct.pack("<4I", 0, 1635640200, 1616893200, 4102444799),
        b"\2" + struct.pack("<3I", 1636263000, 1615692600, 86_400),
        b"\x0a" + struct.pack("<3I", 1617463800, 1633188600, 3_600),
    ),
    words=(b"Europe/", b"Etc/GMT+1", b"posix/", b"right/", b"/", b"..", b"\0", b"America/"),
    most=260,
)

__all__ = ["TARGET"]

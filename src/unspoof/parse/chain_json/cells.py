"""Single values of a transaction out of JSON, each within its limits or refused by name; no value passes through a float."""

from __future__ import annotations

import re
from calendar import timegm
from datetime import datetime
from decimal import Decimal
from typing import Any

from unspoof.parse.chain_json.nodes import Number

MOST_SATOSHI = 21_000_000 * 100_000_000
"""All the bitcoin that there will ever be; a higher value is refused."""
MOST_INT32 = (1 << 31) - 1
MOST_UINT32 = (1 << 32) - 1
LONGEST_SCRIPT = 4_000_000
"""Bytes: a block's weight limit holds no longer one."""

_HASH = re.compile(r"[0-9a-fA-F]{64}")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2})*+")
_WHOLE = re.compile(r"[0-9]{1,19}")
_DECIMAL = re.compile(r"[0-9]{1,20}(?:\.[0-9]{1,30})?(?:[eE][-+]?[0-9]{1,2})?")
_MOMENT = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[T ]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]{1,9})?(?: ?UTC|Z|\+00:00)?"
)
_ADDRESS = re.compile(r"[0-9A-Za-z]{1,100}")
_SATOSHI_PER_BITCOIN = Decimal(100_000_000)
_FIRST_BLOCK = 1_231_006_505


class BadTransaction(ValueError):
    """A transaction that cannot be read; the message is the reason of the refusal."""


def whole(value: Any, name: str, most: int = MOST_INT32) -> int | None:
    """Return a whole number from 0 to `most`, written as a number or as text; None for null."""
    if value is None:
        return None
    if not isinstance(value, str) or not _WHOLE.fullmatch(value) or int(value) > most:
        raise BadTransaction(f"{name} is no whole number from 0 to {most}")
    return int(value)


def signed(value: Any, name: str) -> int | None:
    """Return a version: a whole number of 32 bits, with a sign or without; None for null."""
    if isinstance(value, str) and value.startswith("-"):
        found = whole(Number(value[1:]), name, 1 << 31)
        return None if found is None else -found
    return whole(value, name, MOST_UINT32)


def satoshi(value: Any, name: str = "a value") -> int | None:
    """Return a value that is told in satoshi; None for null."""
    found = whole(value, name, 10**19)
    if found is not None and found > MOST_SATOSHI:
        raise BadTransaction(f"{name} above 21 million bitcoin")
    return found


def bitcoin(value: Any, name: str = "a value") -> int | None:
    """Return, in satoshi, a value that is told in bitcoin with decimals; None for null; never rounded."""
    if value is None:
        return None
    if not isinstance(value, str) or not _DECIMAL.fullmatch(value):
        raise BadTransaction(f"{name} is no amount of bitcoin")
    exact = Decimal(value)
    if exact > 21_000_000:
        raise BadTransaction(f"{name} above 21 million bitcoin")
    whole_satoshi = exact * _SATOSHI_PER_BITCOIN
    if whole_satoshi != whole_satoshi.to_integral_value():
        raise BadTransaction(f"{name} is no whole number of satoshi")
    return int(whole_satoshi)


def hash_text(value: Any, name: str) -> str | None:
    """Return 64 hex digits in lower case; None for null or nothing."""
    if value is None or (isinstance(value, str) and not value):
        return None
    if type(value) is not str or not _HASH.fullmatch(value):
        raise BadTransaction(f"{name} is no hash of 64 hex digits")
    return value.lower()


def hex_text(value: Any, name: str) -> str | None:
    """Return hex digits in lower case; None for null."""
    if value is None:
        return None
    if type(value) is not str or len(value) > 2 * LONGEST_SCRIPT or not _HEX.fullmatch(value):
        raise BadTransaction(f"{name} is no hex")
    return value.lower()


def address_text(value: Any) -> str | None:
    """Return an address as it stands; None for null or nothing."""
    if value is None or value == "":
        return None
    if type(value) is not str or not _ADDRESS.fullmatch(value):
        raise BadTransaction("an address with characters that none has, or too long")
    return value


def yes(value: Any, name: str) -> bool | None:
    """Return truth, written as such or as text; None for null."""
    if value is None or isinstance(value, bool):
        return value
    if type(value) is str and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise BadTransaction(f"{name} is neither true nor false")


def moment(value: Any, name: str) -> int | None:
    """Return seconds since 1970 of a block: so many, or a date and time of UTC; None for null or nothing.

    Raises:
        BadTransaction: no moment from the first block to the last that a header's 32 bits can tell.
    """
    if value is None or value == "":
        return None
    found = -1
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        found = int(value)
    elif isinstance(value, str) and (match := _MOMENT.fullmatch(value)):
        try:
            found = timegm(datetime(*map(int, match.groups())).timetuple())  # type: ignore[arg-type]  # noqa: DTZ001
        except ValueError:
            found = -1
    if not _FIRST_BLOCK <= found <= MOST_UINT32:
        raise BadTransaction(f"{name} is no moment of a block")
    return found


__all__ = [
    "LONGEST_SCRIPT",
    "MOST_INT32",
    "MOST_SATOSHI",
    "MOST_UINT32",
    "BadTransaction",
    "address_text",
    "bitcoin",
    "hash_text",
    "hex_text",
    "moment",
    "satoshi",
    "signed",
    "whole",
    "yes",
]

"""Which E.164 numbers are the United Kingdom's own, and which of them are mobile; no table of who holds them.

Jersey, Guernsey and the Isle of Man share +44 and are not the United Kingdom: their area codes (01534, 01481, 01624) are
left out. Their mobile numbers lie among the UK's and cannot be told by the digits alone.
"""

from __future__ import annotations

_ELEVEN = (44_000_000_000, 44_999_999_999)
_TWELVE = (440_000_000_000, 449_999_999_999)
_ISLANDS = ((441_481_000_000, 441_481_999_999), (441_534_000_000, 441_534_999_999), (441_624_000_000, 441_624_999_999))
_MOBILE = ((447_100_000_000, 447_599_999_999), (447_700_000_000, 447_999_999_999))
"""071-075 and 077-079; 070 is for personal numbers and 076 for pagers."""


def is_uk(number: int | None) -> bool:
    """Say whether a number is of the UK: +44 and nine or ten digits, the islands' area codes left out."""
    if number is None or not (_ELEVEN[0] <= number <= _ELEVEN[1] or _TWELVE[0] <= number <= _TWELVE[1]):
        return False
    return not any(low <= number <= high for low, high in _ISLANDS)


def is_uk_mobile(number: int | None) -> bool:
    """Say whether a number is of a range for mobile phones under +44."""
    return number is not None and any(low <= number <= high for low, high in _MOBILE)


def _between(column: str, spans: tuple[tuple[int, int], ...]) -> str:
    return "(" + " OR ".join(f"{column} BETWEEN {low} AND {high}" for low, high in spans) + ")"


def uk_sql(column: str) -> str:
    """Return the condition that says what `is_uk` says."""
    return f"({_between(column, (_ELEVEN, _TWELVE))} AND NOT {_between(column, _ISLANDS)})"


def uk_mobile_sql(column: str) -> str:
    """Return the condition that says what `is_uk_mobile` says."""
    return _between(column, _MOBILE)


__all__ = ["is_uk", "is_uk_mobile", "uk_mobile_sql", "uk_sql"]

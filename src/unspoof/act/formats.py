"""One form for every value that is printed: counts, money, times, shares, masked numbers; it chooses no values."""

from __future__ import annotations

from datetime import datetime

from unspoof.model.currencies import minor_digits


def count(value: int | None) -> str:
    """Return 1234567 as '1,234,567', and None as 'not known'."""
    return "not known" if value is None else f"{value:,}"


def money(minor: int | None, currency: str) -> str:
    """Return minor units as major units with the currency: 125000 of GBP as '1,250.00 GBP'."""
    if minor is None:
        return "not known"
    digits = minor_digits(currency)
    whole, part = divmod(abs(minor), 10**digits)
    sign = "-" if minor < 0 else ""
    return f"{sign}{whole:,}{f'.{part:0{digits}d}' if digits else ''} {currency}"


def bitcoin(satoshi: int | None) -> str:
    """Return satoshi as bitcoin, exactly: 123456789 as '1.23456789 BTC'; 'not known' for None."""
    if satoshi is None:
        return "not known"
    whole, part = divmod(abs(satoshi), 100_000_000)
    return f"{'-' if satoshi < 0 else ''}{whole:,}.{part:08d} BTC"


def points(milli: int) -> str:
    """Return thousandths of a point as points: 12500 as '12.500'."""
    return f"{milli // 1000:,}.{milli % 1000:03d}"


def share(fraction: float) -> str:
    """Return a fraction as per cent with one decimal: 0.35123 as '35.1 %'."""
    return f"{fraction * 100:.1f} %"


def moment(at: datetime | None) -> str:
    """Return a UTC time to the second; 'not known' for None. The heading says that it is UTC."""
    return "not known" if at is None else at.strftime("%Y-%m-%d %H:%M:%S")


def masked_number(e164: int) -> str:
    """Return a number with all but its first three and last two digits hidden: '+447•••••••12'.

    A report goes from hand to hand; the full number stands in the case, at the place that is printed beside it.
    """
    digits = str(e164)
    if len(digits) < 7:
        return "+" + "•" * len(digits)
    return f"+{digits[:3]}{'•' * (len(digits) - 5)}{digits[-2:]}"


def visible(value: object) -> str:
    """Return a value as text in which each character can be seen.

    Control characters and marks of direction, which could make a reader see other words than there are, become a
    replacement mark; every kind of blank becomes a space.
    """
    return "".join(c if c.isprintable() else " " if c.isspace() else "\ufffd" for c in str(value))


__all__ = ["bitcoin", "count", "masked_number", "moment", "money", "points", "share", "visible"]

"""Fragments of SQL that turn integers into words for reasons; they hold no figures and choose none."""

from __future__ import annotations

from unspoof.model.currencies import MINOR_DIGITS


def grouped(integer: str) -> str:
    """Return an SQL expression for a whole number with thousands separators.

    Args:
        integer: an SQL expression of a BIGINT that is zero or more.

    Returns:
        an expression of text: 0 gives '0', 1234567 gives '1,234,567'.

    """
    # 21 digits hold every BIGINT; leading zeros and separators go, so that no length has a case of its own.
    padded = f"right('000000000000000000000' || CAST({integer} AS VARCHAR), 21)"
    triples = " || ',' || ".join(f"substr({padded}, {first}, 3)" for first in range(1, 22, 3))
    return f"coalesce(nullif(regexp_replace({triples}, '^[0,]+', ''), ''), '0')"


def _major(minor: str, digits: int) -> str:
    if digits == 0:
        return grouped(minor)
    whole = grouped(f"({minor} // {10**digits})")
    return f"{whole} || '.' || right('{'0' * digits}' || CAST({minor} AS VARCHAR), {digits})"


def money(minor: str, currency: str) -> str:
    """Return an SQL expression for an amount in major units with its currency: '1,250.00 GBP'.

    Args:
        minor: an SQL expression of a BIGINT of minor units, zero or more.
        currency: an SQL expression of an ISO 4217 code.

    """
    cases = []
    for digits in sorted(set(MINOR_DIGITS.values())):
        codes = ", ".join(f"'{code}'" for code, held in MINOR_DIGITS.items() if held == digits)
        cases.append(f"WHEN {currency} IN ({codes}) THEN {_major(minor, digits)}")
    return f"(CASE {' '.join(cases)} ELSE {_major(minor, 2)} END || ' ' || {currency})"


def points(milli: str) -> str:
    """Return an SQL expression for points in a reason: ' (+12.500)' for 12,500 thousandths.

    Args:
        milli: an SQL expression of a BIGINT of thousandths of a point, zero or more.

    """
    return f"' (+' || CAST({milli} // 1000 AS VARCHAR) || '.' || right('000' || CAST({milli} AS VARCHAR), 3) || ')'"


def worded(sql: str, **expressions: str) -> str:
    """Replace each `<name>` in a query by its expression.

    Only expressions made in this file are put in: values of a case never are.
    """
    for name, expression in expressions.items():
        sql = sql.replace(f"<{name}>", expression)
    return sql


__all__ = ["grouped", "money", "points", "worded"]

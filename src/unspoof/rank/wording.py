"""Fragments of SQL that turn integers into words for reasons; they hold no figures and choose none."""

from __future__ import annotations

_WHOLE = "'BIF','CLP','DJF','GNF','ISK','JPY','KMF','KRW','PYG','RWF','UGX','UYI','VND','VUV','XAF','XOF','XPF'"
_THOUSANDTHS = "'BHD','IQD','JOD','KWD','LYD','OMR','TND'"


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


def money(minor: str, currency: str) -> str:
    """Return an SQL expression for an amount in major units with its currency: '1,250.00 GBP'.

    Args:
        minor: an SQL expression of a BIGINT of minor units, zero or more.
        currency: an SQL expression of an ISO 4217 code.

    Source: ISO 4217, list one, minor units (January 2024): 0 digits for JPY and its like, 3 for KWD and its like.

    """
    whole, thousandths = f"{currency} IN ({_WHOLE})", f"{currency} IN ({_THOUSANDTHS})"
    two_digits = f"{grouped(f'({minor} // 100)')} || '.' || right('00' || CAST({minor} AS VARCHAR), 2)"
    three_digits = f"{grouped(f'({minor} // 1000)')} || '.' || right('000' || CAST({minor} AS VARCHAR), 3)"
    return (
        f"(CASE WHEN {whole} THEN {grouped(minor)} WHEN {thousandths} THEN {three_digits} ELSE {two_digits} END"
        f" || ' ' || {currency})"
    )


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

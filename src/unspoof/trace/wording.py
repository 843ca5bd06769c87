"""Pieces of SQL that the money steps share: addresses and transaction ids as they compare, amounts in words and in money.

They are texts put into steps when these are defined; no value of a case is ever pasted into them.
"""

from __future__ import annotations

COIN = 100_000_000
"""Satoshi of one bitcoin."""

MOST_COINS = 21_000_000
"""More bitcoin than there will ever be: an estimate above it is none."""


def plain_address(column: str) -> str:
    """Return the SQL of an address as the chain writes it, NULL where a text holds none.

    A payment link's `bitcoin:` and what follows a question mark are left out; addresses of the bech32 kind are of small
    letters (BIP 173), those of the other kind as they stand. Whether its checksum holds is not asked: an address that is
    none meets nothing on the chain.
    """
    bare = f"trim(split_part(regexp_replace(trim({column}), '^(bitcoin|BITCOIN|Bitcoin):', ''), '?', 1))"
    small = f"CASE WHEN regexp_matches(lower({bare}), '^(bc|tb|bcrt)1') THEN lower({bare}) ELSE {bare} END"
    return f"CASE WHEN regexp_matches({bare}, '^[0-9A-Za-z]{{20,100}}\\z') THEN {small} END"


def plain_txid(column: str) -> str:
    """Return the SQL of a transaction id in small letters, NULL where a text is none."""
    return f"CASE WHEN regexp_matches(lower(trim({column})), '^[0-9a-f]{{64}}\\z') THEN lower(trim({column})) END"


def coins(satoshi: str) -> str:
    """Return the SQL of an amount in words: 0.00123456 BTC. The amount must not be negative."""
    whole, rest = f"CAST(({satoshi}) // {COIN} AS VARCHAR)", f"CAST(({satoshi}) % {COIN} AS VARCHAR)"
    return f"{whole} || '.' || right('00000000' || {rest}, 8) || ' BTC'"


def valued(satoshi: str, price: str) -> str:
    """Return the SQL of an amount in money, to the minor unit, halves up; exact, in integers of 64 bits.

    The amount is cut into whole coins, ten-thousandths of a coin and the rest, so that no product overflows while the
    price of a coin is at most 4e11 minor units, which trace/prices.py holds.

    Args:
        satoshi: an amount, zero or more.
        price: of one bitcoin in minor units; NULL gives NULL, and so does more than all coins.

    """
    rest = f"(({satoshi}) % {COIN})"
    high, low = f"({rest} // 10000 * {price})", f"({rest} % 10000 * {price})"
    value = (
        f"({satoshi}) // {COIN} * {price} + {high} // 10000 + ({high} % 10000 * 10000 + {low} + {COIN // 2}) // {COIN}"
    )
    return f"CASE WHEN ({satoshi}) <= {MOST_COINS * COIN} THEN {value} END"


def estimated(minor: str, price: str) -> str:
    """Return the SQL of the satoshi that an amount of money bought, cut off; NULL without a price or beyond all coins."""
    sane = f"{price} > 0 AND {minor} > 0 AND {minor} // nullif({price}, 0) < {MOST_COINS}"
    rest = f"{minor} % nullif({price}, 0) * 10000"
    # Twice four digits, so that the rest times a hundred million stays within 64 bits.
    fine = f"({rest} // nullif({price}, 0)) * 10000 + ({rest} % nullif({price}, 0)) * 10000 // nullif({price}, 0)"
    return f"CASE WHEN {sane} THEN {minor} // nullif({price}, 0) * {COIN} + {fine} END"


def allowance(amount: str, ppm: str) -> str:
    """Return the SQL of so many millionths of an amount, cut off, without overflow."""
    return f"(({amount}) // 1000000 * {ppm} + ({amount}) % 1000000 * {ppm} // 1000000)"


def digits_off(left: str, right: str) -> str:
    """Return the SQL of how many of the 64 digits of two transaction ids differ, place by place; both must be ids."""
    return " + ".join(
        f"CASE WHEN substr({left}, {place}, 1) <> substr({right}, {place}, 1) THEN 1 ELSE 0 END"
        for place in range(1, 65)
    )


def filled(sql: str, **parts: str) -> str:
    """Return a text with each <name> replaced by its part."""
    for name, part in parts.items():
        sql = sql.replace(f"<{name}>", part)
    return sql


__all__ = [
    "COIN",
    "MOST_COINS",
    "allowance",
    "coins",
    "digits_off",
    "estimated",
    "filled",
    "plain_address",
    "plain_txid",
    "valued",
]

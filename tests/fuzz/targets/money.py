"""Amounts of money: the column's quick way against the exact way for one text."""

from __future__ import annotations

import pyarrow as pa

from fuzz.target import Target, text_of
from unspoof.parse.money import LARGEST, currency_of, read_amount, read_amounts

_CURRENCIES = (("GBP", 2), ("JPY", 0), ("KWD", 3), ("BTC", 8))
_MARKS = ("", ".", ",")


def feed(data: bytes) -> None:
    """Read the lines as amounts of a currency, with a decimal mark, that the first byte chooses."""
    choice = data[0] if data else 0
    currency, places = _CURRENCIES[choice % 4]
    decimal = _MARKS[choice // 4 % 3]
    lines = [line.strip(" \t\r") or None for line in text_of(data[1:]).split("\n")[:40]]
    read = read_amounts(pa.array(lines, pa.string()), currency, decimal=decimal)
    assert not (read.known & read.bad).any(), "known and bad"
    assert (abs(read.minor) < LARGEST).all()
    for row, text in enumerate(lines):
        known, bad = bool(read.known[row]), bool(read.bad[row])
        assert (known or bad) == (text is not None), "a text that is neither read nor refused"
        if text is None:
            continue
        named = currency_of(text)
        assert named is None or (len(named) == 3 and named.isascii() and named.isupper())
        one = read_amount(text, places, decimal)
        if known:
            assert one is not None, "read in a column and not by itself"
            assert one.minor == int(read.minor[row]), "another amount by itself"
        elif one is not None:
            assert one.currency not in ("", currency), "read by itself and refused in a column"


TARGET = Target(
    "money",
    "a choice of currency and mark, then one text a line",
    feed,
    (
        "\0£1,234.50\n1.234,50 €\n(12.00)\n-5\n1e-05\n12,34,567.00\n$3\n4.5 GBP\n1'000.25\n\n-12.345\n0.005\n".encode(),
        b"\1123\n1,000\n.5\n1e3\nJPY 7\n",
        b"\x0a1.234,5\n1,5\n1.5\n1234567890123456.7\n",
        b"\x030.00000001\n21000000.5 BTC\n1E-8\n",
    ),
    words=(
        "€".encode(),
        "£".encode(),
        b"GBP",
        b"e-",
        b"1e99",
        "\u2212".encode(),
        "\u2019".encode(),
        "\u00a0".encode(),
        b"1,000,000",
    ),
    most=512,
)

__all__ = ["TARGET"]

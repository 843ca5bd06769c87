"""Prices of bitcoin and rates of the euro that a user has."""

from __future__ import annotations

from datetime import timedelta

from fuzz.target import Target, short
from unspoof.errors import BadReference
from unspoof.reference.prices import load_prices, load_rates

_HEAD = b"from,span_s,currency,price,rule,source\n"


def feed(data: bytes) -> None:
    """Read the file as prices and as rates."""
    try:
        rows = load_prices(data, "GB").to_pylist()
    except BadReference as error:
        short(error, 4_000)
        rows = []
    ends: dict[str, object] = {}
    for row in rows:
        assert row["price_minor"] >= 0
        assert row["currency"] not in ends or row["from_at"] >= ends[row["currency"]]
        ends[row["currency"]] = row["from_at"] + timedelta(seconds=row["span_s"])
    try:
        rates = load_rates(data, "GB").to_pylist()
    except BadReference as error:
        short(error, 4_000)
        return
    keys = [(row["currency"], row["day_at"]) for row in rates]
    assert keys == sorted(set(keys))


TARGET = Target(
    "prices",
    "a CSV file of prices, or of rates",
    feed,
    (
        _HEAD + b"2021-11-10,,GBP,49389.42,first-minute,made up\n2021-11-11,86400,GBP,48000,first-minute,made up\n",
        _HEAD + b"2021-11-10T05:00,3600,USD,66972.06,close,made up\n",
        b"Date,USD,GBP,\n2022-12-30,1.0666,0.88693,\n2022-12-29,1.0649,N/A,\n",
    ),
    words=(b"9999-12-31", b"T23:00", b"3600", b"NaN", b"1e9", b"N/A", b"Date"),
    most=1024,
)

__all__ = ["TARGET"]

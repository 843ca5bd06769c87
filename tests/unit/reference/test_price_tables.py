"""Prices and rates: what a row is, and that two prices never stand for one moment."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unspoof.errors import BadReference
from unspoof.reference.prices import load_prices, load_rates
from unspoof.reference.store import read_version, shipped_version

HEAD = "from,span_s,currency,price,rule,source\n"


def test_a_price_is_whole_minor_units_of_its_currency() -> None:
    """49389.42 pounds are 4,938,942 pence; yen have no minor unit; a span left out is a day."""
    rows = load_prices(
        (HEAD + "2021-11-10,,GBP,49389.42,first-minute,file A\n2021-11-10,3600,JPY,7600000.5,close,file B\n").encode(),
        "GB",
    ).to_pylist()

    assert [(r["currency"], r["price_minor"], r["span_s"]) for r in rows] == [
        ("GBP", 4_938_942, 86_400),
        ("JPY", 7_600_000, 3_600),
    ]


@pytest.mark.parametrize(
    ("row", "where"),
    [
        ("2021-11-10T05:00,86400,GBP,1,close,x", "row 3, column from"),
        ("10 Nov,86400,GBP,1,close,x", "row 3, column from"),
        ("2021-11-11,60,GBP,1,close,x", "row 3, column span_s"),
        ("2021-11-11,,POUND,1,close,x", "row 3, column currency"),
        ('2021-11-11,,GBP,"1,000",close,x', "row 3, column price"),
        ("2021-11-11,,GBP,-1,close,x", "row 3, column price"),
        ("2021-11-11,,GBP,NaN,close,x", "row 3, column price"),
        ("2021-11-10T23:00,3600,GBP,2,close,x", "row 3, column from"),
        ("2021-11-11,,GBP,1,,x", "row 3, column rule"),
    ],
)
def test_what_does_not_fit_is_refused_with_row_and_column(row: str, where: str) -> None:
    """No price is guessed: a cell that is no price, or stands beside another for one moment, is named."""
    with pytest.raises(BadReference) as caught:
        load_prices((HEAD + "2021-11-10,,GBP,100,close,x\n" + row + "\n").encode(), "GB")

    assert caught.value.where == where


def test_rates_are_read_in_the_central_banks_form() -> None:
    """Days without a rate are left out, and a trailing comma is part of the form."""
    rows = load_rates(b"Date,USD,GBP,\n2022-12-30,1.0666,0.88693,\n2022-12-29,1.0649,N/A,\n", "GB").to_pylist()

    assert [(r["currency"], str(r["day_at"].date()), r["rate_micro"]) for r in rows] == [
        ("GBP", "2022-12-30", 886_930),
        ("USD", "2022-12-29", 1_064_900),
        ("USD", "2022-12-30", 1_066_600),
    ]
    with pytest.raises(BadReference):
        load_rates(b"Date,USD,\n2022-12-30,1,\n2022-12-30,2,\n", "GB")


def test_the_rates_that_ship_hold_known_ones() -> None:
    """The Bank's rates of 30 December 2022: 1.0666 dollars and 0.88693 pounds for a euro."""
    version = shipped_version("rates")
    assert version is not None
    rows = read_version(version).to_pylist()

    day = {r["currency"]: r["rate_micro"] for r in rows if str(r["day_at"].date()) == "2022-12-30"}
    assert (day["USD"], day["GBP"]) == (1_066_600, 886_930)


@given(st.binary(max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_prices_or_refused(data: bytes) -> None:
    """Nothing but BadReference comes out."""
    for load in (load_prices, load_rates):
        for text in (data, HEAD.encode() + data, b"Date,USD\n" + data):
            try:
                load(text, "GB")
            except BadReference:
                continue

"""Amounts of money as people write them."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unspoof.model.currencies import minor_digits
from unspoof.parse.money import currency_of, read_amount, read_amounts


def minor(text: str, currency: str = "GBP", **how: object) -> int | None:
    """Return one amount in minor units, None if it is bad."""
    read = read_amounts(pa.array([text]), currency, **how)  # type: ignore[arg-type]
    return None if read.bad[0] else int(read.minor[0])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1234", 123400), ("1234.5", 123450), ("£1,234.50", 123450), ("£ 1,234.50", 123450), ("(12.00)", -1200),
        ("-5", -500), ("5-", -500), ("-£5.25", -525), ("£-5.25", -525), ("\u22125", -500), ("+5", 500),
        ("1,234", 123400), ("12,34", 1234), ("1,234,567", 123456700), ("1.234.567,89", 123456789),
        ("1'234.50", 123450), ("1 234,50", 123450), ("1\u202f234,50", 123450), ("12,34,567.00", 123456700),
        ("1.234", 123), ("£1.234", 123400), ("12 GBP", 1200), ("gbp 12", 1200), (".5", 50), ("$5", 500),
        ("0.005", 0), ("0.015", 2), ("0.025", 2), ("-0.015", -2), ("1e-05", 0), ("1.5E3", 150000),
        ("999999999999999.99", 99999999999999999), ("1000000000000000", None), ("9" * 30, None),
        ("abc", None), ("--5", None), ("(5", None), ("1,2,3", None), ("1..2", None), ("12 34", None), ("1,234,5", None),
        ("£5 GBP", None), ("€5", None), ("5%", None), ("0x10", None), ("NaN", None), ("1e999999999", None), ("٣", None),
    ],
)  # fmt: skip
def test_an_amount_is_read_by_the_rules(text: str, expected: int | None) -> None:
    """Each notation is the amount that the documented rules say, and what is no amount is bad."""
    assert expected == minor(text)


@pytest.mark.parametrize(
    ("text", "currency", "expected"),
    [
        ("12.5", "JPY", 12),
        ("13.5", "JPY", 14),
        ("1.234", "KWD", 1234),
        ("1,234", "KWD", 1234),
        ("0.00012345", "BTC", 12345),
    ],
)
def test_the_minor_unit_is_the_currency_s(text: str, currency: str, expected: int) -> None:
    """Yen have no minor unit, dinars three digits, bitcoin eight."""
    assert expected == minor(text, currency)


def test_a_known_decimal_mark_settles_it() -> None:
    """Where a system states its mark, no rule is applied and nothing is marked as ambiguous."""
    assert minor("1,234", decimal=",") == 123
    assert minor("1.234", decimal=",") == 123400
    assert minor("1,234", decimal=".") == 123400
    assert minor("1,5", decimal=".") is None


def test_minor_units_are_taken_as_they_are() -> None:
    """A column of pence is not multiplied."""
    assert minor("1234", major=False) == 1234


def test_empty_is_no_amount_and_not_zero() -> None:
    """Null and empty are neither known nor bad."""
    read = read_amounts(pa.array([None, "", "0"]), "GBP")

    assert read.known.tolist() == [False, False, True]
    assert not read.bad.any()


def test_the_reading_that_could_be_otherwise_is_marked() -> None:
    """A point before three digits in an amount with its currency is marked, others are not."""
    assert read_amounts(pa.array(["£1.234", "1.234", "£1,234"]), "GBP").ambiguous.tolist() == [True, False, False]


@settings(deadline=None)
@given(st.lists(st.decimals(-(10**12), 10**12, places=6), max_size=30))
def test_plain_decimals_are_rounded_half_to_even_exactly(values: list[Decimal]) -> None:
    """The fast way gives what exact decimal arithmetic gives, and so does the slow one."""
    expected = [int((v * 100).quantize(Decimal(1), rounding=ROUND_HALF_EVEN)) for v in values]
    texts = [f"{value:f}" for value in values]

    assert expected == read_amounts(pa.array(texts, pa.string()), "GBP").minor.tolist()
    assert expected == [amount.minor for amount in map(read_amount, texts) if amount]


@settings(deadline=None)
@given(st.lists(st.text(alphabet="0123456789.,-()£€ GBPe'", max_size=12), max_size=30))
def test_no_text_breaks_the_reader(texts: list[str]) -> None:
    """Any text is an amount, none, or bad."""
    read = read_amounts(pa.array(texts, pa.string()), "GBP")

    assert not (read.known & read.bad).any()


@pytest.mark.parametrize(
    ("text", "code"),
    [("£5", "GBP"), ("1.234,50 €", "EUR"), ("usd", "USD"), ("A$ 5", "AUD"), ("5", None), ("five", None)],
)
def test_the_currency_is_read_out_of_a_text(text: str, code: str | None) -> None:
    """A symbol or a code in an amount names its currency."""
    assert code == currency_of(text)


def test_most_currencies_have_two_digits() -> None:
    """What is not listed has two digits."""
    assert (minor_digits("GBP"), minor_digits("JPY"), minor_digits("XYZ")) == (2, 0, 2)

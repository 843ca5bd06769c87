"""What a bitcoin was worth at a block: which span, which neighbours, which legs; and amounts in whole numbers."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pyarrow as pa
import pytest
from books_run import settings
from hypothesis import example, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from unspoof.engine import DuckEngine, Inputs
from unspoof.engine.portable import refusals
from unspoof.model.arrow import schema
from unspoof.model.reference_tables import PRICES, RATES
from unspoof.trace.prices import COIN_PRICES, MOST_MINOR
from unspoof.trace.wording import COIN, MOST_COINS, allowance, coins, estimated, plain_address, plain_txid, valued

DAY = datetime.fromisoformat("2021-11-10T00:00:00")
HOUR = timedelta(hours=1)


def _price(at: datetime, minor: int, currency: str = "USD", span_s: int = 86_400, source: str = "a") -> dict[str, Any]:
    return {
        "from_at": at, "span_s": span_s, "currency": currency, "price_minor": minor, "rule": "close", "source": source,
    }  # fmt: skip


def _rate(at: datetime, currency: str, micro: int) -> dict[str, Any]:
    return {"day_at": at, "currency": currency, "rate_micro": micro, "source": "bank"}


def _found(
    blocks: list[datetime | None],
    prices: list[dict],
    rates: list[dict] = (),
    currency: str = "GBP",
    booked: str = "GBP",
) -> dict[tuple[datetime, str], dict[str, Any]]:
    flows = pa.table({"block_at": pa.array(blocks, pa.timestamp("us"))})
    tables = {
        "shop_inflows": flows,
        "shop_outflows": flows.slice(0, 0),
        "bookings": pa.table({"currency": [booked]}),
        "prices": pa.Table.from_pylist(list(prices), schema=schema(PRICES)),
        "rates": pa.Table.from_pylist(list(rates), schema=schema(RATES)),
    }
    assert COIN_PRICES.run is not None
    made = COIN_PRICES.run(Inputs(tables, settings(currency=currency))).to_pylist()
    assert len({(row["block_at"], row["currency"]) for row in made}) == len(made)
    return {(row["block_at"], row["currency"]): row for row in made}


def _ends(row: dict[str, Any]) -> tuple[int, int, int]:
    return row["low_minor"], row["base_minor"], row["high_minor"]


def test_base_is_the_days_price_and_the_ends_those_beside_it() -> None:
    """A block at the last microsecond of a day has that day's price; low and high are of the three days."""
    prices = [_price(DAY + n * 24 * HOUR, minor) for n, minor in enumerate((500, 300, 400, 100))]
    last = DAY + 48 * HOUR - timedelta(microseconds=1)
    held = _found([DAY + 24 * HOUR, last, DAY + 48 * HOUR], prices)

    assert _ends(held[DAY + 24 * HOUR, "USD"]) == _ends(held[last, "USD"]) == (300, 300, 500)
    assert _ends(held[DAY + 48 * HOUR, "USD"]) == (100, 400, 400)
    assert held[last, "USD"]["spans_beside"] == 2


def test_at_the_edge_of_the_prices_the_missing_neighbour_is_counted() -> None:
    """The first and last day have one neighbour, a day beyond a gap is none, and outside there is no price."""
    prices = [_price(DAY, 10), _price(DAY + 24 * HOUR, 20), _price(DAY + 96 * HOUR, 30)]
    held = _found([DAY, DAY + 96 * HOUR, DAY - HOUR, DAY + 60 * HOUR, None], prices)

    assert {at: (_ends(row), row["spans_beside"]) for (at, _), row in held.items()} == {
        DAY: ((10, 10, 20), 1),
        DAY + 96 * HOUR: ((30, 30, 30), 0),
    }


def test_an_hour_goes_before_a_day() -> None:
    """Where an hourly price holds the block it is taken, with the hours beside it; elsewhere the day's."""
    prices = [_price(DAY, 1000), *(_price(DAY + n * HOUR, 100 + n, span_s=3600) for n in range(3))]
    held = _found([DAY + HOUR, DAY + 5 * HOUR], prices)

    assert _ends(held[DAY + HOUR, "USD"]) == (100, 101, 102)
    assert held[DAY + HOUR, "USD"]["span_s"] == 3600
    assert _ends(held[DAY + 5 * HOUR, "USD"]) == (1000, 1000, 1000)


def test_of_equal_spans_one_source_is_taken_whole() -> None:
    """Two sources are never mixed in one price: low and high are of the source whose price is the base."""
    prices = [_price(DAY + n * 24 * HOUR, minor, source="b") for n, minor in enumerate((1, 2, 3))]
    prices += [_price(DAY + 24 * HOUR, 50, source="a")]
    row = _found([DAY + 30 * HOUR], prices)[DAY + 30 * HOUR, "USD"]

    assert (_ends(row), row["price_source"]) == ((50, 50, 50), "a")


def test_both_legs_are_kept() -> None:
    """A price through two rates of one day says the price, the day and both rates; halves go up."""
    rates = [_rate(DAY - 48 * HOUR, "USD", 1_250_000), _rate(DAY - 48 * HOUR, "GBP", 840_000)]
    row = _found([DAY], [_price(DAY, 101)], rates)[DAY, "GBP"]

    assert row["base_minor"] == 68  # 101 / 1.25 * 0.84 = 67.872
    assert (row["price_currency"], row["price_minor"]) == ("USD", 101)
    assert (row["rate_from_micro"], row["rate_to_micro"]) == (1_250_000, 840_000)
    assert row["rate_day_at"] == DAY - 48 * HOUR
    assert _found([DAY], [_price(DAY, 101)], rates)[DAY, "EUR"]["base_minor"] == 81  # 80.8


def test_a_direct_price_and_the_euro_go_before_the_dollar() -> None:
    """A loaded price in the currency itself is taken, else the euro's, which needs one rate, else the dollar's."""
    rates = [_rate(DAY, "USD", 2_000_000), _rate(DAY, "GBP", 500_000)]
    prices = [_price(DAY, 1000), _price(DAY, 900, "EUR")]

    assert _found([DAY], prices, rates)[DAY, "GBP"]["base_minor"] == 450
    assert _found([DAY], [*prices, _price(DAY, 77, "GBP")], rates)[DAY, "GBP"]["base_minor"] == 77
    assert _found([DAY], prices[:1], rates)[DAY, "GBP"]["base_minor"] == 250


@pytest.mark.parametrize(("days", "known"), [(0, True), (7, True), (8, False), (-1, False)])
def test_a_rate_is_of_that_day_or_a_week_before(days: int, known: bool) -> None:
    """A rate of the block's day or up to seven days before serves; an older or a later one does not."""
    held = _found([DAY + 23 * HOUR], [_price(DAY, 1000, "EUR")], [_rate(DAY - days * 24 * HOUR, "GBP", 850_000)])

    assert ((DAY + 23 * HOUR, "GBP") in held) == known


def test_currencies_without_minor_digits_are_converted_rightly() -> None:
    """From cents to yen a factor of a hundred goes; the case's and the books' own currencies are valued too."""
    rates = [_rate(DAY, "JPY", 130_000_000), _rate(DAY, "KWD", 350_000)]
    held = _found([DAY], [_price(DAY, 4_000_000, "EUR")], rates, currency="JPY", booked="KWD")

    assert held[DAY, "JPY"]["base_minor"] == 5_200_000
    assert held[DAY, "KWD"]["base_minor"] == 14_000_000


@given(st.integers(1, MOST_MINOR), st.integers(1, 10**16))
@example(MOST_MINOR, 10**16)
@example(3, 1_500_000)
def test_a_conversion_is_exact_however_long_its_numbers(minor: int, micro: int) -> None:
    """A converted price is the product rounded half up, to the unit, also where it is beyond 64 bits; then there is none."""
    held = _found([DAY], [_price(DAY, minor, "EUR")], [_rate(DAY, "GBP", micro)])
    wanted = int((Decimal(minor) * micro / 1_000_000).quantize(Decimal(1), ROUND_HALF_UP))

    assert (DAY, "GBP") in held if 0 < wanted <= MOST_MINOR else (DAY, "GBP") not in held
    if (DAY, "GBP") in held:
        assert held[DAY, "GBP"]["base_minor"] == wanted


def test_a_damaged_price_is_none() -> None:
    """Prices of zero, below zero or beyond all reason, and rates of zero, are left out, not used."""
    for minor in (0, -5, MOST_MINOR + 1):
        assert _found([DAY], [_price(DAY, minor)]) == {}
    assert (DAY, "GBP") not in _found([DAY], [_price(DAY, 5, "EUR")], [_rate(DAY, "GBP", 0)])


def _sql(text: str) -> Any:
    return DuckEngine(threads=1).fetch(f"SELECT {text} AS v")["v"][0].as_py()


@examples(max_examples=60, deadline=None)
@given(st.integers(0, MOST_COINS * COIN), st.integers(1, MOST_MINOR))
@example(MOST_COINS * COIN, MOST_MINOR)
@example(50_000_000, 1)
@example(49_999_999, 1)
def test_an_amount_in_money_is_exact(satoshi: int, price: int) -> None:
    """The value is the product to the minor unit, halves up, for every amount that can exist and every price allowed."""
    exact = (Decimal(satoshi) * price / COIN).quantize(Decimal(1), ROUND_HALF_UP)

    assert _sql(valued(f"CAST({satoshi} AS BIGINT)", f"CAST({price} AS BIGINT)")) == int(exact)


@examples(max_examples=60, deadline=None)
@given(st.integers(-5, 4_000_000_000_000), st.integers(1, MOST_MINOR))
@example(4_000_000_000_000, MOST_MINOR)
def test_an_estimate_in_satoshi_is_near(minor: int, price: int) -> None:
    """What money bought is right to the satoshi below, and none where it would be more than all coins."""
    found = _sql(estimated(f"CAST({minor} AS BIGINT)", f"CAST({price} AS BIGINT)"))
    sane = minor > 0 and minor // price < MOST_COINS

    assert found == (minor * COIN // price if sane else None)


@given(st.integers(0, 2**62), st.integers(0, 1_000_000))
@examples(max_examples=40, deadline=None)
def test_an_allowance_does_not_overflow(amount: int, ppm: int) -> None:
    """So many millionths of any amount are worked out in 64 bits."""
    assert _sql(allowance(f"CAST({amount} AS BIGINT)", f"CAST({ppm} AS BIGINT)")) == amount * ppm // 1_000_000


def test_amounts_in_words() -> None:
    """An amount is shown with all its eight digits."""
    assert _sql(coins("CAST(123 AS BIGINT)")) == "0.00000123 BTC"
    assert _sql(coins("CAST(2100000000000000 AS BIGINT)")) == "21000000.00000000 BTC"


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        (" bitcoin:BCRT1QNOBODY0000000000000000?amount=1 ", "bcrt1qnobody0000000000000000"),
        ("mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn", "mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn"),
        ("too short", None), ("x" * 101, None), ("", None), ("paypal: shop@example.org, or cash", None),
    ],
)  # fmt: skip
def test_addresses_compare_as_the_chain_writes_them(text: str, plain: str | None) -> None:
    """A payment link and capitals of a bech32 address mean the address; what cannot be one is none."""
    assert _sql(plain_address(f"'{text}'")) == plain


def test_transaction_ids_compare_in_small_letters() -> None:
    """A txid in capitals with blanks is the same one; anything else is none."""
    assert _sql(plain_txid(f"' {'AB' * 32} '")) == "ab" * 32
    assert _sql(plain_txid(f"'{'g' * 64}'")) is None


def test_the_pieces_are_portable() -> None:
    """No piece of SQL is of one engine alone."""
    pieces = (
        plain_address("a"),
        plain_txid("a"),
        coins("b"),
        valued("b", "c"),
        estimated("b", "c"),
        allowance("b", "c"),
    )

    assert [r for piece in pieces for r in refusals(f"SELECT {piece} AS v FROM t")] == []

"""Words of reasons: thousands separators and money, for every whole number."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from unspoof.act.formats import money as printed_money
from unspoof.engine import DuckEngine
from unspoof.rank.wording import grouped, money, points, worded

_ENGINE = DuckEngine(threads=1)


def _said(expression: str, value: int, currency: str = "GBP") -> str:
    _ENGINE.view_arrow("held", pa.table({"x": pa.array([value], pa.int64()), "c": [currency]}))
    return str(_ENGINE.fetch(f"SELECT {expression} AS said FROM held")["said"][0].as_py())


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**63 - 1))
def test_grouped_sets_separators_as_python_does(value: int) -> None:
    """Every BIGINT from zero up is written with a comma before each three digits."""
    assert _said(grouped("x"), value) == f"{value:,}"


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**63 - 1), st.sampled_from(["GBP", "JPY", "KWD", "BTC", "CLF", "XYZ"]))
def test_money_in_reasons_is_money_in_the_report(value: int, currency: str) -> None:
    """SQL and the report write one amount alike, with the digits of its currency."""
    assert _said(money("x", "c"), value, currency) == printed_money(value, currency)


def test_points_have_three_decimals() -> None:
    """Thousandths of a point are never rounded away."""
    assert _said(points("x"), 12_005) == " (+12.005)"


def test_worded_puts_in_each_name() -> None:
    """A marked place is replaced wherever it stands."""
    assert worded("SELECT <a>, <b>, <a>", a="1", b="2") == "SELECT 1, 2, 1"

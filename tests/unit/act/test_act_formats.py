"""Printed values: one form each, and no number that a reader of a report should not see."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unspoof.act import formats


@pytest.mark.parametrize(
    ("minor", "currency", "said"),
    [
        (0, "GBP", "0.00 GBP"),
        (5, "GBP", "0.05 GBP"),
        (-123_456, "GBP", "-1,234.56 GBP"),
        (1_000_000, "JPY", "1,000,000 JPY"),
        (1_234, "KWD", "1.234 KWD"),
        (None, "GBP", "not known"),
    ],
)
def test_money_has_the_digits_of_its_currency(minor: int | None, currency: str, said: str) -> None:
    """Minor units become major units exactly; nothing known is said in words."""
    assert formats.money(minor, currency) == said


@settings(deadline=None)
@given(st.integers(1, 10**15 - 1))
def test_masking_hides_all_but_five_digits(number: int) -> None:
    """A masked number keeps its length and shows at most its first three and last two digits."""
    masked = formats.masked_number(number)

    assert len(masked) == len(str(number)) + 1
    assert sum(c.isdigit() for c in masked) <= 5


def test_counts_shares_points_and_times_have_one_form() -> None:
    """Thousands have separators, shares one decimal, points three, times no fraction."""
    at = datetime(2022, 3, 1, 4, 5, 6, 789)  # noqa: DTZ001  times are zoneless UTC by contract
    said = (formats.count(1_234_567), formats.count(None), formats.share(0.35123), formats.points(12_005))

    assert said == ("1,234,567", "not known", "35.1 %", "12.005")
    assert (formats.moment(at), formats.moment(None)) == ("2022-03-01 04:05:06", "not known")

"""What a bitcoin cost, made up: one price a day in each currency. No market's prices are in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from unspoof.synth.places import COUNTRIES
from unspoof.synth.plan import DAY_S, DAYS, FIRST_DAY, Plan

_POUNDS = 30_000.0
_SPREAD, _DAILY, _MOST = 0.28, 0.02, 0.04
"""Spread of the level, and of a day's move and its bound: mild, so that a day's price never hides a planted difference."""
_PER_POUND = {"GBP": 1.0, "USD": 1.27, "EUR": 1.16, "AUD": 1.85, "SEK": 12.4}
_MARGIN = 30
"""Days of prices before the opening and after the seizure."""


@dataclass(frozen=True)
class Prices:
    """Prices by day and currency."""

    first: int
    """Day number of the first."""
    minor: dict[str, np.ndarray]
    """Currency -> int64 minor units for one bitcoin."""
    source: str

    def at(self, epoch: np.ndarray, currency: str) -> np.ndarray:
        """Return the price of the UTC day of each moment."""
        price: np.ndarray = self.minor[currency][epoch // DAY_S - self.first]
        return price

    def write(self, path: Path) -> None:
        """Write from, span_s, currency, price, rule, source: one row a day and currency."""
        count = len(next(iter(self.minor.values())))
        day = pc.strftime(pa.array((self.first + np.arange(count)) * DAY_S, pa.timestamp("s")), "%Y-%m-%d")
        tables = [self._table(day, currency) for currency in self.minor]
        csv.write_csv(pa.concat_tables(tables), path, csv.WriteOptions(quoting_style="needed"))

    def _table(self, day: pa.StringArray, currency: str) -> pa.Table:
        minor = pa.array(self.minor[currency])
        text = pc.cast(minor, pa.string())
        whole, rest = pc.utf8_slice_codeunits(text, 0, -2), pc.utf8_slice_codeunits(text, -2)
        return pa.table(
            {
                "from": day,
                "span_s": np.full(len(day), DAY_S),
                "currency": [currency] * len(day),
                "price": pc.binary_join_element_wise(whole, rest, "."),
                "rule": ["first-minute"] * len(day),
                "source": [self.source] * len(day),
            }
        )


def make_prices(plan: Plan) -> Prices:
    """Make a price for each day in pounds, dollars, euros and the home's currency."""
    stream, count = plan.stream("prices"), DAYS + 2 * _MARGIN
    move = np.clip(_DAILY * stream.standard_normal(count), -_MOST, _MOST)
    level = np.zeros(count)
    # A walk that is drawn back to its middle; each day needs the one before.
    for day in range(1, count):
        level[day] = level[day - 1] * (1 - _DAILY**2 / (2 * _SPREAD**2)) + move[day]
    drift = np.cumsum(0.001 * stream.standard_normal((len(_PER_POUND), count)), axis=1)
    wanted = ["GBP", "USD", "EUR"]
    home = COUNTRIES[plan.home].currency
    minor = {
        currency: np.round(_POUNDS * np.exp(level + drift[place]) * _PER_POUND[currency] * 100).astype(np.int64)
        for place, currency in enumerate(_PER_POUND)
        if currency in [*wanted, home]
    }
    return Prices(FIRST_DAY - _MARGIN, minor, f"made-up prices of unspoof synth, seed {plan.seed}")


__all__ = ["Prices", "make_prices"]

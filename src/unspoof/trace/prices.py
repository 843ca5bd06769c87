"""What a bitcoin was worth at the time of a block: which price, in which currency, by which two legs; nothing is valued.

The rule. The block's time (UTC) decides the span, a day or an hour, that holds it. *Base* is that span's price; *low*
and *high* are the least and greatest of it and of the spans beside it. A shorter span goes before a longer one; of
equal ones the first source by name. Where no price in a currency is loaded for that time, the euro price is converted by
the central bank's rate of the block's day or the last day before it (at most MOST_DAYS before), else the dollar price by
two such rates; all three of low, base and high by the same rate. Without either there is no row, and never a zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from unspoof.engine import Inputs, Step
from unspoof.model.arrow import schema
from unspoof.model.currencies import minor_digits
from unspoof.model.tables import Column, Table

SHOWN = ("GBP", "USD", "EUR")
"""Currencies in which every case is valued, beside its own and those of its books."""

MOST_DAYS = 7
"""How old a central bank's rate may be: no bank is closed for longer."""

MOST_MINOR = 400_000_000_000
"""Prices of a bitcoin above it are taken for damaged and left out; it keeps every product within 64 bits."""

_DAY = 86_400_000_000
_MICRO = 1_000_000
_SECOND = 1_000_000

Whole = NDArray[np.int64]
Known = NDArray[np.bool_]

COIN_PRICES_TABLE = Table(
    "coin_prices",
    "what a bitcoin was worth at the time of one block in one currency",
    (
        Column("block_at", "timestamp", "the block's time", "UTC", False),
        Column("currency", "text", "ISO 4217", nullable=False),
        Column("low_minor", "int64", "least price of its span and those beside it", "minor unit of currency", False),
        Column("base_minor", "int64", "price of its span", "minor unit of currency", False),
        Column(
            "high_minor", "int64", "greatest price of its span and those beside it", "minor unit of currency", False
        ),
        Column("span_from_at", "timestamp", "first moment of the span", "UTC", False),
        Column("span_s", "int32", "length of the span", "s", False),
        Column("spans_beside", "int32", "how many of the two spans beside it have a price", "spans", False),
        Column("price_currency", "text", "currency of the price that was loaded", nullable=False),
        Column("price_minor", "int64", "that price", "minor unit of price_currency", False),
        Column("price_rule", "text", "which price of the span it is", nullable=False),
        Column("price_source", "text", "who says so", nullable=False),
        Column("rate_day_at", "timestamp", "day of the rate; empty where none was needed", "UTC"),
        Column("rate_from_micro", "int64", "units of price_currency for one euro", "millionths"),
        Column("rate_to_micro", "int64", "units of currency for one euro", "millionths"),
        Column("rate_source", "text", "who says so"),
    ),
)


@dataclass
class _Prices:
    """Prices of one currency at the times asked, where known."""

    currency: str
    known: Known
    low: Whole
    base: Whole
    high: Whole
    span_from: Whole
    span_s: Whole
    beside: Whole
    label: Whole
    """Place in the list of (rule, source)."""


@dataclass(frozen=True)
class _Rates:
    """A central bank's rates in force at the times asked, where known."""

    known: Known
    micro: Whole
    day: Whole
    source: NDArray[np.object_]


def _numbers(column: pa.ChunkedArray) -> Whole:
    return np.asarray(column.combine_chunks().cast(pa.int64()), dtype=np.int64)


def _texts(column: pa.ChunkedArray) -> NDArray[np.object_]:
    return np.asarray(column.to_pylist(), dtype=object)


class _Book:
    """The prices and rates that the case has loaded."""

    def __init__(self, prices: pa.Table, rates: pa.Table) -> None:
        self.at, self.span = _numbers(prices["from_at"]), _numbers(prices["span_s"])
        self.minor, self.currency = _numbers(prices["price_minor"]), _texts(prices["currency"])
        names = list(zip(_texts(prices["rule"]), _texts(prices["source"]), strict=True))
        self.labels: list[tuple[str, str]] = sorted(set(names))
        place = {name: i for i, name in enumerate(self.labels)}
        self.label = np.array([place[name] for name in names], dtype=np.int64)
        self.sane = (self.minor > 0) & (self.minor <= MOST_MINOR) & (self.span > 0)
        self.day, self.micro = _numbers(rates["day_at"]), _numbers(rates["rate_micro"])
        self.of, self.rate_source = _texts(rates["currency"]), _texts(rates["source"])

    def prices(self, currency: str, times: Whole) -> _Prices:
        """Find the price of each time, from the shortest span that has one."""
        empty = [np.zeros(len(times), np.int64) for _ in range(7)]
        found = _Prices(currency, np.zeros(len(times), np.bool_), *empty)
        rows = np.flatnonzero((self.currency == currency) & self.sane)
        for span, label in sorted({(int(self.span[r]), int(self.label[r])) for r in rows}):
            series = rows[(self.span[rows] == span) & (self.label[rows] == label)]
            series = series[np.lexsort((self.minor[series], self.at[series]))]
            first = np.r_[True, np.diff(self.at[series]) > 0]
            _take(found, times, self.at[series[first]], self.minor[series[first]], span, label)
        return found

    def rates(self, currency: str, times: Whole) -> _Rates:
        """Find the rate of each time's day, or of the last day before it."""
        if currency == "EUR":
            ones = np.full(len(times), _MICRO, np.int64)
            return _Rates(np.ones(len(times), np.bool_), ones, times // _DAY * _DAY, np.full(len(times), "", object))
        rows = np.flatnonzero((self.of == currency) & (self.micro > 0))
        named = np.argsort(np.argsort(self.rate_source[rows].astype(str), kind="stable"), kind="stable")
        rows = rows[np.lexsort((self.micro[rows], named, self.day[rows]))]
        if not len(rows):
            nothing = np.zeros(len(times), np.int64)
            return _Rates(np.zeros(len(times), np.bool_), nothing, nothing, np.full(len(times), "", object))
        rows = rows[np.r_[True, np.diff(self.day[rows]) > 0]]
        place = np.searchsorted(self.day[rows], times, side="right") - 1
        taken = rows[np.maximum(place, 0)]
        fresh = (place >= 0) & (times // _DAY * _DAY - self.day[taken] <= MOST_DAYS * _DAY)
        return _Rates(fresh, self.micro[taken], self.day[taken], self.rate_source[taken])


def _take(found: _Prices, times: Whole, at: Whole, minor: Whole, span: int, label: int) -> None:
    """Fill in, in place, what one series of prices knows and no series before it did."""
    place = np.maximum(np.searchsorted(at, times, side="right") - 1, 0)
    length = span * _SECOND
    held = ~found.known & (at[place] <= times) & (times < at[place] + length)
    before, after = np.maximum(place - 1, 0), np.minimum(place + 1, len(at) - 1)
    is_before = (place > 0) & (at[before] == at[place] - length)
    is_after = (place < len(at) - 1) & (at[after] == at[place] + length)
    base = minor[place]
    one, other = np.where(is_before, minor[before], base), np.where(is_after, minor[after], base)
    found.low = np.where(held, np.minimum(base, np.minimum(one, other)), found.low)
    found.high = np.where(held, np.maximum(base, np.maximum(one, other)), found.high)
    found.base = np.where(held, base, found.base)
    found.span_from = np.where(held, at[place], found.span_from)
    found.span_s = np.where(held, span, found.span_s)
    found.beside = np.where(held, is_before.astype(np.int64) + is_after.astype(np.int64), found.beside)
    found.label = np.where(held, label, found.label)
    found.known = found.known | held


def _converted(minor: Whole, source: _Rates, target: _Rates, given: str, wanted: str) -> tuple[Whole, Known]:
    """Return amounts in another currency, halves up, and where they are sane; whole numbers of any length in between."""
    digits = 10 ** minor_digits(wanted), 10 ** minor_digits(given)
    most = 2 * digits[0] * int(minor.max(initial=0)) * int(target.micro.max(initial=0))
    most += 2 * digits[1] * int(source.micro.max(initial=1))
    # Python's own numbers have any length, and take ten times as long.
    kind: type = np.int64 if most < 2**63 else object
    above = minor.astype(kind) * target.micro.astype(kind) * digits[0]
    below = np.maximum(source.micro, 1).astype(kind) * digits[1]
    values = (2 * above + below) // (2 * below)
    sane = (values > 0) & (values <= MOST_MINOR)
    return np.where(sane, values, 0).astype(np.int64), sane.astype(np.bool_)


def _rows(
    wanted: str, times: Whole, by: _Prices, book: _Book, legs: tuple[_Rates, _Rates] | None, keep: Known
) -> tuple[pa.Table, Whole]:
    """Return the rows of those times to be kept of which all is known, and which of the times they are."""
    ends = {"low_minor": by.low, "base_minor": by.base, "high_minor": by.high}
    if legs is not None:
        made = {name: _converted(end, *legs, by.currency, wanted) for name, end in ends.items()}
        ends, sane = {name: end for name, (end, _) in made.items()}, [sane for _, sane in made.values()]
        same = "EUR" in (by.currency, wanted) or (legs[0].day == legs[1].day)
        keep = keep & legs[0].known & legs[1].known & same & sane[0] & sane[1] & sane[2]
    keep = keep & by.known
    which = np.flatnonzero(keep)
    labels, empty = pa.array(by.label[which]), pa.nulls(len(which))
    rated = legs is not None and wanted != by.currency
    days = None if legs is None else (legs[1] if by.currency == "EUR" else legs[0])
    columns = {
        "block_at": times[which],
        "currency": pa.repeat(wanted, len(which)),
        **{name: end[which] for name, end in ends.items()},
        "span_from_at": by.span_from[which],
        "span_s": by.span_s[which],
        "spans_beside": by.beside[which],
        "price_currency": pa.repeat(by.currency, len(which)),
        "price_minor": by.base[which],
        "price_rule": pa.array([rule for rule, _ in book.labels], pa.string()).take(labels),
        "price_source": pa.array([source for _, source in book.labels], pa.string()).take(labels),
        "rate_day_at": days.day[which] if rated and days else empty,
        "rate_from_micro": legs[0].micro[which] if rated and legs else empty,
        "rate_to_micro": legs[1].micro[which] if rated and legs else empty,
        "rate_source": days.source[which] if rated and days else empty,
    }
    return pa.table(columns).cast(schema(COIN_PRICES_TABLE)), which


def _of_currency(times: Whole, wanted: str, book: _Book, through: Sequence[_Prices]) -> list[pa.Table]:
    direct = book.prices(wanted, times)
    made = [_rows(wanted, times, direct, book, None, np.ones(len(times), np.bool_))[0]]
    open_here = ~direct.known
    for leg in through:
        if leg.currency == wanted:
            continue
        legs = book.rates(leg.currency, times), book.rates(wanted, times)
        rows, which = _rows(wanted, times, leg, book, legs, open_here)
        made.append(rows)
        open_here[which] = False
    return made


def _run(inputs: Inputs) -> pa.Table:
    flows = [inputs.tables[name]["block_at"].combine_chunks() for name in ("shop_inflows", "shop_outflows")]
    at = pa.concat_arrays([f.cast(pa.timestamp("us")) for f in flows]).drop_null().cast(pa.int64())
    times = np.unique(np.asarray(at, dtype=np.int64))
    booked = inputs.tables["bookings"]["currency"].unique().to_pylist()
    book = _Book(inputs.tables["prices"], inputs.tables["rates"])
    through = [book.prices(currency, times) for currency in ("EUR", "USD")]
    wanted = sorted({*SHOWN, inputs.settings.currency, *booked})
    return pa.concat_tables([part for currency in wanted for part in _of_currency(times, currency, book, through)])


COIN_PRICES = Step(
    name=COIN_PRICES_TABLE.name,
    meaning="what a bitcoin was worth at the time of each block that the shop's money is in: low, base, high, and by what",
    reads=("shop_inflows", "shop_outflows", "bookings", "prices", "rates", "this_case"),
    gives=COIN_PRICES_TABLE,
    order_by=("block_at", "currency"),
    run=_run,
)

STEPS = (COIN_PRICES,)

__all__ = ["COIN_PRICES", "COIN_PRICES_TABLE", "MOST_DAYS", "MOST_MINOR", "SHOWN", "STEPS"]

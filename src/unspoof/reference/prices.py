"""What a bitcoin cost, and what a euro cost in other currencies: CSV files to dated rows; it values nothing.

No bitcoin price ships with unspoof: which price of which exchange stands for a day is a choice that a court asks about, and
it is the user's to make and to name. The European Central Bank's reference rates ship.
"""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

import pyarrow as pa

from unspoof.errors import BadReference
from unspoof.model.arrow import schema
from unspoof.model.currencies import minor_digits
from unspoof.model.reference_tables import PRICES, RATES
from unspoof.model.tables import Column
from unspoof.reference.csv_rows import Line, decode, parse_day, read_lines

COLUMNS: tuple[Column, ...] = (
    Column("from", "text", "first moment that the price stands for, UTC: 2021-03-01 or 2021-03-01T05:00", "UTC", False),
    Column("span_s", "text", "how long it stands for: 86400 or 3600; empty for a day", "s"),
    Column("currency", "text", "ISO 4217", nullable=False),
    Column("price", "text", "price of one bitcoin in that currency, with a point for decimals", nullable=False),
    Column("rule", "text", "which price of the span it is: first-minute, close, mean ...", nullable=False),
    Column("source", "text", "who says so: the exchange, the file and its day", nullable=False),
)
RATE_COLUMNS: tuple[Column, ...] = (
    Column("Date", "text", "the day", "UTC", False),
    Column(
        "USD", "text", "units of the currency for one euro; one column a currency; N/A or empty where there is none"
    ),
)
"""The form of the European Central Bank's file eurofxref-hist.csv."""
ECB = "European Central Bank, euro foreign exchange reference rates"
_SPANS = (86_400, 3_600)
_HOUR = re.compile(r"\A(\d{4}-\d{2}-\d{2})[T ](\d{2}):00(?::00)?Z?\Z", re.ASCII)
_CODE = re.compile(r"\A[A-Z]{3}\Z")
_MOST_PRICE = Decimal(10**12)


def load_prices(data: bytes, home: str) -> pa.Table:
    """Read prices of bitcoin.

    Args:
        data: a CSV file with the columns of COLUMNS.
        home: not used.

    Returns:
        rows of model/reference_tables.py PRICES by currency and time; prices of one currency never overlap.

    Raises:
        BadReference: a cell does not fit, or two prices of a currency stand for one moment; the message names the row.

    """
    rows = sorted(((line, _price(line)) for line in read_lines(data, COLUMNS)), key=lambda row: (row[1][2], row[1][0]))
    for (_, before), (line, row) in itertools.pairwise(rows):
        if before[2] == row[2] and before[0] + timedelta(seconds=before[1]) > row[0]:
            raise line.bad("from", f"two prices in {row[2]} stand for one moment")
    if not rows:
        raise BadReference("the file has no rows")
    columns = zip(*(row for _, row in rows), strict=True)
    return pa.table([list(column) for column in columns], schema=schema(PRICES))


def _price(line: Line) -> tuple[datetime, int, str, int, str, str]:
    cells = line.cells
    span = cells.get("span_s") or "86400"
    if span not in {str(known) for known in _SPANS}:
        raise line.bad("span_s", f"{span[:20]!r} is neither 86400 nor 3600")
    currency = cells["currency"].upper()
    if not _CODE.match(currency):
        raise line.bad("currency", f"{currency[:20]!r} is no code of a currency", "ISO 4217: GBP, USD, EUR ...")
    price = _decimal(cells["price"])
    if price is None or not 0 < price < _MOST_PRICE:
        raise line.bad("price", f"{cells['price'][:20]!r} is no price", "Write 27392.39, without thousands separators.")
    minor = int((price.scaleb(minor_digits(currency))).to_integral_value(ROUND_HALF_EVEN))
    return _moment(line, int(span)), int(span), currency, minor, cells["rule"], cells["source"]


def _decimal(text: str) -> Decimal | None:
    try:
        value = Decimal(text) if len(text) <= 30 and "_" not in text else None
    except InvalidOperation:
        return None
    return value if value is not None and value.is_finite() else None


def _moment(line: Line, span_s: int) -> datetime:
    text = line.cells["from"]
    hour = _HOUR.match(text)
    day = parse_day(hour[1] if hour else text)
    hours = int(hour[2]) if hour else 0
    if day is None or hours > 23 or (hours and span_s != 3_600):
        hint = "Write 2021-03-01 for a day and 2021-03-01T05:00 for an hour, both in UTC."
        raise line.bad("from", f"{text[:40]!r} is not the beginning of a span", hint)
    return day + timedelta(hours=hours)


def load_rates(data: bytes, home: str) -> pa.Table:
    """Read a central bank's rates of the euro, in the form of eurofxref-hist.csv.

    Args:
        data: a CSV file whose first column is Date and whose others are currencies.
        home: not used.

    Returns:
        rows of model/reference_tables.py RATES by currency and day.

    Raises:
        BadReference: a cell is no day or no rate, or a day stands twice; the message names the row.

    """
    rows = sorted(_rates(decode(data)))
    if not rows:
        raise BadReference("the file has no rows")
    for before, row in itertools.pairwise(rows):
        if before[:2] == row[:2]:
            raise BadReference(f"{row[1].date()} stands twice for {row[0]}")
    return pa.table(
        [[r[1] for r in rows], [r[0] for r in rows], [r[2] for r in rows], [ECB] * len(rows)], schema=schema(RATES)
    )


def _rates(text: str) -> Iterator[tuple[str, datetime, int]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] = []
    try:
        for number, cells in enumerate(reader, 1):
            if not header:
                header = _rate_header(cells)
                continue
            if not any(cells):
                continue
            day = parse_day(cells[0].strip())
            if day is None:
                raise BadReference(f"{cells[0][:40]!r} is no day", where=f"row {number}, column Date")
            for name, cell in zip(header[1:], cells[1:], strict=False):
                if not name or cell.strip() in ("", "N/A"):
                    continue
                rate = _decimal(cell.strip())
                if rate is None or not 0 < rate < _MOST_PRICE:
                    raise BadReference(f"{cell[:20]!r} is no rate", where=f"row {number}, column {name}")
                yield name, day, int(rate.scaleb(6).to_integral_value(ROUND_HALF_EVEN))
    except csv.Error as error:
        raise BadReference(f"not CSV: {error}") from None


def _rate_header(cells: list[str]) -> list[str]:
    header = [cell.strip() for cell in cells]
    if not header or header[0] != "Date" or not any(header[1:]) or not all(_CODE.match(n) for n in header[1:] if n):
        raise BadReference(
            "the first row is not Date and codes of currencies", where="row 1", hint="As eurofxref-hist.csv."
        )
    return header


__all__ = ["COLUMNS", "ECB", "RATE_COLUMNS", "load_prices", "load_rates"]

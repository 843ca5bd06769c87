"""Columns of amounts as people and programs write them to whole minor units, exactly; no rates and no float.

Which mark is the decimal mark is settled by these rules, in order:

    both marks          the later one is the decimal mark: 1,234.50 and 1.234,50
    one mark, repeated  it groups thousands: 1,234,567
    a lone comma        before exactly three digits it groups thousands (1,234), else it is the decimal mark (12,50)
    a lone point        it is the decimal mark (1234.5, 0.015), except before exactly three digits in an amount that
                        names its currency (1.234 EUR): there it groups thousands, and the row is marked as ambiguous

A system that knows its decimal mark states it, and no rule is needed. Decimals beyond the minor unit are rounded half
to even.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from unspoof.model.currencies import minor_digits

SYMBOLS: dict[str, str] = {
    "£": "GBP", "€": "EUR", "US$": "USD", "A$": "AUD", "AU$": "AUD", "C$": "CAD", "CA$": "CAD", "NZ$": "NZD",
    "HK$": "HKD", "S$": "SGD", "R$": "BRL", "$": "USD", "¥": "JPY", "₹": "INR", "₺": "TRY", "₽": "RUB", "₴": "UAH",
    "zł": "PLN", "₦": "NGN", "₪": "ILS", "₩": "KRW", "฿": "THB", "₫": "VND", "₱": "PHP", "₿": "BTC",
}  # fmt: skip
"""What a symbol means where nothing else says so; a bare $ is taken as US dollars."""

LARGEST = 10**17
"""Amounts of this many minor units or more are refused as damage: no sum of 90 of them leaves 64 bits unseen."""

_SPACES = "\u0020\u00a0\u2009\u202f\u2007\t"
_PLACES = 18
_PLAIN = r"^(?P<sign>-?)(?P<whole>[0-9]{1,15})(?:\.(?P<part>[0-9]{1,18}))?$"
_SYMBOL = "|".join(re.escape(symbol) for symbol in sorted(SYMBOLS, key=len, reverse=True))
_AMOUNT = re.compile(
    rf"(?P<open>\()?(?P<sign1>[-+\u2212])?(?P<before>{_SYMBOL}|[A-Za-z]{{3}})?[{_SPACES}]*(?P<sign2>[-+\u2212])?"
    rf"(?P<body>[0-9][0-9.,'\u2019{_SPACES}]*|[.,][0-9]+)(?P<power>[eE][-+]?[0-9]{{1,2}})?"
    rf"[{_SPACES}]*(?P<after>{_SYMBOL}|[A-Za-z]{{3}})?(?P<sign3>[-\u2212])?(?P<close>\))?"
)
_LONGEST = 64


@dataclass(frozen=True)
class Amount:
    """One amount as read from a text."""

    minor: int
    currency: str
    """The code that the text itself names; empty where it names none."""
    loose: bool
    """The currency was named by a bare $, which many currencies use."""
    ambiguous: bool
    """A rule decided which mark is the decimal one, and the other reading was as good."""


@dataclass(frozen=True)
class Amounts:
    """A column of amounts, row for row with its texts."""

    minor: NDArray[np.int64]
    known: NDArray[np.bool_]
    bad: NDArray[np.bool_]
    """There is a text and it is no amount, or it names another currency than the row's."""
    ambiguous: NDArray[np.bool_]


def read_amounts(text: pa.StringArray, currency: str, *, major: bool = True, decimal: str = "") -> Amounts:
    """Read a column of amounts of one currency as minor units.

    Args:
        text: one amount a row, without blanks around it; null and empty are no amount.
        currency: ISO 4217 code, decides the size of the minor unit; 'BTC' gives satoshi.
        major: the texts are in the major unit (pounds); False where they are minor units already.
        decimal: the decimal mark, '.' or ',', where it is known.

    Limits: plain decimals (-12.50) are read by Arrow at some millions a second, all other notations once for each
    distinct text in Python.

    """
    places = minor_digits(currency.upper()) if major else 0
    rows = len(text)
    out = Amounts(np.zeros(rows, dtype=np.int64), *(np.zeros(rows, dtype=np.bool_) for _ in range(3)))
    there = np.asarray(pc.fill_null(pc.greater(pc.binary_length(text), 0), False))
    split = pc.extract_regex(text, pattern=_PLAIN)
    plain = np.asarray(split.is_valid())
    if decimal == ",":
        plain = plain & ~np.asarray(pc.fill_null(pc.match_substring(text, "."), False))
    _read_plain(split, plain, places, out)
    _read_odd(text, there & ~plain, (currency, places, decimal), out)
    return out


def currency_of(text: str) -> str | None:
    """Return the code of the currency that a text names by code or symbol, e.g. 'EUR' for '1.234,50 €'; else None."""
    bare = text.strip(_SPACES)
    if re.fullmatch(r"[A-Za-z]{3}", bare):
        return bare.upper()
    if bare in SYMBOLS:
        return SYMBOLS[bare]
    matched = _AMOUNT.fullmatch(bare[:_LONGEST])
    if matched is None:
        return None
    named = matched["before"] or matched["after"]
    return SYMBOLS.get(named, named.upper()) if named else None


def read_amount(text: str, places: int = 2, decimal: str = "") -> Amount | None:
    """Read one amount; None if the text is none.

    Args:
        text: e.g. '£1,234.50', '1.234,50 €', '(12.00)', '-5', '1e-05'.
        places: digits of the minor unit.
        decimal: the decimal mark where it is known.

    """
    matched = _AMOUNT.fullmatch(text.strip(_SPACES)) if len(text) <= _LONGEST else None
    if matched is None or bool(matched["open"]) != bool(matched["close"]):
        return None
    named = [name for name in (matched["before"], matched["after"]) if name]
    signs = [sign for sign in (matched["sign1"], matched["sign2"], matched["sign3"]) if sign]
    if len(named) > 1 or len(signs) + bool(matched["open"]) > 1:
        return None
    split = _split(re.sub(rf"[{_SPACES}'\u2019]", " ", matched["body"].strip(_SPACES)), bool(named), places, decimal)
    if split is None:
        return None
    digits, ambiguous = split
    value = Decimal(digits + (matched["power"] or ""))
    minor = int(value.scaleb(places).quantize(Decimal(1), rounding=ROUND_HALF_EVEN)) if value < LARGEST else LARGEST
    if minor >= LARGEST:
        return None
    negative = bool(matched["open"]) or signs[:1] in (["-"], ["\u2212"])
    name = named[0] if named else ""
    return Amount(-minor if negative else minor, SYMBOLS.get(name, name.upper()), name == "$", ambiguous)


def _split(body: str, named: bool, places: int, decimal: str) -> tuple[str, bool] | None:
    """Return digits with a point for the decimal mark, and whether the mark is a matter of doubt."""
    mark, ambiguous = (decimal, False) if decimal else _decimal_mark(body, named, places)
    whole, _, part = body.rpartition(mark) if mark and mark in body else (body, "", "")
    if mark and mark in whole:
        return None
    groups = re.split(r"[.,' ]", whole)
    others = set(re.findall(r"[.,' ]", whole))
    if len(others) > 1 or (part and not part.isdigit()) or not _grouped(groups):
        return None
    digits = "".join(groups) or "0"
    return (f"{digits}.{part}" if part else digits), ambiguous


def _decimal_mark(body: str, named: bool, places: int) -> tuple[str, bool]:
    points, commas = body.count("."), body.count(",")
    if points and commas:
        return ("." if body.rindex(".") > body.rindex(",") else ","), False
    if points + commas != 1:
        return "", False
    mark = "." if points else ","
    before, _, after = body.partition(mark)
    could_group = len(after) == 3 and bool(re.fullmatch(r"[1-9][0-9]{0,2}", before)) and places != 3
    if not could_group or (mark == "." and not named):
        return mark, False
    return "", mark == "."


def _grouped(groups: Sequence[str]) -> bool:
    """Say whether the parts between marks are thousands (or lakhs: 12,34,567)."""
    if not all(group.isdigit() for group in groups if group) or (len(groups) > 1 and not all(groups)):
        return False
    return len(groups) == 1 or (
        len(groups[0]) <= 3 and len(groups[-1]) == 3 and all(len(group) in (2, 3) for group in groups[1:-1])
    )


def _read_plain(split: pa.StructArray, plain: NDArray[np.bool_], places: int, out: Amounts) -> None:
    rows = np.flatnonzero(plain)
    if not len(rows):
        return
    split = split.take(pa.array(rows))
    whole = pc.cast(split.field("whole"), pa.int64()).to_numpy(zero_copy_only=False)
    part = pc.cast(pc.utf8_rpad(split.field("part"), _PLACES, "0"), pa.int64()).to_numpy(zero_copy_only=False)
    unit = 10 ** (_PLACES - places)
    beyond = part % unit
    minor = np.where(whole < LARGEST // 10**places, whole, 0) * 10**places + part // unit
    minor += (beyond * 2 > unit) | ((beyond * 2 == unit) & (minor % 2 == 1))
    fits = whole < LARGEST // 10**places
    negative = np.asarray(pc.equal(split.field("sign"), "-"))
    out.minor[rows] = np.where(fits, np.where(negative, -minor, minor), 0)
    out.known[rows] = fits
    out.bad[rows] = ~fits


def _read_odd(text: pa.StringArray, odd: NDArray[np.bool_], how: tuple[str, int, str], out: Amounts) -> None:
    rows = np.flatnonzero(odd)
    if not len(rows):
        return
    currency, places, decimal = how
    distinct = text.take(pa.array(rows)).dictionary_encode()
    amounts = [read_amount(value, places, decimal) for value in distinct.dictionary.to_pylist()]
    good = np.array([amount is not None and _agrees(amount, currency) for amount in amounts], dtype=np.bool_)
    minor = np.array([amount.minor if amount else 0 for amount in amounts], dtype=np.int64)
    doubt = np.array([bool(amount and amount.ambiguous) for amount in amounts], dtype=np.bool_)
    index = distinct.indices.to_numpy(zero_copy_only=False)
    out.minor[rows] = np.where(good, minor, 0)[index]
    out.known[rows] = good[index]
    out.bad[rows] = ~good[index]
    out.ambiguous[rows] = (doubt & good)[index]


def _agrees(amount: Amount, currency: str) -> bool:
    return not amount.currency or not currency or amount.loose or amount.currency == currency.upper()


__all__ = [
    "LARGEST",
    "SYMBOLS",
    "Amount",
    "Amounts",
    "currency_of",
    "read_amount",
    "read_amounts",
]

"""What a victim remembers and writes: numbers with slips, times that are off, amounts and notations of many kinds.

It works on whole columns; every slip is drawn independently of what truly happened otherwise.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from unspoof.synth.places import DIAL_OUT, Country, free_digits

_EXACT, _SUBSTITUTED, _MISSING, _SWAPPED, _BLANK = 0.80, 0.85, 0.89, 0.93, 0.96
"""Running shares of the victim's number: right, one digit wrong, one missing, two swapped, blank; rest another."""

_MINUTES, _HOUR, _HOURS, _DATE = 0.45, 0.75, 0.87, 0.97
"""Running shares of the time: minutes off, most of an hour off, hours off, a date alone; the rest name a wrong day."""


def texts(values: np.ndarray) -> pa.StringArray:
    """Return whole numbers as text."""
    return pc.cast(pa.array(values), pa.string())


def join(*parts: pa.StringArray | str) -> pa.StringArray:
    """Join texts row by row."""
    return pc.binary_join_element_wise(*(pa.scalar(part) if isinstance(part, str) else part for part in parts), "")


def slip(
    national: np.ndarray, digits: int, free: np.ndarray, draw: np.ndarray, kind: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Spoil national numbers, without making them anybody's.

    Args:
        national: int64 without trunk prefix.
        digits: how many digits they have.
        free: int64, how many of the last digits may change, at least 2.
        draw: (2, n) of [0, 1): where, and by how much.
        kind: 0 none, 1 one digit replaced, 2 one left out, 3 two neighbours swapped.

    Returns:
        the spoilt numbers and their count of digits.

    """
    power = 10 ** (draw[0] * (free - 1)).astype(np.int64)
    here, left = national // power % 10, national // (power * 10) % 10
    replaced = national + ((here + 1 + (draw[1] * 9).astype(np.int64)) % 10 - here) * power
    missing = national // (power * 10) * power + national % power
    swapped = national + (here - left) * power * 10 + (left - here) * power
    spoilt = np.choose(kind, [national, replaced, missing, swapped])
    return spoilt, np.where(kind == 2, digits - 1, digits)


def written(national: np.ndarray, lengths: np.ndarray, country: Country, draw: np.ndarray) -> pa.StringArray:
    """Write national numbers as people do: mostly in the national form, some with spaces, +, 00 or without either."""
    digits = texts(national)
    bare = digits
    for length in np.unique(lengths).tolist():
        bare = pc.if_else(pa.array(lengths == length), pc.utf8_lpad(digits, length, "0"), bare)
    trunk, code = country.trunk, str(country.calling)
    spaced = pc.binary_join_element_wise(
        join(trunk, pc.utf8_slice_codeunits(bare, 0, 4)), pc.utf8_slice_codeunits(bare, 4), " "
    )
    forms = (
        join(trunk, bare),
        spaced,
        join("+", code, bare),
        join(DIAL_OUT.get(country.code, "00"), code, bare),
        join(code, bare),
    )
    which = np.searchsorted([0.5, 0.7, 0.9, 0.95], draw, side="right")
    return pc.choose(pa.array(which), *forms)


def phone(number: np.ndarray, country: Country, stream: np.random.Generator) -> pa.StringArray:
    """Write the number that was called as the victim gives it.

    Args:
        number: int64 E.164 digits of `country`.
        country: how its numbers are written.
        stream: random stream.

    Returns:
        texts, some with a slip, some blank, some another line of the victim's.

    """
    count = len(number)
    draw = stream.random((4, count))
    kind = np.searchsorted([_EXACT, _SUBSTITUTED, _MISSING, _SWAPPED], draw[0], side="right") % 4
    national = number % 10**country.digits
    free = free_digits(number, country)
    other = national // 10**free * 10**free + (draw[1] * 10**free).astype(np.int64)
    national = np.where(draw[0] >= _BLANK, other, national)
    spoilt, lengths = slip(national, country.digits, free, draw[1:3], kind)
    blank = (draw[0] >= _SWAPPED) & (draw[0] < _BLANK)
    return pc.if_else(pa.array(blank), "", written(spoilt, lengths, country, draw[3]))


def shown_number(
    number: np.ndarray, brand: pa.StringArray, country: Country, stream: np.random.Generator
) -> pa.StringArray:
    """Write the number shown as the victim remembers it: often blank, sometimes wrong, sometimes the brand's name."""
    count = len(number)
    draw = stream.random((4, count))
    wrong = (draw[0] >= 0.5) & (draw[0] < 0.6)
    national, free = number % 10**country.digits, free_digits(number, country)
    spoilt, lengths = slip(national, country.digits, free, draw[1:3], wrong.astype(np.int64))
    at_home = number // 10**country.digits == country.calling
    text = pc.if_else(pa.array(at_home), written(spoilt, lengths, country, draw[3]), join("+", texts(number)))
    text = pc.if_else(pa.array(number == 0), pc.if_else(pa.array(draw[1] < 0.3), "withheld", ""), text)
    text = pc.if_else(pa.array(draw[0] >= 0.6), "", text)
    return pc.if_else(pa.array((draw[0] >= 0.9) & (draw[1] < 0.9)), brand, text)


def when(at: np.ndarray, zone: str, stream: np.random.Generator, day: str) -> tuple[pa.StringArray, pa.StringArray]:
    """Write date and time of day of an incident in local time.

    Args:
        at: int64 epoch seconds of the truth.
        zone: IANA name.
        stream: random stream.
        day: strftime pattern of the date.

    Returns:
        dates, and times HH:MM, empty where the victim knows only the day.

    """
    draw, gauss = stream.random((2, len(at))), stream.standard_normal(len(at))
    kind = np.searchsorted([_MINUTES, _HOUR, _HOURS, _DATE], draw[0], side="right")
    days = np.where(draw[1] < 0.5, -1, 1) * (1 + (draw[1] * 4).astype(np.int64) % 2) * 86_400
    off = np.choose(kind, [gauss * 300, gauss * 2_400, (draw[1] - 0.5) * 28_800, np.zeros(len(at)), days])
    local = to_local(at + off.astype(np.int64), zone)
    clock = pc.if_else(pa.array(kind == 3), "", pc.strftime(local, "%H:%M"))
    return pc.strftime(local, day), clock


def to_local(at: np.ndarray, zone: str) -> pa.TimestampArray:
    """Return local wall-clock times (without a zone) of epoch seconds."""
    aware = pc.cast(pc.cast(pa.array(at), pa.timestamp("s")), pa.timestamp("s", "UTC"))
    return pc.local_timestamp(pc.cast(aware, pa.timestamp("s", zone)))


def grouped(whole: np.ndarray, mark: str) -> pa.StringArray:
    """Write whole numbers with a mark between thousands, up to 999,999,999."""
    last = pc.utf8_lpad(texts(whole % 1_000), 3, "0")
    middle = pc.utf8_lpad(texts(whole // 1_000 % 1_000), 3, "0")
    small, large = texts(whole % 1_000), texts(whole // 1_000 % 1_000)
    thousands = join(large, mark, last)
    millions = join(texts(whole // 1_000_000), mark, middle, mark, last)
    return pc.if_else(pa.array(whole < 1_000), small, pc.if_else(pa.array(whole < 1_000_000), thousands, millions))


def amount(minor: np.ndarray, sign: str, draw: np.ndarray) -> pa.StringArray:
    """Write amounts as people do: £1,234.50, 1234.50, £1,234 where there are no pence."""
    whole, pence = minor // 100, join(".", pc.utf8_lpad(texts(minor % 100), 2, "0"))
    full = join(sign, grouped(whole, ","), pence)
    short = join(sign, grouped(whole, ","), pc.if_else(pa.array(minor % 100 == 0), "", pence))
    plain = join(texts(whole), pence)
    return pc.choose(pa.array(np.searchsorted([0.6, 0.8], draw, side="right")), full, short, plain)


__all__ = ["amount", "grouped", "join", "phone", "shown_number", "slip", "texts", "to_local", "when", "written"]

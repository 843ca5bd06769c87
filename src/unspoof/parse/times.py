"""Columns of time texts to microseconds, strictly: no guess at a format, and no zone (that is parse/zones.py).

A format is a strptime pattern or one of

    iso          2022-03-01, 2022-03-01 14:05[:06[.123456]], T or a space between, Z or an offset honoured
    iso-offset   the same, but the offset must be there
    epoch        seconds since 1970 UTC, decimals allowed; other units by name (UNITS)

Patterns of fixed width (%Y-%m-%d %H:%M:%S) are read as bytes with NumPy, the others with Arrow's regular expressions;
nothing is called once per row.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from unspoof.parse.zones import FIRST_YEAR, LAST_YEAR, Mask, Micros

NAMED_FORMATS = ("epoch", "iso", "iso-offset")
UNITS: dict[str, int] = {"s": 1_000_000_000, "ms": 1_000_000, "us": 1_000, "ns": 1}
"""Nanoseconds in one unit of an epoch."""

_DIRECTIVES: dict[str, str] = {
    "Y": r"(?P<Y>\d{4})",
    "y": r"(?P<y>\d{2})",
    "m": r"(?P<m>\d{1,2})",
    "d": r"(?P<d>\d{1,2})",
    "H": r"(?P<H>\d{1,2})",
    "I": r"(?P<I>\d{1,2})",
    "M": r"(?P<M>\d{1,2})",
    "S": r"(?P<S>\d{1,2})",
    "f": r"(?P<f>\d{1,9})",
    "b": r"(?P<b>[A-Za-z]{3,9})",
    "B": r"(?P<b>[A-Za-z]{3,9})",
    "p": r"(?P<p>[AaPp])\.?[Mm]\.?",
    "z": r"(?P<z>Z|z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)",
    "a": r"[A-Za-z]{2,9}",
    "A": r"[A-Za-z]{2,9}",
}
_ISO = (
    r"^(?P<Y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})"
    r"(?:[T ](?P<H>\d{2}):(?P<M>\d{2})(?::(?P<S>\d{2})(?:[.,](?P<f>\d{1,9}))?)? ?"
    r"(?P<z>Z|z|UTC|[+-]\d{2}(?::?\d{2})?)?)?$"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FIXED_WIDTHS = {"Y": 4, "m": 2, "d": 2, "H": 2, "M": 2, "S": 2}
_NO_TIME = r"^0{2,4}[-/.]00[-/.]0{2,4}(?:[T ]00:00(?::00(?:\.0+)?)?)?$"
_EPOCH_TEXT = r"^(?P<whole>\d{1,19})(?:\.(?P<part>\d{1,9})\d*)?$"
_BLOCK = 1 << 16
_DAY = 86_400_000_000
_NONE, _NO_DIGITS = pa.scalar(0, pa.int32()), pa.scalar("0", pa.string())
"""Made once: Arrow looks for packages of dates each time that a Python value becomes a scalar of its own."""
_Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Moments:
    """A column of moments, row for row with the texts it was read from."""

    micros: Micros
    """Microseconds since 1970: UTC where `settled`, the wall clock's where not; 0 where not `known`."""
    known: Mask
    """A moment was read. Empty texts and 0000-00-00 are neither known nor bad."""
    bad: Mask
    """There is a text, but it fits no format, is impossible (31 February, 24:00) or lies outside 1970 to 2100."""
    settled: Mask
    """The text itself fixes the zone: an epoch, or a stated offset."""
    day_only: Mask
    """The text has a date and no time of day; the moment is its midnight."""


def check_format(name: str) -> str | None:
    """Return why `name` is no format for times, or None if it is one."""
    if name in NAMED_FORMATS:
        return None
    if "%" not in name:
        return f"neither a strptime pattern nor one of {', '.join(NAMED_FORMATS)}"
    letters = re.findall(r"%(.)", name.replace("%%", ""), flags=re.DOTALL)
    unknown = sorted({letter for letter in letters if letter not in _DIRECTIVES})
    if unknown or name.replace("%%", "").endswith("%"):
        return f"the pattern may use only %{' %'.join(sorted(_DIRECTIVES))}"
    if len(set(letters)) != len(letters):
        return "the pattern names the same part twice"
    if not ({"Y", "y"} & set(letters) and "d" in letters and {"m", "b", "B"} & set(letters)):
        return "the pattern must name a year, a month and a day"
    return None


def read_times(text: pa.StringArray, formats: Sequence[str], unit: str = "s") -> Moments:
    """Read a column of texts as moments; each row takes the first format that it fits.

    Args:
        text: one text a row, without blanks around it; null and empty are no moment.
        formats: see the module; each must have passed `check_format`.
        unit: of an epoch, one of UNITS.

    Limits: strptime patterns take fractions after a final %S although strptime would not; months in English only;
    a leap second (23:59:60) is refused; an epoch of 0 is no moment, as systems write it where there is none.

    """
    out = _blank(len(text))
    open_rows = np.flatnonzero(_lengths(text)[1])
    for name in formats:
        if not len(open_rows):
            break
        part = text if len(open_rows) == len(text) else text.take(pa.array(open_rows))
        read = _reader(name, unit)(part)
        done = read.known if read.known.all() else read.known.copy()
        rows = open_rows[done]
        for target, source in zip(_parts(out), _parts(read), strict=True):
            target[rows] = source[done]
        open_rows = open_rows[~done]
    if len(open_rows):
        empty = pc.match_substring_regex(text.take(pa.array(open_rows)), _NO_TIME).to_numpy(zero_copy_only=False)
        out.bad[open_rows[~empty.astype(np.bool_)]] = True
    return _in_range(out, text, formats)


def read_epochs(counted: pa.Int64Array, unit: str) -> Moments:
    """Read a column of numbers as epochs; the same as `read_times` of their digits.

    Args:
        counted: none negative; null is no moment.
        unit: one of UNITS.

    """
    whole = np.asarray(pc.fill_null(counted, 0))
    there = np.asarray(pc.is_valid(counted))
    micros, small = _epoch_micros(whole, UNITS[unit])
    known = there & small & (micros != 0)
    micros = np.where(known, micros, 0)
    bad = there & ~small
    low, high = _days(FIRST_YEAR, 1, 1) * _DAY, _days(LAST_YEAR + 1, 1, 1) * _DAY
    outside = known & ((micros < low) | (micros >= high))
    return Moments(np.where(outside, 0, micros), known & ~outside, bad | outside, there & small, np.zeros_like(there))


def _blank(rows: int) -> Moments:
    return Moments(np.zeros(rows, dtype=np.int64), *(np.zeros(rows, dtype=np.bool_) for _ in range(4)))


def _parts(moments: Moments) -> tuple[NDArray[np.generic], ...]:
    return moments.micros, moments.known, moments.settled, moments.day_only


def _in_range(out: Moments, text: pa.StringArray, formats: Sequence[str]) -> Moments:
    """Turn an epoch of 0 into no moment, and what lies outside the years that we accept into a bad one."""
    if "epoch" in formats:
        out.known[out.known & out.settled & (out.micros == 0)] = False
    low, high = _days(FIRST_YEAR, 1, 1) * _DAY, _days(LAST_YEAR + 1, 1, 1) * _DAY
    outside = out.known & ((out.micros < low) | (out.micros >= high))
    if outside.any():
        out.known[outside] = False
        out.bad[outside] = True
        out.micros[outside] = 0
    return out


def _days(year: int, month: int, day: int) -> int:
    one = _civil(np.array([year]), np.array([month]), np.array([day]))
    return int(one[0])


@lru_cache(maxsize=256)
def _reader(name: str, unit: str) -> Callable[[pa.StringArray], Moments]:
    if name == "epoch":
        return lambda text: _read_epoch(text, UNITS[unit])
    if name in ("iso", "iso-offset"):
        return lambda text: _read_iso(text, offset_needed=name == "iso-offset")
    plan = _fixed_plan(name)
    pattern = _regex(name)
    if plan is None:
        return lambda text: _read_regex(text, pattern)
    return lambda text: _two_steps(text, plan, pattern)


# -- texts of one width, as bytes ---------------------------------------------------------------------


@dataclass(frozen=True)
class _Plan:
    digits: tuple[tuple[str, tuple[int, ...]], ...]
    literals: tuple[tuple[int, int], ...]
    width: int
    fraction: str
    """'' none, 'may' after a final %S, 'must' where the pattern ends in %S.%f."""


def _fixed_plan(pattern: str) -> _Plan | None:
    fraction = "must" if pattern.endswith("%S.%f") else "may" if pattern.endswith("%S") else ""
    body = pattern[:-3] if fraction == "must" else pattern
    digits: list[tuple[str, tuple[int, ...]]] = []
    literals: list[tuple[int, int]] = []
    place = 0
    for letter, literal in re.findall(r"%(.)|([^%])", body, flags=re.DOTALL):
        if literal:
            if ord(literal) > 127:
                return None
            literals.append((place, ord(literal)))
            place += 1
        elif letter in _FIXED_WIDTHS:
            digits.append((letter, tuple(range(place, place + _FIXED_WIDTHS[letter]))))
            place += _FIXED_WIDTHS[letter]
        else:
            return None
    return _Plan(tuple(digits), tuple(literals), place, fraction)


def _two_steps(text: pa.StringArray, plan: _Plan, pattern: str) -> Moments:
    """Read by position; what does not fit (no leading zeros, say) is tried by regular expression."""
    out = _read_fixed(text, plan)
    rest = np.flatnonzero(~out.known)
    if len(rest):
        other = _read_regex(text.take(pa.array(rest)), pattern)
        for target, source in zip(_parts(out), _parts(other), strict=True):
            target[rest] = source
    return out


def _lengths(text: pa.StringArray) -> tuple[_Ints, _Ints, NDArray[np.uint8]]:
    """Return where each text starts, how long it is (0 for null), and all bytes."""
    _, offsets_buffer, data_buffer = text.buffers()
    if offsets_buffer is None or not len(text):
        empty = np.zeros(len(text), dtype=np.int64)
        return empty, empty, np.zeros(0, dtype=np.uint8)
    offsets = np.frombuffer(offsets_buffer, dtype=np.int32)[text.offset : text.offset + len(text) + 1].astype(np.int64)
    data = np.frombuffer(data_buffer, dtype=np.uint8) if data_buffer is not None else np.zeros(0, dtype=np.uint8)
    lengths = np.diff(offsets)
    if text.null_count:
        lengths[np.asarray(text.is_null())] = 0
    return offsets[:-1], lengths, data


def _read_fixed(text: pa.StringArray, plan: _Plan) -> Moments:
    out = _blank(len(text))
    starts, lengths, data = _lengths(text)
    fits = (lengths == plan.width) if plan.fraction != "must" else np.zeros(len(text), dtype=np.bool_)
    if plan.fraction:
        fits |= (lengths >= plan.width + 2) & (lengths <= plan.width + 10)
    rows = np.flatnonzero(fits)
    out.day_only[rows] = not any(letter == "H" for letter, _ in plan.digits)
    for first in range(0, len(rows), _BLOCK):
        block = rows[first : first + _BLOCK]
        micros, valid = _read_block(data, starts[block], lengths[block], plan)
        out.micros[block] = np.where(valid, micros, 0)
        out.known[block] = valid
    return out


def _read_block(data: NDArray[np.uint8], starts: _Ints, lengths: _Ints, plan: _Plan) -> tuple[_Ints, Mask]:
    valid = np.ones(len(starts), dtype=np.bool_)
    parts: dict[str, NDArray[np.int32]] = {}
    for letter, places in plan.digits:
        value = np.zeros(len(starts), dtype=np.int32)
        for place in places:
            digit = data[starts + place] - np.uint8(48)
            valid &= digit <= 9
            value *= 10
            value += digit
        parts[letter] = value
    for place, byte in plan.literals:
        valid &= data[starts + place] == byte
    micros, possible = _assemble(parts, len(starts))
    longer = np.flatnonzero(lengths > plan.width)
    if len(longer):
        part, fine = _fraction(data, starts[longer] + plan.width, lengths[longer] - plan.width)
        micros[longer] += part
        valid[longer] &= fine
    return micros, valid & possible


def _fraction(data: NDArray[np.uint8], starts: _Ints, lengths: _Ints) -> tuple[_Ints, Mask]:
    """Read '.123456'; digits after the sixth are cut off."""
    fine = data[starts] == ord(".")
    micros = np.zeros(len(starts), dtype=np.int64)
    for place in range(1, 10):
        there = lengths > place
        digit = np.where(there, data[np.where(there, starts + place, starts)], 48) - 48
        fine &= (digit >= 0) & (digit <= 9)
        if place <= 6:
            micros += digit.astype(np.int64) * 10 ** (6 - place)
    return micros, fine


# -- texts of any width, by regular expression --------------------------------------------------------


def _regex(pattern: str) -> str:
    body = ""
    for letter, literal in re.findall(r"%(.)|([^%])", pattern, flags=re.DOTALL):
        if literal:
            body += r"\s+" if literal == " " else re.escape(literal)
        else:
            body += "%" if letter == "%" else _DIRECTIVES[letter]
    if pattern.endswith("%S"):
        body += r"(?:\.(?P<f>\d{1,9}))?"
    return f"^{body}$"


def _read_iso(text: pa.StringArray, *, offset_needed: bool) -> Moments:
    if offset_needed:
        out = _read_regex(text, _ISO)
        out.known[~out.settled] = False
        return out
    plan = _fixed_plan("%Y-%m-%d %H:%M:%S")
    return _two_steps(text, plan, _ISO) if plan is not None else _read_regex(text, _ISO)


def _read_regex(text: pa.StringArray, pattern: str) -> Moments:
    out = _blank(len(text))
    matched = pc.extract_regex(text, pattern=pattern)
    rows = np.flatnonzero(np.asarray(matched.is_valid()))
    if not len(rows):
        return out
    groups = {field.name: matched.field(field.name).take(pa.array(rows)) for field in matched.type}
    parts = {name: _integers(values) for name, values in groups.items() if name in "YymdHIMS"}
    valid = np.ones(len(rows), dtype=np.bool_)
    if "y" in parts:
        parts["Y"] = np.where(parts["y"] < 69, 2000, 1900) + parts["y"]
    if "b" in groups:
        parts["m"], valid = _month_names(groups["b"])
    if "I" in parts:
        parts["H"], right = _twelve_hours(parts["I"], groups.get("p"))
        valid = valid & right
    micros, possible = _assemble(parts, len(rows))
    if "f" in groups:
        micros += _integers(pc.utf8_slice_codeunits(pc.utf8_rpad(groups["f"], 6, "0"), 0, 6)).astype(np.int64)
    if "z" in groups:
        shift, stated, right = _offsets(groups["z"])
        micros -= shift
        out.settled[rows] = stated
        valid = valid & right
    valid = valid & possible
    out.micros[rows] = np.where(valid, micros, 0)
    out.known[rows] = valid
    out.settled[rows] &= valid
    out.day_only[rows] = valid & _without_time(groups, len(rows))
    return out


def _integers(values: pa.StringArray) -> NDArray[np.int32]:
    """Return short digit texts as integers, 0 for an empty one."""
    filled = pc.if_else(pc.equal(pc.binary_length(values), _NONE), _NO_DIGITS, values)
    return np.asarray(pc.cast(filled, pa.int32()).to_numpy(zero_copy_only=False), dtype=np.int32)


def _without_time(groups: dict[str, pa.StringArray], rows: int) -> Mask:
    hour = groups.get("H", groups.get("I"))
    if hour is None:
        return np.ones(rows, dtype=np.bool_)
    return np.asarray(pc.equal(pc.binary_length(hour), 0))


def _month_names(names: pa.StringArray) -> tuple[NDArray[np.int32], Mask]:
    short = pc.utf8_slice_codeunits(pc.utf8_lower(names), 0, 3)
    found = pc.fill_null(pc.index_in(short, value_set=pa.array(_MONTHS)), -1).to_numpy(zero_copy_only=False)
    return found.astype(np.int32) + 1, found >= 0


def _twelve_hours(hour: NDArray[np.int32], half: pa.StringArray | None) -> tuple[NDArray[np.int32], Mask]:
    right = (hour >= 1) & (hour <= 12)
    base = hour % 12
    if half is None:
        return base, right
    after_noon = np.asarray(pc.equal(pc.utf8_lower(half), "p"))
    return base + np.where(after_noon, 12, 0).astype(np.int32), right


def _offsets(zones: pa.StringArray) -> tuple[_Ints, Mask, Mask]:
    """Return each stated offset in microseconds, whether one is stated, and whether it is possible."""
    stated = np.asarray(pc.greater(pc.binary_length(zones), 0))
    split = pc.extract_regex(zones, pattern=r"^(?P<s>[+-])(?P<h>\d{2}):?(?P<m>\d{2})?$")
    numeric = np.asarray(split.is_valid())
    hours, minutes, sign = (pc.fill_null(split.field(name), "0") for name in ("h", "m", "s"))
    size = _integers(hours).astype(np.int64) * 60 + _integers(minutes)
    possible = (size <= 14 * 60) & (_integers(minutes) < 60)
    signed = np.where(np.asarray(pc.equal(sign, "-")), -size, size)
    return np.where(numeric, signed, 0) * 60_000_000, stated, possible


# -- epochs and calendars -----------------------------------------------------------------------------


def _read_epoch(text: pa.StringArray, nanoseconds: int) -> Moments:
    out = _blank(len(text))
    matched = pc.extract_regex(text, pattern=_EPOCH_TEXT)
    rows = np.flatnonzero(np.asarray(matched.is_valid()))
    if not len(rows):
        return out
    index = pa.array(rows)
    whole = _long_integers(matched.field("whole").take(index))
    part = _long_integers(pc.utf8_rpad(matched.field("part").take(index), 9, "0"))
    micros, small = _epoch_micros(whole, nanoseconds)
    micros = micros + part * nanoseconds // 1_000_000_000_000
    out.micros[rows] = np.where(small, micros, 0)
    out.known[rows] = small
    out.settled[rows] = small
    return out


def _epoch_micros(whole: _Ints, nanoseconds: int) -> tuple[_Ints, Mask]:
    """Return whole units as microseconds, and which of them lie before the end of the years that are read."""
    scale = max(nanoseconds // 1000, 1)
    limit = _days(LAST_YEAR + 1, 1, 1) * _DAY // scale
    small = whole <= limit * (1000 if nanoseconds == 1 else 1)
    return whole // 1000 if nanoseconds == 1 else np.where(small, whole, 0) * scale, small


def _long_integers(values: pa.StringArray) -> _Ints:
    """Return digit texts of up to 19 places as integers; what does not fit an int64 becomes the largest one."""
    filled = pc.if_else(pc.equal(pc.binary_length(values), _NONE), _NO_DIGITS, values)
    unsigned = pc.cast(filled, pa.uint64()).to_numpy(zero_copy_only=False)
    return np.asarray(np.minimum(unsigned, np.uint64(2**63 - 1)), dtype=np.int64)


def _assemble(parts: dict[str, NDArray[np.int32]], rows: int) -> tuple[_Ints, Mask]:
    """Put year, month, day and time of day together; the mask says which are possible."""
    zero = np.zeros(rows, dtype=np.int32)
    year, month, day = parts["Y"], parts["m"], parts["d"]
    hour, minute, second = parts.get("H", zero), parts.get("M", zero), parts.get("S", zero)
    possible = (month >= 1) & (month <= 12) & (day >= 1) & (year >= 1)
    possible &= day <= _month_length(year, np.where(possible, month, 1))
    possible &= (hour < 24) & (minute < 60) & (second < 60)
    seconds = (hour * 60 + minute) * 60 + second
    return _civil(year, month, day) * _DAY + seconds.astype(np.int64) * 1_000_000, possible


_MONTH_LENGTHS = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], dtype=np.int32)


def _month_length(year: NDArray[np.int32], month: NDArray[np.int32]) -> NDArray[np.int32]:
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    return np.asarray(_MONTH_LENGTHS[month] + (leap & (month == 2)), dtype=np.int32)


def _civil(year: NDArray[np.int32], month: NDArray[np.int32], day: NDArray[np.int32]) -> _Ints:
    """Return days since 1970-01-01 in the Gregorian calendar (years from March, so that leap days come last)."""
    shifted = year - (month <= 2)
    era = shifted // 400
    of_era = shifted - era * 400
    of_year = (153 * (month + np.where(month > 2, -3, 9)) + 2) // 5 + day - 1
    days = era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468
    return np.asarray(days, dtype=np.int64)


__all__ = ["NAMED_FORMATS", "UNITS", "Moments", "check_format", "read_epochs", "read_times"]

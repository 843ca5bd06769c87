"""One column of the normal form from the cells of a batch: times, lengths, amounts, texts; rows are mapping.py's."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from unspoof.ingest.mapping_cells import Cells, Fault, Mask, joined
from unspoof.ingest.system import Spec
from unspoof.parse.countries import read_countries
from unspoof.parse.durations import read_lengths
from unspoof.parse.money import currency_of, read_amounts
from unspoof.parse.times import read_epochs, read_times
from unspoof.parse.zones import to_utc

DAY_ONLY = "date-only"
REPEATED = "time-repeated-hour"
SKIPPED = "time-skipped-hour"
AMBIGUOUS = "amount-ambiguous"

_TO_LAST = 86_399_999_999
"""From the first to the last microsecond of a day."""
_YES = ("1", "on", "t", "true", "y", "yes")
_NO = ("0", "f", "false", "n", "no", "off")
_SECOND = 1_000_000
_EMPTY, _NOTHING = pa.scalar("", pa.string()), pa.scalar(None, pa.string())
"""Made once: Arrow looks for packages of dates each time that a Python value becomes a scalar of its own."""


@dataclass
class Numbers:
    """A column of whole numbers (microseconds, minor units), with what is wrong or odd about it."""

    values: NDArray[np.int64]
    known: Mask
    faults: list[Fault] = field(default_factory=list)
    odd: dict[str, Mask] = field(default_factory=dict)

    def arrow(self, divide: int = 1) -> pa.Int64Array:
        """Return the column for a table, null where not known."""
        values = self.values // divide if divide != 1 else self.values
        return pa.array(values, pa.int64(), mask=~self.known)

    def mark(self, name: str, rows: Mask) -> None:
        """Note an oddity of some rows."""
        if rows.any():
            self.odd[name] = self.odd[name] | rows if name in self.odd else rows

    def fill_from(self, other: Numbers) -> None:
        """Take over what another way of filling the column knows and this one does not."""
        spoilt = np.zeros(len(self.known), dtype=np.bool_)
        for fault in self.faults:
            spoilt |= fault.rows
        take = other.known & ~self.known & ~spoilt
        self.values = np.where(take, other.values, self.values)
        left = ~self.known & ~spoilt
        self.faults.extend(Fault(f.rows & left, f.columns, f.reason) for f in other.faults if (f.rows & left).any())
        self.known = self.known | take
        for name, rows in other.odd.items():
            self.mark(name, rows & take)


@dataclass(frozen=True)
class Zones:
    """Where the zone of a local time comes from."""

    by_column: Mapping[str, str]
    """Source columns whose zone the container itself fixes."""
    default: str
    """The system's zone, else the exhibit's; may be empty."""

    def of(self, spec: Spec) -> str:
        """Return the zone of the local times that a way of filling a column reads; empty if nobody has stated one."""
        fixed = {self.by_column.get(column, "") for column in spec.columns}
        if len(fixed) == 1 and (zone := next(iter(fixed))):
            return zone
        return spec.zone or self.default


def nothing(rows: int) -> Numbers:
    """Return a column of numbers none of which is known."""
    return Numbers(np.zeros(rows, dtype=np.int64), np.zeros(rows, dtype=np.bool_))


def source_text(spec: Spec, cells: Cells, *, raw: bool = False) -> pa.StringArray:
    """Return the text that a way of filling a column starts from: columns joined, part taken, `when` heeded.

    Args:
        spec: the way.
        cells: of one batch.
        raw: keep blanks and empty texts as the source has them (presented numbers).

    """
    if spec.value is not None:
        text = pa.repeat(pa.scalar(spec.value, pa.string()), cells.rows)
    elif len(spec.columns) == 1:
        text = cells.raw(spec.columns[0]) if raw else cells.text(spec.columns[0])
    else:
        parts = [_emptied(cells.text(column)) for column in spec.columns]
        text = joined(parts, " ")
    if spec.pattern:
        text = pc.extract_regex(text, pattern=spec.pattern).field("found")
        text = pa.array(text) if not isinstance(text, pa.Array) else text
    if not raw:
        text = _emptied(text)
    if spec.when:
        text = pc.if_else(pa.array(cells.passes(spec.when)), text, pa.scalar(None, pa.string()))
    return _mapped(spec, text)


def _emptied(text: pa.StringArray) -> pa.StringArray:
    empty = pc.equal(text, _EMPTY)
    return pc.if_else(empty, _NOTHING, text) if pc.any(empty).as_py() else text


def _mapped(spec: Spec, text: pa.StringArray) -> pa.StringArray:
    if not spec.mapping and spec.default is None:
        return text
    keys = pa.array([key for key, _ in spec.mapping], pa.string())
    targets = pa.array([target for _, target in spec.mapping], pa.string())
    index = pc.index_in(pc.fill_null(text, ""), value_set=keys)
    unlisted = text
    if spec.default is not None:
        unlisted = pc.if_else(pc.is_null(text), text, pa.scalar(spec.default, pa.string()))
    return _emptied(pc.if_else(pc.is_valid(index), targets.take(index), unlisted))


def texts(spec: Spec, cells: Cells, *, raw: bool = False) -> pa.StringArray:
    """Fill a text column one way."""
    text = source_text(spec, cells, raw=raw)
    if spec.formats == ("country",):
        return read_countries(text)
    if spec.formats == ("currency",):
        return each_distinct(text, currency_of)
    if spec.formats == ("yesno",):
        return each_distinct(text, _yes_no)
    return text


def each_distinct(text: pa.StringArray, change: Callable[[str], str | None]) -> pa.StringArray:
    """Apply a function to each distinct text of a column; null stays null."""
    coded = text.dictionary_encode()
    return pa.array([change(value) for value in coded.dictionary.to_pylist()], pa.string()).take(coded.indices)


def _yes_no(text: str) -> str | None:
    folded = text.strip().lower()
    return "yes" if folded in _YES else "no" if folded in _NO else None


def moments(spec: Spec, cells: Cells, zones: Zones, *, end_of_day: bool = False) -> Numbers:
    """Fill a time one way, in microseconds of UTC.

    Args:
        spec: the way.
        cells: of one batch.
        zones: where local times get their zone.
        end_of_day: give the last microsecond of the day, not the first, for a date without a time.

    """
    counted = _plain_numbers(spec, cells) if spec.formats == ("epoch",) else None
    if counted is not None:
        read = read_epochs(counted, spec.unit)
    else:
        read = read_times(source_text(spec, cells), spec.formats, spec.unit)
    out = Numbers(read.micros, read.known)
    if read.bad.any():
        listed = " or ".join(spec.formats[:3]) + (" or another" if len(spec.formats) > 3 else "")
        out.faults.append(Fault(read.bad, spec.columns, f"not a moment of 1970 to 2100 in the format {listed}"))
    if read.day_only.any():
        out.mark(DAY_ONLY, read.day_only)
        if end_of_day:
            out.values = out.values + np.where(read.day_only, _TO_LAST, 0)
    _settle(out, read.known & ~read.settled, zones.of(spec), spec.columns)
    _shift(out, spec, cells)
    return out


def _settle(out: Numbers, local: Mask, zone: str, columns: tuple[str, ...]) -> None:
    if not local.any():
        return
    if not zone:
        out.faults.append(Fault(local, columns, "a local time, and no zone is stated for the exhibit"))
        out.known = out.known & ~local
        return
    utc = to_utc(out.values, zone)
    out.values = np.where(local, utc.micros, out.values)
    out.mark(REPEATED, local & utc.repeated)
    out.mark(SKIPPED, local & utc.skipped)


def _shift(out: Numbers, spec: Spec, cells: Cells) -> None:
    """Add or take off a column of seconds; without the seconds there is no moment."""
    for column, sign in ((spec.plus, 1), (spec.minus, -1)):
        if column:
            length = read_lengths(cells.text(column))
            if (wrong := length.bad & out.known).any():
                out.faults.append(Fault(wrong, (column,), "not a length of time in seconds"))
            out.known = out.known & length.known
            out.values = np.where(out.known, out.values + sign * length.micros, 0)


def lengths(spec: Spec, cells: Cells) -> Numbers:
    """Fill a length of time one way, in microseconds."""
    read = read_lengths(source_text(spec, cells), spec.unit)
    out = Numbers(read.micros, read.known)
    if read.bad.any():
        out.faults.append(Fault(read.bad, spec.columns, f"not a length of time in {spec.unit}"))
    return out


def amounts(spec: Spec, cells: Cells, currency: pa.StringArray, *, satoshi: bool = False) -> Numbers:
    """Fill an amount one way, in minor units of each row's currency (in satoshi for bitcoin columns)."""
    text = source_text(spec, cells)
    out = nothing(cells.rows)
    bad = np.zeros(cells.rows, dtype=np.bool_)
    coded = (pa.repeat(pa.scalar("BTC", pa.string()), cells.rows) if satoshi else currency).dictionary_encode()
    index = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    for number, code in enumerate(coded.dictionary.to_pylist()):
        rows = np.flatnonzero(index == number)
        part = text if len(rows) == cells.rows else text.take(pa.array(rows))
        read = read_amounts(part, code, major=spec.formats != ("minor",), decimal=spec.decimal)
        out.values[rows], out.known[rows], bad[rows] = read.minor, read.known, read.bad
        doubt = np.zeros(cells.rows, dtype=np.bool_)
        doubt[rows] = read.ambiguous
        out.mark(AMBIGUOUS, doubt)
    if bad.any():
        out.faults.append(Fault(bad, spec.columns, "not an amount of money, or one in another currency than the row's"))
    return out


def _plain_numbers(spec: Spec, cells: Cells) -> pa.Int64Array | None:
    """Return a column that holds numbers already, where the way of filling takes it as it is; None elsewhere."""
    plain = len(spec.columns) == 1 and spec.value is None and spec.default is None
    if not plain or spec.pattern or spec.when or spec.mapping:
        return None
    return cells.numbers(spec.columns[0])


_WHOLE = r"^-?[0-9]{1,18}$"
_LARGEST_WHOLE = 10**18 - 1


def wholes(spec: Spec, cells: Cells, most: int) -> Numbers:
    """Fill a column of plain whole numbers (a port, a status code) one way; beyond `most` either way is refused."""
    counted = _plain_numbers(spec, cells)
    if counted is not None and (pc.max(counted).as_py() or 0) <= min(most, _LARGEST_WHOLE):
        return Numbers(np.array(pc.fill_null(counted, 0)), np.array(pc.is_valid(counted)))
    text = source_text(spec, cells)
    fits = pc.fill_null(pc.match_substring_regex(text, _WHOLE), False)
    values = pc.fill_null(pc.cast(pc.if_else(fits, text, pa.scalar(None, pa.string())), pa.int64()), 0)
    out = Numbers(np.array(values), np.array(fits))
    bad = np.asarray(pc.is_valid(text)) & ~(out.known & (np.abs(out.values) <= most))
    if bad.any():
        out.faults.append(Fault(bad, spec.columns, "not a whole number that fits"))
        out.known = out.known & ~bad
    return out


def prints(spec: Spec, cells: Cells, key: bytes) -> pa.StringArray:
    """Replace secrets by the first 32 hex digits of their HMAC-SHA-256; the secret itself goes no further."""
    coded = cells.bytes(spec.columns[0]).dictionary_encode()
    hashed = [
        hmac.new(key, value, hashlib.sha256).hexdigest()[:32] if value else None
        for value in coded.dictionary.to_pylist()
    ]
    return pa.array(hashed, pa.string()).take(coded.indices)


def account_ids(service: str, refs: pa.StringArray) -> pa.Int64Array:
    """Return the id of each account: 53 bits of BLAKE2b over service, a zero byte and the service's own key."""
    coded = refs.dictionary_encode()
    ids = [account_id(service, ref) for ref in coded.dictionary.to_pylist()]
    return pa.array(ids, pa.int64()).take(coded.indices)


@lru_cache(maxsize=1 << 17)
def account_id(service: str, ref: str) -> int:
    """Return the id of one account of a service."""
    return int.from_bytes(hashlib.blake2b(f"{service}\0{ref}".encode(), digest_size=8).digest(), "big") >> 11


__all__ = [
    "AMBIGUOUS",
    "DAY_ONLY",
    "REPEATED",
    "SKIPPED",
    "Numbers",
    "Zones",
    "account_id",
    "account_ids",
    "amounts",
    "each_distinct",
    "lengths",
    "moments",
    "nothing",
    "prints",
    "source_text",
    "texts",
    "wholes",
]

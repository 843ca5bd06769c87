"""Phone numbers as sources write them to E.164 integers, country and kind; the text itself is never changed.

This module does not judge whether a number may be shown or was ever given out: it asks the numbering plan only. No text
is dropped: what is no number has a kind that says what it is.

How a text is read, the home country being that of the exhibit:

1. "+", or an international prefix of the home country ("00", in the United States "011"): international.
2. The home country's trunk prefix ("0" in Great Britain, none in Italy): national.
3. Neither: digits alone. They may be a national number or an international one without its plus.

Among the readings that a text allows, the one that the plan knows wins; then one whose length the plan allows. Where
two are equal, the order above decides; for digits alone see `HomePlan.bare_lengths`. A trunk zero kept behind the
country code ("+44 (0)20 ...", "4407700...") is left out unless the plan has numbers with it (Italy).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from unspoof.parse.digit_columns import MOST_DIGITS, POWERS, Digits, scan_digits
from unspoof.parse.number_plan import (
    KIND_INDEX,
    KINDS,
    LONGEST,
    Bools,
    CodePlan,
    HomePlan,
    Ints,
    Lookup,
    NumberRanges,
    Reading,
)
from unspoof.parse.number_text import plain_text

_SHORT, _INTERNATIONAL, _NONSENSE = (KIND_INDEX[kind] for kind in ("short", "international", "nonsense"))
SHORT_MOST = 5
"""Digits alone up to this many are a short code."""
BARE_LEAST = 8
"""Digits alone that are fewer than this are never taken for an international number."""


@lru_cache(maxsize=4)
def _plan_of(ranges: NumberRanges) -> Lookup:
    return Lookup(ranges)


def _leads(digits: Digits, prefix: str) -> Bools:
    """Say which rows begin with `prefix` and go on."""
    rest = digits.count - len(prefix)
    return np.asarray((rest > 0) & (digits.value // POWERS[np.maximum(rest, 0)] == int(prefix)), dtype=np.bool_)


def _behind(digits: Digits, prefix: str, rows: Ints) -> tuple[Ints, Ints]:
    rest = digits.count[rows] - len(prefix)
    return digits.value[rows] % POWERS[rest], rest


def _national(plan: Lookup, home: HomePlan, value: Ints, count: Ints) -> Reading:
    """Read digits as a national number of the home country, its trunk prefix left out."""
    size = np.minimum(count, LONGEST)
    made = plan.judge(home.code * POWERS[size] + value, np.where(count > LONGEST, 99, count + len(str(home.code))))
    unknown = made.tier > 0
    if home.trunk == "0":
        made.tier[unknown & (value < POWERS[np.maximum(size - 1, 0)])] = 3
    elif home.trunk:
        # A second trunk prefix behind the first is no national number of an impossible length; it is none at all.
        made.tier[(made.tier == 2) & (value // POWERS[np.maximum(size - len(home.trunk), 0)] == int(home.trunk))] = 3
    other_length = unknown & (made.tier == 1) & ~np.isin(count, home.lengths)
    made.tier[other_length], made.kind[other_length] = 2, _INTERNATIONAL
    return made


def _readings(plan: Lookup, home: HomePlan, digits: Digits) -> Iterator[tuple[Ints, Reading]]:
    """Give every reading of every row, better ones of equal tier first."""
    plus = digits.plus & (digits.value >= POWERS[np.maximum(digits.count - 1, 0)])
    rows = np.flatnonzero(plus)
    yield rows, plan.international(digits.value[rows], digits.count[rows])
    if len(rows) == len(plus):
        return
    for prefix in (*home.prefixes, *(() if "00" in home.prefixes else ("00",))):
        rows = np.flatnonzero(~plus & _leads(digits, prefix))
        value, count = _behind(digits, prefix, rows)
        abroad = plan.international(value, count)
        # As with a plus: so few digits behind an international prefix are a number only if the plan knows it.
        abroad.tier[(count <= SHORT_MOST) & (abroad.tier > 0)] = 3
        yield rows, abroad
    if home.trunk:
        rows = np.flatnonzero(~plus & _leads(digits, home.trunk))
        yield rows, _national(plan, home, *_behind(digits, home.trunk, rows))
    yield from _bare_readings(plan, home, digits, np.flatnonzero(~plus))


def _bare_readings(plan: Lookup, home: HomePlan, digits: Digits, rows: Ints) -> Iterator[tuple[Ints, Reading]]:
    value, count = digits.value[rows], digits.count[rows]
    national = _national(plan, home, value, count)
    # Digits of an impossible length are no national number: nothing in them says that they are one. Nor are a few
    # digits that the plan does not know, where people write a trunk prefix; they are the local part of a number.
    national.tier[(national.tier == 2) | (national.tier == 1) & (count < BARE_LEAST) & (home.trunk != "")] = 3
    if home.trunk not in {"", str(home.code)}:
        # Plans of open length (Germany's) know almost any long text.
        national.tier[(national.tier == 0) & (count > home.usual)] = 1
    international = plan.international(value, count)
    international.tier[count < BARE_LEAST] = 3
    home_first = np.isin(count, list(home.bare_lengths))
    first = Reading(*(column.copy() for column in national.columns()))
    first.take(~home_first, international)
    international.take(~home_first, national)
    yield rows, first
    yield rows, international


def _short(home: HomePlan, digits: Digits) -> Bools:
    found = (digits.count <= SHORT_MOST) & (digits.value > 0)
    for size, first, last in home.short:
        found |= ~digits.plus & (digits.count == size) & (digits.value >= first) & (digits.value <= last)
    return np.asarray(found, dtype=np.bool_)


def _classify(plan: Lookup, home: HomePlan, digits: Digits) -> Reading:
    """Read digits: the best reading of each row."""
    size = len(digits.count)
    best = Reading(
        np.zeros(size, np.int64),
        np.full(size, 3, np.int8),
        np.zeros(size, np.int16),
        np.full(size, _NONSENSE, np.int8),
    )
    for rows, reading in _readings(plan, home, digits):
        better = reading.tier < best.tier[rows]
        best.put(rows[better], reading.pick(np.flatnonzero(better)))
    # Written with a plus, a number of five digits is one if the plan knows it (Iran has some).
    short = _short(home, digits) & ((best.tier > 0) | (~digits.plus & (digits.count <= SHORT_MOST)))
    best.tier[short], best.kind[short] = 3, _SHORT
    best.kind[digits.count > MOST_DIGITS] = _NONSENSE
    return best


def _distinct(texts: pa.Array, plan: Lookup, home: HomePlan) -> pa.Table:
    """Normalise texts that hold no NULL."""
    digits = scan_digits(texts)
    stated = np.full(len(texts), -1, np.int8)
    odd = np.flatnonzero(~digits.ordinary)
    if len(odd):
        cleaned = [plain_text(text) for text in texts.take(pa.array(odd)).to_pylist()]
        stated[odd] = [KIND_INDEX[kind] if kind else -1 for _, kind in cleaned]
        again = scan_digits(pa.array([text for text, _ in cleaned], pa.string()))
        for mine, theirs in ((digits.value, again.value), (digits.count, again.count), (digits.plus, again.plus)):
            mine[odd] = theirs
    read = _classify(plan, home, digits)
    kind = np.where(stated >= 0, stated, read.kind)
    has = (read.tier < 3) & (stated < 0)
    regions = pa.DictionaryArray.from_arrays(pa.array(read.region, mask=~has), pa.array(plan.ranges.regions))
    kinds = pa.DictionaryArray.from_arrays(pa.array(kind), pa.array(KINDS))
    return pa.table({"e164": pa.array(read.value, mask=~has), "country": regions, "kind": kinds})


def normalise(raw: pa.Array, ranges: NumberRanges, home: str) -> pa.Table:
    """Read phone numbers as one exhibit writes them.

    Each distinct text is read once; texts of digits, blanks, dashes and brackets in NumPy (over a million a second and
    core), others one by one in Python (some hundred thousand a second).

    Args:
        raw: strings (an Array or ChunkedArray); NULL where the source has none.
        ranges: the numbering plan.
        home: ISO 3166 code of the country in whose way national numbers are written.

    Returns:
        One row per text, in its order: e164 (int64, digits without plus), country (string, ISO 3166, '001' for codes of
        no country), kind (string, one of KINDS); all NULL where the text is NULL.

    Raises:
        BadRequest: `home` is no country with a numbering plan.

    Limits: only the country's own literal trunk prefix is known (no carrier selection codes); extensions are left out.

    """
    plan, home_plan = _plan_of(ranges), ranges.home(home)
    if isinstance(raw, pa.ChunkedArray):
        raw = raw.combine_chunks()
    coded = pc.dictionary_encode(raw.cast(pa.string()))
    made = _distinct(coded.dictionary, plan, home_plan)
    columns = {name: made[name].combine_chunks().take(coded.indices) for name in made.column_names}
    return pa.table(
        {
            "e164": columns["e164"],
            "country": columns["country"].cast(pa.string()),
            "kind": columns["kind"].cast(pa.string()),
        }
    )


def short_codes(raw: pa.Array, kind: pa.Array) -> pa.Array:
    """Return the digits of short codes.

    Args:
        raw: strings as `normalise` takes them.
        kind: what `normalise` gave as their kinds.

    Returns:
        int64, one per text: 159 for '159' and '+159'; NULL where the kind is not short, or a zero comes first: '0159' is
        not 159.

    """
    if isinstance(raw, pa.ChunkedArray):
        raw = raw.combine_chunks()
    is_short = np.asarray(pc.fill_null(pc.equal(kind, "short"), False))
    value, fits = np.zeros(len(raw), np.int64), np.zeros(len(raw), np.bool_)
    rows = np.flatnonzero(is_short)
    if len(rows):
        coded = pc.dictionary_encode(raw.cast(pa.string()).take(pa.array(rows)))
        digits = scan_digits(coded.dictionary)
        odd = np.flatnonzero(~digits.ordinary)
        again = scan_digits(pa.array([plain_text(t)[0] for t in coded.dictionary.take(odd).to_pylist()], pa.string()))
        digits.value[odd], digits.count[odd] = again.value, again.count
        first = digits.value >= POWERS[np.maximum(digits.count - 1, 0)]
        value[rows], fits[rows] = digits.value[coded.indices], first[coded.indices]
    return pa.array(value, mask=~fits)


__all__ = [
    "BARE_LEAST",
    "KINDS",
    "LONGEST",
    "SHORT_MOST",
    "CodePlan",
    "HomePlan",
    "NumberRanges",
    "normalise",
    "short_codes",
]

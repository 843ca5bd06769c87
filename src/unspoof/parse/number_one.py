"""One phone number at a time to E.164, country and kind, for what must answer at once; columns go to parse/numbers.py.

The rules are those of parse/numbers.py and its tables are the same; a property test holds the two equal on any text.
What differs is the shape alone: a column costs some hundred microseconds however short it is, one number here about
three.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from unspoof.parse.digit_columns import LONGEST_ORDINARY, MOST_DIGITS
from unspoof.parse.number_plan import KIND_INDEX, KINDS, LONGEST, Lookup, NumberRanges
from unspoof.parse.number_text import plain_text
from unspoof.parse.numbers import BARE_LEAST, SHORT_MOST

_UNASSIGNED, _INTERNATIONAL, _NONSENSE = (KIND_INDEX[kind] for kind in ("unassigned", "international", "nonsense"))
_ORDINARY = re.compile(r"[ \-()/.]*\+?[ \-()/.0-9]*", re.ASCII)
_MARKS = str.maketrans("", "", " -()/.+")
_POWERS = tuple(10**n for n in range(MOST_DIGITS + 2))
_KEY = 10**16

_Read = tuple[int, int, int, int]
"""Value, tier, index of the region, index of the kind: see parse/number_plan.py Reading."""
_NOTHING: _Read = (0, 3, 0, _NONSENSE)


class OneNumber(NamedTuple):
    """What one text is."""

    e164: int | None
    """Digits without plus; None for short codes and what is no number."""
    country: str | None
    kind: str
    """One of parse/number_plan.py KINDS."""
    short: int | None
    """Digits of a short code; None where a zero comes first: '0159' is not 159."""


class NumberReader:
    """Reads the numbers of one home country.

    Args:
        ranges: the numbering plan.
        home: ISO 3166 code of the country in whose way national numbers are written.

    Raises:
        BadRequest: `home` is no country with a numbering plan.

    """

    def __init__(self, ranges: NumberRanges, home: str) -> None:
        plan = Lookup(ranges)
        self._home = ranges.home(home)
        self._regions = ranges.regions
        self._starts, self._ends = ranges.starts.tolist(), ranges.ends.tolist()
        self._region, self._kind = ranges.region.tolist(), ranges.kind.tolist()
        self._code_of_lead, self._lengths = plan.code_of_lead.tolist(), plan.lengths.tolist()
        self._main_region, self._code_digits = plan.region.tolist(), plan.code_digits.tolist()
        self._trunks = ("", *plan.trunks)
        self._trunk: list[str] = [self._trunks[number] for number in plan.trunk.tolist()]
        prefixes = self._home.prefixes
        self._prefixes = prefixes if "00" in prefixes else (*prefixes, "00")
        self._lengths_home = frozenset(self._home.lengths)
        self._code_size = len(str(self._home.code))

    def read(self, text: str | None) -> OneNumber:
        """Read one text as parse/numbers.py `normalise` reads it; no text is 'empty'."""
        if text is None:
            return OneNumber(None, None, "empty", None)
        stated = ""
        digits = self._ordinary(text)
        if digits is None:
            text, stated = plain_text(text)
            digits = self._ordinary(text) or ""
        if stated:
            return OneNumber(None, None, stated, None)
        plus = "+" in text and digits != ""
        if len(digits) > MOST_DIGITS or not digits:
            return OneNumber(None, None, "nonsense", None)
        value, tier, region, kind = self._best(int(digits), len(digits), plus, digits)
        if self._is_short(int(digits), len(digits), plus) and (tier > 0 or (not plus and len(digits) <= SHORT_MOST)):
            return OneNumber(None, None, "short", int(digits) if digits[0] != "0" else None)
        if tier == 3:
            return OneNumber(None, None, KINDS[kind], None)
        return OneNumber(value, self._regions[region], KINDS[kind], None)

    @staticmethod
    def _ordinary(text: str) -> str | None:
        """Return the digits of a text that holds little else; None if it needs a closer look."""
        if not 0 < len(text) <= LONGEST_ORDINARY or not _ORDINARY.fullmatch(text) or text.count(".") in {1, 3}:
            return None
        return text.translate(_MARKS) or None

    def _best(self, value: int, count: int, plus: bool, digits: str) -> _Read:
        best = _NOTHING
        for reading in self._readings(value, count, plus, digits):
            if reading[1] < best[1]:
                best = reading
                if best[1] == 0:
                    break
        return best

    def _readings(self, value: int, count: int, plus: bool, digits: str) -> Iterator[_Read]:
        if plus and digits[0] != "0":
            yield self._international(value, count)
            return
        for prefix in self._prefixes:
            if count > len(prefix) and digits.startswith(prefix):
                rest = count - len(prefix)
                made = self._international(value % _POWERS[rest], rest)
                yield _NOTHING if rest <= SHORT_MOST and made[1] > 0 else made
        trunk = self._home.trunk
        if trunk and count > len(trunk) and digits.startswith(trunk):
            rest = count - len(trunk)
            yield self._national(value % _POWERS[rest], rest)
        yield from self._bare(value, count)

    def _bare(self, value: int, count: int) -> Iterator[_Read]:
        """Give the readings of digits alone; the second is not worked out if the first is known to the plan."""
        home_first = count in self._home.bare_lengths
        if home_first:
            yield self._bare_national(value, count)
        if count >= BARE_LEAST:
            yield self._international(value, count)
        if not home_first:
            yield self._bare_national(value, count)

    def _bare_national(self, value: int, count: int) -> _Read:
        home = self._home
        made, tier, region, kind = self._national(value, count)
        if tier == 2 or (tier == 1 and count < BARE_LEAST and home.trunk != ""):
            tier = 3
        elif tier == 0 and count > home.usual and home.trunk not in {"", str(home.code)}:
            tier = 1
        return made, tier, region, kind

    def _national(self, value: int, count: int) -> _Read:
        home = self._home
        size = min(count, LONGEST)
        made, tier, region, kind = self._judge(
            home.code * _POWERS[size] + value, 99 if count > LONGEST else count + self._code_size
        )
        unknown = tier > 0
        if home.trunk == "0":
            if unknown and value < _POWERS[max(size - 1, 0)]:
                tier = 3
        elif home.trunk and tier == 2 and value // _POWERS[max(size - len(home.trunk), 0)] == int(home.trunk):
            tier = 3
        if unknown and tier == 1 and count not in self._lengths_home:
            tier, kind = 2, _INTERNATIONAL
        return made, tier, region, kind

    def _judge(self, value: int, count: int) -> _Read:
        """Look up digits that are written as E.164, as parse/number_plan.py Lookup.judge does."""
        if not 4 <= count <= LONGEST or not _POWERS[count - 1] <= value < _POWERS[count]:
            return _NOTHING
        code = self._code_of_lead[value // _POWERS[count - 3]]
        if not code:
            return _NOTHING
        left = count - self._code_digits[code]
        tier, kind, region = 2, _INTERNATIONAL, self._main_region[code]
        if self._lengths[code] >> left & 1:
            tier, kind = 1, _UNASSIGNED
        key = count * _KEY + value * _POWERS[LONGEST - count]
        at = bisect_right(self._starts, key) - 1
        if at >= 0 and key <= self._ends[at]:
            region, kind = self._region[at], self._kind[at]
            if kind != _UNASSIGNED:
                return value, 0, region, kind
        if tier == 1 and self._trunk[code] == "0" and value - code * _POWERS[left] < _POWERS[max(left - 1, 0)]:
            tier, kind = 2, _INTERNATIONAL
        return value, tier, region, kind

    def _international(self, value: int, count: int) -> _Read:
        best = self._judge(value, count)
        if not 0 < best[1] < 3:
            return best
        code = self._code_of_lead[value // _POWERS[count - 3]]
        trunk, left = self._trunk[code], count - self._code_digits[code]
        size = len(trunk)
        if not trunk or left <= size:
            return best
        rest, shorter = value - code * _POWERS[left], left - size
        if rest // _POWERS[shorter] != int(trunk):
            return best
        other = self._judge(code * _POWERS[shorter] + rest % _POWERS[shorter], count - size)
        return other if other[1] < best[1] else best

    def _is_short(self, value: int, count: int, plus: bool) -> bool:
        if count <= SHORT_MOST and value > 0:
            return True
        return not plus and any(count == size and first <= value <= last for size, first, last in self._home.short)


__all__ = ["NumberReader", "OneNumber"]

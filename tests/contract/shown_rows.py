"""Made-up shown numbers for the contract of rules: hard values in every field, and their rows as the batch form sees them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import cache
from random import Random

import pyarrow as pa

from unspoof.model.screening import RANGE_USES, NumberFacts, Shown
from unspoof.parse.numbers import KINDS
from unspoof.screen.limits import LIMIT_SETTINGS, Limits
from unspoof.screen.rule import SHOWN_COLUMNS
from unspoof.screen.rules import RULES

TABLE_DAY = datetime(2023, 3, 1)  # noqa: DTZ001  times are UTC without zone
_DAYS = [datetime(d.year, d.month, d.day) for rule in RULES for d in (rule.valid_from, rule.valid_to) if d]  # noqa: DTZ001
_DAYS += [TABLE_DAY, TABLE_DAY - timedelta(days=1096), TABLE_DAY + timedelta(days=366)]
_TICK = timedelta(microseconds=1)
MOMENTS = sorted({m for day in _DAYS for m in (day - _TICK, day, day + _TICK, day + timedelta(days=1))})
MOMENTS += [datetime(1969, 12, 31, 23, 59, 59, 999_999), datetime(2021, 11, 1, 9), datetime(9999, 12, 31)]  # noqa: DTZ001
_NUMBERS = (
    447700900123, 447700900199, 447700910123, 442079460123, 441632960001, 441481000000, 441534000000, 441624999999,
    44163296000, 447000000000, 447650000000, 12025550101, 12025550199, 31200000000, 33100000000, 447100000000,
    447599999999, 447600000000, 449999999999, 450000000000, 439999999999, 44, 999_999_999_999_999,
)  # fmt: skip
_RAW = (
    "",
    "07700 900123",
    "159",
    "+159",
    " +4420",
    "\n+159",
    "1" * 15,
    "1" * 16,
    "+" + "1" * 16,
    "1" * 16 + "\n",
    "1" * 16 + "x",
    "１" * 16,
)
_BRANDS = ("Northgate Bank", "Revenue Office")


def _facts(pick: Random) -> NumberFacts:
    return NumberFacts(
        e164=pick.choice((None, *_NUMBERS)),
        country=pick.choice((None, "GB", "GB", "US", "JE", "FR")),
        kind=pick.choice(KINDS),
        short=pick.choice((None, 159)),
        allocated=pick.choice((None, True, False)),
        block_date=pick.choice((None, TABLE_DAY, TABLE_DAY)),
        range_use=pick.choice((None, None, *RANGE_USES)),
        dno_owner=pick.choice((None, "Northgate Bank")),
        brand=pick.choice((None, *_BRANDS)),
    )


def some_shown(pick: Random) -> Shown:
    """Draw one shown number."""
    return Shown(
        facts=_facts(pick),
        at=pick.choice((None, *MOMENTS)),
        home=pick.choice((None, "GB", "GB", "US", "NL")),
        presented_raw=pick.choice((None, *_RAW)),
        asserted_e164=pick.choice((None, *_NUMBERS)),
        called_e164=pick.choice((None, *_NUMBERS)),
        from_abroad=pick.choice((None, True, True, False)),
        roaming=pick.choice((None, True, False)),
        source=pick.choice((None, "trunk-7")),
        source_brand=pick.choice((None, *_BRANDS)),
        brand_sourced=pick.choice((True, False)),
        source_brands=pick.randrange(5),
        callback=pick.choice((True, False)),
    )


def some_limits(pick: Random) -> Limits:
    """Draw settings."""
    return Limits(
        uk_mobile_check_from=pick.choice((0, 20250129, 20230515)),
        unallocated_before_days=pick.choice((0, 1, 1096)),
        unallocated_after_days=pick.choice((0, 1, 366)),
        source_brands_many=pick.choice((2, 3)),
    )


@cache
def some_cases(seed: int, count: int = 400) -> list[tuple[Shown, Limits]]:
    """Draw shown numbers with settings; the same seed gives the same."""
    pick = Random(seed)
    return [(some_shown(pick), some_limits(pick)) for _ in range(count)]


_TYPES = {
    "call_at": pa.timestamp("us"),
    "block_date": pa.timestamp("us"),
    **dict.fromkeys(("allocated", "from_abroad", "roaming", "brand_sourced", "callback"), pa.bool_()),
    **dict.fromkeys(("call_id", "e164", "short", "asserted_e164", "called_e164", "source_brands"), pa.int64()),
    **dict.fromkeys(LIMIT_SETTINGS, pa.int64()),
}


def rows(given: Sequence[tuple[Shown, Limits]]) -> pa.Table:
    """Return shown numbers as rows of SHOWN_COLUMNS; call_id is their place."""
    made = []
    for place, (one, weighed) in enumerate(given):
        sources = (weighed, one, one.facts)
        held = {n: next((getattr(s, n) for s in sources if hasattr(s, n)), None) for n in SHOWN_COLUMNS}
        made.append({**held, "call_id": place, "call_at": one.at})
    schema = pa.schema([(name, _TYPES.get(name, pa.string())) for name in SHOWN_COLUMNS])
    return pa.Table.from_pylist(made, schema=schema)


def on(day: str) -> datetime:
    """Return noon of a day."""
    return datetime.combine(date.fromisoformat(day), datetime.min.time()) + timedelta(hours=12)


__all__ = ["MOMENTS", "TABLE_DAY", "on", "rows", "some_cases", "some_limits", "some_shown"]

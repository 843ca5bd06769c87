"""Made-up cases over which every step must give the same rows on every engine: a seizure, a dense one, a hostile one.

The hostile one holds what engines are known to read differently: capitals beyond ASCII, blanks that are not spaces,
times beside midnight, on a leap day and before 1970, empty and missing texts, the greatest numbers, ties everywhere.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "link"))  # the dense case stands beside the unit tests
sys.path.insert(0, str(Path(__file__).parents[1] / "case"))

from link_cases import legs_of_calls, reported_calls, shared_accounts
from made_up_case import work

from unspoof.case.session import REFERENCE_TABLES
from unspoof.config import CaseSettings, load_case_settings
from unspoof.engine import Engine
from unspoof.model.arrow import schema
from unspoof.model.reference_tables import BRANDS
from unspoof.model.tables import ACCOUNTS, CALLS, LOGINS, NORMAL_FORM, PAYMENTS, REPORTS, SIGNALS, Column, Table


@dataclass(frozen=True)
class World:
    """The Parquet files of one made-up case, by table."""

    name: str
    files: Mapping[str, Sequence[Path]]
    settings: CaseSettings

    def show(self, engine: Engine) -> None:
        """Put the tables in view."""
        engine.view_settings(self.settings)
        for table in NORMAL_FORM:
            engine.view_files(table, self.files.get(table.name, ()), "exhibit")
        for table in REFERENCE_TABLES:
            engine.view_files(table, self.files.get(table.name, ()))


def _settings(text: str = "") -> CaseSettings:
    facts = '[case]\nreference = "R 1"\nhome = "GB"\ncurrency = "GBP"\n[settings]\n'
    return load_case_settings(facts + text, environment={})


def _written(folder: Path, tables: Mapping[str, Sequence[pa.Table]]) -> dict[str, list[Path]]:
    """Write each table's exhibits as a case keeps them; return the files."""
    files: dict[str, list[Path]] = {}
    for name, exhibits in tables.items():
        for number, rows in enumerate(exhibits, 1):
            inner = folder / name / ("" if name in {table.name for table in REFERENCE_TABLES} else f"exhibit={number}")
            inner.mkdir(parents=True, exist_ok=True)
            pq.write_table(rows, inner / "part-0.parquet")
            files.setdefault(name, []).append(inner / "part-0.parquet")
    return files


def seizure(folder: Path) -> World:
    """A made-up seizure of 5,000 calls, read as a user would."""
    case = work(folder, 5_000, 11).case
    held = sorted(case.vault.files("tables/")), sorted(case.vault.files("reference/"))
    files: dict[str, list[Path]] = {}
    for path in held[0]:
        files.setdefault(path.split("/")[1], []).append(case.folder / path)
    for path in held[1]:
        if path.endswith(".parquet"):
            files.setdefault(path.split("/")[1].rsplit("-", 1)[0], []).append(case.folder / path)
    return World("seizure", files, case.settings)


def _brands(rows: Sequence[tuple[int, int, str, str | None, datetime | None, datetime | None]]) -> pa.Table:
    names = ("number_from", "number_to", "brand", "sector", "valid_from", "valid_to")
    listed = [{**dict(zip(names, row, strict=True)), "source": "made up"} for row in rows]
    return pa.Table.from_pylist(listed, schema=schema(BRANDS))


def _in_shifts(calls: pa.Table) -> pa.Table:
    """Let each account call in one of three shifts of the day, as people who work for one room do."""
    random = np.random.default_rng(3)
    shift = calls["account_id"].to_numpy() % 3 * 8
    seconds = random.integers(0, 60, len(shift)) * 86_400 + (shift + random.integers(0, 8, len(shift))) * 3600
    began = np.datetime64("2021-10-01T00:00:00", "us") + seconds.astype("timedelta64[s]")
    return calls.set_column(calls.schema.get_field_index("at"), "at", pa.array(began, pa.timestamp("us")))


def dense(folder: Path) -> World:
    """A thousand accounts of people who share things, reports of their calls, and a second exhibit that repeats rows."""
    held, _ = shared_accounts(accounts=1_000, calls=20_000)
    calls, reports, _ = reported_calls(calls=5_000, reports=120)
    legs, signals = legs_of_calls()
    held["calls_once"] = _in_shifts(held["calls_once"])
    more = calls.set_column(0, calls.schema.field(0), pa.array(np.arange(5_000) + 1_000_000))
    again = more.slice(0, 40).set_column(0, more.schema.field(0), pa.array(np.arange(40) + 2_000_000))
    shown = sorted(set(more["presented_e164"].to_pylist()))
    november = datetime.fromisoformat("2021-11-01")
    brands = [(n, n, f"Bank {i % 7}", "bank" if i % 3 else None, None, None) for i, n in enumerate(shown[:40])]
    brands += [
        (shown[0], shown[3], "Revenue Office", "tax", november, None),
        (shown[1], shown[1], "Bank 1", "bank", None, november),
    ]
    tables = {
        "accounts": [held["accounts_once"]],
        "logins": [held["logins_once"]],
        "calls": [pa.concat_tables([held["calls_once"], more, legs]), again],
        "signals": [signals],
        "reports": [reports],
        "brands": [_brands(brands)],
    }
    return World("dense", _written(folder, tables), _settings("account_min_score_ppm = 800"))


_TEXTS = (
    None,
    "",
    " ",
    "a",
    "A",
    "Straße",
    "STRASSE",
    "İstanbul",
    "istanbul",
    "ΟΔΟΣ",
    "οδος",
    "οδοσ",
    "É",
    "é",
    "Ǆ",
    "ß",
    "ẞ",
)
_TEXTS += (
    "J\rane Do",
    "J\u2028ane Do",
    "a\n",
    "a\u00a0",
    "\u00a0a",
    " a ",
    "\ta",
    "O'Brien",
    'say "so"',
    "back\\slash",
    "50%",
    "a_b",
    "a;b",
    "none",
    "🙂",
    "K",
)
_TEXTS += ("Northgate Bank", "northgate bank", " NORTHGATE BANK ", "unknown", "n/a", "123", "0", "123\n", "１２３")
_TIMES = (
    "2021-10-04 23:59:59.900000",
    "2021-10-05 00:00:00.100000",
    "2021-10-05 00:00:00",
    "2020-02-29 12:00:00.000001",
)
_TIMES += (
    "1969-12-31 23:59:59.999999",
    "1969-12-31 00:00:00",
    "2021-03-28 01:30:00",
    "2021-10-31 01:30:00",
    "2021-10-04 09:00:00",
)
_TIMES += (
    "2021-10-04 09:00:00.000001",
    "2021-10-04 10:00:00",
    "2021-10-06 12:00:00",
    "2021-11-01 00:00:00",
    "1999-12-31 23:00:00",
)
_NUMBERS = (
    *(447700900000 + i for i in range(12)),
    12025550100,
    12025550101,
    999_999_999_999_999,
    44,
    7700900001,
    441632960000,
)
_COUNTS = (None, 0, 1, 59, 60, 61, 600, -5, 86_400, 10_000_000_000)
_POOLS: Mapping[str, Sequence[Any]] = {
    "country": ("GB", "US", None, "gb"),
    "outcome": ("answered", "no-answer", "busy", "failed", "cancelled", "unknown"),
    "status": ("completed", "pending", "failed", "refunded", "unknown"),
    "currency": ("GBP", "EUR", None),
    "amount_minor": (None, 0, 1, -5, 10_000, 10_001, 4_000_000_000_000),
    "loss_gross_minor": (None, 0, 1, -5, 9_999, 10_000, 4_000_000_000_000),
}


def _pool(column: Column) -> Sequence[Any]:
    for end, pool in _POOLS.items():
        if column.name.endswith(end) and (column.type == "text" or not any(isinstance(one, str) for one in pool)):
            return pool
    if column.name.endswith("e164"):
        return (None, *_NUMBERS)
    if column.name == "account_id":
        return (*range(1, 25), None) if column.nullable else range(1, 25)
    kinds = {
        "text": _TEXTS,
        "timestamp": (None, *map(datetime.fromisoformat, _TIMES)),
        "bool": (True, False),
        "int32": _COUNTS[:-1],
    }
    return kinds.get(column.type, _COUNTS)


def _hostile(table: Table, rows: int, seed: int, first: int) -> pa.Table:
    """Return rows whose values are drawn from pools of hard ones; the table's own key alone is unique."""
    random = np.random.default_rng(seed)
    arrays = []
    for place, column in enumerate(table.columns):
        pool = [value for value in _pool(column) if value is not None or column.nullable]
        drawn = [pool[i] for i in random.integers(0, len(pool), rows)]
        if place == 0 and table is not ACCOUNTS:
            drawn = list(range(first, first + rows))
        if column.name == "locator":
            drawn = list(range(rows))
        arrays.append(pa.array(drawn, schema(table).field(place).type))
    return pa.Table.from_arrays(arrays, schema=schema(table))


def hostile(folder: Path) -> World:
    """Values that engines read differently, in every column, in two exhibits; some rows stand in both."""
    tables = {}
    for table, rows in ((CALLS, 1_500), (ACCOUNTS, 40), (LOGINS, 400), (PAYMENTS, 300), (REPORTS, 120), (SIGNALS, 300)):
        one, other = _hostile(table, rows, 1, 1), _hostile(table, rows, 2, 1_000_000)
        again = one.slice(0, rows // 10)
        if table is not ACCOUNTS:
            again = again.set_column(0, one.schema.field(0), pa.array(np.arange(rows // 10) + 2_000_000))
        tables[table.name] = [one, pa.concat_tables([other, again])]
    moments = [datetime.fromisoformat(text) for text in _TIMES]
    brands = [(n, n, _TEXTS[5 + i % 20] or "x", _TEXTS[i % len(_TEXTS)], None, None) for i, n in enumerate(_NUMBERS)]
    brands += [(_NUMBERS[i], _NUMBERS[i + 1], "Northgate Bank", "bank", moments[3], moments[i]) for i in (0, 2, 7)]
    tables["brands"] = [_brands(brands)]
    stated = "link_min_score_ppm = 1000\naccount_min_score_ppm = 1000\nsuspect_min_spend_minor = 1\nsuspect_home_only = false"
    return World("hostile", _written(folder, tables), _settings(stated))


WORLDS = (seizure, dense, hostile)

__all__ = ["WORLDS", "World"]

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
sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "trace"))
sys.path.insert(0, str(Path(__file__).parents[1] / "case"))

from books_cases import HOUR, NOON, books_chain, books_tables
from chain_cases import hard_tables
from link_cases import legs_of_calls, reported_calls, shared_accounts
from made_up_case import work

from unspoof.case.session import REFERENCE_TABLES
from unspoof.config import CaseSettings, load_case_settings
from unspoof.engine import Engine
from unspoof.model.arrow import schema
from unspoof.model.coin_tables import INVOICES, RECEIVERS, SCRIPT_TYPES, TRANSACTIONS
from unspoof.model.reference_tables import ACTORS, BRANDS, DNO, NUMBER_BLOCKS, NUMBER_USES, PRICES, RATES, TAGS
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
        **_money(),
    }
    return World(
        "dense", _written(folder, tables), _settings("account_min_score_ppm = 800\nwallet_change_layer = true")
    )


def _paid_round() -> pa.Table:
    """Return the books' chain, and a payment of the shop that comes round to it by two wallets used once."""
    chain = books_chain()
    chain.add("out", [("never booked", 0)], [("used once", 499_000)], NOON + 18 * HOUR)
    chain.add("round", [("out", 0)], [("used once too", 498_000)], NOON + 19 * HOUR)
    chain.add("back", [("round", 0)], [("fixed", 497_000)], NOON + 20 * HOUR)
    return chain.table()


def _money() -> dict[str, list[pa.Table]]:
    """A small shop's books and the chain behind them, and another chain with all that is hard about one."""
    books, hard = {**books_tables(), "transactions": _paid_round()}, hard_tables()
    tables = {
        name: [rows.drop_columns([c for c in ("exhibit",) if c in rows.column_names])] for name, rows in books.items()
    }
    shift = 10**7
    for name in ("transactions", "payments"):
        for place, rows in enumerate(hard[name], 1):
            ids = pa.array(rows.column(0).to_numpy() + place * shift)
            tables[name].append(rows.set_column(0, rows.schema.field(0), ids))
    tables["tags"] = [pa.concat_tables([*tables["tags"], *hard["tags"]])]
    actor = {
        "actor": "some exchange",
        "label": "Some Exchange",
        "legal_name": "Some Exchange Ltd",
        "jurisdictions": "GB;SC",
    }
    actor |= {"categories": "exchange", "uri": "example.org", "pack": "made up", "source": "made up"}
    tables["actors"] = [pa.Table.from_pylist([actor], schema=schema(ACTORS))]
    return tables


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
_TXIDS = tuple(f"{n:064x}" for n in range(1, 9))
_POOLS: Mapping[str, Sequence[Any]] = {
    "txid": (*_TXIDS, *_TXIDS, None, "", "É"),
    "side": ("input", "output"),
    "place": (None, 0, 0, 1, 1, 2),
    "script_type": (None, *SCRIPT_TYPES),
    "address": (None, "", "a", "A", "É", "é", "K", "back\\slash", "O'Brien", "a;b"),
    "address_text": (None, "BTC=>É|LTC=>a", "a", "BTC=>A", "|=>|"),
    "value_sat": (None, 0, 1, 546, 999, 10_000, 20_001, 2_100_000_000_000_000, 2**62, -5),
    "height": (None, 0, 1, 700_000, 2**31 - 1),
    "proof": ("", "block", "branch", None),
    "_kind": ("fixed", "mobile", "short", "unassigned", "international", "nonsense", "premium", None, "Mobile"),
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


def _facts(moments: Sequence[datetime]) -> dict[str, Sequence[pa.Table]]:
    """Number blocks, uses and do-not-originate entries that begin and end at hard moments, before 1970 among them."""
    blocks = [
        {"number_from": n - n % 10, "number_to": n - n % 10 + 9, "country": "GB", "operator": _TEXTS[5 + i % 9],
         "allocated": i % 3 > 0, "source": "made up", "block_date": moments[6]}
        for i, n in enumerate(_NUMBERS[:10:9])
    ]  # fmt: skip
    uses = [
        {"number_from": n, "number_to": n, "is_short": n < 1000, "country": "GB", "use": use, "source": "made up",
         "valid_from": since, "valid_to": until}
        for n, use, since, until in (
            (_NUMBERS[3], "drama", None, None), (_NUMBERS[4], "premium", moments[4], moments[0]),
            (_NUMBERS[5], "closed", None, moments[4]), (123, "never-calls", moments[3], None),
        )
    ]  # fmt: skip
    listed = [
        {"number_from": n, "number_to": n, "owner": _TEXTS[7 + i], "source": "made up", "valid_from": moments[i]}
        for i, n in enumerate(_NUMBERS[6:9])
    ]
    return {
        name: [pa.Table.from_pylist(rows, schema=schema(table))]
        for name, table, rows in (
            ("number_blocks", NUMBER_BLOCKS, blocks), ("number_uses", NUMBER_USES, uses), ("dno", DNO, listed)
        )
    }  # fmt: skip


def _money_facts(moments: Sequence[datetime]) -> dict[str, Sequence[pa.Table]]:
    """Tags of every level, prices and rates at hard moments."""
    tags = [
        {"address": address, "label": text, "service": text, "category": ("exchange", "user", None)[i % 3],
         "confidence": "unknown", "level": (5, 20, 50, 100)[i % 4], "is_cluster_definer": i % 2 == 0, "is_own": i % 5 == 0,
         "pack": "made up", "source": text}
        for i, (address, text) in enumerate(zip(("a", "A", "É", "é", "K", "a;b"), _TEXTS[5:11], strict=True))
    ]  # fmt: skip
    days = sorted({moment.replace(hour=0, minute=0, second=0, microsecond=0) for moment in moments})
    prices = [
        {
            "from_at": day,
            "span_s": 86_400,
            "currency": "EUR",
            "price_minor": 10_000 * (i + 1),
            "rule": "close",
            "source": "É",
        }
        for i, day in enumerate(days)
    ]
    rates = [
        {"day_at": day, "currency": code, "rate_micro": 850_000 + i, "source": "made up"}
        for i, day in enumerate(days[::2])
        for code in ("GBP", "USD")
    ]
    return {
        name: [pa.Table.from_pylist(rows, schema=schema(table))]
        for name, table, rows in (("tags", TAGS, tags), ("prices", PRICES, prices), ("rates", RATES, rates))
    }


def hostile(folder: Path) -> World:
    """Values that engines read differently, in every column, in two exhibits; some rows stand in both."""
    tables = {}
    counts = {CALLS: 1_500, ACCOUNTS: 40, LOGINS: 400, PAYMENTS: 300, REPORTS: 120, SIGNALS: 300}
    for table, rows in (counts | {TRANSACTIONS: 120, INVOICES: 60, RECEIVERS: 8}).items():
        one, other = _hostile(table, rows, 1, 1), _hostile(table, rows, 2, 1_000_000)
        again = one.slice(0, rows // 10)
        if table is not ACCOUNTS:
            again = again.set_column(0, one.schema.field(0), pa.array(np.arange(rows // 10) + 2_000_000))
        tables[table.name] = [one, pa.concat_tables([other, again])]
    moments = [datetime.fromisoformat(text) for text in _TIMES]
    brands = [(n, n, _TEXTS[5 + i % 20] or "x", _TEXTS[i % len(_TEXTS)], None, None) for i, n in enumerate(_NUMBERS)]
    brands += [(_NUMBERS[i], _NUMBERS[i + 1], "Northgate Bank", "bank", moments[3], moments[i]) for i in (0, 2, 7)]
    tables["brands"] = [_brands(brands)]
    tables |= _facts(moments) | _money_facts(moments)
    stated = "link_min_score_ppm = 1000\naccount_min_score_ppm = 1000\nsuspect_min_spend_minor = 1\nsuspect_home_only = false"
    stated += '\nsource_brands_many = 2\nuk_mobile_check_from = 20200229\nabroad_trunks = "a; É;none"'
    stated += '\nbrand_sources = "unknown=Northgate Bank; ß=STRASSE"\ncallback_window_s = 7776000'
    return World("hostile", _written(folder, tables), _settings(stated))


WORLDS = (seizure, dense, hostile)

__all__ = ["WORLDS", "World"]

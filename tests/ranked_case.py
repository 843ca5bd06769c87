"""A made-up case as the rankings and figures meet it: the normal form and the links, from a seed; nothing is read.

Numbers are of Ofcom's drama ranges (07700 900xxx) and of the fictional US range 555-01xx.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from unspoof.config import CaseSettings, load_case_settings
from unspoof.engine import DuckEngine, Step
from unspoof.model.arrow import schema
from unspoof.trace.coins import COIN_TXS
from unspoof.trace.money_parts import CURRENCIES, ENDS, MONEY_PARTS
from unspoof.trace.reconciliation import RECONCILIATION
from unspoof.trace.shop_addresses import SHOP_ADDRESSES

START = np.datetime64("2021-10-04T07:00:00", "us")
BRANDS = ("Northgate Bank", "Southgate Bank", "Revenue Office")
_OUTCOMES = np.array(["answered", "no-answer", "busy", "failed", "cancelled", "unknown"])


def settings(extra: str = "") -> CaseSettings:
    """Settings of a GB case in pounds; `extra` is TOML for [settings]."""
    text = f'[case]\nreference = "OP TEST"\nhome = "GB"\ncurrency = "GBP"\n[settings]\n{extra}'
    return load_case_settings(text, environment={})


def _text(values: np.ndarray, missing: np.ndarray | None = None) -> pa.Array:
    return pa.array(values.astype(object), pa.string(), mask=missing)


def calls(random: np.random.Generator, count: int, accounts: int, numbers: int) -> pa.Table:
    """Calls of a few busy and many quiet accounts, some without time, number or account."""
    account = np.minimum(random.zipf(1.5, count), accounts).astype(np.int64)
    index = random.integers(0, numbers, count)
    home = index % 3 != 0
    e164 = np.where(home, 447700900000 + index % 1000, 12025550100 + index % 100)
    if numbers > 1000:  # beyond the drama ranges, at run time only, clearly unassignable: country code 999
        home, e164 = index % 3 == 0, 999_000_000_000 + index
    talk = np.minimum(random.lognormal(3.4, 1.03, count), 20_000).astype(np.int64)
    outcome = np.where(random.random(count) < 0.4, 0, random.integers(1, 6, count))
    duration = np.where(outcome == 0, talk, 0)
    at = START + random.integers(0, 300 * 86_400, count).astype("timedelta64[s]")
    country = np.where(home, "GB", "US")
    return pa.table(
        {
            "call_id": np.arange(count, dtype=np.int64) + 2**40,
            "account_id": pa.array(account, mask=random.random(count) < 0.01),
            "presented_e164": 441632960000 + random.integers(0, 40, count),
            "called_e164": pa.array(e164, mask=random.random(count) < 0.01),
            "called_country": _text(country, random.random(count) < 0.01),
            "at": pa.array(at, pa.timestamp("us"), mask=random.random(count) < 0.01),
            "duration_s": pa.array(duration, mask=random.random(count) < 0.01),
            "outcome": _text(_OUTCOMES[outcome]),
        }
    )


def _brands() -> Mapping[str, pa.Table]:
    middle = np.datetime64("2022-03-01T00:00:00", "us")
    number = [441632960000 + n for n in range(25)] + [441632960003, 441632960004]
    brand = [BRANDS[n % 3] for n in range(25)] + [BRANDS[1], BRANDS[0]]
    spans = {
        "brand": brand,
        "sector": ["tax" if b == BRANDS[2] else "bank" for b in brand],
        "source": ["made up"] * 27,
        "valid_from": pa.array([None] * 20 + [middle] * 7, pa.timestamp("us")),
        "valid_to": pa.array([None] * 15 + [middle] * 5 + [None] * 7, pa.timestamp("us")),
    }
    directory = {"number_from": number, "number_to": number, **spans}
    return {"presented_brands": pa.table({"presented_e164": number, **spans}), "brands": pa.table(directory)}


def _people(random: np.random.Generator, accounts: int) -> Mapping[str, pa.Table]:
    ids = np.arange(1, accounts + 1, dtype=np.int64)
    first = ids - (ids % 10 == 0)  # every tenth account is of the one before it
    suspect = np.char.add("S", first.astype(str))
    country = np.array(["GB", "gb", "US", "", "Atlantis"])[random.integers(0, 5, accounts)]
    phone = np.array(["GB", "FR"])[random.integers(0, 2, accounts)]
    created = START + random.integers(0, 86_400 * 200, accounts).astype("timedelta64[s]")
    table = pa.table(
        {
            "account_id": ids,
            "account_ref": _text(ids.astype(str)),
            "username": _text(np.char.add("user", ids.astype(str))),
            "country": _text(country, random.random(accounts) < 0.1),
            "phone_country": _text(phone, random.random(accounts) < 0.5),
            "created_at": pa.array(created, pa.timestamp("us")),
            "last_seen_at": pa.array([None] * accounts, pa.timestamp("us")),
        }
    )
    sizes = np.where((ids % 10 == 0) | (ids % 10 == 9), 2, 1)
    return {
        "accounts_once": table,
        "crews": pa.table({"suspect_id": _text(suspect), "account_id": ids, "members": sizes}),
    }


def _payments(random: np.random.Generator, accounts: int) -> pa.Table:
    count = accounts // 2
    at = START + random.integers(0, 300 * 86_400, count).astype("timedelta64[s]")
    return pa.table(
        {
            "payment_id": np.arange(count, dtype=np.int64) + 2 * 2**40,
            "account_id": random.integers(1, accounts + 3, count),  # two accounts are known from payments alone
            "at": pa.array(at, pa.timestamp("us")),
            "amount_minor": random.choice([-500, 0, 5_000, 15_000, 500_000], count),
            "currency": _text(
                np.array(["GBP", "EUR"])[random.integers(0, 12, count) // 11], random.random(count) < 0.1
            ),
            "status": _text(np.array(["completed", "pending"])[random.integers(0, 6, count) // 5]),
        }
    )


def _reports(random: np.random.Generator, table: pa.Table, count: int) -> Mapping[str, pa.Table]:
    long = np.flatnonzero(table["duration_s"].fill_null(0).to_numpy() > 60)
    call = random.choice(long, count) if count else np.array([], dtype=np.int64)
    ids = np.arange(count, dtype=np.int64) + 3 * 2**40
    event = np.where(np.arange(count) % 7 == 1, ids - 1, ids)
    linked = random.random(count) < 0.8
    loss = random.lognormal(7.5, 1.8, count).astype(np.int64) * 100
    at = table["at"].to_numpy(zero_copy_only=False)[call] + np.timedelta64(3, "D")
    brand = np.array([*BRANDS, "northgate bank ", "Some Shop", " "])[random.integers(0, 6, count)]
    links = {
        "report_id": ids[linked],
        "call_id": table["call_id"].to_numpy()[call][linked],
        "account_id": table["account_id"].take(pa.array(call[linked])),
        "score_ppm": random.integers(500_000, 1_000_001, int(linked.sum())),
    }
    return {
        "reports_once": pa.table(
            {
                "report_id": ids,
                "reported_at": pa.array(at, pa.timestamp("us")),
                "brand_stated": _text(brand, random.random(count) < 0.1),
                "loss_gross_minor": pa.array(loss, mask=random.random(count) < 0.1),
                "currency": _text(np.array(["GBP", "EUR"])[random.integers(0, 15, count) // 14]),
            }
        ),
        "report_events": pa.table({"report_id": ids, "event_id": event, "counted": event == ids}),
        "report_call_links": pa.table(links),
    }


def _screened(calls: pa.Table) -> Mapping[str, pa.Table]:
    """Findings on the numbers that calls showed, as screening leaves them, with their counts."""
    kinds = [("false", "set-apart"), ("doubtful", "malformed"), ("plausible", "like-called;called-back")]
    ids = calls["call_id"].take(pa.array(range(0, len(calls), 2)))
    which = [kinds[place % 3] for place in range(len(ids))]
    rows = pa.table(
        {
            "call_id": ids,
            "verdict": _text(np.array([k[0] for k in which])),
            "rules": _text(np.array([k[1] for k in which])),
        }
    )
    counted = rows.group_by(["verdict", "rules"]).aggregate([("call_id", "count")])
    return {"screened_calls": rows, "screened_kinds": counted.rename_columns(["verdict", "rules", "calls"])}


def _signed(calls: pa.Table) -> pa.Table:
    """What became of the signatures of every fifth call, as screening leaves it."""
    ids = calls["call_id"].take(pa.array(range(0, len(calls), 5)))
    verdicts = np.array(["verified", "failed", "unverifiable"])[np.arange(len(ids)) % 3]
    faults = {"verified": None, "failed": "stale", "unverifiable": "untrusted"}
    return pa.table(
        {
            "call_id": ids,
            "verdict": _text(verdicts),
            "fault": pa.array([faults[v] for v in verdicts], pa.string()),
            "attestation": pa.array(["A"] * len(ids), pa.string()),
            "signals": pa.array(np.ones(len(ids), np.int64)),
        }
    )


def _money(payments: pa.Table) -> Mapping[str, pa.Table]:
    """What the chain shows of the payments, as tracing leaves it: most matched, some internal, unvalued, or never booked."""
    parts, judged = [], []
    for place, row in enumerate(payments.to_pylist()):
        at, kind = row["at"], "internal" if place % 9 == 8 else "external"
        value = {f"{c}_{e}_minor": None if place % 7 == 6 else 100 * place + 10 * n
                 for c in CURRENCIES for n, e in enumerate(ENDS)}  # fmt: skip
        known = {"txid": f"{place:064x}", "place": 0, "block_at": at, "near_midnight": place % 5 == 0, **value}
        booked = row["payment_id"] if place % 4 else None
        part = {"tx": place, "part_id": 5 * 2**40 + place, "payment_id": booked, "address": f"place{place % 3}"}
        is_income = kind == "external"
        parts.append({**known, **part, "kind": kind, "share_sat": 1000 + place, "is_income": is_income})
        verdict = "internal" if not is_income else "matched" if booked else "chain-only"
        because = {"because": "made up", "key": "txid" if booked else "", "checked": "none", "outputs": 1}
        judged.append({**known, **because, "payment_id": booked, "verdict": verdict, "chain_sat": 1000 + place,
                       "is_income": is_income})  # fmt: skip
        if not booked:
            lost = {
                "payment_id": row["payment_id"],
                "verdict": "table-only",
                "is_income": False,
                "near_midnight": False,
            }
            judged.append({**because, **lost, "outputs": 0})
    places = [{"address": f"place{n}", "basis": "stated", "class": ("ledger fact", "co-spend")[n % 2],
               "is_kept_by_service": False, "because": "made up"} for n in range(3)]  # fmt: skip
    txs = [{"tx": p["tx"], "txid": p["txid"], "block_at": p["block_at"], "inputs": 1, "outputs": 1} for p in parts]
    made = {MONEY_PARTS.gives: parts, RECONCILIATION.gives: judged, SHOP_ADDRESSES.gives: places}
    return {
        "coin_txs": pa.Table.from_pylist(txs, schema=schema(COIN_TXS)),
        **{table.name: pa.Table.from_pylist(held, schema=schema(table)) for table, held in made.items()},
    }


def tables(
    count: int = 3000, accounts: int = 80, numbers: int = 900, reports: int = 60, seed: int = 7
) -> dict[str, pa.Table]:
    """Every table that the rankings and figures read, by its name; the same seed gives the same rows."""
    random = np.random.default_rng(seed)
    made = calls(random, count, accounts, numbers)
    duplicates = {
        "table": ["calls", "calls", "payments", "reports"],
        "id": [2**40 + count, 2**40 + count + 1, 2**41 + 10**6, 3 * 2**40 + 10**6],
        "same_as": [2**40, 2**40, 2**41, 3 * 2**40],
    }
    paid = _payments(random, accounts)
    return {
        "calls_once": made,
        "duplicates": pa.table(duplicates),
        "payments_once": paid,
        **_money(paid),
        "logins_once": pa.table({"login_id": [1, 2], "at": pa.array([START, START], pa.timestamp("us"))}),
        **_people(random, accounts),
        **_brands(),
        **_screened(made),
        "signed_calls": _signed(made),
        **_reports(random, made, reports),
    }


def permuted(given: Mapping[str, pa.Table], seed: int) -> dict[str, pa.Table]:
    """The same rows in another order."""
    random = np.random.default_rng(seed)
    return {name: table.take(pa.array(random.permutation(table.num_rows))) for name, table in given.items()}


def empty(given: Mapping[str, pa.Table]) -> dict[str, pa.Table]:
    """The same tables without rows."""
    return {name: table.slice(0, 0) for name, table in given.items()}


def rows(**given: list[dict]) -> dict[str, pa.Table]:
    """Every table, empty but for the rows given by table name; columns not given are NULL."""
    bare = empty(tables(10, 3, 10, 0))
    for name, held in given.items():
        bare[name] = pa.Table.from_pylist(held, schema=bare[name].schema)
    return bare


def run(given: Mapping[str, pa.Table], steps: tuple[Step, ...], chosen: CaseSettings) -> DuckEngine:
    """Run steps over the tables; every step's rows stand in the engine under its name."""
    engine = DuckEngine(threads=1)
    engine.view_settings(chosen)
    for name, table in given.items():
        engine.view_arrow(name, table)
    for step in steps:
        if step.kept:
            engine.view_arrow(step.name, engine.run(step, chosen))
        else:
            engine.view_step(step)
    return engine

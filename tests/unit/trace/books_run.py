"""Run the steps that reconcile a case of books_cases, on DuckDB; wallets are made here by co-spending alone."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from books_cases import address, books_tables
from unspoof.config import CaseSettings, load_case_settings
from unspoof.engine import DuckEngine
from unspoof.link.duplicates import STEPS as DUPLICATES
from unspoof.model.arrow import schema
from unspoof.model.reference_tables import ALL_REFERENCE_TABLES
from unspoof.model.tables import NORMAL_FORM
from unspoof.trace import STEPS


def settings(text: str = "") -> CaseSettings:
    """Return the settings of a British case in pounds."""
    facts = '[case]\nreference = "R 1"\nhome = "GB"\ncurrency = "GBP"\n[settings]\n'
    return load_case_settings(facts + text, environment={})


def wallets(engine: DuckEngine) -> None:
    rows = engine.fetch("SELECT * FROM coin_parts ORDER BY tx, side, place").to_pylist()
    root: dict[str, str] = {}
    proof = []

    def find(x):
        while root[x] != x:
            x = root[x]
        return x

    first: dict[int, str] = {}
    seen = {}
    for r in rows:
        if r["holder"]:
            root.setdefault(r["holder"], r["holder"])
            seen.setdefault(r["holder"], r["tx"])
        if r["side"] == "input":
            f = first.setdefault(r["tx"], r["holder"])
            if find(f) != find(r["holder"]):
                root[find(r["holder"])] = find(f)
                proof.append({"left_holder": f, "right_holder": r["holder"], "tx": r["tx"], "txid": r["txid"]})
    held = [{"holder": h, "wallet": find(h), "first_tx": seen[h]} for h in root]
    engine.view_arrow("wallet_addresses", pa.Table.from_pylist(held))
    engine.view_arrow("wallet_proof", pa.Table.from_pylist(proof))
    services = {
        find(address(a)): s
        for a, s in (("kept-hot", "some processor"), ("kept1", "some processor"), ("hot", "some exchange"))
        if address(a) in root
    }
    names = sorted({find(h) for h in root})
    made = [
        {
            "wallet": w,
            "holders": sum(find(h) == w for h in root),
            "service": services.get(w),
            "is_service": w in services,
        }
        for w in names
    ]
    engine.view_arrow("wallets", pa.Table.from_pylist(made))


def run(tables: Mapping[str, pa.Table] | None = None, text: str = "") -> DuckEngine:
    given = tables if tables is not None else books_tables()
    engine, chosen = DuckEngine(threads=1), settings(text)
    engine.view_settings(chosen)
    for of in (*NORMAL_FORM, *ALL_REFERENCE_TABLES):
        shape = schema(of)
        rows = given.get(of.name, shape.empty_table())
        if of in NORMAL_FORM and "exhibit" not in rows.column_names:
            rows = rows.append_column("exhibit", pa.array([1] * len(rows), pa.int32()))
        engine.view_arrow(of.name, rows)
    for step in (*DUPLICATES, *STEPS):
        if step.name == "bookings":
            wallets(engine)
        if step.kept:
            engine.view_arrow(step.name, engine.run(step, chosen))
        else:
            engine.view_step(step)
    return engine

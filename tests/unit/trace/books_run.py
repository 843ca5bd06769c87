"""Run every step of following the money over a case of tables, on DuckDB; no case folder is made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from unspoof.config import CaseSettings, load_case_settings
from unspoof.engine import DuckEngine
from unspoof.link.duplicates import STEPS as DUPLICATES
from unspoof.model.arrow import schema
from unspoof.model.reference_tables import ALL_REFERENCE_TABLES
from unspoof.model.tables import NORMAL_FORM
from unspoof.trace import STEPS


def settings(text: str = "", currency: str = "GBP") -> CaseSettings:
    """Return the settings of a British case; `text` is TOML for [settings]."""
    facts = f'[case]\nreference = "R 1"\nhome = "GB"\ncurrency = "{currency}"\n[settings]\n'
    return load_case_settings(facts + text, environment={})


def run(tables: Mapping[str, pa.Table], text: str = "", currency: str = "GBP") -> DuckEngine:
    """Return an engine in which every step's rows stand under its name; tables not given are empty."""
    engine, chosen = DuckEngine(threads=1), settings(text, currency)
    engine.view_settings(chosen)
    for of in (*NORMAL_FORM, *ALL_REFERENCE_TABLES):
        rows = tables.get(of.name, schema(of).empty_table())
        if of in NORMAL_FORM and "exhibit" not in rows.column_names:
            rows = rows.append_column("exhibit", pa.array([1] * len(rows), pa.int32()))
        engine.view_arrow(of.name, rows)
    for step in (*DUPLICATES, *STEPS):
        if step.kept:
            engine.view_arrow(step.name, engine.run(step, chosen))
        else:
            engine.view_step(step)
    return engine


def rows(engine: DuckEngine, sql: str) -> list[dict[str, Any]]:
    """Return the rows of a query as dictionaries."""
    found: list[dict[str, Any]] = engine.fetch(sql).to_pylist()
    return found


__all__ = ["rows", "run", "settings"]

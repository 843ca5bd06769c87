"""Work out every figure through an engine's `fetch`; the same function makes them and verifies them."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa

from unspoof.act.figures.figure import Figure
from unspoof.config import BY_NAME, CaseSettings
from unspoof.model.arrow import schema
from unspoof.model.tables import Column, Table

FIGURES_TABLE = Table(
    "figures",
    "one figure of the case, with what it means and what it was made from",
    (
        Column("key", "text", "stable name", nullable=False),
        Column("label", "text", "heading", nullable=False),
        Column("value", "text", "JSON: a whole number, null, or a list of objects", nullable=False),
        Column("unit", "text", "what the value counts", nullable=False),
        Column(
            "definition", "text", "what is counted, with each threshold, its reason, and what is left out", "", False
        ),
        Column("cut_off", "text", "last moment that its sources tell of, ISO 8601 in UTC; empty where none is known"),
        Column("rows", "int64", "rows behind it", "rows", False),
        Column("step", "text", "step that it is read from", nullable=False),
        Column("sql", "text", "the query that gives the value", nullable=False),
        Column("rows_table", "text", "table of the rows behind it", nullable=False),
        Column("rows_sql", "text", "the query that gives their ids", nullable=False),
    ),
)

_NO_CHAIN = "the case holds no bitcoin transactions to reconcile the service's books with"
_NO_SHOP = f"{_NO_CHAIN}, or no address is known as the service's own"

LEFT_OUT: Mapping[str, str] = {
    "income.reconciled": _NO_SHOP,
    "income.reconciled_sat": _NO_SHOP,
    "income.reconciled_range": _NO_SHOP,
    "income.by_verdict": _NO_CHAIN,
}
"""Figures that a case without the data for them does not have, each with the reason; see Figure.needs_sql."""

Fetch = Callable[[str], pa.Table]


def _entry(row: Mapping[str, Any]) -> dict[str, Any]:
    # Six decimals of a fraction are exact as an integer of millionths and print the same everywhere.
    return {
        name.removesuffix("_ppm"): value / 1_000_000 if name.endswith("_ppm") and value is not None else value
        for name, value in row.items()
    }


def _value(rows: pa.Table) -> Any:
    if rows.column_names == ["value"]:
        return rows["value"][0].as_py()
    return [_entry(row) for row in rows.to_pylist()]


def _one(fetch: Fetch, sql: str) -> Any:
    rows = fetch(sql)
    return rows.column(0)[0].as_py() if rows.num_rows else None


def moment(at: datetime | None) -> str | None:
    """Return a UTC time as ISO 8601 with Z, with microseconds only where there are any."""
    return None if at is None else at.isoformat(sep="T") + "Z"


def _setting(name: str, settings: CaseSettings) -> str:
    chosen, unit = settings.chosen[name], BY_NAME[name].unit
    value = ("yes" if chosen.value else "no") if isinstance(chosen.value, bool) else chosen.value
    return f"{name} = {value}{' ' + unit if unit else ''} ({chosen.origin}: {chosen.reason})"


def _words(settings: CaseSettings) -> dict[str, object]:
    values: dict[str, object] = {name: chosen.value for name, chosen in settings.chosen.items()}
    yes_no = {name: ("yes" if value else "no") for name, value in values.items() if isinstance(value, bool)}
    return {**values, **yes_no, "home": settings.home, "currency": settings.currency}


def _definition(figure: Figure, note: str | None, settings: CaseSettings) -> str:
    stated = "; ".join(_setting(name, settings) for name in figure.settings)
    sentences = [figure.definition.format_map(_words(settings)), note or "", f"Settings: {stated}." if stated else ""]
    return " ".join(sentence for sentence in sentences if sentence)


def _row(figure: Figure, fetch: Fetch, settings: CaseSettings, ends: Mapping[str, datetime | None]) -> dict[str, Any]:
    note = _one(fetch, figure.note_sql) if figure.note_sql else None
    unit = _one(fetch, figure.unit_sql) if figure.unit_sql else figure.unit.format_map(_words(settings))
    reached = [end for source in figure.sources if (end := ends.get(source)) is not None]
    return {
        "key": figure.key,
        "label": figure.label,
        "value": json.dumps(_value(fetch(figure.value_sql)), ensure_ascii=False, allow_nan=False),
        "unit": unit,
        "definition": _definition(figure, note, settings),
        "cut_off": moment(max(reached, default=None)),
        "rows": _one(fetch, figure.count_sql),
        "step": figure.step,
        "sql": figure.value_sql,
        "rows_table": figure.rows_table,
        "rows_sql": figure.rows_sql,
    }


def compute(fetch: Fetch, settings: CaseSettings, figures: Sequence[Figure]) -> pa.Table:
    """Work out figures over the views of a case.

    Args:
        fetch: runs one query and returns its rows, such as DuckEngine.fetch; the steps of rank and of figures must
            have been run there.
        settings: the case's, whose values and reasons the definitions print.
        figures: which, in which order.

    Returns:
        FIGURES_TABLE, one row per figure in the order given; without those whose data the case lacks (LEFT_OUT).

    Raises:
        EngineGap: a view that a figure reads is missing.

    """
    ends = {row["source"]: row["last_at"] for row in fetch("SELECT source, last_at FROM extents").to_pylist()}
    there = [figure for figure in figures if not figure.needs_sql or _one(fetch, figure.needs_sql)]
    rows = [_row(figure, fetch, settings, ends) for figure in there]
    return pa.Table.from_pylist(rows, schema=schema(FIGURES_TABLE))


def left_out(keys: Collection[str]) -> dict[str, str]:
    """Return which of LEFT_OUT are not among the figures of a case, each with its reason."""
    return {key: reason for key, reason in LEFT_OUT.items() if key not in keys}


def figures_json(table: pa.Table) -> dict[str, Any]:
    """Return the figures as the command line and the report files give them.

    Returns:
        {"figures": [{"key", "label", "value", "unit", "definition", "cut_off", "rows", "step", "sql"}],
        "left_out": [{"key", "reason"}]}, in the table's order.

    """
    keys = ("key", "label", "value", "unit", "definition", "cut_off", "rows", "step", "sql")
    rows = [{key: row[key] for key in keys} | {"value": json.loads(row["value"])} for row in table.to_pylist()]
    lacking = left_out({row["key"] for row in rows})
    return {"figures": rows, "left_out": [{"key": key, "reason": reason} for key, reason in lacking.items()]}


def differences(stored: pa.Table, again: pa.Table) -> tuple[str, ...]:
    """Name every figure whose stored row is not what was worked out again.

    Returns:
        one sentence a figure, in the order of keys; empty where all is equal.

    """
    was, now = ({row["key"]: row for row in table.to_pylist()} for table in (stored, again))
    found = []
    for key in sorted(was.keys() | now.keys()):
        if key not in was:
            found.append(f"figure {key} is missing from the stored figures")
        elif key not in now:
            found.append(f"figure {key} is stored but not known")
        else:
            wrong = [name for name in FIGURES_TABLE.names if was[key].get(name) != now[key].get(name)]
            found += [f"figure {key}: {', '.join(wrong)} differs from what the rows give"] if wrong else []
    return tuple(found)


__all__ = ["FIGURES_TABLE", "LEFT_OUT", "Fetch", "compute", "differences", "figures_json", "left_out", "moment"]

"""unspoof figures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import pyarrow as pa

from unspoof.case import Case
from unspoof.cli.options import case_argument, csv_option, json_option
from unspoof.cli.output import money, safe, say_json, say_rows, say_table, shown


def _entry(entry: dict[str, Any], unit: str) -> str:
    """Return one entry of a list: what it is of, and its count or amount."""
    if "from_s" in entry:
        return f"{entry['from_s']}{'-' + str(entry['to_s']) if entry['to_s'] else ' or more'} s {entry['calls']:,}"
    if "low_minor" in entry:
        low, base, high = (money(entry[f"{end}_minor"], entry["currency"]) for end in ("low", "base", "high"))
        return f"{entry['currency']} {base} ({low} to {high})" if base else f"{entry['currency']} no price"
    if "chain_rows" in entry:
        return f"{entry['verdict']} {entry['payments'] + entry['chain_rows']:,}"
    (_, name), (kind, count) = list(entry.items())[:2]
    if kind.endswith("_minor"):
        return f"{safe(str(name))} {money(count, entry.get('currency', unit.rsplit(' ', 1)[-1]))}"
    return f"{safe(str(name))} {shown(count)}"


def _band(entry: dict[str, Any], currency: str) -> str:
    """Return an entry of a list by bands of money: the band in whole units, and its count."""
    low, high = money(entry["from_minor"], currency), money(entry["to_minor"], currency)
    return f"{low} to below {high}: {entry['events']:,}" if high else f"{low} or more: {entry['events']:,}"


def short(value: Any, unit: str, currency: str = "") -> str:
    """Return a figure's value on one line: money in whole units, lists by their first entries."""
    if value is None:
        return "not known"
    if isinstance(value, list) and value and "from_minor" in value[0]:
        value = [_band(entry, currency) for entry in value if entry["events"]]
    if isinstance(value, list):
        more = f"; and {len(value) - 4} more" if len(value) > 4 else ""
        return "; ".join(e if isinstance(e, str) else _entry(e, unit) for e in value[:4]) + more
    if unit.startswith("minor units of ") and isinstance(value, int):
        currency = unit.rsplit(" ", 1)[-1]
        return f"{money(value, currency)} {currency}"
    return shown(value)


def say_figures(figures: pa.Table) -> None:
    """Show every figure on one line."""
    units = {row["key"]: row["unit"] for row in figures.select(["key", "unit"]).to_pylist()}
    currency = units.get("loss.gross", "").rsplit(" ", 1)[-1]
    rows = [
        {
            "figure": r["key"],
            "value": short(json.loads(r["value"]), r["unit"], currency),
            "what": r["label"],
            "rows": r["rows"],
        }
        for r in figures.to_pylist()
    ]
    say_table(rows, ["figure", "value", "what", "rows"], "Figures")


@click.command()
@case_argument
@click.option("--key", default="", help="One figure with its definition, its SQL and the ids behind it.")
@json_option
@csv_option
def figures(case: Path, key: str, as_json: bool, csv_file: Path | None) -> None:
    r"""Print each figure with its definition, cut-off and how many rows are behind it.

    \b
    Examples:
      unspoof figures CASE
      unspoof figures CASE --key calls.long --csv long-calls.csv      the ids of the rows behind one figure
    Next: unspoof source CASE calls ID
    """
    opened = Case(case)
    if key:
        _one(opened, key, as_json, csv_file)
        return
    document = opened.figures_json()
    if as_json:
        say_json(document)
    if csv_file is not None:
        columns = ["key", "label", "value", "unit", "definition", "cut_off", "rows", "step"]
        say_rows(opened.figures().to_pylist(), columns, as_json=False, key="figures", csv_file=csv_file)
    if not as_json and csv_file is None:
        say_figures(opened.figures())
        for lacking in document["left_out"]:
            click.echo(f"{lacking['key']}: left out, {lacking['reason']}", err=True)


def _one(opened: Case, key: str, as_json: bool, csv_file: Path | None) -> None:
    row = opened.figure(key)
    if csv_file is not None:
        say_rows(opened.figure_rows(key), ["table", "id"], as_json=False, key="rows", csv_file=csv_file)
    if as_json:
        say_json({**row, "value": json.loads(row["value"])})
        return
    if csv_file is not None:
        return
    value = short(json.loads(row["value"]), row["unit"], opened.settings.currency)
    rows = "1 row" if row["rows"] == 1 else f"{row['rows']:,} rows"
    click.echo(f"{row['key']}: {safe(value)} ({row['unit']})")
    click.echo(f"{row['label']}. {safe(row['definition'])}")
    click.echo(f"Cut-off {row['cut_off'] or 'not known'}, {rows} of {row['rows_table']}.\n\n{row['sql']}")


__all__ = ["figures", "say_figures", "short"]

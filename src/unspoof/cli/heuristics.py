"""unspoof heuristics."""

from __future__ import annotations

from pathlib import Path

import click

from unspoof.case import Case
from unspoof.cli.options import case_argument, csv_option, json_option
from unspoof.cli.output import say_rows


@click.command()
@case_argument
@json_option
@csv_option
def heuristics(case: Path, as_json: bool, csv_file: Path | None) -> None:
    r"""How often each heuristic of tracing was right on what this case knows for certain, with n and interval.

    The seized books say which addresses are the shop's and which transaction paid which booking. Where nothing is known,
    total is 0 and the last column says why; of fewer than 30 things no rate is given, only n and the interval.

    \b
    Examples:
      unspoof heuristics CASE
      unspoof heuristics CASE --json
    Next: unspoof reconcile CASE
    """
    rows = Case(case).heuristics()
    columns = ["heuristic", "measure", "rate", "low", "high", "hits", "total", "truth"]
    if csv_file is not None:
        columns.insert(-1, "says")
    if not as_json and csv_file is None:
        ends = ("low", "high")
        rows = [
            {**row, "rate": row["says"] or _percent(row["rate"]), **{name: _percent(row[name]) for name in ends}}
            for row in rows
        ]
    say_rows(
        rows, columns, as_json=as_json, key="heuristics", csv_file=csv_file, title="Heuristics on this case's own truth"
    )


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f} %"


__all__ = ["heuristics"]

"""unspoof suspects."""

from __future__ import annotations

from pathlib import Path

import click

from unspoof.case import Case
from unspoof.cli.options import case_argument, csv_option, json_option, top_option
from unspoof.cli.output import say_rows

_COLUMNS = ["rank", "suspect_id", "usernames", "score", "selected", "country", "spend_minor", "calls", "long_calls"]
_COLUMNS += ["people", "reports", "loss_minor", "last_at"]


@click.command()
@case_argument
@top_option(20)
@click.option("--selected", is_flag=True, help="Only those above the case's selection rule.")
@json_option
@csv_option
def suspects(case: Path, top: int, selected: bool, as_json: bool, csv_file: Path | None) -> None:
    r"""Rank people and crews by a sum of named parts; an assessment, not a finding of guilt.

    \b
    Examples:
      unspoof suspects CASE --top 50 --selected
      unspoof suspects CASE --json
    Next: unspoof why CASE SUSPECT_ID
    """
    rows = Case(case).suspects(top=top, selected=selected)
    columns = [*_COLUMNS, "account_ids", "reasons"] if csv_file else _COLUMNS
    if csv_file:
        rows = [{**r, "reasons": [f"{p['part']} {p['points']}: {p['because']}" for p in r["reasons"]]} for r in rows]
    title = "Suspects: people and crews, by what links them to the calls; a person decides"
    say_rows(rows, columns, as_json=as_json, key="suspects", csv_file=csv_file, title=title, plain_numbers=("rank",))


__all__ = ["suspects"]

"""unspoof suspects."""

from __future__ import annotations

from pathlib import Path

import click

from unspoof.case import Case
from unspoof.cli.options import case_argument, csv_option, json_option, top_option
from unspoof.cli.output import Row, money, say_json, say_rows, say_table

_COLUMNS = [
    "rank", "suspect_id", "usernames", "score", "selected", "country", "spend_minor", "currency", "calls", "long_calls",
    "people", "reports", "loss_minor", "home_calls", "first_at", "last_at", "account_ids", "reasons",
]  # fmt: skip


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
    if csv_file:
        said = [{**r, "reasons": [f"{p['part']} {p['points']}: {p['because']}" for p in r["reasons"]]} for r in rows]
        say_rows(said, _COLUMNS, as_json=False, key="suspects", csv_file=csv_file)
    if as_json:
        say_json({"suspects": rows})
    elif not csv_file:
        title = "Suspects: people and crews, by what links them to the calls; a person decides"
        say_table([_line(r) for r in rows], list(_line(rows[0])) if rows else ["rank"], title, ("rank", "suspect"))


def _line(row: Row) -> dict[str, object]:
    """Return what fits on a screen; --json and --csv have everything."""
    names = row["usernames"][:3] + (["..."] if len(row["usernames"]) > 3 else [])
    return {
        "rank": row["rank"],
        "suspect": row["suspect_id"],
        "score": f"{row['score']:.1f}",
        "selected": row["selected"],
        "home": row["country"],
        "user names": ", ".join(names),
        "spent": money(row["spend_minor"], row["currency"]),
        "calls": row["calls"],
        "long": row["long_calls"],
        "people": row["people"],
        "reports": row["reports"],
        "loss": money(row["loss_minor"], row["currency"]),
    }


__all__ = ["suspects"]

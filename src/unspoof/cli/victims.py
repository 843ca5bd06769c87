"""unspoof victims."""

from __future__ import annotations

from pathlib import Path

import click

from unspoof.case import Case
from unspoof.cli.options import case_argument, csv_option, json_option, top_option
from unspoof.cli.output import say_rows

_COLUMNS = ["rank", "number", "country", "calls", "long_calls", "longest_s", "brands", "suspect_ids", "reported"]


@click.command()
@case_argument
@top_option(20)
@click.option("--country", default="", help="Only numbers of this country.")
@json_option
@csv_option
def victims(case: Path, top: int, country: str, as_json: bool, csv_file: Path | None) -> None:
    r"""Rank the numbers to warn: those that had a long call.

    \b
    Examples:
      unspoof victims CASE --top 100
      unspoof victims CASE --top 0 --country GB --csv warn.csv
    Next: unspoof why CASE +44...
    """
    rows = Case(case).victims(top=top, country=country)
    columns = [*_COLUMNS, "reasons"] if csv_file else _COLUMNS
    title = "Numbers to warn; suspects are assessments"
    say_rows(
        rows, columns, as_json=as_json, key="victims", csv_file=csv_file, title=title, plain_numbers=("rank", "number")
    )


__all__ = ["victims"]

"""unspoof brands."""

from __future__ import annotations

from pathlib import Path

import click

from unspoof.case import Case
from unspoof.cli.options import case_argument, csv_option, json_option, top_option
from unspoof.cli.output import say_rows


@click.command()
@case_argument
@top_option(20)
@json_option
@csv_option
def brands(case: Path, top: int, as_json: bool, csv_file: Path | None) -> None:
    r"""Rank the brands whose numbers were shown: calls, people, reports, losses.

    \b
    Examples:
      unspoof brands CASE
      unspoof brands CASE --csv brands.csv
    Next: unspoof why CASE "Northgate Bank"
    """
    rows = Case(case).brands(top=top)
    columns = ["rank", "brand", "sector", "calls", "long_calls", "people", "reports", "loss_minor"]
    say_rows(rows, columns, as_json=as_json, key="brands", csv_file=csv_file, title="Brands", plain_numbers=("rank",))


__all__ = ["brands"]

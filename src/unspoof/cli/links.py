"""unspoof links."""

from __future__ import annotations

from pathlib import Path

import click

from unspoof.case import LINK_KINDS, Case
from unspoof.cli.options import case_argument, csv_option, json_option, top_option
from unspoof.cli.output import say_rows


@click.command()
@case_argument
@click.option("--kind", required=True, type=click.Choice(LINK_KINDS), help="What is linked to what.")
@top_option(0)
@json_option
@csv_option
def links(case: Path, kind: str, top: int, as_json: bool, csv_file: Path | None) -> None:
    r"""List links of one kind, the surest first, each with its probability and reasons.

    \b
    Examples:
      unspoof links CASE --kind report-call
      unspoof links CASE --kind account-account --csv crews.csv
    Next: unspoof why CASE LEFT
    """
    rows = Case(case).links(kind, top=top)
    columns = ["left", "left_ref", "right", "right_ref", "score", "reasons"]
    ids = ("left", "right")
    say_rows(rows, columns, as_json=as_json, key="links", csv_file=csv_file, title=kind, plain_numbers=ids)


__all__ = ["links"]

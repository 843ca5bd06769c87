"""unspoof reference."""

from __future__ import annotations

from pathlib import Path

import click

from unspoof.case import REFERENCE_NAMES, Case, references, update_reference
from unspoof.cli.options import csv_option, json_option
from unspoof.cli.output import say_json, say_rows


@click.group()
def reference() -> None:
    """List or load the dated facts that conclusions rest on: number blocks, uses of ranges, lists of owners, brands."""


@reference.command("list")
@json_option
@csv_option
def list_(as_json: bool, csv_file: Path | None) -> None:
    r"""List what is loaded and what comes with unspoof: rows, dates, source, hash, whose it is.

    \b
    Examples:
      unspoof reference list
      unspoof reference list --json
    """
    columns = [
        "name",
        "in_use",
        "rows",
        "date",
        "source",
        "acknowledgement",
        "loaded_at",
        "valid_from",
        "valid_to",
        "sha256",
    ]
    say_rows(references(), columns, as_json=as_json, key="reference", csv_file=csv_file, title="Reference facts")


@reference.command()
@click.argument("name", type=click.Choice(REFERENCE_NAMES))
@click.argument("files", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option("--case", type=click.Path(path_type=Path), help="Load it into this case only.")
@click.option("--home", default="GB", show_default=True, help="Country in whose notation national numbers stand.")
@click.option("--date", default="", help="Day that the files describe (2026-11-20), where their names do not hold it.")
@json_option
def update(name: str, files: tuple[Path, ...], case: Path | None, home: str, date: str, as_json: bool) -> None:
    r"""Load a newer table; older versions stay, and findings keep the version that they were made with.

    \b
    Examples:
      unspoof reference update brands brands.csv
      unspoof reference update brands brands.csv --case CASE
      unspoof reference update ofcom S1.csv S3.csv S5.csv S7.csv S8.csv S9.csv --date 2026-11-20
      unspoof reference update dno do-not-originate.csv
    Next: unspoof run CASE
    """
    loaded = Case(case).load_reference(name, files, date) if case else update_reference(name, files, home.upper(), date)
    if as_json:
        say_json(loaded)
        return
    where = f"into case {case}" if case else "for all cases; a case takes it at its next run"
    click.echo(f"{loaded['name']}: {loaded['rows']:,} rows loaded {where}. sha256 {loaded['sha256']}")


__all__ = ["reference"]

"""unspoof reference."""

from __future__ import annotations

from pathlib import Path

import click

from unspoof.case import REFERENCE_NAMES, Case, references, update_reference
from unspoof.cli.options import csv_option, json_option
from unspoof.cli.output import say_json, say_rows


@click.group()
def reference() -> None:
    """List or load the dated facts that conclusions rest on: numbering plans, brands."""


@reference.command("list")
@json_option
@csv_option
def list_(as_json: bool, csv_file: Path | None) -> None:
    r"""List what is loaded: rows, dates, source, hash.

    \b
    Examples:
      unspoof reference list
      unspoof reference list --json
    """
    columns = ["name", "rows", "source", "loaded_at", "valid_from", "valid_to", "sha256"]
    say_rows(references(), columns, as_json=as_json, key="reference", csv_file=csv_file, title="Reference facts")


@reference.command()
@click.argument("name", type=click.Choice(REFERENCE_NAMES))
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--case", type=click.Path(path_type=Path), help="Load it into this case only.")
@click.option("--home", default="GB", show_default=True, help="Country in whose notation national numbers stand.")
@json_option
def update(name: str, file: Path, case: Path | None, home: str, as_json: bool) -> None:
    r"""Load a newer table; older versions stay, and findings keep the version that they were made with.

    \b
    Examples:
      unspoof reference update brands brands.csv
      unspoof reference update brands brands.csv --case CASE
    Next: unspoof run CASE
    """
    loaded = Case(case).load_reference(name, file) if case else update_reference(name, file, home.upper())
    if as_json:
        say_json(loaded)
        return
    where = f"into case {case}" if case else "for all cases; a case takes it at its next run"
    click.echo(f"{name}: {loaded['rows']:,} rows loaded {where}. sha256 {loaded['sha256']}")


__all__ = ["reference"]

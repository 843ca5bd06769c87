"""unspoof export."""

from __future__ import annotations

from pathlib import Path

import click

from unspoof.case import EXPORT_NAMES, Case
from unspoof.cli.options import case_argument, json_option
from unspoof.cli.output import say_json


@click.command()
@case_argument
@click.option("--to", required=True, type=click.Choice(EXPORT_NAMES), help="The form.")
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The file to write; it must not exist.",
)
@json_option
def export(case: Path, to: str, out: Path, as_json: bool) -> None:
    r"""Write what the case found in a form that others read.

    \b
    Examples:
      unspoof export CASE --to tagpack --out tags.yaml
      unspoof export CASE --to actorpack --out services.yaml
    Next: unspoof reference update tags tags.yaml
    """
    rows = Case(case).export(to, out)
    if as_json:
        say_json({"file": str(out), "rows": rows})
        return
    click.echo(f"written: {out} ({', '.join(f'{count:,} {name}' for name, count in rows.items())})", err=True)


__all__ = ["export"]

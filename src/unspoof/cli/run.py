"""unspoof run."""

from __future__ import annotations

from pathlib import Path

import click

from unspoof.case import Case
from unspoof.cli.figures import say_figures
from unspoof.cli.options import case_argument, engine_option, json_option
from unspoof.cli.output import progress, safe, say_json


@click.command()
@case_argument
@click.option("--only", default="", metavar="VERB", help="link, rank or act: this verb and those before it.")
@engine_option
@json_option
def run(case: Path, only: str, engine: str, as_json: bool) -> None:
    r"""Link, rank and count; only what changed since the last run is done again.

    \b
    Examples:
      unspoof run CASE
      unspoof run CASE --only link
      unspoof run CASE --engine spark
    Next: unspoof figures CASE, unspoof suspects CASE
    """
    done = Case(case).run(only, progress(), engine=engine)
    if as_json:
        made = [{"step": m.name, "rows": m.rows, "reused": m.reused} for m in done.made]
        unread = [exhibit.number for exhibit in done.unread]
        say_json({"steps": made, "outputs": [str(path) for path in done.outputs], "unread": unread})
        return
    again = sum(not m.reused for m in done.made)
    click.echo(f"{len(done.made)} findings stand, {again} worked out now, {len(done.made) - again} unchanged.")
    for exhibit in done.unread:
        click.echo(f"NOT COUNTED: {safe(exhibit.label)} is sealed but was never read to its end; add the file again.")
    if done.outputs:
        say_figures(done.figures)
        for path in done.outputs:
            click.echo(f"Written: {path}")


__all__ = ["run"]

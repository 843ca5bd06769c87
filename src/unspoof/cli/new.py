"""unspoof new."""

from __future__ import annotations

from pathlib import Path

import click

from unspoof.case import Case
from unspoof.cli.options import case_argument, json_option
from unspoof.cli.output import say_json


@click.command()
@case_argument
@click.option("--reference", required=True, help="The investigation's own reference.")
@click.option("--home", default="GB", show_default=True, help="ISO 3166 code of the home country.")
@click.option("--currency", default="GBP", show_default=True, help="ISO 4217 code in which the service books.")
@json_option
def new(case: Path, reference: str, home: str, currency: str, as_json: bool) -> None:
    r"""Make a case folder.

    \b
    Examples:
      unspoof new elaborate --reference "OP-ELABORATE 7" --home GB --currency GBP
      unspoof new zaak --reference 2022-117 --home NL --currency EUR
    Next: unspoof add CASE FILE
    """
    made = Case.new(case, reference=reference, home=home, currency=currency)
    if as_json:
        say_json({"case": str(made.folder), "reference": reference, "home": home.upper(), "currency": currency.upper()})
        return
    click.echo(f"Case {reference} made in {made.folder}. Its settings, each with a reason: {made.folder}/case.toml")
    click.echo(f"Next: unspoof add {made.folder} FILE")


__all__ = ["new"]

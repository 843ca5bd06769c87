"""unspoof wallets."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from unspoof.case import Case
from unspoof.cli.options import case_argument, csv_option, json_option, top_option
from unspoof.cli.output import plain, safe, say_json, say_rows
from unspoof.errors import BadRequest

_LISTED = [
    "wallet",
    "holders",
    "transactions",
    "received_sat",
    "sent_sat",
    "partners",
    "accounts",
    "service",
    "level",
    "why",
]
_APART = ["txid", "height", "left_holder", "right_holder", "because"]


@click.command()
@case_argument
@click.option("--of", default="", metavar="ADDRESS", help="The wallet of this address, with its addresses.")
@click.option("--why", nargs=2, metavar="A B", help="Why two addresses are one wallet, transaction by transaction.")
@click.option("--conflicts", is_flag=True, help="Unions that were not made, each with the reason.")
@top_option(20)
@json_option
@csv_option
def wallets(
    case: Path,
    of: str,
    why: tuple[str, str] | None,
    conflicts: bool,
    top: int,
    as_json: bool,
    csv_file: Path | None,
) -> None:
    r"""List wallets - addresses that spent together - and say why two addresses are one.

    A wallet that is a service's, and why it is taken for one, is said in the last column. See docs/wallets.md.

    \b
    Examples:
      unspoof wallets CASE
      unspoof wallets CASE --why ADDRESS ADDRESS
      unspoof wallets CASE --conflicts
    Next: unspoof why CASE ADDRESS
    """
    if sum((bool(of), bool(why), conflicts)) > 1:
        raise BadRequest("--of, --why and --conflicts are three questions", where="wallets", hint="Ask one at a time.")
    if why:
        _say_why(Case(case).why_one_wallet(*why), as_json=as_json)
        return
    if conflicts:
        rows = Case(case).wallet_conflicts(top)
        say_rows(rows, _APART, as_json=as_json, key="conflicts", csv_file=csv_file, title="unions not made")
        return
    rows = Case(case).wallets(of, top)
    if of and not as_json:
        held = rows[0].pop("addresses")
        say_rows(rows, _LISTED, as_json=False, key="wallets", csv_file=None, title="wallet")
        columns = ["holder", "first_txid", "height", "block_at"]
        say_rows(held, columns, as_json=False, key="addresses", csv_file=csv_file, title="its addresses")
        return
    say_rows(rows, _LISTED, as_json=as_json, key="wallets", csv_file=csv_file, title="wallets")


def _say_why(told: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        say_json(told)
        return
    if not told["is_one"]:
        click.echo("Two wallets: no chain of transactions joins them.")
        for row in told["apart"]:
            click.echo(f"  {row['txid']}: both spend in it; {safe(row['because'])}")
        return
    count = len(told["steps"])
    click.echo(f"One wallet, by {count} transaction{'' if count == 1 else 's'}, class {told['class']}:")
    for number, step in enumerate(told["steps"], 1):
        where = (
            "in no block"
            if step["height"] is None
            else f"block {step['height']}, {plain(step['block_at']) or 'no time'}"
        )
        click.echo(f"\n{number}. {step['txid']}  ({where}; {step['inputs']} inputs, {step['outputs']} outputs)")
        for side in ("left", "right"):
            inputs = ", ".join(str(row["place"]) for row in step[f"{side}_inputs"])
            click.echo(f"     input {inputs}: {safe(step[side])}")
        for caution in step["cautions"]:
            click.echo(f"     caution: {caution}")
    click.echo("\nWhat else this may mean, and a court will ask:")
    for alternative in told["alternatives"]:
        click.echo(f"  - {alternative}")


__all__ = ["wallets"]

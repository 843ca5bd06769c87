"""unspoof requests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from unspoof.case import Case
from unspoof.case.requesting import UNATTRIBUTED_COLUMNS
from unspoof.cli.options import case_argument, csv_option, json_option
from unspoof.cli.output import say_json, say_rows
from unspoof.errors import BadRequest

_COLUMNS = [
    "service",
    "direction",
    "txid",
    "place",
    "address",
    "value_sat",
    "height",
    "block_at",
    "tag_level",
    "class",
    "hops",
]
_UNATTRIBUTED = [
    "direction",
    "address",
    "wallet",
    "txid",
    "output_index",
    "value_sat",
    "height",
    "block_at",
    "hops",
    "why",
]


@click.command()
@case_argument
@click.option("--service", default="", metavar="ID", help="One service only, by its id.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write a spreadsheet and a letter for each service into this new folder.",
)
@click.option(
    "--unattributed",
    is_flag=True,
    help="What was reached and nobody tagged, largest first: whose it is has to be asked.",
)
@json_option
@csv_option
def requests(
    case: Path, service: str, out: Path | None, unattributed: bool, as_json: bool, csv_file: Path | None
) -> None:
    r"""What to ask the services that money came from or went to, as rows, spreadsheets and letters.

    Nothing is sent. A person completes each letter, checks its basis in law, and signs it.

    \b
    Examples:
      unspoof requests CASE
      unspoof requests CASE --out requests/
      unspoof requests CASE --unattributed --csv whose-are-these.csv
    Next: unspoof trace CASE TXID
    """
    opened = Case(case)
    if unattributed:
        if service or out:
            hint = "Leave --service and --out away: what nobody tagged has no service to write to."
            raise BadRequest("--unattributed is a question by itself", where="requests", hint=hint)
        _say_unattributed(opened.unattributed(), as_json=as_json, csv_file=csv_file)
        return
    rows, nobody = opened.requests(service)
    files = opened.write_requests(service, out) if out else []
    if csv_file is not None:
        columns = list(rows[0]) if rows else _COLUMNS
        say_rows(rows, columns, as_json=False, key="requests", csv_file=csv_file)
    if as_json:
        say_json({"requests": rows, "unattributed": nobody, "files": [str(path) for path in files]})
        return
    dust = [row for row in rows if row["is_dust"]]
    rows = [row for row in rows if not row["is_dust"]]
    if csv_file is None:
        say_rows(
            rows, _COLUMNS, as_json=False, key="requests", csv_file=None, title="Requests", plain_numbers=("height",)
        )
    for direction, outputs in nobody.items():
        click.echo(
            f"unattributed: {outputs:,} outputs, {direction} a wallet that looks like a service's or was spent beside one;"
            " no tag says whose (unspoof requests CASE --unattributed lists them)",
            err=True,
        )
    if dust:
        click.echo(
            f"set apart as dust, and in no letter (request_dust_sat): {len(dust):,} outputs; --json has them", err=True
        )
    for path in files:
        click.echo(f"written: {path}", err=True)


def _say_unattributed(rows: list[dict[str, Any]], *, as_json: bool, csv_file: Path | None) -> None:
    """List what nobody tagged; the table has what fits on a screen, the rest stands in JSON and CSV."""
    shown = UNATTRIBUTED_COLUMNS if as_json or csv_file is not None else _UNATTRIBUTED
    title = "Reached, and tagged by nobody: ask whose these are, and load the answer as a tag"
    numbers = ("height", "output_index")
    say_rows(rows, shown, as_json=as_json, key="unattributed", csv_file=csv_file, title=title, plain_numbers=numbers)


__all__ = ["requests"]

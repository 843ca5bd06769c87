"""unspoof requests."""

from __future__ import annotations

from pathlib import Path

import click

from unspoof.case import Case
from unspoof.cli.options import case_argument, json_option
from unspoof.cli.output import say_json, say_rows

_COLUMNS = ["service", "direction", "txid", "place", "address", "value_sat", "height", "block_at", "tag_level", "hops"]


@click.command()
@case_argument
@click.option("--service", default="", metavar="ID", help="One service only, by its id.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write a spreadsheet and a letter for each service into this new folder.",
)
@json_option
def requests(case: Path, service: str, out: Path | None, as_json: bool) -> None:
    r"""What to ask the services that money came from or went to, as rows, spreadsheets and letters.

    Nothing is sent. A person completes each letter, checks its basis in law, and signs it.

    \b
    Examples:
      unspoof requests CASE
      unspoof requests CASE --out requests/
    Next: unspoof trace CASE TXID
    """
    opened = Case(case)
    rows, nobody = opened.requests(service)
    files = opened.write_requests(service, out) if out else []
    if as_json:
        say_json({"requests": rows, "unattributed": nobody, "files": [str(path) for path in files]})
        return
    dust = [row for row in rows if row["is_dust"]]
    rows = [row for row in rows if not row["is_dust"]]
    say_rows(rows, _COLUMNS, as_json=False, key="requests", csv_file=None, title="Requests", plain_numbers=("height",))
    for direction, outputs in nobody.items():
        click.echo(
            f"unattributed: {outputs:,} outputs, {direction} a wallet that looks like a service's or was spent beside one;"
            " no tag says whose",
            err=True,
        )
    if dust:
        click.echo(f"set apart as dust, and in no letter (dust_sat): {len(dust):,} outputs; --json has them", err=True)
    for path in files:
        click.echo(f"written: {path}", err=True)


__all__ = ["requests"]

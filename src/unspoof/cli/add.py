"""unspoof add."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from unspoof.case import Added, Case, Stated
from unspoof.cli.options import case_argument, json_option
from unspoof.cli.output import counter, safe, say_json
from unspoof.model.evidence import Acquisition


def _document(added: Added) -> dict[str, Any]:
    return {
        "exhibit": added.exhibit.number,
        "name": added.exhibit.name,
        "sha256": added.exhibit.sha256,
        "format": added.format,
        "zone": added.zone,
        "tables": added.tables,
        "refused_because": added.reasons,
        "faults": list(added.faults),
        "notes": list(added.notes),
        "unmapped": list(added.unmapped),
        "absent": list(added.absent),
        "already": added.already,
    }


def _say(added: Added) -> None:
    state = (
        "was sealed and read before; nothing was done (--again reads it as stated now)"
        if added.already
        else f"sealed, read as {added.format}"
    )
    click.echo(f"Exhibit {added.exhibit.number} ({safe(added.exhibit.name)}): {state}")
    click.echo(f"  sha256 {added.exhibit.sha256}, {added.exhibit.size:,} bytes")
    for name, t in added.tables.items():
        over = f", {t['passed_over']:,} passed over as no {name}" if t.get("passed_over") else ""
        click.echo(f"  {name:<9} {t['read']:>12,} read  {t['kept']:>12,} kept  {t['refused']:>8,} refused{over}")
    for reason, rows in added.reasons.items():
        click.echo(f"  refused {rows:,}: {safe(reason)}")
    for note in added.notes:
        click.echo(f"  found: {safe(note)}")
    for fault in added.faults:
        click.echo(f"  FAULT of the file: {safe(fault)}")
    if added.unmapped:
        click.echo(f"  not read, as the format says nothing of them: {safe(', '.join(added.unmapped))}")
    if added.absent:
        click.echo(f"  not in the file, though the format describes them: {safe('; '.join(added.absent))}")
    if not added.exhibit.basis:
        click.echo("  no legal basis was stated (--basis)")


@click.command()
@case_argument
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--format", "format_", default="", help="A shipped format's name, or your own TOML file.")
@click.option("--zone", default="", help="IANA zone of times that carry none, e.g. Europe/London.")
@click.option("--home", default="", help="Country in whose notation national numbers stand; default: the case's.")
@click.option("--currency", default="", help="Currency of amounts that name none; default: the case's.")
@click.option("--service", default="", help="Name of the service whose accounts these are; default: the format's.")
@click.option("--encoding", default="", help="Character set of the text, e.g. cp1252, where it is not UTF-8.")
@click.option(
    "--acquired",
    type=click.Choice([str(a) for a in Acquisition]),
    default=str(Acquisition.STORED_COPY),
    show_default=True,
    help="How the file was acquired.",
)
@click.option("--basis", default="", help="Legal basis, in your words.")
@click.option("--restrict", multiple=True, help="A restriction of use; may be given several times.")
@click.option("--again", is_flag=True, help="Read a sealed exhibit once more, stated otherwise this time.")
@json_option
def add(
    case: Path,
    files: Sequence[Path],
    format_: str,
    zone: str,
    home: str,
    currency: str,
    service: str,
    encoding: str,
    acquired: str,
    basis: str,
    restrict: Sequence[str],
    again: bool,
    as_json: bool,
) -> None:
    r"""Seal files, find out what they are, and read them.

    \b
    Examples:
      unspoof add CASE shop.sql.gz --zone Europe/Amsterdam --acquired stored-copy --basis "warrant 22/117"
      unspoof add CASE reports.csv --format my-force.toml --zone Europe/London --acquired voluntary
    Next: unspoof run CASE
    """
    acquisition = Acquisition(acquired)
    stated = Stated(format_, zone, home, currency, service, acquisition, basis, tuple(restrict), again, encoding)
    done = Case(case).add(files, stated, counter("rows read"))
    if as_json:
        say_json(_document(done[0]) if len(done) == 1 else {"added": [_document(a) for a in done]})
        return
    for added in done:
        _say(added)
    click.echo(f"Next: unspoof run {shlex.quote(str(case))}")


__all__ = ["add"]

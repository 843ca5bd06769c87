"""unspoof screen."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, BinaryIO

import click

from unspoof.case.screening import LONGEST_LINE, Lines, moment, screen_numbers
from unspoof.cli.output import safe


def _line(row: dict[str, Any]) -> str:
    """Return what was found on one number for people: verdict, the text, what it is, and each finding with its reason."""
    known = [row["country"], row["kind"], row["operator"]]
    head = f"{row['verdict']:<9} {safe(row['presented'])}  ({safe(', '.join(str(k) for k in known if k))})"
    return "\n".join([head, *(f"          {f['rule']} ({f['level']}): {safe(f['reason'])}" for f in row["findings"])])


@click.command()
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True), default="-")
@click.option("--at", default="", metavar="DATE", help="Day or moment of the calls; today (UTC) if none is given.")
@click.option("--from-abroad", is_flag=True, help="The calls came from another country's network.")
@click.option("--home", default="GB", show_default=True, help="Country whose network took the calls up.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def screen(file: Path, at: str, from_abroad: bool, home: str, as_json: bool) -> None:
    r"""Say of presented numbers, one a line, whether they can be the caller's.

    FILE is a text file, or - for the standard input. Facts are those of 'unspoof reference list'. A case's calls are
    screened by 'unspoof run'.

    \b
    Examples:
      unspoof screen --at 2021-11-05 numbers.txt
      echo "020 7946 0123" | unspoof screen --json
    Next: unspoof reference list
    """
    when = moment(at)
    stream: BinaryIO = sys.stdin.buffer if str(file) == "-" else file.open("rb")
    with stream:
        lines = Lines(stream)
        for row in screen_numbers(lines, at=when, home=home, from_abroad=True if from_abroad else None):
            sys.stdout.write((json.dumps(row) if as_json else _line(row)) + "\n")
        sys.stdout.flush()
    if lines.cut:
        click.echo(f"{lines.cut:,} lines were longer than {LONGEST_LINE:,} bytes and were cut there", err=True)


__all__ = ["screen"]

"""unspoof why."""

from __future__ import annotations

from pathlib import Path

import click

from unspoof.case import Case
from unspoof.cli.options import case_argument, json_option
from unspoof.cli.output import plain, safe, say_json


@click.command()
@case_argument
@click.argument("wanted", metavar="ID")
@json_option
def why(case: Path, wanted: str, as_json: bool) -> None:
    r"""Show one thing and everything that was concluded of it, with reasons.

    ID is an id, a suspect's id, a number with +, a user name, a brand, a bitcoin address, a txid, or a
    source's own reference. What is told of the chain carries its class: ledger fact, co-spend, change inference,
    attribution.

    \b
    Examples:
      unspoof why CASE S1099511627776
      unspoof why CASE +447700900123
      unspoof why CASE TXID
    Next: unspoof source CASE TABLE ID
    """
    found = Case(case).why(wanted)
    if as_json:
        listed = [
            {"name": f.name, "meaning": f.meaning, "class": f.kind, "total": f.total, "rows": list(f.rows)}
            for f in found
        ]
        say_json({"id": wanted, "found": listed})
        return
    for part in found:
        some = "" if len(part.rows) == part.total else f", the first {len(part.rows):,} shown"
        click.echo(f"\n{part.name} ({part.total:,}{some}): {part.meaning}" + (f"  [{part.kind}]" if part.kind else ""))
        shown = 3 if part.is_working else 20
        for row in part.rows[:shown]:
            known = {k: v for k, v in row.items() if v not in (None, "")}
            click.echo("  " + ", ".join(f"{k}={safe(str(plain(v)))}" for k, v in known.items()))
        if len(part.rows) > shown:
            click.echo(f"  ... {len(part.rows) - shown:,} more with --json")


__all__ = ["why"]

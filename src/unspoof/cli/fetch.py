"""unspoof fetch."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from unspoof.case import Case, Fetched, FetchOptions
from unspoof.cli.options import case_argument, json_option
from unspoof.cli.output import counter, safe, say_json
from unspoof.errors import BadRequest

_SHOWN = 20


def _range(text: str) -> tuple[int, int] | None:
    """Return a range of heights as 100-200, or one height."""
    if not text:
        return None
    match = re.fullmatch(r"([0-9]{1,8})(?:-([0-9]{1,8}))?", text)
    first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
    if first > last:
        raise BadRequest(f"{text[:40]!r} is no range of heights", where="--heights", hint="As 800000-800143.")
    return first, last


def _document(done: Fetched) -> dict[str, Any]:
    gathered, added = done.gathered, done.added
    return {
        "source": gathered.source,
        "asked": {
            "txids": len(done.wanted.txids),
            "addresses": len(done.wanted.addresses),
            "hops": done.wanted.hops,
            "ways": list(done.wanted.ways),
            "heights": list(done.wanted.heights) if done.wanted.heights else None,
        },
        "fetched": len(gathered.fetched),
        "held_before": gathered.held,
        "answers": gathered.answers,
        "refused": [{"what": what, "because": why} for what, why in gathered.refused],
        "stopped": [{"at": where, "because": why} for where, why in gathered.stopped],
        "fault": str(gathered.fault) if gathered.fault else None,
        "exhibit": added.exhibit.number if added else None,
        "sha256": added.exhibit.sha256 if added else None,
        "tables": added.tables if added else {},
    }


def _say(done: Fetched) -> None:
    gathered, wanted = done.gathered, done.wanted
    names = f"{len(wanted.txids):,} transactions and {len(wanted.addresses):,} addresses"
    click.echo(f"Asked {safe(gathered.source)} from {names}, {wanted.hops} hops {' and '.join(wanted.ways)}")
    click.echo(f"  {len(gathered.fetched):,} transactions fetched, {gathered.held:,} held before")
    _list("refused", gathered.refused)
    _list("not gone beyond", gathered.stopped)
    if done.added is None:
        click.echo("Nothing was received, and nothing sealed.")
        return
    added = done.added
    state = "was sealed before" if added.already else "sealed"
    click.echo(f"Exhibit {added.exhibit.number} ({safe(added.exhibit.name)}): {state}, {gathered.answers:,} answers")
    click.echo(f"  sha256 {added.exhibit.sha256}, {added.exhibit.size:,} bytes")
    for name, t in added.tables.items():
        click.echo(f"  {name:<9} {t['read']:>12,} read  {t['kept']:>12,} kept  {t['refused']:>8,} refused")
    for reason, rows in added.reasons.items():
        click.echo(f"  refused {rows:,}: {safe(reason)}")


def _list(title: str, rows: Sequence[tuple[str, str]]) -> None:
    for what, why in rows[:_SHOWN]:
        click.echo(f"  {title}: {safe(what)}{': ' if what else ''}{safe(why)}")
    if len(rows) > _SHOWN:
        click.echo(f"  {title}: {len(rows) - _SHOWN:,} more; --json lists all")


@click.command()
@case_argument
@click.option("--from", "source", default="", help="esplora:URL or rpc:URL. [default: as the machine is set]")
@click.option("--txid", "txids", multiple=True, help="A transaction to begin with; may be given several times.")
@click.option("--address", "addresses", multiple=True, help="An address to begin with; may be given several times.")
@click.option("--hops", type=click.IntRange(0, 50), help="How many transactions to go on. [default: trace_max_hops]")
@click.option("--backward", is_flag=True, help="Only to where the coins came from.")
@click.option("--forward", is_flag=True, help="Only to where they went; with --backward both, as without either.")
@click.option("--heights", default="", metavar="A-B", help="Blocks to look through, of a node that has no other way.")
@click.option("--proofs", is_flag=True, help="Ask again for transactions that no exhibit proves to be in a block.")
@click.option("--basis", default="", help="Legal basis, in your words; the server's name is always recorded.")
@json_option
def fetch(
    case: Path,
    source: str,
    txids: Sequence[str],
    addresses: Sequence[str],
    hops: int | None,
    backward: bool,
    forward: bool,
    heights: str,
    proofs: bool,
    basis: str,
    as_json: bool,
) -> None:
    r"""Ask a bitcoin node or server for transactions that the case lacks, and seal the answers.

    Without --txid and --address it begins with what the case's payments, invoices and receivers name. A server of
    somebody else's learns what it is asked: see docs/fetching.md.

    \b
    Examples:
      unspoof fetch CASE --from esplora:https://chain.example.org/api
      unspoof fetch CASE --from rpc:http://127.0.0.1:8332 --heights 800000-800143 --hops 1
      unspoof fetch CASE --proofs --hops 0
    Next: unspoof run CASE
    """
    options = FetchOptions(
        source,
        tuple(t.lower() for t in txids),
        tuple(addresses),
        hops,
        backward,
        forward,
        _range(heights),
        basis,
        proofs,
    )
    done = Case(case).fetch(options, counter("transactions fetched"))
    if as_json:
        say_json(_document(done))
    else:
        _say(done)
    if done.gathered.fault is not None:
        raise done.gathered.fault
    if not as_json and done.added is not None:
        click.echo(f"Next: unspoof run {shlex.quote(str(case))}")


__all__ = ["fetch"]

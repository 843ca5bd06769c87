"""unspoof trace."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from unspoof.case import Case
from unspoof.case.tracing import TraceShown
from unspoof.cli.options import case_argument, json_option
from unspoof.cli.output import safe, say_json, say_table, write_csv
from unspoof.errors import BadRequest

_COINS_SHOWN = 60


def _sat(value: int | None) -> str:
    return "not known" if value is None else f"{value:,}"


def _claims(row: Mapping[str, Any], names: list[str]) -> dict[str, str]:
    return {name: _sat(row["claimed"][name]) for name in names}


def write_trace(folder: Path, made: TraceShown) -> None:
    """Write a trace's files into a folder, which is made if need be; files of the same names are written over."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "graph.svg").write_text(made.svg + "\n", "utf-8")
    except OSError as error:
        raise BadRequest(f"cannot be written: {error.strerror}", where=str(folder)) from None
    write_csv(folder / "hops.csv", made.hops, made.hop_columns)
    write_csv(folder / "audit.csv", made.audit, made.audit_columns)
    write_csv(folder / "statements.csv", made.statements, made.statement_columns)
    click.echo(f"written: hops.csv, audit.csv, statements.csv and graph.svg in {safe(str(folder))}", err=True)


def _say_services(document: Mapping[str, Any], names: list[str]) -> None:
    services = document["services"]
    wallets = len({row["wallet"] for row in services})
    none = "none within the stop rules"
    click.echo("\nServices reached: " + (f"{wallets}, at {len(services)} outputs to ask about" if services else none))
    for row in services:
        who = row["service"] or "unattributed"
        claims = ", ".join(f"{name} {_sat(row['claimed'][name])}" for name in names)
        weak = row["weakest"]
        level = f", level {weak['level']}" if weak["level"] is not None else ""
        span = f"{_sat(weak['low_sat'])} to {_sat(weak['high_sat'])} sat"
        click.echo(f"  {safe(who)}  {row['txid']}:{row['place']}  {safe(str(row['holder']))}")
        click.echo(f"    {safe(row['says'])}")
        click.echo(f"    on the chain {_sat(row['value_sat'])} sat; claimed by policy: {claims}")
        click.echo(f"    weakest step: {weak['class']} at hop {weak['hop']}{level}, {span}: {safe(weak['says'])}")


def say_trace(document: Mapping[str, Any]) -> None:
    """Print a trace for people: coins, services, stops, sums."""
    names = [policy["name"] for policy in document["policies"]]
    tip = document["chain"]
    way = "where the coins went" if document["direction"] == "forward" else "where the coins came from"
    click.echo(f"{document['kind']} {safe(document['asked'])}: {way}")
    until = f"block {tip['height']} {tip['block_hash'] or ''}".strip() if tip["height"] is not None else "no block"
    click.echo(f"{len(document['transactions']):,} transactions; the case's chain data reach to {until}")
    head = ("hop", "txid", "place", "value_sat", "holder", "service", "stop")
    rows = [{**row, **_claims(row, names)} for row in document["coins"]]
    say_table(
        rows[:_COINS_SHOWN], [*head, *names], "Coins by hop, in satoshi; what policies claim side by side", ("place",)
    )
    if len(rows) > _COINS_SHOWN:
        click.echo(f"... {len(rows) - _COINS_SHOWN:,} more with --json or --out")
    _say_services(document, names)
    click.echo("\nWhere the trace stopped")
    for stop in document["stops"]:
        claims = ", ".join(f"{name} {_sat(stop['claimed'][name])}" for name in names)
        coins = f"{stop['coins']:,} coin" + ("s" if stop["coins"] > 1 else "")
        click.echo(f"  {stop['stop']}: {coins}, {_sat(stop['value_sat'])} sat on the chain; {claims}")
        click.echo(f"    {stop['says']}")
    click.echo("\nSums: put in + beyond = held + fees + not shared out; each balances at every transaction")
    for row in document["totals"]:
        parts = ("seeded_sat", "beyond_sat", "held_sat", "fees_sat", "unshared_sat")
        put, beyond, held, fees, lost = (_sat(row[part]) for part in parts)
        why = "" if row["conserves"] else "  (claims more than went in, by its own rule)"
        click.echo(f"  {row['policy']}: {put} + {beyond} = {held} + {fees} + {lost}{why}")
    click.echo("\nWhat else may lie behind a step: " + "; ".join(one.split(":")[0] for one in document["alternatives"]))


@click.command()
@case_argument
@click.argument("wanted", metavar="ADDRESS|TXID|ACCOUNT")
@click.option("--forward/--back", default=None, help="Where coins went, or came from. [default: back from an account]")
@click.option("--hops", type=click.IntRange(1, 1000), help="Transactions to follow. [default: trace_max_hops]")
@click.option(
    "--policy", "policies", multiple=True, metavar="NAME", help="poison, haircut or FIFO; all if none is named."
)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Write CSV files and a picture here.")
@json_option
def trace(
    case: Path,
    wanted: str,
    forward: bool | None,
    hops: int | None,
    policies: tuple[str, ...],
    out: Path | None,
    as_json: bool,
) -> None:
    r"""Follow coins from an address, a transaction or an account, and show what each policy claims.

    The policies share amounts out by different rules and are never mixed; none of them is a fact of the ledger.

    \b
    Examples:
      unspoof trace CASE ann42 --out trace-of-ann42
      unspoof trace CASE TXID --forward --hops 2 --policy FIFO
    Next: unspoof why CASE ACCOUNT
    """
    made = Case(case).trace(wanted, forward=forward, hops=hops or 0, policies=policies)
    if out is not None:
        write_trace(out, made)
    if as_json:
        say_json(made.document)
        return
    say_trace(made.document)


__all__ = ["say_trace", "trace", "write_trace"]

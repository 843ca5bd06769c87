"""unspoof prove."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from unspoof.case import Case
from unspoof.cli.options import case_argument, json_option
from unspoof.cli.output import plain, safe, say_json
from unspoof.errors import BadRequest

Row = Mapping[str, Any]
_BYTES_SHOWN = 2_000
"""Of a transaction, printed; the rest stands in the document."""


@click.command()
@case_argument
@click.argument("txid")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the proof as JSON to this file.")
@json_option
def prove(case: Path, txid: str, out: Path | None, as_json: bool) -> None:
    r"""Show what proves that a transaction is in a block, hash by hash, and what is left to somebody's word.

    Every step can be done again by hand; docs/proofs.md says how. Exits 1 where a proof fails, 2 where no exhibit holds the
    transaction.

    \b
    Examples:
      unspoof prove CASE TXID
      unspoof prove CASE TXID --out proof.json
    Next: unspoof source CASE transactions TXID
    """
    found = Case(case).prove(txid)
    if out is not None:
        _write(out, found)
    if as_json:
        say_json(found)
    else:
        _say(found)
    if found["verdict"] == "fails":
        raise click.exceptions.Exit(1)


def _write(out: Path, found: Row) -> None:
    try:
        out.write_text(json.dumps(plain(found), indent=2, ensure_ascii=True) + "\n", "utf-8")
    except OSError as error:
        raise BadRequest(f"cannot be written: {error.strerror}", where=str(out)) from None
    click.echo(f"written: {safe(str(out))}", err=True)


def _say(found: Row) -> None:
    click.echo(f"transaction {found['txid']}\n{found['verdict']}: {found['says']}")
    for block in found["blocks"]:
        click.echo(f"block {block}")
    for caution in found["cautions"]:
        click.echo(f"caution: {caution}")
    for number, proof in enumerate(found["proofs"], 1):
        _say_proof(number, proof)
    for one in found["without_proof"]:
        click.echo(f"\nexhibit {one['exhibit']['number']} ({safe(one['exhibit']['name'])}): {one['because']}")
    click.echo("\nWhat no proof of this kind shows")
    for line in found["not_proven"]:
        click.echo(f"  - {line}")
    if found["to_fetch"]:
        click.echo("\nWhat would prove it")
        for line in found["to_fetch"]:
            click.echo(f"  - {line}")


def _say_proof(number: int, proof: Row) -> None:
    exhibit = proof["exhibit"]
    click.echo(
        f"\n{number}. exhibit {exhibit['number']} ({safe(exhibit['name'])}), {proof['locator']}: {proof['verdict']}"
    )
    click.echo(
        f"   sealed with SHA-256 {exhibit['sha256']}" + (f"; {safe(exhibit['basis'])}" if exhibit["basis"] else "")
    )
    for answer in proof["answers"]:
        click.echo(f"   {safe(answer['holds'])}: {safe(answer['request'])}, received {safe(answer['received_at'])}")
        click.echo(f"     SHA-256 of the answer {safe(answer['sha256'])}")
    for part, say in (("transaction", _say_transaction), ("header", _say_header), ("branch", _say_branch)):
        if proof[part] is not None:
            say(proof[part])
    click.echo("   checks")
    for check in proof["checks"]:
        click.echo(f"     {check['result']:<9} {check['what']:<8} {safe(check['because'])}")
    for line in proof["not_proven"]:
        click.echo(f"     not proven here: {line}")


def _say_transaction(one: Row) -> None:
    shown = one["bytes"][: 2 * _BYTES_SHOWN]
    click.echo(
        f"   transaction without witness, {one['size']:,} bytes, {one['from']}; hashed twice with SHA-256, then turned round:"
    )
    click.echo(f"     {shown}" + ("" if len(shown) == len(one["bytes"]) else "... (all of it with --out or --json)"))


def _say_header(one: Row) -> None:
    at = datetime.fromtimestamp(one["time"], UTC).isoformat().replace("+00:00", "Z")
    click.echo(f"   block header, 80 bytes; hashed likewise:\n     {one['bytes']}")
    click.echo(f"     hash          {one['hash']}\n     target        {one['target']}  (bits {one['bits']})")
    click.echo(
        f"     previous hash {one['previous']}\n     merkle root   {one['merkle_root']}\n     time          {at}"
    )


def _say_branch(one: Row) -> None:
    click.echo(
        f"   branch from place {one['place']}, {one['from']}; each line: SHA-256 twice of left and right, as bytes"
    )
    click.echo(f"     starts at {one['starts_at']}  (the txid turned round)")
    for number, step in enumerate(one["steps"], 1):
        click.echo(
            f"     {number:>2}. left  {step['left']}\n         right {step['right']}\n         gives {step['parent']}"
        )
    click.echo(f"     leads to  {one['leads_to']}  (turned round: the merkle root)")


__all__ = ["prove"]

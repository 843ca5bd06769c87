"""unspoof verify-identity."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import click

from unspoof.case import IdentityOptions, verify_identities
from unspoof.cli.output import safe

_MARKS = {"pass": "holds", "fail": "FAILS", "not-done": "not done"}


@click.command("verify-identity")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--at", metavar="TIME", help="Time of calls that state none: unix seconds or ISO 8601.")
@click.option(
    "--trust",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Folder of PEM files; what lies there is trusted itself, a signer's certificate too. Revocation lists as well.",
)
@click.option("--certificates", type=click.Path(path_type=Path), metavar="DIR", help="Certificates kept by address.")
@click.option("--strict", is_flag=True, help="Make every oddity a fault.")
@click.option(
    "--freshness",
    type=click.IntRange(min=0, max=31_622_400),
    default=60,
    show_default=True,
    help="Seconds that a token may be older or younger than its call.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def verify_identity(
    file: Path,
    at: str | None,
    trust: Path | None,
    certificates: Path | None,
    strict: bool,
    freshness: int,
    as_json: bool,
) -> None:
    r"""Verify signed calls (STIR/SHAKEN) at the time of each call: JSON lines, a capture or a SIP log.

    Exits 1 if any verdict is failed. Nothing is fetched from the network.

    \b
    Examples:
      unspoof verify-identity calls.jsonl --trust anchors
      unspoof verify-identity calls.jsonl --trust anchors --at 2026-11-22T15:32:49Z --json
      unspoof verify-identity capture.pcapng --trust anchors --strict
    """
    options = IdentityOptions(at, trust, certificates, strict, freshness)
    count: Counter[str] = Counter()
    for row in verify_identities(file, options):
        count[row["verdict"]] += 1
        click.echo(json.dumps(row, separators=(",", ":")) if as_json else _readable(row))
    if not as_json:
        total = ", ".join(f"{count[name]:,} {name}" for name in ("verified", "failed", "unverifiable"))
        click.echo(f"{count.total():,} signed calls: {total}", err=True)
    for note in options.notes:
        click.echo(f"notice: {safe(note)}", err=True)
    if count["failed"]:
        sys.exit(1)


def _readable(row: dict[str, Any]) -> str:
    """Return a verdict in words that can be read out."""
    place = f"Line {row['line']}" if "line" in row else f"Message {row['message']}"
    fault = f": {row['fault']} ({row['sip_code']})" if row["fault"] else ""
    lines = [f"{place}: {row['verdict']}{fault}"]
    if row["orig"]:
        level = f", attestation {row['attestation']}" if row["attestation"] else ""
        lines.append(f"  The token says: {row['orig']} calls {', '.join(row['dest'])}{level}.")
    certificate = row["certificate"]
    if certificate:
        code = f", provider code {certificate['spc']}" if certificate["spc"] else ""
        lines.append(f"  Certificate: {certificate['subject']}{code}; sha256 {certificate['sha256']}")
        lines.append(f"  It came from: {certificate['source']}; {certificate['obtained']}.")
    lines += [f"  {c['check']:<10} {_MARKS[c['result']]:<9} {c['detail']}" for c in row["checks"]]
    if row["oddities"]:
        lines.append(f"  Oddities: {', '.join(row['oddities'])}")
    return "\n".join(safe(line) for line in lines)


__all__ = ["verify_identity"]

"""unspoof source."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from unspoof.case import Case, Source
from unspoof.cli.options import case_argument, json_option
from unspoof.cli.output import plain, safe, say_json


def _document(found: Source, wanted: str) -> dict[str, Any]:
    return {
        "table": found.table,
        "id": found.row[next(iter(found.row))],
        "asked": wanted,
        "row": found.row,
        "exhibit": {"number": found.exhibit_number, "sha256": found.exhibit_sha256, "name": found.exhibit_name},
        "locator": found.locator,
        "bytes": found.content,
        **({"hex": found.content.hex()} if found.is_binary else {}),
        **({"unmixed_hex": found.unmixed.hex()} if found.unmixed is not None else {}),
    }


@click.command()
@case_argument
@click.argument("table")
@click.argument("wanted", metavar="ID")
@json_option
def source(case: Path, table: str, wanted: str, as_json: bool) -> None:
    r"""Show a row, its exhibit, and the very bytes it came from.

    Bytes that are no UTF-8 are printed as \\xNN, those of block files as hex.

    \b
    Examples:
      unspoof source CASE calls 1099511739392
      unspoof source CASE reports CR-2022-000123
    Next: unspoof verify CASE
    """
    found = Case(case).source(table, wanted)
    if as_json:
        first = _document(found[0], wanted)
        say_json(first if len(found) == 1 else {**first, "others": [_document(f, wanted) for f in found[1:]]})
        return
    for one in found:
        click.echo(f"{one.table} {one.row[next(iter(one.row))]}")
        for name, value in one.row.items():
            if value is not None:
                click.echo(f"  {name:<22} {safe(str(plain(value)))}")
        click.echo(f"exhibit {one.exhibit_number}: {safe(one.exhibit_name)}, sha256 {one.exhibit_sha256}")
        shown = one.content.hex() if one.is_binary else safe(str(plain(one.content)))
        click.echo(f"{one.locator}:\n{shown}")
        if one.unmixed is not None:
            click.echo(f"unmixed with the key of the file:\n{one.unmixed.hex()}")
        click.echo()


__all__ = ["source"]

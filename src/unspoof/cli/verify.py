"""unspoof verify."""

from __future__ import annotations

from pathlib import Path

import click

from unspoof.case import Case
from unspoof.cli.options import case_argument, engine_option, json_option
from unspoof.cli.output import progress, say_json
from unspoof.errors import FoundWrong


@click.command()
@case_argument
@click.option("--deep", is_flag=True, help="Read every exhibit again too, and compare its tables byte for byte.")
@engine_option
@json_option
def verify(case: Path, deep: bool, engine: str, as_json: bool) -> None:
    r"""Hash everything again, walk the custody chain, and work every finding and figure out again.

    Exits 1 if anything is wrong, and names it.

    \b
    Examples:
      unspoof verify CASE
      unspoof verify CASE --deep
      unspoof verify CASE --engine spark
      unspoof verify CASE --json
    """
    opened = Case(case)
    found = opened.verify(progress(), deep=deep, engine=engine)
    faults = [f for f in found if f.kind == "fault"]
    head = opened.vault.head.hash if not faults else ""
    if as_json:
        listed = [{"path": f.path, "problem": f.problem, "kind": f.kind} for f in found]
        say_json({"ok": not faults, "faults": listed, "custody_head": head, "files": len(opened.vault.files())})
        if faults:
            raise click.exceptions.Exit(1)
        return
    for notice in found:
        if notice.kind != "fault":
            click.echo(f"notice: {notice.path}: {notice.problem}")
    if faults:
        raise FoundWrong(
            f"{len(faults)} fault{'s' if len(faults) > 1 else ''} found\n"
            + "\n".join(f"  {f.path}: {f.problem}" for f in faults),
            where=str(case),
            hint="Nothing was changed. Compare with a copy of the case before working on.",
        )
    click.echo(f"Nothing wrong: {len(opened.vault.files()):,} files hashed, every figure worked out again.")
    click.echo(f"The custody log ends with {head}. Keep that elsewhere: it shows if anything is ever cut off.")


__all__ = ["verify"]

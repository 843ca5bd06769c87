"""unspoof synth."""

from __future__ import annotations

from pathlib import Path

import click

from unspoof.case import make_synthetic
from unspoof.cli.options import json_option
from unspoof.cli.output import say_json


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--calls", type=click.IntRange(100, 200_000_000), default=100_000, show_default=True, help="How many.")
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed, another case.")
@json_option
def synth(folder: Path, calls: int, seed: int, as_json: bool) -> None:
    r"""Make a made-up seizure: files as seized, and truth/ beside them. It makes records, never calls.

    \b
    Examples:
      unspoof synth seizure --calls 100000 --seed 1
      unspoof synth big --calls 10000000 --seed 7
    Next: see DIR/HOWTO.txt
    """
    made = make_synthetic(folder, calls=calls, seed=seed)
    if as_json:
        say_json(made)
        return
    for file in made["files"]:
        click.echo(f"{file['path']}  {file['size']:,} bytes")
    click.echo(f"Truth: {made['truth']}\nHow to work it: {folder}/HOWTO.txt")


__all__ = ["synth"]

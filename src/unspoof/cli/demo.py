"""unspoof demo."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path

import click

from unspoof.case import Demo, run_demo
from unspoof.cli.figures import say_figures
from unspoof.cli.options import json_option
from unspoof.cli.output import progress, say_json


@click.command()
@click.option("--calls", type=click.IntRange(1000, 200_000_000), default=100_000, show_default=True, help="How many.")
@click.option("--dir", "folder", type=click.Path(path_type=Path), default=Path("demo-case"), show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed, another case.")
@json_option
def demo(calls: int, folder: Path, seed: int, as_json: bool) -> None:
    r"""Work a made-up case end to end, print the figures and say where to look.

    \b
    Examples:
      unspoof demo
      unspoof demo --calls 1000000 --dir big-demo
    """
    done = run_demo(folder, calls, seed, progress())
    if as_json:
        say_json({"case": str(done.case.folder), "seizure": str(done.seizure), **done.case.figures_json()})
        return
    say_figures(done.case.figures())
    _where_to_look(done)


def _where_to_look(done: Demo) -> None:
    case, unspoof = shlex.quote(str(done.case.folder)), _own_name()
    click.echo(f"""
A made-up case of {done.calls:,} calls: no real person, no real number. The seizure lies in {done.seizure}.
It was worked in {done.seconds:.1f} s (making it up took {done.making_s:.1f} s more). Look around:

  {done.case.folder}/outputs/report.html      the report, in any browser
  {unspoof} suspects {case} --top 10
  {unspoof} why {case} {done.suspect_id}
  {unspoof} victims {case} --top 10
  {unspoof} reconcile {case} --verdict chain-only
  {unspoof} wallets {case} --top 10
  {unspoof} links {case} --kind report-call --top 10
  {unspoof} source {case} reports {done.report_ref}
  {unspoof} verify {case}
""")


def _own_name() -> str:
    """Return how this very command can be called again from here: it may lie in an environment that is not on PATH."""
    called = Path(sys.argv[0])
    if called.name != "unspoof" or shutil.which("unspoof") == str(called.absolute()):
        return "unspoof"
    return shlex.quote(os.path.relpath(called))


__all__ = ["demo"]

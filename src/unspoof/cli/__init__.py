"""The command line: one file per command; calls Case only.

Exit codes: 0 done, 1 found wrong (a verification that failed), 2 bad input.
"""

from __future__ import annotations

import sys

import click

from unspoof import __version__
from unspoof.cli.add import add
from unspoof.cli.brands import brands
from unspoof.cli.demo import demo
from unspoof.cli.export import export
from unspoof.cli.fetch import fetch
from unspoof.cli.figures import figures
from unspoof.cli.heuristics import heuristics
from unspoof.cli.links import links
from unspoof.cli.live import live
from unspoof.cli.new import new
from unspoof.cli.output import safe, said_wrong
from unspoof.cli.prove import prove
from unspoof.cli.reconcile import reconcile
from unspoof.cli.reference import reference
from unspoof.cli.requests import requests
from unspoof.cli.run import run
from unspoof.cli.screen import screen
from unspoof.cli.source import source
from unspoof.cli.status import status
from unspoof.cli.suspects import suspects
from unspoof.cli.synth import synth
from unspoof.cli.trace import trace
from unspoof.cli.verify import verify
from unspoof.cli.verify_identity import verify_identity
from unspoof.cli.victims import victims
from unspoof.cli.wallets import wallets
from unspoof.cli.why import why
from unspoof.errors import UnspoofError

COMMANDS: tuple[click.Command, ...] = (
    demo,
    synth,
    new,
    add,
    fetch,
    status,
    run,
    figures,
    suspects,
    victims,
    brands,
    links,
    reconcile,
    wallets,
    trace,
    heuristics,
    requests,
    why,
    source,
    prove,
    verify,
    export,
    screen,
    verify_identity,
    reference,
    live,
)


class _Ordered(click.Group):
    """Lists commands in the order of the work, not of the alphabet."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [command.name or "" for command in COMMANDS]


@click.group(cls=_Ordered, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, message="unspoof %(version)s")
def cli() -> None:
    r"""Take a caller-ID spoofing operation apart: from seized records to figures, suspects, victims and evidence.

    unspoof reads records. It places, relays and alters no calls.

    \b
    First steps:
      unspoof demo                         a made-up case, worked end to end
      unspoof new CASE --reference R       then: add, run, figures, suspects, victims
    """


def _as_written(command: click.Command) -> None:
    """Let examples stand line by line: click's mark for that is a backspace, which a raw docstring spells in two."""
    command.help = (command.help or "").replace("\\b\n", "\b\n")
    for below in command.commands.values() if isinstance(command, click.Group) else ():
        _as_written(below)


for _command in COMMANDS:
    cli.add_command(_command)
_as_written(cli)


def main() -> None:
    """Run the command line; every expected error is one message and an exit code, never a traceback."""
    try:
        code = cli(standalone_mode=False)
        # click gives the code of its own Exit back instead of raising it; commands return nothing.
        if isinstance(code, int) and code:
            sys.exit(code)
    except click.exceptions.Abort:
        click.echo("stopped", err=True)
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except UnspoofError as error:
        click.echo(f"unspoof: {said_wrong(error)}", err=True)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except OSError as error:
        name = f"{safe(str(error.filename))}: " if error.filename else ""
        click.echo(f"unspoof: {name}{error.strerror or error}  [os]", err=True)
        sys.exit(2)


__all__ = ["COMMANDS", "cli", "main"]

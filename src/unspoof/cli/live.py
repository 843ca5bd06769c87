"""unspoof live."""

from __future__ import annotations

from pathlib import Path

import click

from unspoof.case import serve_live


@click.command()
@click.option("--config", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="A live.toml.")
@click.option("--listen", metavar="ADDRESS:PORT", help="Where to listen.  [default: 127.0.0.1:8080]")
@click.option("--workers", type=click.IntRange(1, 256), help="Processes that answer, one a core.  [default: 1]")
@click.option(
    "--trust",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder of PEM files that are trusted.",
)
@click.option("--home", metavar="COUNTRY", help="In whose way national numbers are read.  [default: GB]")
def live(config: Path | None, listen: str | None, workers: int | None, trust: Path | None, home: str | None) -> None:
    r"""Judge calls while they ring: an HTTP service that a switch asks for each call.

    It answers whether the presented number can be the caller's and whether the call's signature holds, and sends
    alerts. It places, relays and alters no call: the switch decides.

    \b
    Examples:
      unspoof live --listen 127.0.0.1:8080
      unspoof live --config live.toml --workers 4
    Needs: pip install 'unspoof[live]'
    """

    def ready(url: str) -> None:
        click.echo(f"unspoof live answers on {url}")

    serve_live(config, listen=listen, workers=workers, trust=trust, home=home, ready=ready)


__all__ = ["live"]

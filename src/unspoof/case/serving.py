"""Run the live service; cases have no part in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path


def serve_live(
    config: Path | None,
    *,
    listen: str | None = None,
    workers: int | None = None,
    trust: Path | None = None,
    home: str | None = None,
    ready: Callable[[str], None],
) -> None:
    """Judge calls while they ring, until SIGTERM or SIGINT.

    Args:
        config: a live.toml (docs/live.md); None for the defaults.
        listen: ADDRESS:PORT; like the following it overrides the file where it is not None.
        workers: processes that answer.
        trust: folder of trusted certificates.
        home: ISO 3166 code of the country in whose way national numbers are read.
        ready: told the address once every process answers.

    Raises:
        UnspoofError: it could not be started.

    """
    # Imported here: no other command is to pay for a server's start.
    from unspoof.live import serve

    given = {
        "listen": listen,
        "workers": workers,
        "trust": str(trust.absolute()) if trust else None,
        "home": home.upper() if home else None,
    }
    serve(config, given, ready)


__all__ = ["serve_live"]

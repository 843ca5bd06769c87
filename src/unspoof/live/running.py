"""Start the live service from the command line's wishes; it holds the only words on what must be installed for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path

from unspoof.errors import BadRequest
from unspoof.live.jobs import Job
from unspoof.live.settings import Value

_NEEDED = ("uvicorn", "starlette", "httptools")


def serve(config: Path | None, given: Mapping[str, Value | None], ready: Callable[[str], None]) -> None:
    """Run the live service until it is told to stop by SIGTERM or SIGINT.

    Args:
        config: a live.toml; None for the defaults.
        given: settings of [service] that override it; None is not stated.
        ready: told the address once every process answers.

    Raises:
        BadRequest: what the service needs is not installed, or a setting is wrong.
        UnspoofError: it could not be started.

    """
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise BadRequest(
            f"the live service needs {', '.join(missing)}", where="unspoof live", hint="pip install 'unspoof[live]'"
        )
    text, where, folder = "", "defaults", Path.cwd()
    if config is not None:
        try:
            text, where, folder = config.read_text("utf-8"), config.name, config.absolute().parent
        except (OSError, UnicodeDecodeError) as error:
            raise BadRequest(f"cannot be read: {error}", where=str(config)) from None
    from unspoof.live.service import metric_names
    from unspoof.live.supervisor import Supervisor

    Supervisor(Job(text, where, str(folder), given), metric_names()).run(ready)


__all__ = ["serve"]

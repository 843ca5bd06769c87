"""Run named steps on an engine; the only package that imports a database driver."""

from __future__ import annotations

from pathlib import Path

from unspoof.config import Machine
from unspoof.engine.duckdb import DuckEngine
from unspoof.engine.engine import Engine
from unspoof.engine.spark import SparkEngine
from unspoof.engine.step import Inputs, Step
from unspoof.errors import BadRequest

ENGINES: tuple[type[Engine], ...] = (DuckEngine, SparkEngine)
"""Every engine; the first is the default."""


def open_engine(machine: Machine, scratch: Path) -> Engine:
    """Start the engine that the machine names.

    Args:
        machine: whose `engine` is a name of ENGINES.
        scratch: a private folder on the case's own disk, for what spills.

    Raises:
        BadRequest: there is no engine of that name.
        EngineGap: it does not start.

    """
    for engine in ENGINES:
        if engine.name == machine.engine:
            return engine.opened(machine, scratch)
    known = ", ".join(engine.name for engine in ENGINES)
    raise BadRequest(f"there is no engine {machine.engine!r}", where="engine", hint=f"Known: {known}.")


__all__ = ["ENGINES", "DuckEngine", "Engine", "Inputs", "SparkEngine", "Step", "open_engine"]

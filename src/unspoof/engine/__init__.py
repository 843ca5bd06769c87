"""Run named steps on an engine; the only package that imports a database driver."""

from unspoof.engine.duckdb import DuckEngine
from unspoof.engine.step import Inputs, Step

ENGINES = (DuckEngine,)

__all__ = ["ENGINES", "DuckEngine", "Inputs", "Step"]

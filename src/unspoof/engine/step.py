"""A named step: what it reads, the SQL or columnar function, what it gives; it runs nothing itself.

SQL is in DuckDB's dialect, in the portable subset of docs/sql.md. Values of settings are bound through the one-row view
`setting`, whose columns are the settings' names, and facts of the case through the one-row view `this_case`
(reference, home, currency): `(SELECT long_call_s FROM setting)`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from unspoof.config import CaseSettings
from unspoof.errors import EngineGap
from unspoof.model.tables import Table


@dataclass(frozen=True)
class Inputs:
    """What a columnar step is given: its tables as Arrow, and the settings of the case."""

    tables: Mapping[str, pa.Table]
    settings: CaseSettings


@dataclass(frozen=True)
class Step:
    """One step of the analysis; either `sql` or `run` is set.

    A step that is not kept is a view: its SQL is run inside the steps that read it, and no file is written.
    """

    name: str
    meaning: str
    reads: tuple[str, ...]
    gives: Table
    order_by: tuple[str, ...] = ()
    """Columns that put the rows in one total order, so that the same rows are the same bytes."""
    sql: str = ""
    run: Callable[[Inputs], pa.Table] | None = None
    settings: tuple[str, ...] = ()
    """Settings that the result depends on; a change of any makes the step run again."""
    kept: bool = True
    gaps: Mapping[str, str] = field(default_factory=dict)
    """Engines that cannot run it, each with the reason; a test fails when one of them can after all."""

    def __post_init__(self) -> None:
        """Refuse a step that says both or neither of SQL and function, or keeps rows in no order."""
        if bool(self.sql) == (self.run is not None):
            raise TypeError(f"step {self.name}: give either sql or run")
        if self.kept and not self.order_by:
            raise TypeError(f"step {self.name}: kept rows need a total order")

    def refuse_gap(self, engine: str) -> None:
        """Raise EngineGap if this step is marked as one that an engine cannot run."""
        if engine in self.gaps:
            raise EngineGap(f"{engine} cannot run it: {self.gaps[engine]}", where=f"step {self.name}")


__all__ = ["Inputs", "Step"]

"""DuckDB, in memory over Parquet: the default engine; it never writes anywhere but where it is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import duckdb
import pyarrow as pa

from unspoof.config import CaseSettings, Machine
from unspoof.engine.engine import quoted, settings_rows, typed
from unspoof.engine.step import Inputs, Step
from unspoof.errors import EngineGap
from unspoof.model.arrow import schema
from unspoof.model.tables import Table

_PARQUET = "COMPRESSION zstd, COMPRESSION_LEVEL 1, DICTIONARY_SIZE_LIMIT 4096, PARQUET_VERSION V2"
"""How findings are written. Writing them is half the work of a step over millions of rows: the lowest level of zstd takes a
quarter less time for files that are no larger, as what hardly repeats, such as a txid, is no longer put in a dictionary."""


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


class DuckEngine:
    """One in-memory DuckDB with views over a case's tables and findings; see Engine for its methods.

    Args:
        spill_dir: where rows go that do not fit in memory; on the case's own disk, as what spills is personal data.
        memory_limit: DuckDB's form, '4GB'; empty for DuckDB's own default.
        threads: 0 for all cores.

    """

    name: ClassVar[str] = "duckdb"

    def __init__(self, spill_dir: Path | None = None, memory_limit: str = "", threads: int = 0) -> None:
        options: dict[str, Any] = {"autoinstall_known_extensions": False, "autoload_known_extensions": False}
        if threads:
            options["threads"] = threads
        if memory_limit:
            options["memory_limit"] = memory_limit
        if spill_dir is not None:
            options["temp_directory"] = str(spill_dir)
        self._db = duckdb.connect(":memory:", config=options)
        self._db.execute("SET TimeZone='UTC'")
        self._db.execute("SET enable_progress_bar=false")
        self._kept: list[pa.Table] = []

    @classmethod
    def opened(cls, machine: Machine, scratch: Path) -> Self:
        """Open it with the machine's memory limit, spilling into `scratch`."""
        return cls(spill_dir=scratch, memory_limit=machine.memory_limit)

    @property
    def version(self) -> str:
        """DuckDB's version."""
        return str(duckdb.__version__)

    @property
    def writer(self) -> Mapping[str, str]:
        """DuckDB writes what it works out."""
        return {self.name: self.version, "parquet": _PARQUET}

    def close(self) -> None:
        """Give memory and spill files back."""
        self._db.close()

    def view_settings(self, settings: CaseSettings) -> None:
        """Make the one-row views `setting` and `this_case`."""
        for name, row in settings_rows(settings).items():
            self.view_arrow(name, row)

    def view_files(self, table: Table, files: Sequence[Path], partition: str = "") -> None:
        """Make a view over Parquet files of one table; without files it is empty but typed."""
        if files:
            names = "[" + ", ".join(_literal(str(f)) for f in files) + "]"
            source = f"read_parquet({names}, hive_partitioning={'true' if partition else 'false'})"
            self._db.execute(f"CREATE OR REPLACE VIEW {quoted(table.name)} AS {typed(table, source, partition)}")
            return
        empty = schema(table)
        if partition:
            empty = empty.append(pa.field(partition, pa.int32()))
        self.view_arrow(table.name, empty.empty_table())

    def view_arrow(self, name: str, data: pa.Table) -> None:
        """Make a view over an Arrow table that stays in memory."""
        held = f"arrow_{len(self._kept)}"
        self._kept.append(data)
        self._db.register(held, data)
        self._db.execute(f"CREATE OR REPLACE VIEW {quoted(name)} AS SELECT * FROM {held}")

    def view_step(self, step: Step) -> None:
        """Make a view of a step that is not kept."""
        self._db.execute(f"CREATE OR REPLACE VIEW {quoted(step.name)} AS {step.sql}")

    def fetch(self, sql: str, parameters: Mapping[str, object] | None = None) -> pa.Table:
        """Run a query and return its rows; values are bound as $name."""
        try:
            return self._db.sql(sql, params=dict(parameters or {})).to_arrow_table()
        except duckdb.Error as error:
            raise _gap("DuckDB refused a query", error, "engine") from error

    def run(self, step: Step, settings: CaseSettings) -> pa.Table:
        """Run one step and return its rows in its order, in its types."""
        if step.run is not None:
            tables = {name: self.fetch(f"SELECT * FROM {quoted(name)}") for name in step.reads}
            made = step.run(Inputs(tables, settings))
            return made.select(list(step.gives.names)).cast(schema(step.gives))
        return self.fetch(_ordered(step, f"({step.sql}) AS step")).cast(schema(step.gives))

    def write(self, step: Step, settings: CaseSettings, target: Path) -> int:
        """Run one step into one Parquet file and return how many rows it holds."""
        step.refuse_gap(self.name)
        if step.run is not None:
            self.view_arrow(step.name, self.run(step, settings))
            return self.write_rows(step, quoted(step.name), target)
        return self.write_rows(step, f"({step.sql}) AS step", target)

    def write_rows(self, step: Step, source: str, target: Path) -> int:
        """Write the rows of a source, in SQL, as a step's into one Parquet file; return how many there are."""
        try:
            copy = f"COPY ({_ordered(step, source)}) TO {_literal(str(target))} (FORMAT parquet, {_PARQUET})"
            written = self._db.execute(copy).fetchall()
        except duckdb.Error as error:
            raise _gap("DuckDB could not run it", error, f"step {step.name}") from error
        return int(written[0][0])


def _gap(what: str, error: duckdb.Error, where: str) -> EngineGap:
    """Return the error to raise; where memory or disk ran out, it says what to give instead of DuckDB's own settings."""
    if not isinstance(error, duckdb.OutOfMemoryException):
        return EngineGap(f"{what}: {error}", where=where)
    kept = "The case is as it was before."
    hint = f"{kept} Set UNSPOOF_MEMORY_LIMIT, or memory_limit under [machine] in case.toml, to more: as 8GB."
    if "max_temp_directory_size" in str(error):
        hint = f"{kept} Make room on its disk, or set UNSPOOF_MEMORY_LIMIT to more, so that less is spilled to it."
    said = str(error).split("\n")[0]
    return EngineGap(f"{what}: {said}", where=where, hint=f"{hint} See: unspoof status CASE")


def _ordered(step: Step, source: str) -> str:
    order = f" ORDER BY {', '.join(quoted(c) for c in step.order_by)}" if step.order_by else ""
    return typed(step.gives, source) + order


__all__ = ["DuckEngine"]

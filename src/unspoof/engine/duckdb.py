"""DuckDB, in memory over Parquet: the default engine; it never writes anywhere but where it is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from unspoof.config import CaseSettings
from unspoof.engine.step import Inputs, Step
from unspoof.errors import EngineGap
from unspoof.model.arrow import schema
from unspoof.model.tables import ColumnType, Table

_SQL_TYPES: Mapping[ColumnType, str] = {
    "text": "VARCHAR",
    "int64": "BIGINT",
    "int32": "INTEGER",
    "timestamp": "TIMESTAMP",
    "bool": "BOOLEAN",
    "float64": "DOUBLE",
}


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


class DuckEngine:
    """One in-memory DuckDB with views over a case's tables and findings.

    Args:
        spill_dir: where rows go that do not fit in memory; on the case's own disk, as what spills is personal data.
        memory_limit: DuckDB's form, '4GB'; empty for DuckDB's own default.
        threads: 0 for all cores.

    """

    name = "duckdb"

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

    @property
    def version(self) -> str:
        """DuckDB's version, for manifests."""
        return str(duckdb.__version__)

    def close(self) -> None:
        """Give memory and spill files back."""
        self._db.close()

    def view_settings(self, settings: CaseSettings) -> None:
        """Make the one-row views `setting` and `this_case`."""
        values = {name: [chosen.value] for name, chosen in settings.chosen.items()}
        self.view_arrow("setting", pa.table(values))
        facts = {"reference": [settings.reference], "home": [settings.home], "currency": [settings.currency]}
        self.view_arrow("this_case", pa.table(facts))

    def view_files(self, table: Table, files: Sequence[Path], partition: str = "") -> None:
        """Make a view over Parquet files of one table; without files it is empty but typed.

        Args:
            table: name and columns of the view.
            files: Parquet files.
            partition: name of an integer column that stands in the path as NAME=VALUE.

        """
        columns = ", ".join(
            f"CAST({_quoted(c.name)} AS {_SQL_TYPES[c.type]}) AS {_quoted(c.name)}" for c in table.columns
        )
        extra = f", CAST({_quoted(partition)} AS INTEGER) AS {_quoted(partition)}" if partition else ""
        if files:
            names = "[" + ", ".join(_literal(str(f)) for f in files) + "]"
            source = f"read_parquet({names}, hive_partitioning={'true' if partition else 'false'})"
            self._db.execute(f"CREATE OR REPLACE VIEW {_quoted(table.name)} AS SELECT {columns}{extra} FROM {source}")
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
        self._db.execute(f"CREATE OR REPLACE VIEW {_quoted(name)} AS SELECT * FROM {held}")

    def view_step(self, step: Step) -> None:
        """Make a view of a step that is not kept."""
        self._db.execute(f"CREATE OR REPLACE VIEW {_quoted(step.name)} AS {step.sql}")

    def fetch(self, sql: str, parameters: Mapping[str, object] | None = None) -> pa.Table:
        """Run a query and return its rows; values are bound as $name."""
        try:
            return self._db.sql(sql, params=dict(parameters or {})).to_arrow_table()
        except duckdb.Error as error:
            raise EngineGap(f"DuckDB refused a query: {error}", where="engine") from error

    def run(self, step: Step, settings: CaseSettings) -> pa.Table:
        """Run one step and return its rows in its order, in its types."""
        if step.run is not None:
            tables = {name: self.fetch(f"SELECT * FROM {_quoted(name)}") for name in step.reads}
            made = step.run(Inputs(tables, settings))
            return made.select(list(step.gives.names)).cast(schema(step.gives))
        return self.fetch(self._select(step)).cast(schema(step.gives))

    def write(self, step: Step, settings: CaseSettings, target: Path) -> int:
        """Run one step into one Parquet file and return how many rows it holds.

        The file's bytes depend on the rows alone: rows are in the step's order and nothing in it tells the time.
        """
        if step.run is not None:
            made = self.run(step, settings)
            self.view_arrow(step.name, made)
            select = f"SELECT * FROM {_quoted(step.name)} ORDER BY {', '.join(_quoted(c) for c in step.order_by)}"
        else:
            select = self._select(step)
        try:
            copy = f"COPY ({select}) TO {_literal(str(target))} (FORMAT parquet, COMPRESSION zstd)"
            written = self._db.execute(copy).fetchall()
        except duckdb.Error as error:
            raise EngineGap(f"DuckDB could not run it: {error}", where=f"step {step.name}") from error
        return int(written[0][0])

    def _select(self, step: Step) -> str:
        columns = ", ".join(
            f"CAST({_quoted(c.name)} AS {_SQL_TYPES[c.type]}) AS {_quoted(c.name)}" for c in step.gives.columns
        )
        order = f" ORDER BY {', '.join(_quoted(c) for c in step.order_by)}" if step.order_by else ""
        return f"SELECT {columns} FROM ({step.sql}) AS step{order}"


__all__ = ["DuckEngine"]

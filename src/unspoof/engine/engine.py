"""What every engine can do, whichever database is behind it; no engine is written here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Protocol, Self

import pyarrow as pa

from unspoof.config import CaseSettings, Machine
from unspoof.engine.step import Step
from unspoof.model.tables import ColumnType, Table

SQL_TYPES: Mapping[ColumnType, str] = {
    "text": "VARCHAR",
    "int64": "BIGINT",
    "int32": "INTEGER",
    "timestamp": "TIMESTAMP",
    "bool": "BOOLEAN",
    "float64": "DOUBLE",
}
"""DuckDB's names of the types of model/tables.py."""


class Engine(Protocol):
    """Views over a case's tables and findings, and the steps that run over them.

    Two engines give equal rows for equal inputs, and `write` leaves equal bytes: rows are put in the step's order and
    written by one writer, DuckDB's, wherever they were worked out. Every method raises EngineGap where the database
    refuses or is gone; its message holds no value of a row.
    """

    name: ClassVar[str]
    """As on the command line."""

    @classmethod
    def opened(cls, machine: Machine, scratch: Path) -> Self:
        """Start the engine; `scratch` is a private folder on the case's own disk for what spills."""

    @property
    def version(self) -> str:
        """The database's version."""

    @property
    def writer(self) -> Mapping[str, str]:
        """Name and version of what writes the files, and how; a step's key depends on it, and on the engine it does not."""

    def view_settings(self, settings: CaseSettings) -> None:
        """Make the one-row views `setting` and `this_case`."""

    def view_files(self, table: Table, files: Sequence[Path], partition: str = "") -> None:
        """Make a view over Parquet files of one table; without files it is empty but typed.

        Args:
            table: name and columns of the view.
            files: Parquet files.
            partition: name of an integer column that stands in the path as NAME=VALUE.

        """

    def view_arrow(self, name: str, data: pa.Table) -> None:
        """Make a view over a small Arrow table."""

    def view_step(self, step: Step) -> None:
        """Make a view of a step that is not kept."""

    def fetch(self, sql: str, parameters: Mapping[str, object] | None = None) -> pa.Table:
        """Run a query and return its rows; values are bound as $name."""

    def write(self, step: Step, settings: CaseSettings, target: Path) -> int:
        """Run one step into one Parquet file and return how many rows it holds.

        The file's bytes depend on the rows alone: rows are in the step's order and nothing in it tells the time.
        """

    def close(self) -> None:
        """Give memory and spill files back; nothing of the engine is left running."""


def quoted(name: str) -> str:
    """Return a name as SQL has it."""
    return '"' + name.replace('"', '""') + '"'


def settings_rows(settings: CaseSettings) -> Mapping[str, pa.Table]:
    """Return the one-row tables behind the views `setting` and `this_case`."""
    values = {name: [chosen.value] for name, chosen in settings.chosen.items()}
    facts = {"reference": [settings.reference], "home": [settings.home], "currency": [settings.currency]}
    return {"setting": pa.table(values), "this_case": pa.table(facts)}


def typed(table: Table, source: str, partition: str = "") -> str:
    """Return the SQL that reads a table's columns in its types from a source of rows, in DuckDB's dialect."""
    columns = [f"CAST({quoted(c.name)} AS {SQL_TYPES[c.type]}) AS {quoted(c.name)}" for c in table.columns]
    columns += [f"CAST({quoted(partition)} AS INTEGER) AS {quoted(partition)}"] if partition else []
    return f"SELECT {', '.join(columns)} FROM {source}"


__all__ = ["SQL_TYPES", "Engine", "quoted", "settings_rows", "typed"]

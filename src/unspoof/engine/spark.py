"""Apache Spark through PySpark: the engine for a case that outgrows one machine; DuckDB still writes the files.

Workers need Spark alone: no Python, no unspoof. A step's SQL is rendered from DuckDB's dialect; what was not proven to
mean the same on both engines is refused before it runs.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, Self

import pyarrow as pa
import pyarrow.parquet as pq

from unspoof.config import CaseSettings, Machine
from unspoof.engine.duckdb import DuckEngine
from unspoof.engine.engine import quoted, settings_rows, typed
from unspoof.engine.exchange import Exchange
from unspoof.engine.spark_jvm import SparkJvm
from unspoof.engine.step import Inputs, Step
from unspoof.errors import EngineGap
from unspoof.model.arrow import ARROW_TYPES, schema
from unspoof.model.tables import ColumnType, Table

_JAVA_TYPES: Mapping[ColumnType, str] = {
    "text": "STRING",
    "int64": "BIGINT",
    "int32": "INT",
    "timestamp": "TIMESTAMP_NTZ",
    "bool": "BOOLEAN",
    "float64": "DOUBLE",
}
_PARTITION_BYTES = 32 << 20
"""Compressed input for one partition of a shuffle: rows unpack to some five times that."""
_MOST_PARTITIONS = 20_000


class SparkEngine:
    """One Spark session with views over a case's tables and findings; see Engine for its methods.

    Args:
        machine: master, store and settings of Spark's own.
        scratch: a private folder on the case's own disk.

    Raises:
        EngineGap: PySpark, Java, the master, its workers or the store are not there.

    """

    name: ClassVar[str] = "spark"

    def __init__(self, machine: Machine, scratch: Path) -> None:
        self._writer = DuckEngine.opened(machine, scratch)
        self._exchange = Exchange(machine.spark_store, scratch)
        self._scratch = scratch
        self._names = itertools.count()
        self._parts: dict[Path, str] = {}
        self._held: dict[str, Any] = {}
        self._counted: set[str] = set()
        self._read: dict[str, int] = {}
        self._sizes_shuffles = "spark.sql.shuffle.partitions" not in dict(machine.spark_conf)
        try:
            self._jvm = SparkJvm(machine, scratch)
        except BaseException:
            self._exchange.close()
            self._writer.close()
            raise
        self._spark = self._jvm.session

    @classmethod
    def opened(cls, machine: Machine, scratch: Path) -> Self:
        """Start a JVM and a session at the machine's master."""
        return cls(machine, scratch)

    @property
    def version(self) -> str:
        """Spark's version."""
        return self._jvm.version

    @property
    def writer(self) -> Mapping[str, str]:
        """DuckDB writes what Spark works out."""
        return self._writer.writer

    def close(self) -> None:
        """End the session and its JVM, and remove what lies in the exchange."""
        try:
            self._jvm.close()
        finally:
            try:
                self._exchange.close()
            finally:
                self._writer.close()

    def view_settings(self, settings: CaseSettings) -> None:
        """Make the one-row views `setting` and `this_case`; as constants, so that Spark plans with their values."""
        for name, row in settings_rows(settings).items():
            values = [f"{_constant(value)} AS {quoted(key)}" for key, value in row.to_pylist()[0].items()]
            self._view(name, self._sql(f"SELECT {', '.join(values)}"))

    def view_files(self, table: Table, files: Sequence[Path], partition: str = "") -> None:
        """Make a view over Parquet files of one table; without files it is empty but typed."""
        if not files:
            empty = schema(table)
            empty = empty.append(pa.field(partition, ARROW_TYPES["int32"])) if partition else empty
            self.view_arrow(table.name, empty.empty_table())
            return
        fields = [f"`{column.name}` {_JAVA_TYPES[column.type]}" for column in table.columns]
        fields += [f"`{partition}` INT"] if partition else []
        # Brackets and stars in a path are part of its name.
        reader = self._spark.read.schema(", ".join(fields)).option("__globPaths__", "false")
        places = [self._place(table, file, partition) for file in files]
        if partition:
            reader = reader.option("basePath", places[0].rsplit("/", 2)[0])
        with self._telling(f"table {table.name}"):
            self._view(table.name, reader.parquet(*places))
        self._read[table.name] = sum(file.stat().st_size for file in files)

    def _place(self, table: Table, file: Path, partition: str) -> str:
        if file in self._parts:
            return self._parts[file]
        return self._exchange.place(file, f"{table.name}/{file.parent.name}" if partition else table.name)

    def view_arrow(self, name: str, data: pa.Table) -> None:
        """Make a view over a small Arrow table, which goes to the workers as a file."""
        made = self._scratch / f"arrow-{next(self._names)}.parquet"
        pq.write_table(data, made)
        with self._telling(f"view {name}"):
            self._view(
                name, self._spark.read.option("__globPaths__", "false").parquet(self._exchange.place(made, "small"))
            )

    def _view(self, name: str, rows: Any) -> None:
        rows.createOrReplaceTempView(f"`{name}`")

    def view_step(self, step: Step) -> None:
        """Make a view of a step that is not kept."""
        step.refuse_gap(self.name)
        _refuse(step.sql, f"step {step.name}")
        with self._telling(f"step {step.name}"):
            if (held := self._held.pop(step.name, None)) is not None:
                held.unpersist()
                self._counted.discard(step.name)
            rows = self._sql(step.sql)
            if step.reread:  # else Spark works the view out anew for every mention of it in a plan
                self._held[step.name] = rows.persist()
            self._view(step.name, rows)

    def fetch(self, sql: str, parameters: Mapping[str, object] | None = None) -> pa.Table:
        """Run a query and return its rows; values are bound as $name."""
        _refuse(sql, "query")
        with self._telling("query"):
            return self._sql(sql, parameters).toArrow()

    def _sql(self, sql: str, parameters: Mapping[str, object] | None = None) -> Any:
        from unspoof.engine.portable import to_spark  # SQLGlot takes half a second that no other command needs

        self._size_shuffles()
        if not parameters:
            return self._spark.sql(to_spark(sql))
        from pyspark.sql.functions import array, lit

        args = {
            k: array(*[lit(v) for v in value]) if isinstance(value, list) else lit(value)
            for k, value in parameters.items()
        }
        return self._spark.sql(to_spark(sql), args=args)

    def write(self, step: Step, settings: CaseSettings, target: Path) -> int:
        """Run one step into one Parquet file and return how many rows it holds.

        Spark leaves the rows as part files in no order; DuckDB puts them in the step's order and writes the file, so
        that its bytes are the same as if DuckDB had worked them out.
        """
        step.refuse_gap(self.name)
        if step.run is not None:
            tables = {name: self.fetch(f"SELECT * FROM {quoted(name)}") for name in step.reads}
            self._writer.view_arrow(step.name, step.run(Inputs(tables, settings)))
            return self._writer.write_rows(step, quoted(step.name), target)
        _refuse(step.sql, f"step {step.name}")
        self._hold(step)
        folder = f"{step.name}-{next(self._names)}"
        url = self._exchange.folder(folder)
        with self._telling(f"step {step.name}"):
            self._sql(typed(step.gives, f"({step.sql}) AS step")).write.parquet(url, compression="snappy")
        rows = dataclasses.replace(step.gives, name=f"parts_{next(self._names)}")
        self._writer.view_files(rows, self._exchange.parts(folder))
        written = self._writer.write_rows(step, quoted(rows.name), target)
        self._parts[target] = url
        return written

    def _hold(self, step: Step) -> None:
        """Work out the views that a step reads several times; once their size is known, Spark sends small ones around."""
        for name in step.reads:
            if name in self._held and name not in self._counted:
                with self._telling(f"step {step.name}"):
                    self._held[name].count()
                self._counted.add(name)

    def _size_shuffles(self) -> None:
        """Let a shuffle have as many partitions as the tables are large; a plan takes their number when it is made."""
        if self._sizes_shuffles:
            cores = self._spark.sparkContext.defaultParallelism
            wanted = max(2 * cores, sum(self._read.values()) // _PARTITION_BYTES)
            self._spark.conf.set("spark.sql.shuffle.partitions", str(min(_MOST_PARTITIONS, wanted)))

    @contextmanager
    def _telling(self, where: str) -> Iterator[None]:
        """Turn what Spark raises into a named gap that holds no value of a row."""
        from py4j.protocol import Py4JError
        from pyspark.errors import AnalysisException, ParseException, PySparkException

        try:
            yield
        except (AnalysisException, ParseException) as error:  # tells of names and types, before any row is read
            raise EngineGap(f"Spark refused it: {str(error)[:400]}", where=where) from error
        except (PySparkException, Py4JError, ConnectionError, EOFError, OSError) as error:
            given_up = self._jvm.given_up
            if isinstance(error, PySparkException) and not given_up:
                raise EngineGap(f"Spark could not run it: {_condition(error)}", where=where) from None
            hint = "The case is as it was before. Look at the cluster, then run again."
            raise EngineGap(f"Spark is gone: {given_up or _condition(error)}", where=where, hint=hint) from None


def _refuse(sql: str, where: str) -> None:
    """Raise EngineGap if a query was not proven to give the same rows on Spark; see docs/sql.md."""
    from unspoof.engine.portable import refusals

    for refusal in refusals(sql):
        raise EngineGap(f"{refusal.because} It says: {refusal.what}", where=where, hint=f"Write {refusal.instead}")


def _constant(value: object) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int):
        return f"CAST({value} AS BIGINT)"
    return "'" + str(value).replace("'", "''") + "'"


def _condition(error: BaseException) -> str:
    """Return the name of an error without its words, in which values of rows may stand."""
    named = getattr(error, "getCondition", None) or getattr(error, "getErrorClass", None)
    java = getattr(error, "java_exception", None)
    name = (named() if named else None) or (java.getClass().getName() if java is not None else None)
    return str(name or type(error).__name__)


__all__ = ["SparkEngine"]

"""Small tables of values on which engines are known to part, and one way to run a query on both and compare the rows.

Ties, NULLs, empty texts, texts outside ASCII, a final newline, times 0.1 s either side of midnight, before 1970 and on a
leap day, integers up to the edge of 64 bits. Every number is made up; telephone numbers are of the range for drama.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from unspoof.engine.portable import to_spark

Binds = tuple[tuple[str, int | str], ...]
BIG = 9_223_372_036_854_775_807
TEXTS = (
    None, "", " ", "a", "A", "abc", "ABC", " abc ", "abc\n", "123", "123\n", "0123", "00123", "1e3", "1.6", "-5", "+44",
    "123456789012345678", "212121", "aXbXc", "a;b;c", ";", ";;", "a@b@c", "@", "@@x", "x@", "a.b.c", "a b  c", "a\tb",
    "a\vb", "a\rb", "a\u0085b", "a\u2028b", "a\u00a0", "\u00a0a", "\u3000a\u3000", "\ta\t", "ß", "ẞ", "straße", "İ",
    "ı", "Σ", "ΑΣ", "ΑΣ.", "ΟΔΟΣ ΑΣ", "ς", "é", "e\u0301", "É", "ÄÖÜ", "Ж", "日本", "😀", "😀a😀", "K", "ſ", "ﬁ", "ǅ",
    "a\\b", "\\", "%", "_", "a%b", "'", '"', "x'y", "John Smith", "Jean  Luc P", "a\nb c12", "ab\r cd", "2021-10",
    "GB", "gb", "zz", "Ää", "07700 900123", "(07700) 900-123", "192.0.2.7", "::1", "user@example.com",
)  # fmt: skip
NUMBERS = (
    None, 0, 1, -1, 2, -2, 3, 7, -7, 9, 10, -10, 59, 60, 61, 99, 100, 101, 900, 999, 1000, 1001, 3599, 3600, 86_399,
    86_400, 1_000_000, 999_999, 1_000_001, 447_700_900_123, 123_456_789_012_345, 2**31 - 1, 2**31, -(2**31), 2**53,
    2**53 + 1, 10**17, BIG, -BIG,
)  # fmt: skip
TIMES = (
    None, "2020-02-28 23:59:59.900000", "2020-02-29 00:00:00.000000", "2020-02-29 00:00:00.100000",
    "2020-02-29 23:59:59.900000", "2020-03-01 00:00:00.100000", "1969-12-31 23:59:59.900000",
    "1970-01-01 00:00:00.000000", "1969-06-15 12:30:45.123456", "1900-01-01 00:00:00.000000",
    "0001-01-01 00:00:00.000000", "2000-12-31 23:59:59.999999", "2001-01-01 00:00:00.000001",
    "2021-03-28 01:30:00.000000", "2021-10-31 01:30:00.000000", "2021-12-31 23:59:59.900000",
    "2022-01-01 00:00:00.100000", "2022-01-02 07:08:09.000000", "2022-01-03 00:00:00.000000",
    "2022-11-24 10:11:12.345678", "2022-11-24 10:11:12.345678", "9999-12-31 23:59:59.000000",
)  # fmt: skip


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _ids(name: str, many: int) -> dict[str, pa.Array]:
    return {name: pa.array(range(1, many + 1), pa.int64())}


def _texts() -> pa.Table:
    other = [TEXTS[(7 * i + 3) % len(TEXTS)] for i in range(len(TEXTS))]
    return pa.table({**_ids("text_id", len(TEXTS)), "s": pa.array(TEXTS), "o": pa.array(other)})


def _numbers() -> pa.Table:
    divisors = [None, 1, -1, 2, -2, 3, 7, -7, 10, 1000, -1000, 999_999_937]
    pairs = [(a, b) for a in NUMBERS for b in divisors]
    small = [None if a is None else int(np.sign(a)) * (abs(a) % 1000) for a, _ in pairs]
    columns = {"a": [a for a, _ in pairs], "b": [b for _, b in pairs], "n": small}
    return pa.table({**_ids("number_id", len(pairs)), **{k: pa.array(v, pa.int64()) for k, v in columns.items()}})


def _times() -> pa.Table:
    pairs = [(_time(a), _time(b)) for a in TIMES for b in TIMES]
    stamp = pa.timestamp("us")
    left, right = pa.array([a for a, _ in pairs], stamp), pa.array([b for _, b in pairs], stamp)
    offsets = pa.array([None if i % 9 == 0 else (i % 7 - 3) * 4000 for i in range(len(pairs))], pa.int64())
    return pa.table({**_ids("time_id", len(pairs)), "from_at": left, "to_at": right, "n": offsets})


def _calls() -> pa.Table:
    draw = np.random.default_rng(20_221_124)
    many = 400
    account = [None if i % 23 == 0 else int(v) for i, v in enumerate(draw.integers(1, 24, many))]
    called = [None if i % 11 == 0 else 447_700_900_000 + int(v) for i, v in enumerate(draw.integers(0, 9, many))]
    seconds = [None if i % 13 == 0 else int(v) for i, v in enumerate(draw.integers(0, 40, many) * 15)]
    start = [None if i % 29 == 0 else int(v) for i, v in enumerate(draw.integers(-40, 40, many) * 900_000_000)]
    midnight = int(datetime.fromisoformat("2022-11-24T00:00:00+00:00").timestamp()) * 1_000_000
    at = pa.array([None if s is None else midnight + s - 100_000 for s in start], pa.timestamp("us"))
    names = ["Bank A", "bank b", "Ä Bank", None, "", "Bank A or B", "Zoll", "日本"]
    brand = [names[int(v)] for v in draw.integers(0, len(names), many)]
    outcome = [["answered", "busy", "failed"][int(v)] for v in draw.integers(0, 3, many)]
    return pa.table({
        **_ids("call_id", many), "account_id": pa.array(account, pa.int64()),
        "called_e164": pa.array(called, pa.int64()), "started_at": at, "duration_s": pa.array(seconds, pa.int64()),
        "brand": pa.array(brand), "outcome": pa.array(outcome), "is_long": pa.array([s is not None and s > 60 for s in seconds]),
    })  # fmt: skip


def _reports() -> pa.Table:
    calls = _calls().to_pylist()[::7]
    phone = [c["called_e164"] for c in calls]
    at = pa.array([c["started_at"] for c in calls], pa.timestamp("us"))
    return pa.table({
        **_ids("report_id", len(calls)), "victim_phone_e164": pa.array(phone, pa.int64()), "reported_at": at,
        "loss_minor": pa.array([None if i % 5 == 0 else i * 1250 for i in range(len(calls))], pa.int64()),
    })  # fmt: skip


def _letters() -> pa.Table:
    points = [p for p in range(1, 0x110000) if not 0xD800 <= p < 0xE000]
    return pa.table({"point_id": pa.array(points, pa.int64()), "s": pa.array([chr(p) for p in points])})


def _odds() -> pa.Table:
    draw = np.random.default_rng(1970)
    many = 6000
    small = draw.integers(1, 2000, many)
    large = draw.integers(1, 10**9, many)
    milli = draw.integers(-40_000, 15_001, many)
    columns = {"a": small, "b": draw.permutation(small), "x": large, "y": draw.permutation(large), "milli": milli}
    return pa.table({**_ids("odd_id", many), **{k: pa.array(v, pa.int64()) for k, v in columns.items()}})


def _setting() -> pa.Table:
    return pa.table({"long_call_s": pa.array([60], pa.int64()), "home": ["GB"]})


HARD: Mapping[str, Any] = {
    "texts": _texts,
    "numbers": _numbers,
    "times": _times,
    "calls": _calls,
    "reports": _reports,
    "letters": _letters,
    "odds": _odds,
    "setting": _setting,
}
"""Tables by name; each is made anew, in the same bytes."""


@dataclass
class Both:
    """DuckDB and Spark with the hard tables in view."""

    duck: duckdb.DuckDBPyConnection
    spark: Any

    def on_duck(self, sql: str, binds: Binds = ()) -> pa.Table:
        """Return DuckDB's rows."""
        return self.duck.sql(sql, params=dict(binds)).to_arrow_table()

    def on_spark(self, sql: str, binds: Binds = ()) -> pa.Table:
        """Return Spark's rows of the query as it is rendered for Spark."""
        return self.spark.sql(to_spark(sql), args=dict(binds)).toArrow()

    def difference(self, sql: str, binds: Binds = ()) -> str:
        """Return the first difference between the engines in words; empty if rows and types are equal."""
        return difference(self.on_duck(sql, binds), self.on_spark(sql, binds))


def _plain(kind: pa.DataType) -> str:
    """Return a column type by its meaning: the names of list items and the width of offsets are no difference."""
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return f"list<{_plain(kind.value_type)}>"
    if pa.types.is_struct(kind):
        return "struct<" + ", ".join(f"{f.name}: {_plain(f.type)}" for f in kind) + ">"
    return "string" if pa.types.is_large_string(kind) else str(kind)


def _rows(table: pa.Table) -> pa.Table:
    """Return the rows in one order: by all columns where Arrow can sort them, else by their text."""
    held = pa.table([c.cast(pa.string()) if pa.types.is_large_string(c.type) else c for c in table.columns], table.column_names)
    if any(pa.types.is_nested(c.type) for c in held.columns):
        texts = pa.array([repr(tuple(row.values())) for row in held.to_pylist()], pa.string())
        return pa.table({"row": texts}).sort_by("row")
    plain = held.rename_columns([str(i) for i in range(held.num_columns)])
    return plain.sort_by([(name, "ascending") for name in plain.column_names])


def difference(left: pa.Table, right: pa.Table) -> str:
    """Return how two results differ: column names, types, number of rows, or the first row; the order is set aside."""
    for what, one, two in (
        ("columns", left.column_names, right.column_names),
        ("types", [_plain(t) for t in left.schema.types], [_plain(t) for t in right.schema.types]),
        ("number of rows", left.num_rows, right.num_rows),
    ):
        if one != two:
            return f"{what}: {one} against {two}"
    one, two = _rows(left), _rows(right)
    if all(a.combine_chunks().equals(b.combine_chunks()) for a, b in zip(one.columns, two.columns, strict=True)):
        return ""
    return next(f"rows: {a} against {b}" for a, b in zip(_tuples(one), _tuples(two), strict=True) if a != b)


def _tuples(table: pa.Table) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in table.to_pylist()]


def need_spark() -> None:
    """Skip the test where Spark cannot run."""
    pytest.importorskip("pyspark", reason="Spark is an extra: pip install unspoof[spark]")
    home = os.environ.get("JAVA_HOME", "")
    if shutil.which("java") is None and not (home and Path(home, "bin", "java").exists()):
        pytest.skip("Spark needs Java 17, and no java is on the path")


@contextmanager
def both_engines(folder: Path) -> Iterator[Both]:
    """Open both engines over the hard tables as Parquet files in a folder; UTC, ANSI, two threads."""
    need_spark()
    from pyspark.sql import SparkSession

    settings = {
        "spark.ui.enabled": "false", "spark.sql.session.timeZone": "UTC", "spark.sql.ansi.enabled": "true",
        "spark.sql.shuffle.partitions": "2", "spark.driver.memory": "2g", "spark.sql.warehouse.dir": str(folder / "wh"),
        "spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1", "spark.log.level": "OFF",
        "spark.sql.inferTimestampNTZ.enabled": "true", "spark.driver.extraJavaOptions": "-Duser.timezone=UTC",
        "spark.ui.showConsoleProgress": "false",
    }  # fmt: skip
    builder = SparkSession.builder.master("local[2]").appName("portable")
    for name, value in settings.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    duck = duckdb.connect(":memory:", config={"threads": 2})
    try:
        duck.execute("SET TimeZone='UTC'")
        for name, make in HARD.items():
            file = folder / f"{name}.parquet"
            pq.write_table(make(), file)
            duck.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{file}')")
            spark.read.parquet(str(file)).createOrReplaceTempView(name)
        yield Both(duck, spark)
    finally:
        duck.close()
        spark.stop()


__all__ = ["HARD", "Both", "both_engines", "difference", "need_spark"]

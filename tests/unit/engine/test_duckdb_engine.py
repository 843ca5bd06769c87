"""The DuckDB engine: views, steps, and bytes that depend on rows alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from unspoof.config import load_case_settings
from unspoof.engine import DuckEngine, Inputs, Step
from unspoof.errors import EngineGap
from unspoof.model.tables import CALLS, Column, Table

SETTINGS = load_case_settings('[case]\nreference="R"\nhome="GB"\ncurrency="GBP"\n', environment={})
PAIRS = Table("pairs", "test rows", (Column("k", "int64", "key"), Column("v", "text", "value")))


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[DuckEngine]:
    """An engine with the default settings in view."""
    made = DuckEngine(spill_dir=tmp_path / "spill", memory_limit="1GB")
    made.view_settings(SETTINGS)
    yield made
    made.close()


def _step(sql: str) -> Step:
    return Step("pairs_again", "pairs", ("pairs",), PAIRS, ("k", "v"), sql=sql)


def test_writing_gives_the_same_bytes_whatever_the_order_of_the_rows(engine: DuckEngine, tmp_path: Path) -> None:
    """The same rows in another order, on several threads, are the same Parquet bytes."""
    keys = [(i * 7919) % 300_000 for i in range(300_000)]
    made = []
    for name, order in (("a", keys), ("b", keys[::-1]), ("c", sorted(keys))):
        engine.view_arrow("pairs", pa.table({"k": order, "v": [f"v{k % 97}" for k in order]}))
        target = tmp_path / f"{name}.parquet"
        assert engine.write(_step("SELECT k, v FROM pairs"), SETTINGS, target) == 300_000
        made.append(target.read_bytes())

    assert made[0] == made[1] == made[2]


def test_an_empty_table_is_a_typed_view(engine: DuckEngine) -> None:
    """A table without files is an empty view with every column and the exhibit."""
    engine.view_files(CALLS, [], "exhibit")

    found = engine.fetch("SELECT * FROM calls")

    assert found.num_rows == 0
    assert found.column_names == [*CALLS.names, "exhibit"]


def test_files_of_several_exhibits_are_one_view_that_knows_the_exhibit(engine: DuckEngine, tmp_path: Path) -> None:
    """The exhibit number comes from the path and stands beside every row."""
    paths = []
    for number in (1, 12):
        path = tmp_path / f"tables/pairs/exhibit={number}/part-0.parquet"
        path.parent.mkdir(parents=True)
        pq.write_table(pa.table({"k": [number], "v": ["x"]}), path)
        paths.append(path)
    engine.view_files(PAIRS, paths, "exhibit")

    rows = engine.fetch("SELECT k, exhibit FROM pairs ORDER BY k").to_pylist()

    assert rows == [{"k": 1, "exhibit": 1}, {"k": 12, "exhibit": 12}]


def test_a_path_with_quotes_is_a_name_and_never_sql(engine: DuckEngine, tmp_path: Path) -> None:
    """A folder name that holds a quote cannot end the literal that it stands in."""
    path = tmp_path / "o'brien'); DROP TABLE x; --" / "part-0.parquet"
    path.parent.mkdir()
    pq.write_table(pa.table({"k": [1], "v": ["x"]}), path)
    engine.view_files(PAIRS, [path])

    assert engine.fetch("SELECT count(*) AS n FROM pairs").to_pylist() == [{"n": 1}]


def test_a_columnar_step_runs_over_arrow(engine: DuckEngine, tmp_path: Path) -> None:
    """A function step is given its tables and settings, and its rows are kept like those of SQL."""

    def doubled(inputs: Inputs) -> pa.Table:
        keys = inputs.tables["pairs"].column("k").to_pylist()
        return pa.table({"k": [2 * k + int(inputs.settings["long_call_s"]) for k in keys], "v": ["w"] * len(keys)})

    engine.view_arrow("pairs", pa.table({"k": [2, 1], "v": ["x", "y"]}))
    step = Step("doubled", "twice", ("pairs",), PAIRS, ("k",), run=doubled)
    engine.write(step, SETTINGS, tmp_path / "d.parquet")

    assert pq.read_table(tmp_path / "d.parquet").column("k").to_pylist() == [62, 64]


def test_settings_are_a_view_of_one_row(engine: DuckEngine) -> None:
    """SQL reads a setting as a scalar subquery."""
    assert engine.fetch("SELECT (SELECT long_call_s FROM setting) AS s").to_pylist() == [{"s": 60}]


def test_sql_that_cannot_run_is_a_named_gap(engine: DuckEngine, tmp_path: Path) -> None:
    """The message of a step that fails names the step."""
    with pytest.raises(EngineGap, match="step pairs_again"):
        engine.write(_step("SELECT k, v FROM nowhere"), SETTINGS, tmp_path / "x.parquet")


def test_a_step_is_either_sql_or_a_function() -> None:
    """A step with neither is refused when it is defined, not when it runs."""
    with pytest.raises(TypeError, match="either sql or run"):
        Step("none", "nothing", (), PAIRS, ("k",))


def test_kept_rows_need_an_order() -> None:
    """A kept step without an order could give other bytes each time."""
    with pytest.raises(TypeError, match="total order"):
        Step("loose", "no order", (), PAIRS, sql="SELECT 1 AS k, 'x' AS v")


def test_want_of_memory_and_of_disk_say_what_to_give(tmp_path: Path) -> None:
    """What cannot be held and what cannot be spilled have hints of their own, in settings that a user has."""
    sort = "SELECT * FROM (SELECT hash(i) AS h, i FROM range(3_000_000) AS t(i)) AS r ORDER BY h"
    little = DuckEngine(memory_limit="16MiB")
    little._db.execute("SET temp_directory=''")
    no_disk = DuckEngine(spill_dir=tmp_path, memory_limit="16MiB")
    no_disk._db.execute("SET max_temp_directory_size='1MiB'")

    with pytest.raises(EngineGap, match="Set UNSPOOF_MEMORY_LIMIT, or memory_limit") as memory:
        little.fetch(sort)
    with pytest.raises(EngineGap, match="Make room on its disk") as disk:
        no_disk.fetch(sort)

    assert "\n" not in memory.value.problem + disk.value.problem

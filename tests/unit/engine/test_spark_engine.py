"""The Spark engine: views, files and stores, errors without values, and a JVM that ends with it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from unspoof.config import Machine, load_case_settings
from unspoof.engine import DuckEngine, Engine, Inputs, Step, open_engine
from unspoof.errors import BadRequest, EngineGap
from unspoof.model.tables import CALLS, Column, Table

pytest.importorskip("pyspark", reason="PySpark is not installed: pip install 'unspoof[spark]'")
if shutil.which("java") is None:
    pytest.skip("no Java on this machine, which Spark needs", allow_module_level=True)

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("spark")]
SETTINGS = load_case_settings('[case]\nreference="O\'R \\\\ 1"\nhome="GB"\ncurrency="GBP"\n', environment={})
PAIRS = Table("pairs", "test rows", (Column("k", "int64", "key"), Column("v", "text", "value")))
ODD = "st [o]re {a,b} *?%41 'q' é"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose name holds what globs, URLs and SQL read otherwise."""
    made = tmp_path_factory.mktemp("spark") / ODD
    made.mkdir()
    return made


@pytest.fixture(scope="module")
def engine(home: Path) -> Iterator[Engine]:
    """An engine with a store, both in folders with odd names."""
    conf = (("spark.driver.memory", "1g"),)
    machine = Machine("spark", "1GB", "local[2]", str(home / "store"), 60, conf)
    made = open_engine(machine, home)
    made.view_settings(SETTINGS)
    yield made
    made.close()


def _step(sql: str) -> Step:
    return Step("pairs_again", "pairs", ("pairs",), PAIRS, ("k", "v"), sql=sql)


def test_workers_read_copies_in_the_store_and_know_the_exhibit(engine: Engine, home: Path) -> None:
    """Tables of several exhibits are read from the store alone, with the number that stands in the path."""
    paths = []
    for number in (1, 12):
        folder = home / "tables" / "calls" / f"exhibit={number}"
        folder.mkdir(parents=True)
        paths.append(folder / "part-0.parquet")
        columns = {c.name: pa.nulls(number, {"text": pa.string()}.get(c.type, pa.int64())) for c in CALLS.columns[:1]}
        pq.write_table(pa.table(columns), paths[-1])
    engine.view_files(CALLS, paths, "exhibit")

    found = engine.fetch("SELECT exhibit, count(*) AS n FROM calls GROUP BY exhibit ORDER BY exhibit").to_pylist()
    assert found == [{"exhibit": 1, "n": 1}, {"exhibit": 12, "n": 12}]
    read = engine._spark.table("calls").inputFiles()  # type: ignore[attr-defined]
    assert len(read) == 2
    assert len(list((home / "store" / "calls").glob("exhibit=*/*.parquet"))) == 2
    assert all("/store/calls/exhibit=" in name for name in read)


def test_a_step_writes_the_bytes_that_duckdb_writes(engine: Engine, tmp_path: Path) -> None:
    """Rows go through the store and come back in order, in the very bytes of the other engine."""
    keys = [(i * 7919) % 200_000 for i in range(200_000)]
    rows = pa.table({"k": keys, "v": [f"v{k % 97}é" for k in keys]})
    duck = DuckEngine()
    files = []
    for name, used in (("duck", duck), ("spark", engine)):
        used.view_arrow("pairs", rows)
        files.append(tmp_path / name)
        assert used.write(_step("SELECT k, v FROM pairs"), SETTINGS, files[-1]) == 200_000
    duck.close()

    assert files[0].read_bytes() == files[1].read_bytes()
    engine.view_files(PAIRS, [files[1]])
    assert engine.fetch("SELECT count(*) AS n FROM pairs").to_pylist() == [{"n": 200_000}]


def test_a_columnar_step_runs_beside_the_driver(engine: Engine, tmp_path: Path) -> None:
    """A function over Arrow gets the views it reads, and its rows are written in order."""
    engine.view_arrow("pairs", pa.table({"k": [1, 2], "v": ["a", "b"]}))

    def turned(inputs: Inputs) -> pa.Table:
        return inputs.tables["pairs"].take([1, 0])

    step = Step("turned", "turned", ("pairs",), PAIRS, ("k",), run=turned)
    assert engine.write(step, SETTINGS, tmp_path / "turned") == 2
    assert pq.read_table(tmp_path / "turned")["v"].to_pylist() == ["a", "b"]


def test_settings_and_facts_of_the_case_are_views_of_one_row(engine: Engine) -> None:
    """Numbers, truths and texts with quotes and backslashes arrive as they are."""
    sql = "SELECT long_call_s, suspect_home_only, reference FROM setting CROSS JOIN this_case"
    found = engine.fetch(sql).to_pylist()

    assert found == [{"long_call_s": 60, "suspect_home_only": True, "reference": "O'R \\ 1"}]


def test_values_are_bound_and_never_sql(engine: Engine) -> None:
    """A bound text or list is compared as it stands, whatever it holds."""
    engine.view_arrow("pairs", pa.table({"k": [1, 2, 3], "v": ["a'b", "c\\", "d"]}))
    found = engine.fetch(
        "SELECT k FROM pairs WHERE list_contains($vs, v) AND k < $k ORDER BY k", {"vs": ["a'b", "c\\"], "k": 9}
    )

    assert found["k"].to_pylist() == [1, 2]


def test_an_empty_table_is_a_typed_view(engine: Engine) -> None:
    """A table without files is an empty view with every column and the exhibit."""
    engine.view_files(CALLS, [], "exhibit")
    found = engine.fetch("SELECT * FROM calls")

    assert (found.num_rows, found.column_names) == (0, [*CALLS.names, "exhibit"])


def test_sql_that_was_not_proven_is_refused_before_it_runs(engine: Engine, tmp_path: Path) -> None:
    """A query whose answer may differ is a named gap with what to write instead, and no file is left."""
    with pytest.raises(EngineGap, match=r"pairs_again.*\n.*Write "):
        engine.write(_step("SELECT k, any_value(v) AS v FROM pairs GROUP BY k"), SETTINGS, tmp_path / "no")
    assert not (tmp_path / "no").exists()


def test_an_error_of_spark_names_no_value_of_a_row(engine: Engine, tmp_path: Path) -> None:
    """Spark quotes the value that it cannot cast; the message must not, as it may be a person's number."""
    engine.view_arrow("pairs", pa.table({"k": [1], "v": ["07700900123x"]}))
    sql = "SELECT k, CAST(CASE WHEN regexp_matches(v, '^[0-9]{1,18}') THEN CAST(v AS BIGINT) END AS VARCHAR) AS v FROM pairs"
    engine_sql = engine._sql  # type: ignore[attr-defined]
    with pytest.raises(EngineGap) as raised, engine._telling("step x"):  # type: ignore[attr-defined]
        engine_sql(sql).toArrow()

    assert "07700900123x" not in str(raised.value)
    assert "CAST_INVALID_INPUT" in str(raised.value)


def test_one_session_at_a_time(engine: Engine, tmp_path: Path) -> None:
    """A second session would share views with the first; it is refused, and the first goes on."""
    with pytest.raises(EngineGap, match="in use"):
        open_engine(Machine(engine="spark", spark_master="local[1]"), tmp_path)
    assert engine.fetch("SELECT 1 AS one").to_pylist() == [{"one": 1}]


def test_no_java_is_said_in_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Java the message says so and what to install, and nothing is left open."""
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineGap, match=r"runs on Java.*\n.*Install Java 17"):
        open_engine(Machine(engine="spark", spark_master="local[1]"), tmp_path)
    assert not list((tmp_path / "spark").glob("run-*"))


def test_an_unknown_engine_is_named(tmp_path: Path) -> None:
    """A name that is no engine's is refused with those that are."""
    with pytest.raises(BadRequest, match=r"'polars'.*\n.*duckdb, spark"):
        open_engine(Machine(engine="polars"), tmp_path)


def test_the_jvm_ends_with_its_engine_and_leaves_nothing(tmp_path: Path) -> None:
    """After close no Java of ours runs, no run's folder is left in the store, and another engine can start."""
    code = (
        "import sys; from pathlib import Path; from unspoof.config import Machine; from unspoof.engine import open_engine\n"
        "for i in range(2):\n"
        "    conf = (('spark.driver.memory', '1g'),)\n"
        "    e = open_engine(Machine('spark', '1GB', 'local[1]', sys.argv[1], 60, conf), Path(sys.argv[2]))\n"
        "    p = e._jvm._gateway.proc\n"
        "    assert e.fetch('SELECT 1 AS one').num_rows == 1\n"
        "    e.close(); print(p.poll() is not None)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "store", tmp_path],
        capture_output=True,
        text=True,
        env={**os.environ, "LC_ALL": "C"},
    )
    assert (ran.stdout, ran.stderr) == ("True\nTrue\n", "")
    assert list((tmp_path / "store").iterdir()) == []

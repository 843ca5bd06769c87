"""One case, two engines: each takes over what the other worked out, and each verifies the other's findings."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from made_up_case import work

from unspoof.case import Case
from unspoof.errors import BadRequest

pytest.importorskip("pyspark", reason="PySpark is not installed: pip install 'unspoof[spark]'")
if shutil.which("java") is None:
    pytest.skip("no Java on this machine, which Spark needs", allow_module_level=True)

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("cluster")]


@pytest.fixture(scope="module")
def duck(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A case that DuckDB worked."""
    return work(tmp_path_factory.mktemp("duck"), 2_000, 5).case.folder


@pytest.fixture
def local(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spark on two cores of this machine."""
    monkeypatch.setenv("UNSPOOF_SPARK_MASTER", "local[2]")


def _manifests(case: Path) -> dict[str, dict[str, Any]]:
    return {f.parent.name: json.loads(f.read_text("utf-8")) for f in sorted(case.glob("findings/*/manifest.json"))}


@pytest.mark.usefixtures("local")
def test_spark_gives_the_same_findings_manifests_and_figures(duck: Path, tmp_path: Path) -> None:
    """Worked by Spark with a store beside it, a case has DuckDB's bytes and keys; DuckDB then takes all of it over."""
    copy = Path(shutil.copytree(duck, tmp_path / "case"))
    text = (copy / "case.toml").read_text("utf-8").replace("long_call_s = {value = 60,", "long_call_s = {value = 61,")
    (copy / "case.toml").write_text(f'{text}\n[spark]\nstore = "{tmp_path / "store"}"\n', "utf-8")
    both = {}
    for engine in ("spark", "duckdb"):
        case = Case(shutil.copytree(copy, tmp_path / engine))
        made = case.run(engine=engine).made
        assert sum(not m.reused for m in made) > 10, "the changed setting makes steps run again"
        both[engine] = case
    by_spark, by_duck = (_manifests(both[name].folder) for name in ("spark", "duckdb"))

    assert [m.pop("worked_out_by").split()[0] for m in by_spark.values()].count("spark") > 10
    assert {m.pop("worked_out_by").split()[0] for m in by_duck.values()} == {"duckdb"}
    assert by_spark == by_duck
    for path in [*(f"findings/{name}/rows.parquet" for name in by_duck), "outputs/figures.json"]:
        assert (both["spark"].folder / path).read_bytes() == (both["duckdb"].folder / path).read_bytes(), path
    again = both["spark"].run(engine="duckdb").made
    assert all(m.reused for m in again)
    assert [f.kind for f in both["spark"].verify()] == []
    assert {p.name for p in (tmp_path / "store").iterdir()} >= {"calls", "brands", "small"}
    assert not list((tmp_path / "store").glob("run-*"))


@pytest.mark.usefixtures("local")
def test_spark_verifies_what_duckdb_worked_out_and_finds_what_is_wrong(duck: Path, tmp_path: Path) -> None:
    """The second opinion agrees with an honest case, and names the finding of one that was made up with its hashes."""
    case = Case(shutil.copytree(duck, tmp_path / "case"))
    assert case.verify(engine="spark") == []
    path = "findings/suspects/rows.parquet"
    rows = pq.read_table(case.folder / path)
    forged = rows.set_column(rows.schema.get_field_index("rank"), "rank", pa.array(rows["rank"].to_pylist()[::-1]))
    with case.vault.lock():
        staged = case.vault.stage()
        pq.write_table(forged, staged / "rows")
        case.vault.commit("run", case.vault.settings_fact, staged, {path: "rows"})

    assert path in [fault.path for fault in case.verify(engine="spark")]


def test_an_engine_that_there_is_none_of_is_refused(duck: Path, tmp_path: Path) -> None:
    """A mistyped engine is an error that names those there are; the case is as it was."""
    case = Case(shutil.copytree(duck, tmp_path / "case"))
    before = case.vault.head
    with pytest.raises(BadRequest, match="duckdb, spark"):
        case.run(engine="sparc")
    assert Case(case.folder).vault.head == before

"""One account with a tenth or half of all calls: both engines give the same findings, also where Spark splits its join."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from made_up_case import Worked

from unspoof.case.plan import steps
from unspoof.case.session import REFERENCE_TABLES, current_reference
from unspoof.config import CaseSettings, Machine
from unspoof.engine import DuckEngine, Engine, SparkEngine
from unspoof.model.tables import NORMAL_FORM

if shutil.which("java") is None:
    pytest.skip("no Java on this machine, which Spark needs", allow_module_level=True)

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("cluster")]

CONF = {
    "spark.driver.memory": "2g",
    # Joins by shuffle only, and skew from a kilobyte up: what adaptive execution does to large cases, on a small one.
    "spark.sql.autoBroadcastJoinThreshold": "-1",
    "spark.sql.adaptive.autoBroadcastJoinThreshold": "-1",
    "spark.sql.adaptive.skewJoin.skewedPartitionFactor": "1.2",
    "spark.sql.adaptive.skewJoin.skewedPartitionThresholdInBytes": "1k",
    "spark.sql.adaptive.advisoryPartitionSizeInBytes": "32k",
}


@dataclass(frozen=True)
class Skewed:
    """A case's Parquet files, in which one account has a share of all calls."""

    worked: Worked
    folder: Path
    share: float

    @property
    def settings(self) -> CaseSettings:
        """The case's."""
        return self.worked.case.settings

    def files(self, name: str) -> Sequence[Path]:
        """Return the files of one table, the calls being the skewed ones."""
        case = self.worked.case.folder
        return sorted((self.folder if name == "calls" else case / "tables").glob(f"{name}/exhibit=*/*.parquet"))


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkEngine]:
    """One Spark for all tests here."""
    pytest.importorskip("pyspark", reason="PySpark is not installed")
    machine = Machine(engine="spark", spark_master="local[2]", spark_conf=tuple(CONF.items()))
    engine = SparkEngine.opened(machine, tmp_path_factory.mktemp("spark"))
    yield engine
    engine.close()


@pytest.fixture(scope="module", params=[10, 2], ids=["a-tenth", "half"])
def skewed(request: pytest.FixtureRequest, worked: Worked, tmp_path_factory: pytest.TempPathFactory) -> Skewed:
    """The made-up case with every tenth or second call given to the account that has the most already."""
    folder = tmp_path_factory.mktemp("skewed")
    most = worked.case.status().largest_account
    assert most is not None
    heavy, given = 0, 0
    for file in sorted(worked.case.folder.glob("tables/calls/exhibit=*/*.parquet")):
        rows = pq.read_table(file)
        place = pa.array(range(rows.num_rows))
        taken = pc.equal(pc.subtract(place, pc.multiply(pc.divide(place, request.param), request.param)), 0)
        accounts = pc.if_else(taken, most.account_id, rows["account_id"])
        rows = rows.set_column(rows.schema.get_field_index("account_id"), rows.schema.field("account_id"), accounts)
        target = folder / "calls" / file.parent.name / file.name
        target.parent.mkdir(parents=True)
        pq.write_table(rows, target)
        heavy += pc.sum(pc.equal(accounts, most.account_id)).as_py()
        given += rows.num_rows
    return Skewed(worked, folder, heavy / given)


def _weighed() -> set[str]:
    """Return the kept steps that read calls, themselves or through views, and the two that count by account again."""
    views = {step.name: step for step in steps() if not step.kept}

    def reads_calls(name: str) -> bool:
        return name == "calls" or (name in views and any(reads_calls(read) for read in views[name].reads))

    direct = {step.name for step in steps() if step.kept and any(reads_calls(read) for read in step.reads)}
    return direct | {"suspect_measures", "victims"}


def _findings(engine: Engine, case: Skewed, folder: Path, given: Path | None = None) -> Mapping[str, str]:
    """Run the steps; return the hash of each finding's file. What no call decides is taken from `given`, if any."""
    vault = case.worked.case.vault
    engine.view_settings(case.settings)
    for table in NORMAL_FORM:
        engine.view_files(table, case.files(table.name), "exhibit")
    for table in REFERENCE_TABLES:
        engine.view_files(table, [vault.folder / path for path in current_reference(vault, table.name)])
    made = {}
    for step in steps():
        if not step.kept:
            engine.view_step(step)
            continue
        target = folder / f"{step.name}.parquet"
        if given is None or step.name in _weighed():
            engine.write(step, case.settings, target)
            made[step.name] = hashlib.sha256(target.read_bytes()).hexdigest()
        else:
            target = given / target.name
        engine.view_files(step.gives, [target])
    return made


def test_a_heavy_account_gives_the_same_findings_on_both_engines(
    skewed: Skewed, spark: SparkEngine, tmp_path: Path
) -> None:
    """Every finding that is made of calls is the same bytes from DuckDB and from Spark with all joins shuffled."""
    (tmp_path / "duckdb").mkdir()
    (tmp_path / "spark").mkdir()
    duck = DuckEngine()
    try:
        wanted = _findings(duck, skewed, tmp_path / "duckdb")
    finally:
        duck.close()

    assert skewed.share >= 0.1
    made = _findings(spark, skewed, tmp_path / "spark", given=tmp_path / "duckdb")
    assert len(made) >= 14
    assert made == {name: wanted[name] for name in made}

"""What every engine must hold: each step of each verb, and each figure, gives the same rows on all of them.

A step that an engine lacks is named in the step's `gaps` with the reason; this suite fails when such a gap has healed.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from engine_worlds import WORLDS, World

from unspoof import act
from unspoof.case.plan import steps
from unspoof.config import Machine
from unspoof.engine import ENGINES, DuckEngine, Engine, Step, open_engine
from unspoof.errors import EngineGap
from unspoof.model.tables import Column, Table

pytest.importorskip("pyspark", reason="PySpark is not installed: pip install 'unspoof[spark]'")
if shutil.which("java") is None:
    pytest.skip("no Java on this machine, which Spark needs", allow_module_level=True)

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("spark")]
KEPT = [step for step in steps() if step.kept]
OTHERS = [engine.name for engine in ENGINES if engine is not DuckEngine]
EACH_STEP = pytest.mark.parametrize("step", KEPT, ids=lambda step: step.name)
EACH_FIGURE = pytest.mark.parametrize("figure", act.FIGURES, ids=lambda figure: figure.key)
EACH_OTHER = pytest.mark.parametrize("other", OTHERS)


@dataclass
class Worked:
    """One world on every engine; behind each view of a step stand DuckDB's rows, so that a difference is the step's own."""

    world: World
    folder: Path
    engines: dict[str, Engine]

    def written(self, name: str, step: Step) -> Path:
        """Return the file that an engine writes for a step."""
        target = self.folder / f"{name}-{step.name}.parquet"
        self.engines[name].write(step, self.world.settings, target)
        return target


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """One Spark for all worlds, as its start dominates."""
    machine = Machine(engine="spark", spark_master="local[2]", spark_conf=(("spark.driver.memory", "2g"),))
    engine = open_engine(machine, tmp_path_factory.mktemp("spark"))
    yield engine
    engine.close()


@pytest.fixture(scope="module", params=WORLDS, ids=lambda make: make.__name__)
def worked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, spark: Engine) -> Iterator[Worked]:
    """A world with every step worked out by DuckDB and in view of every engine."""
    world: World = request.param(tmp_path_factory.mktemp(request.param.__name__))
    duck = DuckEngine(spill_dir=tmp_path_factory.mktemp("spill"), memory_limit="2GB")
    made = Worked(world, tmp_path_factory.mktemp("made"), {"duckdb": duck, "spark": spark})
    for engine in made.engines.values():
        world.show(engine)
    for step in steps():
        file = made.written("duckdb", step) if step.kept else None
        for engine in made.engines.values():
            engine.view_files(step.gives, [file]) if file else engine.view_step(step)
    yield made
    duck.close()


def healed(worked: Worked, step: Step, other: str) -> bool:
    """Say whether an engine gives a step's rows although the step says that it cannot."""
    bare = replace(step, gaps={})
    try:
        return worked.written(other, bare).read_bytes() == worked.written("duckdb", bare).read_bytes()
    except EngineGap:
        return False


@EACH_OTHER
@EACH_STEP
def test_a_step_gives_the_same_rows_and_bytes(worked: Worked, step: Step, other: str) -> None:
    """Every row, column and type, and then every byte of the file, is DuckDB's; or the step names the gap."""
    ours = worked.folder / f"duckdb-{step.name}.parquet"
    if other in step.gaps:
        with pytest.raises(EngineGap, match=step.name):
            worked.written(other, step)
        assert not healed(worked, step, other), f"{step.name} runs on {other} now: take the gap away"
        return
    theirs = worked.written(other, step)

    assert pq.read_table(theirs).equals(pq.read_table(ours))
    assert theirs.read_bytes() == ours.read_bytes()


@EACH_OTHER
@EACH_FIGURE
def test_the_rows_behind_a_figure_are_the_same(worked: Worked, figure: act.Figure, other: str) -> None:
    """The ids of the rows behind a figure are the same on every engine."""
    ids = [sorted(map(repr, worked.engines[n].fetch(figure.rows_sql).to_pylist())) for n in ("duckdb", other)]

    assert ids[0] == ids[1]


@EACH_OTHER
def test_all_figures_are_the_same_table(worked: Worked, other: str) -> None:
    """The table of figures, texts and all, is the same on every engine."""
    made = [act.compute(worked.engines[name].fetch, worked.world.settings) for name in ("duckdb", other)]

    assert made[0].equals(made[1])


def test_no_step_is_compared_on_empty_rows_alone(tmp_path: Path) -> None:
    """Over all worlds together every step gives rows, else equality says nothing of it."""
    duck, filled = DuckEngine(), set()
    for make in WORLDS:
        (tmp_path / make.__name__).mkdir()
        world = make(tmp_path / make.__name__)
        world.show(duck)
        for step in steps():
            if not step.kept:
                duck.view_step(step)
                continue
            rows = duck.run(step, world.settings)
            duck.view_arrow(step.name, rows)
            filled |= {step.name} if rows.num_rows else set()
    duck.close()

    assert {step.name for step in KEPT} - filled == set()


_TIED = Table("tied", "rows with ties", (Column("k", "int64", "key"), Column("v", "text", "value")))


def _told(sql: str, **more: object) -> Step:
    return Step("told", "a step of this test", ("tied",), _TIED, ("k", "v"), sql=sql, **more)  # type: ignore[arg-type]


def test_the_comparison_sees_what_differs(worked: Worked) -> None:
    """One letter that differs between engines does not pass as equal: the suite is no sieve."""
    step = _told("SELECT k, v FROM tied")
    for last, alike in (("3", True), ("4", False)):
        for name, engine in worked.engines.items():
            engine.view_arrow("tied", pa.table({"k": [1, 1, 2], "v": ["a1", "b2\n", last if name == "spark" else "3"]}))
        assert healed(worked, step, "spark") is alike


def test_a_marked_gap_is_refused_by_name(worked: Worked) -> None:
    """A step that names a gap is not run on that engine; the message gives step, engine and reason."""
    for engine in worked.engines.values():
        engine.view_arrow("tied", pa.table({"k": [1, 2], "v": ["a", "b"]}))
    step = _told("SELECT k, v FROM tied", gaps={"spark": "ties are broken otherwise"})
    with pytest.raises(EngineGap, match=r"told.*ties are broken otherwise"):
        worked.written("spark", step)
    assert healed(worked, step, "spark")
    assert not healed(worked, replace(step, sql="SELECT k, CAST(list_sum([k, 1]) AS VARCHAR) AS v FROM tied"), "spark")

"""What every ranking must keep; a ranking that joins the tuple is tested here at once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import ranked_case
import unspoof.rank as rank
from unspoof.engine import DuckEngine
from unspoof.rank import RANKINGS, STEPS, Ranking

_POINTS = re.compile(r"\(\+([0-9]+)\.([0-9]{3})\)")
_DOCS = Path(__file__).parents[2] / "docs" / "rankings.md"


@pytest.fixture(scope="module")
def tables() -> dict:
    """A made-up case of a few thousand calls."""
    return ranked_case.tables()


@pytest.fixture(scope="module")
def engine(tables: dict) -> DuckEngine:
    """That case with every ranking made."""
    return ranked_case.run(tables, STEPS, ranked_case.settings())


@pytest.mark.parametrize("ranking", RANKINGS, ids=lambda r: r.name)
def test_ranks_run_from_one_without_a_gap(ranking: Ranking, engine: DuckEngine) -> None:
    """Places are 1 to n, each once, in the order of the rows."""
    ranks = engine.fetch(f"SELECT rank FROM {ranking.finding}")["rank"].to_pylist()

    assert ranks == list(range(1, len(ranks) + 1))
    assert len(ranks) > 2


@pytest.mark.parametrize("ranking", [r for r in RANKINGS if r.parts], ids=lambda r: r.name)
def test_parts_sum_to_the_score(ranking: Ranking, engine: DuckEngine) -> None:
    """A score is exactly the sum of its parts, and each part says why in a sentence."""
    key = ranking.finding.removesuffix("s") + "_id"
    scores = engine.fetch(f"SELECT {key} AS id, score_milli AS score FROM {ranking.finding} ORDER BY id").to_pylist()
    total = "CAST(sum(points_milli) AS BIGINT) AS score"
    sums = engine.fetch(f"SELECT {key} AS id, {total} FROM {ranking.parts} GROUP BY {key} ORDER BY id")
    wrong = "because IS NULL OR length(because) < 10 OR points_milli < 0"
    silent = engine.fetch(f"SELECT * FROM {ranking.parts} WHERE {wrong}")

    assert scores == sums.to_pylist()
    assert silent.num_rows == 0


def test_reasons_sum_to_the_score(engine: DuckEngine) -> None:
    """Where a ranking states its parts in one text, their points sum to the score."""
    for ranking in RANKINGS:
        finding = engine.fetch(f"SELECT * FROM {ranking.finding}")
        if "reasons" not in finding.column_names:
            continue
        sums = [
            sum(int(a) * 1000 + int(b) for a, b in _POINTS.findall(text)) for text in finding["reasons"].to_pylist()
        ]

        assert sums == finding["score_milli"].to_pylist()


@pytest.mark.parametrize("ranking", [r for r in RANKINGS if r.parts or r.finding == "victims"], ids=lambda r: r.name)
def test_score_never_rises_with_rank(ranking: Ranking, engine: DuckEngine) -> None:
    """A later place never has a higher score."""
    scores = engine.fetch(f"SELECT score_milli FROM {ranking.finding} ORDER BY rank")["score_milli"].to_pylist()

    assert scores == sorted(scores, reverse=True)


def test_order_of_input_rows_changes_nothing(tables: dict, engine: DuckEngine) -> None:
    """The same rows in another order give the same findings, row for row."""
    again = ranked_case.run(ranked_case.permuted(tables, 3), STEPS, ranked_case.settings())

    for step in STEPS:
        if step.kept:
            assert again.fetch(f"SELECT * FROM {step.name}").equals(engine.fetch(f"SELECT * FROM {step.name}")), (
                step.name
            )


def test_written_bytes_do_not_depend_on_the_order_of_rows(tables: dict, tmp_path: Path) -> None:
    """Each finding's Parquet file is the same to the byte for permuted input."""
    chosen = ranked_case.settings()
    first = ranked_case.run(tables, STEPS, chosen)
    second = ranked_case.run(ranked_case.permuted(tables, 4), STEPS, chosen)
    for ranking in RANKINGS:
        step = ranking.steps[-1]
        first.write(step, chosen, tmp_path / "a.parquet")
        second.write(step, chosen, tmp_path / "b.parquet")

        assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes(), step.name


def test_a_case_without_rows_is_ranked_empty(tables: dict) -> None:
    """No calls, payments or reports give empty rankings and no error."""
    engine = ranked_case.run(ranked_case.empty(tables), STEPS, ranked_case.settings())

    assert [engine.fetch(f"SELECT * FROM {r.finding}").num_rows for r in RANKINGS] == [0] * len(RANKINGS)


@pytest.mark.parametrize("ranking", RANKINGS, ids=lambda r: r.name)
def test_steps_read_only_what_is_made_before(ranking: Ranking) -> None:
    """A ranking lists every step of this package that it reads, in an order in which they can be run."""
    ours = {step.name for step in STEPS}
    made: set[str] = set()
    for step in ranking.steps:
        assert {name for name in step.reads if name in ours} <= made, step.name
        made.add(step.name)

    assert ranking.finding in made


@pytest.mark.parametrize("ranking", RANKINGS, ids=lambda r: r.name)
def test_docs_describe_it(ranking: Ranking) -> None:
    """docs/rankings.md has a section for every ranking."""
    assert f"## {ranking.name}" in _DOCS.read_text(encoding="utf-8")


def test_every_file_is_in_a_ranking() -> None:
    """A file that makes a step which no ranking runs fails the build."""
    listed = {step.name for step in STEPS}
    for module in sorted((Path(rank.__file__).parent).glob("*.py")):
        for name in re.findall(r'^    name="(\w+)",\n    meaning', module.read_text(encoding="utf-8"), re.M):
            assert name in listed or name in {r.name for r in RANKINGS}, f"{module.name}: {name}"

"""What every figure must keep; a figure that joins the tuple is tested here at once."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest

import ranked_case
from unspoof.act.figures import FIGURES, FIGURES_TABLE, LEFT_OUT, STEPS, Figure, compute, differences, figures_json
from unspoof.engine import DuckEngine
from unspoof.rank import STEPS as RANK_STEPS

NAMED = (
    "accounts.total accounts.paying calls.total calls.answered calls.long calls.by_country calls.by_brand people.long"
    " people.home people.linked_suspect income.total income.reconciled reports.total reports.linked loss.gross"
    " loss.mean loss.max loss.by_brand suspects.selected"
)
_DOCS = Path(__file__).parents[2] / "docs" / "figures.md"
_ALL = (*RANK_STEPS, *STEPS)
_CHOSEN = "long_call_s = 45\nsuspect_min_spend_minor = 4321\nsuspect_min_calls = 3\nlink_min_score_ppm = 612345\n"


@pytest.fixture(scope="module")
def tables() -> dict:
    """A made-up case of a few thousand calls."""
    return ranked_case.tables()


@pytest.fixture(scope="module")
def engine(tables: dict) -> DuckEngine:
    """That case with rankings and steps made, under thresholds of its own."""
    return ranked_case.run(tables, _ALL, ranked_case.settings(_CHOSEN))


@pytest.fixture(scope="module")
def made(engine: DuckEngine) -> pa.Table:
    """Its figures."""
    return compute(engine.fetch, ranked_case.settings(_CHOSEN))


def _row(made: pa.Table, figure: Figure) -> dict:
    return next(row for row in made.to_pylist() if row["key"] == figure.key)


def test_every_named_key_exists_once() -> None:
    """Each key that scripts depend on is a figure, or left out with a reason."""
    keys = [figure.key for figure in FIGURES]

    assert sorted(set(NAMED.split()) - set(keys) - set(LEFT_OUT)) == []
    assert len(keys) == len(set(keys))
    assert not set(keys) & set(LEFT_OUT)


@pytest.mark.parametrize("figure", FIGURES, ids=lambda f: f.key)
def test_rows_behind_it_are_as_many_as_it_says(figure: Figure, engine: DuckEngine, made: pa.Table) -> None:
    """The ids that `rows_sql` gives are distinct and as many as `rows`."""
    ids = engine.fetch(figure.rows_sql).column(0)

    assert _row(made, figure)["rows"] == len(ids) == len(ids.unique())


@pytest.mark.parametrize("figure", FIGURES, ids=lambda f: f.key)
def test_printed_sql_gives_the_value(figure: Figure, engine: DuckEngine, made: pa.Table) -> None:
    """The query that is printed, run by hand, gives what is printed."""
    row = _row(made, figure)
    by_hand = engine.fetch(row["sql"])
    value = json.loads(row["value"])
    if isinstance(value, list):
        plain = [{k: e[k.removesuffix("_ppm")] for k in by_hand.column_names if not k.endswith("_ppm")} for e in value]
        assert by_hand.select(list(plain[0])).to_pylist() == plain
    else:
        assert by_hand["value"].to_pylist() == [value]


@pytest.mark.parametrize("figure", [f for f in FIGURES if f.settings], ids=lambda f: f.key)
def test_definition_states_each_threshold_and_its_reason(figure: Figure, made: pa.Table) -> None:
    """A figure that depends on a setting prints its name, its value and why."""
    chosen, definition = ranked_case.settings(_CHOSEN).chosen, _row(made, figure)["definition"]
    for name in figure.settings:
        value = chosen[name].value
        said = ("yes" if value else "no") if isinstance(value, bool) else str(value)
        assert f"{name} = {said}" in definition
        assert chosen[name].reason in definition


@pytest.mark.parametrize("figure", FIGURES, ids=lambda f: f.key)
def test_settings_are_those_that_its_steps_read(figure: Figure) -> None:
    """A figure whose queries name a setting lists it."""
    for name in ranked_case.settings().chosen:
        if name in figure.value_sql + figure.rows_sql:
            assert name in figure.settings


@pytest.mark.parametrize("figure", FIGURES, ids=lambda f: f.key)
def test_cut_off_is_a_moment_of_the_data(figure: Figure, engine: DuckEngine, made: pa.Table) -> None:
    """The cut-off is the last moment of the sources named, never a clock's."""
    ends = {row["source"]: row["last_at"] for row in engine.fetch("SELECT * FROM extents").to_pylist()}
    latest = max(ends[source] for source in figure.sources)

    assert _row(made, figure)["cut_off"] == latest.isoformat() + "Z"


@pytest.mark.parametrize("figure", FIGURES, ids=lambda f: f.key)
def test_docs_describe_it(figure: Figure) -> None:
    """docs/figures.md has a row for every figure."""
    assert f"| `{figure.key}` |" in _DOCS.read_text(encoding="utf-8")


def test_order_of_input_rows_changes_nothing(tables: dict, made: pa.Table) -> None:
    """The same rows in another order give the same figures, to the letter."""
    chosen = ranked_case.settings(_CHOSEN)
    again = compute(ranked_case.run(ranked_case.permuted(tables, 5), _ALL, chosen).fetch, chosen)

    assert again.equals(made)
    assert differences(made, again) == ()


def test_a_changed_row_is_found_by_working_out_again(tables: dict, made: pa.Table) -> None:
    """One call less is named by the figures that counted it."""
    chosen = ranked_case.settings(_CHOSEN)
    fewer = {**tables, "calls_once": tables["calls_once"].slice(1)}
    found = differences(made, compute(ranked_case.run(fewer, _ALL, chosen).fetch, chosen))

    assert any(text.startswith("figure calls.total: ") for text in found)
    assert not any(text.startswith("figure reports.total") for text in found)


def test_an_empty_case_has_every_figure(tables: dict) -> None:
    """Without rows sums and counts are zero, means are empty, and nothing fails."""
    chosen = ranked_case.settings()
    bare = compute(ranked_case.run(ranked_case.empty(tables), _ALL, chosen).fetch, chosen)
    values = {row["key"]: json.loads(row["value"]) for row in bare.to_pylist()}

    assert values["calls.total"] == 0
    assert values["loss.mean"] is None
    assert values["calls.by_country"] == []
    assert bare["rows"].to_pylist() == [0] * len(FIGURES)


def test_json_has_the_documented_shape(made: pa.Table) -> None:
    """Scripts find the keys that the command line promises, and the figures left out with their reasons."""
    document = json.loads(json.dumps(figures_json(made)))

    assert {"key", "label", "value", "unit", "definition", "cut_off", "rows", "step"} <= set(document["figures"][0])
    assert document["left_out"][0]["key"] == "income.reconciled"
    assert made.schema.names == list(FIGURES_TABLE.names)

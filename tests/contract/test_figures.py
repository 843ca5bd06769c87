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

    assert sorted(set(NAMED.split()) - set(keys)) == []
    assert len(keys) == len(set(keys))
    assert {figure.key for figure in FIGURES if figure.needs_sql} == set(LEFT_OUT)


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


def test_an_empty_case_has_every_figure_that_it_can(tables: dict) -> None:
    """Without rows sums and counts are zero, means are empty, and what would be a misleading zero is left out with why."""
    chosen = ranked_case.settings()
    bare = compute(ranked_case.run(ranked_case.empty(tables), _ALL, chosen).fetch, chosen)
    values = {row["key"]: json.loads(row["value"]) for row in bare.to_pylist()}

    assert values["calls.total"] == 0
    assert values["loss.mean"] is None
    assert values["calls.by_country"] == []
    assert bare["rows"].to_pylist() == [0] * (len(FIGURES) - len(LEFT_OUT))
    assert not set(values) & set(LEFT_OUT)
    assert {row["key"]: row["reason"] for row in figures_json(bare)["left_out"]} == dict(LEFT_OUT)


def test_a_chain_that_never_paid_the_shop_is_a_zero(tables: dict) -> None:
    """With transactions but nothing paid to the shop, the income is nothing, and that is a result."""
    chosen = ranked_case.settings()
    bare = {**ranked_case.empty(tables), **{name: tables[name] for name in ("coin_txs", "shop_addresses")}}
    made = compute(ranked_case.run(bare, _ALL, chosen).fetch, chosen)
    values = {row["key"]: json.loads(row["value"]) for row in made.to_pylist()}

    assert (values["income.reconciled"], values["income.reconciled_sat"], values["income.by_verdict"]) == (0, 0, [])
    assert {entry["currency"]: entry["base_minor"] for entry in values["income.reconciled_range"]} == {
        "GBP": 0,
        "USD": 0,
        "EUR": 0,
    }


def test_where_no_address_is_the_shops_its_income_is_not_known(tables: dict) -> None:
    """Transactions that nothing ties to the shop say nothing of what it took: no figure, and no nought."""
    chosen = ranked_case.settings()
    bare = {**ranked_case.empty(tables), "coin_txs": tables["coin_txs"]}
    made = compute(ranked_case.run(bare, _ALL, chosen).fetch, chosen)

    left = {row["key"]: row["reason"] for row in figures_json(made)["left_out"]}
    assert set(left) == {"income.reconciled", "income.reconciled_sat", "income.reconciled_range"}
    assert all("no address is known" in reason for reason in left.values())


def test_income_without_a_price_is_empty_and_counted(tables: dict) -> None:
    """Where no payment has a price the income is empty, never zero, and how much went unvalued is said."""
    parts, chosen = tables["money_parts"], ranked_case.settings()
    names = [name for name in parts.column_names if name.endswith("_minor")]
    for name in names:
        place = parts.schema.get_field_index(name)
        parts = parts.set_column(place, name, pa.nulls(len(parts), pa.int64()))
    made = compute(ranked_case.run({**tables, "money_parts": parts}, _ALL, chosen).fetch, chosen)
    row = next(row for row in made.to_pylist() if row["key"] == "income.reconciled")

    assert json.loads(row["value"]) is None
    assert "Without a price, and so without a value: " in row["definition"]


def test_json_has_the_documented_shape(made: pa.Table) -> None:
    """Scripts find the keys that the command line promises, and the figures left out with their reasons."""
    document = json.loads(json.dumps(figures_json(made)))

    assert {"key", "label", "value", "unit", "definition", "cut_off", "rows", "step"} <= set(document["figures"][0])
    assert document["left_out"] == []
    assert made.schema.names == list(FIGURES_TABLE.names)

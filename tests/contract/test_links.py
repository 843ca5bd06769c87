"""What every kind of link must hold, whoever wrote it: over the tuple LINKS, on one made-up case."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import sqlglot

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "link"))  # the made-up cases stand beside the unit tests

from link_cases import from_rows, legs_of_calls, reported_calls, shared_accounts, worked

from unspoof.config import BY_NAME
from unspoof.engine import Step
from unspoof.link import LINKS, STEPS, LinkKind
from unspoof.model.tables import NORMAL_FORM
from unspoof.trace import STEPS as TRACE_STEPS

Case = dict[str, pa.Table]
KINDS = pytest.mark.parametrize("kind", LINKS, ids=lambda kind: kind.name)
EACH = pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
# Links are made here of the normal form without duplicates; the steps that leave those out are tested elsewhere.
GIVEN = {"calls_once", "accounts_once", "logins_once", "payments_once", "reports_once", "presented_brands"}
MADE = tuple(step for kind in LINKS for step in kind.steps)


@pytest.fixture(scope="module")
def case() -> Case:
    """Make a case with reports of its calls, and with people who have several accounts."""
    tables, _ = shared_accounts(accounts=1_000, calls=20_000)
    calls, reports, _ = reported_calls(calls=5_000, reports=120)
    legs, signals = legs_of_calls()
    both = [
        tables["calls_once"],
        legs,
        calls.set_column(0, calls.schema.field(0), pa.array(np.arange(5_000) + 1_000_000)),
    ]
    twice = from_rows(
        "reports_once", [{**row, "report_id": 10_000 + i} for i, row in enumerate(reports[:9].to_pylist())]
    )
    return {
        **tables,
        "signals": signals,
        "calls_once": pa.concat_tables(both),
        "reports_once": pa.concat_tables([reports, twice]),
    }


@pytest.fixture(scope="module")
def found(case: Case) -> Case:
    """Run every step once."""
    return worked(MADE, case)


@KINDS
def test_a_kind_names_its_finding(kind: LinkKind, found: Case) -> None:
    """Name, meaning, finding and both ends are there, and the finding has links in a case that holds some."""
    assert re.fullmatch(r"[a-z]+-[a-z]+", kind.name)
    assert kind.meaning
    assert kind.finding in {step.name for step in kind.steps}
    assert {kind.left, kind.right, "score_ppm", "reasons"} <= set(found[kind.finding].column_names)
    assert found[kind.finding].num_rows > 20


@KINDS
def test_a_score_is_a_probability(kind: LinkKind, found: Case) -> None:
    """Scores lie from 0 to a million, and nothing is certain."""
    score = found[kind.finding]["score_ppm"].to_numpy()

    assert score.min() >= 0
    assert score.max() < 1_000_000


@KINDS
def test_a_link_has_reasons_without_numbers_of_people(kind: LinkKind, found: Case) -> None:
    """Every link says why, in sentences, and gives no telephone number, address or mail away."""
    for reasons in found[kind.finding]["reasons"].to_pylist():
        assert all(reasons.split("; "))
        assert not re.search(r"[0-9]{7}|@|[0-9]+\.[0-9]+\.[0-9]+", reasons)


@KINDS
def test_a_pair_is_linked_once(kind: LinkKind, found: Case) -> None:
    """No pair stands twice; a report has one call at most; of two accounts the lesser is on the left."""
    left, right = (found[kind.finding][end].to_pylist() for end in (kind.left, kind.right))

    assert len(set(zip(left, right, strict=True))) == len(left)
    if kind.left[5:] == kind.right[6:]:  # left_account_id, right_account_id
        assert all(a < b for a, b in zip(left, right, strict=True))
    else:
        assert len(set(left)) == len(left)


@KINDS
def test_a_link_ties_what_is_in_the_case(kind: LinkKind, case: Case, found: Case) -> None:
    """Both ends of every link are rows of the case."""
    views = {"report_id": "reports_once", "call_id": "calls_once", "account_id": "accounts_once"}
    for end in (kind.left, kind.right):
        key = re.sub("^(left|right)_", "", end)

        assert set(found[kind.finding][end].to_pylist()) <= set(case[views[key]][key].to_pylist())


def test_the_same_rows_in_any_order_give_the_same_findings(case: Case, found: Case) -> None:
    """Run again, and on rows in another order, every step gives the same rows in the same order."""
    rng = np.random.default_rng(11)
    mixed = {view: table.take(rng.permutation(table.num_rows)) for view, table in case.items()}
    for again in (worked(MADE, case), worked(MADE, mixed)):
        for name, table in found.items():
            assert again[name].equals(table), name


def test_an_empty_case_gives_empty_findings() -> None:
    """Without any row every step runs, and nothing is linked."""
    found = worked(MADE, {})

    assert all(found[kind.finding].num_rows == 0 for kind in LINKS)


def test_every_report_has_one_outcome_and_one_event(case: Case, found: Case) -> None:
    """Nothing is dropped uncounted: each report has its outcome, its event, and each event one loss that counts."""
    reports = sorted(case["reports_once"]["report_id"].to_pylist())
    events = found["report_events"].to_pylist()

    assert found["report_link_outcomes"]["report_id"].to_pylist() == reports
    assert [event["report_id"] for event in events] == reports
    assert sorted(e["event_id"] for e in events if e["counted"]) == sorted({e["event_id"] for e in events})
    assert found["report_link_outcomes"]["outcome"].to_pylist().count("linked") == found["report_call_links"].num_rows


def test_every_account_is_in_exactly_one_crew(case: Case, found: Case) -> None:
    """Crews part the accounts: each stands once, under the least account of its crew."""
    crews = found["crews"].to_pylist()
    least: dict[str, int] = {}
    for row in crews:
        least[row["suspect_id"]] = min(row["account_id"], least.get(row["suspect_id"], row["account_id"]))

    assert sorted(row["account_id"] for row in crews) == sorted(case["accounts_once"]["account_id"].to_pylist())
    assert all(suspect == f"S{account}" for suspect, account in least.items())


@EACH
def test_a_step_reads_what_there_is(step: Step) -> None:
    """A step reads views of the case or what earlier steps give, and depends on settings that exist."""
    earlier = {s.name for s in STEPS[: STEPS.index(step)]}
    normal = {table.name for table in NORMAL_FORM} | {"brands"}
    followed = {s.name for s in TRACE_STEPS}

    assert set(step.reads) <= earlier | GIVEN | normal | followed | {"setting", "this_case"}
    assert set(step.settings) <= set(BY_NAME)
    assert step.gives.name == step.name or step.run is None


@EACH
def test_a_step_names_the_settings_it_reads(step: Step) -> None:
    """A setting that stands in the SQL stands in `settings`, so that changing it runs the step again."""
    named = {name for name in BY_NAME if re.search(rf"\b{name}\b", step.sql)}

    assert named <= set(step.settings)


@EACH
def test_sql_can_be_rendered_for_spark(step: Step) -> None:
    """SQLGlot writes the step in Spark's dialect."""
    if step.sql:
        assert sqlglot.transpile(step.sql, read="duckdb", write="spark")[0]

"""What every rule of screening must keep; a rule that joins RULES is tested here at once."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlglot
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shown_rows import on, rows, some_cases
from sqlglot import exp

from unspoof.engine import DuckEngine
from unspoof.engine.portable import refusals, to_spark
from unspoof.model.screening import LEVELS, NumberFacts, Shown
from unspoof.screen import rules as rules_package
from unspoof.screen.limits import Limits
from unspoof.screen.rule import SHOWN_COLUMNS, Rule, midnight
from unspoof.screen.rules import RULES

EACH = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
DOCS = Path(__file__).parents[2] / "docs" / "screening.md"
SEEDS = st.integers(0, 2**32)
_QUERY = "SELECT call_id, <level> AS level FROM shown_calls ORDER BY call_id"


def _query(rule: Rule) -> str:
    return _QUERY.replace("<level>", rule.batch())


@pytest.fixture(scope="module")
def duck() -> Iterator[DuckEngine]:
    """One DuckDB for all rules."""
    engine = DuckEngine(threads=1)
    yield engine
    engine.close()


@EACH
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=SEEDS)
def test_live_and_batch_say_the_same(rule: Rule, duck: DuckEngine, seed: int) -> None:
    """Over rows with NULLs, boundary days and every use, kind and number both forms give the same level, never NULL."""
    made = some_cases(seed)
    duck.view_arrow("shown_calls", rows(made))
    batch = duck.fetch(_query(rule))["level"].to_pylist()

    live = [rule.level(shown, limits) for shown, limits in made]
    assert [(b, one) for b, one, two in zip(batch, made, live, strict=True) if b != two] == []
    assert set(batch) <= {"", *LEVELS}


@EACH
def test_it_fires_and_does_not_fire(rule: Rule) -> None:
    """There are shown numbers on which a rule fires and such on which it does not."""
    bare = Limits()
    fires = next(one for one, _ in some_cases(1, 5_000) if rule.level(one, bare))

    assert rule.find(fires, bare, rule.level(fires, bare)).reason.endswith(".")
    assert rule.level(Shown(NumberFacts(kind="withheld"), on("2024-06-01"), home="GB"), bare) == ""


@EACH
@settings(max_examples=5, deadline=None)
@given(seed=SEEDS)
def test_it_fires_within_its_dates_and_countries_alone(rule: Rule, seed: int) -> None:
    """Outside its days and countries a rule says nothing; one microsecond decides."""
    for one, limits in some_cases(seed):
        if not rule.level(one, limits):
            continue
        assert not rule.countries or one.home in rule.countries
        if rule.valid_from:
            start = midnight(rule.valid_from)
            assert one.at
            assert one.at >= start
            assert rule.level(replace(one, at=start - timedelta(microseconds=1)), limits) == ""
            assert rule.level(replace(one, at=start), limits) != ""


@EACH
def test_the_batch_form_is_portable_and_reads_known_columns(rule: Rule) -> None:
    """Its SQL holds nothing unproven and asks no column that the view does not have."""
    tree = sqlglot.parse_one(_query(rule), read="duckdb")

    assert "\n".join(map(str, refusals(_query(rule)))) == ""
    assert to_spark(_query(rule))
    assert {column.name for column in tree.find_all(exp.Column)} <= set(SHOWN_COLUMNS)


@EACH
@settings(max_examples=5, deadline=None)
@given(seed=SEEDS)
def test_a_reason_tells_no_number_but_the_one_shown(rule: Rule, seed: int) -> None:
    """A sentence holds neither the number called nor the network number."""
    for one, limits in some_cases(seed):
        if not (level := rule.level(one, limits)):
            continue
        made = rule.find(one, limits, level)
        assert made.reference
        for number in (one.called_e164, one.asserted_e164):
            assert number is None or number < 100 or str(number) not in made.reason + made.reference


def test_every_rule_file_is_a_rule_and_names_are_unique() -> None:
    """A file of rules/ that stands in no tuple fails the build."""
    files = {m.name for m in pkgutil.iter_modules(rules_package.__path__)}
    held = {id(importlib.import_module(f"{rules_package.__name__}.{name}").RULE) for name in files}

    assert held == {id(rule) for rule in RULES}
    assert len({rule.name for rule in RULES}) == len(RULES)


@EACH
def test_the_docs_have_a_row_for_it(rule: Rule) -> None:
    """docs/screening.md tells of every rule, with the day from which it holds."""
    row = next(line for line in DOCS.read_text("utf-8").splitlines() if line.startswith(f"| `{rule.name}` |"))

    assert rule.valid_from is None or rule.valid_from.isoformat() in row


def test_a_call_of_2021_is_judged_by_the_rules_of_2021() -> None:
    """No rule of networks that came later touches a call of the iSpoof years; facts do."""
    ours = Shown(
        NumberFacts(442079460123, "GB", "fixed", range_use="drama", allocated=False),
        on("2021-10-04"),
        home="GB",
        asserted_e164=442079460123,
        from_abroad=True,
    )

    assert [rule.name for rule in RULES if rule.level(ours, Limits())] == ["set-apart"]
    later = [rule.name for rule in RULES if rule.level(replace(ours, at=on("2025-02-01")), Limits())]
    assert later == ["set-apart", "uk-network-from-abroad", "uk-presentation-from-abroad"]
    assert "in force from 2023-05-15" not in RULES[1].reference(ours)
    assert "in force from 2023-05-15" in RULES[1].reference(replace(ours, at=on("2025-02-01")))

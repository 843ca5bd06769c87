"""The portable subset: what ALLOWED lets through is equal on both engines, and what is not proven is refused."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlglot
from hard_tables import Both, both_engines
from hypothesis import given, settings
from hypothesis import strategies as st
from refused_queries import REFUSED, Refused
from sqlglot import exp

from unspoof.act import FIGURES
from unspoof.case.plan import steps
from unspoof.engine.portable import ALLOWED, Allowed, refusals, to_spark
from unspoof.engine.portable.patterns import trap
from unspoof.errors import EngineGap
from unspoof.model.tables import NORMAL_FORM

spark = pytest.mark.xdist_group("spark")
DOCS = Path(__file__).parents[2] / "docs" / "sql.md"
SNIPPETS = re.findall(r"```sql\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)


def _queries() -> dict[str, str]:
    found = {step.name: step.sql for step in steps() if step.sql}
    for figure in FIGURES:
        named = {f.name: getattr(figure, f.name) for f in dataclasses.fields(figure) if f.name.endswith("_sql")}
        found.update({f"{figure.key} {name}": sql for name, sql in named.items() if sql})
    return found


QUERIES = _queries()


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    """One DuckDB and one Spark for the whole module."""
    with both_engines(tmp_path_factory.mktemp("hard")) as engines:
        yield engines


@pytest.mark.parametrize("name", QUERIES)
def test_every_step_and_figure_is_portable(name: str) -> None:
    """No SQL of the analysis holds anything that was not proven equal, and all of it renders."""
    assert "\n".join(map(str, refusals(QUERIES[name]))) == ""
    assert to_spark(QUERIES[name]) == to_spark(QUERIES[name])


@pytest.mark.parametrize("entry", ALLOWED, ids=lambda entry: entry.name)
def test_a_probe_is_itself_portable_and_holds_what_it_proves(entry: Allowed) -> None:
    """A probe passes the lint, and every node class of its entry occurs in it."""
    assert "\n".join(map(str, refusals(entry.probe))) == ""
    held = {type(node).__name__ for node in sqlglot.parse_one(entry.probe, read="duckdb").walk()}
    assert {kind.__name__ for kind, _ in entry.lets} <= held


def test_every_argument_let_through_is_in_some_probe() -> None:
    """No entry lets an argument of a node through that no probe has set, so none passes unproven."""
    nodes = [node for entry in ALLOWED for node in sqlglot.parse_one(entry.probe, read="duckdb").walk()]
    proven = {(type(n).__name__, k) for n in nodes for k, v in n.args.items() if v not in (None, False, [])}
    let = {(kind.__name__, name) for entry in ALLOWED for kind, names in entry.lets for name in names.split()}
    assert sorted(let - proven) == []


@spark
@pytest.mark.parametrize("entry", ALLOWED, ids=lambda entry: entry.name)
def test_what_is_allowed_is_equal_on_both_engines(both: Both, entry: Allowed) -> None:
    """Whole rows and column types of every probe are equal, and there are rows."""
    assert both.on_duck(entry.probe, entry.binds).num_rows > 0
    assert both.difference(entry.probe, entry.binds) == ""


@pytest.mark.parametrize("trap", REFUSED, ids=lambda trap: trap.name)
def test_what_is_not_proven_is_refused(trap: Refused) -> None:
    """The lint says of each trap what goes wrong and what to write; SQL that cannot be parsed is a gap."""
    try:
        found = refusals(trap.sql)
    except EngineGap:
        assert trap.parts == "error"
        return
    assert found
    assert all(refusal.what and refusal.because.endswith(".") and refusal.instead for refusal in found)


@spark
@pytest.mark.parametrize("trap", [t for t in REFUSED if t.parts == "silent"], ids=lambda trap: trap.name)
def test_a_silent_trap_is_still_there(both: Both, trap: Refused) -> None:
    """Both engines run it and answer differently; if they agree now, its rule may go."""
    assert both.difference(trap.sql), f"both engines agree on {trap.name} now: its rule may go"


@spark
def test_lower_case_differs_for_27_new_letters_alone(both: Both) -> None:
    """The letters of Unicode 16 that the probe of lower() leaves out are those, and only those, that differ."""
    sql = "SELECT point_id, lower(s) AS v FROM letters ORDER BY point_id"
    pairs = zip(both.on_duck(sql).to_pylist(), both.on_spark(sql).to_pylist(), strict=True)
    differ = [one["point_id"] for one, two in pairs if one != two]
    assert differ == [0x1C89, 0xA7CB, 0xA7CC, 0xA7DA, 0xA7DC, *range(0x10D50, 0x10D66)]


@pytest.mark.parametrize("sql", SNIPPETS, ids=range(len(SNIPPETS)))
def test_snippets_of_the_docs_are_portable(sql: str) -> None:
    """Each snippet of docs/sql.md passes the lint."""
    assert refusals(sql) == ()


@spark
@pytest.mark.parametrize("sql", SNIPPETS, ids=range(len(SNIPPETS)))
def test_snippets_of_the_docs_are_equal_on_both_engines(both: Both, sql: str) -> None:
    """Each snippet of docs/sql.md gives equal rows, and some."""
    assert both.on_duck(sql).num_rows > 0
    assert both.difference(sql) == ""


MUTATIONS: tuple[tuple[str, str, str], ...] = (
    ("no g", r"(regexp_replace\([^()]*'[^^']*', '[^']*'), 'g'\)", r"\1)"),
    ("seconds", r"date_diff\('microsecond'", "date_diff('second'"),
    ("days of times", r"date_diff\('day', CAST\(([^()]*) AS DATE\), CAST\(([^()]*) AS DATE\)\)", r"date_diff('day', \1, \2)"),
    ("no key", r", 'id': -?[a-z_.]+\}", "}"),
    ("dollar", r"\\z'", "$'"),
    ("bare sum", r"CAST\((sum\([a-z_.]+\)) AS BIGINT\)", r"\1"),
    ("no order", r"(row_number\(\) OVER \((?:PARTITION BY [a-z_., ]+)?)ORDER BY [^()]*\)", r"\1)"),
    ("no rounding", r"CAST\(round\(", "CAST((("),
    ("list of NULLs", r"list\(([a-z_.]+)\) FILTER \(WHERE \1 IS NOT NULL\)", r"list(\1)"),
    ("unsorted list", r"list_sort\(", "("),
    ("no fallback", r"coalesce\((list_sort\(.*?\)), \[\]\)", r"\1"),
    ("no bound", r"exp\(least\(1?[0-9]*, ", "exp(("),
    ("decimal", r"\(6 / 10\)", "0.6"),
    ("TRY_CAST", r"CAST\((digits) AS BIGINT\)", r"TRY_CAST(\1 AS BIGINT)"),
    ("no guard", r"CASE WHEN regexp_matches\(country, '[^']*'\) THEN upper\(country\) ELSE phone_country END", "upper(country)"),
    ("unordered text", r"(string_agg\([a-z_.]+, '[^']*') ORDER BY [^()]*\)", r"\1)"),
    ("left", r"left\(([a-z_.]+), 1\)", r"left(\1, -1)"),
    ("part from 0", r"(substr\(.*?), 1, 3\)", r"\1, 0, 3)"),
    ("asof", r"\n(LEFT )?JOIN ", "\nASOF JOIN "),
    ("bare alias", r" AS ([a-z_]+)(,|\n)", r" \1\2"),
)  # fmt: skip
SEEDS = {**QUERIES, **{f"probe {entry.name}": entry.probe for entry in ALLOWED}}


def _mutants(old: str, new: str) -> list[str]:
    """Return every query of the analysis or of a probe with one place mutated."""
    return [
        sql[: at.start()] + at.expand(new) + sql[at.end() :]
        for sql in SEEDS.values()
        for at in re.finditer(old, sql, re.IGNORECASE)
    ]  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new"), MUTATIONS, ids=[m[0] for m in MUTATIONS])
def test_a_mutated_step_is_refused(name: str, old: str, new: str) -> None:
    """Taking one safeguard away from a step that is portable makes it one that is not."""
    mutants = _mutants(old, new)[:40]
    assert mutants, f"no query has a place for {name}"
    assert [sql for sql in mutants if not _refused(sql)] == []


def _refused(sql: str) -> bool:
    try:
        return bool(refusals(sql))
    except EngineGap:
        return True


UNPROVEN = (
    lambda node: exp.Anonymous(this="reverse", expressions=[node]),
    lambda node: exp.TryCast(this=node, to=exp.DataType.build("TEXT")),
    lambda node: exp.Anonymous(this="hash", expressions=[node]),
    lambda node: exp.AtTimeZone(this=node, zone=exp.Literal.string("UTC")),
    lambda node: exp.Bracket(this=node, expressions=[exp.Literal.number(1)]),
    lambda node: exp.Stddev(this=node),
)  # fmt: skip


@settings(max_examples=80, deadline=None, derandomize=True)
@given(st.sampled_from(sorted(SEEDS)), st.integers(0, 10_000), st.sampled_from(UNPROVEN))
def test_no_place_hides_what_is_not_proven(name: str, at: int, wrap: object) -> None:
    """An unproven function around any column of any query is found, wherever it stands."""
    tree = sqlglot.parse_one(SEEDS[name], read="duckdb")
    columns = [c for c in tree.find_all(exp.Column) if not c.is_star and not isinstance(c.parent, exp.Star)]
    if not columns:
        return
    column = columns[at % len(columns)]
    column.replace(wrap(column.copy()))  # type: ignore[operator]
    assert _refused(tree.sql(dialect="duckdb"))


def test_names_of_times_are_times_wherever_steps_give_them() -> None:
    """The lint takes a column for a time by its name, so no column of another type may bear such a name."""
    tables = (*NORMAL_FORM, *(step.gives for step in steps()))
    wrong = [
        f"{table.name}.{column.name}"
        for table in tables
        for column in table.columns
        if column.type != "timestamp" and (column.name in ("at", "month", "moment") or column.name.endswith("_at"))
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "pattern", [r"^[0-9]{1,18}\z", r"(?:a|b)+?[^\n]*", r"[^\x00-\x2f:-@\[-`{-~]", r"\d\.\\", "", "ß|é"]
)
def test_proven_patterns_pass(pattern: str) -> None:
    """Patterns of proven pieces are not refused."""
    assert trap(pattern) == ("", "")


@pytest.mark.parametrize(
    "pattern",
    ["a$", "a.b", r"\s", r"\bx", "(?i)a", "(?=a)", "[[:alpha:]]", "[a&&b]", "a++", "a{", r"\1", r"\p{L}", "[]a]", "*a"],
)
def test_unproven_patterns_are_refused(pattern: str) -> None:
    """Whatever RE2 and Java read differently, or one of them refuses, is refused with what to write."""
    why, write = trap(pattern)
    assert why
    assert write


def test_rendering_needs_one_query() -> None:
    """Text that does not parse, no statement, and two statements are gaps, never something half rendered."""
    for sql in ("SELECT (", "", "SELECT 1; SELECT 2"):
        with pytest.raises(EngineGap):
            to_spark(sql)


def test_parameters_become_markers() -> None:
    """A value bound as $name is bound as :name on Spark."""
    assert (
        to_spark("SELECT a FROM t WHERE b = $name AND c > $least_1")
        == "SELECT a FROM t WHERE b = :name AND c > :least_1"
    )

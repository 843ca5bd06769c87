"""The house: what is a plug-in stands in its tuple, and a step says truly what it reads and depends on."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

import pytest
import sqlglot
from sqlglot import exp

from unspoof.case import LINK_KINDS
from unspoof.case.plan import VERBS, steps
from unspoof.case.session import REFERENCE_TABLES
from unspoof.cli import COMMANDS
from unspoof.config import BY_NAME
from unspoof.engine import Step
from unspoof.ingest.containers import CONTAINERS
from unspoof.link import LINKS
from unspoof.model.tables import NORMAL_FORM

GIVEN = {t.name for t in (*NORMAL_FORM, *REFERENCE_TABLES)} | {"setting", "this_case"}
STEPS = [pytest.param(step, id=step.name) for step in steps()]


def _modules(package: str) -> list[ModuleType]:
    home = importlib.import_module(package)
    return [importlib.import_module(m.name) for m in pkgutil.walk_packages(home.__path__, f"{package}.")]


def test_every_step_of_the_verbs_runs() -> None:
    """A Step that is defined in a verb and stands in no plan would never run."""
    planned = {id(step) for step in steps()}
    for verb, _ in VERBS:
        for module in _modules(f"unspoof.{verb}"):
            for name, value in vars(module).items():
                if isinstance(value, Step):
                    assert id(value) in planned, f"{module.__name__}.{name}"


def test_every_command_file_is_a_command() -> None:
    """A file of cli/ that defines a command and is in no tuple fails the build."""
    import click

    known = {id(command) for command in COMMANDS}
    for module in _modules("unspoof.cli"):
        own = [v for v in vars(module).values() if isinstance(v, click.Command) and v.callback is not None]
        top = [c for c in own if getattr(c.callback, "__module__", "") == module.__name__]
        if top:
            assert any(id(c) in known for c in own), module.__name__


def test_every_container_file_is_a_container() -> None:
    """A file of ingest/containers/ that nobody registered fails the build."""
    used = {type(container).__module__ for container in CONTAINERS}

    assert {module.__name__ for module in _modules("unspoof.ingest.containers")} == used


def test_the_command_line_lists_every_kind_of_link() -> None:
    """`links --kind` takes what the verb links."""
    assert tuple(sorted(LINK_KINDS)) == tuple(sorted(kind.name for kind in LINKS))


def test_names_of_steps_are_unique_and_no_table() -> None:
    """Two steps of one name would overwrite each other's findings."""
    names = [step.name for step in steps()]

    assert len(set(names)) == len(names)
    assert not set(names) & GIVEN


@pytest.mark.parametrize("step", STEPS)
def test_a_step_reads_what_stands_before_it(step: Step) -> None:
    """Every view that a step reads is given, or made by a step before it."""
    before = {s.name for s in steps()[: [s.name for s in steps()].index(step.name)]}

    assert set(step.reads) <= GIVEN | before


@pytest.mark.parametrize("step", [p for p in STEPS if p.values[0].sql])
def test_the_sql_of_a_step_reads_what_it_says(step: Step) -> None:
    """Every table in the SQL is in `reads`, else a change of it would not make the step run again."""
    tree = sqlglot.parse_one(step.sql, read="duckdb")
    inner = {cte.alias for cte in tree.find_all(exp.CTE)}
    tables = {table.name for table in tree.find_all(exp.Table) if table.name} - inner

    assert tables <= set(step.reads)


@pytest.mark.parametrize("step", [p for p in STEPS if p.values[0].sql])
def test_a_step_names_the_settings_that_its_sql_reads(step: Step) -> None:
    """A setting that the SQL reads and the step does not name would change nothing when it is changed."""
    columns = {column.name for column in sqlglot.parse_one(step.sql, read="duckdb").find_all(exp.Column)}

    assert columns & set(BY_NAME) <= set(step.settings), columns & set(BY_NAME)

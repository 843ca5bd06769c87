"""Rows that say the same thing twice, on DuckDB."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pytest

from unspoof.config import load_case_settings
from unspoof.engine import DuckEngine
from unspoof.link import FOUNDATIONS
from unspoof.link.duplicates import FIND_DUPLICATES, STEPS
from unspoof.model.arrow import schema
from unspoof.model.evidence import row_id
from unspoof.model.tables import NORMAL_FORM, Table, table

SETTINGS = load_case_settings('[case]\nreference = "R"\nhome = "GB"\ncurrency = "GBP"\n', environment={})
KEYS = {
    "calls": "call_id",
    "invoices": "invoice_id",
    "logins": "login_id",
    "payments": "payment_id",
    "receivers": "receiver_id",
    "reports": "report_id",
}
REFERENCES = {"calls": "call_ref", "invoices": "invoice_ref", "payments": "payment_ref", "reports": "report_ref"}
VALUES: dict[str, Any] = {
    "text": "a",
    "int64": 7,
    "int32": 7,
    "timestamp": dt.datetime(2021, 5, 1, 12, 0, 0),  # noqa: DTZ001  times are zoneless UTC here
    "bool": False,
}
OTHERS: dict[str, Any] = {
    "text": "b",
    "int64": 8,
    "int32": 8,
    "timestamp": dt.datetime(2021, 5, 1, 12, 0, 0, 1),  # noqa: DTZ001
    "bool": True,
}


def row(of: Table, exhibit: int, locator: int, **changed: Any) -> dict[str, Any]:
    """Make a row with a value in every column."""
    made = {column.name: VALUES[column.type] for column in of.columns}
    made |= {"exhibit": exhibit, "locator": locator, "locator_size": locator % 5}
    if of.name in KEYS:
        made[KEYS[of.name]] = row_id(exhibit, locator)
    return made | changed


def engine_over(rows: Mapping[str, Sequence[dict[str, Any]]]) -> DuckEngine:
    """Open an engine with views over made-up tables, the steps' views among them."""
    engine = DuckEngine(threads=1)
    for known in NORMAL_FORM:
        shape = schema(known).append(pa.field("exhibit", pa.int32()))
        engine.view_arrow(known.name, pa.Table.from_pylist(list(rows.get(known.name, ())), shape))
    for step in STEPS:
        if step.kept:
            engine.view_arrow(step.name, engine.run(step, SETTINGS))
        else:
            engine.view_step(step)
    return engine


def duplicates(name: str, rows: Sequence[dict[str, Any]]) -> list[tuple[int, int]]:
    """Return (id, same_as) of each duplicate in one table."""
    found = engine_over({name: rows}).fetch("SELECT * FROM duplicates").to_pylist()
    assert {each["table"] for each in found} <= {name}
    return [(each["id"], each["same_as"]) for each in found]


@pytest.mark.parametrize("name", sorted(KEYS))
def test_three_copies_are_one(name: str) -> None:
    """Of three equal rows in two exhibits the one of the least id is counted, and the others name it."""
    rows = [row(table(name), 2, 10), row(table(name), 1, 900), row(table(name), 1, 20)]
    first = row_id(1, 20)

    assert duplicates(name, rows) == [(row_id(1, 900), first), (row_id(2, 10), first)]


@pytest.mark.parametrize("name", sorted(KEYS))
def test_nulls_are_equal(name: str) -> None:
    """Rows whose columns are empty are equal where they are empty alike."""
    blank = {c.name: None for c in table(name).columns if c.nullable}
    rows = [row(table(name), 1, 1, **blank), row(table(name), 1, 2, **blank), row(table(name), 1, 3)]

    assert duplicates(name, rows) == [(row_id(1, 2), row_id(1, 1))]


@pytest.mark.parametrize("name", sorted(KEYS))
def test_any_other_difference_keeps_both(name: str) -> None:
    """Rows that differ in one column, whichever, by another value or by none, are not the same."""
    of = table(name)
    rows = [row(of, 1, 1)]
    for column in of.columns:
        if column.name not in {KEYS[name], "locator", "locator_size"}:
            changes = [OTHERS[column.type], *([None] if column.nullable else [])]
            rows += [row(of, 1, len(rows) + n, **{column.name: value}) for n, value in enumerate(changes, 1)]

    assert len(rows) > len(of.columns)
    assert duplicates(name, rows) == []


@pytest.mark.parametrize("name", sorted(REFERENCES))
def test_a_row_key_is_not_compared(name: str) -> None:
    """The source's reference is compared unless it is the source's row key."""
    reference = REFERENCES[name]

    def pair(is_key: bool) -> list[dict[str, Any]]:
        return [row(table(name), 1, n, ref_is_key=is_key, **{reference: f"r{n}"}) for n in (1, 2)]

    assert duplicates(name, pair(True)) == [(row_id(1, 2), row_id(1, 1))]
    assert duplicates(name, pair(False)) == []


@pytest.mark.parametrize("name", sorted(KEYS))
def test_each_is_counted_once(name: str) -> None:
    """The view of a table holds each distinct row once, with all columns and no others, and loses none."""
    of = table(name)
    rows = [row(of, 1, 1), row(of, 2, 1), row(of, 2, 2, oddities="other"), row(of, 3, 1, oddities=None)]
    once = engine_over({name: rows}).fetch(f"SELECT * FROM {name}_once ORDER BY {KEYS[name]}")

    assert once.to_pylist() == [rows[0], rows[2], rows[3]]
    step = next(step for step in FOUNDATIONS if step.name == f"{name}_once")
    assert list(step.gives.names) == once.column_names == [*of.names, "exhibit"]


def test_an_account_is_the_newest_exhibits() -> None:
    """Of an account's rows the newest exhibit's is shown, of that the first; the order of rows does not matter."""
    accounts = table("accounts")
    rows = [
        row(accounts, 1, 5, account_id=1, email="old@example.org"),
        row(accounts, 2, 90, account_id=1, email="late@example.org"),
        row(accounts, 2, 30, account_id=1, email="new@example.org"),
        row(accounts, 1, 6, account_id=2, email="only@example.org"),
        row(accounts, 2, 7, account_id=3, email="b@example.org"),
        row(accounts, 2, 7, account_id=3, email="a@example.org"),
    ]
    expected = [(1, "new@example.org"), (2, "only@example.org"), (3, "a@example.org")]
    sql = "SELECT account_id, email FROM accounts_once ORDER BY account_id"

    for order in (rows, rows[::-1]):
        shown = engine_over({"accounts": order}).fetch(sql).to_pylist()
        assert [tuple(each.values()) for each in shown] == expected


def test_the_row_with_the_latest_use_is_the_account_in_any_order_of_exhibits() -> None:
    """Of two exhibits the one that saw the account last shows it, whichever was added first."""
    accounts = table("accounts")
    for old, new in ((1, 2), (2, 1)):
        seen = {"last_seen_at": dt.datetime(2022, 1, 1)}  # noqa: DTZ001  times are zoneless UTC here
        rows = [
            row(accounts, old, 5, account_id=1, email="old@example.org"),
            row(accounts, new, 5, account_id=1, email="new@example.org", **seen),
        ]
        shown = engine_over({"accounts": rows}).fetch("SELECT email FROM accounts_once").to_pylist()
        assert shown == [{"email": "new@example.org"}]


def test_empty_tables_have_no_duplicates() -> None:
    """A case without rows gives empty findings of the right types."""
    engine = engine_over({})

    assert engine.run(FIND_DUPLICATES, SETTINGS).schema == schema(FIND_DUPLICATES.gives)
    for step in STEPS[1:]:
        assert engine.fetch(f"SELECT * FROM {step.name}").num_rows == 0


def test_calls_that_share_the_narrow_key_alone_stay() -> None:
    """Calls of one account to one number in one second that differ elsewhere stay, though others around are equal."""
    calls = table("calls")
    rows = [row(calls, 1, 1), row(calls, 1, 2, trunk="b"), row(calls, 1, 3), row(calls, 1, 4, trunk="b")]

    assert duplicates("calls", rows) == [(row_id(1, 3), row_id(1, 1)), (row_id(1, 4), row_id(1, 2))]

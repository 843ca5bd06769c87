"""The books against the chain as doors show them, over the hard case of the unit tests of trace."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "trace"))

from books_cases import books_tables
from books_run import run

from unspoof.case import VERDICTS, Case
from unspoof.case.reconciling import reconciled
from unspoof.case.session import Session
from unspoof.cli.output import plain
from unspoof.errors import BadRequest
from unspoof.trace.money_parts import ENDS


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Session:
    """An open session in which every step of the hard case stands."""
    case = Case.new(tmp_path_factory.mktemp("cases") / "one", reference="R", home="GB", currency="GBP")
    return Session(case.vault, case.settings, run(books_tables()))


def test_the_summary_adds_up_and_is_that_of_the_rows(session: Session) -> None:
    """Counts and sums by verdict are those of the rows, and together all that came to the shop."""
    found = reconciled(session)
    whole, rows = found["summary"], found["rows"]

    assert whole["adds_up"]
    assert sum(row["rows"] for row in whole["by_verdict"]) == len(rows)
    for line in whole["by_verdict"]:
        of_it = [row for row in rows if row["verdict"] == line["verdict"]]
        assert line["payments"] == sum(row["payment_id"] is not None for row in of_it)
        assert line["value_sat"] == sum(row["chain_sat"] or 0 for row in of_it)
    income = [row for row in rows if row["is_income"]]
    assert whole["income"]["value_sat"] == sum(row["chain_sat"] for row in income)
    assert whole["income"]["values"]["GBP"]["base_minor"] == sum(row["home_base_minor"] for row in income)
    assert list(whole["income"]["values"]) == ["GBP", "USD", "EUR"]
    near = [row for row in income if row["near_midnight"]]
    assert whole["income"]["near_midnight"] == len(near) == 1
    assert whole["income"]["near_midnight_sat"] == near[0]["chain_sat"]
    for end in ENDS:
        assert whole["income"][f"near_midnight_{end}_minor"] == near[0][f"home_{end}_minor"]
    json.dumps(plain(found))


def test_one_verdict_and_so_many_rows(session: Session) -> None:
    """Rows are cut to a verdict and a number; the summary stays that of the whole case."""
    some = reconciled(session, "matched", 3)

    assert [row["payment_id"] for row in some["rows"]] == [1, 2, 3]
    assert some["summary"] == reconciled(session)["summary"]
    assert reconciled(session, "chain-only")["rows"][0]["payment_id"] is None


def test_an_unknown_verdict_is_refused_with_those_known(session: Session) -> None:
    """A misspelt verdict is no empty list."""
    with pytest.raises(BadRequest) as caught:
        reconciled(session, "matching")
    assert all(verdict in caught.value.hint for verdict in VERDICTS)


def test_a_case_without_transactions_says_so(tmp_path: Path) -> None:
    """There is nothing to reconcile with, which is said in place of a table of zeros."""
    case = Case.new(tmp_path / "bare", reference="R", home="GB", currency="GBP")
    bare = run({name: table for name, table in books_tables().items() if name != "transactions"})
    with pytest.raises(BadRequest, match="no bitcoin transactions"):
        reconciled(Session(case.vault, case.settings, bare))


def test_a_case_never_run_says_so(tmp_path: Path) -> None:
    """Reconciling is a finding of a run."""
    case = Case.new(tmp_path / "new", reference="R", home="GB", currency="GBP")
    with pytest.raises(BadRequest, match="no reconciliation yet"):
        case.reconcile()


def test_a_currency_of_its_own_stands_first(tmp_path: Path) -> None:
    """A case in yen is valued in yen, then in pounds, dollars and euros."""
    case = Case.new(tmp_path / "yen", reference="R", home="JP", currency="JPY")
    found = reconciled(Session(case.vault, case.settings, run(books_tables(), currency="JPY")))

    assert list(found["summary"]["income"]["values"]) == ["JPY", "GBP", "USD", "EUR"]
    assert found["summary"]["income"]["values"]["JPY"]["base_minor"] is None
    assert found["summary"]["income"]["without_price"] == found["summary"]["income"]["parts"]
    assert found["summary"]["prices"] == []


def test_a_chain_without_books_says_what_to_add(tmp_path: Path, session: Session) -> None:
    """In place of headings without rows there is a sentence that says what is missing and by which command it comes in."""
    case = Case.new(tmp_path / "bare", reference="R", home="GB", currency="GBP")
    books = ("payments", "invoices", "receivers")
    bare = run({name: table for name, table in books_tables().items() if name not in books})
    found = reconciled(Session(case.vault, case.settings, bare))

    assert found["rows"] == found["summary"]["by_verdict"] == []
    assert "none of the service's bookings" in found["lacks"]
    assert "unspoof add CASE FILE" in found["lacks"]
    assert reconciled(session)["lacks"] == ""

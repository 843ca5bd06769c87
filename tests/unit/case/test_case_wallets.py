"""Tests of unspoof.case.wallets: what a person is told of wallets and why two addresses are one, over the hard chain."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "trace"))  # the hard chain stands beside the tests of its steps

from chain_cases import TO_WALLETS, hard_case, txid

from unspoof.case import Case
from unspoof.case.session import Session
from unspoof.case.wallets import ALTERNATIVES, conflicts, wallets, why_one
from unspoof.errors import BadRequest


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """An empty case with the findings of the hard chain in view."""
    case = Case.new(tmp_path_factory.mktemp("wallets") / "case", reference="R 1", home="GB", currency="GBP")
    with case.looking() as opened:
        for name, rows in hard_case(TO_WALLETS).items():
            opened.engine.view_arrow(name, rows)
        yield opened


def test_wallets_from_which_accounts_pay_come_first(session: Session) -> None:
    """The list is in the order of accounts, then holders, and --top cuts it."""
    listed = wallets(session)

    assert [(row["accounts"], row["holders"]) for row in listed] == sorted(
        ((row["accounts"], row["holders"]) for row in listed), reverse=True
    )
    assert wallets(session, top=2) == listed[:2]


def test_the_wallet_of_an_address_lists_its_addresses(session: Session) -> None:
    """Any address of a wallet leads to it, and every address comes with the transaction that first holds it."""
    [row] = wallets(session, of="qshop3")

    assert [(held["holder"], held["first_txid"]) for held in row["addresses"]] == [
        ("qshop1", txid("a-second")), ("qshop2", txid("bobpays")), ("qshop3", txid("annpays")),
    ]  # fmt: skip


def test_an_address_in_capitals_is_the_same_address(session: Session) -> None:
    """What is copied from a QR code, where bech32 stands in capitals, leads to the wallet and to its proof."""
    assert wallets(session, of="QSHOP1") == wallets(session, of="qshop1")
    assert why_one(session, "QSHOP1", "qshop3")["is_one"]


def test_one_wallet_is_told_as_a_chain_of_transactions(session: Session) -> None:
    """Both ends of each step stand among the inputs named, with block and time, and what a court asks is said."""
    told = why_one(session, "qshop2", "qshop3")
    [step] = told["steps"]

    assert (told["is_one"], told["class"], told["alternatives"]) == (True, "co-spend", list(ALTERNATIVES))
    assert [step[k] for k in ("left", "txid", "right", "height", "inputs", "outputs")] == [
        "qshop2", txid("sweep"), "qshop3", 5, 3, 1,
    ]  # fmt: skip
    assert [row["place"] for row in (*step["left_inputs"], *step["right_inputs"])] == [1, 2]
    assert step["cautions"] == []


def test_a_weak_step_says_so(session: Session) -> None:
    """A step that no block proves and that a PayJoin would look like carries both cautions."""
    [step] = why_one(session, "qbob1", "tbob3")["steps"]

    assert step["cautions"] == [
        "not proven from a block: look the transaction up, or add the block",
        "two outputs, as a PayJoin has and most payments have",
    ]


@pytest.mark.parametrize(
    ("left", "right", "because"),
    [
        ("qmaker", "qtaker", "left out as a coinjoin, old-rule: 4 outputs, 2 of them of 500000 sat"),
        ("3exchange1", "3other1", "its inputs are of wallets tagged as exchange-a and as exchange-b"),
        ("qpart1", "qpart2", "not all of it is shown"),
        ("afee", "qbob1", "one of its inputs can be spent by anybody"),
    ],
)
def test_two_wallets_are_told_what_keeps_them_apart(session: Session, left: str, right: str, because: str) -> None:
    """Where both spend in one transaction that joined nothing, the transaction and the reason are named."""
    told = why_one(session, left, right)

    assert (told["is_one"], told["steps"], told["alternatives"]) == (False, [], [])
    assert told["apart"][0]["because"].startswith(because)


def test_strangers_and_oneself(session: Session) -> None:
    """Wallets that never met have nothing between them; an address is one wallet with itself by no step."""
    assert why_one(session, "qann2", "qbob1")["apart"] == []
    assert why_one(session, "qann2", "qann2")["steps"] == []


def test_an_address_that_is_not_there_is_named(session: Session) -> None:
    """An unknown address is an error that says how to find those that are known."""
    for ask in (lambda: wallets(session, of="nobody"), lambda: why_one(session, "qann2", "nobody")):
        with pytest.raises(BadRequest, match="no transaction of the case holds 'n••••y'"):
            ask()


def test_conflicts_are_listed_with_their_reason(session: Session) -> None:
    """Unions that were not made come in chain order."""
    assert [row["txid"] for row in conflicts(session)] == [txid("clash"), txid("part")]
    assert len(conflicts(session, top=1)) == 1

"""Tests of unspoof.case.looking_coins: what is told of an address, a wallet and a transaction, over the hard chain."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "trace"))  # the hard chain stands beside the tests of its steps

from chain_cases import hard_case, hard_tables, txid

from unspoof.case import Case
from unspoof.case.fetching import FetchOptions, wanted_of
from unspoof.case.looking import Concluded, source_rows, why
from unspoof.case.looking_coins import spelt, thing_of
from unspoof.case.proving import prove
from unspoof.case.requesting import requests
from unspoof.case.session import Session
from unspoof.case.wallets import wallets, why_one
from unspoof.errors import BadRequest
from unspoof.trace import STEPS


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """An empty case with the hard chain and its findings in view."""
    case = Case.new(tmp_path_factory.mktemp("coins") / "case", reference="R 1", home="GB", currency="GBP")
    with case.looking() as opened:
        opened.engine.view_arrow("tags", pa.concat_tables(hard_tables()["tags"]))
        for name, rows in hard_case(STEPS).items():
            opened.engine.view_arrow(name, rows)
        yield opened


def told(session: Session, wanted: str) -> dict[tuple[str, str], Concluded]:
    """Return what is told of a thing, by name and class."""
    return {(part.name, part.kind): part for part in why(session, wanted)}


def test_an_address_of_the_shop_is_told_with_its_ground(session: Session) -> None:
    """Ground, wallet, who pays to it and what the books say are told, each with its class and of this address alone."""
    found = told(session, "qshop3")

    assert [row["basis"] for row in found["shop_addresses", ""].rows] == ["paid"]
    assert [row["wallet"] for row in found["wallets", "co-spend"].rows] == ["qshop1"]
    assert [row["txid"] for row in found["shop_inflows", "ledger fact"].rows] == [txid("annpays")]
    assert [(row["payment_id"], row["verdict"]) for row in found["reconciliation", "ledger fact"].rows] == [
        (2, "matched")
    ]
    assert {row["holder"] for row in found["coin_parts", "ledger fact"].rows} == {"qshop3"}


def test_a_payers_wallet_is_told_with_its_accounts(session: Session) -> None:
    """The wallet by its name: its addresses, the accounts that pay from it, and that nobody tagged it."""
    found = told(session, "qbob1")

    assert [row["account_id"] for row in found["account_wallets", "co-spend"].rows] == [3]
    assert {row["wallet"] for row in found["wallet_addresses", "co-spend"].rows} == {"qbob1"}
    tags = found["tags", "attribution"]
    assert (tags.total, tags.meaning) == (0, "unattributed: no tag names it, and none its wallet")


def test_a_services_address_is_told_with_tag_and_request(session: Session) -> None:
    """Level and source of the tag, the trace that reaches it, the request, and of another the union that was not made."""
    found = told(session, "3exchange1")

    tags = found["tags", "attribution"]
    assert tags.meaning == "tags of the address, or of others in its wallet"
    assert ("3exchange1", "exchange-a", 70, "made up") in {
        (row["address"], row["service"], row["level"], row["source"]) for row in tags.rows
    }
    assert [row["service"] for row in found["service_reaches", ""].rows] == ["exchange-a"]
    assert [row["class"] for row in found["service_requests", ""].rows] == [
        row["class"] for row in found["service_reaches", ""].rows
    ]
    assert told(session, "3other1")["wallet_conflicts", "co-spend"].total == 1


def test_a_transaction_is_told_with_books_and_rules(session: Session) -> None:
    """A cited one with the booking, parts and payer; a coinjoin with every rule that takes it for one."""
    paid = told(session, txid("annpays"))
    assert [row["payment_id"] for row in paid["bookings", "the service's books"].rows] == [2]
    assert {row["txid"] for row in paid["coin_parts", "ledger fact"].rows} == {txid("annpays")}
    assert [row["wallet"] for row in paid["wallets", "co-spend"].rows] == ["qann4"]
    assert paid["tags", "attribution"].meaning == "unattributed: no tag names the transaction"

    mixed = told(session, txid("whirl"))
    assert [row["rule"] for row in mixed["coinjoins", "co-spend"].rows] == ["equal-outputs", "whirlpool"]


def test_what_the_case_does_not_hold_is_said(session: Session) -> None:
    """A txid, an address and a word that nothing goes by are bad requests, not empty answers."""
    for wanted in ("ab" * 32, "bcrt1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqdku202", "nobody"):
        with pytest.raises(BadRequest, match="nothing in the case goes by"):
            why(session, wanted)


@pytest.mark.parametrize("typed", ["jo.bloggs@example.org", "+447700900123", "jobloggs1987"])
def test_no_message_of_money_repeats_what_was_typed(session: Session, typed: str) -> None:
    """What the case does not know may be personal, whichever command is asked; the message masks it."""
    questions = (
        lambda: why(session, typed),
        lambda: source_rows(session.vault, session, "payments", typed),
        lambda: wallets(session, typed),
        lambda: why_one(session, typed, "qann2"),
        lambda: requests(session, typed),
        lambda: prove(session.vault, session, typed),
        lambda: wanted_of(session, FetchOptions(txids=(typed,))),
    )
    for question in questions:
        with pytest.raises(BadRequest) as caught:
            question()
        assert typed not in str(caught.value)
        assert "\u2022" in str(caught.value)


def test_capitals_are_read_as_the_case_spells_them() -> None:
    """A txid and a segwit address in capitals are found; base58 and names are left as they are."""
    segwit = "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx"

    assert (spelt("AB" * 32), spelt(segwit.upper())) == ("ab" * 32, segwit)
    assert [spelt(word) for word in ("ANN42", "mo9ncXisMeAoXwqcV5EWuyncbmCcQN4rVs")] == [
        "ANN42", "mo9ncXisMeAoXwqcV5EWuyncbmCcQN4rVs",
    ]  # fmt: skip


def test_what_is_no_thing_of_the_chain_is_told_apart(session: Session) -> None:
    """A user name is no address; an address that the case does not hold is one, without a wallet."""
    held = thing_of(session, "qshop3")

    assert held is not None
    assert (held.wallet, held.txid) == ("qshop1", "")
    assert thing_of(session, "ann42") is None

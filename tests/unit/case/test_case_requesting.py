"""Tests of unspoof.case.requesting: what was reached and nobody tagged is a list that one can ask about."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "trace"))  # the chain's words stand beside the tests of its steps

from books_cases import HOUR, NOON, Chain, address, table_of, txid
from books_run import run

from unspoof.case import Case
from unspoof.case.requesting import UNATTRIBUTED_COLUMNS, requests, unattributed, unattributed_rows
from unspoof.case.session import Session
from unspoof.model.coin_tables import RECEIVERS, TRANSACTIONS
from unspoof.model.reference_tables import TAGS
from unspoof.model.tables import PAYMENTS

VIEWS = ("service_reaches", "service_requests", "coin_parts", "wallet_addresses", "wallets")


def _chain() -> Chain:
    """Return a pool that pays in batches and is paid, a tagged exchange, and an address swept beside that exchange."""
    chain = Chain()
    more = [(f"customer {place}", 1_000) for place in range(5)]
    chain.add("batch", [("hot a", 90_000), ("hot b", 50_000)], [("fixed", 70_000), *more])
    chain.add("pays", [("ann", 41_000)], [("fixed", 40_000)])
    chain.add("out", [("batch", 0), ("pays", 0)], [("hot b", 30_000), ("beside", 45_000), ("exchange", 34_000)],
              NOON + HOUR)  # fmt: skip
    chain.add("swept", [("out", 1), ("exchange", 9_000)], [("elsewhere", 53_000)], NOON + 2 * HOUR)
    chain.rows = [row for row in chain.rows if (row["txid"], row["place"], row["side"]) != (txid("swept"), 0, "output")]
    return chain


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """An empty case with the findings of that chain in view."""
    tagged = [{"service": "e", "category": "exchange", "level": 60, "address": address("exchange")}]
    booked = [{"payment_id": 1, "account_id": 1, "txid": txid("pays"), "status": "completed"}]
    made = run(
        {
            "payments": table_of(PAYMENTS, booked),
            "receivers": table_of(RECEIVERS, [{"label": "coins", "address_text": address("fixed")}]),
            "transactions": table_of(TRANSACTIONS, _chain().rows),
            "tags": table_of(TAGS, tagged),
        },
        "wallet_service_outputs = 5",
    )
    case = Case.new(tmp_path_factory.mktemp("asked") / "case", reference="R 1", home="GB", currency="GBP")
    with case.looking() as opened:
        for name in VIEWS:
            opened.engine.view_arrow(name, made.fetch(f"SELECT * FROM {name}"))
        yield opened


def _brief(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in ("direction", "address", "txid", "output_index", "value_sat", "hops"))


def test_what_nobody_tagged_is_listed_with_the_address_to_ask_about(session: Session) -> None:
    """Largest first; a withdrawal names an address that the pool spent from, not its customer's; the tagged are not there."""
    rows = unattributed_rows(session)

    assert [_brief(row) for row in rows] == [
        ("withdrawal from", address("hot a"), txid("batch"), 0, 70_000, 1),
        ("deposit to", address("beside"), txid("out"), 1, 45_000, 1),
        ("deposit to", address("hot b"), txid("out"), 0, 30_000, 1),
    ]
    assert rows[0]["output_address"] == address("fixed")
    assert {row["wallet"] for row in rows} == {address("hot a"), address("beside")}
    assert [row["service"] for row in requests(session)] == ["e"]
    assert unattributed(session) == {"deposit to": 2, "withdrawal from": 1}


def test_each_row_says_why_it_looks_like_a_services(session: Session) -> None:
    """The look of the wallet, or that it was spent beside a tagged one; block and time stand there for the question."""
    rows = unattributed_rows(session)

    assert rows[0]["why"] == rows[2]["why"] == "pays 6 outputs in one transaction"
    assert "spent together with coins of a service's wallet (e)" in rows[1]["why"]
    assert all(row["height"] and row["block_at"] for row in rows)
    assert all(tuple(row) == UNATTRIBUTED_COLUMNS for row in rows)

"""Whether a service's untagged change wallet ties strangers together, and a customer's own wallet still ties his accounts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from books_cases import HOUR, NOON, Chain, address, books_tables, table_of, txid
from books_run import rows, run

from unspoof.model.coin_tables import INVOICES, RECEIVERS
from unspoof.model.reference_tables import TAGS
from unspoof.model.tables import PAYMENTS

BTC = 100_000_000


def _payers(
    chain: Chain, paid: Sequence[tuple[int, str] | tuple[int, str, int]], text: str = ""
) -> dict[int, dict[str, Any]]:
    """Return account_wallets by account, of a shop at the address `fixed` and an exchange tagged at the address `hot`."""
    booked = [
        {"account_id": account, "txid": txid(name), "amount_minor": 1000, "currency": "GBP", "booked": NOON + 9 * HOUR,
         "status": "completed", "value_sat": sat[0] if sat else None}
        for account, name, *sat in paid
    ]  # fmt: skip
    tag = {"confidence": "service_data", "level": 60, "is_cluster_definer": True, "is_own": False, "pack": "made up"}
    known = {"label": "Some Exchange", "service": "some exchange", "category": "exchange", "source": "made up"}
    other = {"label": "Another", "service": "another", "category": "exchange", "source": "made up"}
    tables = {
        **books_tables(),
        "payments": table_of(PAYMENTS, booked),
        "invoices": table_of(INVOICES, []),
        "receivers": table_of(RECEIVERS, [{"label": "coins", "address_text": address("fixed")}]),
        "transactions": chain.table(),
        "tags": table_of(
            TAGS, [{**tag, **known, "address": address("hot")}, {**tag, **other, "address": address("elsewhere")}]
        ),
    }
    return {row["account_id"]: row for row in rows(run(tables, text), "SELECT * FROM account_wallets")}


def _two_pay(chain: Chain, first: tuple[str, int], wallet: str = "one", apart: int = 1) -> None:
    """Let a wallet of one address pay the shop for two accounts, one transaction each; its change goes to itself."""
    chain.add("b pays", [first], [("fixed", 100_000), (wallet, 1_900_000)], NOON + HOUR)
    chain.add("c pays", [("b pays", 1)], [("fixed", 200_000), (wallet, 1_600_000)], NOON + (1 + apart) * HOUR)


def test_two_strangers_paid_out_of_an_exchanges_change_are_not_tied_together() -> None:
    """An exchange pays for one account, and out of the untagged change for two more: its change is nobody's own wallet."""
    chain = Chain()
    chain.add("a pays", [("hot", 2_200_000)], [("fixed", 150_000), ("one", 2_001_000)])
    _two_pay(chain, ("a pays", 1))
    held = _payers(chain, [(1, "a pays"), (2, "b pays"), (3, "c pays")])

    assert (held[2]["wallet"], held[3]["wallet"]) == (address("one"), address("one"))
    assert {held[account]["is_personal"] for account in (1, 2, 3)} == {False}
    assert held[2]["why"].startswith(f"it holds change of some exchange, if there was any: what else {txid('a pays')}")


def test_change_is_followed_from_payment_to_payment() -> None:
    """A hot wallet that peels on to new addresses is followed as far as the setting says."""
    chain, last = Chain(), ("hot", 9_000_000)
    for hop in range(4):
        chain.add(f"peel {hop}", [last], [("fixed", 50_000), (f"peel{hop}", 8_000_000 - hop * 1_000_000)], NOON)
        last = (f"peel {hop}", 1)
    chain.add("b pays", [last], [("fixed", 100_000), ("peel3", 1_900_000)], NOON + HOUR)
    paid = [(1, "peel 0"), (2, "b pays")]

    held = _payers(chain, paid)
    assert held[2]["is_personal"] is False
    assert "change of some exchange over 4 payments" in held[2]["why"]
    assert _payers(chain, paid, "wallet_change_hops = 3")[2]["is_personal"] is True


def test_a_customer_who_withdrew_to_his_own_wallet_still_ties_his_accounts() -> None:
    """Where the exchange's own change came back to it, whoever else it paid is a customer, and nothing is doubted."""
    chain = Chain()
    chain.add("withdraws", [("hot", BTC)], [("one", 2_001_000), ("stranger", 5_000_000), ("hot", 90_000_000)])
    _two_pay(chain, ("withdraws", 0))
    held = _payers(chain, [(2, "b pays"), (3, "c pays")])

    assert {(row["is_personal"], row["doubt"]) for row in held.values()} == {(True, "")}


def test_a_customer_is_not_doubted_beside_change_that_nobody_followed() -> None:
    """Where the change went to an address that the case never saw again, it is larger than what a customer was paid."""
    chain = Chain()
    chain.add("withdraws", [("hot", BTC)], [("one", 2_001_000), ("fixed", 100_000), ("rotated", 97_000_000)])
    _two_pay(chain, ("withdraws", 0))

    assert {(row["is_personal"], row["doubt"]) for row in _payers(chain, [(2, "b pays"), (3, "c pays")]).values()} == {
        (True, "")
    }


@pytest.mark.parametrize(
    ("pays", "personal"),
    [
        ([("one", 2_001_000), ("stranger", 1_000_000)], True),  # the largest of two
        ([("one", 2_001_000)], True),  # all of a coin: moved by the exchange, or withdrawn whole
        ([("one", 2_001_000), ("elsewhere", 9_000_000)], False),  # what is left beside another exchange's
        ([("one", 2_001_000), ("fixed", 9_000_000), ("data", 0)], False),  # what is left beside the shop's
    ],
)
def test_what_may_be_change_ties_accounts_in_doubt_only(pays: list[tuple[str, int]], personal: bool) -> None:
    """What is the change if anything is ties nobody; what may be the change or a withdrawal does so with a doubt that is said."""
    chain = Chain()
    chain.add("withdraws", [("hot", 11_500_000)], pays)
    _two_pay(chain, ("withdraws", 0))
    held = _payers(chain, [(2, "b pays"), (3, "c pays")])

    assert {(row["is_personal"], row["doubt"] != "", row["why"] != "") for row in held.values()} == {
        (personal, personal, not personal)
    }


def test_a_wallet_that_pays_out_as_a_service_does_is_doubted() -> None:
    """Several payees at once, or two accounts by an output each, is what a service's batch looks like, and it is said."""
    chain = Chain()
    many = [("fixed", 100_000), *((f"payee {n}", 10_000) for n in range(4)), ("one", 1_000_000)]
    chain.add("b pays", [("one", 1_200_000)], many)
    chain.add("c pays", [("b pays", 5)], [("fixed", 200_000), ("one", 790_000)])
    chain.add("d pays", [("two", 500_000)], [("fixed", 110_000), ("fixed", 120_000), ("two", 260_000)])
    held = _payers(chain, [(2, "b pays"), (3, "c pays"), (4, "d pays", 110_000), (5, "d pays", 120_000)])

    assert {account: (row["is_personal"], row["doubt"]) for account, row in held.items()} == {
        2: (True, "it pays 6 outputs in one transaction"),
        3: (True, "it pays 6 outputs in one transaction"),
        4: (True, "it pays for several accounts in one transaction, by an output each"),
        5: (True, "it pays for several accounts in one transaction, by an output each"),
    }


def test_the_shops_own_refund_makes_nobody_a_service() -> None:
    """The shop's wallet may look like a service's; whom it pays back is a customer all the same."""
    chain = Chain()
    chain.add("b pays", [("one", 1_200_000)], [("fixed", 300_000), ("one", 890_000)])
    chain.add("pays back", [("b pays", 0)], [("one", 290_000)], NOON + HOUR)
    chain.add("c pays", [("pays back", 0)], [("fixed", 200_000), ("one", 80_000)], NOON + 2 * HOUR)
    held = _payers(chain, [(2, "b pays"), (3, "c pays")], "wallet_service_partners = 2")

    assert {(row["is_personal"], row["doubt"]) for row in held.values()} == {(True, "")}

"""Which wallets accounts pay from: the traps that would tie strangers together."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from chain_cases import txid, worked

from unspoof.model.arrow import schema
from unspoof.trace.account_wallets import ACCOUNT_WALLETS
from unspoof.trace.service_change import SERVICE_CHANGE


def _case(
    paid: list[tuple[int, str, str]], services: dict[str, str] | None = None, text: str = ""
) -> list[dict[str, Any]]:
    """Return account_wallets of payments as (account, transaction, wallet); wallets that are services with their reason."""
    services = services or {}
    names = sorted({name for _, name, _ in paid})
    wallets = sorted({wallet for _, _, wallet in paid})
    tables = {
        "reconciliation": pa.table(
            {
                "account_id": [a for a, _, _ in paid],
                "txid": [txid(n) for _, n, _ in paid],
                "place": [0] * len(paid),
                "verdict": ["matched"] * len(paid),
            }
        ),
        "coin_payers": pa.table(
            {
                "tx": list(range(len(names))),
                "txid": [txid(n) for n in names],
                "wallet": [next(w for _, m, w in paid if m == n) for n in names],
            }
        ),
        "coin_txs": pa.table({"tx": list(range(len(names))), "txid": [txid(n) for n in names]}),
        "wallets": pa.table(
            {
                "wallet": wallets,
                "wallet_number": list(range(len(wallets))),
                "most_outputs": [2] * len(wallets),
                "is_service": [w in services for w in wallets],
                "why": [services.get(w, "") for w in wallets],
            }
        ),
        "service_change": schema(SERVICE_CHANGE).empty_table(),
        "shop_addresses": pa.table({"address": ["till"], "wallet": ["shop"], "is_kept_by_service": [False]}),
    }
    return worked([ACCOUNT_WALLETS], tables, text)["account_wallets"].to_pylist()


def test_two_accounts_of_one_wallet_are_seen_with_their_first_deposit() -> None:
    """Each account has a row with how often it paid from the wallet, and by which transaction first."""
    found = _case([(1, "a", "w"), (1, "b", "w"), (2, "c", "w")])

    rows = [(f["account_id"], f["deposits"], f["first_txid"], f["accounts"], f["is_personal"]) for f in found]
    assert rows == [(1, 2, txid("a"), 2, True), (2, 1, txid("c"), 2, True)]


def test_one_deposit_booked_twice_is_one_deposit() -> None:
    """Two bookings of one transaction are one payment of the wallet."""
    assert [f["deposits"] for f in _case([(1, "a", "w"), (1, "a", "w")])] == [1]


def test_a_services_wallet_is_nobodys() -> None:
    """An exchange's hot wallet is not a person's, and the row says why."""
    (found,) = _case([(1, "a", "hot")], {"hot": "tagged some exchange"})

    assert (found["is_personal"], found["why"]) == (False, "tagged some exchange")


def test_the_shops_own_wallet_is_no_payers() -> None:
    """Where the shop moved coins itself, whatever account the books name did not pay."""
    (found,) = _case([(1, "a", "shop")])

    assert (found["is_personal"], found["why"]) == (False, "the shop's own wallet")


def test_a_wallet_from_which_many_accounts_pay_is_nobodys() -> None:
    """An untagged custodian looks like one wallet that pays for strangers; the setting says how many are too many."""
    paid = [(n, f"t{n}", "w") for n in range(1, 5)]

    assert {f["is_personal"] for f in _case(paid, text="wallet_service_accounts = 4")} == {True}
    found = _case(paid, text="wallet_service_accounts = 3")
    assert {(f["is_personal"], f["why"]) for f in found} == {(False, "4 accounts pay from it")}

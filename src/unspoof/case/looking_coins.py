"""What a case holds and concluded of an address, a wallet or a transaction, each part with the class of statement that it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from unspoof.case.session import Session
from unspoof.parse.bitcoin.addresses import check_address

Row = dict[str, Any]

LEDGER, CO_SPEND, CHANGE, ATTRIBUTION = "ledger fact", "co-spend", "change inference", "attribution"
BOOKED = "the service's books"
"""Not of the chain: what the seized records say."""
OWN_CLASS = ""
"""Rows of several classes; each names its own."""
TAGS = "tags"
_TXID = re.compile("[0-9a-fA-F]{64}")


@dataclass(frozen=True)
class Thing:
    """What is asked about; what it is not is empty."""

    holder: str = ""
    wallet: str = ""
    txid: str = ""


@dataclass(frozen=True)
class Telling:
    """Rows of one table or finding that speak of the thing."""

    name: str
    meaning: str
    kind: str
    where: str


_HOLDER = (
    Telling(
        "receivers", "the service's settings name it as where it is paid", BOOKED, "contains(address_text, $holder)"
    ),
    Telling("invoices", "the service asked for payments to it", BOOKED, "address = $holder"),
    Telling("shop_addresses", "it is an address of the shop, on this ground", OWN_CLASS, "address = $holder"),
    Telling("wallets", "its wallet: what spent together with it", CO_SPEND, "wallet = $wallet"),
    Telling("wallet_addresses", "the addresses of the wallet of this name", CO_SPEND, "wallet = $holder"),
    Telling(
        "wallet_proof",
        "transactions that put it into its wallet",
        CO_SPEND,
        "left_holder = $holder OR right_holder = $holder",
    ),
    Telling(
        "wallet_conflicts",
        "unions with it that were not made",
        CO_SPEND,
        "left_holder = $holder OR right_holder = $holder",
    ),
    Telling(
        "coinjoins",
        "transactions that spend from it, and that a rule takes for several people's: they join no wallets",
        CO_SPEND,
        "txid IN (SELECT txid FROM coin_parts WHERE holder = $holder AND side = 'input')",
    ),
    Telling("account_wallets", "accounts that pay from its wallet", CO_SPEND, "wallet = $wallet"),
    Telling("shop_inflows", "payments to it, as an address of the shop", LEDGER, "address = $holder"),
    Telling("shop_inflows", "what its wallet pays to the shop", CO_SPEND, "payer_wallet = $wallet"),
    Telling("shop_outflows", "what the shop pays to it", LEDGER, "holder = $holder"),
    Telling(
        "reconciliation",
        "the service's books against the chain, of payments to it",
        LEDGER,
        "(txid, place) IN (SELECT (txid, place) FROM shop_inflows WHERE address = $holder)",
    ),
    Telling("change_links", "outputs taken for change", CHANGE, "holder = $holder OR from_wallet = $wallet"),
    Telling(
        "service_reaches",
        "services that traces reach at it or at its wallet",
        OWN_CLASS,
        "holder = $holder OR wallet = $wallet",
    ),
    Telling("service_requests", "what to ask of a service about it", OWN_CLASS, "address = $holder"),
    Telling("coin_parts", "where it stands in the chain data of the case", LEDGER, "holder = $holder"),
)

_TRANSACTION = (
    Telling("bookings", "payments of the service's books that cite it", BOOKED, "txid = $txid"),
    Telling("coin_txs", "the transaction as all exhibits together tell it", LEDGER, "txid = $txid"),
    Telling("coin_parts", "its inputs and outputs", LEDGER, "txid = $txid"),
    Telling("coin_conflicts", "what exhibits tell differently of it", LEDGER, "txid = $txid"),
    Telling("coinjoins", "rules that take it for several people's: it joins no wallets", CO_SPEND, "txid = $txid"),
    Telling("wallet_proof", "addresses that it puts into one wallet", CO_SPEND, "txid = $txid"),
    Telling("wallet_conflicts", "unions that it would make, and that were not made", CO_SPEND, "txid = $txid"),
    Telling(
        "wallets",
        "the wallets that spend in it",
        CO_SPEND,
        "wallet IN (SELECT a.wallet FROM wallet_addresses AS a JOIN coin_parts AS p ON p.holder = a.holder "
        "WHERE p.txid = $txid AND p.side = 'input')",
    ),
    Telling("shop_inflows", "what it pays to the shop", LEDGER, "txid = $txid"),
    Telling("shop_outflows", "what it pays out of the shop", LEDGER, "txid = $txid"),
    Telling("reconciliation", "the service's books against it", LEDGER, "txid = $txid"),
    Telling("change_links", "outputs of it taken for change", CHANGE, "txid = $txid"),
    Telling(
        "service_reaches",
        "services that traces reach at it, or from it",
        OWN_CLASS,
        "txid = $txid OR start_txid = $txid",
    ),
    Telling("service_requests", "what to ask of a service about it", OWN_CLASS, "txid = $txid OR start_txid = $txid"),
)


@dataclass(frozen=True)
class Said:
    """One part of the answer; `total` counts rows beyond those shown."""

    name: str
    meaning: str
    kind: str
    rows: list[Row]
    total: int


def spelt(wanted: str) -> str:
    """Return a txid, or a segwit address in capitals, in the letters that the case holds; anything else as it is."""
    if _TXID.fullmatch(wanted):
        return wanted.lower()
    is_capital = wanted == wanted.upper() != wanted.lower()
    return wanted.lower() if is_capital and check_address(wanted.lower()).is_address else wanted


def thing_of(session: Session, wanted: str) -> Thing | None:
    """Return what `wanted` is on the chain or in the tables that name it; None for anything else."""
    if _TXID.fullmatch(wanted):
        return Thing(txid=wanted)
    found = _rows(session, "SELECT wallet FROM wallet_addresses WHERE holder = $holder", {"holder": wanted}, 1)
    if found:
        return Thing(holder=wanted, wallet=str(found[0]["wallet"]))
    return Thing(holder=wanted) if check_address(wanted).is_address else None


def told_of(session: Session, thing: Thing, most: int) -> list[Said]:
    """Return all that the case says of a thing, in the order of telling; empty where it says nothing.

    Args:
        session: an open session whose findings are in view.
        thing: an address with its wallet, or a transaction.
        most: rows of one part.
    """
    values = {"holder": thing.holder, "wallet": thing.wallet, "txid": thing.txid}
    made = []
    for telling in _TRANSACTION if thing.txid else _HOLDER:
        asked = {name: value for name, value in values.items() if f"${name}" in telling.where}
        rows, total = _counted(session, telling.name, telling.where, asked, most)
        if rows:
            made.append(Said(telling.name, telling.meaning, telling.kind, rows, total))
    tags = _tags(session, thing, most)
    if not made and not tags.rows:
        return []
    at = next((place for place, said in enumerate(made) if said.kind == LEDGER), len(made))
    return [*made[:at], tags, *made[at:]]


def _tags(session: Session, thing: Thing, most: int) -> Said:
    """Return the tags of an address or transaction, and of its wallet; that there are none is said."""
    if thing.txid:
        rows, total = _counted(session, TAGS, "txid = $txid", {"txid": thing.txid}, most)
        return Said(
            TAGS, "who tagged it" if rows else "unattributed: no tag names the transaction", ATTRIBUTION, rows, total
        )
    where = (
        "address = $holder OR address IN (SELECT holder FROM wallet_addresses WHERE wallet = $wallet AND wallet <> '')"
    )
    rows, total = _counted(session, TAGS, where, {"holder": thing.holder, "wallet": thing.wallet}, most)
    said = (
        "tags of the address, or of others in its wallet"
        if rows
        else "unattributed: no tag names it, and none its wallet"
    )
    return Said(TAGS, said, ATTRIBUTION, rows, total)


def _counted(session: Session, name: str, where: str, values: Mapping[str, object], most: int) -> tuple[list[Row], int]:
    sql = f"SELECT * FROM {name} WHERE {where}"  # noqa: S608
    rows = _rows(session, f"{sql} ORDER BY ALL", values, most)
    if len(rows) < most:
        return rows, len(rows)
    count = session.engine.fetch(f"SELECT count(*) AS n FROM ({sql}) AS t", values)  # noqa: S608
    return rows, int(count.column("n")[0].as_py())


def _rows(session: Session, sql: str, values: Mapping[str, object], most: int) -> list[Row]:
    found: list[Row] = session.engine.fetch(f"{sql} LIMIT {most}", values).to_pylist()
    return found


__all__ = ["Said", "Thing", "spelt", "thing_of", "told_of"]

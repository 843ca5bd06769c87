"""Wallets of a case as doors show them, and why two addresses are one wallet, or are not; it works nothing out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from unspoof.case.session import Session
from unspoof.errors import BadRequest, mask
from unspoof.trace.forest import path

Row = dict[str, Any]

CO_SPEND = "co-spend"
"""The class of the statement that two holders are one wallet."""

HOLDERS_SHOWN = 1000
"""At most so many addresses of one wallet are listed; how many there are is always said."""

ALTERNATIVES = (
    "coinjoin: several people spend together; transactions that a rule of the case takes for one are left out, others may be",
    "PayJoin: payer and payee spend together; it looks like any payment, and no rule can see it",
    "custodial wallet: a service spends for many customers; the addresses are then the service's, not a customer's",
    "shared wallet: several people hold the keys of one wallet, or one person spends for another",
)
"""What else spending together may mean; whoever relies on it will be asked about each."""

_COLUMNS = (
    "wallet, holders, transactions, received_sat, sent_sat, most_outputs, partners, accounts, service, category, level, "
    "tag_source, is_service, is_shops, why, is_coinjoin_only, address_tags"
)


def wallets(session: Session, of: str = "", top: int = 0) -> list[Row]:
    """Return wallets, those from which most accounts pay first, then the largest.

    Args:
        session: an open session whose findings are in view.
        of: an address; its wallet alone is returned, with `addresses`: holder and first transaction of each.
        top: at most so many; 0 for all.

    Raises:
        BadRequest: no transaction of the case holds the address.

    """
    if of:
        name = _wallet_of(session, of)
        rows = _fetched(session, f"SELECT {_COLUMNS} FROM wallets WHERE wallet = $wallet", wallet=name)  # noqa: S608
        listed = (
            "SELECT a.holder, t.txid AS first_txid, t.height, t.block_at FROM wallet_addresses AS a "  # noqa: S608
            "JOIN coin_txs AS t ON t.tx = a.first_tx WHERE a.wallet = $wallet "
            f"ORDER BY a.first_tx, a.holder LIMIT {HOLDERS_SHOWN}"
        )
        return [{**row, "addresses": _fetched(session, listed, wallet=name)} for row in rows]
    limit = f" LIMIT {int(top)}" if top else ""
    return _fetched(session, f"SELECT {_COLUMNS} FROM wallets ORDER BY accounts DESC, holders DESC, wallet{limit}")  # noqa: S608


def conflicts(session: Session, top: int = 0) -> list[Row]:
    """Return the unions that were not made, in chain order, each with its transaction and the reason."""
    limit = f" LIMIT {int(top)}" if top else ""
    return _fetched(
        session,
        "SELECT c.txid, t.height, t.block_at, c.left_holder, c.right_holder, c.left_service, c.right_service, c.because "  # noqa: S608
        "FROM wallet_conflicts AS c JOIN coin_txs AS t ON t.tx = c.tx "
        f"ORDER BY c.tx, c.left_holder, c.right_holder{limit}",
    )


def why_one(session: Session, left: str, right: str) -> Row:
    """Say why two addresses are one wallet, step by step, or what keeps them apart.

    Args:
        session: an open session whose findings are in view.
        left: an address, or `script:` and hex.
        right: another.

    Returns:
        left, right, is_one, class, steps, alternatives, and apart. Each step names two holders, the transaction of which
        both are inputs, its height, time, numbers of inputs and outputs, at which inputs the two stand, and cautions.
        `apart` lists, where they are two wallets, the transactions in which both wallets spend and which joined nothing.

    Raises:
        BadRequest: no transaction of the case holds one of them.

    """
    left, right = _written(left), _written(right)
    homes = _wallet_of(session, left), _wallet_of(session, right)
    made: Row = {"left": left, "right": right, "is_one": homes[0] == homes[1], "class": CO_SPEND, "steps": []}
    if not made["is_one"]:
        return {**made, "alternatives": [], "apart": _apart(session, *homes)}
    sql = "SELECT left_holder, txid, right_holder FROM wallet_proof WHERE wallet = $wallet ORDER BY tx, right_holder"
    edges = session.engine.fetch(sql, {"wallet": homes[0]})
    way = path(zip(*(column.to_pylist() for column in edges.columns), strict=True), left, right)
    made["steps"] = _steps(session, way)
    return {**made, "alternatives": list(ALTERNATIVES), "apart": []}


def _fetched(session: Session, sql: str, **values: object) -> list[Row]:
    rows: list[Row] = session.engine.fetch(sql, values).to_pylist()
    return rows


def _written(holder: str) -> str:
    """Return an address as the chain writes it: bech32 in capitals, as QR codes hold it, is the same in small letters."""
    return holder.lower() if holder.isupper() and "1" in holder else holder


def _wallet_of(session: Session, holder: str) -> str:
    rows = _fetched(session, "SELECT wallet FROM wallet_addresses WHERE holder = $holder", holder=_written(holder))
    if not rows:
        hint = "Addresses are compared letter by letter. unspoof wallets CASE lists the wallets of the case."
        raise BadRequest(f"no transaction of the case holds {mask(holder[:100])!r}", where="wallets", hint=hint)
    return str(rows[0]["wallet"])


def _steps(session: Session, way: Sequence[tuple[str, str, str]]) -> list[Row]:
    """Return the steps of a way with what anybody can check of them in a block explorer."""
    txids = list(dict.fromkeys(txid for _, txid, _ in way))
    sql = (
        "SELECT txid, height, block_at, inputs, outputs, proof FROM coin_txs "
        "WHERE list_contains($txids, txid) ORDER BY txid"
    )
    heads = {row["txid"]: row for row in _fetched(session, sql, txids=txids)}
    sql = (
        "SELECT txid, holder, place, spent_txid, spent_place FROM coin_parts "
        "WHERE side = 'input' AND list_contains($txids, txid) ORDER BY txid, place"
    )
    spent: dict[tuple[str, str], list[Row]] = {}
    for row in _fetched(session, sql, txids=txids):
        spent.setdefault((row.pop("txid"), row.pop("holder")), []).append(row)
    return [
        {
            "left": left,
            "txid": txid,
            "right": right,
            **{name: heads[txid][name] for name in ("height", "block_at", "inputs", "outputs", "proof")},
            "left_inputs": spent[txid, left],
            "right_inputs": spent[txid, right],
            "class": CO_SPEND,
            "cautions": _cautions(heads[txid]),
        }
        for left, txid, right in way
    ]


def _cautions(head: Mapping[str, Any]) -> list[str]:
    """Return what makes this step weaker than others."""
    made = []
    if head["height"] is None:
        made.append("in no block that the case knows: it may never have been confirmed")
    elif not head["proof"]:
        made.append("not proven from a block: look the transaction up, or add the block")
    if head["outputs"] == 2:
        made.append("two outputs, as a PayJoin has and most payments have")
    return made


def _apart(session: Session, left: str, right: str) -> list[Row]:
    """Return the transactions in which both wallets spend, each with the reason why it joined nothing."""
    sql = """
WITH both_wallets AS (
  SELECT p.tx, p.txid
  FROM coin_parts AS p
  JOIN wallet_addresses AS w ON w.holder = p.holder
  WHERE p.side = 'input' AND (w.wallet = $left OR w.wallet = $right)
  GROUP BY p.tx, p.txid
  HAVING count(DISTINCT w.wallet) = 2
), reasons AS (
  SELECT tx, concat('left out as a coinjoin, ', rule, ': ', because) AS because FROM coinjoins
  UNION
  SELECT tx, because FROM wallet_conflicts
)
SELECT b.txid, t.height, t.block_at,
       coalesce(r.because, 'one of its inputs can be spent by anybody, and proves nothing') AS because
FROM both_wallets AS b
JOIN coin_txs AS t ON t.tx = b.tx
LEFT JOIN reasons AS r ON r.tx = b.tx
ORDER BY b.tx, r.because
"""
    return _fetched(session, sql, left=left, right=right)


__all__ = ["ALTERNATIVES", "CO_SPEND", "HOLDERS_SHOWN", "conflicts", "wallets", "why_one"]

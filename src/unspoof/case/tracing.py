"""Trace coins of a case from an address, a transaction or an account; what is traced stands in the case's findings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from unspoof.act import formats
from unspoof.act.flow_graph import Box, Line, flow_graph
from unspoof.case.session import Session
from unspoof.errors import BadRequest, mask
from unspoof.trace.chain import Chain, Ints, chain_of
from unspoof.trace.graph import Graph, graph_of
from unspoof.trace.rows import AUDIT_COLUMNS, audit_rows, coin_rows, stop_rows, total_rows, transaction_rows
from unspoof.trace.service_reaches import PAID
from unspoof.trace.statements import ALTERNATIVES, service_rows, statement_rows
from unspoof.trace.stops import marks_of
from unspoof.trace.traced import Traced, policies_named, trace_coins
from unspoof.trace.walking import Limits

Row = dict[str, Any]

_TXID = re.compile("[0-9a-fA-F]{64}")
STATEMENT_COLUMNS = ("hop", "class", "txid", "place", "says")


@dataclass(frozen=True)
class Asked:
    """What a trace starts at."""

    text: str
    kind: str
    """address, transaction or account."""
    coins: Ints


@dataclass(frozen=True)
class TraceShown:
    """One trace as it is printed and written."""

    document: Row
    """Everything, in the shape that docs/tracing.md describes."""
    hops: Sequence[Row]
    hop_columns: Sequence[str]
    audit: Sequence[Row]
    audit_columns: Sequence[str]
    statements: Sequence[Row]
    statement_columns: Sequence[str]
    svg: str


_PARTS = """
SELECT tx, side = 'output' AS is_output, place, value_sat, coalesce(script_type = 'op_return', FALSE) AS is_unspendable,
       holder, beyond_txid AS spent_txid, spent_place, spent_tx
FROM linked_coin_parts
ORDER BY tx, is_output, place
"""
"""Inputs and outputs as chain_of takes them."""


def _finding(session: Session, name: str) -> pa.Table | None:
    """Return a finding's rows, None where the case has none of that name."""
    if not session.digests.get(name):
        return None
    return session.engine.fetch(f"SELECT * FROM {name}")  # noqa: S608  names of steps


def _needed(session: Session, name: str) -> pa.Table:
    found = _finding(session, name)
    if found is None:
        hint = "Run: unspoof run CASE"
        raise BadRequest(f"the case has no {name} yet", where="trace", hint=hint)
    return found


def trace(
    session: Session,
    wanted: str,
    *,
    forward: bool | None = None,
    hops: int = 0,
    policies: Sequence[str] = (),
) -> TraceShown:
    """Trace from an address, a transaction or an account.

    Args:
        session: an open session whose findings are in view.
        wanted: an address, a txid, or an account's id, reference or user name.
        forward: where coins went; False for where they came from. None: back from an account, else onward.
        hops: how many transactions are followed; 0 for what the case's settings say.
        policies: names; all of them if there are none.

    Raises:
        BadRequest: nothing goes by that name, or more than one account does; there is no such policy.
        FoundWrong: a sum does not balance.

    """
    chosen = policies_named(policies)
    txs = _needed(session, "coin_txs")
    chain = chain_of(session.engine.fetch(_PARTS), txs)
    asked = _asked(session, chain, wanted.strip())
    onward = asked.kind != "account" if forward is None else forward
    shop = _finding(session, "shop_addresses")
    own = pa.array([], pa.string())
    if shop is not None:
        own = pc.unique(shop.filter(pc.invert(shop["is_kept_by_service"]))["wallet"])
    wallets, addresses = _needed(session, "wallets"), _needed(session, "wallet_addresses")
    marks = marks_of(
        chain, wallets, addresses, _needed(session, "coinjoins"), own, _finding(session, "named_addresses")
    )
    limits = Limits.of(session.settings, hops)
    traced = trace_coins(chain, marks, asked.coins, forward=onward, limits=limits, policies=chosen)
    links = _finding(session, "change_links")
    return _shown(session, asked, traced, _of_trace(traced, links))


def _of_trace(traced: Traced, links: pa.Table | None) -> list[Row]:
    if links is None:
        return []
    txids = pc.take(traced.chain.txs["txid"], pa.array(traced.walk.tx)).combine_chunks()
    rows: list[Row] = links.filter(pc.is_in(links["txid"], txids)).to_pylist()
    return rows


def _asked(session: Session, chain: Chain, wanted: str) -> Asked:
    if _TXID.fullmatch(wanted):
        at = pc.index(chain.txs["txid"], wanted.lower()).as_py()
        if at < 0:
            hint = "Load the transaction into the case, or start from an address."
            raise BadRequest("the case holds no transaction of that id", where=wanted.lower(), hint=hint)
        return Asked(wanted.lower(), "transaction", np.arange(chain.first_out[at], chain.first_out[at + 1]))
    # Bech32 may be written in capitals (BIP 173); in base58 capitals are other digits.
    holder = wanted.lower() if wanted.isupper() and "1" in wanted else wanted
    number = pc.index(chain.holders, holder).as_py() if wanted else -1
    if number >= 0:
        return Asked(holder, "address", np.flatnonzero(chain.holder == number))
    if (account := _account(session, wanted)) is not None:
        return Asked(wanted, "account", _payments(session, chain, account))
    raise _unknown(wanted)


def _unknown(wanted: str) -> BadRequest:
    hint = "Give an address or transaction that the case's chain data hold, or an account's id, reference or user name."
    return BadRequest(
        f"nothing in the case goes by {mask(wanted)!r}: no address, transaction or account", where="trace", hint=hint
    )


def _account(session: Session, wanted: str) -> int | None:
    if not wanted:
        return None
    conditions, values = ["account_ref = $text", "username = $text"], {"text": wanted}
    if wanted.isascii() and wanted.isdigit() and len(wanted) < 19:
        conditions.append("account_id = CAST($text AS BIGINT)")
    sql = f"SELECT DISTINCT account_id FROM accounts WHERE {' OR '.join(conditions)} ORDER BY account_id"  # noqa: S608
    found = [account for account in session.engine.fetch(sql, values).column(0).to_pylist() if account is not None]
    if len(found) > 1:
        ids = ", ".join(str(account) for account in found[:10])
        raise BadRequest(f"{len(found)} accounts go by that name", where="trace", hint=f"Name one by its id: {ids}.")
    return found[0] if found else None


def _payments(session: Session, chain: Chain, account: int) -> Ints:
    """Return the coins that an account's payments brought the shop, as the reconciliation has them."""
    rows = _needed(session, "reconciliation")
    mine = pc.and_(pc.equal(rows["account_id"], account), pc.is_in(rows["verdict"], pa.array(PAID)))
    paid = rows.filter(pc.fill_null(pc.and_(mine, pc.is_valid(rows["place"])), False))
    tx = pc.fill_null(pc.index_in(paid["txid"], chain.txs["txid"].combine_chunks()), -1).to_numpy().astype(np.int64)
    coins = chain.coins_at(tx, pc.cast(paid["place"], pa.int64()).to_numpy())
    if not (coins >= 0).any():
        hint = "unspoof why CASE ACCOUNT shows what became of its payments."
        raise BadRequest("no payment of that account was found on the chain", where="trace", hint=hint)
    return np.unique(coins[coins >= 0])


def _tip(chain: Chain) -> Row:
    """Return up to where the case's chain data reach: figures of a trace hold for these data alone."""
    height = pc.fill_null(pc.cast(chain.txs["height"], pa.int64()), -1).to_numpy()
    tip: Row = {"transactions": chain.transactions, "height": None, "block_hash": None}
    if len(height) and height.max() >= 0:
        at = int(height.argmax())
        tip |= {"height": int(height[at]), "block_hash": chain.txs["block_hash"][at].as_py()}
    return tip


def _shown(session: Session, asked: Asked, traced: Traced, links: Sequence[Row]) -> TraceShown:
    coins, audits, graph = coin_rows(traced), audit_rows(traced), graph_of(traced)
    statements = statement_rows(traced, links)
    names = [policy.name for policy in traced.policies]
    document: Row = {
        "case": session.settings.reference,
        "asked": asked.text,
        "kind": asked.kind,
        "direction": "forward" if traced.walk.forward else "back",
        "chain": _tip(traced.chain),
        "limits": {
            "hops": traced.limits.max_hops,
            "outputs": traced.limits.max_outputs,
            "transactions": traced.limits.max_transactions,
        },
        "policies": [
            {"name": p.name, "meaning": p.meaning, "source": p.source, "conserves": p.conserves}
            for p in traced.policies
        ],
        "services": service_rows(traced),
        "stops": stop_rows(traced),
        "totals": total_rows(traced),
        "transactions": transaction_rows(traced),
        "coins": coins,
        "audit": audits,
        "statements": statements,
        "alternatives": list(ALTERNATIVES),
    }
    flat = [
        {**{k: v for k, v in row.items() if k != "claimed"}, **{f"{n}_sat": row["claimed"][n] for n in names}}
        for row in coins
    ]
    hop_columns = [*(k for k in coins[0] if k != "claimed"), *(f"{n}_sat" for n in names)] if coins else []
    svg = _picture(document, graph)
    return TraceShown(document, flat, hop_columns, audits, AUDIT_COLUMNS, statements, STATEMENT_COLUMNS, svg)


def _picture(document: Row, graph: Graph) -> str:
    """Draw a trace; amounts on the lines are the chain's own, and what policies claim is shown on hovering."""
    way = "onward from" if document["direction"] == "forward" else "back from"
    title = f"{document['case']}: coins followed {way} {document['asked']}"
    more = f" {graph.put_together:,} transactions are put together by layer." if graph.put_together else ""
    said = (
        f"{len(document['transactions']):,} transactions in layers from left to right, each line with its amount as it"
        f" stands on the chain. Services reached: {len({row['wallet'] for row in document['services']}):,}.{more}"
    )
    boxes = [Box(b.key, b.layer, b.kind, b.title, b.detail, b.hint) for b in graph.boxes]
    lines = []
    for line in graph.lines:
        claims = "; ".join(f"{name} claims {formats.bitcoin(sat)}" for name, sat in line.claimed.items())
        amount = formats.bitcoin(line.value_sat) + (f", {line.coins:,} coins" if line.coins > 1 else "")
        shown = amount + (" and more, not told" if line.unvalued else "")
        lines.append(Line(line.source, line.target, line.value_sat, shown, claims))
    return flow_graph("trace", title, said, boxes, lines)


__all__ = ["TraceShown", "trace"]

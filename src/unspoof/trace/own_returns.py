"""Payments to the shop that may be its own money coming back, by whose wallet pays; that it is, no chain can say.

Money comes back straight from a wallet that the shop paid, or round by wallets that were used once: each was paid by one
transaction and spent by one, as the rests of a peel chain are. Such a way is followed from payment to payment and kept as the
proof. A wallet that was paid or paid oftener is somebody's who has other money, and ends the way; so does a service.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from unspoof.engine import Inputs, Step
from unspoof.model.arrow import schema
from unspoof.model.tables import Column, Table
from unspoof.trace.ways import Moves, ways_from

_WALLET = Column("wallet_number", "int64", "number of the wallet", nullable=False)

PAID_WALLETS = Step(
    name="own_paid_wallets",
    meaning="wallets, no service's and no customer's, that the shop paid",
    reads=("shop_outflows", "claims", "coin_moves", "wallet_addresses", "wallets"),
    gives=Table(
        "own_paid_wallets",
        "one wallet that the shop paid",
        (
            _WALLET,
            Column("tx", "int64", "the first transaction by which it did, by its place in chain order", nullable=False),
            Column("txid", "text", "that transaction", nullable=False),
            Column("is_used_once", "bool", "that is all that ever came to it, and one spent it", nullable=False),
        ),
    ),
    order_by=("wallet_number",),
    # A customer whose booked payment was given back, and who pays again, is no wallet of the shop: who had paid what a
    # booking claims before the shop paid him is left out. A service mixes everybody's coins, and says nothing.
    sql="""
WITH customers AS (
  SELECT w.wallet_number AS wallet_number, min(c.tx) AS tx
  FROM claims AS c
  JOIN coin_moves AS p ON p.tx = c.tx
  JOIN wallet_addresses AS w ON w.number = p.holder_number
  WHERE NOT p.is_output
  GROUP BY w.wallet_number
)
SELECT s.wallet_number AS wallet_number, o.tx AS tx, o.txid AS txid, s.transactions = 2 AND s.sent_sat > 0 AS is_used_once
FROM shop_outflows AS o
JOIN wallets AS s ON s.wallet_number = o.wallet_number
LEFT JOIN customers AS c ON c.wallet_number = o.wallet_number
WHERE o.kind IN ('onward', 'refund') AND NOT s.is_service AND coalesce(c.tx > o.tx, TRUE)
QUALIFY row_number() OVER (PARTITION BY s.wallet_number ORDER BY o.tx, o.place) = 1
""",
)

FRESH_MOVES = Step(
    name="fresh_moves",
    meaning="payments from one wallet that was used once to another",
    reads=("coin_payers", "coin_moves", "wallet_addresses", "wallets"),
    gives=Table(
        "fresh_moves",
        "one output from such a wallet to such a wallet",
        (
            Column("tx", "int64", "the transaction, by its place in chain order", nullable=False),
            Column("txid", "text", "the transaction", nullable=False),
            Column("place", "int32", "index of the output", nullable=False),
            Column("from_number", "int64", "number of the wallet that pays", nullable=False),
            Column("to_number", "int64", "number of the wallet that is paid", nullable=False),
        ),
    ),
    kept=False,
    # Two transactions, of which one is a payment that it makes alone: the other made all that it ever had.
    sql="""
WITH once AS (
  SELECT w.wallet_number AS wallet_number
  FROM wallets AS w
  SEMI JOIN coin_payers AS p ON p.wallet_number = w.wallet_number
  WHERE w.transactions = 2 AND NOT w.is_service
), paying AS (
  SELECT p.tx AS tx, p.txid AS txid, p.wallet_number AS wallet_number
  FROM coin_payers AS p SEMI JOIN once AS o ON o.wallet_number = p.wallet_number
)
SELECT p.tx AS tx, p.txid AS txid, m.place AS place, p.wallet_number AS from_number, h.wallet_number AS to_number
FROM paying AS p
JOIN coin_moves AS m ON m.tx = p.tx
JOIN wallet_addresses AS h ON h.number = m.holder_number
SEMI JOIN once AS o ON o.wallet_number = h.wallet_number
WHERE m.is_output AND h.wallet_number <> p.wallet_number
""",
)

OWN_WAYS = Table(
    "own_ways",
    "one wallet that was used once, to which money of the shop may have come round by others like it",
    (
        _WALLET,
        Column("hops", "int64", "payments since the shop's own", "transactions", False),
        Column("txids", "text", "those payments, the shop's own first, spaces between", nullable=False),
    ),
)


def _ways(inputs: Inputs) -> pa.Table:
    paid = inputs.tables["own_paid_wallets"].sort_by("wallet_number")
    moves = inputs.tables["fresh_moves"].sort_by([("tx", "ascending"), ("place", "ascending")])
    starts = paid["wallet_number"].to_numpy()
    once = paid["is_used_once"].to_numpy(zero_copy_only=False)
    chosen, texts = starts[once], paid["txid"].combine_chunks().filter(pa.array(once))
    followed = Moves(moves["from_number"].to_numpy(), moves["to_number"].to_numpy(), moves["txid"].combine_chunks())
    found = ways_from(followed, chosen, texts, starts, int(inputs.settings["money_return_hops"]))
    far = np.flatnonzero(found.hops > 0)
    columns = {"wallet_number": found.wallets[far], "hops": found.hops[far], "txids": found.txids.take(pa.array(far))}
    return pa.table(columns).cast(schema(OWN_WAYS))


WAYS = Step(
    name=OWN_WAYS.name,
    meaning="where money that the shop paid out went by wallets that were used once",
    reads=(PAID_WALLETS.name, FRESH_MOVES.name),
    gives=OWN_WAYS,
    order_by=("wallet_number",),
    settings=("money_return_hops",),
    run=_ways,
)

OWN_RETURNS = Step(
    name="own_returns",
    meaning="transactions that pay the shop with what it had itself paid, or from where a service keeps its coins",
    reads=("shop_addresses", "shop_inflows", "coin_moves", "wallet_addresses", PAID_WALLETS.name, WAYS.name),
    gives=Table(
        "own_returns",
        "one transaction from others to the shop of which an input is such a wallet's",
        (
            Column("tx", "int64", "the transaction, by its place in the case's chain order", nullable=False),
            Column("txid", "text", "the transaction", nullable=False),
            Column("wallet", "text", "the wallet that pays", nullable=False),
            Column(
                "paid_txid",
                "text",
                "the first transaction by which the shop had paid it; empty where a service keeps the shop's coins in it",
            ),
            Column("hops", "int64", "payments between that and this one; 0: the shop paid it itself", nullable=False),
            Column("txids", "text", "the shop's own and those payments, spaces between; as paid_txid, empty"),
        ),
    ),
    order_by=("tx",),
    # What comes from the very wallet in which a service keeps the shop's coins may be a sweep, or the tag may be wrong.
    # A wallet that was used once has spent all that it had, so that what came round needs no comparison of time.
    sql="""
WITH known AS (
  SELECT wallet_number, tx, txid, CAST(0 AS BIGINT) AS hops, txid AS txids FROM own_paid_wallets
  UNION ALL
  SELECT DISTINCT wallet_number, CAST(-1 AS BIGINT) AS tx, CAST(NULL AS VARCHAR) AS txid,
         CAST(0 AS BIGINT) AS hops, CAST(NULL AS VARCHAR) AS txids
  FROM shop_addresses
  WHERE is_kept_by_service AND wallet_number IS NOT NULL
  UNION ALL
  SELECT wallet_number, CAST(-1 AS BIGINT) AS tx, left(txids, 64) AS txid, hops, txids FROM own_ways
)
SELECT i.tx AS tx, i.txid AS txid, n.holder AS wallet, f.txid AS paid_txid, f.hops AS hops, f.txids AS txids
FROM (SELECT DISTINCT tx, txid FROM shop_inflows WHERE kind = 'external') AS i
JOIN coin_moves AS p ON p.tx = i.tx
JOIN wallet_addresses AS w ON w.number = p.holder_number
JOIN known AS f ON f.wallet_number = w.wallet_number
JOIN wallet_addresses AS n ON n.number = w.wallet_number
WHERE NOT p.is_output AND f.tx < i.tx
QUALIFY row_number() OVER (PARTITION BY i.tx ORDER BY f.hops, f.tx, f.wallet_number, p.place) = 1
""",
)

STEPS = (PAID_WALLETS, FRESH_MOVES, WAYS, OWN_RETURNS)

__all__ = ["FRESH_MOVES", "OWN_RETURNS", "OWN_WAYS", "PAID_WALLETS", "STEPS", "WAYS"]

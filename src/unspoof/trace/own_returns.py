"""Payments to the shop that may be its own money coming back, by whose wallet pays; that it is, no chain can say."""

from __future__ import annotations

from unspoof.engine import Step
from unspoof.model.tables import Column, Table

OWN_RETURNS = Step(
    name="own_returns",
    meaning="transactions that pay the shop from a wallet that it had itself paid, or in which a service keeps its coins",
    reads=(
        "shop_addresses",
        "shop_inflows",
        "shop_outflows",
        "claims",
        "linked_coin_parts",
        "wallet_addresses",
        "wallets",
    ),
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
        ),
    ),
    order_by=("tx",),
    # A customer whose booked payment was given back, and who pays again, is no wallet of the shop: who had paid what a
    # booking claims before the shop paid him is left out. A service mixes everybody's coins, and says nothing; but what
    # comes from the very wallet in which a service keeps the shop's coins may be a sweep, or the tag may be wrong.
    sql="""
WITH customers AS (
  SELECT w.wallet AS wallet, min(c.tx) AS tx
  FROM claims AS c
  JOIN linked_coin_parts AS p ON p.tx = c.tx
  JOIN wallet_addresses AS w ON w.holder = p.holder
  WHERE p.side = 'input'
  GROUP BY w.wallet
), funded AS (
  SELECT o.wallet AS wallet, o.tx AS tx, o.txid AS txid
  FROM shop_outflows AS o
  JOIN wallets AS s ON s.wallet = o.wallet
  LEFT JOIN customers AS c ON c.wallet = o.wallet
  WHERE o.kind IN ('onward', 'refund') AND NOT s.is_service AND coalesce(c.tx > o.tx, TRUE)
  QUALIFY row_number() OVER (PARTITION BY o.wallet ORDER BY o.tx, o.place) = 1
), known AS (
  SELECT wallet, tx, txid FROM funded
  UNION ALL
  SELECT DISTINCT wallet, CAST(-1 AS BIGINT) AS tx, CAST(NULL AS VARCHAR) AS txid
  FROM shop_addresses
  WHERE is_kept_by_service AND wallet IS NOT NULL
)
SELECT i.tx AS tx, i.txid AS txid, f.wallet AS wallet, f.txid AS paid_txid
FROM (SELECT DISTINCT tx, txid FROM shop_inflows WHERE kind = 'external') AS i
JOIN linked_coin_parts AS p ON p.tx = i.tx
JOIN wallet_addresses AS w ON w.holder = p.holder
JOIN known AS f ON f.wallet = w.wallet
WHERE p.side = 'input' AND f.tx < i.tx
QUALIFY row_number() OVER (PARTITION BY i.tx ORDER BY f.tx, f.wallet, p.place) = 1
""",
)

STEPS = (OWN_RETURNS,)

__all__ = ["OWN_RETURNS", "STEPS"]

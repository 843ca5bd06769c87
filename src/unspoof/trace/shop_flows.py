"""What came to the shop's addresses and what left them, output by output; who paid for what is not asked here."""

from __future__ import annotations

from unspoof.engine import Step
from unspoof.model.tables import Column, Table

_OUTPUT = (
    Column("tx", "int64", "the transaction, by its place in the case's chain order", nullable=False),
    Column("txid", "text", "the transaction", nullable=False),
    Column("place", "int32", "index of the output", nullable=False),
)
_BLOCK = (
    Column("height", "int32", "height of its block; empty where unconfirmed or not told"),
    Column("block_at", "timestamp", "time that the block's miner set", "UTC"),
)

SHOP_INFLOWS = Step(
    name="shop_inflows",
    meaning="every output that pays an address of the shop: from others, from itself, or as its change",
    reads=("shop_addresses", "coin_moves", "coin_txs", "wallet_addresses", "wallets", "transactions"),
    gives=Table(
        "shop_inflows",
        "one output to an address of the shop",
        (
            *_OUTPUT,
            Column("part_id", "int64", "the row of transactions that shows it, the least of several", nullable=False),
            Column("address", "text", "the shop's address", nullable=False),
            Column("value_sat", "int64", "its value", "sat", False),
            *_BLOCK,
            Column("is_confirmed", "bool", "a block is known that holds it", nullable=False),
            Column(
                "kind",
                "text",
                "external: no input is the shop's; internal: all outputs are the shop's too; change: others are paid too",
                nullable=False,
            ),
            Column("inputs", "int64", "inputs of the transaction that are known", "inputs", False),
            Column("own_inputs", "int64", "of them, the shop's", "inputs", False),
            Column("unknown_inputs", "int64", "inputs of which nobody told whence they come", "inputs", False),
            Column("is_new_coin", "bool", "newly made coin, paid by nobody", nullable=False),
            Column("payer_wallet", "text", "wallet of the inputs, where all are known and in one"),
            Column("payer_is_service", "bool", "that wallet is a service's", nullable=False),
        ),
    ),
    order_by=("tx", "place"),
    sql="""
WITH own AS (
  SELECT number, address FROM shop_addresses WHERE number IS NOT NULL
), paid AS (
  SELECT p.tx AS tx, c.txid AS txid, p.place AS place, o.address AS address, p.value_sat AS value_sat,
         c.height AS height, c.block_at AS block_at, c.inputs AS inputs, c.is_coinbase AS is_coinbase
  FROM coin_moves AS p
  JOIN own AS o ON o.number = p.holder_number
  JOIN coin_txs AS c ON c.tx = p.tx
  WHERE p.is_output AND p.value_sat IS NOT NULL
), beside AS (
  SELECT p.tx AS tx, p.is_output AS is_output, p.value_sat AS value_sat, p.holder_number AS holder_number
  FROM coin_moves AS p SEMI JOIN paid AS q ON q.tx = p.tx
), sources AS (
  SELECT p.tx AS tx, count(*) AS inputs, count(a.number) AS own_inputs,
         CAST(sum(CASE WHEN p.holder_number IS NULL THEN 1 ELSE 0 END) AS BIGINT) AS nameless,
         count(w.wallet_number) AS placed, min(w.wallet_number) AS least, max(w.wallet_number) AS most
  FROM beside AS p
  LEFT JOIN own AS a ON a.number = p.holder_number
  LEFT JOIN wallet_addresses AS w ON w.number = p.holder_number
  WHERE NOT p.is_output
  GROUP BY p.tx
), spread AS (
  SELECT p.tx AS tx, count(*) AS outputs, count(a.number) AS own_outputs
  FROM beside AS p
  LEFT JOIN own AS a ON a.number = p.holder_number
  WHERE p.is_output AND coalesce(p.value_sat > 0, TRUE)
  GROUP BY p.tx
), shown AS (
  SELECT t.txid AS txid, t.place AS place, min(t.part_id) AS part_id
  FROM transactions AS t SEMI JOIN paid AS q ON q.txid = t.txid AND q.place = t.place
  WHERE t.side = 'output'
  GROUP BY t.txid, t.place
), whole AS (
  SELECT p.tx AS tx, p.txid AS txid, p.place AS place, i.part_id AS part_id, p.address AS address,
         p.value_sat AS value_sat, p.height AS height, p.block_at AS block_at,
         p.height IS NOT NULL OR p.block_at IS NOT NULL AS is_confirmed,
         CASE WHEN coalesce(s.own_inputs, 0) = 0 THEN 'external'
              WHEN o.own_outputs = o.outputs THEN 'internal' ELSE 'change' END AS kind,
         coalesce(s.inputs, 0) AS inputs, coalesce(s.own_inputs, 0) AS own_inputs, p.is_coinbase AS is_new_coin,
         CASE WHEN p.is_coinbase THEN 0
              ELSE greatest(p.inputs, coalesce(s.inputs, 0)) - coalesce(s.inputs, 0) + coalesce(s.nameless, 0)
              END AS unknown_inputs,
         CASE WHEN s.placed = s.inputs AND s.least = s.most AND p.inputs <= s.inputs THEN s.least END AS one_wallet
  FROM paid AS p
  LEFT JOIN shown AS i ON i.txid = p.txid AND i.place = p.place
  LEFT JOIN sources AS s ON s.tx = p.tx
  LEFT JOIN spread AS o ON o.tx = p.tx
)
SELECT h.tx AS tx, h.txid AS txid, h.place AS place, h.part_id AS part_id, h.address AS address,
       h.value_sat AS value_sat, h.height AS height, h.block_at AS block_at, h.is_confirmed AS is_confirmed,
       h.kind AS kind, h.inputs AS inputs, h.own_inputs AS own_inputs, h.unknown_inputs AS unknown_inputs,
       h.is_new_coin AS is_new_coin, w.wallet AS payer_wallet, coalesce(w.is_service, FALSE) AS payer_is_service
FROM whole AS h
LEFT JOIN wallets AS w ON w.wallet_number = h.one_wallet
""",
)

SHOP_OUTFLOWS = Step(
    name="shop_outflows",
    meaning="every output of a transaction that spends the shop's coins: back to itself, back to a payer, or onward",
    reads=("shop_addresses", "shop_inflows", "coin_moves", "coin_txs", "wallet_addresses", "wallets"),
    gives=Table(
        "shop_outflows",
        "one output of a transaction that spends the shop's coins",
        (
            *_OUTPUT,
            Column("holder", "text", "address that it pays, or script:HEX; empty where it pays nobody"),
            Column("value_sat", "int64", "its value", "sat"),
            *_BLOCK,
            Column("wallet", "text", "the wallet that it pays"),
            Column("service", "text", "the service that holds that wallet, where a tag tells it"),
            Column(
                "kind",
                "text",
                "change: to the shop itself; refund: to an address or wallet that paid the shop before, no service's;"
                " data: pays nobody; onward",
                nullable=False,
            ),
            Column("is_joint", "bool", "others' coins are spent too, so that whose went there is open", nullable=False),
            Column("wallet_number", "int64", "number of that wallet"),
        ),
    ),
    order_by=("tx", "place"),
    # Coins in a service's wallet are moved by the service: what it does with them is no act of the shop.
    sql="""
WITH own AS (
  SELECT number, is_kept_by_service FROM shop_addresses WHERE number IS NOT NULL
), spent AS (
  SELECT p.tx AS tx, count(*) AS own_inputs
  FROM coin_moves AS p
  SEMI JOIN (SELECT number FROM own WHERE NOT is_kept_by_service) AS a ON a.number = p.holder_number
  WHERE NOT p.is_output
  GROUP BY p.tx
), paying AS (
  SELECT p.holder_number AS number, min(p.tx) AS tx
  FROM coin_moves AS p
  SEMI JOIN (SELECT tx FROM shop_inflows WHERE kind = 'external') AS i ON i.tx = p.tx
  WHERE NOT p.is_output AND p.holder_number IS NOT NULL
  GROUP BY p.holder_number
), payers AS (
  SELECT p.number AS number, w.wallet_number AS wallet_number, p.tx AS tx
  FROM paying AS p
  LEFT JOIN wallet_addresses AS w ON w.number = p.number
  LEFT JOIN wallets AS s ON s.wallet_number = w.wallet_number
  WHERE NOT coalesce(s.is_service, FALSE)
), payer_wallets AS (
  SELECT wallet_number, min(tx) AS tx FROM payers WHERE wallet_number IS NOT NULL GROUP BY wallet_number
), paid AS (
  SELECT p.tx AS tx, p.place AS place, p.value_sat AS value_sat, p.holder_number AS holder_number,
         n.own_inputs AS own_inputs
  FROM coin_moves AS p JOIN spent AS n ON n.tx = p.tx
  WHERE p.is_output
)
SELECT p.tx AS tx, c.txid AS txid, p.place AS place, w.holder AS holder, p.value_sat AS value_sat, c.height AS height,
       c.block_at AS block_at, w.wallet AS wallet, s.service AS service,
       CASE WHEN p.holder_number IS NULL THEN 'data'
            WHEN a.number IS NOT NULL THEN 'change'
            WHEN h.tx < p.tx OR v.tx < p.tx THEN 'refund'
            ELSE 'onward' END AS kind,
       c.inputs > p.own_inputs AS is_joint, w.wallet_number AS wallet_number
FROM paid AS p
JOIN coin_txs AS c ON c.tx = p.tx
LEFT JOIN own AS a ON a.number = p.holder_number
LEFT JOIN wallet_addresses AS w ON w.number = p.holder_number
LEFT JOIN wallets AS s ON s.wallet_number = w.wallet_number
LEFT JOIN payers AS h ON h.number = p.holder_number
LEFT JOIN payer_wallets AS v ON v.wallet_number = w.wallet_number
""",
)

STEPS = (SHOP_INFLOWS, SHOP_OUTFLOWS)

__all__ = ["SHOP_INFLOWS", "SHOP_OUTFLOWS", "STEPS"]

"""What all exhibits together say of each transaction; contradictions are settled here and listed in contradictions.py.

Rows whose txid was worked out again from a block, or that a merkle branch leads to, are believed before others; among
equals the least value is taken, so that the answer does not depend on the order in which files were added.
"""

from __future__ import annotations

from unspoof.engine import Step
from unspoof.model.coin_tables import TRANSACTIONS
from unspoof.model.tables import Column, Table

MOST_SAT = 2_100_000_000_000_000
"""All bitcoin that there can be, in satoshi (21 million; Bitcoin Core, consensus/amount.h, MAX_MONEY)."""

SURENESS = "CASE t.proof WHEN 'block' THEN 0 WHEN 'branch' THEN 1 ELSE 2 END"
"""How much a row's exhibit proves of it, 0 the most; of rows `t` of transactions."""

NOT_TOLD = 2_147_483_647
"""Stands for a height or a place that is not told, so that it comes last."""


def _best(value: str) -> str:
    """Return the least value among the surest rows of a group that have one."""
    levels = (f"min(CASE WHEN t.sure = {level} THEN {value} END)" for level in range(3))
    return f"coalesce({', '.join(levels)})"


AGAIN = Step(
    name="repeated_coin_parts",
    meaning="inputs and outputs that more than one row tells of",
    reads=(TRANSACTIONS.name, "stated_coin_txs"),
    gives=Table(
        "repeated_coin_parts",
        "one row per input or output that is told more than once",
        (
            Column("txid", "text", "the transaction", nullable=False),
            Column("side", "text", "input or output", nullable=False),
            Column("place", "int32", "its index among them, from 0", nullable=False),
        ),
    ),
    order_by=("txid", "side", "place"),
    # Few are, and only these have to be settled and compared. They are told apart by ranks: millions of txids are not.
    sql="""
WITH repeated AS (
  SELECT h.rank * 2 + CASE t.side WHEN 'output' THEN 1 ELSE 0 END AS side_of, t.place
  FROM transactions AS t
  JOIN stated_coin_txs AS h ON h.txid = t.txid
  GROUP BY h.rank * 2 + CASE t.side WHEN 'output' THEN 1 ELSE 0 END, t.place
  HAVING count(*) > 1
)
SELECT h.txid, CASE r.side_of % 2 WHEN 1 THEN 'output' ELSE 'input' END AS side, r.place
FROM repeated AS r
JOIN stated_coin_txs AS h ON h.rank = r.side_of // 2
""".strip(),
)

_KEYS = "r.txid = t.txid AND r.side = t.side AND r.place = t.place"

TOLD_AGAIN = f"""
  SELECT t.txid, t.side, t.place, {SURENESS} AS sure, t.value_sat, nullif(t.address, '') AS address,
         nullif(t.script_type, '') AS script_type, nullif(t.script, '') AS script,
         nullif(t.spent_txid, '') AS spent_txid, t.spent_place
  FROM transactions AS t
  SEMI JOIN repeated_coin_parts AS r ON {_KEYS}
"""  # noqa: S608 -- constants of this file
"""Rows of inputs and outputs that several tell of, what is empty as NULL."""

_VALUE = f"CASE WHEN t.value_sat BETWEEN 0 AND {MOST_SAT} THEN t.value_sat END"

PARTS = Step(
    name="stated_coin_parts",
    meaning="each input and output as all exhibits together tell it",
    reads=(TRANSACTIONS.name, "repeated_coin_parts"),
    gives=Table(
        "stated_coin_parts",
        "one row per input or output of a transaction",
        (
            Column("txid", "text", "the transaction", nullable=False),
            Column("side", "text", "input or output", nullable=False),
            Column("place", "int32", "its index among them, from 0", nullable=False),
            Column("value_sat", "int64", "its value, where an exhibit tells one that can be", "sat"),
            Column("address", "text", "the address, where one is told"),
            Column("script_type", "text", "one of SCRIPT_TYPES"),
            Column("script", "text", "output script, hex, where it has no address"),
            Column("spent_txid", "text", "of an input: the transaction whose output it spends"),
            Column("spent_place", "int32", "of an input: the index of that output"),
        ),
    ),
    order_by=("txid", "side", "place"),
    kept=False,
    # The output that is spent is a pair: taken together, so that two exhibits that contradict each other are not mixed.
    sql=f"""
WITH told AS ({TOLD_AGAIN}), best AS (
  SELECT t.txid, t.side, t.place, {_best(_VALUE)} AS value_sat, {_best("t.address")} AS address,
         {_best("t.script_type")} AS script_type, {_best("t.script")} AS script, {_best("t.spent_txid")} AS spent_txid,
         {_best("CASE WHEN t.spent_txid <> '' AND t.spent_place >= 0 THEN concat(t.spent_txid, ':', t.spent_place) END")} AS spent
  FROM told AS t
  GROUP BY t.txid, t.side, t.place
)
SELECT t.txid, t.side, t.place, {_VALUE} AS value_sat, nullif(t.address, '') AS address,
       nullif(t.script_type, '') AS script_type, nullif(t.script, '') AS script, nullif(t.spent_txid, '') AS spent_txid,
       t.spent_place
FROM transactions AS t
ANTI JOIN repeated_coin_parts AS r ON {_KEYS}
UNION ALL
SELECT b.txid, b.side, b.place, b.value_sat, b.address, b.script_type, b.script,
       CASE WHEN b.spent <> '' THEN split_part(b.spent, ':', 1) ELSE b.spent_txid END AS spent_txid,
       CASE WHEN regexp_matches(split_part(b.spent, ':', 2), '^[0-9]{{1,9}}\\z')
            THEN CAST(split_part(b.spent, ':', 2) AS INTEGER) END AS spent_place
FROM best AS b
""".strip(),  # noqa: S608 -- constants of this file
)

TOLD_HEADS = Step(
    name="told_coin_txs",
    meaning="what rows tell of each transaction as a whole",
    reads=(TRANSACTIONS.name,),
    gives=Table(
        "told_coin_txs",
        "one row per transaction and different telling",
        (
            Column("txid", "text", "the transaction", nullable=False),
            Column("sure", "int64", "0 where a block proves it, 1 where a branch does, else 2", nullable=False),
            Column("height", "int32", "height of its block"),
            Column("tx_place", "int32", "its place in the block, from 0"),
            Column("block_hash", "text", "the block"),
            Column("block_at", "timestamp", "time that the block's miner set", "UTC"),
            Column("inputs", "int32", "how many inputs it is said to have"),
            Column("outputs", "int32", "how many outputs it is said to have"),
            Column("is_coinbase", "bool", "it is said to make new coin", nullable=False),
        ),
    ),
    order_by=(
        "txid",
        "sure",
        "height",
        "tx_place",
        "block_hash",
        "block_at",
        "inputs",
        "outputs",
        "is_coinbase",
    ),
    sql=f"""
SELECT DISTINCT t.txid, {SURENESS} AS sure, t.height, t.tx_place, nullif(t.block_hash, '') AS block_hash, t.block_at,
       t.inputs, t.outputs, t.is_coinbase
FROM transactions AS t
""".strip(),  # noqa: S608 -- constants of this file
)

HEADS = Step(
    name="stated_coin_txs",
    meaning="block, time and size of each transaction as all exhibits together tell them",
    reads=("told_coin_txs",),
    gives=Table(
        "stated_coin_txs",
        "one row per transaction",
        (
            Column("rank", "int64", "its place by height, place in the block and txid, from 0", nullable=False),
            Column("txid", "text", "the transaction", nullable=False),
            Column("height", "int32", "height of its block"),
            Column("tx_place", "int32", "its place in the block, from 0"),
            Column("block_hash", "text", "the block"),
            Column("block_at", "timestamp", "time that the block's miner set", "UTC"),
            Column("inputs", "int32", "how many inputs it is said to have"),
            Column("outputs", "int32", "how many outputs it is said to have"),
            Column("is_coinbase", "bool", "it makes new coin and spends none", nullable=False),
            Column("proof", "text", "block, branch, or empty", nullable=False),
        ),
    ),
    order_by=("rank",),
    # Block, height, place and time belong together: gaps are filled only from rows that do not name another block. The
    # rank stands for the txid wherever rows are joined: a number is compared and kept at an eighth of the cost.
    sql=f"""
WITH several AS (
  SELECT txid FROM told_coin_txs GROUP BY txid HAVING count(*) > 1
), told AS (
  SELECT t.* FROM told_coin_txs AS t SEMI JOIN several AS s ON s.txid = t.txid
), chosen AS (
  SELECT * FROM told
  QUALIFY row_number() OVER (PARTITION BY txid ORDER BY sure, height NULLS LAST, block_hash NULLS LAST,
    block_at NULLS LAST, tx_place NULLS LAST, inputs NULLS LAST, outputs NULLS LAST, is_coinbase DESC) = 1
), counted AS (
  SELECT txid, max(CASE WHEN is_coinbase THEN 1 ELSE 0 END) AS coinbase, min(inputs) AS inputs,
         min(outputs) AS outputs
  FROM told
  GROUP BY txid
), more AS (
  SELECT c.txid, min(t.height) AS height, min(t.tx_place) AS tx_place, min(t.block_hash) AS block_hash,
         min(t.block_at) AS block_at
  FROM chosen AS c
  JOIN told AS t ON t.txid = c.txid
  WHERE coalesce(t.block_hash, c.block_hash, '') = coalesce(c.block_hash, t.block_hash, '')
    AND coalesce(t.height, c.height, -1) = coalesce(c.height, t.height, -1)
  GROUP BY c.txid
), settled AS (
  SELECT t.txid, t.height, t.tx_place, t.block_hash, t.block_at, t.inputs, t.outputs, t.is_coinbase, t.sure
  FROM told_coin_txs AS t
  ANTI JOIN several AS s ON s.txid = t.txid
  UNION ALL
  SELECT c.txid, coalesce(c.height, m.height) AS height, coalesce(c.tx_place, m.tx_place) AS tx_place,
         coalesce(c.block_hash, m.block_hash) AS block_hash, coalesce(c.block_at, m.block_at) AS block_at,
         coalesce(c.inputs, n.inputs) AS inputs, coalesce(c.outputs, n.outputs) AS outputs,
         n.coinbase = 1 AS is_coinbase, c.sure
  FROM chosen AS c
  JOIN more AS m ON m.txid = c.txid
  JOIN counted AS n ON n.txid = c.txid
)
SELECT row_number() OVER (ORDER BY coalesce(height, {NOT_TOLD}), coalesce(tx_place, {NOT_TOLD}), txid) - 1 AS rank,
       txid, height, tx_place, block_hash, block_at, inputs, outputs, is_coinbase,
       CASE sure WHEN 0 THEN 'block' WHEN 1 THEN 'branch' ELSE '' END AS proof
FROM settled
""".strip(),  # noqa: S608 -- constants of this file
)

RANKED = Step(
    name="ranked_coin_parts",
    meaning="each input and output by the rank of its transaction",
    reads=("stated_coin_parts", "stated_coin_txs"),
    gives=Table(
        "ranked_coin_parts",
        "one row per input or output of a transaction",
        (
            Column("rank", "int64", "the transaction's rank", nullable=False),
            Column("side", "text", "input or output", nullable=False),
            Column("place", "int32", "its index among them, from 0", nullable=False),
            Column("value_sat", "int64", "its value, where an exhibit tells one that can be", "sat"),
            Column("address", "text", "the address, where one is told"),
            Column("script_type", "text", "one of SCRIPT_TYPES"),
            Column("script", "text", "output script, hex, where it has no address"),
            Column("spent_rank", "int64", "of an input: rank of the transaction that it spends, where the case has it"),
            Column("beyond_txid", "text", "of an input: that transaction, where the case does not have it"),
            Column("spent_place", "int32", "of an input: the index of the output that it spends"),
        ),
    ),
    order_by=("rank", "side", "place"),
    sql="""
SELECT h.rank, s.side, s.place, s.value_sat, s.address, s.script_type, s.script, p.rank AS spent_rank,
       CASE WHEN p.rank IS NULL THEN s.spent_txid END AS beyond_txid, s.spent_place
FROM stated_coin_parts AS s
JOIN stated_coin_txs AS h ON h.txid = s.txid
LEFT JOIN stated_coin_txs AS p ON p.txid = s.spent_txid
""".strip(),
)

STEPS = (TOLD_HEADS, HEADS, AGAIN, PARTS, RANKED)

__all__ = ["AGAIN", "HEADS", "MOST_SAT", "PARTS", "RANKED", "STEPS", "SURENESS", "TOLD_AGAIN", "TOLD_HEADS"]

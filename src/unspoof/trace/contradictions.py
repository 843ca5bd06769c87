"""Where exhibits contradict one another, or what no chain can hold, about a transaction; nothing is settled here."""

from __future__ import annotations

from collections.abc import Sequence

from unspoof.engine import Step
from unspoof.model.coin_tables import TRANSACTIONS
from unspoof.model.tables import Column, Table
from unspoof.trace.exhibits import MOST_SAT

COIN_CONFLICTS = Table(
    "coin_conflicts",
    "one thing about a transaction that two exhibits, or an exhibit and the chain's rules, tell differently",
    (
        Column("txid", "text", "the transaction", nullable=False),
        Column("side", "text", "input or output; empty where it is the whole transaction", nullable=False),
        Column("place", "int32", "index of the input or output; -1 for the whole transaction", nullable=False),
        Column("what", "text", "what is told differently", nullable=False),
        Column("left_value", "text", "the least of what is told, or what the output says", nullable=False),
        Column("right_value", "text", "the greatest, or what its spender says", nullable=False),
    ),
)

_PART_COLUMNS = ("value_sat", "address", "script_type", "script", "spent_txid", "spent_place")
_TX_COLUMNS = ("height", "tx_place", "block_hash", "block_at", "inputs", "outputs", "is_coinbase")


def _ends(columns: Sequence[str]) -> str:
    """Return the least and the greatest of each column, as text."""
    as_text = {"is_coinbase": "CASE WHEN t.is_coinbase THEN 'yes' ELSE 'no' END"}
    made = []
    for name in columns:
        value = as_text.get(name, f"t.{name}")
        made.append(f"CAST(min({value}) AS VARCHAR) AS least_{name}, CAST(max({value}) AS VARCHAR) AS most_{name}")
    return ",\n         ".join(made)


def _told_apart(columns: Sequence[str], source: str, keys: str) -> str:
    return "\n  UNION ALL\n".join(
        f"  SELECT {keys}, '{name}' AS what, least_{name} AS left_value, most_{name} AS right_value\n"  # noqa: S608
        f"  FROM {source} WHERE least_{name} <> most_{name}"
        for name in columns
    )


_WHOLE = "txid, '' AS side, CAST(-1 AS INTEGER) AS place"

TOLD = Step(
    name="coin_contradictions",
    meaning="what exhibits tell differently of one transaction, input or output",
    reads=(TRANSACTIONS.name,),
    gives=Table("coin_contradictions", "one row per thing told differently", COIN_CONFLICTS.columns),
    kept=False,
    # Addresses, hashes and hex are compared by bytes; empty tells nothing.
    sql=f"""
WITH filled AS (
  SELECT t.txid, t.side, t.place, t.value_sat, nullif(t.address, '') AS address,
         nullif(t.script_type, '') AS script_type, nullif(t.script, '') AS script,
         nullif(t.spent_txid, '') AS spent_txid, t.spent_place
  FROM transactions AS t
), parts AS (
  SELECT t.txid, t.side, t.place,
         {_ends(_PART_COLUMNS)}
  FROM filled AS t
  GROUP BY t.txid, t.side, t.place
  HAVING count(*) > 1
), heads AS (
  SELECT DISTINCT h.txid, h.height, h.tx_place, nullif(h.block_hash, '') AS block_hash, h.block_at, h.inputs,
         h.outputs, h.is_coinbase
  FROM transactions AS h
), txs AS (
  SELECT t.txid,
         {_ends(_TX_COLUMNS)}
  FROM heads AS t
  GROUP BY t.txid
  HAVING count(*) > 1
), told AS (
{_told_apart(_PART_COLUMNS, "parts", "txid, side, place")}
  UNION ALL
{_told_apart(_TX_COLUMNS, "txs", _WHOLE)}
  UNION ALL
  SELECT t.txid, t.side, t.place, 'value that cannot be' AS what, CAST(min(t.value_sat) AS VARCHAR) AS left_value,
         CAST(max(t.value_sat) AS VARCHAR) AS right_value
  FROM transactions AS t
  WHERE t.value_sat NOT BETWEEN 0 AND {MOST_SAT}
  GROUP BY t.txid, t.side, t.place
)
SELECT txid, side, place, what, left_value, right_value FROM told
""".strip(),  # noqa: S608 -- constants of this file
)

_BETWEEN = """
SELECT i.txid, i.side, i.place, 'spent output: {name}' AS what, CAST(o.{name} AS VARCHAR) AS left_value,
       CAST(i.{name} AS VARCHAR) AS right_value
FROM inputs AS i
JOIN outputs AS o ON o.txid = i.spent_txid AND o.place = i.spent_place
WHERE o.{name} <> i.{name}
"""

STEP = Step(
    name=COIN_CONFLICTS.name,
    meaning="list what exhibits tell differently, and what no chain can hold",
    reads=("coin_contradictions", "stated_coin_parts", "stated_coin_txs", "coin_order", "coin_txs"),
    gives=COIN_CONFLICTS,
    order_by=("txid", "side", "place", "what", "left_value", "right_value"),
    # An output is spent once. Two that spend it are two unconfirmed attempts, a block that was replaced, or a forgery.
    sql=f"""
WITH outputs AS (
  SELECT * FROM stated_coin_parts WHERE side = 'output'
), inputs AS (
  SELECT * FROM stated_coin_parts WHERE side = 'input'
), spends AS (
  SELECT i.txid, i.place, i.spent_txid, i.spent_place, o.tx,
         first_value(i.txid) OVER (PARTITION BY i.spent_txid, i.spent_place ORDER BY o.tx, i.place) AS first_txid,
         row_number() OVER (PARTITION BY i.spent_txid, i.spent_place ORDER BY o.tx, i.place) AS turn
  FROM inputs AS i
  JOIN coin_order AS o ON o.txid = i.txid
  WHERE i.spent_place IS NOT NULL
), found AS (
  SELECT txid, side, place, what, left_value, right_value FROM coin_contradictions
  UNION ALL
{"  UNION ALL".join(_BETWEEN.replace("{name}", name) for name in ("value_sat", "address", "script_type", "script"))}
  UNION ALL
  SELECT s.txid, 'input' AS side, s.place, 'spent twice' AS what, s.first_txid AS left_value, s.txid AS right_value
  FROM spends AS s
  WHERE s.turn > 1
  UNION ALL
  SELECT i.txid, i.side, i.place, 'spends what is not there' AS what,
         concat(h.outputs, ' outputs') AS left_value, concat('output ', i.spent_place) AS right_value
  FROM inputs AS i
  JOIN stated_coin_txs AS h ON h.txid = i.spent_txid
  WHERE i.spent_place >= h.outputs
  UNION ALL
  SELECT s.txid, 'input' AS side, s.place, 'spends what comes after it' AS what, s.spent_txid AS left_value,
         s.txid AS right_value
  FROM spends AS s
  JOIN coin_order AS p ON p.txid = s.spent_txid
  WHERE p.tx >= s.tx
  UNION ALL
  SELECT s.txid, 'input' AS side, s.place, 'spends a later block' AS what, CAST(p.height AS VARCHAR) AS left_value,
         CAST(c.height AS VARCHAR) AS right_value
  FROM spends AS s
  JOIN stated_coin_txs AS p ON p.txid = s.spent_txid
  JOIN stated_coin_txs AS c ON c.txid = s.txid
  WHERE p.height > c.height
  UNION ALL
  SELECT s.txid, s.side, s.place, 'place beyond the count' AS what,
         CAST(CASE s.side WHEN 'input' THEN h.inputs ELSE h.outputs END AS VARCHAR) AS left_value,
         CAST(s.place AS VARCHAR) AS right_value
  FROM stated_coin_parts AS s
  JOIN stated_coin_txs AS h ON h.txid = s.txid
  WHERE s.place >= CASE s.side WHEN 'input' THEN h.inputs ELSE h.outputs END
  UNION ALL
  SELECT txid, '' AS side, CAST(-1 AS INTEGER) AS place, 'pays out more than it takes in' AS what,
         CAST(in_sat AS VARCHAR) AS left_value, CAST(out_sat AS VARCHAR) AS right_value
  FROM coin_txs
  WHERE fee_sat < 0
)
SELECT txid, side, place, what, left_value, right_value FROM found
""".strip(),  # noqa: S608 -- constants of this file
)

STEPS = (TOLD, STEP)

__all__ = ["COIN_CONFLICTS", "STEP", "STEPS", "TOLD"]

"""Where exhibits contradict one another, or what no chain can hold, about a transaction; nothing is settled here."""

from __future__ import annotations

from collections.abc import Sequence

from unspoof.engine import Step
from unspoof.model.coin_tables import TRANSACTIONS
from unspoof.model.tables import Column, Table
from unspoof.trace.exhibits import MOST_SAT, TOLD_AGAIN

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
    reads=(TRANSACTIONS.name, "repeated_coin_parts", "told_coin_txs"),
    gives=Table("coin_contradictions", "one row per thing told differently", COIN_CONFLICTS.columns),
    kept=False,
    # Addresses, hashes and hex are compared by bytes; empty tells nothing.
    sql=f"""
WITH filled AS ({TOLD_AGAIN}), parts AS (
  SELECT t.txid, t.side, t.place,
         {_ends(_PART_COLUMNS)}
  FROM filled AS t
  GROUP BY t.txid, t.side, t.place
), txs AS (
  SELECT t.txid,
         {_ends(_TX_COLUMNS)}
  FROM told_coin_txs AS t
  SEMI JOIN (SELECT txid FROM told_coin_txs GROUP BY txid HAVING count(*) > 1) AS s ON s.txid = t.txid
  GROUP BY t.txid
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

_BETWEEN = ("value_sat", "address", "script_type", "script")


def _between(name: str) -> str:
    return f"""
  SELECT o.txid, d.side, d.place, 'spent output: {name}' AS what, CAST(d.out_{name} AS VARCHAR) AS left_value,
         CAST(d.in_{name} AS VARCHAR) AS right_value
  FROM differing AS d
  JOIN coin_order AS o ON o.rank = d.rank
  WHERE d.out_{name} <> d.in_{name}
"""  # noqa: S608 -- constants of this file


STEP = Step(
    name=COIN_CONFLICTS.name,
    meaning="list what exhibits tell differently, and what no chain can hold",
    reads=(
        "coin_contradictions",
        "ranked_coin_parts",
        "linked_coin_parts",
        "stated_coin_txs",
        "coin_order",
        "coin_txs",
    ),
    gives=COIN_CONFLICTS,
    order_by=("txid", "side", "place", "what", "left_value", "right_value"),
    # What linking found in order is not compared again, and a transaction that is whole has no place beyond its count.
    # An output is spent once. Two that spend it are two unconfirmed attempts, a block that was replaced, or a forgery.
    sql=f"""
WITH doubted AS (
  SELECT p.*
  FROM ranked_coin_parts AS p
  JOIN coin_order AS c ON c.rank = p.rank
  SEMI JOIN (SELECT tx, place FROM linked_coin_parts WHERE is_contradicted) AS l ON l.tx = c.tx AND l.place = p.place
  WHERE p.side = 'input'
), differing AS (
  SELECT i.rank, i.side, i.place,
         {", ".join(f"o.{n} AS out_{n}, i.{n} AS in_{n}" for n in _BETWEEN)}
  FROM doubted AS i
  JOIN (SELECT * FROM ranked_coin_parts WHERE side = 'output') AS o ON o.rank = i.spent_rank AND o.place = i.spent_place
  WHERE {" OR ".join(f"o.{n} <> i.{n}" for n in _BETWEEN)}
), twice AS (
  SELECT spent_rank, spent_place
  FROM ranked_coin_parts
  WHERE side = 'input' AND spent_rank IS NOT NULL AND spent_place IS NOT NULL
  GROUP BY spent_rank, spent_place
  HAVING count(*) > 1
), twice_beyond AS (
  SELECT beyond_txid, spent_place
  FROM ranked_coin_parts
  WHERE side = 'input' AND beyond_txid IS NOT NULL AND spent_place IS NOT NULL
  GROUP BY beyond_txid, spent_place
  HAVING count(*) > 1
), claimed AS (
  SELECT i.rank, i.place, '' AS beyond_txid, i.spent_rank, i.spent_place
  FROM ranked_coin_parts AS i
  JOIN twice AS t ON t.spent_rank = i.spent_rank AND t.spent_place = i.spent_place
  WHERE i.side = 'input'
  UNION ALL
  SELECT i.rank, i.place, i.beyond_txid, CAST(-1 AS BIGINT) AS spent_rank, i.spent_place
  FROM ranked_coin_parts AS i
  JOIN twice_beyond AS t ON t.beyond_txid = i.beyond_txid AND t.spent_place = i.spent_place
  WHERE i.side = 'input'
), rivals AS (
  SELECT o.txid, i.place,
         first_value(o.txid) OVER (PARTITION BY i.beyond_txid, i.spent_rank, i.spent_place ORDER BY o.tx, i.place)
           AS first_txid,
         row_number() OVER (PARTITION BY i.beyond_txid, i.spent_rank, i.spent_place ORDER BY o.tx, i.place) AS turn
  FROM claimed AS i
  JOIN coin_order AS o ON o.rank = i.rank
), heads AS (
  SELECT o.tx, o.rank, h.txid, h.height, h.inputs, h.outputs
  FROM coin_order AS o
  JOIN stated_coin_txs AS h ON h.rank = o.rank
), spends AS (
  SELECT c.txid, i.place, p.txid AS spent_txid, i.spent_place, c.tx, p.tx AS spent_tx, p.outputs,
         p.height AS spent_height, c.height
  FROM ranked_coin_parts AS i
  JOIN heads AS c ON c.rank = i.rank
  JOIN heads AS p ON p.rank = i.spent_rank
  WHERE i.side = 'input' AND (i.spent_place >= p.outputs OR p.tx >= c.tx OR p.height > c.height)
), found AS (
  SELECT txid, side, place, what, left_value, right_value FROM coin_contradictions
  UNION ALL
{"  UNION ALL".join(_between(name) for name in _BETWEEN)}
  UNION ALL
  SELECT txid, 'input' AS side, place, 'spent twice' AS what, first_txid AS left_value, txid AS right_value
  FROM rivals
  WHERE turn > 1
  UNION ALL
  SELECT txid, 'input' AS side, place, 'spends what is not there' AS what, concat(outputs, ' outputs') AS left_value,
         concat('output ', spent_place) AS right_value
  FROM spends
  WHERE spent_place >= outputs
  UNION ALL
  SELECT txid, 'input' AS side, place, 'spends what comes after it' AS what, spent_txid AS left_value,
         txid AS right_value
  FROM spends
  WHERE spent_tx >= tx
  UNION ALL
  SELECT txid, 'input' AS side, place, 'spends a later block' AS what, CAST(spent_height AS VARCHAR) AS left_value,
         CAST(height AS VARCHAR) AS right_value
  FROM spends
  WHERE spent_height > height
  UNION ALL
  SELECT h.txid, s.side, s.place, 'place beyond the count' AS what,
         CAST(CASE s.side WHEN 'input' THEN h.inputs ELSE h.outputs END AS VARCHAR) AS left_value,
         CAST(s.place AS VARCHAR) AS right_value
  FROM ranked_coin_parts AS s
  JOIN heads AS h ON h.rank = s.rank
  JOIN (SELECT tx FROM coin_txs WHERE NOT is_whole OR is_coinbase) AS t ON t.tx = h.tx
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

"""Who holds each input and output, in whole numbers: what the steps that group and join all coins read; it infers nothing.

Addresses and transaction ids are long texts. Each is compared once, here; later steps bring text back only in the rows
that they keep for people.
"""

from __future__ import annotations

from unspoof.engine import Step
from unspoof.model.tables import Column, Table
from unspoof.trace.coinjoins import KEYED
from unspoof.trace.coins import MIDDLE, PLACES

HOLDERS = Step(
    name="coin_holders",
    meaning="where each holder first stands in the chain",
    reads=("linked_coin_parts",),
    gives=Table(
        "coin_holders",
        "one row per holder",
        (
            Column("number", "int64", "stands for the holder: transaction, side and place in one", nullable=False),
            Column("holder", "text", "address, or script: and hex", nullable=False),
            Column("tx", "int64", "the first transaction in which it stands", nullable=False),
            Column("side", "text", "on which side of it", nullable=False),
            Column("place", "int32", "at which index", nullable=False),
        ),
    ),
    order_by=("number",),
    # Holders are joined and grouped by this number from here on, and a wallet has that of its first holder.
    sql=f"""
WITH numbered AS (
  SELECT holder, min((tx * 2 + CASE side WHEN 'output' THEN 1 ELSE 0 END) * {PLACES} + {MIDDLE} + place) AS number
  FROM linked_coin_parts
  WHERE holder IS NOT NULL
  GROUP BY holder
)
SELECT number, holder, number // {2 * PLACES} AS tx,
       CASE (number // {PLACES}) % 2 WHEN 1 THEN 'output' ELSE 'input' END AS side,
       number % {PLACES} - {MIDDLE} AS place
FROM numbered
""".strip(),  # noqa: S608 -- constants of this package
)

MOVES = Step(
    name="coin_moves",
    meaning="each input and output with its value and its holder, in whole numbers",
    reads=("linked_coin_parts", "coin_holders"),
    gives=Table(
        "coin_moves",
        "one row per input or output of a transaction",
        (
            Column("tx", "int64", "the transaction's place in chain order", nullable=False),
            Column("is_output", "bool", "it is an output; else an input", nullable=False),
            Column("place", "int32", "its index among them", nullable=False),
            Column("value_sat", "int64", "its value, where anything tells it", "sat"),
            Column("holder_number", "int64", "number of its holder, where it has one"),
            Column("is_keyed", "bool", "somebody's key is needed to spend it", nullable=False),
            Column("is_unspendable", "bool", "it pays nobody (op_return)", nullable=False),
            Column("spent_tx", "int64", "of an input: the transaction whose output it spends, if the case has that"),
            Column("spent_place", "int32", "of an input: the index of that output"),
            Column("beyond_txid", "text", "of an input: that transaction, where the case has no such output"),
        ),
    ),
    order_by=("tx", "is_output", "place"),
    # Pay-to-anchor and what nobody can tell to need a key prove nothing by being spent.
    sql=f"""
SELECT p.tx, p.side = 'output' AS is_output, p.place, p.value_sat, h.number AS holder_number, {KEYED} AS is_keyed,
       coalesce(p.script_type = 'op_return', FALSE) AS is_unspendable, p.spent_tx, p.spent_place,
       p.beyond_txid
FROM linked_coin_parts AS p
LEFT JOIN coin_holders AS h ON h.holder = p.holder
""".strip(),  # noqa: S608 -- constants of this package
)

STEPS = (HOLDERS, MOVES)

__all__ = ["HOLDERS", "MOVES", "STEPS"]

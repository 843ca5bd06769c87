"""Inputs, outputs and transactions of the case in chain order, gaps filled from what inputs spend; nothing is inferred."""

from __future__ import annotations

from unspoof.engine import Step
from unspoof.model.tables import Column, Table

ANYBODYS = ("p2a", "nonstandard", "witness-unknown", "op_return")
"""Script types that need no key, or that nobody can tell to need one: spending them together proves nothing."""

PLACES, MIDDLE = 1 << 32, 1 << 31
"""A transaction's number and a place, from -2^31 on as exhibits may tell it, in one number of 64 bits."""

LINKED = Step(
    name="linked_coin_parts",
    meaning="put inputs and outputs in chain order, each with what it spends or is spent by",
    reads=("ranked_coin_parts", "stated_coin_txs", "coin_order"),
    gives=Table(
        "linked_coin_parts",
        "one input or output of a transaction of the case, all exhibits taken together",
        (
            Column("tx", "int64", "the transaction's place in chain order", nullable=False),
            Column("side", "text", "input or output", nullable=False),
            Column("place", "int32", "its index among them, from 0", nullable=False),
            Column("value_sat", "int64", "its value, where anything tells it", "sat"),
            Column("script_type", "text", "one of SCRIPT_TYPES, where told"),
            Column(
                "holder", "text", "the address; script: and hex where a script without address holds it; else empty"
            ),
            Column(
                "beyond_txid", "text", "of an input: the transaction that it spends, where the case has no such output"
            ),
            Column("spent_place", "int32", "of an input: the index of the output that it spends"),
            Column("spent_tx", "int64", "of an input: that transaction in chain order, where the case has the output"),
            Column("spending_tx", "int64", "of an output: the first transaction of the case that spends it"),
            Column("spending_place", "int32", "of an output: the index of that input"),
            Column(
                "is_contradicted",
                "bool",
                "of an input: the output that it spends is told otherwise, or the case has its transaction and not the output"
                " before it",
                nullable=False,
            ),
        ),
    ),
    order_by=("tx", "side", "place"),
    # The txid covers its outputs and not what an input is said to have been worth, so the output is believed first.
    # A link that does not lead forward in chain order is no link: it is listed in coin_conflicts. Of several that spend
    # one output the first counts: the least of both its numbers in one. Txids stay out: they are half of all bytes.
    sql=f"""
WITH outputs AS (
  SELECT o.tx, p.place, p.value_sat, p.address, p.script_type, p.script
  FROM ranked_coin_parts AS p
  JOIN coin_order AS o ON o.rank = p.rank
  WHERE p.side = 'output'
), inputs AS (
  SELECT o.tx, p.place, p.value_sat, p.address, p.script_type, p.script, p.beyond_txid, p.spent_rank, p.spent_place,
         CASE WHEN s.tx < o.tx THEN s.tx END AS before_tx
  FROM ranked_coin_parts AS p
  JOIN coin_order AS o ON o.rank = p.rank
  LEFT JOIN coin_order AS s ON s.rank = p.spent_rank
  WHERE p.side = 'input'
), spenders AS (
  SELECT before_tx AS spent_tx, spent_place, min(tx * {PLACES} + {MIDDLE} + place) AS spender
  FROM inputs
  WHERE before_tx IS NOT NULL
  GROUP BY before_tx, spent_place
), linked AS (
  SELECT i.tx, i.place, coalesce(o.value_sat, i.value_sat) AS value_sat, coalesce(o.address, i.address) AS address,
         coalesce(o.script_type, i.script_type) AS script_type, coalesce(o.script, i.script) AS script, i.beyond_txid,
         CASE WHEN o.tx IS NULL THEN i.spent_rank END AS lost_rank, i.spent_place, o.tx AS spent_tx,
         coalesce((o.tx IS NULL AND i.spent_rank IS NOT NULL) OR o.value_sat <> i.value_sat OR o.address <> i.address
           OR o.script_type <> i.script_type OR o.script <> i.script, FALSE) AS is_contradicted
  FROM inputs AS i
  LEFT JOIN outputs AS o ON o.tx = i.before_tx AND o.place = i.spent_place
), everything AS (
  SELECT l.tx, 'input' AS side, l.place, l.value_sat, l.address, l.script_type, l.script,
         coalesce(l.beyond_txid, s.txid) AS beyond_txid, l.spent_place, l.spent_tx, NULL AS spending_tx,
         NULL AS spending_place, l.is_contradicted
  FROM linked AS l
  LEFT JOIN stated_coin_txs AS s ON s.rank = l.lost_rank
  UNION ALL
  SELECT o.tx, 'output' AS side, o.place, o.value_sat, o.address, o.script_type, o.script, NULL AS beyond_txid,
         NULL AS spent_place, NULL AS spent_tx, s.spender // {PLACES} AS spending_tx,
         s.spender % {PLACES} - {MIDDLE} AS spending_place, FALSE AS is_contradicted
  FROM outputs AS o
  LEFT JOIN spenders AS s ON s.spent_tx = o.tx AND s.spent_place = o.place
)
SELECT tx, side, place, value_sat, script_type,
       CASE WHEN script_type = 'op_return' THEN NULL
            WHEN address IS NOT NULL THEN address
            WHEN left(script, 2) <> '6a' THEN concat('script:', script) END AS holder,
       beyond_txid, spent_place, spent_tx, spending_tx, spending_place, is_contradicted
FROM everything
""".strip(),  # noqa: S608 -- constants of this file
)

COIN_TXS = Table(
    "coin_txs",
    "one transaction of the case",
    (
        Column("tx", "int64", "its place in chain order, from 0", nullable=False),
        Column("txid", "text", "the transaction", nullable=False),
        Column("height", "int32", "height of its block; empty where unconfirmed or not told"),
        Column("block_hash", "text", "the block"),
        Column("block_at", "timestamp", "time that the block's miner set; up to two hours off", "UTC"),
        Column("inputs", "int64", "how many inputs it has: as stated, else as seen", nullable=False),
        Column("outputs", "int64", "how many outputs it has: as stated, else as seen", nullable=False),
        Column("in_sat", "int64", "sum of its inputs, where all are there with their values", "sat"),
        Column("out_sat", "int64", "sum of its outputs, where all are there with their values", "sat"),
        Column("fee_sat", "int64", "inputs less outputs, where both are known; less than 0 is a contradiction", "sat"),
        Column("is_coinbase", "bool", "it makes new coin and spends none", nullable=False),
        Column(
            "is_whole",
            "bool",
            "it is told how many parts there are, and all are there with their values",
            nullable=False,
        ),
        Column("proof", "text", "block, branch, or empty", nullable=False),
    ),
)


def _side(name: str) -> str:
    """Return columns that count one side: parts seen, the last place, parts with value, and their sum in two halves.

    Whole bitcoin and the rest are summed apart: a forged table of the greatest values cannot overflow the sum.
    """
    of = f"p.side = '{name}'"
    return f"""
         count(*) FILTER (WHERE {of}) AS {name}s, coalesce(max(p.place) FILTER (WHERE {of}), -1) AS last_{name},
         count(p.value_sat) FILTER (WHERE {of}) AS {name}s_valued,
         coalesce(CAST(sum(p.value_sat // 100000000) FILTER (WHERE {of}) AS BIGINT), 0) AS {name}_coins,
         coalesce(CAST(sum(p.value_sat % 100000000) FILTER (WHERE {of}) AS BIGINT), 0) AS {name}_rest"""


TXS = Step(
    name=COIN_TXS.name,
    meaning="count and sum the inputs and outputs of each transaction",
    reads=(LINKED.name, "coin_order", "stated_coin_txs"),
    gives=COIN_TXS,
    order_by=("tx",),
    sql=f"""
WITH counted AS (
  SELECT p.tx,{_side("input")},{_side("output")}
  FROM linked_coin_parts AS p
  GROUP BY p.tx
), sized AS (
  SELECT c.*, o.txid, h.height, h.block_hash, h.block_at, h.is_coinbase, h.proof,
         coalesce(h.inputs, c.inputs) AS all_inputs,
         coalesce(h.outputs, c.outputs) AS all_outputs,
         c.outputs > 0 AND c.outputs_valued = c.outputs AND c.last_output = c.outputs - 1
           AND c.outputs = coalesce(h.outputs, -1) AND c.output_coins <= 21000000 AS has_outputs,
         c.inputs > 0 AND c.inputs_valued = c.inputs AND c.last_input = c.inputs - 1
           AND c.inputs = coalesce(h.inputs, -1) AND c.input_coins <= 21000000 AND NOT h.is_coinbase AS has_inputs
  FROM counted AS c
  JOIN coin_order AS o ON o.tx = c.tx
  JOIN stated_coin_txs AS h ON h.rank = o.rank
), summed AS (
  SELECT *, CASE WHEN has_inputs THEN input_coins * 100000000 + input_rest END AS in_sat,
         CASE WHEN has_outputs THEN output_coins * 100000000 + output_rest END AS out_sat
  FROM sized
)
SELECT tx, txid, height, block_hash, block_at, all_inputs AS inputs, all_outputs AS outputs, in_sat, out_sat,
       in_sat - out_sat AS fee_sat, is_coinbase, has_outputs AND (has_inputs OR is_coinbase) AS is_whole, proof
FROM summed
""".strip(),  # noqa: S608 -- constants of this file
)

PARTS = Step(
    name="coin_parts",
    meaning="inputs and outputs as people read them, with txids, addresses, heights and times",
    reads=(LINKED.name, TXS.name),
    gives=Table(
        "coin_parts",
        LINKED.gives.meaning,
        (
            *(column for column in LINKED.gives.columns if column.name not in ("beyond_txid", "is_contradicted")),
            Column("txid", "text", "the transaction", nullable=False),
            Column("address", "text", "the address, where there is one"),
            Column("spent_txid", "text", "of an input: the transaction whose output it spends"),
            Column("height", "int32", "height of the block"),
            Column("block_at", "timestamp", "time that the block's miner set", "UTC"),
        ),
    ),
    kept=False,
    sql="""
SELECT p.tx, p.side, p.place, p.value_sat, p.script_type, p.holder, p.spent_place, p.spent_tx, p.spending_tx,
       p.spending_place, t.txid, CASE WHEN left(p.holder, 7) <> 'script:' THEN p.holder END AS address,
       coalesce(s.txid, p.beyond_txid) AS spent_txid, t.height, t.block_at
FROM linked_coin_parts AS p
JOIN coin_txs AS t ON t.tx = p.tx
LEFT JOIN coin_txs AS s ON s.tx = p.spent_tx
""".strip(),
)

STEPS = (LINKED, TXS, PARTS)

__all__ = ["ANYBODYS", "COIN_TXS", "LINKED", "MIDDLE", "PARTS", "PLACES", "STEPS", "TXS"]

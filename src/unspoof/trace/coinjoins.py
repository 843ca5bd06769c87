"""Transactions in which several people may have spent together, by named rules; a transaction of no rule may be one too.

A rule says what a shape looks like, not what happened. Whoever pays three equal amounts from three addresses looks like a
coinjoin and is left out of wallets by mistake, which costs addresses; the other mistake makes one wallet of strangers.
A PayJoin looks like any payment: no rule can see it.
"""

from __future__ import annotations

from unspoof.engine import Step
from unspoof.model.tables import Column, Table
from unspoof.trace.coins import ANYBODYS

_ANCHORS = ("bc1pfeessrawgf", "tb1pfees9rn5nz", "bcrt1pfeesnyr2tx")
"""Pay-to-anchor on the main chain, test chains and regtest (Bitcoin Core 28, script/script.h IsPayToAnchor)."""

_DUST_SAT = 2730
"""Equal outputs up to this prove nothing: 546 and 2,730 sat are what nodes used to call dust, and what tokens carry."""

_POOLS_SAT = (100_000, 1_000_000, 5_000_000, 50_000_000)
"""Whirlpool's pools: 0.001, 0.01, 0.05 and 0.5 BTC (docs.samourai.io/en/whirlpool, read 2026-11; 0.001 came later)."""

_GREATEST_SAT = 140_000_000_000


def _listed(values: tuple[object, ...]) -> str:
    return ", ".join(f"'{v}'" if isinstance(v, str) else str(v) for v in values)


KEYED = (
    f"p.holder IS NOT NULL AND coalesce(p.script_type, '') NOT IN ({_listed(ANYBODYS)})"
    f" AND p.holder NOT IN ({_listed(_ANCHORS)})"
)
"""The condition that spending a part `p` of coin_parts needs somebody's key."""


def _denominations() -> tuple[int, ...]:
    """Return the amounts that WabiSabi rounds use: powers of 2, once and twice those of 3, and 1, 2 and 5 of powers of 10.

    Source: WalletWasabi, WabiSabi/Models/Decomposition/StandardDenomination.cs; 5,000 sat is the least its rounds take.
    """
    made = {
        by * base**power for base, bys in ((2, (1,)), (3, (1, 2)), (10, (1, 2, 5))) for by in bys for power in range(41)
    }
    return tuple(sorted(value for value in made if 5_000 <= value <= _GREATEST_SAT))


SHAPES = Step(
    name="coin_shapes",
    meaning="how many parts and holders each transaction shows, and whether all of it is shown",
    reads=("coin_moves", "coin_txs"),
    gives=Table(
        "coin_shapes",
        "one row per transaction",
        (
            Column("tx", "int64", "the transaction's place in chain order", nullable=False),
            Column("txid", "text", "the transaction", nullable=False),
            Column("inputs", "int64", "inputs that are shown", nullable=False),
            Column("outputs", "int64", "outputs that are shown", nullable=False),
            Column("holders", "int64", "different holders among its inputs; each unknown one counts", nullable=False),
            Column("key_holders", "int64", "those whose script needs a key", nullable=False),
            Column(
                "is_shown", "bool", "as many parts as are stated are there, and every output's value", nullable=False
            ),
        ),
    ),
    order_by=("tx",),
    # What anybody can spend - anchors, scripts of no standard form - says nothing of who spends.
    sql="""
WITH spenders AS (
  SELECT tx, holder_number, count(*) AS inputs, max(CASE WHEN is_keyed THEN 1 ELSE 0 END) AS keyed
  FROM coin_moves
  WHERE NOT is_output
  GROUP BY tx, holder_number
), spent AS (
  SELECT tx, CAST(sum(inputs) AS BIGINT) AS inputs,
         CAST(sum(CASE WHEN holder_number IS NULL THEN inputs ELSE 1 END) AS BIGINT) AS holders,
         CAST(sum(keyed) AS BIGINT) AS key_holders
  FROM spenders
  GROUP BY tx
), made AS (
  SELECT tx, count(*) AS outputs, count(value_sat) AS valued FROM coin_moves WHERE is_output GROUP BY tx
)
SELECT t.tx, t.txid, coalesce(s.inputs, 0) AS inputs, coalesce(m.outputs, 0) AS outputs, coalesce(s.holders, 0) AS holders,
       coalesce(s.key_holders, 0) AS key_holders,
       coalesce(s.inputs, 0) = t.inputs AND m.outputs IS NOT NULL AND m.outputs = t.outputs AND m.valued = m.outputs
         AS is_shown
FROM coin_txs AS t
LEFT JOIN spent AS s ON s.tx = t.tx
LEFT JOIN made AS m ON m.tx = t.tx
""".strip(),
)

COINJOINS = Table(
    "coinjoins",
    "one rule by which several people may have spent together in a transaction",
    (
        Column("tx", "int64", "the transaction's place in chain order", nullable=False),
        Column("txid", "text", "the transaction", nullable=False),
        Column("rule", "text", "old-rule, equal-outputs, whirlpool or wabisabi", nullable=False),
        Column("because", "text", "a sentence", nullable=False),
    ),
)

STEP = Step(
    name=COINJOINS.name,
    meaning="find the transactions that look as if several people spent together",
    reads=("coin_moves", "coin_shapes", "coin_txs"),
    gives=COINJOINS,
    order_by=("tx", "rule"),
    # old-rule is BlockSci's isCoinjoin (src/heuristics/tx_identification.cpp, last changed 2020): each of n people has an
    # equal output and at most one of change; of amounts that are equally frequent the least counts, as in GraphSense.
    sql=f"""
WITH shapes AS (
  SELECT s.*, (s.outputs + 1) // 2 AS people
  FROM coin_shapes AS s
  JOIN coin_txs AS t ON t.tx = s.tx
  WHERE NOT t.is_coinbase AND s.holders >= 2 AND s.outputs >= 3
), amounts AS (
  SELECT m.tx, m.value_sat, count(*) AS equal_outputs
  FROM coin_moves AS m
  SEMI JOIN shapes AS s ON s.tx = m.tx
  WHERE m.is_output AND m.value_sat IS NOT NULL
  GROUP BY m.tx, m.value_sat
  HAVING count(*) >= 2
), commonest AS (
  SELECT * FROM amounts QUALIFY row_number() OVER (PARTITION BY tx ORDER BY equal_outputs DESC, value_sat) = 1
), old_rule AS (
  SELECT s.tx, s.txid, 'old-rule' AS rule,
         concat(s.outputs, ' outputs, ', c.equal_outputs, ' of them of ', c.value_sat, ' sat, and ', s.holders,
                ' holders of inputs: each may have one equal output and its change') AS because
  FROM shapes AS s
  JOIN commonest AS c ON c.tx = s.tx
  WHERE s.outputs >= 3 AND s.people <= s.holders AND c.equal_outputs = s.people
    AND c.value_sat NOT IN (546, {_DUST_SAT})
), enough AS (
  SELECT s.tx, s.txid, s.inputs, s.outputs, s.holders, a.value_sat, a.equal_outputs
  FROM shapes AS s
  JOIN amounts AS a ON a.tx = s.tx
  WHERE a.equal_outputs >= 3 AND a.equal_outputs <= s.holders AND a.value_sat > {_DUST_SAT}
  QUALIFY row_number() OVER (PARTITION BY s.tx ORDER BY a.equal_outputs DESC, a.value_sat) = 1
), rounds AS (
  SELECT s.tx, s.txid, s.outputs, s.holders, count(*) AS of_series
  FROM shapes AS s
  JOIN coin_moves AS p ON p.tx = s.tx
  WHERE s.holders >= 20 AND s.outputs >= 20 AND p.is_output AND p.value_sat IN ({_listed(_denominations())})
  GROUP BY s.tx, s.txid, s.outputs, s.holders
)
SELECT tx, txid, rule, because FROM old_rule
UNION ALL
SELECT tx, txid, 'equal-outputs' AS rule,
       concat(equal_outputs, ' outputs of ', value_sat, ' sat and ', holders, ' holders of inputs') AS because
FROM enough
UNION ALL
SELECT tx, txid, 'whirlpool' AS rule,
       concat(outputs, ' holders of inputs and as many outputs, all of ', value_sat, ' sat, a pool of Whirlpool') AS because
FROM enough
WHERE inputs = outputs AND holders = inputs AND equal_outputs = outputs AND outputs BETWEEN 5 AND 8
  AND value_sat IN ({_listed(_POOLS_SAT)})
UNION ALL
SELECT tx, txid, 'wabisabi' AS rule,
       concat(of_series, ' of ', outputs, ' outputs have amounts of the series that WabiSabi rounds use, and ', holders,
              ' holders of inputs') AS because
FROM rounds
WHERE of_series * 5 >= outputs * 4
""".strip(),  # noqa: S608 -- constants of this file
)

STEPS = (SHAPES, STEP)

__all__ = ["COINJOINS", "KEYED", "SHAPES", "STEP", "STEPS"]

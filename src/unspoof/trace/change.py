"""Which output of a payment may be the payer's change, by named rules: a layer of its own that never joins wallets.

Each is an inference from habits of wallet programs and has false positives; a few wrong ones join strangers without end
(cluster collapse: Moeser and Narayanan, Financial Cryptography 2022). So they are off unless asked for, each is kept with
its rule, and no wallet, link or figure is worked out from them.
"""

from __future__ import annotations

from unspoof.engine import Step
from unspoof.model.tables import Column, Table

CHANGE_LINKS = Table(
    "change_links",
    "one output that a rule takes for change",
    (
        Column("tx", "int64", "the transaction's place in chain order", nullable=False),
        Column("txid", "text", "the transaction", nullable=False),
        Column("place", "int32", "index of the output", nullable=False),
        Column("holder", "text", "whom it pays", nullable=False),
        Column("from_wallet", "text", "the wallet that pays, and whose change it may be", nullable=False),
        Column("rule", "text", "one-time-change, optimal-change or same-type", nullable=False),
        Column("because", "text", "a sentence", nullable=False),
    ),
)

STEP = Step(
    name=CHANGE_LINKS.name,
    meaning="take outputs for change, where the case asks for it",
    reads=("coin_holders", "linked_coin_parts", "coin_payers", "coin_txs", "setting"),
    gives=CHANGE_LINKS,
    order_by=("tx", "place", "rule"),
    settings=("wallet_change_layer",),
    # one-time-change: Meiklejohn et al., A Fistful of Bitcoins (IMC 2013; CACM 59/4, 2016), heuristic 2: of several outputs
    # just one pays an address that never stood in the chain before, and no input's address is paid. optimal-change and
    # same-type: BlockSci, src/heuristics/change_address.cpp OptimalChange and AddressType, where just one output is left.
    sql="""
WITH payments AS (
  SELECT p.tx, p.txid, p.wallet
  FROM coin_payers AS p
  JOIN coin_txs AS t ON t.tx = p.tx
  WHERE t.is_whole AND (SELECT wallet_change_layer FROM setting)
), inputs AS (
  SELECT p.tx, p.holder, p.value_sat, p.script_type
  FROM linked_coin_parts AS p
  SEMI JOIN payments AS y ON y.tx = p.tx
  WHERE p.side = 'input'
), outputs AS (
  SELECT p.tx, p.place, p.holder, p.value_sat, p.script_type, CASE WHEN h.tx = p.tx THEN 1 ELSE 0 END AS is_first
  FROM linked_coin_parts AS p
  SEMI JOIN payments AS y ON y.tx = p.tx
  JOIN coin_holders AS h ON h.holder = p.holder
  WHERE p.side = 'output'
), kept AS (
  SELECT DISTINCT o.tx FROM outputs AS o SEMI JOIN inputs AS i ON i.tx = o.tx AND i.holder = o.holder
), spent AS (
  SELECT tx, count(*) AS inputs, min(value_sat) AS least_sat, min(script_type) AS script_type,
         count(DISTINCT script_type) AS types, count(script_type) AS typed
  FROM inputs
  GROUP BY tx
), several AS (
  SELECT tx, count(*) AS outputs FROM outputs GROUP BY tx HAVING count(*) >= 2
), candidates AS (
  SELECT o.tx, o.place, o.holder, 'one-time-change' AS rule,
         'the only output to an address that did not stand in the case before' AS because
  FROM outputs AS o
  ANTI JOIN kept AS k ON k.tx = o.tx
  WHERE o.is_first = 1
  UNION ALL
  SELECT o.tx, o.place, o.holder, 'optimal-change' AS rule,
         concat('the only output below the least input, ', s.least_sat,
                ' sat: else that input would not have been needed') AS because
  FROM outputs AS o
  JOIN spent AS s ON s.tx = o.tx
  WHERE s.inputs >= 2 AND o.value_sat < s.least_sat
  UNION ALL
  SELECT o.tx, o.place, o.holder, 'same-type' AS rule,
         concat('the only output of the type of all inputs, ', s.script_type) AS because
  FROM outputs AS o
  JOIN spent AS s ON s.tx = o.tx
  WHERE s.types = 1 AND s.typed = s.inputs AND o.script_type = s.script_type
), single AS (
  SELECT c.tx, c.place, c.holder, c.rule, c.because, count(*) OVER (PARTITION BY c.tx, c.rule) AS rivals
  FROM candidates AS c
  SEMI JOIN several AS n ON n.tx = c.tx
)
SELECT y.tx, y.txid, c.place, c.holder, y.wallet AS from_wallet, c.rule, c.because
FROM single AS c
JOIN payments AS y ON y.tx = c.tx
WHERE c.rivals = 1
""".strip(),
)

STEPS = (STEP,)

__all__ = ["CHANGE_LINKS", "STEP", "STEPS"]

"""Wallets that may hold a service's own change, by elimination and by size; no wallet is merged with another by it.

A customer's wallet is paid by a service, and so is the wallet that a service's change goes to. What tells them apart is
what else the payment did. Where a part of it went back to the payer, its change is accounted for, and everybody else whom
it paid is a customer. Where nothing did, one output may be the change. Where the shop's outputs, and those that tags name as
others', leave only one over, it is change if anything is. Else it may be the largest of those left, or the one output of a
payment that has no other. The wallet of such an output may be the service's, and so may be the one of the change that it
makes itself, as a hot wallet peels on.

Limits: change smaller than what the largest customer got is taken for a customer's; a service that moves coins to
another wallet of its own, and has change beside, looks like a customer's withdrawal; a customer who was paid all of a
coin, or more than the change, is doubted.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from unspoof.engine import Inputs, Step
from unspoof.model.arrow import schema
from unspoof.model.tables import Column, Table
from unspoof.trace.chain import Bools
from unspoof.trace.ways import Moves, ways_from

OPEN_ENDS = Step(
    name="open_ends",
    meaning="outputs that may be their payer's change, where no other is known to be it",
    reads=("coin_moves", "coin_payers", "shop_addresses", "wallet_addresses", "wallets"),
    gives=Table(
        "open_ends",
        "one output of a payment of which nothing went back to its payer, to a wallet that pays on",
        (
            Column("tx", "int64", "the transaction's place in chain order", nullable=False),
            Column("txid", "text", "the transaction", nullable=False),
            Column("place", "int32", "index of the output", nullable=False),
            Column("from_number", "int64", "number of the wallet that pays", nullable=False),
            Column("to_number", "int64", "number of the wallet that is paid", nullable=False),
            Column("is_service", "bool", "the wallet that pays is taken for a service's", nullable=False),
            Column("service", "text", "that service, where a tag names it"),
            Column("outputs", "int64", "outputs that somebody can spend", "outputs", False),
            Column(
                "left_over",
                "int64",
                "of them, those that are neither the shop's nor tagged as another's",
                "outputs",
                False,
            ),
        ),
    ),
    order_by=("tx", "place"),
    # The shop's own payments are no service's, however large its wallet. An output without a holder may be change too.
    sql="""
WITH own AS (
  SELECT number, wallet_number, is_kept_by_service FROM shop_addresses WHERE number IS NOT NULL
), payers AS (
  SELECT p.tx AS tx, p.txid AS txid, p.wallet_number AS wallet_number, w.is_service AS is_service, w.service AS service
  FROM coin_payers AS p
  JOIN wallets AS w ON w.wallet_number = p.wallet_number
  ANTI JOIN (SELECT wallet_number FROM own WHERE NOT is_kept_by_service) AS o ON o.wallet_number = p.wallet_number
), named AS (
  SELECT wallet_number, service FROM wallets WHERE service IS NOT NULL
), paid AS (
  SELECT y.tx AS tx, y.wallet_number AS from_number, m.place AS place, m.value_sat AS value_sat,
         h.wallet_number AS to_number,
         CASE WHEN o.number IS NULL AND coalesce(h.wallet_number = y.wallet_number OR w.service = y.service, FALSE)
              THEN 1 ELSE 0 END AS is_back,
         CASE WHEN o.number IS NULL AND w.service IS NULL THEN 1 ELSE 0 END AS is_left
  FROM coin_moves AS m
  JOIN payers AS y ON y.tx = m.tx
  LEFT JOIN wallet_addresses AS h ON h.number = m.holder_number
  LEFT JOIN named AS w ON w.wallet_number = h.wallet_number
  LEFT JOIN (SELECT DISTINCT number FROM own) AS o ON o.number = m.holder_number
  WHERE m.is_output AND NOT m.is_unspendable
), sized AS (
  SELECT tx, count(*) AS outputs, CAST(sum(is_left) AS BIGINT) AS left_over,
         max(CASE WHEN is_left = 1 THEN value_sat END) AS most_sat
  FROM paid
  GROUP BY tx
  HAVING max(is_back) = 0
)
SELECT s.tx AS tx, y.txid AS txid, s.place AS place, s.from_number AS from_number, s.to_number AS to_number,
       y.is_service AS is_service, y.service AS service, z.outputs AS outputs, z.left_over AS left_over
FROM paid AS s
JOIN sized AS z ON z.tx = s.tx
JOIN payers AS y ON y.tx = s.tx
SEMI JOIN coin_payers AS p ON p.wallet_number = s.to_number
WHERE s.is_left = 1 AND s.value_sat = z.most_sat
""",
)

SERVICE_CHANGE = Table(
    "service_change",
    "one wallet, no service's by itself, to which a service's change may have gone",
    (
        Column("wallet_number", "int64", "number of the wallet", nullable=False),
        Column("service", "text", "the service, where a tag names it"),
        Column("hops", "int64", "payments from the service's known wallet to this one", "transactions", False),
        Column(
            "is_only",
            "bool",
            "at each of them all other outputs, of which there are some, are the shop's or tagged as others'; else it was the"
            " largest left over, or alone, at one of them",
            nullable=False,
        ),
        Column("txids", "text", "those payments, from the service on, spaces between", nullable=False),
    ),
)


def _led(ends: pa.Table, kept: Bools, hops: int) -> pa.Table:
    """Walk from services' payments to the wallets of their open ends, and on from there.

    Args:
        ends: rows of `open_ends`, in chain order.
        kept: which of them may be followed.
        hops: at most so many payments.

    Returns:
        SERVICE_CHANGE without is_only, each wallet by its shortest way.

    """
    source, target = (ends[name].to_numpy() for name in ("from_number", "to_number"))
    service = ends["is_service"].to_numpy(zero_copy_only=False)
    txids = ends["txid"].combine_chunks()
    services = np.unique(source[service])
    rows = np.flatnonzero(kept & service & ~np.isin(target, services))
    starts, first = np.unique(target[rows], return_index=True)
    began, on = pa.array(rows[first]), np.flatnonzero(kept)
    moves = Moves(source[on], target[on], txids.take(pa.array(on)))
    found = ways_from(moves, starts, txids.take(began), services, hops - 1)
    named = ends["service"].combine_chunks().take(began).take(pa.array(found.origin))
    columns = {"wallet_number": pa.array(found.wallets), "service": named, "hops": pa.array(found.hops + 1)}
    return pa.table({**columns, "txids": found.txids})


def _run(inputs: Inputs) -> pa.Table:
    ends = inputs.tables["open_ends"].sort_by([("tx", "ascending"), ("place", "ascending")])
    hops = int(inputs.settings["wallet_change_hops"])
    only = (ends["left_over"].to_numpy() == 1) & (ends["outputs"].to_numpy() > 1)
    sure, all_of = _led(ends, only, hops), _led(ends, np.ones(len(only), bool), hops)
    seen = pc.is_in(all_of["wallet_number"], value_set=sure["wallet_number"].combine_chunks())
    unsure = all_of.filter(pc.invert(seen))
    parts = [
        table.append_column("is_only", pa.array(np.full(len(table), is_only)))
        for table, is_only in ((sure, True), (unsure, False))
    ]
    return pa.concat_tables(parts).select(SERVICE_CHANGE.names).cast(schema(SERVICE_CHANGE))


STEP = Step(
    name=SERVICE_CHANGE.name,
    meaning="wallets to which a service's change may have gone, followed from payment to payment",
    reads=(OPEN_ENDS.name,),
    gives=SERVICE_CHANGE,
    order_by=("wallet_number",),
    settings=("wallet_change_hops",),
    run=_run,
)

STEPS = (OPEN_ENDS, STEP)

__all__ = ["OPEN_ENDS", "SERVICE_CHANGE", "STEP", "STEPS"]

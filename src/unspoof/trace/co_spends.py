"""Which holders spent together and so are one wallet, each union with its transaction; change is another layer.

Coinjoins are left out, and transactions of which not all is shown, as nobody can say whether they are coinjoins. The
collapse guard: a transaction whose inputs belong, when its turn comes in chain order, to wallets tagged as two different
services joins nothing, not even its untagged inputs: either a tag is wrong, or strangers spent together, and which of
its inputs are whose cannot be told. It is listed, and a person decides.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from unspoof.engine import Inputs, Step
from unspoof.model.arrow import schema
from unspoof.model.tables import Column, Table
from unspoof.trace.coinjoins import KEYED
from unspoof.trace.forest import Forest, grow

TAGGED = Step(
    name="tagged_holders",
    meaning="the surest tag of each address that the case's transactions hold",
    reads=("coin_holders", "tags", "setting"),
    gives=Table(
        "tagged_holders",
        "one row per tagged holder",
        (
            Column("number", "int64", "the holder's number", nullable=False),
            Column("holder", "text", "the address", nullable=False),
            Column("service", "text", "whom it is taken to be", nullable=False),
            Column("category", "text", "exchange, mixing_service ...; empty where not told"),
            Column("level", "int32", "level of the tag, 0 to 100", nullable=False),
            Column("tag_source", "text", "pack and source of the tag", nullable=False),
            Column(
                "names_service", "bool", "the tag names a service, not a person or what somebody did", nullable=False
            ),
            Column("is_of_wallet", "bool", "the tag speaks for the address's whole wallet", nullable=False),
        ),
    ),
    order_by=("holder",),
    settings=("tag_min_level", "tag_guard_level"),
    # A sanctioned person's address at an exchange is tagged as a person's and swept by the exchange: no contradiction. A
    # tag without a name (a list of addresses), or a label alone ("the brother's wallet"), names nobody who could be
    # asked. A tag that its maker means for one address, and is not sure of, would name or split the wallet of thousands
    # of others if it were taken for all of it.
    sql="""
WITH told AS (
  SELECT h.number, t.address AS holder, t.service, nullif(t.category, '') AS category, t.level,
         concat(t.pack, ': ', t.source) AS tag_source, t.is_own, t.is_cluster_definer,
         t.service <> '' AND coalesce(t.category, '') <> 'user' AND (coalesce(t.category, '') <> ''
           OR (coalesce(t.abuse, '') = '' AND coalesce(t.actor, '') <> '')) AS names_service,
         t.service <> '' AND (t.is_cluster_definer OR t.is_own
           OR t.level >= (SELECT tag_guard_level FROM setting)) AS is_of_wallet
  FROM tags AS t
  JOIN coin_holders AS h ON h.holder = t.address
  WHERE t.level >= (SELECT tag_min_level FROM setting)
)
SELECT number, holder, service, category, level, tag_source, names_service, is_of_wallet
FROM told
QUALIFY row_number() OVER (PARTITION BY holder ORDER BY names_service DESC, is_of_wallet DESC, level DESC, is_own DESC,
  is_cluster_definer DESC, service, category NULLS LAST, tag_source) = 1
""".strip(),
)

CO_SPENDS = Step(
    name="co_spends",
    meaning="inputs of the transactions that show a wallet",
    reads=("coin_moves", "coin_shapes", "coinjoins"),
    gives=Table(
        "co_spends",
        "one row per input",
        (
            Column("tx", "int64", "the transaction's place in chain order", nullable=False),
            Column("place", "int32", "index of the input", nullable=False),
            Column("holder_number", "int64", "who spends", nullable=False),
        ),
    ),
    kept=False,
    sql="""
SELECT p.tx, p.place, p.holder_number
FROM coin_moves AS p
SEMI JOIN (SELECT tx FROM coin_shapes WHERE is_shown AND key_holders >= 2) AS s ON s.tx = p.tx
ANTI JOIN coinjoins AS c ON c.tx = p.tx
WHERE NOT p.is_output AND p.is_keyed
""".strip(),
)

_UNION = (
    Column("tx", "int64", "the transaction's place in chain order", nullable=False),
    Column("txid", "text", "the transaction", nullable=False),
    Column("left_holder", "text", "a holder of its inputs", nullable=False),
    Column("right_holder", "text", "another", nullable=False),
)

Places = npt.NDArray[np.int64]


def join_co_spends(inputs: Inputs) -> pa.Table:
    """Grow the proof forest of the case; a holder's number tells where it first stands in the chain.

    Columns in and out: the tables that the step `wallet_unions` reads and gives.
    """
    spends, tagged = inputs.tables["co_spends"], inputs.tables["tagged_holders"]
    txs, places, spenders = (_whole(spends, name) for name in ("tx", "place", "holder_number"))
    order = np.lexsort((places, txs))
    txs, spenders = txs[order], spenders[order]
    numbers, holders = np.unique(spenders, return_inverse=True)
    tagged = tagged.filter(pc.and_(tagged.column("names_service"), tagged.column("is_of_wallet")))
    services = pc.unique(tagged.column("service")).sort()
    marks = np.full(len(numbers), -1, np.int64)
    at = np.searchsorted(numbers, _whole(tagged, "number"))
    here = np.isin(_whole(tagged, "number"), numbers)
    marks[at[here]] = pc.index_in(tagged.column("service"), value_set=services).to_numpy()[here]
    starts = np.flatnonzero(np.append(True, txs[1:] != txs[:-1])[: len(txs)])
    forest = grow(np.append(starts, len(txs)), holders.ravel().astype(np.int64), len(numbers), marks)
    return _unions(forest, txs[starts], numbers, services)


def _whole(table: pa.Table, name: str) -> Places:
    return np.asarray(table.column(name).to_numpy(), np.int64)


def _unions(forest: Forest, txs: Places, numbers: Places, services: pa.Array) -> pa.Table:
    """Return unions, first those made and then those refused, as rows of wallet_unions; `txs` are the groups'."""
    made, refused = len(forest.left), len(forest.refused_left)
    left_service, right_service = (services.take(pa.array(marks)) for marks in forest.refused_marks)
    wallets = numbers[forest.labels[forest.left]]
    columns = {
        "tx": txs[np.concatenate([forest.cause, forest.refused_cause])],
        "left_number": numbers[np.concatenate([forest.left, forest.refused_left])],
        "right_number": numbers[np.concatenate([forest.right, forest.refused_right])],
        "wallet_number": pa.concat_arrays([pa.array(wallets, pa.int64()), pa.nulls(refused, pa.int64())]),
        "left_service": pa.concat_arrays([pa.nulls(made, pa.string()), left_service]),
        "right_service": pa.concat_arrays([pa.nulls(made, pa.string()), right_service]),
    }
    return pa.table(columns, schema=schema(UNIONS.gives))


UNIONS = Step(
    name="wallet_unions",
    meaning="join the holders that spent together, in chain order, unless a guard keeps them apart",
    reads=("co_spends", "tagged_holders"),
    gives=Table(
        "wallet_unions",
        "one union of two wallets, made or refused",
        (
            Column("tx", "int64", "the transaction's place in chain order", nullable=False),
            Column("left_number", "int64", "number of a holder of its inputs", nullable=False),
            Column("right_number", "int64", "of another", nullable=False),
            Column("wallet_number", "int64", "of the wallet that both are in the end; empty where it was refused"),
            Column("left_service", "text", "service of the left wallet, where the union was refused"),
            Column("right_service", "text", "service of the right wallet"),
        ),
    ),
    order_by=("tx", "left_number", "right_number"),
    run=join_co_spends,
)

WALLET_ADDRESSES = Table(
    "wallet_addresses",
    "one holder and the wallet that it is in",
    (
        Column("holder", "text", "address, or script: and hex", nullable=False),
        Column("wallet", "text", "the first holder of the wallet in chain order", nullable=False),
        Column("first_tx", "int64", "the first transaction in which the holder stands", nullable=False),
        Column("number", "int64", "the holder's number, by which coin_moves names it", nullable=False),
        Column("wallet_number", "int64", "the wallet's: that of its first holder", nullable=False),
    ),
)

ADDRESSES = Step(
    name=WALLET_ADDRESSES.name,
    meaning="put every holder into its wallet",
    reads=("coin_holders", "wallet_unions"),
    gives=WALLET_ADDRESSES,
    order_by=("number",),
    sql="""
WITH joined AS (
  SELECT left_number AS number, wallet_number FROM wallet_unions WHERE wallet_number IS NOT NULL
  UNION
  SELECT right_number AS number, wallet_number FROM wallet_unions WHERE wallet_number IS NOT NULL
), placed AS (
  SELECT j.number, j.wallet_number, w.holder AS wallet
  FROM joined AS j
  JOIN coin_holders AS w ON w.number = j.wallet_number
)
SELECT h.holder, coalesce(j.wallet, h.holder) AS wallet, h.tx AS first_tx, h.number,
       coalesce(j.wallet_number, h.number) AS wallet_number
FROM coin_holders AS h
LEFT JOIN placed AS j ON j.number = h.number
""".strip(),
)

PROOF = Step(
    name="wallet_proof",
    meaning="the transaction that caused each union",
    reads=("wallet_unions", "wallet_addresses", "coin_txs"),
    gives=Table(
        "wallet_proof",
        "one union: both holders are inputs of the transaction; a wallet has one union less than holders",
        (*_UNION, Column("wallet", "text", "the wallet that both are in", nullable=False)),
    ),
    # wallet_unions is what is kept: these are its rows in words.
    kept=False,
    sql="""
SELECT u.tx, t.txid, l.holder AS left_holder, r.holder AS right_holder, l.wallet
FROM wallet_unions AS u
JOIN coin_txs AS t ON t.tx = u.tx
JOIN wallet_addresses AS l ON l.number = u.left_number
JOIN wallet_addresses AS r ON r.number = u.right_number
WHERE u.wallet_number IS NOT NULL
""".strip(),
)

CONFLICTS = Step(
    name="wallet_conflicts",
    meaning="list the unions that were not made, with the reason",
    reads=("wallet_unions", "coin_holders", "coin_txs", "coin_shapes", "linked_coin_parts", "coinjoins"),
    gives=Table(
        "wallet_conflicts",
        "one union that was not made and that a person may want to judge",
        (
            *_UNION,
            Column("left_service", "text", "service of the left wallet, where two services met"),
            Column("right_service", "text", "service of the right wallet"),
            Column("because", "text", "a sentence", nullable=False),
        ),
    ),
    order_by=("tx", "left_holder", "right_holder"),
    sql=f"""
WITH unshown AS (
  SELECT s.tx, s.txid, s.inputs, s.outputs, min(p.holder) AS left_holder, max(p.holder) AS right_holder
  FROM (SELECT * FROM coin_shapes WHERE NOT is_shown AND key_holders >= 2) AS s
  ANTI JOIN coinjoins AS c ON c.tx = s.tx
  JOIN linked_coin_parts AS p ON p.tx = s.tx
  WHERE p.side = 'input' AND {KEYED}
  GROUP BY s.tx, s.txid, s.inputs, s.outputs
)
SELECT u.tx, t.txid, l.holder AS left_holder, r.holder AS right_holder, u.left_service, u.right_service,
       concat('its inputs are of wallets tagged as ', u.left_service, ' and as ', u.right_service,
              ': nothing is joined by it until somebody says which tag is wrong') AS because
FROM wallet_unions AS u
JOIN coin_txs AS t ON t.tx = u.tx
JOIN coin_holders AS l ON l.number = u.left_number
JOIN coin_holders AS r ON r.number = u.right_number
WHERE u.wallet_number IS NULL
UNION ALL
SELECT tx, txid, left_holder, right_holder, NULL AS left_service, NULL AS right_service,
       concat('not all of it is shown (', inputs, ' inputs, ', outputs,
              ' outputs), so that nobody can say whether it is a coinjoin') AS because
FROM unshown
""".strip(),  # noqa: S608 -- constants of this package
)

STEPS = (TAGGED, CO_SPENDS, UNIONS, ADDRESSES, PROOF, CONFLICTS)

__all__ = [
    "ADDRESSES",
    "CONFLICTS",
    "CO_SPENDS",
    "PROOF",
    "STEPS",
    "TAGGED",
    "UNIONS",
    "WALLET_ADDRESSES",
    "join_co_spends",
]

"""What tracing every start of the case reads: whole numbers, and wallets only where they stop a trace; nothing is kept."""

from __future__ import annotations

from unspoof.engine import Step
from unspoof.model.tables import Column, Table
from unspoof.trace.coins import COIN_TXS
from unspoof.trace.named_addresses import STEP as NAMED
from unspoof.trace.wallets import WALLETS

_TX = Column("tx", "int64", "the transaction's place in chain order", nullable=False)
_PLACE = Column("place", "int32", "index of the input or output", nullable=False)

PARTS = Step(
    name="walked_parts",
    meaning="inputs and outputs as chain_of takes them, each holder by its number",
    reads=("coin_moves",),
    gives=Table(
        "walked_parts",
        "one row per input or output of a transaction",
        (
            _TX,
            Column("is_output", "bool", "it is an output; else an input", nullable=False),
            _PLACE,
            Column("value_sat", "int64", "its value, where anything tells it", "sat"),
            Column("is_unspendable", "bool", "it pays nobody (op_return)", nullable=False),
            Column("holder", "int64", "number of its holder"),
            Column(
                "spent_txid", "text", "of an input: the transaction that it spends, where the case has no such output"
            ),
            Column("spent_place", "int32", "of an input: the index of the output that it spends"),
            Column("spent_tx", "int64", "of an input: that transaction in chain order, where the case has the output"),
        ),
    ),
    kept=False,
    sql="""
SELECT tx, is_output, place, value_sat, is_unspendable, holder_number AS holder, beyond_txid AS spent_txid, spent_place,
       spent_tx
FROM coin_moves
""".strip(),
)

_TX_COLUMNS = ("tx", "txid", "height", "block_at", "inputs", "outputs", "is_coinbase", "is_whole", "proof")

TXS = Step(
    name="walked_txs",
    meaning="transactions as chain_of takes them",
    reads=(COIN_TXS.name,),
    gives=Table("walked_txs", "one row per transaction", tuple(c for c in COIN_TXS.columns if c.name in _TX_COLUMNS)),
    kept=False,
    sql=f"SELECT {', '.join(_TX_COLUMNS)} FROM coin_txs",  # noqa: S608 -- constants of this file
)

SERVICES = Step(
    name="walked_wallets",
    meaning="wallets that are taken for a service's: no other stops a trace",
    reads=(WALLETS.name,),
    gives=Table("walked_wallets", "one row per such wallet", WALLETS.columns),
    kept=False,
    sql="SELECT * FROM wallets WHERE is_service",
)

HOLDERS = Step(
    name="walked_holders",
    meaning="the holders of those wallets",
    reads=("wallet_addresses", WALLETS.name),
    gives=Table(
        "walked_holders",
        "one row per holder",
        (
            Column("holder", "int64", "its number", nullable=False),
            Column("wallet", "text", "its wallet", nullable=False),
        ),
    ),
    kept=False,
    sql="""
SELECT a.number AS holder, a.wallet
FROM wallet_addresses AS a
SEMI JOIN (SELECT wallet_number FROM wallets WHERE is_service) AS w ON w.wallet_number = a.wallet_number
""".strip(),
)

NAMES = Step(
    name="walked_names",
    meaning="the address behind each holder's number",
    reads=("coin_holders",),
    gives=Table(
        "walked_names",
        "one row per holder",
        (
            Column("number", "int64", "its number", nullable=False),
            Column("holder", "text", "address, or script: and hex", nullable=False),
        ),
    ),
    kept=False,
    sql="SELECT number, holder FROM coin_holders",
)

_TAGS = ("wallet", "service", "category", "level", "tag_source", "is_alone", "why")

TAGS = Step(
    name="walked_tags",
    meaning="addresses on which a tag that names a service stands",
    reads=(NAMED.name,),
    gives=Table(
        "walked_tags",
        "one row per such holder",
        (
            Column("holder", "int64", "its number", nullable=False),
            *(column for column in NAMED.gives.columns if column.name in _TAGS),
        ),
    ),
    kept=False,
    sql=f"SELECT number AS holder, {', '.join(_TAGS)} FROM named_addresses",  # noqa: S608 -- constants of this file
)

_KIND = Column("kind", "text", "as in the finding", nullable=False)

INFLOWS = Step(
    name="walked_inflows",
    meaning="what came to the shop, by transaction and place",
    reads=("shop_inflows",),
    gives=Table(
        "walked_inflows",
        "one output to the shop",
        (_TX, _PLACE, _KIND, Column("value_sat", "int64", "its value", "sat", False)),
    ),
    kept=False,
    sql="SELECT tx, place, kind, value_sat FROM shop_inflows",
)

OUTFLOWS = Step(
    name="walked_outflows",
    meaning="what left the shop, by transaction and place",
    reads=("shop_outflows",),
    gives=Table(
        "walked_outflows",
        "one output of a transaction that spends the shop's coins",
        (_TX, _PLACE, _KIND, Column("is_joint", "bool", "others' coins are spent too", nullable=False)),
    ),
    kept=False,
    sql="SELECT tx, place, kind, is_joint FROM shop_outflows",
)

PAYMENTS = Step(
    name="walked_payments",
    meaning="which account paid by which output",
    reads=("reconciliation", COIN_TXS.name),
    gives=Table(
        "walked_payments",
        "one row of the reconciliation with an account and an output",
        (
            Column("account_id", "int64", "the account", nullable=False),
            _TX,
            _PLACE,
            Column("verdict", "text", "as in the reconciliation", nullable=False),
        ),
    ),
    kept=False,
    sql="""
SELECT r.account_id, t.tx, r.place, r.verdict
FROM reconciliation AS r
JOIN coin_txs AS t ON t.txid = r.txid
WHERE r.account_id IS NOT NULL AND r.place IS NOT NULL
""".strip(),
)

STEPS = (PARTS, TXS, SERVICES, HOLDERS, TAGS, NAMES, INFLOWS, OUTFLOWS, PAYMENTS)

__all__ = ["HOLDERS", "INFLOWS", "NAMES", "OUTFLOWS", "PARTS", "PAYMENTS", "SERVICES", "STEPS", "TAGS", "TXS"]

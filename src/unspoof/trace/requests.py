"""The rows that a legal request to a service needs; it finds no service and writes no letter.

One row is one output that came from, or went to, a service that tracing reached: whom to ask (legal entity and jurisdiction by
the table of actors), about what (transaction, output, address, amount as the chain has it, height, time), and why it is
thought to be theirs (tag, level, hops). The amount is never one after taint: a service finds a payment by what its own
books show. Source of the fields: docs/requests.md.
"""

from __future__ import annotations

from unspoof.engine import Step
from unspoof.model.tables import Column, Table

REQUESTS = Step(
    name="service_requests",
    meaning="what to ask each service that money came from or went to",
    reads=("service_reaches", "actors", "setting", "this_case"),
    gives=Table(
        "service_requests",
        "one row per service, direction and output",
        (
            Column("service", "text", "id of the service, as tags name it", nullable=False),
            Column("service_name", "text", "its name", nullable=False),
            Column("legal_entity", "text", "legal entity to address; empty where no table of actors says"),
            Column("jurisdiction", "text", "ISO 3166 codes, semicolon list; empty where no table of actors says"),
            Column("direction", "text", "deposit to or withdrawal from", nullable=False),
            Column("txid", "text", "transaction", nullable=False),
            Column("place", "int64", "index of the output", nullable=False),
            Column("address", "text", "address of the output; a script where it has none"),
            Column("value_sat", "int64", "its value as the chain has it", "sat", False),
            Column("height", "int64", "height of the block"),
            Column("block_at", "timestamp", "time of the block, as its miner set it", "UTC"),
            Column("tag_level", "int64", "level of the tag by which the service is known, 0 to 100"),
            Column("tag_source", "text", "who says that it is theirs"),
            Column(
                "tag_on",
                "text",
                "where that tag stands: address, or wallet for another address of the wallet",
                "",
                False,
            ),
            Column("class", "text", "class of the weakest step of the way", nullable=False),
            Column("hops", "int64", "transactions between the case's own and this output", "", False),
            Column("start_txid", "text", "the case's own transaction that the trace starts from"),
            Column("account_ids", "text", "accounts whose payments it starts from; semicolon list"),
            Column("disputed_with", "text", "other services whose tagged wallets are inputs of that transaction"),
            Column(
                "is_dust",
                "bool",
                "so little that it marks a wallet or carries a token: set apart, not asked about",
                "",
                False,
            ),
            Column("because", "text", "a sentence", nullable=False),
            Column("case_reference", "text", "reference of the case", nullable=False),
        ),
    ),
    order_by=("service", "direction", "txid", "place"),
    settings=("request_dust_sat",),
    # One output may be reached over several paths: the shortest is asked about, of equal ones the least by its start.
    sql="""
WITH ranked AS (
  SELECT r.*,
         row_number() OVER (PARTITION BY r.service, r.direction, r.txid, r.place
                            ORDER BY r.hops, r.start_txid, r.because) AS choice
  FROM service_reaches AS r
  WHERE r.service <> ''
)
SELECT r.service, coalesce(a.label, r.service) AS service_name, a.legal_name AS legal_entity,
       a.jurisdictions AS jurisdiction, r.direction, r.txid, r.place, r.holder AS address, r.value_sat, r.height, r.block_at,
       r.tag_level, r.tag_source, r.tag_on, r.class, r.hops, r.start_txid, r.account_ids, r.disputed_with,
       r.value_sat <= (SELECT request_dust_sat FROM setting) AS is_dust, r.because, c.reference AS case_reference
FROM ranked AS r
LEFT JOIN actors AS a ON a.actor = r.service
CROSS JOIN this_case AS c
WHERE r.choice = 1
""",
)

STEPS = (REQUESTS,)

__all__ = ["REQUESTS", "STEPS"]

"""Addresses on which a tag that names a service stands itself; what follows for others of their wallets is not said here.

A tag that does not speak for its whole wallet - below the guard level, not the agency's own, not meant for the wallet by its
maker - is an attribution of the one address that it names. A trace stops at that address, as it does at a service's wallet, and
goes on from every other address of the wallet.
"""

from __future__ import annotations

from unspoof.engine import Step
from unspoof.model.tables import Column, Table

STEP = Step(
    name="named_addresses",
    meaning="addresses that a tag names as a service's, each by itself, but for the shop's own",
    reads=("tagged_holders", "wallet_addresses", "wallets"),
    gives=Table(
        "named_addresses",
        "one address on which a tag stands that names a service",
        (
            Column("number", "int64", "the holder's number", nullable=False),
            Column("holder", "text", "the address", nullable=False),
            Column("wallet", "text", "the wallet that it is in", nullable=False),
            Column("service", "text", "whom the tag takes it to be", nullable=False),
            Column("category", "text", "exchange, mixing_service ...; empty where not told"),
            Column("level", "int32", "level of the tag, 0 to 100", nullable=False),
            Column("tag_source", "text", "pack and source of the tag", nullable=False),
            Column(
                "is_alone",
                "bool",
                "nothing names its wallet: the tag speaks for this address and for no other of the wallet",
                nullable=False,
            ),
            Column("why", "text", "the tag in words", nullable=False),
        ),
    ),
    order_by=("number",),
    # Where the wallet is named, a tag of this address counts only if it is what the wallet is named by or as sure: a weaker
    # one, or one that names another, must not take the place of what was judged for the wallet.
    sql="""
WITH placed AS (
  SELECT t.number, t.holder, w.wallet, t.service, t.category, t.level, t.tag_source,
         CASE WHEN w.is_service THEN w.service END AS wallet_service, w.level AS wallet_level
  FROM tagged_holders AS t
  JOIN wallet_addresses AS a ON a.number = t.number
  JOIN wallets AS w ON w.wallet_number = a.wallet_number
  WHERE t.names_service AND NOT w.is_shops
)
SELECT number, holder, wallet, service, category, level, tag_source, wallet_service IS NULL AS is_alone,
       concat('tagged ', service, ' at level ', level, CASE WHEN wallet_service IS NULL THEN ', the address alone' ELSE '' END)
         AS why
FROM placed
WHERE wallet_service IS NULL OR (wallet_service = service AND level >= wallet_level)
""".strip(),
)

STEPS = (STEP,)

__all__ = ["STEP", "STEPS"]

"""Whose each wallet is taken to be: a service's yields a request and never a link; the shop's own is no service, however busy.

A shop of thousands of customers is as large and deals with as many others as a service. Which wallets are the shop's is
judged in shop_addresses.py, which has to know how large they are first.
"""

from __future__ import annotations

from dataclasses import replace

from unspoof.engine import Step
from unspoof.model.tables import Column, Table
from unspoof.trace.wallet_sizes import SIZES

_SAID = {
    "is_service": "it is taken for a service's and is not the shop's own: its coins are many people's",
    "why": "what speaks for a service, joined by '; '; of the shop's own wallet too, which is none; empty if nothing does",
}

WALLETS = Table(
    "wallets",
    "one wallet: holders that spent together, or one that never did",
    (
        *(replace(column, meaning=_SAID.get(column.name, column.meaning)) for column in SIZES.columns),
        Column("is_shops", "bool", "it is the shop's own, by shop_addresses", nullable=False),
    ),
)

_SHOPS = "s.wallet_number IS NOT NULL"

_AS = {
    "is_service": f"w.is_service AND NOT ({_SHOPS}) AS is_service",
    "why": f"CASE WHEN {_SHOPS} AND w.why <> '' THEN concat('the shop''s own, and no service, though it looks like one: ',"
    " w.why) ELSE w.why END AS why",
    "is_shops": f"{_SHOPS} AS is_shops",
}

STEP = Step(
    name=WALLETS.name,
    meaning="each wallet with its sums and tags, and whether it is a service's or the shop's own",
    reads=(SIZES.name, "shop_addresses"),
    gives=WALLETS,
    kept=False,
    # Findings hold sized_wallets already: the shop's own are told apart by a few hundred rows, and not written twice.
    sql=f"""
SELECT {", ".join(_AS.get(name, f"w.{name}") for name in WALLETS.names)}
FROM sized_wallets AS w
LEFT JOIN (SELECT DISTINCT wallet_number FROM shop_addresses WHERE NOT is_kept_by_service) AS s
  ON s.wallet_number = w.wallet_number
""".strip(),  # noqa: S608 -- constants of this file
)

STEPS = (STEP,)

__all__ = ["STEP", "STEPS", "WALLETS"]

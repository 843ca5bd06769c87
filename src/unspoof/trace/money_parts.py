"""What came to the shop, cut into the shares that bookings claim, each with its value in money: the parts of the income."""

from __future__ import annotations

from unspoof.engine import Step
from unspoof.model.tables import Column, Table
from unspoof.trace.wording import filled, valued

CURRENCIES = ("gbp", "usd", "eur", "home")
"""Prefixes of the value columns; home is the case's own currency."""

ENDS = ("low", "base", "high")

VALUES = tuple(
    Column(
        f"{currency}_{end}_minor",
        "int64",
        f"its value in {'the currency of the case' if currency == 'home' else currency.upper()}, {end} price",
        "minor unit",
    )
    for currency in CURRENCIES
    for end in ENDS
)


def value_columns(satoshi: str) -> str:
    """Return the SQL of every value of an amount, by the prices `v` of its block."""
    return ",\n       ".join(f"{valued(satoshi, f'v.{c}_{e}')} AS {c}_{e}_minor" for c in CURRENCIES for e in ENDS)


# Prices of one block beside each other: what each currency's least, own and greatest price was.
_BESIDE = ",\n         ".join(
    f"max(CASE WHEN p.currency = {'t.currency' if c == 'home' else repr(c.upper())} THEN p.{e}_minor END) AS {c}_{e}"
    for c in CURRENCIES
    for e in ENDS
)
PRICED = f"""
  SELECT p.block_at AS block_at,
         {_BESIDE},
         max(CASE WHEN p.currency = t.currency THEN
           concat(p.price_rule, ' of the ', CASE p.span_s WHEN 86400 THEN 'day' WHEN 3600 THEN 'hour' ELSE 'span' END, ' in ',
                  p.price_currency, ' by ', p.price_source,
                  CASE WHEN p.rate_source IS NOT NULL THEN concat(', at the rate of ', strftime(p.rate_day_at, '%Y-%m-%d'),
                       ' by ', p.rate_source) ELSE '' END) END) AS valued_by
  FROM coin_prices AS p CROSS JOIN this_case AS t
  GROUP BY p.block_at
"""  # noqa: S608  constants of this module
MIDNIGHT = """coalesce(hour(<at>) * 3600 + minute(<at>) * 60 + second(<at>) < (SELECT money_midnight_s FROM setting)
         OR hour(<at>) * 3600 + minute(<at>) * 60 + second(<at>) >= 86400 - (SELECT money_midnight_s FROM setting), FALSE)"""

MONEY_PARTS = Step(
    name="money_parts",
    meaning="every output to the shop, cut into the shares that bookings claim, with its value: the parts of the income",
    reads=("shop_inflows", "claims", "own_returns", "coin_prices", "this_case", "setting"),
    gives=Table(
        "money_parts",
        "one output to the shop, or the share of it that one booking claims",
        (
            Column("tx", "int64", "the transaction, by its place in the case's chain order", nullable=False),
            Column("txid", "text", "the transaction", nullable=False),
            Column("place", "int32", "index of the output", nullable=False),
            Column("part_id", "int64", "the row of transactions that shows it", nullable=False),
            Column("payment_id", "int64", "the booking that claims it; empty where none does"),
            Column("address", "text", "the shop's address", nullable=False),
            Column("height", "int32", "height of its block"),
            Column("block_at", "timestamp", "time that the block's miner set", "UTC"),
            Column("kind", "text", "external, internal or change", nullable=False),
            Column("share_sat", "int64", "the share", "sat", False),
            Column(
                "is_income",
                "bool",
                "from others, in a block, no unclaimed dust, and not maybe the shop's own",
                nullable=False,
            ),
            Column(
                "maybe_own",
                "bool",
                "no booking claims it, and it comes out of what the shop had paid (own_returns): it may be its own money",
                nullable=False,
            ),
            Column("near_midnight", "bool", "its day, and so its price, may be the other one", nullable=False),
            Column("valued_by", "text", "which price in the currency of the case; empty where there is none"),
            *VALUES,
        ),
    ),
    order_by=("tx", "place", "payment_id"),
    settings=("money_dust_sat", "money_midnight_s"),
    sql=filled(
        """
WITH shares AS (
  SELECT i.tx AS tx, i.txid AS txid, i.place AS place, i.part_id AS part_id, c.payment_id AS payment_id,
         i.address AS address, i.height AS height, i.block_at AS block_at, i.kind AS kind,
         coalesce(c.share_sat, i.value_sat) AS share_sat,
         i.kind = 'external' AND i.is_confirmed
           AND (c.payment_id IS NOT NULL OR (o.tx IS NULL AND i.value_sat >= (SELECT money_dust_sat FROM setting)))
           AS is_income,
         i.kind = 'external' AND i.is_confirmed AND c.payment_id IS NULL AND o.tx IS NOT NULL
           AND i.value_sat >= (SELECT money_dust_sat FROM setting) AS maybe_own
  FROM shop_inflows AS i
  LEFT JOIN claims AS c ON c.tx = i.tx AND c.place = i.place
  LEFT JOIN own_returns AS o ON o.tx = i.tx
), priced AS (<priced>)
SELECT s.*, <midnight> AS near_midnight, v.valued_by AS valued_by,
       <values>
FROM shares AS s LEFT JOIN priced AS v ON v.block_at = s.block_at
""",
        priced=PRICED,
        midnight=filled(MIDNIGHT, at="s.block_at"),
        values=value_columns("s.share_sat"),
    ),
)

STEPS = (MONEY_PARTS,)

__all__ = ["CURRENCIES", "ENDS", "MIDNIGHT", "MONEY_PARTS", "PRICED", "STEPS", "VALUES", "value_columns"]

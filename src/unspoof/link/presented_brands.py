"""Whose published numbers were shown; whether the brand itself called is no question of this step.

A call shows a brand if its presented number has a row here whose time holds at the call: at >= valid_from and
at < valid_to, empty ends being open.
"""

from __future__ import annotations

from unspoof.engine.step import Step
from unspoof.model.reference_tables import BRANDS
from unspoof.model.tables import Column, Table

PRESENTED_BRANDS = Table(
    "presented_brands",
    "one shown number that a brand publishes as its own, while it does",
    (
        Column("presented_e164", "int64", "the number shown as E.164 digits", nullable=False),
        *(BRANDS.column(name) for name in ("brand", "sector", "source", "valid_from", "valid_to")),
    ),
)

# Single numbers are nearly all of a directory and join by equality; an inequality join is left for the few ranges.
FIND_PRESENTED_BRANDS = Step(
    name=PRESENTED_BRANDS.name,
    meaning="find shown numbers in the directory of brands",
    reads=("calls", "reports", BRANDS.name),
    gives=PRESENTED_BRANDS,
    order_by=PRESENTED_BRANDS.names,
    sql="""
WITH shown AS (
  SELECT presented_e164 FROM calls WHERE presented_e164 IS NOT NULL
  UNION
  SELECT presented_stated_e164 AS presented_e164 FROM reports WHERE presented_stated_e164 IS NOT NULL
)
SELECT s.presented_e164, b.brand, b.sector, b.source, b.valid_from, b.valid_to
FROM shown AS s
JOIN brands AS b ON b.number_from = s.presented_e164 AND b.number_to = b.number_from
UNION
SELECT s.presented_e164, b.brand, b.sector, b.source, b.valid_from, b.valid_to
FROM shown AS s
JOIN (SELECT * FROM brands WHERE number_from < number_to) AS b
ON s.presented_e164 >= b.number_from AND s.presented_e164 <= b.number_to
""".strip(),
)

STEPS: tuple[Step, ...] = (FIND_PRESENTED_BRANDS,)

__all__ = ["FIND_PRESENTED_BRANDS", "PRESENTED_BRANDS", "STEPS"]

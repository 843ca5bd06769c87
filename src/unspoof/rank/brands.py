"""Order the brands whose numbers were shown or whose names victims gave; it says nothing against any brand."""

from __future__ import annotations

from unspoof.engine.step import Step
from unspoof.model.tables import Column, Table
from unspoof.rank.measures import MEASURES
from unspoof.rank.ranking import Ranking

BRANDS_RANKED = Step(
    name="brands_ranked",
    meaning="brands that were shown or claimed, ordered by how many numbers were reached in their name",
    reads=("calls_by_kind", "contacts", "reported_events", "brand_spans", "brands"),
    gives=Table(
        "brands_ranked",
        "one brand",
        (
            Column("rank", "int64", "place; by people, then calls, then losses, then the brand's name", nullable=False),
            Column("brand", "text", "the brand; 'A or B' where a number belongs to both", nullable=False),
            Column("sector", "text", "its sector, or sectors; empty where the directory lacks the brand"),
            Column("calls", "int64", "calls that showed it", "calls", False),
            Column("long_calls", "int64", "those with talk time above long_call_s", "calls", False),
            Column("people", "int64", "distinct numbers that had a long call showing it", "numbers", False),
            Column("reports", "int64", "reports of events in its name, shown or else stated", "reports", False),
            Column("loss_minor", "int64", "losses of those events", "minor unit of the case's currency", False),
        ),
    ),
    order_by=("rank",),
    settings=("long_call_s",),
    sql="""
WITH counted AS (
  SELECT brand, CAST(sum(calls) AS BIGINT) AS calls,
         CAST(sum(CASE WHEN is_long THEN calls ELSE 0 END) AS BIGINT) AS long_calls,
         0 AS people, 0 AS reports, 0 AS loss_minor
  FROM calls_by_kind WHERE brand IS NOT NULL GROUP BY brand
  UNION ALL
  SELECT brand, 0 AS calls, 0 AS long_calls, count(DISTINCT number) AS people, 0 AS reports, 0 AS loss_minor
  FROM contacts WHERE brand IS NOT NULL AND long_calls > 0 GROUP BY brand
  UNION ALL
  SELECT brand, 0 AS calls, 0 AS long_calls, 0 AS people, CAST(sum(reports) AS BIGINT) AS reports,
         CAST(sum(CASE WHEN counts THEN loss_minor ELSE 0 END) AS BIGINT) AS loss_minor
  FROM reported_events WHERE brand IS NOT NULL GROUP BY brand
), brand_sums AS (
  SELECT brand, CAST(sum(calls) AS BIGINT) AS calls, CAST(sum(long_calls) AS BIGINT) AS long_calls,
         CAST(sum(people) AS BIGINT) AS people, CAST(sum(reports) AS BIGINT) AS reports,
         CAST(sum(loss_minor) AS BIGINT) AS loss_minor
  FROM counted GROUP BY brand
), sectors AS (
  SELECT brand, string_agg(DISTINCT sector, ' or ' ORDER BY sector) AS sector
  FROM (SELECT brand, sector FROM brand_spans UNION SELECT brand, sector FROM brands) AS known
  WHERE sector IS NOT NULL
  GROUP BY brand
)
SELECT row_number() OVER (ORDER BY b.people DESC, b.calls DESC, b.loss_minor DESC, b.brand) AS rank,
       b.brand AS brand, s.sector AS sector, b.calls AS calls, b.long_calls AS long_calls, b.people AS people,
       b.reports AS reports, b.loss_minor AS loss_minor
FROM brand_sums AS b
LEFT JOIN sectors AS s ON s.brand = b.brand
""",
)

RANKING = Ranking(
    name="brands",
    meaning=BRANDS_RANKED.meaning,
    finding="brands_ranked",
    steps=(*MEASURES, BRANDS_RANKED),
    order="people, calls, loss_minor descending, then brand",
)

__all__ = ["BRANDS_RANKED", "RANKING"]

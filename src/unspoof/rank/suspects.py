"""Order the people and crews who used the service by a sum of named parts; an assessment that a person reviews.

Nobody is called a criminal here: a place in the order says how much of what was recorded, and the parts say of what.
"""

from __future__ import annotations

from unspoof.engine.step import Step
from unspoof.model.tables import Column, Table
from unspoof.rank.measures import MEASURES
from unspoof.rank.ranking import Ranking
from unspoof.rank.suspect_measures import SUSPECT_STEPS
from unspoof.rank.wording import grouped, money, worded

PARTS = ("spend", "calls", "long", "people", "reports", "losses", "recency", "home")
"""Names of the parts of a suspect's score; each has a setting suspect_points_NAME."""

_POINTS = tuple(f"suspect_points_{part}" for part in PARTS)

SUSPECT_PARTS = Step(
    name="suspect_parts",
    meaning="the parts of each suspect's score, each with the sentence that explains it",
    reads=("suspect_measures", "setting", "this_case"),
    gives=Table(
        "suspect_parts",
        "one part of one suspect's score",
        (
            Column("suspect_id", "text", "the person or crew", nullable=False),
            Column("part", "text", "spend, calls, long, people, reports, losses, recency or home", nullable=False),
            Column("points_milli", "int64", "points of the part", "thousandths of a point", False),
            Column("because", "text", "a sentence: what was counted, and what full points take", "", False),
        ),
    ),
    order_by=("suspect_id", "part"),
    settings=("long_call_s", *_POINTS),
    # x is what is measured, n what the sentence names beside it. Six parts grow with the logarithm of x up to the
    # value that one in a hundred of those who have any reaches; two are plain fractions x of n.
    sql=worded(
        """
WITH latest AS (
  SELECT max(last_at) AS last_at FROM suspect_measures
), measured AS (
  SELECT suspect_id, 'spend' AS part, spend_minor AS x, payments AS n FROM suspect_measures
  UNION ALL SELECT suspect_id, 'calls' AS part, calls AS x, answered AS n FROM suspect_measures
  UNION ALL SELECT suspect_id, 'long' AS part, long_calls AS x, long_calls AS n FROM suspect_measures
  UNION ALL SELECT suspect_id, 'people' AS part, people AS x, people AS n FROM suspect_measures
  UNION ALL SELECT suspect_id, 'reports' AS part, events AS x, reports AS n FROM suspect_measures
  UNION ALL SELECT suspect_id, 'losses' AS part, loss_minor AS x, losses AS n FROM suspect_measures
  UNION ALL SELECT m.suspect_id AS suspect_id, 'recency' AS part,
    coalesce(date_diff('day', CAST(m.last_at AS DATE), CAST(l.last_at AS DATE)), 365) AS x, 365 AS n
  FROM suspect_measures AS m CROSS JOIN latest AS l
  UNION ALL SELECT suspect_id, 'home' AS part, home_calls AS x, calls AS n FROM suspect_measures
), ordered AS (
  SELECT part, x, row_number() OVER (PARTITION BY part ORDER BY x, suspect_id) AS place,
         count(*) OVER (PARTITION BY part) AS those
  FROM measured WHERE x > 0
), scales AS (
  SELECT part, max(CASE WHEN place = (99 * those + 99) // 100 THEN x END) AS full_x FROM ordered GROUP BY part
), weights AS (
  SELECT 'spend' AS part, suspect_points_spend AS points FROM setting
  UNION ALL SELECT 'calls' AS part, suspect_points_calls AS points FROM setting
  UNION ALL SELECT 'long' AS part, suspect_points_long AS points FROM setting
  UNION ALL SELECT 'people' AS part, suspect_points_people AS points FROM setting
  UNION ALL SELECT 'reports' AS part, suspect_points_reports AS points FROM setting
  UNION ALL SELECT 'losses' AS part, suspect_points_losses AS points FROM setting
  UNION ALL SELECT 'recency' AS part, suspect_points_recency AS points FROM setting
  UNION ALL SELECT 'home' AS part, suspect_points_home AS points FROM setting
), weighed AS (
  SELECT m.suspect_id AS suspect_id, m.part AS part, m.x AS x, m.n AS n, s.full_x AS full_x,
         CASE WHEN m.part = 'recency' THEN
                CASE WHEN m.x >= 365 THEN 0 ELSE (w.points * 1000 * (365 - m.x)) // 365 END
              WHEN m.part = 'home' THEN CASE WHEN m.n = 0 THEN 0 ELSE (w.points * 1000 * m.x) // nullif(m.n, 0) END
              WHEN m.x = 0 THEN 0
              WHEN m.x >= s.full_x THEN w.points * 1000
              ELSE CAST(round(w.points * 1000 * ln(1 + m.x) / ln(1 + s.full_x)) AS BIGINT) END AS points_milli
  FROM measured AS m
  JOIN weights AS w ON w.part = m.part
  LEFT JOIN scales AS s ON s.part = m.part
), said AS (
  SELECT w.suspect_id AS suspect_id, w.part AS part, w.points_milli AS points_milli, w.x AS x, w.n AS n,
         m.other_payments AS other_payments, m.other_currencies AS other_currencies, m.last_at AS last_at,
         t.currency AS currency, t.home AS home,
         CASE WHEN w.part IN ('spend', 'losses') THEN <money_x> ELSE <grouped_x> END AS x_said,
         <grouped_n> AS n_said,
         CASE WHEN w.x = 0 THEN '' WHEN w.part IN ('spend', 'losses') THEN '; full points from ' || <money_full>
              ELSE '; full points from ' || <grouped_full> END AS full_said
  FROM weighed AS w
  JOIN suspect_measures AS m ON m.suspect_id = w.suspect_id
  CROSS JOIN this_case AS t
)
SELECT suspect_id, part, points_milli,
       CASE part
         WHEN 'spend' THEN
           CASE WHEN n = 0 THEN 'no completed payment in ' || currency
                ELSE 'spent ' || x_said || ' in ' || n_said
                     || CASE WHEN n = 1 THEN ' completed payment' ELSE ' completed payments' END || full_said END
           || CASE WHEN other_payments = 0 THEN ''
                   ELSE '; not summed: ' || CAST(other_payments AS VARCHAR) || ' in ' || other_currencies END
         WHEN 'calls' THEN
           CASE WHEN x = 0 THEN 'made no calls'
                ELSE 'made ' || x_said || CASE WHEN x = 1 THEN ' call' ELSE ' calls' END || ', ' || n_said
                     || ' answered' || full_said END
         WHEN 'long' THEN
           CASE WHEN x = 0 THEN 'made no call longer than '
                ELSE 'made ' || x_said || CASE WHEN x = 1 THEN ' call' ELSE ' calls' END || ' longer than ' END
           || CAST((SELECT long_call_s FROM setting) AS VARCHAR) || ' s' || full_said
         WHEN 'people' THEN
           CASE WHEN x = 0 THEN 'reached no number by a long call'
                ELSE 'reached ' || x_said || CASE WHEN x = 1 THEN ' number' ELSE ' different numbers' END
                     || ' by long calls' || full_said END
         WHEN 'reports' THEN
           CASE WHEN x = 0 THEN 'no report is linked to its calls'
                ELSE n_said || CASE WHEN n = 1 THEN ' report' ELSE ' reports' END || ' of ' || x_said
                     || CASE WHEN x = 1 THEN ' event' ELSE ' events' END || ' linked to its calls' || full_said END
         WHEN 'losses' THEN
           CASE WHEN n = 0 THEN 'no loss in ' || currency || ' is linked to its calls'
                ELSE 'losses of ' || x_said || ' stated in ' || n_said
                     || CASE WHEN n = 1 THEN ' linked event' ELSE ' linked events' END || full_said END
         WHEN 'recency' THEN
           CASE WHEN last_at IS NULL THEN 'no time is known of its acts'
                ELSE 'last active on ' || strftime(last_at, '%Y-%m-%d') || ', ' || x_said
                     || CASE WHEN x = 1 THEN ' day' ELSE ' days' END || ' before the last act in the case'
                     || '; full points on that day, none from 365 days' END
         ELSE
           CASE WHEN n = 0 THEN 'made no calls, so none to ' || home
                ELSE x_said || ' of ' || n_said || CASE WHEN n = 1 THEN ' call' ELSE ' calls' END
                     || ' went to ' || home || '; points by that share' END
       END AS because
FROM said
""",
        money_x=money("w.x", "t.currency"),
        grouped_x=grouped("w.x"),
        grouped_n=grouped("w.n"),
        money_full=money("s_full", "t.currency").replace("s_full", "w.full_x"),
        grouped_full=grouped("w.full_x"),
    ),
)

SUSPECTS = Step(
    name="suspects",
    meaning="people and crews who used the service, ordered by the sum of their parts; an assessment, not a finding",
    reads=("suspect_measures", "suspect_parts", "setting"),
    gives=Table(
        "suspects",
        "one person or crew",
        (
            Column("rank", "int64", "place, 1 = highest score; equal scores by suspect_id", nullable=False),
            Column("suspect_id", "text", "the person or crew", nullable=False),
            Column("selected", "bool", "meets the case's selection rule", nullable=False),
            Column("score_milli", "int64", "sum of the parts", "thousandths of a point", False),
            Column("accounts", "int64", "accounts held", "accounts", False),
            Column("country", "text", "home if any account is of the home country, else all its countries"),
            Column(
                "spend_minor", "int64", "completed payments in the case's currency", "minor unit of currency", False
            ),
            Column("currency", "text", "the case's", nullable=False),
            Column("calls", "int64", "calls, answered or not", "calls", False),
            Column("long_calls", "int64", "calls with talk time above long_call_s", "calls", False),
            Column("people", "int64", "distinct numbers reached by its long calls", "numbers", False),
            Column("reports", "int64", "reports linked to its calls", "reports", False),
            Column("loss_minor", "int64", "losses of the events they tell of", "minor unit of currency", False),
            Column("first_at", "timestamp", "first call or payment", "UTC"),
            Column("last_at", "timestamp", "last call or payment", "UTC"),
            Column("home_calls", "int64", "calls to the home country", "calls", False),
        ),
    ),
    order_by=("rank",),
    settings=(
        "long_call_s",
        "suspect_min_spend_minor",
        "suspect_min_calls",
        "suspect_home_only",
        *_POINTS,
    ),
    sql="""
WITH scores AS (
  SELECT suspect_id, CAST(sum(points_milli) AS BIGINT) AS score_milli FROM suspect_parts GROUP BY suspect_id
)
SELECT row_number() OVER (ORDER BY s.score_milli DESC, m.suspect_id) AS rank, m.suspect_id AS suspect_id,
       m.spend_minor >= g.suspect_min_spend_minor AND m.calls >= g.suspect_min_calls
         AND (m.is_home OR NOT g.suspect_home_only) AS selected,
       s.score_milli AS score_milli, m.accounts AS accounts, m.country AS country, m.spend_minor AS spend_minor,
       m.currency AS currency, m.calls AS calls, m.long_calls AS long_calls, m.people AS people,
       m.reports AS reports, m.loss_minor AS loss_minor, m.first_at AS first_at, m.last_at AS last_at,
       m.home_calls AS home_calls
FROM suspect_measures AS m
JOIN scores AS s ON s.suspect_id = m.suspect_id
CROSS JOIN setting AS g
""",
)

RANKING = Ranking(
    name="suspects",
    meaning=SUSPECTS.meaning,
    finding="suspects",
    steps=(*MEASURES, *SUSPECT_STEPS, SUSPECT_PARTS, SUSPECTS),
    order="score_milli descending, then suspect_id",
    parts="suspect_parts",
)

__all__ = ["PARTS", "RANKING", "SUSPECTS", "SUSPECT_PARTS"]

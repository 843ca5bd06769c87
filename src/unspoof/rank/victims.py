"""Order the numbers that were held on the line, as those to warn first; it warns nobody and infers no vulnerability."""

from __future__ import annotations

from unspoof.engine.step import Step
from unspoof.model.lists import joined_sql
from unspoof.model.tables import Column, Table
from unspoof.rank.ranking import Ranking
from unspoof.rank.suspects import RANKING as SUSPECT_RANKING
from unspoof.rank.wording import points, worded

PARTS = ("long", "longest", "brand", "suspect", "report", "home")
"""Names of the parts of a victim's score; each has a setting victim_points_NAME."""

_NAMED = 20
"""Suspects named for one number at most."""

_POINTS = tuple(f"victim_points_{part}" for part in PARTS)

# Text joined over a group in order is held in memory whole, some 80 bytes a call; rows that look ahead are spilled.
_NEXT = ", ".join(f"lead(suspect_id, {ahead}) OVER (PARTITION BY number ORDER BY place)" for ahead in range(1, _NAMED))

# A ';' within a name has a backslash before it and stays; while the others are replaced a control character stands for it.
_WITHIN = "concat(chr(92), ';')"
_SAID = f"replace(replace(replace(brands, {_WITHIN}, chr(31)), ';', ', '), chr(31), {_WITHIN})"

VICTIMS = Step(
    name="victims",
    meaning="numbers that had a long call, ordered by how much speaks for warning their holder",
    reads=("contacts", "suspect_accounts", "suspects", "linked_calls", "setting", "this_case"),
    gives=Table(
        "victims",
        "one called number with at least one long call",
        (
            Column("rank", "int64", "place, 1 = highest score", nullable=False),
            Column("number", "int64", "the number called", nullable=False),
            Column("country", "text", "ISO 3166 code of the number"),
            Column("calls", "int64", "calls to it, answered or not", "calls", False),
            Column("long_calls", "int64", "those with talk time above long_call_s", "calls", False),
            Column("longest_s", "int64", "the longest talk time", "s", False),
            Column("first_at", "timestamp", "first call to it", "UTC"),
            Column("last_at", "timestamp", "last call to it", "UTC"),
            Column("brands", "text", "brands shown in its long calls, ';' between them (see model/lists.py)"),
            Column("suspect_ids", "text", "who called it, selected ones first, at most 20, ';' between them"),
            Column("reported", "bool", "a report is linked to a call to it", nullable=False),
            Column(
                "reasons",
                "text",
                "each part of the score with its points; a list as in model/lists.py",
                "",
                False,
            ),
            Column("score_milli", "int64", "sum of the parts", "thousandths of a point", False),
        ),
    ),
    order_by=("rank",),
    settings=(
        "long_call_s",
        "suspect_min_spend_minor",
        "suspect_min_calls",
        "suspect_home_only",
        *_POINTS,
        *(name for name in SUSPECT_RANKING.steps[-1].settings if name.startswith("suspect_points_")),
    ),
    sql=worded(
        """
WITH numbers AS (
  SELECT number, max(country) AS country, CAST(sum(calls) AS BIGINT) AS calls,
         CAST(sum(long_calls) AS BIGINT) AS long_calls, max(longest_s) AS longest_s,
         min(first_at) AS first_at, max(last_at) AS last_at
  FROM contacts GROUP BY number
), listed AS (
  SELECT DISTINCT number, <item> AS brand FROM contacts WHERE long_calls > 0 AND brand IS NOT NULL
), shown AS (
  SELECT number, string_agg(brand, ';' ORDER BY brand) AS brands FROM listed GROUP BY number
), callers AS (
  SELECT DISTINCT c.number AS number, s.suspect_id AS suspect_id, s.selected AS selected
  FROM contacts AS c
  JOIN suspect_accounts AS a ON a.account_id = c.account_id
  JOIN suspects AS s ON s.suspect_id = a.suspect_id
), placed AS (
  SELECT number, suspect_id, selected,
         row_number() OVER (PARTITION BY number ORDER BY selected DESC, suspect_id) AS place
  FROM callers
), named AS (
  SELECT number, callers, selected_callers, suspect_ids
  FROM (
    SELECT number, place, count(*) OVER (PARTITION BY number) AS callers,
           CAST(sum(CASE WHEN selected THEN 1 ELSE 0 END) OVER (PARTITION BY number) AS BIGINT) AS selected_callers,
           concat_ws(';', suspect_id, <next>) AS suspect_ids
    FROM placed
  ) AS z
  WHERE place = 1
), told AS (
  SELECT number, count(*) AS reports FROM linked_calls WHERE number IS NOT NULL GROUP BY number
), facts AS (
  SELECT n.number AS number, n.country AS country, n.calls AS calls, n.long_calls AS long_calls,
         n.longest_s AS longest_s, n.first_at AS first_at, n.last_at AS last_at, b.brands AS brands,
         s.suspect_ids AS suspect_ids, coalesce(s.callers, 0) AS callers,
         coalesce(s.selected_callers, 0) AS selected_callers, coalesce(r.reports, 0) AS reports,
         coalesce(n.country = (SELECT home FROM this_case), FALSE) AS is_home
  FROM numbers AS n
  LEFT JOIN shown AS b ON b.number = n.number
  LEFT JOIN named AS s ON s.number = n.number
  LEFT JOIN told AS r ON r.number = n.number
), weighed AS (
  SELECT f.*,
         (g.victim_points_long * 1000 * CASE WHEN f.long_calls > 5 THEN 5 ELSE f.long_calls END) // 5 AS p_long,
         (g.victim_points_longest * 1000 * CASE WHEN f.longest_s > 1800 THEN 1800 ELSE f.longest_s END) // 1800
           AS p_longest,
         CASE WHEN f.brands IS NULL THEN 0 ELSE g.victim_points_brand * 1000 END AS p_brand,
         CASE WHEN f.selected_callers = 0 THEN 0 ELSE g.victim_points_suspect * 1000 END AS p_suspect,
         CASE WHEN f.reports = 0 THEN 0 ELSE g.victim_points_report * 1000 END AS p_report,
         CASE WHEN f.is_home THEN g.victim_points_home * 1000 ELSE 0 END AS p_home
  FROM facts AS f CROSS JOIN setting AS g
), scored AS (
  SELECT *, p_long + p_longest + p_brand + p_suspect + p_report + p_home AS score_milli FROM weighed
)
SELECT row_number() OVER (ORDER BY score_milli DESC, long_calls DESC, longest_s DESC, number) AS rank,
       number, country, calls, long_calls, longest_s, first_at, last_at, brands, suspect_ids,
       reports > 0 AS reported,
       concat_ws('; ',
         CAST(long_calls AS VARCHAR) || CASE WHEN long_calls = 1 THEN ' long call' ELSE ' long calls' END
           || <long>,
         'longest ' || CAST(longest_s AS VARCHAR) || ' s' || <longest>,
         CASE WHEN brands IS NOT NULL THEN 'shown as ' || <said> || <brand> END,
         CASE WHEN selected_callers > 0 THEN 'called by ' || CAST(selected_callers AS VARCHAR) || ' selected of '
           || CAST(callers AS VARCHAR) || CASE WHEN callers = 1 THEN ' suspect' ELSE ' suspects' END || <suspect> END,
         CASE WHEN selected_callers = 0 AND callers > 20 THEN 'called by ' || CAST(callers AS VARCHAR)
           || ' suspects, none selected (+0.000)' END,
         CASE WHEN reports > 0 THEN CAST(reports AS VARCHAR)
           || CASE WHEN reports = 1 THEN ' linked report' ELSE ' linked reports' END || <report> END,
         CASE WHEN is_home THEN 'number of the home country' || <home> END) AS reasons,
       score_milli
FROM scored
""",
        item=joined_sql("brand"),
        next=_NEXT,
        said=_SAID,
        **{part: points(f"p_{part}") for part in PARTS},
    ),
)

RANKING = Ranking(
    name="victims",
    meaning=VICTIMS.meaning,
    finding="victims",
    steps=(*SUSPECT_RANKING.steps, VICTIMS),
    order="score_milli descending, then long_calls, longest_s descending, then number",
)

__all__ = ["PARTS", "RANKING", "VICTIMS"]

"""How far each call agrees with a report, part by part, as grades; report_weights.py says what each is worth."""

from __future__ import annotations

from unspoof.engine import Step
from unspoof.link.report_numbers import NEAR
from unspoof.model.tables import Column, Table

SHOWN = Step(
    name="report_shown_counts",
    meaning="how often each number that a victim remembers was shown in all calls",
    reads=("calls_once", "reports_once"),
    gives=Table(
        "report_shown_counts",
        "one row per remembered number",
        (
            Column("presented_e164", "int64", "the number", nullable=False),
            Column("calls", "int64", "calls that showed it", nullable=False),
        ),
    ),
    kept=False,
    sql="""
SELECT c.presented_e164, count(*) AS calls
FROM calls_once AS c
SEMI JOIN (SELECT DISTINCT presented_stated_e164 AS e164 FROM reports_once) AS r ON c.presented_e164 = r.e164
GROUP BY c.presented_e164
""",
)

GRADED = Step(
    name="report_call_grades",
    meaning="how far each call that may be the one agrees with the report, part by part",
    reads=("report_near_calls", "reports_once", "presented_brands", "report_shown_counts", "setting"),
    gives=Table(
        "report_call_grades",
        "one row per report and call that may be the one",
        (
            *NEAR.gives.columns,
            Column("number", "text", "grade of the called number", nullable=False),
            Column("time_grade", "text", "grade of the time", nullable=False),
            Column("presented", "text", "grade of the number shown", nullable=False),
            Column("brand", "text", "grade of the brand", nullable=False),
            Column("length_part", "text", "length-loss if money was lost, else length", nullable=False),
            Column("length", "text", "grade of the talk time", nullable=False),
            Column("length_told", "text", "grade of the talk time against the victim's", nullable=False),
            Column("shown_calls", "int64", "calls that showed the remembered number"),
            Column("set_aside", "bool", "not answered, money was lost, and an answered one is there", nullable=False),
        ),
    ),
    settings=("long_call_s",),
    kept=False,
    sql="""
WITH branded AS (
  SELECT n.report_id, n.call_id,
         max(CASE WHEN contains(lower(b.brand), lower(trim(r.brand_stated)))
                    OR contains(lower(trim(r.brand_stated)), lower(b.brand)) THEN 1 ELSE 0 END) AS is_same
  FROM report_near_calls AS n
  JOIN reports_once AS r ON r.report_id = n.report_id
  JOIN presented_brands AS b ON b.presented_e164 = n.presented_e164
   AND (b.valid_from IS NULL OR n.call_at >= b.valid_from) AND (b.valid_to IS NULL OR n.call_at < b.valid_to)
  WHERE length(trim(r.brand_stated)) >= 3 AND length(b.brand) >= 3
  GROUP BY n.report_id, n.call_id
), told AS (
  SELECT n.*,
         r.presented_stated_e164 AS remembered,
         coalesce(lower(trim(r.presented_stated_raw)), '') AS remembered_text,
         coalesce(r.presented_stated_kind, '') AS remembered_kind,
         coalesce(r.loss_gross_minor, 0) > 0 AS is_loss,
         r.duration_stated_s,
         b.is_same,
         s.calls AS shown_calls,
         CASE WHEN coalesce(n.duration_s, 0) > (SELECT long_call_s FROM setting) THEN 'long'
              WHEN coalesce(n.duration_s, 0) > 0 THEN 'short'
              WHEN n.duration_s IS NULL AND n.outcome IN ('answered', 'unknown') THEN 'unknown'
              ELSE 'unanswered' END AS length
  FROM report_near_calls AS n
  JOIN reports_once AS r ON r.report_id = n.report_id
  LEFT JOIN branded AS b ON b.report_id = n.report_id AND b.call_id = n.call_id
  LEFT JOIN report_shown_counts AS s ON s.presented_e164 = r.presented_stated_e164
), compared AS (
  SELECT *,
         CASE WHEN remembered IS NULL AND remembered_kind = 'withheld'
              THEN CASE WHEN coalesce(presented_kind, '') = 'withheld' THEN 'equal' ELSE 'differs' END
              WHEN remembered IS NULL
              THEN CASE WHEN remembered_text <> '' AND remembered_text = lower(trim(presented_raw)) THEN 'equal'
                        ELSE 'unstated' END
              WHEN presented_e164 IS NULL THEN 'differs'
              WHEN remembered = presented_e164 THEN 'equal'
              WHEN levenshtein(CAST(remembered AS VARCHAR), CAST(presented_e164 AS VARCHAR)) <= 2 THEN 'near'
              WHEN remembered % 1000000 = presented_e164 % 1000000 THEN 'tail'
              ELSE 'differs' END AS presented
  FROM told
)
SELECT report_id, call_id, account_id, called, call_at, duration_s, outcome, presented_e164, presented_raw,
       presented_kind, slip, is_whole, chance_calls, off_s, is_after, time_stated, length_s,
       CASE slip WHEN 0 THEN 'exact' WHEN 1 THEN 'swap' WHEN 2 THEN 'digit' WHEN 3 THEN 'missing' WHEN 4 THEN 'extra'
                 ELSE 'head' END AS number,
       CASE WHEN time_stated = 'unstated' OR (time_stated = 'span' AND off_s = 0) THEN 'inside'
            WHEN time_stated = 'moment' AND off_s <= 900 THEN 'quarter'
            WHEN time_stated = 'moment' AND off_s <= 3600 THEN 'hour'
            WHEN time_stated = 'moment' AND off_s <= 10800 THEN 'hours'
            WHEN time_stated = 'moment' AND off_s <= 43200 THEN 'half-day'
            WHEN time_stated = 'moment' AND off_s <= 129600 OR off_s <= 86400 THEN 'day'
            WHEN off_s <= 259200 THEN 'days'
            ELSE 'beyond' END AS time_grade,
       presented,
       CASE WHEN presented NOT IN ('unstated', 'differs') OR is_same IS NULL THEN 'unknown'
            WHEN is_same = 1 THEN 'same' ELSE 'other' END AS brand,
       CASE WHEN is_loss THEN 'length-loss' ELSE 'length' END AS length_part,
       length,
       CASE WHEN duration_stated_s IS NULL OR length = 'unknown' THEN 'unstated'
            WHEN duration_s BETWEEN duration_stated_s // 2 - 60 AND duration_stated_s * 2 + 60 THEN 'close'
            ELSE 'off' END AS length_told,
       shown_calls,
       is_loss AND length = 'unanswered'
         AND max(CASE WHEN length IN ('long', 'short') THEN 1 ELSE 0 END) OVER (PARTITION BY report_id, called) = 1
         AS set_aside
FROM compared
""",
)

STEPS = (SHOWN, GRADED)

__all__ = ["GRADED", "SHOWN", "STEPS"]

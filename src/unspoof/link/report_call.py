"""Ties each report to the one call it tells of, with a probability and its reasons; it decides nothing for a person.

Every call to a number that the victim may have meant, near the stated time, is weighed against the others and against
the chance that none of them is meant. Method, weights, error rates and limits: docs/links.md.
"""

from __future__ import annotations

from unspoof.engine import Step
from unspoof.link import report_numbers, report_weights
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
            *report_numbers.NEAR.gives.columns,
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
SELECT report_id, call_id, account_id, called, call_at, duration_s, outcome, presented_e164, presented_raw, presented_kind,
       slip, is_whole, chance_calls, off_s, is_after, time_stated, length_s,
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

_PARTS = (
    Column("number_milli", "int64", "weight of the number", "thousandths of nats", False),
    Column("time_milli", "int64", "logarithm of the density of such a time error", "thousandths of nats", False),
    Column(
        "chance_milli", "int64", "minus the logarithm of such calls an hour by chance", "thousandths of nats", False
    ),
    Column("presented_milli", "int64", "weight of the number shown", "thousandths of nats", False),
    Column("brand_milli", "int64", "weight of the brand", "thousandths of nats", False),
    Column("length_milli", "int64", "weight of the talk time", "thousandths of nats", False),
    Column("told_milli", "int64", "weight of the talk time against the victim's", "thousandths of nats", False),
)

CANDIDATES = Step(
    name="report_call_candidates",
    meaning="every call that may be the one a report tells of, with the weight of each part and its probability",
    reads=("report_call_grades", "report_call_weights", "report_call_background", "setting"),
    gives=Table(
        "report_call_candidates",
        "one row per report and call that may be the one",
        (
            Column("report_id", "int64", "the report", nullable=False),
            Column("call_id", "int64", "the call", nullable=False),
            Column("account_id", "int64", "the account that made it"),
            Column("number", "text", "grade of the called number", nullable=False),
            Column("is_whole", "bool", "both numbers are known with their country code", nullable=False),
            Column("off_s", "int64", "time between the call and the stated interval", "s", False),
            Column("is_after", "bool", "the call began after the stated interval", nullable=False),
            Column("time_stated", "text", "moment, span or unstated", nullable=False),
            Column("length_s", "int64", "length of the interval sought", "s", False),
            Column("presented", "text", "grade of the number shown", nullable=False),
            Column("brand", "text", "grade of the brand", nullable=False),
            Column("length_part", "text", "length-loss if money was lost, else length", nullable=False),
            Column("length", "text", "grade of the talk time", nullable=False),
            Column("length_told", "text", "grade of the talk time against the victim's", nullable=False),
            Column("duration_s", "int64", "talk time", "s"),
            Column("chance_calls", "int64", "calls at any time to numbers of the same grade", nullable=False),
            *_PARTS,
            Column("set_aside", "bool", "not answered, money was lost, and an answered one is there", nullable=False),
            Column("score_ppm", "int64", "probability that this call is the one", "millionths", False),
            Column("sitting", "int64", "number of the sitting: calls of one account within an hour", nullable=False),
            Column("sitting_ppm", "int64", "probability that the call is one of the sitting", "millionths", False),
            Column("sitting_calls", "int64", "calls of the sitting", nullable=False),
        ),
    ),
    order_by=("report_id", "call_id"),
    settings=("link_prior_ppm",),
    sql="""
WITH parts AS (
  SELECT g.*,
         CAST(round(1000 * ln(n.m_ppm / 1000000)) AS BIGINT) AS number_milli,
         CAST(round(1000 * (ln(t.m_ppm / 1000000) + ln(3600 / coalesce(t.width_s, greatest(g.length_s, 1)))
              - CASE WHEN g.time_stated = 'moment' THEN ln((7200 + g.length_s) / 7200) ELSE 0 END)) AS BIGINT)
           AS time_milli,
         CAST(round(-1000 * ln((40 * g.chance_calls - CASE g.number WHEN 'exact' THEN 36 ELSE 20 END) * 360 / b.period_s)) AS BIGINT) AS chance_milli,
         CAST(round(1000 * ln(p.m_ppm / coalesce(p.u_ppm, greatest(1000,
              coalesce(g.shown_calls * 1000000 // b.calls, 50000))))) AS BIGINT) AS presented_milli,
         CAST(round(1000 * ln(d.m_ppm / d.u_ppm)) AS BIGINT) AS brand_milli,
         CAST(round(1000 * ln(l.m_ppm / coalesce(l.u_ppm, greatest(1000, 1000000
              * CASE g.length WHEN 'long' THEN b.long_calls WHEN 'short' THEN b.short_calls ELSE b.unanswered_calls END
              // b.calls)))) AS BIGINT) AS length_milli,
         CAST(round(1000 * ln(s.m_ppm / s.u_ppm)) AS BIGINT) AS told_milli
  FROM report_call_grades AS g
  CROSS JOIN report_call_background AS b
  JOIN report_call_weights AS n ON n.part = 'number' AND n.grade = g.number
  JOIN report_call_weights AS t ON t.part = g.time_stated AND t.grade = g.time_grade
  JOIN report_call_weights AS p ON p.part = 'presented' AND p.grade = g.presented
  JOIN report_call_weights AS d ON d.part = 'brand' AND d.grade = g.brand
  JOIN report_call_weights AS l ON l.part = g.length_part AND l.grade = g.length
  JOIN report_call_weights AS s ON s.part = 'stated' AND s.grade = g.length_told
), summed AS (
  SELECT *,
         number_milli + time_milli + chance_milli + presented_milli + brand_milli + length_milli + told_milli AS total,
         CAST(round(1000 * ln((1000000 - (SELECT link_prior_ppm FROM setting))
              / (SELECT link_prior_ppm FROM setting))) AS BIGINT) AS none_milli
  FROM parts
), topped AS (
  SELECT *, greatest(none_milli, max(CASE WHEN set_aside THEN none_milli ELSE total END) OVER (PARTITION BY report_id)) AS top
  FROM summed
), shared AS (
  SELECT *,
         CASE WHEN set_aside THEN 0
              ELSE CAST(round(1000000000 * exp(least(0, total - top) / 1000)) AS BIGINT) END AS share,
         CAST(round(1000000000 * exp((none_milli - top) / 1000)) AS BIGINT) AS none_share
  FROM topped
), scored AS (
  SELECT *,
         least(999999, share * 1000000 // (none_share + CAST(sum(share) OVER (PARTITION BY report_id) AS BIGINT)))
           AS score_ppm,
         CASE WHEN account_id IS NOT NULL AND date_diff('microsecond',
                lag(call_at) OVER (PARTITION BY report_id, account_id, called ORDER BY call_at, call_id),
                call_at) <= 3600000000
              THEN 0 ELSE 1 END AS is_new
  FROM shared
), seated AS (
  SELECT *, CAST(sum(is_new) OVER (PARTITION BY report_id ORDER BY account_id, called, call_at, call_id
              ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS BIGINT) AS sitting
  FROM scored
)
SELECT report_id, call_id, account_id, number, is_whole, off_s, is_after, time_stated, length_s, presented, brand, length_part,
       length, length_told, duration_s, chance_calls, number_milli, time_milli, chance_milli, presented_milli,
       brand_milli, length_milli, told_milli, set_aside, score_ppm, sitting,
       least(999999, CAST(sum(score_ppm) OVER (PARTITION BY report_id, sitting) AS BIGINT)) AS sitting_ppm,
       count(*) OVER (PARTITION BY report_id, sitting) AS sitting_calls
FROM seated
""",
)

LINKED = Step(
    name="report_call_links",
    meaning="the one call that a report tells of, where one is likely enough",
    reads=("report_call_candidates", "report_call_weights", "report_call_background", "setting"),
    gives=Table(
        "report_call_links",
        "at most one row per report",
        (
            Column("report_id", "int64", "the report", nullable=False),
            Column("call_id", "int64", "the call", nullable=False),
            Column("account_id", "int64", "the account that made it"),
            Column("score_ppm", "int64", "probability that it is this call or a redial beside it", "millionths", False),
            Column("edits", "int64", "slips between the victim's number and the called one: 0 or 1", nullable=False),
            Column("off_s", "int64", "time between the call and the stated interval; 0 inside it", "s", False),
            Column("rivals", "int64", "calls that came into question, this one among them", nullable=False),
            Column("reasons", "text", "sentences joined by '; '", nullable=False),
        ),
    ),
    order_by=("report_id",),
    settings=("link_min_score_ppm", "link_unstated_s"),
    sql="""
WITH ranked AS (
  SELECT *,
         count(*) OVER (PARTITION BY report_id) AS rivals,
         row_number() OVER (PARTITION BY report_id
           ORDER BY sitting_ppm DESC, score_ppm DESC, coalesce(duration_s, -1) DESC, off_s, call_id) AS place
  FROM report_call_candidates
  WHERE NOT set_aside
), best AS (
  SELECT * FROM ranked WHERE place = 1 AND sitting_ppm >= (SELECT link_min_score_ppm FROM setting)
), counted AS (
  SELECT report_id, count(*) AS rivals FROM report_call_candidates GROUP BY report_id
)
SELECT c.report_id, c.call_id, c.account_id, c.sitting_ppm AS score_ppm,
       CASE WHEN c.number = 'exact' THEN 0 ELSE 1 END AS edits,
       c.off_s, r.rivals,
       concat_ws('; ',
         concat(n.says, CASE WHEN c.is_whole THEN '' ELSE ', by the last nine digits: one lacks its country code' END),
         CASE WHEN c.time_stated = 'unstated' THEN concat('no time stated; sought over ', c.length_s // 86400, ' days')
              WHEN c.off_s = 0 AND c.time_stated = 'span'
              THEN concat('within the ', (c.length_s + 3599) // 3600, ' hours stated')
              WHEN c.off_s < 60 THEN 'at the time stated'
              ELSE concat(CASE WHEN c.off_s < 7200 THEN concat(c.off_s // 60, ' minutes')
                               ELSE concat(c.off_s // 3600, ' hours') END,
                          CASE WHEN c.is_after THEN ' after' ELSE ' before' END, ' the time stated') END,
         concat('such numbers were called ', c.chance_calls, CASE c.chance_calls WHEN 1 THEN ' time' ELSE ' times' END,
                ' in ', b.period_s // 86400, ' days'),
         nullif(p.says, ''),
         nullif(d.says, ''),
         CASE WHEN l.says <> '' THEN concat(l.says, ': ', coalesce(c.duration_s, 0), ' seconds') END,
         nullif(s.says, ''),
         CASE WHEN c.sitting_calls > 1
              THEN concat(c.sitting_calls, ' calls of this account to this number within the hour count together; ',
                          'this one alone: ', c.score_ppm // 10000, ' per cent') END,
         CASE r.rivals WHEN 1 THEN 'no other call comes into question'
                       ELSE concat(r.rivals, ' calls come into question') END) AS reasons
FROM best AS c
JOIN counted AS r ON r.report_id = c.report_id
CROSS JOIN report_call_background AS b
JOIN report_call_weights AS n ON n.part = 'number' AND n.grade = c.number
JOIN report_call_weights AS p ON p.part = 'presented' AND p.grade = c.presented
JOIN report_call_weights AS d ON d.part = 'brand' AND d.grade = c.brand
JOIN report_call_weights AS l ON l.part = c.length_part AND l.grade = c.length
JOIN report_call_weights AS s ON s.part = 'stated' AND s.grade = c.length_told
""",
)

STEPS = (report_weights.STEP, *report_numbers.STEPS, SHOWN, GRADED, CANDIDATES, LINKED)

__all__ = ["CANDIDATES", "GRADED", "LINKED", "SHOWN", "STEPS"]

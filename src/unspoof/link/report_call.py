"""Ties each report to the one call it tells of, with a probability and its reasons; it decides nothing for a person.

Every call to a number that the victim may have meant, near the stated time, is weighed against the others and against
the chance that none of them is meant. Method, weights, error rates and limits: docs/links.md.
"""

from __future__ import annotations

from unspoof.engine import Step
from unspoof.link import report_grades, report_numbers, report_weights
from unspoof.model.tables import Column, Table

_PARTS = (
    Column("number_milli", "int64", "weight of the number", "thousandths of nats", False),
    Column("time_milli", "int64", "logarithm of the density of such a time error", "thousandths of nats", False),
    Column("chance_milli", "int64", "minus the logarithm of chance calls an hour", "thousandths of nats", False),
    Column("presented_milli", "int64", "weight of the number shown", "thousandths of nats", False),
    Column("brand_milli", "int64", "weight of the brand", "thousandths of nats", False),
    Column("length_milli", "int64", "weight of the talk time", "thousandths of nats", False),
    Column("told_milli", "int64", "weight of the talk time against the victim's", "thousandths of nats", False),
)

CANDIDATES = Step(
    name="report_call_candidates",
    meaning="every call that may be the one a report tells of, with the weight of each part",
    reads=("report_call_grades", "report_call_weights", "report_call_background"),
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
            Column("called", "int64", "the number called as E.164; -1 if that is not known", nullable=False),
            Column("call_at", "timestamp", "when", "UTC", False),
            *_PARTS,
            Column("total_milli", "int64", "sum of the weights", "thousandths of nats", False),
            Column("set_aside", "bool", "not answered, money was lost, and an answered one is there", nullable=False),
        ),
    ),
    order_by=("report_id", "call_id"),
    sql="""
WITH parts AS (
  SELECT g.*,
         CAST(round(1000 * ln(n.m_ppm / 1000000)) AS BIGINT) AS number_milli,
         CAST(round(1000 * (ln(t.m_ppm / 1000000) + ln(3600 / coalesce(t.width_s, greatest(g.length_s, 1)))
              - CASE WHEN g.time_stated = 'moment' THEN ln((7200 + g.length_s) / 7200) ELSE 0 END)) AS BIGINT)
           AS time_milli,
         CAST(round(-1000 * ln(t.crowd * (10 * g.chance_calls - CASE g.number WHEN 'exact' THEN 9 ELSE 5 END) * 360
              / b.period_s)) AS BIGINT) AS chance_milli,
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
)
SELECT report_id, call_id, account_id, number, is_whole, off_s, is_after, time_stated, length_s, presented, brand,
       length_part, length, length_told, duration_s, chance_calls, called, call_at, number_milli, time_milli,
       chance_milli, presented_milli, brand_milli, length_milli, told_milli,
       number_milli + time_milli + chance_milli + presented_milli + brand_milli + length_milli + told_milli
         AS total_milli,
       set_aside
FROM parts
""",
)

PRIOR = Step(
    name="report_call_prior",
    meaning="the share of reports that concern a call in the records, as the reports themselves suggest",
    reads=("report_call_candidates", "report_numbers", "setting"),
    gives=Table(
        "report_call_prior",
        "one row: the prior probability that a report's call is in the records",
        (
            Column("reports", "int64", "reports with a usable number", nullable=False),
            Column("prior_ppm", "int64", "the prior, from 1 to 99 per cent", "millionths", False),
        ),
    ),
    order_by=("reports",),
    settings=("link_prior_ppm",),
    # One step of expectation maximisation from link_prior_ppm, which itself has the weight of twenty reports, so that
    # a handful of reports cannot vouch for one another.
    sql="""
WITH stated AS (
  SELECT link_prior_ppm AS ppm,
         CAST(round(1000 * ln((1000000 - link_prior_ppm) / link_prior_ppm)) AS BIGINT) AS none_milli
  FROM setting
), found AS (
  SELECT c.report_id,
         CAST(sum(CAST(round(1000000 * exp(least(15000, c.total_milli - s.none_milli) / 1000)) AS BIGINT)) AS BIGINT)
           AS odds
  FROM report_call_candidates AS c
  CROSS JOIN stated AS s
  WHERE NOT c.set_aside
  GROUP BY c.report_id
), added AS (
  SELECT coalesce(CAST(sum(CAST(floor(1000000 * (odds / (odds + 1000000))) AS BIGINT)) AS BIGINT), 0) AS ppm FROM found
), counted AS (
  SELECT count(*) AS reports FROM report_numbers WHERE stated IS NOT NULL
)
SELECT c.reports, least(990000, greatest(10000, (a.ppm + 20 * s.ppm) // (c.reports + 20))) AS prior_ppm
FROM counted AS c
CROSS JOIN added AS a
CROSS JOIN stated AS s
""",
)

SCORES = Step(
    name="report_call_scores",
    meaning="the probability of every call that may be the one a report tells of, alone and with its redials",
    reads=("report_call_candidates", "report_call_prior"),
    gives=Table(
        "report_call_scores",
        "one row per report and call that may be the one",
        (
            Column("report_id", "int64", "the report", nullable=False),
            Column("call_id", "int64", "the call", nullable=False),
            Column("score_ppm", "int64", "probability that this call is the one", "millionths", False),
            Column("sitting", "int64", "number of the sitting: calls of one account within an hour", nullable=False),
            Column("sitting_ppm", "int64", "probability that the call is one of the sitting", "millionths", False),
            Column("sitting_calls", "int64", "calls of the sitting", nullable=False),
        ),
    ),
    order_by=("report_id", "call_id"),
    sql="""
WITH summed AS (
  SELECT c.*, CAST(round(1000 * ln((1000000 - p.prior_ppm) / p.prior_ppm)) AS BIGINT) AS none_milli
  FROM report_call_candidates AS c
  CROSS JOIN report_call_prior AS p
), topped AS (
  SELECT *,
         greatest(none_milli, max(CASE WHEN set_aside THEN none_milli ELSE total_milli END)
           OVER (PARTITION BY report_id)) AS top_milli
  FROM summed
), shared AS (
  SELECT *,
         CASE WHEN set_aside THEN 0
              ELSE CAST(round(1000000000 * exp(least(0, total_milli - top_milli) / 1000)) AS BIGINT) END AS share,
         CAST(round(1000000000 * exp(least(0, none_milli - top_milli) / 1000)) AS BIGINT) AS none_share
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
SELECT report_id, call_id, score_ppm, sitting,
       least(999999, CAST(sum(score_ppm) OVER (PARTITION BY report_id, sitting) AS BIGINT)) AS sitting_ppm,
       count(*) OVER (PARTITION BY report_id, sitting) AS sitting_calls
FROM seated
""",
)

LINKED = Step(
    name="report_call_links",
    meaning="the one call that a report tells of, where one is likely enough",
    reads=("report_call_candidates", "report_call_scores", "report_call_weights", "report_call_background", "setting"),
    gives=Table(
        "report_call_links",
        "at most one row per report",
        (
            Column("report_id", "int64", "the report", nullable=False),
            Column("call_id", "int64", "the call", nullable=False),
            Column("account_id", "int64", "the account that made it"),
            Column("score_ppm", "int64", "probability that it is this very call", "millionths", False),
            Column(
                "sitting_ppm", "int64", "probability that it is this call or a redial beside it", "millionths", False
            ),
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
  SELECT c.*, s.score_ppm, s.sitting_ppm, s.sitting_calls,
         row_number() OVER (PARTITION BY c.report_id
           ORDER BY s.sitting_ppm DESC, s.score_ppm DESC, coalesce(c.duration_s, -1) DESC, c.off_s, c.call_id) AS place
  FROM report_call_candidates AS c
  JOIN report_call_scores AS s ON s.report_id = c.report_id AND s.call_id = c.call_id
  WHERE NOT c.set_aside
), best AS (
  SELECT * FROM ranked WHERE place = 1 AND sitting_ppm >= (SELECT link_min_score_ppm FROM setting)
), counted AS (
  SELECT report_id, count(*) AS rivals FROM report_call_candidates GROUP BY report_id
)
SELECT c.report_id, c.call_id, c.account_id, c.score_ppm, c.sitting_ppm,
       CASE WHEN c.number = 'exact' THEN 0 ELSE 1 END AS edits,
       c.off_s, r.rivals,
       concat_ws('; ',
         concat(n.says, CASE WHEN c.is_whole THEN '' ELSE ', by the last nine digits: one lacks its country code' END),
         CASE WHEN c.time_stated = 'unstated' THEN concat('no time stated, sought over ', c.length_s // 86400,
                     CASE c.length_s // 86400 WHEN 1 THEN ' day' ELSE ' days' END)
              WHEN c.off_s = 0 AND c.time_stated = 'span'
              THEN concat('within the ', (c.length_s + 3599) // 3600, ' hours stated')
              WHEN c.off_s < 60 THEN 'at the time stated'
              ELSE concat(CASE WHEN c.off_s < 120 THEN '1 minute' WHEN c.off_s < 7200 THEN concat(c.off_s // 60, ' minutes')
                               ELSE concat(c.off_s // 3600, ' hours') END,
                          CASE WHEN c.is_after THEN ' after' ELSE ' before' END, ' the time stated') END,
         concat('such numbers were called ', c.chance_calls, CASE c.chance_calls WHEN 1 THEN ' time' ELSE ' times' END,
                ' in ', b.period_s // 86400, CASE b.period_s // 86400 WHEN 1 THEN ' day' ELSE ' days' END),
         nullif(p.says, ''),
         nullif(d.says, ''),
         CASE WHEN l.says <> '' THEN concat(l.says, ': ', coalesce(c.duration_s, 0),
                                       CASE c.duration_s WHEN 1 THEN ' second' ELSE ' seconds' END) END,
         nullif(s.says, ''),
         CASE WHEN c.sitting_calls > 1
              THEN concat(c.sitting_calls, ' calls of this account to this number within the hour: one of them with ',
                          c.sitting_ppm // 10000, ' per cent, this one with ', c.score_ppm // 10000) END,
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

STEPS = (report_weights.STEP, *report_numbers.STEPS, *report_grades.STEPS, CANDIDATES, PRIOR, SCORES, LINKED)

__all__ = ["CANDIDATES", "LINKED", "PRIOR", "SCORES", "STEPS"]

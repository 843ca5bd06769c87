"""The numbers that a victim may have meant, and the calls that were made to one of them; no call is chosen here.

Keys are the last nine digits of a number as an integer: equal keys are found by hash joins, which is exact and costs
one pass over the calls however many reports there are (docs/links.md says which slips are looked for).
"""

from __future__ import annotations

from unspoof.engine import Step
from unspoof.model.tables import Column, Table

GRADES = ("exact", "swap", "digit", "missing", "extra", "head")
"""Names of `slip`, which is the place in this tuple."""

BACKGROUND = Step(
    name="report_call_background",
    meaning="how many calls there are, over what time and of what length: the measure of chance",
    reads=("calls_once", "setting"),
    gives=Table(
        "report_call_background",
        "one row: the measure of chance for links of reports to calls",
        (
            Column("calls", "int64", "calls", nullable=False),
            Column("long_calls", "int64", "of them with talk time above long_call_s", nullable=False),
            Column("short_calls", "int64", "of them answered and not long", nullable=False),
            Column("unanswered_calls", "int64", "of them known not to be answered", nullable=False),
            Column("first_at", "timestamp", "first call", "UTC"),
            Column("last_at", "timestamp", "last call", "UTC"),
            Column("period_s", "int64", "time from the first to the last call, at least a day", "s", False),
        ),
    ),
    order_by=("calls",),
    settings=("long_call_s",),
    sql="""
WITH told AS (
  SELECT "at" AS call_at,
         coalesce(duration_s, 0) > (SELECT long_call_s FROM setting) AS is_long,
         coalesce(duration_s, 0) > 0 OR outcome = 'answered' AS is_answered,
         outcome = 'unknown' AND duration_s IS NULL AS is_unknown
  FROM calls_once
)
SELECT count(*) AS calls,
       count(*) FILTER (WHERE is_long) AS long_calls,
       count(*) FILTER (WHERE is_answered AND NOT is_long) AS short_calls,
       count(*) FILTER (WHERE NOT is_answered AND NOT is_unknown) AS unanswered_calls,
       min(call_at) AS first_at,
       max(call_at) AS last_at,
       greatest(86400, coalesce(date_diff('microsecond', min(call_at), max(call_at)) // 1000000, 0)) AS period_s
FROM told
""",
)

NUMBERS = Step(
    name="report_numbers",
    meaning="per report the victim's number as digits and the time in which the call is sought",
    reads=("reports_once", "report_call_background", "setting"),
    gives=Table(
        "report_numbers",
        "one row per report: what is sought",
        (
            Column("report_id", "int64", "the report", nullable=False),
            Column("stated", "int64", "the victim's number; empty if it has fewer than seven digits"),
            Column("is_whole", "bool", "the number is known with its country code", nullable=False),
            Column("from_at", "timestamp", "earliest moment sought", "UTC"),
            Column("to_at", "timestamp", "latest moment sought", "UTC"),
            Column("time_stated", "text", "moment, span (six hours or more) or unstated", nullable=False),
            Column("length_s", "int64", "time from from_at to to_at", "s"),
        ),
    ),
    settings=("link_unstated_s",),
    kept=False,
    sql="""
WITH read AS (
  SELECT report_id,
         victim_phone_e164,
         regexp_replace(coalesce(victim_phone_raw, ''), '[^0-9]', '', 'g') AS digits,
         least(coalesce(incident_from, incident_to), coalesce(incident_to, incident_from)) AS stated_from,
         greatest(coalesce(incident_from, incident_to), coalesce(incident_to, incident_from)) AS stated_to,
         reported_at
  FROM reports_once
), timed AS (
  SELECT report_id,
         CASE WHEN victim_phone_e164 IS NOT NULL THEN victim_phone_e164
              WHEN regexp_matches(digits, '^[0-9]{7,18}\\z') THEN CAST(digits AS BIGINT) END AS stated,
         victim_phone_e164 IS NOT NULL AS is_whole,
         coalesce(stated_from,
                  reported_at - (SELECT link_unstated_s FROM setting) * INTERVAL 1 SECOND,
                  (SELECT first_at FROM report_call_background)) AS from_at,
         coalesce(stated_to, reported_at, (SELECT last_at FROM report_call_background)) AS to_at,
         stated_from IS NULL AS is_unstated
  FROM read
), measured AS (
  SELECT *, date_diff('microsecond', from_at, to_at) // 1000000 AS length_s FROM timed
)
SELECT report_id,
       CASE WHEN stated >= 1000000 THEN stated END AS stated,
       is_whole,
       from_at,
       to_at,
       CASE WHEN is_unstated THEN 'unstated' WHEN length_s >= 21600 THEN 'span' ELSE 'moment' END AS time_stated,
       length_s
FROM measured
""",
)

KEYS = Step(
    name="report_number_keys",
    meaning="per report the last nine digits of every number that is one slip away from the victim's",
    reads=("report_numbers",),
    gives=Table(
        "report_number_keys",
        "one row per report and possible number",
        (
            Column("report_id", "int64", "the report", nullable=False),
            Column("key", "int64", "last nine digits of the possible number", nullable=False),
            Column("head", "int64", "the digits before them; empty where the country code is not known"),
            Column("slip", "int64", "0 exact, 1 swap, 2 digit, 3 missing, 4 extra", nullable=False),
        ),
    ),
    kept=False,
    sql="""
WITH stated AS (
  SELECT report_id, stated AS s, stated % 1000000000 AS k, is_whole FROM report_numbers WHERE stated IS NOT NULL
), powers AS (
  SELECT CAST(p AS BIGINT) AS p
  FROM (VALUES (1), (10), (100), (1000), (10000), (100000), (1000000), (10000000), (100000000), (1000000000)) AS v(p)
), figures AS (
  SELECT CAST(d AS BIGINT) AS d FROM (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS v(d)
), variants AS (
  SELECT report_id, is_whole, k AS key, s // 1000000000 AS head, 0 AS slip
  FROM stated
  UNION ALL
  SELECT report_id, is_whole, k + ((k // p) % 10 - (k // (10 * p)) % 10) * 9 * p AS key, s // 1000000000 AS head,
         1 AS slip
  FROM stated CROSS JOIN powers
  WHERE p <= 10000000 AND s >= 100000000 AND (k // p) % 10 <> (k // (10 * p)) % 10
  UNION ALL
  SELECT report_id, is_whole, k + (d - (k // p) % 10) * p AS key, s // 1000000000 AS head, 2 AS slip
  FROM stated CROSS JOIN powers CROSS JOIN figures
  WHERE p <= 100000000 AND s >= 100000000 AND d <> (k // p) % 10
  UNION ALL
  SELECT report_id, is_whole, (s % 100000000) // p * 10 * p + d * p + s % p AS key, s // 100000000 AS head, 3 AS slip
  FROM stated CROSS JOIN powers CROSS JOIN figures
  WHERE p <= 100000000 AND s >= 10000000
  UNION ALL
  SELECT report_id, is_whole, (s % 10000000000) // (10 * p) * p + s % p AS key, s // 10000000000 AS head, 4 AS slip
  FROM stated CROSS JOIN powers
  WHERE s >= 1000000000
)
SELECT report_id, key, CASE WHEN is_whole THEN head END AS head, min(slip) AS slip
FROM variants
GROUP BY report_id, key, CASE WHEN is_whole THEN head END
""",
)

NEAR = Step(
    name="report_near_calls",
    meaning="calls to a number that the victim may have meant, near the stated time",
    reads=("calls_once", "report_number_keys", "report_numbers", "setting"),
    gives=Table(
        "report_near_calls",
        "one row per report and call that may be the one",
        (
            Column("report_id", "int64", "the report", nullable=False),
            Column("call_id", "int64", "the call", nullable=False),
            Column("account_id", "int64", "the account that made it"),
            Column("called", "int64", "the number called as E.164; -1 if that is not known", nullable=False),
            Column("call_at", "timestamp", "when", "UTC", False),
            Column("duration_s", "int64", "talk time", "s"),
            Column("outcome", "text", "as in calls", nullable=False),
            Column("presented_e164", "int64", "number shown"),
            Column("presented_raw", "text", "number shown, as it stands"),
            Column("presented_kind", "text", "what the number shown is"),
            Column("slip", "int64", "place in GRADES", nullable=False),
            Column("is_whole", "bool", "both numbers are known with their country code", nullable=False),
            Column("chance_calls", "int64", "calls at any time to numbers of the same slip", nullable=False),
            Column("off_s", "int64", "time between the call and the interval sought", "s", False),
            Column("is_after", "bool", "the call began after the interval sought", nullable=False),
            Column("time_stated", "text", "as in report_numbers", nullable=False),
            Column("length_s", "int64", "length of the interval sought", "s", False),
        ),
    ),
    order_by=("report_id", "call_id"),
    settings=("link_window_s", "link_exact_window_s", "link_max_calls"),
    sql="""
WITH keys AS (
  SELECT report_id, key, head, slip FROM report_number_keys
), wanted AS (
  SELECT DISTINCT key FROM keys
), keyed AS (
  SELECT call_id, account_id, coalesce(called_e164, -1) AS called, "at" AS call_at, duration_s, outcome,
         presented_e164, presented_raw, presented_kind,
         CASE WHEN called_e164 IS NOT NULL THEN called_e164 % 1000000000
              WHEN regexp_matches(right(regexp_replace(called_raw, '[^0-9]', '', 'g'), 9), '^[0-9]{7,9}\\z')
              THEN CAST(right(regexp_replace(called_raw, '[^0-9]', '', 'g'), 9) AS BIGINT) END AS key
  FROM calls_once
  WHERE "at" IS NOT NULL
), near AS (
  SELECT keyed.* FROM keyed SEMI JOIN wanted ON keyed.key = wanted.key
), counted AS (
  SELECT key, called, count(*) AS calls FROM near GROUP BY key, called
), judged AS (
  SELECT k.report_id, n.key, n.called, n.calls,
         CASE WHEN k.head IS NULL OR n.called = -1 OR n.called // 1000000000 = k.head THEN k.slip
              WHEN k.slip = 0 THEN 5 END AS slip
  FROM keys AS k
  JOIN counted AS n ON n.key = k.key
  WHERE n.calls <= (SELECT link_max_calls FROM setting)
), matched AS (
  SELECT report_id, key, called, calls, min(slip) AS slip
  FROM judged
  WHERE slip IS NOT NULL
  GROUP BY report_id, key, called, calls
), weighed AS (
  SELECT *, CAST(sum(calls) OVER (PARTITION BY report_id, slip) AS BIGINT) AS chance_calls FROM matched
), timed AS (
  SELECT w.report_id, n.call_id, n.account_id, n.called, n.call_at, n.duration_s, n.outcome, n.presented_e164,
         n.presented_raw, n.presented_kind, w.slip, r.is_whole AND n.called <> -1 AS is_whole, w.chance_calls,
         r.time_stated, r.length_s, n.call_at > r.to_at AS is_after,
         greatest(0,
                  date_diff('microsecond', r.to_at, n.call_at),
                  date_diff('microsecond', n.call_at, r.from_at)
                  - least(greatest(coalesce(n.duration_s, 0), 0), 86400) * 1000000) // 1000000 AS off_s
  FROM weighed AS w
  JOIN report_numbers AS r ON r.report_id = w.report_id
  JOIN near AS n ON n.key = w.key AND n.called = w.called
)
SELECT *
FROM timed
WHERE off_s <= CASE WHEN time_stated = 'unstated' THEN CASE WHEN slip = 0 THEN 0 ELSE -1 END
                    WHEN slip = 0 THEN (SELECT greatest(link_exact_window_s, link_window_s) FROM setting)
                    ELSE (SELECT link_window_s FROM setting) END
""",
)

STEPS = (BACKGROUND, NUMBERS, KEYS, NEAR)

__all__ = ["BACKGROUND", "GRADES", "KEYS", "NEAR", "NUMBERS", "STEPS"]

"""The questions of the heavy steps and some figures as one would ask them in DuckDB by hand; no step's SQL is used.

Each text reads the tables of the normal form, findings of earlier steps where the step does so too, and no view that
takes duplicates out: `WHERE call_id NOT IN (...)` does. Values of settings are written out. benchmarks/steps.py checks
that the rows are those of the step.
"""

from __future__ import annotations

_ONCE = "call_id NOT IN (SELECT id FROM duplicates WHERE \"table\" = 'calls')"
_SHOWN = """
LEFT JOIN brand_spans AS b ON b.presented_e164 = c.presented_e164
 AND c.at >= coalesce(b.valid_from, TIMESTAMP '0001-01-01') AND c.at < coalesce(b.valid_to, TIMESTAMP '9999-01-01')
"""


def _duplicates(table: str, key: str, ref: str, columns: str) -> str:
    ref = f"if(ref_is_key, NULL, {ref})" if ref else "NULL"
    return f"""
SELECT '{table}' AS "table", {key} AS id, same_as FROM (
  SELECT {key}, min({key}) OVER (PARTITION BY {columns}, {ref}) AS same_as FROM {table}
  WHERE hash({columns}, {ref}) IN (
    SELECT hash({columns}, {ref}) AS h FROM {table} GROUP BY h HAVING count(*) > 1)
) WHERE {key} <> same_as"""


def duplicates(columns: dict[str, list[str]]) -> str:
    """Return the query for rows that say the same again, from each table's columns."""
    keys = {
        "calls": ("call_id", "call_ref"),
        "logins": ("login_id", ""),
        "payments": ("payment_id", "payment_ref"),
        "reports": ("report_id", "report_ref"),
    }
    parts = []
    for table, (key, ref) in keys.items():
        compared = [name for name in columns[table] if name not in {key, ref, "locator", "locator_size"}]
        parts.append(_duplicates(table, key, ref, ", ".join(f'"{name}"' for name in compared)))
    return "\nUNION ALL\n".join(parts)


def _pairs(number: str, least: int) -> str:
    return f"""
WITH uses AS (
  SELECT DISTINCT {number} AS number, account_id FROM calls
  WHERE {number} IS NOT NULL AND account_id IS NOT NULL AND {_ONCE}
), held AS (
  SELECT number, account_id, count(*) OVER (PARTITION BY number) AS holders FROM uses
), rare AS MATERIALIZED (
  SELECT * FROM held WHERE holders <= (SELECT account_max_number_holders FROM setting)
), sizes AS (
  SELECT account_id, count(*) AS numbers FROM rare GROUP BY account_id
), whole AS (
  SELECT count(*) AS uses, CAST(sum(holders - 1) AS BIGINT) AS meetings FROM rare
), paired AS (
  SELECT l.account_id AS a, r.account_id AS b, count(*) AS shared
  FROM rare AS l JOIN rare AS r ON l.number = r.number AND l.account_id < r.account_id
  WHERE l.holders > 1 AND r.holders > 1
  GROUP BY a, b HAVING shared >= {least}
)
SELECT p.a AS left_account_id, p.b AS right_account_id, shared,
       CAST(round(1000000 * (x.numbers / w.uses) * (y.numbers / w.uses) * (w.meetings - 2 * shared + 1)) AS BIGINT)
         AS expected_ppm
FROM paired AS p, whole AS w, sizes AS x, sizes AS y WHERE x.account_id = p.a AND y.account_id = p.b"""


STEPS = {
    "presented_brands": """
SELECT DISTINCT s.number AS presented_e164, brand, sector, source, valid_from, valid_to
FROM (SELECT DISTINCT presented_e164 AS number FROM calls
      UNION SELECT presented_stated_e164 FROM reports) AS s
JOIN brands AS b ON s.number BETWEEN b.number_from AND b.number_to""",
    "account_universe": f"""
SELECT DISTINCT account_id FROM (
  SELECT account_id FROM accounts UNION ALL SELECT account_id FROM calls WHERE {_ONCE}
  UNION ALL SELECT account_id FROM logins UNION ALL SELECT account_id FROM payments)
WHERE account_id IS NOT NULL""",
    "report_call_background": f"""
SELECT count(*) AS calls, count(*) FILTER (duration_s > 60) AS long_calls,
       count(*) FILTER ((duration_s BETWEEN 1 AND 60) OR (outcome = 'answered' AND coalesce(duration_s, 0) <= 60))
         AS short_calls,
       count(*) FILTER (coalesce(duration_s, 0) <= 0 AND outcome <> 'answered'
                AND NOT (outcome = 'unknown' AND duration_s IS NULL)) AS unanswered_calls,
       min("at") AS first_at, max("at") AS last_at,
       greatest(86400, coalesce(date_diff('microsecond', min("at"), max("at")) // 1000000, 0)) AS period_s
FROM calls WHERE {_ONCE}""",
    "account_shown_pairs": _pairs("presented_e164", 1),
    "account_called_pairs": _pairs("called_e164", 3),
    "account_activity": f"""
SELECT account_id, count(*) AS calls, count(*) FILTER (outcome = 'answered') AS answered,
       count(*) FILTER (duration_s > 60) AS long_calls,
       count(*) FILTER (called_country = 'GB') AS home_calls, min("at") AS first_at, max("at") AS last_at
FROM calls WHERE account_id IS NOT NULL AND {_ONCE} GROUP BY account_id""",
    "calls_by_kind": f"""
SELECT called_country AS country, brand, outcome, coalesce(duration_s > 60, false) AS is_long, count(*) AS calls
FROM calls AS c {_SHOWN} WHERE {_ONCE} GROUP BY ALL""",
    "contacts": f"""
SELECT * FROM (
  SELECT called_e164 AS number, account_id, brand, max(called_country) AS country, count(*) AS calls,
         count(*) FILTER (duration_s > 60) AS long_calls, max(duration_s) AS longest_s, min(c.at) AS first_at,
         max(c.at) AS last_at
  FROM calls AS c {_SHOWN}
  WHERE {_ONCE} AND called_e164 IN (SELECT called_e164 FROM calls WHERE duration_s > 60 AND {_ONCE})
  GROUP BY called_e164, account_id, brand)""",
    "call_times": f"""
SELECT date_trunc('month', "at") AS month, hour("at") AS hour, outcome = 'answered' AS is_answered,
       CASE WHEN duration_s IS NOT NULL
            THEN list_max(list_filter([0, 1, 11, 31, 61, 121, 301, 601, 1801], lambda x: x <= greatest(duration_s, 0)))
       END AS from_s,
       count(*) AS calls, min("at") AS first_at, max("at") AS last_at
FROM calls WHERE {_ONCE} GROUP BY month, hour, is_answered, from_s""",
    "report_near_calls": f"""
WITH reported AS (
  SELECT *, stated % 1000000000 AS k FROM report_numbers WHERE stated IS NOT NULL
), spelled AS (
  SELECT report_id, is_whole, k AS key, stated // 1000000000 AS head, 0 AS slip FROM reported
  UNION ALL
  SELECT report_id, is_whole, k + ((k // p) % 10 - (k // (10 * p)) % 10) * 9 * p, stated // 1000000000, 1
  FROM reported, (SELECT CAST(10 ** i AS BIGINT) AS p FROM range(8) AS t(i))
  WHERE stated >= 100000000 AND (k // p) % 10 <> (k // (10 * p)) % 10
  UNION ALL
  SELECT report_id, is_whole, k + (d - (k // p) % 10) * p, stated // 1000000000, 2
  FROM reported, (SELECT CAST(10 ** i AS BIGINT) AS p FROM range(9) AS t(i)), range(10) AS u(d)
  WHERE stated >= 100000000 AND d <> (k // p) % 10
  UNION ALL
  SELECT report_id, is_whole, (stated % 100000000) // p * 10 * p + d * p + stated % p, stated // 100000000, 3
  FROM reported, (SELECT CAST(10 ** i AS BIGINT) AS p FROM range(9) AS t(i)), range(10) AS u(d)
  WHERE stated >= 10000000
  UNION ALL
  SELECT report_id, is_whole, (stated % 10000000000) // (10 * p) * p + stated % p, stated // 10000000000, 4
  FROM reported, (SELECT CAST(10 ** i AS BIGINT) AS p FROM range(10) AS t(i)) WHERE stated >= 1000000000
), variants AS MATERIALIZED (
  SELECT report_id, key, if(is_whole, head, NULL) AS head, min(slip) AS slip FROM spelled GROUP BY ALL
), near AS MATERIALIZED (
  SELECT call_id, account_id, coalesce(called_e164, -1) AS called, "at" AS call_at, duration_s, outcome,
         presented_e164, presented_raw, presented_kind,
         if(called_e164 IS NOT NULL, called_e164 % 1000000000,
            TRY_CAST(nullif(regexp_extract(regexp_replace(called_raw, '[^0-9]', '', 'g'), '[0-9]{{7,9}}$'), '')
                     AS BIGINT)) AS key
  FROM calls WHERE "at" IS NOT NULL AND {_ONCE} AND key IN (SELECT key FROM variants)
), sizes AS (
  SELECT key, called, count(*) AS calls FROM near GROUP BY key, called
  HAVING calls <= (SELECT link_max_calls FROM setting)
), grades AS (
  SELECT report_id, key, called, calls,
         min(CASE WHEN head IS NULL OR called = -1 OR called // 1000000000 = head THEN slip
                  WHEN slip = 0 THEN 5 END) AS slip
  FROM variants JOIN sizes USING (key) GROUP BY ALL HAVING slip IS NOT NULL
), weighed AS (
  SELECT *, CAST(sum(calls) OVER (PARTITION BY report_id, slip) AS BIGINT) AS chance_calls FROM grades
)
SELECT report_id, call_id, account_id, called, call_at, duration_s, outcome, presented_e164, presented_raw,
       presented_kind, slip, is_whole AND called <> -1 AS is_whole, chance_calls,
       greatest(0, date_diff('microsecond', to_at, call_at), date_diff('microsecond', call_at, from_at)
                   - least(greatest(coalesce(duration_s, 0), 0), 86400) * 1000000) // 1000000 AS off_s,
       call_at > to_at AS is_after, time_stated, length_s
FROM weighed JOIN near USING (key, called) JOIN report_numbers USING (report_id), setting
WHERE off_s <= CASE WHEN time_stated = 'unstated' THEN if(slip = 0, 0, -1)
                    WHEN slip = 0 THEN greatest(link_exact_window_s, link_window_s) ELSE link_window_s END""",
}

FIGURES = {
    "calls.total": f"SELECT count(*) FROM calls WHERE {_ONCE}",
    "calls.long": f"SELECT count(*) FROM calls WHERE duration_s > 60 AND {_ONCE}",
    "calls.by_country": f"""
SELECT coalesce(called_country, 'unknown') AS country, count(*) AS calls FROM calls WHERE {_ONCE}
GROUP BY country ORDER BY calls DESC, country""",
    "calls.by_month": f"""
SELECT strftime(date_trunc('month', "at"), '%Y-%m') AS month, count(*) AS calls FROM calls
WHERE "at" IS NOT NULL AND {_ONCE} GROUP BY month ORDER BY month""",
    "people.long": f"SELECT count(DISTINCT called_e164) FROM calls WHERE duration_s > 60 AND {_ONCE}",
    "people.home": f"""
SELECT count(DISTINCT called_e164) FROM calls WHERE duration_s > 60 AND called_country = 'GB' AND {_ONCE}""",
    "income.total": """
SELECT sum(amount_minor) FROM payments WHERE status = 'completed' AND amount_minor > 0 AND currency = 'GBP'
  AND payment_id NOT IN (SELECT id FROM duplicates WHERE "table" = 'payments')""",
    "loss.gross": """
SELECT sum(r.loss_gross_minor) FROM reports AS r JOIN report_events AS e ON e.report_id = r.report_id
WHERE e.counted AND r.loss_gross_minor >= 0 AND coalesce(r.currency, 'GBP') = 'GBP'""",
}
"""Figures asked of the tables themselves; a list has the columns that the figure has, shares left out."""

__all__ = ["FIGURES", "STEPS", "duplicates"]

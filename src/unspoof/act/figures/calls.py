"""Figures of calls: how many, answered, long, where to, in whose name, when and how long; not of people."""

from __future__ import annotations

from unspoof.act.figures.figure import Figure, tally

_ALL_IDS = "SELECT call_id FROM calls_once"
_ALL_COUNT = "SELECT coalesce(CAST(sum(calls) AS BIGINT), 0) AS rows FROM calls_by_kind"
_ANSWERED_IDS = "SELECT call_id FROM calls_once WHERE outcome = 'answered'"
_LONG_IDS = "SELECT call_id FROM calls_once WHERE duration_s > (SELECT long_call_s FROM setting)"
_BRAND_IDS = "SELECT call_id FROM calls_shown WHERE brand IS NOT NULL"

_TOTAL = Figure(
    key="calls.total",
    label="Calls",
    unit="calls",
    definition="Calls and call attempts in the records, failed ones too; rows equal in all but their own key are one.",
    step="calls_by_kind",
    value_sql="SELECT coalesce(CAST(sum(calls) AS BIGINT), 0) AS value FROM calls_by_kind",
    rows_table="calls",
    rows_sql=_ALL_IDS,
    count_sql=_ALL_COUNT,
    sources=("calls",),
)

_ANSWERED = Figure(
    key="calls.answered",
    label="Calls answered",
    unit="calls",
    definition="Calls whose outcome is 'answered'.",
    step="calls_by_kind",
    value_sql="""SELECT coalesce(CAST(sum(calls) AS BIGINT), 0) AS value
FROM calls_by_kind WHERE outcome = 'answered'""",
    rows_table="calls",
    rows_sql=_ANSWERED_IDS,
    count_sql="SELECT coalesce(CAST(sum(calls) AS BIGINT), 0) AS rows FROM calls_by_kind WHERE outcome = 'answered'",
    sources=("calls",),
)

_LONG = Figure(
    key="calls.long",
    label="Long calls",
    unit="calls",
    definition="Calls with talk time above {long_call_s} s.",
    step="calls_by_kind",
    value_sql="SELECT coalesce(CAST(sum(calls) AS BIGINT), 0) AS value FROM calls_by_kind WHERE is_long",
    rows_table="calls",
    rows_sql=_LONG_IDS,
    count_sql="SELECT coalesce(CAST(sum(calls) AS BIGINT), 0) AS rows FROM calls_by_kind WHERE is_long",
    sources=("calls",),
    settings=("long_call_s",),
)

_BY_COUNTRY = Figure(
    key="calls.by_country",
    label="Calls by country called",
    unit="calls",
    definition="All calls by the country of the number called, as its numbering plan tells it; 'unknown' where it does"
    " not. Share is of all calls.",
    step="calls_by_kind",
    value_sql="""WITH whole AS (
  SELECT CAST(sum(calls) AS BIGINT) AS total FROM calls_by_kind
), places AS (
  SELECT coalesce(country, 'unknown') AS country, CAST(sum(calls) AS BIGINT) AS calls
  FROM calls_by_kind GROUP BY coalesce(country, 'unknown')
)
SELECT p.country AS country, p.calls AS calls, (p.calls * 2000000 + w.total) // (2 * w.total) AS share_ppm
FROM places AS p CROSS JOIN whole AS w
ORDER BY p.calls DESC, p.country""",
    rows_table="calls",
    rows_sql=_ALL_IDS,
    count_sql=_ALL_COUNT,
    sources=("calls",),
)

_BY_BRAND = Figure(
    key="calls.by_brand",
    label="Calls by brand shown",
    unit="calls",
    definition="Calls whose presented number belonged to a brand at that time, by brand, as the case's directory has"
    " it; 'A or B' where it gives the number to both. Share is of all calls, those without a brand too.",
    step="calls_by_kind",
    value_sql="""WITH whole AS (
  SELECT CAST(sum(calls) AS BIGINT) AS total FROM calls_by_kind
), names AS (
  SELECT brand, CAST(sum(calls) AS BIGINT) AS calls FROM calls_by_kind WHERE brand IS NOT NULL GROUP BY brand
)
SELECT n.brand AS brand, n.calls AS calls, (n.calls * 2000000 + w.total) // (2 * w.total) AS share_ppm
FROM names AS n CROSS JOIN whole AS w
ORDER BY n.calls DESC, n.brand""",
    rows_table="calls",
    rows_sql=_BRAND_IDS,
    count_sql="SELECT coalesce(CAST(sum(calls) AS BIGINT), 0) AS rows FROM calls_by_kind WHERE brand IS NOT NULL",
    sources=("calls",),
)

_BY_MONTH = Figure(
    key="calls.by_month",
    label="Calls by month",
    unit="calls",
    definition="All calls with a known time, by month in UTC. A month is partial if the records begin after its first"
    " day or end before its last; months without calls are not listed.",
    step="call_times",
    value_sql="""WITH months AS (
  SELECT month, CAST(sum(calls) AS BIGINT) AS calls FROM call_times WHERE month IS NOT NULL GROUP BY month
)
SELECT strftime(m.month, '%Y-%m') AS month, m.calls AS calls,
       (date_trunc('month', e.first_at) = m.month AND CAST(e.first_at AS DATE) > CAST(m.month AS DATE))
         OR date_trunc('month', e.last_at + INTERVAL 1 DAY) = m.month AS partial
FROM months AS m CROSS JOIN extents AS e
WHERE e.source = 'calls'
ORDER BY m.month""",
    rows_table="calls",
    rows_sql="SELECT c.call_id AS call_id FROM calls_once AS c WHERE c.at IS NOT NULL",
    count_sql="SELECT coalesce(CAST(sum(calls) AS BIGINT), 0) AS rows FROM call_times WHERE month IS NOT NULL",
    sources=("calls",),
    note_sql="""SELECT CASE WHEN CAST(sum(calls) AS BIGINT) > 0
            THEN 'Left out: calls without a known time ('
              || CAST(CAST(sum(calls) AS BIGINT) AS VARCHAR) || ').' END AS note
FROM call_times WHERE month IS NULL""",
)

_BY_HOUR = Figure(
    key="calls.by_hour",
    label="Calls by hour of the day",
    unit="calls",
    definition="All calls with a known time, by hour of the day in UTC (not the local time of the number called).",
    step="call_times",
    value_sql="""SELECT hour, CAST(sum(calls) AS BIGINT) AS calls
FROM call_times WHERE hour IS NOT NULL
GROUP BY hour ORDER BY hour""",
    rows_table="calls",
    rows_sql="SELECT c.call_id AS call_id FROM calls_once AS c WHERE c.at IS NOT NULL",
    count_sql="SELECT coalesce(CAST(sum(calls) AS BIGINT), 0) AS rows FROM call_times WHERE hour IS NOT NULL",
    sources=("calls",),
    note_sql=_BY_MONTH.note_sql,
)

_BY_LENGTH = Figure(
    key="calls.by_length",
    label="Calls answered by length",
    unit="calls",
    definition="Answered calls with a known talk time, by bands of it; to_s is included, empty = no upper end. Share is"
    " of these calls.",
    step="call_times",
    value_sql="""WITH bands AS (
  SELECT from_s, CAST(sum(calls) AS BIGINT) AS calls
  FROM call_times WHERE is_answered AND from_s IS NOT NULL
  GROUP BY from_s
), whole AS (
  SELECT CAST(sum(calls) AS BIGINT) AS total FROM bands
)
SELECT b.from_s AS from_s,
       CASE b.from_s WHEN 0 THEN 0 WHEN 1 THEN 10 WHEN 11 THEN 30 WHEN 31 THEN 60 WHEN 61 THEN 120 WHEN 121 THEN 300
                     WHEN 301 THEN 600 WHEN 601 THEN 1800 END AS to_s,
       b.calls AS calls, (b.calls * 2000000 + w.total) // (2 * w.total) AS share_ppm
FROM bands AS b CROSS JOIN whole AS w
ORDER BY b.from_s""",
    rows_table="calls",
    rows_sql="SELECT call_id FROM calls_once WHERE outcome = 'answered' AND duration_s IS NOT NULL",
    count_sql="""SELECT coalesce(CAST(sum(calls) AS BIGINT), 0) AS rows
FROM call_times WHERE is_answered AND from_s IS NOT NULL""",
    sources=("calls",),
    note_sql="""SELECT CASE WHEN CAST(sum(calls) AS BIGINT) > 0 THEN 'Left out: answered calls without a known talk time ('
            || CAST(CAST(sum(calls) AS BIGINT) AS VARCHAR) || ').' END AS note
FROM call_times WHERE is_answered AND from_s IS NULL""",
)


def _duplicates(table: str, unit: str) -> Figure:
    ids = "SELECT id FROM duplicates WHERE \"table\" = '<table>'".replace("<table>", table)
    return Figure(
        key=f"duplicates.{table}",
        label=f"Duplicate rows of {table}",
        unit=unit,
        definition=f"Rows of {table} that equal another in all but their own key; kept as evidence, counted once.",
        step="duplicates",
        value_sql=ids.replace("SELECT id", "SELECT count(*) AS value"),
        rows_table=table,
        rows_sql=ids,
        count_sql=tally(table, ids),
        sources=(table,),  # type: ignore[arg-type]  # the names below are sources
    )


CALL_FIGURES = (_TOTAL, _ANSWERED, _LONG, _BY_COUNTRY, _BY_BRAND, _BY_MONTH, _BY_HOUR, _BY_LENGTH)
DUPLICATE_FIGURES = tuple(_duplicates(table, "rows") for table in ("calls", "payments", "reports", "logins"))

__all__ = ["CALL_FIGURES", "DUPLICATE_FIGURES"]

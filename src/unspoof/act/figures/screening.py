"""Figures of presented numbers: how many cannot be the caller's, and which rules say so; not whose fault it is."""

from __future__ import annotations

from unspoof.act.figures.figure import Figure
from unspoof.model.screening import LIMIT_SETTINGS, LIST_SETTINGS

_SETTINGS = (*LIMIT_SETTINGS, *LIST_SETTINGS)

_FALSE = Figure(
    key="calls.false_number",
    label="Calls that showed a number which cannot be the caller's",
    unit="calls",
    definition="Calls whose presented number cannot have been the caller's, by the facts and rules of the call's own time"
    " and the reference tables of the case; doubtful ones are not counted. See calls.by_rule.",
    step="screened_kinds",
    value_sql="""SELECT coalesce(CAST(sum(calls) AS BIGINT), 0) AS value
FROM screened_kinds WHERE verdict = 'false'""",
    rows_table="calls",
    rows_sql="SELECT call_id FROM screened_calls WHERE verdict = 'false'",
    count_sql="SELECT coalesce(CAST(sum(calls) AS BIGINT), 0) AS rows FROM screened_kinds WHERE verdict = 'false'",
    sources=("calls",),
    settings=_SETTINGS,
)

_BY_RULE = Figure(
    key="calls.by_rule",
    label="Calls by rule that fired on the number shown",
    unit="calls",
    definition="Calls on whose presented number a rule of screening fired, by rule, at whatever level; a call may be in"
    " several lines, and a notice speaks against nothing. Share is of all calls.",
    step="screened_kinds",
    value_sql="""WITH whole AS (
  SELECT CAST(sum(calls) AS BIGINT) AS total FROM calls_by_kind
), named AS (
  SELECT u.rule AS rule, CAST(sum(k.calls) AS BIGINT) AS calls
  FROM (SELECT string_split(rules, ';') AS fired, calls FROM screened_kinds) AS k
  CROSS JOIN unnest(k.fired) AS u(rule)
  GROUP BY u.rule
)
SELECT n.rule AS rule, n.calls AS calls, (n.calls * 2000000 + w.total) // (2 * w.total) AS share_ppm
FROM named AS n CROSS JOIN whole AS w
ORDER BY n.calls DESC, n.rule""",
    rows_table="calls",
    rows_sql="SELECT call_id FROM screened_calls",
    count_sql="SELECT coalesce(CAST(sum(calls) AS BIGINT), 0) AS rows FROM screened_kinds",
    sources=("calls",),
    settings=_SETTINGS,
)

SCREENING_FIGURES = (_FALSE, _BY_RULE)

__all__ = ["SCREENING_FIGURES"]

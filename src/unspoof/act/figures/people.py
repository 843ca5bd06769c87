"""Figures of people called, counted as distinct numbers, and of suspects; nobody is named."""

from __future__ import annotations

from unspoof.act.figures.figure import Figure, tally

_CREWS = ("account_max_holders", "account_max_number_holders", "account_repeat_days", "account_min_score_ppm")
_RULE = ("suspect_min_spend_minor", "suspect_min_calls", "suspect_home_only", *_CREWS)

# The numbers of the home country, and which of the selected suspects' accounts called them.
_LINKED = """
FROM contacts AS c
JOIN suspect_accounts AS a ON a.account_id = c.account_id
JOIN suspects AS s ON s.suspect_id = a.suspect_id
JOIN victims AS v ON v.number = c.number
WHERE s.selected AND v.country = (SELECT home FROM this_case)"""

_LINKED_IDS = """SELECT c.call_id AS call_id
FROM calls_once AS c
JOIN suspect_accounts AS a ON a.account_id = c.account_id
JOIN suspects AS s ON s.suspect_id = a.suspect_id
JOIN victims AS v ON v.number = c.called_e164
WHERE s.selected AND v.country = (SELECT home FROM this_case)"""

_LINKED_LONG_IDS = _LINKED_IDS.replace(
    "WHERE s.selected", "WHERE c.duration_s > (SELECT long_call_s FROM setting) AND s.selected"
)

_LONG = Figure(
    key="people.long",
    label="People reached by a long call",
    unit="distinct numbers",
    definition="Distinct called numbers that had at least one call with talk time above {long_call_s} s. One number is"
    " taken for one person; a person may have several numbers, a number several users.",
    step="victims",
    value_sql="SELECT count(*) AS value FROM victims",
    rows_table="calls",
    rows_sql="""SELECT call_id FROM calls_once
WHERE duration_s > (SELECT long_call_s FROM setting) AND called_e164 IS NOT NULL""",
    count_sql="SELECT coalesce(CAST(sum(long_calls) AS BIGINT), 0) AS rows FROM victims",
    sources=("calls",),
    settings=("long_call_s",),
    note_sql="""WITH named AS (SELECT coalesce(CAST(sum(long_calls) AS BIGINT), 0) AS calls FROM victims),
counted AS (SELECT coalesce(CAST(sum(calls) AS BIGINT), 0) AS calls FROM calls_by_kind WHERE is_long)
SELECT CASE WHEN c.calls > n.calls
            THEN 'Left out: long calls to numbers that could not be brought into international form ('
              || CAST(c.calls - n.calls AS VARCHAR) || ').' END AS note
FROM counted AS c CROSS JOIN named AS n""",
)

_HOME = Figure(
    key="people.home",
    label="People of the home country reached by a long call",
    unit="distinct numbers",
    definition="Of people.long (talk time above {long_call_s} s), numbers of the home country {home}.",
    step="victims",
    value_sql="SELECT count(*) AS value FROM victims WHERE country = (SELECT home FROM this_case)",
    rows_table="calls",
    rows_sql="""SELECT c.call_id AS call_id
FROM calls_once AS c JOIN victims AS v ON v.number = c.called_e164
WHERE c.duration_s > (SELECT long_call_s FROM setting) AND v.country = (SELECT home FROM this_case)""",
    count_sql="""SELECT coalesce(CAST(sum(long_calls) AS BIGINT), 0) AS rows
FROM victims WHERE country = (SELECT home FROM this_case)""",
    sources=("calls",),
    settings=("long_call_s",),
)

_LINKED_SUSPECT = Figure(
    key="people.linked_suspect",
    label="People of the home country called by a selected suspect",
    unit="distinct numbers",
    definition="Of people.home (a call above {long_call_s} s, country {home}), numbers that a selected suspect called"
    " at least once, answered or not; the long call may have been another's. Selected: at least"
    " {suspect_min_spend_minor} minor units of {currency} paid, at least {suspect_min_calls} calls, home users only:"
    " {suspect_home_only}.",
    step="contacts",
    value_sql="SELECT count(DISTINCT c.number) AS value" + _LINKED,
    rows_table="calls",
    rows_sql=_LINKED_IDS,
    count_sql="SELECT coalesce(CAST(sum(c.calls) AS BIGINT), 0) AS rows" + _LINKED,
    is_assessment=True,
    sources=("calls", "payments"),
    settings=("long_call_s", *_RULE),
)

_LINKED_LONG = Figure(
    key="people.linked_suspect_long",
    label="People of the home country with a long call by a selected suspect",
    unit="distinct numbers",
    definition="Of people.home, numbers that had a call above {long_call_s} s by a selected suspect itself. Selected:"
    " at least {suspect_min_spend_minor} minor units of {currency} paid, at least {suspect_min_calls} calls, home users"
    " only: {suspect_home_only}; home country {home}.",
    step="contacts",
    value_sql="SELECT count(DISTINCT c.number) AS value" + _LINKED + " AND c.long_calls > 0",
    rows_table="calls",
    rows_sql=_LINKED_LONG_IDS,
    count_sql="SELECT coalesce(CAST(sum(c.long_calls) AS BIGINT), 0) AS rows" + _LINKED + " AND c.long_calls > 0",
    is_assessment=True,
    sources=("calls", "payments"),
    settings=("long_call_s", *_RULE),
)

_BY_COUNTRY = Figure(
    key="people.by_country",
    label="People reached by a long call, by country",
    unit="distinct numbers",
    definition="people.long (talk time above {long_call_s} s) by country of the number; 'unknown' where it cannot be"
    " told. Share is of people.long.",
    step="victims",
    value_sql="""WITH whole AS (
  SELECT count(*) AS total FROM victims
), places AS (
  SELECT coalesce(country, 'unknown') AS country, count(*) AS people
  FROM victims GROUP BY coalesce(country, 'unknown')
)
SELECT p.country AS country, p.people AS people, (p.people * 2000000 + w.total) // (2 * w.total) AS share_ppm
FROM places AS p CROSS JOIN whole AS w
ORDER BY p.people DESC, p.country""",
    rows_table="calls",
    rows_sql=_LONG.rows_sql,
    count_sql=_LONG.count_sql,
    sources=("calls",),
    settings=("long_call_s",),
)

_BY_BRAND = Figure(
    key="people.by_brand",
    label="People reached by a long call, by brand shown",
    unit="distinct numbers",
    definition="Distinct called numbers that had a call above {long_call_s} s showing the brand; a number reached under"
    " two brands is in both lines.",
    step="contacts",
    value_sql="""SELECT brand, count(DISTINCT number) AS people
FROM contacts WHERE brand IS NOT NULL AND long_calls > 0
GROUP BY brand ORDER BY people DESC, brand""",
    rows_table="calls",
    rows_sql="SELECT call_id FROM calls_shown WHERE brand IS NOT NULL AND is_long AND called_e164 IS NOT NULL",
    count_sql="SELECT coalesce(CAST(sum(long_calls) AS BIGINT), 0) AS rows FROM contacts WHERE brand IS NOT NULL",
    sources=("calls",),
    settings=("long_call_s",),
)

_SUSPECTS = Figure(
    key="suspects.total",
    label="Suspects",
    unit="people or crews",
    definition="People or crews (accounts that are linked to each other are one) with at least one call or completed"
    " payment. An assessment: a person decides who is a suspect.",
    step="suspects",
    value_sql="SELECT count(*) AS value FROM suspects",
    rows_table="suspects",
    rows_sql="SELECT suspect_id FROM suspects",
    count_sql="SELECT count(*) AS rows FROM suspects",
    is_assessment=True,
    sources=("calls", "payments"),
    settings=_CREWS,
)

_SELECTED_IDS = "SELECT suspect_id FROM suspects WHERE selected"
_SELECTED = Figure(
    key="suspects.selected",
    label="Suspects above the selection rule",
    unit="people or crews",
    definition="Suspects with completed payments of at least {suspect_min_spend_minor} minor units of {currency} and at"
    " least {suspect_min_calls} calls; home users ({home}) only: {suspect_home_only}.",
    step="suspects",
    value_sql="SELECT count(*) AS value FROM suspects WHERE selected",
    rows_table="suspects",
    rows_sql=_SELECTED_IDS,
    count_sql=tally("suspects", _SELECTED_IDS),
    is_assessment=True,
    sources=("calls", "payments"),
    settings=_RULE,
)

_FUNNEL = Figure(
    key="calls.funnel",
    label="From all calls to people linked to a selected suspect",
    unit="calls, then distinct numbers",
    definition="calls.total, calls.answered, calls.long (talk time above {long_call_s} s), people.long, people.home"
    " ({home}), people.linked_suspect (selected: at least {suspect_min_spend_minor} minor units of {currency}, at least"
    " {suspect_min_calls} calls, home users only: {suspect_home_only}). Calls and people are different counts.",
    step="calls_by_kind",
    value_sql="""WITH kinds AS (
  SELECT coalesce(CAST(sum(calls) AS BIGINT), 0) AS total,
         coalesce(CAST(sum(CASE WHEN outcome = 'answered' THEN calls ELSE 0 END) AS BIGINT), 0) AS answered,
         coalesce(CAST(sum(CASE WHEN is_long THEN calls ELSE 0 END) AS BIGINT), 0) AS long_calls
  FROM calls_by_kind
), reached AS (
  SELECT count(*) AS people, count(*) FILTER (WHERE country = (SELECT home FROM this_case)) AS home FROM victims
), linked AS (
  SELECT count(DISTINCT c.number) AS people <linked>
), stages AS (
  SELECT 1 AS place, 'calls.total' AS stage, total AS count FROM kinds
  UNION ALL SELECT 2 AS place, 'calls.answered' AS stage, answered AS count FROM kinds
  UNION ALL SELECT 3 AS place, 'calls.long' AS stage, long_calls AS count FROM kinds
  UNION ALL SELECT 4 AS place, 'people.long' AS stage, people AS count FROM reached
  UNION ALL SELECT 5 AS place, 'people.home' AS stage, home AS count FROM reached
  UNION ALL SELECT 6 AS place, 'people.linked_suspect' AS stage, people AS count FROM linked
)
SELECT stage, count FROM stages ORDER BY place""".replace("<linked>", _LINKED),
    rows_table="calls",
    rows_sql="SELECT call_id FROM calls_once",
    count_sql="SELECT coalesce(CAST(sum(calls) AS BIGINT), 0) AS rows FROM calls_by_kind",
    is_assessment=True,
    sources=("calls", "payments"),
    settings=("long_call_s", *_RULE),
)

PEOPLE_FIGURES = (_LONG, _HOME, _LINKED_SUSPECT, _LINKED_LONG, _BY_COUNTRY, _BY_BRAND)
SUSPECT_FIGURES = (_SUSPECTS, _SELECTED, _FUNNEL)

__all__ = ["PEOPLE_FIGURES", "SUSPECT_FIGURES"]

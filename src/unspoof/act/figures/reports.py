"""Figures of victims' reports and the gross losses they state; net losses and recoveries are not among them."""

from __future__ import annotations

from unspoof.act.figures.figure import Figure, tally

# Which reports are of one event, and so one loss, rests on the calls that they are linked to.
_LINKING = (
    "link_min_score_ppm",
    "link_window_s",
    "link_exact_window_s",
    "link_unstated_s",
    "link_prior_ppm",
    "link_max_calls",
    "long_call_s",
)

_REPORT_IDS = "SELECT report_id FROM reports_once"
_REPORTS = Figure(
    key="reports.total",
    label="Reports by victims",
    unit="reports",
    definition="Reports received; rows equal in all but their own key are one, further reports of one event are not.",
    step="reports_once",
    value_sql="SELECT count(*) AS value FROM reports_once",
    rows_table="reports",
    rows_sql=_REPORT_IDS,
    count_sql=tally("reports", _REPORT_IDS),
    sources=("reports",),
)

_LINKED_IDS = "SELECT report_id FROM report_call_links"
_LINKED = Figure(
    key="reports.linked",
    label="Reports tied to a call",
    unit="reports",
    definition="Reports with one best call whose probability is at least {link_min_score_ppm} millionths, looked for"
    " within {link_window_s} s of the time stated ({link_exact_window_s} s where the number is exactly the victim's). An"
    " assessment: each link has its score and reasons.",
    step="report_call_links",
    value_sql="SELECT count(*) AS value FROM report_call_links",
    rows_table="reports",
    rows_sql=_LINKED_IDS,
    count_sql=tally("reports", _LINKED_IDS),
    is_assessment=True,
    sources=("calls", "reports"),
    settings=_LINKING,
)

_EVENT_IDS = "SELECT report_id FROM report_events"
_EVENTS = Figure(
    key="reports.events",
    label="Events reported",
    unit="events",
    definition="Distinct events: all reports of one victim of one event are one.",
    step="reported_events",
    value_sql="SELECT count(*) AS value FROM reported_events",
    rows_table="reports",
    rows_sql=_EVENT_IDS,
    count_sql=tally("reports", _EVENT_IDS),
    is_assessment=True,
    sources=("reports",),
    settings=_LINKING,
)

_LOSS_IDS = "SELECT report_id FROM reported_events WHERE counts"
_LOSS_COUNT = tally("reports", _LOSS_IDS)
_LOSS_NOTE = """SELECT nullif(concat_ws(' ',
         CASE WHEN count(*) FILTER (WHERE e.loss_minor IS NULL) > 0 THEN
              'Left out: events without a stated loss ('
              || CAST(count(*) FILTER (WHERE e.loss_minor IS NULL) AS VARCHAR) || ').' END,
         CASE WHEN count(*) FILTER (WHERE e.loss_minor < 0) > 0 THEN
              'Left out: events with a loss below zero ('
              || CAST(count(*) FILTER (WHERE e.loss_minor < 0) AS VARCHAR) || ').' END,
         CASE WHEN count(*) FILTER (WHERE e.loss_minor >= 0 AND e.currency <> t.currency) > 0 THEN
              'Left out: events with a loss in another currency ('
              || CAST(count(*) FILTER (WHERE e.loss_minor >= 0 AND e.currency <> t.currency) AS VARCHAR) || ').' END,
         CASE WHEN CAST(sum(e.reports) AS BIGINT) > count(*) THEN
              'Not counted again: further reports of the same events ('
              || CAST(CAST(sum(e.reports) AS BIGINT) - count(*) AS VARCHAR) || ').' END), '') AS note
FROM reported_events AS e CROSS JOIN this_case AS t"""

_GROSS = Figure(
    key="loss.gross",
    label="Gross loss reported",
    unit="minor units of {currency}",
    definition="Sum of the gross losses (before anything came back) that reports state in {currency}; several reports"
    " by one victim of one event are one loss.",
    step="reported_events",
    value_sql="SELECT coalesce(CAST(sum(loss_minor) AS BIGINT), 0) AS value FROM reported_events WHERE counts",
    rows_table="reports",
    rows_sql=_LOSS_IDS,
    count_sql=_LOSS_COUNT,
    sources=("reports",),
    settings=_LINKING,
    note_sql=_LOSS_NOTE,
)

_MEAN = Figure(
    key="loss.mean",
    label="Mean gross loss reported",
    unit="minor units of {currency}",
    definition="loss.gross divided by the number of events that state a loss in {currency}, zero included; rounded to"
    " the minor unit, halves to even. Empty where there are none.",
    step="reported_events",
    value_sql="""WITH sums AS (
  SELECT CAST(sum(loss_minor) AS BIGINT) AS total, count(*) AS n FROM reported_events WHERE counts
)
SELECT total // nullif(n, 0) + CASE WHEN 2 * (total % nullif(n, 0)) > n
         OR (2 * (total % nullif(n, 0)) = n AND (total // nullif(n, 0)) % 2 = 1) THEN 1 ELSE 0 END AS value
FROM sums""",
    rows_table="reports",
    rows_sql=_LOSS_IDS,
    count_sql=_LOSS_COUNT,
    sources=("reports",),
    settings=_LINKING,
    note_sql=_LOSS_NOTE,
)

_MAX = Figure(
    key="loss.max",
    label="Largest gross loss reported",
    unit="minor units of {currency}",
    definition="The largest gross loss of one event stated in {currency}. Empty where there is none.",
    step="reported_events",
    value_sql="SELECT max(loss_minor) AS value FROM reported_events WHERE counts",
    rows_table="reports",
    rows_sql=_LOSS_IDS,
    count_sql=_LOSS_COUNT,
    sources=("reports",),
    settings=_LINKING,
    note_sql=_LOSS_NOTE,
)

_BY_BRAND = Figure(
    key="loss.by_brand",
    label="Gross loss by brand",
    unit="minor units of {currency}",
    definition="loss.gross by the brand that the linked call showed, else by the brand stated, in the directory's"
    " spelling where that differs by capitals and outer blanks alone; 'unknown' where neither is known. Share is of"
    " loss.gross in {currency}.",
    step="reported_events",
    value_sql="""WITH whole AS (
  SELECT CAST(sum(loss_minor) AS BIGINT) AS total FROM reported_events WHERE counts
), names AS (
  SELECT coalesce(brand, 'unknown') AS brand, CAST(sum(loss_minor) AS BIGINT) AS loss_minor, count(*) AS events
  FROM reported_events WHERE counts GROUP BY coalesce(brand, 'unknown')
)
SELECT n.brand AS brand, n.loss_minor AS loss_minor, n.events AS events,
       coalesce(CAST(round(CAST(n.loss_minor AS DOUBLE) * 1000000 / nullif(w.total, 0)) AS BIGINT), 0) AS share_ppm
FROM names AS n CROSS JOIN whole AS w
ORDER BY n.loss_minor DESC, n.brand""",
    rows_table="reports",
    rows_sql=_LOSS_IDS,
    count_sql=_LOSS_COUNT,
    is_assessment=True,
    sources=("calls", "reports"),
    settings=_LINKING,
    note_sql=_LOSS_NOTE,
)

_BY_BAND = Figure(
    key="loss.by_band",
    label="Events by gross loss",
    unit="events",
    definition="Events that state a loss in {currency}, by bands of it in minor units; to_minor is not included, empty"
    " = no upper end.",
    step="reported_events",
    value_sql="""WITH bands AS (
  SELECT * FROM (VALUES (0, 1), (1, 10000), (10000, 30000), (30000, 100000), (100000, 300000), (300000, 1000000),
    (1000000, 3000000), (3000000, 10000000), (10000000, 30000000), (30000000, 100000000), (100000000, NULL)
  ) AS b(from_minor, to_minor)
)
SELECT b.from_minor AS from_minor, b.to_minor AS to_minor, count(e.event_id) AS events
FROM bands AS b
LEFT JOIN reported_events AS e
  ON e.counts AND e.loss_minor >= b.from_minor AND (b.to_minor IS NULL OR e.loss_minor < b.to_minor)
GROUP BY b.from_minor, b.to_minor ORDER BY b.from_minor""",
    rows_table="reports",
    rows_sql=_LOSS_IDS,
    count_sql=_LOSS_COUNT,
    sources=("reports",),
    settings=_LINKING,
    note_sql=_LOSS_NOTE,
)

REPORT_FIGURES = (_REPORTS, _LINKED, _EVENTS)
LOSS_FIGURES = (_GROSS, _MEAN, _MAX, _BY_BRAND, _BY_BAND)

__all__ = ["LOSS_FIGURES", "REPORT_FIGURES"]

"""Which reports tell of one and the same loss, so that it is counted once; and what became of every report.

Two reports are of one event if they are linked to one call, or if one victim made them and they tell of the same day
and the same brand or number. Limits: a victim who lost money twice in one day to callers of one name is counted once,
with the larger loss; docs/links.md says why that side is the safe one.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from unspoof.engine import Inputs, Step
from unspoof.link.components import least_labels
from unspoof.link.junk import named
from unspoof.model.tables import Column, Table

PAIRS = Step(
    name="report_pairs",
    meaning="pairs of reports that tell of one event",
    reads=("reports_once", "report_call_links"),
    gives=Table(
        "report_pairs",
        "one row per pair of reports of one event",
        (
            Column("left_report_id", "int64", "a report", nullable=False),
            Column("right_report_id", "int64", "another", nullable=False),
            Column("because", "text", "same call or same victim and event", nullable=False),
        ),
    ),
    order_by=("left_report_id", "right_report_id", "because"),
    # A key that more than 40 reports bear ("unknown", a bank's switchboard) is no victim; each report is compared with
    # the ten next in time of its key, which bounds the pairs whatever the input.
    sql="""
WITH told AS (
  SELECT report_id,
         CASE WHEN <named> THEN trim(victim_ref) END AS victim_ref,
         exhibit,
         victim_phone_e164 AS phone,
         least(coalesce(incident_from, incident_to), coalesce(incident_to, incident_from)) AS from_at,
         greatest(coalesce(incident_from, incident_to), coalesce(incident_to, incident_from)) AS to_at,
         presented_stated_e164 AS shown,
         nullif(lower(trim(brand_stated)), '') AS brand,
         loss_gross_minor AS loss,
         currency
  FROM reports_once
), keyed AS (
  SELECT concat('ref ', victim_ref) AS victim, * FROM told WHERE victim_ref IS NOT NULL
  UNION ALL
  SELECT concat('phone ', CAST(phone AS VARCHAR)) AS victim, * FROM told WHERE phone IS NOT NULL
), placed AS (
  SELECT *,
         row_number() OVER (PARTITION BY victim ORDER BY from_at, report_id) AS place,
         count(*) OVER (PARTITION BY victim) AS held
  FROM keyed
), offsets AS (
  SELECT CAST(o AS BIGINT) AS o FROM (VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10)) AS v(o)
), paired AS (
  SELECT *, place + o AS next_place FROM placed CROSS JOIN offsets WHERE held BETWEEN 2 AND 40
), alike AS (
  SELECT l.report_id AS a, r.report_id AS b
  FROM paired AS l
  JOIN placed AS r ON r.victim = l.victim AND r.place = l.next_place
  WHERE l.report_id <> r.report_id
    AND CASE WHEN l.from_at IS NULL OR r.from_at IS NULL
             THEN coalesce(l.loss = r.loss AND l.loss > 0 AND l.currency IS NOT DISTINCT FROM r.currency, FALSE)
             ELSE date_diff('microsecond', l.to_at, r.from_at) <= 86400000000
              AND date_diff('microsecond', r.to_at, l.from_at) <= 86400000000 END
    AND NOT coalesce(l.exhibit = r.exhibit AND l.victim_ref <> r.victim_ref, FALSE)
    AND NOT coalesce(l.exhibit <> r.exhibit AND l.phone <> r.phone, FALSE)
    AND CASE WHEN coalesce(l.brand = r.brand, FALSE) OR coalesce(l.shown = r.shown, FALSE) THEN TRUE
             WHEN coalesce(l.phone <> r.phone, FALSE) THEN FALSE
             ELSE coalesce(l.brand = r.brand, TRUE) AND coalesce(l.shown = r.shown, TRUE) END
), chained AS (
  SELECT lag(report_id) OVER (PARTITION BY call_id ORDER BY report_id) AS a, report_id AS b FROM report_call_links
)
SELECT least(a, b) AS left_report_id, greatest(a, b) AS right_report_id, 'same victim and event' AS because
FROM alike
UNION
SELECT a AS left_report_id, b AS right_report_id, 'same call' AS because FROM chained WHERE a IS NOT NULL
""".replace("<named>", named("lower(trim(victim_ref))")),
)

LOSSES = Step(
    name="report_losses",
    meaning="each report with its loss, alone",
    reads=("reports_once",),
    gives=Table(
        "report_losses",
        "one row per report",
        (
            Column("report_id", "int64", "the report", nullable=False),
            Column("loss_gross_minor", "int64", "its loss; 0 where none is stated", "minor unit", False),
        ),
    ),
    kept=False,
    sql="SELECT report_id, coalesce(loss_gross_minor, 0) AS loss_gross_minor FROM reports_once",
)


def _events(inputs: Inputs) -> pa.Table:
    losses, pairs = inputs.tables["report_losses"], inputs.tables["report_pairs"]
    ids = losses["report_id"].to_numpy()
    order = np.argsort(ids, kind="stable")
    ids = ids[order]
    left = np.searchsorted(ids, pairs["left_report_id"].to_numpy())
    right = np.searchsorted(ids, pairs["right_report_id"].to_numpy())
    event = least_labels(len(ids), left, right)
    # Largest loss first within an event, then the least id, since `ids` is in order and the sort is stable.
    ranked = np.lexsort((np.arange(len(ids)), -losses["loss_gross_minor"].to_numpy()[order], event))
    counted = np.zeros(len(ids), dtype=bool)
    counted[ranked[np.unique(event[ranked], return_index=True)[1]]] = True
    return pa.table({"report_id": ids, "event_id": ids[event], "counted": counted})


EVENTS = Step(
    name="report_events",
    meaning="which event each report tells of, and the one report of each event whose loss counts",
    reads=("report_losses", "report_pairs"),
    gives=Table(
        "report_events",
        "one row per report",
        (
            Column("report_id", "int64", "the report", nullable=False),
            Column("event_id", "int64", "least report_id of the event", nullable=False),
            Column("counted", "bool", "its loss counts: the largest of the event, ties the least id", nullable=False),
        ),
    ),
    order_by=("report_id",),
    run=_events,
)

OUTCOMES = Step(
    name="report_link_outcomes",
    meaning="what became of every report: linked, or the reason why not",
    reads=("reports_once", "report_numbers", "report_call_scores", "report_call_links", "setting"),
    gives=Table(
        "report_link_outcomes",
        "one row per report",
        (
            Column("report_id", "int64", "the report", nullable=False),
            Column("outcome", "text", "linked, uncertain, no-call or no-number", nullable=False),
            Column("calls", "int64", "calls that came into question", nullable=False),
            Column("best_ppm", "int64", "probability of the likeliest of them", "millionths", False),
            Column("because", "text", "a sentence", nullable=False),
        ),
    ),
    order_by=("report_id",),
    settings=("link_min_score_ppm", "link_window_s", "link_exact_window_s", "link_max_calls"),
    sql="""
WITH sought AS (
  SELECT report_id, count(*) AS calls, max(sitting_ppm) AS best_ppm
  FROM report_call_scores
  GROUP BY report_id
), judged AS (
  SELECT n.report_id,
         CASE WHEN l.report_id IS NOT NULL THEN 'linked'
              WHEN n.stated IS NULL THEN 'no-number'
              WHEN s.calls IS NULL THEN 'no-call'
              ELSE 'uncertain' END AS outcome,
         coalesce(s.calls, 0) AS calls,
         coalesce(s.best_ppm, 0) AS best_ppm
  FROM report_numbers AS n
  LEFT JOIN report_call_links AS l ON l.report_id = n.report_id
  LEFT JOIN sought AS s ON s.report_id = n.report_id
)
SELECT report_id, outcome, calls, best_ppm,
       CASE outcome
         WHEN 'linked' THEN 'a call is likely enough'
         WHEN 'no-number' THEN 'the report gives no victim number of seven digits or more'
         WHEN 'no-call' THEN 'no call near the stated time to that number or one slip away from it'
         ELSE concat('the likeliest call has ', best_ppm // 10000, ' per cent, less than the case asks') END AS because
FROM judged
""",
)

STEPS = (PAIRS, LOSSES, EVENTS, OUTCOMES)

__all__ = ["EVENTS", "LOSSES", "OUTCOMES", "PAIRS", "STEPS"]

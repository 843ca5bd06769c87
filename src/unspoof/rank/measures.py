"""What several rankings count: calls by kind, whom each account reached, reported events; nothing is weighed here.

Each heavy pass over the calls is made once, here, and read by the rankings and the figures.
"""

from __future__ import annotations

from unspoof.engine.step import Step
from unspoof.model.tables import Column, Table

BRAND_SPANS = Step(
    name="brand_spans",
    meaning="the one label of the brand that a presented number showed, for each stretch of time",
    reads=("presented_brands",),
    gives=Table(
        "brand_spans",
        "one stretch of time in which a presented number belonged to the same brands",
        (
            Column("presented_e164", "int64", "the number shown", nullable=False),
            Column("valid_from", "timestamp", "first moment; empty = always", "UTC"),
            Column("valid_to", "timestamp", "first moment after it; empty = open", "UTC"),
            Column("brand", "text", "the brand; 'A or B' where the directory gives the number to both", nullable=False),
            Column("sector", "text", "its sector, or sectors"),
        ),
    ),
    order_by=("presented_e164", "valid_from"),
    # A directory may give one number to two brands at one time. Counting such a call twice would make shares exceed
    # one, and choosing would be a guess: the label says both.
    sql="""
WITH moments AS (
  SELECT DISTINCT presented_e164, coalesce(valid_from, TIMESTAMP '0001-01-01 00:00:00') AS moment
  FROM presented_brands
  UNION
  SELECT DISTINCT presented_e164, valid_to AS moment FROM presented_brands WHERE valid_to IS NOT NULL
), stretches AS (
  SELECT presented_e164, moment,
         lead(moment) OVER (PARTITION BY presented_e164 ORDER BY moment) AS next_moment
  FROM moments
)
SELECT s.presented_e164 AS presented_e164,
       CASE WHEN s.moment > TIMESTAMP '0001-01-01 00:00:00' THEN s.moment END AS valid_from,
       s.next_moment AS valid_to,
       CASE WHEN count(b.brand) > 0 THEN array_to_string(coalesce(list_sort(list_distinct(
         list(b.brand) FILTER (WHERE b.brand IS NOT NULL))), []), ' or ') END AS brand,
       CASE WHEN count(b.sector) > 0 THEN array_to_string(coalesce(list_sort(list_distinct(
         list(b.sector) FILTER (WHERE b.sector IS NOT NULL))), []), ' or ') END AS sector
FROM stretches AS s
JOIN presented_brands AS b
  ON b.presented_e164 = s.presented_e164
 AND coalesce(b.valid_from, TIMESTAMP '0001-01-01 00:00:00') <= s.moment
 AND (b.valid_to IS NULL OR b.valid_to > s.moment)
GROUP BY s.presented_e164, s.moment, s.next_moment
""",
)

_SHOWN = Table(
    "calls_shown",
    "one call, duplicates left out, with the brand that its presented number showed at that time",
    (
        Column("call_id", "int64", "the call", nullable=False),
        Column("account_id", "int64", "the account that made it"),
        Column("called_e164", "int64", "the number called"),
        Column("called_country", "text", "its country"),
        Column("at", "timestamp", "first known moment", "UTC"),
        Column("duration_s", "int64", "talk time", "s"),
        Column("outcome", "text", "how it ended", nullable=False),
        Column("is_long", "bool", "talk time above long_call_s", nullable=False),
        Column("brand", "text", "the brand shown; empty where none"),
    ),
)

CALLS_SHOWN = Step(
    name="calls_shown",
    meaning=_SHOWN.meaning,
    reads=("calls_once", "brand_spans", "setting"),
    gives=_SHOWN,
    kept=False,
    settings=("long_call_s",),
    sql="""
SELECT c.call_id AS call_id, c.account_id AS account_id, c.called_e164 AS called_e164,
       c.called_country AS called_country, c.at AS at, c.duration_s AS duration_s, c.outcome AS outcome,
       coalesce(c.duration_s > (SELECT long_call_s FROM setting), FALSE) AS is_long, b.brand AS brand
FROM calls_once AS c
LEFT JOIN brand_spans AS b
  ON b.presented_e164 = c.presented_e164
 AND (b.valid_from IS NULL OR c.at >= b.valid_from)
 AND (b.valid_to IS NULL OR c.at < b.valid_to)
""",
)

CALLS_BY_KIND = Step(
    name="calls_by_kind",
    meaning="calls counted once, by country called, brand shown, outcome and whether long",
    reads=("calls_shown",),
    gives=Table(
        "calls_by_kind",
        "how many calls of one kind",
        (
            Column("country", "text", "ISO 3166 code of the number called; empty where it could not be told"),
            Column("brand", "text", "the brand shown; empty where none"),
            Column("outcome", "text", "how they ended", nullable=False),
            Column("is_long", "bool", "talk time above long_call_s", nullable=False),
            Column("calls", "int64", "how many", "calls", False),
        ),
    ),
    order_by=("country", "brand", "outcome", "is_long"),
    settings=("long_call_s",),
    sql="""
SELECT called_country AS country, brand, outcome, is_long, count(*) AS calls
FROM calls_shown
GROUP BY called_country, brand, outcome, is_long
""",
)

CONTACTS = Step(
    name="contacts",
    meaning="which account called which number that had a long call from anybody, under which brand, and how often",
    reads=("calls_once", "calls_shown", "setting"),
    gives=Table(
        "contacts",
        "all calls of one account to one number under one brand, where the number had at least one long call",
        (
            Column("number", "int64", "the number called", nullable=False),
            Column("account_id", "int64", "the account that called it"),
            Column("brand", "text", "the brand shown; empty where none"),
            Column("country", "text", "ISO 3166 code of the number"),
            Column("calls", "int64", "calls, answered or not", "calls", False),
            Column("long_calls", "int64", "those with talk time above long_call_s", "calls", False),
            Column("longest_s", "int64", "the longest talk time", "s"),
            Column("first_at", "timestamp", "first of them", "UTC"),
            Column("last_at", "timestamp", "last of them", "UTC"),
        ),
    ),
    order_by=("number", "account_id", "brand"),
    settings=("long_call_s",),
    # A long call lasts more than 0 s in any case, as the setting is not negative: said as a constant, it lets the engine
    # see that `reached` is the small side of the join.
    sql="""
WITH reached AS (
  SELECT DISTINCT called_e164 FROM calls_once
  WHERE duration_s > 0 AND duration_s > (SELECT long_call_s FROM setting) AND called_e164 IS NOT NULL
)
SELECT c.called_e164 AS number, c.account_id AS account_id, c.brand AS brand, max(c.called_country) AS country,
       count(*) AS calls, count(*) FILTER (WHERE c.is_long) AS long_calls, max(c.duration_s) AS longest_s,
       min(c.at) AS first_at, max(c.at) AS last_at
FROM calls_shown AS c
JOIN reached AS r ON r.called_e164 = c.called_e164
GROUP BY c.called_e164, c.account_id, c.brand
""",
)

LINKED_CALLS = Step(
    name="linked_calls",
    meaning="each linked report with what is known of the call that it is tied to",
    reads=("report_call_links", "report_events", "calls_shown"),
    gives=Table(
        "linked_calls",
        "one report that is tied to a call",
        (
            Column("report_id", "int64", "the report", nullable=False),
            Column("event_id", "int64", "the event that it reports"),
            Column("score_ppm", "int64", "probability of the link", "millionths"),
            Column("call_id", "int64", "the call", nullable=False),
            Column("account_id", "int64", "the account that made the call"),
            Column("number", "int64", "the number called"),
            Column("country", "text", "its country"),
            Column("brand", "text", "the brand that the call showed"),
        ),
    ),
    order_by=("report_id",),
    settings=("long_call_s",),
    sql="""
SELECT l.report_id AS report_id, e.event_id AS event_id, l.score_ppm AS score_ppm, l.call_id AS call_id,
       coalesce(c.account_id, l.account_id) AS account_id, c.called_e164 AS number,
       c.called_country AS country, c.brand AS brand
FROM report_call_links AS l
LEFT JOIN report_events AS e ON e.report_id = l.report_id
LEFT JOIN calls_shown AS c ON c.call_id = l.call_id
""",
)

REPORTED_EVENTS = Step(
    name="reported_events",
    meaning="each event that victims reported, once, with its loss, and the call it is tied to if any",
    reads=("report_events", "reports_once", "linked_calls", "brands", "this_case"),
    gives=Table(
        "reported_events",
        "one event: all reports of one victim of one thing",
        (
            Column("event_id", "int64", "the event", nullable=False),
            Column("report_id", "int64", "the report whose loss is counted", nullable=False),
            Column("reports", "int64", "reports of it", "reports", False),
            Column("call_id", "int64", "the call of its best link; empty where none of its reports is linked"),
            Column("account_id", "int64", "the account that made that call"),
            Column("number", "int64", "the number called"),
            Column("brand", "text", "the brand that the call showed, else the brand stated"),
            Column("brand_from", "text", "shown or stated"),
            Column("loss_minor", "int64", "gross loss of the counted report", "minor unit of currency"),
            Column("currency", "text", "ISO 4217; the case's where the report states none"),
            Column("counts", "bool", "a loss of zero or more in the case's currency is stated", nullable=False),
        ),
    ),
    order_by=("event_id",),
    settings=("long_call_s",),
    sql="""
WITH sizes AS (
  SELECT event_id, count(*) AS reports FROM report_events GROUP BY event_id
), best AS (
  SELECT event_id, max_by(report_id, {'score': coalesce(score_ppm, 0), 'id': -report_id}) AS report_id
  FROM linked_calls WHERE event_id IS NOT NULL
  GROUP BY event_id
), spelled AS (
  SELECT lower(brand) AS folded, min(brand) AS brand FROM brands GROUP BY lower(brand)
)
SELECT e.event_id AS event_id, e.report_id AS report_id, z.reports AS reports,
       l.call_id AS call_id, l.account_id AS account_id, l.number AS number,
       coalesce(l.brand, s.brand, nullif(trim(r.brand_stated), '')) AS brand,
       CASE WHEN l.brand IS NOT NULL THEN 'shown' WHEN nullif(trim(r.brand_stated), '') IS NOT NULL THEN 'stated' END
         AS brand_from,
       r.loss_gross_minor AS loss_minor, coalesce(r.currency, t.currency) AS currency,
       coalesce(r.loss_gross_minor >= 0 AND coalesce(r.currency, t.currency) = t.currency, FALSE) AS counts
FROM report_events AS e
JOIN sizes AS z ON z.event_id = e.event_id
JOIN reports_once AS r ON r.report_id = e.report_id
CROSS JOIN this_case AS t
LEFT JOIN best AS b ON b.event_id = e.event_id
LEFT JOIN linked_calls AS l ON l.report_id = b.report_id
LEFT JOIN spelled AS s ON s.folded = lower(trim(r.brand_stated))
WHERE e.counted
""",
)

MEASURES = (BRAND_SPANS, CALLS_SHOWN, CALLS_BY_KIND, CONTACTS, LINKED_CALLS, REPORTED_EVENTS)

__all__ = [
    "BRAND_SPANS",
    "CALLS_BY_KIND",
    "CALLS_SHOWN",
    "CONTACTS",
    "LINKED_CALLS",
    "MEASURES",
    "REPORTED_EVENTS",
]

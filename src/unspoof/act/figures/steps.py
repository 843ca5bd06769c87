"""What the figures read beside the rankings: calls by time and length, how far the data reach, payments booked."""

from __future__ import annotations

from unspoof.engine.step import Step
from unspoof.model.tables import Column, Table

CALL_TIMES = Step(
    name="call_times",
    meaning="calls counted once, by month, hour, length and whether answered",
    reads=("calls_once",),
    gives=Table(
        "call_times",
        "how many calls of one month, hour and length",
        (
            Column("month", "timestamp", "first moment of the month; empty where no time is known", "UTC"),
            Column("hour", "int32", "hour of the day", "UTC"),
            Column("is_answered", "bool", "the call was answered", nullable=False),
            Column("from_s", "int64", "least talk time of the band; empty where the talk time is not known", "s"),
            Column("calls", "int64", "how many", "calls", False),
            Column("first_at", "timestamp", "first of them", "UTC"),
            Column("last_at", "timestamp", "last of them", "UTC"),
        ),
    ),
    order_by=("month", "hour", "is_answered", "from_s"),
    sql="""
SELECT date_trunc('month', c.at) AS month, hour(c.at) AS hour, c.outcome = 'answered' AS is_answered,
       CASE WHEN c.duration_s > 1800 THEN 1801 WHEN c.duration_s > 600 THEN 601 WHEN c.duration_s > 300 THEN 301
            WHEN c.duration_s > 120 THEN 121 WHEN c.duration_s > 60 THEN 61 WHEN c.duration_s > 30 THEN 31
            WHEN c.duration_s > 10 THEN 11 WHEN c.duration_s > 0 THEN 1 WHEN c.duration_s <= 0 THEN 0 END AS from_s,
       count(*) AS calls, min(c.at) AS first_at, max(c.at) AS last_at
FROM calls_once AS c
GROUP BY 1, 2, 3, 4
""",
)

EXTENTS = Step(
    name="extents",
    meaning="how many rows each source holds, and its first and last moment: where the cut-off of a figure comes from",
    reads=("call_times", "accounts_once", "payments_once", "reports_once", "logins_once", "coin_txs"),
    gives=Table(
        "extents",
        "one source",
        (
            Column("source", "text", "calls, accounts, payments, reports, logins or transactions", nullable=False),
            Column("rows", "int64", "rows, duplicates left out", "rows", False),
            Column("first_at", "timestamp", "first moment that they tell of", "UTC"),
            Column("last_at", "timestamp", "last moment that they tell of", "UTC"),
        ),
    ),
    order_by=("source",),
    sql="""
SELECT 'calls' AS source, coalesce(CAST(sum(calls) AS BIGINT), 0) AS rows, min(first_at) AS first_at,
       max(last_at) AS last_at
FROM call_times
UNION ALL
SELECT 'accounts' AS source, count(*) AS rows, min(created_at) AS first_at,
       max(CASE WHEN last_seen_at > created_at OR created_at IS NULL THEN last_seen_at ELSE created_at END) AS last_at
FROM accounts_once
UNION ALL
SELECT 'payments' AS source, count(*) AS rows, min(p.at) AS first_at, max(p.at) AS last_at FROM payments_once AS p
UNION ALL
SELECT 'reports' AS source, count(*) AS rows, min(reported_at) AS first_at, max(reported_at) AS last_at
FROM reports_once
UNION ALL
SELECT 'logins' AS source, count(*) AS rows, min(l.at) AS first_at, max(l.at) AS last_at FROM logins_once AS l
UNION ALL
SELECT 'transactions' AS source, count(*) AS rows, min(block_at) AS first_at, max(block_at) AS last_at FROM coin_txs
""",
)

BOOKED_PAYMENTS = Step(
    name="booked_payments",
    meaning="completed payments above zero, duplicates left out; the service's currency is that of most of them",
    reads=("payments_once", "this_case"),
    gives=Table(
        "booked_payments",
        "one completed payment",
        (
            Column("payment_id", "int64", "the payment", nullable=False),
            Column("account_id", "int64", "the account that paid"),
            Column("at", "timestamp", "when it was booked", "UTC"),
            Column("amount_minor", "int64", "amount", "minor unit of currency", False),
            Column("currency", "text", "ISO 4217; the case's where the source states none", nullable=False),
            Column("states_currency", "bool", "the source states the currency", nullable=False),
            Column("is_main", "bool", "in the currency of most payments", nullable=False),
        ),
    ),
    order_by=("payment_id",),
    sql="""
WITH booked AS (
  SELECT p.payment_id AS payment_id, p.account_id AS account_id, p.at AS at, p.amount_minor AS amount_minor,
         coalesce(p.currency, t.currency) AS currency, p.currency IS NOT NULL AS states_currency
  FROM payments_once AS p CROSS JOIN this_case AS t
  WHERE p.status = 'completed' AND p.amount_minor > 0
), sizes AS (
  SELECT currency, count(*) AS payments FROM booked GROUP BY currency
), placed AS (
  SELECT currency, row_number() OVER (ORDER BY payments DESC, currency) AS place FROM sizes
)
SELECT b.payment_id AS payment_id, b.account_id AS account_id, b.at AS at, b.amount_minor AS amount_minor,
       b.currency AS currency, b.states_currency AS states_currency, p.place = 1 AS is_main
FROM booked AS b JOIN placed AS p ON p.currency = b.currency
""",
)

STEPS = (CALL_TIMES, EXTENTS, BOOKED_PAYMENTS)

__all__ = ["BOOKED_PAYMENTS", "CALL_TIMES", "EXTENTS", "STEPS"]

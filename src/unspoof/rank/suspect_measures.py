"""What each person or crew did, in figures: accounts, calls, payments, reports; nothing is weighed here."""

from __future__ import annotations

from unspoof.engine.step import Step
from unspoof.model.tables import Column, Table

SUSPECT_ACCOUNTS = Step(
    name="suspect_accounts",
    meaning="which accounts a suspect holds, and whether each is of the home country",
    reads=("crews", "payments_once", "accounts_once", "this_case"),
    gives=Table(
        "suspect_accounts",
        "one account",
        (
            Column("account_id", "int64", "the account", nullable=False),
            Column("suspect_id", "text", "the person or crew that holds it", nullable=False),
            Column("country", "text", "the country entered, if it is a code of two letters, else the phone's"),
            Column("is_home", "bool", "that country is the case's home", nullable=False),
        ),
    ),
    order_by=("account_id",),
    # An account that appears in payments alone is in no crew; it is a suspect of its own, not lost.
    sql="""
WITH held AS (
  SELECT account_id, suspect_id FROM crews
  UNION ALL
  SELECT p.account_id AS account_id, 'S' || CAST(p.account_id AS VARCHAR) AS suspect_id
  FROM (SELECT DISTINCT account_id FROM payments_once WHERE account_id IS NOT NULL) AS p
  ANTI JOIN crews AS c ON c.account_id = p.account_id
), placed AS (
  SELECT account_id,
         CASE WHEN regexp_matches(country, '^[A-Za-z]{2}\\z') THEN upper(country) ELSE phone_country END AS country
  FROM accounts_once
)
SELECT h.account_id AS account_id, h.suspect_id AS suspect_id, p.country AS country,
       coalesce(p.country = (SELECT home FROM this_case), FALSE) AS is_home
FROM held AS h
LEFT JOIN placed AS p ON p.account_id = h.account_id
""",
)

ACCOUNT_ACTIVITY = Step(
    name="account_activity",
    meaning="calls of each account, counted once",
    reads=("calls_once", "setting", "this_case"),
    gives=Table(
        "account_activity",
        "one account that made calls",
        (
            Column("account_id", "int64", "the account", nullable=False),
            Column("calls", "int64", "calls, answered or not", "calls", False),
            Column("answered", "int64", "calls answered", "calls", False),
            Column("long_calls", "int64", "calls with talk time above long_call_s", "calls", False),
            Column("home_calls", "int64", "calls to the home country", "calls", False),
            Column("first_at", "timestamp", "first call", "UTC"),
            Column("last_at", "timestamp", "last call", "UTC"),
        ),
    ),
    order_by=("account_id",),
    settings=("long_call_s",),
    sql="""
SELECT account_id, count(*) AS calls,
       count(*) FILTER (WHERE outcome = 'answered') AS answered,
       count(*) FILTER (WHERE duration_s > (SELECT long_call_s FROM setting)) AS long_calls,
       count(*) FILTER (WHERE called_country = (SELECT home FROM this_case)) AS home_calls,
       min(c.at) AS first_at, max(c.at) AS last_at
FROM calls_once AS c
WHERE account_id IS NOT NULL
GROUP BY account_id
""",
)

SUSPECT_MEASURES = Step(
    name="suspect_measures",
    meaning="what each suspect did, in figures: the facts under the assessment",
    reads=(
        "suspect_accounts",
        "account_activity",
        "payments_once",
        "contacts",
        "linked_calls",
        "reported_events",
        "this_case",
    ),
    gives=Table(
        "suspect_measures",
        "one suspect with at least one call or completed payment",
        (
            Column("suspect_id", "text", "the person or crew", nullable=False),
            Column("accounts", "int64", "accounts held", "accounts", False),
            Column("country", "text", "home if any account is of the home country, else all its countries"),
            Column("is_home", "bool", "any account is of the home country", nullable=False),
            Column("payments", "int64", "completed payments above zero in the case's currency", "payments", False),
            Column("spend_minor", "int64", "their sum", "minor unit of currency", False),
            Column("currency", "text", "the case's", nullable=False),
            Column("other_payments", "int64", "completed payments in other currencies", "payments", False),
            Column("other_currencies", "text", "those currencies, ', ' between them"),
            Column("calls", "int64", "calls, answered or not", "calls", False),
            Column("answered", "int64", "calls answered", "calls", False),
            Column("long_calls", "int64", "calls with talk time above long_call_s", "calls", False),
            Column("home_calls", "int64", "calls to the home country", "calls", False),
            Column("people", "int64", "distinct numbers reached by its long calls", "numbers", False),
            Column("reports", "int64", "reports linked to its calls", "reports", False),
            Column("events", "int64", "events that those reports tell of", "events", False),
            Column("losses", "int64", "of them with a loss in the case's currency", "events", False),
            Column("loss_minor", "int64", "sum of those losses", "minor unit of currency", False),
            Column("first_at", "timestamp", "first call or payment", "UTC"),
            Column("last_at", "timestamp", "last call or payment", "UTC"),
        ),
    ),
    order_by=("suspect_id",),
    settings=("long_call_s",),
    sql="""
WITH held AS (
  SELECT suspect_id, count(*) AS accounts, max(CASE WHEN is_home THEN 1 ELSE 0 END) = 1 AS is_home,
         string_agg(DISTINCT country, ';' ORDER BY country) AS countries
  FROM suspect_accounts GROUP BY suspect_id
), called AS (
  SELECT s.suspect_id AS suspect_id, CAST(sum(a.calls) AS BIGINT) AS calls,
         CAST(sum(a.answered) AS BIGINT) AS answered, CAST(sum(a.long_calls) AS BIGINT) AS long_calls,
         CAST(sum(a.home_calls) AS BIGINT) AS home_calls, min(a.first_at) AS first_at, max(a.last_at) AS last_at
  FROM account_activity AS a JOIN suspect_accounts AS s ON s.account_id = a.account_id
  GROUP BY s.suspect_id
), completed AS (
  SELECT s.suspect_id AS suspect_id, p.at AS at, p.amount_minor AS amount_minor,
         coalesce(p.currency, t.currency) AS currency, t.currency AS wanted
  FROM payments_once AS p
  JOIN suspect_accounts AS s ON s.account_id = p.account_id
  CROSS JOIN this_case AS t
  WHERE p.status = 'completed' AND p.amount_minor > 0
), paid AS (
  SELECT suspect_id, count(*) FILTER (WHERE currency = wanted) AS payments,
         CAST(sum(CASE WHEN currency = wanted THEN amount_minor ELSE 0 END) AS BIGINT) AS spend_minor,
         count(*) FILTER (WHERE currency <> wanted) AS other_payments,
         string_agg(DISTINCT CASE WHEN currency <> wanted THEN currency END, ', '
                    ORDER BY CASE WHEN currency <> wanted THEN currency END) AS other_currencies,
         min(c.at) AS first_at, max(c.at) AS last_at
  FROM completed AS c GROUP BY suspect_id
), reached AS (
  SELECT s.suspect_id AS suspect_id, count(DISTINCT c.number) AS people
  FROM contacts AS c JOIN suspect_accounts AS s ON s.account_id = c.account_id
  WHERE c.long_calls > 0
  GROUP BY s.suspect_id
), told AS (
  SELECT s.suspect_id AS suspect_id, count(*) AS reports
  FROM linked_calls AS l JOIN suspect_accounts AS s ON s.account_id = l.account_id
  GROUP BY s.suspect_id
), lost AS (
  SELECT s.suspect_id AS suspect_id, count(*) AS events, count(*) FILTER (WHERE e.counts) AS losses,
         CAST(sum(CASE WHEN e.counts THEN e.loss_minor ELSE 0 END) AS BIGINT) AS loss_minor
  FROM reported_events AS e JOIN suspect_accounts AS s ON s.account_id = e.account_id
  GROUP BY s.suspect_id
), spans AS (
  SELECT suspect_id, min(first_at) AS first_at, max(last_at) AS last_at
  FROM (SELECT suspect_id, first_at, last_at FROM called
        UNION ALL SELECT suspect_id, first_at, last_at FROM paid) AS acts
  GROUP BY suspect_id
)
SELECT h.suspect_id AS suspect_id, h.accounts AS accounts,
       CASE WHEN h.is_home THEN (SELECT home FROM this_case) ELSE h.countries END AS country, h.is_home AS is_home,
       coalesce(p.payments, 0) AS payments, coalesce(p.spend_minor, 0) AS spend_minor,
       (SELECT currency FROM this_case) AS currency, coalesce(p.other_payments, 0) AS other_payments,
       p.other_currencies AS other_currencies, coalesce(c.calls, 0) AS calls, coalesce(c.answered, 0) AS answered,
       coalesce(c.long_calls, 0) AS long_calls, coalesce(c.home_calls, 0) AS home_calls,
       coalesce(r.people, 0) AS people, coalesce(t.reports, 0) AS reports, coalesce(l.events, 0) AS events,
       coalesce(l.losses, 0) AS losses, coalesce(l.loss_minor, 0) AS loss_minor,
       s.first_at AS first_at, s.last_at AS last_at
FROM held AS h
JOIN spans AS s ON s.suspect_id = h.suspect_id
LEFT JOIN called AS c ON c.suspect_id = h.suspect_id
LEFT JOIN paid AS p ON p.suspect_id = h.suspect_id
LEFT JOIN reached AS r ON r.suspect_id = h.suspect_id
LEFT JOIN told AS t ON t.suspect_id = h.suspect_id
LEFT JOIN lost AS l ON l.suspect_id = h.suspect_id
""",
)

SUSPECT_STEPS = (SUSPECT_ACCOUNTS, ACCOUNT_ACTIVITY, SUSPECT_MEASURES)

__all__ = ["ACCOUNT_ACTIVITY", "SUSPECT_ACCOUNTS", "SUSPECT_MEASURES", "SUSPECT_STEPS"]

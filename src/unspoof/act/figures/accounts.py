"""Figures of accounts and what they paid, as the service booked it; what the bitcoin chain shows is not among them."""

from __future__ import annotations

from unspoof.act.figures.figure import Figure, tally

_ACCOUNT_IDS = "SELECT account_id FROM accounts_once"
_ACCOUNTS = Figure(
    key="accounts.total",
    label="Accounts",
    unit="accounts",
    definition="Accounts in the service's own account records; one shown by several exhibits is one.",
    step="accounts_once",
    value_sql="SELECT count(*) AS value FROM accounts_once",
    rows_table="accounts",
    rows_sql=_ACCOUNT_IDS,
    count_sql=tally("accounts", _ACCOUNT_IDS),
    sources=("accounts",),
    note_sql="""SELECT CASE WHEN count(*) > 0
            THEN 'Left out: accounts that only calls or payments name ('
              || CAST(count(*) AS VARCHAR) || ').' END AS note
FROM suspect_accounts AS s ANTI JOIN accounts_once AS a ON a.account_id = s.account_id""",
)

_PAYING_IDS = """SELECT b.payment_id AS payment_id
FROM booked_payments AS b SEMI JOIN accounts_once AS a ON a.account_id = b.account_id"""
_PAYING = Figure(
    key="accounts.paying",
    label="Accounts that paid",
    unit="accounts",
    definition="Of accounts.total, those with at least one completed payment above zero, in any currency.",
    step="booked_payments",
    value_sql="""SELECT count(DISTINCT b.account_id) AS value
FROM booked_payments AS b SEMI JOIN accounts_once AS a ON a.account_id = b.account_id""",
    rows_table="payments",
    rows_sql=_PAYING_IDS,
    count_sql=tally("payments", _PAYING_IDS),
    sources=("payments",),
    note_sql="""SELECT CASE WHEN count(*) > 0
            THEN 'Left out: completed payments of accounts that the account records lack, or of none ('
              || CAST(count(*) AS VARCHAR) || ').' END AS note
FROM booked_payments AS b ANTI JOIN accounts_once AS a ON a.account_id = b.account_id""",
)

_INCOME_IDS = "SELECT payment_id FROM booked_payments WHERE is_main"
_INCOME = Figure(
    key="income.total",
    label="Income as the service booked it",
    unit="minor units of {currency}",
    definition="Sum of completed payments above zero as the service booked them, in the currency of most of them; not"
    " checked against the bitcoin chain. Payments that state no currency are read as {currency}.",
    step="booked_payments",
    value_sql="SELECT coalesce(CAST(sum(amount_minor) AS BIGINT), 0) AS value FROM booked_payments WHERE is_main",
    rows_table="payments",
    rows_sql=_INCOME_IDS,
    count_sql=tally("payments", _INCOME_IDS),
    sources=("payments",),
    unit_sql="""SELECT 'minor units of ' || coalesce(min(b.currency), min(t.currency)) AS unit
FROM this_case AS t LEFT JOIN booked_payments AS b ON b.is_main""",
    note_sql="""SELECT nullif(concat_ws(' ',
         CASE WHEN count(*) FILTER (WHERE NOT is_main) > 0 THEN
              'Left out: payments in other currencies ('
              || CAST(count(*) FILTER (WHERE NOT is_main) AS VARCHAR) || ').' END,
         (SELECT CASE WHEN count(*) > 0 THEN 'Left out: completed payments of zero or less, such as corrections ('
              || CAST(count(*) AS VARCHAR) || ').' END
          FROM payments_once WHERE status = 'completed' AND amount_minor <= 0),
         CASE WHEN count(*) FILTER (WHERE NOT states_currency) > 0 THEN
              'Payments that state no currency: '
              || CAST(count(*) FILTER (WHERE NOT states_currency) AS VARCHAR) || '.' END),
       '') AS note
FROM booked_payments""",
)

_CURRENCY_IDS = "SELECT payment_id FROM booked_payments"
_BY_CURRENCY = Figure(
    key="income.by_currency",
    label="Income by currency",
    unit="minor units of each currency",
    definition="Sum and number of completed payments above zero, by currency; {currency} where none is stated.",
    step="booked_payments",
    value_sql="""SELECT currency, CAST(sum(amount_minor) AS BIGINT) AS amount_minor, count(*) AS payments
FROM booked_payments GROUP BY currency ORDER BY payments DESC, currency""",
    rows_table="payments",
    rows_sql=_CURRENCY_IDS,
    count_sql=tally("payments", _CURRENCY_IDS),
    sources=("payments",),
)

ACCOUNT_FIGURES = (_ACCOUNTS, _PAYING)
INCOME_FIGURES = (_INCOME, _BY_CURRENCY)

__all__ = ["ACCOUNT_FIGURES", "INCOME_FIGURES"]

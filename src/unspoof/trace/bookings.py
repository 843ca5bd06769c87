"""What the service's books say of each payment, and which exact amounts were asked for it; the chain is not looked at.

A case without any transaction has no bookings here: there is nothing to hold the books against.
"""

from __future__ import annotations

from unspoof.engine import Step
from unspoof.model.tables import Column, Table
from unspoof.trace.wording import filled, plain_address, plain_txid

BOOKINGS = Step(
    name="bookings",
    meaning="each payment of the service's books once, with what it says of the chain",
    reads=("payments_once", "coin_txs", "this_case"),
    gives=Table(
        "bookings",
        "one payment of the books, in a case that has transactions",
        (
            Column("payment_id", "int64", "the payment", nullable=False),
            Column("account_id", "int64", "the account that it was booked for"),
            Column("booked_at", "timestamp", "when it was booked", "UTC"),
            Column("amount_minor", "int64", "amount as booked", "minor unit of currency"),
            Column("currency", "text", "ISO 4217; the case's where the source states none", nullable=False),
            Column("value_sat", "int64", "amount in bitcoin where the books give it", "sat"),
            Column("address", "text", "the receiving address that they give"),
            Column("txid", "text", "the transaction that they cite"),
            Column("is_bad_txid", "bool", "they cite something that is no transaction id", nullable=False),
            Column("status", "text", "as the books have it", nullable=False),
            Column("is_refund", "bool", "they say that money was given back", nullable=False),
        ),
    ),
    order_by=("payment_id",),
    sql=filled(
        """
SELECT p.payment_id AS payment_id, p.account_id AS account_id, p.at AS booked_at, p.amount_minor AS amount_minor,
       coalesce(p.currency, t.currency) AS currency,
       CASE WHEN p.value_sat > 0 THEN p.value_sat END AS value_sat,
       <address> AS address, <txid> AS txid,
       coalesce(trim(p.txid) <> '' AND NOT regexp_matches(lower(trim(p.txid)), '^[0-9a-f]{64}\\z'), FALSE) AS is_bad_txid,
       p.status AS status, p.status = 'refunded' OR coalesce(p.amount_minor < 0, FALSE) AS is_refund
FROM payments_once AS p
CROSS JOIN this_case AS t
CROSS JOIN (SELECT count(*) AS held FROM coin_txs) AS c
WHERE c.held > 0
""",
        address=plain_address("p.address"),
        txid=plain_txid("p.txid"),
    ),
)

BOOKING_AMOUNTS = Step(
    name="booking_amounts",
    meaning="the exact amounts in bitcoin that a payment may stand for: the booked one, else those asked of its account",
    reads=("bookings", "invoices_once", "coin_txs", "linked_coin_parts", "setting", "this_case"),
    gives=Table(
        "booking_amounts",
        "one payment and one exact amount that was booked or asked for",
        (
            Column("payment_id", "int64", "the payment", nullable=False),
            Column("value_sat", "int64", "the amount", "sat", False),
            Column("basis", "text", "booked, or invoiced: an invoice of the account asked for it", nullable=False),
            Column("invoice_id", "int64", "that invoice, the least of several"),
            Column("address", "text", "the address of that invoice, where it gives one"),
            Column("asked_at", "timestamp", "when that invoice asked for it; empty where the amount was booked", "UTC"),
            Column("is_open", "bool", "the books call every such invoice pending or failed", nullable=False),
        ),
    ),
    order_by=("payment_id", "value_sat"),
    settings=("money_match_window_s",),
    # An invoice is of a payment if account and credit are the same and it was made before the booking and near it, or near
    # the block of the transaction that is cited: a booking may be late, a payment is not. Somebody may have asked twice,
    # so that several are. The cited transaction decides: what it pays exactly is what was asked for, and an invoice that
    # another booking's transaction pays exactly is that one's.
    sql=filled(
        """
WITH asked AS (
  SELECT i.invoice_id AS invoice_id, i.account_id AS account_id, i.at AS asked_at, i.amount_minor AS amount_minor,
         coalesce(i.currency, t.currency) AS currency, i.value_sat AS value_sat, <address> AS address,
         i.status IN ('pending', 'failed') AS is_open
  FROM invoices_once AS i CROSS JOIN this_case AS t
  WHERE i.value_sat > 0
), near AS (
  SELECT b.payment_id AS payment_id, b.txid AS txid, i.invoice_id AS invoice_id, i.value_sat AS value_sat,
         i.address AS address, i.asked_at AS asked_at, i.is_open AS is_open,
         abs(date_diff('microsecond', i.asked_at, coalesce(c.block_at, b.booked_at))) AS apart
  FROM bookings AS b
  JOIN asked AS i ON i.account_id = b.account_id
  LEFT JOIN coin_txs AS c ON c.txid = b.txid
  WHERE b.value_sat IS NULL AND coalesce(i.amount_minor = b.amount_minor AND i.currency = b.currency, i.amount_minor IS NULL)
    AND (coalesce(i.asked_at <= b.booked_at AND <before> <= (SELECT money_match_window_s FROM setting), FALSE)
      OR coalesce(<around> <= (SELECT money_match_window_s FROM setting), FALSE))
), paid AS (
  SELECT DISTINCT t.txid AS txid, p.value_sat AS value_sat
  FROM coin_txs AS t
  SEMI JOIN near AS n ON n.txid = t.txid
  JOIN linked_coin_parts AS p ON p.tx = t.tx
  WHERE p.side = 'output'
), weighed AS (
  SELECT n.*, p.txid IS NOT NULL AS is_paid,
         max(CASE WHEN p.txid IS NOT NULL THEN 1 ELSE 0 END) OVER (PARTITION BY n.payment_id) AS is_told,
         max(CASE WHEN p.txid IS NOT NULL THEN 1 ELSE 0 END) OVER (PARTITION BY n.invoice_id) AS is_taken
  FROM near AS n LEFT JOIN paid AS p ON p.txid = n.txid AND p.value_sat = n.value_sat
), meant AS (
  SELECT payment_id, value_sat, invoice_id, address, asked_at,
         min(CASE WHEN is_open THEN 1 ELSE 0 END) OVER (PARTITION BY payment_id, value_sat) = 1 AS is_open
  FROM weighed
  WHERE is_paid OR (is_told = 0 AND is_taken = 0)
  QUALIFY row_number() OVER (PARTITION BY payment_id, value_sat ORDER BY apart, is_open, invoice_id) = 1
)
SELECT payment_id, value_sat, 'invoiced' AS basis, invoice_id, address, asked_at, is_open
FROM meant
UNION ALL
SELECT b.payment_id AS payment_id, b.value_sat AS value_sat, 'booked' AS basis, min(i.invoice_id) AS invoice_id,
       min(i.address) AS address, NULL AS asked_at, FALSE AS is_open
FROM bookings AS b
LEFT JOIN asked AS i ON i.account_id = b.account_id AND i.value_sat = b.value_sat
GROUP BY b.payment_id, b.value_sat
HAVING b.value_sat IS NOT NULL
""",
        address=plain_address("i.address"),
        before="date_diff('microsecond', i.asked_at, b.booked_at) // 1000000",
        around="abs(date_diff('microsecond', i.asked_at, c.block_at)) // 1000000",
    ),
)

STEPS = (BOOKINGS, BOOKING_AMOUNTS)

__all__ = ["BOOKINGS", "BOOKING_AMOUNTS", "STEPS"]

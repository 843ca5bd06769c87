"""Which outputs to the shop each booking claims, by which key, and whether the amounts fit; no verdict is given here.

Keys, surest first; each looks only at what those before it left. *txid*: the booking cites the transaction. *address*: it
names the receiving address. *amount-time*: neither, or a transaction that the chain does not have, but exactly one output
near in time has exactly the amount asked for, and no other account's booking could claim it; what is ambiguous stays
unclaimed and is said to be. Where the booking cites another transaction the key is *amount-time, other txid*: two grounds
that disagree.

Every satoshi of an output is claimed by one booking or by none: shares of one output are cut from it end to end.
"""

from __future__ import annotations

from unspoof.engine import Step
from unspoof.model.tables import Column, Table
from unspoof.trace.wording import allowance, digits_off, estimated, filled

_SHARE = (
    Column("payment_id", "int64", "the booking", nullable=False),
    Column("tx", "int64", "the transaction", nullable=False),
    Column("place", "int32", "index of the output", nullable=False),
    Column("share_sat", "int64", "how much of the output the booking claims", "sat", False),
    Column("key", "text", "txid, address-amount, address, amount-time, or amount-time, other txid", nullable=False),
    Column(
        "checked", "text", "exact: by an amount in bitcoin; price: by the day's price; none: by nothing", nullable=False
    ),
    Column("fits", "bool", "the amounts agree; FALSE where they do not, empty where none could be compared"),
    Column("sharers", "int64", "bookings that the same outputs pay together", "bookings", False),
)

_NEAR = "abs(date_diff('microsecond', b.booked_at, i.block_at)) // 1000000"

# Bookings and outputs of one cited transaction are brought together in pools. First each exact amount meets its output, in
# order; then what names an address meets what is left there; then all that is left. In a pool of several bookings, they
# share the outputs if their amounts together make the outputs' (one deposit paid two bookings), or if one invoice asked one
# of their accounts for just that amount and all their credits together: then each has its credit's part. Else the one that
# fits best has them, and the others claim nothing (the same deposit was booked twice).
BY_TXID = Step(
    name="claims_by_txid",
    meaning="outputs that bookings claim by citing their transaction",
    reads=(
        "bookings",
        "booking_amounts",
        "invoices_once",
        "shop_inflows",
        "shop_outflows",
        "coin_prices",
        "this_case",
        "setting",
    ),
    gives=Table("claims_by_txid", "one booking and one output that it claims", _SHARE),
    order_by=("payment_id", "tx", "place"),
    settings=("money_tolerance_ppm",),
    sql=filled(
        """
WITH cited AS (
  SELECT b.payment_id AS payment_id, i.tx AS tx, b.address AS address, b.amount_minor AS amount_minor,
         b.currency AS currency, i.block_at AS block_at, b.account_id AS account_id,
         coalesce(b.booked_at, TIMESTAMP '9999-01-01 00:00:00') AS turn_at
  FROM bookings AS b
  JOIN (SELECT DISTINCT tx, txid, block_at FROM shop_inflows) AS i ON i.txid = b.txid
  LEFT JOIN (SELECT DISTINCT tx FROM shop_outflows) AS o ON o.tx = i.tx
  WHERE NOT (b.is_refund AND o.tx IS NOT NULL)
), wanted AS (
  SELECT c.payment_id AS payment_id, c.tx AS tx, a.value_sat AS value_sat,
         row_number() OVER (PARTITION BY c.tx, a.value_sat ORDER BY c.turn_at, c.payment_id) AS turn
  FROM cited AS c JOIN booking_amounts AS a ON a.payment_id = c.payment_id
), offered AS (
  SELECT tx, place, value_sat, row_number() OVER (PARTITION BY tx, value_sat ORDER BY place) AS turn
  FROM shop_inflows WHERE value_sat > 0
), met AS (
  SELECT w.payment_id AS payment_id, o.tx AS tx, o.place AS place, o.value_sat AS value_sat
  FROM wanted AS w JOIN offered AS o ON o.tx = w.tx AND o.value_sat = w.value_sat AND o.turn = w.turn
  QUALIFY row_number() OVER (PARTITION BY w.payment_id ORDER BY o.place) = 1
), open_outputs AS (
  SELECT i.tx AS tx, i.place AS place, i.address AS address, i.value_sat AS value_sat
  FROM shop_inflows AS i ANTI JOIN met AS m ON m.tx = i.tx AND m.place = i.place
  WHERE i.value_sat > 0
), open_bookings AS (
  SELECT c.* FROM cited AS c ANTI JOIN met AS m ON m.payment_id = c.payment_id
), sums AS (
  SELECT tx, CAST(sum(value_sat) AS BIGINT) AS sat, count(*) AS outputs FROM open_outputs GROUP BY tx
), wholes AS (
  SELECT DISTINCT b.payment_id AS payment_id
  FROM open_bookings AS b
  JOIN sums AS s ON s.tx = b.tx
  JOIN booking_amounts AS a ON a.payment_id = b.payment_id AND a.value_sat = s.sat
), at_addresses AS (
  SELECT DISTINCT b.tx AS tx, b.address AS address
  FROM open_bookings AS b
  JOIN open_outputs AS o ON o.tx = b.tx AND o.address = b.address
  ANTI JOIN wholes AS w ON w.payment_id = b.payment_id
), pooled_outputs AS (
  SELECT o.tx AS tx, o.place AS place, o.value_sat AS value_sat, coalesce(a.address, '') AS pool
  FROM open_outputs AS o
  LEFT JOIN at_addresses AS a ON a.tx = o.tx AND a.address = o.address
), laid AS (
  SELECT tx, place, pool, value_sat, CAST(sum(value_sat) OVER (PARTITION BY tx, pool ORDER BY place
           ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS BIGINT) AS until_sat
  FROM pooled_outputs
), pools AS (
  SELECT tx, pool, CAST(sum(value_sat) AS BIGINT) AS sat FROM pooled_outputs GROUP BY tx, pool
), exact AS (
  SELECT payment_id, min(value_sat) AS value_sat FROM booking_amounts GROUP BY payment_id HAVING count(*) = 1
), alone AS (
  SELECT b.payment_id AS payment_id, b.tx AS tx, b.turn_at AS turn_at, l.pool AS pool, l.sat AS sat,
         b.account_id AS account_id, b.amount_minor AS amount_minor, b.currency AS currency,
         e.value_sat AS exact_sat, m.payment_id IS NOT NULL AS is_whole, k.payment_id IS NOT NULL AS has_exact,
         coalesce(e.value_sat, <estimate>) AS sat_meant
  FROM open_bookings AS b
  LEFT JOIN at_addresses AS a ON a.tx = b.tx AND a.address = b.address
  JOIN pools AS l ON l.tx = b.tx AND l.pool = coalesce(a.address, '')
  LEFT JOIN exact AS e ON e.payment_id = b.payment_id
  LEFT JOIN (SELECT DISTINCT payment_id FROM booking_amounts) AS k ON k.payment_id = b.payment_id
  LEFT JOIN (SELECT DISTINCT a.payment_id FROM booking_amounts AS a
             JOIN cited AS c ON c.payment_id = a.payment_id
             JOIN pools AS q ON q.tx = c.tx AND q.sat = a.value_sat) AS m ON m.payment_id = b.payment_id
  LEFT JOIN coin_prices AS p ON p.block_at = b.block_at AND p.currency = b.currency
), credits AS (
  SELECT tx, pool, sat, CAST(sum(amount_minor) AS BIGINT) AS minor, min(currency) AS currency
  FROM alone
  GROUP BY tx, pool, sat
  HAVING count(*) > 1 AND count(*) < 1000 AND count(amount_minor) = count(*) AND min(currency) = max(currency)
    AND min(amount_minor) > 0 AND max(amount_minor) < 1000000
), asked_once AS (
  SELECT DISTINCT c.tx AS tx, c.pool AS pool, c.minor AS minor
  FROM credits AS c
  JOIN alone AS a ON a.tx = c.tx AND a.pool = c.pool
  JOIN invoices_once AS i ON i.account_id = a.account_id AND i.value_sat = c.sat AND i.amount_minor = c.minor
  CROSS JOIN this_case AS t
  WHERE coalesce(i.currency, t.currency) = c.currency
), weighed AS (
  SELECT a.payment_id AS payment_id, a.tx AS tx, a.turn_at AS turn_at, a.pool AS pool, a.sat AS sat,
         a.exact_sat AS exact_sat, a.is_whole AS is_whole, a.has_exact AS has_exact, o.tx IS NOT NULL AS is_one_invoice,
         CASE WHEN o.tx IS NULL THEN a.sat_meant
              ELSE a.sat // o.minor * a.amount_minor + a.sat % o.minor * a.amount_minor // o.minor END AS sat_meant
  FROM alone AS a LEFT JOIN asked_once AS o ON o.tx = a.tx AND o.pool = a.pool
), judged AS (
  SELECT *, count(*) OVER (PARTITION BY tx, pool) AS bookings, count(sat_meant) OVER (PARTITION BY tx, pool) AS told,
         count(exact_sat) OVER (PARTITION BY tx, pool) AS exacts,
         CAST(sum(least(sat_meant, <most>)) OVER (PARTITION BY tx, pool) AS BIGINT) AS meant_together,
         CASE WHEN is_whole THEN 0 WHEN abs(sat_meant - sat) <= <own_room> THEN 1 ELSE 2 END AS distance
  FROM weighed
), shared AS (
  SELECT *, bookings = 1 OR is_one_invoice OR (told = bookings AND abs(meant_together - sat) <= <room>) AS is_joint,
         row_number() OVER (PARTITION BY tx, pool ORDER BY distance, turn_at, payment_id) AS best,
         row_number() OVER (PARTITION BY tx, pool ORDER BY turn_at DESC, payment_id DESC) AS last,
         CAST(sum(least(sat_meant, <most>)) OVER (PARTITION BY tx, pool ORDER BY turn_at, payment_id
           ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS BIGINT) AS meant_until
  FROM judged
), spans AS (
  SELECT payment_id, tx, pool, sat, bookings, is_whole, has_exact, sat_meant, is_joint,
         CASE WHEN is_joint THEN bookings ELSE 1 END AS sharers,
         exacts = bookings AND meant_together = sat AS is_exact_together, is_one_invoice,
         CASE WHEN is_joint AND bookings > 1 AND last > 1 THEN least(sat, meant_until) ELSE sat END AS until_sat,
         CASE WHEN is_joint AND bookings > 1 THEN least(sat, meant_until - least(sat_meant, <most>)) ELSE 0 END AS from_sat,
         exacts, best
  FROM shared
  WHERE is_joint OR best = 1
)
SELECT m.payment_id AS payment_id, m.tx AS tx, m.place AS place, m.value_sat AS share_sat, 'txid' AS key,
       'exact' AS checked, TRUE AS fits, CAST(1 AS BIGINT) AS sharers
FROM met AS m
UNION ALL
SELECT s.payment_id AS payment_id, s.tx AS tx, o.place AS place,
       least(s.until_sat, o.until_sat) - greatest(s.from_sat, o.until_sat - o.value_sat) AS share_sat, 'txid' AS key,
       CASE WHEN s.is_one_invoice OR (s.sharers > 1 AND s.exacts = s.bookings) THEN 'exact'
            WHEN s.sharers = 1 AND s.has_exact THEN 'exact'
            WHEN s.sat_meant IS NOT NULL THEN 'price' ELSE 'none' END AS checked,
       CASE WHEN s.is_one_invoice THEN TRUE
            WHEN s.sharers > 1 AND s.exacts = s.bookings THEN s.is_exact_together
            WHEN s.sharers > 1 THEN TRUE
            WHEN s.has_exact THEN s.is_whole
            ELSE abs(s.sat_meant - s.sat) <= <span_room> END AS fits,
       s.sharers AS sharers
FROM spans AS s
JOIN laid AS o ON o.tx = s.tx AND o.pool = s.pool AND s.from_sat < o.until_sat AND o.until_sat - o.value_sat < s.until_sat
WHERE s.from_sat < s.until_sat
""",
        estimate=estimated("b.amount_minor", "p.base_minor"),
        most="2100000000000000",
        own_room=allowance("sat_meant", "(SELECT money_tolerance_ppm FROM setting)"),
        room=allowance("meant_together", "(SELECT money_tolerance_ppm FROM setting)"),
        span_room=allowance("s.sat_meant", "(SELECT money_tolerance_ppm FROM setting)"),
    ),
)

# A booking and an output at its address take each other where each is the nearest in time to the other, among those of
# the right amount; of another amount only where neither has a second choice.
BY_ADDRESS = Step(
    name="claims_by_address",
    meaning="outputs that bookings without a transaction claim by their receiving address",
    reads=("bookings", "booking_amounts", "shop_inflows", "claims_by_txid", "coin_prices", "setting"),
    gives=Table("claims_by_address", "one booking and one output that it claims", _SHARE),
    order_by=("payment_id", "tx", "place"),
    settings=("money_match_window_s", "money_tolerance_ppm"),
    sql=filled(
        """
WITH open_bookings AS (
  SELECT b.payment_id AS payment_id, b.account_id AS account_id, b.booked_at AS booked_at, b.currency AS currency,
         b.amount_minor AS amount_minor, coalesce(b.address, a.address) AS address
  FROM bookings AS b
  LEFT JOIN (SELECT payment_id, min(address) AS address FROM booking_amounts GROUP BY payment_id
             HAVING count(DISTINCT address) = 1) AS a ON a.payment_id = b.payment_id
  WHERE b.txid IS NULL AND b.status <> 'failed' AND NOT b.is_refund
), open_outputs AS (
  SELECT i.* FROM shop_inflows AS i ANTI JOIN claims_by_txid AS c ON c.tx = i.tx AND c.place = i.place
  WHERE i.kind = 'external' AND i.value_sat > 0
), near AS (
  SELECT b.payment_id AS payment_id, b.account_id AS account_id, i.tx AS tx, i.place AS place, i.value_sat AS value_sat,
         <distance> AS apart_s, k.payment_id IS NOT NULL AS has_exact, e.payment_id IS NOT NULL AS is_exact,
         <estimate> AS sat_meant
  FROM open_bookings AS b
  JOIN open_outputs AS i ON i.address = b.address
  LEFT JOIN (SELECT DISTINCT payment_id FROM booking_amounts) AS k ON k.payment_id = b.payment_id
  LEFT JOIN booking_amounts AS e ON e.payment_id = b.payment_id AND e.value_sat = i.value_sat
  LEFT JOIN coin_prices AS p ON p.block_at = i.block_at AND p.currency = b.currency
  WHERE <distance> <= (SELECT money_match_window_s FROM setting)
), graded AS (
  SELECT *, CASE WHEN is_exact THEN TRUE WHEN has_exact THEN FALSE ELSE abs(sat_meant - value_sat) <= <room> END AS fits
  FROM near
), ranked AS (
  SELECT *, row_number() OVER (PARTITION BY payment_id ORDER BY apart_s, tx, place) AS of_booking,
         row_number() OVER (PARTITION BY tx, place ORDER BY apart_s, payment_id) AS of_output,
         min(account_id) OVER (PARTITION BY tx, place) AS least_account,
         max(account_id) OVER (PARTITION BY tx, place) AS most_account
  FROM graded WHERE fits
), right_amount AS (
  SELECT payment_id, tx, place, value_sat, is_exact, sat_meant
  FROM ranked
  WHERE of_booking = 1 AND of_output = 1 AND least_account IS NOT DISTINCT FROM most_account
), left_over AS (
  SELECT g.*, count(*) OVER (PARTITION BY g.payment_id) AS outputs, count(*) OVER (PARTITION BY g.tx, g.place) AS bookings
  FROM graded AS g
  ANTI JOIN right_amount AS r ON r.payment_id = g.payment_id
  ANTI JOIN right_amount AS q ON q.tx = g.tx AND q.place = g.place
  WHERE NOT coalesce(g.fits, FALSE)
)
SELECT r.payment_id AS payment_id, r.tx AS tx, r.place AS place, r.value_sat AS share_sat, 'address-amount' AS key,
       CASE WHEN r.is_exact THEN 'exact' ELSE 'price' END AS checked, TRUE AS fits, CAST(1 AS BIGINT) AS sharers
FROM right_amount AS r
UNION ALL
SELECT l.payment_id AS payment_id, l.tx AS tx, l.place AS place, l.value_sat AS share_sat, 'address' AS key,
       CASE WHEN l.has_exact THEN 'exact' WHEN l.sat_meant IS NOT NULL THEN 'price' ELSE 'none' END AS checked,
       l.fits AS fits, CAST(1 AS BIGINT) AS sharers
FROM left_over AS l
WHERE l.outputs = 1 AND l.bookings = 1
""",
        distance=_NEAR,
        estimate=estimated("b.amount_minor", "p.base_minor"),
        room=allowance("sat_meant", "(SELECT money_tolerance_ppm FROM setting)"),
    ),
)

# The amount must have been booked, or asked of the account before: a credit in money alone matches nothing. An invoice that
# the books still call pending was, by the books, credited to nobody, so that a credit of the same height is not shown to
# be its: such a pair is listed (`is_open`) and never claimed. Of several, first what is one digit off the transaction that
# is cited, then what was paid soon after it was asked for; then each of both must be the other's only choice, or, among
# bookings and invoices of one account, the nearest in time.
NEAR_AMOUNTS = Step(
    name="near_amounts",
    meaning="bookings without a known transaction, and outputs near in time that have exactly an amount asked for",
    reads=("bookings", "booking_amounts", "shop_inflows", "claims_by_txid", "claims_by_address", "coin_txs", "setting"),
    gives=Table(
        "near_amounts",
        "one booking and one output that may be its payment",
        (
            Column("payment_id", "int64", "the booking", nullable=False),
            Column("tx", "int64", "the transaction", nullable=False),
            Column("place", "int32", "index of the output", nullable=False),
            Column("value_sat", "int64", "its value", "sat", False),
            Column("outputs", "int64", "outputs that this booking may mean", "outputs", False),
            Column("bookings", "int64", "bookings that may mean this output", "bookings", False),
            Column(
                "digits_off", "int64", "digits in which the transaction that is cited differs; empty if none is cited"
            ),
            Column("is_open", "bool", "the books call the invoice pending or failed", nullable=False),
            Column("is_claimed", "bool", "the booking claims the output", nullable=False),
        ),
    ),
    order_by=("payment_id", "tx", "place"),
    settings=("money_close_s", "money_match_window_s"),
    # A block's time may be two hours off, so that a payment may seem to be that much older than its invoice.
    sql=filled(
        """
WITH open_bookings AS (
  SELECT b.payment_id AS payment_id, b.account_id AS account_id, b.booked_at AS booked_at, b.txid AS txid,
         b.address AS address
  FROM bookings AS b
  ANTI JOIN claims_by_address AS c ON c.payment_id = b.payment_id
  ANTI JOIN coin_txs AS x ON x.txid = b.txid
  WHERE (b.txid IS NOT NULL OR b.address IS NULL) AND b.status <> 'failed' AND NOT b.is_refund
), open_outputs AS (
  SELECT i.* FROM shop_inflows AS i
  ANTI JOIN claims_by_txid AS c ON c.tx = i.tx AND c.place = i.place
  ANTI JOIN claims_by_address AS d ON d.tx = i.tx AND d.place = i.place
  WHERE i.kind = 'external' AND i.value_sat > 0
), near AS (
  SELECT b.payment_id AS payment_id, b.account_id AS account_id, i.tx AS tx, i.place AS place, i.value_sat AS value_sat,
         a.is_open AS is_open, CASE WHEN b.txid IS NOT NULL THEN <digits_off> END AS digits_off,
         abs(date_diff('microsecond', coalesce(a.asked_at, b.booked_at), i.block_at)) // 1000000
           <= (SELECT money_close_s FROM setting) AS is_close,
         abs(date_diff('microsecond', coalesce(a.asked_at, i.block_at), b.booked_at)) AS waited
  FROM open_bookings AS b
  JOIN booking_amounts AS a ON a.payment_id = b.payment_id
  JOIN open_outputs AS i ON i.value_sat = a.value_sat
  WHERE <distance> <= (SELECT money_match_window_s FROM setting)
    AND coalesce(date_diff('microsecond', a.asked_at, i.block_at) // 1000000 >= -7200, TRUE)
    AND (b.address IS NULL OR b.address = i.address)
), graded AS (
  SELECT *, CASE WHEN digits_off = 1 THEN 0 WHEN is_close THEN 1 ELSE 2 END AS grade FROM near WHERE NOT is_open
), counted AS (
  SELECT *, count(*) OVER (PARTITION BY payment_id) AS outputs, count(*) OVER (PARTITION BY tx, place) AS bookings,
         min(grade) OVER (PARTITION BY payment_id) AS of_booking, min(grade) OVER (PARTITION BY tx, place) AS of_output
  FROM graded
), ranked AS (
  SELECT payment_id, tx, place, count(*) OVER (PARTITION BY payment_id, value_sat) AS equals,
         count(*) OVER (PARTITION BY tx, place) AS rivals, count(account_id) OVER (PARTITION BY tx, place) AS known,
         min(account_id) OVER (PARTITION BY tx, place) AS least, max(account_id) OVER (PARTITION BY tx, place) AS most,
         row_number() OVER (PARTITION BY payment_id ORDER BY waited, tx, place) AS output_turn,
         row_number() OVER (PARTITION BY tx, place ORDER BY waited, payment_id) AS booking_turn
  FROM counted
  WHERE grade = of_booking AND grade = of_output
), chosen AS (
  SELECT payment_id, tx, place FROM ranked
  WHERE output_turn = 1 AND booking_turn = 1 AND equals = 1 AND (rivals = 1 OR (known = rivals AND least = most))
)
SELECT c.payment_id AS payment_id, c.tx AS tx, c.place AS place, c.value_sat AS value_sat, c.outputs AS outputs,
       c.bookings AS bookings, c.digits_off AS digits_off, FALSE AS is_open, h.payment_id IS NOT NULL AS is_claimed
FROM counted AS c LEFT JOIN chosen AS h ON h.payment_id = c.payment_id AND h.tx = c.tx AND h.place = c.place
UNION ALL
SELECT payment_id, tx, place, value_sat, CAST(0 AS BIGINT) AS outputs, CAST(0 AS BIGINT) AS bookings, digits_off,
       TRUE AS is_open, FALSE AS is_claimed
FROM near WHERE is_open
""",
        digits_off=digits_off("b.txid", "i.txid"),
        distance=_NEAR,
    ),
)

CLAIMS = Step(
    name="claims",
    meaning="every output that a booking claims, by whichever key",
    reads=("claims_by_txid", "claims_by_address", "near_amounts"),
    gives=Table("claims", "one booking and one output that it claims", _SHARE),
    order_by=("payment_id", "tx", "place"),
    sql="""
SELECT * FROM claims_by_txid
UNION ALL
SELECT * FROM claims_by_address
UNION ALL
SELECT n.payment_id AS payment_id, n.tx AS tx, n.place AS place, n.value_sat AS share_sat,
       CASE WHEN n.digits_off IS NULL THEN 'amount-time' ELSE 'amount-time, other txid' END AS key,
       'exact' AS checked, TRUE AS fits, CAST(1 AS BIGINT) AS sharers
FROM near_amounts AS n
WHERE n.is_claimed
""",
)

STEPS = (BY_TXID, BY_ADDRESS, NEAR_AMOUNTS, CLAIMS)

__all__ = ["BY_ADDRESS", "BY_TXID", "CLAIMS", "NEAR_AMOUNTS", "STEPS"]

"""Which addresses are the shop's, each with the surest ground for it; whose the money is that came there is not asked.

Deposit addresses belong to the shop or to whoever keeps its coins, never to the payer. A wallet that is a service's (an
exchange, a payment processor) makes nothing the shop's: the shop has the addresses in it that its books name, and no more.
"""

from __future__ import annotations

from unspoof.engine import Step
from unspoof.model.tables import Column, Table
from unspoof.trace.wording import filled, plain_address

_PLACE = Column("address", "text", "the address, or script:HEX where the chain has none", nullable=False)

RECEIVING = Step(
    name="receiving_addresses",
    meaning="addresses that the service's own settings, bookings and invoices name as where it is paid",
    reads=("receivers_once", "bookings", "invoices_once", "coin_txs"),
    gives=Table(
        "receiving_addresses",
        "one address and one ground of the books",
        (
            _PLACE,
            Column("basis", "text", "stated, booked or invoiced", nullable=False),
            Column("rows", "int64", "rows of the books that name it", "rows", False),
        ),
    ),
    order_by=("address", "basis"),
    # Settings hold NAME=>ADDRESS|NAME=>ADDRESS, or one address; coins other than bitcoin are left out by their name.
    sql=filled(
        """
WITH held AS (
  SELECT count(*) AS held FROM coin_txs
), parts AS (
  SELECT u.part AS part FROM receivers_once AS r CROSS JOIN unnest(string_split(r.address_text, '|')) AS u(part)
), named AS (
  SELECT CASE WHEN contains(part, '=>') THEN lower(trim(split_part(part, '=>', 1))) ELSE '' END AS coin,
         CASE WHEN contains(part, '=>') THEN split_part(part, '=>', 2) ELSE part END AS written
  FROM parts
), grounds AS (
  SELECT <stated> AS address, 'stated' AS basis FROM named WHERE coin IN ('', 'btc', 'xbt', 'bitcoin')
  UNION ALL
  SELECT address, 'booked' AS basis FROM bookings
  UNION ALL
  SELECT <invoiced> AS address, 'invoiced' AS basis FROM invoices_once AS i
)
SELECT g.address AS address, g.basis AS basis, count(*) AS rows
FROM grounds AS g CROSS JOIN held AS h
WHERE g.address IS NOT NULL AND h.held > 0
GROUP BY g.address, g.basis
""",
        stated=plain_address("written"),
        invoiced=plain_address("i.address"),
    ),
)

PAID = Step(
    name="paid_addresses",
    meaning="addresses that cited transactions pay where the books name none: by the exact amount, or by repetition",
    reads=(
        "bookings",
        "booking_amounts",
        "receiving_addresses",
        "coin_txs",
        "coin_moves",
        "wallet_addresses",
        "sized_wallets",
    ),
    gives=Table(
        "paid_addresses",
        "one address that bookings lead to by the transactions they cite",
        (
            _PLACE,
            Column("tx", "int64", "the first such transaction", nullable=False),
            Column("txid", "text", "its id", nullable=False),
            Column(
                "rule", "text", "exact-amount, or repeated: paid in several transactions of several accounts", "", False
            ),
            Column("cited", "int64", "how many cited transactions pay it so", "transactions", False),
        ),
    ),
    order_by=("address",),
    # What goes back to the payer is never the shop's: an address, or a wallet, that the same transaction spends from. A
    # batch of an exchange pays strangers beside the shop, so repetition counts only where at most two outputs are open.
    sql="""
WITH cited AS (
  SELECT DISTINCT b.payment_id, b.account_id, p.tx AS tx, p.txid AS txid
  FROM bookings AS b
  JOIN coin_txs AS p ON p.txid = b.txid
  WHERE b.status <> 'failed' AND NOT b.is_refund
), received AS (
  SELECT w.number AS number
  FROM (SELECT DISTINCT address FROM receiving_addresses) AS r JOIN wallet_addresses AS w ON w.holder = r.address
), known AS (
  SELECT DISTINCT p.tx AS tx FROM coin_moves AS p SEMI JOIN received AS r ON r.number = p.holder_number WHERE p.is_output
), open_txs AS (
  SELECT DISTINCT c.tx AS tx, c.txid AS txid FROM cited AS c ANTI JOIN known AS k ON k.tx = c.tx
), spent AS (
  SELECT p.tx AS tx, p.holder_number AS holder_number, w.wallet_number AS wallet_number
  FROM coin_moves AS p
  SEMI JOIN open_txs AS o ON o.tx = p.tx
  LEFT JOIN wallet_addresses AS w ON w.number = p.holder_number
  WHERE NOT p.is_output
), open_parts AS (
  SELECT p.tx AS tx, t.txid AS txid, p.place AS place, w.holder AS holder, p.value_sat AS value_sat,
         coalesce(s.is_service, FALSE) AS is_service, count(*) OVER (PARTITION BY p.tx) AS open_here
  FROM coin_moves AS p
  JOIN open_txs AS t ON t.tx = p.tx
  ANTI JOIN spent AS q ON q.tx = p.tx AND q.holder_number = p.holder_number
  JOIN wallet_addresses AS w ON w.number = p.holder_number
  LEFT JOIN sized_wallets AS s ON s.wallet_number = w.wallet_number
  ANTI JOIN spent AS v ON v.tx = p.tx AND v.wallet_number = w.wallet_number
  WHERE p.is_output AND p.value_sat > 0
), equal AS (
  SELECT c.tx AS tx, a.value_sat AS value_sat, min(o.holder) AS holder, min(o.txid) AS txid
  FROM cited AS c
  JOIN booking_amounts AS a ON a.payment_id = c.payment_id
  JOIN open_parts AS o ON o.tx = c.tx AND o.value_sat = a.value_sat
  GROUP BY c.tx, a.value_sat
  HAVING count(DISTINCT o.place) = 1
), repeated AS (
  SELECT o.holder AS holder, min(o.tx) AS tx, count(DISTINCT o.tx) AS cited
  FROM open_parts AS o
  JOIN cited AS c ON c.tx = o.tx
  WHERE o.open_here <= 2 AND NOT o.is_service
  GROUP BY o.holder
  HAVING count(DISTINCT o.tx) > 1 AND count(DISTINCT c.account_id) > 1
), found AS (
  SELECT holder, min(tx) AS tx, 'exact-amount' AS rule, count(DISTINCT tx) AS cited FROM equal GROUP BY holder
  UNION ALL
  SELECT r.holder AS holder, r.tx AS tx, 'repeated' AS rule, r.cited AS cited
  FROM repeated AS r ANTI JOIN equal AS e ON e.holder = r.holder
)
SELECT f.holder AS address, f.tx AS tx, o.txid AS txid, f.rule AS rule, f.cited AS cited
FROM found AS f JOIN open_txs AS o ON o.tx = f.tx
""",
)

SHOP_ADDRESSES = Step(
    name="shop_addresses",
    meaning="every address of the shop, with the surest ground: its books, what was paid by them, a wallet of its own",
    reads=(
        "receiving_addresses",
        "paid_addresses",
        "wallet_addresses",
        "wallet_unions",
        "sized_wallets",
        "tagged_holders",
        "bookings",
        "coin_txs",
        "coin_moves",
        "setting",
    ),
    gives=Table(
        "shop_addresses",
        "one address of the shop",
        (
            _PLACE,
            Column("basis", "text", "the surest of stated, booked, invoiced, paid, co-spent", nullable=False),
            Column(
                "class", "text", "ledger fact: the service's records and the chain say so; co-spend", nullable=False
            ),
            Column("wallet", "text", "the wallet it is in; empty where the chain never shows it"),
            Column(
                "is_kept_by_service", "bool", "that wallet is a service's, which keeps the shop's coins", nullable=False
            ),
            Column("service", "text", "that service's name where a tag tells it"),
            Column("txid", "text", "the transaction by which it is known; empty where the books name it"),
            Column("because", "text", "why, in a sentence", nullable=False),
            Column("number", "int64", "number of that holder; empty where the chain never shows it"),
            Column("wallet_number", "int64", "number of its wallet"),
        ),
    ),
    order_by=("address",),
    settings=("money_own_wallet_ppm", "wallet_service_accounts", "wallet_service_outputs"),
    # A shop of thousands of customers has a wallet as large as a service's, and deals with as many others. It is the shop's
    # where no tag says otherwise and what others pay into it is what the books tell of: a processor's other merchants
    # are not in them. Addresses are not counted, as change and a treasury are the shop's too. A wallet that pays in
    # batches, or from which many accounts pay, serves others whatever comes in.
    sql="""
WITH grounds AS (
  SELECT address, CASE basis WHEN 'stated' THEN 1 WHEN 'booked' THEN 2 ELSE 3 END AS place, basis, rows,
         CAST(NULL AS VARCHAR) AS txid, '' AS rule
  FROM receiving_addresses
  UNION ALL
  SELECT address, 4 AS place, 'paid' AS basis, cited AS rows, txid, rule FROM paid_addresses
), known AS (
  SELECT * FROM grounds QUALIFY row_number() OVER (PARTITION BY address ORDER BY place, address) = 1
), placed AS (
  SELECT k.address AS address, k.basis AS basis, k.rows AS rows, k.txid AS txid, k.rule AS rule, w.wallet AS wallet,
         w.number AS number, w.wallet_number AS wallet_number
  FROM known AS k LEFT JOIN wallet_addresses AS w ON w.holder = k.address
), owned AS (
  SELECT p.wallet_number AS wallet_number, min(p.address) AS by_address, min(s.service) AS service,
         max(CASE WHEN s.is_service THEN 1 ELSE 0 END) = 1 AS is_service,
         max(CASE WHEN s.most_outputs >= (SELECT wallet_service_outputs FROM setting)
                    OR s.accounts > (SELECT wallet_service_accounts FROM setting) THEN 1 ELSE 0 END) = 1 AS serves_others
  FROM placed AS p LEFT JOIN sized_wallets AS s ON s.wallet_number = p.wallet_number
  WHERE p.wallet_number IS NOT NULL
  GROUP BY p.wallet_number
), large AS (
  SELECT w.number AS number, o.wallet_number AS wallet_number
  FROM wallet_addresses AS w JOIN owned AS o ON o.wallet_number = w.wallet_number
  WHERE o.is_service
), cited AS (
  SELECT DISTINCT t.tx AS tx
  FROM bookings AS b JOIN coin_txs AS t ON t.txid = b.txid
  WHERE b.status <> 'failed' AND NOT b.is_refund
), own_spends AS (
  SELECT DISTINCT p.tx AS tx, l.wallet_number AS wallet_number
  FROM coin_moves AS p JOIN large AS l ON l.number = p.holder_number
  WHERE NOT p.is_output
), paid_in AS (
  SELECT l.wallet_number AS wallet_number, count(*) AS payments,
         count(CASE WHEN k.number IS NOT NULL OR c.tx IS NOT NULL THEN 1 END) AS told
  FROM coin_moves AS p
  JOIN large AS l ON l.number = p.holder_number
  LEFT JOIN placed AS k ON k.number = p.holder_number
  LEFT JOIN cited AS c ON c.tx = p.tx
  ANTI JOIN own_spends AS o ON o.tx = p.tx AND o.wallet_number = l.wallet_number
  WHERE p.is_output
  GROUP BY l.wallet_number
), tagged AS (
  SELECT DISTINCT w.wallet_number AS wallet_number
  FROM tagged_holders AS t
  JOIN wallet_addresses AS w ON w.number = t.number
  JOIN sized_wallets AS s ON s.wallet_number = w.wallet_number
  WHERE t.names_service AND (t.is_of_wallet OR s.holders = 1)
), judged AS (
  SELECT o.wallet_number AS wallet_number, o.by_address AS by_address, o.service AS service, o.is_service AS is_service,
         coalesce(i.told, 0) AS told, coalesce(i.payments, 0) AS payments,
         t.wallet_number IS NOT NULL OR (o.is_service AND (o.serves_others
           OR coalesce(i.told, 0) * 1000000 < coalesce(i.payments, 0) * (SELECT money_own_wallet_ppm FROM setting)))
           AS is_kept
  FROM owned AS o
  LEFT JOIN paid_in AS i ON i.wallet_number = o.wallet_number
  LEFT JOIN tagged AS t ON t.wallet_number = o.wallet_number
), proofs AS (
  SELECT p.left_number, p.right_number, p.tx
  FROM wallet_unions AS p
  SEMI JOIN (SELECT wallet_number FROM judged WHERE NOT is_kept) AS j ON j.wallet_number = p.wallet_number
), first_proofs AS (
  SELECT number, min(tx) AS tx
  FROM (SELECT left_number AS number, tx FROM proofs UNION ALL SELECT right_number AS number, tx FROM proofs) AS p
  GROUP BY number
)
SELECT p.address AS address, p.basis AS basis, 'ledger fact' AS class, p.wallet AS wallet,
       coalesce(j.is_kept, FALSE) AS is_kept_by_service, CASE WHEN j.is_kept THEN j.service END AS service, p.txid AS txid,
       CASE p.basis
         WHEN 'stated' THEN 'the service''s own settings name it as where it is paid'
         WHEN 'booked' THEN concat('the service''s books name it as the receiving address of ', p.rows, ' payment(s)')
         WHEN 'invoiced' THEN concat('the service asked accounts to pay there: ', p.rows, ' invoice(s)')
         ELSE concat('by rule ', p.rule, ' of paid_addresses: it is not the payer''s own, and ', p.rows,
                     CASE p.rule WHEN 'exact-amount'
                       THEN ' transaction(s) that the books cite as payments paid it exactly the amount that was asked'
                       ELSE ' transactions that the books cite as payments of several accounts paid it' END) END
       || CASE WHEN p.wallet IS NULL THEN '; the chain as loaded never shows it'
               WHEN j.is_kept THEN concat('; it lies in a wallet of a service, ', coalesce(j.service, 'not named'),
                 ', so that other addresses of that wallet are not the shop''s')
               ELSE '' END AS because,
       p.number AS number, p.wallet_number AS wallet_number
FROM placed AS p LEFT JOIN judged AS j ON j.wallet_number = p.wallet_number
UNION ALL
SELECT w.holder AS address, 'co-spent' AS basis, 'co-spend' AS class, w.wallet AS wallet, FALSE AS is_kept_by_service,
       CAST(NULL AS VARCHAR) AS service, t.txid AS txid,
       concat('it was spent together with ', j.by_address, ', which the books lead to, directly or through others of that',
              ' wallet', CASE WHEN j.is_service
                THEN concat('; the wallet is as large or busy as a service''s, and is taken for the shop''s because its',
                            ' books tell of ',
                            j.told, ' of the ', j.payments, ' payments into it from others') ELSE '' END) AS because,
       w.number AS number, w.wallet_number AS wallet_number
FROM wallet_addresses AS w
JOIN judged AS j ON j.wallet_number = w.wallet_number
LEFT JOIN first_proofs AS f ON f.number = w.number
LEFT JOIN coin_txs AS t ON t.tx = f.tx
ANTI JOIN placed AS p ON p.number = w.number
WHERE NOT j.is_kept
""",
)

STEPS = (RECEIVING, PAID, SHOP_ADDRESSES)

__all__ = ["PAID", "RECEIVING", "SHOP_ADDRESSES", "STEPS"]

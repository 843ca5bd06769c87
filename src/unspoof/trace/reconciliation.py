"""The service's books held against the chain, row by row, with a verdict, the key it rests on, and a sentence.

Every booking has one row; so has every output to the shop, and every refund on the chain, that no booking claims. The
satoshi of all rows are those of all outputs to the shop, kind by kind, which a test holds.
"""

from __future__ import annotations

from unspoof.engine import Step
from unspoof.model.tables import Column, Table
from unspoof.trace.money_parts import CURRENCIES, ENDS, MIDNIGHT, PRICED, VALUES, value_columns
from unspoof.trace.wording import coins, filled, valued

VERDICTS = {
    "matched": "booked and on the chain, amount and time agree",
    "amount-differs": "booked and on the chain, with another amount",
    "time-differs": "booked and on the chain, far apart in time",
    "unconfirmed": "paid by a transaction that no known block holds; no income yet",
    "chain-only": "paid to the shop, and matched to no booking",
    "maybe-own": "in no booking, out of what it had itself paid, or from what keeps its coins: maybe its own money, not counted",
    "dust": "so little that it is no payment, and in no booking",
    "internal": "moved by the shop itself: no income, whatever the books say",
    "duplicate": "booked, but what it cites is claimed by another booking",
    "table-only": "booked as received, and not found on the chain",
    "not-paid": "the books themselves do not say that it was paid, nor does the chain",
    "correction": "a booking of zero or less without a payment back on the chain",
    "refund": "paid back by the shop",
}
"""Verdicts in the order in which they are shown, each with what it means."""

_SUMS = ",\n         ".join(f"CAST(sum({c.name}) AS BIGINT) AS {c.name}" for c in VALUES)
_FROM_PARTS = ", ".join(f"v.{column.name} AS {column.name}" for column in VALUES)
# Of a booking: of what it claims, else of what was paid back.
_FROM_EITHER = ",\n       ".join(
    f"coalesce(v.{c}_{e}_minor, {valued('r.sat', f'g.{c}_{e}')}) AS {c}_{e}_minor" for c in CURRENCIES for e in ENDS
)


_WHICH = """CASE
         WHEN r.refund_turn = 1 THEN 'refund' WHEN r.refund_turn > 1 THEN 'duplicate'
         WHEN v.kind <> 'external' THEN 'internal'
         WHEN v.payment_id IS NOT NULL AND NOT v.is_confirmed THEN 'unconfirmed'
         WHEN NOT v.fits THEN 'amount-differs'
         WHEN v.is_late THEN 'time-differs'
         WHEN v.payment_id IS NOT NULL THEN 'matched'
         WHEN q.sat > 0 THEN 'duplicate'
         WHEN b.amount_minor <= 0 THEN 'correction'
         WHEN b.status IN ('pending', 'failed') THEN 'not-paid'
         ELSE 'table-only' END"""

_AMOUNT = """CASE
         WHEN v.sharers > 1 THEN concat(v.sharers, ' bookings were paid together; the share of this one is ', <paid>,
           CASE WHEN v.fits THEN '' ELSE ', and together they do not make what was paid' END)
         WHEN v.checked = 'exact' AND v.fits THEN concat('the shop was paid ', <paid>, ', exactly as booked or asked for')
         WHEN v.checked = 'exact' THEN concat('the shop was paid ', <paid>, ', but booked or asked for was ',
           coalesce(<meant>, 'another amount'))
         WHEN v.fits THEN concat('the shop was paid ', <paid>, ', at the price of that time near the credit booked')
         WHEN NOT v.fits THEN concat('the shop was paid ', <paid>, ', at the price of that time far from the credit booked')
         ELSE concat('the shop was paid ', <paid>, '; no price is loaded to hold the credit against') END"""

_HOW = """CASE v.key
         WHEN 'txid' THEN 'the booking cites the transaction'
         WHEN 'address-amount' THEN 'the booking cites no transaction, but names the address, and amount and time agree'
         WHEN 'address' THEN 'the booking cites no transaction, but names the address, and nothing else near in time does'
         ELSE concat(CASE WHEN b.txid IS NULL THEN 'the booking cites neither transaction nor address'
                          ELSE 'the chain as loaded does not have the transaction that is cited' END,
                     CASE WHEN n.off = 1 THEN ', which is one digit off this one,' ELSE ',' END,
                     CASE WHEN n.many > 1 THEN ' but of the outputs near in time with the amount asked for this one fits best'
                          ELSE ' but no other output near in time has the amount asked for' END)
         END"""

_LACKS = """CASE
         WHEN b.txid IS NOT NULL AND x.txid IS NULL THEN concat('the chain as loaded does not have the transaction that is cited',
           CASE WHEN n.many > 1 THEN concat('; ', n.many, ' outputs or bookings near in time have exactly the amount asked for')
                ELSE '' END)
         WHEN b.txid IS NOT NULL THEN 'the transaction that is cited pays no address known as the shop''s'
         WHEN n.many > 1 THEN concat('ambiguous: ', n.many, ' outputs or bookings near in time have exactly the amount asked for')
         WHEN n.many = 0 THEN concat('near in time the shop was paid exactly what an invoice of the account asked for, but',
           ' the books still call that invoice pending, so that this credit is not shown to be for it')
         WHEN b.address IS NOT NULL THEN 'no unclaimed payment to the address that is named lies near in time'
         WHEN b.booked_at IS NULL THEN 'it states no time, transaction or address'
         WHEN k.payment_id IS NOT NULL THEN 'no unclaimed payment near in time has exactly the amount asked for'
         ELSE 'it cites no transaction, no address and no amount in bitcoin' END"""

_WHY = """CASE
         WHEN r.refund_turn = 1 THEN 'the transaction that is cited spends the shop''s coins and pays others'
         WHEN r.refund_turn > 1 THEN 'another booking cites the same payment back'
         WHEN v.kind <> 'external' THEN concat(<how>, ', and that spends the shop''s own coins',
           CASE WHEN v.foreign_inputs > 0 THEN '; others'' coins are spent too, so that a joint payment is not ruled out'
                ELSE '' END)
         WHEN v.payment_id IS NOT NULL THEN concat(<how>, '; ', <amount>,
           CASE WHEN v.is_late THEN concat('; booked ', abs(v.apart_s), CASE WHEN v.apart_s < 0 THEN ' s before its block'
                ELSE ' s after its block' END) ELSE '' END,
           CASE WHEN v.is_confirmed THEN '' ELSE '; no known block holds it' END,
           CASE WHEN b.status IN ('pending', 'failed') THEN concat('; the books call it ', b.status) ELSE '' END,
           CASE WHEN b.is_refund THEN '; the books say that it was given back' ELSE '' END)
         WHEN q.sat > 0 THEN concat('the transaction that is cited paid the shop, but other bookings claim all of it: payment ',
           coalesce(CAST(q.claimed_by AS VARCHAR), 'of a refund'))
         ELSE concat(CASE WHEN b.amount_minor <= 0 THEN 'a booking of zero or less; '
                          WHEN b.status IN ('pending', 'failed') THEN concat('the books call it ', b.status, '; ')
                          ELSE '' END, <lacks>) END
       || CASE WHEN b.is_bad_txid THEN '; what it cites is no transaction id' ELSE '' END
       || CASE WHEN e.accounts > 1 THEN concat('; ', e.accounts, ' accounts cite this transaction') ELSE '' END"""

_GIVES = Table(
    "reconciliation",
    "one booking, or one output to the shop or refund that no booking claims",
    (
        Column("payment_id", "int64", "the booking; empty where the chain alone shows it"),
        Column("account_id", "int64", "its account"),
        Column("txid", "text", "the transaction: the one claimed, else the one cited"),
        Column("place", "int32", "the first output of it that is meant"),
        Column("verdict", "text", "one of VERDICTS", nullable=False),
        Column(
            "key",
            "text",
            "what it was matched by: txid, address-amount, address, amount-time; amount-time, other txid: so too, but it cites a"
            " transaction that the chain as loaded does not have; or nothing",
            "",
            False,
        ),
        Column("booked_at", "timestamp", "time of the booking", "UTC"),
        Column("block_at", "timestamp", "time of the block", "UTC"),
        Column("height", "int32", "height of the block"),
        Column("booked_minor", "int64", "credit as booked", "minor unit of currency"),
        Column("currency", "text", "ISO 4217"),
        Column("booked_sat", "int64", "exact amount that was booked or asked for, where one is known", "sat"),
        Column("chain_sat", "int64", "what the chain shows to have come to the shop", "sat"),
        Column("refunded_sat", "int64", "what the chain shows to have gone back", "sat"),
        Column("outputs", "int64", "outputs that it stands for", "outputs", False),
        Column("checked", "text", "what the amount was compared by: exact, price or none", nullable=False),
        Column("time_difference_s", "int64", "booking less block", "s"),
        Column("is_income", "bool", "it counts as income", nullable=False),
        Column("near_midnight", "bool", "its day, and so its price, may be the other one", nullable=False),
        Column("because", "text", "why, in a sentence", nullable=False),
        Column("valued_by", "text", "which price in the currency of the case; empty where there is none"),
        *VALUES,
    ),
)

RECONCILIATION = Step(
    name="reconciliation",
    meaning="the service's books against the chain: every booking, and what the chain alone shows, each with a verdict",
    reads=(
        "bookings",
        "booking_amounts",
        "claims",
        "near_amounts",
        "money_parts",
        "shop_inflows",
        "shop_outflows",
        "own_returns",
        "coin_txs",
        "coin_prices",
        "this_case",
        "setting",
    ),
    gives=_GIVES,
    order_by=("payment_id", "txid", "place"),
    settings=("money_late_s", "money_midnight_s", "money_match_window_s"),
    sql=filled(
        """
WITH priced AS (<priced>), claimed AS (
  SELECT payment_id, min(key) AS key, min(checked) AS checked, max(sharers) AS sharers,
         min(CASE WHEN fits THEN 1 WHEN NOT fits THEN 0 END) = 1 AS fits
  FROM claims GROUP BY payment_id
), paid AS (
  SELECT p.payment_id AS payment_id, min(p.tx) AS tx, min(p.txid) AS txid, min(p.place) AS place, count(*) AS outputs,
         min(p.block_at) AS block_at, min(p.height) AS height, min(p.kind) AS kind,
         CAST(sum(p.share_sat) AS BIGINT) AS sat, min(p.valued_by) AS valued_by,
         max(CASE WHEN p.is_income THEN 1 ELSE 0 END) = 1 AS is_income,
         max(CASE WHEN p.near_midnight THEN 1 ELSE 0 END) = 1 AS near_midnight,
         min(CASE WHEN i.is_confirmed THEN 1 ELSE 0 END) = 1 AS is_confirmed,
         max(i.inputs - i.own_inputs + i.unknown_inputs) AS foreign_inputs,
         <sums>
  FROM money_parts AS p
  JOIN shop_inflows AS i ON i.tx = p.tx AND i.place = p.place
  WHERE p.payment_id IS NOT NULL
  GROUP BY p.payment_id
), timed AS (
  SELECT p.*, c.key AS key, c.checked AS checked, c.sharers AS sharers, c.fits AS fits,
         date_diff('microsecond', p.block_at, b.booked_at) // 1000000 AS apart_s,
         coalesce(abs(date_diff('microsecond', p.block_at, b.booked_at)) // 1000000
           > (SELECT money_late_s FROM setting), FALSE) AS is_late
  FROM paid AS p
  JOIN claimed AS c ON c.payment_id = p.payment_id
  JOIN bookings AS b ON b.payment_id = p.payment_id
), returned AS (
  SELECT txid, min(place) AS place, min(block_at) AS block_at, min(height) AS height, count(*) AS outputs,
         CAST(sum(value_sat) AS BIGINT) AS sat
  FROM shop_outflows WHERE kind IN ('refund', 'onward') GROUP BY txid
), refunds AS (
  SELECT b.payment_id AS payment_id, o.place AS place, o.block_at AS block_at, o.height AS height, o.outputs AS outputs,
         o.sat AS sat, row_number() OVER (PARTITION BY o.txid ORDER BY b.booked_at, b.payment_id) AS refund_turn,
         CASE WHEN row_number() OVER (PARTITION BY o.txid ORDER BY b.booked_at, b.payment_id) = 1 THEN o.block_at END
           AS back_at
  FROM bookings AS b JOIN returned AS o ON o.txid = b.txid
  WHERE b.is_refund
), cited AS (
  SELECT txid, count(DISTINCT account_id) AS accounts FROM bookings WHERE txid IS NOT NULL GROUP BY txid
), received AS (
  SELECT i.txid AS txid, CAST(sum(i.value_sat) AS BIGINT) AS sat, min(c.payment_id) AS claimed_by
  FROM shop_inflows AS i
  LEFT JOIN (SELECT tx, place, min(payment_id) AS payment_id FROM claims GROUP BY tx, place) AS c
    ON c.tx = i.tx AND c.place = i.place
  GROUP BY i.txid
), unclear AS (
  SELECT payment_id, max(greatest(outputs, bookings)) AS many,
         min(CASE WHEN is_claimed THEN digits_off END) AS off
  FROM near_amounts GROUP BY payment_id
), amounts AS (
  SELECT payment_id, count(*) AS amounts, min(value_sat) AS sat FROM booking_amounts GROUP BY payment_id
), misquoted AS (
  SELECT i.tx AS tx, i.place AS place, min(b.payment_id) AS payment_id, count(DISTINCT b.payment_id) AS bookings
  FROM bookings AS b
  JOIN booking_amounts AS a ON a.payment_id = b.payment_id
  JOIN shop_inflows AS i ON i.value_sat = a.value_sat
  ANTI JOIN coin_txs AS x ON x.txid = b.txid
  WHERE (b.txid IS NOT NULL OR b.is_bad_txid) AND b.status <> 'failed' AND NOT b.is_refund
    AND abs(date_diff('microsecond', b.booked_at, i.block_at)) // 1000000 <= (SELECT money_match_window_s FROM setting)
  GROUP BY i.tx, i.place
), held AS (
  SELECT b.payment_id AS payment_id, a.value_sat AS sat
  FROM booking_amounts AS a JOIN bookings AS b ON b.payment_id = a.payment_id
  JOIN paid AS p ON p.payment_id = a.payment_id AND p.sat = a.value_sat
)
SELECT b.payment_id AS payment_id, b.account_id AS account_id, coalesce(v.txid, b.txid) AS txid,
       CASE WHEN r.refund_turn = 1 THEN r.place ELSE v.place END AS place, <which> AS verdict,
       coalesce(v.key, CASE WHEN r.refund_turn = 1 THEN 'txid' END, '') AS key,
       b.booked_at AS booked_at, CASE WHEN r.refund_turn = 1 THEN r.block_at ELSE v.block_at END AS block_at,
       CASE WHEN r.refund_turn = 1 THEN r.height ELSE v.height END AS height, b.amount_minor AS booked_minor,
       b.currency AS currency, coalesce(h.sat, CASE WHEN k.amounts = 1 THEN k.sat END) AS booked_sat, v.sat AS chain_sat,
       CASE WHEN r.refund_turn = 1 THEN r.sat END AS refunded_sat,
       coalesce(v.outputs, CASE WHEN r.refund_turn = 1 THEN r.outputs END, 0) AS outputs,
       coalesce(v.checked, 'none') AS checked, v.apart_s AS time_difference_s, coalesce(v.is_income, FALSE) AS is_income,
       coalesce(v.near_midnight, g.block_at IS NOT NULL AND <back_midnight>) AS near_midnight, <why> AS because,
       coalesce(v.valued_by, g.valued_by) AS valued_by,
       <from_either>
FROM bookings AS b
LEFT JOIN timed AS v ON v.payment_id = b.payment_id
LEFT JOIN refunds AS r ON r.payment_id = b.payment_id
LEFT JOIN priced AS g ON g.block_at = r.back_at
LEFT JOIN cited AS e ON e.txid = b.txid
LEFT JOIN received AS q ON q.txid = b.txid
LEFT JOIN coin_txs AS x ON x.txid = b.txid
LEFT JOIN unclear AS n ON n.payment_id = b.payment_id
LEFT JOIN amounts AS k ON k.payment_id = b.payment_id
LEFT JOIN held AS h ON h.payment_id = b.payment_id
UNION ALL
SELECT NULL AS payment_id, NULL AS account_id, v.txid AS txid, v.place AS place,
       CASE WHEN v.kind <> 'external' THEN 'internal'
            WHEN NOT i.is_confirmed THEN 'unconfirmed'
            WHEN v.maybe_own THEN 'maybe-own'
            WHEN v.is_income THEN 'chain-only' ELSE 'dust' END AS verdict, '' AS key,
       NULL AS booked_at, v.block_at AS block_at, v.height AS height,
       NULL AS booked_minor, NULL AS currency, NULL AS booked_sat,
       v.share_sat AS chain_sat, NULL AS refunded_sat, CAST(1 AS BIGINT) AS outputs, 'none' AS checked,
       NULL AS time_difference_s, v.is_income AS is_income, v.near_midnight AS near_midnight,
       CASE WHEN v.kind = 'internal' THEN 'the shop moved its own coins'
            WHEN v.kind = 'change' THEN 'change of a payment that the shop made'
            WHEN i.is_new_coin THEN 'newly made coin, paid by nobody; no booking claims it'
            WHEN v.maybe_own AND o.paid_txid IS NULL THEN concat('paid from wallet ', o.wallet, ', in which a service is taken'
              ' to keep the shop''s coins: it may be its own money moved, and is not counted as income; no booking claims it')
            WHEN v.maybe_own AND o.hops > 0 THEN concat('paid from wallet ', o.wallet, ', to which money that the shop paid by ',
              o.paid_txid, ' came over ', o.hops, CASE WHEN o.hops = 1 THEN ' payment' ELSE ' payments' END,
              ' of wallets that were used once (', o.txids,
              '): it may be its own money coming back, and is not counted as income; no booking claims it')
            WHEN v.maybe_own THEN concat('paid from wallet ', o.wallet, ', which the shop had itself paid by ', o.paid_txid,
              ': it may be its own money coming back, and is not counted as income; no booking claims it')
            WHEN NOT v.is_income AND i.is_confirmed THEN 'dust: too little to be a payment, and no booking claims it'
            ELSE 'paid to an address of the shop; no booking claims it' END
       || CASE WHEN v.kind <> 'external' AND i.inputs > i.own_inputs
               THEN '; others'' coins are spent too, so that a joint payment is not ruled out' ELSE '' END
       || CASE WHEN v.kind = 'external' AND i.unknown_inputs > 0
               THEN '; who paid is not known in full, so that a move of the shop''s own is not ruled out' ELSE '' END
       || CASE WHEN v.kind = 'external' AND m.bookings = 1
               THEN concat('; but payment ', m.payment_id, ', whose cited transaction is not in the chain as loaded, is of',
                 ' exactly this amount and near in time: it may be booked there under a wrong transaction id')
               WHEN v.kind = 'external' AND m.bookings > 1
               THEN concat('; but ', m.bookings, ' bookings, whose cited transactions are not in the chain as loaded, are of',
                 ' exactly this amount and near in time: it may be booked there under a wrong transaction id')
               ELSE '' END
         AS because, v.valued_by AS valued_by, <from_parts>
FROM money_parts AS v
JOIN shop_inflows AS i ON i.tx = v.tx AND i.place = v.place
LEFT JOIN own_returns AS o ON o.tx = v.tx
LEFT JOIN misquoted AS m ON m.tx = v.tx AND m.place = v.place
WHERE v.payment_id IS NULL
UNION ALL
SELECT NULL AS payment_id, NULL AS account_id, o.txid AS txid, o.place AS place,
       'refund' AS verdict, '' AS key, NULL AS booked_at, o.block_at AS block_at, o.height AS height,
       NULL AS booked_minor, NULL AS currency, NULL AS booked_sat,
       NULL AS chain_sat, o.value_sat AS refunded_sat, CAST(1 AS BIGINT) AS outputs, 'none' AS checked,
       NULL AS time_difference_s, FALSE AS is_income, <out_midnight> AS near_midnight,
       'the shop paid an address or wallet that had paid it before; no booking says so' AS because,
       v.valued_by AS valued_by,
       <out_values>
FROM shop_outflows AS o
LEFT JOIN priced AS v ON v.block_at = o.block_at
ANTI JOIN (SELECT txid FROM bookings WHERE is_refund AND txid IS NOT NULL) AS b ON b.txid = o.txid
WHERE o.kind = 'refund'
""",
        which=_WHICH,
        why=_WHY,
        how=_HOW,
        amount=_AMOUNT,
        lacks=_LACKS,
        paid=coins("v.sat"),
        meant=f"CASE WHEN k.amounts = 1 THEN {coins('k.sat')} END",
        priced=PRICED,
        sums=_SUMS,
        from_parts=_FROM_PARTS,
        from_either=_FROM_EITHER,
        back_midnight=filled(MIDNIGHT, at="g.block_at"),
        out_midnight=filled(MIDNIGHT, at="o.block_at"),
        out_values=value_columns("o.value_sat"),
    ),
)

STEPS = (RECONCILIATION,)

__all__ = ["RECONCILIATION", "STEPS", "VERDICTS"]

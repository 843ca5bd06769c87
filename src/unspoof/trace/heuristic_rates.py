"""How often each heuristic was right on what this case knows for certain, with an interval; what is unknown stays unknown.

The seized books are ground truth that tools for everybody lack: which addresses are the shop's, which transaction paid which
booking. Each row counts cases in which the truth is known and those of them in which the heuristic was right. The
interval is Wilson's score interval at 95 per cent (E. B. Wilson, Journal of the American Statistical Association 22, 1927), which
takes the counted things for independent; addresses of one wallet are not, so the true uncertainty is larger.

What cannot be known is a row too: without a count, and with the reason.
"""

from __future__ import annotations

from unspoof.engine import Step
from unspoof.model.tables import Column, Table

FEWEST = 30
"""Of fewer things no rate is given, and only the interval is: all of three being right is compatible with every other one being
wrong. A convention: at 30 the interval of a rate of one half is still 34 points wide."""

_KNOWN = """
known AS (
  SELECT DISTINCT number, wallet_number
  FROM shop_addresses
  WHERE class = 'ledger fact' AND wallet_number IS NOT NULL AND NOT is_kept_by_service
), named AS (
  SELECT DISTINCT w.number, w.wallet_number, t.service
  FROM tagged_holders AS h
  JOIN tags AS t ON t.address = h.holder
  JOIN wallet_addresses AS w ON w.number = h.number
  WHERE t.level >= (SELECT tag_min_level FROM setting) AND t.service <> '' AND coalesce(t.category, '') <> 'user'
)"""

_CO_SPEND = f"""
WITH {_KNOWN}, sized AS (
  SELECT wallet_number, count(*) AS addresses FROM known GROUP BY wallet_number
), others AS (
  SELECT n.number
  FROM named AS n
  JOIN (SELECT DISTINCT wallet_number FROM known) AS k ON k.wallet_number = n.wallet_number
  ANTI JOIN known AS o ON o.number = n.number
), found AS (
  SELECT coalesce(max(addresses), 0) AS hits, coalesce(CAST(sum(addresses) AS BIGINT), 0) AS total FROM sized
), wrong AS (
  SELECT count(*) AS holders FROM others
), per_account AS (
  SELECT account_id, CAST(sum(deposits) AS BIGINT) AS deposits,
         CAST(sum(deposits * (deposits - 1) // 2) AS BIGINT) AS same
  FROM account_wallets
  WHERE is_personal
  GROUP BY account_id
), pairs AS (
  SELECT coalesce(CAST(sum(same) AS BIGINT), 0) AS hits,
         coalesce(CAST(sum(deposits * (deposits - 1) // 2) AS BIGINT), 0) AS total
  FROM per_account
)
SELECT 'co-spend' AS heuristic, 'recall' AS measure, hits, CASE WHEN total < 2 THEN 0 ELSE total END AS total,
       'receiving addresses of the shop that its books or the payments they cite tell: how many lie in one wallet' AS truth
FROM found
UNION ALL
SELECT 'co-spend' AS heuristic, 'precision' AS measure, CASE WHEN w.holders = 0 THEN 0 ELSE f.total END AS hits,
       CASE WHEN w.holders = 0 THEN 0 ELSE f.total + w.holders END AS total,
       CASE WHEN w.holders = 0 THEN 'nothing here could show a wrong union: a wallet in which a tagged service''s address lies is'
              || ' taken for that service''s beforehand, and never for the shop''s'
            ELSE 'addresses of a known holder in the wallets of the shop: how many are the shop''s' END AS truth
FROM found AS f CROSS JOIN wrong AS w
UNION ALL
SELECT 'co-spend of payers' AS heuristic, 'recall, at least' AS measure, hits, total,
       'pairs of deposits of one account from wallets of persons: how many are from one wallet' AS truth
FROM pairs
"""  # noqa: S608 -- constants of this file

_BEHAVIOUR = f"""
WITH {_KNOWN}, judged AS (
  SELECT w.holders > s.wallet_service_addresses OR w.most_outputs >= s.wallet_service_outputs
           OR w.partners > s.wallet_service_partners AS behaves,
         n.wallet_number IS NOT NULL AS is_named
  FROM wallets AS w
  CROSS JOIN setting AS s
  LEFT JOIN (SELECT DISTINCT wallet_number FROM named) AS n ON n.wallet_number = w.wallet_number
  LEFT JOIN (SELECT DISTINCT wallet_number FROM known) AS k ON k.wallet_number = w.wallet_number
  WHERE n.wallet_number IS NOT NULL OR k.wallet_number IS NOT NULL
)
SELECT 'service by size' AS heuristic, 'recall' AS measure,
       count(*) FILTER (WHERE behaves AND is_named) AS hits, count(*) FILTER (WHERE is_named) AS total,
       'wallets that a tag names: how many would be taken for a service by size, fan-out or partners alone' AS truth
FROM judged
UNION ALL
SELECT 'service by size' AS heuristic, 'precision' AS measure,
       count(*) FILTER (WHERE behaves AND is_named) AS hits, count(*) FILTER (WHERE behaves) AS total,
       'wallets that a tag names or that are the shop''s, and that look like a service: how many a tag names. Wallets that nobody'
         || ' tagged, nearly all, are not counted' AS truth
FROM judged
"""  # noqa: S608 -- constants of this file

_AMOUNT_TIME = """
WITH near AS (
  SELECT b.payment_id, b.txid, i.txid AS found_txid, i.tx, i.place
  FROM bookings AS b
  JOIN booking_amounts AS a ON a.payment_id = b.payment_id
  JOIN shop_inflows AS i ON i.value_sat = a.value_sat AND i.kind = 'external'
  WHERE abs(date_diff('microsecond', b.booked_at, i.block_at)) // 1000000 <= (SELECT money_match_window_s FROM setting)
    AND b.status <> 'failed' AND NOT b.is_refund
), counted AS (
  SELECT *, count(*) OVER (PARTITION BY payment_id) AS outputs, count(*) OVER (PARTITION BY tx, place) AS bookings
  FROM near
), chosen AS (
  SELECT * FROM counted WHERE outputs = 1 AND bookings = 1 AND txid IS NOT NULL
), truth AS (
  SELECT DISTINCT b.payment_id
  FROM bookings AS b
  JOIN shop_inflows AS i ON i.txid = b.txid AND i.kind = 'external'
)
SELECT 'amount and time' AS heuristic, 'precision' AS measure,
       count(*) FILTER (WHERE txid = found_txid) AS hits, count(*) AS total,
       'bookings that cite their transaction, matched as if they did not: how many matches are the one cited' AS truth
FROM chosen
UNION ALL
SELECT 'amount and time' AS heuristic, 'recall' AS measure,
       count(c.payment_id) AS hits, count(*) AS total,
       'bookings that cite a transaction to the shop: how many are matched to it without their citing it' AS truth
FROM truth AS t
LEFT JOIN (SELECT payment_id FROM chosen WHERE txid = found_txid) AS c ON c.payment_id = t.payment_id
"""

_CHANGE = f"""
WITH {_KNOWN}, guessed AS (
  SELECT DISTINCT c.rule, c.tx, c.place, m.holder_number AS number
  FROM change_links AS c
  JOIN (SELECT DISTINCT p.tx FROM coin_moves AS p JOIN known AS k ON k.number = p.holder_number WHERE NOT p.is_output) AS s
    ON s.tx = c.tx
  JOIN coin_moves AS m ON m.tx = c.tx AND m.place = c.place
  WHERE m.is_output
), judged AS (
  SELECT g.rule, k.number IS NOT NULL AS is_right, n.number IS NOT NULL AS is_wrong
  FROM guessed AS g
  LEFT JOIN (SELECT DISTINCT number FROM known) AS k ON k.number = g.number
  LEFT JOIN (SELECT DISTINCT number FROM named) AS n ON n.number = g.number
)
SELECT concat('change: ', rule) AS heuristic, 'precision' AS measure,
       count(*) FILTER (WHERE is_right) AS hits, count(*) FILTER (WHERE is_right OR is_wrong) AS total,
       'outputs of the shop''s own transactions taken for its change, whose holder is known: how many are the shop''s' AS truth
FROM judged
GROUP BY rule
"""  # noqa: S608 -- constants of this file

_UNKNOWN = """
SELECT 'coinjoin rules' AS heuristic, 'precision and recall' AS measure, 0 AS hits, 0 AS total,
       'no seized record says which transactions were coinjoins' AS truth
UNION ALL
SELECT 'co-spend of payers' AS heuristic, 'precision' AS measure, 0 AS hits, 0 AS total,
       'two accounts that pay from one wallet may be one person: no seized record says that they are not' AS truth
"""

_COUNTS = Table(
    "heuristic_counts",
    "one measure of one heuristic on what the case knows",
    (
        Column("heuristic", "text", "the heuristic", nullable=False),
        Column("measure", "text", "precision or recall", nullable=False),
        Column("hits", "int64", "in which it was right", nullable=False),
        Column("total", "int64", "cases in which the truth is known; 0 where it is not", nullable=False),
        Column("truth", "text", "what was counted; of an unknown, why it is", nullable=False),
    ),
)

COUNTS = Step(
    name=_COUNTS.name,
    meaning="how often each heuristic was right where the case knows the truth",
    reads=(
        "shop_addresses", "tags", "wallet_addresses", "wallets", "account_wallets", "bookings", "booking_amounts",
        "shop_inflows", "change_links", "coin_moves", "tagged_holders", "setting",
    ),
    gives=_COUNTS,
    kept=False,
    settings=(
        "tag_min_level", "wallet_service_addresses", "wallet_service_outputs", "wallet_service_partners",
        "money_match_window_s",
    ),
    sql="\nUNION ALL\n".join(
        f"SELECT * FROM ({part.strip()}) AS {name}"  # noqa: S608 -- constants of this file
        for name, part in (
            ("spent", _CO_SPEND), ("sized", _BEHAVIOUR), ("keyed", _AMOUNT_TIME), ("changed", _CHANGE), ("unknown", _UNKNOWN),
        )
    ),
)  # fmt: skip

# z = 1.96 = 49/25 and z^2 = 2401/625, so that the fractions are of integers: the interval is
# (k + z^2/2 -+ z sqrt(k (n - k) / n + z^2/4)) / (n + z^2).
RATES = Step(
    name="heuristic_rates",
    meaning="each heuristic's precision and recall on this case, with n and interval",
    reads=(COUNTS.name,),
    gives=Table(
        "heuristic_rates",
        _COUNTS.meaning,
        (
            *_COUNTS.columns,
            Column(
                "rate_ppm",
                "int64",
                "hits of total; empty where the truth is not known, or of too few things",
                "millionths",
            ),
            Column("low_ppm", "int64", "lower end of the 95 per cent interval", "millionths"),
            Column("high_ppm", "int64", "upper end", "millionths"),
            Column(
                "says", "text", "why there is no rate: unknown, or too few; empty where there is one", nullable=False
            ),
        ),
    ),
    order_by=("heuristic", "measure"),
    sql=f"""
SELECT heuristic, measure, hits, total, truth,
       CASE WHEN total >= {FEWEST} THEN CAST(round(1000000 * hits / total) AS BIGINT) END AS rate_ppm,
       CASE WHEN total > 0 THEN CAST(round(1000000 * greatest(0,
         ((1250 * hits + 2401) / 1250 - 49 / 25 * sqrt(hits * (total - hits) / total + 2401 / 2500))
         * 625 / (625 * total + 2401))) AS BIGINT) END AS low_ppm,
       CASE WHEN total > 0 THEN CAST(round(1000000 * least(1,
         ((1250 * hits + 2401) / 1250 + 49 / 25 * sqrt(hits * (total - hits) / total + 2401 / 2500))
         * 625 / (625 * total + 2401))) AS BIGINT) END AS high_ppm,
       CASE WHEN total = 0 THEN 'unknown'
            WHEN total < {FEWEST} THEN concat('too few to say anything: n = ', total, ', the interval is wide')
            ELSE '' END AS says
FROM heuristic_counts
""",  # noqa: S608 -- constants of this file
)

STEPS = (COUNTS, RATES)

__all__ = ["COUNTS", "FEWEST", "RATES", "STEPS"]

"""Which accounts are one person or one crew, by the rare things that they share; it names nobody's guilt.

Method, weights, error rates and limits: docs/links.md.
"""

from __future__ import annotations

from unspoof.engine import Step
from unspoof.link import account_lists, account_things, account_weights
from unspoof.model.tables import Column, Table

_PAIR = (
    Column("left_account_id", "int64", "the lesser account", nullable=False),
    Column("right_account_id", "int64", "the greater", nullable=False),
)

EVIDENCE = Step(
    name="account_evidence",
    meaning="what each pair of accounts shares, kind by kind, with its weight",
    reads=(
        "account_shared_things",
        "account_shown_pairs",
        "account_called_pairs",
        "account_link_weights",
        "account_universe",
        "setting",
    ),
    gives=Table(
        "account_evidence",
        "one row per pair of accounts and kind of evidence",
        (
            *_PAIR,
            Column("kind", "text", "kind of evidence", nullable=False),
            Column("milli", "int64", "its weight", "thousandths of nats", False),
            Column("personal", "bool", "it points to one person", nullable=False),
            Column("because", "text", "a sentence", nullable=False),
        ),
    ),
    order_by=("left_account_id", "right_account_id", "kind"),
    settings=("account_max_holders", "account_max_number_holders", "account_repeat_days"),
    # Things of one kind are rarely independent, so that further ones add little. A list of numbers is discounted to a
    # half (shown) or a third (called) of what independent numbers would weigh, and chance is taken five times as large
    # as even mixing gives, since accounts that work one country meet more often.
    sql="""
WITH scale AS (
  SELECT greatest(2, count(*)) AS accounts,
         CAST(round(1000 * ln(greatest(2, count(*)))) AS BIGINT) AS milli,
         CASE WHEN count(*) >= 1000 THEN concat(count(*) // 1000, ',', right(concat('00', count(*) % 1000), 3))
              ELSE CAST(count(*) AS VARCHAR) END AS says
  FROM account_universe
), best AS (
  SELECT left_account_id, right_account_id, kind, min(holders) AS holders, CAST(sum(things) AS BIGINT) AS things
  FROM account_shared_things
  GROUP BY left_account_id, right_account_id, kind
), things AS (
  SELECT b.left_account_id, b.right_account_id, b.kind,
         CAST(round(1000 * (ln(w.m_ppm / w.c_ppm) + ln(n.accounts / b.holders) - (w.fall - 1) * ln(b.holders / 2)
           - CASE WHEN b.kind = 'secret' THEN ln(greatest(1500, n.accounts) / n.accounts) ELSE 0 END))
              AS BIGINT) + w.more_milli - w.more_milli
           // CASE b.things WHEN 1 THEN 1 WHEN 2 THEN 2 WHEN 3 THEN 4 WHEN 4 THEN 8 ELSE 16 END AS milli,
         w.personal,
         concat(CASE b.things WHEN 1 THEN '' ELSE concat(b.things, ' times ') END, w.says,
                CASE b.things WHEN 1 THEN ', held by ' ELSE ', the rarest held by ' END,
                b.holders, ' of ', n.says, ' accounts') AS because
  FROM best AS b
  JOIN account_link_weights AS w ON w.kind = b.kind
  CROSS JOIN scale AS n
), lists AS (
  SELECT 'shown' AS kind, 2 AS discount, * FROM account_shown_pairs
  UNION ALL
  SELECT 'called' AS kind, 3 AS discount, * FROM account_called_pairs
), chanced AS (
  SELECT *, greatest(1000, 5 * expected_ppm) AS chance_ppm FROM lists
), listed AS (
  SELECT c.left_account_id, c.right_account_id, c.kind,
         least(w.cap_milli + n.milli,
               CAST(round(1000 * (c.shared * ln(c.shared / (c.chance_ppm / 1000000))
                                  - (c.shared - c.chance_ppm / 1000000)) / c.discount) AS BIGINT))
           AS milli,
         w.personal,
         concat(c.shared, ' ', w.says, ' where chance gives ', c.expected_ppm // 1000000, '.',
                left(right(concat('00000', c.expected_ppm % 1000000), 6), 3)) AS because
  FROM chanced AS c
  JOIN account_link_weights AS w ON w.kind = c.kind
  CROSS JOIN scale AS n
  WHERE c.shared * 1000000 > c.chance_ppm
)
SELECT * FROM things WHERE milli > 0
UNION ALL
SELECT * FROM listed WHERE milli > 0
""",
)

SUMS = Step(
    name="account_pair_sums",
    meaning="the summed weight of each pair of accounts, and how far it is from a link",
    reads=("account_evidence", "account_universe", "setting"),
    gives=Table(
        "account_pair_sums",
        "one row per pair of accounts",
        (
            *_PAIR,
            Column("milli", "int64", "sum of the weights and the prior", "thousandths of nats", False),
            Column("asked_milli", "int64", "what a link must have", "thousandths of nats", False),
        ),
    ),
    settings=("account_min_score_ppm",),
    kept=False,
    sql="""
WITH prior AS (
  SELECT CAST(round(1000 * ln((6 / 10) / greatest(2, count(*)))) AS BIGINT) AS milli FROM account_universe
), asked AS (
  SELECT least(999999, greatest(1, account_min_score_ppm)) AS ppm FROM setting
)
SELECT e.left_account_id, e.right_account_id,
       CAST(sum(e.milli) AS BIGINT) + max(p.milli) AS milli,
       max(CAST(round(1000 * ln(a.ppm / (1000000 - a.ppm))) AS BIGINT)) AS asked_milli
FROM account_evidence AS e
CROSS JOIN prior AS p
CROSS JOIN asked AS a
GROUP BY e.left_account_id, e.right_account_id
""",
)

SHIFTS = Step(
    name="account_shifts",
    meaning="pairs of accounts a little short of a link that are active in the same hours of the week",
    reads=("account_pair_sums", "calls_once"),
    gives=Table(
        "account_shifts",
        "one row per pair of accounts",
        (
            *_PAIR,
            Column(
                "likeness_milli", "int64", "correlation of their hours beyond everybody's, from 0.4 to 1", "", False
            ),
            Column("milli", "int64", "its weight", "thousandths of nats", False),
        ),
    ),
    order_by=("left_account_id", "right_account_id"),
    # Weak by itself and costly over all pairs, so that it is worked out only where it can decide.
    sql="""
WITH close AS (
  SELECT left_account_id, right_account_id
  FROM account_pair_sums
  WHERE milli BETWEEN asked_milli - 700 AND asked_milli - 1
), wanted AS (
  SELECT left_account_id AS account_id FROM close
  UNION
  SELECT right_account_id AS account_id FROM close
), timed AS (
  SELECT account_id,
         (date_diff('day', DATE '2001-01-01', CAST("at" AS DATE)) % 7 + 7) % 7 * 24 + hour("at") AS slot
  FROM calls_once
  WHERE "at" IS NOT NULL AND account_id IS NOT NULL
), everybody AS (
  SELECT slot, count(*) AS calls FROM timed GROUP BY slot
), share AS (
  SELECT slot, calls * 1000000 // CAST(sum(calls) OVER () AS BIGINT) AS ppm FROM everybody
), hourly AS (
  SELECT t.account_id, t.slot, count(*) AS calls
  FROM timed AS t
  SEMI JOIN wanted AS w ON t.account_id = w.account_id
  GROUP BY t.account_id, t.slot
), sizes AS (
  SELECT account_id, CAST(sum(calls) AS BIGINT) AS calls FROM hourly GROUP BY account_id
), profile AS (
  SELECT z.account_id, s.slot, coalesce(h.calls, 0) * 1000000 // z.calls - s.ppm AS beyond
  FROM sizes AS z
  CROSS JOIN share AS s
  LEFT JOIN hourly AS h ON h.account_id = z.account_id AND h.slot = s.slot
  WHERE z.calls >= 50
), products AS (
  SELECT c.left_account_id, c.right_account_id,
         CAST(sum(a.beyond * b.beyond) AS BIGINT) AS ab,
         CAST(sum(a.beyond * a.beyond) AS BIGINT) AS aa,
         CAST(sum(b.beyond * b.beyond) AS BIGINT) AS bb
  FROM close AS c
  JOIN profile AS a ON a.account_id = c.left_account_id
  JOIN profile AS b ON b.account_id = c.right_account_id AND b.slot = a.slot
  GROUP BY c.left_account_id, c.right_account_id
), likeness AS (
  SELECT left_account_id, right_account_id,
         CAST(floor(1000 * (ab / nullif(sqrt(aa) * sqrt(bb), 0))) AS BIGINT) AS likeness_milli
  FROM products
)
SELECT left_account_id, right_account_id, likeness_milli,
       CASE WHEN likeness_milli >= 700 THEN 700 ELSE 350 END AS milli
FROM likeness
WHERE likeness_milli >= 400
""",
)

LINKED = Step(
    name="account_links",
    meaning="pairs of accounts that are one person's or one crew's",
    reads=("account_evidence", "account_pair_sums", "account_shifts", "account_link_weights", "setting"),
    gives=Table(
        "account_links",
        "one row per linked pair of accounts",
        (
            *_PAIR,
            Column("kind", "text", "person or crew", nullable=False),
            Column("score_ppm", "int64", "probability", "millionths", False),
            Column("reasons", "text", "sentences joined by '; ', the weightiest first", nullable=False),
        ),
    ),
    order_by=("left_account_id", "right_account_id"),
    settings=("account_min_score_ppm",),
    sql="""
WITH pieces AS (
  SELECT left_account_id, right_account_id, kind, milli, personal, because FROM account_evidence
  UNION ALL
  SELECT s.left_account_id, s.right_account_id, w.kind, s.milli, w.personal, w.says AS because
  FROM account_shifts AS s
  JOIN account_link_weights AS w ON w.kind = 'shift'
), summed AS (
  SELECT p.left_account_id, p.right_account_id, p.milli + coalesce(s.milli, 0) AS milli, p.asked_milli
  FROM account_pair_sums AS p
  LEFT JOIN account_shifts AS s ON s.left_account_id = p.left_account_id AND s.right_account_id = p.right_account_id
)
SELECT s.left_account_id, s.right_account_id,
       CASE WHEN max(CASE WHEN p.personal THEN 1 ELSE 0 END) = 1 THEN 'person' ELSE 'crew' END AS kind,
       least(999999, CAST(round(1000000 / (1 + exp(least(15000, greatest(-40000, -s.milli)) / 1000))) AS BIGINT))
         AS score_ppm,
       string_agg(p.because, '; ' ORDER BY p.milli DESC, p.kind) AS reasons
FROM summed AS s
JOIN pieces AS p ON p.left_account_id = s.left_account_id AND p.right_account_id = s.right_account_id
WHERE s.milli >= s.asked_milli
GROUP BY s.left_account_id, s.right_account_id, s.milli
""",
)

STEPS = (account_weights.STEP, *account_things.STEPS, *account_lists.STEPS, EVIDENCE, SUMS, SHIFTS, LINKED)

__all__ = ["EVIDENCE", "LINKED", "SHIFTS", "STEPS", "SUMS"]

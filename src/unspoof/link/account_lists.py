"""Numbers that two accounts have in common beyond chance: what they show, whom they call; and their working hours.

A list is one thing, however many numbers stand in it. Numbers used by more than account_max_number_holders accounts are
left out (a bank's own line is everybody's favourite), and so are shown numbers that a brand publishes. Of the rest, k
shared ones are weighed against the number e that would be shared by chance: the two accounts' shares of all uses times
how often any two uses of the case meet in one number, the pair's own meetings left out.
"""

from __future__ import annotations

from unspoof.engine import Step
from unspoof.model.tables import Column, Table

# Who uses which number is a set, so that rows that say the same again add nothing to it; it is made once and read by all.
_OVERLAP = """
WITH held AS (
  SELECT DISTINCT THE_NUMBER AS number, account_id
  FROM calls
  WHERE account_id IS NOT NULL AND THE_NUMBER IS NOT NULL
), counted AS (
  SELECT number, count(*) AS holders FROM held GROUP BY number
), rare_numbers AS (
  SELECT number, holders FROM counted WHERE holders <= (SELECT account_max_number_holders FROM setting)PUBLIC
), rare AS (
  SELECT h.number, h.account_id, n.holders FROM held AS h JOIN rare_numbers AS n ON n.number = h.number
), sizes AS (
  SELECT account_id, count(*) AS numbers FROM rare GROUP BY account_id
), whole AS (
  SELECT count(*) AS uses, CAST(sum(holders - 1) AS BIGINT) AS meetings FROM rare
), several AS (
  SELECT number, account_id FROM rare WHERE holders > 1
), paired AS (
  SELECT l.account_id AS left_account_id, r.account_id AS right_account_id, count(*) AS shared
  FROM several AS l
  JOIN several AS r ON r.number = l.number
  WHERE l.account_id < r.account_id
  GROUP BY l.account_id, r.account_id
  HAVING count(*) >= THE_LEAST
)
SELECT p.left_account_id, p.right_account_id, p.shared,
       CAST(round(1000000 * (a.numbers / w.uses) * (b.numbers / w.uses)
              * (w.meetings - 2 * p.shared + 1)) AS BIGINT) AS expected_ppm
FROM paired AS p
JOIN sizes AS a ON a.account_id = p.left_account_id
JOIN sizes AS b ON b.account_id = p.right_account_id
CROSS JOIN whole AS w
"""


# A number that a brand publishes is on its website: that two accounts show it tells nothing of them.
_PUBLIC = """
    AND number NOT IN (SELECT presented_e164 FROM presented_brands)"""


def _overlap(name: str, number: str, least: int, meaning: str, public: str = "") -> Step:
    return Step(
        name=name,
        meaning=meaning,
        reads=("calls", "presented_brands", "setting") if public else ("calls", "setting"),
        gives=Table(
            name,
            "one row per pair of accounts",
            (
                Column("left_account_id", "int64", "the lesser account", nullable=False),
                Column("right_account_id", "int64", "the greater", nullable=False),
                Column("shared", "int64", "rare numbers that both use", nullable=False),
                Column("expected_ppm", "int64", "how many by chance", "millionths of a number", False),
            ),
        ),
        order_by=("left_account_id", "right_account_id"),
        settings=("account_max_number_holders",),
        sql=_OVERLAP.replace("PUBLIC", public).replace("THE_NUMBER", number).replace("THE_LEAST", str(least)),
    )


SHOWN = _overlap(
    "account_shown_pairs", "presented_e164", 1, "pairs of accounts that showed the same rare numbers", _PUBLIC
)
CALLED = _overlap("account_called_pairs", "called_e164", 3, "pairs of accounts that called three or more rare numbers")

STEPS = (SHOWN, CALLED)

__all__ = ["CALLED", "SHOWN", "STEPS"]

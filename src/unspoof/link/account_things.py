"""What accounts hold that points to a person: addresses, handles, prints, deposits, wallets; and the pairs that share one."""

from __future__ import annotations

from unspoof.engine import Step
from unspoof.link.junk import dialled, meant
from unspoof.model.tables import Column, Table


def _filled(sql: str, **conditions: str) -> str:
    for name, condition in conditions.items():
        sql = sql.replace(f"<{name}>", condition)
    return sql


UNIVERSE = Step(
    name="account_universe",
    meaning="every account that is named anywhere",
    reads=("accounts", "calls", "logins", "payments"),
    gives=Table(
        "account_universe",
        "one row per account",
        (Column("account_id", "int64", "the account", nullable=False),),
    ),
    order_by=("account_id",),
    # A set of accounts: rows that say the same again add nothing to it, and leaving them out would cost.
    sql="""
WITH named AS (
  SELECT account_id FROM accounts
  UNION ALL
  SELECT account_id FROM (SELECT DISTINCT account_id FROM calls) AS c
  UNION ALL
  SELECT account_id FROM (SELECT DISTINCT account_id FROM logins) AS l
  UNION ALL
  SELECT account_id FROM (SELECT DISTINCT account_id FROM payments) AS p
)
SELECT DISTINCT account_id FROM named WHERE account_id IS NOT NULL
""",
)

THINGS = Step(
    name="account_things",
    meaning="what each account holds that may point to a person",
    reads=("accounts_once", "logins_once", "payments_once", "account_wallets", "claims", "shop_inflows"),
    gives=Table(
        "account_things",
        "one row per account and thing",
        (
            Column("account_id", "int64", "the account", nullable=False),
            Column("kind", "text", "kind of thing", nullable=False),
            Column("thing", "text", "the thing, normalised", nullable=False),
            Column("days", "int64", "days on which the account used it; 1 where that does not apply", nullable=False),
        ),
    ),
    kept=False,
    reread=True,
    # Addresses of private networks, of the host itself and of carriers' shared ranges (RFC 1918, RFC 4193, RFC 4291,
    # RFC 6598) tell a proxy in front of the shop, not a user. What fills a form (junk.py) points to nobody. One transaction of
    # an exchange may pay the shop for many strangers, so that a deposit is the output, where the chain tells which.
    sql=_filled(
        """
WITH mails AS (
  SELECT account_id, lower(trim(email)) AS mail
  FROM accounts_once
  WHERE regexp_matches(lower(trim(email)), '^[^@ ]+@[^@ ]+[.][^@ ]+\\z')
    AND <mail> AND length(split_part(trim(email), '@', 1)) + length(split_part(trim(email), '@', 2)) > 5
), boxes AS (
  SELECT account_id,
         split_part(split_part(mail, '@', 1), '+', 1) AS local,
         CASE split_part(mail, '@', 2) WHEN 'googlemail.com' THEN 'gmail.com' ELSE split_part(mail, '@', 2) END AS host
  FROM mails
), named AS (
  SELECT username, min(account_id) AS account_id
  FROM accounts_once
  WHERE username IS NOT NULL
  GROUP BY username
  HAVING count(DISTINCT account_id) = 1
), used AS (
  SELECT coalesce(l.account_id, n.account_id) AS account_id, lower(trim(l.ip)) AS ip, CAST(l."at" AS DATE) AS day
  FROM logins_once AS l
  LEFT JOIN named AS n ON n.username = l.username
  WHERE trim(l.ip) <> ''
), cited AS (
  SELECT payment_id, account_id, lower(trim(txid)) AS txid
  FROM payments_once
  WHERE account_id IS NOT NULL AND regexp_matches(lower(trim(txid)), '^[0-9a-f]{64}\\z')
    AND replace(lower(trim(txid)), lower(left(trim(txid), 1)), '') <> ''
), inflows AS (
  SELECT txid, min(place) AS place, count(DISTINCT place) AS places FROM shop_inflows GROUP BY txid
), deposits AS (
  SELECT p.account_id, p.txid, coalesce(c.place, CASE WHEN i.places = 1 THEN i.place END) AS place
  FROM cited AS p
  LEFT JOIN claims AS c ON c.payment_id = p.payment_id
  LEFT JOIN inflows AS i ON i.txid = p.txid
)
SELECT DISTINCT account_id, 'email' AS kind, mail AS thing, 1 AS days FROM mails
UNION ALL
SELECT DISTINCT account_id, 'mailbox' AS kind,
       concat(CASE host WHEN 'gmail.com' THEN replace(local, '.', '') ELSE local END, '@', host) AS thing, 1 AS days
FROM boxes
WHERE local <> ''
UNION ALL
SELECT DISTINCT account_id, 'phone' AS kind, CAST(phone_e164 AS VARCHAR) AS thing, 1 AS days
FROM accounts_once
WHERE phone_e164 IS NOT NULL AND <phone>
UNION ALL
SELECT DISTINCT account_id, 'handle' AS kind, regexp_replace(lower(trim(handle)), '^@', '') AS thing, 1 AS days
FROM accounts_once
WHERE length(regexp_replace(lower(trim(handle)), '^@', '')) >= 3 AND <handle>
UNION ALL
SELECT DISTINCT account_id, 'secret' AS kind, secret_print AS thing, 1 AS days
FROM accounts_once
WHERE secret_print <> ''
UNION ALL
SELECT DISTINCT account_id, 'username' AS kind, lower(trim(username)) AS thing, 1 AS days
FROM accounts_once
WHERE length(trim(username)) >= 5 AND <username>
UNION ALL
SELECT DISTINCT account_id, 'name' AS kind, lower(trim(name)) AS thing, 1 AS days
FROM accounts_once
WHERE regexp_matches(trim(name), '^[^ ]+ [^\\n]*[^ ]{2}') AND <name> AND <first> AND <last>
UNION ALL
SELECT DISTINCT account_id, 'txid' AS kind,
       CASE WHEN place IS NULL THEN txid ELSE concat(txid, ':', place) END AS thing, 1 AS days
FROM deposits
UNION ALL
SELECT account_id, CASE WHEN doubt = '' THEN 'wallet' ELSE 'wallet-doubted' END AS kind, wallet AS thing, 1 AS days
FROM account_wallets
WHERE is_personal
UNION ALL
SELECT DISTINCT account_id, 'address' AS kind, trim(address) AS thing, 1 AS days
FROM payments_once
WHERE account_id IS NOT NULL AND regexp_matches(trim(address), '^[0-9A-Za-z]{20,}\\z')
  AND replace(trim(address), left(trim(address), 1), '') <> ''
UNION ALL
SELECT account_id, 'ip' AS kind, ip AS thing, greatest(1, count(DISTINCT day)) AS days
FROM used
WHERE account_id IS NOT NULL AND regexp_matches(ip, '^([0-9]{1,3}([.][0-9]{1,3}){3}|[0-9a-f:.]*:[0-9a-f:.]*)\\z')
  AND NOT regexp_matches(ip, '^(0[.]|10[.]|127[.]|169[.]254[.]|192[.]168[.]|172[.](1[6-9]|2[0-9]|3[01])[.])')
  AND NOT regexp_matches(ip, '^100[.](6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7])[.]')
  AND NOT regexp_matches(ip, '^(::1?\\z|f[cd][0-9a-f]{2}:|fe[89ab][0-9a-f]:)')
GROUP BY account_id, ip
""",
        mail=meant("split_part(lower(trim(email)), '@', 1)"),
        phone=dialled("phone_e164"),
        handle=meant("regexp_replace(lower(trim(handle)), '^@', '')"),
        username=meant("lower(trim(username))"),
        name=meant("lower(trim(name))"),
        first=meant("split_part(lower(trim(name)), ' ', 1)"),
        last=meant("regexp_replace(lower(trim(name)), '^[^\\n]* ', '')"),
    ),
)

SHARED = Step(
    name="account_shared_things",
    meaning="pairs of accounts that hold the same rare thing",
    reads=("account_things", "setting"),
    gives=Table(
        "account_shared_things",
        "one row per pair and thing",
        (
            Column("left_account_id", "int64", "the lesser account", nullable=False),
            Column("right_account_id", "int64", "the greater", nullable=False),
            Column("kind", "text", "kind of thing; ip-repeated where both used an address on several days", "", False),
            Column("holders", "int64", "accounts that hold it", nullable=False),
            Column("things", "int64", "how many things of this kind and as many holders they share", nullable=False),
        ),
    ),
    order_by=("left_account_id", "right_account_id", "kind", "holders"),
    settings=("account_max_holders", "account_repeat_days"),
    # An equal e-mail address is an equal mailbox, an address that both used on several days needs no further evening, and
    # one deposit for both is paid from one wallet: the lesser kind is left out where the greater one is there.
    sql="""
WITH counted AS (
  SELECT kind, thing, count(*) AS holders FROM account_things GROUP BY kind, thing
), rare AS (
  SELECT t.account_id, t.kind, t.thing, t.days, c.holders
  FROM account_things AS t
  JOIN counted AS c ON c.kind = t.kind AND c.thing = t.thing
  WHERE c.holders BETWEEN 2 AND (SELECT account_max_holders FROM setting)
), paired AS (
  SELECT l.account_id AS left_account_id, r.account_id AS right_account_id, l.holders,
         CASE WHEN l.kind = 'ip' AND least(l.days, r.days) >= (SELECT account_repeat_days FROM setting)
              THEN 'ip-repeated' ELSE l.kind END AS kind
  FROM rare AS l
  JOIN rare AS r ON r.kind = l.kind AND r.thing = l.thing
  WHERE l.account_id < r.account_id
), grouped AS (
  SELECT left_account_id, right_account_id, kind, holders, count(*) AS things
  FROM paired
  GROUP BY left_account_id, right_account_id, kind, holders
)
SELECT g.*
FROM grouped AS g
ANTI JOIN (SELECT left_account_id AS l, right_account_id AS r, kind FROM grouped) AS e
  ON e.l = g.left_account_id AND e.r = g.right_account_id
 AND e.kind = CASE g.kind WHEN 'mailbox' THEN 'email' WHEN 'ip' THEN 'ip-repeated' WHEN 'wallet' THEN 'txid'
                          WHEN 'wallet-doubted' THEN 'txid' END
""",
)

STEPS = (UNIVERSE, THINGS, SHARED)

__all__ = ["SHARED", "STEPS", "THINGS", "UNIVERSE"]

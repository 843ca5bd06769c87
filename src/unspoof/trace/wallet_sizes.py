"""What is known of each wallet, and whether it looks like a service's; whether it is the shop's own is not asked here."""

from __future__ import annotations

from unspoof.engine import Step
from unspoof.model.tables import Column, Table

PAYERS = Step(
    name="coin_payers",
    meaning="the one wallet that pays in a transaction",
    reads=("coin_moves", "coin_shapes", "coinjoins", "coin_txs", "wallet_addresses"),
    gives=Table(
        "coin_payers",
        "one row per transaction whose known inputs are all of one wallet; none for coinjoins and what is shown in part",
        (
            Column("tx", "int64", "the transaction's place in chain order", nullable=False),
            Column("txid", "text", "the transaction", nullable=False),
            Column("wallet", "text", "the wallet", nullable=False),
            Column("wallet_number", "int64", "its number", nullable=False),
        ),
    ),
    order_by=("tx",),
    # An anchor among the inputs is anybody's, and is passed over as wallets pass it over.
    sql="""
WITH paying AS (
  SELECT p.tx, min(w.wallet_number) AS wallet_number
  FROM coin_moves AS p
  SEMI JOIN (SELECT tx FROM coin_shapes WHERE is_shown AND key_holders >= 1) AS s ON s.tx = p.tx
  ANTI JOIN coinjoins AS c ON c.tx = p.tx
  JOIN wallet_addresses AS w ON w.number = p.holder_number
  WHERE NOT p.is_output AND p.is_keyed
  GROUP BY p.tx
  HAVING min(w.wallet_number) = max(w.wallet_number)
)
SELECT p.tx, t.txid, w.wallet, p.wallet_number
FROM paying AS p
JOIN coin_txs AS t ON t.tx = p.tx
JOIN wallet_addresses AS w ON w.number = p.wallet_number
""".strip(),
)

SIZES = Table(
    "sized_wallets",
    "one wallet: holders that spent together, or one that never did",
    (
        Column("wallet", "text", "its first holder in chain order", nullable=False),
        Column("holders", "int64", "how many holders it has", nullable=False),
        Column("transactions", "int64", "transactions of the case in which it stands", nullable=False),
        Column("received_sat", "int64", "sum of the outputs to it, its own change too", "sat"),
        Column("sent_sat", "int64", "sum of its inputs", "sat"),
        Column("most_outputs", "int64", "outputs of its largest payment; 0 where it never pays alone", nullable=False),
        Column("partners", "int64", "other wallets that it pays or is paid by, coinjoins aside", nullable=False),
        Column("accounts", "int64", "accounts whose booked payments name a transaction that it pays", nullable=False),
        Column("service", "text", "whom the surest tag that speaks for all of it takes it to be; empty: unattributed"),
        Column("category", "text", "exchange, mixing_service ...; user is a person"),
        Column("level", "int32", "level of that tag, 0 to 100"),
        Column("tag_source", "text", "pack and source of that tag"),
        Column("is_service", "bool", "it is tagged as a service's, or as large or busy as one", nullable=False),
        Column("why", "text", "the reasons for that, joined by '; '; empty if none", nullable=False),
        Column("is_coinjoin_only", "bool", "it stands in coinjoins alone", nullable=False),
        Column(
            "address_tags",
            "text",
            "tags of single addresses of it that do not speak for the wallet, joined by '; '; empty if none",
            nullable=False,
        ),
        Column("wallet_number", "int64", "number of its first holder", nullable=False),
    ),
)


def _halves(side: str, of: str) -> str:
    """Return the sums of whole bitcoin and of the rest of one side's values, so that no forgery overflows them."""
    return f"""
         CAST(sum(CASE WHEN {of} THEN value_sat // 100000000 ELSE 0 END) AS BIGINT) AS {side}_coins,
         CAST(sum(CASE WHEN {of} THEN value_sat % 100000000 ELSE 0 END) AS BIGINT) AS {side}_rest"""


def _sum(side: str) -> str:
    """Return the sum of both halves over transactions, empty beyond 64 bits."""
    whole, rest = (f"coalesce(CAST(sum({side}_{half}) AS BIGINT), 0)" for half in ("coins", "rest"))
    return f"CASE WHEN {whole} <= 90000000000 THEN {whole} * 100000000 + {rest} END AS {side}_sat"


SIZED = Step(
    name=SIZES.name,
    meaning="count, sum and tag each wallet, and say which look like a service's and why",
    reads=(
        "coin_moves",
        "coin_payers",
        "coin_shapes",
        "coinjoins",
        "payments_once",
        "setting",
        "tagged_holders",
        "wallet_addresses",
        "wallet_unions",
    ),
    gives=SIZES,
    order_by=("wallet_number",),
    # Unions are a forest: a wallet has one less than holders. Whoever tagged a person's wallet named nobody who could be
    # asked as a service, however many coins pass through it.
    settings=(
        "wallet_service_accounts",
        "wallet_service_addresses",
        "wallet_service_outputs",
        "wallet_service_partners",
    ),
    sql=f"""
WITH held AS (
  SELECT p.tx, p.is_output, p.value_sat, w.wallet_number AS wallet
  FROM coin_moves AS p
  JOIN wallet_addresses AS w ON w.number = p.holder_number
), sizes AS (
  SELECT wallet_number AS wallet, count(*) + 1 AS holders
  FROM wallet_unions
  WHERE wallet_number IS NOT NULL
  GROUP BY wallet_number
), joins AS (
  SELECT DISTINCT tx, 1 AS is_join FROM coinjoins
), stands AS (
  SELECT wallet, tx, {_halves("received", "is_output")}, {_halves("sent", "NOT is_output")}
  FROM held
  GROUP BY wallet, tx
), flows AS (
  SELECT h.wallet, count(*) AS transactions, {_sum("received")}, {_sum("sent")},
         min(coalesce(j.is_join, 0)) AS only_joins
  FROM stands AS h
  LEFT JOIN joins AS j ON j.tx = h.tx
  GROUP BY h.wallet
), payments_out AS (
  SELECT p.wallet_number AS wallet, max(s.outputs) AS most_outputs
  FROM coin_payers AS p
  JOIN coin_shapes AS s ON s.tx = p.tx
  GROUP BY p.wallet_number
), dealings AS (
  SELECT DISTINCT least(p.wallet_number, h.wallet) AS one, greatest(p.wallet_number, h.wallet) AS other
  FROM coin_payers AS p
  JOIN held AS h ON h.tx = p.tx
  WHERE h.is_output AND h.wallet <> p.wallet_number
), partners AS (
  SELECT wallet, count(*) AS partners
  FROM (SELECT one AS wallet FROM dealings UNION ALL SELECT other AS wallet FROM dealings) AS d
  GROUP BY wallet
), paying AS (
  SELECT p.wallet_number AS wallet, count(DISTINCT b.account_id) AS accounts
  FROM payments_once AS b
  JOIN coin_payers AS p ON p.txid = lower(trim(b.txid))
  WHERE b.account_id IS NOT NULL
  GROUP BY p.wallet_number
), told AS (
  SELECT w.wallet_number AS wallet, t.service, t.category, t.level, t.tag_source, t.names_service, t.is_of_wallet,
         t.is_of_wallet OR (z.wallet IS NULL AND t.service <> '') AS names_wallet
  FROM tagged_holders AS t
  JOIN wallet_addresses AS w ON w.number = t.number
  LEFT JOIN sizes AS z ON z.wallet = w.wallet_number
), beside AS (
  SELECT wallet, CASE WHEN service = '' THEN concat('on a list: ', tag_source) ELSE service END AS service, level,
         count(*) AS addresses
  FROM told WHERE NOT names_wallet
  GROUP BY ALL
), listed AS (
  SELECT wallet, string_agg(concat(service, ' (level ', level, ', ', addresses, ' of its addresses)'), '; '
           ORDER BY level DESC, service) AS address_tags
  FROM beside
  GROUP BY wallet
), tagged AS (
  SELECT * FROM told WHERE names_wallet
  QUALIFY row_number() OVER (PARTITION BY wallet ORDER BY names_service DESC, level DESC, service,
    category NULLS LAST, tag_source) = 1
), known AS (
  SELECT f.wallet AS wallet_number, coalesce(z.holders, 1) AS holders, f.transactions, f.received_sat, f.sent_sat,
         coalesce(o.most_outputs, 0) AS most_outputs,
         coalesce(d.partners, 0) AS partners, coalesce(a.accounts, 0) AS accounts, t.service, t.category, t.level,
         t.tag_source, coalesce(t.names_service, FALSE) AS names_service, t.is_of_wallet, f.only_joins = 1 AS is_coinjoin_only,
         coalesce(l.address_tags, '') AS address_tags
  FROM flows AS f
  LEFT JOIN sizes AS z ON z.wallet = f.wallet
  LEFT JOIN payments_out AS o ON o.wallet = f.wallet
  LEFT JOIN partners AS d ON d.wallet = f.wallet
  LEFT JOIN paying AS a ON a.wallet = f.wallet
  LEFT JOIN tagged AS t ON t.wallet = f.wallet
  LEFT JOIN listed AS l ON l.wallet = f.wallet
), judged AS (
  SELECT k.*, concat_ws('; ',
           CASE WHEN k.names_service THEN concat('tagged ', k.service, ' at level ', k.level,
             CASE WHEN k.is_of_wallet THEN '' ELSE ', the address alone' END) END,
           CASE WHEN k.holders > s.wallet_service_addresses THEN concat(k.holders, ' addresses') END,
           CASE WHEN k.most_outputs >= s.wallet_service_outputs
                THEN concat('pays ', k.most_outputs, ' outputs in one transaction') END,
           CASE WHEN k.partners > s.wallet_service_partners THEN concat('deals with ', k.partners, ' other wallets') END,
           CASE WHEN k.accounts > s.wallet_service_accounts
                THEN concat(k.accounts, ' accounts of the service pay from it') END) AS why
  FROM known AS k
  CROSS JOIN setting AS s
)
SELECT w.holder AS wallet, j.holders, j.transactions, j.received_sat, j.sent_sat, j.most_outputs, j.partners, j.accounts,
       CASE WHEN j.is_said THEN j.service END AS service, CASE WHEN j.is_said THEN j.category END AS category,
       CASE WHEN j.is_said THEN j.level END AS level, CASE WHEN j.is_said THEN j.tag_source END AS tag_source,
       j.why <> '' AS is_service, j.why, j.is_coinjoin_only,
       concat_ws('; ', CASE WHEN NOT j.is_said THEN concat(j.service, ' (level ', j.level, ', names no service)') END,
         nullif(j.address_tags, '')) AS address_tags,
       j.wallet_number
FROM (SELECT *, service IS NULL OR names_service OR why = '' AS is_said FROM judged) AS j
JOIN wallet_addresses AS w ON w.number = j.wallet_number
""".strip(),  # noqa: S608 -- constants of this file
)

STEPS = (PAYERS, SIZED)

__all__ = ["PAYERS", "SIZED", "SIZES", "STEPS"]

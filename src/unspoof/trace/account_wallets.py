"""Which wallets accounts pay from, and whether a wallet is a person's; whether that links accounts is linking's business.

The payer is who holds the inputs of the deposit. Where these are a service's hot wallet - an exchange paying withdrawals -
thousands of strangers pay "from one wallet": that yields a request to the service and never a link. So a wallet counts as a
person's only where nothing speaks for a service (trace/wallets.py), it is not the shop's own, few accounts pay from it, and it
does not hold what can only be a service's change (trace/service_change.py). A person's wallet is paid by services too, so that
this alone says nothing. What may be change, and what pays out as a service does, leaves a person's wallet with a doubt.
Deposits by a transaction that has the marks of a coinjoin name no wallet, since its inputs are several people's.
"""

from __future__ import annotations

from unspoof.engine import Step
from unspoof.model.tables import Column, Table
from unspoof.trace.wording import filled

# Within a text of SQL: ends it, says whose change it is and how far off, begins it again.
_WAY = """change of ', coalesce(c.service, 'a wallet like a service''s'),
                CASE WHEN c.hops > 1 THEN concat(' over ', c.hops, ' payments') ELSE '' END, '"""

ACCOUNT_WALLETS = Step(
    name="account_wallets",
    meaning="the wallets that accounts pay from",
    reads=("reconciliation", "coin_payers", "coin_txs", "wallets", "service_change", "shop_addresses", "setting"),
    gives=Table(
        "account_wallets",
        "one row per account and wallet",
        (
            Column("account_id", "int64", "the account", nullable=False),
            Column("wallet", "text", "the wallet that holds the inputs", nullable=False),
            Column(
                "deposits", "int64", "transactions by which the account's payments were paid from it", nullable=False
            ),
            Column("first_txid", "text", "the first of them in chain order", nullable=False),
            Column("accounts", "int64", "accounts that pay from it", nullable=False),
            Column(
                "is_personal",
                "bool",
                "nothing shows a service's or the shop's own wallet, and none of its coins can only be a service's change;"
                " that it is one person's is not shown by that",
                nullable=False,
            ),
            Column("why", "text", "what speaks against a person's wallet; empty where nothing does", nullable=False),
            Column(
                "doubt",
                "text",
                "of a personal one: what a service's hot wallet would do too, so that it links accounts but weakly; or empty",
                nullable=False,
            ),
        ),
    ),
    order_by=("account_id", "wallet"),
    settings=("wallet_doubt_outputs", "wallet_service_accounts"),
    sql=filled(
        """
WITH payers AS (
  SELECT DISTINCT r.account_id, p.tx, p.wallet, r.place
  FROM reconciliation AS r
  JOIN coin_payers AS p ON p.txid = r.txid
  WHERE r.account_id IS NOT NULL AND r.verdict IN ('matched', 'amount-differs', 'time-differs')
), shared AS (
  SELECT wallet, count(DISTINCT account_id) AS accounts FROM payers GROUP BY wallet
), together AS (
  SELECT DISTINCT wallet
  FROM (SELECT wallet, tx FROM payers GROUP BY wallet, tx
        HAVING count(DISTINCT account_id) > 1 AND count(DISTINCT place) > 1) AS t
), ours AS (
  SELECT DISTINCT wallet FROM shop_addresses WHERE wallet IS NOT NULL AND NOT is_kept_by_service
), judged AS (
  SELECT s.wallet, s.accounts,
         CASE WHEN o.wallet IS NOT NULL THEN 'the shop''s own wallet'
              WHEN w.is_service THEN w.why
              WHEN s.accounts > (SELECT wallet_service_accounts FROM setting)
                THEN concat(s.accounts, ' accounts pay from it')
              WHEN c.is_only THEN concat('it holds <way>, if there was any: what else ', right(c.txids, 64),
                ' pays is the shop''s or of others whom tags name')
              ELSE '' END AS why,
         concat_ws('; ',
           CASE WHEN NOT c.is_only
                THEN concat('it may hold <way>: the largest output of ', right(c.txids, 64),
                  ', of which nothing is known to have gone back to who pays') END,
           CASE WHEN w.most_outputs >= (SELECT wallet_doubt_outputs FROM setting)
                THEN concat('it pays ', w.most_outputs, ' outputs in one transaction') END,
           CASE WHEN t.wallet IS NOT NULL
                THEN 'it pays for several accounts in one transaction, by an output each' END) AS doubt
  FROM shared AS s
  JOIN wallets AS w ON w.wallet = s.wallet
  LEFT JOIN service_change AS c ON c.wallet_number = w.wallet_number
  LEFT JOIN together AS t ON t.wallet = s.wallet
  LEFT JOIN ours AS o ON o.wallet = s.wallet
), paying AS (
  SELECT account_id, wallet, count(DISTINCT tx) AS deposits, min(tx) AS first_tx FROM payers GROUP BY account_id, wallet
)
SELECT p.account_id, p.wallet, p.deposits, t.txid AS first_txid, j.accounts, j.why = '' AS is_personal, j.why,
       CASE WHEN j.why = '' THEN j.doubt ELSE '' END AS doubt
FROM paying AS p
JOIN judged AS j ON j.wallet = p.wallet
JOIN coin_txs AS t ON t.tx = p.first_tx
""",
        way=_WAY,
    ),
)

STEPS = (ACCOUNT_WALLETS,)

__all__ = ["ACCOUNT_WALLETS", "STEPS"]

"""Which wallets accounts pay from, and whether a wallet is a person's; whether that links accounts is linking's business.

The payer is who holds the inputs of the deposit. Where these are a service's hot wallet - an exchange paying withdrawals -
thousands of strangers pay "from one wallet": that yields a request to the service and never a link. So a wallet counts as a
person's only where nothing speaks for a service (trace/wallets.py), it is not the shop's own, and few accounts pay from it.
Deposits by a transaction that has the marks of a coinjoin name no wallet, since its inputs are several people's.
"""

from __future__ import annotations

from unspoof.engine import Step
from unspoof.model.tables import Column, Table

ACCOUNT_WALLETS = Step(
    name="account_wallets",
    meaning="the wallets that accounts pay from",
    reads=("reconciliation", "coin_payers", "coin_txs", "wallets", "shop_addresses", "setting"),
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
            Column("is_personal", "bool", "nothing speaks for a service's or the shop's own wallet", nullable=False),
            Column("why", "text", "what speaks against a person's wallet; empty where nothing does", nullable=False),
        ),
    ),
    order_by=("account_id", "wallet"),
    settings=("wallet_service_accounts",),
    sql="""
WITH payers AS (
  SELECT DISTINCT r.account_id, p.tx, p.wallet
  FROM reconciliation AS r
  JOIN coin_payers AS p ON p.txid = r.txid
  WHERE r.account_id IS NOT NULL AND r.verdict IN ('matched', 'amount-differs', 'time-differs')
), shared AS (
  SELECT wallet, count(DISTINCT account_id) AS accounts FROM payers GROUP BY wallet
), ours AS (
  SELECT DISTINCT wallet FROM shop_addresses WHERE wallet IS NOT NULL AND NOT is_kept_by_service
), judged AS (
  SELECT s.wallet, s.accounts,
         CASE WHEN o.wallet IS NOT NULL THEN 'the shop''s own wallet'
              WHEN w.is_service THEN w.why
              WHEN s.accounts > (SELECT wallet_service_accounts FROM setting)
                THEN concat(s.accounts, ' accounts pay from it') ELSE '' END AS why
  FROM shared AS s
  JOIN wallets AS w ON w.wallet = s.wallet
  LEFT JOIN ours AS o ON o.wallet = s.wallet
), paying AS (
  SELECT account_id, wallet, count(*) AS deposits, min(tx) AS first_tx FROM payers GROUP BY account_id, wallet
)
SELECT p.account_id, p.wallet, p.deposits, t.txid AS first_txid, j.accounts, j.why = '' AS is_personal, j.why
FROM paying AS p
JOIN judged AS j ON j.wallet = p.wallet
JOIN coin_txs AS t ON t.tx = p.first_tx
""",
)

STEPS = (ACCOUNT_WALLETS,)

__all__ = ["ACCOUNT_WALLETS", "STEPS"]

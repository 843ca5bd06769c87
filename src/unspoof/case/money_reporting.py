"""Gather what the report says of money from the findings; it works no figure out that they do not hold."""

from __future__ import annotations

from typing import Any

from unspoof.act.report import MoneySource
from unspoof.case.session import Session
from unspoof.trace.reconciliation import VERDICTS

_REACHES_SHOWN = 100

_SOURCES = """
SELECT CASE WHEN i.is_new_coin THEN 'newly made coin'
            WHEN w.service IS NOT NULL THEN w.service
            WHEN i.payer_is_service THEN 'services, unattributed'
            WHEN i.payer_wallet IS NOT NULL THEN 'other wallets'
            ELSE 'inputs of several wallets, or not known' END AS label,
       CASE WHEN i.payer_is_service THEN 'service' ELSE 'other' END AS kind,
       CAST(sum(i.value_sat) AS BIGINT) AS value_sat
FROM shop_inflows AS i
LEFT JOIN wallets AS w ON w.wallet = i.payer_wallet AND i.payer_is_service
WHERE i.kind = 'external'
GROUP BY 1, 2
ORDER BY 1, 2
"""

_TARGETS = """
SELECT CASE WHEN o.kind = 'refund' THEN 'back to payers'
            WHEN w.is_service AND w.service IS NOT NULL THEN w.service
            WHEN w.is_service THEN 'services, unattributed'
            ELSE 'other wallets' END AS label,
       CASE WHEN o.kind <> 'refund' AND w.is_service THEN 'service' ELSE 'other' END AS kind,
       CAST(sum(o.value_sat) AS BIGINT) AS value_sat
FROM shop_outflows AS o
LEFT JOIN wallets AS w ON w.wallet = o.wallet
WHERE o.kind IN ('onward', 'refund')
GROUP BY 1, 2
HAVING count(o.value_sat) > 0
ORDER BY 1, 2
"""

_VERDICT_ROWS = """
SELECT verdict, count(*) AS payments, CAST(sum(chain_sat) AS BIGINT) AS chain_sat,
       CASE WHEN count(DISTINCT currency) = 1 THEN CAST(sum(booked_minor) AS BIGINT) END AS booked_minor,
       CASE WHEN count(DISTINCT currency) = 1 THEN max(currency) END AS currency
FROM reconciliation
GROUP BY verdict
ORDER BY verdict
"""

_TIP = "SELECT height, block_hash FROM coin_txs WHERE height IS NOT NULL ORDER BY height DESC, txid LIMIT 1"

_NEEDED = (
    "heuristic_rates",
    "reconciliation",
    "service_reaches",
    "shop_inflows",
    "shop_outflows",
    "wallets",
    "coin_txs",
)


def _rows(session: Session, sql: str) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = session.engine.fetch(sql).to_pylist()
    return made


def money_source(session: Session) -> MoneySource | None:
    """Return what the report says of money; None where the case holds no findings of it.

    Args:
        session: an open session whose findings are in view.

    """
    if not all(session.digests.get(name) for name in _NEEDED):
        return None
    tip = _rows(session, _TIP)
    count = _rows(session, "SELECT count(*) AS n FROM service_reaches")[0]["n"]
    order = "CASE WHEN service IS NULL THEN 1 ELSE 0 END, service, direction, txid, place, wallet"
    return MoneySource(
        verdicts=[{**row, "meaning": VERDICTS[row["verdict"]]} for row in _rows(session, _VERDICT_ROWS)],
        sources=_rows(session, _SOURCES),
        targets=_rows(session, _TARGETS),
        reaches=_rows(session, f"SELECT * FROM service_reaches ORDER BY {order} LIMIT {_REACHES_SHOWN}"),  # noqa: S608
        reached=count,
        rates=_rows(session, "SELECT * FROM heuristic_rates ORDER BY heuristic, measure"),
        tip=f"block {tip[0]['height']}, {tip[0]['block_hash'] or 'hash not told'}" if tip else "no block",
    )


__all__ = ["money_source"]

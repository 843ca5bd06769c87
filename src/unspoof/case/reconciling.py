"""The service's books against the chain as doors show them: what it adds up to first, then row by row; nothing is worked out.

The verdicts and values are findings of `run` (trace/reconciliation.py, trace/money_parts).
"""

from __future__ import annotations

from typing import Any

from unspoof.act import LEFT_OUT
from unspoof.case.session import Session
from unspoof.errors import BadRequest
from unspoof.trace.money_parts import CURRENCIES, ENDS
from unspoof.trace.reconciliation import VERDICTS

Row = dict[str, Any]

_BY_VERDICT = """
SELECT verdict, count(*) AS rows, count(payment_id) AS payments,
       coalesce(CAST(sum(chain_sat) AS BIGINT), 0) AS value_sat,
       coalesce(CAST(sum(refunded_sat) AS BIGINT), 0) AS refunded_sat,
       CAST(sum(home_low_minor) AS BIGINT) AS low_minor, CAST(sum(home_base_minor) AS BIGINT) AS base_minor,
       CAST(sum(home_high_minor) AS BIGINT) AS high_minor
FROM reconciliation GROUP BY verdict
"""

_COUNTS = """
SELECT count(*) AS parts, count(payment_id) AS booked_parts, count(DISTINCT concat(txid, ':', place)) AS outputs,
       count(*) FILTER (WHERE near_midnight) AS near_midnight,
       coalesce(CAST(sum(CASE WHEN near_midnight THEN share_sat END) AS BIGINT), 0) AS near_midnight_sat,
       CAST(sum(CASE WHEN near_midnight THEN home_low_minor END) AS BIGINT) AS near_midnight_low_minor,
       CAST(sum(CASE WHEN near_midnight THEN home_base_minor END) AS BIGINT) AS near_midnight_base_minor,
       CAST(sum(CASE WHEN near_midnight THEN home_high_minor END) AS BIGINT) AS near_midnight_high_minor,
       count(*) FILTER (WHERE home_base_minor IS NULL) AS without_price,
       coalesce(CAST(sum(CASE WHEN home_base_minor IS NULL THEN share_sat END) AS BIGINT), 0) AS without_price_sat,
       coalesce(CAST(sum(share_sat) AS BIGINT), 0) AS value_sat,
       coalesce(CAST(sum(CASE WHEN payment_id IS NULL THEN share_sat END) AS BIGINT), 0) AS unmatched_sat
FROM money_parts WHERE is_income
"""

_MAYBE_OWN = """
SELECT count(*) AS parts, coalesce(CAST(sum(share_sat) AS BIGINT), 0) AS value_sat FROM money_parts WHERE maybe_own
"""

_UNKNOWN = """
SELECT count(*) AS inflows,
       count(*) FILTER (WHERE unknown_inputs > 0) AS payer_not_known,
       count(*) FILTER (WHERE payer_is_service) AS payer_is_service,
       count(*) FILTER (WHERE NOT is_confirmed) AS unconfirmed,
       coalesce(CAST(sum(value_sat) AS BIGINT), 0) AS value_sat
FROM shop_inflows WHERE kind = 'external'
"""

_KEPT = """
SELECT a.wallet AS wallet, min(w.service) AS service, min(w.why) AS why, count(*) AS addresses
FROM shop_addresses AS a JOIN wallets AS w ON w.wallet = a.wallet
WHERE a.is_kept_by_service GROUP BY a.wallet ORDER BY addresses DESC, wallet
"""

_ADDRESSES = "SELECT basis, class, count(*) AS addresses FROM shop_addresses GROUP BY basis, class ORDER BY addresses DESC, basis"

_PRICES = """
SELECT p.currency AS currency, p.price_currency AS price_currency, p.price_rule AS rule, p.span_s AS span_s,
       p.price_source AS source, p.rate_source AS rate_source, count(*) AS blocks,
       count(*) FILTER (WHERE p.spans_beside < 2) AS without_both_neighbours,
       min(p.block_at) AS first_at, max(p.block_at) AS last_at
FROM coin_prices AS p
WHERE p.currency = (SELECT currency FROM this_case)
GROUP BY p.currency, p.price_currency, p.price_rule, p.span_s, p.price_source, p.rate_source
ORDER BY blocks DESC, p.price_currency, p.price_rule, p.price_source, p.span_s, p.rate_source
"""


def _values(session: Session) -> dict[str, dict[str, int | None]]:
    """Return the income in every currency: {"GBP": {"low_minor", "base_minor", "high_minor"}}, the case's own first."""
    columns = ", ".join(f"CAST(sum({c}_{e}_minor) AS BIGINT) AS {c}_{e}" for c in CURRENCIES for e in ENDS)
    found = session.engine.fetch(f"SELECT {columns} FROM money_parts WHERE is_income").to_pylist()[0]  # noqa: S608
    own = session.settings.currency
    names = {own: "home", **{c.upper(): c for c in CURRENCIES if c not in ("home", own.lower())}}
    return {shown: {f"{e}_minor": found[f"{name}_{e}"] for e in ENDS} for shown, name in names.items()}


def _whole(session: Session) -> Row:
    held = session.engine.fetch(_BY_VERDICT).to_pylist()
    order = list(VERDICTS)
    verdicts = sorted(held, key=lambda row: order.index(row["verdict"]))
    everything = session.engine.fetch("SELECT coalesce(CAST(sum(value_sat) AS BIGINT), 0) AS sat FROM shop_inflows")
    together = sum(row["value_sat"] for row in verdicts)
    return {
        "by_verdict": [{**row, "meaning": VERDICTS[row["verdict"]]} for row in verdicts],
        "income": {**session.engine.fetch(_COUNTS).to_pylist()[0], "values": _values(session)},
        "maybe_own": session.engine.fetch(_MAYBE_OWN).to_pylist()[0],
        "prices": session.engine.fetch(_PRICES).to_pylist(),
        "payers": session.engine.fetch(_UNKNOWN).to_pylist()[0],
        "addresses": session.engine.fetch(_ADDRESSES).to_pylist(),
        "kept_by_services": session.engine.fetch(_KEPT).to_pylist(),
        "all_inflows_sat": everything["sat"][0].as_py(),
        "adds_up": together == everything["sat"][0].as_py(),
    }


def _lacks(session: Session) -> str:
    """Say what there is nothing to hold against the chain without; empty where the case has bookings."""
    held = session.engine.fetch("SELECT count(*) AS held FROM bookings")["held"][0].as_py()
    if held:
        return ""
    return (
        "The case has the chain but none of the service's bookings in bitcoin (payments), so that there is nothing to hold"
        " against it: add the service's database or its list of payments (unspoof add CASE FILE), then: unspoof run CASE"
    )


def reconciled(session: Session, verdict: str = "", top: int = 0) -> Row:
    """Return what reconciling found.

    Args:
        session: an open session whose findings are in view.
        verdict: rows of this verdict only; empty for all. The summary is of all rows.
        top: at most so many rows; 0 for all.

    Returns:
        {"currency", "lacks": a sentence on what the case lacks and how to add it, or empty,
        "summary": {"by_verdict", "income", "maybe_own", "prices", "payers", "addresses",
        "kept_by_services", "all_inflows_sat", "adds_up"},
        "rows": rows of the finding `reconciliation`, bookings first, in the order of their ids}.

    Raises:
        BadRequest: there is no such verdict, or the case has no transactions.

    """
    if verdict and verdict not in VERDICTS:
        raise BadRequest(f"{verdict!r} is no verdict", where="--verdict", hint=f"Known: {', '.join(VERDICTS)}.")
    held = session.engine.fetch("SELECT count(*) AS held FROM coin_txs")["held"][0].as_py()
    if not held:
        hint = "Add the chain's transactions to the case (unspoof add), then: unspoof run CASE"
        raise BadRequest(LEFT_OUT["income.by_verdict"], where=str(session.vault.folder), hint=hint)
    where, values = ("WHERE verdict = $verdict", {"verdict": verdict}) if verdict else ("", {})
    limit = f" LIMIT {int(top)}" if top else ""
    sql = f"SELECT * FROM reconciliation {where} ORDER BY payment_id NULLS LAST, txid, place{limit}"  # noqa: S608
    rows = session.engine.fetch(sql, values).to_pylist()
    return {"currency": session.settings.currency, "lacks": _lacks(session), "summary": _whole(session), "rows": rows}


__all__ = ["reconciled"]

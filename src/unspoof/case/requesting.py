"""Requests to services, out of what tracing found: as rows, and as files for each service."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from unspoof import act
from unspoof.case.session import Session
from unspoof.errors import BadRequest, mask

Row = dict[str, Any]
ALL = "SELECT * FROM service_requests ORDER BY service, is_dust, direction, txid, place"
_NAME = re.compile(r"[^a-z0-9]+")


def requests(session: Session, service: str = "") -> list[Row]:
    """Return the rows of requests, by service, direction and transaction, those of dust behind the others of their service.

    Args:
        session: with the standing findings in view.
        service: id of one service; empty for all.

    Raises:
        BadRequest: tracing reached no such service.

    """
    rows: list[Row] = session.engine.fetch(ALL).to_pylist()
    if not service:
        return rows
    found = [row for row in rows if row["service"] == service]
    if not found:
        known = ", ".join(sorted({row["service"] for row in rows})) or "none"
        raise BadRequest(f"no request to {mask(service[:60])!r}", where="--service", hint=f"Services reached: {known}.")
    return found


def unattributed(session: Session) -> Mapping[str, int]:
    """Return how many outputs, by direction, came from or went to a wallet that looks like a service's and that nobody tagged."""
    sql = (
        "SELECT direction, count(*) AS outputs FROM (SELECT DISTINCT direction, txid, place FROM service_reaches "
        "WHERE service IS NULL OR service = '') AS r GROUP BY direction ORDER BY direction"
    )
    return {row["direction"]: int(row["outputs"]) for row in session.engine.fetch(sql).to_pylist()}


UNATTRIBUTED_COLUMNS = (
    "direction",
    "address",
    "wallet",
    "txid",
    "output_index",
    "output_address",
    "value_sat",
    "height",
    "block_at",
    "hops",
    "why",
    "disputed_with",
    "address_tags",
)
"""Keys of the rows of `unattributed_rows`."""

# A withdrawal's output pays the service's customer: whose wallet it came from is asked about by an address that it spends
# from. An address that only stands beside a service's wallet is asked about itself.
_UNATTRIBUTED = """
WITH ranked AS (
  SELECT r.*, row_number() OVER (PARTITION BY r.direction, r.txid, r.place, r.wallet
                                 ORDER BY r.hops, r.start_txid, r.because) AS choice
  FROM service_reaches AS r
  WHERE r.service IS NULL OR r.service = ''
), reached AS (
  SELECT * FROM ranked WHERE choice = 1
), spent AS (
  SELECT r.txid, r.wallet, p.holder
  FROM (SELECT DISTINCT txid, wallet FROM reached WHERE direction = 'withdrawal from') AS r
  JOIN coin_parts AS p ON p.txid = r.txid
  JOIN wallet_addresses AS a ON a.holder = p.holder AND a.wallet = r.wallet
  WHERE p.side = 'input'
  QUALIFY row_number() OVER (PARTITION BY r.txid, r.wallet ORDER BY p.place) = 1
)
SELECT r.direction, coalesce(s.holder, r.holder) AS address, coalesce(r.wallet, a.wallet) AS wallet, r.txid,
       r.place AS output_index, r.holder AS output_address, r.value_sat, r.height, r.block_at, r.hops,
       coalesce(nullif(CASE WHEN r.wallet IS NOT NULL THEN w.why END, ''), r.because) AS why, r.disputed_with,
       coalesce(w.address_tags, '') AS address_tags
FROM reached AS r
LEFT JOIN spent AS s ON s.txid = r.txid AND s.wallet = r.wallet
LEFT JOIN wallet_addresses AS a ON a.holder = r.holder
LEFT JOIN wallets AS w ON w.wallet = coalesce(r.wallet, a.wallet)
ORDER BY r.value_sat DESC NULLS LAST, r.direction, r.txid, r.place, wallet
"""


def unattributed_rows(session: Session) -> list[Row]:
    """Return what was reached and carries no tag: whom nobody can be asked about until somebody says whose it is.

    Args:
        session: with the standing findings in view.

    Returns:
        one row for each direction, output and wallet, the largest amount first: the keys of UNATTRIBUTED_COLUMNS. `address` is
        the one to ask about - of a deposit the address that was paid, of a withdrawal the first that the transaction
        spends from and that is the wallet's -, `output_address` the one that the output pays.

    """
    rows: list[Row] = session.engine.fetch(_UNATTRIBUTED).to_pylist()
    return rows


def write_requests(rows: list[Row], home: str, folder: Path) -> list[Path]:
    """Write one spreadsheet and one letter for each service, dust left out; return the files.

    Args:
        rows: of `requests`; nobody is asked about those of dust.
        home: the case's country.
        folder: new, or empty.

    Raises:
        BadRequest: there is something in the folder already, or nothing to ask.

    """
    rows = [row for row in rows if not row["is_dust"]]
    if not rows:
        raise BadRequest("there is nothing to ask: tracing reached no service that anybody tagged", where="requests")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadRequest("there is something already", where=str(folder), hint="Name a new folder for the requests.")
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for number, service in enumerate(dict.fromkeys(row["service"] for row in rows), 1):
        own = [row for row in rows if row["service"] == service]
        # Names of services are other people's words: the number keeps two that differ in signs alone apart.
        name = f"{number:03d}-{_NAME.sub('-', service.lower()).strip('-')[:60] or 'service'}"
        for suffix, text in ((".csv", act.request_csv(own)), (".txt", act.letter(own, home))):
            path = folder / (name + suffix)
            path.write_text(text, "utf-8", newline="")
            written.append(path)
    return written


__all__ = ["UNATTRIBUTED_COLUMNS", "requests", "unattributed", "unattributed_rows", "write_requests"]

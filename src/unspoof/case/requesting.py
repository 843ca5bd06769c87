"""Requests to services, out of what tracing found: as rows, and as files for each service."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from unspoof import act
from unspoof.case.session import Session
from unspoof.errors import BadRequest

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
        raise BadRequest(f"no request to {service[:60]!r}", where="--service", hint=f"Services reached: {known}.")
    return found


def unattributed(session: Session) -> Mapping[str, int]:
    """Return how many outputs, by direction, came from or went to a wallet that looks like a service's and that nobody tagged."""
    sql = (
        "SELECT direction, count(*) AS outputs FROM (SELECT DISTINCT direction, txid, place FROM service_reaches "
        "WHERE service IS NULL OR service = '') AS r GROUP BY direction ORDER BY direction"
    )
    return {row["direction"]: int(row["outputs"]) for row in session.engine.fetch(sql).to_pylist()}


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


__all__ = ["requests", "unattributed", "write_requests"]

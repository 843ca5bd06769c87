"""The lists that doors show - suspects, victims, brands, links - in the documented shapes; it works nothing out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from unspoof.case.session import Session
from unspoof.model.lists import split_list

Row = dict[str, Any]

_MILLI = 1000
_PPM = 1_000_000


def _limit(top: int) -> str:
    return f" LIMIT {int(top)}" if top else ""


def suspects(session: Session, top: int, *, selected: bool) -> list[Row]:
    """Return suspects by rank, each with its accounts, user names and the parts of its score."""
    where = "WHERE selected" if selected else ""
    rows = session.engine.fetch(f"SELECT * FROM suspects {where} ORDER BY rank{_limit(top)}").to_pylist()  # noqa: S608
    wanted = {"ids": [row["suspect_id"] for row in rows]}
    if not rows:
        return []
    accounts = _grouped(
        session,
        "SELECT c.suspect_id AS k, c.account_id, a.username, a.account_ref FROM crews AS c "
        "LEFT JOIN accounts_once AS a ON a.account_id = c.account_id "
        "WHERE list_contains($ids, c.suspect_id) ORDER BY c.suspect_id, c.account_id",
        wanted,
    )
    parts = _grouped(
        session,
        "SELECT suspect_id AS k, part, points_milli, because FROM suspect_parts "
        "WHERE list_contains($ids, suspect_id) ORDER BY suspect_id, points_milli DESC, part",
        wanted,
    )
    return [_suspect(row, accounts.get(row["suspect_id"], []), parts.get(row["suspect_id"], [])) for row in rows]


def _grouped(session: Session, sql: str, parameters: Mapping[str, object]) -> dict[str, list[Row]]:
    made: dict[str, list[Row]] = {}
    for row in session.engine.fetch(sql, parameters).to_pylist():
        made.setdefault(row.pop("k"), []).append(row)
    return made


def _suspect(row: Row, accounts: list[Row], parts: list[Row]) -> Row:
    score = row.pop("score_milli") / _MILLI
    reasons = [{"part": p["part"], "points": p["points_milli"] / _MILLI, "because": p["because"]} for p in parts]
    names = [a["username"] or a["account_ref"] for a in accounts if a["username"] or a["account_ref"]]
    return {
        "rank": row.pop("rank"),
        "suspect_id": row.pop("suspect_id"),
        "account_ids": [a["account_id"] for a in accounts],
        "usernames": names,
        "score": score,
        "reasons": reasons,
        **row,
    }


def victims(session: Session, top: int, country: str) -> list[Row]:
    """Return numbers to warn by rank."""
    where, values = ("WHERE country = $country", {"country": country.upper()}) if country else ("", {})
    sql = f"SELECT * FROM victims {where} ORDER BY rank{_limit(top)}"  # noqa: S608
    rows: list[Row] = session.engine.fetch(sql, values).to_pylist()
    for row in rows:
        row["number"] = f"+{row['number']}"
        for name in ("brands", "suspect_ids"):
            row[name] = split_list(row[name])
        row["reasons"] = split_list(row["reasons"])
    return rows


def brands(session: Session, top: int) -> list[Row]:
    """Return brands by rank."""
    made: list[Row] = session.engine.fetch(f"SELECT * FROM brands_ranked ORDER BY rank{_limit(top)}").to_pylist()  # noqa: S608
    return made


_REPORT_CALL = """
SELECT l.report_id AS left, r.report_ref AS left_ref, l.call_id AS right, c.call_ref AS right_ref,
       l.score_ppm AS score_ppm, l.sitting_ppm AS sitting_ppm, l.reasons AS reasons
FROM report_call_links AS l
LEFT JOIN reports AS r ON r.report_id = l.report_id
LEFT JOIN (SELECT k.call_id, k.call_ref FROM calls AS k SEMI JOIN report_call_links AS s ON s.call_id = k.call_id) AS c
  ON c.call_id = l.call_id
ORDER BY l.score_ppm DESC, l.report_id
"""

_ACCOUNT_ACCOUNT = """
SELECT l.left_account_id AS left, a.account_ref AS left_ref, l.right_account_id AS right, b.account_ref AS right_ref,
       l.score_ppm AS score_ppm, l.reasons AS reasons, l.kind AS kind
FROM account_links AS l
LEFT JOIN accounts_once AS a ON a.account_id = l.left_account_id
LEFT JOIN accounts_once AS b ON b.account_id = l.right_account_id
ORDER BY l.score_ppm DESC, l.left_account_id, l.right_account_id
"""

_CALL_LEGS = """
SELECT l.left_call_id AS left, a.call_ref AS left_ref, l.right_call_id AS right, b.call_ref AS right_ref,
       l.score_ppm AS score_ppm, l.reasons AS reasons, l.second_call_id AS second
FROM call_legs AS l
LEFT JOIN calls AS a ON a.call_id = l.left_call_id
LEFT JOIN calls AS b ON b.call_id = l.right_call_id
ORDER BY l.score_ppm DESC, l.left_call_id, l.right_call_id
"""

_LINKS: Mapping[str, str] = {
    "report-call": _REPORT_CALL,
    "account-account": _ACCOUNT_ACCOUNT,
    "call-legs": _CALL_LEGS,
}

LINK_KINDS: tuple[str, ...] = tuple(_LINKS)
"""What `links` can list; the contract suite compares them with link.LINKS."""


def links(session: Session, kind: str, top: int) -> list[Row]:
    """Return links of one kind, the surest first; `score` is a probability."""
    rows: list[Row] = session.engine.fetch(_LINKS[kind] + _limit(top)).to_pylist()
    for row in rows:
        row["score"] = row.pop("score_ppm") / _PPM
        if "sitting_ppm" in row:
            row["sitting_score"] = row.pop("sitting_ppm") / _PPM
        row["reasons"] = row["reasons"].split("; ") if row["reasons"] else []
    return rows


def heuristics(rates: pa.Table) -> list[Row]:
    """Return measures of heuristics with their rates as fractions; those of which nothing is known, or too little, have none."""
    ends = ("rate", "low", "high")
    return [
        {
            **{name: row[name] for name in ("heuristic", "measure")},
            **{end: None if row[f"{end}_ppm"] is None else row[f"{end}_ppm"] / _PPM for end in ends},
            **{name: row[name] for name in ("hits", "total", "says", "truth")},
        }
        for row in rates.to_pylist()
    ]


__all__ = ["LINK_KINDS", "brands", "heuristics", "links", "suspects", "victims"]

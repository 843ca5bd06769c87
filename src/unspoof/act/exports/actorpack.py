"""Services as an ActorPack: those that the case reached, with legal entity and jurisdiction where they are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from unspoof.act.exports.export import Export, Facts, Row
from unspoof.act.exports.tagpack import dumped

REACHED = """SELECT a.actor, a.label, a.legal_name, a.categories, a.jurisdictions, a.uri, a.source
FROM actors AS a SEMI JOIN service_reaches AS r ON r.service = a.actor ORDER BY a.actor"""


def actorpack(rows: Sequence[Row], title: str, creator: str) -> bytes:
    """Return an ActorPack of rows as the table `actors` has them; `unspoof reference update actors` reads it back."""
    return dumped({"title": title, "creator": creator, "actors": [_actor(row) for row in rows]})


def _actor(row: Row) -> dict[str, Any]:
    context = {"legal_name": row["legal_name"], "refs": [row["source"]] if row["source"] else None}
    made: dict[str, Any] = {
        "id": row["actor"],
        "label": row["label"],
        "jurisdictions": row["jurisdictions"].split(";") if row["jurisdictions"] else [],
        "categories": row["categories"].split(";") if row["categories"] else [],
        "uri": row["uri"],
        "context": {key: value for key, value in context.items() if value},
    }
    return {key: value for key, value in made.items() if value is not None}


def _write(rows: Mapping[str, Sequence[Row]], facts: Facts) -> bytes:
    return actorpack(rows["reached"], f"Services of case {facts.reference}", facts.software)


ACTORPACK = Export(
    "actorpack",
    "the services that the case's money came from or went to, as an ActorPack (YAML)",
    {"reached": REACHED},
    _write,
)

__all__ = ["ACTORPACK", "actorpack"]

"""Whom to write to: ActorPacks with legal entity and jurisdiction, to rows of actors; it sends nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa

from unspoof.errors import BadReference
from unspoof.model.arrow import schema
from unspoof.model.reference_tables import ACTORS
from unspoof.model.tables import Column
from unspoof.reference.given import Given, SourceFile
from unspoof.reference.safe_yaml import read_yaml

COLUMNS: tuple[Column, ...] = (
    Column("id", "text", "name by which tags refer to the actor", nullable=False),
    Column("label", "text", "its name", nullable=False),
    Column("jurisdictions", "text", "list of ISO 3166 codes"),
    Column("categories", "text", "list: exchange, mixing_service ..."),
    Column("uri", "text", "its site"),
    Column("context", "text", "mapping; legal_name is taken from it"),
)
"""Keys of each actor in an ActorPack."""
MOST_ACTORS = 200_000
LONGEST = 300
_COUNTRY = re.compile(r"\A[A-Z]{2}\Z")


def load_actors(given: Given) -> pa.Table:
    """Read ActorPacks.

    Args:
        given: YAML files in GraphSense's form; `before` keeps the actors that are not loaded again.

    Returns:
        rows of model/reference_tables.py ACTORS by id, each id once: a pack loaded later says who it is.

    Raises:
        BadReference: a file is no ActorPack, or an id stands twice in one; the message names file and actor.

    """
    rows = {row["actor"]: row for row in (given.before.to_pylist() if given.before is not None else [])}
    for file in given.files:
        with file.named():
            rows |= _pack(file)
    if len(rows) > MOST_ACTORS:
        raise BadReference(f"more than {MOST_ACTORS:,} actors")
    return pa.Table.from_pylist([rows[key] for key in sorted(rows)], schema=schema(ACTORS))


def _pack(file: SourceFile) -> dict[str, dict[str, Any]]:
    pack = read_yaml(file.data)
    if not isinstance(pack, dict) or not isinstance(pack.get("actors"), list):
        raise BadReference("this is no ActorPack", hint="An ActorPack has title, creator and actors.")
    title = _text(pack.get("title")) or file.name
    found: dict[str, dict[str, Any]] = {}
    for number, actor in enumerate(pack["actors"], 1):
        where = f"actor {number}"
        if not isinstance(actor, dict):
            raise BadReference("it is no mapping", where=where)
        name, label = _text(actor.get("id")), _text(actor.get("label"))
        if not name or not label:
            raise BadReference("it has no id or no label", where=where)
        if name in found:
            raise BadReference(f"the id {name[:40]!r} stands twice", where=where)
        found[name] = {"actor": name, "label": label, **_facts(actor, title)}
    return found


def _facts(actor: Mapping[Any, Any], title: str) -> dict[str, Any]:
    context = actor.get("context")
    context = context if isinstance(context, dict) else {}
    countries = [one for one in _texts(actor.get("jurisdictions")) if _COUNTRY.match(one)]
    refs = list(_texts(context.get("refs")))
    return {
        "legal_name": _text(context.get("legal_name")) or None,
        "categories": ";".join(_texts(actor.get("categories"))) or None,
        "jurisdictions": ";".join(countries) or None,
        "uri": _text(actor.get("uri")) or None,
        "pack": title,
        "source": refs[0] if refs else title,
    }


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, list):
        for one in value[:50]:
            text = _text(one)
            if text and ";" not in text:
                yield text


def _text(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return " ".join(str(value).encode("utf-8", "replace").decode().split())[:LONGEST]


__all__ = ["COLUMNS", "MOST_ACTORS", "load_actors"]

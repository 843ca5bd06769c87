"""Who is said to own an address: TagPacks, an agency's own list, OFAC's list, to rows of tags; it believes none of them.

Only tags of bitcoin addresses and transactions are kept; packs mix many coins. A pack that is loaded again takes the place
of its earlier rows, by its title.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from unspoof.errors import BadReference
from unspoof.model.arrow import schema
from unspoof.model.reference_tables import TAGS
from unspoof.model.tables import Column
from unspoof.reference.csv_rows import Line, parse_day, read_day, read_lines
from unspoof.reference.given import Given, SourceFile
from unspoof.reference.safe_yaml import read_yaml
from unspoof.reference.tag_levels import LEVELS, UNSTATED

COLUMNS: tuple[Column, ...] = (
    Column("address", "text", "bitcoin address; empty where the tag is of a transaction"),
    Column("txid", "text", "transaction, 64 hex digits; empty where the tag is of an address"),
    Column("label", "text", "whom or what the tag names, in the agency's words", nullable=False),
    Column("service", "text", "id of the service in the table of actors; empty for the label in lower case"),
    Column("category", "text", "exchange, mixing_service, ransomware ..."),
    Column("confidence", "text", "name of the level, as in GraphSense's confidence.csv; empty for unknown"),
    Column("wallet", "text", "yes if the tag is meant for the whole wallet"),
    Column("source", "text", "who says so and where", nullable=False),
    Column("date", "text", "day of the statement: 2021-03-01 or 01/03/2021", "UTC"),
)
"""Columns of an agency's own CSV file; a TagPack has GraphSense's keys instead."""
OFAC_COLUMNS: tuple[Column, ...] = (Column("address", "text", "one address a line; no header row", nullable=False),)

OWN_PACK = "own tags"
OFAC_PACK = "OFAC SDN list, digital currency addresses (XBT)"
MOST_TAGS = 2_000_000
LONGEST = 500
"""Characters of a label or source that are kept."""
_ADDRESS = re.compile(r"\A[0-9A-Za-z]{14,110}\Z")
_TXID = re.compile(r"\A[0-9A-Fa-f]{64}\Z")
_COINS = frozenset({"BTC", "BITCOIN", "XBT"})


def load_tags(given: Given) -> pa.Table:
    """Read TagPacks (*.yaml, *.yml) and own tags (*.csv).

    Args:
        given: the files; `before` keeps the rows of packs that are not loaded again.

    Returns:
        rows of model/reference_tables.py TAGS in one total order, each once.

    Raises:
        BadReference: a file does not fit; the message names file and tag or row.

    """
    rows: list[dict[str, Any]] = []
    for file in given.files:
        with file.named():
            found = list(_own(file) if file.name.lower().endswith((".csv", ".txt")) else _pack(file))
            if not found:
                raise BadReference("there is no tag of bitcoin in it", hint="Packs of other coins are not used.")
            rows += found
    return _table(given, rows)


def load_ofac(given: Given) -> pa.Table:
    """Read OFAC's sanctioned bitcoin addresses, one a line; it says of whom nothing, so that no service is named.

    Raises:
        BadReference: a line is no address.

    """
    rows = []
    for file in given.files:
        with file.named():
            rows += list(_listed(file))
    return _table(given, rows)


def _table(given: Given, rows: list[dict[str, Any]]) -> pa.Table:
    replaced = {row["pack"] for row in rows}
    before = given.before.to_pylist() if given.before is not None else []
    every = [*(row for row in before if row["pack"] not in replaced), *rows]
    if len(every) > MOST_TAGS:
        raise BadReference(f"more than {MOST_TAGS:,} tags")
    names = TAGS.names
    unique = {tuple("" if row[name] is None else str(row[name]) for name in names): row for row in every}
    return pa.Table.from_pylist([unique[key] for key in sorted(unique)], schema=schema(TAGS))


def _pack(file: SourceFile) -> Iterator[dict[str, Any]]:
    pack = read_yaml(file.data)
    if not isinstance(pack, dict) or not isinstance(pack.get("tags"), list):
        hint = "A TagPack has title, creator and tags. An agency's own tags are a CSV file."
        raise BadReference("this is no TagPack", hint=hint)
    title, creator = _text(pack, "title", ""), _text(pack, "creator", "")
    if not title:
        raise BadReference("the TagPack has no title", where="title", hint="The title names the pack in every listing.")
    header = {key: value for key, value in pack.items() if key not in ("tags", "title", "creator", "description")}
    for number, tag in enumerate(pack["tags"], 1):
        if not isinstance(tag, dict):
            raise BadReference("it is no mapping", where=f"tag {number}")
        try:
            row = _tag({**header, **tag})
        except BadReference as error:
            raise BadReference(error.problem, where=f"tag {number}, {error.where}", hint=error.hint) from None
        if row is not None:
            yield {**row, "is_own": False, "pack": title, "creator": creator or None}


def _tag(tag: Mapping[Any, Any]) -> dict[str, Any] | None:
    """Return a row without its pack; None for a tag of another coin."""
    coin = _text(tag, "currency", "") or _text(tag, "network", "")
    if coin.upper() not in _COINS:
        return None
    address, txid = _plain(_text(tag, "address", "")), _text(tag, "tx_hash", "")
    if bool(address) == bool(txid):
        raise BadReference("a tag has an address or a tx_hash, and one only", where="address")
    if address and not _ADDRESS.match(address):
        raise BadReference(f"{len(address)} characters that are no bitcoin address", where="address")
    if txid and not _TXID.match(txid):
        raise BadReference("it is not 64 hex digits", where="tx_hash")
    actor, category = _text(tag, "actor", ""), _text(tag, "category", "") or _first(tag.get("concepts"))
    label = _text(tag, "label", "") or actor
    source = _text(tag, "source", "")
    if not label or not source:
        raise BadReference("it is missing", where="source" if label else "label")
    confidence = _text(tag, "confidence", UNSTATED)
    if confidence not in LEVELS:
        hint = f"Known: {', '.join(LEVELS)}."
        raise BadReference(f"unknown level {confidence[:40]!r}", where="confidence", hint=hint)
    definer = tag.get("is_cluster_definer", False)
    return {
        "address": address or None,
        "txid": txid.lower() or None,
        "label": label,
        "actor": actor or None,
        "service": actor or label.lower(),
        "category": category or None,
        "abuse": _text(tag, "abuse", "") or None,
        "confidence": confidence,
        "level": LEVELS[confidence],
        "is_cluster_definer": definer is True,
        "source": source,
        "tagged_at": _moment(tag.get("lastmod")),
    }


def _text(of: Mapping[Any, Any], key: str, default: str) -> str:
    value = of.get(key)
    if value is None or value == "":
        return default
    if isinstance(value, list):
        value = "; ".join(str(one) for one in value[:10] if isinstance(one, str | int))
    if not isinstance(value, str | int | float | date):
        raise BadReference("it is neither text nor number", where=key)
    text = " ".join(str(value).encode("utf-8", "replace").decode().split())
    return text[:LONGEST]


def _first(value: object) -> str:
    return str(value[0])[:LONGEST] if isinstance(value, list) and value and isinstance(value[0], str) else ""


def _moment(value: object) -> datetime | None:
    if isinstance(value, datetime):
        return value.replace(tzinfo=None) if value.tzinfo is None else None
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001
    return parse_day(value) if isinstance(value, str) else None


def _plain(address: str) -> str:
    """Return an address of bech32 in capitals (BIP 173: as in QR codes) in small letters; any other as it is."""
    return address.lower() if address.isupper() and address.startswith(("BC1", "TB1", "BCRT1")) else address


def _own(file: SourceFile) -> Iterator[dict[str, Any]]:
    for line in read_lines(file.data, COLUMNS):
        cells = line.cells
        address, txid = _plain(cells.get("address", "")), cells.get("txid", "").lower()
        if bool(address) == bool(txid):
            raise line.bad("address", "a tag has an address or a txid, and one only")
        if address and not _ADDRESS.match(address):
            raise line.bad("address", f"{len(address)} characters that are no bitcoin address")
        if txid and not _TXID.match(txid):
            raise line.bad("txid", "it is not 64 hex digits")
        confidence = cells.get("confidence", "") or UNSTATED
        if confidence not in LEVELS:
            raise line.bad("confidence", f"unknown level {confidence[:40]!r}", f"Known: {', '.join(LEVELS)}.")
        yield {
            "address": address or None,
            "txid": txid or None,
            "label": cells["label"][:LONGEST],
            "actor": cells.get("service") or None,
            "service": cells.get("service") or cells["label"][:LONGEST].lower(),
            "category": cells.get("category") or None,
            "abuse": None,
            "confidence": confidence,
            "level": LEVELS[confidence],
            "is_cluster_definer": _yes(line),
            "is_own": True,
            "pack": OWN_PACK,
            "creator": None,
            "source": cells["source"][:LONGEST],
            "tagged_at": read_day(line, "date"),
        }


def _yes(line: Line) -> bool:
    said = line.cells.get("wallet", "").lower()
    if said not in ("", "yes", "no", "true", "false", "1", "0"):
        raise line.bad("wallet", f"{said[:20]!r} is neither yes nor no")
    return said in ("yes", "true", "1")


def _listed(file: SourceFile) -> Iterator[dict[str, Any]]:
    lines = file.data.decode("utf-8-sig", "replace").split()
    if not lines:
        raise BadReference("the list is empty")
    for number, address in enumerate(lines, 1):
        if not _ADDRESS.match(address):
            raise BadReference(f"{len(address)} characters that are no bitcoin address", where=f"line {number}")
        yield {
            "address": address,
            "txid": None,
            "label": "listed by the US Treasury (OFAC)",
            "actor": None,
            "service": "",
            "category": "sanctioned",
            "abuse": None,
            "confidence": "authority_data",
            "level": LEVELS["authority_data"],
            "is_cluster_definer": False,
            "is_own": False,
            "pack": OFAC_PACK,
            "creator": None,
            "source": f"OFAC SDN list ({file.name[:80]})",
            "tagged_at": None,
        }


__all__ = ["COLUMNS", "MOST_TAGS", "OFAC_COLUMNS", "OFAC_PACK", "OWN_PACK", "load_ofac", "load_tags"]

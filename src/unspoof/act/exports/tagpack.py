"""Tags as a TagPack, the form in which agencies and GraphSense exchange them; the levels stay as they were stated.

What goes out are the agency's own tags and the addresses that the case found to be the shop's. Tags of other packs are not
passed on under the agency's name. Source of the form: GraphSense's TagPack schema, as the public packs of May 2026 use it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from unspoof.act.exports.export import Export, Facts, Row

OWN = """SELECT address, txid, label, actor, category, abuse, confidence, is_cluster_definer, source, tagged_at
FROM tags WHERE is_own ORDER BY address, txid, label, confidence, source"""
SHOP = "SELECT address, basis, because FROM shop_addresses ORDER BY address"
_CERTAIN = ("stated", "booked", "invoiced", "paid")
"""Bases of a shop's address that are in the seized records or on the chain; the others are inferences."""


def tagpack(rows: Sequence[Row], title: str, creator: str) -> bytes:
    """Return a TagPack of rows as the table `tags` has them.

    Args:
        rows: address or txid, label, source, confidence; actor, category, abuse, is_cluster_definer and tagged_at may be
            empty.
        title: of the pack.
        creator: who made it.

    Returns:
        YAML, UTF-8; `unspoof reference update tags` reads the same tags from it.

    """
    pack = {"title": title, "creator": creator, "currency": "BTC", "tags": [_tag(row) for row in rows]}
    return dumped(pack)


def dumped(document: Mapping[str, Any]) -> bytes:
    """Return YAML in which keys stand as given, nothing is an alias, and every text is quoted where it must be."""
    text: str = yaml.dump(document, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=1000)
    return text.encode()


class _Plain(yaml.SafeDumper):
    """Writes equal values twice rather than as an alias, which readers of packs refuse."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _tag(row: Row) -> dict[str, Any]:
    found = {
        "address": row["address"],
        "tx_hash": row["txid"],
        "label": row["label"],
        "source": row["source"],
        "confidence": row["confidence"],
        "is_cluster_definer": bool(row["is_cluster_definer"]),
        "actor": row["actor"],
        "category": row["category"],
        "abuse": row["abuse"],
        "lastmod": row["tagged_at"].date() if row["tagged_at"] else None,
    }
    return {key: value for key, value in found.items() if value is not None}


def _shop(row: Row, facts: Facts) -> dict[str, Any]:
    certain = row["basis"] in _CERTAIN
    return {
        "address": row["address"],
        "txid": None,
        "label": f"receiving address, case {facts.reference}",
        "actor": None,
        # The shop is nobody's service to ask: read back without this, its own wallet would be taken for an exchange's.
        "category": "user",
        "abuse": None,
        "confidence": "forensic_investigation" if certain else "heuristic",
        "is_cluster_definer": False,
        "source": f"case {facts.reference}: {row['because']}",
        "tagged_at": None,
    }


def _write(rows: Mapping[str, Sequence[Row]], facts: Facts) -> bytes:
    every = [*rows["own"], *(_shop(row, facts) for row in rows["shop"])]
    return tagpack(every, f"Tags of case {facts.reference}", facts.software)


TAGPACK = Export(
    "tagpack",
    "the agency's own tags and the shop's addresses, as a TagPack (YAML)",
    {"own": OWN, "shop": SHOP},
    _write,
)

__all__ = ["TAGPACK", "dumped", "tagpack"]

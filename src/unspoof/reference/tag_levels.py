"""How far a tag can be relied on, by the names that GraphSense's TagPacks use; it judges no tag.

Source: graphsense-tagpack-tool, confidence.csv, as the TagPacks of May 2026 use it. The levels are conventions of those who
tag, set by hand; they are no probabilities and are never calculated with.
"""

from __future__ import annotations

from collections.abc import Mapping

LEVELS: Mapping[str, int] = {
    "override": 100,
    "ownership": 100,
    "ledger_immanent": 100,
    "manual_transaction": 90,
    "service_api": 70,
    "forensic_investigation": 70,
    "authority_data": 60,
    "service_data": 50,
    "forensic": 50,
    "trusted_provider": 50,
    "untrusted_transaction": 40,
    "web_crawl": 20,
    "heuristic": 10,
    "unknown": 5,
}
"""Name of a level -> 0 to 100."""
UNSTATED = "unknown"
"""What a tag without a level is taken for."""

__all__ = ["LEVELS", "UNSTATED"]

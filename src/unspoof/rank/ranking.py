"""What every ranking is: a name, the finding that holds its order, the steps that make it; it orders nothing itself."""

from __future__ import annotations

from dataclasses import dataclass

from unspoof.engine.step import Step


@dataclass(frozen=True)
class Ranking:
    """One order of things, each place explained."""

    name: str
    meaning: str
    finding: str
    """The step whose rows carry `rank`, 1 to n without a gap."""
    steps: tuple[Step, ...]
    """Every step it needs beyond the normal form and the links, in the order to run them."""
    order: str
    """How the places are given, in words."""
    parts: str = ""
    """The finding with one row per part of each score; empty where the order is not by a score or `reasons` says it."""


__all__ = ["Ranking"]

"""The reference tables that come with unspoof: which there are, and where their files lie; it looks nothing up."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Shipped:
    """One table that comes with unspoof."""

    name: str
    file: Path
    """Parquet; data/SOURCE.md says what it was made of and how."""
    acknowledgement: str
    """Whose the facts are, as the owner asks it to be said."""
    source: str = ""
    """Stands in listings in place of the sources that the rows name, where they are many."""
    date: str = ""
    """The day of which it is, where the rows do not say."""


SHIPPED: tuple[Shipped, ...] = (
    Shipped("number_blocks", DATA / "uk_blocks.parquet", "© Ofcom, National Numbering Scheme, 1 March 2023"),
    Shipped(
        "number_uses",
        DATA / "number_uses.parquet",
        "facts of numbering plans; each row names its source",
        "uses of ranges that come with unspoof (data/number_uses.csv)",
        "2026-11-22",
    ),
    Shipped(
        "tags",
        DATA / "tags.parquet",
        "public TagPacks of GraphSense and others (MIT); list of the US Treasury's OFAC",
        "public TagPacks of May 2026 and OFAC's list of September 2024 (data/SOURCE.md)",
        "2026-05-12",
    ),
    Shipped(
        "actors",
        DATA / "actors.parquet",
        "ActorPack of GraphSense (MIT)",
        "GraphSense Actors, May 2026 (data/SOURCE.md)",
        "2026-05-12",
    ),
    Shipped(
        "rates",
        DATA / "rates.parquet",
        "European Central Bank, euro foreign exchange reference rates",
        date="2026-10-30",
    ),
)

__all__ = ["DATA", "SHIPPED", "Shipped"]

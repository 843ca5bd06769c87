"""The nouns of evidence: exhibits and how they were acquired; no files are touched here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Acquisition(StrEnum):
    """How an exhibit came into police hands; it decides what may be used as evidence (domain of law, not of taste)."""

    STORED_COPY = "stored-copy"
    LIVE_TAP = "live-tap"
    PRODUCTION_ORDER = "production-order"
    VOLUNTARY = "voluntary"
    OPEN_SOURCE = "open-source"


@dataclass(frozen=True)
class Exhibit:
    """One sealed file."""

    number: int
    """1, 2, 3 ... in the order of sealing; stands in every path and id."""
    name: str
    """File name as it was handed over, without folders."""
    sha256: str
    size: int
    """Bytes as sealed."""
    sealed_at: str
    """UTC, ISO 8601 with Z."""
    sealed_by: str
    acquired: Acquisition
    basis: str
    """Legal basis in the investigator's words."""
    restrictions: tuple[str, ...]

    @property
    def label(self) -> str:
        """'exhibit 3 (dump.sql.gz)', for messages."""
        return f"exhibit {self.number} ({self.name})"


ROW_BITS = 40
"""An id is exhibit number * 2**40 + locator: up to 1 TiB an exhibit, and below 2**53 for the first 8,191 exhibits."""


def row_id(exhibit: int, locator: int) -> int:
    """Return the id of the row at `locator` of an exhibit."""
    return (exhibit << ROW_BITS) + locator


def exhibit_of(row: int) -> int:
    """Return the exhibit number in an id."""
    return row >> ROW_BITS


__all__ = ["ROW_BITS", "Acquisition", "Exhibit", "exhibit_of", "row_id"]

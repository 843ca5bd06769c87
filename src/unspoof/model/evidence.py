"""The nouns of evidence: exhibits and how they were acquired; no files are touched here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, TypeAlias

JSON: TypeAlias = "bool | int | float | str | Sequence[JSON] | Mapping[str, JSON] | None"
"""What the body of a custody event may hold."""


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


@dataclass(frozen=True)
class FileRecord:
    """What the custody log says of one file of a case."""

    sha256: str
    """64 lower-case hex digits."""
    size: int
    """Bytes."""


@dataclass(frozen=True)
class Fault:
    """One thing that a check of a case found."""

    path: str
    """File of the case, relative to its folder."""
    problem: str
    """What is wrong with it; for the custody log it begins with 'line N:'."""
    kind: Literal["fault", "notice"] = "fault"
    """A fault is damage or tampering; a notice is something lawful that a reader must know of."""

    def __str__(self) -> str:
        return f"{self.path}: {self.problem}"


ROW_BITS = 40
"""An id is exhibit number * 2**40 + locator: up to 1 TiB an exhibit, and below 2**53 for the first 8,191 exhibits."""


def row_id(exhibit: int, locator: int) -> int:
    """Return the id of the row at `locator` of an exhibit."""
    return (exhibit << ROW_BITS) + locator


def exhibit_of(row: int) -> int:
    """Return the exhibit number in an id."""
    return row >> ROW_BITS


def locator_of(row: int) -> int:
    """Return the locator in an id."""
    return row & ((1 << ROW_BITS) - 1)


__all__ = [
    "JSON",
    "ROW_BITS",
    "Acquisition",
    "Exhibit",
    "Fault",
    "FileRecord",
    "exhibit_of",
    "locator_of",
    "row_id",
]

"""What an export is: a name, what it writes, the queries that it needs; nothing is read or written here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Facts:
    """What every export may say of where it comes from."""

    reference: str
    """The case's."""
    software: str
    """Name and version of what wrote it."""


@dataclass(frozen=True)
class Export:
    """One form of file that others read."""

    name: str
    """As in `unspoof export CASE --to NAME`."""
    meaning: str
    queries: Mapping[str, str]
    """Name -> SQL over a case's tables and findings, each in a total order."""
    write: Callable[[Mapping[str, Sequence[Row]], Facts], bytes]
    """From the rows of each query to the file; the same rows are the same bytes."""


__all__ = ["Export", "Facts", "Row"]

"""Every table of reference facts that a user can load; one file of code and one line here each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa

from unspoof.model.reference_tables import BRANDS
from unspoof.model.tables import Column, Table
from unspoof.reference.brands import COLUMNS, load_brands


@dataclass(frozen=True)
class ReferenceTable:
    """A kind of reference facts."""

    name: str
    """As in `unspoof reference update NAME FILE`."""
    meaning: str
    columns: tuple[Column, ...]
    """What the user's file holds; those that are not nullable must be there."""
    gives: Table
    """What becomes of it."""
    load: Callable[[bytes, str], pa.Table]
    """From the file's bytes and the home country to rows of `gives`, in one total order; raises BadReference."""


TABLES: tuple[ReferenceTable, ...] = (
    ReferenceTable("brands", "numbers that brands publish as their own", COLUMNS, BRANDS, load_brands),
)

__all__ = ["TABLES", "ReferenceTable"]

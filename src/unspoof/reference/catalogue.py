"""Every table of reference facts that a user can load; one file of code and one line here each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa

from unspoof.model.reference_tables import BRANDS, DNO, NUMBER_BLOCKS, NUMBER_USES
from unspoof.model.tables import Column, Table
from unspoof.reference import brands, dno, number_uses, ofcom
from unspoof.reference.given import Given


@dataclass(frozen=True)
class ReferenceTable:
    """A kind of reference facts."""

    name: str
    """As in `unspoof reference update NAME FILE`."""
    meaning: str
    columns: tuple[Column, ...]
    """What the user's file holds; those that are not nullable must be there."""
    gives: Table
    """What becomes of it; versions are kept under this table's name."""
    load: Callable[[Given], pa.Table]
    """From what the user gives to rows of `gives`, in one total order; raises BadReference naming file, row and column."""
    adds: bool = False
    """Whether new rows are put beside the earlier ones, and files may be several, rather than taking their place."""


def _one_file(load: Callable[[bytes, str], pa.Table]) -> Callable[[Given], pa.Table]:
    """Return a loader of tables that one file holds whole."""

    def loaded(given: Given) -> pa.Table:
        (file,) = given.files
        with file.named():
            return load(file.data, given.home)

    return loaded


TABLES: tuple[ReferenceTable, ...] = (
    ReferenceTable(
        "brands", "numbers that brands publish as their own", brands.COLUMNS, BRANDS, _one_file(brands.load_brands)
    ),
    ReferenceTable("dno", "numbers whose owners say that they never call", dno.COLUMNS, DNO, _one_file(dno.load_dno)),
    ReferenceTable(
        "ofcom", "number blocks of the United Kingdom, as Ofcom publishes them", ofcom.COLUMNS, NUMBER_BLOCKS,
        ofcom.load_ofcom, adds=True,
    ),
    ReferenceTable(
        "uses", "what ranges and short codes are for", number_uses.COLUMNS, NUMBER_USES, _one_file(number_uses.load_uses)
    ),
)  # fmt: skip

__all__ = ["TABLES", "ReferenceTable"]

"""What a table and a column are, and the columns that lead every row back to its bytes; no table is defined here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ColumnType = Literal["text", "int64", "int32", "timestamp", "bool", "float64"]


@dataclass(frozen=True)
class Column:
    """One column of a table."""

    name: str
    type: ColumnType
    meaning: str
    unit: str = ""
    nullable: bool = True


@dataclass(frozen=True)
class Table:
    """One table of the normal form or of the findings."""

    name: str
    meaning: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in order."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """Return one column by name; KeyError if there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name}.{name}")


PROVENANCE = (
    Column(
        "locator",
        "int64",
        "where the row starts in the unpacked exhibit; a row number for sheets",
        "byte",
        False,
    ),
    Column(
        "locator_size",
        "int32",
        "how many bytes the row takes there; 0 where the locator is a row number",
        "byte",
        False,
    ),
)
"""What leads from a row back to its bytes; `exhibit` joins them from the path."""

__all__ = ["PROVENANCE", "Column", "ColumnType", "Table"]

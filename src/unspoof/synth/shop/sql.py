"""Columns of numbers, times and texts as SQL literals, joined to rows; whole columns at a time.

It knows no table. Texts are escaped in dump.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from unspoof.synth.shop.schema import TableSchema

Cell = Any
"""A column of SQL literals (pa.StringArray), or one literal (str) for every row."""

NO_TIME = "'0000-00-00 00:00:00'"


def integers(values: np.ndarray) -> pa.StringArray:
    """Return whole numbers as literals."""
    return pc.cast(pa.array(values), pa.string())


def floats(values: np.ndarray) -> pa.StringArray:
    """Return FLOAT literals, shortest form; at most six digits that count, as MariaDB prints them."""
    return pc.cast(pa.array(values.astype(np.float64)), pa.string())


def decimals(units: np.ndarray, places: int, shown: int) -> pa.StringArray:
    """Return DECIMAL literals of non-negative `units` of 10**-places, printed with `shown` places."""
    whole, zeros = integers(units // 10**places), "0" * (shown - places)
    if places == 0:
        return joined(whole, ".", zeros)
    return joined(whole, ".", pc.utf8_lpad(integers(units % 10**places), places, "0"), zeros)


def times(epochs: np.ndarray) -> pa.StringArray:
    """Return TIMESTAMP literals in UTC; 0 becomes MariaDB's zero date."""
    texts = pc.cast(pc.cast(pa.array(epochs), pa.timestamp("s")), pa.string())
    return pc.if_else(pa.array(epochs == 0), NO_TIME, joined("'", texts, "'"))


def joined(*parts: pa.StringArray | str) -> pa.StringArray:
    """Join texts row by row."""
    return pc.binary_join_element_wise(*(pa.scalar(part) if isinstance(part, str) else part for part in parts), "")


def rows(schema: TableSchema, cells: Mapping[str, Cell]) -> pa.StringArray:
    """Join a table's columns to rows in parentheses.

    Args:
        schema: the table.
        cells: literals by column name; columns left out are NULL. At least one is a column.

    Returns:
        one text a row, as it stands in an INSERT.

    Raises:
        KeyError: a column that the table lacks.

    """
    unknown = set(cells) - set(schema.names)
    if unknown:
        raise KeyError(f"{schema.name} has no column {sorted(unknown)}")
    parts: list[Cell] = ["("]
    for place, name in enumerate(schema.names):
        for piece in ("," if place else "", cells.get(name, "NULL")):
            # Neighbouring literals are joined once, not once for every row.
            if isinstance(piece, str) and isinstance(parts[-1], str):
                parts[-1] += piece
            else:
                parts.append(piece)
    parts.append(")")
    return joined(*parts)


__all__ = ["NO_TIME", "Cell", "decimals", "floats", "integers", "joined", "rows", "times"]

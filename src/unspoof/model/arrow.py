"""Arrow schemas of the tables in model/tables.py; no data."""

from __future__ import annotations

import pyarrow as pa

from unspoof.model.tables import ColumnType, Table

ARROW_TYPES: dict[ColumnType, pa.DataType] = {
    "text": pa.string(),
    "int64": pa.int64(),
    "int32": pa.int32(),
    "timestamp": pa.timestamp("us"),
    "bool": pa.bool_(),
    "float64": pa.float64(),
}


def schema(table: Table) -> pa.Schema:
    """Return the Arrow schema of a table, columns in its order."""
    return pa.schema([pa.field(c.name, ARROW_TYPES[c.type], nullable=c.nullable) for c in table.columns])


__all__ = ["ARROW_TYPES", "schema"]

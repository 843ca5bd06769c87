"""Small sources for the tests of mapping."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa

from unspoof.ingest.container import Batch, Refused, SourceColumn, SourceTable, Survey
from unspoof.ingest.mapping import Mapped, Mapper, Reading
from unspoof.ingest.system import load_system

Cells = Mapping[str, Sequence[str | bytes | None]]


def digits_only(raw: pa.StringArray, home: str) -> pa.Table:
    """Read numbers of digits alone, with the home country as theirs: enough to see that each row has its own."""
    e164 = [int(text) if text and text.isdigit() and len(text) < 16 else None for text in raw.to_pylist()]
    kinds = [None if text is None else "number" for text in raw.to_pylist()]
    return pa.table(
        [pa.array(e164, pa.int64()), pa.array([home] * len(raw), pa.string()), pa.array(kinds, pa.string())],
        names=["e164", "country", "kind"],
    )


def source(cells: Cells, name: str = "", key: Sequence[str] = (), utc: Sequence[str] = ()) -> SourceTable:
    """Return a source table with the columns of some cells."""
    columns = tuple(SourceColumn(column, zone="UTC" if column in utc else "") for column in cells)
    return SourceTable(name, columns, tuple(key))


def batch(table: SourceTable, cells: Cells, encoding: str = "utf-8", refused: Sequence[Refused] = ()) -> Batch:
    """Return cells as a batch; row n stands at byte 100 * n."""
    rows = max((len(values) for values in cells.values()), default=0)
    columns = {
        name: pa.array([v.encode() if isinstance(v, str) else v for v in values], pa.binary())
        for name, values in cells.items()
    }
    locator = pa.array(range(0, 100 * rows, 100), pa.int64())
    return Batch(table, pa.table(columns), locator, pa.array([100] * rows, pa.int32()), tuple(refused), encoding)


def reading(zone: str = "UTC", currency: str = "GBP", service: str = "") -> Reading:
    """Return what is stated of an exhibit."""
    return Reading(2, zone, "GB", currency, service, b"key", digits_only)


def mapped(toml: str, cells: Cells, **how: object) -> Mapped:
    """Map the cells of one unnamed table by a system that maps one table."""
    stated = how.pop("reading", None) or reading()
    encoding = str(how.pop("encoding", "utf-8"))
    refused = how.pop("refused", ())
    table = source(cells, **how)  # type: ignore[arg-type]
    head = "" if "[source]" in toml else '[source]\nname = "test"\ncontainer = "delimited"\n'
    mapper = Mapper(load_system(head + toml, "test.toml"), Survey((table,)), stated)  # type: ignore[arg-type]
    (result,) = mapper.map(batch(table, cells, encoding, refused))  # type: ignore[arg-type]
    return result


def column(result: Mapped, name: str) -> list[object]:
    """Return one column, moments as ISO texts."""
    values = result.rows.column(name).to_pylist()
    return [value.isoformat() if hasattr(value, "isoformat") else value for value in values]

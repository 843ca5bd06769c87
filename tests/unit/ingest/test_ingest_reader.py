"""Reading a whole exhibit into Parquet: how the files are built."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest
from mapping_tools import reading

from unspoof.ingest import reader
from unspoof.ingest.system import load_system

ACME = """
[source]
name = "acme"
container = "delimited"
zone = "UTC"

[table.calls]
call_ref = "ref"
called_raw = "to"
started_at = {column = "at", format = "iso"}
duration_s = {column = "s", unit = "s"}
"""


def _read(folder: Path, rows: int) -> Path:
    source = folder / "calls.csv"
    lines = (f"c{n},07700900{n % 1000:03},2022-03-01T10:{n % 60:02}:00,{n % 300}" for n in range(rows))
    source.write_text("\n".join(["ref,to,at,s", *lines, ""]), "utf-8")
    found = reader.look(source, load_system(ACME, "acme.toml"))
    result = reader.read_exhibit(source, found, reading(), folder / "staged", lambda _: None)
    assert result.tallies["calls"].kept == rows
    return folder / "staged" / next(iter(result.files))


@pytest.mark.parametrize("rows", [1, 999, 1000, 2500])
def test_row_groups_are_full_but_for_the_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    """However many rows a block brings, none waits longer than a row group, and the order is the file's."""
    monkeypatch.setattr(reader, "ROW_GROUP", 100)
    made = pq.ParquetFile(_read(tmp_path, rows))

    sizes = [made.metadata.row_group(n).num_rows for n in range(made.num_row_groups)]
    assert sizes == [100] * (rows // 100) + ([rows % 100] if rows % 100 else [])
    assert made.read(["call_ref"])["call_ref"].to_pylist() == [f"c{n}" for n in range(rows)]


def test_ids_and_locators_are_kept_as_steps_and_texts_that_repeat_once(tmp_path: Path) -> None:
    """Columns that rise by little take a few bits a row; a table of distinct texts is kept only where texts repeat."""
    group = pq.ParquetFile(_read(tmp_path, 2500)).metadata.row_group(0)
    how = {group.column(n).path_in_schema: group.column(n).encodings for n in range(group.num_columns)}

    assert "DELTA_BINARY_PACKED" in how["call_id"]
    assert "DELTA_BINARY_PACKED" in how["locator"]
    assert "RLE_DICTIONARY" in how["called_country"]
    assert "RLE_DICTIONARY" not in how["call_ref"]

"""From a row or a path to its exhibit."""

from __future__ import annotations

import pytest

from unspoof.errors import BadRequest
from unspoof.evidence import Vault
from unspoof.evidence.provenance import exhibit_in_path, exhibit_of_row, sealed_path_of_row, table_files
from unspoof.model.evidence import locator_of, row_id


def test_row_leads_to_its_sealed_file(full: Vault) -> None:
    """A row's id alone leads to the exhibit and to the sealed bytes at its locator."""
    row = row_id(1, 32)

    assert exhibit_of_row(full, row) == full.exhibit(1)
    assert sealed_path_of_row(full, row).read_bytes()[locator_of(row) :].startswith(b"INSERT INTO")


@pytest.mark.parametrize("row", [-1, 0, 12, row_id(2, 0), 2**80])
def test_id_of_no_exhibit_is_refused(full: Vault, row: int) -> None:
    """An id that no exhibit of the case can have is a bad request."""
    with pytest.raises(BadRequest, match=f"the id {row} is of no exhibit"):
        exhibit_of_row(full, row)


def test_tables_are_found_by_exhibit(full: Vault) -> None:
    """A table's files come by exhibit number; a table without files has none."""
    assert exhibit_in_path("tables/calls/exhibit=12/part-0.parquet") == 12
    assert exhibit_in_path("findings/suspects.parquet") is None
    assert table_files(full, "calls") == {1: (full.folder / "tables/calls/exhibit=1/part-0.parquet",)}
    assert table_files(full, "call") == {}

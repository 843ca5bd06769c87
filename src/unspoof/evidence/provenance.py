"""From a row's id or a table's path to the exhibit it came from; it knows no format and reads no row."""

from __future__ import annotations

import re
from pathlib import Path

from unspoof.errors import BadRequest
from unspoof.evidence.vault import Vault
from unspoof.model.evidence import Exhibit, exhibit_of

_PARTITION = re.compile(r"/exhibit=([0-9]+)/")


def exhibit_of_row(vault: Vault, row: int) -> Exhibit:
    """Return the exhibit in which a row stands.

    Args:
        vault: the case.
        row: an id made by `model.evidence.row_id`: a call's, login's, payment's, report's or hop's, not an account's.

    Raises:
        BadRequest: no exhibit of this case has such a row.

    """
    number = exhibit_of(row) if row >= 0 else 0
    if not 1 <= number <= len(vault.exhibits()):
        raise BadRequest(f"the id {row} is of no exhibit of this case", where=str(vault.folder))
    return vault.exhibit(number)


def sealed_path_of_row(vault: Vault, row: int) -> Path:
    """Return the sealed file in which a row stands; BadRequest as `exhibit_of_row`."""
    return vault.exhibit_path(exhibit_of_row(vault, row).number)


def exhibit_in_path(path: str) -> int | None:
    """Return the exhibit number in a path such as 'tables/calls/exhibit=3/part-0.parquet', if one stands there."""
    found = _PARTITION.search(path)
    return int(found[1]) if found else None


def table_files(vault: Vault, table: str, ground: str = "tables") -> dict[int, tuple[Path, ...]]:
    """Return the committed files of one table by exhibit number, both in order.

    Args:
        vault: the case.
        table: name of a table.
        ground: 'tables' or 'quarantine'.

    """
    found: dict[int, list[Path]] = {}
    for path in vault.files(f"{ground}/{table}/"):
        number = exhibit_in_path(path)
        if number is not None:
            found.setdefault(number, []).append(vault.path(path))
    return {number: tuple(found[number]) for number in sorted(found)}


__all__ = ["exhibit_in_path", "exhibit_of_row", "sealed_path_of_row", "table_files"]

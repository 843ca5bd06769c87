"""Which version of the reference facts a case uses: a copy lies in the case, so old findings never change."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from unspoof.case.session import REFERENCE_TABLES, current_reference
from unspoof.evidence import Vault
from unspoof.reference import TABLES, ReferenceStore, Version, read_reference


def take_current(vault: Vault) -> None:
    """Copy the user's current reference tables into the case where they differ from the case's own.

    A table that was loaded into the case itself stays, whatever the user's folder holds.
    """
    for version in newer(vault):
        _commit(vault, version, origin="the user's reference folder")


def newer(vault: Vault) -> list[Version]:
    """Return the user's reference tables that the next run would take into the case."""
    store = ReferenceStore()
    found = [version for table in REFERENCE_TABLES if (version := store.current(table.name)) is not None]
    return [
        version
        for version in found
        if version.sha256 not in current_reference(vault, version.name).values() and not _own(vault, version.name)
    ]


def place_of(version: Version) -> str:
    """Return the path in a case of a version of a reference table."""
    return f"reference/{version.name}-{version.sha256[:12]}.parquet"


def _own(vault: Vault, name: str) -> bool:
    events = [e for e in vault.events("reference-loaded") if e.body.get("name") == name]
    return bool(events) and events[-1].body.get("origin") == "loaded into the case"


def _commit(vault: Vault, version: Version, origin: str) -> dict[str, Any]:
    staged = vault.stage()
    final = place_of(version)
    shutil.copyfile(version.path, staged / "rows.parquet")
    body: dict[str, Any] = {
        "name": version.name,
        "path": final,
        "sha256": version.sha256,
        "rows": version.rows,
        "source": version.source,
        "origin": origin,
    }
    vault.commit("reference-loaded", body, staged, {final: "rows.parquet"})
    return body


def load_into_case(vault: Vault, name: str, file: Path, home: str) -> Mapping[str, Any]:
    """Load a file of reference facts into the case; the vault must be locked.

    Raises:
        BadReference: the file does not fit the table.
        BadRequest: there is no such table.
    """
    rows = read_reference(name, file, home)
    staged = vault.stage()
    pq.write_table(rows, staged / "rows.parquet", compression="zstd")
    version = Version.of_file(name, staged / "rows.parquet", source=file.name)
    if version.sha256 in current_reference(vault, name).values() and _own(vault, name):
        return next(e.body for e in reversed(vault.events("reference-loaded")) if e.body.get("name") == name)
    return _commit(vault, version, origin="loaded into the case")


REFERENCE_NAMES: tuple[str, ...] = tuple(table.name for table in TABLES)


def references() -> list[dict[str, Any]]:
    """Return what the user's reference folder holds and what is built in, newest first within a name."""
    return [version.as_row() for version in ReferenceStore().list()]


def update_reference(name: str, file: Path, home: str) -> dict[str, Any]:
    """Load a file into the user's reference folder; every case takes it at its next run.

    Raises:
        BadReference: the file does not fit the table.
    """
    return ReferenceStore().update(name, file, home).as_row()


__all__ = ["REFERENCE_NAMES", "load_into_case", "newer", "place_of", "references", "take_current", "update_reference"]

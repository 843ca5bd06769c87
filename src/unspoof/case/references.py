"""Which version of the reference facts a case uses: a copy lies in the case, so old findings never change."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from unspoof.case.session import REFERENCE_TABLES, current_reference
from unspoof.errors import BadRequest
from unspoof.evidence import Vault
from unspoof.reference import TABLES, NumberBook, ReferenceStore, Version, read_reference, read_version, table_name


def take_current(vault: Vault) -> None:
    """Copy the reference tables in use into the case where they differ from the case's own: the user's, else the shipped.

    A table that was loaded into the case itself stays, whatever the user's folder holds.
    """
    for version in newer(vault):
        _commit(vault, version, origin="the user's reference folder" if version.loaded_at else "comes with unspoof")


def newer(vault: Vault) -> list[Version]:
    """Return the reference tables that the next run would take into the case."""
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


def case_version(vault: Vault, name: str) -> Version | None:
    """Return the version of a reference table that the case itself holds, None if it holds none."""
    for path in current_reference(vault, name):
        return Version.of_file(name, vault.folder / path)
    return None


def case_book(vault: Vault, home: str) -> NumberBook:
    """Return what the case's own reference tables say of numbers.

    A case that was never run holds none yet; for tables that it lacks those in use are asked.
    """
    store = ReferenceStore()
    return NumberBook.of_versions(
        {table.name: case_version(vault, table.name) or store.current(table.name) for table in REFERENCE_TABLES}, home
    )


def load_into_case(
    vault: Vault, name: str, files: Path | Sequence[Path], home: str, date: str = ""
) -> Mapping[str, Any]:
    """Load files of reference facts into the case; the vault must be locked.

    Args:
        vault: the case.
        name: of a table in reference/catalogue.py TABLES.
        files: one, or several where the table takes them.
        home: ISO 3166 code of the country in whose way national numbers are written.
        date: the day that the files describe, 2026-11-20, where they do not say so themselves.

    Raises:
        BadReference: a file does not fit the table.
        BadRequest: there is no such table, or the date is none.
    """
    kept = table_name(name)
    before = case_version(vault, kept) or ReferenceStore().current(kept)
    rows = read_reference(name, files, home, day_of(date), read_version(before) if before else None)
    staged = vault.stage()
    pq.write_table(rows, staged / "rows.parquet", compression="zstd")
    names = ", ".join(path.name for path in ([files] if isinstance(files, Path) else files))
    version = Version.of_file(kept, staged / "rows.parquet", source=names)
    if version.sha256 in current_reference(vault, kept).values() and _own(vault, kept):
        return next(e.body for e in reversed(vault.events("reference-loaded")) if e.body.get("name") == kept)
    return _commit(vault, version, origin="loaded into the case")


REFERENCE_NAMES: tuple[str, ...] = tuple(table.name for table in TABLES)


def day_of(text: str) -> datetime | None:
    """Return the day in a text as 2026-11-20, None where it is empty; BadRequest if it is none."""
    if not text:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).replace(tzinfo=None)
    except ValueError:
        raise BadRequest(f"{text[:20]!r} is no day", where="--date", hint="Write it as 2026-11-20.") from None


def references() -> list[dict[str, Any]]:
    """Return what the user's reference folder holds and what comes with unspoof, newest first within a name.

    `in_use` says which version of a table a case takes at its next run.
    """
    store = ReferenceStore()
    used = {version.sha256 for table in REFERENCE_TABLES if (version := store.current(table.name)) is not None}
    return [
        {**version.as_row(), "in_use": version.sha256 in used or version.name == "numbering"}
        for version in store.list()
    ]


def update_reference(name: str, files: Path | Sequence[Path], home: str, date: str = "") -> dict[str, Any]:
    """Load files into the user's reference folder; every case takes them at its next run.

    Args:
        name: of a table in reference/catalogue.py TABLES.
        files: one, or several where the table takes them.
        home: ISO 3166 code of the country in whose way national numbers are written.
        date: the day that the files describe, 2026-11-20, where they do not say so themselves.

    Raises:
        BadReference: a file does not fit the table.
        BadRequest: there is no such table, or the date is none.
    """
    return ReferenceStore().update(name, files, home, day_of(date)).as_row()


__all__ = [
    "REFERENCE_NAMES",
    "case_book",
    "case_version",
    "day_of",
    "load_into_case",
    "newer",
    "place_of",
    "references",
    "take_current",
    "update_reference",
]

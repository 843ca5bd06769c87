"""The user's folder of reference facts: each version loaded stays as a file named by its hash; no case is touched here.

    FOLDER/TABLE/current             the hash of the version in use, replaced in one step
    FOLDER/TABLE/<sha256>.parquet   the rows; the same rows are the same file
    FOLDER/TABLE/<sha256>.json      when it was first loaded

The folder is $UNSPOOF_REFERENCE_DIR, else unspoof/reference in $XDG_DATA_HOME, else in ~/.local/share.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from unspoof.errors import BadReference, BadRequest
from unspoof.model.arrow import schema
from unspoof.model.reference_tables import ALL_REFERENCE_TABLES
from unspoof.reference.catalogue import TABLES, ReferenceTable
from unspoof.reference.given import Given, SourceFile
from unspoof.reference.numbering import RANGES_FILE, load
from unspoof.reference.shipped import SHIPPED

MOST_BYTES = 256 * 1024 * 1024
"""Size of the largest file that is read."""
MOST_FILES = 100
"""Files in one update."""
_HASH = re.compile(r"[0-9a-f]{64}")
_NAMED_SOURCES = 3


@dataclass(frozen=True)
class Version:
    """One version of a table of reference facts."""

    name: str
    sha256: str
    """Of the Parquet file at `path`."""
    rows: int
    loaded_at: str
    """UTC, ISO 8601 with Z: when these rows were first loaded; empty for what comes with unspoof."""
    source: str
    """The sources that its rows name, up to three."""
    valid_from: str
    """Earliest date at which a row of it begins or ends to hold; empty if it states none."""
    valid_to: str
    """Latest such date."""
    path: Path
    date: str = ""
    """The latest day that its rows describe; empty where they describe none."""
    acknowledgement: str = ""
    """Whose the facts are, as the owner asks it to be said; empty for what the user loaded."""

    @classmethod
    def of_file(
        cls, name: str, path: Path, source: str = "", loaded_at: str = "", acknowledgement: str = ""
    ) -> Version:
        """Describe a Parquet file of a reference table.

        Args:
            name: of the reference table.
            path: the file.
            source: stands in place of the sources that the rows name.
            loaded_at: see the field.
            acknowledgement: see the field.

        Raises:
            BadReference: it cannot be read.

        """
        try:
            data = path.read_bytes()
            rows = pq.read_table(pa.BufferReader(data))
        except (OSError, pa.ArrowInvalid) as error:
            raise BadReference(f"the file cannot be read: {error}", where=f"{name} {path.name[:16]}") from None
        first, last = _dates(rows)
        summary = source or sources_of(rows)
        sha256 = hashlib.sha256(data).hexdigest()
        return cls(name, sha256, rows.num_rows, loaded_at, summary, first, last, path, _day(rows), acknowledgement)

    def as_row(self) -> dict[str, Any]:
        """Return what a listing shows, in JSON's types."""
        return {
            "name": self.name,
            "rows": self.rows,
            "date": self.date,
            "source": self.source,
            "loaded_at": self.loaded_at,
            "valid_from": self.valid_from,
            "valid_to": self.valid_to,
            "sha256": self.sha256,
            "acknowledgement": self.acknowledgement,
        }


def _dates(rows: pa.Table) -> tuple[str, str]:
    known = [rows[name] for name in ("valid_from", "valid_to") if name in rows.column_names]
    times = [time for column in known for time in pc.min_max(column).as_py().values() if time is not None]
    return (min(times).date().isoformat(), max(times).date().isoformat()) if times else ("", "")


def _day(rows: pa.Table) -> str:
    latest = pc.max(rows["block_date"]).as_py() if "block_date" in rows.column_names else None
    return latest.date().isoformat() if latest else ""


def sources_of(rows: pa.Table) -> str:
    """Return the sources that a table's rows name: the first three in order, and how many more."""
    if "source" not in rows.column_names:
        return ""
    names = sorted(pc.unique(rows["source"]).to_pylist())
    more = len(names) - _NAMED_SOURCES
    return "; ".join(names[:_NAMED_SOURCES]) + (f"; and {more} more" if more > 0 else "")


def read_version(version: Version) -> pa.Table:
    """Return the rows of a version of a reference table.

    Raises:
        BadReference: the file cannot be read, or was made by another version of unspoof and does not fit.

    """
    try:
        wanted = schema(next(table for table in ALL_REFERENCE_TABLES if table.name == version.name))
        return pq.read_table(version.path).select(wanted.names).cast(wanted)
    except (OSError, pa.ArrowInvalid, KeyError) as error:
        where = f"{version.name} {version.sha256[:12]}"
        raise BadReference(f"the file cannot be read: {error}", where=where, hint="Load it again.") from None


def default_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the user's reference folder; it need not exist."""
    stated, data_home = environment.get("UNSPOOF_REFERENCE_DIR", ""), environment.get("XDG_DATA_HOME", "")
    if stated:
        return Path(stated)
    # A relative XDG_DATA_HOME is to be ignored (XDG Base Directory Specification, section 2).
    if Path(data_home).is_absolute():
        return Path(data_home) / "unspoof" / "reference"
    try:
        return Path.home() / ".local" / "share" / "unspoof" / "reference"
    except RuntimeError:
        raise BadReference("there is no home folder", hint="Set UNSPOOF_REFERENCE_DIR to a folder.") from None


def _importer(name: str) -> ReferenceTable:
    for table in TABLES:
        if table.name == name:
            return table
    raise BadRequest(f"no reference table {name!r}", hint=f"There are: {', '.join(t.name for t in TABLES)}.")


def table_name(name: str) -> str:
    """Return the table that an importer's rows belong to: number_blocks for ofcom; a table's own name for itself.

    Raises:
        BadRequest: there is neither.

    """
    if any(name == table.name for table in ALL_REFERENCE_TABLES):
        return name
    return _importer(name).gives.name


def read_reference(
    name: str, paths: Path | Sequence[Path], home: str, day: datetime | None = None, before: pa.Table | None = None
) -> pa.Table:
    """Read a user's files as rows of a reference table, without keeping them.

    Args:
        name: of a table in TABLES.
        paths: one file; several where the table takes them.
        home: ISO 3166 code of the country in whose way national numbers are written.
        day: the day that the files describe, where the user states it.
        before: the rows until now, for tables that are added to.

    Raises:
        BadReference: a file cannot be read or does not fit; the message names file, row and column.
        BadRequest: there is no such table, no such home country, or it does not take several files or a day.

    """
    table = _importer(name)
    load().home(home)
    wanted = [paths] if isinstance(paths, Path) else list(paths)
    if not 1 <= len(wanted) <= (MOST_FILES if table.adds else 1):
        allowed = f"one to {MOST_FILES} files" if table.adds else "one file"
        raise BadRequest(f"{len(wanted)} files for {name}", hint=f"{name} takes {allowed} at a time.")
    if day is not None and not table.adds:
        raise BadRequest(f"a day for {name}", hint=f"The rows of {name} state their own days.")
    return table.load(Given(tuple(_read_file(path) for path in wanted), home, day, before if table.adds else None))


def _read_file(path: Path) -> SourceFile:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise BadReference(f"larger than {MOST_BYTES:,} bytes", where=path.name)
        return SourceFile(path.name, path.read_bytes())
    except OSError as error:
        raise BadReference(f"cannot be read: {error.strerror}", where=path.name) from None


def shipped_version(name: str) -> Version | None:
    """Return the version of a table that comes with unspoof, None if none does."""
    for table in SHIPPED:
        if table.name == name:
            version = Version.of_file(name, table.file, table.source, acknowledgement=table.acknowledgement)
            return replace(version, date=version.date or table.date)
    return None


class ReferenceStore:
    """The versions in one folder, and what comes with unspoof.

    Args:
        folder: the user's own by default; made when something is first loaded.

    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = default_folder() if folder is None else folder

    def update(self, name: str, paths: Path | Sequence[Path], home: str, day: datetime | None = None) -> Version:
        """Load files as the current version of a table; older versions stay.

        Rows that were loaded before become current again without a second file.

        Args:
            name: of a table in TABLES.
            paths: the user's file; several where the table takes them.
            home: ISO 3166 code of the country in whose way its national numbers are written.
            day: the day that the files describe, where they do not say so themselves.

        Raises:
            BadReference: a file does not fit, or the folder cannot be written.
            BadRequest: see `read_reference`.

        """
        importer = _importer(name)
        before = self.current(importer.gives.name) if importer.adds else None
        rows = read_reference(name, paths, home, day, read_version(before) if before else None)
        try:
            version = self._keep(importer.gives.name, rows)
            _replace(self.folder / importer.gives.name / "current", version.sha256.encode())
        except OSError as error:
            raise BadReference(f"cannot write: {error.strerror}", where=str(self.folder)) from None
        return version

    def current(self, name: str) -> Version | None:
        """Return the version in use of a table: what was loaded last, else what comes with unspoof, else None.

        Raises:
            BadReference: the version's file is missing or was changed after loading.
            BadRequest: there is no such table.

        """
        name = table_name(name)
        try:
            sha256 = (self.folder / name / "current").read_text("ascii").strip()
        except FileNotFoundError:
            return shipped_version(name)
        except (OSError, ValueError) as error:
            raise BadReference(f"the pointer to the current version cannot be read: {error}", where=name) from None
        return self._version(name, sha256)

    def list(self) -> Sequence[Version]:
        """Return all versions, by name, newest first; what comes with unspoof stands last.

        Raises:
            BadReference: a version's file was changed after loading.

        """
        loaded = [version for table in ALL_REFERENCE_TABLES for version in self._versions(table.name)]
        shipped = [version for table in SHIPPED if (version := shipped_version(table.name)) is not None]
        source = f"phonenumbers {load().version} (libphonenumber)"
        numbering = Version.of_file("numbering", RANGES_FILE, source=source, acknowledgement="Google, Apache-2.0")
        return [*loaded, *shipped, numbering]

    def _versions(self, name: str) -> Sequence[Version]:
        return sorted(
            (self._version(name, file.stem) for file in self._files(name)),
            key=lambda version: (version.loaded_at, version.sha256),
            reverse=True,
        )

    def _files(self, name: str) -> Iterator[Path]:
        return (file for file in sorted((self.folder / name).glob("*.parquet")) if _HASH.fullmatch(file.stem))

    def _version(self, name: str, sha256: str) -> Version:
        where = f"{name} {sha256[:12]}"
        if not _HASH.fullmatch(sha256):
            raise BadReference("the pointer to the current version is damaged", where=name, hint="Load it again.")
        path = self.folder / name / f"{sha256}.parquet"
        try:
            loaded_at = str(json.loads(path.with_suffix(".json").read_text("utf-8"))["loaded_at"])
        except (OSError, ValueError, KeyError, TypeError):
            raise BadReference("its record of when it was loaded is missing or damaged", where=where) from None
        version = Version.of_file(name, path, loaded_at=loaded_at)
        if version.sha256 != sha256:
            raise BadReference("the file was changed after it was loaded", where=where, hint="Load it again.")
        return version

    def _keep(self, name: str, rows: pa.Table) -> Version:
        sink = pa.BufferOutputStream()
        pq.write_table(rows, sink, compression="zstd")
        data = sink.getvalue().to_pybytes()
        sha256 = hashlib.sha256(data).hexdigest()
        path = self.folder / name / f"{sha256}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        # The record comes first: rows without one would be a version of no date.
        if not path.with_suffix(".json").exists():
            now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            _replace(path.with_suffix(".json"), json.dumps({"loaded_at": now}).encode())
        if not path.exists() or hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
            _replace(path, data)
        return self._version(name, sha256)


def _replace(path: Path, data: bytes) -> None:
    """Write a file so that it holds either what it held before or all of `data`, whatever happens."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


__all__ = [
    "MOST_BYTES",
    "MOST_FILES",
    "ReferenceStore",
    "Version",
    "default_folder",
    "read_reference",
    "read_version",
    "shipped_version",
    "sources_of",
    "table_name",
]

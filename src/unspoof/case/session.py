"""An engine with a case's tables, settings and reference facts in view; it writes nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from unspoof.config import CaseSettings, Machine
from unspoof.engine import Engine, open_engine
from unspoof.evidence import Event, Vault
from unspoof.model.tables import NORMAL_FORM, Table
from unspoof.reference import ALL_REFERENCE_TABLES

REFERENCE_TABLES: tuple[Table, ...] = ALL_REFERENCE_TABLES
LOOKING = "duckdb"
"""Looking at a case reads what stands, so that no cluster is needed for it."""
"""Reference facts that steps read as views of the same names."""


def digest(parts: object) -> str:
    """Return the SHA-256 of a JSON value in canonical form."""
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def quiet(_: object) -> None:
    """Tell nobody of progress."""


@dataclass
class Session:
    """What the steps of one run or one look share.

    `digests` holds, for each view, the hash of what stands behind it: of its files, or of the step and its inputs.
    `references` holds, for each reference table that the case has, its path, hash and sources, as manifests name them.
    """

    vault: Vault
    settings: CaseSettings
    engine: Engine
    digests: dict[str, str] = field(default_factory=dict)
    references: dict[str, dict[str, str]] = field(default_factory=dict)

    def show_tables(self) -> None:
        """Make views of the normal form, the reference facts and the settings."""
        self.engine.view_settings(self.settings)
        facts = [self.settings.reference, self.settings.home, self.settings.currency]
        self.digests["this_case"] = digest(facts)
        self.digests["setting"] = "by the settings that each step names"
        for table in NORMAL_FORM:
            self._show(table, _files_of(self.vault, f"tables/{table.name}/"), "exhibit")
        for table in REFERENCE_TABLES:
            self._show(table, current_reference(self.vault, table.name), "")
            if (event := _loaded(self.vault, table.name)) is not None:
                self.references[table.name] = {name: str(event.body[name]) for name in ("path", "sha256", "source")}

    def _show(self, table: Table, files: Mapping[str, str], partition: str) -> None:
        self.engine.view_files(table, [self.vault.folder / path for path in files], partition)
        self.digests[table.name] = digest(sorted(files.items()))

    def setting_values(self, names: Sequence[str]) -> dict[str, dict[str, object]]:
        """Return value, origin and reason of the named settings, as manifests keep them."""
        chosen = {name: self.settings.chosen[name] for name in names}
        return {n: {"value": c.value, "origin": c.origin, "reason": c.reason} for n, c in sorted(chosen.items())}


def _files_of(vault: Vault, prefix: str) -> dict[str, str]:
    return {path: record.sha256 for path, record in sorted(vault.files(prefix).items()) if path.endswith(".parquet")}


def _loaded(vault: Vault, name: str) -> Event | None:
    """Return the event by which the case last took a reference table; None if it never did."""
    return next((e for e in reversed(vault.events("reference-loaded")) if e.body.get("name") == name), None)


def current_reference(vault: Vault, name: str) -> dict[str, str]:
    """Return path and hash of the reference table that the case last loaded; empty if it never did."""
    event = _loaded(vault, name)
    if event is None:
        return {}
    path = str(event.body["path"])
    return {path: vault.files(path)[path].sha256}


@contextmanager
def open_session(vault: Vault, settings: CaseSettings, machine: Machine) -> Iterator[Session]:
    """Open an engine over a case's tables and close it again; what spills lies on the case's own disk until then."""
    with vault.scratch() as scratch:
        engine = open_engine(machine, scratch)
        try:
            session = Session(vault, settings, engine)
            session.show_tables()
            yield session
        finally:
            engine.close()


__all__ = ["LOOKING", "REFERENCE_TABLES", "Session", "current_reference", "digest", "open_session", "quiet"]

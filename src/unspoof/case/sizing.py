"""How big a case is, whether its findings still follow from it, and what a run would need; it runs no step."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.parquet as pq

from unspoof.case.fitting import Advice, Load, Need, Room, advise, bytes_of, needs
from unspoof.case.plan import steps
from unspoof.case.references import newer, place_of
from unspoof.case.running import FIGURES, figures_manifest, standing_rows, step_manifest
from unspoof.case.session import Session, digest, open_session
from unspoof.config import CaseSettings, Machine
from unspoof.errors import BadCase
from unspoof.evidence import Vault
from unspoof.model.evidence import Exhibit
from unspoof.model.tables import NORMAL_FORM


@dataclass(frozen=True)
class TableSize:
    """One table of the normal form as it lies in the case."""

    table: str
    rows: int
    bytes: int
    """Of its Parquet files."""
    files: int
    exhibits: int
    """How many exhibits have rows in it."""


@dataclass(frozen=True)
class ExhibitsSize:
    """The sealed files."""

    sealed: int
    bytes: int
    unread: tuple[Exhibit, ...]
    """Sealed, but their rows are not in the case."""


@dataclass(frozen=True)
class FindingsState:
    """The findings that stand, against those that a run would leave."""

    stand: int
    bytes: int
    """Of their rows; manifests are small."""
    planned: int
    """How many a run of everything leaves."""
    again: tuple[str, ...]
    """Those that a run would work out: missing, or made of something that has changed since."""
    newer_reference: tuple[str, ...]
    """Reference tables that the next run would take into the case first."""

    @property
    def state(self) -> str:
        """'none', 'current', or 'behind' where a run would work something out."""
        return "none" if not self.stand else "behind" if self.again else "current"


@dataclass(frozen=True)
class LargestAccount:
    """The account with the most calls; how uneven a case is decides how a cluster bears it."""

    account_id: int
    account_ref: str
    calls: int
    share_ppm: int
    """Of all calls, millionths."""


@dataclass(frozen=True)
class Status:
    """All that can be said of a case's size without running it."""

    tables: tuple[TableSize, ...]
    refused_rows: int
    """Rows in quarantine."""
    exhibits: ExhibitsSize
    findings: FindingsState
    largest_account: LargestAccount | None
    room: Room
    needs: tuple[Need, ...]
    advice: Advice
    next: str
    """The command that comes next."""


def status(
    vault: Vault,
    settings: CaseSettings,
    machine: Machine,
    unread: Sequence[Exhibit],
    memory: str = "",
    disk: str = "",
) -> Status:
    """Measure a case.

    Args:
        vault: the case.
        settings: its settings.
        machine: what works it; any engine may be named.
        unread: exhibits that were sealed and not read.
        memory: what if DuckDB might use so much; empty for what it may use now.
        disk: what if so much disk were free; empty for what is.

    Raises:
        BadRequest: memory or disk is no amount.
        BadCase: a file of the case is missing or damaged.

    """
    limit = bytes_of(memory, "--memory") if memory else bytes_of(machine.memory_limit, "UNSPOOF_MEMORY_LIMIT")
    free = bytes_of(disk, "--disk") if disk else shutil.disk_usage(vault.folder).free
    tables = tuple(_table(vault, table.name) for table in NORMAL_FORM)
    room = Room(os.cpu_count() or 1, _memory(), limit, free)
    with open_session(vault, settings, replace(machine, engine="duckdb")) as session:
        findings = _findings(session)
        largest = _largest(session, tables[0].rows)
    load = Load(tables[0].rows, sum(t.bytes for t in tables), findings.bytes)
    found = needs(load, room)
    sealed = vault.exhibits()
    exhibits = ExhibitsSize(len(sealed), sum(e.size for e in sealed), tuple(unread))
    following = _next(vault, exhibits, findings, load)
    refused = sum(rows for rows, _ in _parquet(vault, "quarantine/").values())
    return Status(tables, refused, exhibits, findings, largest, room, found, advise(load, found), following)


def _memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _parquet(vault: Vault, prefix: str) -> Mapping[str, tuple[int, int]]:
    """Return rows and bytes of each Parquet file below a prefix, by its footer and by the custody log."""
    found = {}
    for path, record in vault.files(prefix).items():
        if path.endswith(".parquet"):
            try:
                found[path] = int(pq.read_metadata(vault.folder / path).num_rows), record.size
            except (OSError, pa.ArrowException):
                hint = "Run 'unspoof verify' on the case and restore what it names from a copy."
                raise BadCase("is missing or damaged", where=path, hint=hint) from None
    return found


def _table(vault: Vault, name: str) -> TableSize:
    files = _parquet(vault, f"tables/{name}/")
    rows, size = (sum(one[i] for one in files.values()) for i in range(2))
    return TableSize(name, rows, size, len(files), len({path.split("/")[2] for path in files}))


def _findings(session: Session) -> FindingsState:
    """Compare the keys of the findings that stand with what they would be after a run now."""
    vault = session.vault
    taken = newer(vault)
    for version in taken:
        session.digests[version.name] = digest([(place_of(version), version.sha256)])
    keys: dict[str, str] = {}
    for step in steps():
        key = session.digests[step.name] = str(step_manifest(session, step)["key"])
        if step.kept:
            keys[step.name] = key
    keys[FIGURES] = str(figures_manifest(session)["key"])
    again = tuple(name for name, key in keys.items() if standing_rows(vault, name, key) is None)
    standing = {p: r.size for p, r in vault.files("findings/").items() if p.endswith("/rows.parquet")}
    newest = tuple(version.name for version in taken)
    return FindingsState(len(standing), sum(standing.values()), len(keys), again, newest)


_LARGEST = """
WITH counted AS (
  SELECT account_id, count(*) AS calls FROM calls WHERE account_id IS NOT NULL GROUP BY account_id
), most AS (
  SELECT account_id, calls FROM counted ORDER BY calls DESC, account_id LIMIT 1
)
SELECT m.account_id, m.calls, (SELECT min(account_ref) FROM accounts WHERE account_id = m.account_id) AS account_ref
FROM most AS m
"""


def _largest(session: Session, calls: int) -> LargestAccount | None:
    for row in session.engine.fetch(_LARGEST).to_pylist() if calls else []:
        share = row["calls"] * 1_000_000 // calls
        return LargestAccount(row["account_id"], row["account_ref"] or "", row["calls"], share)
    return None


def _next(vault: Vault, exhibits: ExhibitsSize, findings: FindingsState, load: Load) -> str:
    case = vault.folder
    if exhibits.unread or not load.tables_bytes:
        return f"unspoof add {case} FILE"
    return f"unspoof run {case}" if findings.again else f"unspoof figures {case}"


__all__ = ["ExhibitsSize", "FindingsState", "LargestAccount", "Status", "TableSize", "status"]

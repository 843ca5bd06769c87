"""Verify a case: hashes, chain, and every finding and figure worked out again; it mends nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq

from unspoof import act
from unspoof.case.plan import steps
from unspoof.case.running import FIGURES, step_manifest
from unspoof.case.session import Session, open_session
from unspoof.config import CaseSettings, Machine
from unspoof.evidence import Vault
from unspoof.evidence.disk import digest
from unspoof.model.evidence import Fault


def verify(vault: Vault, settings: CaseSettings, machine: Machine, progress: Callable[[str], None]) -> list[Fault]:
    """Return everything that is wrong, each with the file it is in; notices are no faults.

    First every sealed and derived file is hashed and the custody chain walked. Only if that holds are the findings
    worked out again from the tables, in a place of their own, and compared with what stands.
    """
    progress("hashing every file and walking the custody chain")
    found = vault.check()
    if any(fault.kind == "fault" for fault in found):
        return found
    if "findings/figures/rows.parquet" not in vault.files("findings/figures/"):
        return found
    with vault.scratch() as scratch, open_session(vault, settings, machine) as session:
        return found + _again(session, scratch, progress)


def _again(session: Session, scratch: Path, progress: Callable[[str], None]) -> list[Fault]:
    """Run every step again and compare its bytes with the finding that stands."""
    found: list[Fault] = []
    files = session.vault.files("findings/")
    for step in steps():
        manifest = step_manifest(session, step)
        session.digests[step.name] = str(manifest["key"])
        if not step.kept:
            session.engine.view_step(step)
            continue
        path = f"findings/{step.name}/rows.parquet"
        if path not in files:
            found.append(Fault(path, "the finding is missing: run the case again", "fault"))
            return found
        if (stale := _stale(session.vault, step.name, str(manifest["key"]))) is not None:
            return [*found, stale]
        progress(f"working out {step.name} again")
        target = scratch / f"{step.name}.parquet"
        session.engine.write(step, session.settings, target)
        session.engine.view_files(step.gives, [target])
        if digest(target).sha256 != files[path].sha256:
            found.append(Fault(path, "working it out again gives other rows", "fault"))
    return found + _figures_again(session, progress)


def _stale(vault: Vault, name: str, key: str) -> Fault | None:
    """Say so where the case has moved on since the finding was made; nothing can be compared then."""
    text = (vault.folder / "findings" / name / "manifest.json").read_text("utf-8")
    if json.loads(text).get("key") == key:
        return None
    problem = "exhibits, settings, reference facts or versions have changed since it was made: run the case again"
    return Fault(f"findings/{name}/manifest.json", problem, "notice")


def _figures_again(session: Session, progress: Callable[[str], None]) -> list[Fault]:
    progress("working out every figure again")
    standing = pq.read_table(session.vault.folder / "findings" / FIGURES / "rows.parquet")
    again = act.compute(session.engine.fetch, session.settings)
    path = f"findings/{FIGURES}/rows.parquet"
    return [Fault(path, said) for said in act.differences(standing, again)]


__all__ = ["verify"]

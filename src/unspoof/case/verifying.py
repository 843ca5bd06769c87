"""Verify a case: hashes, chain, and every finding and figure worked out again; it mends nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from unspoof import act
from unspoof.case.plan import steps
from unspoof.case.running import FIGURES, step_manifest
from unspoof.evidence.disk import digest
from unspoof.model.evidence import Fault

if TYPE_CHECKING:
    from unspoof.case.case import Case
    from unspoof.case.session import Session


def verify(case: Case, progress: Callable[[str], None]) -> list[Fault]:
    """Return everything that is wrong, each with the file it is in; notices are no faults.

    First every sealed and derived file is hashed and the custody chain walked. Only if that holds are the findings
    worked out again from the tables, in a place of their own, and compared with what stands.
    """
    progress("hashing every file and walking the custody chain")
    found = case.vault.check()
    if any(fault.kind == "fault" for fault in found):
        return found
    if "findings/figures/rows.parquet" not in case.vault.files("findings/figures/"):
        return found
    with case.vault.scratch() as scratch, case.session() as session:
        return found + _again(case, session, scratch, progress)


def _again(case: Case, session: Session, scratch: Path, progress: Callable[[str], None]) -> list[Fault]:
    """Run every step again and compare its bytes with the finding that stands."""
    found: list[Fault] = []
    files = case.vault.files("findings/")
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
        if (stale := _stale(case, step.name, str(manifest["key"]))) is not None:
            return [*found, stale]
        progress(f"working out {step.name} again")
        target = scratch / f"{step.name}.parquet"
        session.engine.write(step, case.settings, target)
        session.engine.view_files(step.gives, [target])
        if digest(target).sha256 != files[path].sha256:
            found.append(Fault(path, "working it out again gives other rows", "fault"))
    return found + _figures_again(case, session, progress)


def _stale(case: Case, name: str, key: str) -> Fault | None:
    """Say so where the case has moved on since the finding was made; nothing can be compared then."""
    text = (case.folder / "findings" / name / "manifest.json").read_text("utf-8")
    if json.loads(text).get("key") == key:
        return None
    problem = "exhibits, settings, reference facts or versions have changed since it was made: run the case again"
    return Fault(f"findings/{name}/manifest.json", problem, "notice")


def _figures_again(case: Case, session: Session, progress: Callable[[str], None]) -> list[Fault]:
    progress("working out every figure again")
    again = act.compute(session.engine.fetch, case.settings)
    path = f"findings/{FIGURES}/rows.parquet"
    return [Fault(path, said) for said in act.differences(case.figures(), again)]


__all__ = ["verify"]

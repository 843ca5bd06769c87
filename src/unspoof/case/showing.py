"""A made-up case, and the main job run over it from seizure to figures; for newcomers."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unspoof import synth
from unspoof.case.adding import Stated
from unspoof.case.case import Case
from unspoof.errors import BadRequest
from unspoof.model.evidence import Acquisition


@dataclass(frozen=True)
class Demo:
    """A made-up case that was worked end to end."""

    case: Case
    seizure: Path
    calls: int
    making_s: float
    seconds: float
    suspect_id: str
    report_ref: str


def make_synthetic(folder: Path, *, calls: int, seed: int) -> dict[str, Any]:
    """Make a made-up seizure and return what was written: files, brands, truth.

    Raises:
        BadRequest: the folder is not empty.
    """
    made = _make(folder, calls, seed)
    files = [
        {
            "path": str(f.path),
            "size": f.path.stat().st_size,
            "zone": f.zone,
            "acquired": f.acquired,
            "basis": f.basis,
            "format": str(f.format or ""),
        }
        for f in made.files
    ]
    return {"folder": str(folder), "files": files, "brands": str(made.brands), "truth": str(made.truth)}


def _make(folder: Path, calls: int, seed: int) -> synth.Seizure:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadRequest("the folder is not empty", where=str(folder), hint="Name a new one; nothing was changed.")
    return synth.make(folder, calls=calls, seed=seed)


def run_demo(folder: Path, calls: int, seed: int, progress: Callable[[str], None]) -> Demo:
    """Make up a seizure in `folder`/seizure, work it in `folder`/case, and return both.

    Raises:
        BadRequest: the folder is not empty.
    """
    started = time.monotonic()
    progress(f"making up a seizure of {calls:,} calls")
    if folder.exists() and any(folder.iterdir()):
        raise BadRequest("the folder is not empty", where=str(folder), hint="Remove it or name another with --dir.")
    made = _make(folder / "seizure", calls, seed)
    made_at = time.monotonic()
    case = Case.new(folder / "case", reference="DEMO", home="GB", currency="GBP")
    case.load_reference("brands", made.brands)
    for file in made.files:
        progress(f"sealing and reading {file.path.name}")
        stated = Stated(
            format=str(file.format or ""), zone=file.zone, acquired=Acquisition(file.acquired), basis=file.basis
        )
        case.add([file.path], stated)
    case.run(progress=progress)
    seconds = time.monotonic() - made_at
    suspect = case.suspects(top=1)
    link = case.links("report-call", top=1)
    return Demo(
        case,
        folder / "seizure",
        calls,
        made_at - started,
        seconds,
        suspect[0]["suspect_id"] if suspect else "",
        link[0]["left_ref"] if link else "",
    )


__all__ = ["Demo", "make_synthetic", "run_demo"]

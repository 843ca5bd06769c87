"""A made-up case, and the main job run over it from seizure to figures; for newcomers."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import unspoof
from unspoof import synth
from unspoof.case.adding import Stated
from unspoof.case.case import Case
from unspoof.case.references import REFERENCE_NAMES
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
    references = {name: str(path) for name, path in made.references}
    return {
        "folder": str(folder),
        "files": files,
        "brands": str(made.brands),
        "references": references,
        "truth": str(made.truth),
    }


def _make(folder: Path, calls: int, seed: int) -> synth.Seizure:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadRequest("the folder is not empty", where=str(folder), hint="Name a new one; nothing was changed.")
    return synth.make(folder, calls=calls, seed=seed)


def _seizure(folder: Path, calls: int, seed: int) -> dict[str, Any]:
    """Make the seizure of a demo, or take over the one that an earlier demo of the same kind made there."""
    kept, wanted = folder / "demo.json", {"calls": calls, "seed": seed, "unspoof": unspoof.__version__}
    if kept.exists():
        known: dict[str, Any] = json.loads(kept.read_text("utf-8"))
        if known.pop("made") == wanted and known["folder"] == str(folder / "seizure"):
            return known
    if folder.exists() and any(folder.iterdir()):
        hint = "Remove it or name another folder with --dir; nothing was changed."
        raise BadRequest("the folder holds something else than this demo", where=str(folder), hint=hint)
    made = make_synthetic(folder / "seizure", calls=calls, seed=seed)
    kept.write_text(json.dumps({"made": wanted, **made}), "utf-8")
    return made


def _case(folder: Path) -> Case:
    if (folder / "custody.jsonl").exists():
        return Case(folder)
    return Case.new(folder, reference="DEMO", home="GB", currency="GBP")


def run_demo(folder: Path, calls: int, seed: int, progress: Callable[[str], None]) -> Demo:
    """Make up a seizure in `folder`/seizure, work it in `folder`/case, and return both.

    Called again for the same folder, it goes on where it was cut off and does nothing twice.

    Raises:
        BadRequest: the folder is not empty.
    """
    started = time.monotonic()
    progress(f"making up a seizure of {calls:,} calls")
    made = _seizure(folder, calls, seed)
    made_at = time.monotonic()
    case = _case(folder / "case")
    case.load_reference("brands", Path(made["brands"]))
    for file in made["files"]:
        progress(f"sealing and reading {Path(file['path']).name}")
        stated = Stated(file["format"], file["zone"], acquired=Acquisition(file["acquired"]), basis=file["basis"])
        case.add([Path(file["path"])], stated)
    for name, path in made["references"].items():
        if name in REFERENCE_NAMES:
            case.load_reference(name, Path(path))
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

"""A made-up seizure, worked as a user would."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unspoof import synth
from unspoof.case import Case, Stated
from unspoof.model.evidence import Acquisition


@dataclass(frozen=True)
class Worked:
    """A made-up seizure and the case that was made of it."""

    case: Case
    seizure: Path
    truth: Path

    def true_figures(self) -> dict[str, Any]:
        """What the maker of the case knows."""
        made: dict[str, Any] = json.loads((self.truth / "figures.json").read_text("utf-8"))["figures"]
        return made

    def figures(self) -> dict[str, Any]:
        """What the case says, key to value."""
        return {f["key"]: f["value"] for f in self.case.figures_json()["figures"]}


def stated_files(seizure: synth.Seizure) -> list[tuple[Path, Stated]]:
    """Return each file of a made-up seizure with what a user states of it."""
    return [
        (f.path, Stated(str(f.format or ""), f.zone, acquired=Acquisition(f.acquired), basis=f.basis))
        for f in seizure.files
    ]


def work(folder: Path, calls: int, seed: int) -> Worked:
    """Make a seizure up and work it as a user would."""
    seizure = synth.make(folder / "seizure", calls=calls, seed=seed)
    case = Case.new(folder / "case", reference="TEST 1", home="GB", currency="GBP")
    case.load_reference("brands", seizure.brands)
    for path, stated in stated_files(seizure):
        case.add([path], stated)
    case.run()
    return Worked(case, folder / "seizure", seizure.truth)

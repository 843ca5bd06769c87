"""Run the steps of the analysis, each only when something that it depends on has changed; it decides nothing.

A finding is `findings/NAME/rows.parquet` with `manifest.json` beside it. The manifest's key is the hash of all that the
rows depend on; an equal key means equal rows, so the step is not run again. The engine that worked the rows out is
written down beside the key and is no part of it: engines give equal rows, and one writer writes them. Everything of one
run becomes part of the case in one commit, so a run that is cut off leaves the findings of the run before.
"""

from __future__ import annotations

import dataclasses
import hashlib
import inspect
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

import unspoof
from unspoof import act
from unspoof.case.session import Session, digest
from unspoof.engine import Step
from unspoof.errors import BadCase
from unspoof.evidence import Vault

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Made:
    """What became of one step in a run."""

    name: str
    rows: int
    reused: bool


FIGURES = "figures"


def _code_of(step: Step) -> str:
    if step.run is None:
        return step.sql
    return f"{step.run.__module__}.{step.run.__qualname__} {_source_of(step.run.__module__.split('.')[1])}"


@cache
def _source_of(verb: str) -> str:
    """Return the hash of all that a columnar step of a verb may call: the verb, and the grounds that work on columns."""
    home = Path(unspoof.__file__).parent
    made = hashlib.sha256()
    for package in (verb, "parse", "model"):
        for path in sorted((home / package).rglob("*.py")):
            made.update(path.relative_to(home).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return made.hexdigest()


def _code_of_figures() -> str:
    modules = [inspect.getmodule(made) for made in (act.compute, act.figures_json)]
    source = "".join(inspect.getsource(module) for module in modules if module)
    said = [dataclasses.asdict(figure) for figure in act.FIGURES]
    return digest([said, hashlib.sha256(source.encode()).hexdigest()])


def step_manifest(session: Session, step: Step) -> dict[str, Any]:
    """Return all that a step's rows depend on, with its key; inputs must be in `session.digests`."""
    missing = [name for name in step.reads if name not in session.digests]
    if missing:
        raise TypeError(f"step {step.name} reads {missing}, which no earlier step gives")
    manifest: dict[str, Any] = {
        "step": step.name,
        "meaning": step.meaning,
        "code": _code_of(step),
        "settings": session.setting_values(step.settings),
        "inputs": {name: session.digests[name] for name in sorted(step.reads)},
        "facts": session.digests["this_case"],
        "reference": {name: session.references[name] for name in sorted(step.reads) if name in session.references},
        "versions": {"unspoof": unspoof.__version__, **session.engine.writer},
    }
    return {**manifest, "key": digest(manifest)}


def figures_manifest(session: Session) -> dict[str, Any]:
    """Return all that the figures depend on, with its key; every step must be in `session.digests`."""
    manifest: dict[str, Any] = {
        "step": FIGURES,
        "inputs": {name: key for name, key in sorted(session.digests.items()) if name != FIGURES},
        "settings": {name: c.value for name, c in sorted(session.settings.chosen.items())},
        "versions": {"unspoof": unspoof.__version__, **session.engine.writer},
        "code": _code_of_figures(),
    }
    return {**manifest, "key": digest(manifest)}


def standing_rows(vault: Vault, name: str, key: str) -> int | None:
    """Return how many rows a finding that stands under this key has; None if there is none."""
    if f"findings/{name}/rows.parquet" not in vault.files("findings/"):
        return None
    text = (vault.folder / "findings" / name / "manifest.json").read_text("utf-8")
    try:
        known = json.loads(text)
    except ValueError:
        raise BadCase(f"findings/{name}/manifest.json is damaged", hint="unspoof verify says more.") from None
    return int(known["rows"]) if known.get("key") == key else None


class Run:
    """One run over an open session; files go to a staging folder until `commit`."""

    def __init__(self, session: Session, staged: Path, progress: Progress) -> None:
        self.session = session
        self.staged = staged
        self.progress = progress
        self.made: list[Made] = []
        self.files: dict[str, str] = {}
        self.live: set[str] = set()
        """Names of the findings that stand after this run."""

    def run_steps(self, steps: Sequence[Step]) -> None:
        """Run the steps in order, or take over what stands already."""
        for step in steps:
            manifest = step_manifest(self.session, step)
            self.session.digests[step.name] = str(manifest["key"])
            if not step.kept:
                self.session.engine.view_step(step)
                continue
            self.live.add(step.name)
            if (rows := self._standing(step, manifest)) is not None:
                self.made.append(Made(step.name, rows, reused=True))
                continue
            self.progress(f"{step.name}: {step.meaning}")
            self._write(step, manifest)

    def run_figures(self) -> None:
        """Work every figure out and keep them as a finding of their own."""
        manifest = figures_manifest(self.session)
        self.live.add(FIGURES)
        if (rows := standing_rows(self.session.vault, FIGURES, str(manifest["key"]))) is not None:
            self.made.append(Made(FIGURES, rows, reused=True))
            return
        self.progress("figures: every figure with its definition and the rows behind it")
        figures = act.compute(self.session.engine.fetch, self.session.settings)
        folder = self._folder(FIGURES)
        pq.write_table(figures, folder / "rows.parquet", compression="zstd")
        self._keep(FIGURES, manifest, figures.num_rows)

    def _standing(self, step: Step, manifest: dict[str, Any]) -> int | None:
        rows = standing_rows(self.session.vault, step.name, str(manifest["key"]))
        if rows is not None:
            path = self.session.vault.folder / "findings" / step.name / "rows.parquet"
            self.session.engine.view_files(step.gives, [path])
        return rows

    def _folder(self, name: str) -> Path:
        folder = self.staged / "findings" / name
        folder.mkdir(parents=True)
        return folder

    def _write(self, step: Step, manifest: dict[str, Any]) -> None:
        target = self._folder(step.name) / "rows.parquet"
        rows = self.session.engine.write(step, self.session.settings, target)
        self.session.engine.view_files(step.gives, [target])
        self._keep(step.name, manifest, rows)

    def _keep(self, name: str, manifest: dict[str, Any], rows: int) -> None:
        folder = self.staged / "findings" / name
        by = f"{self.session.engine.name} {self.session.engine.version}"
        text = json.dumps({**manifest, "rows": rows, "worked_out_by": by}, indent=1, sort_keys=True, ensure_ascii=False)
        (folder / "manifest.json").write_text(text + "\n", "utf-8")
        for file in ("rows.parquet", "manifest.json"):
            self.files[f"findings/{name}/{file}"] = f"findings/{name}/{file}"
        self.made.append(Made(name, rows, reused=False))

    def stale(self) -> list[str]:
        """Return files of findings that no longer follow from the case."""
        return [path for path in sorted(self.session.vault.files("findings/")) if path.split("/")[1] not in self.live]


__all__ = ["FIGURES", "Made", "Progress", "Run", "figures_manifest", "standing_rows", "step_manifest"]

"""Case: the Python door. Every command and page goes through it; it holds the order of things and no analysis."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from unspoof import act
from unspoof.case import exporting, listing, looking, reporting, sizing, verifying
from unspoof.case.adding import Added, Stated, add_file
from unspoof.case.looking import Concluded, Source
from unspoof.case.money_doors import MoneyDoors
from unspoof.case.plan import VERBS, kept_under, steps, up_to
from unspoof.case.references import load_into_case, take_current
from unspoof.case.rereading import read_again
from unspoof.case.running import Made, Run, step_manifest
from unspoof.case.session import LOOKING, Session, open_session, quiet
from unspoof.config import CaseSettings, Machine, load_case_settings, load_machine
from unspoof.errors import BadRequest, UnspoofError
from unspoof.evidence import Vault
from unspoof.model.evidence import Exhibit, Fault


@dataclass(frozen=True)
class Ran:
    """What a run did."""

    made: Sequence[Made]
    figures: pa.Table
    outputs: Sequence[Path]
    unread: Sequence[Exhibit] = ()
    """Sealed, but its rows are not in the case: `add` was interrupted after the sealing."""


class Case(MoneyDoors):
    """One case folder.

    Args:
        folder: a folder made by `Case.new`.

    Raises:
        BadCase: it is no case, or its settings do not parse.
    """

    def __init__(self, folder: Path | str) -> None:
        self.vault = Vault(Path(folder))
        self.settings: CaseSettings = load_case_settings(self.vault.case_toml)
        self.machine: Machine = load_machine(self.vault.case_toml)

    @classmethod
    def new(cls, folder: Path | str, *, reference: str, home: str, currency: str) -> Case:
        """Make a case folder.

        Args:
            folder: a path that does not exist yet, or an empty folder.
            reference: the investigation's own reference.
            home: ISO 3166 code of the country whose victims and users are counted as 'home'.
            currency: ISO 4217 code in which the service books.

        Raises:
            BadRequest: home or currency is no code.
            BadCase: the folder is not empty.
        """
        home, currency = home.upper(), currency.upper()
        if not re.fullmatch("[A-Z]{2}", home):
            raise BadRequest(f"{home!r} is no two-letter country code", where="--home", hint="For example GB.")
        if not re.fullmatch("[A-Z]{3}", currency):
            raise BadRequest(f"{currency!r} is no three-letter currency code", where="--currency", hint="As GBP.")
        if not reference.strip():
            raise BadRequest("the reference is empty", where="--reference")
        text = reporting.case_toml(reference, home, currency)
        load_case_settings(text, environment={})
        Vault.create(Path(folder), text, {"reference": reference, "home": home, "currency": currency})
        return cls(folder)

    @property
    def folder(self) -> Path:
        """Where the case lies."""
        return self.vault.folder

    def exhibits(self) -> tuple[Exhibit, ...]:
        """Return every sealed file in the order of sealing."""
        return self.vault.exhibits()

    def add(
        self,
        files: Sequence[Path],
        stated: Stated | None = None,
        progress: Callable[[int], None] = quiet,
    ) -> list[Added]:
        """Seal files and read them, in their order; see case/adding.py for what may be wrong with one.

        Raises:
            UnspoofError: of the first file with which something is wrong; its hint names those read before it.

        """
        done: list[Added] = []
        with self.vault.lock():
            for file in files:
                try:
                    done.append(add_file(self.vault, self.settings, Path(file), stated or Stated(), progress))
                except UnspoofError as error:
                    if done:
                        names = ", ".join(added.exhibit.label for added in done)
                        error.hint = f"{error.hint}\nDone before it, and not to be repeated: {names}.".strip()
                    raise
        return done

    def unread(self) -> tuple[Exhibit, ...]:
        """Return the exhibits that are sealed but whose reading never ended; `add` of the same file reads them."""
        read = {event.body["exhibit"] for event in self.vault.events("exhibit-read")}
        return tuple(exhibit for exhibit in self.exhibits() if exhibit.number not in read)

    def load_reference(self, name: str, files: Path | Sequence[Path], date: str = "") -> Mapping[str, Any]:
        """Load a table of reference facts into this case only; it then holds against the user's own.

        `date` is the day that the files describe, where they do not say so themselves.
        """
        with self.vault.lock():
            return load_into_case(self.vault, name, files, self.settings.home, date)

    def run(self, only: str = "", progress: Callable[[str], None] = quiet, *, engine: str = "") -> Ran:
        """Do the analysis; only what changed since the last run is done again.

        Args:
            only: name of a verb: its steps and those before it; findings that no longer follow are then removed.
            progress: told the name and meaning of each step that is run.
            engine: duckdb or spark; empty for the machine's own choice. Findings are the same bytes on each.

        Raises:
            BadRequest: there is no such verb or engine.
            EngineGap: the engine does not start or could not run a step; the case is as it was.
        """
        if only and only not in [name for name, _ in VERBS]:
            known = ", ".join(dict.fromkeys(name for name, _ in VERBS))
            raise BadRequest(f"{only!r} is no verb of a run", where="--only", hint=f"Known: {known}.")
        with self.vault.lock():
            take_current(self.vault)
            staged = self.vault.stage()
            with open_session(self.vault, self.settings, self._machine(engine)) as session:
                run = Run(session, staged, progress)
                run.run_steps(up_to(only) if only else steps())
                outputs: list[str] = []
                if not only or only == "act":
                    run.run_figures()
                    outputs = reporting.write_outputs(session, run)
                self._commit(run, outputs)
        figures = self._figures_table() if not only or only == "act" else pa.table({})
        return Ran(run.made, figures, [self.folder / path for path in outputs], self.unread())

    def _machine(self, engine: str) -> Machine:
        """Return the machine with another engine, or as it is."""
        return replace(self.machine, engine=engine) if engine else self.machine

    def _commit(self, run: Run, outputs: Sequence[str]) -> None:
        removed = run.stale()
        if not run.files and not removed:
            return
        if not outputs:
            removed = removed + sorted(self.vault.files("outputs/"))
        body: dict[str, Any] = {
            "steps": {made.name: made.rows for made in run.made},
            "again": [made.name for made in run.made if not made.reused],
            "settings": {n: c["value"] for n, c in run.session.setting_values(sorted(self.settings.chosen)).items()},
            **self.vault.settings_fact,
            "engine": f"{run.session.engine.name} {run.session.engine.version}",
        }
        self.vault.commit("run", body, run.staged, run.files, removed)

    def _figures_table(self) -> pa.Table:
        path = self.folder / "findings" / "figures" / "rows.parquet"
        if "findings/figures/rows.parquet" not in self.vault.files("findings/figures/"):
            raise BadRequest("the case has no figures yet", where=str(self.folder), hint="Run: unspoof run CASE")
        return pq.read_table(path)

    def figures(self) -> pa.Table:
        """Return the figures of the last run: key, label, value, unit, definition, cut_off, rows, step, sql."""
        return self._figures_table()

    def figures_json(self) -> dict[str, Any]:
        """Return the figures in the documented JSON shape."""
        return act.figures_json(self._figures_table())

    def finding(self, name: str, top: int = 0) -> pa.Table:
        """Return the rows of one finding of the last run: of a kept step in its order, of a view over others in none.

        Args:
            name: a step's name.
            top: at most so many rows; 0 for all.

        Raises:
            BadRequest: no step has that name, or the case was not run as far as that.
        """
        path = f"findings/{name}/rows.parquet"
        if path not in self.vault.files(path):
            grounds, held = kept_under(name), self.vault.files("findings/")
            if grounds and all(f"findings/{ground}/rows.parquet" in held for ground in grounds):
                limit = f" LIMIT {int(top)}" if top else ""
                return self.query(f"SELECT * FROM {name}{limit}")  # noqa: S608 -- the name of a step
            raise BadRequest(f"the case has no {name} yet", where=str(self.folder), hint="Run: unspoof run CASE")
        if not top:
            return pq.read_table(self.folder / path)
        taken = next(pq.ParquetFile(self.folder / path).iter_batches(batch_size=top), None)
        return pa.Table.from_batches([taken]) if taken is not None else pq.read_table(self.folder / path)

    def suspects(self, top: int = 0, *, selected: bool = False) -> list[dict[str, Any]]:
        """Return people and crews by rank, each score with its parts and reasons."""
        self.finding("suspects", 1)
        with self.looking() as session:
            return listing.suspects(session, top, selected=selected)

    def victims(self, top: int = 0, country: str = "") -> list[dict[str, Any]]:
        """Return the numbers to warn by rank."""
        self.finding("victims", 1)
        with self.looking() as session:
            return listing.victims(session, top, country)

    def brands(self, top: int = 0) -> list[dict[str, Any]]:
        """Return the brands that were shown, by rank."""
        self.finding("brands_ranked", 1)
        with self.looking() as session:
            return listing.brands(session, top)

    def links(self, kind: str, top: int = 0) -> list[dict[str, Any]]:
        """Return links of one kind, the surest first."""
        self.finding("report_call_links", 1)
        with self.looking() as session:
            return listing.links(session, kind, top)

    def export(self, to: str, out: Path) -> Mapping[str, int]:
        """Write what the case found in a form that others read; return how many rows of each kind."""
        self.finding("suspects", 1)
        with self.looking() as session:
            return exporting.export(session, to, out)

    def figure(self, key: str) -> dict[str, Any]:
        """Return one figure of the last run by its key: a row of FIGURES_TABLE.

        Raises:
            BadRequest: there is no such figure, or the case lacks the data for it; the message says which.
        """
        found: list[dict[str, Any]] = [row for row in self._figures_table().to_pylist() if row["key"] == key]
        if found:
            return found[0]
        if key in act.LEFT_OUT:
            raise BadRequest(f"the figure {key!r} is left out: {act.LEFT_OUT[key]}", where="figures")
        raise BadRequest(f"no figure {key!r}", where="figures", hint="unspoof figures CASE lists all of them.")

    def figure_rows(self, key: str) -> list[dict[str, Any]]:
        """Return table and id of every row behind one figure, in the order of ids."""
        found = self.figure(key)
        ids = self.query(found["rows_sql"]).column(0).to_pylist()
        return [{"table": found["rows_table"], "id": one} for one in sorted(ids, key=lambda v: (v is None, v))]

    def query(self, sql: str, parameters: Mapping[str, object] | None = None) -> pa.Table:
        """Run a query over the case's tables and standing findings."""
        with self.looking() as session:
            return session.engine.fetch(sql, parameters)

    @contextmanager
    def looking(self) -> Iterator[Session]:
        """Open a session with the standing findings in view; nothing is run."""
        with open_session(self.vault, self.settings, self._machine(LOOKING)) as session:
            files = self.vault.files("findings/")
            for step in steps():
                if not step.kept:
                    session.digests[step.name] = str(step_manifest(session, step)["key"])
                    session.engine.view_step(step)
                    continue
                path = f"findings/{step.name}/rows.parquet"
                session.engine.view_files(step.gives, [self.folder / path] if path in files else [])
                session.digests[step.name] = files[path].sha256 if path in files else ""
            yield session

    def source(self, table: str, wanted: str) -> list[Source]:
        """Return rows by id or own reference, each with the very bytes it came from."""
        with open_session(self.vault, self.settings, self._machine(LOOKING)) as session:
            return looking.source_rows(self.vault, session, table, wanted)

    def why(self, wanted: str) -> list[Concluded]:
        """Return everything that the case holds and has concluded of one thing."""
        with self.looking() as session:
            return looking.why(session, wanted)

    def status(self, *, memory: str = "", disk: str = "") -> sizing.Status:
        """Return how big the case is, whether its findings are up to date, and what a run would need; nothing is run.

        Args:
            memory: what if DuckDB might use so much, as '8GB'; empty for what it may use now.
            disk: what if so much disk were free; empty for what is.

        Raises:
            BadRequest: memory or disk is no amount.
            BadCase: a file of the case is missing or damaged.
        """
        return sizing.status(self.vault, self.settings, self.machine, self.unread(), memory, disk)

    def verify(self, progress: Callable[[str], None] = quiet, *, deep: bool = False, engine: str = "") -> list[Fault]:
        """Re-hash everything, walk the custody chain, run every step again and compare; return what is wrong.

        Args:
            progress: told what is being done.
            deep: read every exhibit again too, and compare the tables byte for byte.
            engine: duckdb or spark; empty for the machine's own choice. The other engine is a second opinion.
        """
        found = verifying.verify(self.vault, self.settings, self._machine(engine), progress)
        if deep and not any(fault.kind == "fault" for fault in found):
            found += read_again(self.vault, progress)
        return found


__all__ = ["Case", "Ran"]

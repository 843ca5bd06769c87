"""What a case writes for people: its first case.toml, figures.json and the report; the contents come from `act`."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

import unspoof
from unspoof import act
from unspoof.case.money_reporting import money_source
from unspoof.case.plan import steps
from unspoof.case.running import Run
from unspoof.case.session import Session
from unspoof.config import SETTINGS
from unspoof.evidence.disk import digest

SUSPECTS_SHOWN, VICTIMS_SHOWN = 50, 50
"""The report goes round and shows the first of each; the lists themselves have all of them."""


def _toml_text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def case_toml(reference: str, home: str, currency: str) -> str:
    """Return the text of a new case.toml: the facts, and every setting with its default and reason, to be edited."""
    lines = [
        "# The settings of this case. Each has a value and the reason for it; both are printed with the figures.",
        "[case]",
        f"reference = {_toml_text(reference)}",
        f"home = {_toml_text(home)}",
        f"currency = {_toml_text(currency)}",
        "",
        "[settings]",
    ]
    for setting in SETTINGS:
        unit = f" [{setting.unit}]" if setting.unit else ""
        value = json.dumps(setting.default)
        lines += [
            f"# {setting.help}{unit}",
            f"{setting.name} = {{value = {value}, reason = {_toml_text(setting.reason)}}}",
        ]
    return "\n".join(lines) + "\n"


def _file(run: Run, name: str) -> Path:
    path = run.staged / "findings" / name / "rows.parquet"
    return path if path.exists() else run.session.vault.folder / "findings" / name / "rows.parquet"


def _read(run: Run, name: str) -> pa.Table:
    return pq.read_table(_file(run, name))


def _first(run: Run, name: str, rows: int) -> pa.Table:
    """Return the first rows of a finding, which may be much longer than memory."""
    with pq.ParquetFile(_file(run, name)) as file:
        batch = next(file.iter_batches(batch_size=rows), None)
        return pa.Table.from_batches([batch] if batch is not None else [], file.schema_arrow)


def _steps(run: Run) -> list[act.StepRecord]:
    """Return how each finding came about, in the order of running."""
    rows = {made.name: made.rows for made in run.made}
    known = run.session.vault.files("findings/")
    records = []
    for step in steps():
        path = f"findings/{step.name}/rows.parquet"
        staged = run.staged / path
        sha256 = digest(staged).sha256 if staged.exists() else known[path].sha256 if path in known else ""
        records.append(act.StepRecord(step.name, step.meaning, rows.get(step.name, 0), sha256, step.sql))
    return records


def _usernames(session: Session, suspects: pa.Table) -> dict[str, list[str]]:
    wanted = {"ids": suspects.column("suspect_id").to_pylist()}
    rows = session.engine.fetch(
        "SELECT c.suspect_id, a.username FROM crews AS c JOIN accounts_once AS a ON a.account_id = c.account_id "
        "WHERE list_contains($ids, c.suspect_id) AND a.username IS NOT NULL ORDER BY c.suspect_id, a.account_id",
        wanted,
    )
    names: dict[str, list[str]] = {}
    for row in rows.to_pylist():
        names.setdefault(row["suspect_id"], []).append(row["username"])
    return names


def write_outputs(session: Session, run: Run) -> list[str]:
    """Stage outputs/figures.json and outputs/report.html where anything changed; return their paths in the case."""
    outputs = ["outputs/figures.json", "outputs/report.html"]
    if not run.files and all(path in session.vault.files("outputs/") for path in outputs):
        return outputs
    folder = run.staged / "outputs"
    folder.mkdir()
    figures, suspects = _read(run, "figures"), _first(run, "suspects", SUSPECTS_SHOWN)
    document = json.dumps(act.figures_json(figures), indent=1, ensure_ascii=False)
    (folder / "figures.json").write_text(document + "\n", "utf-8")
    source = act.ReportSource(
        settings=session.settings,
        figures=figures,
        suspects=suspects,
        suspect_parts=_read(run, "suspect_parts"),
        victims=_first(run, "victims", VICTIMS_SHOWN),
        brands=_read(run, "brands_ranked"),
        exhibits=session.vault.exhibits(),
        steps=_steps(run),
        software=f"unspoof {unspoof.__version__}, {session.engine.name} {session.engine.version}, from a case whose custody "
        f"log stood at event {session.vault.head.seq}, {session.vault.head.hash}",
        usernames=_usernames(session, suspects),
        money=money_source(session),
    )
    (folder / "report.html").write_bytes(act.write_report(source))
    run.files |= {path: path for path in outputs}
    return outputs


__all__ = ["case_toml", "write_outputs"]

"""What a case writes for people: its first case.toml, figures.json and the report; the contents come from `act`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

import unspoof
from unspoof import act
from unspoof.config import SETTINGS

if TYPE_CHECKING:
    from unspoof.case.case import Case
    from unspoof.case.running import Run
    from unspoof.case.session import Session


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


def _read(run: Run, name: str) -> pa.Table:
    path = run.staged / "findings" / name / "rows.parquet"
    return pq.read_table(path if path.exists() else run.session.vault.folder / "findings" / name / "rows.parquet")


def _facts(case: Case) -> Mapping[str, Any]:
    reads = {e.body["exhibit"]: e.body for e in case.vault.events("exhibit-read")}
    return {
        "reference": case.settings.reference,
        "home": case.settings.home,
        "currency": case.settings.currency,
        "exhibits": [
            {
                "number": exhibit.number,
                "name": exhibit.name,
                "sha256": exhibit.sha256,
                "size": exhibit.size,
                "sealed_at": exhibit.sealed_at,
                "acquired": str(exhibit.acquired),
                "basis": exhibit.basis,
                "restrictions": list(exhibit.restrictions),
                "format": reads.get(exhibit.number, {}).get("format", ""),
                "zone": reads.get(exhibit.number, {}).get("zone", ""),
                "tables": reads.get(exhibit.number, {}).get("tables", {}),
            }
            for exhibit in case.exhibits()
        ],
        "settings": {
            name: {"value": c.value, "reason": c.reason, "origin": c.origin}
            for name, c in sorted(case.settings.chosen.items())
        },
    }


def write_outputs(case: Case, session: Session, run: Run) -> list[str]:
    """Stage outputs/figures.json and outputs/report.html and return their paths in the case."""
    folder = run.staged / "outputs"
    folder.mkdir()
    figures = _read(run, "figures")
    document = json.dumps(act.figures_json(figures), indent=1, ensure_ascii=False, default=str)
    (folder / "figures.json").write_text(document + "\n", "utf-8")
    page = act.write_report(
        figures=figures,
        suspects=_read(run, "suspects").slice(0, 50),
        suspect_parts=_read(run, "suspect_parts"),
        victims=_read(run, "victims").slice(0, 50),
        brands=_read(run, "brands_ranked"),
        case=_facts(case),
        versions={"unspoof": unspoof.__version__, session.engine.name: session.engine.version},
    )
    (folder / "report.html").write_text(page, "utf-8")
    outputs = ["outputs/figures.json", "outputs/report.html"]
    if run.files or any(path not in case.vault.files("outputs/") for path in outputs):
        run.files |= {path: path for path in outputs}
    return outputs


__all__ = ["case_toml", "write_outputs"]

"""What a report is made from; it holds the tables as they stand in the findings and draws nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pyarrow as pa

from unspoof.act.report.money import MoneySource
from unspoof.config import CaseSettings
from unspoof.model.evidence import Exhibit


@dataclass(frozen=True)
class StepRecord:
    """How one finding came about, from its manifest."""

    name: str
    meaning: str
    rows: int
    sha256: str
    """Of the file that holds it; empty for a view that is kept in no file."""
    sql: str
    """Empty for a step that is code; then its meaning says what it does."""


@dataclass(frozen=True)
class ReportFigure:
    """One figure with the reference that it bears on the page."""

    reference: str
    key: str
    label: str
    value: Any
    unit: str
    definition: str
    cut_off: str
    rows: int
    step: str
    sql: str
    rows_table: str
    rows_sql: str


@dataclass(frozen=True)
class ReportSource:
    """The case as a report shows it.

    Args:
        settings: the case's facts and thresholds.
        figures: as `compute` gave them.
        suspects: rows of the finding `suspects`, the first ones at least, in any order.
        suspect_parts: rows of `suspect_parts` of those suspects at least.
        victims: rows of `victims`, the first ones at least.
        brands: rows of `brands_ranked`.
        exhibits: all exhibits of the case.
        steps: the steps that were run, in order.
        software: name and version of unspoof and of the engine, for the last page.
        marking: handling mark that stands on top, chosen by a person; empty for none.
        money: what is said of money; None leaves that section out.
        usernames: names of accounts by suspect_id, as the service recorded them; empty to leave them out.

    """

    settings: CaseSettings
    figures: pa.Table
    suspects: pa.Table
    suspect_parts: pa.Table
    victims: pa.Table
    brands: pa.Table
    exhibits: Sequence[Exhibit]
    steps: Sequence[StepRecord] = ()
    software: str = "unspoof"
    marking: str = ""
    usernames: Mapping[str, Sequence[str]] = field(default_factory=dict)
    money: MoneySource | None = None

    @cached_property
    def figure(self) -> Mapping[str, ReportFigure]:
        """Every figure by its key; F1, F2 ... in the order of the table."""
        found = {}
        for place, row in enumerate(self.figures.to_pylist(), start=1):
            shown = row | {"value": json.loads(row["value"]), "cut_off": row["cut_off"] or "not known"}
            found[row["key"]] = ReportFigure(reference=f"F{place}", **shown)
        return found

    def first(self, name: str, many: int) -> list[dict[str, Any]]:
        """Return the first rows of a ranked table by rank."""
        ranked: pa.Table = getattr(self, name)
        rows: list[dict[str, Any]] = ranked.sort_by("rank").slice(0, many).to_pylist()
        return rows


__all__ = ["ReportFigure", "ReportSource", "StepRecord"]

"""The part of the report that lets a third party repeat it: exhibits, settings, definitions, queries, hashes."""

from __future__ import annotations

from unspoof.act import formats
from unspoof.act.figures.computing import left_out as lacking
from unspoof.act.report.page import Cell, Row, code, heading, lines, number, paragraph, table, text
from unspoof.act.report.source import ReportFigure, ReportSource
from unspoof.config import BY_NAME
from unspoof.model.evidence import Acquisition


def exhibits(source: ReportSource) -> str:
    """Return the section of exhibits, with a warning where a live tap is among them."""
    rows: list[Row] = []
    for exhibit in source.exhibits:
        sealed = Cell(f"{text(exhibit.sealed_at)}<br>{text(exhibit.sealed_by)}")
        how = Cell(f"{text(exhibit.acquired.value)}<br>{text(exhibit.basis or 'no basis stated')}")
        restrictions = "; ".join(exhibit.restrictions) or "none stated"
        size = number(formats.count(exhibit.size))
        rows.append(
            [
                code(str(exhibit.number)),
                exhibit.name,
                size,
                sealed,
                how,
                restrictions,
                Cell(text(exhibit.sha256), "hash"),
            ]
        )
    taps = [str(e.number) for e in source.exhibits if e.acquired is Acquisition.LIVE_TAP]
    warning = (
        "Material of a live tap is in this report (exhibit "
        + ", ".join(taps)
        + "). In some countries, the United Kingdom among them, intercepted communications may not be used as evidence:"
        " take legal advice before this report is disclosed."
    )
    names = ("Exhibit", "File", "Bytes", "Sealed (UTC), by", "Acquired, basis", "Restrictions", "SHA-256")
    return "".join(
        (
            heading(2, "Exhibits", "exhibits"),
            paragraph(
                "Every figure counts rows of these sealed files. Which brand a number belongs to comes from the"
                " directory that was loaded into the case."
            ),
            paragraph(warning, "warn") if taps else "",
            table("Exhibits", names, rows),
        )
    )


def settings(source: ReportSource) -> str:
    """Return the section of settings: each threshold and weight with its reason."""
    rows: list[Row] = []
    for name, chosen in source.settings.chosen.items():
        value = ("yes" if chosen.value else "no") if isinstance(chosen.value, bool) else str(chosen.value)
        known = BY_NAME[name]
        rows.append([code(name), number(value), known.unit, known.help, chosen.origin, chosen.reason])
    names = ("Setting", "Value", "Unit", "Meaning", "From", "Reason")
    return (
        heading(2, "Settings and their reasons", "settings")
        + paragraph("Thresholds and weights are chosen by people. Another choice gives other figures.")
        + table("Settings", names, rows)
    )


def _figure(figure: ReportFigure) -> str:
    return "".join(
        (
            heading(3, f"{figure.reference}  {figure.label}", figure.reference),
            paragraph(figure.definition),
            paragraph(
                f"Key {figure.key}; unit: {figure.unit}; cut-off {figure.cut_off}; {formats.count(figure.rows)} rows of"
                f" {figure.rows_table}; read from {figure.step}."
            ),
            paragraph("Value:"),
            lines(figure.sql),
            paragraph("Rows behind it:"),
            lines(figure.rows_sql),
        )
    )


def queries(source: ReportSource) -> str:
    """Return the annexes: each figure with its SQL, figures left out, and each step with its SQL and hash."""
    unmade: list[Row] = [[code(key), reason] for key, reason in lacking(source.figure).items()]
    left_out = table("Figures left out", ("Key", "Reason"), unmade) if unmade else ""
    steps = "".join(
        heading(3, step.name)
        + paragraph(
            f"{step.meaning}. {formats.count(step.rows)} rows" + (f"; SHA-256 {step.sha256}." if step.sha256 else ".")
        )
        + (lines(step.sql) if step.sql else "")
        for step in source.steps
    )
    return "".join(
        (
            heading(2, "Annex A: how each figure is made", "annex-a"),
            paragraph(
                "Each query runs by hand over the case's tables and findings and gives the value above. Values of"
                " settings come from the one-row view setting, facts of the case from this_case."
            ),
            "".join(_figure(figure) for figure in source.figure.values()),
            left_out,
            heading(2, "Annex B: the steps that the figures read", "annex-b") if steps else "",
            steps,
        )
    )


__all__ = ["exhibits", "queries", "settings"]

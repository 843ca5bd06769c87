"""A case's figures as one self-contained HTML page, facts apart from assessments; it decides nothing."""

from __future__ import annotations

from unspoof.act.report.annex import exhibits, queries, settings
from unspoof.act.report.assessments import assessments
from unspoof.act.report.facts import facts
from unspoof.act.report.money import MoneySource, money
from unspoof.act.report.page import document, heading, paragraph, text
from unspoof.act.report.source import ReportSource, StepRecord

_CONTENTS = (
    ("facts", "Facts: what is recorded"),
    ("assessments", "Assessments: what is concluded, by stated rules"),
    ("money", "Money: books, chain and services"),
    ("exhibits", "Exhibits"),
    ("settings", "Settings and their reasons"),
    ("annex-a", "Annex A: how each figure is made"),
    ("annex-b", "Annex B: the steps that the figures read"),
)


def _header(source: ReportSource) -> str:
    cut_off = max((f.cut_off for f in source.figure.values() if f.cut_off != "not known"), default="not known")
    chosen = source.settings
    absent = {"annex-b": not source.steps, "money": not money(source.money)}
    shown = [entry for entry in _CONTENTS if not absent.get(entry[0], False)]
    links = "".join(f'<li><a href="#{anchor}">{text(title)}</a></li>' for anchor, title in shown)
    return "".join(
        (
            paragraph(source.marking, "mark") if source.marking else "",
            heading(1, f"Figures of the case {chosen.reference}"),
            paragraph(
                f"Home country {chosen.home}, currency {chosen.currency}, {len(source.exhibits)} sealed exhibits."
                f" The data reach to {cut_off}. All times are UTC.",
                "lead",
            ),
            f'<nav aria-label="Contents"><ul>{links}</ul></nav>',
        )
    )


def write_report(source: ReportSource) -> bytes:
    """Return the report as UTF-8 HTML; the same source gives the same bytes.

    The page loads nothing, runs no script and shows victims' numbers masked.

    Limits: it does not leave out rows of restricted exhibits; it shows the restrictions of each.
    """
    body = "".join(
        (facts(source), assessments(source), money(source.money), exhibits(source), settings(source), queries(source)),
    )
    mark = paragraph(source.marking, "mark") if source.marking else ""
    made = paragraph(f"Made by {source.software}. It reads records and never places a call.")
    return document(f"{source.settings.reference}: figures", _header(source), body, mark + made).encode()


__all__ = ["MoneySource", "ReportSource", "StepRecord", "write_report"]

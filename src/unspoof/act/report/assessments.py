"""The part of the report that rests on links and rankings, apart from the facts; it calls nobody a criminal."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from unspoof.act import formats
from unspoof.act.charts import Mark, bars
from unspoof.act.report.facts import named, note, overview
from unspoof.act.report.page import Cell, Row, code, heading, number, paragraph, reference, table, text
from unspoof.act.report.source import ReportSource
from unspoof.model.lists import split_list

_FIRST = 20
_MOST_NAMES = 5


def _funnel(source: ReportSource) -> str:
    figure = source.figure["calls.funnel"]
    entries = [(source.figure[entry["stage"]], entry["count"]) for entry in figure.value]
    short = ("All calls", "Answered", "Long", "People, long call", "of the home country", "linked to selected suspect")
    marks = [Mark(name, value, formats.count(value)) for name, (_, value) in zip(short, entries, strict=True)]
    title = "From all calls to people linked to a selected suspect"
    drawn = bars("funnel", title, "Each bar is a part of the one before it; the first three count calls.", marks)
    rows: list[Row] = [
        [reference(stage.reference), stage.label, number(formats.count(value)), stage.unit] for stage, value in entries
    ]
    listed = table(title, ("Reference", "Step", "Count", "Unit"), rows)
    return heading(3, title) + drawn + note(figure) + listed


def _reasons(parts: list[dict[str, Any]]) -> Cell:
    ordered = sorted(parts, key=lambda part: (-part["points_milli"], part["part"]))
    items = "".join(
        f"<li>{text(part['part'])}, {text(formats.points(part['points_milli']))}: {text(part['because'])}</li>"
        for part in ordered
        if part["points_milli"] > 0
    )
    return Cell(f'<ul class="parts">{items}</ul>')


def _names(source: ReportSource, suspect_id: str) -> str:
    names = source.usernames.get(suspect_id, ())
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return ", ".join(names[:_MOST_NAMES]) + more


def _suspects(source: ReportSource) -> str:
    parts: dict[str, list[dict[str, Any]]] = defaultdict(list)
    first = source.first("suspects", _FIRST)
    wanted = {row["suspect_id"] for row in first}
    for part in source.suspect_parts.to_pylist():
        if part["suspect_id"] in wanted:
            parts[part["suspect_id"]].append(part)
    rows: list[Row] = []
    for row in first:
        who = Cell(f"<strong>{text(row['suspect_id'])}</strong><br>{text(_names(source, row['suspect_id']))}")
        chosen = "yes" if row["selected"] else "no"
        held = f"{formats.count(row['accounts'])}, {row['country'] or 'country not known'}"
        score = number(formats.points(row["score_milli"]))
        rows.append([number(str(row["rank"])), who, held, chosen, score, _reasons(parts[row["suspect_id"]])])
    words = (
        f"The first {len(first)} of {formats.count(source.figure['suspects.total'].value)} people or crews by the sum"
        " of named parts. 'Selected' says whether the case's selection rule is met; it is not part of the score. Parts"
        " without points are left out here."
    )
    names = ("Rank", "Suspect", "Accounts, country", "Selected", "Points", "Parts and why")
    return heading(3, "Suspects, by explained points") + paragraph(words) + table("Suspects", names, rows)


def _victims(source: ReportSource) -> str:
    rows: list[Row] = []
    for row in source.first("victims", _FIRST):
        masked = code(formats.masked_number(row["number"]))
        counts = [number(formats.count(row["long_calls"])), number(formats.count(row["longest_s"]))]
        place = [number(str(row["rank"])), masked, row["country"] or "unknown"]
        reported = "yes" if row["reported"] else "no"
        rows.append(
            [*place, *counts, ", ".join(split_list(row["brands"])), reported, "; ".join(split_list(row["reasons"]))]
        )
    words = (
        f"The first {len(rows)} of {formats.count(source.figure['people.long'].value)} numbers with a long call, by"
        " explained points. Numbers are masked because a report goes from hand to hand; the rank leads to the full"
        " number in the case. Counts by country and brand stand among the facts."
    )
    names = ("Rank", "Number", "Country", "Long calls", "Longest, s", "Brands shown", "Reported", "Parts and points")
    return heading(3, "Whom to warn first") + paragraph(words) + table("Numbers to warn", names, rows)


def _brands(source: ReportSource) -> str:
    currency = source.settings.currency
    rows: list[Row] = []
    for row in source.first("brands", _FIRST):
        counts = [number(formats.count(row[name])) for name in ("calls", "long_calls", "people", "reports")]
        place: Row = [number(str(row["rank"])), row["brand"], row["sector"] or "not known"]
        rows.append([*place, *counts, number(formats.money(row["loss_minor"], currency))])
    words = (
        "Brands whose numbers were shown, or that victims named. Reports and losses are put to the brand that the"
        " linked call showed, else to the brand stated. Nothing here says that a brand did anything wrong."
    )
    names = ("Rank", "Brand", "Sector", "Calls", "Long calls", "People", "Reports", "Gross loss")
    return heading(3, "Brands used as a pretence") + paragraph(words) + table("Brands", names, rows)


def assessments(source: ReportSource) -> str:
    """Return the section of assessments."""
    return "".join(
        (
            heading(2, "Assessments: what is concluded, by stated rules", "assessments"),
            paragraph(
                "What follows rests on links that are likely, not certain, and on weights that people chose. It says"
                " what ties whom to what, how surely and why. It finds nobody guilty of anything: whether somebody is"
                " treated as a suspect, and what follows, is for a person to decide.",
                "note",
            ),
            overview(source, assessments=True, caption="Assessments at a glance"),
            _funnel(source),
            _suspects(source),
            _victims(source),
            _brands(source),
            named(source, "loss.by_brand", "brand", "loss_minor", "Gross loss by brand"),
        )
    )


__all__ = ["assessments"]

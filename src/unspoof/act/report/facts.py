"""The part of the report that says what is recorded: counts, times, lengths, payments, what victims stated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from unspoof.act import formats
from unspoof.act.charts import Mark, bars, columns
from unspoof.act.figures import FIGURES
from unspoof.act.report.page import Row, code, heading, number, paragraph, reference, table
from unspoof.act.report.source import ReportFigure, ReportSource

_MOST_MONTHS = 60
_MOST_LINES = 15
_PREFIX = "minor units of "


def said(figure: ReportFigure) -> str:
    """Return a figure's single value as it is printed, in major units where it is money."""
    if figure.unit.startswith(_PREFIX):
        return formats.money(figure.value, figure.unit.removeprefix(_PREFIX))
    return formats.count(figure.value)


def overview(source: ReportSource, assessments: bool, caption: str) -> str:
    """Return the table of all figures with a single value, facts or assessments."""
    kinds = {figure.key: figure.is_assessment for figure in FIGURES}
    rows: list[Row] = []
    for figure in source.figure.values():
        if isinstance(figure.value, list) or kinds.get(figure.key, False) is not assessments:
            continue
        unit = figure.unit if not figure.unit.startswith(_PREFIX) else ""
        numbers: Row = [number(said(figure)), unit, code(figure.cut_off), number(formats.count(figure.rows))]
        rows.append([reference(figure.reference), figure.label, *numbers])
    return table(caption, ("Reference", "Figure", "Value", "Unit", "Cut-off (UTC)", "Rows behind it"), rows)


def note(figure: ReportFigure) -> str:
    """Return the line under a chart that leads to the annex."""
    return paragraph(
        f"{figure.reference}: {figure.definition} Cut-off {figure.cut_off}; {formats.count(figure.rows)} rows."
    )


def _months(entries: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the entries with months without calls put in, unless one stray date would draw out the chart."""
    if not entries:
        return []
    first, last = (int(e["month"][:4]) * 12 + int(e["month"][5:7]) - 1 for e in (entries[0], entries[-1]))
    if last - first >= _MOST_MONTHS:
        return list(entries[-_MOST_MONTHS:])
    held = {entry["month"]: entry for entry in entries}
    names = [f"{month // 12:04d}-{month % 12 + 1:02d}" for month in range(first, last + 1)]
    return [held.get(name, {"month": name, "calls": 0, "partial": False}) for name in names]


def _by_month(source: ReportSource) -> str:
    figure = source.figure["calls.by_month"]
    entries = _months(figure.value)
    marks = [Mark(e["month"], e["calls"], f"{formats.count(e['calls'])} calls", e["partial"]) for e in entries]
    drawn = columns("month", "Calls by month", "Number of calls in each month, in UTC.", marks, "month (UTC)")
    left_out = len(figure.value) > len(entries)
    words = "A broken outline marks a month that the records do not cover whole."
    if left_out:
        words += f" Only the last {_MOST_MONTHS} months with calls are shown."
    rows: list[Row] = [
        [e["month"] + (" (partial)" if e["partial"] else ""), number(formats.count(e["calls"]))] for e in entries
    ]
    return (
        heading(3, "Calls by month")
        + drawn
        + paragraph(words)
        + note(figure)
        + table("Calls by month", ("Month (UTC)", "Calls"), rows)
    )


def _by_hour(source: ReportSource) -> str:
    figure = source.figure["calls.by_hour"]
    held = {entry["hour"]: entry["calls"] for entry in figure.value}
    hours = [(f"{hour:02d}", held.get(hour, 0)) for hour in range(24)]
    marks = [Mark(hour, calls, f"{formats.count(calls)} calls") for hour, calls in hours]
    drawn = columns("hour", "Calls by hour of the day", "Number of calls in each hour, in UTC.", marks, "hour (UTC)")
    half: list[Row] = [
        [a, number(formats.count(x)), b, number(formats.count(y))]
        for (a, x), (b, y) in zip(hours, hours[12:], strict=False)
    ]
    listed = table("Calls by hour of the day", ("Hour (UTC)", "Calls", "Hour (UTC)", "Calls"), half)
    return heading(3, "Calls by hour of the day") + drawn + note(figure) + listed


def _length(entry: dict[str, Any]) -> str:
    if entry["to_s"] is None:
        return f"{formats.count(entry['from_s'])} s and more"
    if entry["from_s"] == entry["to_s"]:
        return f"{entry['from_s']} s"
    return f"{formats.count(entry['from_s'])} to {formats.count(entry['to_s'])} s"


def _by_length(source: ReportSource) -> str:
    figure = source.figure["calls.by_length"]
    lines = [(_length(e), e["calls"], formats.share(e["share"])) for e in figure.value]
    marks = [Mark(label, calls, f"{formats.count(calls)} ({share})") for label, calls, share in lines]
    drawn = bars("length", "Answered calls by length", "Number of answered calls in bands of talk time.", marks)
    rows: list[Row] = [[label, number(formats.count(calls)), number(share)] for label, calls, share in lines]
    listed = table("Answered calls by length", ("Talk time", "Calls", "Share"), rows)
    return heading(3, "Length of answered calls") + drawn + note(figure) + listed


@dataclass(frozen=True)
class _Entry:
    """One named thing with its count or amount, as it is printed."""

    label: str
    value: int
    printed: str
    share: str


def _entries(figure: ReportFigure, name: str, measure: str) -> list[_Entry]:
    """Return the first entries and, where a sum makes sense, one for all others."""
    money = figure.unit.startswith(_PREFIX)

    def entry(label: str, value: int, share: float | None) -> _Entry:
        printed = formats.money(value, figure.unit.removeprefix(_PREFIX)) if money else formats.count(value)
        return _Entry(label, value, printed, "" if share is None else formats.share(share))

    found = [entry(str(e[name]), e[measure], e.get("share")) for e in figure.value[:_MOST_LINES]]
    rest = figure.value[_MOST_LINES:]
    # Entries without a share may overlap (a number reached under two brands), so their sum would count twice.
    if rest and "share" in rest[0]:
        share = sum(round(e["share"] * 1_000_000) for e in rest) / 1_000_000
        found.append(entry(f"{len(rest)} others", sum(e[measure] for e in rest), share))
    return found


def named(source: ReportSource, key: str, name: str, measure: str, title: str) -> str:
    """Return chart and table of a figure that lists named things, the first ones each and the rest in one line.

    Args:
        source: the case.
        key: the figure's key.
        name: the entry's field that holds the name: country or brand.
        measure: the entry's field that holds the count or amount.
        title: heading of both.

    """
    figure = source.figure[key]
    entries = _entries(figure, name, measure)
    marks = [Mark(e.label, e.value, e.printed + (f" ({e.share})" if e.share else "")) for e in entries]
    drawn = bars(key.replace(".", "-").replace("_", "-"), title, figure.label + ".", marks)
    has_share = any(e.share for e in entries)
    rows: list[Row] = [[e.label, number(e.printed), *([number(e.share)] if has_share else [])] for e in entries]
    what = "Amount" if figure.unit.startswith(_PREFIX) else figure.unit.capitalize()
    listed = table(title, (name.capitalize(), what, *(["Share"] if has_share else [])), rows)
    left = len(figure.value) - len(entries)
    more = paragraph(f"{left} more stand in the figure itself.") if left > 0 and not has_share else ""
    return heading(3, title) + drawn + note(figure) + listed + more


def _by_rule(source: ReportSource) -> str:
    """Return chart and table of all rules; a call may be in several lines, so no line sums up others."""
    figure, title = source.figure["calls.by_rule"], "Calls by rule that fired on the number shown"
    lines = [(e["rule"], formats.count(e["calls"]), formats.share(e["share"]), e["calls"]) for e in figure.value]
    marks = [Mark(rule, calls, f"{count} ({share})") for rule, count, share, calls in lines]
    drawn = bars("calls-by-rule", title, figure.label + ".", marks)
    words = (
        "A rule that fires is a reason to ask, or to exclude that the number was the caller's; which, the definition of"
        " calls.false_number and the page on screening in the documentation say. Nothing here says who called."
    )
    rows: list[Row] = [[rule, number(count), number(share)] for rule, count, share, _ in lines]
    return heading(3, title) + drawn + paragraph(words) + note(figure) + table(title, ("Rule", "Calls", "Share"), rows)


def _loss_band(entry: dict[str, Any], currency: str) -> str:
    if entry["to_minor"] is None:
        return f"{formats.money(entry['from_minor'], currency)} and more"
    if entry["from_minor"] == 0:
        return "no loss"
    if entry["from_minor"] == 1:
        return f"below {formats.money(entry['to_minor'], currency)}"
    return f"from {formats.money(entry['from_minor'], currency)}"


def _losses(source: ReportSource) -> str:
    figure, currency = source.figure["loss.by_band"], source.settings.currency
    held = [place for place, entry in enumerate(figure.value) if entry["events"]]
    shown = figure.value[held[0] : held[-1] + 1] if held else []
    lines = [(_loss_band(entry, currency), entry["events"]) for entry in shown]
    marks = [Mark(label, events, formats.count(events)) for label, events in lines]
    drawn = bars("losses", "Events by gross loss", "Number of events in bands of loss that grow threefold.", marks)
    rows: list[Row] = [[label, number(formats.count(events))] for label, events in lines]
    listed = table("Events by gross loss", ("Gross loss, up to the next line", "Events"), rows)
    return heading(3, "Gross losses that victims stated") + drawn + note(figure) + listed


def facts(source: ReportSource) -> str:
    """Return the section of facts."""
    return "".join(
        (
            heading(2, "Facts: what is recorded", "facts"),
            paragraph(
                "These figures count rows of the exhibits. A threshold that a figure uses stands in its definition,"
                " with its reason. Calls, numbers and people are different counts."
            ),
            overview(source, assessments=False, caption="Figures at a glance"),
            _by_month(source),
            _by_hour(source),
            _by_length(source),
            named(source, "calls.by_country", "country", "calls", "Calls by country called"),
            named(source, "calls.by_brand", "brand", "calls", "Calls by brand shown"),
            _by_rule(source),
            named(source, "people.by_country", "country", "people", "People reached by a long call, by country"),
            named(source, "people.by_brand", "brand", "people", "People reached by a long call, by brand shown"),
            _losses(source),
        )
    )


__all__ = ["facts", "named", "note", "overview", "said"]

"""Charts as plain SVG text: columns over time and bars by name; every chart has a table beside it, made elsewhere.

No script, no style attribute, no font of its own: colours are presentation attributes, so a page with a strict policy
shows them, and a chart prints as it is seen. Axes begin at zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from unspoof.act.svg import INK, frame, plain, text

_BAR = "#1d70b8"
_GRID = "#b1b4b6"
_WIDTH = 720
_LABEL_LENGTH = 34


@dataclass(frozen=True)
class Mark:
    """One bar or column."""

    label: str
    value: int
    said: str
    """The value as it is printed."""
    partial: bool = False
    """Shown with a broken outline: the data do not cover it whole."""


def _box(x: float, y: float, width: float, height: float, mark: Mark) -> str:
    fill = f'fill="none" stroke="{_BAR}" stroke-dasharray="4 3"' if mark.partial else f'fill="{_BAR}"'
    partial = " (partial)" if mark.partial else ""
    title = f"<title>{plain(f'{mark.label}: {mark.said}{partial}')}</title>"
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" {fill}>{title}</rect>'


def _nice_top(highest: int) -> int:
    """Return the least of 1, 2, 4, 5 or 10 times a power of ten that is not below `highest`."""
    power = int(10 ** max(len(str(highest)) - 1, 0))
    return next(step * power for step in (1, 2, 4, 5, 10) if step * power >= highest)


def _grid(top: int, left: float, right: float, base: float, high: float) -> list[str]:
    lines = []
    for quarter in range(5) if top % 4 == 0 else (0, 2, 4) if top % 2 == 0 else (0, 4):
        y = base - (base - high) * quarter / 4
        lines.append(f'<line x1="{left}" y1="{y:.1f}" x2="{right}" y2="{y:.1f}" stroke="{_GRID}" stroke-width="1"/>')
        lines.append(text(left - 8, y + 4, f"{top * quarter // 4:,}", "end", 12))
    return lines


def columns(name: str, title: str, description: str, marks: Sequence[Mark], axis: str) -> str:
    """Draw columns from left to right, such as months or hours.

    Args:
        name: an id that is unique on the page: letters, digits, dashes.
        title: read out by a screen reader and shown on hovering.
        description: what the chart shows, in a sentence, read out after the title.
        marks: at most a few dozen; labels are thinned out so that they do not overlap.
        axis: what stands under the columns.

    """
    left, right, high, base = 84.0, _WIDTH - 8.0, 14.0, 226.0
    top = _nice_top(max((mark.value for mark in marks), default=0) or 1)
    pitch = (right - left) / max(len(marks), 1)
    thick = min(pitch * 0.76, 56.0)
    every = max(1, -(-max((len(mark.label) for mark in marks), default=1) * 8 // max(int(pitch), 1)))
    inner = _grid(top, left, right, base, high)
    for place, mark in enumerate(marks):
        middle = left + pitch * (place + 0.5)
        height = (base - high) * mark.value / top
        inner.append(_box(middle - thick / 2, base - height, thick, height, mark))
        if place % every == 0:
            inner.append(text(middle, base + 18, mark.label, "middle", 12))
    inner.append(text((left + right) / 2, base + 40, axis, "middle", 13))
    return frame(name, title, description, _WIDTH, base + 50, inner)


def bars(name: str, title: str, description: str, marks: Sequence[Mark]) -> str:
    """Draw horizontal bars from top to bottom, such as countries or the steps of a funnel; see `columns`."""
    # Words after a bar are drawn beyond the longest one: digits of this size are at most 7.4 wide.
    room = min(max((len(mark.said) for mark in marks), default=0) * 7.4 + 16.0, 320.0)
    left, right, pitch = 250.0, _WIDTH - room, 30.0
    top = max((mark.value for mark in marks), default=0) or 1
    inner = []
    for place, mark in enumerate(marks):
        y = 6 + pitch * place
        label = mark.label if len(mark.label) <= _LABEL_LENGTH else mark.label[: _LABEL_LENGTH - 1] + "…"
        width = (right - left) * mark.value / top
        inner += [text(left - 10, y + 16, label, "end"), _box(left, y, width, 22, mark)]
        inner.append(text(left + width + 8, y + 16, mark.said))
    line = f'<line x1="{left}" y1="2" x2="{left}" y2="{pitch * len(marks) + 4:.0f}" stroke="{INK}" stroke-width="1"/>'
    return frame(name, title, description, _WIDTH, pitch * len(marks) + 10, [*inner, line])


__all__ = ["Mark", "bars", "columns"]

"""Who paid, what was paid, where it went: three columns with bands as thick as the amounts; it adds nothing up.

Every bar has its name and amount beside it in words. What is not shown by itself is put together by whoever makes the rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from unspoof.act.svg import frame, plain, shortened, text

_WIDTH, _BAR, _TOP, _BARS = 960.0, 14.0, 48.0, 260.0
_LEFT, _RIGHT, _LEAST, _PITCH = 290.0, 670.0, 1.5, 40.0
_FILLS = {"service": "#1d70b8", "other": "#b1b4b6", "unseen": "#f3f2f1", "shop": "#0b0c0c"}
_SAID = {"service": "", "other": "", "unseen": ' stroke="#505a5f" stroke-dasharray="4 3"', "shop": ""}


@dataclass(frozen=True)
class Flow:
    """One bar beside the middle one."""

    label: str
    value: int
    said: str
    """The amount as it is printed."""
    kind: str
    """service, other, or unseen (drawn with a broken outline)."""
    hint: str = ""


@dataclass(frozen=True)
class _Bar:
    flow: Flow
    y: float
    height: float
    row: float
    """The middle of the room that its words have."""


def _stacked(flows: Sequence[Flow], scale: float, high: float) -> list[_Bar]:
    """Put bars below each other, each with at least as much room as its two lines of words need."""
    made, y = [], _TOP
    for flow in flows:
        height = max(flow.value * scale, _LEAST)
        room = max(height + 8, _PITCH)
        made.append(_Bar(flow, y + (room - height) / 2, height, y + room / 2))
        y += room
    down = (high - (y - _TOP)) / 2
    return [_Bar(bar.flow, bar.y + down, bar.height, bar.row + down) for bar in made]


def _room(flows: Sequence[Flow], scale: float) -> float:
    return sum(max(max(flow.value * scale, _LEAST) + 8, _PITCH) for flow in flows)


def _band(x: float, top: float, to: float, low: float, height: float, title: str, kind: str) -> str:
    """Return the band from a bar's whole side to the middle bar's part."""
    half = (x + to) / 2
    way = (
        f"M{x:.1f} {top:.1f}C{half:.1f} {top:.1f} {half:.1f} {low:.1f} {to:.1f} {low:.1f}"
        f"L{to:.1f} {low + height:.1f}C{half:.1f} {low + height:.1f} {half:.1f} {top + height:.1f} {x:.1f} {top + height:.1f}Z"
    )
    fill = "#ffffff" if kind == "unseen" else _FILLS[kind]
    shade = _SAID[kind] or ' fill-opacity="0.35"'
    return f'<path d="{way}" fill="{fill}"{shade}><title>{plain(title)}</title></path>'


def _side(bars: Sequence[_Bar], middle: float, *, left: bool) -> list[str]:
    made, low = [], middle
    for bar in bars:
        flow, words = bar.flow, f"{bar.flow.label}: {bar.flow.said}. {bar.flow.hint}".strip()
        x = _LEFT - _BAR if left else _RIGHT
        edge = (_LEFT, _WIDTH / 2 - _BAR / 2) if left else (_RIGHT, _WIDTH / 2 + _BAR / 2)
        made.append(_band(edge[0], bar.y, edge[1], low, bar.height, words, flow.kind))
        made.append(
            f'<rect x="{x:.1f}" y="{bar.y:.1f}" width="{_BAR:.0f}" height="{bar.height:.1f}" fill="{_FILLS[flow.kind]}"'
            f"{_SAID[flow.kind]}><title>{plain(words)}</title></rect>"
        )
        at, anchor = (x - 8, "end") if left else (x + _BAR + 8, "start")
        room = (at if left else _WIDTH - at) - 6
        made.append(text(at, bar.row - 2, shortened(flow.label, room), anchor))
        made.append(text(at, bar.row + 13, shortened(flow.said, room, 12), anchor, 12))
        low += bar.height
    return made


def sankey(
    name: str, title: str, description: str, sources: Sequence[Flow], middle: str, targets: Sequence[Flow]
) -> str:
    """Draw what came from each source into the middle and went from it to each target.

    Args:
        name: an id that is unique on the page: letters, digits, dashes.
        title: read out by a screen reader and shown on hovering.
        description: what the picture shows, read out after the title.
        sources: at most about a dozen, in the order in which they are drawn.
        middle: the name of what stands between.
        targets: as sources; both sides should add up to the same, the unseen part being one of them.

    """
    most = max(sum(flow.value for flow in side) for side in (sources, targets)) or 1
    scale = _BARS / most
    high = max(_room(sources, scale), _room(targets, scale), _BARS)
    left, right = _stacked(sources, scale, high), _stacked(targets, scale, high)
    top = _TOP + (high - _BARS) / 2
    inner = [
        *_side(left, top, left=True),
        *_side(right, top, left=False),
        f'<rect x="{_WIDTH / 2 - _BAR / 2:.1f}" y="{top:.1f}" width="{_BAR:.0f}" height="{_BARS:.0f}" fill="{_FILLS["shop"]}">'
        f"<title>{plain(middle)}</title></rect>",
        text(_LEFT, 20, "Came from", "end"),
        text(_WIDTH / 2, 20, shortened(middle, 340), "middle"),
        text(_RIGHT, 20, "Went to"),
    ]
    return frame(name, title, description, _WIDTH, _TOP + high + 12, inner)


__all__ = ["Flow", "sankey"]

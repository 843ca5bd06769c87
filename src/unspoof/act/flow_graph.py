"""A trace as a picture: who paid whom from left to right, in layers, with amounts on the lines; it follows no money.

Whose a box is stands in words in it; colour and outline only repeat that. Boxes of a layer never overlap, and each line ends at
a place of its own, where its amount is written.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from unspoof.act.svg import frame, plain, shortened, text

_WIDE, _GAP, _APART = 176.0, 168.0, 16.0
_TOP, _SIDE, _LINE = 54.0, 16.0, 16.0
_STYLES = {
    "start": ("#0b0c0c", 'stroke="#0b0c0c" stroke-width="3"', "#ffffff"),
    "transaction": ("#0b0c0c", 'stroke="#505a5f" stroke-width="1"', "#ffffff"),
    "service": ("#0b0c0c", 'stroke="#1d70b8" stroke-width="4"', "#e8f1f8"),
    "stop": ("#0b0c0c", 'stroke="#505a5f" stroke-width="1" stroke-dasharray="5 4"', "#f3f2f1"),
}


@dataclass(frozen=True)
class Box:
    """One box."""

    key: str
    layer: int
    """0 is the leftmost."""
    kind: str
    """start, transaction, service or stop."""
    title: str
    detail: str
    hint: str = ""
    """Shown on hovering, and read out: the whole id, the reason of a stop."""


@dataclass(frozen=True)
class Line:
    """What one box paid another."""

    source: str
    target: str
    value: int
    """How much, for the line's thickness."""
    said: str
    """The amount as it is printed."""
    hint: str = ""


@dataclass
class _Placed:
    box: Box
    x: float
    y: float
    height: float


def _height(box: Box, lines: Sequence[Line]) -> float:
    into = sum(line.target == box.key for line in lines)
    out = sum(line.source == box.key for line in lines)
    return max(46.0, _LINE * max(into, out) + 8.0)


def _placed(boxes: Sequence[Box], lines: Sequence[Line]) -> dict[str, _Placed]:
    """Give every box its place: layer by layer, each box beside the middle of those that pay it, none upon another."""
    into: defaultdict[str, list[str]] = defaultdict(list)
    for line in lines:
        into[line.target].append(line.source)
    layers: defaultdict[int, list[Box]] = defaultdict(list)
    for box in boxes:
        layers[box.layer].append(box)
    made: dict[str, _Placed] = {}
    for layer in sorted(layers):
        wanted = []
        for place, box in enumerate(layers[layer]):
            before = [made[key] for key in into[box.key] if key in made]
            middle = sum(one.y + one.height / 2 for one in before) / len(before) if before else -1.0
            wanted.append((middle, place, box))
        low = _TOP
        for middle, _, box in sorted(wanted, key=lambda one: (one[0], one[1])):
            height = _height(box, lines)
            y = max(low, middle - height / 2)
            made[box.key] = _Placed(box, _SIDE + layer * (_WIDE + _GAP), y, height)
            low = y + height + _APART
    return made


def _drawn(placed: _Placed) -> str:
    box = placed.box
    _, outline, fill = _STYLES[box.kind]
    title = f"<title>{plain(f'{box.title}: {box.detail}. {box.hint}')}</title>"
    middle, x = placed.y + placed.height / 2, placed.x + 9
    return (
        f'<g><rect x="{placed.x:.1f}" y="{placed.y:.1f}" width="{_WIDE:.0f}" height="{placed.height:.1f}" rx="4"'
        f' fill="{fill}" {outline}>{title}</rect>'
        f"{text(x, middle - 3, shortened(box.title, 21), more=' font-weight=' + chr(34) + 'bold' + chr(34))}"
        f"{text(x, middle + 14, shortened(box.detail, 27), size=12)}</g>"
    )


def _ports(placed: Mapping[str, _Placed], lines: Sequence[Line]) -> list[tuple[Line, float, float]]:
    """Return each line with the heights at which it leaves and arrives, so that lines at one box do not meet."""
    ends: dict[tuple[str, str], list[tuple[float, int]]] = defaultdict(list)
    for number, line in enumerate(lines):
        a, b = placed[line.source], placed[line.target]
        ends["out", line.source].append((b.y + b.height / 2, number))
        ends["in", line.target].append((a.y + a.height / 2, number))
    at: dict[tuple[str, int], float] = {}
    for (side, key), listed in ends.items():
        one = placed[key]
        step = one.height / len(listed)
        for place, (_, number) in enumerate(sorted(listed)):
            at[side, number] = one.y + step * (place + 0.5)
    return [(line, at["out", number], at["in", number]) for number, line in enumerate(lines)]


def _curve(line: Line, placed: Mapping[str, _Placed], start: float, end: float, most: int) -> tuple[str, str]:
    a, b = placed[line.source], placed[line.target]
    x, to = a.x + _WIDE, b.x
    bend = min((to - x) / 2, _GAP * 0.45)
    thick = 1.0 + 5.0 * (line.value / most if most else 0.0)
    way = f"M{x:.1f} {start:.1f}C{x + bend:.1f} {start:.1f} {x + _GAP * 0.3:.1f} {end:.1f} {x + _GAP * 0.42:.1f} {end:.1f}"
    if to - x > _GAP + 1:  # further than the next layer: straight on from there
        way = f"M{x:.1f} {start:.1f}C{x + bend:.1f} {start:.1f} {to - _GAP * 0.9:.1f} {end:.1f} {to - _GAP * 0.58:.1f} {end:.1f}"
    drawn = (
        f'<path d="{way}L{to - 7:.1f} {end:.1f}" fill="none" stroke="#505a5f" stroke-width="{thick:.1f}">'
        f"<title>{plain(f'{a.box.title} to {b.box.title}: {line.said}. {line.hint}')}</title></path>"
        f'<path d="M{to - 8:.1f} {end - 4:.1f}L{to - 1:.1f} {end:.1f}L{to - 8:.1f} {end + 4:.1f}Z" fill="#505a5f"/>'
    )
    halo = ' stroke="#ffffff" stroke-width="4" paint-order="stroke"'
    return drawn, text(to - 10, end - 4, line.said, "end", 11, halo)


def flow_graph(name: str, title: str, description: str, boxes: Sequence[Box], lines: Sequence[Line]) -> str:
    """Draw boxes in layers from left to right and the lines between them.

    Args:
        name: an id that is unique on the page: letters, digits, dashes.
        title: said above the picture and read out.
        description: read out after the title.
        boxes: at most a few hundred; within a layer those without a payer keep their order.
        lines: from a box to one of a later layer.

    """
    placed = _placed(boxes, lines)
    most = max((line.value for line in lines), default=0)
    curves = [_curve(line, placed, start, end, most) for line, start, end in _ports(placed, lines)]
    width = max((one.x for one in placed.values()), default=0.0) + _WIDE + _SIDE
    height = max((one.y + one.height for one in placed.values()), default=_TOP) + 40
    inner = [
        f'<rect width="{width:.0f}" height="{height:.0f}" fill="#ffffff"/>',
        text(_SIDE, 26, title, size=17),
        *(drawn for drawn, _ in curves),
        *(_drawn(one) for one in placed.values()),
        *(said for _, said in curves),
        text(
            _SIDE, height - 14, "thick: start · thin: transaction · double: service · broken: the trace stops", size=12
        ),
    ]
    return frame(name, title, description, width, height, inner)


__all__ = ["Box", "Line", "flow_graph"]

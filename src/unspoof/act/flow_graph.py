"""A trace as a picture: who paid whom from left to right, in layers, with amounts on the lines; it follows no money.

Whose a box is stands in words in it; colour and outline only repeat that. Boxes of a layer never overlap, and each line ends at
a place of its own, where its amount is written.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from unspoof.act.svg import frame, plain, shortened, text

_WIDE, _GAP, _APART = 176.0, 202.0, 16.0
_FLAT = 54.0
"""How far from a box a line has come to its own height, so that its amount stands on a level piece of it."""
_TOP, _SIDE, _LINE, _LEAST = 54.0, 16.0, 18.0, 900.0
_STYLES = {
    "start": ('stroke="#0b0c0c" stroke-width="3"', "#ffffff"),
    "transaction": ('stroke="#505a5f" stroke-width="1"', "#ffffff"),
    "service": ('stroke="#1d70b8" stroke-width="3"', "#e8f1f8"),
    "stop": ('stroke="#505a5f" stroke-width="1" stroke-dasharray="5 4"', "#f3f2f1"),
}
_LEGEND = (
    "Heavy black: where the trace starts. Heavy blue: a service. Broken: the trace stops there, for the reason named."
)


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
    """Where a box stands; or the gap that is left in a layer for a line which passes it."""

    key: str
    layer: int
    height: float
    box: Box | None = None
    x: float = 0.0
    y: float = 0.0

    @property
    def middle(self) -> float:
        return self.y + self.height / 2


@dataclass(frozen=True)
class _Way:
    """A line with the places that it goes through, its own ends included."""

    line: Line
    keys: tuple[str, ...]


def _ways(boxes: Mapping[str, Box], lines: Sequence[Line]) -> list[_Way]:
    """Give each line a gap in every layer that it passes, so that it runs through no box."""
    made = []
    for number, line in enumerate(lines):
        between = range(boxes[line.source].layer + 1, boxes[line.target].layer)
        made.append(_Way(line, (line.source, *(f"\x00{number} {layer}" for layer in between), line.target)))
    return made


def _places(boxes: Mapping[str, Box], ways: Sequence[_Way]) -> dict[str, _Placed]:
    into, out = Counter(w.line.target for w in ways), Counter(w.line.source for w in ways)
    made = {
        key: _Placed(key, box.layer, max(46.0, _LINE * max(into[key], out[key]) + 8.0), box)
        for key, box in boxes.items()
    }
    for way in ways:
        first = boxes[way.line.source].layer
        for at, key in enumerate(way.keys[1:-1], 1):
            made[key] = _Placed(key, first + at, _LINE)
    return made


def _settle(places: Mapping[str, _Placed], ways: Sequence[_Way]) -> None:
    """Put layer after layer, each thing beside the middle of those before it, none upon another."""
    before: defaultdict[str, list[_Placed]] = defaultdict(list)
    for way in ways:
        for source, target in pairwise(way.keys):
            before[target].append(places[source])
    layers: defaultdict[int, list[_Placed]] = defaultdict(list)
    for place in places.values():
        layers[place.layer].append(place)
    for layer in sorted(layers):
        wanted = [
            (sum(one.middle for one in before[p.key]) / len(before[p.key]) if before[p.key] else -1.0, n, p)
            for n, p in enumerate(layers[layer])
        ]
        low = _TOP
        for middle, _, place in sorted(wanted, key=lambda one: one[:2]):
            place.x, place.y = _SIDE + layer * (_WIDE + _GAP), max(low, middle - place.height / 2)
            low = place.y + place.height + (_APART if place.box else 4.0)


def _drawn(place: _Placed, box: Box) -> str:
    outline, fill = _STYLES[box.kind]
    title = f"<title>{plain(f'{box.title}: {box.detail}. {box.hint}')}</title>"
    x, room = place.x + 9, _WIDE - 18
    bold = " font-weight=" + chr(34) + "bold" + chr(34)
    return (
        f'<g><rect x="{place.x:.1f}" y="{place.y:.1f}" width="{_WIDE:.0f}" height="{place.height:.1f}" rx="4"'
        f' fill="{fill}" {outline}>{title}</rect>'
        f"{text(x, place.middle - 3, shortened(box.title, room, bold=True), more=bold)}"
        f"{text(x, place.middle + 14, shortened(box.detail, room, 12), size=12)}</g>"
    )


def _ports(places: Mapping[str, _Placed], ways: Sequence[_Way]) -> list[tuple[float, float]]:
    """Return the heights at which each line leaves and arrives, so that no two lines do so at one place."""
    ends: defaultdict[tuple[str, str], list[tuple[float, int]]] = defaultdict(list)
    for number, way in enumerate(ways):
        ends["out", way.keys[0]].append((places[way.keys[1]].middle, number))
        ends["in", way.keys[-1]].append((places[way.keys[-2]].middle, number))
    at: dict[tuple[str, int], float] = {}
    for (side, key), listed in ends.items():
        step = places[key].height / len(listed)
        for place, (_, number) in enumerate(sorted(listed)):
            at[side, number] = places[key].y + step * (place + 0.5)
    return [(at["out", number], at["in", number]) for number in range(len(ways))]


def _curve(way: _Way, places: Mapping[str, _Placed], start: float, end: float, most: int) -> tuple[str, str]:
    line, target = way.line, places[way.keys[-1]]
    x, y = places[way.keys[0]].x + _WIDE, start
    path = f"M{x:.1f} {y:.1f}"
    for key in way.keys[1:]:
        place = places[key]
        to, height = (place.x, place.middle) if key != way.keys[-1] else (place.x - 7, end)
        level = x + (_FLAT if key == way.keys[-1] else _GAP)
        bend = (level - x) / 2
        path += (
            f"C{x + bend:.1f} {y:.1f} {level - bend:.1f} {height:.1f} {level:.1f} {height:.1f}L{to:.1f} {height:.1f}"
        )
        x, y = place.x + _WIDE, height
        path += f"L{x:.1f} {y:.1f}" if key != way.keys[-1] else ""
    thick = 1.0 + 5.0 * (line.value / most if most else 0.0)
    names = [place.box.title for place in (places[way.keys[0]], target) if place.box]
    drawn = (
        f'<path d="{path}" fill="none" stroke="#505a5f" stroke-width="{thick:.1f}">'
        f"<title>{plain(f'{names[0]} to {names[-1]}: {line.said}. {line.hint}')}</title></path>"
        f'<path d="M{target.x - 9:.1f} {end - 4:.1f}L{target.x - 1:.1f} {end:.1f}L{target.x - 9:.1f} {end + 4:.1f}Z"'
        ' fill="#505a5f"/>'
    )
    halo = ' stroke="#ffffff" stroke-width="3" paint-order="stroke"'
    return drawn, text(target.x - 12, end - 3 - thick / 2, shortened(line.said, _GAP - 40, 11), "end", 11, halo)


def flow_graph(name: str, title: str, description: str, boxes: Sequence[Box], lines: Sequence[Line]) -> str:
    """Draw boxes in layers from left to right and the lines between them.

    Args:
        name: an id that is unique on the page: letters, digits, dashes.
        title: said above the picture and read out.
        description: read out after the title, and said below the picture.
        boxes: at most a few hundred; within a layer those without a payer keep their order.
        lines: from a box to one of a later layer.

    """
    known = {box.key: box for box in boxes}
    ways = _ways(known, lines)
    places = _places(known, ways)
    _settle(places, ways)
    most = max((line.value for line in lines), default=0)
    curves = [_curve(w, places, *ends, most) for w, ends in zip(ways, _ports(places, ways), strict=True)]
    width = max([one.x + _WIDE + _SIDE for one in places.values()] + [_LEAST])
    height = max((one.y + one.height for one in places.values()), default=_TOP) + 64
    inner = [
        f'<rect width="{width:.0f}" height="{height:.0f}" fill="#ffffff"/>',
        text(_SIDE, 26, shortened(title, width - 2 * _SIDE, 17), size=17),
        *(drawn for drawn, _ in curves),
        *(_drawn(place, place.box) for place in places.values() if place.box),
        *(said for _, said in curves),
        text(_SIDE, height - 34, shortened(description, width - 2 * _SIDE, 12), size=12),
        text(_SIDE, height - 14, _LEGEND, size=12),
    ]
    return frame(name, title, description, width, height, inner)


__all__ = ["Box", "Line", "flow_graph"]

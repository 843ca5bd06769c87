"""Pictures of money: well-formed and inside their frame, bars in proportion, boxes apart, words instead of colour alone."""

from __future__ import annotations

import re
from itertools import combinations
from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st

from unspoof.act.flow_graph import Box, Line, flow_graph
from unspoof.act.report.money import MoneySource, money
from unspoof.act.sankey import Flow, sankey
from unspoof.act.svg import room_of, shortened

_SVG = "{http://www.w3.org/2000/svg}"
_NASTY = "<script>alert('x')</script>&\"\u202e"


def _rects(root: ElementTree.Element) -> list[tuple[float, float, float, float]]:
    names = ("x", "y", "width", "height")
    return [tuple(float(box.get(name, "0")) for name in names) for box in root.iter(f"{_SVG}rect")]  # type: ignore[misc]


def _inside(root: ElementTree.Element) -> bool:
    width, height = float(root.get("width", "nan")), float(root.get("height", "nan"))
    fits = all(
        x >= -0.1 and y >= -0.1 and x + w <= width + 0.1 and y + h <= height + 0.1 for x, y, w, h in _rects(root)
    )
    words = [(float(t.get("x", "nan")), float(t.get("y", "nan"))) for t in root.iter(f"{_SVG}text")]
    return fits and all(0 <= x <= width and 0 <= y <= height for x, y in words)


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[Box], list[Line]]:
    """Draw boxes in layers and lines that lead to later layers."""
    kinds = st.sampled_from(["start", "transaction", "service", "stop"])
    layers = draw(st.lists(st.integers(0, 5), min_size=1, max_size=24))
    boxes = [
        Box(f"b{n}", layer, draw(kinds), f"title {n}" * draw(st.integers(1, 4)), "d") for n, layer in enumerate(layers)
    ]
    pairs = [(a, b) for a in boxes for b in boxes if a.layer < b.layer]
    some = (
        draw(st.lists(st.sampled_from(pairs), max_size=30, unique_by=lambda p: (p[0].key, p[1].key))) if pairs else []
    )
    return boxes, [Line(a.key, b.key, draw(st.integers(0, 10**15)), "0.1 BTC") for a, b in some]


@settings(max_examples=60, deadline=None)
@given(graphs())
def test_boxes_never_overlap_and_nothing_lies_outside(drawn: tuple[list[Box], list[Line]]) -> None:
    """One rectangle a box and one for the ground; boxes apart from each other, all within the frame."""
    boxes, lines = drawn
    root = ElementTree.fromstring(flow_graph("g", "Title", "What it shows.", boxes, lines))
    rects = _rects(root)[1:]

    assert len(rects) == len(boxes)
    assert _inside(root)
    for (ax, ay, aw, ah), (bx, by, bw, bh) in combinations(rects, 2):
        assert ax + aw <= bx or bx + bw <= ax or ay + ah <= by or by + bh <= ay


@settings(max_examples=60, deadline=None)
@given(graphs())
def test_no_two_amounts_are_written_upon_each_other(drawn: tuple[list[Box], list[Line]]) -> None:
    """Every line arrives at a place of its own, so amounts at one box stand a line apart."""
    boxes, lines = drawn
    root = ElementTree.fromstring(flow_graph("g", "Title", "What it shows.", boxes, lines))
    places = [(float(t.get("x", "0")), float(t.get("y", "0"))) for t in root.iter(f"{_SVG}text") if t.text == "0.1 BTC"]

    assert len(places) == len(lines)
    assert all(ax != bx or abs(ay - by) >= 12 for (ax, ay), (bx, by) in combinations(places, 2))


def test_a_line_past_a_box_runs_round_it() -> None:
    """A line that skips a layer has a gap of its own there, and goes through no box."""
    boxes = [Box("a", 0, "start", "a", ""), Box("b", 1, "transaction", "b", ""), Box("c", 2, "service", "c", "")]
    drawn = flow_graph("g", "T", "D", boxes, [Line("a", "b", 1, "1"), Line("b", "c", 1, "1"), Line("a", "c", 1, "1")])
    root = ElementTree.fromstring(drawn)
    _, middle, _ = _rects(root)[1:]
    past = [path.get("d", "") for path in root.iter(f"{_SVG}path") if (path.get("d") or "").count("C") == 2]
    level = [
        float(y)
        for x, y in re.findall(r"L([\d.]+) ([\d.]+)", past[0])
        if middle[0] <= float(x) <= middle[0] + middle[2]
    ]

    assert len(past) == 1
    assert level
    assert all(not middle[1] <= y <= middle[1] + middle[3] for y in level)


def test_words_in_pictures_are_text_and_never_markup() -> None:
    """Names that look like markup are read back as text, and marks of direction are made visible."""
    graph = flow_graph("g", _NASTY, _NASTY, [Box("a", 0, "stop", _NASTY, _NASTY, _NASTY)], [])
    flows = sankey(
        "s", _NASTY, _NASTY, [Flow(_NASTY, 5, _NASTY, "service", _NASTY)], _NASTY, [Flow("x", 5, "5", "unseen")]
    )
    for drawn in (graph, flows):
        root = ElementTree.fromstring(drawn)
        assert not list(root.iter("script")) + list(root.iter(f"{_SVG}script"))
        assert "\u202e" not in drawn


def test_pictures_carry_title_and_description_for_screen_readers() -> None:
    """A picture is named by its title and described by a sentence, and says in words what its outlines mean."""
    root = ElementTree.fromstring(flow_graph("g", "Title", "What it shows.", [Box("a", 0, "start", "a", "1 coin")], []))
    words = [t.text for t in root.iter(f"{_SVG}text")]

    assert root.get("aria-labelledby") == "g-title g-desc"
    assert [root.findtext(f"{_SVG}{tag}") for tag in ("title", "desc")] == ["Title", "What it shows."]
    assert "Heavy blue: a service." in str(words[-1])


_SIDE = st.lists(st.integers(0, 2_100_000_000_000_000), min_size=0, max_size=9)


@settings(max_examples=80, deadline=None)
@given(_SIDE, _SIDE)
def test_bars_are_in_proportion_and_inside(left: list[int], right: list[int]) -> None:
    """The larger side fills the middle bar; bars are as high as their amounts, none beyond the picture."""
    sides = [[Flow(f"name {n}", value, str(value), "other") for n, value in enumerate(side)] for side in (left, right)]
    root = ElementTree.fromstring(sankey("s", "T", "D", sides[0], "the shop", sides[1]))
    heights = [h for _, _, _, h in _rects(root)]

    assert _inside(root)
    assert len(heights) == len(left) + len(right) + 1
    if most := max(sum(left), sum(right)):
        for value, height in zip([*left, *right], heights, strict=False):
            assert abs(height - max(value * heights[-1] / most, 1.5)) < 0.1


@given(st.text(min_size=1, max_size=90), st.integers(20, 400))
def test_shortened_words_fit_their_room(words: str, room: int) -> None:
    """What is too wide loses its middle until it fits; what fits stays as it is."""
    made = shortened(words, room)

    assert room_of(made) <= room or len(made) <= 2
    assert len(made) <= len(words)


REACH = {
    "direction": "deposit to", "service": None, "wallet": "w", "txid": "ab" * 32, "place": 1, "holder": "bcrt1qmadeup",
    "value_sat": 150_000_000, "block_at": None, "tag_level": None, "hops": 2, "class": "policy",
}  # fmt: skip


def test_the_money_section_says_amounts_as_on_the_chain_and_unattributed_plainly() -> None:
    """The section has the flow with both sides equal, rows to ask about, and its limits."""
    source = MoneySource(
        verdicts=[
            {
                "verdict": "matched",
                "meaning": "agrees",
                "payments": 2,
                "chain_sat": 5,
                "booked_minor": 300,
                "currency": "GBP",
            }
        ],
        sources=[{"label": "coinhouse", "kind": "service", "value_sat": 300_000_000}],
        targets=[{"label": "other wallets", "kind": "other", "value_sat": 250_000_000}],
        reaches=[REACH],
        reached=9,
        tip="block 7, ff",
    )
    page = money(source)

    assert "1.50000000 BTC" in page
    assert "unattributed" in page
    assert "not seen to leave, or fees" in page
    assert "0.50000000 BTC" in page
    assert "8 more stand in the finding" in page
    assert "reach to block 7, ff" in page


def test_a_case_without_chain_data_has_no_money_section() -> None:
    """Nothing is said of money where nothing was loaded."""
    assert money(None) == money(MoneySource()) == ""


def test_rates_that_nobody_knows_are_called_unknown() -> None:
    """A heuristic whose truth the case lacks has no rate in the report, and the reason stands there."""
    known = {"heuristic": "co-spend", "measure": "recall", "hits": 9, "total": 10, "truth": "addresses of the shop"}
    known |= {"rate_ppm": 900_000, "low_ppm": 596_000, "high_ppm": 982_000, "says": ""}
    unknown = {"heuristic": "coinjoin rules", "measure": "recall", "hits": 0, "total": 0, "truth": "no record says so"}
    unknown |= {"rate_ppm": None, "low_ppm": None, "high_ppm": None, "says": "unknown"}
    flows = [{"label": "x", "value_sat": 5, "kind": "other"}]
    page = money(MoneySource(sources=flows, rates=[known, unknown], tip="block 1"))

    for said in ("90.0 %", "59.6 % to 98.2 %", "9 of 10", "unknown", "no record says so"):
        assert said in page

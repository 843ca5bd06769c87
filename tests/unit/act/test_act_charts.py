"""Charts: well-formed whatever the labels, true to the values, the same each time."""

from __future__ import annotations

from collections.abc import Callable
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unspoof.act.charts import Mark, bars, columns

_NAMES = [("x-title", "Title"), ("x-desc", "What it shows.")]
_SVG = "{http://www.w3.org/2000/svg}"


def _columns(marks: list[Mark]) -> str:
    return columns("x", "Title", "What it shows.", marks, "month")


def _bars(marks: list[Mark]) -> str:
    return bars("x", "Title", "What it shows.", marks)


@pytest.mark.parametrize("draw", [_columns, _bars])
@settings(deadline=None)
@given(values=st.lists(st.integers(0, 2**53), max_size=30))
def test_boxes_are_in_proportion_and_inside(draw: Callable[[list[Mark]], str], values: list[int]) -> None:
    """One box a mark, none beyond the picture, and the highest value has the largest box."""
    root = ElementTree.fromstring(draw([Mark(f"m{n}", value, str(value)) for n, value in enumerate(values)]))
    side = "height" if draw is _columns else "width"
    sizes = [float(box.get(side, "nan")) for box in root.iter(f"{_SVG}rect")]

    assert len(sizes) == len(values)
    assert all(0 <= size <= float(root.get(side, "nan")) for size in sizes)
    if values:
        assert sizes[values.index(max(values))] == max(sizes)


@pytest.mark.parametrize("draw", [_columns, _bars])
def test_labels_are_text_and_never_markup(draw: Callable[[list[Mark]], str]) -> None:
    """A label that looks like markup is read back as it was."""
    label = "<script>alert('x')</script>&\""
    assert "\u202e" not in draw([Mark("\u202e\x00" + label, 3, "3")])
    root = ElementTree.fromstring(draw([Mark(label, 3, "3")]))

    assert any(label in (node.text or "") for node in root.iter(f"{_SVG}title"))
    assert not list(root.iter("script")) + list(root.iter(f"{_SVG}script"))


def test_a_partial_mark_looks_different_and_says_so() -> None:
    """A month that the data do not cover whole is drawn with a broken outline and named partial."""
    drawn = _columns([Mark("2022-03", 5, "5 calls", partial=True), Mark("2022-04", 9, "9 calls")])

    assert drawn.count("stroke-dasharray") == 1
    assert "2022-03: 5 calls (partial)" in drawn


def test_charts_carry_title_and_description_for_screen_readers() -> None:
    """The picture is named by its title and described by a sentence."""
    root = ElementTree.fromstring(_bars([Mark("GB", 1, "1")]))
    named = [root.find(f"{_SVG}{tag}") for tag in ("title", "desc")]

    assert root.get("aria-labelledby") == "x-title x-desc"
    assert [(n.get("id"), n.text) for n in named if n is not None] == [
        ("x-title", "Title"),
        ("x-desc", "What it shows."),
    ]

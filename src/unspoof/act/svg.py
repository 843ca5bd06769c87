"""Pieces of SVG that pictures share: escaped text, the frame with its title and description; no layout is made here.

No script, no style attribute, no font of its own: colours are presentation attributes, so a page with a strict policy
shows them, and a picture prints as it is seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from unspoof.act.formats import visible

INK = "#0b0c0c"
_NARROW, _WIDE = frozenset("ijltf.,:;'|!()[] "), frozenset("mwMW@…%")
FONT = 'font-family="Arial, Helvetica, sans-serif"'


def plain(words: str) -> str:
    """Return words as escaped text in which every character can be seen."""
    return escape(visible(words), quote=True)


def text(x: float, y: float, words: str, anchor: str = "start", size: int = 13, more: str = "") -> str:
    """Return one line of text; `anchor` is start, middle or end, and `more` further attributes."""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" fill="{INK}" {FONT}{more}>'
        f"{plain(words)}</text>"
    )


def room_of(words: str, size: int = 13, *, bold: bool = False) -> float:
    """Return how wide words are at most, roughly: capitals, wide and far-off letters count more; for Arial and its kin."""
    ems = sum(
        0.35 if c in _NARROW else 0.92 if c in _WIDE or ord(c) > 0x2FF else 0.72 if c.isupper() else 0.58 for c in words
    )
    return ems * size * (1.06 if bold else 1.0)


def shortened(words: str, room: float, size: int = 13, *, bold: bool = False) -> str:
    """Return words with as much of their middle left out as they need to be no wider than `room`."""
    words = visible(words)
    if room_of(words, size, bold=bold) <= room:
        return words
    keep = len(words) - 1
    while keep > 1 and room_of(_ends(words, keep), size, bold=bold) > room:
        keep -= 1
    return _ends(words, keep)


def _ends(words: str, keep: int) -> str:
    head = (keep + 1) // 2
    return f"{words[:head]}…{words[len(words) - (keep - head) :]}"


def frame(name: str, title: str, description: str, width: float, height: float, inner: Sequence[str]) -> str:
    """Return a whole picture.

    Args:
        name: an id that is unique on the page: letters, digits, dashes.
        title: read out by a screen reader and shown on hovering.
        description: what the picture shows, read out after the title.
        width: in the picture's own units, as is `height`.
        height: as is `width`.
        inner: its elements.

    """
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}"'
        f' height="{height:.0f}" role="img" aria-labelledby="{name}-title {name}-desc">'
        f'<title id="{name}-title">{plain(title)}</title><desc id="{name}-desc">{plain(description)}</desc>'
        f"{''.join(inner)}</svg>"
    )


__all__ = ["FONT", "INK", "frame", "plain", "room_of", "shortened", "text"]

"""Pieces of SVG that pictures share: escaped text, the frame with its title and description; no layout is made here.

No script, no style attribute, no font of its own: colours are presentation attributes, so a page with a strict policy
shows them, and a picture prints as it is seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from unspoof.act.formats import visible

INK = "#0b0c0c"
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


def shortened(words: str, most: int) -> str:
    """Return words with their middle left out where they are longer than `most` characters."""
    if len(words) <= most:
        return words
    head = (most - 1 + 1) // 2
    return f"{words[:head]}…{words[len(words) - (most - 1 - head) :]}"


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


__all__ = ["FONT", "INK", "frame", "plain", "shortened", "text"]

"""Texts as they may stand in a spreadsheet; no file is written here."""

from __future__ import annotations

import re

_FORMULA = re.compile(r"[=@\t\r\n']|[+-](?![0-9. ]*\Z)")


def harmless(text: str) -> str:
    """Return a text that no spreadsheet program takes for a formula.

    A text that one would take for it (a name such as '=HYPERLINK(...)'; a number such as +44... is none) has an apostrophe
    before it, and so has a text that begins with one: take one leading apostrophe off to have it back.
    """
    return f"'{text}" if _FORMULA.match(text) else text


__all__ = ["harmless"]

"""Several texts in one: ';' between them, so that each can be had back whatever it contains; no CSV.

A ';' or a backslash within a text has a backslash before it.
"""

from __future__ import annotations

import re

_ITEM = re.compile(r"((?:[^;\\]|\\.)*)(; ?|\Z)", re.DOTALL)


def joined_sql(text: str) -> str:
    """Return an SQL expression of a text as it stands in a list: chr(92) is a backslash in every dialect."""
    return f"replace(replace({text}, chr(92), concat(chr(92), chr(92))), ';', concat(chr(92), ';'))"


def split_list(text: str | None) -> list[str]:
    """Return the texts that were joined by ';' or '; '; none for None or an empty text."""
    if not text:
        return []
    items, place = [], 0
    while place <= len(text):
        found = _ITEM.match(text, place)
        if found is None:  # a lone backslash at the end stands for itself
            items.append(text[place:])
            break
        items.append(re.sub(r"\\(.)", r"\1", found[1], flags=re.DOTALL))
        if not found[2]:
            break
        place = found.end()
    return items


__all__ = ["joined_sql", "split_list"]

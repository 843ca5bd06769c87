"""Which regular expressions mean the same to RE2 (DuckDB) and to Java (Spark); it matches nothing.

A pattern is read from left to right, and whatever is not one of the few proven pieces is refused: `^`, `\\z`, literal
characters, classes in brackets, `\\d \\w`, groups, `|`, and repeats.
"""

from __future__ import annotations

import re

_ESCAPES = re.compile(r"\\(?:[dDwWntr]|x[0-9a-fA-F]{2}|[][.\\+*?(){}|^$/@#&~'\"-])")
_END = re.compile(r"\\z")
_REPEAT = re.compile(r"[*+?]|\{[0-9]{1,3}(?:,[0-9]{0,3})?\}")
_CLASS = re.compile(r"\[\^?(?!\])(?:" + _ESCAPES.pattern + r"|[^][\\&]|&(?!&))+\]")
_PLAIN = re.compile(r"[^][\\.$*+?(){}|]")
_OPEN = re.compile(r"\((?:\?:)?(?!\?)")

_TRAPS = (
    (re.compile(r"\$"), "Java's $ also matches before a final newline, RE2's does not", r"`\z`"),
    (re.compile(r"\["), "Java reads a bracket inside a class, and &&, as sets of sets, RE2 as characters", r"`[0-9]`, `\[`"),
    (re.compile(r"\\[sS]"), "Java's \\s holds the vertical tab, RE2's does not", "`[ \\t]` or the characters meant"),
    (re.compile(r"\."), "Java's dot stops at \\r, U+0085, U+2028 and U+2029, RE2's at \\n alone", r"`[^\n]`"),
    (re.compile(r"\(\?[=!<]"), "RE2 has no look-around, so DuckDB refuses the query", "two conditions"),
    (re.compile(r"\(\?"), "RE2 folds case over all of Unicode, Java over ASCII alone", "lower() and a plain pattern"),
    (re.compile(r"\\[1-9]"), "RE2 has no back-references, so DuckDB refuses the query", "two conditions"),
)


def _piece(pattern: str, at: int) -> int:
    """Return where the piece that starts here ends; -1 if it is none that was proven."""
    for kind in (_END, _CLASS, _OPEN, _ESCAPES, _PLAIN):
        if found := kind.match(pattern, at):
            return found.end()
    return at + 1 if pattern[at] in ")|" else -1


def trap(pattern: str) -> tuple[str, str]:
    """Return why a pattern is not proven to match alike, and what to write; two empty texts if it is."""
    at, repeatable = 0, False
    while at < len(pattern):
        if repeatable and (found := _REPEAT.match(pattern, at)):
            at = found.end()
            if pattern[at : at + 1] == "+":
                return "Java takes a second + as possessive, RE2 refuses it.", "one repeat"
            at += pattern[at : at + 1] == "?"
            repeatable = False
            continue
        end = _piece(pattern, at)
        if end < 0:
            known = ((why, write) for kind, why, write in _TRAPS if kind.match(pattern, at))
            why, write = next(known, (f"{pattern[at : at + 2]!r} was not proven to mean the same to RE2 and to Java", ""))
            return why + ".", write or "the pieces listed in docs/sql.md"
        repeatable = pattern[at] not in "(|^" and not _END.match(pattern, at)
        at = end
    return "", ""


def is_anchored(pattern: str) -> bool:
    """Tell whether a pattern can match at the start of the text alone: `^` first, and no alternative beside it."""
    depth = 0
    bare = re.sub(_ESCAPES.pattern, "x", re.sub(_CLASS.pattern, "x", pattern))
    for character in bare:
        depth += (character == "(") - (character == ")")
        if character == "|" and depth == 0:
            return False
    return bare.startswith("^")


def can_be_empty(pattern: str) -> bool:
    """Tell whether a proven pattern can match nothing at all."""
    return re.search(pattern.replace(r"\z", r"\Z"), "") is not None


__all__ = ["can_be_empty", "is_anchored", "trap"]

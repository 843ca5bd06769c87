"""Every error that a user of unspoof can meet; programmer mistakes stay Python's own exceptions.

    UnspoofError                 exit 2
    +-- BadCase                  the folder is no case, is locked, or its settings do not parse
    +-- BadExhibit               the file cannot be read at all: empty, not what it claims, cut off
    |   +-- UnknownFormat        no system recognises the file
    |   +-- NoZone               local times and no zone stated
    +-- BadMapping               a system's TOML file is wrong
    +-- BadRequest               an argument is wrong: unknown table, unknown id, value out of range
    +-- BadReference             a table of reference facts cannot be loaded
    +-- BadSource                a node or server of chain data fails, or gives what was not asked for
    +-- EngineGap                an engine cannot run a step
    +-- FoundWrong               exit 1: a verification that failed

Each class has a `slug`, a heading of docs/errors.md. A message says where, what (masked if it is personal) and how to
mend it; full values stand in the quarantine table and nowhere else.
"""

from __future__ import annotations

from typing import ClassVar


class UnspoofError(Exception):
    """Base of the tree; carries problem, where and hint apart so that doors can show them as they like."""

    slug: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 2

    def __init__(self, problem: str, *, where: str = "", hint: str = "") -> None:
        self.problem = problem
        self.where = where
        self.hint = hint
        super().__init__(str(self))

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        hint = f"\n{self.hint}" if self.hint else ""
        return f"{place}{self.problem}{hint}  [{self.slug}]"


class BadCase(UnspoofError):
    """The folder is no case, is in use by another process, or its settings do not parse."""

    slug = "bad-case"


class BadExhibit(UnspoofError):
    """The file cannot be read at all: empty, damaged from the first byte, or not what it claims to be."""

    slug = "bad-exhibit"


class UnknownFormat(BadExhibit):
    """No known system recognises the file, or several do equally well."""

    slug = "unknown-format"


class NoZone(BadExhibit):
    """The file holds local times and nobody has said in which zone."""

    slug = "no-zone"


class BadMapping(UnspoofError):
    """A system's TOML file names an unknown table, column or format."""

    slug = "bad-mapping"


class BadRequest(UnspoofError):
    """An argument is wrong: an unknown table or id, a value out of range."""

    slug = "bad-request"


class BadReference(UnspoofError):
    """A table of reference facts cannot be loaded: wrong columns, wrong dates, no source."""

    slug = "bad-reference"


class BadSource(UnspoofError):
    """A node or server of chain data cannot be reached, or its answer is not what was asked for."""

    slug = "bad-source"


class EngineGap(UnspoofError):
    """An engine cannot run a step; the message names both."""

    slug = "engine-gap"


class FoundWrong(UnspoofError):
    """A verification that failed; the message names each fault and where it is."""

    slug = "found-wrong"
    exit_code = 1


def mask(value: str, keep: int = 3) -> str:
    """Return `value` with its middle replaced, so that an error can name it without giving it away.

    Args:
        value: any text; control characters are shown as a dot.
        keep: how many characters stay at the start; one stays at the end.

    Returns:
        '+4420••••6' for '+442012346'; values of up to four characters are masked whole.

    """
    text = "".join(c if c.isprintable() else "." for c in value)
    if len(text) <= keep + 1:
        return "•" * len(text)
    shown = text[: keep + 2] if len(text) > 8 else text[:1]
    hidden = min(len(text) - len(shown) - 1, 8)
    return f"{shown}{'•' * hidden}{text[-1]}"


__all__ = [
    "BadCase",
    "BadExhibit",
    "BadMapping",
    "BadReference",
    "BadRequest",
    "BadSource",
    "EngineGap",
    "FoundWrong",
    "NoZone",
    "UnknownFormat",
    "UnspoofError",
    "mask",
]

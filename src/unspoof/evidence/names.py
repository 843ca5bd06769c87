"""Names of files in a case: what a path may be and how a stranger's file name is made safe; no disk is touched."""

from __future__ import annotations

import re

FOLDERS = ("exhibits", "findings", "outputs", "quarantine", "reference", "serving", "tables", "torn")
"""Folders of a case that hold committed files."""

UNLISTED = frozenset({".lock", "case.key", "case.toml", "custody.jsonl", "work"})
"""What stands in a case without being listed by an event; the check looks at each of them in its own way."""

_LONGEST_PATH = 1000
_LONGEST_NAME = 100
_LONGEST_ENDING = 20
# Names that Windows takes for devices: a case may be copied there.
_DEVICE = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\.|\Z)")


def checked_path(path: object) -> str:
    """Return a path relative to the case folder if it may be one.

    Raises:
        ValueError: it is not text, leaves the case, is not under one of FOLDERS, or holds odd characters.

    """
    if not isinstance(path, str) or not path or len(path) > _LONGEST_PATH:
        raise ValueError("a path must be text of 1 to 1,000 characters")
    parts = path.split("/")
    if len(parts) < 2 or parts[0] not in FOLDERS:
        raise ValueError(f"the path {printable(path)} is in no folder of a case")
    if any(part in {"", ".", ".."} for part in parts) or not path.isprintable() or "\\" in path:
        raise ValueError(f"the path {printable(path)} is not plain")
    return path


def printable(name: str) -> str:
    """Return a name that can be shown anywhere: undecodable bytes and control characters are written as escapes."""
    return "".join(c if c.isprintable() else _escape(c) for c in name)


def _escape(character: str) -> str:
    if "\udc80" <= character <= "\udcff":  # a byte of a file name that is no UTF-8, as Python holds it
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape").decode("ascii")


def safe_name(name: str) -> str:
    """Return a file name that every file system takes and that leads nowhere.

    Args:
        name: any file name, as handed over.

    Returns:
        1 to 100 letters, digits, spaces and ._-+()@=, of ASCII only; it does not begin with a dot and keeps the ending.

    """
    base = re.sub(r"[^A-Za-z0-9._+()@= -]", "_", printable(name)).strip(". ")
    if len(base) > _LONGEST_NAME:
        ending = "".join(re.findall(r"\.[^.]*", base)[-2:])[-_LONGEST_ENDING:]
        base = base[: _LONGEST_NAME - len(ending)] + ending
    if not base or _DEVICE.match(base):
        base = f"_{base}"
    return base


__all__ = ["FOLDERS", "UNLISTED", "checked_path", "printable", "safe_name"]

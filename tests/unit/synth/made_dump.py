"""A reader of dumps for tests, slow and independent of src: one pattern for values, one for statements."""

from __future__ import annotations

import re
from pathlib import Path

_INSERT = re.compile(r"^INSERT INTO `(\w+)` VALUES\n(.*?);$", re.MULTILINE | re.DOTALL)
_CREATE = re.compile(r"^CREATE TABLE `(\w+)` \(\n(.*?)\n\) ENGINE", re.MULTILINE | re.DOTALL)
_VALUE = re.compile(r"'((?:[^'\\]|\\.)*)'|([^,()']+)", re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_MEANING = {"n": "\n", "r": "\r", "0": "\0", "Z": "\x1a"}


def columns(text: str) -> dict[str, list[tuple[str, str]]]:
    """Return each table's columns with their declared types, without what follows the type."""
    found = {}
    for table, body in _CREATE.findall(text):
        lines = re.findall(r"^  `([^`]+)` (.+?)(?: NOT NULL| NULL| DEFAULT)", body, re.MULTILINE)
        found[table] = [(name, kind) for name, kind in lines]
    return found


def rows(text: str) -> dict[str, list[dict[str, str | None]]]:
    """Return each table's rows by column name, unescaped; NULL is None."""
    names = {table: [name for name, _ in listed] for table, listed in columns(text).items()}
    found: dict[str, list[dict[str, str | None]]] = {table: [] for table in names}
    for table, body in _INSERT.findall(text):
        # Raw line breaks stand only between rows: inside texts they are escaped.
        for line in body.split("\n"):
            values = [
                None if bare == "NULL" else bare or _ESCAPE.sub(lambda m: _MEANING.get(m[1], m[1]), quoted)
                for quoted, bare in _VALUE.findall(line.strip().rstrip(",")[1:-1])
            ]
            found[table].append(dict(zip(names[table], values, strict=True)))
    return found


def read(path: Path) -> dict[str, list[dict[str, str | None]]]:
    """Return the rows of a dump file."""
    return rows(path.read_text(encoding="utf-8"))

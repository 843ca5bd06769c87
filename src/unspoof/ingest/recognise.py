"""Which system a file belongs to, by its container, tables, columns and first values; it never guesses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from unspoof.errors import UnknownFormat
from unspoof.ingest.container import Survey
from unspoof.ingest.mapping_plan import plan
from unspoof.ingest.system import Recognise, System


@dataclass(frozen=True)
class _Match:
    system: System
    weight: int
    """How many facts of the file the system asked for and found."""
    lacks: tuple[str, ...]
    """What it asked for in vain."""


def recognise(container: str, survey: Survey, systems: Sequence[System], head: pa.Table | None = None) -> System:
    """Return the one system that a file belongs to: the one that asks for most and gets all of it.

    Args:
        container: name of the container that reads the file.
        survey: what it found at a first look.
        systems: those to choose from.
        head: the first rows, for files without a header; without it the column names stand for a row.

    Raises:
        UnknownFormat: none fits (the message names the nearest and what it lacks), or several fit equally well.

    """
    matches = [_match(system, survey, head) for system in systems if container in system.containers]
    fitting = [match for match in matches if not match.lacks]
    best = max((match.weight for match in fitting), default=0)
    chosen = [match.system for match in fitting if match.weight == best]
    if len(chosen) == 1:
        return chosen[0]
    if chosen:
        names = ", ".join(sorted(system.name for system in chosen))
        raise UnknownFormat(f"the file may be of any of these: {names}", hint="Say which with --format NAME.")
    raise UnknownFormat(_nearest(container, matches), hint=_FORMAT_HINT)


_FORMAT_HINT = (
    "Name the format with --format NAME, or write a mapping of your own as docs/systems.md shows and give it with "
    "--format FILE.toml."
)


def _nearest(container: str, matches: Sequence[_Match]) -> str:
    near = [match for match in matches if match.weight]
    if not near:
        return f"no known system writes a {container} file like this one"
    best = max(near, key=lambda match: (match.weight / (match.weight + len(match.lacks)), match.system.name))
    return f"no known system fits; the nearest is {best.system.name}, which lacks {', '.join(best.lacks[:8])}"


def _match(system: System, survey: Survey, head: pa.Table | None) -> _Match:
    asked = system.recognise
    found: list[str] = []
    lacks: list[str] = []
    tables = {_fold(table.name) for table in survey.tables}
    for name in asked.tables:
        (found if _fold(name) in tables else lacks).append(f"table {name}")
    columns = {_fold(column.name) for table in survey.tables for column in table.columns}
    for name in asked.columns:
        (found if _fold(name) in columns else lacks).append(f"column {name}")
    for group in asked.columns_any:
        met = any(_fold(name) in columns for name in group)
        (found if met else lacks).append(f"column {' or '.join(group[:3])}")
    for fact, met in _by_values(asked, survey, head):
        (found if met else lacks).append(fact)
    if not found and not lacks:
        lacks.append("a [recognise] section")
    headerless = bool(asked.count or asked.cell)
    if not lacks and not headerless and not plan(system, survey)[0]:
        lacks.append("a table with the mapped columns")
    return _Match(system, len(found), tuple(lacks))


def _by_values(asked: Recognise, survey: Survey, head: pa.Table | None) -> list[tuple[str, bool]]:
    """Return what a file without a header was asked for, and whether it has it."""
    if not (asked.count or asked.values or asked.cell):
        return []
    rows = _columns(survey, head)
    facts: list[tuple[str, bool]] = []
    if asked.count:
        facts.append((f"{' or '.join(map(str, asked.count))} columns", len(rows) in asked.count))
    for place, pattern in asked.values:
        there = place <= len(rows)
        met = there and all(_matches(f"^(?:{pattern})$", value) for value in rows[place - 1])
        facts.append((f"values like {pattern} in column {place}", met))
    if asked.cell:
        lines = list(zip(*rows, strict=True))
        met = bool(lines) and all(any(_matches(asked.cell, value) for value in line) for line in lines)
        facts.append((f"lines like {asked.cell}", met))
    return facts


def _matches(pattern: str, value: str) -> bool:
    # RE2 is linear in the text, which Python's own expressions are not: the first rows are whatever the file holds
    return bool(pc.match_substring_regex(pa.scalar(value), pattern).as_py())


def _columns(survey: Survey, head: pa.Table | None) -> list[list[str]]:
    """Return the first rows by the column, as texts; NULL as an empty one."""
    if head is not None and head.num_columns:
        return [[_text(value) for value in head.column(i).to_pylist()] for i in range(head.num_columns)]
    return [[column.name] for table in survey.tables[:1] for column in table.columns]


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return "" if value is None else str(value)


def _fold(name: str) -> str:
    return re.sub(r"\s+", " ", name.casefold()).strip()


__all__ = ["recognise"]

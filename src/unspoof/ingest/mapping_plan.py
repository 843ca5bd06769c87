"""Which of a system's table mappings fit which tables of a file, and what they lack; no cells are read here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from unspoof.ingest.container import SourceTable, Survey
from unspoof.ingest.system import Condition, Field, Spec, System, TableMap


@dataclass(frozen=True)
class Plan:
    """One table mapping with the names that the file itself uses."""

    map: TableMap
    """Fields and conditions that the file's columns allow, under the file's own column names."""
    source: SourceTable
    ref_is_key: bool
    """The `*_ref` of the normal table is the source's row key."""


@dataclass(frozen=True)
class Lack:
    """Why a table mapping fits no table of the file."""

    map: TableMap
    source: str
    columns: tuple[str, ...]
    """Needed columns that the table lacks; empty where the table itself is missing."""


def plan(system: System, survey: Survey) -> tuple[tuple[Plan, ...], tuple[Lack, ...]]:
    """Return what of a system can be read from a file, and what cannot.

    Names are compared without regard to case and to blanks around them. A mapping without `from` fits every table that
    has its columns. A table without a name (a CSV) stands for one source table: the first `from` whose columns it has.
    """
    plans: list[Plan] = []
    lacks: list[Lack] = []
    unnamed = _stands_for(system, survey)
    for table_map in system.tables:
        candidates = _candidates(table_map, survey, unnamed)
        fitting = [(source, fit(table_map, source)) for source in candidates]
        plans.extend(_planned(fitted, source) for source, fitted in fitting if isinstance(fitted, TableMap))
        missing = [(source, fitted) for source, fitted in fitting if not isinstance(fitted, TableMap)]
        if len(missing) == len(fitting):
            least = min(missing, key=lambda one: (len(one[1]), one[0].name), default=None)
            lacks.append(Lack(table_map, least[0].name if least else "", least[1] if least else ()))
    return tuple(plans), tuple(lacks)


def _stands_for(system: System, survey: Survey) -> str:
    """Return the `from` that a table without a name stands for; the nearest where none fits, for the message."""
    unnamed = [table for table in survey.tables if not table.name]
    named = [table_map for table_map in system.tables if table_map.source]
    if not unnamed or not named:
        return ""
    results = [(table_map.source, fit(table_map, unnamed[0])) for table_map in named]
    fitting = [source for source, fitted in results if isinstance(fitted, TableMap)]
    return fitting[0] if fitting else min(results, key=lambda one: len(one[1]) if isinstance(one[1], tuple) else 0)[0]


def fit(table_map: TableMap, source: SourceTable) -> TableMap | tuple[str, ...]:
    """Return the mapping under the table's own column names, or the needed columns that the table lacks."""
    names = {_fold(column.name): column.name for column in reversed(source.columns)}
    optional = {_fold(name) for name in table_map.optional}
    missing: list[str] = []
    fields = []
    for one in table_map.fields:
        specs = [spec for spec in one.specs if all(_fold(name) in names for name in spec.needs)]
        absent = [name for spec in one.specs for name in sorted(spec.needs) if _fold(name) not in names]
        if specs:
            fields.append(Field(one.name, tuple(_renamed(spec, names) for spec in specs)))
        elif not all(
            any(_fold(name) in optional for name in spec.needs if _fold(name) not in names) for spec in one.specs
        ):
            missing.append(absent[0])
    where = [c for c in table_map.where if _fold(c.column) in names]
    missing += [c.column for c in table_map.where if _fold(c.column) not in names and _fold(c.column) not in optional]
    if missing:
        return tuple(dict.fromkeys(missing))
    return replace(table_map, fields=tuple(fields), where=_conditions(where, names))


def _candidates(table_map: TableMap, survey: Survey, unnamed: str) -> list[SourceTable]:
    if not table_map.source:
        return list(survey.tables)
    named = [table for table in survey.tables if _fold(table.name) == _fold(table_map.source)]
    if named or _fold(table_map.source) != _fold(unnamed):
        return named
    return [table for table in survey.tables if not table.name]


def _planned(table_map: TableMap, source: SourceTable) -> Plan:
    key = table_map.key or source.key
    ref = next(
        (one for one in table_map.fields if one.name in ("call_ref", "invoice_ref", "payment_ref", "report_ref")), None
    )
    whole = ref is not None and all(
        len(spec.columns) == 1 and not (spec.mapping or spec.pattern or spec.when or spec.default) for spec in ref.specs
    )
    is_key = whole and ref is not None and len(ref.specs) == 1 and len(key) == 1
    return Plan(table_map, source, bool(is_key and ref and _fold(ref.specs[0].columns[0]) == _fold(key[0])))


def _renamed(spec: Spec, names: dict[str, str]) -> Spec:
    def own(name: str) -> str:
        return names[_fold(name)] if name else ""

    return replace(
        spec,
        columns=tuple(own(name) for name in spec.columns),
        plus=own(spec.plus),
        minus=own(spec.minus),
        when=_conditions(spec.when, names),
    )


def _conditions(conditions: Iterable[Condition], names: dict[str, str]) -> tuple[Condition, ...]:
    return tuple(replace(c, column=names[_fold(c.column)]) for c in conditions)


def _fold(name: str) -> str:
    return " ".join(name.casefold().split())


__all__ = ["Lack", "Plan", "fit", "plan"]

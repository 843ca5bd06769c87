"""The TOML of a system to a System, strictly: every key is known and every value of its type; no files."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

import pyarrow as pa
import pyarrow.compute as pc

from unspoof.errors import BadMapping, BadRequest
from unspoof.ingest.container import Options
from unspoof.ingest.system_parts import Condition, Field, Recognise, Spec, System, TableMap
from unspoof.model.tables import NORMAL_FORM, OUTCOMES, PAYMENT_STATUSES, Column, Table
from unspoof.parse import durations, times
from unspoof.parse.zones import check_zone

_OPTION_KEYS = ("columns", "comment", "delimiter", "encoding", "escape", "header", "pattern", "quote", "sheet")
_SOURCE_KEYS = (
    *_OPTION_KEYS, "container", "harmless", "home", "name", "nulls", "secrets", "service", "title", "zone",
)  # fmt: skip
_RECOGNISE_KEYS = ("cell", "columns", "columns_any", "count", "tables", "values")
_TABLE_KEYS = ("from", "key", "optional", "service", "where")
_SPEC_KEYS = ("column", "decimal", "format", "home", "map", "minus", "pattern", "plus", "unit", "value", "when", "zone")
_CONDITION_KEYS = ("not", "not_pattern", "pattern")
_TEXT_FORMATS = ("country", "currency", "yesno")
_MONEY_FORMATS = ("major", "minor")
_CLOSED = {
    ("calls", "outcome"): OUTCOMES,
    ("invoices", "status"): PAYMENT_STATUSES,
    ("payments", "status"): PAYMENT_STATUSES,
}
"""Columns that take only certain values, so that a system must map to them."""


@dataclass(frozen=True)
class _At:
    """A place in the file, for messages."""

    where: str
    path: str = ""

    def down(self, key: object) -> _At:
        return _At(self.where, f"{self.path}.{key}" if self.path else str(key))

    def fail(self, problem: str, allowed: Collection[str] = (), hint: str = "") -> NoReturn:
        place = f"{self.where}, {self.path}" if self.path else self.where
        listed = f"Allowed: {', '.join(allowed)}." if allowed else hint
        raise BadMapping(problem, where=place, hint=listed or "The language is described in docs/systems.md.")


def read_system(text: str, where: str) -> System:
    """Read one system; see `load_system`."""
    top = _At(where)
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadMapping(f"not TOML: {error}", where=where, hint="docs/systems.md has a whole example.") from error
    _known(document, ("recognise", "source", "table"), top)
    source = _table(document.get("source", {}), top.down("source"))
    at = top.down("source")
    _known(source, _SOURCE_KEYS, at)
    recognise = _recognise(_table(document.get("recognise", {}), top.down("recognise")), top.down("recognise"))
    system = System(
        name=_text(source, "name", at, needed=True),
        title=_text(source, "title", at),
        containers=_texts(source, "container", at, needed=True),
        options=_options(source, at),
        recognise=recognise,
        zone=_zone(source, at),
        home=_text(source, "home", at).upper(),
        service=_text(source, "service", at),
        nulls=_texts(source, "nulls", at),
        secrets=frozenset(name.lower() for name in _texts(source, "secrets", at)),
        harmless=frozenset(name.lower() for name in _texts(source, "harmless", at)),
        tables=_table_maps(document, top),
    )
    _refuse_secrets(system, top)
    return system


def _options(source: Mapping[str, Any], at: _At) -> Options:
    header = source.get("header")
    if header is not None and not isinstance(header, bool):
        at.down("header").fail("must be true or false")
    return Options(
        delimiter=_text(source, "delimiter", at),
        quote=_text(source, "quote", at, default='"'),
        escape=_text(source, "escape", at),
        encoding=_text(source, "encoding", at),
        header=header,
        columns=_texts(source, "columns", at),
        sheet=_text(source, "sheet", at),
        pattern=_text(source, "pattern", at),
        comment=_text(source, "comment", at),
    )


def _recognise(given: Mapping[str, Any], at: _At) -> Recognise:
    _known(given, _RECOGNISE_KEYS, at)
    groups = given.get("columns_any", [])
    if not isinstance(groups, list) or not all(
        isinstance(g, list) and all(isinstance(n, str) for n in g) for g in groups
    ):
        at.down("columns_any").fail('must be a list of lists of column names, e.g. [["Date", "Incident Date"]]')
    counts = given.get("count", [])
    counts = [counts] if isinstance(counts, int) else counts
    if not isinstance(counts, list) or not all(type(count) is int and count > 0 for count in counts):
        at.down("count").fail("must be a number of columns, or a list of them")
    values = _table(given.get("values", {}), at.down("values"))
    for place, pattern in values.items():
        if not place.isdigit() or int(place) < 1 or not isinstance(pattern, str):
            at.down("values").fail('must be {"position from 1" = "pattern"}')
        _check_pattern(pattern, at.down("values").down(place))
    return Recognise(
        tables=_texts(given, "tables", at),
        columns=_texts(given, "columns", at),
        columns_any=tuple(tuple(group) for group in groups),
        count=tuple(counts),
        values=tuple(sorted((int(place), pattern) for place, pattern in values.items())),
        cell=_pattern(given, "cell", at),
    )


def _table_maps(document: Mapping[str, Any], top: _At) -> tuple[TableMap, ...]:
    given = _table(document.get("table", {}), top.down("table"))
    names = [table.name for table in NORMAL_FORM]
    if not given:
        top.down("table").fail("maps nothing", names)
    maps: list[TableMap] = []
    for name, entry in given.items():
        if name not in names:
            top.down("table").down(name).fail("is no table of the normal form", names)
        table = NORMAL_FORM[names.index(name)]
        entries = entry if isinstance(entry, list) else [entry]
        for number, one in enumerate(entries, 1):
            at = top.down(f"table.{name}" + (f"[{number}]" if isinstance(entry, list) else ""))
            maps.append(_table_map(table, _table(one, at), at))
    return tuple(maps)


def settable(table: Table) -> tuple[str, ...]:
    """Return the columns of a table that a system may map; the others are worked out from them."""
    roles = tuple(name[: -len("_raw")] for name in table.names if name.endswith("_raw"))
    derived = {f"{role}_{part}" for role in roles for part in ("e164", "country", "kind")}
    derived |= {"account_id", "ref_is_key", "locator", "locator_size"}
    derived |= {table.names[0]} | ({"at"} if table.name == "calls" else set())
    return tuple(name for name in table.names if name not in derived)


def _table_map(table: Table, given: Mapping[str, Any], at: _At) -> TableMap:
    allowed = settable(table)
    fields = {key: value for key, value in given.items() if key not in _TABLE_KEYS}
    _known(fields, allowed, at)
    if not fields:
        at.fail("maps no column", allowed)
    if table.name == "accounts" and "account_ref" not in fields:
        at.fail("an account needs its account_ref: the service's own key of it")
    return TableMap(
        table=table,
        source=_text(given, "from", at),
        fields=tuple(_field(table, name, fields[name], at.down(name)) for name in allowed if name in fields),
        where=_conditions(given.get("where", {}), at.down("where")),
        key=_texts(given, "key", at),
        optional=frozenset(_texts(given, "optional", at)),
        service=_text(given, "service", at),
    )


def _field(table: Table, name: str, given: Any, at: _At) -> Field:
    ways = given if isinstance(given, list) else [given]
    if not ways:
        at.fail("is an empty list")
    column = table.column(name)
    many = len(ways) > 1
    specs = (_spec(table, column, way, at.down(f"[{i}]") if many else at) for i, way in enumerate(ways, 1))
    return Field(name, tuple(specs))


def _spec(table: Table, column: Column, given: Any, at: _At) -> Spec:
    if isinstance(given, str):
        given = {"column": given}
    if not isinstance(given, dict):
        at.fail("must be a column name, a table such as {column = ..., format = ...}, or a list of these")
    _known(given, _SPEC_KEYS, at)
    columns = _texts(given, "column", at)
    value = _text(given, "value", at) if "value" in given else None
    if bool(columns) == (value is not None):
        at.fail("must name either `column` or `value`")
    mapping = _table(given.get("map", {}), at.down("map"))
    for key, target in mapping.items():
        if not isinstance(target, str):
            at.down("map").down(key).fail("must be a text")
    spec = Spec(
        columns=columns,
        formats=_texts(given, "format", at),
        unit=_text(given, "unit", at, default="s"),
        mapping=tuple((key, target) for key, target in mapping.items() if key != "*"),
        default=mapping.get("*"),
        pattern=_pattern(given, "pattern", at, group=True),
        value=value,
        zone=_zone(given, at),
        plus=_text(given, "plus", at),
        minus=_text(given, "minus", at),
        when=_conditions(given.get("when", {}), at.down("when")),
        decimal=_text(given, "decimal", at),
        home=_text(given, "home", at).upper(),
    )
    return _check_spec(table, column, spec, given, at)


def _check_spec(table: Table, column: Column, spec: Spec, given: Mapping[str, Any], at: _At) -> Spec:
    """Check what depends on the type of the column, and fill in its default format."""
    kind = _kind(column)
    fitting = {
        "time": ("format", "minus", "plus", "unit", "zone"),
        "length": ("unit",),
        "money": ("decimal", "format"),
        "number": ("home",),
        "text": ("format",),
        "whole": (),
    }[kind]
    general = ("column", "map", "pattern", "value", "when")
    _known(given, (*general, *fitting), at)
    if kind == "time":
        return _check_time(spec, at)
    if kind == "length" and spec.unit not in (*durations.UNITS, "hms"):
        at.down("unit").fail(f"{spec.unit!r} is no unit of a length", (*durations.UNITS, "hms"))
    if kind == "money" and (len(spec.formats) != 1 or spec.formats[0] not in _MONEY_FORMATS) and spec.value is None:
        at.down("format").fail("an amount must say in which unit it stands", _MONEY_FORMATS)
    if spec.decimal not in ("", ".", ","):
        at.down("decimal").fail("is no decimal mark", ('"."', '","'))
    if kind == "text" and spec.formats and (len(spec.formats) > 1 or spec.formats[0] not in _TEXT_FORMATS):
        at.down("format").fail(f"{spec.formats[0]!r} is no format for a text", _TEXT_FORMATS)
    if column.name == "secret_print" and (spec.mapping or spec.pattern or spec.formats or len(spec.columns) != 1):
        at.fail("takes one column, whole: it is replaced by its keyed hash")
    _check_closed(table, column, spec, at)
    return spec


def _check_time(spec: Spec, at: _At) -> Spec:
    for name in spec.formats:
        if problem := times.check_format(name):
            at.down("format").fail(f"{name!r}: {problem}")
    if spec.unit not in times.UNITS:
        at.down("unit").fail(f"{spec.unit!r} is no unit of an epoch", tuple(times.UNITS))
    if spec.value is not None:
        at.down("value").fail("a time cannot be the same for all rows")
    return spec if spec.formats else Spec(**{**spec.__dict__, "formats": ("iso",)})


def _check_closed(table: Table, column: Column, spec: Spec, at: _At) -> None:
    allowed = _CLOSED.get((table.name, column.name))
    if allowed is None:
        return
    given = [target for _, target in spec.mapping] + [spec.default, spec.value]
    for target in given:
        if target and target not in allowed:
            at.fail(f"{target!r} is no {column.name}", allowed)
    if spec.value is None and not spec.mapping and spec.default is None:
        at.fail(f"needs a `map` of the source's values to an {column.name}", allowed)


def _kind(column: Column) -> str:
    if column.type == "timestamp":
        return "time"
    if column.name.endswith("_s"):
        return "length"
    if column.name.endswith(("_minor", "_sat")):
        return "money"
    if column.type in ("int32", "int64"):
        return "whole"
    return "number" if column.name.endswith("_raw") else "text"


def _conditions(given: Any, at: _At) -> tuple[Condition, ...]:
    conditions = []
    for column, test in _table(given, at).items():
        place = at.down(column)
        negate, pattern = False, ""
        if isinstance(test, dict):
            _known(test, _CONDITION_KEYS, place)
            if len(test) != 1:
                place.fail("must hold one test", _CONDITION_KEYS)
            key = next(iter(test))
            negate, value = key.startswith("not"), test[key]
            if key.endswith("pattern"):
                pattern, test = _pattern(test, key, place), []
            else:
                test = value
        values = [test] if isinstance(test, str) else test
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            place.fail("must be a text, a list of texts, {not = [...]}, {pattern = ...} or {not_pattern = ...}")
        conditions.append(Condition(column, tuple(values), negate, pattern))
    return tuple(conditions)


def _refuse_secrets(system: System, top: _At) -> None:
    """Refuse a mapping that would put a secret column, or a part of one, into a table in the clear."""
    for table_map in system.tables:
        at = top.down(f"table.{table_map.table.name}")
        for one in table_map.fields:
            for spec in one.specs:
                shown = spec.needs - (set(spec.columns) if one.name == "secret_print" else set())
                _check_shown(system, shown, at.down(one.name))
        _check_shown(system, {c.column for c in table_map.where}, at.down("where"))


def _check_shown(system: System, columns: Collection[str], at: _At) -> None:
    for column in sorted(columns):
        if system.is_secret(column):
            at.fail(
                f"column {column!r} may hold a secret by its name, and would be kept in the clear",
                hint="Map a password to accounts.secret_print, which keeps a keyed hash only; or, if the column holds "
                "no secret, list it under [source] harmless.",
            )


# -- values of their types ------------------------------------------------------------------------------


def _known(given: Mapping[str, Any], allowed: Collection[str], at: _At) -> None:
    for key in given:
        if key not in allowed:
            at.down(key).fail("is not known here", sorted(allowed))


def _table(given: Any, at: _At) -> dict[str, Any]:
    if not isinstance(given, dict):
        at.fail("must be a table")
    return given


def _text(given: Mapping[str, Any], key: str, at: _At, *, default: str = "", needed: bool = False) -> str:
    value = given.get(key, default)
    if not isinstance(value, str):
        at.down(key).fail("must be a text")
    if needed and not value:
        at.down(key).fail("is missing")
    return value


def _texts(given: Mapping[str, Any], key: str, at: _At, *, needed: bool = False) -> tuple[str, ...]:
    value = given.get(key, [])
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(one, str) and one for one in values):
        at.down(key).fail("must be a text or a list of texts, none of them empty")
    if needed and not values:
        at.down(key).fail("is missing")
    return tuple(values)


def _zone(given: Mapping[str, Any], at: _At) -> str:
    name = _text(given, "zone", at)
    if not name:
        return ""
    try:
        return check_zone(name)
    except BadRequest as error:
        at.down("zone").fail(error.problem, hint=error.hint)


def _pattern(given: Mapping[str, Any], key: str, at: _At, *, group: bool = False) -> str:
    pattern = _text(given, key, at)
    if not pattern:
        return ""
    _check_pattern(pattern, at.down(key))
    if not group:
        return pattern
    marked = first_group(pattern)
    if not marked:
        at.down(key).fail("needs a group in round brackets: the part of the text to keep")
    _check_pattern(marked, at.down(key))
    return marked


def _check_pattern(pattern: str, at: _At) -> None:
    try:
        pc.match_substring_regex(pa.array([""]), pattern)
    except pa.ArrowInvalid as error:
        at.fail(f"is no regular expression that RE2 knows: {str(error).splitlines()[0][:200]}")


def first_group(pattern: str) -> str:
    """Return a regular expression with its first group named `found` and the others unnamed; '' if it has no group."""
    out, place, named, in_class = [], 0, False, False
    while place < len(pattern):
        char = pattern[place]
        if char == "\\":
            out.append(pattern[place : place + 2])
            place += 2
            continue
        if char == "[" or (char == "]" and in_class):
            in_class = char == "["
        elif char == "(" and not in_class:
            opening = next((start for start in ("(?P<", "(?<") if pattern.startswith(start, place)), "")
            if opening or not pattern.startswith("(?", place):
                place = pattern.index(">", place) + 1 if opening and ">" in pattern[place:] else place + 1
                out.append("(?:" if named else "(?P<found>")
                named = True
                continue
        out.append(char)
        place += 1
    return "".join(out) if named else ""


__all__ = ["first_group", "read_system", "settable"]

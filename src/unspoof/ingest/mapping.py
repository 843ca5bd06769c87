"""Source cells to rows of the normal form, a batch at a time and by the column; the shapes of files are not its part.

A row is refused, with its reason, where a mapped column holds what cannot be read: bytes that are no text, an
impossible date, a length or an amount that is none. Nothing is guessed and no other row suffers. rows read = rows
mapped + rows refused, for each source table and normal table; rows that `where` leaves out are counted beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from unspoof.errors import BadMapping
from unspoof.ingest.container import Batch, Refused, Survey
from unspoof.ingest.mapping_cells import MASKED, Cells, Fault, Mask, joined
from unspoof.ingest.mapping_complete import complete_calls
from unspoof.ingest.mapping_fields import (
    Numbers,
    Zones,
    account_ids,
    amounts,
    each_distinct,
    lengths,
    moments,
    nothing,
    prints,
    texts,
    wholes,
)
from unspoof.ingest.mapping_plan import Lack, Plan, plan
from unspoof.ingest.system import Spec, System
from unspoof.model.arrow import schema
from unspoof.model.evidence import ROW_BITS
from unspoof.model.tables import QUARANTINE, SIGNALS, Column, Table
from unspoof.parse.sip_address import first_number

NumberReader = Callable[[pa.StringArray, str], pa.Table]
"""Raw numbers and the home country to a table of e164 (int64), country and kind (text), row for row."""


@dataclass(frozen=True)
class Reading:
    """What an investigator states, and a case sets, for the reading of one exhibit."""

    exhibit: int
    zone: str
    """IANA zone of local times; empty if nobody has stated one."""
    home: str
    """ISO country in which national numbers are read."""
    currency: str
    """ISO 4217 code for amounts whose currency the source does not give."""
    service: str
    """Name of the service whose accounts these are; empty: the system's own."""
    key: bytes
    """The case's key for the keyed hashes of secrets."""
    numbers: NumberReader


@dataclass(frozen=True)
class Mapped:
    """The rows of one batch in one table of the normal form."""

    table: Table
    rows: pa.Table
    """Exactly the schema of the table."""
    refused: pa.Table
    """Exactly the schema of QUARANTINE."""
    read: int
    """Rows mapped and rows refused."""
    passed_over: int
    """Rows that no mapping to this table counts; not among those read. Said once where there are several."""


class Mapper:
    """Maps the batches of one exhibit. Holds no state between batches, so several threads may call `map`."""

    def __init__(self, system: System, survey: Survey, reading: Reading) -> None:
        """Find what of the system fits the file.

        Raises:
            BadMapping: none of it does, or a table of that name lacks a column that the mapping needs.

        """
        self._system = system
        self._reading = reading
        self._plans, self._lacks = plan(system, survey)
        lacking = [lack for lack in self._lacks if lack.columns]
        if self._plans:
            lacking = [lack for lack in lacking if _is_meant(lack, self._plans, survey)]
        if not self._plans or lacking:
            _refuse(system, survey, [(lack.source, lack.columns) for lack in lacking])

    @property
    def wanted(self) -> Mapping[str, frozenset[str]]:
        """Source tables and the columns to read of each."""
        wanted: dict[str, frozenset[str]] = {}
        for one in self._plans:
            wanted[one.source.name] = wanted.get(one.source.name, frozenset()) | one.map.needs
        return wanted

    @property
    def tables(self) -> tuple[tuple[str, str], ...]:
        """Source table and table of the normal form, for each mapping that the file allows."""
        return tuple((one.source.name, one.map.table.name) for one in self._plans)

    @property
    def absent(self) -> tuple[str, ...]:
        """What the system maps and the file does not have: the source table, else the normal table and what it lacks."""
        told = {
            lack.map.source or f"{lack.map.table.name} (no {', '.join(lack.columns[:5])})": None for lack in self._lacks
        }
        return tuple(told)

    def needs_zone(self) -> list[str]:
        """Return the source columns, as table.column, that may hold local times of a zone that nobody has stated."""
        found: dict[str, None] = {}
        for one in self._plans:
            zones = self._zones(one)
            times = [f for f in one.map.fields if one.map.table.column(f.name).type == "timestamp"]
            for spec in (spec for field in times for spec in field.specs):
                if spec.formats and not _settled(spec) and not zones.of(spec):
                    found.update(dict.fromkeys(f"{one.source.name}.{c}".lstrip(".") for c in spec.columns[:1]))
        return list(found)

    def map(self, batch: Batch) -> list[Mapped]:
        """Map one batch to each table of the normal form that its source table feeds.

        Rows that the container itself refused are counted with the first of them. Where several mappings feed one
        normal table, a row is passed over only if all of them leave it out.
        """
        plans = [one for one in self._plans if one.source.name == batch.table.name]
        maps = [_Rows(self._system, self._reading, one, batch, self._zones(one)) for one in plans]
        left_out: dict[str, Mask] = {}
        for rows in maps:
            others = left_out.get(rows.table.name)
            left_out[rows.table.name] = ~rows.counted if others is None else others & ~rows.counted
        found = []
        for number, rows in enumerate(maps):
            passed_over = int(left_out.pop(rows.table.name).sum()) if rows.table.name in left_out else 0
            found.append(rows.mapped(batch.refused if number == 0 else (), passed_over))
        return found

    def _zones(self, one: Plan) -> Zones:
        fixed = {column.name: column.zone for column in one.source.columns if column.zone}
        return Zones(fixed, self._system.zone or self._reading.zone)


def _is_meant(lack: Lack, plans: Sequence[Plan], survey: Survey) -> bool:
    """Say whether the table that lacks columns is the one that the mapping is for, so that its rows would be lost.

    A system may describe several files. What it says of another one lacks nearly everything here, and that is no fault.
    A mapping that names its table is for that table; one that names none is for a table with half of its columns.
    """
    if lack.map.source:
        return bool(lack.source) or any(one.map.source.casefold() == lack.map.source.casefold() for one in plans)
    there = {column.name.casefold().strip() for t in survey.tables if t.name == lack.source for column in t.columns}
    wanted = {name.casefold().strip() for name in lack.map.needs}
    return 2 * len(wanted & there) >= len(wanted)


def _settled(spec: Spec) -> bool:
    """Say whether every text that fits the formats states its own zone."""
    return all(name in ("epoch", "iso-offset") or "%z" in name for name in spec.formats)


def _refuse(system: System, survey: Survey, lacking: list[tuple[str, tuple[str, ...]]]) -> None:
    if lacking:
        said = "; ".join(f"table {name or '(unnamed)'} lacks column {', '.join(columns)}" for name, columns in lacking)
        has = {table.name: [column.name for column in table.columns] for table in survey.tables}
        columns = ", ".join(has.get(lacking[0][0], [])[:60])
        hint = f"It has: {columns}. Name a column that only some versions have under `optional`."
        raise BadMapping(f"the file does not fit: {said}", where=f"system {system.name}", hint=hint)
    mapped = sorted({table_map.source or "(any)" for table_map in system.tables})
    found = sorted({table.name or "(unnamed)" for table in survey.tables})
    raise BadMapping(
        f"the file has none of the tables that are mapped ({', '.join(mapped)})",
        where=f"system {system.name}",
        hint=f"It has: {', '.join(found[:60])}.",
    )


class _Rows:
    """One batch on its way into one table."""

    def __init__(self, system: System, reading: Reading, one: Plan, batch: Batch, zones: Zones) -> None:
        self.system, self.reading, self.plan, self.batch, self.zones = system, reading, one, batch, zones
        self.table = one.map.table
        self.fields = {field.name: field for field in one.map.fields}
        self.cells = Cells(batch, system.nulls)
        self.counted = self.cells.passes(one.map.where)
        self.numbers: dict[str, Numbers] = {}
        self.texts: dict[str, pa.Array] = {}

    def mapped(self, refused_before: tuple[Refused, ...], passed_over: int) -> Mapped:
        """Evaluate every column, then part the rows that can be kept from those that cannot."""
        self._fill_texts()
        self._fill_numbers()
        self._complete()
        faults = [*self.cells.faults, *(f for numbers in self.numbers.values() for f in numbers.faults)]
        if self.table.name == "accounts":
            missing = np.asarray(pc.is_null(self.texts["account_ref"]))
            columns = self.fields["account_ref"].specs[0].columns
            faults.append(Fault(missing, columns, "an account without its key"))
        spoilt = np.zeros(self.cells.rows, dtype=np.bool_)
        for fault in faults:
            spoilt |= fault.rows
        kept = np.flatnonzero(self.counted & ~spoilt)
        refused = self._quarantine(faults, refused_before)
        rows = self._rows(kept)
        return Mapped(self.table, rows, refused, len(rows) + len(refused), passed_over)

    # -- columns --

    def _fill_texts(self) -> None:
        for name, field in self.fields.items():
            if name == "secret_print":
                ways = [prints(spec, self.cells, self.reading.key) for spec in field.specs]
            elif self.table.column(name).type == "text":
                ways = [texts(spec, self.cells, raw=name.endswith("_raw")) for spec in field.specs]
            else:
                continue
            self.texts[name] = self._first_with_text(ways)

    def _first_with_text(self, ways: list[pa.StringArray]) -> pa.StringArray:
        if len(ways) == 1:
            return ways[0]
        filled = [pc.if_else(pc.equal(way, ""), pa.scalar(None, pa.string()), way) for way in ways]
        return pc.coalesce(*filled, ways[0])

    def _fill_numbers(self) -> None:
        if "currency" in self.table.names:
            default = pa.scalar(self.reading.currency or None, pa.string())
            given = self.texts.get("currency", pa.nulls(self.cells.rows, pa.string()))
            self.texts["currency"] = pc.coalesce(pc.utf8_upper(given), default)
        for name, field in self.fields.items():
            column = self.table.column(name)
            if column.type != "text":
                self.numbers[name] = self._first_known([self._way(column, spec) for spec in field.specs])

    def _first_known(self, ways: list[Numbers]) -> Numbers:
        first, *others = ways
        for other in others:
            first.fill_from(other)
        return first

    def _way(self, column: Column, spec: Spec) -> Numbers:
        if column.type == "timestamp":
            return moments(spec, self.cells, self.zones, end_of_day=column.name == "incident_to")
        if column.name.endswith("_s"):
            return lengths(spec, self.cells)
        if not column.name.endswith(("_minor", "_sat")):
            return wholes(spec, self.cells, (1 << 31) - 1 if column.type == "int32" else 10**18)
        if column.name.endswith("_sat"):  # a table of coins need not say in which currency it is
            return amounts(spec, self.cells, pa.nulls(self.cells.rows, pa.string()), satoshi=True)
        return amounts(spec, self.cells, pc.fill_null(self.texts["currency"], ""))

    def _complete(self) -> None:
        rows = self.cells.rows
        if self.table.name == "calls":
            outcome = self._listed("outcome")
            self.texts["outcome"] = complete_calls(self.numbers, outcome, rows)
        elif self.table.name in ("payments", "invoices"):
            mapped = "status" in self.fields
            self.texts["status"] = pc.coalesce(self._listed("status"), pa.scalar("unknown" if mapped else "completed"))
        elif self.table.name == "reports" and "incident_from" in self.fields:
            specs = self.fields["incident_from"].specs
            last = self._first_known([moments(spec, self.cells, self.zones, end_of_day=True) for spec in specs])
            self.numbers.setdefault("incident_to", nothing(rows)).fill_from(last)
            self.numbers["incident_from"].odd.pop("date-only", None)
            self.numbers["incident_to"].odd.pop("date-only", None)

    def _listed(self, name: str) -> pa.StringArray:
        """Return a column of closed values as mapped: a value that the map does not list is unknown."""
        if name not in self.fields:
            return pa.nulls(self.cells.rows, pa.string())
        targets = [
            t for spec in self.fields[name].specs for t in (*(t for _, t in spec.mapping), spec.default, spec.value)
        ]
        known = pa.array(sorted({target for target in targets if target}), pa.string())
        given = self.texts[name]
        return pc.if_else(pc.or_(pc.is_null(given), pc.is_in(given, value_set=known)), given, "unknown")

    # -- rows --

    def _rows(self, kept: NDArray[np.int64]) -> pa.Table:
        columns = {
            name: numbers.arrow(1_000_000 if name.endswith("_s") else 1) for name, numbers in self.numbers.items()
        }
        columns |= self.texts
        columns["locator"] = self.batch.locator
        columns["locator_size"] = self.batch.locator_size
        columns["oddities"] = self._oddities()
        self._identify(columns)
        everything = len(kept) == self.cells.rows
        index = pa.array(kept)
        taken = {name: column if everything else column.take(index) for name, column in columns.items()}
        self._read_numbers(taken, len(kept))
        target = schema(self.table)
        arrays = [_typed(taken.get(field.name), field.type, len(kept)) for field in target]
        return pa.Table.from_arrays(arrays, schema=target)

    def _identify(self, columns: dict[str, pa.Array]) -> None:
        """Add our own ids, and whether the source's name of a row is its key."""
        ids = pc.add(pc.cast(self.batch.locator, pa.int64()), pa.scalar(self.reading.exhibit << ROW_BITS, pa.int64()))
        first = self.table.names[0]
        if first != "account_id":
            columns[first] = ids
        if "ref_is_key" in self.table.names:
            columns["ref_is_key"] = pa.repeat(pa.scalar(self.plan.ref_is_key), self.cells.rows)
        if "account_ref" in columns:
            service = self.reading.service or self.plan.map.service or self.system.service or self.system.name
            columns["account_id"] = account_ids(service, columns["account_ref"])

    def _read_numbers(self, columns: dict[str, pa.Array], rows: int) -> None:
        """Work out E.164, country and kind of every raw number of the table."""
        for name in [name for name in self.table.names if name.endswith("_raw") and name in self.fields]:
            role = name[: -len("_raw")]
            home = next((spec.home for spec in self.fields[name].specs if spec.home), "") or self.system.home
            # a message may assert several identities: the first that is a number counts, the column keeps all
            raw = each_distinct(columns[name], first_number) if _lists_addresses(self.table, name) else columns[name]
            read = self.reading.numbers(raw, home or self.reading.home)
            for part in ("e164", "country", "kind"):
                if f"{role}_{part}" in self.table.names and rows == len(read):
                    columns[f"{role}_{part}"] = read.column(part).combine_chunks()

    def _oddities(self) -> pa.StringArray:
        names: dict[str, Mask] = {}
        for numbers in self.numbers.values():
            for name, rows in numbers.odd.items():
                names[name] = names[name] | rows if name in names else rows
        mapped = self.texts.get("oddities")
        if not names:
            return mapped if mapped is not None else pa.nulls(self.cells.rows, pa.string())
        parts = [pc.if_else(pa.array(names[name]), name, pa.scalar(None, pa.string())) for name in sorted(names)]
        return joined([*([mapped] if mapped is not None else []), *parts], ";")

    def _quarantine(self, faults: list[Fault], before: tuple[Refused, ...]) -> pa.Table:
        """Return one line for each refused row, with the first fault found in it."""
        target = schema(QUARANTINE)
        parts = [_refused_before(before, self.system)]
        done = ~self.counted
        for fault in faults:
            rows = np.flatnonzero(fault.rows & ~done)
            done = done | fault.rows
            if len(rows):
                parts.append(self._lines(fault, rows))
        return pa.concat_tables([part.cast(target) for part in parts])

    def _lines(self, fault: Fault, rows: NDArray[np.int64]) -> pa.Table:
        def same(text: str) -> pa.StringArray:
            return pa.repeat(pa.scalar(text, pa.string()), len(rows))

        index = pa.array(rows)
        return pa.table(
            {
                "source_table": same(self.batch.table.name),
                "table": same(self.table.name),
                "column": same(", ".join(fault.columns)),
                "value": joined([self._shown(column, rows) for column in fault.columns], " "),
                "reason": same(fault.reason),
                "locator": self.batch.locator.take(index),
                "locator_size": self.batch.locator_size.take(index),
            },
            schema=schema(QUARANTINE),
        )

    def _shown(self, column: str, rows: NDArray[np.int64]) -> pa.StringArray:
        return self.cells.shown(column, rows, secret=self.system.is_secret(column))


def _lists_addresses(table: Table, name: str) -> bool:
    return table is SIGNALS and name == "asserted_raw"


def _refused_before(before: tuple[Refused, ...], system: System) -> pa.Table:
    """Return the container's own refusals as lines of the quarantine."""
    lines = [
        {
            "source_table": one.table,
            "table": None,
            "column": one.column or None,
            "value": MASKED if one.column and system.is_secret(one.column) else one.value,
            "reason": one.reason,
            "locator": one.locator,
            "locator_size": one.locator_size,
        }
        for one in before
    ]
    return pa.Table.from_pylist(lines, schema=schema(QUARANTINE))


def _typed(column: pa.Array | None, wanted: pa.DataType, rows: int) -> pa.Array:
    if column is None:
        return pa.nulls(rows, wanted)
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if column.type == wanted:
        return column
    if pa.types.is_timestamp(wanted):
        return pc.cast(pc.cast(column, pa.int64()), wanted)
    return pc.cast(column, wanted)


__all__ = ["Mapped", "Mapper", "NumberReader", "Reading"]

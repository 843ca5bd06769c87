"""What the dated tables say of a presented number: one at once, or columns of them; it judges none.

Four tables are asked: whom a block was given to (number_blocks), what a range is for (number_uses), who says that a
number never calls (dno) and who publishes it (brands). Each answer names its source and the table's version.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from unspoof.model.arrow import schema
from unspoof.model.reference_tables import ALL_REFERENCE_TABLES
from unspoof.model.screening import NumberFacts
from unspoof.parse.number_one import NumberReader
from unspoof.reference.number_columns import block_facts, brand_facts, dno_facts, use_facts
from unspoof.reference.number_layers import ALWAYS, Ints, Layer
from unspoof.reference.numbering import load
from unspoof.reference.store import ReferenceStore, Version, read_version, sources_of

BOOK_TABLES: tuple[str, ...] = tuple(table.name for table in ALL_REFERENCE_TABLES)
"""Names of the tables that a book is made of: brands, dno, number_blocks, number_uses."""

_SCHEMAS = {table.name: schema(table) for table in ALL_REFERENCE_TABLES}
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  times are zoneless UTC here
_MICROSECOND = timedelta(microseconds=1)
_SHORT_ROOM = 10**12
_MOST_SHORT = _SHORT_ROOM - 1

GIVEN_COLUMNS: tuple[str, ...] = ("e164", "country", "kind", "short")
"""Columns that `NumberBook.table` takes."""

TABLE_SCHEMA = pa.schema(
    [
        pa.field("e164", pa.int64()),
        pa.field("country", pa.string()),
        pa.field("kind", pa.string()),
        pa.field("short", pa.int64()),
        pa.field("operator", pa.string()),
        pa.field("allocated", pa.bool_()),
        pa.field("block_date", pa.timestamp("us")),
        pa.field("block_source", pa.string()),
        pa.field("range_use", pa.string()),
        pa.field("range_source", pa.string()),
        pa.field("dno_owner", pa.string()),
        pa.field("dno_source", pa.string()),
        pa.field("brand", pa.string()),
        pa.field("brand_source", pa.string()),
        pa.field("valid_from", pa.timestamp("us")),
        pa.field("valid_to", pa.timestamp("us")),
    ]
)
"""What `NumberBook.table` gives."""


def _country_key(country: str) -> int:
    return int.from_bytes(country.encode("utf-8")[:2], "big") * _SHORT_ROOM


class NumberBook:
    """The facts about numbers, ready for look-ups.

    Where ranges of one table nest, the narrowest holds, but a drama range before all others; of overlapping
    do-not-originate entries the one that began first, then the first by owner. A table of number blocks covers the
    calling code of its country: what it does not list there is not allocated, numbers of a length that it does not
    list among them. Where there are tables of several days, the one of the latest day not after the call holds, else
    the earliest.

    Args:
        tables: rows by name of the reference table (model/reference_tables.py); one that is missing is empty.
        home: ISO 3166 code of the country in whose way national numbers are written and whose short codes are meant.
        hashes: SHA-256 of each table's file, for sources to name.

    Raises:
        BadRequest: `home` is no country with a numbering plan.

    """

    def __init__(self, tables: Mapping[str, pa.Table], home: str, hashes: Mapping[str, str] | None = None) -> None:
        hashes = hashes or {}
        rows = {name: tables[name] if name in tables else _SCHEMAS[name].empty_table() for name in BOOK_TABLES}
        self.home = home.upper()
        self.versions: Mapping[str, str] = {
            name: f"{_title(name, table)} ({hashes[name][:12]})" if name in hashes else _title(name, table)
            for name, table in rows.items()
            if table.num_rows
        }
        """What findings name, by table; tables without rows have no entry."""
        self._reader = NumberReader(load(), home)
        uses = rows["number_uses"]
        is_short = uses["is_short"]
        self._blocks = block_facts(rows["number_blocks"], hashes.get("number_blocks", ""))
        self._uses = use_facts(uses.filter(pc.invert(is_short)), hashes.get("number_uses", ""))
        self._shorts = use_facts(_short_keys(uses.filter(is_short)), hashes.get("number_uses", ""))
        self._dno = dno_facts(rows["dno"], hashes.get("dno", ""))
        self._brands = brand_facts(rows["brands"], hashes.get("brands", ""))

    @classmethod
    def current(cls, home: str, folder: Path | None = None) -> NumberBook:
        """Return the book of the user's current tables, and of what comes with unspoof where none was loaded.

        Args:
            home: see the class.
            folder: the user's reference folder; the default one if None.

        Raises:
            BadReference: a table's file is missing or was changed after loading.

        """
        store = ReferenceStore(folder)
        return cls.of_versions({name: store.current(name) for name in BOOK_TABLES}, home)

    @classmethod
    def of_versions(cls, versions: Mapping[str, Version | None], home: str) -> NumberBook:
        """Return the book of stated versions of tables."""
        known = {name: version for name, version in versions.items() if version is not None}
        tables = {name: read_version(version) for name, version in known.items()}
        return cls(tables, home, {name: version.sha256 for name, version in known.items()})

    def facts(self, text: str | None, at: datetime) -> NumberFacts:
        """Return what is known of one presented number.

        Args:
            text: as the source writes it.
            at: the call's time, UTC without zone.

        """
        e164, country, kind, short = self._reader.read(text)
        return self.facts_of(e164, country, kind, short, at)

    def facts_of(
        self, e164: int | None, country: str | None, kind: str, short: int | None, at: datetime
    ) -> NumberFacts:
        """Return what is known of one number that was normalised already (parse/number_one.py, parse/numbers.py).

        Args:
            e164: digits without plus; None for short codes and what is no number.
            country: ISO 3166; for a short code the country whose code it is, the home country if None.
            kind: one of parse/number_plan.py KINDS.
            short: digits of a short code.
            at: the call's time, UTC without zone.

        """
        if e164 is not None:
            moment = (at - _EPOCH) // _MICROSECOND
            operator, allocated, day, source = self._blocks.at(e164, moment)
            use, use_source = self._uses.at(e164, moment)
            owner, owner_source = self._dno.at(e164, moment)
            brand, brand_source = self._brands.at(e164, moment)
            return NumberFacts(
                e164, country, kind, short, operator, allocated, day, source, use, use_source, owner, owner_source,
                brand, brand_source,
            )  # fmt: skip
        if short is None or not 0 <= short <= _MOST_SHORT:
            return NumberFacts(None, country, kind, short)
        moment = (at - _EPOCH) // _MICROSECOND
        use, use_source = self._shorts.at(_country_key(country or self.home) + short, moment)
        return NumberFacts(None, country, kind, short, range_use=use, range_source=use_source)

    def table(self, numbers: pa.Table) -> pa.Table:
        """Return what is known of many numbers, one row for each and time in which it is the same.

        Args:
            numbers: distinct rows of GIVEN_COLUMNS: e164 and short int64, country and kind text; all may be NULL.

        Returns:
            Rows of TABLE_SCHEMA in the order of the numbers, then of time. The facts hold from valid_from until before
            valid_to; NULL where they have no beginning or no end. `facts_of` says the same of any number and time.

        """
        given = numbers.select(GIVEN_COLUMNS).combine_chunks()
        e164, has = _filled(given["e164"])
        short, has_short = _filled(given["short"])
        codes = _short_codes(given["country"], short, has_short & ~has, self.home)
        layers = (self._blocks.cover, self._uses.layer, self._shorts.layer, self._dno.layer, self._brands.layer)
        asked = (e164, e164, codes, e164, e164)
        cells = [
            layer.cells_of(np.where(known, keys, ALWAYS))
            for layer, keys, known in zip(layers, asked, (has, has, codes > ALWAYS, has, has), strict=True)
        ]
        at, since, until = _intervals(layers, cells, len(given))
        found = [layer.rows_at(cell[at], since) for layer, cell in zip(layers, cells, strict=True)]
        uses = [
            pc.coalesce(one, other)
            for one, other in zip(self._uses.taken(found[1]), self._shorts.taken(found[2]), strict=True)
        ]
        columns = [
            *given.take(pa.array(at)).columns,
            *self._blocks.taken(e164[at], found[0]), *uses, *self._dno.taken(found[3]), *self._brands.taken(found[4]),
            _moments(since, ALWAYS), _moments(until, _END),
        ]  # fmt: skip
        return pa.table(columns, schema=TABLE_SCHEMA)


def _title(name: str, table: pa.Table) -> str:
    """Return the sources of a table; its name where they are many."""
    many = pc.count_distinct(table["source"]).as_py()
    return sources_of(table) if many <= _NAMED else f"{name}, {many} sources"


_NAMED = 3
_END = int(np.iinfo(np.int64).max)


def _filled(column: pa.ChunkedArray) -> tuple[Ints, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    return pc.fill_null(column, 0).to_numpy(), pc.is_valid(column).to_numpy()


def _moments(times: Ints, absent: int) -> pa.Array:
    return pa.array(times, mask=times == absent).cast(pa.timestamp("us"))


def _short_keys(uses: pa.Table) -> pa.Table:
    """Return uses of short codes with numbers that hold the country too, so that one layer holds all countries."""
    coded = pc.dictionary_encode(uses["country"].combine_chunks())
    keys = np.array([_country_key(name) for name in coded.dictionary.to_pylist()], np.int64)[coded.indices.to_numpy()]
    for at, name in enumerate(("number_from", "number_to")):
        uses = uses.set_column(at, uses.schema.field(name), pa.array(uses[name].to_numpy() + keys, pa.int64()))
    return uses


def _short_codes(
    country: pa.ChunkedArray, short: Ints, asked: np.ndarray[tuple[int], np.dtype[np.bool_]], home: str
) -> Ints:
    """Return the keys of short codes; ALWAYS where there is none."""
    coded = pc.dictionary_encode(pc.fill_null(country, home).combine_chunks())
    names = [_country_key(name or home) for name in coded.dictionary.to_pylist()]
    keys = np.array(names, np.int64)[coded.indices.to_numpy()] if names else np.zeros(0, np.int64)
    fits = asked & (short >= 0) & (short <= _MOST_SHORT)
    return np.asarray(np.where(fits, keys + short, ALWAYS), np.int64)


def _intervals(layers: tuple[Layer, ...], cells: list[Ints], size: int) -> tuple[Ints, Ints, Ints]:
    """Cut the time of each number where one of its facts changes: positions, beginnings, ends."""
    changes = [layer.changes(cell) for layer, cell in zip(layers, cells, strict=True)]
    where = np.concatenate([np.arange(size), *(positions for positions, _ in changes)])
    since = np.concatenate([np.full(size, ALWAYS), *(moments for _, moments in changes)])
    if len(where) > size:
        order = np.lexsort((since, where))
        where, since = where[order], since[order]
        first = np.append(True, (where[1:] != where[:-1]) | (since[1:] != since[:-1]))
        where, since = where[first], since[first]
    until = np.append(since[1:], ALWAYS)[: len(since)]
    return where, since, np.where(until == ALWAYS, _END, until)


__all__ = ["BOOK_TABLES", "GIVEN_COLUMNS", "TABLE_SCHEMA", "NumberBook"]

"""Each reference table as a layer of ranges with what its rows say; which of them apply to a number is asked elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from unspoof.parse.digit_columns import POWERS
from unspoof.parse.number_plan import LONGEST
from unspoof.reference.families import FAMILY_DIGITS, code_sizes, digits_of, families_of
from unspoof.reference.number_layers import ALWAYS, NONE, OPEN, Ints, Layer, times_of


@dataclass(frozen=True, eq=False)
class Facts:
    """A layer and what its rows say."""

    layer: Layer
    columns: tuple[pa.Array, ...]
    """What is said, one entry a row."""
    rows: list[tuple[Any, ...]]
    """The same, row by row; behind the last row what is said where there is none, so that NONE finds it."""

    @classmethod
    def of(cls, layer: Layer, columns: Sequence[pa.Array]) -> Facts:
        """Put a layer and its columns together."""
        lists = [column.to_pylist() for column in columns]
        return cls(layer, tuple(columns), [*zip(*lists, strict=True), (None,) * len(lists)])

    def at(self, number: int, moment: int) -> tuple[Any, ...]:
        """Return what is said of a number at a moment."""
        return self.rows[self.layer.find(number, moment)]

    def taken(self, rows: Ints) -> list[pa.Array]:
        """Return columns of what is said in each row number of `rows`."""
        at = pa.array(rows, mask=rows == NONE)
        return [column.take(at) for column in self.columns]


def stated(source: pa.ChunkedArray, sha256: str) -> pa.Array:
    """Return sources as a finding states them: with the version of the table that they stand in."""
    coded = pc.dictionary_encode(source.combine_chunks())
    suffix = f" ({sha256[:12]})" if sha256 else ""
    names = pa.array([f"{name}{suffix}" for name in coded.dictionary.to_pylist()], pa.string())
    return names.take(coded.indices)


def _ranks(keys: Sequence[np.ndarray[Any, Any]]) -> Ints:
    """Return the place of each row in the order of keys, the first of which weighs most."""
    places = np.empty(len(keys[0]), np.int64)
    places[np.lexsort(tuple(reversed(keys)))] = np.arange(len(places))
    return places


def _texts(column: pa.ChunkedArray) -> Ints:
    """Return the place of each text among all texts of a column in order of their characters."""
    ranks = pc.rank(pc.fill_null(column, "").combine_chunks(), sort_keys="ascending", tiebreaker="dense")
    return np.asarray(ranks.to_numpy(), np.int64)


def _bounds(table: pa.Table) -> tuple[Ints, Ints]:
    return table["number_from"].to_numpy(), table["number_to"].to_numpy()


def _spans(table: pa.Table) -> tuple[Ints, Ints]:
    return times_of(table["valid_from"], ALWAYS), times_of(table["valid_to"], OPEN)


def use_facts(table: pa.Table, sha256: str) -> Facts:
    """Return uses of ranges: use, source. Drama comes before all, then the narrowest range."""
    first, last = _bounds(table)
    since, until = _spans(table)
    drama = np.asarray(pc.equal(table["use"], "drama")).astype(np.int64)
    keys = (-drama, last - first, first, _texts(table["use"]), _texts(table["source"]), since, until)
    layer = Layer(first, last, since, until, _ranks(keys))
    return Facts.of(layer, [table["use"].combine_chunks(), stated(table["source"], sha256)])


def dno_facts(table: pa.Table, sha256: str) -> Facts:
    """Return do-not-originate entries: owner, source. The one that began first is named, then the first by owner."""
    first, last = _bounds(table)
    since, until = _spans(table)
    keys = (since, _texts(table["owner"]), _texts(table["source"]), first, last, until)
    layer = Layer(first, last, since, until, _ranks(keys))
    return Facts.of(layer, [table["owner"].combine_chunks(), stated(table["source"], sha256)])


def brand_facts(table: pa.Table, sha256: str) -> Facts:
    """Return brands: brand, source. One number has one brand at a time; of its rows the narrowest is named."""
    first, last = _bounds(table)
    since, until = _spans(table)
    keys = (last - first, _texts(table["brand"]), _texts(table["source"]), first, since, until)
    layer = Layer(first, last, since, until, _ranks(keys))
    return Facts.of(layer, [table["brand"].combine_chunks(), stated(table["source"], sha256)])


@dataclass(frozen=True, eq=False)
class Blocks:
    """Number blocks of one country and day each, and which of them apply to a number at a time.

    `cover` says, for each family of numbers (families.py), which table describes the latest day that is not after the
    call; else the earliest. A number of a calling code with a table, but of no family in it, is judged by the code's
    latest table: it lists no such number.
    """

    cover: Layer
    table_of: Ints
    """The table that each row of `cover` names, as an index into `tables`."""
    tables: tuple[Facts, ...]
    """What is said: operator, allocated."""
    days: tuple[datetime, ...]
    sources: tuple[str, ...]

    def at(self, number: int, moment: int) -> tuple[str | None, bool | None, datetime | None, str | None]:
        """Return operator, allocated, day and source for a number at a moment."""
        row = self.cover.find(number, moment)
        if row == NONE:
            return None, None, None, None
        table = int(self.table_of[row])
        operator, allocated = self.tables[table].at(number, ALWAYS)
        return operator, bool(allocated), self.days[table], self.sources[table]

    def taken(self, numbers: Ints, covers: Ints) -> list[pa.Array]:
        """Return columns of operator, allocated, day and source, given the row of `cover` for each number."""
        tables = np.where(covers == NONE, NONE, self.table_of[np.maximum(covers, 0)] if len(self.table_of) else NONE)
        rows, offset = np.full(len(numbers), NONE, np.int64), 0
        for at, facts in enumerate(self.tables):
            mine = np.flatnonzero(tables == at)
            cells = facts.layer.cells_of(numbers[mine])
            found = facts.layer.rows_at(cells, np.full(len(mine), ALWAYS))
            rows[mine] = np.where(found == NONE, NONE, found + offset)
            offset += len(facts.rows) - 1
        take = pa.array(rows, mask=rows == NONE)
        texts = pa.concat_arrays([facts.columns[0] for facts in self.tables] or [pa.array([], pa.string())]).take(take)
        given = pa.concat_arrays([facts.columns[1] for facts in self.tables] or [pa.array([], pa.bool_())]).take(take)
        which = pa.array(tables, mask=tables == NONE)
        allocated = pc.if_else(pa.array(tables == NONE), pa.scalar(None, pa.bool_()), pc.fill_null(given, False))
        days = pa.array(self.days, pa.timestamp("us")).take(which)
        return [texts, allocated, days, pa.array(self.sources, pa.string()).take(which)]


def block_facts(table: pa.Table, sha256: str) -> Blocks:
    """Return number blocks; the narrowest block of a day holds where they nest."""
    table = table.sort_by([("block_date", "ascending"), ("country", "ascending"), ("number_from", "ascending")])
    keys = pc.binary_join_element_wise(table["block_date"].cast(pa.string()), table["country"], " ").combine_chunks()
    names = pc.unique(keys)
    which = pc.index_in(keys, value_set=names).to_numpy()
    parts = (
        [table.filter(pa.array(which == at)) for at in range(len(names))] if len(names) > 1 else [table][: len(names)]
    )
    facts = []
    for part in parts:
        first, last = _bounds(part)
        ends = np.full(len(first), ALWAYS), np.full(len(first), OPEN)
        layer = Layer(first, last, *ends, _ranks((last - first, first, np.arange(len(first)))))
        facts.append(Facts.of(layer, [part[name].combine_chunks() for name in ("operator", "allocated")]))
    sources = [stated(part["source"].slice(0, 1), sha256)[0].as_py() for part in parts]
    days = [part["block_date"][0].as_py() for part in parts]
    cover, table_of = _cover(parts)
    return Blocks(cover, table_of, tuple(facts), tuple(days), tuple(sources))


def _cover(parts: Sequence[pa.Table]) -> tuple[Layer, Ints]:
    """Work out which table applies where and when; `parts` are in order of their days."""
    prefixes: dict[int, list[tuple[int, int]]] = {}
    for at, part in enumerate(parts):
        moment = int(times_of(part["block_date"], ALWAYS)[0])
        ends = np.append(part["number_from"].to_numpy(), part["number_to"].to_numpy())
        codes = set((ends // POWERS[digits_of(ends) - code_sizes(ends)]).tolist())
        for prefix in [*_families(part), *sorted(codes)]:
            prefixes.setdefault(prefix, []).append((moment, at))
    rows = []
    for prefix, tables in sorted(prefixes.items()):
        for place, (moment, at) in enumerate(tables):
            since = moment if place else ALWAYS
            until = tables[place + 1][0] if place + 1 < len(tables) else OPEN
            size = len(str(prefix))
            rows += [
                (prefix * 10**more, (prefix + 1) * 10**more - 1, since, until, -size, at)
                for more in range(LONGEST - size + 1)
            ]
    columns = np.array(rows, np.int64).reshape(-1, 6).T
    first, last, narrow, table_of = columns[0], columns[1], columns[4], columns[5]
    ranks = _ranks((narrow, first, last, np.arange(len(first))))
    return Layer(first, last, columns[2], columns[3], ranks), table_of


def _families(part: pa.Table) -> list[int]:
    """Return the families that a table's blocks lie in; a block may span some."""
    low, high = families_of(part["number_from"]).to_numpy(), families_of(part["number_to"]).to_numpy()
    wide = np.flatnonzero(low != high)
    spanned = [np.arange(low[row], high[row] + 1) for row in wide if high[row] - low[row] < 10**FAMILY_DIGITS]
    return sorted(set(np.concatenate([low, high, *spanned]).tolist()))


__all__ = ["Blocks", "Facts", "block_facts", "brand_facts", "dno_facts", "stated", "use_facts"]

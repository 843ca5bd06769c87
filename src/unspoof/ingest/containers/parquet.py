"""Parquet files: plain columns as rows of texts, and tables of bitcoin transactions as one row an input or output.

A row's locator is its number in the file, from 0; of a transaction, the running number of the input or output. What `fetch` gives
of a row is a rendering of it as JSON: a Parquet row has no bytes of its own.
"""

from __future__ import annotations

import json
from calendar import timegm
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from unspoof.errors import BadExhibit
from unspoof.ingest.coin_rows import PARTS, PARTS_TABLE, PartRows
from unspoof.ingest.container import Batch, Options, Refused, SourceColumn, SourceTable, Survey
from unspoof.ingest.line_feed import read_fully
from unspoof.parse.chain_json.cells import BadTransaction, bitcoin, satoshi
from unspoof.parse.chain_json.nodes import Node, Number, Span
from unspoof.parse.chain_json.reading import check_txid
from unspoof.parse.chain_json.shapes import etl_transaction
from unspoof.parse.chain_json.transaction import BlockFacts
from unspoof.parse.charsets import Positions as Places

MOST_BYTES = 2 << 30
"""Of a file: it is held in memory, since its index stands at its end."""
MOST_ROWS = 1 << 27
"""Of one row group, as the file states."""
MOST_UNPACKED = 4 << 30
"""Bytes of one row group, as the file states."""
ROWS_IN_BLOCK = 8_192
COIN_TABLE = SourceTable(
    PARTS, tuple(replace(c, worked_out=c.worked_out and c.name != "txid") for c in PARTS_TABLE.columns)
)
"""A row of a transaction is shown with its txid."""
_DAMAGED = (pa.ArrowException, OSError, ValueError, RuntimeError, ArithmeticError, MemoryError)
"""What Arrow raises on files that are none."""
_MAGIC = b"PAR1"
_LISTS = ("inputs", "outputs")
_NAMES = ("txid", "hash", "transaction_hash", "transaction_id")
_FIELDS = (
    *_NAMES, "version", "lock_time", "block_number", "block_hash", "block_timestamp", "is_coinbase", "index", "input_count",
    "output_count",
)  # fmt: skip


@dataclass(frozen=True)
class ParquetBlock:
    """Some thousand rows of plain columns."""

    table: SourceTable
    rows: pa.RecordBatch
    first: int
    refused: tuple[Refused, ...] = ()

    def read(self, wanted: Mapping[str, Collection[str]]) -> list[Batch]:
        """Return the rows as texts; see `Block`."""
        if self.table.name not in wanted:
            return []
        names = [column.name for column in self.table.columns if column.name in wanted[self.table.name]]
        locators = pa.array(range(self.first, self.first + self.rows.num_rows), pa.int64())
        cells = [_as_text(self.rows.column(name)) for name in names]
        # one column more than wanted keeps the number of rows where nothing is wanted
        table = pa.Table.from_arrays([*cells, locators], names=[*names, ""]).select(range(len(names)))
        sizes = pa.array([0] * self.rows.num_rows, pa.int32())
        return [Batch(self.table, table, locators, sizes, self.refused)]


@dataclass(frozen=True)
class CoinParquetBlock:
    """Some thousand transactions, not yet read."""

    rows: pa.RecordBatch
    first: int
    """Running number of the first input or output."""
    refused: tuple[Refused, ...] = ()

    def read(self, wanted: Mapping[str, Collection[str]]) -> list[Batch]:
        """Return the parts of all transactions; see `Block`."""
        if PARTS not in wanted:
            return []
        made, at = PartRows(COIN_TABLE, refused=list(self.refused)), self.first
        in_bitcoin = _is_in_bitcoin(self.rows.schema)
        if self.rows.num_rows:
            told = zip(
                _plain_rows(self.rows), _widths(self.rows).tolist(), _makes_coin(self.rows).tolist(), strict=True
            )
            for row, width, new in told:
                if isinstance(row, str):
                    made.refuse(at, 0, row)
                else:
                    _add(made, row, at, new, in_bitcoin)
                at += width
        return [made.batch(wanted[PARTS])]


def _add(made: PartRows, row: dict[str, Any], at: int, new: int, in_bitcoin: bool) -> None:
    """Read one row as a transaction; it is refused whole where anything in it cannot be read."""
    lists = {name: row[name] for name in _LISTS if row.get(name) is not None}
    begins = {"inputs": at, "outputs": at + max(len(lists.get("inputs", ())), new)}
    parts = {
        name: tuple(Span(_told(one), begins[name] + i, begins[name] + i) for i, one in enumerate(listed))
        for name, listed in lists.items()
    }
    fields = {name: _told(value) for name, value in row.items() if name not in _LISTS}
    node = Node(at, at, fields, parts, {name: (begins[name], begins[name]) for name in parts})
    try:
        found = etl_transaction(node, BlockFacts(), bitcoin if in_bitcoin else satoshi)
    except BadTransaction as error:
        made.refuse(at, 0, str(error))
        return
    check_txid(found)
    made.add(found, [(part.start, 0) for part in found.parts])


def _widths(rows: pa.RecordBatch) -> Places:
    """Return how many locators each transaction takes: its parts, the one that makes new coin too; one where it has none."""
    inputs, outputs = (np.array(pc.fill_null(pc.list_value_length(rows.column(name)), 0), np.int64) for name in _LISTS)
    inputs = np.maximum(inputs, _makes_coin(rows))
    made: Places = np.maximum(inputs + outputs, 1)
    return made


def _makes_coin(rows: pa.RecordBatch) -> Places:
    """Return 1 for each transaction whose list of inputs is there, and empty because it makes new coin."""
    if "is_coinbase" not in rows.schema.names or not pa.types.is_boolean(rows.schema.field("is_coinbase").type):
        return np.zeros(rows.num_rows, np.int64)
    empty = pc.fill_null(pc.equal(pc.list_value_length(rows.column("inputs")), 0), False)
    made: Places = np.array(pc.and_(pc.fill_null(rows.column("is_coinbase"), False), empty), np.int64)
    return made


def _told(value: Any) -> Any:
    """Return a value as JSON would tell it: numbers as they are written, times as seconds since 1970."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, dict):
        return {str(key).lower(): _told(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_told(inner) for inner in value]
    if isinstance(value, datetime):
        return Number(timegm(value.utctimetuple()))
    if isinstance(value, Decimal):
        whole = value == value.to_integral_value() and value.adjusted() < 30
        return Number(int(value) if whole else value)
    if isinstance(value, bytes):
        return value.hex()
    return Number(value.isoformat() if isinstance(value, date) else repr(value))


def _is_in_bitcoin(schema: pa.Schema) -> bool:
    """Say whether values stand in bitcoin, as the public tables of one cloud have them: as floating-point numbers."""
    for name in _LISTS:
        at = schema.get_field_index(name)
        kind = schema.field(at).type.value_type if at >= 0 else None
        if kind is not None and kind.get_field_index("value") >= 0:
            return bool(pa.types.is_floating(kind.field("value").type))
    return False


def _plain_rows(rows: pa.RecordBatch) -> list[dict[str, Any] | str]:
    """Return rows as Python values; in place of one with a value that is none, why it is none."""
    try:
        return list(rows.to_pylist())
    except (ValueError, OverflowError):
        found: list[dict[str, Any] | str] = []
        for number in range(rows.num_rows):
            try:
                found += rows.slice(number, 1).to_pylist()
            except UnicodeDecodeError:
                found.append("a text that is not UTF-8")
            except (ValueError, OverflowError):
                found.append("a moment that no calendar has")
        return found


def _as_text(column: pa.Array) -> pa.Array:
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _as_text(column.dictionary_decode())
    if pa.types.is_string(kind) or pa.types.is_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return pc.cast(column, pa.binary())
    if pa.types.is_timestamp(kind) and kind.tz is not None:
        column = pc.cast(column, pa.timestamp(kind.unit))
    return pc.cast(column, pa.string())


def _column(field: pa.Field) -> SourceColumn | None:
    """Return a plain column; None for one whose values hold others."""
    kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
    if pa.types.is_nested(kind) or pa.types.is_null(kind) or pa.types.is_duration(kind):
        return None
    zone = "UTC" if pa.types.is_timestamp(kind) and kind.tz is not None else ""
    return SourceColumn(field.name, str(kind), zone, worked_out=not pa.types.is_string(kind))


def is_of_transactions(schema: pa.Schema) -> bool:
    """Say whether a file has lists of inputs and outputs and a txid."""
    names = set(schema.names)
    lists = [schema.field(name).type for name in _LISTS if name in names]
    of_structs = all(_is_list_of_structs(kind) for kind in lists)
    return len(lists) == len(_LISTS) and of_structs and bool(names & set(_NAMES))


def _is_list_of_structs(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind)) and bool(pa.types.is_struct(kind.value_type))


def _open(stream: BinaryIO) -> pq.ParquetFile:
    data = read_fully(stream, MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise BadExhibit(f"a Parquet file larger than {MOST_BYTES:,} bytes", hint="Write it in several files.")
    if not data.startswith(_MAGIC):
        raise BadExhibit("no Parquet file")
    try:
        file = pq.ParquetFile(
            pa.BufferReader(data), thrift_string_size_limit=64 << 20, thrift_container_size_limit=1 << 20
        )
        meta, schema = file.metadata, file.schema_arrow
        _table_of(schema)  # names and zones that are no text
        names = schema.names
        for number in range(meta.num_row_groups):
            group = meta.row_group(number)
            # nothing is asked of a column's own facts: on a damaged one Arrow ends the whole process (seen in 26.0.1)
            if not (0 <= group.total_byte_size <= MOST_UNPACKED and 0 <= group.num_rows <= MOST_ROWS):
                raise BadExhibit("a Parquet file with a row group larger than any that is read")
    except _DAMAGED as error:
        raise BadExhibit(f"a damaged Parquet file ({type(error).__name__})") from None
    if len(set(names)) != len(names):
        raise BadExhibit("a Parquet file with two columns of one name")
    return file


@dataclass(eq=False)
class Parquet:
    """Parquet files; see `Container`. Columns whose values hold others are left out, with a note, save of transactions."""

    block_rows: int = ROWS_IN_BLOCK
    name: str = "parquet"

    def sniff(self, head: bytes) -> bool:
        """Say whether the head is that of a Parquet file."""
        return head.startswith(_MAGIC)

    def survey(self, stream: BinaryIO, options: Options) -> Survey:
        """Find the columns; see `Container`."""
        file = _open(stream)
        schema = file.schema_arrow
        groups = f"{file.metadata.num_rows:,} rows in {file.metadata.num_row_groups:,} row groups"
        table = _table_of(schema)
        if table == COIN_TABLE:
            unit = "bitcoin" if _is_in_bitcoin(schema) else "satoshi"
            return Survey((table,), options, (groups, f"values are told in {unit}"))
        if not table.columns:
            raise BadExhibit("a Parquet file without a plain column")
        left = [name for name in schema.names if name not in {column.name for column in table.columns}]
        notes = (groups, *([f"columns that hold others are not read: {', '.join(left)[:300]}"] if left else []))
        return Survey((table,), options, notes)

    def blocks(self, stream: BinaryIO, survey: Survey) -> Iterator[ParquetBlock | CoinParquetBlock]:
        """Cut the file into blocks of rows; see `Container`. Behind a damaged page the rest is refused as one."""
        file, table = _open(stream), survey.tables[0]
        is_coin = table == COIN_TABLE
        columns = _columns_of(file, table)
        at = read = 0
        batches = file.iter_batches(batch_size=self.block_rows, columns=columns, use_threads=False)
        while True:
            refused: tuple[Refused, ...] = ()
            try:
                rows = next(batches, None)
            except _DAMAGED as error:
                reason = (
                    f"damaged: {file.metadata.num_rows - read:,} rows from row {read:,} on ({type(error).__name__})"
                )
                rows, refused = None, (Refused(table.name, at, 0, reason),)
            if rows is None and not refused:
                return
            given = rows if rows is not None else pa.RecordBatch.from_pylist([], schema=pa.schema([]))
            if is_coin:
                yield CoinParquetBlock(given, at, refused)
            elif rows is not None:
                yield ParquetBlock(table, given, at)
            else:
                empty = pa.RecordBatch.from_arrays([pa.nulls(0, pa.string())] * len(columns), names=columns)
                yield ParquetBlock(table, empty, at, refused)
            if rows is None:
                return
            read += rows.num_rows
            at += int(_widths(rows).sum()) if is_coin else rows.num_rows

    def fetch(self, stream: BinaryIO, locator: int, locator_size: int, table: str) -> bytes:
        """Return a row, or a transaction with the one input or output, as JSON."""
        file, at = _open(stream), 0
        columns = _columns_of(file, _table_of(file.schema_arrow))
        # cut as it was when it was read: what a damaged page lies behind is found again
        for rows in _sound(file.iter_batches(batch_size=self.block_rows, columns=columns, use_threads=False)):
            if table != PARTS:
                if locator < at + rows.num_rows:
                    return _rendered(_plain_rows(rows.slice(locator - at, 1))[0])
                at += rows.num_rows
                continue
            ends = at + np.cumsum(_widths(rows))
            if len(ends) and locator < ends[-1]:
                number = int(np.searchsorted(ends, locator, side="right"))
                one = rows.slice(number, 1)
                return _rendered(_with_part(one, locator - int(ends[number] - _widths(one)[0])))
            at = int(ends[-1]) if len(ends) else at
        raise BadExhibit("the file has no such row")


def _table_of(schema: pa.Schema) -> SourceTable:
    if is_of_transactions(schema):
        return COIN_TABLE
    return SourceTable("", tuple(column for column in map(_column, schema) if column is not None))


def _columns_of(file: pq.ParquetFile, table: SourceTable) -> list[str]:
    names = file.schema_arrow.names
    if table == COIN_TABLE:
        return [name for name in (*_FIELDS, *_LISTS) if name in names]
    return [column.name for column in table.columns]


def _sound(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield batches up to the first that is damaged."""
    try:
        yield from batches
    except _DAMAGED:
        return


def _with_part(one: pa.RecordBatch, number: int) -> dict[str, Any]:
    """Return a transaction with the one of its parts that a locator means."""
    row = _plain_rows(one)[0]
    if isinstance(row, str):
        return {"damaged": row}
    inputs = max(len(row.get("inputs") or ()), int(_makes_coin(one)[0]))
    side, at = ("inputs", number) if number < inputs else ("outputs", number - inputs)
    listed = row.get(side) or []
    return {**{name: value for name, value in row.items() if name not in _LISTS}, side: listed[at : at + 1]}


def _rendered(row: dict[str, Any] | str) -> bytes:
    return json.dumps(row, default=str, ensure_ascii=False).encode("utf-8", "backslashreplace")


PARQUET = Parquet()

__all__ = ["PARQUET", "CoinParquetBlock", "Parquet", "ParquetBlock", "is_of_transactions"]

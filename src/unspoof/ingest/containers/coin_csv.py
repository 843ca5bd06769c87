"""Bitcoin transactions in delimited text, one a line, their inputs and outputs as JSON text in two cells; no other CSV.

Such files come out of tables in bitcoin-etl's shape. A row is one input or output; its locator is the place of its own JSON,
with the quotes doubled as it stands, within the line.
"""

from __future__ import annotations

import io
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import BinaryIO, cast

import numpy as np

from unspoof.errors import BadExhibit
from unspoof.ingest.coin_rows import PARTS, PARTS_TABLE, PartRows, network_of
from unspoof.ingest.container import Batch, Options, SourceColumn, SourceTable, Survey
from unspoof.ingest.containers.delimited import Delimited, DelimitedBlock
from unspoof.ingest.line_feed import BLOCK_SIZE, fetch_bytes, read_fully
from unspoof.parse.chain_json.nodes import Node, NotChainJson, Span, read_spans
from unspoof.parse.chain_json.reading import NoTransaction, read_transaction
from unspoof.parse.chain_json.transaction import BlockFacts

_LISTS = ("inputs", "outputs")
_NAMES = ("txid", "hash", "transaction_hash", "transaction_id")
_FIELDS = (
    *_NAMES, "version", "lock_time", "block_number", "block_hash", "block_timestamp", "is_coinbase", "index", "input_count",
    "output_count",
)  # fmt: skip
_LOOK = 65_536


@dataclass(frozen=True)
class CsvBlock:
    """Some megabytes of lines, not yet parsed."""

    inner: DelimitedBlock
    network: str
    raw: bytes
    """The bytes of its lines."""
    at: int
    """Where they begin in the stream."""

    def read(self, wanted: Mapping[str, Collection[str]]) -> list[Batch]:
        """Return the parts of all transactions; see `Block`."""
        if PARTS not in wanted:
            return []
        by_name = {column.name.strip().lower(): column.name for column in self.inner.table.columns}
        there = [name for name in (*_FIELDS, *_LISTS) if name in by_name]
        batch = self.inner.read({"": [by_name[name] for name in there]})[0]
        columns = [batch.cells.column(by_name[name]).to_pylist() for name in there]
        order = [column.name for column in self.inner.table.columns]
        raw = _Lines(self, {name: order.index(by_name[name]) for name in _LISTS})
        rows = PartRows(network=self.network)
        for one in batch.refused:
            rows.refuse(one.locator, one.locator_size, one.reason)
        places = zip(batch.locator.to_pylist(), batch.locator_size.to_pylist(), strict=True)
        for (at, size), *cells in zip(places, *columns, strict=True):
            _add(rows, raw, at, size, dict(zip(there, cells, strict=True)))
        return [rows.batch(wanted[PARTS])]


def _add(rows: PartRows, raw: _Lines, at: int, size: int, cells: dict[str, str | None]) -> None:
    """Read one line as a transaction; it is refused whole where anything in it cannot be read."""
    fields = {name: cells[name] or None for name in cells if name not in _LISTS}
    try:
        lists = {name: read_spans(text) for name in _LISTS if (text := cells.get(name))}
        placed = {name: raw.placed((at, size), name, spans, cells[name] or "") for name, spans in lists.items()}
    except NotChainJson as error:
        rows.refuse(at, size, str(error))
        return
    node = Node(at, at + size, fields, {n: s for n, (s, _) in placed.items()}, {n: p for n, (_, p) in placed.items()})
    found = read_transaction(node, BlockFacts())
    if isinstance(found, NoTransaction):
        rows.refuse(at, size, found.reason)
    else:
        rows.add(found, [(part.start, part.end - part.start) for part in found.parts])


class _Lines:
    """Where the cells of a block's lines stand in the stream."""

    def __init__(self, block: CsvBlock, lists: Mapping[str, int]) -> None:
        dialect = block.inner.dialect
        quote, delimiter = re.escape(dialect.quote.encode()), re.escape(dialect.delimiter.encode())
        self._cell = re.compile(
            rb"(?:(%b(?:[^%b]|%b%b)*+%b)|([^%b]*+))(?:%b|\Z)" % (*([quote] * 5), delimiter, delimiter)
        )
        self._quote, self._lists = dialect.quote.encode(), lists
        self._raw, self._at = block.raw, block.at

    def placed(
        self, line: tuple[int, int], name: str, spans: tuple[Span, ...], cell: str
    ) -> tuple[tuple[Span, ...], tuple[int, int]]:
        """Return the elements of a cell with their places in the stream, and the place of the cell.

        Raises:
            NotChainJson: the line is quoted in a way that leaves them open.
        """
        at, size = line
        raw, place, match = self._raw[at - self._at : at - self._at + size], 0, None
        for _ in range(self._lists[name] + 1):
            place = match.end() if match else 0
            match = self._cell.match(raw, place)
            if match is None:
                raise NotChainJson("quotes that leave open where inputs and outputs stand")
        is_quoted = bool(match and match[1])
        body = (match[1][1:-1] if is_quoted else match[2] or b"") if match else b""
        quotes = [one.start() for one in re.finditer(re.escape(self._quote) * 2, body)] if is_quoted else []
        if not cell.isascii() or (body.replace(self._quote * 2, self._quote) if is_quoted else body) != cell.encode():
            raise NotChainJson("quotes that leave open where inputs and outputs stand")
        begins = np.array(quotes, np.int64) - np.arange(len(quotes))
        base = at + place + is_quoted

        def moved(one: int) -> int:
            return int(base + one + np.searchsorted(begins, one))

        told = tuple(Span(one.value, moved(one.start), moved(one.end)) for one in spans)
        return told, (base, moved(len(cell)))


@dataclass(eq=False)
class CoinCsv:
    """Transactions in delimited text; see `Container`. One source table, `parts`, as of `coin_json`."""

    block_size: int = BLOCK_SIZE
    name: str = "coin-csv"

    def sniff(self, head: bytes) -> bool:
        """Say whether the first line names a transaction's columns, inputs and outputs among them."""
        line = head.removeprefix(b"\xef\xbb\xbf")[:4096].partition(b"\n")[0].lower()
        words = set(re.findall(rb"[a-z_]+", line))
        return {b"inputs", b"outputs"} <= words and any(name.encode() in words for name in _NAMES) and b"{" not in line

    def survey(self, stream: BinaryIO, options: Options) -> Survey:
        """Find the columns; see `Container`."""
        head = read_fully(stream, _LOOK)
        if not self.sniff(head):
            raise BadExhibit("no delimited text with transactions' inputs and outputs")
        found = self._inner().survey(cast("BinaryIO", _Again(head, stream)), replace(options, header=True))
        if found.options.encoding.replace("-", "") not in ("utf8", "ascii"):
            raise BadExhibit(f"transactions in {found.options.encoding}", hint="Convert the file to UTF-8.")
        names = {column.name.strip().lower() for column in found.tables[0].columns}
        if not {"inputs", "outputs"} <= names or not names & set(_NAMES):
            raise BadExhibit("no columns of transactions: a txid, inputs and outputs")
        note = f"addresses that are not stated are written as on {network_of(head)}"
        return Survey((PARTS_TABLE,), found.options, (*found.notes, note))

    def blocks(self, stream: BinaryIO, survey: Survey) -> Iterator[CsvBlock]:
        """Cut the stream, which stands at 0; see `Container`."""
        head = read_fully(stream, _LOOK)
        network, tap = network_of(head), _Again(head, stream)
        table = SourceTable("", tuple(SourceColumn(name) for name in survey.options.columns))
        for block in self._inner().blocks(cast("BinaryIO", tap), replace(survey, tables=(table,))):
            begins = [*block.rows.locators.tolist(), *(at for at, _, _ in block.loose)]
            ends = [*(block.rows.locators + block.rows.sizes).tolist(), *(at + size for at, size, _ in block.loose)]
            low, high = min(begins, default=0), max(ends, default=0)
            yield CsvBlock(block, network, tap.given(low, high), low)

    def fetch(self, stream: BinaryIO, locator: int, locator_size: int, table: str) -> bytes:
        """Return the JSON of one input or output, as it stands in its cell."""
        return fetch_bytes(stream, locator, locator_size)

    def _inner(self) -> Delimited:
        return Delimited(self.block_size)


class _Again(io.RawIOBase):
    """A stream from its start although its head was read, since one that is unpacked on the way cannot go back.

    What it gave last is kept until a later place is asked for.
    """

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head, self._rest = head, rest
        self._kept, self._kept_at = bytearray(), 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        given = self._head[: len(buffer)] or self._rest.read(len(buffer))
        self._head = self._head[len(given) :]
        buffer[: len(given)] = given
        self._kept += given
        return len(given)

    def given(self, low: int, high: int) -> bytes:
        """Return what was given from one place to another, and forget what stands before."""
        if high > low:
            del self._kept[: low - self._kept_at]
            self._kept_at = low
        return bytes(self._kept[: high - low])


COIN_CSV = CoinCsv()

__all__ = ["COIN_CSV", "CoinCsv", "CsvBlock"]

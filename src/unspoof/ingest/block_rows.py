"""Parsed blocks as the cells of a source table: one row an input or output; reading the file is the container's."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from unspoof.ingest.container import SourceColumn, SourceTable
from unspoof.parse.bitcoin.addresses import addresses_of, types_of
from unspoof.parse.bitcoin.block import Block
from unspoof.parse.bitcoin.transactions import Bytes, Places, hash_texts, little_endian
from unspoof.parse.bitcoin.undo import Undo, gathered

COLUMNS = (
    "txid", "side", "place", "value", "address", "script_type", "script", "spent_txid", "spent_place", "coinbase", "inputs",
    "outputs", "height", "tx_place", "block_hash", "time", "proof", "oddities",
)  # fmt: skip
PARTS = SourceTable("parts", tuple(SourceColumn(name, worked_out=True) for name in COLUMNS))
"""The one source table of files of blocks and of undo data."""
SCRIPT_KEPT = 10_000
"""Bytes of a script without an address that are kept."""
HEIGHT_DIFFERS = "height-differs"
NETWORK_UNKNOWN = "network-unknown"
UNDO_ROW = "undo-data"


@dataclass(frozen=True)
class Placed:
    """A block and what is known of its place in the chain."""

    block: Block
    height: int | None
    height_differs: bool
    """Its coinbase states another height than its ancestors give it."""


@dataclass(frozen=True)
class Tied:
    """What undo data need of the block that they belong to."""

    previous: bytes
    hash: bytes
    time: int
    height: int | None
    txids: Bytes
    """One row of 32 bytes a transaction, the first one of the block left out."""


@dataclass(frozen=True)
class Outputs:
    """Columns that say what output scripts are."""

    address: pa.StringArray
    script_type: pa.StringArray
    script: pa.StringArray


@dataclass(frozen=True)
class Parts:
    """Rows in the order of their bytes."""

    cells: pa.Table
    at: Places
    size: Places


def said_of(scripts: pa.BinaryArray, network: str) -> Outputs:
    """Return address, type and, where there is no address, hex of each script; each distinct script is looked at once.

    Args:
        scripts: output scripts.
        network: '' where it is not known: then no script has an address.
    """
    coded = scripts.dictionary_encode()
    distinct = coded.dictionary
    address = addresses_of(distinct, network) if network else pa.nulls(len(distinct), pa.string())
    bare = np.flatnonzero(np.asarray(address.is_null()))
    hexed = pa.array([distinct[row].as_py()[:SCRIPT_KEPT].hex() for row in bare.tolist()], pa.string())
    script = pa.nulls(len(distinct), pa.string())
    if len(bare):
        script = pc.replace_with_mask(script, address.is_null(), hexed)
    return Outputs(*(column.take(coded.indices) for column in (address, types_of(distinct), script)))


def block_parts(placed: Sequence[Placed], network: str, wanted: Collection[str]) -> Parts:
    """Return the inputs and outputs of blocks that stand in the same bytes, in the order of these.

    Args:
        placed: blocks, in order.
        network: of their addresses; '' where it is not known.
        wanted: names in COLUMNS.
    """
    joined = _Joined(placed)
    at = np.concatenate([joined.input_at, joined.output_at])
    size = np.concatenate([joined.input_size, joined.output_size])
    order = np.argsort(at, kind="stable")
    made = _Cells(joined, network)
    turned = pa.array(order)
    columns = {name: getattr(made, name)().take(turned) for name in COLUMNS if name in wanted}
    if not columns:
        return Parts(no_cells(len(order)), at[order], size[order])
    return Parts(pa.table(columns), at[order], size[order])


def no_cells(rows: int) -> pa.Table:
    """Return a table of so many rows and no columns."""
    return pa.table({"none": pa.nulls(rows)}).select([])


class _Joined:
    """Columns of several blocks end to end."""

    def __init__(self, placed: Sequence[Placed]) -> None:
        reads = [one.block.transactions for one in placed]
        self.data: Bytes = reads[0].data
        self.txids: Bytes = np.concatenate([one.block.txids for one in placed])
        self.counts = np.array([len(read) for read in reads], np.int64)
        self.inputs = np.concatenate([np.diff(read.first_input) for read in reads])
        self.outputs = np.concatenate([np.diff(read.first_output) for read in reads])
        self.makes_coin = np.concatenate([read.makes_coin for read in reads])
        self.input_at = np.concatenate([read.input_at for read in reads])
        self.input_size = np.concatenate([read.input_size for read in reads])
        self.spent: Bytes = np.concatenate([read.spent for read in reads])
        self.output_at = np.concatenate([read.output_at for read in reads])
        self.script_at = np.concatenate([read.script_at for read in reads])
        self.script_size = np.concatenate([read.script_size for read in reads])
        self.output_size = self.script_at + self.script_size - self.output_at
        self.values = np.concatenate([read.values for read in reads])
        self.placed = placed


class _Cells:
    """The columns of PARTS by their names, inputs before outputs."""

    def __init__(self, joined: _Joined, network: str) -> None:
        self._of = joined
        transactions = np.arange(len(joined.txids))
        self._tx = np.concatenate([np.repeat(transactions, joined.inputs), np.repeat(transactions, joined.outputs)])
        self._block = np.repeat(np.arange(len(joined.counts)), joined.counts)[self._tx]
        self._ins, self._outs = len(joined.input_at), len(joined.output_at)
        self._network = network
        self._said: Outputs | None = None

    def _scripts(self) -> Outputs:
        if self._said is None:
            data, offsets = gathered(self._of.data, self._of.script_at, self._of.script_size)
            buffers = [None, pa.py_buffer(offsets), pa.py_buffer(data)]
            scripts = pa.Array.from_buffers(pa.large_binary(), self._outs, buffers)
            self._said = said_of(scripts.cast(pa.binary()), self._network)
        return self._said

    def _of_outputs(self, column: pa.StringArray) -> pa.StringArray:
        return pa.concat_arrays([pa.nulls(self._ins, pa.string()), column])

    def _of_inputs(self, column: pa.StringArray) -> pa.StringArray:
        real = pa.array(~self._of.makes_coin[self._tx[: self._ins]])
        kept = pc.if_else(real, column, pa.scalar(None, pa.string()))
        return pa.concat_arrays([kept, pa.nulls(self._outs, pa.string())])

    def _each(self, texts: Sequence[str | None]) -> pa.StringArray:
        return pa.array(texts, pa.string()).take(pa.array(self._block))

    def txid(self) -> pa.StringArray:
        return hash_texts(self._of.txids).take(pa.array(self._tx))

    def side(self) -> pa.StringArray:
        return pa.array(["input", "output"]).take(pa.array(np.repeat([0, 1], [self._ins, self._outs])))

    def place(self) -> pa.StringArray:
        return as_text(np.concatenate([_within(self._of.inputs), _within(self._of.outputs)]))

    def value(self) -> pa.StringArray:
        return self._of_outputs(as_text(self._of.values))

    def address(self) -> pa.StringArray:
        return self._of_outputs(self._scripts().address)

    def script_type(self) -> pa.StringArray:
        return self._of_outputs(self._scripts().script_type)

    def script(self) -> pa.StringArray:
        return self._of_outputs(self._scripts().script)

    def spent_txid(self) -> pa.StringArray:
        return self._of_inputs(hash_texts(np.ascontiguousarray(self._of.spent[:, :32])))

    def spent_place(self) -> pa.StringArray:
        flat = np.ascontiguousarray(self._of.spent[:, 32:]).reshape(-1)
        return self._of_inputs(as_text(little_endian(flat, np.arange(self._ins) * 4, 4).astype(np.int64)))

    def coinbase(self) -> pa.StringArray:
        return as_text(self._of.makes_coin[self._tx].astype(np.int64))

    def inputs(self) -> pa.StringArray:
        return as_text(self._of.inputs[self._tx])

    def outputs(self) -> pa.StringArray:
        return as_text(self._of.outputs[self._tx])

    def height(self) -> pa.StringArray:
        return self._each([None if one.height is None else str(one.height) for one in self._of.placed])

    def tx_place(self) -> pa.StringArray:
        return as_text(_within(self._of.counts)[self._tx])

    def block_hash(self) -> pa.StringArray:
        return self._each([one.block.header.hash[::-1].hex() for one in self._of.placed])

    def time(self) -> pa.StringArray:
        return self._each([str(one.block.header.time) for one in self._of.placed])

    def proof(self) -> pa.StringArray:
        return pa.repeat(pa.scalar("block"), len(self._tx))

    def oddities(self) -> pa.StringArray:
        unknown = [] if self._network else [NETWORK_UNKNOWN]
        names = [[HEIGHT_DIFFERS] * one.height_differs + unknown for one in self._of.placed]
        return self._each([";".join(of) or None for of in names])


def undo_parts(tied: Sequence[tuple[Undo, Tied]], network: str, wanted: Collection[str]) -> Parts:
    """Return what undo data tell of inputs, in the order of their bytes: value, address and script of what was spent.

    Args:
        tied: undo data, each with its block.
        network: of their addresses.
        wanted: names in COLUMNS.
    """
    counts = np.concatenate([undo.counts for undo, _ in tied])
    owner = np.repeat(np.arange(len(counts)), counts)
    of_block = pa.array(np.repeat(np.arange(len(tied)), [len(undo.at) for undo, _ in tied]))
    at = np.concatenate([undo.at for undo, _ in tied])
    said = said_of(pa.concat_arrays([undo.scripts for undo, _ in tied]), network)

    def same(text: str) -> pa.StringArray:
        return pa.repeat(pa.scalar(text, pa.string()), len(at))

    def each(texts: Sequence[str | None]) -> pa.StringArray:
        return pa.array(texts, pa.string()).take(of_block)

    made = {
        "txid": lambda: hash_texts(np.concatenate([one.txids for _, one in tied])).take(pa.array(owner)),
        "side": lambda: same("input"),
        "place": lambda: as_text(_within(counts)),
        "value": lambda: as_text(np.concatenate([undo.values for undo, _ in tied])),
        "address": lambda: said.address,
        "script_type": lambda: said.script_type,
        "script": lambda: said.script,
        "coinbase": lambda: same("0"),
        "inputs": lambda: as_text(counts[owner]),
        "height": lambda: each([None if one.height is None else str(one.height) for _, one in tied]),
        "tx_place": lambda: as_text(np.concatenate([1 + np.arange(len(u.counts)) for u, _ in tied])[owner]),
        "block_hash": lambda: each([one.hash[::-1].hex() for _, one in tied]),
        "time": lambda: each([str(one.time) for _, one in tied]),
        "oddities": lambda: same(UNDO_ROW),
    }
    empty = pa.nulls(len(at), pa.string())
    columns = {name: made[name]() if name in made else empty for name in COLUMNS if name in wanted}
    cells = pa.table(columns) if columns else no_cells(len(at))
    return Parts(cells, at, np.concatenate([undo.size for undo, _ in tied]))


def as_text(values: npt.NDArray[Any]) -> pa.StringArray:
    """Return whole numbers as decimal texts."""
    return pc.cast(pa.array(values), pa.string())


def _within(counts: Places) -> Places:
    """Return the place of each thing in its group, for groups of so many things end to end."""
    ends = np.cumsum(counts)
    return np.arange(int(ends[-1]) if len(ends) else 0) - np.repeat(ends - counts, counts)


__all__ = [
    "COLUMNS", "HEIGHT_DIFFERS", "NETWORK_UNKNOWN", "PARTS", "SCRIPT_KEPT", "UNDO_ROW", "Outputs", "Parts", "Placed", "Tied",
    "as_text", "block_parts", "no_cells", "said_of", "undo_parts",
]  # fmt: skip

"""Serialised transactions to columns: where each input and output stands; nothing is looked up and no script is run."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from unspoof.errors import BadExhibit
from unspoof.parse.compiled import jit

Bytes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]

MOST_MONEY = 21_000_000 * 100_000_000
"""Satoshi; more than can ever be."""
LEAST_TRANSACTION = 60
"""Bytes of one with one input and one output, both with empty scripts."""
NO_COIN = bytes(32) + b"\xff\xff\xff\xff"
"""What a coinbase spends: nothing."""
_LEAST_INPUT, _LEAST_OUTPUT = 41, 9
_TX_COLUMNS, _IN_COLUMNS, _OUT_COLUMNS = 6, 2, 3

_FINE, _CUT, _NOT_SHORTEST, _NO_INPUT, _NO_OUTPUT, _BAD_FLAG, _EMPTY_WITNESS, _FULL = range(8)
_SAID = (
    "",
    "the bytes end inside a transaction",
    "a count or length is not written in its shortest form",
    "a transaction without inputs",
    "a transaction without outputs",
    "a transaction with an unknown flag",
    "a transaction with a witness flag and no witness",
    "more transactions, inputs or outputs than these bytes can hold",
)


@dataclass(frozen=True)
class Transactions:
    """Transactions that stand one after the other in `data`. All places count from the start of `data`."""

    data: Bytes
    starts: Places
    """Where each transaction begins."""
    bodies: Places
    """Where its outputs end: there stands its witness, or its lock time."""
    ends: Places
    has_witness: npt.NDArray[np.bool_]
    first_input: Places
    """One more than there are transactions: inputs of transaction i are first_input[i] to first_input[i + 1]."""
    first_output: Places
    input_at: Places
    """Where each input begins: 32 bytes of txid, 4 of the output's index, the script with its size, 4 of sequence."""
    input_size: Places
    spent: Bytes
    """What each input spends: one row of 36 bytes, 32 of txid as hashed and 4 of the output's index."""
    output_at: Places
    """Where each output begins: 8 bytes of value, the script with its size."""
    script_at: Places
    script_size: Places
    values: Places
    """Satoshi, of each output."""
    makes_coin: npt.NDArray[np.bool_]
    """Of each transaction: its only input spends nothing."""

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def end(self) -> int:
        """Where the last transaction ends."""
        return int(self.ends[-1])


@jit
def compact_size(data: Any, at: Any, end: Any) -> tuple[Any, Any]:
    """Return the number of Core's CompactSize at `at` and where it ends; -1 if it is cut off, -2 if not the shortest."""
    if at >= end:
        return np.int64(-1), at
    first = np.int64(data[at])
    if first < 253:
        return first, at + 1
    width = 2 if first == 253 else 4 if first == 254 else 8
    if at + 1 + width > end:
        return np.int64(-1), at
    value = np.int64(0)
    for place in range(width - 1, -1, -1):
        if value >= 1 << 47:
            return np.int64(1) << 47, at + 1 + width
        value = (value << 8) | np.int64(data[at + 1 + place])
    least = 253 if width == 2 else 1 << 16 if width == 4 else 1 << 32
    return (value, at + 1 + width) if value >= least else (np.int64(-2), at)


@jit
def _skip_bytes(data: Any, at: Any, end: Any) -> tuple[Any, Any, Any]:
    """Pass over bytes that follow their own count; return the fault, the place after them and how many they are."""
    size, after = compact_size(data, at, end)
    if size < 0:
        return _CUT if size == -1 else _NOT_SHORTEST, at, size
    return (_FINE, after + size, size) if size <= end - after else (_CUT, at, size)


@jit
def _walk_inputs(data: Any, at: Any, end: Any, count: Any, made: Any, inputs: Any) -> tuple[Any, Any]:
    for row in range(made, made + count):
        if row >= len(inputs):
            return _FULL, at
        if end - at < 41:
            return _CUT, at
        fault, after, _ = _skip_bytes(data, at + 36, end)
        if fault != 0:
            return fault, at + 36
        if end - after < 4:
            return _CUT, after
        inputs[row, 0], inputs[row, 1] = at, after + 4 - at
        at = after + 4
    return _FINE, at


@jit
def _walk_outputs(data: Any, at: Any, end: Any, count: Any, made: Any, outputs: Any) -> tuple[Any, Any]:
    for row in range(made, made + count):
        if row >= len(outputs):
            return _FULL, at
        if end - at < 9:
            return _CUT, at
        fault, after, size = _skip_bytes(data, at + 8, end)
        if fault != 0:
            return fault, at + 8
        outputs[row, 0], outputs[row, 1], outputs[row, 2] = at, after - size, size
        at = after
    return _FINE, at


@jit
def _walk_witness(data: Any, at: Any, end: Any, inputs: Any) -> tuple[Any, Any]:
    seen = False
    for _ in range(inputs):
        items, at = compact_size(data, at, end)
        if items < 0:
            return _CUT if items == -1 else _NOT_SHORTEST, at
        seen = seen or items > 0
        if items > end - at:
            return _CUT, at
        for _ in range(items):
            fault, at, _ = _skip_bytes(data, at, end)
            if fault != 0:
                return fault, at
    return _FINE if seen else _EMPTY_WITNESS, at


@jit
def _counted(data: Any, at: Any, end: Any, least: Any) -> tuple[Any, Any, Any]:
    """Read how many things of at least `least` bytes follow; the count is no larger than what can follow."""
    count, after = compact_size(data, at, end)
    if count < 0:
        return _CUT if count == -1 else _NOT_SHORTEST, np.int64(0), at
    return (_FINE, count, after) if count <= (end - after) // least else (_CUT, count, at)


@jit
def walk_transactions(
    data: Any, at: Any, end: Any, count: Any, transactions: Any, inputs: Any, outputs: Any
) -> tuple[Any, Any, Any, Any, Any]:
    """Walk over `count` transactions from `at` and note places in the three arrays; never reads at or after `end`.

    Returns:
        fault (0: none), where it is or the walk ended, and how many transactions, inputs and outputs were noted.
    """
    made_in, made_out = np.int64(0), np.int64(0)
    for row in range(count):
        if row >= len(transactions):
            return _FULL, at, row, made_in, made_out
        start = at
        if end - at < 10:
            return _CUT, at, row, made_in, made_out
        witness = data[at + 4] == 0
        if witness and data[at + 5] != 1:
            return _NO_INPUT if data[at + 5] == 0 else _BAD_FLAG, at + 5, row, made_in, made_out
        at += 6 if witness else 4
        fault, some_in, at = _counted(data, at, end, 41)
        if fault == 0 and some_in == 0:
            fault = _NO_INPUT
        if fault == 0:
            fault, at = _walk_inputs(data, at, end, some_in, made_in, inputs)
        some_out = np.int64(0)
        if fault == 0:
            fault, some_out, at = _counted(data, at, end, 9)
        if fault == 0 and some_out == 0:
            fault = _NO_OUTPUT
        if fault == 0:
            fault, at = _walk_outputs(data, at, end, some_out, made_out, outputs)
        body = at
        if fault == 0 and witness:
            fault, at = _walk_witness(data, at, end, some_in)
        if fault == 0 and end - at < 4:
            fault = _CUT
        if fault != 0:
            return fault, at, row, made_in, made_out
        at += 4
        transactions[row, 0], transactions[row, 1], transactions[row, 2] = start, body, at
        transactions[row, 3], transactions[row, 4], transactions[row, 5] = witness, made_in, made_out
        made_in += some_in
        made_out += some_out
    return _FINE, at, count, made_in, made_out


def _walked(data: Bytes, at: int, end: int, count: int) -> tuple[int, int, Places, Places, Places]:
    """Return the fault, where it is or the end, and the places noted; as large as so many bytes can need."""
    room = end - at
    rows = np.empty((count, _TX_COLUMNS), np.int64)
    inputs = np.empty((room // _LEAST_INPUT + 1, _IN_COLUMNS), np.int64)
    outputs = np.empty((room // _LEAST_OUTPUT + 1, _OUT_COLUMNS), np.int64)
    fault, stopped, _, made_in, made_out = walk_transactions(data, at, end, count, rows, inputs, outputs)
    return int(fault), int(stopped), rows, inputs[:made_in], outputs[:made_out]


def transactions_end(data: Bytes, at: int, end: int, count: int) -> int:
    """Return where `count` transactions end that begin at `at`; -1 if they are none or end after `end`."""
    if not 0 <= at <= end <= len(data) or not 0 < count <= (end - at) // LEAST_TRANSACTION:
        return -1
    fault, stopped, *_ = _walked(data, at, end, count)
    return -1 if fault else stopped


def read_transactions(data: Bytes, at: int, end: int, count: int) -> Transactions:
    """Read `count` transactions that begin at `at`.

    Args:
        data: bytes, legacy and segwit serialisations mixed.
        at: where the first begins.
        end: nothing at or after it is read.
        count: as the block states it.

    Raises:
        BadExhibit: which rule is broken at which byte of `data`: cut off, a count or length not in its shortest form, no
            inputs, no outputs, an unknown flag, a witness flag without a witness, more money than can be, an output spent
            twice, new coin beside spent coin.

    Source: Bitcoin Core, src/primitives/transaction.h, src/serialize.h, src/consensus/tx_check.cpp (version 28); BIP144.
    """
    if not 0 <= at <= end <= len(data):
        raise BadExhibit("the bytes end before the transactions begin", where=f"byte {at}")
    room = end - at
    if count > room // LEAST_TRANSACTION:
        raise BadExhibit(f"{count:,} transactions cannot stand in {room:,} bytes", where=f"byte {at}")
    fault, stopped, rows, inputs, outputs = _walked(data, at, end, count)
    if fault:
        raise BadExhibit(_SAID[fault], where=f"byte {stopped}")
    return _checked(_columns(data, rows, inputs, outputs))


def _columns(data: Bytes, rows: Places, inputs: Places, outputs: Places) -> Transactions:
    input_at, output_at = np.ascontiguousarray(inputs[:, 0]), np.ascontiguousarray(outputs[:, 0])
    first_input = np.append(rows[:, 4], len(inputs))
    spent: Bytes = data[input_at[:, None] + np.arange(36)]
    nothing = (spent == np.frombuffer(NO_COIN, np.uint8)).all(axis=1)
    alone = np.diff(first_input) == 1
    return Transactions(
        data,
        np.ascontiguousarray(rows[:, 0]),
        np.ascontiguousarray(rows[:, 1]),
        np.ascontiguousarray(rows[:, 2]),
        rows[:, 3] != 0,
        first_input,
        np.append(rows[:, 5], len(outputs)),
        input_at,
        np.ascontiguousarray(inputs[:, 1]),
        spent,
        output_at,
        np.ascontiguousarray(outputs[:, 1]),
        np.ascontiguousarray(outputs[:, 2]),
        little_endian(data, output_at, 8).astype(np.int64),
        nothing[first_input[:-1]] & alone,
    )


def _checked(read: Transactions) -> Transactions:
    if len(read):
        _check_values(read)
        _check_inputs(read)
    return read


def _check_values(read: Transactions) -> None:
    """Refuse values that cannot be, and sums that cannot (2010's overflow, CVE-2010-5139)."""
    bad = np.flatnonzero((read.values < 0) | (read.values > MOST_MONEY))
    if len(bad):
        raise BadExhibit("an output of more bitcoin than there can be", where=f"byte {read.output_at[bad[0]]}")
    # a block has room for so many outputs that their sum may pass 63 bits: a rough sum comes first
    rough = np.add.reduceat(read.values.astype(np.float64), read.first_output[:-1])
    large = np.flatnonzero(rough > 1.000001 * MOST_MONEY)
    exact = np.add.reduceat(read.values, read.first_output[:-1])
    large = large if len(large) else np.flatnonzero(exact > MOST_MONEY)
    if len(large):
        raise BadExhibit("outputs of more bitcoin than there can be", where=f"byte {read.starts[large[0]]}")


def _check_inputs(read: Transactions) -> None:
    """Refuse new coin beside spent coin, a coinbase script of another size than 2 to 100, an output spent twice."""
    owner = np.repeat(np.arange(len(read)), np.diff(read.first_input))
    nothing = (read.spent == np.frombuffer(NO_COIN, np.uint8)).all(axis=1)
    mixed = np.flatnonzero(nothing & ~read.makes_coin[owner])
    if len(mixed):
        raise BadExhibit("an input that spends nothing, beside others", where=f"byte {read.input_at[mixed[0]]}")
    sizes = read.input_size[nothing] - _LEAST_INPUT
    if ((sizes < 2) | (sizes > 100)).any():
        raise BadExhibit(
            "new coin whose script has not 2 to 100 bytes", where=f"byte {read.input_at[np.flatnonzero(nothing)[0]]}"
        )
    # numbers that stand for outputs are compared first: where none are equal, no output is spent twice (CVE-2018-17144)
    words = read.spent.view("<u4").astype(np.uint64)
    folded = (words[:, 0] << np.uint64(32) | words[:, 1]) ^ (words[:, 8] << np.uint64(40))
    folded ^= owner.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    ordered = np.sort(folded)
    if (ordered[1:] == ordered[:-1]).any():
        named = {(int(of), one.tobytes()) for of, one in zip(owner, read.spent, strict=True)}
        if len(named) < len(read.spent):
            raise BadExhibit("a transaction spends one output twice", where=f"byte {read.starts[0]}")


def read_transaction(raw: bytes) -> Transactions:
    """Read one transaction that is all of `raw`; BadExhibit where it is none or bytes are left over."""
    data = np.frombuffer(raw, np.uint8)
    read = read_transactions(data, 0, len(raw), 1)
    if read.end != len(raw):
        raise BadExhibit(f"{len(raw) - read.end} bytes follow the transaction", where=f"byte {read.end}")
    return read


def little_endian(data: Bytes, at: Places, width: int) -> npt.NDArray[Any]:
    """Return the unsigned numbers of `width` (4 or 8) bytes that begin at `at`; they must lie within `data`."""
    found: npt.NDArray[Any] = data[at[:, None] + np.arange(width)].view(f"<u{width}").reshape(-1)
    return found


def txids(read: Transactions) -> list[bytes]:
    """Return the 32 bytes of each txid, as they are hashed: explorers print them from the last to the first.

    The double SHA-256 of the transaction without its witness (BIP141).
    """
    raw = read.data.data
    rows = zip(read.starts.tolist(), read.bodies.tolist(), read.ends.tolist(), read.has_witness.tolist(), strict=True)
    found = []
    for start, body, end, witness in rows:
        if witness:
            inner = sha256(raw[start : start + 4])
            inner.update(raw[start + 6 : body])
            inner.update(raw[end - 4 : end])
        else:
            inner = sha256(raw[start:end])
        found.append(sha256(inner.digest()).digest())
    return found


def hash_texts(rows: Bytes) -> pa.StringArray:
    """Return hashes, one row of 32 bytes each, as explorers print them: 64 hex digits, last byte first."""
    digits = rows[:, ::-1].tobytes().hex().encode()
    offsets = np.arange(0, 64 * len(rows) + 1, 64, dtype=np.int32)
    return pa.Array.from_buffers(pa.string(), len(rows), [None, pa.py_buffer(offsets), pa.py_buffer(digits)])


def as_rows(hashes: list[bytes]) -> Bytes:
    """Return hashes as rows of 32 bytes."""
    return np.frombuffer(b"".join(hashes), np.uint8).reshape(-1, 32)


__all__ = [
    "LEAST_TRANSACTION", "MOST_MONEY", "NO_COIN", "Bytes", "Places", "Transactions", "as_rows", "compact_size", "hash_texts",
    "little_endian", "read_transaction", "read_transactions", "transactions_end", "txids", "walk_transactions",
]  # fmt: skip

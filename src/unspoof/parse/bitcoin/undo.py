"""Undo data of Bitcoin Core: the coins that a block's inputs spent; which block it belongs to is told by a checksum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from unspoof.errors import BadExhibit
from unspoof.parse.bitcoin.merkle import double_sha
from unspoof.parse.bitcoin.transactions import MOST_MONEY, Bytes, Places, compact_size
from unspoof.parse.compiled import jit

CHECKSUM_SIZE = 32
MOST_UNDO = 64 << 20
"""Bytes of one record that are read; those of real blocks have some 100 KB."""
LONGEST_SCRIPT = 10_000
"""Bytes; a longer script can never be spent, so no undo data holds one."""
_LEAST_COIN = 3
_PRIME = 2**256 - 2**32 - 977
"""Of secp256k1 (SEC 2 version 2.0, section 2.4.1)."""

_FINE, _CUT, _NOT_SHORTEST, _NO_COINS, _TOO_LARGE, _TOO_MUCH, _BAD_SCRIPT, _FULL = range(8)
_SAID = (
    "",
    "the bytes end inside undo data",
    "a count is not written in its shortest form",
    "a transaction that spends nothing",
    "a number that is too large",
    "a coin of more bitcoin than there can be",
    "a script longer than 10,000 bytes",
    "more coins than these bytes can hold",
)


@dataclass(frozen=True)
class Undo:
    """The coins that one block spent, in the order of its inputs; the transaction that makes new coin has none."""

    counts: Places
    """How many inputs each transaction of the block has, the first one left out."""
    at: Places
    """Where each coin's bytes begin."""
    size: Places
    heights: Places
    """Height of the block that made the coin."""
    makes_coin: Bytes
    """1 where a coinbase made it."""
    values: Places
    """Satoshi."""
    scripts: pa.BinaryArray
    end: int
    """Where the record ends."""


@jit
def _number(data: Any, at: Any, end: Any) -> tuple[Any, Any]:
    """Return a number of Core's VARINT at `at` and where it ends; -1 if cut off, -2 if above 2 ** 55."""
    value = np.int64(0)
    while at < end:
        digit = np.int64(data[at])
        at += 1
        value = (value << 7) | (digit & 127)
        if digit < 128:
            return value, at
        value += 1
        if value >= 1 << 48:
            return np.int64(-2), at
    return np.int64(-1), at


@jit
def _amount(packed: Any) -> Any:
    """Return the satoshi that Core's compressed amount stands for, -1 if they are more than can be."""
    if packed == 0:
        return packed
    left = packed - 1
    zeros = left % 10
    left = left // 10
    if zeros < 9:
        digit = left % 9 + 1
        value = (left // 9) * 10 + digit
    else:
        value = left + 1
    for _ in range(zeros):
        if value > MOST_MONEY:
            return np.int64(-1)
        value *= 10
    return value if value <= MOST_MONEY else np.int64(-1)


@jit
def _coin(data: Any, at: Any, end: Any, row: Any, coins: Any) -> tuple[Any, Any]:
    start = at
    code, at = _number(data, at, end)
    version, packed, kind = np.int64(0), np.int64(0), np.int64(0)
    if code >= 2:
        version, at = _number(data, at, end)
    if code >= 0 and version >= 0:
        packed, at = _number(data, at, end)
    if code >= 0 and version >= 0 and packed >= 0:
        kind, at = _number(data, at, end)
    worst = min(code, version, packed, kind)
    if worst < 0:
        return _CUT if worst == -1 else _TOO_LARGE, at
    value = _amount(packed)
    if value < 0:
        return _TOO_MUCH, at
    size = 20 if kind < 2 else 32 if kind < 6 else kind - 6
    if size > 10_000:
        return _BAD_SCRIPT, at
    if size > end - at:
        return _CUT, at
    coins[row, 0], coins[row, 1], coins[row, 2], coins[row, 3] = start, at + size - start, code, value
    coins[row, 4], coins[row, 5], coins[row, 6] = kind, at, size
    return _FINE, at + size


@jit
def walk_undo(data: Any, at: Any, end: Any, counts: Any, coins: Any) -> tuple[Any, Any, Any, Any]:
    """Walk over one record and note its coins; never reads at or after `end`.

    Returns:
        fault (0: none), where it is or the record ends, how many transactions and coins were noted.
    """
    stated, after = compact_size(data, at, end)
    if stated < 0:
        return _CUT if stated == -1 else _NOT_SHORTEST, at, 0, 0
    at, made = after, np.int64(0)
    for row in range(stated):
        if row >= len(counts):
            return _CUT, at, row, made
        inputs, after = compact_size(data, at, end)
        if inputs <= 0:
            fault = _NO_COINS if inputs == 0 else _CUT if inputs == -1 else _NOT_SHORTEST
            return fault, at, row, made
        at = after
        counts[row] = inputs
        for _ in range(inputs):
            if made >= len(coins):
                return _CUT, at, row, made
            fault, at = _coin(data, at, end, made, coins)
            if fault != 0:
                return fault, at, row, made
            made += 1
    return _FINE, at, stated, made


def read_undo(data: Bytes, at: int, end: int) -> Undo:
    """Read one record of undo data.

    Args:
        data: bytes that hold it.
        at: where it begins, behind magic and size.
        end: nothing at or after it is read.

    Raises:
        BadExhibit: which rule is broken at which byte of `data`.

    Source: Bitcoin Core, src/undo.h, src/compressor.cpp, src/serialize.h (version 28).
    """
    if not 0 <= at <= end <= len(data):
        raise BadExhibit("the bytes end before the undo data", where=f"byte {at}")
    counts = np.empty((end - at) // (_LEAST_COIN + 1) + 1, np.int64)
    coins = np.empty(((end - at) // _LEAST_COIN + 1, 7), np.int64)
    fault, stopped, rows, made = walk_undo(data, at, end, counts, coins)
    if fault:
        raise BadExhibit(_SAID[fault], where=f"byte {stopped}")
    kept = np.ascontiguousarray(coins[:made].T)
    return Undo(
        counts[:rows].copy(),
        kept[0],
        kept[1],
        kept[2] >> 1,
        (kept[2] & 1).astype(np.uint8),
        kept[3],
        _scripts(data, kept[4], kept[5], kept[6]),
        int(stopped),
    )


def begins_like_undo(head: bytes) -> bool:
    """Say whether a file, not mixed, begins with undo data: a record that fills its size, or whose beginning is sound."""
    size = int.from_bytes(head[4:8], "little")
    if not 1 <= size <= MOST_UNDO:
        return False
    data = np.frombuffer(head[8 : 8 + size], np.uint8)
    counts = np.empty(len(data) + 1, np.int64)
    coins = np.empty((len(data) // _LEAST_COIN + 1, 7), np.int64)
    fault, end, *_ = walk_undo(data, 0, len(data), counts, coins)
    return bool(fault == _FINE and end == size) or bool(fault == _CUT and len(data) < size)


def has_checksum(previous: bytes, record: bytes, checksum: bytes) -> bool:
    """Say whether a record belongs to the block that follows the block `previous` (its hash, 32 bytes as hashed).

    Core writes the double SHA-256 of both behind each record (src/node/blockstorage.cpp, UndoWriteToDisk, version 28).
    Limits: it guards against damage; whoever forges undo data can write a checksum that fits.
    """
    return double_sha(previous + record) == checksum


def gathered(data: Bytes, at: Places, sizes: Places) -> tuple[Bytes, Places]:
    """Return the bytes of many stretches of `data` one after the other, and where each begins, with the end behind."""
    offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    places = np.arange(offsets[-1]) + np.repeat(at - offsets[:-1], sizes)
    return data[places], offsets


def _scripts(data: Bytes, kinds: Places, at: Places, sizes: Places) -> pa.BinaryArray:
    """Return the output scripts that Core's compressed ones stand for."""
    before = {0: b"\x76\xa9\x14", 1: b"\xa9\x14", 2: b"\x21\x02", 3: b"\x21\x03"}
    after = {0: b"\x88\xac", 1: b"\x87", 2: b"\xac", 3: b"\xac"}
    added = np.zeros(len(kinds), np.int64)
    for kind, head in before.items():
        added[kinds == kind] = len(head) + len(after[kind])
    whole = (kinds == 4) | (kinds == 5)
    lengths = np.where(whole, 67, sizes + added)
    ends = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    made = np.zeros(int(ends[-1]), np.uint8)
    packed, packed_at = gathered(data, at, sizes)
    first = np.zeros(len(kinds), np.int64)
    for kind, head in before.items():
        rows = np.flatnonzero(kinds == kind)
        first[rows] = len(head)
        for place, byte in enumerate(head):
            made[ends[rows] + place] = byte
        for place, byte in enumerate(after[kind]):
            made[ends[rows + 1] - len(after[kind]) + place] = byte
    plain = np.where(whole, 0, sizes)
    source = np.arange(int(plain.sum())) + np.repeat(packed_at[:-1] - (np.cumsum(plain) - plain), plain)
    target = np.arange(int(plain.sum())) + np.repeat(ends[:-1] + first - (np.cumsum(plain) - plain), plain)
    made[target] = packed[source]
    for row in np.flatnonzero(whole).tolist():
        script = _whole_key(packed[packed_at[row] : packed_at[row + 1]].tobytes(), int(kinds[row]))
        made[ends[row] : ends[row + 1]] = np.frombuffer(script, np.uint8)
    return pa.Array.from_buffers(pa.large_binary(), len(kinds), [None, pa.py_buffer(ends), pa.py_buffer(made)]).cast(
        pa.binary()
    )


def _whole_key(packed: bytes, kind: int) -> bytes:
    """Return the script that pays an uncompressed key of which only one coordinate was kept."""
    x = int.from_bytes(packed, "big")
    square = (pow(x, 3, _PRIME) + 7) % _PRIME
    y = pow(square, (_PRIME + 1) // 4, _PRIME)
    if x >= _PRIME or y * y % _PRIME != square:
        raise BadExhibit("a coin whose key lies on no curve")
    y = y if y % 2 == kind - 4 else _PRIME - y
    return b"\x41\x04" + packed + y.to_bytes(32, "big") + b"\xac"


__all__ = [
    "CHECKSUM_SIZE", "LONGEST_SCRIPT", "MOST_UNDO", "Undo", "begins_like_undo", "gathered", "has_checksum", "read_undo",
    "walk_undo",
]  # fmt: skip

"""Transactions as bytes, with made-up signatures, and the txids that follow from them.

A txid is the double SHA-256 of the bytes without witness (BIP141, Transaction ID), read backwards; the signatures are noise.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

import numpy as np

from unspoof.synth.chain.blocks import Blocks, Ordered
from unspoof.synth.chain.draft import OUTSIDE, Column, Drawn, Script
from unspoof.synth.plan import scatter

_AROUND = {
    Script.P2PKH: (b"\x76\xa9\x14", 20, b"\x88\xac"),
    Script.P2SH: (b"\xa9\x14", 20, b"\x87"),
    Script.P2WPKH: (b"\x00\x14", 20, b""),
    Script.P2TR: (b"\x51\x20", 32, b""),
    Script.P2WSH: (b"\x00\x20", 32, b""),
    Script.OP_RETURN: (b"\x6a\x20", 32, b""),
}
"""What stands before and after the hash in an output script, and how long the hash is."""
SCRIPT_SIZE = {script: len(before) + size + len(after) for script, (before, size, after) in _AROUND.items()}
_UNLOCKING = {Script.P2PKH: 106, Script.P2SH: 23}
"""Bytes of the input script: a signature and a key; the witness program of a nested one. Others have none."""
_WITNESS = {Script.P2SH: 107, Script.P2WPKH: 107, Script.P2TR: 66, Script.P2WSH: 253}
"""Bytes of the witness of an input; 1 where it is empty in a transaction that has any."""
_AT_A_TIME = 100_000
"""Pieces that are copied at once: their bytes' places take eight times the room of the bytes."""
_SEQUENCE = b"\xfd\xff\xff\xff"


def hashes(numbers: Column, salt: int) -> np.ndarray:
    """Return 32 made-up bytes a number, the same on every machine."""
    words = np.stack([scatter(numbers * 4 + k, salt) * 2 + (numbers + k) % 2 for k in range(4)], axis=1)
    rows: np.ndarray = words.astype(">u8").view(np.uint8).reshape(len(numbers), 32)
    return rows


def script_rows(script: Script, holders: Column, salt: int) -> np.ndarray:
    """Return the output scripts of addresses of one kind, one row each."""
    before, size, after = _AROUND[script]
    rows = np.empty((len(holders), SCRIPT_SIZE[script]), dtype=np.uint8)
    rows[:, : len(before)] = np.frombuffer(before, np.uint8)
    rows[:, len(before) : len(before) + size] = hashes(holders, salt)[:, :size]
    rows[:, len(before) + size :] = np.frombuffer(after, np.uint8)
    return rows


@dataclass(frozen=True)
class Written:
    """A chain's transactions as bytes; one item a transaction in chain order, inputs and outputs as in Ordered."""

    txid: np.ndarray
    """uint8 (n, 32), as serialised: a block explorer prints it backwards."""
    outside_txid: np.ndarray
    """uint8 (coins, 32): made-up transactions of coins from outside; zero for the rest."""
    size: Column
    virtual_size: Column
    output_script: tuple[np.ndarray, Column]
    """All output scripts' bytes, and where each begins; one more."""
    input_script: tuple[np.ndarray, Column]
    block_hash: np.ndarray
    """uint8 (n, 32), as serialised."""


def _starts(sizes: Column) -> Column:
    starts: Column = np.concatenate([[0], np.cumsum(sizes)])
    return starts


def _put(buffer: np.ndarray, at: Column, rows: np.ndarray) -> None:
    buffer[at[:, None] + np.arange(rows.shape[1])] = rows


def _scripts(drawn: Drawn, coins: Column, salt: int) -> tuple[np.ndarray, Column]:
    holder = drawn.coin_holder[coins]
    kind = drawn.holder_script[holder]
    sizes = np.array([SCRIPT_SIZE[script] for script in Script])[kind]
    starts = _starts(sizes)
    buffer = np.empty(int(starts[-1]), dtype=np.uint8)
    for script in Script:
        some = np.flatnonzero(kind == script)
        _put(buffer, starts[some], script_rows(script, holder[some], salt))
    return buffer, starts


def _unlocking(drawn: Drawn, coins: Column, salt: int) -> tuple[np.ndarray, Column]:
    """Return the input scripts: as long and as framed as real ones, noise inside."""
    holder = drawn.coin_holder[coins]
    kind = drawn.holder_script[holder]
    sizes = np.array([_UNLOCKING.get(script, 0) for script in Script])[kind]
    starts = _starts(sizes)
    buffer = np.empty(int(starts[-1]), dtype=np.uint8)
    keyed = np.flatnonzero(kind == Script.P2PKH)
    rows = np.concatenate([hashes(coins[keyed] * 4 + nth, salt + 1) for nth in range(4)], axis=1)[:, :106]
    # A push of 71 bytes of signature, a push of 33 bytes of key.
    rows[:, 0], rows[:, 72], rows[:, 73] = 71, 33, 2 + (holder[keyed] & 1)
    # A key is its address's, so two inputs of one address show one key.
    rows[:, 74:] = hashes(holder[keyed], salt + 2)
    _put(buffer, starts[keyed], rows)
    nested = np.flatnonzero(kind == Script.P2SH)
    program = np.concatenate(
        [np.tile(np.array([22, 0, 20], np.uint8), (len(nested), 1)), hashes(holder[nested], salt + 3)[:, :20]], axis=1
    )
    _put(buffer, starts[nested], program)
    return buffer, starts


def _varint_sizes(counts: Column) -> Column:
    sizes: Column = np.where(counts < 0xFD, 1, 3)
    return sizes


def _put_varints(buffer: np.ndarray, at: Column, counts: Column) -> None:
    """Write counts below 65,536 as variable integers."""
    short = counts < 0xFD
    buffer[at[short]] = counts[short]
    buffer[at[~short]] = 0xFD
    _put(buffer, at[~short] + 1, counts[~short].astype("<u2").view(np.uint8).reshape(-1, 2))


def write(drawn: Drawn, ordered: Ordered, blocks: Blocks, salt: int) -> Written:
    """Serialise every transaction and work out its txid, parents first.

    Args:
        drawn: the columns.
        ordered: their order.
        blocks: for the hashes of blocks.
        salt: makes another chain of another seed.
    """
    scripts = _scripts(drawn, ordered.output_coin, salt)
    unlocking = _unlocking(drawn, ordered.input_coin, salt)
    away = np.flatnonzero(drawn.coin_tx == OUTSIDE)
    outside = np.zeros((len(drawn.coin_tx), 32), dtype=np.uint8)
    outside[away] = hashes(away, salt + 4)
    places = _lay_out(ordered, np.diff(scripts[1]), np.diff(unlocking[1]))
    buffer = _frame(ordered, places)
    _put(buffer, places.output, drawn.coin_value[ordered.output_coin].astype("<i8").view(np.uint8).reshape(-1, 8))
    buffer[places.output + 8] = np.diff(scripts[1])
    _copy(buffer, places.output + 9, *scripts)
    _put_inputs(buffer, places.input, ordered, outside, unlocking)
    coin = ordered.input_coin
    rank = np.empty(len(ordered.tx), dtype=np.int64)
    rank[ordered.tx] = np.arange(len(rank))
    parent = np.where(drawn.coin_tx[coin] == OUTSIDE, OUTSIDE, rank[drawn.coin_tx[coin]])
    txid = _txids(buffer, places.starts, places.input, parent, ordered.input_start)
    size, extra = np.diff(places.starts), _witness_sizes(drawn, ordered)
    told = (size + extra, size + (extra + 3) // 4, scripts, unlocking)
    return Written(txid, outside, *told, _block_hashes(ordered, blocks, salt))


@dataclass(frozen=True)
class _Places:
    """Where in the run of all transactions' bytes everything begins."""

    starts: Column
    """Of each transaction; one more."""
    inputs: Column
    """Of each transaction's first input."""
    outputs: Column
    """Of the count of each transaction's outputs."""
    input: Column
    """Of each input."""
    output: Column
    """Of each output."""


def _lay_out(ordered: Ordered, script: Column, unlocking: Column) -> _Places:
    """Work out where everything stands, from the lengths of output and input scripts."""
    outputs, inputs = np.diff(ordered.output_start), np.diff(ordered.input_start)
    out_starts, in_starts = _starts(9 + script), _starts(41 + unlocking)
    # New coin has one input, which names no output and holds the height; bitcoin-etl leaves it out.
    in_bytes = np.where(inputs == 0, 46, np.diff(in_starts[ordered.input_start]))
    before = 4 + _varint_sizes(np.maximum(inputs, 1))
    size = before + in_bytes + _varint_sizes(outputs) + np.diff(out_starts[ordered.output_start]) + 4
    starts = _starts(size)
    first_in = starts[:-1] + before
    first_out = first_in + in_bytes + _varint_sizes(outputs)
    return _Places(
        starts,
        first_in,
        first_in + in_bytes,
        np.repeat(first_in - in_starts[ordered.input_start[:-1]], inputs) + in_starts[:-1],
        np.repeat(first_out - out_starts[ordered.output_start[:-1]], outputs) + out_starts[:-1],
    )


def _frame(ordered: Ordered, places: _Places) -> np.ndarray:
    """Return the bytes of all transactions with version, counts and the input of new coin filled in."""
    outputs, inputs = np.diff(ordered.output_start), np.diff(ordered.input_start)
    buffer = np.zeros(int(places.starts[-1]), dtype=np.uint8)
    buffer[places.starts[:-1]] = 2
    _put_varints(buffer, places.starts[:-1] + 4, np.maximum(inputs, 1))
    _put_varints(buffer, places.outputs, outputs)
    _put_rewards(buffer, places.inputs[inputs == 0], ordered.height[inputs == 0])
    return buffer


def _put_inputs(
    buffer: np.ndarray, at: Column, ordered: Ordered, outside: np.ndarray, unlocking: tuple[np.ndarray, Column]
) -> None:
    """Write the inputs; of coins made here the txid is filled in when it is known."""
    coin, sizes = ordered.input_coin, np.diff(unlocking[1])
    _put(buffer, at, outside[coin])
    _put(buffer, at + 32, ordered.output_place[coin].astype("<u4").view(np.uint8).reshape(-1, 4))
    buffer[at + 36] = sizes
    _copy(buffer, at + 37, *unlocking)
    _put(buffer, at + 37 + sizes, np.tile(np.frombuffer(_SEQUENCE, np.uint8), (len(at), 1)))


def _witness_sizes(drawn: Drawn, ordered: Ordered) -> Column:
    """Return the bytes of each transaction's marker and witnesses, 0 where it has none."""
    inputs = np.diff(ordered.input_start)
    owner = np.repeat(np.arange(len(inputs)), inputs)
    kinds = drawn.holder_script[drawn.coin_holder[ordered.input_coin]]
    witness = np.array([_WITNESS.get(script, 1) for script in Script])[kinds]
    has = np.bincount(owner[witness > 1], minlength=len(inputs)) > 0
    whole = 2 + np.bincount(owner, weights=witness, minlength=len(inputs)).astype(np.int64)
    extra: Column = np.where(has, whole, 0)
    return extra


def _put_rewards(buffer: np.ndarray, at: Column, height: Column) -> None:
    """Write the one input of new coin: no output spent, and the height (BIP34)."""
    _put(buffer, at + 32, np.full((len(at), 4), 0xFF, dtype=np.uint8))
    buffer[at + 36], buffer[at + 37] = 5, 3
    _put(buffer, at + 38, height.astype("<u4").view(np.uint8).reshape(-1, 4)[:, :3])
    _put(buffer, at + 42, np.full((len(at), 4), 0xFF, dtype=np.uint8))


def _copy(buffer: np.ndarray, at: Column, source: np.ndarray, starts: Column) -> None:
    """Copy pieces of `source` to where each belongs."""
    for first in range(0, len(at), _AT_A_TIME):
        edges = starts[first : first + _AT_A_TIME + 1]
        shift = np.repeat(at[first : first + _AT_A_TIME] - edges[:-1], np.diff(edges))
        buffer[np.arange(edges[0], edges[-1]) + shift] = source[edges[0] : edges[-1]]


def _txids(buffer: np.ndarray, starts: Column, at: Column, parent: Column, input_start: Column) -> np.ndarray:
    """Hash transactions in chain order: each needs the txids of those it spends."""
    count = len(starts) - 1
    data, found = bytearray(buffer.tobytes()), bytearray(32 * count)
    edges, firsts = starts.tolist(), input_start.tolist()
    places, parents = at.tolist(), parent.tolist()
    for tx in range(count):
        for nth in range(firsts[tx], firsts[tx + 1]):
            maker = parents[nth]
            if maker >= 0:
                data[places[nth] : places[nth] + 32] = found[32 * maker : 32 * maker + 32]
        found[32 * tx : 32 * tx + 32] = sha256(sha256(data[edges[tx] : edges[tx + 1]]).digest()).digest()
    txids: np.ndarray = np.frombuffer(bytes(found), np.uint8).reshape(count, 32)
    return txids


def _block_hashes(ordered: Ordered, blocks: Blocks, salt: int) -> np.ndarray:
    """Return made-up hashes of blocks, with as many zeros before them as the real chain's of that time."""
    rows = hashes(ordered.height + blocks.time[ordered.block] * 2**20, salt + 5).copy()
    rows[:, -9:] = 0
    return rows


__all__ = ["SCRIPT_SIZE", "Written", "hashes", "script_rows", "write"]

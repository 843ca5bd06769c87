"""Transactions, blocks and scripts out of any bytes: compiled and plain must agree, and what is read must be there."""

from __future__ import annotations

from contextlib import suppress
from hashlib import sha256

import numpy as np
import pyarrow as pa

from block_kit import coinbase, made_up_chain, size_of, transaction
from fuzz.target import Target, chosen
from unspoof.errors import BadExhibit
from unspoof.parse.bitcoin import scripts, transactions
from unspoof.parse.bitcoin.addresses import addresses_of, script_of, types_of
from unspoof.parse.bitcoin.block import begins_like_block, block_end, read_block, stated_height

WAYS = ("transaction", "block", "script")


def _plain(function: object) -> object:
    return getattr(function, "py_func", function)


def _walks(data: bytes) -> None:
    """Walk with compiled and with plain code, which raises where an index slips."""
    array = np.frombuffer(data, np.uint8)

    def walked(walk: object) -> list[object]:
        kept = [np.zeros((9, 6), np.int64), np.zeros((99, 2), np.int64), np.zeros((99, 3), np.int64)]
        return [[int(one) for one in walk(array, 0, len(array), 3, *kept)], [k.tolist() for k in kept]]  # type: ignore[operator]

    assert walked(transactions.walk_transactions) == walked(_plain(transactions.walk_transactions)), "compiled differs"


def _transaction(data: bytes) -> None:
    _walks(data)
    read = transactions.read_transaction(data)
    version, body, end = data[:4], int(read.bodies[0]), len(data)
    stripped = version + data[6 if read.has_witness[0] else 4 : body] + data[end - 4 :]
    assert transactions.txids(read) == [sha256(sha256(stripped).digest()).digest()], "another txid"
    again = version + size_of(len(read.input_at))
    again += b"".join(data[at : at + size] for at, size in zip(read.input_at, read.input_size, strict=True))
    again += size_of(len(read.values))
    for at, size, value in zip(read.script_at, read.script_size, read.values, strict=True):
        again += int(value).to_bytes(8, "little") + size_of(int(size)) + data[at : at + size]
    assert again + data[end - 4 :] == stripped, "what was read does not make up what was there"


def _block(data: bytes) -> None:
    assert begins_like_block(data) in (True, False)
    assert stated_height(data) is None or 0 <= stated_height(data) < 1 << 31  # type: ignore[operator]
    array = np.frombuffer(data, np.uint8)
    end = block_end(array, 0, len(array))
    block = read_block(array, 0, len(array))
    assert block.transactions.end == end, "two ends"


def _script(data: bytes) -> None:
    array = np.frombuffer(data, np.uint8)
    kind = scripts.script_type(array, 0, len(array))
    assert kind == _plain(scripts.script_type)(array, 0, len(array)), "compiled differs"  # type: ignore[operator]
    column = pa.array([data, b"\x6a", data], pa.binary())
    first, none, last = addresses_of(column, "regtest").to_pylist()
    assert none is None
    assert first == last, "the same script has two addresses"
    assert first is None or script_of(first, "regtest") == data, "the address leads elsewhere"
    assert types_of(column)[1].as_py() == "op_return"


def feed(data: bytes) -> None:
    """Read bytes as the first of them chooses."""
    way, rest = chosen(data, WAYS)
    if way == "script":
        _script(rest)
        return
    with suppress(BadExhibit):
        _transaction(rest) if way == "transaction" else _block(rest)


_ONE = transaction([(bytes([7]) * 32, 1)], [(5, b"\x51"), (10**9, b"\x6a\5drama")])
_TWO = transaction([(bytes([7]) * 32, 1), (bytes([8]) * 32, 0)], [(5, b"\0\x14" + bytes(20))], witness=True)
_KEY = bytes([33, 2]) + bytes(32)

TARGET = Target(
    "bitcoin_transactions",
    "a choice, then a transaction, a block or an output script",
    feed,
    (
        *(b"\0" + one for one in (_ONE, _TWO, coinbase(1, b"\x51"), _ONE[:-1], _TWO + b"\0")),
        *(b"\1" + one for one in (*made_up_chain(), made_up_chain()[1][:-3])),
        *(
            b"\2" + one
            for one in (
                b"\x76\xa9\x14" + bytes(20) + b"\x88\xac", b"\xa9\x14" + bytes(20) + b"\x87", b"\0\x14" + bytes(20),
                b"\x51\x20" + bytes(32), b"\x51\2\x4e\x73", _KEY + b"\xac", b"\x51" + _KEY * 2 + b"\x52\xae",
                b"\x52" + b"\x4c" + _KEY + _KEY + b"\x01\x11\xae", b"\x6a\x4c", b"\x60\x02ab",
            )
        ),
    ),
    words=(b"\xfd", b"\xfe", b"\xff", b"\0\1", b"\xff\xff\xff\xff", bytes(32), b"\xac", b"\xae", b"\x6a", b"\x4d", b"\x4c"),
    most=1024,
)  # fmt: skip

__all__ = ["TARGET"]

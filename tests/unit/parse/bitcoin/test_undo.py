"""Undo data: what real inputs spent, written in Core's form and read back; damage and checksums."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from block_kit import double, packed_amount, real, size_of, undo_record, varint
from unspoof.errors import BadExhibit
from unspoof.parse.bitcoin import undo as package
from unspoof.parse.bitcoin.block import read_block
from unspoof.parse.bitcoin.undo import begins_like_undo, has_checksum, read_undo


def spent_by_block300025() -> list[tuple[int, bytes]]:
    """Return value and script of every output that block 300025 spends, in order."""
    raw, at, found = real("block300025-undo.raw"), 0, []
    while at < len(raw):
        value, size = int.from_bytes(raw[at : at + 8], "little"), raw[at + 8]
        assert size < 253
        found.append((value, raw[at + 9 : at + 9 + size]))
        at += 9 + size
    return found


def test_what_a_real_block_spent_is_read_back() -> None:
    """1,427 real outputs in Core's form: every value and script, and each transaction's fee is what the block allows."""
    raw, spent = real("block300025.raw"), spent_by_block300025()
    block = read_block(np.frombuffer(raw, np.uint8), 0, len(raw))
    counts = np.diff(block.transactions.first_input)[1:]
    ends = np.cumsum(counts)
    coins = [[(299_000, *coin) for coin in spent[end - count : end]] for count, end in zip(counts, ends, strict=True)]
    record = undo_record(coins)
    found = read_undo(np.frombuffer(record, np.uint8), 0, len(record))

    assert found.counts.tolist() == counts.tolist()
    assert list(zip(found.values.tolist(), found.scripts.to_pylist(), strict=True)) == spent
    assert set(found.heights.tolist()) == {299_000}
    assert (found.end, len(spent)) == (len(record), 1427)
    paid = np.add.reduceat(block.transactions.values, block.transactions.first_output[:-1])
    fees = np.add.reduceat(found.values, np.concatenate([[0], ends[:-1]])) - paid[1:]
    assert (fees >= 0).all()
    assert 25 * 10**8 + fees.sum() == paid[0]


@settings(deadline=None)
@given(st.integers(0, 21_000_000 * 10**8))
def test_amounts_are_unpacked_as_core_packs_them(value: int) -> None:
    """Every amount that can be."""
    record = size_of(1) + size_of(1) + varint(0) + varint(packed_amount(value)) + varint(6)

    assert read_undo(np.frombuffer(record, np.uint8), 0, len(record)).values.tolist() == [value]


COINS = st.lists(
    st.lists(
        st.tuples(st.integers(0, 900_000), st.integers(0, 10**14), st.binary(max_size=80)), min_size=1, max_size=3
    ),
    max_size=4,
)


@settings(deadline=None)
@given(COINS)
def test_what_was_written_comes_back(coins: list[list[tuple[int, int, bytes]]]) -> None:
    """Heights, values and scripts, transaction by transaction, and each coin leads to its bytes."""
    record = undo_record(coins)
    found = read_undo(np.frombuffer(record, np.uint8), 0, len(record))

    assert found.counts.tolist() == [len(inputs) for inputs in coins]
    flat = [coin for inputs in coins for coin in inputs]
    assert list(zip(found.heights.tolist(), found.values.tolist(), found.scripts.to_pylist(), strict=True)) == flat
    assert sum(found.size.tolist()) == len(record) - 1 - len(coins)


@pytest.mark.parametrize(
    ("record", "told"),
    [
        (b"", "the bytes end inside undo data"),
        (b"\1", "the bytes end inside undo data"),
        (b"\1\0", "a transaction that spends nothing"),
        (b"\xfd\1\0", "a count is not written in its shortest form"),
        (b"\xff" * 9, "the bytes end inside undo data"),
        (b"\1\1\0" + b"\xff" * 9, "a number that is too large"),
        (b"\1\1\0" + varint(packed_amount(21 * 10**14 + 1)) + b"\6", "a coin of more bitcoin than there can be"),
        (b"\1\1\0\0" + varint(10_007) + bytes(10_001), "a script longer than 10,000 bytes"),
        (b"\1\1\0\0\0" + bytes(19), "the bytes end inside undo data"),
        (b"\1\1\0\0\4" + b"\xff" * 32, "a coin whose key lies on no curve"),
        (b"\1\1\0\0\4" + (5).to_bytes(32, "big"), "a coin whose key lies on no curve"),
    ],
)
def test_hostile_undo_data_are_refused_with_their_fault(record: bytes, told: str) -> None:
    """Counts, numbers, amounts, scripts and keys that cannot be."""
    with pytest.raises(BadExhibit) as error:
        read_undo(np.frombuffer(record, np.uint8), 0, len(record))

    assert error.value.problem == told


@pytest.mark.parametrize(("kind", "odd"), [(4, 0), (5, 1)])
def test_an_uncompressed_key_gets_its_other_coordinate_back(kind: int, odd: int) -> None:
    """The generator of secp256k1, of which both coordinates are published (SEC 2, section 2.4.1)."""
    x = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
    y = 0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8
    record = b"\1\1\0\0" + bytes([kind]) + bytes.fromhex(x)
    script = read_undo(np.frombuffer(record, np.uint8), 0, len(record)).scripts.to_pylist()[0]

    assert script[:2] + script[-1:] == b"\x41\x04\xac"
    assert script[2:34].hex() == x
    assert int.from_bytes(script[34:66], "big") == (y if odd == y % 2 else 2**256 - 2**32 - 977 - y)


def test_a_checksum_ties_a_record_to_the_block_before_its_own() -> None:
    """Another record or another block, and it does not fit."""
    checksum = double(bytes(32) + b"\0")

    assert has_checksum(bytes(32), b"\0", checksum)
    assert not has_checksum(bytes(31) + b"\1", b"\0", checksum)
    assert not has_checksum(bytes(32), b"\1", checksum)


@settings(deadline=None)
@given(st.binary(max_size=60))
def test_compiled_and_plain_walk_undo_data_the_same_way(junk: bytes) -> None:
    """Any bytes give the same fault at the same place in both."""
    data = np.frombuffer(junk, np.uint8)

    def told(walk: object) -> tuple[int, ...]:
        arrays = np.zeros(len(data) + 1, np.int64), np.zeros((len(data) // 3 + 1, 7), np.int64)
        return tuple(int(one) for one in walk(data, 0, len(data), *arrays))  # type: ignore[operator]

    walk = package.walk_undo
    assert told(walk) == told(getattr(walk, "py_func", walk))
    assert begins_like_undo(junk) in (True, False)

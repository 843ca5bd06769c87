"""Blocks: known answers of real ones, merkle proofs, and what tampering looks like."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from block_kit import GENESIS, block, coinbase, double, made_up_chain, real, transaction
from unspoof.errors import BadExhibit, BadRequest, FoundWrong
from unspoof.parse.bitcoin.block import Block, block_end, has_work, read_block, read_header, stated_height
from unspoof.parse.bitcoin.merkle import Branch, check_branch, merkle_branch, merkle_root

KNOWN = [
    ("block300025.raw", 300025, 1399713634, 461, 0, 1428, 1226, "821c4e0acc40f88bedbce3b73ba2358b5ade58a9022cc78c"),
    ("block482683.raw", 482683, 1504119737, 12, 2, 52, 25, "c238240ef6dcb26c37e75e16514e6ffc0aef7eee73e747"),
    ("block574200.raw", 574200, 1556771671, 3315, 1341, 5055, 8150, "1602407ac49862a7bca9d00f7f402db20b7be2f5de59d2"),
]


def read(raw: bytes) -> Block:
    """Read a block that is all of `raw`."""
    return read_block(np.frombuffer(raw, np.uint8), 0, len(raw))


@pytest.mark.parametrize(("name", "height", "time", "txs", "segwit", "ins", "outs", "tail"), KNOWN)
def test_real_blocks_have_their_known_answers(
    name: str, height: int, time: int, txs: int, segwit: int, ins: int, outs: int, tail: str
) -> None:
    """Height, time, hash and every count are those that other software worked out."""
    raw = real(name)
    found = read(raw)

    assert (found.height, found.header.time) == (height, time)
    assert found.header.hash[::-1].hex() == tail.rjust(64, "0")
    assert (len(found.transactions), int(found.transactions.has_witness.sum())) == (txs, segwit)
    assert (len(found.transactions.input_at), len(found.transactions.values)) == (ins, outs)
    assert found.transactions.end == block_end(np.frombuffer(raw, np.uint8), 0, len(raw)) == len(raw)


def test_a_changed_bit_is_seen_wherever_the_header_commits_to_it() -> None:
    """One bit of the header or of a transaction, and the block is refused; witnesses are not under the merkle root."""
    raw = real("block482683.raw")
    found = read(raw).transactions
    witness = np.zeros(len(raw), np.bool_)
    for start, body, end, has in zip(found.starts, found.bodies, found.ends, found.has_witness, strict=True):
        witness[body : end - 4] = has
        witness[start + 4 : start + 6] = has
    for at in [*range(81), *range(81, len(raw), 13)]:
        if not witness[at]:
            changed = bytearray(raw)
            changed[at] ^= 1
            with pytest.raises(BadExhibit):
                read(bytes(changed))


@pytest.mark.parametrize("size", [0, 40, 79, 80, 81, 100, 140])
def test_a_block_that_is_cut_off_is_refused(size: int) -> None:
    """At each place it says so, and reads nothing behind it."""
    with pytest.raises(BadExhibit):
        read(made_up_chain()[0][:size])


def test_transactions_repeated_at_the_end_are_seen_although_the_root_fits() -> None:
    """CVE-2012-2459: the last transaction of three written twice gives the same root."""
    first = made_up_chain()[0]
    coin = double(first[81:])
    ones = [transaction([(coin, place)], [(place + 1, b"\x51")]) for place in range(2)]
    sound = block(double(first[:80]), 2, [coinbase(2, b"\x51"), *ones])
    repeated = sound[:80] + b"\4" + sound[81:] + ones[-1]

    assert len(read(sound).transactions) == 3
    with pytest.raises(BadExhibit, match="repeated without a change of the root"):
        read(repeated)


def test_new_coin_is_made_once_and_first() -> None:
    """A second transaction that makes coin is refused, and one that makes none at the front."""
    two = block(GENESIS, 1, [coinbase(1, b"\x51"), coinbase(1, b"\x52")])
    none = block(GENESIS, 1, [transaction([(bytes([9]) * 32, 0)], [(1, b"\x51")])])

    for raw in (two, none):
        with pytest.raises(BadExhibit, match="makes new coin"):
            read(raw)


def test_work_is_measured_against_the_headers_own_target() -> None:
    """The real header has it, and loses it with another nonce; a target that is none has no work below it."""
    raw = real("block482683.raw")[:80]

    assert has_work(read_header(raw))
    assert not has_work(read_header(raw[:76] + b"\0\0\0\0"))
    assert not has_work(read_header(raw[:72] + b"\0\0\x80\x04" + raw[76:]))
    assert not has_work(read_header(raw[:72] + b"\xff\xff\xff\xff" + raw[76:]))


def test_a_height_is_taken_from_the_coinbase_of_version_2_and_later() -> None:
    """BIP34: small heights as operations, others as numbers; version 1 states none."""
    assert [stated_height(block(GENESIS, height, [coinbase(height, b"\x51")])) for height in (1, 16, 17, 500)] == [
        1,
        16,
        17,
        500,
    ]
    assert stated_height(b"\1\0\0\0" + made_up_chain()[0][4:]) is None
    assert stated_height(real("block300025.raw")[:256]) == 300025
    assert stated_height(b"") is None


def _other(one: bytes) -> bytes:
    return bytes([one[0] ^ 1]) + one[1:]


HASHES = st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=40, unique=True)


@settings(deadline=None)
@given(HASHES, st.integers(0, 39))
def test_a_branch_leads_to_the_root_and_a_changed_one_does_not(txids: list[bytes], place: int) -> None:
    """Every transaction of every tree; the place, the txid and each hash are held by the root."""
    place %= len(txids)
    root, repeated = merkle_root(txids)
    branch = merkle_branch(txids, place)

    check_branch(branch, root)
    assert not repeated
    with pytest.raises(FoundWrong):
        check_branch(Branch(_other(branch.txid), place, branch.hashes), root)
    for at in range(len(branch.hashes)):
        changed = (*branch.hashes[:at], _other(branch.hashes[at]), *branch.hashes[at + 1 :])
        with pytest.raises(FoundWrong):
            check_branch(Branch(branch.txid, place, changed), root)


def test_a_branch_of_a_real_block_proves_a_payment() -> None:
    """The last of 3,315 transactions, by twelve hashes."""
    found = read(real("block574200.raw"))
    txids = [row.tobytes() for row in found.txids]
    branch = merkle_branch(txids, 3314)

    assert len(branch.hashes) == 12
    check_branch(branch, found.header.merkle_root)


@pytest.mark.parametrize(
    "branch",
    [
        Branch(bytes(31), 0, ()),
        Branch(bytes(32), 1, ()),
        Branch(bytes(32), -1, ()),
        Branch(bytes(32), 0, (b"",)),
        Branch(bytes(32), 0, (bytes(32),) * 33),
        Branch(bytes(32), 1, (bytes(32),)),
    ],
)
def test_a_branch_that_is_none_is_refused(branch: Branch) -> None:
    """Sizes, steps, a place outside the tree, and a transaction joined with itself on the right."""
    with pytest.raises(FoundWrong):
        check_branch(branch, bytes(32))


def test_there_is_no_root_of_nothing_and_no_branch_of_what_is_not_there() -> None:
    """Both are wrong requests."""
    with pytest.raises(BadRequest):
        merkle_root([])
    with pytest.raises(BadRequest):
        merkle_branch([bytes(32)], 1)

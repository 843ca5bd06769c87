from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unspoof.parse.bitcoin.merkle import check_branch, merkle_root
from unspoof.parse.chain_json.cells import BadTransaction
from unspoof.parse.chain_json.tx_out_proof import read_tx_out_proof


def leaf(number: int) -> bytes:
    """Return a txid as it is hashed."""
    return hashlib.sha256(str(number).encode()).digest()


def proof_of(leaves: list[bytes], wanted: int) -> bytes:
    """Write the proof of one leaf as BIP 37 says, with a header of zeros."""
    bits: list[int] = []
    hashes: list[bytes] = []

    def width(height: int) -> int:
        return (len(leaves) + (1 << height) - 1) >> height

    def hash_of(height: int, at: int) -> bytes:
        if height == 0:
            return leaves[at]
        left = hash_of(height - 1, 2 * at)
        right = hash_of(height - 1, 2 * at + 1) if 2 * at + 1 < width(height - 1) else left
        return hashlib.sha256(hashlib.sha256(left + right).digest()).digest()

    def walk(height: int, at: int) -> None:
        holds = at << height <= wanted < (at + 1) << height
        bits.append(int(holds))
        if height == 0 or not holds:
            hashes.append(hash_of(height, at))
            return
        walk(height - 1, 2 * at)
        if 2 * at + 1 < width(height - 1):
            walk(height - 1, 2 * at + 1)

    height = 0
    while width(height) > 1:
        height += 1
    walk(height, 0)
    flags = bytearray((len(bits) + 7) // 8)
    for at, bit in enumerate(bits):
        flags[at // 8] |= bit << at % 8
    return (
        bytes(80)
        + len(leaves).to_bytes(4, "little")
        + bytes([len(hashes)])
        + b"".join(hashes)
        + bytes([len(flags)])
        + flags
    )


@settings(max_examples=80, deadline=None)
@given(count=st.integers(1, 70), data=st.data())
def test_a_nodes_proof_becomes_the_branch_that_leads_to_the_root(count: int, data: st.DataObject) -> None:
    """For any block and any transaction in it, the branch has its place and leads to the block's root."""
    wanted = data.draw(st.integers(0, count - 1))
    leaves = [leaf(number) for number in range(count)]
    header, branch = read_tx_out_proof(leaves[wanted][::-1].hex(), proof_of(leaves, wanted))

    assert header == bytes(80)
    assert branch.place == wanted
    check_branch(branch, merkle_root(leaves)[0])


def test_a_proof_of_another_transaction_is_none() -> None:
    """The txid that was asked for must be the leaf."""
    leaves = [leaf(number) for number in range(5)]

    with pytest.raises(BadTransaction, match="a proof of something else"):
        read_tx_out_proof(leaves[3][::-1].hex(), proof_of(leaves, 2))


@settings(max_examples=300, deadline=None)
@given(place=st.floats(0, 1), change=st.binary(max_size=4), cut=st.floats(0, 1))
def test_damage_to_a_proof_is_refused_or_leads_to_another_root(place: float, change: bytes, cut: float) -> None:
    """Any bytes give a branch or a reason, and work without end is not to be had."""
    leaves = [leaf(number) for number in range(9)]
    raw = proof_of(leaves, 4)
    at = int(place * len(raw))
    damaged = (raw[:at] + change + raw[at + len(change) :])[: int(cut * (len(raw) + 9))]
    try:
        _, branch = read_tx_out_proof(leaves[4][::-1].hex(), damaged)
    except BadTransaction:
        return

    assert branch.txid == leaves[4]

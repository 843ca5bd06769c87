"""Merkle roots and branches over txids: that a transaction is in a block; whether the block is in the chain is not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from unspoof.errors import BadRequest, FoundWrong

MOST_STEPS = 32
"""No block holds 2 ** 32 transactions."""


@dataclass(frozen=True)
class Branch:
    """The hashes that lead from one txid to the root of its block."""

    txid: bytes
    place: int
    """Of the transaction in its block, from 0."""
    hashes: tuple[bytes, ...]
    """Partners on the way up, 32 bytes each."""


def double_sha(data: bytes) -> bytes:
    """Return SHA-256 of SHA-256."""
    return sha256(sha256(data).digest()).digest()


def merkle_root(txids: Sequence[bytes]) -> tuple[bytes, bool]:
    """Return the root over txids (32 bytes each, as hashed), and whether two equal hashes stand side by side in a pair.

    Such a pair means that transactions may have been repeated at the end without a change of the root (CVE-2012-2459):
    the list is then not to be trusted. Source: Bitcoin Core, src/consensus/merkle.cpp.
    """
    if not txids:
        raise BadRequest("a block without transactions has no merkle root")
    level, repeated = list(txids), False
    while len(level) > 1:
        repeated = repeated or any(level[at] == level[at + 1] for at in range(0, len(level) - 1, 2))
        if len(level) % 2:
            level.append(level[-1])
        level = [sha256(sha256(level[at] + level[at + 1]).digest()).digest() for at in range(0, len(level), 2)]
    return level[0], repeated


def merkle_branch(txids: Sequence[bytes], place: int) -> Branch:
    """Return the branch of the transaction at `place`; BadRequest if there is none."""
    if not 0 <= place < len(txids):
        raise BadRequest(f"no transaction {place} among {len(txids)}")
    level, at, hashes = list(txids), place, []
    while len(level) > 1:
        if len(level) % 2:
            level.append(level[-1])
        hashes.append(level[at ^ 1])
        level = [double_sha(level[i] + level[i + 1]) for i in range(0, len(level), 2)]
        at //= 2
    return Branch(txids[place], place, tuple(hashes))


def check_branch(branch: Branch, root: bytes) -> None:
    """Work out the root that a branch leads to.

    Args:
        branch: as `merkle_branch` gives it or a server tells it.
        root: of the block's header.

    Raises:
        FoundWrong: it leads to another root, has too many steps, a place outside the tree, or a hash that is none. Its
            caller must make sure that `branch.txid` is a transaction's and not an inner node's (64 bytes serialised).
    """
    if len(branch.hashes) > MOST_STEPS or any(len(one) != 32 for one in (branch.txid, *branch.hashes)):
        raise FoundWrong("the branch holds something that is no hash, or too many of them")
    if not 0 <= branch.place < 1 << len(branch.hashes):
        raise FoundWrong(f"place {branch.place} lies outside a tree of {len(branch.hashes)} steps")
    at, found = branch.place, branch.txid
    for partner in branch.hashes:
        if at % 2 and partner == found:
            raise FoundWrong("a step joins a hash with itself on the right: the transaction was repeated")
        found = double_sha(partner + found) if at % 2 else double_sha(found + partner)
        at //= 2
    if found != root:
        raise FoundWrong(
            f"the branch leads to the root {found[::-1].hex()}, and the block's is {root[::-1].hex()}",
            hint="The transaction is not shown to be in this block.",
        )


__all__ = ["MOST_STEPS", "Branch", "check_branch", "double_sha", "merkle_branch", "merkle_root"]

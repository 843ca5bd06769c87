"""Whether a transaction is in a block, hash by hash so that anybody can follow; not whether the block is in the chain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from unspoof.errors import BadExhibit, FoundWrong
from unspoof.parse.bitcoin.block import HEADER_SIZE, Header, has_work, read_block, read_header, target_of
from unspoof.parse.bitcoin.merkle import MOST_STEPS, Branch, check_branch, double_sha, merkle_branch
from unspoof.parse.bitcoin.transactions import Transactions, read_transaction

TXID, HEADER, WORK, BRANCH = "txid", "header", "work", "branch"
"""What is checked, in this order."""
HOLDS, FAILS, OPEN = "holds", "fails", "not shown"
"""What comes of a check."""
PROVEN, NOT_PROVEN = "proven", "not proven"
INNER_NODE = 64
"""Bytes of a node inside a merkle tree: a transaction of that size could be one that is no transaction (CVE-2017-12842)."""
SURE_BITS = 67
"""Work, as a power of two in hashes, that every block of the main network has since 2016 and hardly any made-up one."""
_TEST_EXPONENT = 0x20


@dataclass(frozen=True)
class Evidence:
    """What one place of an exhibit tells of a transaction and of its block; hashes as hashed, not as printed."""

    txid: bytes
    hashed: bytes | None = None
    """The transaction without its witness: the bytes whose hash is its txid."""
    hashed_from: str = ""
    header: bytes | None = None
    header_from: str = ""
    block_hash: bytes | None = None
    """As the exhibit states it."""
    branch: Branch | None = None
    branch_from: str = ""
    height: int | None = None
    """As the block's own first transaction states it (BIP34); None where that is not among the evidence."""
    faults: tuple[str, ...] = ()
    """What in the exhibit was meant as a proof and cannot be read as one."""


@dataclass(frozen=True)
class Check:
    """One thing that a proof needs, what came of it, and why."""

    what: str
    result: str
    because: str


@dataclass(frozen=True)
class Step:
    """Two hashes that are joined, left before right, and the hash of that."""

    left: bytes
    right: bytes
    parent: bytes


@dataclass(frozen=True)
class Work:
    """How hard a header was to make."""

    target: int
    hashes: int
    """How many hashes it takes on average."""

    @property
    def bits(self) -> int:
        """The power of two that is nearest below."""
        return max(self.hashes.bit_length() - 1, 0)


@dataclass(frozen=True)
class Inclusion:
    """What came of looking at the evidence."""

    header: Header | None
    work: Work | None
    steps: tuple[Step, ...]
    checks: tuple[Check, ...]

    @property
    def verdict(self) -> str:
        """FAILS if any check does, PROVEN if all hold, else NOT_PROVEN."""
        results = {check.result for check in self.checks}
        return FAILS if FAILS in results else PROVEN if results == {HOLDS} else NOT_PROVEN


def printed(hashed: bytes) -> str:
    """Return a hash as explorers print it: 64 hex digits, its last byte first."""
    return hashed[::-1].hex()


def look_into(evidence: Evidence) -> Inclusion:
    """Check all that a proof of inclusion needs, each thing by itself, and say what is missing."""
    header = read_header(evidence.header) if evidence.header is not None else None
    checks = [Check("evidence", FAILS, fault) for fault in evidence.faults]
    checks += [
        _check_txid(evidence),
        _check_header(evidence, header),
        _check_work(header),
        _check_branch(evidence, header),
    ]
    steps = steps_of(evidence.branch) if evidence.branch is not None else ()
    return Inclusion(header, work_of(header) if header else None, steps, tuple(checks))


def work_of(header: Header) -> Work:
    """Return the target that a header states and the work that it stands for."""
    target = target_of(header.bits)
    return Work(target, (1 << 256) // (target + 1) if target else 0)


def steps_of(branch: Branch) -> tuple[Step, ...]:
    """Return the joints on the way from a txid up; whether they lead to a block's root is `check_branch`'s."""
    at, found, steps = branch.place, branch.txid, []
    for partner in branch.hashes[:MOST_STEPS]:
        left, right = (partner, found) if at % 2 else (found, partner)
        found = double_sha(left + right)
        steps.append(Step(left, right, found))
        at //= 2
    return tuple(steps)


def _check_txid(evidence: Evidence) -> Check:
    if evidence.hashed is None:
        return Check(TXID, OPEN, "the exhibit does not hold all that is hashed: the txid stands as it is told")
    made = double_sha(evidence.hashed)
    if made != evidence.txid:
        return Check(TXID, FAILS, f"the transaction hashes to {printed(made)}")
    if len(evidence.hashed) == INNER_NODE:
        return Check(TXID, OPEN, "64 bytes can be two hashes inside a merkle tree as well as a transaction")
    return Check(TXID, HOLDS, f"{len(evidence.hashed):,} bytes, {evidence.hashed_from}, hash to it")


def _check_header(evidence: Evidence, header: Header | None) -> Check:
    if header is None:
        return Check(HEADER, OPEN, "the exhibit has no header of the block")
    if evidence.block_hash is None:
        return Check(HEADER, OPEN, f"the header hashes to {printed(header.hash)}, and no block is stated")
    if header.hash != evidence.block_hash:
        stated = printed(evidence.block_hash)
        return Check(HEADER, FAILS, f"the header hashes to {printed(header.hash)}, and the block is stated as {stated}")
    return Check(HEADER, HOLDS, f"80 bytes, {evidence.header_from}, hash to the block's hash")


def _check_work(header: Header | None) -> Check:
    if header is None:
        return Check(WORK, OPEN, "no header, no work")
    work = work_of(header)
    if not has_work(header):
        if header.bits >> 24 >= _TEST_EXPONENT:
            return Check(WORK, OPEN, "the target is a test chain's, and the hash is not below it")
        return Check(WORK, FAILS, "the header's hash is above the target that it states")
    said = f"the hash is below the target, which takes about 2^{work.bits} hashes to meet"
    return Check(WORK, HOLDS, said)


def _check_branch(evidence: Evidence, header: Header | None) -> Check:
    branch = evidence.branch
    if branch is None:
        return Check(BRANCH, OPEN, "the exhibit has no branch, and not the block's other transactions")
    if branch.txid != evidence.txid:
        return Check(BRANCH, FAILS, f"the branch is of {printed(branch.txid)}")
    if header is None:
        steps = steps_of(branch)
        root = printed(steps[-1].parent if steps else branch.txid)
        return Check(BRANCH, OPEN, f"it leads to the root {root}, and there is no header to say which block that is")
    try:
        check_branch(branch, header.merkle_root)
    except (FoundWrong, BadExhibit) as error:
        return Check(BRANCH, FAILS, error.problem)
    for number, step in enumerate(steps_of(branch), 1):
        if _is_transaction(step.left + step.right):
            return Check(
                BRANCH, OPEN, f"what step {number} joins reads as a transaction itself: the txid may not be one"
            )
    steps_said = f"{len(branch.hashes)} step{'' if len(branch.hashes) == 1 else 's'}"
    return Check(BRANCH, HOLDS, f"{steps_said}, {evidence.branch_from}, lead from the txid to the header's merkle root")


def _is_transaction(raw: bytes) -> bool:
    """Say whether 64 bytes are a transaction: then what is below them in the tree may never have been one (CVE-2017-12842)."""
    try:
        read_transaction(raw)
    except BadExhibit:
        return False
    return True


def evidence_of_block(raw: bytes, txid: bytes) -> Evidence:
    """Return what a whole block tells of one of its transactions.

    Args:
        raw: header, number of transactions, transactions.
        txid: as hashed.
    """
    try:
        block = read_block(np.frombuffer(raw, np.uint8), 0, len(raw))
    except BadExhibit as error:
        return Evidence(txid, header=raw[:HEADER_SIZE] or None, faults=(f"the block is not sound: {error.problem}",))
    hashes = [row.tobytes() for row in block.txids]
    if txid not in hashes:
        return Evidence(txid, faults=("the block at that place does not hold the transaction",))
    place = hashes.index(txid)
    said = f"worked out from the block's {len(hashes):,} transaction{'' if len(hashes) == 1 else 's'}"
    return Evidence(
        txid,
        _without_witness(raw, block.transactions, place),
        "as they stand in the block",
        raw[:HEADER_SIZE],
        "as they stand in the block",
        block.header.hash,
        merkle_branch(hashes, place),
        said,
        block.height,
    )


def _without_witness(raw: bytes, read: Transactions, row: int) -> bytes:
    start, body, end = (int(places[row]) for places in (read.starts, read.bodies, read.ends))
    return (
        raw[start : start + 4] + raw[start + 6 : body] + raw[end - 4 : end] if read.has_witness[row] else raw[start:end]
    )


__all__ = [
    "BRANCH", "FAILS", "HEADER", "HOLDS", "NOT_PROVEN", "OPEN", "PROVEN", "SURE_BITS", "TXID", "WORK", "Check", "Evidence",
    "Inclusion", "Step", "Work", "evidence_of_block", "look_into", "printed", "steps_of", "work_of",
]  # fmt: skip

"""Tests of unspoof.parse.bitcoin.inclusion and chain_json.inclusion: proofs of real blocks, and each way to break one."""

from __future__ import annotations

import bz2
import json
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import block_kit
from chain_kit import BLOCK_170, FIRST_PAYMENT, block_170
from unspoof.parse.bitcoin.block import read_block
from unspoof.parse.bitcoin.inclusion import (
    BRANCH,
    FAILS,
    HEADER,
    HOLDS,
    NOT_PROVEN,
    OPEN,
    PROVEN,
    SURE_BITS,
    TXID,
    WORK,
    Evidence,
    evidence_of_block,
    look_into,
    printed,
)
from unspoof.parse.bitcoin.merkle import Branch
from unspoof.parse.chain_json.inclusion import evidence_in
from unspoof.parse.chain_json.sealed import HEADER as HOLDS_HEADER
from unspoof.parse.chain_json.sealed import PROOF as HOLDS_PROOF
from unspoof.parse.chain_json.sealed import TRANSACTIONS, Answer, write_line

VECTORS = Path(__file__).parents[2] / "vectors"
RAW_170 = bytes.fromhex((VECTORS / "esplora" / "block-170.hex").read_text().strip())
COINBASE_170 = "b1fea52486ce0c62bb442b530a3f0132b826c74e473d1f2c220bfa78111c5082"


def real(name: str) -> bytes:
    """Return one of the real blocks."""
    return bz2.decompress((VECTORS / "bitcoin" / name).read_bytes())


def twice(data: bytes) -> bytes:
    """Return SHA-256 of SHA-256."""
    return sha256(sha256(data).digest()).digest()


def hashed(txid: str) -> bytes:
    """Return a printed hash as it is hashed."""
    return bytes.fromhex(txid)[::-1]


def results(evidence: Evidence) -> dict[str, str]:
    """Return what came of each check."""
    return {check.what: check.result for check in look_into(evidence).checks}


@pytest.mark.parametrize(
    ("name", "block", "transactions"),
    [
        ("block300025.raw.bz2", "0000000000000000821c4e0acc40f88bedbce3b73ba2358b5ade58a9022cc78c", 461),
        ("block482683.raw.bz2", "000000000000000000c238240ef6dcb26c37e75e16514e6ffc0aef7eee73e747", 12),
    ],
)
def test_every_transaction_of_a_real_block_is_proven(name: str, block: str, transactions: int) -> None:
    """Each proof, with and without witness, hashes step by step to the root that the header of the known block has."""
    raw = real(name)
    all_of_it = look_all(raw)

    assert len(all_of_it) == transactions
    for evidence in all_of_it:
        found = look_into(evidence)
        assert found.verdict == PROVEN
        assert evidence.hashed is not None
        assert found.header is not None
        assert printed(found.header.hash) == block == printed(twice(raw[:80]))
        reached = twice(evidence.hashed)
        for step in found.steps:
            assert reached in (step.left, step.right)
            reached = twice(step.left + step.right)
        assert reached == raw[36:68]


def look_all(raw: bytes) -> list[Evidence]:
    """Return the evidence for every transaction of a block."""
    block = read_block(np.frombuffer(raw, np.uint8), 0, len(raw))
    return [evidence_of_block(raw, row.tobytes()) for row in block.txids]


def test_work_tells_blocks_of_2014_from_those_since_2016() -> None:
    """The bound of the caution lies between the real blocks of 2014 and of 2017 and 2019."""
    bits = []
    for name in ("block300025.raw.bz2", "block482683.raw.bz2", "block574200.raw.bz2"):
        work = look_into(Evidence(bytes(32), header=real(name)[:80])).work
        assert work is not None
        bits.append(work.bits)

    assert bits[0] < SURE_BITS <= min(bits[1:])


FIRST = evidence_of_block(RAW_170, hashed(FIRST_PAYMENT))


def changed(data: bytes | None, at: int) -> bytes:
    """Return bytes with one bit changed."""
    assert data is not None
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def with_branch(change: Callable[[Branch], Branch]) -> Evidence:
    """Return the first payment's evidence with another branch."""
    assert FIRST.branch is not None
    return replace(FIRST, branch=change(FIRST.branch))


@pytest.mark.parametrize(
    ("evidence", "fails"),
    [
        (FIRST, set()),
        (replace(FIRST, hashed=changed(FIRST.hashed, 100)), {TXID}),
        (replace(FIRST, header=changed(FIRST.header, 76)), {HEADER, WORK}),
        (replace(FIRST, header=changed(FIRST.header, 40)), {HEADER, WORK, BRANCH}),
        (replace(FIRST, block_hash=bytes(32)), {HEADER}),
        (with_branch(lambda b: replace(b, place=0)), {BRANCH}),
        (with_branch(lambda b: replace(b, place=3)), {BRANCH}),
        (with_branch(lambda b: replace(b, place=-1)), {BRANCH}),
        (with_branch(lambda b: replace(b, hashes=(changed(b.hashes[0], 0),))), {BRANCH}),
        (with_branch(lambda b: replace(b, hashes=())), {BRANCH}),
        (with_branch(lambda b: replace(b, hashes=b.hashes * 40)), {BRANCH}),
        (with_branch(lambda b: replace(b, hashes=(b.hashes[0][:31],))), {BRANCH}),
        (with_branch(lambda b: replace(b, txid=hashed(COINBASE_170))), {BRANCH}),
        (replace(FIRST, faults=("damaged",)), {"evidence"}),
    ],
)
def test_what_was_changed_is_the_check_that_fails(evidence: Evidence, fails: set[str]) -> None:
    """Each change makes the checks fail that it touches and no others."""
    assert {what for what, result in results(evidence).items() if result == FAILS} == fails
    assert look_into(evidence).verdict == (FAILS if fails else PROVEN)


@pytest.mark.parametrize(
    ("evidence", "not_shown"),
    [
        (Evidence(hashed(FIRST_PAYMENT)), {TXID, HEADER, WORK, BRANCH}),
        (replace(FIRST, hashed=None), {TXID}),
        (replace(FIRST, header=None), {HEADER, WORK, BRANCH}),
        (replace(FIRST, branch=None), {BRANCH}),
        (replace(FIRST, block_hash=None), {HEADER}),
    ],
)
def test_what_is_missing_is_said_and_proves_nothing(evidence: Evidence, not_shown: set[str]) -> None:
    """A proof that lacks a part is not proven, and names what is not shown."""
    assert {what for what, result in results(evidence).items() if result == OPEN} == not_shown
    assert look_into(evidence).verdict == NOT_PROVEN


def test_a_transaction_below_a_transaction_is_not_proven() -> None:
    """A leaf whose joint reads as a transaction of 64 bytes may never have been one, although all hashes fit."""
    inner = block_kit.transaction([(bytes(31) + b"\7", 0)], [(1, b"\x51\x51\x51\x51")])
    assert len(inner) == 64
    fake = Branch(inner[32:], 1, (inner[:32],))
    root = twice(inner)
    header = bytes(4) + bytes(32) + root + bytes(4) + (0x207FFFFF).to_bytes(4, "little") + bytes(4)
    evidence = Evidence(inner[32:], header=header, block_hash=twice(header), branch=fake)

    assert results(evidence)[BRANCH] == OPEN


def test_a_transaction_of_64_bytes_is_not_proven() -> None:
    """Bytes that can be two hashes of a tree are not taken for a transaction."""
    inner = block_kit.transaction([(bytes(31) + b"\7", 0)], [(1, b"\x51\x51\x51\x51")])

    assert results(Evidence(twice(inner), hashed=inner))[TXID] == OPEN


def test_a_block_that_is_not_sound_fails() -> None:
    """A changed transaction, a cut end and a txid that is not there are each named."""
    for raw, txid in ((changed(RAW_170, 300), FIRST_PAYMENT), (RAW_170[:-9], FIRST_PAYMENT), (RAW_170, "ab" * 32)):
        evidence = evidence_of_block(raw, hashed(txid))
        assert evidence.faults
        assert look_into(evidence).verdict == FAILS


def esplora_answers(**bodies: bytes) -> bytes:
    """Return a sealed line with the first payment, its branch and its header, or others in their place."""
    made = {
        "transactions": json.dumps(block_170()[1]).encode(),
        "proof": json.dumps({"block_height": 170, "merkle": [COINBASE_170], "pos": 1}).encode(),
        "header": RAW_170[:80].hex().encode(),
    } | bodies
    about = {"transactions": FIRST_PAYMENT, "proof": FIRST_PAYMENT, "header": BLOCK_170}
    kinds = {"transactions": TRANSACTIONS, "proof": HOLDS_PROOF, "header": HOLDS_HEADER}
    answers = [
        Answer(f"GET {name}", about[name], kinds[name], 200, body, "2026-11-22T10:00:00Z")
        for name, body in made.items()
        if body
    ]
    return write_line("esplora https://chain.example.org", answers)


def test_sealed_answers_prove_a_transaction() -> None:
    """A line as fetch seals it is proven, and the answers that it rests on are named with their hashes."""
    evidence, told = evidence_in(esplora_answers(), FIRST_PAYMENT)

    assert set(results(evidence).values()) == {HOLDS}
    assert [one.holds for one in told] == ["transactions", "proof", "header"]
    assert told[2].sha256 == sha256(RAW_170[:80].hex().encode()).hexdigest()
    assert evidence.hashed == FIRST.hashed


@pytest.mark.parametrize(
    ("line", "verdict", "named"),
    [
        (esplora_answers(header=b""), NOT_PROVEN, "no header to say which block"),
        (esplora_answers(proof=b""), NOT_PROVEN, "no branch"),
        (esplora_answers(proof=b'{"merkle": ["' + b"0" * 64 + b'"], "pos": 1}'), FAILS, "leads to the root"),
        (esplora_answers(proof=b'{"merkle": "x", "pos": 1}'), FAILS, "cannot be one"),
        (esplora_answers(header=changed(RAW_170, 4)[:80].hex().encode()), FAILS, "does not hash to its block"),
        (esplora_answers(header=b"00"), FAILS, "another size"),
        (esplora_answers().replace(b"400000000", b"400000001"), FAILS, "not what its SHA-256 says"),
        (b'{"unspoof_fetched":1,"answers":[]}', FAILS, "no answer in the line"),
        (b'{"unspoof_fetched":1,', FAILS, "cannot be read"),
    ],
)
def test_sealed_answers_that_prove_nothing_or_fail_say_why(line: bytes, verdict: str, named: str) -> None:
    """Each thing that a server can leave out or get wrong is told apart."""
    found = look_into(evidence_in(line, FIRST_PAYMENT)[0])

    assert found.verdict == verdict
    assert any(named in check.because for check in found.checks if check.result != HOLDS)


def core_block() -> dict[str, Any]:
    """Return block 170 as Core's getblock tells it with verbosity 2."""
    told = []
    for one in block_170():
        vin = [
            {"coinbase": v["scriptsig"], "sequence": v["sequence"]}
            if v["is_coinbase"]
            else {"txid": v["txid"], "vout": v["vout"], "scriptSig": {"hex": v["scriptsig"]}, "sequence": v["sequence"]}
            for v in one["vin"]
        ]
        vout = [
            {"value": v["value"] / 10**8, "n": n, "scriptPubKey": {"hex": v["scriptpubkey"], "type": "pubkey"}}
            for n, v in enumerate(one["vout"])
        ]
        told.append({"txid": one["txid"], "version": one["version"], "locktime": 0, "vin": vin, "vout": vout})
    return {
        "hash": BLOCK_170, "height": 170, "version": 1, "time": 1231731025, "bits": "1d00ffff", "nonce": 1889418792,
        "merkleroot": printed(RAW_170[36:68]), "previousblockhash": printed(RAW_170[4:36]), "tx": told,
    }  # fmt: skip


def test_a_block_of_getblock_proves_its_transactions() -> None:
    """The header is put together again, and the branch worked out, alone and in an answer of JSON-RPC."""
    for told in (core_block(), {"result": core_block(), "error": None, "id": 1}, [core_block()]):
        evidence, answers = evidence_in(json.dumps(told).encode(), FIRST_PAYMENT)
        assert evidence.header == RAW_170[:80]
        assert look_into(evidence).verdict == PROVEN
        assert answers == ()


def test_a_block_of_getblock_that_was_changed_fails() -> None:
    """A transaction left out leads to another root, another time to another hash."""
    fewer, later = core_block(), core_block()
    fewer["tx"] = fewer["tx"][1:]
    later["time"] += 1

    assert results(evidence_in(json.dumps(fewer).encode(), FIRST_PAYMENT)[0])[BRANCH] == FAILS
    assert results(evidence_in(json.dumps(later).encode(), FIRST_PAYMENT)[0])[HEADER] == FAILS


def test_a_transaction_alone_proves_nothing() -> None:
    """Its txid is worked out, and there is neither header nor branch."""
    evidence, _ = evidence_in(json.dumps(block_170()[1]).encode(), FIRST_PAYMENT)

    assert results(evidence) == {TXID: HOLDS, HEADER: OPEN, WORK: OPEN, BRANCH: OPEN}

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chain_kit
from unspoof.parse.chain_json.reading import PROOF_FAILS, NoTransaction, read_transactions
from unspoof.parse.chain_json.sealed import HEADER, PROOF, SPENDS, TRANSACTIONS, Answer, read_value, write_line
from unspoof.parse.chain_json.transaction import ChainTransaction

AT = "2026-11-23T04:00:00.000Z"


def answer(holds: str, about: str, body: bytes) -> Answer:
    """Return an answer of a made-up request."""
    return Answer("GET /x", about, holds, 200, body, AT)


def payment() -> Answer:
    """Return the first payment there was, as a server tells it."""
    return answer(TRANSACTIONS, chain_kit.FIRST_PAYMENT, json.dumps(chain_kit.block_170()[1]).encode())


def branch(partner: str = "", place: int = 1) -> Answer:
    """Return the branch of the first payment, or a wrong one."""
    told = {"block_height": 170, "merkle": [partner or chain_kit.block_170()[0]["txid"]], "pos": place}
    return answer(PROOF, chain_kit.FIRST_PAYMENT, json.dumps(told).encode())


def header(change: str = "") -> Answer:
    """Return the header of block 170, or a wrong one."""
    text = (chain_kit.RECORDED / "block-170.hex").read_text()[:160]
    return answer(HEADER, chain_kit.BLOCK_170, (change + text[len(change) :]).encode())


def read(answers: Sequence[Answer]) -> ChainTransaction:
    """Return the one transaction of a line."""
    (found,) = read_value(write_line("esplora test", answers)[:-1])
    assert isinstance(found, ChainTransaction)
    return found


def test_a_branch_to_the_header_that_hashes_to_the_block_is_a_proof() -> None:
    """The first payment on the chain is shown to be in block 170, second in its place."""
    made = read([payment(), branch(), header()])

    assert (made.proof, made.block.tx_place, made.oddities) == ("branch", 1, set())


@pytest.mark.parametrize(
    "answers",
    [
        [payment(), branch("11" * 32), header()],
        [payment(), branch(place=0), header()],
        [payment(), branch(place=7), header()],
        [payment(), branch(), header("02000000")],
        [payment(), branch(), answer(HEADER, chain_kit.BLOCK_170, b"00")],
        [payment(), answer(PROOF, chain_kit.FIRST_PAYMENT, b"{}"), header()],
    ],
)
def test_a_proof_that_leads_elsewhere_is_noted(answers: list[Answer]) -> None:
    """A wrong branch, place or header proves nothing, and says so."""
    made = read(answers)

    assert (made.proof, made.oddities) == (None, {PROOF_FAILS})


@pytest.mark.parametrize("answers", [[payment()], [payment(), branch()], [payment(), header()]])
def test_half_a_proof_is_none(answers: list[Answer]) -> None:
    """Without branch and header there is no proof, and nothing is wrong."""
    made = read(answers)

    assert (made.proof, made.oddities) == (None, set())


def test_a_transaction_that_hashes_to_another_txid_is_not_proven() -> None:
    """A branch proves a txid, and what is told of the transaction counts only if it hashes to that."""
    told = chain_kit.block_170()[1]
    told["vout"][0]["value"] += 1
    made = read([answer(TRANSACTIONS, chain_kit.FIRST_PAYMENT, json.dumps(told).encode()), branch(), header()])

    assert (made.proof, made.oddities) == (None, {"txid-differs"})


def test_answers_without_transactions_give_no_rows() -> None:
    """What spends an output is kept as it was told, and is no row."""
    assert read_value(write_line("esplora test", [answer(SPENDS, "00", b"[]")])[:-1]) == []


def test_an_answer_that_was_changed_is_refused() -> None:
    """The hash beside each answer covers its bytes."""
    line = write_line("esplora test", [payment()])[:-1].replace(b"1000000000", b"1000000001")
    (found,) = read_value(line)

    assert isinstance(found, NoTransaction)
    assert found.reason == "an answer that is not what its SHA-256 says"


@settings(max_examples=200, deadline=None)
@given(body=st.text(max_size=60))
def test_places_lead_into_the_body_as_it_stands_in_its_line(body: str) -> None:
    """Whatever has to be escaped in a line, a place in it leads to the very bytes that were received."""
    raw = json.dumps([{"odd": body, "at": 1}, "x\ny"], ensure_ascii=False, indent=1).encode("utf-8", "surrogatepass")
    try:
        raw.decode()
    except UnicodeDecodeError:
        return
    line = write_line("esplora test", [answer(TRANSACTIONS, "", raw)])[:-1]
    for before, after in zip(read_transactions(raw), read_value(line), strict=True):
        assert isinstance(before, NoTransaction)
        assert isinstance(after, NoTransaction)
        inner = json.loads(b'"' + line[after.start : after.end] + b'"').encode()
        assert inner == raw[before.start : before.end]


@settings(max_examples=200, deadline=None)
@given(place=st.floats(0, 1), change=st.binary(max_size=4))
def test_damage_to_a_line_is_refused_and_never_crashes(place: float, change: bytes) -> None:
    """Whatever is overwritten, each transaction and refusal has a place in the line."""
    line = write_line("esplora test", [payment(), branch(), header()])[:-1]
    at = int(place * len(line))
    damaged = line[:at] + change + line[at + len(change) :]
    for found in read_value(damaged):
        spans = (
            [(p.start, p.end) for p in found.parts]
            if isinstance(found, ChainTransaction)
            else [(found.start, found.end)]
        )

        assert all(0 <= start <= end <= len(damaged) for start, end in spans)

from __future__ import annotations

import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler

import pytest

import chain_kit
from unspoof.trace.sources import Limits, Refusal, open_source

GENESIS = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"
PLAIN = "0b6461de422c46a221db99608fcbe0326e4f2325ebf2a47c9faf660ed61ee6a4"
LIMITS = Limits(tries=1, timeout_s=5)


def instead(path: str, change: Callable[[bytes], bytes]) -> chain_kit.Fault:
    """Return a fault that changes the answer to paths with this end."""

    def fault(handler: BaseHTTPRequestHandler) -> bool:
        server = handler.server
        assert isinstance(server, chain_kit.Esplora)
        if not handler.path.endswith(path):
            return False
        chain_kit.send(handler, 200, change(json.dumps(server.answer(handler.path)).encode()))
        return True

    return fault


def test_a_transaction_comes_with_its_branch_and_header() -> None:
    """What proves that a transaction is in its block is asked for with it."""
    with chain_kit.esplora() as made:
        source = open_source(f"esplora:{made.url}", limits=LIMITS)
        got = source.transaction(chain_kit.FIRST_PAYMENT)
        source.close()

    assert [one.txid for one in got.transactions] == [chain_kit.FIRST_PAYMENT]
    assert [answer.holds for answer in got.answers] == ["transactions", "proof", "header"]
    assert got.answers[0].body == json.dumps(chain_kit.block_170()[1]).encode()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda body: body.replace(b"39852779", b"39852780"), "a transaction that does not hash to its txid"),
        (
            lambda body: json.dumps(chain_kit.block_170()[1]).encode(),
            "another transaction than the one that was asked for",
        ),
        (lambda body: b"[]", "the answer is not one transaction"),
        (lambda body: body[:-9], "the answer cannot be read: not JSON at character"),
        (lambda body: b"<html>", "the answer cannot be read: not JSON at character 0"),
        (lambda body: b"\xff", "the answer is not UTF-8"),
        (
            lambda body: body.replace(b'"txid": "0b64', b'"txid": "1b64', 1),
            "a transaction that does not hash to its txid",
        ),
    ],
)
def test_a_server_that_lies_is_not_believed(change: Callable[[bytes], bytes], said: str) -> None:
    """An answer counts only if it is the transaction that was asked for, whole and as it hashes."""
    with chain_kit.esplora(instead(PLAIN, change)) as made:
        source = open_source(f"esplora:{made.url}", limits=LIMITS)
        with pytest.raises(Refusal, match=said):
            source.transaction(PLAIN)
        source.close()


def test_what_spends_is_told_by_place() -> None:
    """Outputs that nobody has spent are left out."""
    spending = {"txid": "11" * 32, "vin": [{"txid": chain_kit.FIRST_PAYMENT, "vout": 1}], "vout": []}
    with chain_kit.esplora(transactions=[*chain_kit.recorded(), spending]) as made:
        source = open_source(f"esplora:{made.url}", limits=LIMITS)

        assert source.spends(chain_kit.FIRST_PAYMENT).by == {1: "11" * 32}
        assert source.spends(PLAIN).by == {}
        source.close()


@pytest.mark.parametrize("body", [b"{}", b"[1]", b'[{"spent": true, "txid": "x"}]', b"[", b"null"])
def test_what_is_no_list_of_spends_is_refused(body: bytes) -> None:
    """An answer of another shape says nothing."""
    with chain_kit.esplora(instead("/outspends", lambda _: body)) as made:
        source = open_source(f"esplora:{made.url}", limits=LIMITS)
        with pytest.raises(Refusal):
            source.spends(PLAIN)
        source.close()


def test_an_address_is_asked_for_page_by_page() -> None:
    """All of its transactions come, 25 a page, the next page asked for by the last one seen."""
    with chain_kit.esplora() as made:
        source = open_source(f"esplora:{made.url}", limits=LIMITS)
        pages = [got for got in source.address(GENESIS, ()) if got.transactions]
        source.close()
        asked = [path for path in made.asked if "/txs" in path]

    assert [len(got.transactions) for got in pages] == [25, 25]
    assert asked[1].endswith(f"/txs/chain/{pages[0].transactions[-1].txid}")


def test_pages_end_once_all_is_known() -> None:
    """What the case holds is not asked for again."""
    with chain_kit.esplora() as made:
        source = open_source(f"esplora:{made.url}", limits=LIMITS)
        every = {one.txid for got in source.address(GENESIS, ()) for one in got.transactions}
        made.asked.clear()
        again = [got for got in source.address(GENESIS, every) if got.transactions]
        source.close()

        assert again == []
        assert made.asked == [f"/api/address/{GENESIS}"]


def test_an_empty_list_is_not_taken_for_no_transactions() -> None:
    """A server that counts transactions and lists none is refused, since something is missing."""
    with chain_kit.esplora(instead(f"/address/{GENESIS}/txs", lambda body: b"[]")) as made:
        source = open_source(f"esplora:{made.url}", limits=LIMITS)
        with pytest.raises(Refusal, match="it has 50 transactions, and the server gave no more than 0"):
            list(source.address(GENESIS, ()))
        source.close()


def test_a_page_of_somebody_elses_transactions_is_refused() -> None:
    """Each transaction of an address must pay it or spend from it."""
    other = json.dumps([chain_kit.block_170()[1]]).encode()
    with chain_kit.esplora(instead(f"/address/{GENESIS}/txs", lambda body: other)) as made:
        source = open_source(f"esplora:{made.url}", limits=LIMITS)
        with pytest.raises(Refusal, match="a transaction without the address that was asked for"):
            list(source.address(GENESIS, ()))
        source.close()


def test_a_server_that_repeats_its_first_page_ends() -> None:
    """Paging never goes round in a circle."""

    def first_again(handler: BaseHTTPRequestHandler) -> bool:
        server = handler.server
        assert isinstance(server, chain_kit.Esplora)
        if "/txs/chain/" not in handler.path:
            return False
        chain_kit.send(handler, 200, json.dumps(server.answer(f"/api/address/{GENESIS}/txs")).encode())
        return True

    with chain_kit.esplora(first_again) as made:
        source = open_source(f"esplora:{made.url}", limits=LIMITS)
        with pytest.raises(Refusal, match="it has 50 transactions, and the server gave no more than 25"):
            list(source.address(GENESIS, ()))
        source.close()

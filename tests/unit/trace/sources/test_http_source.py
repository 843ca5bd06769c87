from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler

import pytest

import chain_kit
from unspoof.errors import BadRequest, BadSource
from unspoof.trace.sources import Limits, open_source
from unspoof.trace.sources.http import Server, server_address

SMALL = Limits(largest=1 << 20, timeout_s=2.0, tries=3, pause_s=0.5, longest_pause_s=4.0)


def server_at(url: str, limits: Limits = SMALL) -> tuple[Server, list[float]]:
    """Return a server that is asked without waiting, and the pauses that it would have made."""
    pauses: list[float] = []
    return Server(server_address(url, "--from"), limits, pause=pauses.append, clock=lambda: "then"), pauses


@contextmanager
def raw_server(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """Run a server that answers each connection with whatever bytes a test wants."""
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(0.1)
    ended = threading.Event()

    def serve() -> None:
        while not ended.is_set():
            try:
                one, _ = listening.accept()
            except TimeoutError:
                continue
            with one:
                one.settimeout(5)
                one.recv(65536)
                with suppress(OSError):
                    answer(one)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        ended.set()
        thread.join()
        listening.close()


def test_one_connection_serves_many_questions() -> None:
    """Answers come as they are, with their status and the time of the clock."""
    with chain_kit.esplora() as made:
        server, _ = server_at(made.url)
        replies = [server.ask("GET", f"/tx/{chain_kit.FIRST_PAYMENT}") for _ in range(3)]
        missing = server.ask("GET", "/tx/00")
        server.close()

    assert [reply.status for reply in replies] == [200] * 3
    assert json.loads(replies[0].body)["txid"] == chain_kit.FIRST_PAYMENT
    assert (missing.status, missing.received_at) == (404, "then")
    assert server.answers == 4


def test_a_busy_server_is_asked_again_after_growing_pauses() -> None:
    """A 429 and a 503 are waited for, as long as the server says, within limits."""
    left = [429, 503]

    def busy(handler: BaseHTTPRequestHandler) -> bool:
        if not left:
            return False
        chain_kit.send(handler, left.pop(0), b"busy", **({"Retry_After": "9"} if not left else {}))
        return True

    with chain_kit.esplora(busy) as made:
        server, pauses = server_at(made.url)
        reply = server.ask("GET", f"/tx/{chain_kit.FIRST_PAYMENT}")
        server.close()

    assert reply.status == 200
    assert pauses == [0.5, 4.0]


def test_a_server_that_stays_busy_is_given_up() -> None:
    """The number of tries is bounded."""

    def busy(handler: BaseHTTPRequestHandler) -> bool:
        chain_kit.send(handler, 429, b"busy")
        return True

    with chain_kit.esplora(busy) as made:
        server, pauses = server_at(made.url)
        reply = server.ask("GET", "/tx/00")
        server.close()

    assert (reply.status, len(pauses)) == (429, 2)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", "its answer is no HTTP, or was cut off"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\nhalf", "its answer is no HTTP, or was cut off"),
        (b"\x16\x03\x01 not http\r\n\r\n", "its answer is no HTTP, or was cut off"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx",
            "its answer is no HTTP, or was cut off",
        ),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n" + bytes(2_000_000),
            "an answer larger than 1,048,576 bytes",
        ),
        (b"HTTP/1.1 200 OK\r\n\r\n" + bytes(2_000_000), "an answer larger than 1,048,576 bytes"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000, "its answer is no HTTP, or was cut off"),
        (b"", "its answer is no HTTP, or was cut off"),
    ],
)
def test_answers_that_are_cut_off_huge_or_none_are_no_answers(answer: bytes, said: str) -> None:
    """Nothing is taken of an answer that did not come whole, and no more is read than the limit."""
    with raw_server(lambda one: one.sendall(answer)) as url:
        server, _ = server_at(url)
        with pytest.raises(BadSource) as raised:
            server.ask("GET", "/")
        server.close()

    assert raised.value.problem in (said, "it could not be reached, or broke off")


def test_an_answer_that_drips_is_given_up_in_time() -> None:
    """The time of a whole answer is bounded, not that of each byte."""

    def drip(one: socket.socket) -> None:
        one.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        for _ in range(200):
            one.sendall(b"x")
            time.sleep(0.05)

    with raw_server(drip) as url:
        server, _ = server_at(url, Limits(timeout_s=0.4, tries=1))
        begun = time.monotonic()
        with pytest.raises(BadSource, match="it did not answer in time"):
            server.ask("GET", "/")
        taken = time.monotonic() - begun
        server.close()

    assert taken < 5


def test_a_redirect_is_not_followed() -> None:
    """The status is what the caller gets, and no other server is asked."""

    def elsewhere(handler: BaseHTTPRequestHandler) -> bool:
        chain_kit.send(handler, 302, b"", Location="http://192.0.2.1/")
        return True

    with chain_kit.esplora(elsewhere) as made:
        server, _ = server_at(made.url)
        reply = server.ask("GET", "/")
        server.close()

        assert (reply.status, len(made.asked)) == (302, 1)


def test_answers_of_one_run_are_bounded() -> None:
    """A run takes so many answers and no more."""
    with chain_kit.esplora() as made:
        server, _ = server_at(made.url, Limits(most_answers=1))
        server.ask("GET", "/tx/00")
        with pytest.raises(BadSource, match="as much was fetched from it as one run may fetch"):
            server.ask("GET", "/tx/00")
        server.close()


def test_a_server_that_is_not_there_is_named() -> None:
    """The message has the server's address and what to see to, and no traceback."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    server, pauses = server_at(url)
    with pytest.raises(BadSource) as raised:
        server.ask("GET", "/")

    assert (raised.value.where, raised.value.problem) == (url, "it could not be reached, or broke off")
    assert len(pauses) == 2


def test_a_proxy_is_asked_for_the_connection() -> None:
    """With a proxy the server's name goes to the proxy, and nothing to the network."""
    heard: list[bytes] = []

    def proxy(one: socket.socket) -> None:
        one.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        heard.append(one.recv(65536))
        one.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]")

    with raw_server(proxy) as url:
        server = Server(server_address("http://chain.example.org/api", ""), SMALL, server_address(url, ""))
        reply = server.ask("GET", "/x")
        server.close()

    assert reply.body == b"[]"
    assert heard[0].startswith(b"GET /api/x HTTP/1.1\r\n")
    assert b"Host: chain.example.org\r\n" in heard[0]


@pytest.mark.parametrize(
    "stated",
    [
        "https://chain.example.org",
        "esplora:chain.example.org",
        "esplora:ftp://chain.example.org",
        "esplora:https://user:pass@chain.example.org/",
        "esplora:https://chain.example.org/?key=1",
        "esplora:https://chain.example.org:99999/",
        "esplora:https://ch\u00e4in.example.org/",
        "esplora:https://chain.example.org/\r\nX: y",
        "rpc:http://192.0.2.1:8332",
        "ftp:x",
    ],
)
def test_sources_that_cannot_be_meant_are_refused(stated: str) -> None:
    """Nothing is asked of an address that is none, holds a secret, or would carry one in the clear."""
    with pytest.raises(BadRequest):
        open_source(stated, secret="user:word")


def test_the_name_of_a_source_holds_no_secret() -> None:
    """What stands in the exhibit and on the screen is the server's address alone."""
    source = open_source("rpc:http://127.0.0.1:8332", secret="user:very-secret")

    assert source.name == "rpc http://127.0.0.1:8332"
    assert "very-secret" not in repr(source)

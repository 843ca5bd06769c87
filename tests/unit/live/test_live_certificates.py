"""Certificates are fetched beside the call: it waits a bounded time, and no address is asked twice at once."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import http.server
import ipaddress
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from live_kit import CALLED, Signer, a_possible_number
from unspoof.live.certificates import Fetcher
from unspoof.live.fetching import FetchingSource, FetchPolicy
from unspoof.screen.identity import CertificateStore, TrustStore, Verifier


@dataclass
class Server:
    """An https server on loopback that hands out one file."""

    url: str
    context: ssl.SSLContext
    port: int
    pause_s: float = 0.0
    asked: list[str] = field(default_factory=list)


@contextlib.contextmanager
def a_server(folder: Path, body: bytes) -> Iterator[Server]:
    """Serve until the block ends."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(7)
        .not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = serialization.Encoding.PEM
    (folder / "server.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(pem)
    )

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.asked.append(self.path)
            time.sleep(server.pause_s)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            return

    listening = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own.load_cert_chain(folder / "server.pem")
    listening.socket = own.wrap_socket(listening.socket, server_side=True)
    port = listening.server_address[1]
    trusting = ssl.create_default_context(cadata=certificate.public_bytes(pem).decode())
    server = Server(f"https://127.0.0.1:{port}/signer.pem", trusting, port)
    thread = threading.Thread(target=listening.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        listening.shutdown()
        listening.server_close()
        thread.join()


@pytest.mark.parametrize("slow", [False, True])
def test_a_call_is_verified_by_what_was_fetched_beside_it(tmp_path: Path, slow: bool) -> None:
    """The certificate comes in time and the call passes; if it is late, the call does not wait, and the next one passes."""
    signer = Signer(tmp_path / "trust")
    leaf = (tmp_path / "trust" / "leaf.pem").read_bytes()
    (tmp_path / "trust" / "leaf.pem").unlink()
    with a_server(tmp_path, leaf) as server:
        server.pause_s = 1.0 if slow else 0.0
        signer.url = server.url
        policy = FetchPolicy(ports=frozenset({server.port}), allowed=lambda _: True)
        store = CertificateStore(tmp_path / "kept")
        fetcher = Fetcher(FetchingSource(store, policy, server.context), 0.2 if slow else 5.0)
        verifier = Verifier(TrustStore.from_folder(tmp_path / "trust"), source=store)
        number, at = a_possible_number(), int(time.time())
        identity = signer.identity(number, CALLED, at)

        async def calls() -> float:
            began = time.monotonic()
            await asyncio.gather(*(fetcher.have([identity], at) for _ in range(20)))
            return time.monotonic() - began

        async def both() -> tuple[float, str, str]:
            took = await calls()
            first = verifier.verify([identity], at).verdict
            await asyncio.sleep(2.0 if slow else 0.0)
            return took, first, verifier.verify([identity], at).verdict

        took, first, later = asyncio.run(both())
        fetcher.close()

    assert server.asked == ["/signer.pem"]
    assert later == "verified"
    assert first == ("unverifiable" if slow else "verified")
    assert took < (0.9 if slow else 5.0)


def test_what_failed_is_not_asked_for_again_and_again(tmp_path: Path) -> None:
    """An address that may not be connected to fails at once, and is left alone for a while."""
    signer = Signer(tmp_path / "trust")
    with a_server(tmp_path, b"no certificate") as server:
        signer.url = server.url
        store = CertificateStore(tmp_path / "kept")
        policy = FetchPolicy(ports=frozenset({server.port}), allowed=lambda _: True)
        fetcher = Fetcher(FetchingSource(store, policy, server.context), 5.0)
        identity = signer.identity(a_possible_number(), CALLED)

        async def often() -> None:
            for _ in range(5):
                await fetcher.have([identity, "nonsense", ""], int(time.time()))

        asyncio.run(often())
        fetcher.close()

    assert server.asked == ["/signer.pem"]
    assert store.certificate(server.url, int(time.time())) is None

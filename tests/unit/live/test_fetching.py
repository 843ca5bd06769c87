"""Certificates are fetched from where the policy allows, within size and time, and from nowhere else."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from ipaddress import IPv4Address, ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from unspoof.live.fetching import FetchingSource, FetchPolicy, is_public
from unspoof.screen.identity import CertificateStore, CertificateUnavailable
from vectors.passport.passport_maker import LEAF, pem

Answer = Callable[[ssl.SSLSocket, str], None]
GOOD = pem(LEAF).encode()


def _say(status: str, body: bytes = b"", *headers: str) -> bytes:
    head = "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers])
    return head.encode() + b"\r\n\r\n" + body


class Server:
    """A TLS server on this machine that answers each path as it is told."""

    def __init__(self, folder: Path) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
        made = (
            x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
            .serial_number(7).not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
            .not_valid_after(datetime(2060, 1, 1, tzinfo=UTC))
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
            .sign(key, SHA256())
        )  # fmt: skip
        self.file = folder / "server.pem"
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        self.file.write_bytes(made.public_bytes(Encoding.PEM) + private)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.file)
        self.context = context
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.answers: dict[str, Answer] = {}
        self.asked: list[str] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def url(self, path: str) -> str:
        """Return the address of a path."""
        return f"https://127.0.0.1:{self.port}{path}"

    def _serve(self) -> None:
        while True:
            try:
                plain, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._one, args=(plain,), daemon=True).start()

    def _one(self, plain: socket.socket) -> None:
        try:
            with self.context.wrap_socket(plain, server_side=True) as secure:
                path = secure.recv(4096).decode().split(" ")[1]
                self.asked.append(path)
                self.answers.get(path, lambda s, _: s.sendall(_say("404 Not Found")))(secure, path)
        except OSError:
            plain.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server with one good certificate at /good."""
    made = Server(tmp_path)
    made.answers["/good"] = lambda s, _: s.sendall(_say("200 OK", GOOD))
    yield made
    made.listener.close()


def _source(server: Server, folder: Path, *, now: float = 1_795_361_569, **policy: object) -> FetchingSource:
    settings: dict[str, object] = {
        "ports": frozenset({server.port}),
        "allowed": lambda address: str(address) == "127.0.0.1",
        "timeout_s": 2.0,
        **policy,
    }
    context = ssl.create_default_context(cafile=str(server.file))
    return FetchingSource(
        CertificateStore(folder / "store"),
        FetchPolicy(**settings),
        context,
        lambda: now,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.1", "192.168.1.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
     "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::",
     "2001:0:1:2:3:4:5:6", "ff02::1", "192.0.2.1", "2001:db8::1"],
)  # fmt: skip
def test_addresses_of_private_networks_are_not_public(address: str) -> None:
    """No address of this machine, its network or of no network at all is public, however it is wrapped."""
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111"])
def test_public_addresses_are_public(address: str) -> None:
    """An ordinary address may be connected to."""
    assert is_public(ip_address(address))


def test_a_certificate_is_fetched_and_kept(server: Server, tmp_path: Path) -> None:
    """The second time it comes from the store, with the time at which it was fetched."""
    source = _source(server, tmp_path)
    first = source.certificate(server.url("/good"), 1_795_361_569)
    second = source.certificate(server.url("/good"), 1_795_361_569)
    again = CertificateStore(tmp_path / "store").certificate(server.url("/good"), 1_795_361_569)

    assert first is not None
    assert second is not None
    assert again is not None
    assert (first.data, second.data, again.data) == (GOOD, GOOD, GOOD)
    assert second.origin.obtained_at == 1_795_361_569
    assert server.asked == ["/good"]


def test_by_default_this_machine_is_never_connected_to(server: Server, tmp_path: Path) -> None:
    """A server on the loopback address is refused after its name was resolved, and gets no connection."""
    source = _source(server, tmp_path, allowed=is_public)
    for host in ("localhost", "127.0.0.1", "2130706433", "[::1]", "[::ffff:127.0.0.1]"):
        with pytest.raises(CertificateUnavailable, match=r"private network|resolved"):
            source.fetch(f"https://{host}:{server.port}/good")

    assert server.asked == []


@pytest.mark.parametrize(
    ("url", "why"),
    [("http://127.0.0.1/a", "not https"), ("https://127.0.0.1:25/a", "port 25"), ("https://u:p@127.0.0.1/a", "a user"),
     ("file:///etc/passwd", "not https"), ("https:///a", "not https"), ("https://a b/", "characters"),
     ("https://127.0.0.1:99999/", "no address"), ("https://example.org/\r\nX: y", "characters"),
     ("https://" + "a" * 3000, "too long")],
)  # fmt: skip
def test_an_address_that_the_policy_forbids_is_refused(server: Server, tmp_path: Path, url: str, why: str) -> None:
    """Each is refused with its reason before any connection."""
    with pytest.raises(CertificateUnavailable, match=why):
        _source(server, tmp_path).fetch(url)


def test_what_is_too_large_is_refused(server: Server, tmp_path: Path) -> None:
    """An answer that has more than the limit is not read to its end."""
    server.answers["/large"] = lambda s, _: s.sendall(_say("200 OK", b"x" * 200_000))
    with pytest.raises(CertificateUnavailable, match="larger than 1000 bytes"):
        _source(server, tmp_path, largest=1000).fetch(server.url("/large"))


def test_a_server_that_drips_is_left_in_time(server: Server, tmp_path: Path) -> None:
    """The limit holds for the whole answer, not for each byte."""

    def drip(secure: ssl.SSLSocket, _: str) -> None:
        for _ in range(100):
            secure.sendall(b"H")
            time.sleep(0.05)

    server.answers["/drip"] = drip
    started = time.monotonic()
    with pytest.raises(CertificateUnavailable, match="did not answer within"):
        _source(server, tmp_path, timeout_s=0.4).fetch(server.url("/drip"))

    assert time.monotonic() - started < 2


def test_redirects_are_not_followed_unless_allowed(server: Server, tmp_path: Path) -> None:
    """By default no redirect is followed; where one is allowed, its address is checked like the first."""
    server.answers["/away"] = lambda s, _: s.sendall(_say("302 Found", b"", f"Location: {server.url('/good')}"))
    server.answers["/inside"] = lambda s, _: s.sendall(_say("302 Found", b"", "Location: https://169.254.169.254/"))
    with pytest.raises(CertificateUnavailable, match="redirects elsewhere"):
        _source(server, tmp_path).fetch(server.url("/away"))
    ports = frozenset({443, server.port})
    with pytest.raises(CertificateUnavailable, match="private network"):
        _source(server, tmp_path, most_redirects=1, ports=ports).fetch(server.url("/inside"))

    assert _source(server, tmp_path, most_redirects=1).fetch(server.url("/away")) == GOOD


def test_what_is_no_certificate_is_not_kept(server: Server, tmp_path: Path) -> None:
    """A page in place of a certificate is refused, and not asked for again at once."""
    server.answers["/page"] = lambda s, _: s.sendall(_say("200 OK", b"<html>"))
    source = _source(server, tmp_path)
    for _ in range(2):
        with pytest.raises(CertificateUnavailable, match="no certificate"):
            source.certificate(server.url("/page"), 1_795_361_569)

    assert server.asked == ["/page"]


def test_a_server_with_an_untrusted_certificate_is_refused(server: Server, tmp_path: Path) -> None:
    """The server must show a certificate that the machine trusts."""
    source = _source(server, tmp_path)
    source.context = ssl.create_default_context()
    with pytest.raises(CertificateUnavailable, match="not trusted"):
        source.fetch(server.url("/good"))

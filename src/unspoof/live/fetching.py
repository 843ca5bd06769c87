"""Fetches the certificates that Identity headers name, where the operator has switched that on; it judges none of them.

Whoever sends a call chooses the address, so the address is an attack until shown otherwise: https on few ports, no user in it, no
address of this network or machine (after the name is resolved, and the connection goes to the very address that was checked), no
redirect unless allowed, and then checked again, a limit on size, and one on the whole time from name to last byte.
"""

from __future__ import annotations

import io
import socket
import ssl
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLong
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urljoin, urlsplit

from unspoof.errors import BadReference
from unspoof.model.identity import CertificateOrigin
from unspoof.screen.identity import CertificateStore, CertificateUnavailable, Obtained

Address = IPv4Address | IPv6Address

LONGEST_URL = 2_048
MOST_WAITING = 8
"""Names that are being resolved at once; the system's resolver cannot be told to stop."""
MOST_FAILURES = 10_000

_NAT64 = IPv6Network("64:ff9b::/96")
_HEAD = 16_384


def is_public(address: Address) -> bool:
    """Say whether an address is one of the public network, also where IPv6 carries an IPv4 address within."""
    if isinstance(address, IPv6Address):
        if address.teredo is not None or address.scope_id:
            return False
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in _NAT64:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
    odd = address.is_multicast or address.is_reserved or address.is_unspecified or address.is_loopback
    return address.is_global and not (odd or address.is_link_local or address.is_private)


@dataclass(frozen=True)
class FetchPolicy:
    """What may be fetched, and how much of it."""

    ports: frozenset[int] = frozenset({443, 8443})
    largest: int = 65_536
    """Bytes of the body."""
    timeout_s: float = 3.0
    """From looking the name up to the last byte, redirects included."""
    most_redirects: int = 0
    allowed: Callable[[Address], bool] = is_public
    """Whether a resolved address may be connected to."""
    fresh_s: int = 86_400
    """A stored certificate younger than this is not fetched again."""
    retry_s: int = 60
    """An address that failed is not tried again for so long."""


class FetchingSource:
    """A CertificateSource that looks in a store first and fetches what is not there or old."""

    def __init__(
        self,
        store: CertificateStore,
        policy: FetchPolicy | None = None,
        context: ssl.SSLContext | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.store = store
        self.policy = policy or FetchPolicy()
        self.context = context or ssl.create_default_context()
        self.clock = clock
        self._failed: dict[str, tuple[float, str]] = {}
        self._resolver = ThreadPoolExecutor(MOST_WAITING, thread_name_prefix="resolve")

    def certificate(self, url: str, at: int) -> Obtained | None:
        """Return the certificates behind an address: stored ones if young enough, else fetched, else old ones.

        Raises:
            CertificateUnavailable: there is none in the store and fetching failed; the message says why.
        """
        now = self.clock()
        known = self.store.certificate(url, at)
        if known is not None and self._will_do(known, at, now):
            return known
        try:
            return self._fetched(url, now)
        except CertificateUnavailable:
            if known is not None:
                return known
            raise

    def _will_do(self, known: Obtained, at: int, now: float) -> bool:
        """Say whether a stored certificate is young, or the call so old that what stands there now says less."""
        obtained_at = known.origin.obtained_at
        young = obtained_at is not None and abs(now - obtained_at) <= self.policy.fresh_s
        return young or abs(now - at) > self.policy.fresh_s

    def _fetched(self, url: str, now: float) -> Obtained:
        failed = self._failed.get(url)
        if failed is not None and now - failed[0] < self.policy.retry_s:
            raise CertificateUnavailable(failed[1])
        try:
            data = self.fetch(url)
            self.store.put(url, data, int(now))
        except (CertificateUnavailable, BadReference) as error:
            said = str(error) if isinstance(error, CertificateUnavailable) else "what was fetched is no certificate"
            if len(self._failed) >= MOST_FAILURES:
                self._failed.clear()
            self._failed[url] = (now, said)
            raise CertificateUnavailable(said) from None
        self._failed.pop(url, None)
        return Obtained(data, CertificateOrigin("fetched from its address", int(now)))

    def fetch(self, url: str) -> bytes:
        """Return the bytes behind an address.

        Raises:
            CertificateUnavailable: the policy forbids it, or it could not be had within the limits.
        """
        deadline = time.monotonic() + self.policy.timeout_s
        for _ in range(self.policy.most_redirects + 1):
            found = self._once(url, deadline)
            if isinstance(found, bytes):
                return found
            url = found
        raise CertificateUnavailable("the address redirects elsewhere, which is not followed")

    def _once(self, url: str, deadline: float) -> bytes | str:
        """Return the body, or where the answer redirects to."""
        host, port, target = self._taken_apart(url)
        address = self._resolved(host, port, deadline)
        try:
            with socket.create_connection((str(address), port), timeout=_left(deadline)) as plain:
                plain.settimeout(_left(deadline))
                with self.context.wrap_socket(plain, server_hostname=host) as secure:
                    asked = (f"GET {target} HTTP/1.0", f"Host: {_host_header(host, port)}", "Accept: */*", "", "")
                    secure.sendall("\r\n".join(asked).encode("ascii"))
                    raw = self._read(secure, deadline)
        except ssl.SSLCertVerificationError:
            raise CertificateUnavailable("the server's own certificate is not trusted") from None
        except TimeoutError:
            raise CertificateUnavailable(f"the server did not answer within {self.policy.timeout_s} s") from None
        except OSError:
            raise CertificateUnavailable("the server could not be reached") from None
        return self._answer(raw, url)

    def _taken_apart(self, url: str) -> tuple[str, int, str]:
        """Return host, port and path with query of an address that the policy allows."""
        if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url:
            raise CertificateUnavailable("the address is too long or has characters that none may have")
        try:
            parts = urlsplit(url)
            port = parts.port or 443
        except ValueError:
            raise CertificateUnavailable("the address is no address") from None
        if parts.scheme != "https" or not parts.hostname:
            raise CertificateUnavailable("the address is not https")
        if parts.username is not None or parts.password is not None:
            raise CertificateUnavailable("the address has a user in it")
        if port not in self.policy.ports:
            raise CertificateUnavailable(f"port {port} is not allowed")
        return parts.hostname, port, (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

    def _resolved(self, host: str, port: int, deadline: float) -> Address:
        """Return the address to connect to; every address of the name must be allowed."""
        asked: Future[list[tuple[object, ...]]] = self._resolver.submit(_look_up, host, port)
        try:
            found = asked.result(timeout=_left(deadline))
        except TooLong:
            asked.cancel()
            raise CertificateUnavailable(f"its name was not resolved within {self.policy.timeout_s} s") from None
        except (OSError, UnicodeError):
            raise CertificateUnavailable("its name could not be resolved") from None
        addresses = list(dict.fromkeys(ip_address(str(entry[0])) for entry in found))
        if not addresses:
            raise CertificateUnavailable("its name has no address")
        if not all(self.policy.allowed(address) for address in addresses):
            raise CertificateUnavailable("its name leads into a private network, which is never connected to")
        return addresses[0]

    def _read(self, secure: ssl.SSLSocket, deadline: float) -> bytes:
        """Read the answer to its end, within size and time."""
        raw = bytearray()
        most = self.policy.largest + _HEAD
        while True:
            secure.settimeout(_left(deadline))
            piece = secure.recv(min(16_384, most + 1 - len(raw)))
            if not piece:
                return bytes(raw)
            raw += piece
            if len(raw) > most:
                raise CertificateUnavailable(f"the answer is larger than {self.policy.largest} bytes")

    def _answer(self, raw: bytes, url: str) -> bytes | str:
        """Return the body of an answer, or where it redirects to."""
        response = HTTPResponse(_Given(raw))  # type: ignore[arg-type]
        try:
            response.begin()
            body = response.read(self.policy.largest + 1)
        except (HTTPException, ValueError, OSError):
            raise CertificateUnavailable("the server's answer is no HTTP, or was cut off") from None
        if response.status in (301, 302, 303, 307, 308):
            place = response.getheader("Location")
            if not place:
                raise CertificateUnavailable("the address redirects to nowhere")
            return urljoin(url, place)
        if response.status != 200:
            raise CertificateUnavailable(f"the server answered {response.status}")
        if len(body) > self.policy.largest:
            raise CertificateUnavailable(f"the answer is larger than {self.policy.largest} bytes")
        return body

    def close(self) -> None:
        """Let go of the resolver's threads."""
        self._resolver.shutdown(wait=False, cancel_futures=True)


class _Given:
    """A socket in name only: the bytes of an answer that was already read."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw

    def makefile(self, mode: str) -> io.BytesIO:
        return io.BytesIO(self._raw)


def _look_up(host: str, port: int) -> list[tuple[object, ...]]:
    return [tuple(entry[4]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def _host_header(host: str, port: int) -> str:
    name = f"[{host}]" if ":" in host else host
    return name if port == 443 else f"{name}:{port}"


def _left(deadline: float) -> float:
    """Return the seconds that are left; raises TimeoutError when there are none."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


__all__ = ["FetchPolicy", "FetchingSource", "is_public"]

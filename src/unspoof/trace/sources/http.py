"""Asks one HTTP server that the user named, within limits of size, time, tries and answers; it follows no redirect.

What a server sends is an attacker's: the time of a whole answer is bounded, however slowly its bytes come.
"""

from __future__ import annotations

import base64
import io
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import Message
from http.client import HTTPConnection, HTTPException, HTTPResponse
from urllib.parse import urlsplit

from unspoof.errors import BadRequest, BadSource

_PIECE = 1 << 16


@dataclass(frozen=True)
class Limits:
    """How much of a server's answers is taken."""

    largest: int = 64 << 20
    """Bytes of one answer: a block with everything that it spends has up to some 25 MB in JSON."""
    timeout_s: float = 60.0
    """From the connection to the last byte of one answer."""
    tries: int = 5
    pause_s: float = 1.0
    """Before the second try; each further pause is twice as long."""
    longest_pause_s: float = 30.0
    """Also where the server itself says how long to wait."""
    most_answers: int = 200_000
    most_bytes: int = 4 << 30
    """Of all answers together."""


@dataclass(frozen=True)
class Reply:
    """An answer of the server: of any status."""

    status: int
    body: bytes
    received_at: str


@dataclass(frozen=True)
class Address:
    """Where a server is, taken apart."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def shown(self) -> str:
        """The address as it may be printed."""
        return f"{self.scheme}://{self.authority}{self.path}"

    @property
    def authority(self) -> str:
        """Host and port, without the port where it is the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.scheme == "https" else 80) else f"{host}:{self.port}"


def server_address(url: str, where: str) -> Address:
    """Take the address of a server apart.

    Raises:
        BadRequest: it is none, holds a user or password, or has a query.
    """
    hint = "For example https://chain.example.org/api. A password goes into its own setting."
    if len(url) > 2048 or not url.isascii() or not url.isprintable() or " " in url:
        raise BadRequest("an address with characters that none may have", where=where, hint=hint)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise BadRequest("no address of a server", where=where, hint=hint) from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadRequest("no http:// or https:// address of a server", where=where, hint=hint)
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise BadRequest("an address with a user, a password or a query in it", where=where, hint=hint)
    default = 443 if parts.scheme == "https" else 80
    return Address(parts.scheme, parts.hostname, default if port is None else port, parts.path.rstrip("/"))


def now_text() -> str:
    """Return the time of this machine's clock, as answers are marked with it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass
class Server:
    """One server, asked one question after the other over one connection that is opened anew when it breaks."""

    address: Address
    limits: Limits = field(default_factory=Limits)
    proxy: Address | None = None
    """Asked to connect to the server (CONNECT); only where one is set."""
    secret: str = field(default="", repr=False)
    """user:password, or the text of a cookie file."""
    context: ssl.SSLContext | None = None
    """Of TLS; the system's trusted authorities where none is given."""
    busy: tuple[int, ...] = (429, 500, 502, 503, 504)
    """Statuses upon which the server is asked again."""
    pause: Callable[[float], None] = time.sleep
    clock: Callable[[], str] = now_text
    answers: int = 0
    received: int = 0
    _connection: HTTPConnection | None = None
    _line: _Line | None = None

    def ask(self, method: str, path: str, body: bytes | None = None) -> Reply:
        """Return the server's answer, whatever its status; a busy server is asked again.

        Raises:
            BadSource: it cannot be reached, breaks off, answers too much or too slowly, or stays busy.
        """
        waited = self.limits.pause_s
        for number in range(1, self.limits.tries + 1):
            try:
                reply, stated = self._once(method, path, body)
            except (OSError, HTTPException) as error:
                self.close()
                if isinstance(error, ssl.SSLCertVerificationError):
                    raise self._failed("its certificate is not trusted") from None
                if number == self.limits.tries:
                    raise self._failed(_why(error)) from None
                stated = None
            else:
                if reply.status not in self.busy or number == self.limits.tries:
                    return reply
            self.pause(min(stated if stated is not None else waited, self.limits.longest_pause_s))
            waited *= 2
        raise self._failed("it was never asked")

    def _once(self, method: str, path: str, body: bytes | None) -> tuple[Reply, float | None]:
        if self.answers >= self.limits.most_answers or self.received >= self.limits.most_bytes:
            raise self._failed("as much was fetched from it as one run may fetch")
        deadline = time.monotonic() + self.limits.timeout_s
        connection = self._connected(deadline)
        headers = {
            "Accept": "application/json, text/plain",
            "Accept-Encoding": "identity",
            "Host": self.address.authority,
        }
        if self.secret:
            headers["Authorization"] = "Basic " + base64.b64encode(self.secret.encode()).decode()
        if body is not None:
            headers["Content-Type"] = "application/json"
        connection.request(method, self.address.path + path, body, headers)
        response = connection.getresponse()
        data = self._read(response)
        self.answers += 1
        self.received += len(data)
        if response.will_close:
            self.close()
        return Reply(response.status, data, self.clock()), _seconds(response.headers)

    def _read(self, response: HTTPResponse) -> bytes:
        """Read an answer to its end; a part of one is none."""
        if response.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise HTTPException("an answer in a packing that was not asked for")
        parts, size = [], 0
        while piece := response.read(min(_PIECE, self.limits.largest + 1 - size)):
            parts.append(piece)
            size += len(piece)
            if size > self.limits.largest:
                raise self._failed(f"an answer larger than {self.limits.largest:,} bytes")
        if response.length:
            raise HTTPException("the answer was cut off")
        return b"".join(parts)

    def _connected(self, deadline: float) -> HTTPConnection:
        if self._connection is None or self._line is None:
            first = self.proxy or self.address
            plain = socket.create_connection((first.host, first.port), timeout=_left(deadline))
            try:
                if self.proxy is not None:
                    _tunnel(plain, self.address, deadline)
                if self.address.scheme == "https":
                    context = self.context or ssl.create_default_context()
                    plain.settimeout(_left(deadline))
                    plain = context.wrap_socket(plain, server_hostname=self.address.host)
            except BaseException:
                plain.close()
                raise
            self._line = _Line(plain, deadline)
            self._connection = HTTPConnection(self.address.host, self.address.port)
            self._connection.sock = self._line
            self._connection.auto_open = 0
        self._line.deadline = deadline
        return self._connection

    def _failed(self, problem: str) -> BadSource:
        return BadSource(problem, where=self.address.shown)

    def close(self) -> None:
        """Let go of the connection."""
        if self._connection is not None:
            self._connection.close()
        if self._line is not None:
            self._line.close()
        self._connection = self._line = None


class _Line:
    """A socket each of whose operations must end before the deadline of the question."""

    def __init__(self, inner: socket.socket, deadline: float) -> None:
        self._inner = inner
        self.deadline = deadline

    def sendall(self, data: bytes) -> None:
        self._inner.settimeout(_left(self.deadline))
        self._inner.sendall(data)

    def receive_into(self, buffer: memoryview) -> int:
        self._inner.settimeout(_left(self.deadline))
        return self._inner.recv_into(buffer)

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Reader(self))

    def close(self) -> None:
        self._inner.close()


class _Reader(io.RawIOBase):
    """Reads from a `_Line`."""

    def __init__(self, line: _Line) -> None:
        self._line = line

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        return self._line.receive_into(buffer)


def _tunnel(plain: socket.socket, to: Address, deadline: float) -> None:
    """Ask a proxy for a connection to the server."""
    target = f"[{to.host}]:{to.port}" if ":" in to.host else f"{to.host}:{to.port}"
    plain.settimeout(_left(deadline))
    plain.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode("ascii"))
    head = b""
    while b"\r\n\r\n" not in head:
        plain.settimeout(_left(deadline))
        piece = plain.recv(1)  # byte by byte: what follows the head belongs to the server
        head += piece
        if not piece or len(head) > 8192:
            raise HTTPException("the proxy did not answer")
    if head.split(b"\r\n")[0].split(b" ")[1:2] != [b"200"]:
        raise HTTPException("the proxy refused the connection")


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _seconds(headers: Message) -> float | None:
    """Return how long the server asks to be left alone, where it says so in seconds."""
    text = headers.get("Retry-After", "")
    return float(text) if text.isdecimal() and len(text) < 6 else None


def _why(error: Exception) -> str:
    """Say what went wrong without what the server sent."""
    if isinstance(error, TimeoutError):
        return "it did not answer in time"
    if isinstance(error, ssl.SSLError):
        return "no TLS connection could be made"
    if isinstance(error, HTTPException):
        return "its answer is no HTTP, or was cut off"
    return "it could not be reached, or broke off"


__all__ = ["Address", "Limits", "Reply", "Server", "now_text", "server_address"]

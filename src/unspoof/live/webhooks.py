"""Send alerts to their receivers until they have them: signed, again and again, given up visibly; alerts are made elsewhere.

Each request is a POST of the event as JSON with

    Unspoof-Event       the event's id; the same for every attempt, so that a receiver can drop what it already has
    Unspoof-Attempt     1 and up
    Unspoof-Signature   t=SECONDS,v1=HEX: HMAC-SHA256 by the receiver's secret over 'SECONDS.' and the body

A receiver answers 2xx when it has the event. Redirects are not followed. The address that a name resolves to is checked, and
the connection is made to that very address.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

from unspoof.engine.outbox import Delivery, Outbox
from unspoof.errors import BadRequest
from unspoof.live.fetching import is_public
from unspoof.live.settings import Network, Webhook
from unspoof.live.streaming import as_message, event_id

_AT_ONCE = 50
_LOOK_S = 0.2
_MOST_PAUSE_S = 30.0


class _Failed(Exception):
    """An attempt that did not succeed; its text holds no personal data."""


def sign(secret: bytes, seconds: int, body: bytes) -> str:
    """Return the signature header's value for a body sent at a moment."""
    digest = hmac.new(secret, f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={digest}"


def read_secret(hook: Webhook) -> bytes:
    """Return a receiver's secret.

    Raises:
        BadRequest: the file cannot be read or holds less than 16 bytes.

    """
    try:
        secret = hook.secret_file.read_bytes().strip()
    except OSError as error:
        raise BadRequest(f"cannot be read: {error.strerror}", where=str(hook.secret_file)) from None
    if len(secret) < 16:
        raise BadRequest("holds less than 16 bytes", where=str(hook.secret_file), hint="Use 32 random bytes in base64.")
    return secret


def allowed_address(host: str, port: int, networks: tuple[Network, ...]) -> str:
    """Resolve a name to an address that may be connected to.

    Args:
        host: name or address.
        port: for the look-up.
        networks: what may be connected to beside public addresses.

    Raises:
        _Failed: the name has no address, or none that is allowed.

    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        raise _Failed("the name has no address") from None
    for entry in found:
        address = ipaddress.ip_address(str(entry[4][0]).partition("%")[0])
        mapped = getattr(address, "ipv4_mapped", None) or address
        if is_public(address) or _within(mapped, networks):
            return str(entry[4][0])
    raise _Failed("its address is not public and stands in no network of allow_networks")


def _within(address: ipaddress.IPv4Address | ipaddress.IPv6Address, networks: tuple[Network, ...]) -> bool:
    return any(address.version == network.version and address in network for network in networks)


def _connect(hook: Webhook) -> http.client.HTTPConnection:
    parts = urlsplit(hook.url)
    host, secure = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    address = allowed_address(host, port, hook.allow_networks)
    if not secure and not _within(ipaddress.ip_address(address.partition("%")[0]), hook.allow_networks):
        raise _Failed("http without TLS is for networks of allow_networks alone")
    connection = http.client.HTTPConnection(host, port, timeout=hook.timeout_s)
    plain = socket.create_connection((address, port), timeout=hook.timeout_s)
    connection.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=host) if secure else plain
    return connection


def post(hook: Webhook, headers: dict[str, str], body: bytes) -> None:
    """Send one request.

    Raises:
        _Failed: it was not answered with 2xx in time.

    """
    parts = urlsplit(hook.url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection = _connect(hook)
        try:
            with _cut_off_after(connection.sock, hook.timeout_s) as late:
                connection.request("POST", path, body, {"Content-Type": "application/json", **headers})
                status = connection.getresponse().status
        finally:
            connection.close()
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise _Failed(f"no answer: {type(error).__name__}") from None
    if late.is_set():
        raise _Failed("no whole answer in time")
    if not 200 <= status < 300:
        raise _Failed(f"answered {status}")


@contextmanager
def _cut_off_after(sock: socket.socket, seconds: float) -> Iterator[threading.Event]:
    """Cut a connection off when the time is up: a receiver that sends a byte now and then would hold it for ever.

    Yields:
        set if it was cut off; what was read by then may look like an answer.

    """
    late = threading.Event()

    def cut() -> None:
        late.set()
        with suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield late
    finally:
        timer.cancel()


class Sender(threading.Thread):
    """Delivers to one receiver, so that a slow one holds up nobody else.

    Args:
        outbox: what is to be sent.
        hook: the receiver.
        count: told "delivered", "failed" or "dead" for each attempt.
        stop: set when the process is to end.

    """

    def __init__(self, outbox: Outbox, hook: Webhook, count: Callable[[str], None], stop: threading.Event) -> None:
        super().__init__(name=f"webhook {hook.name}", daemon=True)
        self._outbox, self._hook, self._count, self._stopping = outbox, hook, count, stop
        self._secret = read_secret(hook)
        self._in_a_row = 0

    def run(self) -> None:
        """Send what is due until the process is to end."""
        while not self._stopping.is_set():
            try:
                due = self._outbox.due(self._hook.name, time.time(), _AT_ONCE)
                for delivery in due:
                    if self._stopping.is_set() or not self._deliver(delivery):
                        break
            except Exception:  # the disk may be full for a while; what was not noted is sent again
                due = []
                self._count("failed")
                self._stopping.wait(1.0)
            if not due:
                self._stopping.wait(_LOOK_S)

    def _deliver(self, delivery: Delivery) -> bool:
        """Try once; after a failure, wait before anything else is sent there, and say False."""
        body = as_message(self._outbox.name, delivery.event).encode("ascii")
        headers = {
            "Unspoof-Event": event_id(self._outbox.name, delivery.event.number),
            "Unspoof-Attempt": str(delivery.attempts + 1),
            "Unspoof-Signature": sign(self._secret, int(time.time()), body),
        }
        try:
            post(self._hook, headers, body)
        except _Failed as failure:
            self._count(self._again(delivery, str(failure)))
            self._in_a_row += 1
            # A receiver that is down is asked less and less often, however much waits for it.
            pause = self._hook.first_delay_s * 2.0 ** min(self._in_a_row - 1, 10)
            self._stopping.wait(min(pause, _MOST_PAUSE_S, self._hook.most_delay_s))
            return False
        self._outbox.delivered(delivery)
        self._in_a_row = 0
        self._count("delivered")
        return True

    def _again(self, delivery: Delivery, why: str) -> str:
        tried = delivery.attempts + 1
        if tried >= self._hook.attempts:
            self._outbox.failed(delivery, why, None)
            return "dead"
        delay = min(self._hook.first_delay_s * 2.0 ** min(delivery.attempts, 40), self._hook.most_delay_s)
        self._outbox.failed(delivery, why, time.time() + delay)
        return "failed"


__all__ = ["Sender", "allowed_address", "post", "read_secret", "sign"]

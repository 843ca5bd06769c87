"""The HTTP face of the live service: who may ask, how much, and what is sent back; how a call is judged is in service.py.

The two paths on which calls wait are plain ASGI; the rest are Starlette's.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from typing import Any

from unspoof.engine.outbox import Outbox
from unspoof.live.access import Access
from unspoof.live.bodies import read_screening, read_verification
from unspoof.live.counters import Counters
from unspoof.live.rates import Rates, client_key
from unspoof.live.recording import Recorder
from unspoof.live.refusing import Refused
from unspoof.live.service import Service
from unspoof.live.settings import LiveSettings

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
_JSON = (b"content-type", b"application/json")
_ENCODER = json.JSONEncoder(separators=(",", ":"), check_circular=False)
_PLAIN_TYPES = (b"application/json",)


class App:
    """One worker's ASGI application."""

    def __init__(
        self,
        settings: LiveSettings,
        service: Service,
        counters: Counters,
        rates: Rates,
        access: Access,
        outbox: Outbox,
        recorder: Recorder,
        rest: Callable[[Scope, Receive, Send], Awaitable[None]],
    ) -> None:
        self._settings, self._service, self._counters, self._rates = settings, service, counters, rates
        self._access, self._recorder, self._rest, self._outbox = access, recorder, rest, outbox
        self._body_bytes = settings.number("limits", "body_bytes")
        self._body_s = settings.number("limits", "body_s")
        self._wait_s = settings.number("alerts", "wait_ms") / 1000
        self._hot = {"/stir/v1/verification": self._verification, "/v1/screen": self._screen}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; whatever goes wrong inside is an answer too, and never shows what it was."""
        if scope["type"] != "http":
            await self._rest(scope, receive, send)
            return
        began = time.perf_counter()
        handler = self._hot.get(scope["path"])
        headers = dict(reversed(scope["headers"]))
        counting = _Counting(send, self._counters)
        try:
            requests = self._admit(scope, headers)
            if handler is None:
                await self._rest(scope, receive, counting)
            else:
                body = await self._body(scope, headers, receive)
                await _answer(counting, 200, await handler(body, requests), _echo(headers))
        except Refused as refused:
            await _answer(counting, refused.status, refused.body(), (*_echo(headers), *_extra(refused.headers)))
        except Exception:  # a fault of ours must not take the connection down or show a value
            self._service.note_fault()
            if not counting.started:
                await _answer(counting, 500, Refused("POL5000").body(), _echo(headers))
        name = "other" if handler is None else "screen" if scope["path"] == "/v1/screen" else "verification"
        if handler is not None or not scope["path"].endswith("/stream"):
            self._counters.observe("unspoof_request_seconds", time.perf_counter() - began, name)

    def _admit(self, scope: Scope, headers: Mapping[bytes, bytes]) -> Callable[[int], None]:
        """Check token and rate; return what takes further tokens of the same client's bucket."""
        client = scope["client"][0] if scope["client"] else "local"
        who = self._access.client(scope["path"], headers.get(b"authorization", b""), client)
        if who is None:
            raise Refused("POL4010", headers={"WWW-Authenticate": "Bearer"})
        key = client_key(who)

        def take(requests: int) -> None:
            late = self._rates.wait(key, time.monotonic(), requests)
            if late:
                self._counters.add("unspoof_rate_limited_total")
                seconds = str(int(late) + 1)
                raise Refused("POL4290", seconds, headers={"Retry-After": seconds})

        if scope["path"] != "/health":
            take(1)
        return take

    async def _body(self, scope: Scope, headers: Mapping[bytes, bytes], receive: Receive) -> bytes:
        if scope["method"] != "POST":
            raise Refused("POL4050", headers={"Allow": "POST"})
        if headers.get(b"content-type", b"").split(b";")[0].strip().lower() not in _PLAIN_TYPES:
            raise Refused("SVC4004", "application/json")
        length = headers.get(b"content-length", b"0")
        if len(length) > 12 or not length.isdigit() or int(length) > self._body_bytes:
            raise Refused("SVC4130", str(self._body_bytes), headers={"Connection": "close"})
        message = await self._in_time(receive)
        if not message.get("more_body"):
            return self._whole([message])
        parts = [message]
        deadline = time.monotonic() + self._body_s
        while parts[-1].get("more_body"):
            parts.append(await self._in_time(receive, deadline - time.monotonic()))
            self._whole(parts)
        return self._whole(parts)

    async def _in_time(self, receive: Receive, left: float | None = None) -> MutableMapping[str, Any]:
        try:
            async with asyncio.timeout(self._body_s if left is None else left):
                message = await receive()
        except TimeoutError:
            raise Refused("SVC4080", headers={"Connection": "close"}) from None
        if message["type"] == "http.disconnect":
            raise Refused("SVC4000")
        return message

    def _whole(self, parts: list[MutableMapping[str, Any]]) -> bytes:
        body = b"".join(part.get("body", b"") for part in parts)
        if len(body) > self._body_bytes:
            raise Refused("SVC4130", str(self._body_bytes), headers={"Connection": "close"})
        return body

    async def _verification(self, body: bytes, take: Callable[[int], None]) -> bytes:
        call = read_verification(body, self._settings.number("limits", "identities"))
        answer = await self._service.answer(call)
        response = answer.response
        if answer.alert:
            kind, event = answer.alert
            number = await self._recorder.record(kind, event, self._wait_s)
            response["recorded"] = number is not None
            response["alert"] = None if number is None else f"{self._outbox.name}-{number}"
            self._counters.put("unspoof_alerts_waiting", self._recorder.waiting)
        return _ENCODER.encode({"verificationResponse": response}).encode("ascii")

    async def _screen(self, body: bytes, take: Callable[[int], None]) -> bytes:
        calls = read_screening(body, self._settings.number("limits", "numbers"))
        if len(calls) > 1:
            take(len(calls) - 1)
        results = []
        for place, call in enumerate(calls):
            if place % 50 == 49:
                await asyncio.sleep(0)  # calls that ring now come between
            results.append(self._service.screen(call))
        return _ENCODER.encode({"results": results}).encode("ascii")


class _Counting:
    """A `send` that counts the status."""

    def __init__(self, send: Send, counters: Counters) -> None:
        self._send, self._counters, self.started = send, counters, False

    async def __call__(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            code = str(message["status"])
            self._counters.add("unspoof_requests_total", code)
        await self._send(message)


async def _answer(send: Send, status: int, body: bytes, more: Iterable[tuple[bytes, bytes]] = ()) -> None:
    headers = [_JSON, (b"content-length", b"%d" % len(body)), (b"cache-control", b"no-store"), *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _echo(headers: Mapping[bytes, bytes]) -> tuple[tuple[bytes, bytes], ...]:
    # X-RequestID comes back as it was sent (ATIS-1000082).
    name = headers.get(b"x-requestid", b"")
    return ((b"x-requestid", name),) if 0 < len(name) <= 128 and name.isascii() else ()


def _extra(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode("ascii"), value.encode("ascii")) for name, value in headers.items()]


__all__ = ["App", "Receive", "Scope", "Send"]

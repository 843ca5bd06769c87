"""The paths on which no call waits: health, metrics, the OpenAPI document, the stream of findings, deliveries given up."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from unspoof.engine.outbox import STATES, Outbox
from unspoof.live.counters import Counters
from unspoof.live.openapi import document
from unspoof.live.refusing import Refused
from unspoof.live.settings import LiveSettings
from unspoof.live.streaming import Stream, event_id

_MOST_DEAD = 1000


def _json(value: object, status: int = 200) -> Response:
    body = json.dumps(value, separators=(",", ":")).encode("ascii")
    return Response(body, status, {"Cache-Control": "no-store"}, "application/json")


def _refused(refused: Refused) -> Response:
    return Response(refused.body(), refused.status, refused.headers, "application/json")


class Rest:
    """What the routes share.

    Args:
        settings: limits and times.
        health: the state of this worker, in JSON's types; "ready" among it.
        counters: of all processes.
        outbox: opened for this process.
        stream: of this process.

    """

    def __init__(
        self,
        settings: LiveSettings,
        health: Callable[[], Mapping[str, Any]],
        counters: Counters,
        outbox: Outbox,
        stream: Stream,
    ) -> None:
        self._settings, self._health, self._counters = settings, health, counters
        self._outbox, self._stream = outbox, stream

    def app(self) -> Starlette:
        """Return the routes as one application."""
        routes = [
            Route("/health", self.health, methods=["GET"]),
            Route("/metrics", self.metrics, methods=["GET"]),
            Route("/openapi.json", self.openapi, methods=["GET"]),
            Route("/v1/findings/stream", self.stream, methods=["GET"]),
            Route("/v1/findings/undelivered", self.undelivered, methods=["GET"]),
            Route("/v1/findings/undelivered/retry", self.retry, methods=["POST"]),
        ]
        return Starlette(routes=routes, exception_handlers={HTTPException: self._wrong, Refused: self._is_refused})

    async def _wrong(self, request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        return _refused(Refused({404: "SVC4003", 405: "POL4050"}.get(status, "POL5000")))

    async def _is_refused(self, request: Request, error: Exception) -> Response:
        return _refused(error if isinstance(error, Refused) else Refused("POL5000"))

    async def health(self, request: Request) -> Response:
        """Say whether this worker can answer, and what it judges by; 503 where it cannot."""
        state = dict(self._health())
        return _json(state, 200 if state["ready"] else 503)

    async def metrics(self, request: Request) -> Response:
        """Return the counters of all processes and the outbox's as Prometheus text."""
        counts = await asyncio.to_thread(self._outbox.counts)
        lines = ["# HELP unspoof_outbox_events Alerts kept.", "# TYPE unspoof_outbox_events gauge"]
        lines += [f"unspoof_outbox_events {counts['events']}"]
        lines += ["# HELP unspoof_deliveries Deliveries to webhooks, by state.", "# TYPE unspoof_deliveries gauge"]
        lines += [f'unspoof_deliveries{{state="{state}"}} {counts[state]}' for state in STATES]
        text = self._counters.text() + "\n".join(lines) + "\n"
        return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")

    async def openapi(self, request: Request) -> Response:
        """Return the OpenAPI document."""
        return _json(document(with_tokens=bool(self._settings.text("access", "tokens"))))

    async def stream(self, request: Request) -> Response:
        """Stream findings as they are recorded, from where the reader left off."""
        if self._stream.readers >= self._settings.number("limits", "streams"):
            return _refused(Refused("POL5030", "too many readers of the stream", headers={"Retry-After": "5"}))
        last = request.headers.get("last-event-id", request.query_params.get("last_event_id"))
        after = await asyncio.to_thread(self._stream.start_after, last)
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(self._counted(after), headers=headers, media_type="text/event-stream")

    async def _counted(self, after: int) -> AsyncIterator[bytes]:
        try:
            async for part in self._stream.read(after):
                self._counters.put("unspoof_stream_readers", self._stream.readers)
                yield part
        finally:
            self._counters.put("unspoof_stream_readers", self._stream.readers)

    async def undelivered(self, request: Request) -> Response:
        """List deliveries that were given up."""
        dead = await asyncio.to_thread(self._outbox.dead, _MOST_DEAD)
        rows = [
            {
                "id": event_id(self._outbox.name, d.event.number),
                "receiver": d.receiver,
                "kind": d.event.kind,
                "recorded_at": d.event.recorded_at,
                "attempts": d.attempts,
                "last_error": d.last_error,
            }
            for d in dead
        ]
        return _json({"undelivered": rows})

    async def retry(self, request: Request) -> Response:
        """Let every delivery that was given up be tried anew."""
        return _json({"waiting": await asyncio.to_thread(self._outbox.try_again, time.time())})


__all__ = ["Rest"]

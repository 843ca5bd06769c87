"""One worker of the live service in this process, asked without a network."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from unspoof.live.metrics import FIRST_WORKER, RATES_FILE, SUPERVISOR, open_counters
from unspoof.live.rates import Rates
from unspoof.live.service import metric_names
from unspoof.live.settings import load_live_settings
from unspoof.live.worker import Worker

JSON = ((b"content-type", b"application/json"),)


class InProcess:
    """A worker and the loop that it runs in."""

    def __init__(self, worker: Worker, runner: asyncio.Runner) -> None:
        self.worker, self._runner = worker, runner

    def run(self, work: Any) -> Any:
        """Run a coroutine in the worker's loop."""
        return self._runner.run(work)

    def ask(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: tuple[tuple[bytes, bytes], ...] = JSON,
        pieces: int = 1,
    ) -> tuple[int, dict[str, str], bytes]:
        """Send one request, its body in pieces; return status, headers and body of the answer."""
        return self._runner.run(self._ask(method, path, body, headers, pieces))

    async def _ask(
        self, method: str, path: str, body: bytes, headers: tuple[tuple[bytes, bytes], ...], pieces: int
    ) -> tuple[int, dict[str, str], bytes]:
        size = -(-len(body) // pieces) or 1
        parts = [body[at : at + size] for at in range(0, len(body), size)] or [b""]
        waiting = [
            {"type": "http.request", "body": part, "more_body": place < len(parts) - 1}
            for place, part in enumerate(parts)
        ]
        sent: list[MutableMapping[str, Any]] = []

        async def receive() -> MutableMapping[str, Any]:
            return waiting.pop(0) if waiting else {"type": "http.disconnect"}

        async def send(message: MutableMapping[str, Any]) -> None:
            sent.append(message)

        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
            "path": path.partition("?")[0], "raw_path": path.encode(), "query_string": path.partition("?")[2].encode(),
            "root_path": "", "headers": list(headers), "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 2), "state": {},
        }  # fmt: skip
        await self.worker.app(scope, receive, send)
        start = sent[0]
        named = {name.decode(): value.decode() for name, value in start["headers"]}
        return start["status"], named, b"".join(message.get("body", b"") for message in sent[1:])

    def verify(self, **request: Any) -> tuple[int, Any]:
        """Ask about a call with these fields of the request."""
        status, _, body = self.ask(
            "POST", "/stir/v1/verification", json.dumps({"verificationRequest": request}).encode()
        )
        return status, json.loads(body)

    def screen(self, value: Any) -> tuple[int, Any]:
        """Ask about numbers."""
        status, _, body = self.ask("POST", "/v1/screen", json.dumps(value).encode())
        return status, json.loads(body)


@contextmanager
def in_process(folder: Path, config: str = "") -> Iterator[InProcess]:
    """Run a worker without a supervisor until the block ends."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = load_live_settings(config, folder=folder)
    state = Path(settings.text("service", "state"))
    state.mkdir(exist_ok=True)
    workers = settings.number("service", "workers")
    open_counters(state, *metric_names(), workers, SUPERVISOR, fresh=True)
    Rates(state / RATES_FILE, settings.number("limits", "rate"), settings.number("limits", "burst"), fresh=True)
    with asyncio.Runner() as runner:
        worker = Worker(settings, FIRST_WORKER)
        try:
            yield InProcess(worker, runner)
        finally:
            worker.recorder.close()

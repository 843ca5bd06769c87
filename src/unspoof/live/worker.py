"""One process that answers: it loads facts and trust, serves, and looks for newer ones; it starts no other process.

Run as `python -m unspoof.live.worker ROW LISTEN_FD READY_FD` by the supervisor.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import socket
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import uvicorn

from unspoof.engine.outbox import Outbox
from unspoof.errors import UnspoofError
from unspoof.live.access import Access
from unspoof.live.app import App
from unspoof.live.jobs import NOT_STARTED, read_job, say
from unspoof.live.metrics import OUTBOX_FILE, RATES_FILE, open_counters
from unspoof.live.protocol import BoundedProtocol
from unspoof.live.rates import Rates
from unspoof.live.recording import Recorder
from unspoof.live.rest import Rest
from unspoof.live.service import Service, metric_names
from unspoof.live.settings import LiveSettings
from unspoof.live.streaming import Stream

_STIR_S = 0.5
_FOLLOW_S = 0.2
_SWITCH_S = 0.0005
"""How long the thread that answers may keep the recorder waiting, each of some six times for one alert: with Python's own 5 ms
an alert took 22 ms to be put on the disk while calls came without a pause, with this 3 ms, and 1 % fewer calls were answered."""


class Worker:
    """Everything that one process holds.

    Args:
        settings: checked.
        row: of the counters.

    Raises:
        UnspoofError: facts, trust, tokens or the outbox cannot be read.

    """

    def __init__(self, settings: LiveSettings, row: int) -> None:
        self.settings, self.row = settings, row
        state = Path(settings.text("service", "state"))
        self.counters = open_counters(state, *metric_names(), settings.number("service", "workers"), row)
        self.outbox = Outbox(state / OUTBOX_FILE)
        receivers = [hook.name for hook in settings.webhooks]
        # The recorder has a connection of its own: its commits wait for the disk, and readers must not wait for them.
        self.recorder = Recorder(
            Outbox(state / OUTBOX_FILE), receivers, settings.number("alerts", "pending"), self._count_alerts
        )
        self.service = Service(settings, self.counters, self.recorder.remember)
        self.stream = Stream(self.outbox, settings.number("alerts", "heartbeat_s"))
        rates = Rates(state / RATES_FILE, settings.number("limits", "rate"), settings.number("limits", "burst"))
        access = Access.from_file(settings.text("access", "tokens"))
        rest = Rest(settings, self.health, self.counters, self.outbox, self.stream).app()
        self.app = App(settings, self.service, self.counters, rates, access, self.outbox, self.recorder, rest)
        self.seen = 0

    def _count_alerts(self, result: str, number: int) -> None:
        self.counters.add("unspoof_alerts_total", result, number)

    def health(self) -> dict[str, Any]:
        """Return this worker's state in JSON's types."""
        fault = self.recorder.fault
        state = self.service.state()
        return {
            "ready": True,
            "ok": not fault and not state["reload_fault"],
            **state,
            "outbox_fault": fault or None,
            "alerts_waiting": self.recorder.waiting,
        }

    def follow(self) -> None:
        """Take in what other processes have seen, and what was seen before this one began."""
        while rows := self.outbox.seen_after(self.seen, 1000):
            self.service.take_in([seen for _, seen in rows])
            self.seen = rows[-1][0]

    async def keep_up(self) -> None:
        """Stir, follow the others, and look for newer facts, until the process ends."""
        reload_s = self.settings.number("service", "reload_s")
        # Workers look one after the other, so that not all are busy loading at once.
        looked = time.monotonic() + 0.2 * self.row - reload_s / 2
        stirred = 0.0
        reloading: asyncio.Task[None] | None = None
        while True:
            now = time.monotonic()
            if now - stirred > _STIR_S:
                stirred = now
                self.counters.put("unspoof_stirred", now)
            rows = await asyncio.to_thread(self.outbox.seen_after, self.seen, 1000)
            if rows:
                self.service.take_in([seen for _, seen in rows])
                self.seen = rows[-1][0]
            if reloading is not None and reloading.done():
                reloading.result()  # a fault of our own ends the worker
                reloading = None
            # Beside this loop: whoever loads for long on a busy machine would else look as if he hung, and be killed.
            if reload_s and reloading is None and now - looked > reload_s:
                looked = now
                reloading = asyncio.create_task(self.service.reload(only_if_changed=True))
            await asyncio.sleep(_FOLLOW_S)


class _Server(uvicorn.Server):
    """uvicorn's server, which tells the supervisor when it serves and ends streams when it stops."""

    def __init__(self, config: uvicorn.Config, worker: Worker, ready: int) -> None:
        super().__init__(config)
        self._worker, self._ready = worker, ready
        self._tasks: set[asyncio.Task[None]] = set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        loop = asyncio.get_running_loop()
        self._go(self._worker.keep_up())
        loop.add_signal_handler(signal.SIGHUP, lambda: self._go(self._worker.service.reload()))
        loop.add_reader(0, self._supervisor_spoke)
        self._worker.counters.put("unspoof_stirred", time.monotonic())
        say(self._ready, self._worker.row)

    def _go(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            sys.stderr.write(f"unspoof live: a worker stops: {type(task.exception()).__name__}\n")
            self.should_exit = True  # the supervisor starts another

    def _supervisor_spoke(self) -> None:
        if not os.read(0, 4096):
            asyncio.get_running_loop().remove_reader(0)
            self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._worker.stream.end()
        await super().shutdown(sockets)
        for task in self._tasks:
            task.cancel()
        await asyncio.to_thread(self._worker.recorder.close)


def _config(worker: Worker) -> uvicorn.Config:
    settings = worker.settings
    return uvicorn.Config(
        worker.app,
        loop="uvloop" if find_spec("uvloop") else "asyncio",
        http=BoundedProtocol,
        ws="none",
        lifespan="off",
        log_config=None,  # an access log would hold who called whom
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=settings.number("limits", "connections"),
        timeout_keep_alive=75,
        timeout_graceful_shutdown=settings.number("service", "grace_s"),
        ssl_certfile=settings.text("access", "tls_certificate") or None,
        ssl_keyfile=settings.text("access", "tls_key") or None,
    )


def main() -> None:
    """Do the job that stands on standard input."""
    row, listening, ready = (int(argument) for argument in sys.argv[1:4])
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    logging.disable(logging.CRITICAL)
    job = read_job()
    try:
        worker = Worker(job.settings(), row)
        worker.follow()
    except UnspoofError as error:
        say(ready, row, str(error))
        sys.exit(NOT_STARTED)
    sys.setswitchinterval(_SWITCH_S)
    # What is loaded stays: the collector need not look through it again while calls wait.
    gc.collect()
    gc.freeze()
    server = _Server(_config(worker), worker, ready)
    listener = socket.socket(fileno=listening)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    try:
        server.run([listener])
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    main()


__all__ = ["Worker", "main"]

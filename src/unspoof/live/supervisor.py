"""Start the processes of the live service, replace those that end or hang, and stop them all; no call is judged here."""

from __future__ import annotations

import fcntl
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from unspoof.errors import BadRequest, UnspoofError
from unspoof.live.counters import Counters
from unspoof.live.jobs import Job
from unspoof.live.metrics import DISPATCHER, FIRST_WORKER, RATES_FILE, SUPERVISOR, open_counters
from unspoof.live.rates import Rates
from unspoof.live.settings import LiveSettings

START_S = 120.0
"""How long the first start of all processes may take."""
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)
_GAUGES = ("unspoof_alerts_waiting", "unspoof_stream_readers", "unspoof_workers_stale")


@dataclass
class _Child:
    """One process and its place."""

    row: int
    process: subprocess.Popen[bytes] | None = None
    began: float = 0.0
    delay: float = 0.0
    due: float = 0.0
    failures: list[str] = field(default_factory=list)


class Supervisor:
    """The parent of all processes.

    Args:
        job: the settings as text.
        names: rules and faults, which the counters are made for.

    Raises:
        BadRequest: a setting is wrong, the state folder is in use or cannot be made, or the address cannot be listened on.

    """

    def __init__(self, job: Job, names: tuple[list[str], list[str]]) -> None:
        self._job, self.settings = job, job.settings()
        self._state = Path(self.settings.text("service", "state"))
        self._lock = self._locked()
        workers = self.settings.number("service", "workers")
        self._sockets = _listen(self.settings, workers)
        self._counters: Counters = open_counters(self._state, *names, workers, SUPERVISOR, fresh=True)
        limits = (self.settings.number("limits", "rate"), self.settings.number("limits", "burst"))
        Rates(self._state / RATES_FILE, *limits, fresh=True)
        self._children = [_Child(row) for row in (DISPATCHER, *range(FIRST_WORKER, FIRST_WORKER + workers))]
        self._hears, self._says = os.pipe()
        os.set_blocking(self._hears, False)
        self._heard = b""
        self._stopping = False

    @property
    def url(self) -> str:
        """Where the service listens."""
        host, port = self._sockets[0].getsockname()[:2]
        scheme = "https" if self.settings.text("access", "tls_certificate") else "http"
        return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"

    def _locked(self) -> int:
        try:
            self._state.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(self._state / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BadRequest("is in use by another live service", where=str(self._state)) from None
        except OSError as error:
            raise BadRequest(f"cannot be used: {error.strerror}", where=str(self._state)) from None
        return handle

    def run(self, ready: Callable[[str], None]) -> None:
        """Start everything, say when it serves, and keep it running until SIGTERM or SIGINT.

        Raises:
            UnspoofError: it could not be started; nothing is left running.

        """
        old = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        try:
            for child in self._children:
                self._start(child)
            self._wait_until_ready()
            ready(self.url)
            self._watch()
        finally:
            self._stop()
            for listener in self._sockets:
                listener.close()
            os.close(self._lock)
            signal.pthread_sigmask(signal.SIG_SETMASK, old)

    def _start(self, child: _Child) -> None:
        arguments = [str(self._says)]
        passed = [self._says]
        if child.row != DISPATCHER:
            listening = self._sockets[(child.row - FIRST_WORKER) % len(self._sockets)].fileno()
            arguments = [str(child.row), str(listening), *arguments]
            passed.append(listening)
        module = "unspoof.live.dispatcher" if child.row == DISPATCHER else "unspoof.live.worker"
        child.process = subprocess.Popen(  # noqa: S603  our own interpreter and module
            [sys.executable, "-m", module, *arguments], stdin=subprocess.PIPE, pass_fds=passed
        )
        child.began = time.monotonic()
        self._counters.clear_row(child.row, "unspoof_stirred")
        assert child.process.stdin is not None  # noqa: S101  asked for above
        try:
            child.process.stdin.write(self._job.line())
            child.process.stdin.flush()
        except BrokenPipeError:
            return  # it has ended already, which is seen to where children end

    def _listen_to_children(self) -> list[tuple[int, str]]:
        try:
            self._heard += os.read(self._hears, 65_536)
        except BlockingIOError:
            return []
        *lines, self._heard = self._heard.split(b"\n")
        spoken = [json.loads(line) for line in lines]
        return [(word["row"], word["problem"]) for word in spoken]

    def _wait_until_ready(self) -> None:
        missing = {child.row for child in self._children}
        deadline = time.monotonic() + START_S
        while missing:
            select.select([self._hears], [], [], 0.1)
            for row, problem in self._listen_to_children():
                if problem:
                    raise UnspoofError(problem, where="the live service was not started")
                missing.discard(row)
            ended = [c for c in self._children if c.row in missing and c.process and c.process.poll() is not None]
            if ended and not select.select([self._hears], [], [], 0)[0]:
                raise UnspoofError("a process ended before it was ready", where="the live service was not started")
            if time.monotonic() > deadline:
                raise UnspoofError(f"not ready within {START_S:.0f} s", where="the live service was not started")
            if signal.sigtimedwait((signal.SIGTERM, signal.SIGINT), 0):
                raise UnspoofError("told to stop", where="the live service was not started")
        self._counters.put("unspoof_workers", len(self._children) - 1)

    def _watch(self) -> None:
        looked = time.monotonic()
        while True:
            told = signal.sigtimedwait(_SIGNALS, 0.25)
            if told and told.si_signo in (signal.SIGTERM, signal.SIGINT):
                return
            if told and told.si_signo == signal.SIGHUP:
                self._tell(signal.SIGHUP)
            for _, problem in self._listen_to_children():
                if problem:
                    sys.stderr.write(f"unspoof live: {problem}\n")
            now = time.monotonic()
            # After a pause of our own, everybody looks as if he had not stirred.
            awake, looked = now - looked < 2.0, now
            for child in self._children:
                self._look_after(child, now, awake)
            running = sum(c.process is not None and c.process.poll() is None for c in self._children[1:])
            self._counters.put("unspoof_workers", running)

    def _look_after(self, child: _Child, now: float, awake: bool) -> None:
        if child.process is None:
            if now >= child.due:
                self._start(child)
            return
        if child.process.poll() is not None:
            # One that ends again and again is started less and less often.
            child.delay = min(max(child.delay * 2, 0.25), 10.0) if now - child.began < 10 else 0.0
            child.due, child.process = now + child.delay, None
            for gauge in _GAUGES:
                self._counters.clear_row(child.row, gauge)
            self._counters.add("unspoof_worker_restarts_total")
            if not child.delay:
                self._start(child)
            return
        stirred = self._counters.of_row(child.row, "unspoof_stirred")
        # One that has not stirred yet is still loading.
        allowed = self.settings.number("service", "hang_s") if stirred else START_S
        if awake and now - max(stirred, child.began) > allowed:
            child.process.kill()

    def _tell(self, number: signal.Signals) -> None:
        for child in self._children:
            if child.process is not None and child.process.poll() is None:
                child.process.send_signal(number)

    def _stop(self) -> None:
        self._tell(signal.SIGTERM)
        deadline = time.monotonic() + self.settings.number("service", "grace_s") + 2
        for child in self._children:
            if child.process is None:
                continue
            try:
                child.process.wait(max(deadline - time.monotonic(), 0.1))
            except subprocess.TimeoutExpired:
                child.process.kill()
                child.process.wait()
            if child.process.stdin is not None:
                try:
                    child.process.stdin.close()
                except BrokenPipeError:
                    continue


def _listen(settings: LiveSettings, workers: int) -> list[socket.socket]:
    """Return a listening socket for each worker, or one for all where the system does not spread connections over several.

    The supervisor keeps them open: what waits in the queue of a worker that dies is taken up by the one that replaces it.
    """
    host, port = settings.address()
    spread = sys.platform == "linux" and workers > 1
    listeners: list[socket.socket] = []
    try:
        # Without SO_REUSEPORT first: with it, another service's port would be shared with it and nobody would know.
        bound = _bound(host, port, shared=False)
        if not spread:
            return [_heard(bound)]
        bound.close()
        for _ in range(workers):
            listeners.append(_heard(_bound(host, port, shared=True)))
            port = listeners[0].getsockname()[1]
    except OSError as error:
        for listener in listeners:
            listener.close()
        raise BadRequest(f"cannot listen there: {error.strerror}", where=settings.text("service", "listen")) from None
    return listeners


def _bound(host: str, port: int, *, shared: bool) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener


def _heard(listener: socket.socket) -> socket.socket:
    listener.listen(2048)
    listener.setblocking(False)
    return listener


__all__ = ["START_S", "Supervisor"]

"""The one process that sends alerts to webhooks and tidies the outbox; it holds nothing that is not in the outbox.

Run as `python -m unspoof.live.dispatcher READY_FD` by the supervisor.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path

from unspoof.engine.outbox import Outbox
from unspoof.errors import UnspoofError
from unspoof.live.counters import Counters
from unspoof.live.jobs import NOT_STARTED, read_job, say
from unspoof.live.metrics import DISPATCHER, OUTBOX_FILE, open_counters
from unspoof.live.service import MEMORY_MOST, memory_window_s, metric_names
from unspoof.live.settings import LiveSettings
from unspoof.live.webhooks import Sender

_TIDY_S = 60.0
_TIDY_ROWS = 1000


def run(settings: LiveSettings, ready: int, stop: threading.Event) -> None:
    """Send and tidy until told to stop.

    Raises:
        UnspoofError: the outbox or a secret cannot be read.

    """
    state = Path(settings.text("service", "state"))
    counters = open_counters(state, *metric_names(), settings.number("service", "workers"), DISPATCHER)
    outbox = Outbox(state / OUTBOX_FILE)
    outbox.let_go([hook.name for hook in settings.webhooks])

    def count(result: str) -> None:
        counters.add("unspoof_webhook_attempts_total", result)

    senders = [Sender(Outbox(state / OUTBOX_FILE), hook, count, stop) for hook in settings.webhooks]
    for sender in senders:
        sender.start()
    counters.put("unspoof_stirred", time.monotonic())
    say(ready, DISPATCHER)
    tidied = 0.0
    while not stop.wait(1.0):
        counters.put("unspoof_stirred", time.monotonic())
        if time.monotonic() - tidied > _TIDY_S:
            tidied = time.monotonic()
            _tidy(settings, outbox, counters)
    for sender in senders:
        sender.join(timeout=settings.number("service", "grace_s"))


def _tidy(settings: LiveSettings, outbox: Outbox, counters: Counters) -> None:
    before = time.time() - 86_400 * settings.number("alerts", "retention_days")
    try:
        while outbox.forget(before, _TIDY_ROWS) == _TIDY_ROWS:
            counters.put("unspoof_stirred", time.monotonic())
        too_many = outbox.counts()["events"] - settings.number("alerts", "most")
        if too_many > 0:
            outbox.forget(time.time(), too_many)
        outbox.forget_seen(time.time() - memory_window_s(settings), MEMORY_MOST)
    except Exception as error:  # a full disk is no reason to stop sending
        sys.stderr.write(f"unspoof live: the outbox could not be tidied: {type(error).__name__}\n")


def main() -> None:
    """Do the job that stands on standard input."""
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    stop, ready = threading.Event(), int(sys.argv[1])
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    job = read_job()

    def watch() -> None:
        while os.read(0, 4096):
            pass
        stop.set()

    threading.Thread(target=watch, daemon=True).start()
    try:
        run(job.settings(), ready, stop)
    except UnspoofError as error:
        say(ready, DISPATCHER, str(error))
        sys.exit(NOT_STARTED)


if __name__ == "__main__":
    main()


__all__ = ["main", "run"]

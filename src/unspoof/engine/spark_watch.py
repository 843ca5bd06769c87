"""Notice that a cluster is not there or has gone, where Spark itself would wait for minutes or for ever; it starts nothing."""

from __future__ import annotations

import re
import socket
import threading
import time
from contextlib import suppress
from typing import Any

from unspoof.errors import EngineGap

_CONNECT_S = 10.0
_LOOK_S = 1.0


def find_master(master: str) -> None:
    """Say at once that no master listens; Spark would try three times in a minute.

    Args:
        master: Spark's master; only those of the form spark://HOST:PORT, with more after commas, can be looked for.

    Raises:
        EngineGap: nothing accepts a connection at any of the addresses.

    """
    if not master.startswith("spark://"):
        return
    reasons = []
    for address in master.removeprefix("spark://").split(","):
        host, port = _split(address, master)
        try:
            socket.create_connection((host, port), _CONNECT_S).close()
        except OSError as error:
            reasons.append(str(error.strerror or error))
        else:
            return
    hint = "See UNSPOOF_SPARK_MASTER or [spark] master in case.toml."
    raise EngineGap(f"no Spark master answers at {master}: {'; '.join(reasons)}", where="engine spark", hint=hint)


def _split(address: str, master: str) -> tuple[str, int]:
    """Return host and port; an IPv6 host stands in brackets."""
    found = re.fullmatch(r"\[?(.+?)\]?:([0-9]{1,5})", address)
    if found is None or int(found[2]) > 65_535:
        raise EngineGap(f"{master} is no address of a master", where="engine spark", hint="Write spark://HOST:PORT.")
    return found[1], int(found[2])


class Watch:
    """A thread that ends a job for which no executor has been there for some time.

    A driver whose master and workers are gone waits for them for ever. Executors that are only lost for a while are
    replaced by Spark, and an idle session may have none.

    Args:
        context: a running SparkContext on a cluster.
        wait_s: how long a job may be without any executor.

    """

    def __init__(self, context: Any, wait_s: int) -> None:
        self.gave_up = False
        """Whether jobs were ended for want of executors."""
        self.wait_s = wait_s
        self._context = context
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._look, name="unspoof-spark-watch", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop looking."""
        self._closed.set()
        self._thread.join(2 * _CONNECT_S)

    def _look(self) -> None:
        seen = time.monotonic()
        while not self._closed.wait(_LOOK_S):
            with suppress(Exception):  # a JVM that has gone fails the job by itself
                if not self._is_stranded():
                    seen = time.monotonic()
                elif time.monotonic() - seen > self.wait_s:
                    self.gave_up = True
                    self._context.cancelAllJobs()

    def _is_stranded(self) -> bool:
        """Say whether a job runs and the driver alone is there for it."""
        if not self._context.statusTracker().getActiveJobsIds():
            return False
        return int(self._context._jsc.sc().getExecutorMemoryStatus().size()) <= 1


__all__ = ["Watch", "find_master"]

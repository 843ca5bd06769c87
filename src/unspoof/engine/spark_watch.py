"""Notice that a cluster is not there or has gone, where Spark itself would wait for minutes or for ever; it starts nothing."""

from __future__ import annotations

import re
import threading
import time
from contextlib import suppress
from typing import Any

from unspoof.errors import EngineGap

_WHERE = "engine spark"
_ADDRESS = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([^\s:\[\]]+)):([0-9]{1,5})")
"""Host and port; an IPv6 host stands in brackets."""
_LAST_PORT = 65_535
_CONNECT_MS = 10_000
_LOOK_S = 1.0
_JOIN_S = 20.0


def masters(master: str) -> list[tuple[str, int]]:
    """Return host and port of each master in spark://HOST:PORT,HOST:PORT; none for masters of another form.

    Raises:
        EngineGap: a host or a port is missing.

    """
    if not master.startswith("spark://"):
        return []
    found = [_ADDRESS.fullmatch(address) for address in master.removeprefix("spark://").split(",")]
    made = [
        (match[1] or match[2], int(match[3])) for match in found if match is not None and int(match[3]) <= _LAST_PORT
    ]
    if len(made) < len(found):
        raise EngineGap(f"{master} is no address of a master", where=_WHERE, hint="Write spark://HOST:PORT.")
    return made


def find_master(jvm: Any, master: str) -> None:
    """Say at once that no master listens; Spark would try three times in a minute.

    Args:
        jvm: Py4J's view of a JVM, which is what reaches the network here.
        master: as for `masters`.

    Raises:
        EngineGap: nothing accepts a connection at any of the addresses.

    """
    from py4j.protocol import Py4JJavaError

    reasons = []
    for host, port in masters(master):
        tried = jvm.java.net.Socket()
        try:
            tried.connect(jvm.java.net.InetSocketAddress(host, port), _CONNECT_MS)
        except Py4JJavaError as error:
            java = error.java_exception
            reasons.append(str(java.getMessage() or java.getClass().getSimpleName()))
        else:
            return
        finally:
            tried.close()
    if reasons:
        hint = "See UNSPOOF_SPARK_MASTER or [spark] master in case.toml."
        raise EngineGap(f"no Spark master answers at {master}: {'; '.join(reasons)}", where=_WHERE, hint=hint)


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
        self._thread.join(_JOIN_S)

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


__all__ = ["Watch", "find_master", "masters"]

"""Have the certificates at hand that calls name, and let no call wait long for them; what may be fetched: fetching.py.

A call waits for its certificate no longer than is set. One that comes later serves the calls after it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from unspoof.errors import BadReference
from unspoof.live.fetching import FetchingSource
from unspoof.parse.identity_header import read_identity
from unspoof.screen.identity import CertificateUnavailable

MOST_AT_ONCE = 8
"""Fetches that run at once; whoever sends calls chooses what is fetched, so nobody is to be flooded from here."""
MOST_WAITING = 64
"""Addresses that are fetched or wait for it; for further ones nobody waits and nothing is fetched."""
MOST_FAILED = 10_000
_MOST_PER_CALL = 4


class Fetcher:
    """Fetches for one process.

    Args:
        source: store and policy.
        wait_s: how long a call may wait.

    """

    def __init__(self, source: FetchingSource, wait_s: float) -> None:
        self._source, self._wait_s = source, wait_s
        # Threads of its own: a slow server must not take those that the outbox is read by.
        self._threads = ThreadPoolExecutor(MOST_AT_ONCE, thread_name_prefix="fetch")
        self._running: dict[str, asyncio.Task[None]] = {}
        self._failed: dict[str, float] = {}

    async def have(self, identities: Iterable[str], at: int) -> None:
        """Wait, up to the time that is set, for the certificates that Identity headers name.

        Args:
            identities: the headers of one call.
            at: the call's time, seconds since 1970.

        """
        urls = [url for text in identities if (url := read_identity(text).info)]
        running = [task for url in dict.fromkeys(urls[:_MOST_PER_CALL]) if (task := self._task(url, at)) is not None]
        if running:
            await asyncio.wait(running, timeout=self._wait_s)

    def _task(self, url: str, at: int) -> asyncio.Task[None] | None:
        if url in self._running:
            return self._running[url]
        now = time.time()
        if self._is_known(url, at, now) or now - self._failed.get(url, 0.0) < self._source.policy.retry_s:
            return None
        if len(self._running) >= MOST_WAITING:
            return None
        task = asyncio.ensure_future(self._fetch(url))
        self._running[url] = task
        task.add_done_callback(lambda _: self._running.pop(url, None))
        return task

    def _is_known(self, url: str, at: int, now: float) -> bool:
        try:
            known = self._source.store.certificate(url, at)
        except CertificateUnavailable:
            return False
        if known is None:
            return False
        # What stands there now says little of a call of long ago: what was kept then is better.
        fresh_s, obtained_at = self._source.policy.fresh_s, known.origin.obtained_at
        return abs(now - at) > fresh_s or (obtained_at is not None and now - obtained_at <= fresh_s)

    async def _fetch(self, url: str) -> None:
        try:
            data = await asyncio.get_running_loop().run_in_executor(self._threads, self._source.fetch, url)
            self._source.store.put(url, data, int(time.time()))
        except (CertificateUnavailable, BadReference, OSError):
            if len(self._failed) >= MOST_FAILED:
                self._failed.clear()
            self._failed[url] = time.time()
        else:
            self._failed.pop(url, None)

    def close(self) -> None:
        """Let go of the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._source.close()


__all__ = ["MOST_AT_ONCE", "MOST_FAILED", "MOST_WAITING", "Fetcher"]

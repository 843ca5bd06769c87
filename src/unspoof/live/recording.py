"""Put alerts on the disk while calls wait: one thread that commits what has gathered since its last commit; nothing is sent here.

An answer that names an alert's number was sent after the commit that holds it. An answer that says "recorded": false was
sent because the disk did not keep up within alerts.wait_ms, or refused: that alert is still in memory and is tried again,
and is lost if the process ends before.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from unspoof.engine.outbox import Outbox, Seen

_AT_ONCE = 256
_PAUSE_S = 0.5


class Recorder:
    """Commits alerts in groups.

    Args:
        outbox: where to.
        receivers: names of the webhooks that every alert goes to.
        most: how many alerts may wait; further ones are refused at once.
        count: told the name of what happened and how often: "recorded", "refused", "failed".

    """

    def __init__(self, outbox: Outbox, receivers: Sequence[str], most: int, count: Callable[[str, int], None]) -> None:
        self._outbox, self._receivers, self._most, self._count = outbox, receivers, most, count
        self._waiting: deque[tuple[str, str, asyncio.AbstractEventLoop, asyncio.Future[int]]] = deque()
        self._news = threading.Condition()
        self._seen: deque[Seen] = deque(maxlen=most)
        self._closing = False
        self.fault = ""
        """Why the last commit failed; empty if it did not."""
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """How many alerts are not on the disk yet."""
        return len(self._waiting)

    async def record(self, kind: str, event: Mapping[str, Any], wait_s: float) -> int | None:
        """Put one alert on the disk.

        Args:
            kind: what it is about.
            event: JSON's types.
            wait_s: how long to wait for the disk.

        Returns:
            its number; None if it was not there in time or there is no room for it.

        """
        loop = asyncio.get_running_loop()
        done: asyncio.Future[int] = loop.create_future()
        body = json.dumps(event, ensure_ascii=True, separators=(",", ":"))
        with self._news:
            if len(self._waiting) >= self._most or self._closing:
                self._count("refused", 1)
                return None
            self._waiting.append((kind, body, loop, done))
            self._news.notify()
        try:
            return await asyncio.wait_for(asyncio.shield(done), wait_s)
        except TimeoutError:
            return None

    def remember(self, seen: Seen) -> None:
        """Let the other processes know of a call; nobody waits for it, and under more than `most` the oldest are left out."""
        with self._news:
            self._seen.append(seen)
            self._news.notify()

    def close(self) -> None:
        """Commit what waits, once, and stop."""
        with self._news:
            self._closing = True
            self._news.notify()
        self._thread.join(timeout=30)

    def _run(self) -> None:
        while True:
            with self._news:
                while not self._waiting and not self._seen and not self._closing:
                    self._news.wait()
                # They stay in the queue until they are on the disk: a failed commit is tried again.
                group = [self._waiting[place] for place in range(min(len(self._waiting), _AT_ONCE))]
                seen = list(self._seen)
                self._seen.clear()
            if not group and not seen:
                return
            if not self._commit(group, seen):
                if self._closing:
                    return
                time.sleep(_PAUSE_S)

    def _commit(
        self, group: Sequence[tuple[str, str, asyncio.AbstractEventLoop, asyncio.Future[int]]], seen: Sequence[Seen]
    ) -> bool:
        events = [(kind, body) for kind, body, _, _ in group]
        try:
            numbers = self._outbox.append(events, self._receivers, time.time(), seen)
        except OSError as error:
            self.fault = str(error)
            self._count("failed", 1)
            with self._news:
                self._seen.extendleft(reversed(seen))
            return False
        except Exception as error:  # this thread must go on, whatever it was handed
            self.fault = f"a mistake in an alert: {type(error).__name__}"
            self._count("failed", 1)
            return False
        self.fault = ""
        with self._news:
            for _ in group:
                self._waiting.popleft()
        if group:
            self._count("recorded", len(group))
        for (_, _, loop, done), number in zip(group, numbers, strict=True):
            try:
                loop.call_soon_threadsafe(_answer, done, number)
            except RuntimeError:  # the loop has ended; the alert is on the disk all the same
                continue
        return True


def _answer(done: asyncio.Future[int], number: int) -> None:
    if not done.done():
        done.set_result(number)


__all__ = ["Recorder"]

"""The stream of findings: server-sent events with numbers to resume from; webhooks are elsewhere."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

from unspoof.engine.outbox import Event, Outbox

_AT_ONCE = 200
_LOOK_S = 0.2


class Stream:
    """Tells the readers of one worker when the outbox has grown, whichever worker made it grow.

    Args:
        outbox: opened for this process.
        heartbeat_s: how often a silent stream says that it is alive.

    """

    def __init__(self, outbox: Outbox, heartbeat_s: float) -> None:
        self._outbox, self._heartbeat_s = outbox, heartbeat_s
        self._news = asyncio.Condition()
        self._newest = 0
        self._ended = False
        self._looking: asyncio.Task[None] | None = None
        self.readers = 0

    async def end(self) -> None:
        """Let every reader's stream end, as the service stops."""
        self._ended = True
        async with self._news:
            self._news.notify_all()

    async def _look(self) -> None:
        while self.readers and not self._ended:
            newest = (await asyncio.to_thread(self._outbox.first_and_last))[1]
            if newest > self._newest:
                async with self._news:
                    self._newest = newest
                    self._news.notify_all()
            await asyncio.sleep(_LOOK_S)

    def start_after(self, last_event_id: str | None) -> int:
        """Return the number to go on after.

        Args:
            last_event_id: what the reader saw last; None for a reader that begins with what comes now. An id of another
                outbox says nothing of this one: all that is kept is sent.

        """
        if last_event_id is None:
            return self._outbox.first_and_last()[1]
        name, _, number = last_event_id.partition("-")
        known = name == self._outbox.name and number.isascii() and number.isdigit() and len(number) < 18
        return int(number) if known else 0

    async def read(self, after: int) -> AsyncIterator[bytes]:
        """Yield events as server-sent events for as long as the reader listens and the service runs.

        Where events that the reader has not seen are no longer kept, an event 'gap' says so first.
        """
        self.readers += 1
        try:
            if self._looking is None or self._looking.done():
                self._looking = asyncio.create_task(self._look())
            first, _ = await asyncio.to_thread(self._outbox.first_and_last)
            yield b"retry: 2000\n\n"
            if after and first > after + 1:
                yield b'event: gap\ndata: {"first_kept": %d, "asked_after": %d}\n\n' % (first, after)
            while not self._ended:
                events = await asyncio.to_thread(self._outbox.after, after, _AT_ONCE)
                for event in events:
                    yield as_sse(self._outbox.name, event)
                    after = event.number
                if not events and not await self._grown(after):
                    yield b": alive\n\n"
        finally:
            self.readers -= 1

    async def _grown(self, after: int) -> bool:
        async with self._news:
            try:
                await asyncio.wait_for(
                    self._news.wait_for(lambda: self._ended or self._newest > after), self._heartbeat_s
                )
            except TimeoutError:
                return False
        return True


def event_id(outbox: str, number: int) -> str:
    """Return the name of an event that no other event has, in this outbox or in another."""
    return f"{outbox}-{number}"


def as_message(outbox: str, event: Event) -> str:
    """Return the event as JSON with its id and the moment at which it was recorded, as streams and webhooks carry it."""
    inner = json.loads(event.body)
    whole = {"id": event_id(outbox, event.number), "recorded_at": event.recorded_at, "kind": event.kind, **inner}
    return json.dumps(whole, ensure_ascii=True, separators=(",", ":"))


def as_sse(outbox: str, event: Event) -> bytes:
    """Return the event as one server-sent event (WHATWG HTML, 9.2); the JSON has no line breaks."""
    name, message = event_id(outbox, event.number), as_message(outbox, event)
    return f"id: {name}\nevent: finding\ndata: {message}\n\n".encode("ascii")


__all__ = ["Stream", "as_message", "as_sse", "event_id"]

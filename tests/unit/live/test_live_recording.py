"""The recorder: what it answered with a number is on the disk, a slow or full disk holds no call for long, nothing is silent."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from collections import Counter
from pathlib import Path

from unspoof.engine.outbox import Outbox, Seen
from unspoof.live.recording import Recorder


def _recorder(path: Path, counts: Counter[str], most: int = 100, wait_s: float = 5.0) -> Recorder:
    def count(result: str, number: int) -> None:
        counts[result] += number

    return Recorder(Outbox(path, wait_s=wait_s), ["desk"], most, count)


def test_alerts_that_come_together_share_commits(tmp_path: Path) -> None:
    """Two hundred at once get two hundred numbers, each of the event that was given, and all are in the file."""
    counts: Counter[str] = Counter()
    recorder = _recorder(tmp_path / "outbox.db", counts, most=1000)

    async def record_all() -> list[int | None]:
        return list(await asyncio.gather(*(recorder.record("k", {"n": n}, 10.0) for n in range(200))))

    numbers = asyncio.run(record_all())
    recorder.close()
    kept = {event.number: json.loads(event.body)["n"] for event in Outbox(tmp_path / "outbox.db").after(0, 1000)}

    assert {number: n for n, number in enumerate(numbers)} == kept
    assert counts == {"recorded": 200}


def test_a_disk_that_is_busy_does_not_hold_the_call(tmp_path: Path) -> None:
    """While another holds the file, the answer comes in the time that is set, without a number; the alert is written later."""
    path, counts = tmp_path / "outbox.db", Counter[str]()
    recorder = _recorder(path, counts, wait_s=0.05)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    began = time.monotonic()
    assert asyncio.run(recorder.record("k", {}, 0.2)) is None
    assert time.monotonic() - began < 2.0
    deadline = time.monotonic() + 10
    while not recorder.fault:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert recorder.waiting == 1

    other.execute("ROLLBACK")
    recorder.close()
    assert len(Outbox(path).after(0, 10)) == 1
    assert recorder.fault == ""
    assert counts["failed"] >= 1
    assert counts["recorded"] == 1


def test_more_than_may_wait_is_refused_and_counted(tmp_path: Path) -> None:
    """With the disk held and no room left, further alerts are refused at once and counted."""
    path, counts = tmp_path / "outbox.db", Counter[str]()
    recorder = _recorder(path, counts, most=2, wait_s=0.05)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    async def five() -> list[int | None]:
        return list(await asyncio.gather(*(recorder.record("k", {}, 0.1) for _ in range(5))))

    assert asyncio.run(five()) == [None] * 5
    assert counts["refused"] == 3

    other.execute("ROLLBACK")
    recorder.close()
    assert len(Outbox(path).after(0, 10)) == 2


def test_what_others_must_know_is_written_without_anybody_waiting(tmp_path: Path) -> None:
    """A call that is to be remembered reaches the file on its own."""
    recorder = _recorder(tmp_path / "outbox.db", Counter())
    seen = Seen(5.0, 447700900123, 442079460000, None, "trunk", "false")
    recorder.remember(seen)
    recorder.close()

    assert [found for _, found in Outbox(tmp_path / "outbox.db").seen_after(0, 10)] == [seen]

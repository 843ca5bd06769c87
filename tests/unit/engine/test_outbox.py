"""The outbox: what it returned is on the disk, in one order, for every process; deliveries end as delivered or stay visible."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
import time
from pathlib import Path

import pytest

from unspoof.engine.outbox import Outbox, Seen
from unspoof.errors import BadRequest


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    """An empty outbox."""
    return Outbox(tmp_path / "outbox.db")


def test_numbers_are_in_order_and_never_used_twice(outbox: Outbox) -> None:
    """A number that was given out is never given to another event, even after that event is forgotten."""
    assert outbox.append([("a", "{}"), ("b", "{}")], [], 10.0) == [1, 2]
    assert outbox.forget(11.0, 100) == 2

    assert outbox.append([("c", "{}")], [], 12.0) == [3]
    assert outbox.first_and_last() == (3, 3)
    assert [event.kind for event in outbox.after(0, 10)] == ["c"]


def test_a_commit_waits_for_the_disk(outbox: Outbox) -> None:
    """Commits are synchronous, also in a connection that only reopens the file."""
    again = Outbox(outbox.path)

    for box in (outbox, again):
        assert box._connection.execute("PRAGMA synchronous").fetchone() == (2,)
        assert box._connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert again.name == outbox.name
    assert outbox.path.stat().st_mode & 0o077 == 0


def test_each_receiver_has_its_own_delivery(outbox: Outbox) -> None:
    """An event that one receiver has is still due for the other."""
    outbox.append([("a", "{}")], ["x", "y"], 1.0)
    (for_x,) = outbox.due("x", 1.0, 10)
    outbox.delivered(for_x)

    assert outbox.due("x", 9.0, 10) == []
    assert [d.receiver for d in outbox.due("y", 9.0, 10)] == ["y"]
    assert outbox.counts() == {"events": 1, "waiting": 1, "delivered": 1, "dead": 0}


def test_what_failed_waits_and_what_was_given_up_stays(outbox: Outbox) -> None:
    """A failed delivery is due again at its time; one that is dead is kept with its reason until it is tried again."""
    outbox.append([("a", "{}")], ["x"], 1.0)
    (first,) = outbox.due("x", 1.0, 10)
    outbox.failed(first, "answered 500", 5.0)
    assert outbox.due("x", 4.9, 10) == []
    (second,) = outbox.due("x", 5.0, 10)
    assert (second.attempts, second.last_error) == (1, "answered 500")

    outbox.failed(second, "answered 500", None)
    assert outbox.due("x", 99.0, 10) == []
    assert outbox.forget(99.0, 10) == 0
    assert [d.attempts for d in outbox.dead(10)] == [2]

    assert outbox.try_again(99.0) == 1
    assert [d.attempts for d in outbox.due("x", 99.0, 10)] == [0]


def test_what_nobody_has_is_not_forgotten(outbox: Outbox) -> None:
    """Only events that every receiver has are removed, however old they are."""
    outbox.append([("a", "{}"), ("b", "{}")], ["x"], 1.0)
    outbox.delivered(outbox.due("x", 1.0, 1)[0])

    assert outbox.forget(99.0, 10) == 1
    assert [event.kind for event in outbox.after(0, 10)] == ["b"]


def test_a_receiver_that_is_gone_leaves_its_deliveries_visible(outbox: Outbox) -> None:
    """What waits for a webhook that was taken out of the configuration becomes dead, not lost."""
    outbox.append([("a", "{}")], ["x", "y"], 1.0)

    assert outbox.let_go(["y"]) == 1
    assert [d.receiver for d in outbox.dead(10)] == ["x"]


def test_calls_are_remembered_for_others_and_bounded(outbox: Outbox) -> None:
    """Another process reads what this one saw; old calls and more than the bound are left out."""
    calls = [Seen(float(at), 447700900000 + at, None, None, "trunk", "false") for at in range(10)]
    outbox.append([], [], 1.0, calls)

    assert [seen for _, seen in Outbox(outbox.path).seen_after(0, 100)] == calls
    assert outbox.forget_seen(3.0, 5) == 5
    assert [seen.at for _, seen in outbox.seen_after(0, 100)] == [5.0, 6.0, 7.0, 8.0, 9.0]


def test_a_file_that_is_no_outbox_is_named(tmp_path: Path) -> None:
    """Another file in its place is an error with the path, and is left as it was."""
    path = tmp_path / "outbox.db"
    path.write_bytes(b"no database at all, and long enough to be looked at" * 50)

    with pytest.raises(BadRequest, match="cannot be opened") as raised:
        Outbox(path)

    assert str(path) in str(raised.value)
    assert path.read_bytes().startswith(b"no database")


def test_a_writer_that_cannot_write_says_so(tmp_path: Path) -> None:
    """While another holds the file locked, an append fails after its wait and nothing of it is there."""
    outbox = Outbox(tmp_path / "outbox.db", wait_s=0.1)
    other = sqlite3.connect(outbox.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(OSError, match="locked"):
        outbox.append([("a", "{}")], ["x"], 1.0)

    other.execute("ROLLBACK")
    assert outbox.append([("b", "{}")], ["x"], 1.0) == [1]


def _write_until_killed(path: str, said: int) -> None:
    outbox = Outbox(Path(path))
    count = 0
    while True:
        for number in outbox.append([("k", str(count)), ("k", str(count))], ["x"], time.time()):
            os.write(said, b"%d\n" % number)
        count += 1


def test_nothing_that_was_returned_is_lost_when_writers_are_killed(tmp_path: Path) -> None:
    """Processes that write are killed in the midst of it: every number that they were given is there, whole groups only."""
    path = tmp_path / "outbox.db"
    Outbox(path)
    hears, says = os.pipe()
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_write_until_killed, args=(str(path), says)) for _ in range(3)]
    for writer in writers:
        writer.start()
    time.sleep(1.0)
    for writer in writers:
        assert writer.pid is not None
        os.kill(writer.pid, signal.SIGKILL)
        writer.join()
    os.close(says)
    with os.fdopen(hears) as lines:
        told = {int(line) for line in lines if line.endswith("\n")}

    kept = Outbox(path)
    numbers = [event.number for event in kept.after(0, 10**9)]
    assert told
    assert told <= set(numbers)
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) % 2 == 0
    assert kept.counts()["waiting"] == len(numbers)

"""Keep findings until everybody who asked for them has them: a file that many processes write to; no sending is done here.

    findings     one event a row, numbered in the order of commit; the number is what a reader resumes from
    deliveries   one row for each event and each receiver that was named when it was added
    seen         what screening must remember of earlier calls, for the processes that did not take them
    meta         the name of this outbox, drawn when the file was made

What `append` has returned survives the end of any process and, as every commit waits for the disk (SQLite's WAL with
synchronous=FULL), a power cut too, as far as the disk itself keeps what it says it has written.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

from unspoof.errors import BadRequest

MOST_ERROR_TEXT = 200
"""Characters kept of why a delivery failed."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS findings (
    id INTEGER PRIMARY KEY AUTOINCREMENT, recorded_at REAL NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS deliveries (
    receiver TEXT NOT NULL, finding_id INTEGER NOT NULL REFERENCES findings (id), state TEXT NOT NULL,
    attempts INTEGER NOT NULL, next_at REAL NOT NULL, last_error TEXT NOT NULL,
    PRIMARY KEY (receiver, finding_id)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS due ON deliveries (receiver, next_at) WHERE state = 'waiting';
CREATE INDEX IF NOT EXISTS stuck ON deliveries (finding_id) WHERE state <> 'delivered';
"""
_SEEN = """
CREATE TABLE IF NOT EXISTS seen (
    id INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, presented INTEGER, called INTEGER, brand TEXT, source TEXT,
    verdict TEXT NOT NULL);
"""
STATES = ("waiting", "delivered", "dead")
"""Of a delivery. dead: tried as often as was allowed; it stays until somebody tries again or lets it go."""


@dataclass(frozen=True, slots=True)
class Event:
    """One finding as the outbox holds it."""

    number: int
    """1 and up, in the order of commit; never used twice."""
    recorded_at: float
    """Seconds since 1970."""
    kind: str
    body: str
    """JSON."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event on its way to one receiver."""

    receiver: str
    event: Event
    attempts: int
    """How often it was tried."""
    last_error: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What is kept of one call that was judged, so that a later one can be held against it."""

    at: float
    """Seconds since 1970, of the call itself."""
    presented: int | None
    """E.164 digits."""
    called: int | None
    brand: str | None
    """Whose number was shown."""
    source: str | None
    verdict: str


class Outbox:
    """The outbox in one file; safe for threads and for any number of processes on one machine.

    Args:
        path: the file; made, readable by its owner alone, if it is not there. Not on a network file system: SQLite's
            write-ahead log needs shared memory.
        wait_s: how long a writer waits for another before it gives up.

    Raises:
        BadRequest: the file cannot be opened or is no outbox.

    """

    def __init__(self, path: Path, *, wait_s: float = 5.0) -> None:
        self.path = path
        self._lock = threading.Lock()
        try:
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            self._connection = sqlite3.connect(path, timeout=wait_s, isolation_level=None, check_same_thread=False)
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.executescript(_SCHEMA + _SEEN)
            with self._writing():
                sql = "INSERT OR IGNORE INTO meta VALUES ('name', ?)"
                self._connection.execute(sql, (secrets.token_hex(6),))
            self.name: str = self._one("SELECT value FROM meta WHERE name = 'name'")
        except (OSError, sqlite3.Error) as error:
            raise BadRequest(f"the outbox cannot be opened: {error}", where=str(path)) from None

    def append(
        self, events: Sequence[tuple[str, str]], receivers: Sequence[str], now: float, seen: Sequence[Seen] = ()
    ) -> list[int]:
        """Add events in one commit, each to be delivered to every receiver.

        Args:
            events: kind and JSON body of each.
            receivers: names.
            now: seconds since 1970.
            seen: calls to be remembered, in the same commit.

        Returns:
            their numbers, in order.

        Raises:
            OSError: they could not be written; none of them was.

        """
        try:
            with self._writing():
                numbers = [self._insert(kind, body, now) for kind, body in events]
                rows = [(receiver, number, now) for number in numbers for receiver in receivers]
                sql = "INSERT INTO deliveries VALUES (?, ?, 'waiting', 0, ?, '')"
                self._connection.executemany(sql, rows)
                sql = "INSERT INTO seen (at, presented, called, brand, source, verdict) VALUES (?, ?, ?, ?, ?, ?)"
                self._connection.executemany(sql, [astuple(call) for call in seen])
            return numbers
        except sqlite3.Error as error:
            raise OSError(f"the outbox cannot be written: {error}") from None

    def _insert(self, kind: str, body: str, now: float) -> int:
        sql = "INSERT INTO findings (recorded_at, kind, body) VALUES (?, ?, ?)"
        number = self._connection.execute(sql, (now, kind, body)).lastrowid
        assert number is not None  # noqa: S101  an INSERT that did not raise has one
        return number

    def after(self, number: int, limit: int) -> list[Event]:
        """Return up to `limit` events that come after a number, in order."""
        sql = "SELECT id, recorded_at, kind, body FROM findings WHERE id > ? ORDER BY id LIMIT ?"
        with self._lock:
            return [Event(*row) for row in self._connection.execute(sql, (number, limit))]

    def seen_after(self, number: int, limit: int) -> list[tuple[int, Seen]]:
        """Return up to `limit` remembered calls that come after a number, in order, with their numbers."""
        sql = "SELECT id, at, presented, called, brand, source, verdict FROM seen WHERE id > ? ORDER BY id LIMIT ?"
        with self._lock:
            return [(row[0], Seen(*row[1:])) for row in self._connection.execute(sql, (number, limit))]

    def forget_seen(self, before: float, most: int) -> int:
        """Remove remembered calls of before a moment, and the oldest of more than `most`; return how many."""
        with self._writing():
            old = self._connection.execute("DELETE FROM seen WHERE at < ?", (before,)).rowcount
            sql = "DELETE FROM seen WHERE id <= (SELECT coalesce(max(id), 0) FROM seen) - ?"
            return old + self._connection.execute(sql, (most,)).rowcount

    def first_and_last(self) -> tuple[int, int]:
        """Return the numbers of the oldest event kept and of the newest ever added; 0 where there is none."""
        first = self._one("SELECT coalesce(min(id), 0) FROM findings")
        return first, self._one("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'findings'")

    def number_since(self, moment: float) -> int:
        """Return the number before the first event recorded at or after a moment; the newest if there is none."""
        found = self._one("SELECT min(id) FROM findings WHERE recorded_at >= ?", moment)
        return self.first_and_last()[1] if found is None else found - 1

    def due(self, receiver: str, now: float, limit: int) -> list[Delivery]:
        """Return what is to be sent to a receiver now, in the order of the events."""
        sql = """
            SELECT d.receiver, f.id, f.recorded_at, f.kind, f.body, d.attempts, d.last_error
            FROM deliveries d JOIN findings f ON f.id = d.finding_id
            WHERE d.receiver = ? AND d.state = 'waiting' AND d.next_at <= ? ORDER BY d.next_at, f.id LIMIT ?"""
        return self._deliveries(sql, (receiver, now, limit))

    def dead(self, limit: int) -> list[Delivery]:
        """Return deliveries that were given up, oldest event first."""
        sql = """
            SELECT d.receiver, f.id, f.recorded_at, f.kind, f.body, d.attempts, d.last_error
            FROM deliveries d JOIN findings f ON f.id = d.finding_id
            WHERE d.state = 'dead' ORDER BY f.id, d.receiver LIMIT ?"""
        return self._deliveries(sql, (limit,))

    def _deliveries(self, sql: str, values: tuple[object, ...]) -> list[Delivery]:
        with self._lock:
            rows = self._connection.execute(sql, values).fetchall()
        return [Delivery(row[0], Event(*row[1:5]), row[5], row[6]) for row in rows]

    def delivered(self, delivery: Delivery) -> None:
        """Note that the receiver has the event."""
        sql = "UPDATE deliveries SET state = 'delivered', attempts = attempts + 1 WHERE receiver = ? AND finding_id = ?"
        with self._writing():
            self._connection.execute(sql, (delivery.receiver, delivery.event.number))

    def failed(self, delivery: Delivery, why: str, next_at: float | None) -> None:
        """Note that an attempt failed.

        Args:
            delivery: what was tried.
            why: in words without personal data.
            next_at: when to try again, in seconds since 1970; None to give it up.

        """
        state = "waiting" if next_at is not None else "dead"
        sql = """
            UPDATE deliveries SET state = ?, attempts = attempts + 1, next_at = ?, last_error = ?
            WHERE receiver = ? AND finding_id = ?"""
        values = (state, next_at or 0.0, why[:MOST_ERROR_TEXT], delivery.receiver, delivery.event.number)
        with self._writing():
            self._connection.execute(sql, values)

    def try_again(self, now: float) -> int:
        """Make every delivery that was given up wait again, its attempts counted anew; return how many."""
        sql = "UPDATE deliveries SET state = 'waiting', attempts = 0, next_at = ? WHERE state = 'dead'"
        with self._writing():
            return self._connection.execute(sql, (now,)).rowcount

    def let_go(self, receivers: Sequence[str]) -> int:
        """Give up what waits for a receiver that is not among those named; return how many became dead."""
        marks = ", ".join("?" * len(receivers))
        sql = f"""
            UPDATE deliveries SET state = 'dead', last_error = 'no such receiver is configured any more'
            WHERE state = 'waiting' AND receiver NOT IN ({marks})"""
        with self._writing():
            return self._connection.execute(sql, tuple(receivers)).rowcount

    def forget(self, before: float, limit: int) -> int:
        """Remove up to `limit` events recorded before a moment that everybody has; what waits or is dead stays.

        Returns:
            how many were removed.

        """
        chosen = """
            SELECT id FROM findings WHERE recorded_at < ? AND NOT EXISTS (
                SELECT 1 FROM deliveries WHERE finding_id = findings.id AND state <> 'delivered')
            ORDER BY id LIMIT ?"""
        with self._writing():
            numbers = [(row[0],) for row in self._connection.execute(chosen, (before, limit)).fetchall()]
            self._connection.executemany("DELETE FROM deliveries WHERE finding_id = ?", numbers)
            self._connection.executemany("DELETE FROM findings WHERE id = ?", numbers)
        return len(numbers)

    def counts(self) -> dict[str, int]:
        """Return how many deliveries are in each of STATES, and under 'events' how many events are kept."""
        sql = "SELECT state, count(*) FROM deliveries GROUP BY state"
        with self._lock:
            found = dict(self._connection.execute(sql).fetchall())
        return {"events": self._one("SELECT count(*) FROM findings"), **{s: found.get(s, 0) for s in STATES}}

    def close(self) -> None:
        """Close the file; what was appended is on the disk already."""
        with self._lock:
            self._connection.close()

    def _one(self, sql: str, *values: object) -> Any:
        with self._lock:
            return self._connection.execute(sql, values).fetchone()[0]

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self._lock:
            # IMMEDIATE: a transaction that began as a reader could fail half-way for another's write.
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise


__all__ = ["MOST_ERROR_TEXT", "STATES", "Delivery", "Event", "Outbox", "Seen"]

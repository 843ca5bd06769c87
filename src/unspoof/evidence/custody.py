"""The custody log: one hash-chained line an event, only ever added to; it does not know what the events are about."""

from __future__ import annotations

import hashlib
import json
import os
import pwd
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from itertools import accumulate
from pathlib import Path
from typing import Any

from unspoof import __version__
from unspoof.errors import BadCase
from unspoof.evidence.disk import read_plain, write_all
from unspoof.evidence.names import checked_path, printable
from unspoof.model.evidence import JSON, Fault, FileRecord

LOG = "custody.jsonl"

MOST_BYTES = 256 << 20
"""A log above this is not read: it would not fit in memory, and no case comes near."""

_SHA256 = re.compile(r"[0-9a-f]{64}")
_BEGINNING = b'{"at":"'
_PLAIN = re.compile(rb"[ -~]*")
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"')
_LONGEST_WHO = 200


@dataclass(frozen=True)
class Event:
    """One line of the log."""

    seq: int
    """1, 2, 3 ...: the line's number."""
    prev: str
    """`hash` of the line before; empty in the first."""
    at: str
    """UTC, ISO 8601 with microseconds and Z, by this machine's clock."""
    who: str
    """UNSPOOF_WHO if set, else user@host."""
    event: str
    unspoof: str
    """Version of unspoof that wrote it."""
    body: Mapping[str, JSON]
    hash: str
    """SHA-256 of the line's canonical JSON without this field."""

    @property
    def files(self) -> dict[str, FileRecord]:
        """Final paths that the event puts in place, in the order of their names."""
        return _listed(self.body)

    @property
    def removed(self) -> tuple[str, ...]:
        """Final paths that the event takes away."""
        return _removed(self.body)

    @property
    def line(self) -> bytes:
        """The line as it stands in the log, without its newline."""
        return canonical(vars(self))


@dataclass(frozen=True)
class Chain:
    """A log as it was read."""

    events: tuple[Event, ...]
    """Every whole line that has the shape of an event, in order, even if `faults` names it."""
    faults: tuple[Fault, ...]
    """What is wrong with lines, and notices on the tail."""
    size: int
    """Bytes up to and with the last newline."""
    tail: bytes
    """What stands after the last newline: nothing, or what an interrupted append left."""
    tail_is_event: bool
    """The tail is a whole event that follows the last one and lacks only its newline."""

    @property
    def is_sound(self) -> bool:
        """No fault; a torn tail is none."""
        return not any(f.kind == "fault" for f in self.faults)


def canonical(value: Mapping[str, Any]) -> bytes:
    """Return the one spelling of a JSON object that the log uses: sorted keys, no spaces, ASCII.

    Raises:
        ValueError: not a number JSON knows. TypeError: a key is no text or a value is no JSON.

    """
    return _ENCODER.encode(value).encode("ascii")


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is no JSON")


_ENCODER = json.JSONEncoder(allow_nan=False, separators=(",", ":"), sort_keys=True, default=_plain)


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key stands twice")
    return made


def _constant(name: str) -> object:
    raise ValueError(f"{name} is no JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_pairs, parse_constant=_constant)


def _listed(body: Mapping[str, Any]) -> dict[str, FileRecord]:
    return {
        path: FileRecord(record["sha256"], record["size"]) for path, record in sorted(body.get("files", {}).items())
    }


def _removed(body: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(body.get("removed", ()))


def _check_body(body: Mapping[str, Any]) -> None:
    files, removed = body.get("files", {}), body.get("removed", [])
    if not isinstance(files, dict) or not isinstance(removed, list):
        raise ValueError("the list of files has a wrong shape")
    for path in [*files, *removed]:
        checked_path(path)
    for record in files.values():
        if not isinstance(record, dict) or set(record) != {"sha256", "size"} or type(record["size"]) is not int:
            raise ValueError("the record of a file has a wrong shape")
        if not isinstance(record["sha256"], str) or not _SHA256.fullmatch(record["sha256"]) or record["size"] < 0:
            raise ValueError("the record of a file has a wrong shape")


def _event(line: bytes) -> Event:
    """Read one line strictly; ValueError says what is wrong with it."""
    try:
        document = _DECODER.decode(line.decode("ascii"))
        respelt = canonical(document) if isinstance(document, dict) else b""
    except UnicodeDecodeError:
        raise ValueError("it holds a byte that is no ASCII") from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"it is no JSON ({error.msg} at byte {error.pos})") from None
    if respelt != line:
        raise ValueError("it is not spelt as unspoof spells it")
    if set(document) != {field.name for field in fields(Event)}:
        raise ValueError("it lacks a field of an event or has one too many")
    texts = all(isinstance(document[name], str) for name in ("prev", "at", "who", "event", "unspoof", "hash"))
    if not texts or type(document["seq"]) is not int or not isinstance(document["body"], dict):
        raise ValueError("a field of the event has a wrong type")
    _check_body(document["body"])
    return Event(**document)


def _sum(event: Event) -> str:
    return _sum_of({name: value for name, value in vars(event).items() if name != "hash"})


def _sum_of(unhashed: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical(unhashed)).hexdigest()


def _problem(event: Event, number: int, before: frozenset[str], made: str) -> str:
    """Say what is wrong with a well-formed event.

    Args:
        event: as read.
        number: its line.
        before: what its `prev` may be; empty if that cannot be told.
        made: what its content hashes to.

    """
    if made != event.hash:
        return "it was changed: its content does not give its hash"
    if before and event.prev not in before:
        return "it does not follow the line before it"
    return "" if event.seq == number else f"it says that it is event {event.seq}"


def _is_cut_off(tail: bytes) -> bool:
    """Say whether bytes are the beginning, and only the beginning, of an event's line."""
    if not tail.startswith(_BEGINNING[: len(tail)]) or not _PLAIN.fullmatch(tail):
        return False
    bare = _STRING.sub(b"", tail).split(b'"', 1)[0]
    depths = accumulate((bare[i : i + 1] in b"{[") - (bare[i : i + 1] in b"}]") for i in range(len(bare)))
    return all(depth > 0 for depth in depths)


def parse_chain(data: bytes) -> Chain:
    """Read a log's bytes; every line that is wrong is named by its number.

    A byte changed anywhere is found: inside a line by its hash or its spelling, a newline because two lines run
    together or the last one does not end. A cut-off tail is a notice: an append that was interrupted, thus no event.
    """
    *lines, tail = data.split(b"\n")
    events: list[Event] = []
    faults: list[Fault] = []
    # What the next line may give as `prev`; empty if the line before could not be read, then it cannot be judged.
    before = frozenset({""})
    for number, line in enumerate(lines, 1):
        try:
            event = _event(line)
        except ValueError as problem:
            faults.append(Fault(LOG, f"line {number}: {problem}"))
            before = frozenset()
            continue
        made = _sum(event)
        wrong = _problem(event, number, before, made)
        faults += [Fault(LOG, f"line {number}: {wrong}")] if wrong else []
        before = frozenset({event.hash, made})
        events.append(event)
    ended = _follows(tail, len(lines) + 1, before)
    if tail:
        faults.append(_judge_tail(tail, len(lines) + 1, ended))
    return Chain(tuple(events), tuple(faults), len(data) - len(tail), tail, ended)


def _follows(tail: bytes, number: int, before: frozenset[str]) -> bool:
    try:
        event = _event(tail)
        return not _problem(event, number, before, _sum(event))
    except ValueError:
        return False


def _judge_tail(tail: bytes, number: int, ended: bool) -> Fault:
    if ended:
        return Fault(LOG, f"line {number}: only its newline is missing; the next command adds it", "notice")
    if _is_cut_off(tail):
        problem = f"{len(tail)} bytes of an interrupted append, never an event; the next command sets them aside"
        return Fault(LOG, f"line {number}: {problem}", "notice")
    return Fault(LOG, f"line {number}: it does not end in a newline and is no interrupted append")


def read_chain(path: Path) -> Chain:
    """Read a log.

    Raises:
        OSError: it cannot be read. BadCase: it is larger than any log can be.

    """
    data = read_plain(path, MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise BadCase(f"is larger than {MOST_BYTES} bytes", where=LOG, hint="No custody log of unspoof is so large.")
    return parse_chain(data)


def acting_person() -> str:
    """Return who is at work: UNSPOOF_WHO, else user@host."""
    stated = os.environ.get("UNSPOOF_WHO", "").strip()
    if stated:
        return printable(stated[:_LONGEST_WHO])
    try:
        user = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        user = f"uid{os.getuid()}"
    return f"{user}@{os.uname().nodename}"[:_LONGEST_WHO]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def append(path: Path, chain: Chain, event: str, body: Mapping[str, JSON]) -> Event:
    """Add one event, on the disk when this returns. This is the moment at which anything in a case comes to be.

    Args:
        path: the log; made if it does not exist.
        chain: what the log holds, without faults or tail.
        event: kind, e.g. 'exhibit-sealed'.
        body: facts; no person's full data.

    Raises:
        OSError: it could not be written whole; then nothing of it stays. BadCase: the log is not what `chain` says.
        ValueError, TypeError: the body is no JSON.

    """
    last = chain.events[-1].hash if chain.events else ""
    unhashed = {
        "seq": len(chain.events) + 1,
        "prev": last,
        "at": _now(),
        "who": acting_person(),
        "event": event,
        "unspoof": __version__,
        "body": body,
    }
    # Read back what will be written, so that no line is ever written that the check would call wrong.
    line = canonical({**unhashed, "hash": _sum_of(unhashed)})
    made = _event(line)
    _write_line(path, chain.size, line + b"\n")
    return made


def _write_line(path: Path, size: int, line: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o644)
    try:
        if os.fstat(descriptor).st_size != size:
            raise BadCase("was written to by something else", where=LOG, hint="Run 'unspoof verify'.")
        try:
            write_all(descriptor, line)
            os.fsync(descriptor)
        except OSError:
            # The event did not come to be: the caller is told so, hence no part of it may be found later.
            os.ftruncate(descriptor, size)
            raise
    finally:
        os.close(descriptor)


def mend_tail(path: Path, chain: Chain) -> None:
    """End the last event's line, or cut off what an interrupted append left; the caller keeps those bytes."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW)
    try:
        if chain.tail_is_event:
            write_all(descriptor, b"\n")
        else:
            os.ftruncate(descriptor, chain.size)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


__all__ = [
    "LOG",
    "MOST_BYTES",
    "Chain",
    "Event",
    "acting_person",
    "append",
    "canonical",
    "mend_tail",
    "parse_chain",
    "read_chain",
]

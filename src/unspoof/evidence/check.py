"""Proof that a case is as its log says: every byte hashed again; it mends nothing and answers with what is wrong."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from unspoof.config import load_case_settings
from unspoof.errors import BadCase
from unspoof.evidence.custody import LOG, Event, read_chain
from unspoof.evidence.disk import digest_all, read_plain
from unspoof.evidence.ledger import live_files, pending, ready_folder
from unspoof.evidence.names import UNLISTED, printable
from unspoof.evidence.seal import SEALED, exhibit_of_event
from unspoof.model.evidence import Fault, FileRecord

CREATED = "case-created"
"""Kind of a case's first event."""

KEY_SIZE = 32
MOST_SETTINGS = 1 << 20
"""Bytes; a larger case.toml is not read."""
KEY_FACT = "case_key"
"""Where an event's body states `key_print` of the case's key."""
SETTINGS_FACT = "settings_read"
"""Where an event's body states the SHA-256 of the case.toml that was read for it."""


class _Expected(NamedTuple):
    record: FileRecord
    seq: int
    final: str
    """The path that a fault names; differs from where the file is while it waits in work/."""


def key_print(key: bytes) -> str:
    """Return what the log may say of the key: enough to see that it changed, useless for finding it."""
    return hashlib.sha256(hashlib.sha256(key).digest()).hexdigest()


def settings_print(text: str) -> str:
    """Return what the log says of a case.toml."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def check_case(folder: Path) -> list[Fault]:
    """Hash every file of a case again, walk its log, and look for what is missing or was added.

    Returns:
        what is wrong, the log first, then by path; empty if nothing is. A fault in the log can bring faults of the
        files that its lines list.

    Raises:
        BadCase: the log is larger than any log can be.

    """
    try:
        chain = read_chain(folder / LOG)
    except OSError as error:
        missing = isinstance(error, FileNotFoundError)
        problem = "is missing" if missing else f"cannot be read: {error.strerror or error}"
        return [Fault(LOG, problem)]
    faults = [*chain.faults, *_history_faults(chain.events)]
    found = [*_key_faults(folder, chain.events), *_settings_faults(folder, chain.events)]
    found += _file_faults(folder, chain.events)
    return faults + sorted(found, key=lambda fault: (fault.path, fault.problem))


def _history_faults(events: Sequence[Event]) -> list[Fault]:
    """Find events that no run of unspoof writes, though their hashes are right."""
    faults = [] if events else [Fault(LOG, "holds no event")]
    exhibits: set[str] = set()
    numbers = 0
    for event in events:
        touched = {path for path in [*event.files, *event.removed] if path.startswith("exhibits/")}
        problem = ""
        if (event.event == CREATED) != (event.seq == 1):
            problem = "a case is created by its first event and by no other"
        elif touched & exhibits or (touched and event.event != SEALED):
            problem = "it changes an exhibit"
        elif event.event == SEALED:
            numbers += 1
            problem = _sealing_problem(event, numbers)
        exhibits |= touched
        faults += [Fault(LOG, f"line {event.seq}: {problem}")] if problem else []
    return faults


def _sealing_problem(event: Event, number: int) -> str:
    try:
        exhibit = exhibit_of_event(event)
    except ValueError as error:
        return str(error)
    return "" if exhibit.number == number else f"it seals exhibit {exhibit.number} where {number} is next"


def _key_faults(folder: Path, events: Sequence[Event]) -> list[Fault]:
    path = folder / "case.key"
    try:
        key, mode = read_plain(path, KEY_SIZE + 1), path.stat().st_mode
    except OSError as error:
        return [Fault("case.key", f"cannot be read: {error.strerror or error}")]
    faults = []
    if events and events[0].event == CREATED and events[0].body.get(KEY_FACT) != key_print(key):
        faults.append(Fault("case.key", "was changed: it is not the key that the case was created with"))
    if stat.S_IMODE(mode) & 0o077:
        faults.append(Fault("case.key", "others may read it; run 'chmod 600' on it", "notice"))
    return faults


def _settings_faults(folder: Path, events: Sequence[Event]) -> list[Fault]:
    try:
        data = read_plain(folder / "case.toml", MOST_SETTINGS)
        load_case_settings(data.decode("utf-8"), environment={})
    except OSError as error:
        return [Fault("case.toml", f"cannot be read: {error.strerror or error}")]
    except UnicodeDecodeError:
        return [Fault("case.toml", "is not UTF-8")]
    except BadCase as error:
        return [Fault("case.toml", error.problem)]
    used = [event for event in events if SETTINGS_FACT in event.body]
    if not used or used[-1].body[SETTINGS_FACT] == hashlib.sha256(data).hexdigest():
        return []
    if used[-1].event == CREATED:
        return [Fault("case.toml", "was edited since the case was made", "notice")]
    # Settings may be edited, but then what stands does not follow from them: the case must be run again.
    return [Fault("case.toml", "differs from what the last run used: run the case again, or restore the file")]


def _file_faults(folder: Path, events: Sequence[Event]) -> list[Fault]:
    expected = _expected(folder, events)
    found, faults = _walk(folder)
    faults += [Fault(printable(path), "no event put it there") for path in found if path not in expected]
    judged = sorted(expected)
    for path, record in zip(judged, digest_all(folder / path for path in judged), strict=True):
        problem = _difference(expected[path], record)
        if problem:
            faults.append(Fault(expected[path].final, problem))
    return faults


def _expected(folder: Path, events: Sequence[Event]) -> Mapping[str, _Expected]:
    """Say where each file must be; one whose move a crash prevented waits in work/, and what it replaces may stand."""
    live = live_files(events)
    expected = {path: _Expected(record, seq, path) for path, (record, seq) in live.items()}
    for event in pending(folder, events):
        before = live_files(e for e in events if e.seq < event.seq)
        waiting = {path: ready_folder(folder, event.seq) / str(i) for i, path in enumerate(event.files)}
        for path in [*event.files, *event.removed]:
            at = waiting.get(path)
            if live.get(path, (None, 0))[1] == event.seq and at is not None and os.path.lexists(at):
                expected[str(at.relative_to(folder))] = expected.pop(path)
            elif path in event.files:
                continue
            if path in before and os.path.lexists(folder / path):
                expected[path] = _Expected(*before[path], path)
    return expected


def _walk(folder: Path) -> tuple[list[str], list[Fault]]:
    """Return every regular file that should be listed, and a fault for everything that is neither file nor folder."""
    files: list[str] = []
    faults: list[Fault] = []
    waiting = [""]
    while waiting:
        inside = waiting.pop()
        try:
            entries = list(os.scandir(folder / inside))
        except OSError as error:
            faults.append(Fault(printable(inside) or ".", f"cannot be read: {error.strerror or error}"))
            continue
        for entry in entries:
            path = f"{inside}/{entry.name}" if inside else entry.name
            if path in UNLISTED:
                faults += _unlisted_faults(entry)
            elif entry.is_dir(follow_symlinks=False):
                waiting.append(path)
            elif entry.is_file(follow_symlinks=False):
                files.append(path)
            else:
                faults.append(
                    Fault(printable(path), "is a link, pipe, socket or device; a case holds plain files only")
                )
    return files, faults


def _unlisted_faults(entry: os.DirEntry[str]) -> list[Fault]:
    is_right = entry.is_dir(follow_symlinks=False) if entry.name == "work" else entry.is_file(follow_symlinks=False)
    return [] if is_right else [Fault(entry.name, "is not what it must be: a plain file or folder of that name")]


def _difference(expected: _Expected, record: FileRecord | OSError) -> str:
    stated = expected.record
    if isinstance(record, FileNotFoundError):
        return f"is missing; event {expected.seq} put it there"
    if isinstance(record, OSError):
        return f"cannot be read: {record.strerror or record}"
    if record.size != stated.size:
        return f"was changed: it has {record.size} bytes, event {expected.seq} says {stated.size}"
    if record.sha256 != stated.sha256:
        return f"was changed: its SHA-256 is {record.sha256}, event {expected.seq} says {stated.sha256}"
    return ""


__all__ = [
    "CREATED",
    "KEY_FACT",
    "KEY_SIZE",
    "MOST_SETTINGS",
    "SETTINGS_FACT",
    "check_case",
    "key_print",
    "settings_print",
]

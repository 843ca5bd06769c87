"""Taking one handed-over file in: an exact copy, hashed while it is made; what it means is no matter here."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from unspoof.errors import BadExhibit
from unspoof.evidence.custody import Event
from unspoof.evidence.disk import PIECE, digest_descriptor, write_all
from unspoof.evidence.names import printable, safe_name
from unspoof.model.evidence import JSON, Acquisition, Exhibit, FileRecord

SEALED = "exhibit-sealed"
"""Kind of the event that seals an exhibit."""

# A change within one tick of the file system's clock leaves the time of change as it was; FAT ticks every 2 seconds.
_TICK_NS = 2_000_000_000

_ODD = (
    (stat.S_ISDIR, "is a folder, not a file"),
    (stat.S_ISFIFO, "is a named pipe, not a file"),
    (stat.S_ISSOCK, "is a socket, not a file"),
    (stat.S_ISBLK, "is a device, not a file"),
    (stat.S_ISCHR, "is a device, not a file"),
)


@dataclass(frozen=True)
class Source:
    """An open file that is about to be sealed."""

    descriptor: int
    name: str
    """File name as handed over, without folders."""
    shown: str
    """Its path, fit to be printed."""
    status: os.stat_result

    def changed(self) -> BadExhibit:
        """Return the error for a file that does not hold still."""
        hint = "Copy it to a place where nothing writes to it, then add the copy."
        return BadExhibit("changed while it was read", where=self.shown, hint=hint)


@contextmanager
def open_source(path: Path) -> Iterator[Source]:
    """Open a handed-over file; a link is followed, but only to a regular file.

    Raises:
        BadExhibit: it is missing, empty, not a regular file, or may not be read.

    """
    shown = printable(str(path))
    descriptor = -1
    try:
        # Opening alone can act on a device (a tape rewinds) or wait for ever (a pipe): look first, open after.
        _refuse_odd(os.stat(path), shown)
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY)
        status = os.fstat(descriptor)
        _refuse_odd(status, shown)
    except OSError as error:
        if descriptor >= 0:
            os.close(descriptor)
        raise BadExhibit(f"cannot be read: {error.strerror or error}", where=shown) from error
    try:
        yield Source(descriptor, path.name, shown, status)
    finally:
        os.close(descriptor)


def _refuse_odd(status: os.stat_result, shown: str) -> None:
    for is_odd, problem in _ODD:
        if is_odd(status.st_mode):
            raise BadExhibit(problem, where=shown, hint="Add files one by one.")
    if not stat.S_ISREG(status.st_mode):
        raise BadExhibit("is not a regular file", where=shown)
    if status.st_size == 0:
        raise BadExhibit("is empty", where=shown, hint="Ask for the file again; an empty one proves nothing.")


def hash_source(source: Source) -> FileRecord:
    """Hash the file without copying it."""
    try:
        os.lseek(source.descriptor, 0, os.SEEK_SET)
        return digest_descriptor(source.descriptor)
    except OSError as error:
        raise BadExhibit(f"cannot be read: {error.strerror}", where=source.shown) from error


def copy_source(source: Source, target: Path) -> FileRecord:
    """Copy the file to a new file and return what was copied; the copy is not yet forced to the disk.

    Raises:
        BadExhibit: it cannot be read, or changed meanwhile.
        OSError: the copy cannot be written.

    """
    made = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o444)
    try:
        copied = _copy(source, made)
    finally:
        os.close(made)
    after = os.fstat(source.descriptor)
    if _stamp(after) != _stamp(source.status) or copied.size != after.st_size:
        raise source.changed()
    is_fresh = source.status.st_mtime_ns > time.time_ns() - _TICK_NS
    if is_fresh and hash_source(source) != copied:
        raise source.changed()
    return copied


def _stamp(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _copy(source: Source, made: int) -> FileRecord:
    running, size = hashlib.sha256(), 0
    for piece in _pieces(source):
        running.update(piece)
        write_all(made, piece)
        size += len(piece)
    return FileRecord(running.hexdigest(), size)


def _pieces(source: Source) -> Iterator[memoryview]:
    """Read the file into one buffer: a piece holds until the next is asked for."""
    buffer = memoryview(bytearray(PIECE))
    try:
        os.lseek(source.descriptor, 0, os.SEEK_SET)
        while count := os.readv(source.descriptor, [buffer]):
            yield buffer[:count]
    except OSError as error:
        raise BadExhibit(f"cannot be read: {error.strerror}", where=source.shown) from error


def exhibit_file(number: int, sha256: str, name: str) -> str:
    """Return where an exhibit stands in the case."""
    return f"exhibits/{number:04d}-{sha256[:12]}/{safe_name(name)}"


def sealing_facts(number: int, source: Source, record: FileRecord) -> dict[str, JSON]:
    """Return what the log says of the file itself; its own name in bytes too where that cannot be shown as it is."""
    name = printable(source.name)
    facts: dict[str, JSON] = {
        "number": number,
        "name": name,
        "sha256": record.sha256,
        "size": record.size,
        "modified_at": _moment(source.status.st_mtime_ns // 1_000_000_000),
    }
    return facts if name == source.name else {**facts, "name_hex": os.fsencode(source.name).hex()}


def _moment(seconds: int) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
    except (OverflowError, ValueError, OSError):  # a file system may hold years that no calendar has
        return ""


def exhibit_of_event(event: Event) -> Exhibit:
    """Return the exhibit that an event of kind SEALED made.

    Raises:
        ValueError: the event lacks a fact, or its facts contradict its file.

    """
    body = event.body
    try:
        exhibit = Exhibit(
            number=cast("int", body["number"]),
            name=cast("str", body["name"]),
            sha256=cast("str", body["sha256"]),
            size=cast("int", body["size"]),
            sealed_at=event.at,
            sealed_by=event.who,
            acquired=Acquisition(cast("str", body["acquired"])),
            basis=cast("str", body["basis"]),
            restrictions=tuple(cast("Mapping[str, str]", body["restrictions"])),
        )
        place = exhibit_file(exhibit.number, exhibit.sha256, exhibit.name)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ValueError("it seals no exhibit: a fact is missing or wrong") from error
    if event.files != {place: FileRecord(exhibit.sha256, exhibit.size)}:
        raise ValueError("it seals an exhibit but lists another file")
    return exhibit


__all__ = [
    "SEALED",
    "Source",
    "copy_source",
    "exhibit_file",
    "exhibit_of_event",
    "hash_source",
    "open_source",
    "sealing_facts",
]

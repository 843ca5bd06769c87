"""Files and folders that survive a power cut: durable writes, moves, hashes; it knows nothing of cases.

Every function that changes the disk calls `os.NAME(...)` by its full name, so that a test can make the n-th such call
the last one of a process.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from unspoof.errors import BadCase
from unspoof.model.evidence import FileRecord

PIECE = 1 << 18
"""Bytes read at a time: what still lies in the processor's cache when it is hashed and written after it was read."""

HASH_THREADS = min(4, os.cpu_count() or 1)


@contextmanager
def telling(place: Path) -> Iterator[None]:
    """Turn an OSError (no space, no permission, a broken disk) into a BadCase that names the file."""
    try:
        yield
    except OSError as error:
        where = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else str(place)
        hint = "Nothing that was recorded is lost; mend this and repeat the command."
        raise BadCase(f"cannot be read or written: {error.strerror or error}", where=where, hint=hint) from error


def write_all(descriptor: int, data: bytes | memoryview) -> None:
    """Write every byte; os.write may stop short."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def write_durably(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Make a new file that is on the disk when this returns; its folder's entry is not yet."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    try:
        write_all(descriptor, data)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Make the entries of a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folders(root: Path, folder: Path) -> None:
    """Make `folder` and what is missing between it and `root`."""
    missing: list[Path] = []
    while folder != root and not folder.exists():
        missing.append(folder)
        folder = folder.parent
    for made in reversed(missing):
        os.mkdir(made)


def remove_tree(path: Path) -> None:
    """Remove a file or a whole folder; links are removed, not followed."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        os.unlink(path)


def _open_plain(path: Path) -> int:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise OSError(None, "not a plain file", str(path))


def read_plain(path: Path, most: int) -> bytes:
    """Return up to `most` bytes of a file; OSError if it is a link, a pipe or anything but a plain file."""
    with os.fdopen(_open_plain(path), "rb") as stream:
        return stream.read(most)


def sync_file(path: Path) -> None:
    """Force a plain file's bytes to the disk."""
    descriptor = _open_plain(path)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def digest(path: Path, *, durable: bool = False) -> FileRecord:
    """Hash one regular file in bounded memory.

    Args:
        path: a plain file; a link is not followed.
        durable: force its bytes to the disk as well.

    Raises:
        OSError: it cannot be read or is not a plain file.

    """
    descriptor = _open_plain(path)
    try:
        if durable:
            os.fsync(descriptor)
        return digest_descriptor(descriptor)
    finally:
        os.close(descriptor)


def digest_descriptor(descriptor: int) -> FileRecord:
    """Hash an open file from where it stands to its end."""
    running, size = hashlib.sha256(), 0
    # A case has thousands of small files; the one byte more is for the end to be met at once.
    view = memoryview(bytearray(min(PIECE, os.fstat(descriptor).st_size + 1)))
    while count := os.readv(descriptor, [view]):
        running.update(view[:count])
        size += count
    return FileRecord(running.hexdigest(), size)


def digest_all(paths: Iterable[Path], *, durable: bool = False) -> list[FileRecord | OSError]:
    """Hash many files on several cores; a file that cannot be read gives its error instead."""

    def one(path: Path) -> FileRecord | OSError:
        try:
            return digest(path, durable=durable)
        except OSError as error:
            return error

    with ThreadPoolExecutor(HASH_THREADS) as pool:
        return list(pool.map(one, paths))


__all__ = [
    "HASH_THREADS",
    "PIECE",
    "digest",
    "digest_all",
    "digest_descriptor",
    "make_folders",
    "read_plain",
    "remove_tree",
    "sync_file",
    "sync_folder",
    "telling",
    "write_all",
    "write_durably",
]

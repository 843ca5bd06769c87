"""One writer or several readers of a case at a time, by flock; it keeps processes apart, not threads."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from unspoof.errors import BadCase
from unspoof.evidence.disk import telling

_FILE = ".lock"


def _in_use(folder: Path) -> BadCase:
    hint = "Wait until it has ended, then repeat the command."
    return BadCase("in use by another unspoof process", where=str(folder), hint=hint)


@contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Keep every other process out; the file stays empty, so that nothing in it needs checking.

    Raises:
        BadCase: another process has the case, or the folder cannot be written to.

    """
    with telling(folder / _FILE):
        descriptor = os.open(folder / _FILE, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
    try:
        _take(descriptor, fcntl.LOCK_EX, folder)
        try:
            yield
        finally:
            # A forked worker may still hold the descriptor: closing ours alone would leave the case locked.
            fcntl.flock(descriptor, fcntl.LOCK_UN)
    finally:
        os.close(descriptor)


@contextmanager
def shared(folder: Path) -> Iterator[None]:
    """Keep writers out while reading; works on a medium that cannot be written to, where there are none.

    Raises:
        BadCase: another process writes to the case.

    """
    try:
        descriptor = os.open(folder / _FILE, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        yield
        return
    try:
        _take(descriptor, fcntl.LOCK_SH, folder)
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int, how: int, folder: Path) -> None:
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except BlockingIOError:
        raise _in_use(folder) from None
    except OSError as error:
        if how == fcntl.LOCK_EX:
            hint = "Keep the case on a local disk."
            raise BadCase(f"cannot be locked: {error.strerror}", where=str(folder), hint=hint) from error


__all__ = ["exclusive", "shared"]

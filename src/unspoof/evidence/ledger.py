"""What the events say of a case's files, and the two halves of a commit around the append; it appends nothing itself.

A commit has one moment: the append of its event. Before it, `prepare` brings the files, hashed and on the disk, to
work/event-N/0, 1, 2 ... in the order of their final paths; N is the number that the event will have. After it, `place`
moves them to where the event says. A crash before the moment leaves garbage in work/, a crash after it leaves moves
that `place` can do again.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from unspoof.errors import BadCase
from unspoof.evidence.custody import Event
from unspoof.evidence.disk import digest_all, make_folders, remove_tree, sync_file, sync_folder
from unspoof.evidence.names import checked_path
from unspoof.model.evidence import FileRecord

_READY = re.compile(r"event-([0-9]{6,})")


@dataclass(frozen=True)
class Change:
    """What a commit does to the files of a case."""

    staged: Path
    """Folder in work/ that the new files stand in."""
    files: Mapping[str, str]
    """Final path -> path in `staged`."""
    removed: Sequence[str] = ()
    """Final paths of files that are taken away."""
    known: Mapping[str, FileRecord] = field(default_factory=dict)
    """Final path -> what its file is, where it was hashed while it was written."""


def live_files(events: Iterable[Event]) -> dict[str, tuple[FileRecord, int]]:
    """Return each file that stands after these events, with the number of the event that put it there."""
    live: dict[str, tuple[FileRecord, int]] = {}
    for event in events:
        for path in event.removed:
            live.pop(path, None)
        live.update({path: (record, event.seq) for path, record in event.files.items()})
    return live


def ready_folder(folder: Path, seq: int) -> Path:
    """Return where the files of event `seq` wait for it."""
    return folder / "work" / f"event-{seq:06d}"


def pending(folder: Path, events: Sequence[Event]) -> tuple[Event, ...]:
    """Return committed events whose files may not all be in place yet, in order."""
    try:
        names = os.listdir(folder / "work")
    except (FileNotFoundError, NotADirectoryError):
        return ()
    waiting = {int(found[1]) for name in names if (found := _READY.fullmatch(name))}
    return tuple(event for event in events if event.seq in waiting)


def check_change(live: Iterable[str], change: Change) -> None:
    """Check a commit's paths before anything is touched.

    Raises:
        ValueError: a path is odd, an exhibit would be changed, a removed file does not stand, or a file would stand
            where a folder is.

    """
    standing, files, removed = set(live), change.files, change.removed
    for path in [*files, *removed]:
        if checked_path(path).startswith("exhibits/") and path in standing:
            raise ValueError(f"an exhibit is never changed: {path}")
    if unknown := sorted(set(removed) - standing):
        raise ValueError(f"not a file of the case: {unknown[0]}")
    if set(removed) & set(files) or len(set(files.values())) != len(files) or len(set(removed)) != len(removed):
        raise ValueError("a path stands twice in one commit")
    after = (standing - set(removed)) | set(files)
    folders = {str(parent) for path in after for parent in PurePosixPath(path).parents}
    if both := sorted(after & folders):
        raise ValueError(f"a file and a folder at once: {both[0]}")


def prepare(folder: Path, seq: int, change: Change) -> dict[str, FileRecord]:
    """Bring staged files to work/event-N, hashed and durable.

    Args:
        folder: the case.
        seq: number that the event will have.
        change: what the event will do.

    Returns:
        final path -> what its file is.

    Raises:
        OSError: a file is missing or cannot be read or moved.

    """
    ready = ready_folder(folder, seq)
    if ready.exists():  # an earlier try of this process that failed before its event
        remove_tree(ready)
    os.mkdir(ready)
    waiting = {final: ready / str(index) for index, final in enumerate(sorted(change.files))}
    for final, path in waiting.items():
        os.rename(change.staged / change.files[final], path)
    records = dict(change.known)
    for final in records:
        sync_file(waiting[final])
    unknown = [final for final in waiting if final not in records]
    hashed = digest_all((waiting[final] for final in unknown), durable=True)
    for final, record in zip(unknown, hashed, strict=True):
        if isinstance(record, OSError):
            raise record
        records[final] = record
    sync_folder(ready)
    sync_folder(ready.parent)
    return records


def place(folder: Path, event: Event) -> None:
    """Move a committed event's files to where it says and take away what it removes; done twice, it changes nothing."""
    ready = ready_folder(folder, event.seq)
    refuse_links(folder, [*event.files, *event.removed, f"work/{ready.name}/0"])
    for path in event.removed:
        (folder / path).unlink(missing_ok=True)
        _prune(folder, folder / path)
    for index, path in enumerate(event.files):
        waiting = ready / str(index)
        if os.path.lexists(waiting):
            make_folders(folder, (folder / path).parent)
            os.replace(waiting, folder / path)
    changed = {parent for path in [*event.files, *event.removed] for parent in PurePosixPath(path).parents}
    for parent in sorted(changed):
        if (folder / parent).is_dir():
            sync_folder(folder / parent)
    remove_tree(ready)


def refuse_links(folder: Path, paths: Iterable[str]) -> None:
    """Raise BadCase if a folder on the way to a path is a link: a stranger's case must not lead out of itself."""
    for parent in sorted({parent for path in paths for parent in PurePosixPath(path).parents}):
        if parent.parts and (folder / parent).is_symlink():
            raise BadCase("is a link", where=str(folder / parent), hint="A case holds plain files and folders only.")


def _prune(folder: Path, path: Path) -> None:
    """Remove the folders that a removed file leaves empty, but never one directly in the case."""
    for parent in path.parents:
        if parent.parent == folder:
            return
        try:
            os.rmdir(parent)
        except FileNotFoundError:
            continue
        except OSError:  # not empty: others stand in it
            return


__all__ = ["Change", "check_change", "live_files", "pending", "place", "prepare", "ready_folder", "refuse_links"]

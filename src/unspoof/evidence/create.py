"""Making a case folder so that a crash leaves either a case or something that the same command completes."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from unspoof.config import load_case_settings
from unspoof.errors import BadCase
from unspoof.evidence.check import CREATED, KEY_FACT, KEY_SIZE, SETTINGS_FACT, key_print, settings_print
from unspoof.evidence.custody import LOG, append, parse_chain
from unspoof.evidence.disk import read_plain, sync_folder, telling, write_durably
from unspoof.evidence.lock import exclusive
from unspoof.model.evidence import JSON

_OURS = frozenset({".lock", "case.key", "case.toml", LOG, "work"})
_MARK = "creating"
"""Stands in work/ from before the first file of a case until its first event."""


def create_case(folder: Path, case_toml: str, body: Mapping[str, JSON]) -> None:
    """Make a case in a new or empty folder, or complete one whose making was interrupted.

    Args:
        folder: is made, for its owner alone: it will hold personal data.
        case_toml: text of the settings file.
        body: facts for the first event.

    Raises:
        BadCase: the folder holds something already, cannot be written, or the settings do not parse.

    """
    load_case_settings(case_toml, environment={})
    with telling(folder):
        _refuse_foreign(folder)
        if not folder.exists():
            folder.parent.mkdir(parents=True, exist_ok=True)
            os.mkdir(folder, 0o700)
    with exclusive(folder), telling(folder):
        _refuse_foreign(folder)
        key = _write_settled(folder, case_toml)
        facts = {**body, KEY_FACT: key_print(key), SETTINGS_FACT: settings_print(case_toml)}
        append(folder / LOG, parse_chain(b""), CREATED, facts)
        sync_folder(folder)
        sync_folder(folder.parent)
        os.unlink(folder / "work" / _MARK)


def _write_settled(folder: Path, case_toml: str) -> bytes:
    """Write everything but the log; nothing counts before the log's first line."""
    work = folder / "work"
    work.mkdir(exist_ok=True)
    for left in sorted(work.iterdir(), key=lambda path: path.name == _MARK):
        os.unlink(left)
    write_durably(work / _MARK, b"")
    sync_folder(work)
    sync_folder(folder)
    (folder / LOG).unlink(missing_ok=True)
    key = secrets.token_bytes(KEY_SIZE)
    for name, data, mode in (("case.key", key, 0o600), ("case.toml", case_toml.encode(), 0o644)):
        write_durably(work / name, data, mode)
        os.replace(work / name, folder / name)
    sync_folder(folder)
    return key


def is_unfinished(folder: Path) -> bool:
    """Say whether a folder holds a case whose making was interrupted before its first event."""
    return not _has_event(folder) and os.path.lexists(folder / "work" / _MARK)


def _has_event(folder: Path) -> bool:
    try:
        return b"\n" in read_plain(folder / LOG, 1 << 20)
    except FileNotFoundError:
        return False


def _refuse_foreign(folder: Path) -> None:
    """Refuse a folder in which anything of value could stand."""
    try:
        names = set(os.listdir(folder))
    except FileNotFoundError:
        return
    except NotADirectoryError:
        raise BadCase("is a file, not a folder", where=str(folder)) from None
    if _has_event(folder):
        raise BadCase("is a case already", where=str(folder), hint="Add files to it with 'unspoof add'.")
    harmless = names <= {".lock", "work"} and not (("work" in names) and os.listdir(folder / "work"))
    if not harmless and not (names <= _OURS and is_unfinished(folder)):
        raise BadCase("is not empty", where=str(folder), hint="Name a new folder for the case.")


__all__ = ["create_case", "is_unfinished"]

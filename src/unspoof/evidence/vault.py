"""A case folder as an append-only store: seal, stage, commit, list, check; it knows nothing of what the files mean."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path

from unspoof.errors import BadCase, BadRequest
from unspoof.evidence.check import (
    CREATED,
    KEY_FACT,
    KEY_SIZE,
    MOST_SETTINGS,
    SETTINGS_FACT,
    check_case,
    key_print,
    settings_print,
)
from unspoof.evidence.create import create_case, is_unfinished
from unspoof.evidence.custody import LOG, Chain, Event, append, mend_tail, read_chain
from unspoof.evidence.disk import read_plain, remove_tree, telling, write_durably
from unspoof.evidence.ledger import (
    Change,
    check_change,
    live_files,
    pending,
    place,
    prepare,
    ready_folder,
    refuse_links,
)
from unspoof.evidence.lock import exclusive, shared
from unspoof.evidence.names import checked_path
from unspoof.evidence.seal import (
    SEALED,
    Source,
    copy_source,
    exhibit_file,
    exhibit_of_event,
    hash_source,
    open_source,
    sealing_facts,
)
from unspoof.model.evidence import JSON, Acquisition, Exhibit, Fault, FileRecord

SET_ASIDE = "tail-set-aside"
"""Kind of the event that keeps what an interrupted append left of the log."""


class Vault:
    """One case folder.

    Reading needs no lock. Writing (`seal`, `commit`, `record`) takes it; `stage` demands that it is held from before
    staging until after the commit, as the next writer clears away what is staged. One thread uses one Vault.

    Args:
        folder: of a case that exists.

    Raises:
        BadCase: no case is there, or its making was interrupted.

    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._locks = 0
        self._read: tuple[tuple[int, int, int], Chain] | None = None
        if not any(os.path.lexists(folder / name) for name in (LOG, "case.key")):
            raise BadCase("is no case", where=str(folder), hint="Make one with 'unspoof new'.")
        if is_unfinished(folder):
            raise BadCase("was never finished", where=str(folder), hint="Repeat the command that made it.")

    @classmethod
    def create(cls, folder: Path, case_toml: str, body: Mapping[str, JSON]) -> Vault:
        """Make a case in a new or empty folder, or complete one whose making was interrupted.

        Args:
            folder: is made, for its owner alone.
            case_toml: text of the settings file.
            body: facts for the log's first event; no person's full data.

        Raises:
            BadCase: the folder is not empty or cannot be written, or the settings do not parse.

        """
        create_case(folder, case_toml, body)
        return cls(folder)

    def path(self, relative: str) -> Path:
        """Return where a file of the case stands; ValueError if the path is none of a case."""
        return self.folder / checked_path(relative)

    @cached_property
    def key(self) -> bytes:
        """The 32 bytes of case.key, for keyed hashes of secrets.

        Raises:
            BadCase: it is missing or not the key that the case was created with; hashes would not match older ones.

        """
        with telling(self.folder / "case.key"):
            key = read_plain(self.folder / "case.key", KEY_SIZE + 1)
        created = self.events(CREATED)
        if not created or created[0].body.get(KEY_FACT) != key_print(key):
            raise BadCase("is not the key that the case was created with", where="case.key", hint="Restore it.")
        return key

    @cached_property
    def case_toml(self) -> str:
        """Text of case.toml as it was when first asked for."""
        with telling(self.folder / "case.toml"):
            data = read_plain(self.folder / "case.toml", MOST_SETTINGS)
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            raise BadCase("is not UTF-8", where="case.toml") from None

    @property
    def settings_fact(self) -> dict[str, JSON]:
        """What the body of an event must hold whose work depended on `case_toml`; `check` compares with the newest."""
        return {SETTINGS_FACT: settings_print(self.case_toml)}

    # -- writing

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keep other processes out and finish what a crash left; may be nested.

        Raises:
            BadCase: in use by another unspoof process, cannot be written to, or the log is damaged.

        """
        if self._locks:
            self._locks += 1
            try:
                yield
            finally:
                self._locks -= 1
            return
        with exclusive(self.folder):
            self._locks = 1
            try:
                with telling(self.folder):
                    self._finish()
                try:
                    yield
                finally:
                    # What was staged in vain may be what the disk is full of.
                    with suppress(OSError, BadCase):
                        self._clear()
            finally:
                self._locks = 0

    def recover(self) -> None:
        """Finish the moves of a commit that a crash cut short, and clear work/; every writer begins with it."""
        with self.lock():
            pass

    def seal(
        self,
        source: Path,
        *,
        acquired: Acquisition | str,
        basis: str,
        restrictions: Sequence[str],
        extra: Mapping[str, JSON],
    ) -> tuple[Exhibit, bool]:
        """Copy a file into the case for good.

        Args:
            source: a regular file; it is read once where its size is new to the case.
            acquired: how it came into police hands.
            basis: legal basis in the investigator's words.
            restrictions: on its use; each names a purpose or a recipient.
            extra: further facts for the log.

        Returns:
            the exhibit, and whether it is new; the same bytes are sealed once.

        Raises:
            BadExhibit: missing, empty, no regular file, unreadable, or changed while it was read.
            BadRequest: `acquired` is unknown.
            BadCase: the case cannot be written to.

        """
        try:
            stated = {"acquired": str(Acquisition(acquired)), "basis": basis, "restrictions": [*restrictions]}
        except ValueError:
            known = ", ".join(a.value for a in Acquisition)
            raise BadRequest(f"unknown way of acquisition {acquired!r}", hint=f"One of: {known}.") from None
        with self.lock(), open_source(source) as opened:
            sealed = self._sealed_before(opened)
            return (sealed, False) if sealed is not None else self._seal(opened, {**stated, "extra": extra})

    def _seal(self, source: Source, stated: Mapping[str, JSON]) -> tuple[Exhibit, bool]:
        with telling(self.folder):
            staged = self.stage()
            record = copy_source(source, staged / "exhibit")
            sealed = next((e for e in self.exhibits() if e.sha256 == record.sha256), None)
            if sealed is not None:  # it changed between the two readings, into one that is sealed
                remove_tree(staged)
                return sealed, False
            facts = sealing_facts(len(self.exhibits()) + 1, source, record)
            final = exhibit_file(len(self.exhibits()) + 1, record.sha256, str(facts["name"]))
            change = Change(staged, {final: "exhibit"}, known={final: record})
            return exhibit_of_event(self._commit(SEALED, {**facts, **stated}, change)), True

    def _sealed_before(self, source: Source) -> Exhibit | None:
        """Find the exhibit with these bytes; the file is only read where one has its size."""
        alike = [e for e in self.exhibits() if e.size == source.status.st_size]
        sha256 = hash_source(source).sha256 if alike else ""
        return next((e for e in alike if e.sha256 == sha256), None)

    def stage(self) -> Path:
        """Make a new private folder on the case's own disk; what is not committed from it is cleared away.

        Raises:
            RuntimeError: the lock is not held.

        """
        if not self._locks:
            raise RuntimeError("stage() is for use inside `with vault.lock():`")
        staged = self.folder / "work" / f"made-{secrets.token_hex(8)}"
        with telling(staged):
            staged.parent.mkdir(exist_ok=True)
            staged.mkdir(mode=0o700)
        return staged

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """Lend a private folder to one who only looks; no lock is needed, and it is removed at the end.

        What spills out of memory is personal data, so it stays on the case's own disk. A writer that begins meanwhile
        leaves the folder alone for as long as this process lives.
        """
        folder = self.folder / "work" / f"{_READER}{os.getpid()}-{secrets.token_hex(4)}"
        with telling(self.folder):
            folder.mkdir(parents=True)
        try:
            yield folder
        finally:
            remove_tree(folder)

    def commit(
        self,
        event: str,
        body: Mapping[str, JSON],
        staged: Path,
        files: Mapping[str, str | Path],
        removed: Sequence[str] = (),
    ) -> Event:
        """Put staged files in place and take others away, all of it or, after any crash, nothing.

        Args:
            event: kind of the event, e.g. 'tables-read'.
            body: its facts; no person's full data; not the keys 'files' and 'removed'.
            staged: a folder from `stage`; it is gone afterwards.
            files: final path in the case -> path in `staged`. A file that stands already is replaced.
            removed: final paths of files that are taken away.

        Raises:
            ValueError: a path is odd, an exhibit would be changed, or a removed file does not stand.
            BadCase: the case cannot be written to.

        """
        if event in {CREATED, SEALED} or any(path.startswith("exhibits/") for path in files):
            raise ValueError("exhibits are made by seal() alone")
        with self.lock(), telling(self.folder):
            return self._commit(event, body, Change(staged, {p: str(s) for p, s in files.items()}, removed))

    def record(self, event: str, body: Mapping[str, JSON]) -> Event:
        """Add an event that touches no file, e.g. that a person looked something up.

        Raises:
            BadCase: the case cannot be written to.

        """
        with self.lock(), telling(self.folder):
            return append(self.folder / LOG, self._sound_chain(), event, body)

    def _commit(self, kind: str, body: Mapping[str, JSON], change: Change) -> Event:
        if {"files", "removed"} & set(body):
            raise ValueError("'files' and 'removed' are not for the caller's body")
        chain = self._sound_chain()
        check_change(live_files(chain.events), change)
        records = prepare(self.folder, len(chain.events) + 1, change)
        listed: dict[str, JSON] = {p: {"sha256": r.sha256, "size": r.size} for p, r in records.items()}
        facts: dict[str, JSON] = {"files": listed, "removed": sorted(change.removed)}
        event = append(self.folder / LOG, chain, kind, {**body, **{k: v for k, v in facts.items() if v}})
        place(self.folder, event)
        if change.staged.exists():
            remove_tree(change.staged)
        return event

    def _finish(self) -> None:
        """Do what an interrupted command left undone, then clear work/."""
        chain = self._sound_chain()
        if chain.tail_is_event:
            mend_tail(self.folder / LOG, chain)
            chain = self._sound_chain()
        (self.folder / "work").mkdir(exist_ok=True)
        for event in pending(self.folder, chain.events):
            place(self.folder, event)
        self._clear()
        if chain.tail:
            self._set_aside(chain)

    def _clear(self) -> None:
        """Remove from work/ what no event waits for."""
        refuse_links(self.folder, ["work/left"])
        waiting = {ready_folder(self.folder, e.seq).name for e in pending(self.folder, self._sound_chain().events)}
        for left in list((self.folder / "work").iterdir()):
            if left.name not in waiting and not _reader_lives(left.name):
                remove_tree(left)

    def _set_aside(self, chain: Chain) -> None:
        staged = self.stage()
        write_durably(staged / "tail", chain.tail)
        mend_tail(self.folder / LOG, chain)
        final = f"torn/custody-{len(chain.events) + 1:06d}.part"
        because = "an append to the log was interrupted; these bytes never were an event"
        self._commit(SET_ASIDE, {"because": because}, Change(staged, {final: "tail"}))

    # -- reading

    def _chain(self) -> Chain:
        """Read the log, again only if it changed."""
        with telling(self.folder / LOG):
            status = os.stat(self.folder / LOG)
            stamp = status.st_size, status.st_mtime_ns, status.st_ino
            if self._read is None or self._read[0] != stamp:
                self._read = stamp, read_chain(self.folder / LOG)
        return self._read[1]

    def _sound_chain(self) -> Chain:
        chain = self._chain()
        if not chain.is_sound or not chain.events:
            first = next((f for f in chain.faults if f.kind == "fault"), Fault(LOG, "holds no event"))
            hint = "Run 'unspoof verify' on the case and restore what it names from a copy."
            raise BadCase(first.problem, where=str(self.folder / LOG), hint=hint)
        return chain

    def events(self, kind: str | None = None) -> tuple[Event, ...]:
        """Return the log's events in order, of one kind or all; BadCase if the log is damaged."""
        return tuple(e for e in self._sound_chain().events if kind in {None, e.event})

    @property
    def head(self) -> Event:
        """The newest event. Its hash stands for the whole log: kept elsewhere, it shows that no event was cut off."""
        return self._sound_chain().events[-1]

    def files(self, prefix: str = "") -> dict[str, FileRecord]:
        """Return the files of the case whose path begins with `prefix`, in the order of their paths.

        A commit that a crash cut short is finished first, so that every file stands where it is said to.

        Raises:
            BadCase: the log is damaged, or a commit is being finished by another process.

        """
        events = self.events()
        if not self._locks and pending(self.folder, events):
            self.recover()
            events = self.events()
        live = live_files(events)
        return {path: live[path][0] for path in sorted(live) if path.startswith(prefix)}

    def exhibits(self) -> tuple[Exhibit, ...]:
        """Return all exhibits in the order of sealing."""
        try:
            return tuple(exhibit_of_event(event) for event in self.events(SEALED))
        except ValueError as error:
            raise BadCase(str(error), where=str(self.folder / LOG), hint="Run 'unspoof verify'.") from error

    def exhibit(self, number: int) -> Exhibit:
        """Return one exhibit; BadRequest if there is no such number."""
        for exhibit in self.exhibits():
            if exhibit.number == number:
                return exhibit
        raise BadRequest(f"there is no exhibit {number}", where=str(self.folder))

    def exhibit_path(self, number: int) -> Path:
        """Return where an exhibit's sealed bytes stand; BadRequest if there is no such number."""
        exhibit = self.exhibit(number)
        place = exhibit_file(number, exhibit.sha256, exhibit.name)
        self.files(place)  # finishes a move that a crash prevented
        return self.folder / place

    def check(self) -> list[Fault]:
        """Hash every committed file again, walk the chain, look for missing and added files; nothing is mended.

        Returns:
            faults and notices, those of the log first, then by path.

        Raises:
            BadCase: another process writes to the case.

        """
        if self._locks:
            return check_case(self.folder)
        with shared(self.folder):
            return check_case(self.folder)


_READER = "reader-"


def _reader_lives(name: str) -> bool:
    """Say whether a folder of work/ belongs to a process that is still there."""
    number = name.removeprefix(_READER).split("-")[0]
    if not name.startswith(_READER) or not number.isdecimal():
        return False
    try:
        os.kill(int(number), 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


__all__ = ["SET_ASIDE", "Vault"]

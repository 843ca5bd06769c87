"""Making, locking, staging and committing: what a case takes and what it refuses."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from unspoof.errors import BadCase, BadRequest
from unspoof.evidence import Vault
from unspoof.evidence.custody import LOG
from unspoof.evidence.vault import SET_ASIDE
from unspoof.model.evidence import FileRecord

CASE = '[case]\nreference = "OP TEST"\nhome = "GB"\ncurrency = "GBP"\n'
A = FileRecord("559aead08264d5795d3909718cdd05abd49572e84fe55590eef31a88a08fdffd", 1)
"""The record of the one byte 'A'."""


def commit(vault: Vault, files: dict[str, str], removed: tuple[str, ...] = (), event: str = "run") -> None:
    """Commit files whose content is the text given."""
    with vault.lock():
        staged = vault.stage()
        for path, text in files.items():
            (staged / path.replace("/", "_")).write_text(text)
        vault.commit(event, {}, staged, {path: path.replace("/", "_") for path in files}, removed)


# -- making


def test_new_case_is_its_owners_alone(vault: Vault) -> None:
    """A new case has its settings, a key, a log with one event, and is readable by nobody else."""
    (created,) = vault.events()

    assert (created.event, created.body["reference"]) == ("case-created", "OP TEST")
    assert vault.case_toml == CASE
    assert len(vault.key) == 32
    assert vault.folder.stat().st_mode & 0o777 == 0o700
    assert vault.key.hex() not in (vault.folder / LOG).read_text()


def test_two_cases_have_two_keys(tmp_path: Path) -> None:
    """Keyed hashes of one case cannot be compared with another's."""
    assert len({Vault.create(tmp_path / name, CASE, {}).key for name in "ab"}) == 2


@pytest.mark.parametrize("name", ["notes.txt", "case.toml", "custody.jsonl", "work/x", "exhibits/x"])
def test_folder_with_anything_in_it_is_refused(tmp_path: Path, name: str) -> None:
    """A case is never made over files that are there already, and they stay as they are."""
    (tmp_path / "case" / name).parent.mkdir(parents=True)
    (tmp_path / "case" / name).write_text("mine")

    with pytest.raises(BadCase, match="is not empty"):
        Vault.create(tmp_path / "case", CASE, {})
    assert (tmp_path / "case" / name).read_text() == "mine"
    assert [path.name for path in (tmp_path / "case").iterdir()] == [name.split("/")[0]]


def test_case_is_not_made_twice(vault: Vault) -> None:
    """A case that exists is refused and stays."""
    with pytest.raises(BadCase, match="is a case already"):
        Vault.create(vault.folder, CASE, {})
    assert vault.check() == []


def test_file_and_bad_settings_are_refused(tmp_path: Path) -> None:
    """Neither a file nor settings that do not parse make a case."""
    (tmp_path / "file").write_text("")

    with pytest.raises(BadCase, match="is a file, not a folder"):
        Vault.create(tmp_path / "file", CASE, {})
    with pytest.raises(BadCase, match="not TOML"):
        Vault.create(tmp_path / "case", "[case", {})
    assert not (tmp_path / "case").exists()


def test_folder_without_a_case_is_refused(tmp_path: Path) -> None:
    """Opening anything but a case says so."""
    with pytest.raises(BadCase, match=r"is no case\nMake one with 'unspoof new'"):
        Vault(tmp_path)
    with pytest.raises(BadCase, match="is no case"):
        Vault(tmp_path / "nowhere")


def test_other_key_is_refused(vault: Vault) -> None:
    """A key that is not the case's own would give other hashes for the same secret."""
    (vault.folder / "case.key").write_bytes(bytes(32))

    with pytest.raises(BadCase, match="is not the key that the case was created with"):
        _ = Vault(vault.folder).key


# -- locking


def test_second_writer_is_refused(vault: Vault) -> None:
    """While one process writes, another can neither write nor check, and is told why."""
    other = Vault(vault.folder)
    refused: tuple[Callable[[], object], ...] = (other.recover, other.check, lambda: other.record("note", {}))

    with vault.lock(), vault.lock():
        for act in refused:
            with pytest.raises(BadCase, match="in use by another unspoof process"):
                act()
        assert vault.check() == []
    other.record("note", {})
    assert other.check() == vault.check() == []


def test_stage_demands_the_lock(vault: Vault) -> None:
    """What is staged without the lock could be cleared away by the next writer."""
    with pytest.raises(RuntimeError, match="inside"):
        vault.stage()


def test_what_is_staged_and_not_committed_vanishes(vault: Vault) -> None:
    """Leftovers of a command that failed are cleared at its end; those of one that was killed by the next writer."""
    work = vault.folder / "work"
    with vault.lock():
        (vault.stage() / "left").write_text("x")
    assert list(work.iterdir()) == []

    (work / "made-0").mkdir()
    (work / "made-0" / "left").write_text("x")
    assert vault.check() == []
    vault.recover()
    assert list(work.iterdir()) == []


# -- committing


def test_commit_puts_replaces_and_takes_away(vault: Vault) -> None:
    """A commit's files stand where it says; replaced and removed ones are gone, and so are folders left empty."""
    commit(vault, {"tables/calls/exhibit=1/a": "A", "findings/x": "old"})
    commit(vault, {"findings/x": "A"}, removed=("tables/calls/exhibit=1/a",))

    assert vault.files() == {"findings/x": A}
    assert vault.path("findings/x").read_text() == "A"
    assert list((vault.folder / "tables").iterdir()) == []
    assert [event.removed for event in vault.events("run")] == [(), ("tables/calls/exhibit=1/a",)]
    assert list((vault.folder / "work").iterdir()) == []


def test_files_are_listed_by_prefix_in_order(vault: Vault) -> None:
    """Files come by name, whatever the order of their commits."""
    commit(vault, {"tables/b": "A", "findings/z": "A"})
    commit(vault, {"tables/a": "A"})

    assert list(vault.files()) == ["findings/z", "tables/a", "tables/b"]
    assert vault.files("tables/") == {"tables/a": A, "tables/b": A}


def test_folder_may_become_a_file(vault: Vault) -> None:
    """One commit may take a folder's last file away and put a file in the folder's place."""
    commit(vault, {"findings/x/a": "A"})
    commit(vault, {"findings/x": "A"}, removed=("findings/x/a",))

    assert vault.files() == {"findings/x": A}
    assert vault.check() == []


@pytest.mark.parametrize(
    ("files", "removed", "problem"),
    [
        ({"../x": "A"}, (), "is in no folder of a case"),
        ({"findings/../../x": "A"}, (), "is not plain"),
        ({"case.toml": "A"}, (), "is in no folder of a case"),
        ({"work/x": "A"}, (), "is in no folder of a case"),
        ({"exhibits/0009-0/x": "A"}, (), "exhibits are made by seal"),
        ({"findings/x": "A"}, ("findings/none",), "not a file of the case: findings/none"),
        ({"findings/old": "A"}, ("findings/old",), "a path stands twice"),
        ({"findings/old/x": "A"}, (), "a file and a folder at once: findings/old"),
    ],
)
def test_odd_commits_are_refused_before_anything_is_done(
    vault: Vault, files: dict[str, str], removed: tuple[str, ...], problem: str
) -> None:
    """A commit that cannot be right is a mistake of the program and changes nothing."""
    commit(vault, {"findings/old": "A"})
    with pytest.raises(ValueError, match=problem):
        commit(vault, files, removed)

    assert len(vault.events()) == 2
    assert vault.files() == {"findings/old": A}
    assert vault.check() == []


def test_exhibits_are_never_removed(full: Vault) -> None:
    """No commit takes an exhibit away."""
    (path,) = full.files("exhibits/")
    with pytest.raises(ValueError, match="an exhibit is never changed"):
        commit(full, {}, removed=(path,))


def test_missing_staged_file_names_it(vault: Vault) -> None:
    """A staged file that is not there ends the commit with a message, not with half of it."""
    with vault.lock():
        staged = vault.stage()
        (staged / "a").write_text("A")
        with pytest.raises(BadCase, match="No such file"):
            vault.commit("run", {}, staged, {"findings/a": "a", "findings/b": "b"})

    assert len(vault.events()) == 1
    vault.recover()
    assert vault.check() == []


def test_link_out_of_the_case_is_not_followed(vault: Vault, tmp_path: Path) -> None:
    """A stranger's case whose folders are links makes us write and clear nothing outside it."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious").write_text("x")
    (vault.folder / "findings").symlink_to(outside)
    with pytest.raises(BadCase, match="is a link"):
        commit(vault, {"findings/precious": "A"})
    (vault.folder / "findings").unlink()
    vault.recover()
    (vault.folder / "work").rmdir()
    (vault.folder / "work").symlink_to(outside)
    with pytest.raises(BadCase, match="is a link"):
        vault.recover()

    assert (outside / "precious").read_text() == "x"


# -- interrupted appends


def test_torn_tail_is_kept_apart(vault: Vault) -> None:
    """What an interrupted append left is kept as a file of the case, with an event that says why."""
    with (vault.folder / LOG).open("ab") as log:
        log.write(b'{"at":"2026-01-0')
    assert [fault.kind for fault in vault.check()] == ["notice"]
    assert len(vault.events()) == 1

    vault.recover()
    (path,) = vault.files("torn/")
    assert vault.path(path).read_bytes() == b'{"at":"2026-01-0'
    assert [event.event for event in vault.events()] == ["case-created", SET_ASIDE]
    assert vault.check() == []


def test_event_without_its_newline_is_ended(vault: Vault) -> None:
    """An append that lacks only its newline is completed, not thrown away."""
    vault.record("note", {})
    whole = (vault.folder / LOG).read_bytes()
    (vault.folder / LOG).write_bytes(whole[:-1])
    assert [fault.kind for fault in vault.check()] == ["notice"]

    vault.recover()
    assert (vault.folder / LOG).read_bytes() == whole


_FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from unspoof.errors import BadCase
from unspoof.evidence import Vault
vault = Vault(Path(sys.argv[1]))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with vault.lock():
    staged = vault.stage()
    (staged / "a").write_text("A")
    size = (vault.folder / "custody.jsonl").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 20, size + 20))
    try:
        vault.commit("run", {}, staged, {"findings/a": "a"})
    except BadCase as error:
        print(error)
"""


def test_full_disk_leaves_no_half_event(vault: Vault) -> None:
    """Where the log cannot grow, the command says so and the case is as before."""
    before = (vault.folder / LOG).read_bytes()
    done = subprocess.run(
        [sys.executable, "-c", _FULL_DISK, str(vault.folder)],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ,
    )

    assert "cannot be read or written: File too large" in done.stdout
    assert (vault.folder / LOG).read_bytes() == before
    assert list((vault.folder / "work").iterdir()) == []
    assert vault.check() == []


def test_everything_is_on_the_disk_before_its_event(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write-ahead: each file and folder entry is forced to the disk before the append, the append before the moves."""
    done: list[tuple[str, str]] = []
    real_sync, real_replace = os.fsync, os.replace

    def sync(descriptor: int) -> None:
        done.append(("sync", Path(os.readlink(f"/proc/self/fd/{descriptor}")).name))
        real_sync(descriptor)

    def replace(source: Path, target: Path) -> None:
        done.append(("move", Path(target).name))
        real_replace(source, target)

    with vault.lock():
        staged = vault.stage()
        (staged / "a").write_text("A")
        monkeypatch.setattr(os, "fsync", sync)
        monkeypatch.setattr(os, "replace", replace)
        vault.commit("run", {}, staged, {"findings/a": "a"})

    before = [("sync", "0"), ("sync", "event-000002"), ("sync", "work"), ("sync", LOG), ("move", "a")]
    assert done == [*before, ("sync", vault.folder.name), ("sync", "findings")]


# -- looking up


def test_unknown_exhibit_is_a_bad_request(full: Vault) -> None:
    """Asking for an exhibit that is not there names the number."""
    assert full.exhibit_path(1).read_bytes().startswith(b"INSERT")
    with pytest.raises(BadRequest, match="there is no exhibit 2"):
        full.exhibit(2)
    with pytest.raises(BadRequest, match="there is no exhibit 0"):
        full.exhibit_path(0)


def test_path_stays_in_the_case(vault: Vault) -> None:
    """No path leads out of the case."""
    with pytest.raises(ValueError, match="is in no folder"):
        vault.path("../secret")


def test_head_names_the_whole_log(vault: Vault) -> None:
    """The newest event's hash changes with every event, so that kept elsewhere it shows a cut log."""
    first = vault.head
    second = vault.record("note", {})

    assert vault.head == second
    assert second.prev == first.hash

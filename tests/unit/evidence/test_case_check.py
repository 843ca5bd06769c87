"""The check: every byte, every file more or less, is found and named; what is lawful is not called a fault."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from unspoof.errors import BadCase
from unspoof.evidence import Vault
from unspoof.evidence.custody import append, read_chain

EVERY_FILE = (
    "exhibits/0001-{sha}/cdr of May.sql",
    "tables/calls/exhibit=1/part-0.parquet",
    "quarantine/exhibit=1/part-0.parquet",
    "findings/suspects.parquet",
    "reference/brands.csv",
    "serving/1.duckdb",
    "outputs/report.html",
    "case.key",
)


def named(vault: Vault) -> list[str]:
    """Return the files that the check finds at fault."""
    return [fault.path for fault in vault.check() if fault.kind == "fault"]


def real_path(vault: Vault, path: str) -> Path:
    """Fill the exhibit's hash into a path of EVERY_FILE and let the file be written to."""
    filled = vault.folder / path.format(sha=vault.exhibit(1).sha256[:12])
    filled.chmod(0o600)
    return filled


def flip(path: Path, place: int, bit: int = 0) -> None:
    """Change one bit of a file."""
    data = bytearray(path.read_bytes())
    data[place] ^= 1 << bit
    path.write_bytes(data)


def test_untouched_case_has_no_faults(full: Vault) -> None:
    """A case that nobody touched gives neither fault nor notice, and checking changes nothing in it."""
    before = {path: path.stat().st_mtime_ns for path in full.folder.rglob("*")}

    assert full.check() == []
    assert {path: path.stat().st_mtime_ns for path in full.folder.rglob("*")} == before


def test_each_flipped_byte_of_the_log_is_named(vault: Vault, source: Path) -> None:
    """Each byte of the log, flipped, is found by the check, which names the log and the line first."""
    vault.seal(source, acquired="stored-copy", basis="warrant 7", restrictions=[], extra={})
    vault.record("looked-up", {"why": 'asked by "the court"'})
    path = vault.folder / "custody.jsonl"
    data = path.read_bytes()
    for place in range(len(data)):
        changed = data[:place] + bytes([data[place] ^ (1 << place % 8)]) + data[place + 1 :]
        path.write_bytes(changed)
        first = vault.check()[0]
        assert first.path == "custody.jsonl"
        assert first.kind == "fault"
        assert first.problem.startswith(f"line {data[:place].count(10) + 1}: ")


@pytest.mark.parametrize("path", EVERY_FILE)
def test_flipped_byte_of_any_file_is_named(full: Vault, path: str) -> None:
    """The first, a middle and the last byte of every kind of file are watched."""
    file = real_path(full, path)
    for place in (0, file.stat().st_size // 2, -1):
        flip(file, place, bit=5)
        assert named(full) == [str(file.relative_to(full.folder))]
        flip(file, place, bit=5)

    assert named(full) == []


@pytest.mark.parametrize("path", EVERY_FILE)
def test_missing_cut_and_grown_files_are_named(full: Vault, path: str) -> None:
    """A file that lost its last byte, got one more, became a link or is gone is named."""
    file = real_path(full, path)
    data = file.read_bytes()
    for changed in (data[:-1], data + b"\n", b""):
        file.write_bytes(changed)
        assert named(full) == [str(file.relative_to(full.folder))]
    copy = full.folder.parent / "copy"
    copy.write_bytes(data)
    file.unlink()
    assert str(file.relative_to(full.folder)) in named(full)
    file.symlink_to(copy)
    assert str(file.relative_to(full.folder)) in named(full)


def test_swapped_files_are_both_named(full: Vault) -> None:
    """Two files of a case that change places are both named."""
    one, two = full.folder / "findings/suspects.parquet", full.folder / "outputs/report.html"
    spare = full.folder.parent / "spare"
    one.rename(spare)
    two.rename(one)
    spare.rename(two)

    assert named(full) == ["findings/suspects.parquet", "outputs/report.html"]


@pytest.mark.parametrize(
    "path", ["tables/calls/exhibit=1/part-1.parquet", "findings/more/x", "exhibits/x", "stray", "a/b"]
)
def test_added_file_is_named(full: Vault, path: str) -> None:
    """A file that no event put there is named, wherever it stands."""
    (full.folder / path).parent.mkdir(parents=True, exist_ok=True)
    (full.folder / path).write_bytes(b"x")

    assert [str(fault) for fault in full.check()] == [f"{path}: no event put it there"]


def test_added_pipe_is_named_and_not_read(full: Vault) -> None:
    """A named pipe in a case is a fault and does not make the check wait."""
    os.mkfifo(full.folder / "tables" / "pipe")

    assert named(full) == ["tables/pipe"]


@pytest.mark.parametrize("name", ["custody.jsonl", "case.toml", "case.key", "work"])
def test_pipe_in_place_of_a_file_of_the_case_is_named(full: Vault, name: str) -> None:
    """A pipe where one of the case's own files must be is named without waiting for it."""
    shutil.rmtree(full.folder / name) if name == "work" else (full.folder / name).unlink()
    os.mkfifo(full.folder / name)

    assert name in named(full)


def test_truncated_log_with_files_left_over_is_a_fault(full: Vault) -> None:
    """A log whose last events were cut off no longer accounts for their files."""
    path = full.folder / "custody.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-1]))

    assert named(full) == [
        "findings/suspects.parquet",
        "outputs/report.html",
        "reference/brands.csv",
        "serving/1.duckdb",
    ]
    path.write_bytes(b"".join(lines)[:-40])
    assert [fault.kind for fault in full.check()] == ["notice"] + ["fault"] * 4


@pytest.mark.parametrize("left", [b"", None])
def test_lost_log_is_a_fault(full: Vault, left: bytes | None) -> None:
    """A case without its log, or with an empty one, is at fault and takes nothing more in."""
    path = full.folder / "custody.jsonl"
    path.unlink()
    if left is not None:
        path.write_bytes(left)
    again = Vault(full.folder)

    assert "custody.jsonl" in named(again)
    with pytest.raises(BadCase, match=r"custody\.jsonl: "), again.lock():
        pass


def test_writers_refuse_a_damaged_log(full: Vault, source: Path) -> None:
    """Nothing is added behind a line that is wrong."""
    flip(full.folder / "custody.jsonl", 40)

    with pytest.raises(BadCase, match="line 1: "):
        full.seal(source, acquired="stored-copy", basis="", restrictions=[], extra={})


def test_settings_that_no_run_has_read_are_named(full: Vault) -> None:
    """What stands does not follow from an edited case.toml until the case is run again; before any run it is lawful."""
    path = full.folder / "case.toml"
    path.write_text(path.read_text() + "[settings]\nlong_call_s = 90\n")

    assert [str(fault) for fault in full.check()] == [
        "case.toml: differs from what the last run used: run the case again, or restore the file"
    ]
    assert full.check()[0].kind == "fault"
    later = Vault(full.folder)
    later.record("run", later.settings_fact)
    assert full.check() == []


@pytest.mark.parametrize(
    "text", ["[case", "case = 1", "[case]\nreference = 1", "\xff", "[settings]\nnone = 1", "a=" + "[" * 9999]
)
def test_settings_that_do_not_parse_are_a_fault(full: Vault, text: str) -> None:
    """A case.toml that no run could read is a fault."""
    (full.folder / "case.toml").write_bytes(text.encode("latin-1"))

    assert named(full) == ["case.toml"]


def test_key_that_others_may_read_is_a_notice(full: Vault) -> None:
    """The key of the keyed hashes is its owner's alone."""
    assert (full.folder / "case.key").stat().st_mode & 0o777 == 0o600
    (full.folder / "case.key").chmod(0o644)

    assert [fault.kind for fault in full.check()] == ["notice"]


def test_copied_case_is_as_sound_as_the_original(full: Vault) -> None:
    """A case can be copied to another place, or to a medium that cannot be written to, and checked there."""
    copy = full.folder.parent / "copy"
    shutil.copytree(full.folder, copy)
    (copy / ".lock").unlink()

    assert Vault(copy).check() == []
    assert not (copy / ".lock").exists()


def test_log_that_changes_an_exhibit_is_a_fault(full: Vault) -> None:
    """An event that would replace an exhibit, with a right hash and right bytes, is a fault all the same."""
    log = full.folder / "custody.jsonl"
    path = next(iter(full.files("exhibits/")))
    (full.folder / path).chmod(0o600)
    (full.folder / path).write_bytes(b"")
    empty = {"sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "size": 0}
    append(log, read_chain(log), "run", {"files": {path: empty}})

    assert [str(fault) for fault in full.check()] == ["custody.jsonl: line 5: it changes an exhibit"]

"""Sealing: an exact copy of what was handed over, once, with everything that the log must say of it."""

from __future__ import annotations

import hashlib
import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from unspoof.errors import BadCase, BadExhibit, BadRequest
from unspoof.evidence import Vault
from unspoof.evidence.disk import PIECE
from unspoof.evidence.seal import SEALED, Source, copy_source, open_source, sealing_facts
from unspoof.model.evidence import Acquisition, Exhibit, FileRecord


def seal(vault: Vault, path: Path) -> tuple[Exhibit, bool]:
    """Seal a file with plain facts."""
    return vault.seal(path, acquired="voluntary", basis="consent", restrictions=["no export"], extra={"zone": "UTC"})


def test_sealed_copy_is_exact_and_closed(vault: Vault, source: Path) -> None:
    """The exhibit has the source's bytes, its hash, its name in its path, and cannot be written to."""
    exhibit, is_new = seal(vault, source)
    sha256 = hashlib.sha256(source.read_bytes()).hexdigest()
    path = vault.exhibit_path(1)

    assert is_new
    assert path == vault.folder / "exhibits" / f"0001-{sha256[:12]}" / "cdr of May.sql"
    assert path.read_bytes() == source.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o444
    assert (exhibit.sha256, exhibit.size, exhibit.name) == (sha256, 3200, "cdr of May.sql")
    assert vault.exhibits() == (exhibit,)


def test_log_says_how_it_was_acquired(vault: Vault, source: Path) -> None:
    """Acquisition, basis, restrictions, time, person and the file's own date stand in the log."""
    os.utime(source, (0, 1_700_000_000.7))
    exhibit, _ = seal(vault, source)
    (event,) = vault.events(SEALED)

    assert (exhibit.acquired, exhibit.basis, exhibit.restrictions) == (Acquisition.VOLUNTARY, "consent", ("no export",))
    assert (exhibit.sealed_at, exhibit.sealed_by) == (event.at, event.who)
    assert event.body["modified_at"] == "2023-11-14T22:13:20Z"
    assert event.body["extra"] == {"zone": "UTC"}


def test_same_bytes_are_sealed_once(vault: Vault, source: Path, tmp_path: Path) -> None:
    """A file with known bytes is the exhibit that it already is, whatever its name; another gets the next number."""
    first, _ = seal(vault, source)
    again = tmp_path / "again"
    again.write_bytes(source.read_bytes())
    other = tmp_path / "other"
    other.write_bytes(source.read_bytes()[:-1] + b"X")

    assert seal(vault, again) == (first, False)
    assert [seal(vault, other)[0].number, len(vault.events())] == [2, 3]
    assert vault.check() == []


@pytest.mark.parametrize("size", [1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 7])
def test_every_length_is_copied_whole(vault: Vault, tmp_path: Path, size: int) -> None:
    """No byte is lost or doubled where the pieces of a copy meet."""
    data = (b"%09d" * (size // 9 + 1))[:size] if size < 9 else hashlib.shake_256(b"seed").digest(size)
    (tmp_path / "big").write_bytes(data)
    exhibit, _ = seal(vault, tmp_path / "big")

    assert (exhibit.size, exhibit.sha256) == (size, hashlib.sha256(data).hexdigest())
    assert vault.exhibit_path(1).read_bytes() == data


def make_socket(path: Path) -> None:
    """Bind a socket to a path."""
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda path: None, "cannot be read: No such file or directory"),
        (lambda path: path.mkdir(), "is a folder, not a file"),
        (os.mkfifo, "is a named pipe, not a file"),
        (make_socket, "is a socket, not a file"),
        (lambda path: path.symlink_to("/dev/zero"), "is a device, not a file"),
        (lambda path: path.symlink_to("odd"), "cannot be read: Too many levels of symbolic links"),
        (lambda path: path.touch(), "is empty"),
    ],
)
def test_odd_sources_are_refused(
    vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], object], problem: str
) -> None:
    """What is no file with bytes in it is refused by name, at once, and leaves nothing in the case."""
    monkeypatch.chdir(tmp_path)
    make(Path("odd"))
    with pytest.raises(BadExhibit, match=f"^odd: {problem}"):
        seal(vault, Path("odd"))

    assert len(vault.events()) == 1
    assert vault.check() == []


def test_link_to_a_file_is_read_as_the_file(vault: Vault, source: Path, tmp_path: Path) -> None:
    """A link to a plain file seals the file's bytes, not the link, under the name that was given."""
    (tmp_path / "link.sql").symlink_to(source)
    exhibit, _ = seal(vault, tmp_path / "link.sql")

    assert (exhibit.name, exhibit.size) == ("link.sql", 3200)
    assert not vault.exhibit_path(1).is_symlink()


def test_source_that_grows_is_refused(tmp_path: Path) -> None:
    """A file that something still writes to is no exhibit."""
    path = tmp_path / "growing"
    path.write_bytes(b"x" * PIECE)
    with open_source(path) as source:
        path.write_bytes(b"x" * (PIECE + 1))
        with pytest.raises(BadExhibit, match="changed while it was read"):
            copy_source(source, tmp_path / "copy")


def test_source_that_changes_in_place_is_refused(vault: Vault, tmp_path: Path) -> None:
    """A file that is rewritten all the time, its size and its stated time the same, is caught."""
    path = tmp_path / "busy"
    states = [bytes([value]) * (32 * PIECE) for value in (1, 2)]
    path.write_bytes(states[0])
    stop = threading.Event()

    def write() -> None:
        with path.open("r+b", buffering=0) as stream:
            while not stop.is_set():
                for state in states:
                    stream.seek(0)
                    stream.write(state)
                    os.utime(path, ns=(0, 0))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        with pytest.raises(BadExhibit, match="changed while it was read"):
            seal(vault, path)
    finally:
        stop.set()
        writer.join()
    assert vault.exhibits() == ()


def test_unknown_acquisition_lists_the_known(vault: Vault, source: Path) -> None:
    """A way of acquisition that the law does not know is refused with those that it does."""
    with pytest.raises(BadRequest, match="unknown way of acquisition 'found'\nOne of: stored-copy, live-tap"):
        vault.seal(source, acquired="found", basis="", restrictions=[], extra={})


def test_name_that_cannot_be_shown_is_kept_in_bytes(vault: Vault, tmp_path: Path) -> None:
    """A name with control or undecodable characters is shown as escapes, kept as bytes, and made safe as a path."""
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/M\xfcller\x1b[2J.sql"))
    path.write_bytes(b"x")
    exhibit, _ = seal(vault, path)

    assert exhibit.name == "M\\xfcller\\x1b[2J.sql"
    assert vault.events(SEALED)[0].body["name_hex"] == b"M\xfcller\x1b[2J.sql".hex()
    assert vault.exhibit_path(1).name == "M_xfcller_x1b_2J.sql"
    assert vault.check() == []


def test_case_that_cannot_be_written_says_so(vault: Vault, source: Path) -> None:
    """A failure on the case's side is laid at the case's door, not at the exhibit's."""
    vault.recover()
    (vault.folder / "exhibits").write_text("in the way")
    with pytest.raises(BadCase, match="cannot be read or written: Not a directory"):
        seal(vault, source)


def test_date_that_no_calendar_has_is_left_out() -> None:
    """A file system may state a year that cannot be written; the file is sealed without its date."""
    status = os.stat_result([0] * 10, {"st_mtime_ns": 2**90})

    assert sealing_facts(1, Source(-1, "a", "a", status), FileRecord("0" * 64, 1))["modified_at"] == ""

"""Files between a case and Spark: copies that are the file, and nothing left behind."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from unspoof.engine.exchange import Exchange
from unspoof.errors import EngineGap


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of a case."""
    made = tmp_path / "case" / "part-0.parquet"
    made.parent.mkdir()
    made.write_bytes(b"PAR1" + os.urandom(1000))
    return made


def _local(url: str) -> Path:
    return Path(url.removeprefix("file://").removeprefix("file:"))


def test_without_a_store_spark_reads_the_file_itself(tmp_path: Path, file: Path) -> None:
    """No copy is made where the workers see the case's own disk."""
    exchange = Exchange("", tmp_path / "scratch")

    assert _local(exchange.place(file, "calls")) == file
    exchange.close()


@pytest.mark.parametrize("form", ["{0}", "file://{0}"])
def test_a_store_gets_a_copy_named_by_its_hash(tmp_path: Path, file: Path, form: str) -> None:
    """The copy holds the file's bytes and its name says so; asked again, it is the same copy."""
    store = tmp_path / "sto re"
    exchange = Exchange(form.format(store), tmp_path / "scratch")
    url = exchange.place(file, "calls/exhibit=1")

    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    assert _local(url) == store / "calls" / "exhibit=1" / f"{sha256}.parquet"
    assert _local(url).read_bytes() == file.read_bytes()
    assert exchange.place(file, "calls/exhibit=1") == url
    exchange.close()
    assert [p.name for p in store.iterdir()] == ["calls"]


def test_a_copy_that_stands_is_not_made_again_and_a_cut_off_one_is(tmp_path: Path, file: Path) -> None:
    """A copy of the right length is taken as it is; one that was cut off is replaced by the whole file."""
    store = tmp_path / "store"
    first = Exchange(str(store), tmp_path / "scratch")
    copy = _local(first.place(file, "calls"))
    stamp = copy.stat().st_mtime_ns
    first.close()
    again = Exchange(str(store), tmp_path / "scratch")
    again.place(file, "calls")
    assert copy.stat().st_mtime_ns == stamp
    again.close()
    copy.write_bytes(b"PAR1")

    last = Exchange(str(store), tmp_path / "scratch")
    assert _local(last.place(file, "calls")).read_bytes() == file.read_bytes()
    last.close()


def test_a_changed_file_gets_another_copy(tmp_path: Path, file: Path) -> None:
    """Findings are written anew under the same name; what Spark reads is the file as it is now."""
    store = tmp_path / "store"
    urls = []
    for text in (b"one", b"two"):
        file.write_bytes(text)
        exchange = Exchange(str(store), tmp_path / "scratch")
        urls.append(exchange.place(file, "suspects"))
        exchange.close()

    assert [_local(url).read_bytes() for url in urls] == [b"one", b"two"]


def test_part_files_come_in_the_order_of_their_names(tmp_path: Path) -> None:
    """Only part files are rows; marks of success and checksums are none, and no folder means no rows."""
    exchange = Exchange("", tmp_path)
    folder = _local(exchange.folder("step-1"))
    folder.mkdir()
    for name in ("part-00001.parquet", "_SUCCESS", "part-00000.parquet", ".part-00000.parquet.crc"):
        (folder / name).write_bytes(b"")

    assert [path.name for path in exchange.parts("step-1")] == ["part-00000.parquet", "part-00001.parquet"]
    assert exchange.parts("step-2") == []
    exchange.close()


def test_what_a_dead_run_left_is_removed_and_a_living_one_is_left_alone(tmp_path: Path, file: Path) -> None:
    """Rows in a store are personal data: the next run of this host removes those of a run that died."""
    store = tmp_path / "store"
    code = "import sys; from pathlib import Path; from unspoof.engine.exchange import Exchange\n"
    code += "e = Exchange(sys.argv[1], Path(sys.argv[2])); print(e.folder('x'), flush=True); import os; os.kill(os.getpid(), 9)"
    died = subprocess.run([sys.executable, "-c", code, store, tmp_path / "s"], capture_output=True, text=True)
    left = _local(died.stdout.strip()).parent
    assert left.is_dir()

    living = Exchange(str(store), tmp_path / "scratch")
    other = Exchange(str(store), tmp_path / "scratch")
    assert not left.exists()
    assert _local(living.folder("x")).parent.is_dir()
    for exchange in (living, other):
        exchange.close()


@pytest.mark.parametrize("store", ["nosuch://a/b", "/proc/none/here"])
def test_a_store_that_cannot_be_used_is_a_named_gap(tmp_path: Path, store: str) -> None:
    """An unknown kind of store, or a place where nothing can be written, is said before any work begins."""
    with pytest.raises(EngineGap, match="store"):
        Exchange(store, tmp_path)

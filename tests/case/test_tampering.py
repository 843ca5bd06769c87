"""A single flipped byte anywhere in a case is found and named."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from made_up_case import Worked, work

from unspoof.case import Case


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Worked:
    """A made-up case of 2,000 calls."""
    return work(tmp_path_factory.mktemp("small"), 2_000, 3)


@pytest.fixture
def copy(small: Worked, tmp_path: Path) -> Path:
    """A copy of the case that may be spoilt."""
    target = tmp_path / "case"
    shutil.copytree(small.case.folder, target)
    for path in target.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
    return target


def _flip(path: Path, at: int) -> Callable[[], None]:
    data = bytearray(path.read_bytes())
    data[at] ^= 0x01
    path.write_bytes(data)

    def restore() -> None:
        data[at] ^= 0x01
        path.write_bytes(data)

    return restore


@pytest.mark.parametrize("shown", [[], ["--json"]], ids=["text", "json"])
def test_the_command_exits_with_one_when_something_is_wrong(copy: Path, shown: list[str]) -> None:
    """`verify` says by its exit code that something is wrong, as text and as JSON."""
    _flip(copy / "findings/figures/rows.parquet", 40)
    command = [sys.executable, "-m", "unspoof", "verify", str(copy), *shown]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 1


def test_a_flipped_byte_in_any_file_is_named(copy: Path) -> None:
    """In every file of the case, at its start, its end and somewhere between, a flipped byte is found and its file named."""
    chance = random.Random(1)
    files = sorted(p for p in copy.rglob("*") if p.is_file() and p.stat().st_size and p.name != ".lock")
    assert len(files) > 40
    for path in files:
        size = path.stat().st_size
        for at in {0, size - 1, chance.randrange(size)}:
            restore = _flip(path, at)
            name = str(path.relative_to(copy))
            found = _verdict(copy)
            assert any(name in fault for fault in found), (name, at, found)
            restore()
    assert Case(copy).verify() == []


def _verdict(folder: Path) -> list[str]:
    from unspoof.errors import UnspoofError

    try:
        return [str(fault) for fault in Case(folder).verify()]
    except UnspoofError as error:
        return [str(error)]


def test_a_file_that_is_missing_or_added_is_named(copy: Path) -> None:
    """A table taken away and a table put there by hand are both found."""
    table = next(copy.glob("tables/calls/exhibit=*/part-0.parquet"))
    stolen = table.read_bytes()
    table.unlink()
    assert any("tables/calls" in fault for fault in _verdict(copy))
    table.write_bytes(stolen)
    assert _verdict(copy) == []
    (table.parent / "part-1.parquet").write_bytes(stolen)
    assert any("part-1.parquet" in fault for fault in _verdict(copy))


def test_a_figure_that_was_changed_with_its_hashes_is_found(small: Worked, copy: Path) -> None:
    """Whoever rewrites a figure and commits it properly is found out, since every figure is worked out again."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    case = Case(copy)
    with case.vault.lock():
        staged = case.vault.stage()
        table = case.figures()
        rows = table.to_pylist()
        rows[0]["value"] = "1"
        pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), staged / "rows.parquet")
        case.vault.commit("run", {}, staged, {"findings/figures/rows.parquet": "rows.parquet"})

    assert any("accounts.total" in fault for fault in _verdict(copy))


def test_a_finding_that_was_changed_with_its_hashes_is_found(copy: Path) -> None:
    """The same for a finding: its step is run again and gives other bytes."""
    import pyarrow.parquet as pq

    case = Case(copy)
    with case.vault.lock():
        staged = case.vault.stage()
        pq.write_table(case.finding("suspects").slice(1), staged / "rows.parquet")
        case.vault.commit("run", {}, staged, {"findings/suspects/rows.parquet": "rows.parquet"})

    assert any("findings/suspects" in fault for fault in _verdict(copy))


def test_a_table_that_was_changed_with_its_hashes_is_found_by_reading_the_exhibit_again(copy: Path) -> None:
    """--deep reads the exhibits again, so a table that does not follow from its exhibit is found."""
    import pyarrow.parquet as pq

    case = Case(copy)
    assert case.verify(deep=True) == []
    path = next(p for p in case.vault.files("tables/logins/"))
    with case.vault.lock():
        staged = case.vault.stage()
        pq.write_table(pq.ParquetFile(copy / path).read().slice(1), staged / "rows.parquet")
        case.vault.commit("exhibit-note", {}, staged, {path: "rows.parquet"})
    case.run()

    assert [fault.path for fault in case.verify(deep=True)] == [path]

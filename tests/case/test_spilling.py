"""A run within little memory: what does not fit is spilled to the case's own disk, and nothing comes out otherwise."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from made_up_case import work

from unspoof.case import Case
from unspoof.errors import EngineGap

CALLS, SEED = 300_000, 11
FAR_TOO_LITTLE = "16MiB"
LIMITS = tuple(f"{size}MiB" for size in range(36, 132, 4))
"""Tried from the least; which is the first that is enough depends on the cores of the machine."""


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A case of so many calls, run with the memory that is the default; nobody may change it."""
    folder = tmp_path_factory.mktemp("spilling")
    made = work(folder, CALLS, SEED).case.folder
    shutil.rmtree(folder / "seizure")
    return made


def _unrun(case: Path, target: Path) -> Case:
    """Return a copy of a case whose findings were taken away, by its own log."""
    shutil.copytree(case, target)
    vault = Case(target).vault
    with vault.lock():
        removed = [*vault.files("findings/"), *vault.files("outputs/")]
        vault.commit("findings-removed", {}, vault.stage(), {}, removed)
    return Case(target)


def _bytes(case: Path) -> Mapping[str, bytes]:
    files = [*sorted(case.glob("findings/*/rows.parquet")), case / "outputs" / "figures.json"]
    return {str(file.relative_to(case)): file.read_bytes() for file in files}


@contextmanager
def _watched(case: Path) -> Iterator[dict[str, int]]:
    """Watch a case's work folder from a thread; give the largest size seen of each file that DuckDB spills to."""
    seen: dict[str, int] = {}
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.002):
            for file in case.glob("work/reader-*/duckdb_temp_*"):
                try:
                    seen[file.name] = max(seen.get(file.name, 0), file.stat().st_size)
                except FileNotFoundError:
                    continue

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


def test_a_run_that_spills_gives_the_same_bytes(ran: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the least memory that is enough, rows are spilled beside the case, and findings and figures are the same."""
    case = _unrun(ran, tmp_path / "case")
    spilled: dict[str, int] = {}
    for limit in LIMITS:
        monkeypatch.setenv("UNSPOOF_MEMORY_LIMIT", limit)
        try:
            with _watched(case.folder) as spilled:
                Case(case.folder).run()
            break
        except EngineGap as error:
            assert "UNSPOOF_MEMORY_LIMIT" in error.hint  # noqa: PT017  # one more try with more memory follows

    assert sum(spilled.values()) > 0
    assert _bytes(case.folder) == _bytes(ran)
    assert not list((case.folder / "work").iterdir())


def test_too_little_memory_is_said_and_changes_nothing(
    ran: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A limit that no step can work in names itself, in a message of our own, and leaves the case as it was."""
    case = _unrun(ran, tmp_path / "case")
    before = {path: path.read_bytes() for path in sorted(case.folder.rglob("*")) if path.is_file()}
    monkeypatch.setenv("UNSPOOF_MEMORY_LIMIT", FAR_TOO_LITTLE)

    with pytest.raises(EngineGap) as caught:
        Case(case.folder).run()

    said = str(caught.value)
    assert "Out of Memory" in said
    assert "The case is as it was before. Set UNSPOOF_MEMORY_LIMIT" in said
    assert "SET threads" not in said
    assert said.endswith("[engine-gap]")
    assert before == {path: path.read_bytes() for path in sorted(case.folder.rglob("*")) if path.is_file()}

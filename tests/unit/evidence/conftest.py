"""A small case with a file of every kind."""

from __future__ import annotations

from pathlib import Path

import pytest

from unspoof.evidence import Vault

CASE_TOML = """\
[case]
reference = "OP TEST"
home = "GB"
currency = "GBP"
"""


def put(vault: Vault, event: str, files: dict[str, bytes], removed: tuple[str, ...] = ()) -> None:
    """Commit files by their final paths."""
    with vault.lock():
        staged = vault.stage()
        names = {}
        for index, (path, data) in enumerate(files.items()):
            (staged / f"part-{index}").write_bytes(data)
            names[path] = f"part-{index}"
        vault.commit(event, {"why": "a test", **vault.settings_fact}, staged, names, removed)


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    """A case without exhibits."""
    return Vault.create(tmp_path / "case", CASE_TOML, {"reference": "OP TEST"})


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A file as handed over."""
    path = tmp_path / "cdr of May.sql"
    path.write_bytes(b"INSERT INTO pkg_cdr VALUES (1);\n" * 100)
    return path


@pytest.fixture
def full(vault: Vault, source: Path) -> Vault:
    """A case with one file of every kind; each holds other bytes."""
    vault.seal(source, acquired="stored-copy", basis="warrant 7", restrictions=["no export"], extra={"zone": "UTC"})
    tables = {"tables/calls/exhibit=1/part-0.parquet": b"calls", "quarantine/exhibit=1/part-0.parquet": b"refused"}
    put(vault, "exhibit-read", tables)
    others = ("findings/suspects.parquet", "reference/brands.csv", "serving/1.duckdb", "outputs/report.html")
    put(vault, "run", {path: path.encode() for path in others})
    return vault

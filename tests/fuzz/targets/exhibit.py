"""Whole files through the door by which every exhibit comes in: any shape, any shipped system, to the normal form."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from fuzz.target import SAMPLES, Target
from unspoof.errors import UnspoofError
from unspoof.ingest.mapping import Reading
from unspoof.ingest.reader import look, read_exhibit
from unspoof.model.tables import NORMAL_FORM
from unspoof.parse.numbers import normalise
from unspoof.reference.numbering import load

_TABLES = {table.name for table in NORMAL_FORM}


def _numbers(raw: pa.Array, home: str) -> pa.Table:
    return normalise(raw, load(), home)


_READING = Reading(1, "Europe/London", "GB", "GBP", "", b"the key of a made-up case", _numbers)


def _read(file: Path, staged: Path) -> dict[str, str]:
    """Read a file into a folder, check the counts, and return the hash of everything written."""
    staged.mkdir()
    result = read_exhibit(file, look(file), _READING, staged, lambda _: None)
    written: dict[str, int] = {}
    for name in result.files:
        written[name] = pq.read_metadata(staged / name).num_rows
    for table, tally in result.tallies.items():
        assert table in _TABLES
        assert tally.read == tally.kept + tally.refused, "rows read are not kept + refused"
        assert sum(rows for name, rows in written.items() if name.startswith(f"tables/{table}/")) == tally.kept
    assert sum(result.reasons.values()) == sum(rows for name, rows in written.items() if name.startswith("quarantine"))
    return {name: hashlib.sha256((staged / name).read_bytes()).hexdigest() for name in result.files}


def feed(data: bytes) -> None:
    """Recognise a file and read it into the normal form, twice."""
    with tempfile.TemporaryDirectory(prefix="unspoof-fuzz-") as folder:
        file = Path(folder) / "exhibit"
        file.write_bytes(data)
        refused, first = "", {}
        try:
            first = _read(file, Path(folder) / "one")
        except UnspoofError as error:
            refused = str(error)
        assert folder not in refused, "an error names a folder of this machine"
        assert refused or _read(file, Path(folder) / "two") == first, "other bytes in the second run"


def _seeds() -> tuple[bytes, ...]:
    samples = sorted((SAMPLES / "systems").glob("*/*.csv")) + sorted((SAMPLES / "systems").glob("*/*.log"))
    shop = SAMPLES / "containers" / "mysqldump" / "shop.sql"
    return (shop.read_bytes(), *(path.read_bytes() for path in samples))


TARGET = Target(
    "exhibit",
    "a file as it is seized: packed or not, of any container",
    feed,
    _seeds(),
    words=(
        b"447700900123",
        b"07700900124",
        b"2021-10-31 01:30:00",
        b"anonymous",
        b"1,234.50",
        b"\\N",
        b"NULL",
        b"\r\n",
    ),
)

__all__ = ["TARGET"]

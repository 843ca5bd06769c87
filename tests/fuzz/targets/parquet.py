"""Parquet files through their container: damaged ones are refused, never crash."""

from __future__ import annotations

from fuzz.container_checks import check_container
from fuzz.target import Target, sample
from unspoof.ingest.container import Options
from unspoof.ingest.containers.parquet import PARQUET


def feed(data: bytes) -> None:
    """Read a Parquet file."""
    # behind a damaged page the rest of a block is lost, so that small blocks may give more rows
    check_container(PARQUET, data, Options())


TARGET = Target(
    "parquet",
    "a Parquet file: of transactions, or of plain columns",
    feed,
    sample(*(f"containers/parquet/{name}" for name in ("calls.parquet", "bitcoin.parquet"))),
    words=(b"PAR1", b"\x15\x00", b"\x15\x02", b"\x19\x1c", b"\xff\xff\xff\xff"),
)

__all__ = ["TARGET"]

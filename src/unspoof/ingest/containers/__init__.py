"""One file per shape of file; a reader that is not in CONTAINERS fails the build."""

from __future__ import annotations

from unspoof.ingest.container import Container
from unspoof.ingest.containers.blocks import BLOCK_FILES
from unspoof.ingest.containers.capture import CAPTURE
from unspoof.ingest.containers.coin_csv import COIN_CSV
from unspoof.ingest.containers.coin_json import COIN_JSON
from unspoof.ingest.containers.delimited import DELIMITED
from unspoof.ingest.containers.jsonl import JSONL
from unspoof.ingest.containers.lines import LINES
from unspoof.ingest.containers.mysqldump import MYSQLDUMP
from unspoof.ingest.containers.parquet import PARQUET
from unspoof.ingest.containers.undo import UNDO_FILES
from unspoof.ingest.containers.xlsx import XLSX

CONTAINERS: tuple[Container, ...] = (
    # sniffed in this order: the surest signs first, delimited text last, since much else can look like it
    CAPTURE,
    BLOCK_FILES,
    UNDO_FILES,
    XLSX,
    PARQUET,
    MYSQLDUMP,
    COIN_JSON,
    COIN_CSV,
    JSONL,
    LINES,
    DELIMITED,
)

__all__ = ["CONTAINERS", "LINES"]

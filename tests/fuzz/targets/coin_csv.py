"""Bitcoin transactions in CSV through their container: places that lead back, all rows counted."""

from __future__ import annotations

from fuzz.container_checks import check_container, smaller
from fuzz.target import Target, sample
from unspoof.ingest.container import Options
from unspoof.ingest.containers.coin_csv import COIN_CSV


def feed(data: bytes) -> None:
    """Read transactions."""
    check_container(COIN_CSV, data, Options(), small=smaller(COIN_CSV, 53))


TARGET = Target(
    "coin_csv",
    "a table of transactions whose inputs and outputs are JSON text",
    feed,
    (
        *sample("containers/coin-csv/transactions.csv"),
        b'hash;inputs;outputs\n"' + b"11" * 32 + b'";"[]";"[{""index"":0,""value"":5}]"\n',
        b"hash,inputs,outputs\n" + b"11" * 32 + b',[],"[{""value"":5},{""value"":""6""}]"\n',
    ),
    words=(b'""value"":', b'"[{', b'}]"', b'""', b"\n", b";", b"inputs", b"outputs", b"\\", b"hash"),
)

__all__ = ["TARGET"]

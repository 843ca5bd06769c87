"""Bitcoin transactions in JSON through their container: places that lead back, all rows counted."""

from __future__ import annotations

from fuzz.container_checks import check_container, smaller
from fuzz.target import Target, sample
from unspoof.ingest.container import Options
from unspoof.ingest.containers.coin_json import COIN_JSON


def feed(data: bytes) -> None:
    """Read transactions."""
    check_container(COIN_JSON, data, Options(), small=smaller(COIN_JSON, 53))


TARGET = Target(
    "coin_json",
    "a file of JSON with transactions: lines, a list, a document",
    feed,
    sample(*(f"containers/coin-json/{name}" for name in ("etl.jsonl", "rpc.jsonl", "esplora.json", "getblock.json"))),
    words=(
        b'"txid":',
        b'"vin":[',
        b'"vout":[',
        b"}\n{",
        b"},{",
        b"]}",
        b'{"unspoof_fetched":1,',
        b"\n\n",
        b"[{",
        b"\\u0022",
    ),
)

__all__ = ["TARGET"]

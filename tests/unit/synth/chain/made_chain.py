"""Reads a made-up chain's file line by line, knowing nothing of how it was made."""

from __future__ import annotations

import csv
import json
from hashlib import sha256
from pathlib import Path
from typing import Any

Row = dict[str, Any]


def read_chain(path: Path) -> list[Row]:
    """Return every transaction, in the order of the file."""
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def read_truth(folder: Path, name: str) -> list[Row]:
    """Return the rows of one file of the truth."""
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as sheet:
        return list(csv.DictReader(sheet))


def _size(count: int) -> bytes:
    return bytes([count]) if count < 0xFD else b"\xfd" + count.to_bytes(2, "little")


def serialised(tx: Row) -> bytes:
    """Return a transaction's bytes without witness, from what its line says alone."""
    parts = [tx["version"].to_bytes(4, "little"), _size(max(1, len(tx["inputs"])))]
    for item in tx["inputs"]:
        script = bytes.fromhex(item["script_hex"])
        parts += [bytes.fromhex(item["spent_transaction_hash"])[::-1], item["spent_output_index"].to_bytes(4, "little")]
        parts += [_size(len(script)), script, item["sequence"].to_bytes(4, "little")]
    if tx["is_coinbase"]:
        parts += [bytes(32), b"\xff" * 4, b"\x05\x03", tx["block_number"].to_bytes(3, "little"), b"\0", b"\xff" * 4]
    parts.append(_size(len(tx["outputs"])))
    for item in tx["outputs"]:
        script = bytes.fromhex(item["script_hex"])
        parts += [item["value"].to_bytes(8, "little"), _size(len(script)), script]
    return b"".join([*parts, tx["lock_time"].to_bytes(4, "little")])


def txid(tx: Row) -> str:
    """Return the id that a transaction's bytes have."""
    return sha256(sha256(serialised(tx)).digest()).digest()[::-1].hex()


def outputs(chain: list[Row]) -> dict[tuple[str, int], Row]:
    """Return every output by transaction and place."""
    return {(tx["hash"], item["index"]): item for tx in chain for item in tx["outputs"]}


def address(item: Row) -> str:
    """Return the one address of an input or output, empty for OP_RETURN."""
    return item["addresses"][0] if item["addresses"] else ""


def co_spends(chain: list[Row], left_out: set[str] = frozenset()) -> dict[str, str]:  # type: ignore[assignment]
    """Join addresses that were spent together; returns each one's least fellow. The plainest form of the heuristic."""
    parent: dict[str, str] = {}

    def top(one: str) -> str:
        while parent.setdefault(one, one) != one:
            parent[one] = one = parent[parent[one]]
        return one

    for tx in chain:
        spent = [address(item) for item in tx["inputs"]]
        for one in spent:
            top(one)
        if tx["hash"] not in left_out:
            for one in spent[1:]:
                parent[top(one)] = top(spent[0])
    return {one: top(one) for one in list(parent)}

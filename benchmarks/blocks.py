"""How fast blocks are parsed, txids included, beside embit: python benchmarks/blocks.py [BLOCK ...] [--rounds 5].

Each BLOCK is a bare block, packed with bzip2 or not; without one, those of tests/vectors/bitcoin. Every figure is CPU seconds
of one thread, the median over rounds in which the ways take turns. All give the txid of every transaction, and they are
compared. "whole block" works the merkle root out again too and checks values, inputs and work; "rows" makes every column of the
table of transactions, addresses and all. "plain" is the same code without Numba, in a process of its own.
"""

from __future__ import annotations

import argparse
import bz2
import io
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from unspoof.ingest.block_rows import COLUMNS, Placed, block_parts
from unspoof.parse.bitcoin.block import read_block
from unspoof.parse.bitcoin.transactions import compact_size, read_transactions, txids
from unspoof.parse.compiled import IS_COMPILED

VECTORS = Path(__file__).parents[1] / "tests" / "vectors" / "bitcoin"


def unpacked(path: Path) -> bytes:
    """Return the block in a file."""
    raw = path.read_bytes()
    return bz2.decompress(raw) if raw.startswith(b"BZh") else raw


def ours(raw: bytes) -> list[bytes]:
    """Parse every transaction into columns and work out every txid."""
    data = np.frombuffer(raw, np.uint8)
    count, first = compact_size(data, 80, len(data))
    return txids(read_transactions(data, int(first), len(data), int(count)))


def whole_block(raw: bytes) -> list[bytes]:
    """Do the same and check the block."""
    return [row.tobytes() for row in read_block(np.frombuffer(raw, np.uint8), 0, len(raw)).txids]


def rows(raw: bytes) -> list[bytes]:
    """Do all that and make the rows of the table of transactions."""
    block = read_block(np.frombuffer(raw, np.uint8), 0, len(raw))
    block_parts([Placed(block, block.height, False)], "mainnet", COLUMNS)
    return [row.tobytes() for row in block.txids]


def embit(raw: bytes) -> list[bytes]:
    """Parse every transaction with embit and work out every txid."""
    from embit import compact
    from embit.transaction import Transaction

    stream = io.BytesIO(raw)
    stream.seek(80)
    return [Transaction.read_from(stream).txid()[::-1] for _ in range(compact.read_from(stream))]


WAYS: dict[str, Callable[[bytes], list[bytes]]] = {
    "embit": embit,
    "ours": ours,
    "whole block": whole_block,
    "rows": rows,
}


def timed(way: Callable[[bytes], list[bytes]], raw: bytes) -> tuple[float, list[bytes]]:
    """Return the CPU seconds that a way took, and the txids that it gave."""
    start = time.process_time()
    found = way(raw)
    return time.process_time() - start, found


def measured(raw: bytes, names: list[str], rounds: int) -> dict[str, float]:
    """Return the median of each way; they take turns, after one round that does not count."""
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(rounds + 1):
        answers = []
        for name in names:
            took, found = timed(WAYS[name], raw)
            answers.append(found)
            if turn:
                seconds[name].append(took)
        assert all(one == answers[0] for one in answers), "the ways disagree on a txid"
    return {name: statistics.median(values) for name, values in seconds.items()}


def main() -> None:
    """Measure and print a table."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("blocks", nargs="*", type=Path)
    words.add_argument("--rounds", type=int, default=5)
    words.add_argument("--plain", action="store_true", help=argparse.SUPPRESS)
    given = words.parse_args()
    files = given.blocks or sorted(VECTORS.glob("block*.raw.bz2"))
    files = [file for file in files if "undo" not in file.name]
    if given.plain:
        found = {str(file): measured(unpacked(file), ["ours", "rows"], given.rounds) for file in files}
        print(json.dumps(found))
        return
    command = [sys.executable, __file__, "--plain", "--rounds", str(given.rounds), *map(str, files)]
    done = subprocess.run(command, env=os.environ | {"NUMBA_DISABLE_JIT": "1"}, capture_output=True, check=True)
    plain = json.loads(done.stdout)
    print(f"compiled: {IS_COMPILED}; load of the machine: {os.getloadavg()[0]:.1f}\n")
    print("| block | MB | transactions | embit ms | ours ms | times embit | whole block | rows | plain | plain rows |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for file in files:
        raw = unpacked(file)
        took = measured(raw, list(WAYS), given.rounds)
        base = took["embit"]
        cells = [
            file.name[:24], f"{len(raw) / 1e6:.2f}", f"{len(ours(raw)):,}", f"{base * 1e3:.1f}", f"{took['ours'] * 1e3:.1f}",
            *(f"{base / value:.1f}x" for value in (took["ours"], took["whole block"], took["rows"])),
            *(f"{base / plain[str(file)][name]:.1f}x" for name in ("ours", "rows")),
        ]  # fmt: skip
        print(f"| {' | '.join(cells)} |")


if __name__ == "__main__":
    main()

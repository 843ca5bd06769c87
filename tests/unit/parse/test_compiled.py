"""Functions of NumPy loops run alike whether they are compiled or not."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np

from unspoof.parse.compiled import IS_COMPILED, jit


@jit
def _doubled(number: int) -> int:
    return number * 2


@jit
def _summed(values: np.ndarray) -> int:  # type: ignore[type-arg]
    total = 0
    for value in values:
        total += _doubled(value)
    return total


def test_a_function_gives_the_same_compiled_and_plain() -> None:
    """One function may call another, and both forms agree."""
    values = np.arange(10)

    assert _summed(values) == 90
    assert getattr(_summed, "py_func", _summed)(values) == 90


def test_it_is_compiled_where_numba_is_installed() -> None:
    """`IS_COMPILED` says what is there."""
    assert (importlib.util.find_spec("numba") is not None) == IS_COMPILED


def test_numba_is_not_imported_before_it_is_needed() -> None:
    """Most commands never call compiled code and must not wait for the import."""
    code = "import sys, unspoof.ingest.containers; sys.exit('numba' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_everything_is_read_without_numba() -> None:
    """Where Numba is missing, the same code runs as it stands and reads the same of a real block."""
    code = """
import importlib.util, sys
whole = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: None if name == "numba" else whole(name, package)
import numpy as np
from block_kit import real
from unspoof.parse import compiled
from unspoof.parse.bitcoin.block import read_block
raw = real("block482683.raw")
block = read_block(np.frombuffer(raw, np.uint8), 0, len(raw))
assert not compiled.IS_COMPILED and "numba" not in sys.modules
print(len(block.transactions), len(block.transactions.input_at), len(block.transactions.values))
"""
    tests = str(Path(__file__).parents[2])
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, cwd=tests, text=True)

    assert done.stdout == "12 52 25\n"

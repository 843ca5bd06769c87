"""What an output script is, by the standard's templates, for columns of scripts; no script is run."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from unspoof.model.coin_tables import SCRIPT_TYPES
from unspoof.parse.compiled import jit

Bytes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]

P2PK, P2PKH, P2SH, P2WPKH, P2WSH, P2TR, P2A, MULTISIG, OP_RETURN, WITNESS_UNKNOWN, NONSTANDARD = range(
    len(SCRIPT_TYPES)
)
"""Codes of script types: their places in SCRIPT_TYPES."""

_ONE, _SIXTEEN, _RETURN, _DUP, _HASH160 = 0x51, 0x60, 0x6A, 0x76, 0xA9
_EQUAL, _EQUALVERIFY, _CHECKSIG, _CHECKMULTISIG = 0x87, 0x88, 0xAC, 0xAE
_MOST_KEYS = 20


@jit
def _key_size(first: Any) -> int:
    """Return the size of a public key that begins with this byte, 0 if none does."""
    if first == 2 or first == 3:
        return 33
    if first == 4 or first == 6 or first == 7:
        return 65
    return 0


@jit
def _witness(data: Any, at: int) -> int:
    version, length = np.int64(data[at]), np.int64(data[at + 1])
    if version == 0:
        if length == 20:
            return P2WPKH
        return P2WSH if length == 32 else NONSTANDARD
    if version == _ONE and length == 32:
        return P2TR
    if version == _ONE and length == 2 and data[at + 2] == 0x4E and data[at + 3] == 0x73:
        return P2A
    return WITNESS_UNKNOWN


@jit
def _push(data: Any, at: int, end: int) -> tuple[Any, Any]:
    """Return where the bytes stand that the operation at `at` pushes, and how many; -1 if it pushes none or is cut."""
    code = np.int64(data[at])
    start, size = at + 1, code
    if code == 76 and at + 2 <= end:
        start, size = at + 2, np.int64(data[at + 1])
    elif code == 77 and at + 3 <= end:
        start, size = at + 3, np.int64(data[at + 1]) | np.int64(data[at + 2]) << 8
    elif code == 0 or code > 75:
        return at, -1
    return (start, size) if start + size <= end else (at, -1)


@jit
def _count(data: Any, at: int, end: int) -> tuple[Any, Any]:
    """Return the number of 1 to 20 that the operation at `at` pushes, and where the next one stands; 0 if none."""
    if at >= end:
        return 0, at
    code = np.int64(data[at])
    if _ONE <= code <= _SIXTEEN:
        return code - _ONE + 1, at + 1
    if code == 1 and at + 2 <= end and 17 <= data[at + 1] <= _MOST_KEYS:
        return np.int64(data[at + 1]), at + 2
    return 0, at


@jit
def _is_multisig(data: Any, at: int, end: int) -> bool:
    """Say whether keys stand between two numbers and OP_CHECKMULTISIG, m of n with 1 <= m <= n <= 20."""
    needed, at = _count(data, at, end)
    keys = 0
    while needed and at < end and keys <= _MOST_KEYS:
        start, size = _push(data, at, end)
        if size < 33 or _key_size(np.int64(data[start])) != size:
            break
        at = start + size
        keys += 1
    stated, at = _count(data, at, end)
    return needed > 0 and stated == keys and needed <= keys and at + 1 == end and data[at] == _CHECKMULTISIG


@jit
def script_type(data: Any, at: int, size: int) -> int:
    """Return the code of the type of the script of `size` bytes at `at`; both must lie within `data`.

    Source: Bitcoin Core, Solver in src/script/solver.cpp (version 28), save that everything which begins with OP_RETURN
    is `op_return` here, whatever follows: nobody can spend it.
    """
    if size < 2:
        return OP_RETURN if size == 1 and data[at] == _RETURN else NONSTANDARD
    first, second, last = np.int64(data[at]), np.int64(data[at + 1]), np.int64(data[at + size - 1])
    if size == 23 and first == _HASH160 and second == 20 and last == _EQUAL:
        return P2SH
    if 4 <= size <= 42 and (first == 0 or _ONE <= first <= _SIXTEEN) and second + 2 == size:
        return _witness(data, at)
    if first == _RETURN:
        return OP_RETURN
    if (size == 35 or size == 67) and first == size - 2 and last == _CHECKSIG:
        return P2PK if _key_size(second) == size - 2 else NONSTANDARD
    if size == 25 and first == _DUP and second == _HASH160 and data[at + 2] == 20:
        return P2PKH if data[at + 23] == _EQUALVERIFY and last == _CHECKSIG else NONSTANDARD
    if size >= 37 and last == _CHECKMULTISIG and _is_multisig(data, at, at + size):
        return MULTISIG
    return NONSTANDARD


@jit
def _script_types(data: Any, starts: Any, sizes: Any, codes: Any) -> None:
    for row in range(len(starts)):
        at, size = starts[row], sizes[row]
        inside = 0 <= at <= len(data) and 0 <= size <= len(data) - at
        codes[row] = script_type(data, at, size) if inside else NONSTANDARD


def script_types(data: Bytes, starts: Places, sizes: Places) -> Bytes:
    """Return the code of each script's type, a place in SCRIPT_TYPES.

    Args:
        data: bytes that hold the scripts.
        starts: where each begins.
        sizes: how long each is; what does not lie within `data` is nonstandard.
    """
    codes = np.empty(len(starts), np.uint8)
    _script_types(data, starts, sizes, codes)
    return codes


__all__ = [
    "MULTISIG", "NONSTANDARD", "OP_RETURN", "P2A", "P2PK", "P2PKH", "P2SH", "P2TR", "P2WPKH", "P2WSH", "WITNESS_UNKNOWN",
    "script_type", "script_types",
]  # fmt: skip

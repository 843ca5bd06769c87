"""Segwit addresses, bech32 and bech32m: text to program, and columns of programs to text; not the networks' names."""

from __future__ import annotations

from functools import lru_cache, reduce
from operator import xor

import numpy as np
import numpy.typing as npt

from unspoof.errors import BadRequest

Bytes = npt.NDArray[np.uint8]

ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_DIGITS = {letter: value for value, letter in enumerate(ALPHABET)}
_LETTERS = np.frombuffer(ALPHABET.encode(), np.uint8)
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CHANGES = tuple(reduce(xor, (term for bit, term in enumerate(_GENERATOR) if top >> bit & 1), 0) for top in range(32))
"""What the five bits that leave the checksum on the left change in it."""
_BECH32, _BECH32M = 1, 0x2BC830A3
LONGEST = 90


def decode_segwit(text: str) -> tuple[str, int, bytes]:
    """Return the human-readable part, the witness version and the program of a segwit address.

    Raises:
        BadRequest: with the rule of BIP173 or BIP350 that it breaks.

    Source: BIP173 (2017), BIP350 (2020): version 0 has bech32's checksum, 1 to 16 bech32m's.
    """
    prefix, values, constant = _decode(text)
    if not values:
        raise BadRequest("it holds no witness version")
    version, program = values[0], _to_bytes(values[1:])
    if version > 16:
        raise BadRequest(f"witness version {version}; versions go to 16")
    if not 2 <= len(program) <= 40:
        raise BadRequest(f"a witness program of {len(program)} bytes; 2 to 40 are allowed")
    if version == 0 and len(program) not in (20, 32):
        raise BadRequest(f"a witness program of version 0 with {len(program)} bytes; it has 20 or 32")
    wanted, name = (_BECH32, "bech32") if version == 0 else (_BECH32M, "bech32m")
    if constant != wanted:
        raise BadRequest(f"witness version {version} needs the checksum of {name}, and this is the other one's")
    return prefix, version, program


def _decode(text: str) -> tuple[str, list[int], int]:
    """Return prefix, values of five bits and the checksum's constant."""
    if text.lower() != text and text.upper() != text:
        raise BadRequest("capitals and small letters are mixed")
    if len(text) > LONGEST:
        raise BadRequest(f"{len(text)} characters; a segwit address has at most {LONGEST}")
    folded = text.lower()
    mark = folded.rfind("1")
    if mark < 1 or mark + 7 > len(folded):
        raise BadRequest("no '1' stands between a prefix and at least six characters")
    prefix = folded[:mark]
    if any(not 33 <= ord(letter) <= 126 for letter in prefix):
        raise BadRequest("a character of the prefix is not printable ASCII")
    values = [_DIGITS.get(letter, -1) for letter in folded[mark + 1 :]]
    if -1 in values:
        place = mark + 1 + values.index(-1)
        raise BadRequest(f"{folded[place]!r} at place {place + 1} is no letter of bech32")
    constant = _polymod(values, _begun(prefix))
    if constant not in (_BECH32, _BECH32M):
        raise BadRequest("the checksum is wrong: a character is mistyped, missing or too many")
    return prefix, values[:-6], constant


def _spread(prefix: str) -> list[int]:
    return [ord(letter) >> 5 for letter in prefix] + [0] + [ord(letter) & 31 for letter in prefix]


@lru_cache(maxsize=64)
def _begun(prefix: str) -> int:
    """Return the checksum when the prefix has gone through it."""
    return _polymod(_spread(prefix), 1)


def _polymod(values: list[int], check: int) -> int:
    for value in values:
        check = (check & 0x1FFFFFF) << 5 ^ value ^ _CHANGES[check >> 25]
    return check


def _to_bytes(values: list[int]) -> bytes:
    number, bits = 0, 5 * len(values)
    for value in values:
        number = number << 5 | value
    left = bits % 8
    if left >= 5 or number & ((1 << left) - 1):
        raise BadRequest("the bits that fill up the last character are too many or not zero")
    return (number >> left).to_bytes(bits // 8, "big")


def encode_segwit(prefix: str, versions: Bytes, programs: Bytes) -> Bytes:
    """Write rows of witness programs as segwit addresses.

    Args:
        prefix: small letters.
        versions: 0 to 16, one a row.
        programs: one row a program, all of one width of 2 to 40 bytes.

    Returns:
        letters as ASCII codes, one row an address, all of one width.
    """
    rows, width = programs.shape
    count = -(-width * 8 // 5)
    bits = np.zeros((rows, count * 5), np.uint8)
    bits[:, : width * 8] = np.unpackbits(programs, axis=1)
    values = np.zeros((rows, 1 + count + 6), np.uint8)
    values[:, 0] = versions
    for bit in range(5):
        values[:, 1 : 1 + count] |= bits[:, bit::5] << np.uint8(4 - bit)
    check = _polymods(_begun(prefix), values)
    check ^= np.where(versions == 0, np.uint32(_BECH32), np.uint32(_BECH32M))
    for place in range(6):
        values[:, 1 + count + place] = (check >> np.uint32(5 * (5 - place))) & np.uint32(31)
    head = np.tile(np.frombuffer(f"{prefix}1".encode(), np.uint8), (rows, 1))
    return np.concatenate([head, _LETTERS[values]], axis=1)


def _polymods(start: int, values: Bytes) -> npt.NDArray[np.uint32]:
    check, changes = np.full(len(values), start, np.uint32), np.array(_CHANGES, np.uint32)
    for place in range(values.shape[1]):
        top = check >> np.uint32(25)
        check = ((check & np.uint32(0x1FFFFFF)) << np.uint32(5)) ^ values[:, place] ^ changes[top]
    return check


__all__ = ["ALPHABET", "LONGEST", "decode_segwit", "encode_segwit"]

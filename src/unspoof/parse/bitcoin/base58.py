"""Base58 with a checksum of four bytes: text to bytes, and columns of bytes to text; what the bytes mean is not known."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import numpy as np
import numpy.typing as npt

from unspoof.errors import BadRequest

Bytes = npt.NDArray[np.uint8]
Sizes = npt.NDArray[np.int64]

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_DIGITS = {letter: value for value, letter in enumerate(ALPHABET)}
_LETTERS = np.frombuffer(ALPHABET.encode(), np.uint8)
_AT_ONCE = 5
"""Digits taken off in one division: 58 ** 5 is below 2 ** 32, so a remainder and a limb fit 64 bits."""
_DIVISOR = np.uint64(58**_AT_ONCE)
LONGEST = 120
"""Characters; no address has more than 35, and decoding takes time by the square of this."""


def decode_check(text: str) -> bytes:
    """Return the bytes that a base58 text with a checksum stands for, without the checksum.

    Raises:
        BadRequest: a letter is not of the alphabet (0, O, I and l are left out), or the checksum is wrong.

    Source: Bitcoin Core, src/base58.cpp; the alphabet is that of its first release.
    """
    if not text or len(text) > LONGEST:
        raise BadRequest(f"{len(text)} characters are no base58 text with a checksum")
    number = 0
    for place, letter in enumerate(text):
        if letter not in _DIGITS:
            raise BadRequest(f"{letter!r} at place {place + 1} is no letter of base58")
        number = number * 58 + _DIGITS[letter]
    zeros = len(text) - len(text.lstrip("1"))
    whole = bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")
    if len(whole) < 4:
        raise BadRequest("too short for a base58 text with a checksum")
    if checksum(whole[:-4]) != whole[-4:]:
        raise BadRequest("the checksum is wrong: a character is mistyped, missing or too many")
    return whole[:-4]


def checksum(payload: bytes) -> bytes:
    """Return the first four bytes of the double SHA-256."""
    return sha256(sha256(payload).digest()).digest()[:4]


def encode_check(payloads: Bytes) -> tuple[Bytes, Sizes]:
    """Write rows of bytes as base58 texts with checksums.

    Args:
        payloads: one row a text, all of one width.

    Returns:
        letters as ASCII codes, each row's at its right end; how many letters each row has.
    """
    rows, width = payloads.shape
    whole = np.empty((rows, width + 4), np.uint8)
    whole[:, :width] = payloads
    packed = payloads.tobytes()
    checks = b"".join([checksum(packed[at : at + width]) for at in range(0, rows * width, width)])
    whole[:, width:] = np.frombuffer(checks, np.uint8).reshape(rows, 4)
    digits = _digits(whole)
    zeros = _leading_zeros(whole)
    sizes = zeros + digits.shape[1] - _leading_zeros(digits)
    # a leading zero byte is written as the digit 0 ('1'), and the number's own zeros in front are not written
    return _LETTERS[digits], np.minimum(sizes, digits.shape[1])


def _digits(whole: Bytes) -> Bytes:
    """Return the digits of base 58 of each row, by long division of 32-bit limbs, all rows at once."""
    rows, width = whole.shape
    room = -width % 4
    padded = np.zeros((rows, width + room), np.uint8)
    padded[:, room:] = whole
    limbs: npt.NDArray[Any] = padded.reshape(rows, -1, 4).astype(np.uint64)
    limbs = (limbs[:, :, 0] << 24) | (limbs[:, :, 1] << 16) | (limbs[:, :, 2] << 8) | limbs[:, :, 3]
    needed = -(-(width * 138 // 100 + 1) // _AT_ONCE) * _AT_ONCE
    digits = np.zeros((rows, needed), np.uint8)
    for end in range(needed, 0, -_AT_ONCE):
        left = np.zeros(rows, np.uint64)
        for limb in range(limbs.shape[1]):
            value = (left << np.uint64(32)) | limbs[:, limb]
            limbs[:, limb] = value // _DIVISOR
            left = value - limbs[:, limb] * _DIVISOR
        for place in range(end - 1, end - 1 - _AT_ONCE, -1):
            digits[:, place] = left % np.uint64(58)
            left //= np.uint64(58)
    return digits


def _leading_zeros(rows: Bytes) -> Sizes:
    """Return how many zeros stand at the beginning of each row."""
    filled = rows != 0
    zeros: Sizes = np.where(filled.any(axis=1), filled.argmax(axis=1), rows.shape[1]).astype(np.int64)
    return zeros


__all__ = ["ALPHABET", "LONGEST", "checksum", "decode_check", "encode_check"]

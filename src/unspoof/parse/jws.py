"""The three parts of a JWS in compact serialisation to bytes, strictly; it verifies nothing.

Source: RFC 7515 sections 2 and 7.1 (base64url without padding, line breaks or other characters), RFC 7518 section 3.4 (an
ES256 signature is r and s, 32 bytes each). Bits that the last character leaves over must be zero, else one signature would
have several texts.
"""

from __future__ import annotations

import base64
import binascii
import re

LONGEST_PART = 22_000
"""Characters: what 16 KiB of JSON take."""

_ALPHABET = re.compile(r"[A-Za-z0-9_-]*")
_SPARE = (b"", b"", b"AQgw", b"AEIMQUYcgkosw048")
"""Last characters whose left-over bits are zero, by the length modulo 4."""
_PAD = (b"", b"", b"==", b"=")
_STANDARD = bytes.maketrans(b"-_+/=", b"+/!!!")
"""To the alphabet that the reader knows; what base64url has not becomes what the reader refuses."""


class NotBase64Url(ValueError):
    """The text is not strict base64url; the message says why."""


def decode_part(text: str) -> bytes:
    """Return the bytes of one part.

    Raises:
        NotBase64Url: a character outside the alphabet, padding, an impossible length, bits left over, or too long.
    """
    if len(text) > LONGEST_PART:
        raise NotBase64Url(f"it has {len(text)} characters; {LONGEST_PART} are read")
    try:
        return decode_ascii(text.encode("ascii"))
    except (binascii.Error, UnicodeEncodeError):
        raise NotBase64Url(_why(text)) from None


def decode_ascii(part: bytes) -> bytes:
    """Return the bytes of one part of any length, given as ASCII.

    Raises:
        NotBase64Url: bits left over, or an impossible length.
        binascii.Error: a character outside the alphabet, padding, or an impossible length.
    """
    over = len(part) & 3
    raw = binascii.a2b_base64(part.translate(_STANDARD) + _PAD[over], strict_mode=True)
    if over and part[-1] not in _SPARE[over]:
        raise NotBase64Url("its length is impossible" if over == 1 else "its last character has bits left over")
    return raw


def _why(text: str) -> str:
    if _ALPHABET.fullmatch(text) is None:
        return "it is padded" if text.rstrip("=") != text else "it has a character that base64url has not"
    return "its length is impossible"


def encode_part(data: bytes) -> str:
    """Return bytes as one part of a JWS."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


__all__ = ["LONGEST_PART", "NotBase64Url", "decode_ascii", "decode_part", "encode_part"]

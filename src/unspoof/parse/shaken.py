"""An ordinary shaken token in its ordinary header, read in one go; whatever departs from it is for passport.py to read.

Nearly every signed call carries one: the deterministic form of RFC 8225 section 9 with the claims of RFC 8588 and no others,
one called number, and nothing that would be a problem or an oddity. What is read here reads the same there.
"""

from __future__ import annotations

import binascii
import re
from functools import lru_cache
from typing import NamedTuple

from unspoof.parse.identity_header import LONGEST_HEADER, IdentityHeader, ordinary_parameters
from unspoof.parse.jose import LONGEST_KEPT, read_jose
from unspoof.parse.jws import NotBase64Url, decode_ascii

_LONGEST_TAIL = 512
_SIGNATURE = 86
"""Characters of 64 bytes."""
_CLAIMS = re.compile(
    r'\{"attest":"([ABC])","dest":\{"tn":\["([0-9]{1,15})"\]\},"iat":([1-9][0-9]{8,9}),"orig":\{"tn":"([0-9]{1,15})"\},'
    r'"origid":"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"\}'
)


class Addresses(NamedTuple):
    """Where the certificate is said to be."""

    info: str
    """By the Identity header."""
    x5u: str | None
    """By the token."""
    are_one: bool
    """Whether both are the same, and begin with https://."""


class PlainShaken(NamedTuple):
    """What an ordinary token says; every field was checked for its form."""

    token: str
    addresses: Addresses
    attest: str
    dest: str
    """Canonical digits."""
    iat: str
    """Digits of unix seconds."""
    orig: str
    origid: str
    signature: bytes
    signing_input: bytes

    @property
    def alg(self) -> str:
        """What it is signed with."""
        return "ES256"

    @property
    def undone(self) -> str:
        """Nothing: its signed bytes are all here."""
        return ""


def read_plain(text: str) -> PlainShaken | None:
    """Return an ordinary shaken token in an ordinary Identity header; None for whatever is not.

    Args:
        text: the header's value.
    """
    token, _, tail = text.partition(";")
    head = token[: token.find(".")]
    if len(tail) > _LONGEST_TAIL or len(head) > LONGEST_KEPT or len(text) > LONGEST_HEADER:
        return None
    addresses = _addresses(head, tail)
    return _read(token, len(head), addresses) if addresses is not None else None


def plain_of(header: IdentityHeader) -> PlainShaken | None:
    """Return the ordinary shaken token of a header that was read already; None for whatever is not."""
    head = header.token[: header.token.find(".")]
    if header.problems or header.oddities or header.alg != "ES256" or header.ppt != "shaken" or header.info is None:
        return None
    if len(head) > LONGEST_KEPT:
        return None
    addresses = _named(head, header.info)
    return _read(header.token, len(head), addresses) if addresses is not None else None


@lru_cache(maxsize=1024)
def _addresses(head: str, tail: str) -> Addresses | None:
    """Return the addresses in the token's first part and in the parameters, which all calls of one signer share."""
    found = ordinary_parameters(tail)
    if found is None or found[1:] != ("ES256", "shaken"):
        return None
    return _named(head, found[0])


def _named(head: str, info: str) -> Addresses | None:
    jose = read_jose(head)
    if jose.alg != "ES256" or jose.ppt != "shaken" or jose.problems or jose.oddities:
        return None
    return Addresses(info, jose.x5u, jose.x5u == info and info.startswith("https://"))


def _read(token: str, head: int, addresses: Addresses) -> PlainShaken | None:
    try:
        signed, dot, third = token.encode("ascii").rpartition(b".")
        if not dot or len(third) != _SIGNATURE:
            return None
        signature = decode_ascii(third)
        found = _CLAIMS.fullmatch(decode_ascii(signed[head + 1 :]).decode("ascii"))
    except (NotBase64Url, binascii.Error, UnicodeError):
        return None
    if found is None:
        return None
    return tuple.__new__(PlainShaken, (token, addresses, *found.groups(), signature, signed))


__all__ = ["Addresses", "PlainShaken", "plain_of", "read_plain"]

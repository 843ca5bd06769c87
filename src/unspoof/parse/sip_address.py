"""Addresses in SIP headers (From, To, P-Asserted-Identity, Contact) and their URIs; what a number means is numbers.py's.

An address is read from the left: quoted display name first, so that whatever stands within quotes is never taken for
the URI. Source: RFC 3261 sections 20.10, 20.20 and 25.1 (name-addr, addr-spec); RFC 3966 (tel).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from unspoof.model.lists import split_list
from unspoof.parse.sip_headers import read_text

LONGEST_VALUE = 8_192
"""Bytes of a header's value that are looked at for addresses."""
MOST_ADDRESSES = 32
"""Addresses read from one value."""

# Every token ends where it must or at the end of the value, and none is tried twice: time is linear in the value.
_TOKENS = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|<[^<>]*+>|,|[^",<]++|<', re.DOTALL)
_NAMED = re.compile(rb'\s*+(?:"((?:[^"\\]++|\\.)*+)"\s*+|([^<"]*+))<([^<>]*+)>([^<>]*+)\Z', re.DOTALL)
_LAST = re.compile(rb"<([^<>]*)>([^<>]*)\Z", re.DOTALL)
_ESCAPE = re.compile(rb"%([0-9A-Fa-f]{2})")
_PAIR = re.compile(rb"\\(.)", re.DOTALL)
_DIGITS = re.compile(rb"\+?[0-9][0-9.()\-]*+\Z")


class SipAddress(NamedTuple):
    """One address, every part as octets of the message."""

    display: bytes | None
    """Display name without its quotes and with its escapes undone; None if there is none."""
    uri: bytes
    """As it stands, without the angle brackets."""
    scheme: str
    """'sip', 'sips', 'tel' or another in lower case; '' if there is none."""
    user: bytes
    """What is before the @ of a SIP URI, or the number of a tel URI with its parameters."""
    host: bytes
    """Host and port of a SIP URI."""
    params: bytes
    """Parameters of the header behind the address, as they stand."""
    oddities: tuple[str, ...]
    tag: bytes
    """The tag parameter of the header; b'' if there is none."""
    number: str
    """The number, or what stands in its place ('anonymous'), as the message has it.

    Parameters of the user part and %-escapes are undone; a number that counts only within a phone-context is given as
    the whole tel URI, so that a reader of numbers sees the context.
    """
    is_number: bool
    """Whether the user part is written as a telephone number."""


def parameter(params: bytes, name: bytes) -> bytes:
    """Return the value of the first parameter of that name (any capitals) in ';a=b;c'; b'' if there is none."""
    if name + b"=" in params and b'"' not in params:
        # the usual spelling, without blanks
        for part in params.split(b";"):
            if part.startswith(name + b"="):
                return part[len(name) + 1 :].strip()
    for part in params[:LONGEST_VALUE].split(b";"):
        key, _, value = part.partition(b"=")
        if key.strip().lower() == name:
            return value.strip()
    return b""


def split_addresses(value: bytes) -> list[bytes]:
    """Cut a header's value at the commas that stand outside quotes and angle brackets."""
    if b"," not in value:
        return [value]
    parts: list[bytes] = []
    start = 0
    for token in _TOKENS.finditer(value[:LONGEST_VALUE]):
        if token[0] == b"," and len(parts) < MOST_ADDRESSES - 1:
            parts.append(value[start : token.start()])
            start = token.end()
    parts.append(value[start:])
    return parts


@lru_cache(maxsize=4096)
def _cached(value: bytes) -> SipAddress:
    return _read(value)


def read_address(value: bytes) -> SipAddress:
    """Read one address; whatever the octets are, something is returned, and `oddities` says what is not as it should."""
    return _cached(value) if len(value) <= 512 else _read(value)


def _read(value: bytes) -> SipAddress:
    odd: list[str] = []
    if len(value) > LONGEST_VALUE:
        odd.append("address-too-long")
        value = value[:LONGEST_VALUE]
    display, uri, params = _parts(value, odd)
    scheme, user, host = _uri(uri, odd)
    tag = parameter(params, b"tag")
    is_number = _DIGITS.match(user.partition(b";")[0]) is not None
    return SipAddress(display, uri, scheme, user, host, params, tuple(odd), tag, _number(scheme, user), is_number)


def _number(scheme: str, user: bytes) -> str:
    plain = user.partition(b";")[0]
    if scheme != "tel":
        plain = plain.partition(b":")[0]
    if b"phone-context" in user and not plain.startswith(b"+"):
        return "tel:" + read_text(user)
    if b"%" in plain:
        plain = _ESCAPE.sub(lambda code: bytes((int(code[1], 16),)), plain)
    return read_text(plain)


def _parts(value: bytes, odd: list[str]) -> tuple[bytes | None, bytes, bytes]:
    found = _NAMED.match(value)
    if found:
        quoted, bare, uri, params = found.groups()
        if quoted is not None:
            return _PAIR.sub(rb"\1", quoted), uri.strip(), params.strip()
        return bare.strip() or None, uri.strip(), params.strip()
    if b"<" not in value and b'"' not in value:
        # without brackets what follows a ';' belongs to the header (RFC 3261 section 20)
        uri, mark, params = value.partition(b";")
        return None, uri.strip(), mark + params.strip()
    odd.append("address-unclear")
    last = _LAST.search(value, max(0, value.rfind(b"<")))
    if last:
        return value[: last.start()].strip() or None, last[1].strip(), last[2].strip()
    return None, value.strip(), b""


def _uri(uri: bytes, odd: list[str]) -> tuple[str, bytes, bytes]:
    scheme, colon, rest = uri.partition(b":")
    kind = scheme.lower()
    if kind in (b"sip", b"sips") and colon:
        user, at, place = rest.partition(b"@")
        if not at:
            user, place = b"", rest
        elif b"@" in place:
            odd.append("several-at-signs")
        return kind.decode(), user, place.partition(b";")[0].partition(b"?")[0].strip()
    if kind == b"tel" and colon:
        return "tel", rest, b""
    odd.append("address-no-uri" if not colon or not kind.isalpha() else "address-other-scheme")
    return (kind.decode() if colon and kind.isalpha() and len(kind) < 32 else ""), b"" if colon else uri, b""


def first_number(listed: str) -> str | None:
    """Return the number of the first address in a list of header values that is a telephone number.

    Args:
        listed: values as model/lists.py joins them, e.g. of P-Asserted-Identity (RFC 3325 allows a sip and a tel URI).

    Returns:
        the number as it stands, or that of the first address where none is a number; None without any address.

    """
    values = [value.encode("utf-8", "replace") for value in split_list(listed)[:MOST_ADDRESSES]]
    found = [read_address(part) for value in values for part in split_addresses(value)]
    best = next((address for address in found if address.is_number), found[0] if found else None)
    return (best.number or None) if best else None


__all__ = [
    "LONGEST_VALUE",
    "MOST_ADDRESSES",
    "SipAddress",
    "first_number",
    "parameter",
    "read_address",
    "split_addresses",
]

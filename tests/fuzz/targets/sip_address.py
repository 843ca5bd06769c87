"""Addresses of SIP headers: a display name can hold anything and is never taken for the URI."""

from __future__ import annotations

from fuzz.target import Target
from unspoof.parse.sip_address import (
    LONGEST_VALUE,
    MOST_ADDRESSES,
    first_number,
    parameter,
    read_address,
    split_addresses,
)

_TRUE = b"sip:+447700900123@192.0.2.1"


def feed(data: bytes) -> None:
    """Read the octets as a list of addresses, and as the display name of a known one."""
    one = read_address(data)
    assert one == read_address(bytes(data)), "another answer the second time"
    assert one.uri in data
    assert one.user in one.uri
    assert one.host in one.uri
    assert one.scheme == one.scheme.lower()
    assert isinstance(one.number, str)
    assert one.is_number in (True, False)
    assert first_number(one.number) is None or isinstance(first_number(one.number), str)
    assert parameter(data, b"tag") in data
    parts = split_addresses(data)
    assert len(parts) <= MOST_ADDRESSES
    assert b",".join(parts) == data, "octets are lost between addresses"
    if len(data) > LONGEST_VALUE // 4:
        return
    quoted = b'"' + data.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'" <' + _TRUE + b">;tag=1"
    shown = read_address(quoted)
    assert shown.uri == _TRUE, "a display name is taken for the URI"
    assert shown.number == "+447700900123"
    assert shown.display == data, "the display name is not what was written"
    assert shown.tag == b"1"
    assert split_addresses(quoted) == [quoted], "a comma in a display name parts the address"


TARGET = Target(
    "sip_address",
    "the value of a From, To or P-Asserted-Identity header; also a display name",
    feed,
    (
        b'"Bank <sip:+442079460001@192.0.2.9>" <sip:07700900124@192.0.2.7;user=phone>;tag=a',
        b"sip:07700900124@192.0.2.7;tag=a",
        b"<tel:1632960001;phone-context=+44>, <sip:a%40b:secret@[2001:db8::1]:5060>",
        b'"open <sip:x@y>',
        b"Anonymous <sip:anonymous@anonymous.invalid>",
    ),
    words=(
        b"<sip:",
        b"sips:",
        b"tel:",
        b">",
        b'"',
        b'\\"',
        b"\\",
        b"@",
        b",",
        b";tag=",
        b"%2B",
        b";phone-context=",
        b"[::1]",
        b"<>",
    ),
    most=1024,
)

__all__ = ["TARGET"]

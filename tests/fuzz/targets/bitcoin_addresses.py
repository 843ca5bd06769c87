"""Texts as bitcoin addresses: an address leads to its script and back, anything else has a reason."""

from __future__ import annotations

from fuzz.target import Target, text_of
from unspoof.model.coin_tables import SCRIPT_TYPES
from unspoof.parse.bitcoin.addresses import address_of, check_address


def feed(data: bytes) -> None:
    """Check a text."""
    text = text_of(data)
    found = check_address(text)
    assert found.is_address == bool(found.script) == bool(found.networks), "half an address"
    if not found.is_address:
        assert len(found.reason) < 300, "a reason as long as its text"
        return
    assert found.script_type in SCRIPT_TYPES
    for network in found.networks:
        assert address_of(found.script, network) in (text, text.lower()), "another address"


TARGET = Target(
    "bitcoin_addresses",
    "a text",
    feed,
    (
        b"mfWyW5fc9NUj75YAnFgoRLrjxgLDn2MMth", b"2MsFDzHRUAMpjHxKyoEHU3aMCMsVtMqs1PV", b"BC1SW50QGDZ25J",
        b"bcrt1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqdku202", b"bcrt1pfeesnyr2tx", b"bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs",
        b"tb1qqqqqp399et2xygdj5xreqhjjvcmzhxw4aywxecjdzew6hylgvsesrxh6hy", b"bc1gmk9yu", b"", b"1", b"ltc1qqq",
        b"tb1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vpggkg4j", b"mfWyW5fc9NUj75YAnFgoRLrjxgLDn2MM0h",
    ),
    words=(b"bc1", b"tb1", b"bcrt1", b"1", b"q", b"p", b"BC1"),
    most=200,
)  # fmt: skip

__all__ = ["TARGET"]

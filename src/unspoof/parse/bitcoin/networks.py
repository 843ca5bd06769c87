"""What tells bitcoin's networks apart in addresses and block files; not their rules."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Network:
    """One network, by the constants of Bitcoin Core's chain parameters."""

    name: str
    key_hash: int
    """First byte of a base58 address that pays to the hash of a key."""
    script_hash: int
    """First byte of a base58 address that pays to the hash of a script."""
    prefix: str
    """Human-readable part of a segwit address."""
    magic: bytes
    """Four bytes before each block in a block file; b'' where they differ from one such network to the next."""
    genesis: str
    """Hash of its first block, as explorers print it; '' where unknown."""


_GENESIS = "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f"
_TEST_GENESIS = "000000000933ea01ad0ee984209779baaec3ced90fa3f408719526f8d77f4943"
_SIG_GENESIS = "00000008819873e925422c1ff0f99f7cc9bbb232af63a077a480a3633bee1ef6"
_REG_GENESIS = "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206"
_TEST4_GENESIS = "00000000da84f2bafbbc53dee25a72ae507ff4914b867c565be350b0da8bf043"

NETWORKS = (
    Network("mainnet", 0x00, 0x05, "bc", b"\xf9\xbe\xb4\xd9", _GENESIS),
    Network("testnet", 0x6F, 0xC4, "tb", b"\x0b\x11\x09\x07", _TEST_GENESIS),
    Network("testnet4", 0x6F, 0xC4, "tb", b"\x1c\x16\x3f\x28", _TEST4_GENESIS),
    Network("signet", 0x6F, 0xC4, "tb", b"\x0a\x03\xcf\x40", _SIG_GENESIS),
    Network("regtest", 0x6F, 0xC4, "bcrt", b"\xfa\xbf\xb5\xda", _REG_GENESIS),
)
"""Every network that addresses and block files are read of; those that share a form of address stand in this order.

Source: Bitcoin Core, src/kernel/chainparams.cpp (version 28); BIP325 for signet.
"""

_BY_NAME = {network.name: network for network in NETWORKS}


def network_named(name: str) -> Network:
    """Return the network of that name; KeyError for a name that is not in NETWORKS."""
    return _BY_NAME[name]


__all__ = ["NETWORKS", "Network", "network_named"]

"""A node's proof that a transaction is in a block, and a server's branch and header."""

from __future__ import annotations

import contextlib

from fuzz.target import Target
from unspoof.errors import UnspoofError
from unspoof.parse.bitcoin.merkle import check_branch
from unspoof.parse.chain_json.cells import BadTransaction
from unspoof.parse.chain_json.sealed import read_branch, read_header
from unspoof.parse.chain_json.tx_out_proof import read_tx_out_proof

_TXID = "11" * 32
_LEAF = bytes.fromhex(_TXID)


def feed(data: bytes) -> None:
    """Read the bytes as each of them."""
    try:
        header, branch = read_tx_out_proof(_TXID, data)
    except BadTransaction:
        pass
    else:
        assert branch.txid == _LEAF, "a branch of something else"
        assert len(header) == 80, "no header"
        with contextlib.suppress(UnspoofError):
            check_branch(branch, header[36:68])
    for read in (read_branch, read_header):
        with contextlib.suppress(BadTransaction, UnspoofError):
            read(_TXID, data)


TARGET = Target(
    "tx_out_proof",
    "a proof of gettxoutproof, a branch or a header",
    feed,
    (
        bytes(80) + b"\x01\0\0\0\x01" + _LEAF + b"\x01\x01",
        bytes(80) + b"\x02\0\0\0\x02" + _LEAF + bytes(32) + b"\x01\x03",
        b'{"block_height":1,"merkle":["' + _TXID.encode() + b'"],"pos":1}',
        b'{"result":"'
        + (bytes(80) + b"\x01\0\0\0\x01" + _LEAF + b"\x01\x01").hex().encode()
        + b'","error":null,"id":1}',
        b"00" * 80,
    ),
    words=(_LEAF, b'"merkle":[', b'"pos":', b'"result":'),
    most=4096,
)

__all__ = ["TARGET"]

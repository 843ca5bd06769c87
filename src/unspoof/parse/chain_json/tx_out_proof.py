"""A node's proof that a transaction is in a block (gettxoutproof), turned into a branch; it checks no header.

Source: BIP 37, section Partial Merkle branch format; Bitcoin Core, src/merkleblock.cpp.
"""

from __future__ import annotations

from dataclasses import dataclass

from unspoof.parse.bitcoin.merkle import Branch, double_sha
from unspoof.parse.chain_json.cells import BadTransaction

_MOST_TRANSACTIONS = 1 << 20
"""A block of 4 million weight units has fewer."""


@dataclass
class _Tree:
    """A partial tree that is walked once, from its root down."""

    total: int
    hashes: list[bytes]
    flags: bytes
    wanted: bytes
    used_hashes: int = 0
    used_flags: int = 0
    found: tuple[int, list[bytes]] | None = None

    def width(self, height: int) -> int:
        return (self.total + (1 << height) - 1) >> height

    def walk(self, height: int, at: int) -> tuple[bytes, bool]:
        """Return the hash of a node and whether the wanted leaf is under it; its partners are kept on the way up."""
        if self.used_flags >= 8 * len(self.flags):
            raise BadTransaction("a proof that ends too early")
        flag = self.flags[self.used_flags >> 3] >> (self.used_flags & 7) & 1
        self.used_flags += 1
        if height == 0 or not flag:
            if self.used_hashes >= len(self.hashes):
                raise BadTransaction("a proof that ends too early")
            own = self.hashes[self.used_hashes]
            self.used_hashes += 1
            if height == 0 and flag and own == self.wanted and self.found is None:
                self.found = at, []
                return own, True
            return own, False
        left, in_left = self.walk(height - 1, 2 * at)
        right, in_right = left, False
        if 2 * at + 1 < self.width(height - 1):
            right, in_right = self.walk(height - 1, 2 * at + 1)
            if right == left:
                raise BadTransaction("a proof in which a hash stands twice")
        if self.found is not None and (in_left or in_right):
            self.found[1].append(right if in_left else left)
        return double_sha(left + right), in_left or in_right


def read_tx_out_proof(txid: str, raw: bytes) -> tuple[bytes, Branch]:
    """Return the block header and the branch of one transaction.

    Args:
        txid: the transaction that the proof was asked for.
        raw: header, number of transactions, hashes and flags, as the node serialises them.

    Raises:
        BadTransaction: it is no such proof, or none of that transaction.
    """
    header, total = raw[:80], int.from_bytes(raw[80:84], "little")
    count, at = _size(raw, 84)
    flags_at = at + 32 * count
    if len(raw) < 85 or not 0 < total <= _MOST_TRANSACTIONS or count > total or flags_at > len(raw):
        raise BadTransaction("no proof of a node")
    flag_bytes, start = _size(raw, flags_at)
    if start + flag_bytes != len(raw):
        raise BadTransaction("a proof of another length than it says")
    hashes = [raw[i : i + 32] for i in range(at, flags_at, 32)]
    tree = _Tree(total, hashes, raw[start:], bytes.fromhex(txid)[::-1])
    tree.walk((total - 1).bit_length(), 0)
    if tree.used_hashes != count or (tree.used_flags + 7) // 8 != flag_bytes or tree.found is None:
        raise BadTransaction("a proof of something else")
    return header, Branch(tree.wanted, tree.found[0], tuple(tree.found[1]))


def _size(raw: bytes, at: int) -> tuple[int, int]:
    """Read a CompactSize; return it and the place behind it."""
    first = raw[at] if at < len(raw) else 0
    width = {0xFD: 2, 0xFE: 4, 0xFF: 8}.get(first, 0)
    if not width:
        return first, at + 1
    return int.from_bytes(raw[at + 1 : at + 1 + width], "little"), at + 1 + width


__all__ = ["read_tx_out_proof"]

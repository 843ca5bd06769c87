"""One block: header, transactions, and whether they are those that the header commits to; no rules of consensus beyond."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from unspoof.errors import BadExhibit
from unspoof.parse.bitcoin.merkle import double_sha, merkle_root
from unspoof.parse.bitcoin.transactions import (
    NO_COIN,
    Bytes,
    Transactions,
    as_rows,
    compact_size,
    read_transactions,
    transactions_end,
    txids,
)  # fmt: skip

HEADER_SIZE = 80
MOST_BLOCK = 4_000_000
"""Bytes; Bitcoin Core's MAX_BLOCK_SERIALIZED_SIZE."""
LEAST_BLOCK = HEADER_SIZE + 1 + 60


@dataclass(frozen=True)
class Header:
    """The 80 bytes that are mined. Hashes are as hashed: explorers print them from the last byte to the first."""

    version: int
    previous: bytes
    merkle_root: bytes
    time: int
    """Seconds since 1970 UTC, as the miner set it."""
    bits: int
    nonce: int
    hash: bytes


@dataclass(frozen=True)
class Block:
    """A block whose transactions are those that its header commits to."""

    header: Header
    transactions: Transactions
    txids: Bytes
    """One row of 32 bytes a transaction."""
    height: int | None
    """As its coinbase states it (BIP34); None for version 1."""


def read_header(raw: bytes) -> Header:
    """Read the header at the beginning of `raw`; BadExhibit if there are not 80 bytes.

    Source: Bitcoin Core, src/primitives/block.h.
    """
    if len(raw) < HEADER_SIZE:
        raise BadExhibit(f"{len(raw)} bytes hold no block header")
    version, previous, root, time, bits, nonce = struct.unpack_from("<i32s32sIII", raw)
    return Header(version, previous, root, time, bits, nonce, double_sha(raw[:HEADER_SIZE]))


def has_work(header: Header) -> bool:
    """Say whether the header's hash is below the target that it states itself.

    Limits: a target that its network would not allow is not noticed; `bits` says how hard it was.
    """
    return 0 < int.from_bytes(header.hash, "little") <= target_of(header.bits)


def target_of(bits: int) -> int:
    """Return the target that `bits` of a header states: a hash must not be above it; 0 where it states none.

    Source: Bitcoin Core, src/arith_uint256.cpp, SetCompact.
    """
    exponent, mantissa = bits >> 24, bits & 0xFFFFFF
    if mantissa > 0x7FFFFF or exponent > 34:
        return 0
    return mantissa << 8 * (exponent - 3) if exponent >= 3 else mantissa >> 8 * (3 - exponent)


def begins_like_block(raw: bytes) -> bool:
    """Say whether `raw` begins with a header and a transaction that makes new coin (some 150 bytes are looked at)."""
    if len(raw) < LEAST_BLOCK:
        return False
    width = {253: 3, 254: 5}.get(raw[HEADER_SIZE], 1)
    at = HEADER_SIZE + width + 4
    at += 2 if raw[at : at + 2] == b"\0\1" else 0
    return raw[at : at + 1] == b"\1" and raw[at + 1 : at + 37] == NO_COIN


def stated_height(raw: bytes) -> int | None:
    """Return the height that the coinbase of a block states; None for version 1 and where none is there.

    Args:
        raw: the beginning of a block, some 200 bytes.

    Source: BIP34. Limits: blocks of version 2 before the rule held (main network: height 227,931) may state anything.
    """
    if not begins_like_block(raw) or struct.unpack_from("<i", raw)[0] < 2:
        return None
    at = raw.index(NO_COIN, HEADER_SIZE) + len(NO_COIN)
    script = raw[at + 1 : at + 1 + min(raw[at], 100)]
    if not script:
        return None
    if 0x51 <= script[0] <= 0x60:
        return script[0] - 0x50
    size = script[0]
    if not 1 <= size <= 4 or len(script) < 1 + size or script[size] & 0x80:
        return 0 if size == 0 else None
    return int.from_bytes(script[1 : 1 + size], "little")


def block_end(data: Bytes, at: int, end: int) -> int:
    """Return where a block that begins at `at` ends, by its transactions' sizes alone; -1 if it is none or cut off."""
    if not begins_like_block(data[at : min(at + 256, end)].tobytes()):
        return -1
    count, first = compact_size(data, at + HEADER_SIZE, end)
    return transactions_end(data, int(first), end, int(count))


def read_block(data: Bytes, at: int, end: int) -> Block:
    """Read a block and work its merkle root out again.

    Args:
        data: bytes that hold it.
        at: where its header begins.
        end: nothing at or after it is read; the block may end before (`transactions.end`).

    Raises:
        BadExhibit: it is cut off or no block, its hash does not meet its own target, its transactions are not those that
            its header commits to, they are repeated at the end without a change of the root (CVE-2012-2459), or another than the
            first of them makes new coin; and what `read_transactions` refuses.
    """
    header = read_header(data[at : min(at + HEADER_SIZE, end)].tobytes())
    if not has_work(header):
        raise BadExhibit("the header's hash does not meet the target that it states", where=f"byte {at}")
    count, first = compact_size(data, at + HEADER_SIZE, end)
    if count < 1:
        raise BadExhibit("no transactions follow the header", where=f"byte {at + HEADER_SIZE}")
    read = read_transactions(data, int(first), end, int(count))
    hashes = txids(read)
    root, repeated = merkle_root(hashes)
    if root != header.merkle_root:
        raise BadExhibit(
            f"the merkle root of its transactions is {root[::-1].hex()}, and its header says "
            f"{header.merkle_root[::-1].hex()}",
            where=f"byte {at}",
        )
    if repeated:
        raise BadExhibit("transactions at its end are repeated without a change of the root", where=f"byte {at}")
    if not read.makes_coin[0] or read.makes_coin[1:].any():
        raise BadExhibit("not its first transaction, and only that, makes new coin", where=f"byte {at}")
    return Block(header, read, as_rows(hashes), stated_height(data[at : min(at + 256, end)].tobytes()))


__all__ = [
    "HEADER_SIZE", "LEAST_BLOCK", "MOST_BLOCK", "Block", "Header", "begins_like_block", "block_end", "has_work", "read_block",
    "read_header", "stated_height", "target_of",
]  # fmt: skip

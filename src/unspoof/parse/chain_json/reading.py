"""The transactions in one JSON value of any shape that we know: alone, in lists, in blocks, in answers of JSON-RPC."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from unspoof.parse.bitcoin.merkle import double_sha, merkle_root
from unspoof.parse.chain_json.cells import MOST_UINT32, BadTransaction, hash_text, hex_text, moment, signed, whole
from unspoof.parse.chain_json.nodes import Node, NotChainJson, Span, read_nodes
from unspoof.parse.chain_json.shapes import core_transaction, esplora_transaction, etl_transaction
from unspoof.parse.chain_json.transaction import NO_TXID, BlockFacts, ChainTransaction, worked_out_txid

TXID_DIFFERS = "txid-differs"
"""What is told of the transaction does not hash to its txid: something in it is not as it is on the chain."""
PROOF_FAILS = "proof-fails"
"""What was told as a proof that the transaction is in its block leads to another header than the block's."""


@dataclass(frozen=True, slots=True)
class NoTransaction:
    """A stretch of JSON that could not be read as a transaction, and why."""

    start: int
    end: int
    reason: str


Found = ChainTransaction | NoTransaction


def read_transactions(raw: bytes) -> list[Found]:
    """Return the transactions of one JSON value, and what in it is none; places are bytes from the start of `raw`.

    Each byte of a transaction, or of what is none, is told at most once. What hashes to another txid than the stated one has
    the oddity `TXID_DIFFERS`.
    """
    try:
        node = read_nodes(raw)
    except NotChainJson as error:
        return [NoTransaction(0, len(raw), str(error))]
    return list(_found(node, BlockFacts()))


def _found(node: Node | Span, block: BlockFacts) -> Iterator[Found]:
    if isinstance(node, Span):
        yield NoTransaction(node.start, node.end, "no transaction")
    elif node.is_list:
        for item in node.items:
            yield from _found(item, BlockFacts())
    elif node.parts:
        yield read_transaction(node, block)
    elif node.holds == "tx":
        yield from _of_block(node)
    elif node.holds == "result":
        yield from _found(node.items[0], BlockFacts())
    elif node.fields.get("error") is not None:
        yield NoTransaction(node.start, node.end, "the server answered with an error")
    else:
        yield NoTransaction(node.start, node.end, "no transaction")


def _of_block(node: Node) -> Iterator[Found]:
    """Read the transactions of a block (getblock, verbosity 2 and 3)."""
    fields, listed = node.fields, node.items[0]
    try:
        height, at = whole(fields.get("height"), "height"), moment(fields.get("time"), "time")
        block_hash = hash_text(fields.get("hash"), "hash")
    except BadTransaction as error:
        yield NoTransaction(node.start, node.end, f"a block that cannot be read: {error}")
        return
    items = listed.items if isinstance(listed, Node) and listed.is_list else (listed,)
    found = [one for place, item in enumerate(items) for one in _found(item, BlockFacts(height, block_hash, at, place))]
    _prove(found, fields, block_hash)
    yield from found


def _prove(found: list[Found], fields: Mapping[str, Any], block_hash: str | None) -> None:
    """Note on each transaction of a whole block that the block's header commits to it, or that it does not."""
    made = [one for one in found if isinstance(one, ChainTransaction)]
    try:
        header = header_of(fields)
    except BadTransaction:
        header = None
    if header is None or not made or len(made) < len(found):
        return
    root, repeated = merkle_root([bytes.fromhex(one.txid)[::-1] for one in made])
    holds = not repeated and root == header[36:68] and double_sha(header)[::-1].hex() == block_hash
    for one in made:
        if not holds:
            one.oddities.add(PROOF_FAILS)
        elif worked_out_txid(one) == one.txid:
            one.proof = "block"


def header_of(fields: Mapping[str, Any]) -> bytes | None:
    """Return the 80 bytes of a block's header out of what Core tells of the block; None where something is not told.

    Raises:
        BadTransaction: something in it is not what the help of getblock says.
    """
    version, at = signed(fields.get("version"), "version"), whole(fields.get("time"), "time", MOST_UINT32)
    root, before = hash_text(fields.get("merkleroot"), "merkleroot"), hash_text(fields.get("previousblockhash"), "hash")
    bits, nonce = hex_text(fields.get("bits"), "bits"), whole(fields.get("nonce"), "nonce", MOST_UINT32)
    if version is None or at is None or root is None or bits is None or nonce is None or len(bits) != 8:
        return None
    numbers = [(version & MOST_UINT32).to_bytes(4, "little"), at.to_bytes(4, "little"), nonce.to_bytes(4, "little")]
    hashes = bytes.fromhex(before or NO_TXID)[::-1] + bytes.fromhex(root)[::-1]
    return numbers[0] + hashes + numbers[1] + bytes.fromhex(bits)[::-1] + numbers[2]


def read_transaction(node: Node, block: BlockFacts) -> Found:
    """Read an object that has lists of parts, by the shape that its keys show."""
    try:
        if {"vin", "vout"} <= node.parts.keys():
            made = esplora_transaction(node, block) if _is_esplora(node) else core_transaction(node, block)
        elif {"inputs", "outputs"} & node.parts.keys():
            made = etl_transaction(node, block)
        else:
            return NoTransaction(node.start, node.end, "a transaction without its inputs or outputs")
    except BadTransaction as error:
        return NoTransaction(node.start, node.end, str(error))
    check_txid(made)
    return made


def check_txid(made: ChainTransaction) -> str | None:
    """Work out the txid where all that is hashed is told, note where it is another, and return it."""
    found = worked_out_txid(made)
    if found is not None and found != made.txid:
        made.oddities.add(TXID_DIFFERS)
    return found


def _is_esplora(node: Node) -> bool:
    if isinstance(node.fields.get("status"), dict):
        return True
    return any(_has(span.value, "scriptpubkey") for span in node.parts["vout"][:1])


def _has(value: Any, key: str) -> bool:
    return isinstance(value, dict) and key in value


__all__ = [
    "PROOF_FAILS",
    "TXID_DIFFERS",
    "Found",
    "NoTransaction",
    "check_txid",
    "header_of",
    "read_transaction",
    "read_transactions",
]

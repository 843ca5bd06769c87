"""The transactions in one JSON value of any shape that we know: alone, in lists, in blocks, in answers of JSON-RPC."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from unspoof.parse.chain_json.cells import BadTransaction, hash_text, moment, whole
from unspoof.parse.chain_json.nodes import Node, NotChainJson, Span, read_nodes
from unspoof.parse.chain_json.shapes import core_transaction, esplora_transaction, etl_transaction
from unspoof.parse.chain_json.transaction import BlockFacts, ChainTransaction, worked_out_txid

TXID_DIFFERS = "txid-differs"
"""What is told of the transaction does not hash to its txid: something in it is not as it is on the chain."""


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
    for place, item in enumerate(items):
        yield from _found(item, BlockFacts(height, block_hash, at, place))


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


__all__ = ["TXID_DIFFERS", "Found", "NoTransaction", "check_txid", "read_transaction", "read_transactions"]

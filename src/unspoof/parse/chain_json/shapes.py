"""Transactions of three shapes of JSON as one noun: Esplora's, Bitcoin Core's and bitcoin-etl's; no bytes are read here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from unspoof.parse.chain_json.cells import (
    MOST_UINT32,
    BadTransaction,
    address_text,
    bitcoin,
    hash_text,
    hex_text,
    moment,
    satoshi,
    signed,
    whole,
    yes,
)
from unspoof.parse.chain_json.nodes import Node, Span
from unspoof.parse.chain_json.transaction import BlockFacts, ChainTransaction, Part, check_whole, script_type, spends

TYPE_UNKNOWN = "type-unknown"
SEVERAL_ADDRESSES = "several-addresses"
COUNT_DIFFERS = "count-differs"


def esplora_transaction(node: Node, block: BlockFacts) -> ChainTransaction:
    """Read a transaction as Esplora's API tells it.

    Source: Blockstream/esplora API.md: values in satoshi, vin[].prevout is the output that is spent.

    Raises:
        BadTransaction: something in it is not what the API says.
    """
    status = _object(node.fields.get("status"), "status")
    facts = BlockFacts(
        whole(status.get("block_height"), "block_height"),
        hash_text(status.get("block_hash"), "block_hash"),
        moment(status.get("block_time"), "block_time"),
        block.tx_place,
    )
    made = _begun(node, node.fields.get("txid"), facts, "locktime")
    for place, span in enumerate(node.parts["vin"]):
        one, part = _object(span.value, "an input"), Part("input", place, span.start, span.end)
        made.is_coinbase |= bool(yes(one.get("is_coinbase"), "is_coinbase"))
        spends(part, hash_text(one.get("txid"), "txid"), whole(one.get("vout"), "vout", MOST_UINT32))
        part.unlocking = hex_text(one.get("scriptsig"), "scriptsig")
        part.sequence = whole(one.get("sequence"), "sequence", MOST_UINT32)
        _esplora_output(made, part, _object(one.get("prevout"), "prevout"))
        made.parts.append(part)
    for place, span in enumerate(node.parts["vout"]):
        part = Part("output", place, span.start, span.end)
        _esplora_output(made, part, _object(span.value, "an output"))
        made.parts.append(part)
    return _ended(made)


def _esplora_output(made: ChainTransaction, part: Part, told: Mapping[str, Any]) -> None:
    part.value = satoshi(told.get("value"))
    part.script = hex_text(told.get("scriptpubkey"), "scriptpubkey")
    part.address = address_text(told.get("scriptpubkey_address"))
    part.script_type = _type(made, told.get("scriptpubkey_type"))


def core_transaction(node: Node, block: BlockFacts) -> ChainTransaction:
    """Read a transaction as Bitcoin Core tells it: getrawtransaction verbosity 1 and 2, getblock verbosity 2 and 3.

    Values are bitcoin with decimals. Inputs have what they spend only from verbosity 2 (of blocks: 3).

    Source: Bitcoin Core RPC help of getrawtransaction and getblock, version 28.

    Raises:
        BadTransaction: something in it is not what the help says.
    """
    fields = node.fields
    facts = BlockFacts(
        block.height,
        block.block_hash or hash_text(fields.get("blockhash"), "blockhash"),
        block.block_at or moment(fields.get("blocktime"), "blocktime"),
        block.tx_place,
    )
    made = _begun(node, fields.get("txid"), facts, "locktime")
    for place, span in enumerate(node.parts["vin"]):
        one, part = _object(span.value, "an input"), Part("input", place, span.start, span.end)
        coinbase = hex_text(one.get("coinbase"), "coinbase")
        made.is_coinbase |= coinbase is not None
        spends(part, hash_text(one.get("txid"), "txid"), whole(one.get("vout"), "vout", MOST_UINT32))
        part.unlocking = coinbase or hex_text(_object(one.get("scriptSig"), "scriptSig").get("hex"), "scriptSig")
        part.sequence = whole(one.get("sequence"), "sequence", MOST_UINT32)
        _core_output(made, part, _object(one.get("prevout"), "prevout"))
        made.parts.append(part)
    for place, span in enumerate(node.parts["vout"]):
        told = _object(span.value, "an output")
        stated = whole(told.get("n"), "n")
        part = Part("output", place if stated is None else stated, span.start, span.end)
        _core_output(made, part, told)
        made.parts.append(part)
    return _ended(made)


def _core_output(made: ChainTransaction, part: Part, told: Mapping[str, Any]) -> None:
    part.value = bitcoin(told.get("value"))
    script = _object(told.get("scriptPubKey"), "scriptPubKey")
    part.script = hex_text(script.get("hex"), "scriptPubKey")
    part.script_type = _type(made, script.get("type"))
    # before version 22 there was a list, which for a bare multisig names every key
    part.address = _one_address(made, script.get("address"), script.get("addresses"))


def etl_transaction(
    node: Node, block: BlockFacts, value: Callable[[Any, str], int | None] = satoshi
) -> ChainTransaction:
    """Read a transaction as bitcoin-etl writes it, and as the public tables made with it have it.

    Its list of inputs leaves out the one that makes new coin: the empty list stands for it.

    Args:
        node: fields, and `inputs` and `outputs` as parts.
        block: used where the transaction itself tells nothing.
        value: how a value is told: satoshi, save in one public table (see `ingest/containers/parquet.py`).

    Source: blockchain-etl/bitcoin-etl README and schemas (2021).

    Raises:
        BadTransaction: something in it is not what the schema says.
    """
    fields = node.fields
    facts = BlockFacts(
        _or(whole(fields.get("block_number"), "block_number"), block.height),
        hash_text(fields.get("block_hash"), "block_hash") or block.block_hash,
        _or(moment(fields.get("block_timestamp"), "block_timestamp"), block.block_at),
        _or(whole(fields.get("index"), "index"), block.tx_place),
    )
    txid = next(
        (fields[key] for key in ("txid", "hash", "transaction_hash", "transaction_id") if fields.get(key)), None
    )
    made = _begun(node, txid, facts, "lock_time")
    made.is_coinbase = bool(yes(fields.get("is_coinbase"), "is_coinbase"))
    for side in ("input", "output"):
        for number, span in enumerate(node.parts.get(f"{side}s", ())):
            made.parts.append(_etl_part(made, side, number, span, value))
    if made.is_coinbase and "inputs" in node.parts and not node.parts["inputs"]:
        start, end = node.places["inputs"]
        made.parts.insert(0, Part("input", 0, start, end))
    inputs, outputs = whole(fields.get("input_count"), "input_count"), whole(fields.get("output_count"), "output_count")
    made.inputs = 1 if made.is_coinbase else _or(inputs, made.inputs)
    made.outputs = _or(outputs, made.outputs)
    _check_counts(made)
    return _ended(made)


def _etl_part(
    made: ChainTransaction, side: str, number: int, span: Span, value: Callable[[Any, str], int | None]
) -> Part:
    told = _object(span.value, f"an {side}")
    stated = whole(told.get("index"), "index")
    part = Part(side, number if stated is None else stated, span.start, span.end)
    part.value = value(told.get("value"), "a value")
    part.script_type = _type(made, told.get("type"))
    part.address = _one_address(made, told.get("address"), told.get("addresses"))
    if part.address is not None and part.address.startswith("nonstandard"):
        part.address = None  # bitcoin-etl's own name for a script without an address: a hash of it
    script = hex_text(told.get("script_hex"), "script_hex")
    if side == "output":
        part.script = script
        return part
    part.unlocking = script
    part.sequence = whole(told.get("sequence"), "sequence", MOST_UINT32)
    spent = hash_text(told.get("spent_transaction_hash"), "spent_transaction_hash")
    spends(part, spent, whole(told.get("spent_output_index"), "spent_output_index", MOST_UINT32))
    return part


def _begun(node: Node, txid: Any, block: BlockFacts, lock_time: str) -> ChainTransaction:
    found = hash_text(txid, "txid")
    if found is None:
        raise BadTransaction("a transaction without its txid")
    return ChainTransaction(
        found,
        [],
        False,
        block,
        version=signed(node.fields.get("version"), "version"),
        lock_time=whole(node.fields.get(lock_time), lock_time, MOST_UINT32),
    )


def _ended(made: ChainTransaction) -> ChainTransaction:
    counts = {side: sum(part.side == side for part in made.parts) for side in ("input", "output")}
    made.inputs = made.inputs if made.inputs is not None else counts["input"]
    made.outputs = made.outputs if made.outputs is not None else counts["output"]
    check_whole(made)
    return made


def _check_counts(made: ChainTransaction) -> None:
    """Note a list that is longer or shorter than the transaction says."""
    for side, stated in (("input", made.inputs), ("output", made.outputs)):
        if stated is not None and stated != sum(part.side == side for part in made.parts):
            made.oddities.add(COUNT_DIFFERS)


def _type(made: ChainTransaction, told: Any) -> str | None:
    if told is None:
        return None
    found = script_type(told)
    if found is None:
        made.oddities.add(TYPE_UNKNOWN)
    return found


def _one_address(made: ChainTransaction, one: Any, several: Any) -> str | None:
    """Return the address of an output; none where a list names several, which is noted."""
    if one is not None:
        return address_text(one)
    if several is None:
        return None
    if not isinstance(several, Sequence) or isinstance(several, str):
        raise BadTransaction("addresses are no list")
    if len(several) > 1:
        made.oddities.add(SEVERAL_ADDRESSES)
        return None
    return address_text(several[0]) if several else None


def _object(value: Any, name: str) -> Mapping[str, Any]:
    """Return an object; nothing at all counts as an empty one."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise BadTransaction(f"{name} is no object")
    return value


def _or(first: int | None, second: int | None) -> int | None:
    return second if first is None else first


__all__ = [
    "COUNT_DIFFERS",
    "SEVERAL_ADDRESSES",
    "TYPE_UNKNOWN",
    "core_transaction",
    "esplora_transaction",
    "etl_transaction",
]

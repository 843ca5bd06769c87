"""A transaction as some JSON tells it, and whether what it tells hashes to its txid; no shape of JSON is known here."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from unspoof.model.coin_tables import SCRIPT_TYPES
from unspoof.parse.chain_json.cells import MOST_UINT32, BadTransaction

NO_TXID = "0" * 64
"""What an input that makes new coin states as the transaction whose output it spends."""
LONGEST_KEPT = 10_000
"""Bytes of an output script that are kept."""

_TYPES = {
    **{name: name for name in SCRIPT_TYPES},
    "pubkey": "p2pk",
    "pubkeyhash": "p2pkh",
    "scripthash": "p2sh",
    "witness_v0_keyhash": "p2wpkh",
    "witness_v0_scripthash": "p2wsh",
    "witness_v1_taproot": "p2tr",
    "witness_unknown": "witness-unknown",
    "nulldata": "op_return",
    "anchor": "p2a",
    "v0_p2wpkh": "p2wpkh",
    "v0_p2wsh": "p2wsh",
    "v1_p2tr": "p2tr",
    "provably_unspendable": "nonstandard",
    "empty": "nonstandard",
    "unknown": "nonstandard",
}
"""Names of script types of Core, bitcoin-etl and Esplora."""


@dataclass(slots=True)
class Part:
    """One input or output; `start` and `end` lead to its bytes."""

    side: str
    place: int
    start: int
    end: int
    value: int | None = None
    address: str | None = None
    script_type: str | None = None
    script: str | None = None
    """Script of the output (of an input: of the output that it spends), hex, whole."""
    spent_txid: str | None = None
    spent_place: int | None = None
    unlocking: str | None = None
    """Of an input: its own script, hex; None where not told."""
    sequence: int | None = None


@dataclass(slots=True)
class BlockFacts:
    """What is told of the block that holds a transaction."""

    height: int | None = None
    block_hash: str | None = None
    block_at: int | None = None
    """Seconds since 1970."""
    tx_place: int | None = None


@dataclass(slots=True)
class ChainTransaction:
    """One transaction with all of its parts that are told."""

    txid: str
    parts: list[Part]
    is_coinbase: bool
    block: BlockFacts
    inputs: int | None = None
    outputs: int | None = None
    version: int | None = None
    lock_time: int | None = None
    proof: str | None = None
    oddities: set[str] = field(default_factory=set)


def script_type(name: object) -> str | None:
    """Return our name of a script type; what no source of ours writes is an oddity for the caller, None here."""
    return _TYPES.get(name) if isinstance(name, str) else None


def spends(part: Part, txid: str | None, place: int | None) -> None:
    """Set what an input spends; nothing where it makes new coin.

    Raises:
        BadTransaction: only half of it is told.
    """
    if txid is None or txid == NO_TXID:
        return
    if place is None or place > (1 << 31) - 1:
        raise BadTransaction("an input that does not say which output it spends")
    part.spent_txid, part.spent_place = txid, place


def check_whole(transaction: ChainTransaction) -> None:
    """Check what must hold of any transaction, whatever told it.

    Raises:
        BadTransaction: it has no parts, an output is spent twice in it, two parts have one place, or it spends itself.
    """
    if not transaction.parts:
        raise BadTransaction("a transaction without inputs and outputs")
    places = {(part.side, part.place) for part in transaction.parts}
    if len(places) != len(transaction.parts):
        raise BadTransaction("two inputs, or outputs, at one place of the transaction")
    spent = [(part.spent_txid, part.spent_place) for part in transaction.parts if part.spent_txid]
    if len(set(spent)) != len(spent):
        raise BadTransaction("one output is spent twice within the transaction")
    if any(txid == transaction.txid for txid, _ in spent):
        raise BadTransaction("a transaction that spends itself")
    if transaction.is_coinbase and spent:
        raise BadTransaction("a coinbase that spends an output")


def worked_out_txid(transaction: ChainTransaction) -> str | None:
    """Hash what is told of a transaction, without witnesses; None where something that is hashed was not told."""
    whole = hashed_bytes(transaction)
    return None if whole is None else hashlib.sha256(hashlib.sha256(whole).digest()).digest()[::-1].hex()


def hashed_bytes(transaction: ChainTransaction) -> bytes | None:
    """Write what is told of a transaction as the bytes whose hash is its txid; None where some of them were not told.

    Source: Bitcoin developer reference, raw transaction format; BIP 141 (a txid leaves witnesses out).
    """
    if transaction.version is None or transaction.lock_time is None:
        return None
    sides: dict[str, list[bytes]] = {"input": [], "output": []}
    for part in transaction.parts:
        made = _input(part, transaction.is_coinbase) if part.side == "input" else _output(part)
        if made is None:
            return None
        sides[part.side].append(made)
    if (transaction.inputs, transaction.outputs) != (len(sides["input"]), len(sides["output"])):
        return None
    if sorted(part.place for part in transaction.parts if part.side == "output") != list(range(len(sides["output"]))):
        return None
    return (
        (transaction.version & MOST_UINT32).to_bytes(4, "little")
        + _size(len(sides["input"]))
        + b"".join(sides["input"])
        + _size(len(sides["output"]))
        + b"".join(sides["output"])
        + transaction.lock_time.to_bytes(4, "little")
    )


def _input(part: Part, is_coinbase: bool) -> bytes | None:
    if part.unlocking is None or part.sequence is None or (part.spent_txid is None and not is_coinbase):
        return None
    spent = bytes.fromhex(part.spent_txid)[::-1] if part.spent_txid else bytes(32)
    place = part.spent_place if part.spent_place is not None else MOST_UINT32
    script = bytes.fromhex(part.unlocking)
    return spent + place.to_bytes(4, "little") + _size(len(script)) + script + part.sequence.to_bytes(4, "little")


def _output(part: Part) -> bytes | None:
    if part.value is None or part.script is None:
        return None
    script = bytes.fromhex(part.script)
    return part.value.to_bytes(8, "little") + _size(len(script)) + script


def _size(number: int) -> bytes:
    """Write a CompactSize."""
    if number < 0xFD:
        return bytes((number,))
    if number <= 0xFFFF:
        return b"\xfd" + number.to_bytes(2, "little")
    return b"\xfe" + number.to_bytes(4, "little")


__all__ = [
    "LONGEST_KEPT",
    "NO_TXID",
    "BlockFacts",
    "ChainTransaction",
    "Part",
    "check_whole",
    "hashed_bytes",
    "script_type",
    "spends",
    "worked_out_txid",
]

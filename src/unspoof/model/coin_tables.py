"""Tables of the normal form that hold bitcoin: what the chain shows, and what a service stated of its own addresses."""

from __future__ import annotations

from unspoof.model.table import PROVENANCE, Column, Table

TRANSACTIONS = Table(
    "transactions",
    "one input or output of a bitcoin transaction, as one exhibit shows it",
    (
        Column("part_id", "int64", "ours: exhibit number and locator", nullable=False),
        Column("txid", "text", "the transaction, 64 hex digits as printed by a block explorer", nullable=False),
        Column("side", "text", "input or output", nullable=False),
        Column("place", "int32", "its index among the inputs, or outputs, of the transaction, from 0", nullable=False),
        Column("value_sat", "int64", "its value; of an input, that of the output it spends, where told", "sat"),
        Column("address", "text", "the address that it pays, or is spent from; empty where the script has none"),
        Column("script_type", "text", "one of SCRIPT_TYPES; of an input, that of the output it spends"),
        Column("script", "text", "output script, hex, where it has no address; the first 10,000 bytes"),
        Column("spent_txid", "text", "of an input: the transaction whose output it spends; empty for newly made coin"),
        Column("spent_place", "int32", "of an input: the index of that output"),
        Column("is_coinbase", "bool", "its transaction makes new coin and spends none", nullable=False),
        Column("inputs", "int32", "how many inputs the whole transaction has, where told"),
        Column("outputs", "int32", "how many outputs the whole transaction has, where told"),
        Column("height", "int32", "height of its block; empty where unconfirmed or not told"),
        Column("tx_place", "int32", "place of the transaction in its block, from 0, where told"),
        Column("block_hash", "text", "the block, 64 hex digits"),
        Column("block_at", "timestamp", "time that the block's miner set; up to two hours off and not in order", "UTC"),
        Column(
            "proof",
            "text",
            "block: the block's merkle root was worked out again; branch: a branch to it was; else empty",
        ),
        Column("oddities", "text", "semicolon list"),
        *PROVENANCE,
    ),
)

INVOICES = Table(
    "invoices",
    "one payment in bitcoin that the service asked an account for and waited for, whether it came or not",
    (
        Column("invoice_id", "int64", "ours: exhibit number and locator", nullable=False),
        Column("invoice_ref", "text", "the source's own name for it"),
        Column("ref_is_key", "bool", "invoice_ref is the source's row key", nullable=False),
        Column("account_id", "int64", "the account of the service, stable over exhibits: from service and account_ref"),
        Column("account_ref", "text", "the service's own key of the account"),
        Column("at", "timestamp", "when it was asked for", "UTC"),
        Column("amount_minor", "int64", "credit that it buys", "minor unit of currency"),
        Column("currency", "text", "ISO 4217"),
        Column("value_sat", "int64", "exactly what was to be paid", "sat"),
        Column("address", "text", "the shop's receiving address, where one was given for it"),
        Column("status", "text", "completed, pending, failed, refunded, unknown", nullable=False),
        Column("description", "text", "the source's own text"),
        Column("oddities", "text", "semicolon list"),
        *PROVENANCE,
    ),
)

RECEIVERS = Table(
    "receivers",
    "one way in which the service was set up to receive payments",
    (
        Column("receiver_id", "int64", "ours: exhibit number and locator", nullable=False),
        Column("label", "text", "the service's own name for it"),
        Column(
            "address_text", "text", "the addresses as they stand in its settings: BTC=>ADDRESS|LTC=>ADDRESS, or one"
        ),
        Column("status", "text", "the service's own status"),
        Column("oddities", "text", "semicolon list"),
        *PROVENANCE,
    ),
)

SCRIPT_TYPES = (
    "p2pk",
    "p2pkh",
    "p2sh",
    "p2wpkh",
    "p2wsh",
    "p2tr",
    "p2a",
    "multisig",
    "op_return",
    "witness-unknown",
    "nonstandard",
)
"""What an output script can be; the standard's names, bare multisig and what pays nobody among them."""

__all__ = ["INVOICES", "RECEIVERS", "SCRIPT_TYPES", "TRANSACTIONS"]

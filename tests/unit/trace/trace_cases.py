"""Small chains as the tables of coins that tracing reads, made from a few words; txids are counted, holders are names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

SCHEMA_PARTS = pa.schema(
    [
        ("tx", pa.int64()),
        ("txid", pa.string()),
        ("side", pa.string()),
        ("place", pa.int64()),
        ("value_sat", pa.int64()),
        ("address", pa.string()),
        ("script_type", pa.string()),
        ("holder", pa.string()),
        ("spent_txid", pa.string()),
        ("spent_place", pa.int64()),
        ("spent_tx", pa.int64()),
        ("spending_tx", pa.int64()),
        ("spending_place", pa.int64()),
        ("height", pa.int64()),
        ("block_at", pa.timestamp("us")),
        ("is_output", pa.bool_()),
        ("is_unspendable", pa.bool_()),
    ]
)

SCHEMA_TXS = pa.schema(
    [
        ("tx", pa.int64()),
        ("txid", pa.string()),
        ("height", pa.int64()),
        ("block_hash", pa.string()),
        ("block_at", pa.timestamp("us")),
        ("inputs", pa.int64()),
        ("outputs", pa.int64()),
        ("in_sat", pa.int64()),
        ("out_sat", pa.int64()),
        ("fee_sat", pa.int64()),
        ("is_coinbase", pa.bool_()),
        ("is_whole", pa.bool_()),
        ("proof", pa.string()),
    ]
)

SCHEMA_WALLETS = pa.schema(
    [
        ("wallet", pa.string()),
        ("service", pa.string()),
        ("category", pa.string()),
        ("level", pa.int64()),
        ("tag_source", pa.string()),
        ("is_service", pa.bool_()),
        ("why", pa.string()),
    ]
)

Out = tuple[str, int | None]
"""Holder and value."""


def txid(number: int) -> str:
    """Return the made-up id of a transaction."""
    return f"{number:064x}"


@dataclass
class Spend:
    """One transaction: inputs as (transaction, place) of the case, or as (holder, value) from beyond it."""

    inputs: Sequence[tuple[int, int] | Out]
    outputs: Sequence[Out]
    height: int | None = None
    proof: str = ""
    coinbase: bool = False
    whole: bool = True
    script_types: Mapping[int, str] = field(default_factory=dict)


def chain_tables(spends: Sequence[Spend]) -> tuple[pa.Table, pa.Table]:
    """Return coin_parts and coin_txs of transactions that are given in chain order."""
    parts, txs = [], []
    spent = {}
    for number, spend in enumerate(spends):
        for place, one in enumerate(spend.inputs):
            if isinstance(one[0], int):
                spent.setdefault((one[0], one[1]), (number, place))
    for number, spend in enumerate(spends):
        ins: list[int | None] = []
        when = {"tx": number, "txid": txid(number), "height": spend.height}
        for place, one in enumerate(spend.inputs):
            if isinstance(one[0], int):
                made, index = one
                holder, value = spends[made].outputs[index]
                source = {"spent_txid": txid(made), "spent_place": index, "spent_tx": made}
            else:
                holder, value = one
                source = {"spent_txid": f"ff{number:030x}{place:032x}", "spent_place": 0}
            ins.append(value)
            more = {"value_sat": value, "holder": holder, "address": holder}
            parts.append({**when, "side": "input", "place": place, **more, **source})
        for place, (holder, value) in enumerate(spend.outputs):
            by = spent.get((number, place), (None, None))
            more = {
                "value_sat": value,
                "holder": holder,
                "address": holder,
                "script_type": spend.script_types.get(place),
            }
            parts.append(
                {**when, "side": "output", "place": place, **more, "spending_tx": by[0], "spending_place": by[1]}
            )
        if spend.coinbase:
            parts.append({**when, "side": "input", "place": 0})
        outs = [value for _, value in spend.outputs]
        known = None not in ins and None not in outs
        sums = {"in_sat": sum(ins), "out_sat": sum(outs)} if known and not spend.coinbase else {}  # type: ignore[arg-type]
        fee = {"fee_sat": sums["in_sat"] - sums["out_sat"]} if sums else {}
        counts = {"inputs": len(ins) or 1, "outputs": len(outs), "is_coinbase": spend.coinbase}
        whole = spend.whole and (known or spend.coinbase)
        txs.append({**when, **counts, **sums, **fee, "is_whole": whole, "proof": spend.proof})
    for part in parts:
        part |= {"is_output": part["side"] == "output", "is_unspendable": part.get("script_type") == "op_return"}
    return pa.Table.from_pylist(parts, schema=SCHEMA_PARTS), pa.Table.from_pylist(txs, schema=SCHEMA_TXS)


def wallet_tables(
    wallets: Mapping[str, Sequence[str]] | None = None,
    services: Mapping[str, tuple[str | None, int | None]] | None = None,
) -> tuple[pa.Table, pa.Table]:
    """Return wallets and wallet_addresses: holders by wallet, and of service wallets who runs them by what level of tag."""
    wallets, services = wallets or {}, services or {}
    rows = []
    for name in wallets:
        service, level = services.get(name, (None, None))
        tag = {
            "service": service,
            "level": level,
            "tag_source": "made-up pack" if service else None,
            "category": "exchange",
        }
        rows.append({"wallet": name, **tag, "is_service": name in services, "why": "tagged" if service else "batches"})
    addresses = [{"holder": holder, "wallet": name} for name, holders in wallets.items() for holder in holders]
    schema = pa.schema([("holder", pa.string()), ("wallet", pa.string()), ("first_tx", pa.int64())])
    return pa.Table.from_pylist(rows, schema=SCHEMA_WALLETS), pa.Table.from_pylist(addresses, schema=schema)


COINJOINS = pa.schema([("tx", pa.int64()), ("txid", pa.string()), ("rule", pa.string()), ("because", pa.string())])


def coinjoin_table(numbers: Sequence[int] = ()) -> pa.Table:
    """Return coinjoins by the numbers of their transactions."""
    rows = [{"tx": n, "txid": txid(n), "rule": "equal-outputs", "because": "made up"} for n in numbers]
    return pa.Table.from_pylist(rows, schema=COINJOINS)

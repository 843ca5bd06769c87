"""Small and made-up chains for tests of what is made of transactions; every address is a made-up text, no real one.

Values are in satoshi. An output is (holder, value); a holder that begins with `script:` is a script without address,
`data` pays nobody. An input is TXID:PLACE, `coinbase`, or (holder, value) of an output that is not in the case.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa

from unspoof.config import CaseSettings, load_case_settings
from unspoof.engine import DuckEngine, Step
from unspoof.model.arrow import schema
from unspoof.model.coin_tables import TRANSACTIONS
from unspoof.model.reference_tables import ALL_REFERENCE_TABLES, TAGS
from unspoof.model.tables import NORMAL_FORM, Table
from unspoof.trace import (
    bookings,
    chain_order,
    change,
    co_spends,
    coinjoins,
    coins,
    contradictions,
    exhibits,
    moves,
    named_addresses,
    shop_addresses,
    wallet_sizes,
    wallets,
)

Row = dict[str, Any]
Put = tuple[str, int] | str

TO_WALLETS: tuple[Step, ...] = (
    *exhibits.STEPS,
    *chain_order.STEPS,
    *coins.STEPS,
    *contradictions.STEPS,
    *moves.STEPS,
    *coinjoins.STEPS,
    *co_spends.STEPS,
    *wallet_sizes.STEPS,
    *change.STEPS,
    *bookings.STEPS,
    *shop_addresses.STEPS,
    *wallets.STEPS,
    *named_addresses.STEPS,
)
"""The steps from transactions to wallets; they read payments_once and tags besides."""

_FIRST_BLOCK = datetime.fromisoformat("2021-10-01T00:00:00")  # zoneless on purpose: all times are UTC
_KINDS = {"1": "p2pkh", "3": "p2sh", "q": "p2wpkh", "t": "p2tr", "a": "p2a"}


def txid(name: str) -> str:
    """Return the 64 hex digits that stand for a name of a transaction."""
    return name.encode().hex().rjust(64, "0")


def block_at(height: int) -> datetime:
    """Return the time of a block; every third is an hour before the one that it follows, as miners may do."""
    return _FIRST_BLOCK + timedelta(minutes=10 * height - (60 if height % 3 == 2 else 0))


def _held(holder: str) -> Row:
    if holder == "data":
        return {"script_type": "op_return", "script": "6a0468656c6c"}
    if holder.startswith("script:"):
        return {"script_type": "multisig", "script": holder.removeprefix("script:")}
    return {"address": holder, "script_type": _KINDS.get(holder[0], "p2wpkh")}


def transaction(
    name: str,
    spends: Sequence[Put] = (),
    pays: Sequence[tuple[str, int]] = (),
    height: int | None = None,
    **more: Any,
) -> list[Row]:
    """Return the rows of one transaction, as a full node tells it; of inputs it tells what they spend, not the worth."""
    head: Row = {"txid": txid(name), "inputs": len(spends), "outputs": len(pays), "height": height}
    if height is not None:
        head |= {"block_hash": f"{height:064x}", "block_at": block_at(height)}
    head |= {"is_coinbase": "coinbase" in spends, **more}
    rows = []
    for place, put in enumerate(spends):
        row = {**head, "side": "input", "place": place}
        if isinstance(put, tuple):
            row |= {"value_sat": put[1], "spent_txid": txid(f"{name}{place}?"), "spent_place": 0, **_held(put[0])}
        elif put != "coinbase":
            spent, _, index = put.partition(":")
            row |= {"spent_txid": txid(spent), "spent_place": int(index)}
        rows.append(row)
    for place, (holder, value) in enumerate(pays):
        rows.append({**head, "side": "output", "place": place, "value_sat": value, **_held(holder)})
    return rows


def transactions(rows: Iterable[Row], exhibit: int | None = 1) -> pa.Table:
    """Return rows as the table of the normal form, with the number of their exhibit unless it is None."""
    base = {"is_coinbase": False, "locator_size": 0}
    listed = [{**base, "part_id": i, "locator": i, **row} for i, row in enumerate(rows, 1)]
    made = pa.Table.from_pylist(listed, schema=schema(TRANSACTIONS))
    return made if exhibit is None else _numbered(made, exhibit)


def _numbered(made: pa.Table, exhibit: int) -> pa.Table:
    return made.append_column("exhibit", pa.array([exhibit] * made.num_rows, pa.int32()))


def tags(rows: Iterable[Row]) -> pa.Table:
    """Return rows of the reference table tags."""
    base = {
        "label": "made up", "confidence": "service_data", "level": 50, "is_cluster_definer": False, "is_own": False,
        "pack": "made up", "source": "made up",
    }  # fmt: skip
    return pa.Table.from_pylist([{**base, **row} for row in rows], schema=schema(TAGS))


def payments(rows: Iterable[Row]) -> pa.Table:
    """Return rows of payments."""
    of = next(table for table in NORMAL_FORM if table.name == "payments")
    base = {"ref_is_key": False, "status": "completed", "locator": 0, "locator_size": 0}
    listed = [{**base, "payment_id": i, **row} for i, row in enumerate(rows, 1)]
    return _numbered(pa.Table.from_pylist(listed, schema=schema(of)), 1)


# Every sort of trouble once. Holders' first letters tell their script's type: q p2wpkh, t p2tr, 1 p2pkh, 3 p2sh.
def hard_chain() -> list[list[Row]]:
    """Return the rows of three exhibits that together show a small chain with all that is hard about one.

    The first tells of blocks, proven; the second, of a server, tells more of some and less of others; the third is
    unproven and contradicts. In it: two people who pay the shop, one twice from one wallet; a same-block spend whose
    txids are in the wrong order; coinjoins by each rule; a payout in one batch; two tagged services that one
    transaction would merge; coins without address (bare multisig, data); an anchor that anybody can spend; unconfirmed
    transactions, two of which spend the same output; a transaction that is not wholly shown; a spend in a circle.
    """
    blocks = [
        *transaction("mine", ["coinbase"], [("qminer", 5_000_000_000)], 1, tx_place=0),
        *transaction("fund", ["mine:0"], [("qann1", 60_000), ("qann2", 50_000), ("qbob1", 90_000)], 2, tx_place=1),
        *transaction("z-first", ["fund:0"], [("qann3", 59_000)], 3, tx_place=1),
        *transaction("a-second", ["z-first:0", "fund:1"], [("qshop1", 80_000), ("qann4", 28_000)], 3, tx_place=2),
        *transaction("bobpays", ["fund:2"], [("qshop2", 40_000), ("qbob2", 49_000)], 4, tx_place=1),
        *transaction("annpays", ["a-second:1"], [("qshop3", 20_000), ("data", 0), ("qann1", 7_000)], 4, tx_place=2),
        *transaction("sweep", ["a-second:0", "bobpays:0", "annpays:0"], [("3exchange1", 139_000)], 5, tx_place=1),
    ]
    mixed = [(f"qmix{i}", 1_010_000) for i in range(5)]
    served = [
        *transaction("mine", ["coinbase"], [("qminer", 5_000_000_000)]),
        *transaction("whirl", mixed, [(f"qout{i}", 1_000_000) for i in range(5)], 5),
        *transaction(
            "join", [("qmaker", 900_000), ("qtaker", 700_000)],
            [("1j1", 500_000), ("1j2", 500_000), ("1c1", 399_000), ("1c2", 199_000)], 5,
        ),
        *transaction("batch", [("3exchange1", 9_000_000)], [(f"1paid{i:02}", 100_000 + i) for i in range(60)], 6),
        *transaction("hot", [("3exchange1", 1_000), ("3exchange2", 2_000)], [("3exchange3", 2_900)], 6),
        *transaction("clash", [("3exchange2", 1_000), ("qbystander", 500), ("3other1", 2_000)], [("qx", 3_400)], 7),
        *transaction("multi", [("script:5121aa51ae", 4_000), ("qbob2", 49_000)], [("tbob3", 52_000)], 7),
        *transaction("anchor", [("afee", 240), ("qbob1", 3_000)], [("qbob1", 3_000)], 8),
        *transaction("taproot", [("tbob3", 52_000), ("qbob1", 5_000)], [("1payee", 30_000), ("tbob4", 26_000)], 8),
    ]  # fmt: skip
    unproven = [
        *transaction("race1", ["annpays:2"], [("qann5", 6_500)]),
        *transaction("race2", ["annpays:2"], [("qann6", 6_600)]),
        *transaction("bobpays", [("qbob1", 91_000)], [("qshop2", 40_001), ("qbob2", 49_000)], 9),
        *transaction("part", [("qpart1", 10), ("qpart2", 10)], [("qpart3", 10)], 8, outputs=4),
        *transaction("circle1", ["circle2:0"], [("qc1", 10)]),
        *transaction("circle2", ["circle1:0"], [("qc2", 10)]),
        *transaction("self", ["self:0"], [("qself", 10)]),
    ]
    return [[{**row, "proof": "block"} for row in blocks], served, unproven]


HARD_TAGS: Sequence[Mapping[str, Any]] = (
    {"address": "3exchange1", "service": "exchange-a", "category": "exchange", "level": 50},
    {"address": "3exchange1", "service": "exchange-a", "category": "exchange", "level": 70},
    {"address": "3other1", "service": "exchange-b", "category": "exchange", "level": 40, "is_cluster_definer": True},
    {"address": "qann3", "service": "rumour", "level": 5},
)

HARD_PAYMENTS: Sequence[Mapping[str, Any]] = (
    {"account_id": 1, "txid": txid("a-second"), "address": "qshop1", "value_sat": 80_000},
    {"account_id": 2, "txid": txid("annpays"), "address": "qshop3", "value_sat": 20_000},
    {"account_id": 3, "txid": txid("bobpays"), "address": "qshop2", "value_sat": 40_000},
)


def hard_tables() -> dict[str, list[pa.Table]]:
    """Return the hard chain as Arrow tables of the normal form and reference, each a list with one table an exhibit.

    They stand without the column `exhibit`, as the case's files do: `transactions`, `payments`, `tags`.
    """
    return {
        "transactions": [transactions(rows, None) for rows in hard_chain()],
        "payments": [payments(HARD_PAYMENTS).drop_columns(["exhibit"])],
        "tags": [tags(HARD_TAGS)],
    }


def settings(text: str = "") -> CaseSettings:
    """Return the settings of a made-up British case, with lines of [settings]."""
    facts = '[case]\nreference = "R 1"\nhome = "GB"\ncurrency = "GBP"\n'
    return load_case_settings(f"{facts}[settings]\n{text}", environment={})


def _empty(table: Table) -> pa.Table:
    return _numbered(schema(table).empty_table(), 1)


def worked(steps: Iterable[Step], tables: Mapping[str, pa.Table], text: str = "") -> dict[str, pa.Table]:
    """Run steps over views on DuckDB and return what every step gives, kept or not.

    Args:
        steps: in order.
        tables: views by name; normal form and reference tables are empty where not given.
        text: lines of [settings].

    """
    engine, case = DuckEngine(memory_limit="2GB"), settings(text)
    try:
        engine.view_settings(case)
        for table in NORMAL_FORM:
            engine.view_arrow(table.name, _empty(table))
        for fact in ALL_REFERENCE_TABLES:
            engine.view_arrow(fact.name, schema(fact).empty_table())
        for name, data in tables.items():
            engine.view_arrow(name, data)
        for name in ("payments", "invoices", "receivers"):
            engine.view_arrow(f"{name}_once", engine.fetch(f"SELECT * FROM {name}"))
        found = {}
        for step in steps:
            found[step.name] = engine.run(step, case)
            engine.view_arrow(step.name, found[step.name])
        return found
    finally:
        engine.close()


def hard_case(steps: Iterable[Step], text: str = "") -> dict[str, pa.Table]:
    """Run steps over the hard chain."""
    made = pa.concat_tables([transactions(rows, i) for i, rows in enumerate(hard_chain(), 1)])
    return worked(steps, {"transactions": made, "payments": payments(HARD_PAYMENTS), "tags": tags(HARD_TAGS)}, text)

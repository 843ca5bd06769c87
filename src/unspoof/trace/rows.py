"""A trace as rows that can be printed or written: coins, transactions, sums, stops; it concludes nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from unspoof.trace.chain import Ints
from unspoof.trace.policies import STATES
from unspoof.trace.stops import STOPS
from unspoof.trace.traced import Traced

Row = dict[str, Any]

COIN_COLUMNS = (
    "hop",
    "txid",
    "place",
    "holder",
    "wallet",
    "service",
    "value_sat",
    "is_start",
    "next_txid",
    "stop",
)
"""Keys of a row of coins, before those of the policies."""

AUDIT_COLUMNS = (
    "hop",
    "txid",
    "policy",
    "state",
    "ledger_in",
    "ledger_out",
    "ledger_fee",
    "ledger_balance",
    "traced_in",
    "traced_out",
    "traced_fee",
    "other_in",
    "other_out",
    "other_fee",
    "beyond",
    "balance",
)
"""Keys of a row of the audit."""


def known(values: Ints) -> list[int | None]:
    """Return amounts as Python's own, None for those that are not known."""
    return [None if value < 0 else value for value in values.tolist()]


def _taken(table: pa.Table, name: str, rows: Ints) -> list[Any]:
    made: list[Any] = pc.take(table[name], pa.array(rows, mask=rows < 0)).to_pylist()
    return made


def claimed_of(traced: Traced, rows: Ints) -> list[dict[str, int | None]]:
    """Return what each policy claims of coins, by rows of the walk."""
    parts = [known(traced.held(policy.name)[rows]) for policy in traced.policies]
    return [{p.name: amounts[n] for p, amounts in zip(traced.policies, parts, strict=True)} for n in range(len(rows))]


def coin_rows(traced: Traced) -> list[Row]:
    """Return every coin of the trace in the order of walking: the keys of COIN_COLUMNS, and `claimed` by policy."""
    chain, walk, marks = traced.chain, traced.walk, traced.marks
    who = np.append(marks.who, -1)[chain.holder[walk.coin]]
    beyond = np.where(walk.into >= 0, walk.tx[walk.into] if len(walk.tx) else -1, -1)
    columns = (
        walk.hop.tolist(),
        chain.txids_of(walk.coin).to_pylist(),
        known(chain.place[walk.coin]),
        chain.holders_of(walk.coin).to_pylist(),
        _taken(marks.wallets, "wallet", who),
        _taken(marks.wallets, "service", who),
        known(chain.value[walk.coin]),
        [bool(start) for start in walk.start],
        _taken(chain.txs, "txid", beyond),
        [STOPS[code].name for code in walk.stop],
    )
    rows = [dict(zip(COIN_COLUMNS, cells, strict=True)) for cells in zip(*columns, strict=True)]
    claims = claimed_of(traced, np.arange(len(walk.coin)))
    return [{**row, "claimed": claim} for row, claim in zip(rows, claims, strict=True)]


def transaction_rows(traced: Traced) -> list[Row]:
    """Return every transaction of the trace in the order of walking, as the ledger has it."""
    chain, walk = traced.chain, traced.walk
    sound, fee = chain.sound[walk.tx], chain.in_sum[walk.tx] - chain.out_sum[walk.tx]
    names = ("hop", "txid", "height", "block_at", "inputs", "outputs", "in_sat", "out_sat", "fee_sat")
    columns = (
        walk.tx_hop.tolist(),
        *(_taken(chain.txs, name, walk.tx) for name in ("txid", "height", "block_at", "inputs", "outputs")),
        known(np.where(sound, chain.in_sum[walk.tx], -1)),
        known(np.where(sound, chain.out_sum[walk.tx], -1)),
        known(np.where(sound, fee, -1)),
    )
    return [dict(zip(names, cells, strict=True)) for cells in zip(*columns, strict=True)]


def audit_rows(traced: Traced) -> list[Row]:
    """Return the sums of every transaction under every policy, each with its balance: the keys of AUDIT_COLUMNS."""
    made: list[Row] = []
    at = traced.frame_row
    ledgers = transaction_rows(traced)
    for policy in traced.policies:
        audit = traced.audits[policy.name]
        state = audit.state[at].tolist()
        sums = [known(part[at]) for part in (audit.traced_in, audit.traced_out, audit.traced_fee, audit.beyond)]
        for place, (ledger, balance) in enumerate(zip(ledgers, audit.balance[at].tolist(), strict=True)):
            traced_in, traced_out, traced_fee, beyond = (part[place] for part in sums)
            whole = {side: ledger[f"{side}_sat"] for side in ("in", "out", "fee")}
            made.append(
                {
                    "hop": ledger["hop"],
                    "txid": ledger["txid"],
                    "policy": policy.name,
                    "state": STATES[state[place]],
                    **{f"ledger_{side}": amount for side, amount in whole.items()},
                    "ledger_balance": None if whole["in"] is None else whole["in"] - whole["out"] - whole["fee"],
                    "traced_in": traced_in,
                    "traced_out": traced_out,
                    "traced_fee": traced_fee,
                    "other_in": _less(whole["in"], traced_in),
                    "other_out": _less(whole["out"], traced_out),
                    "other_fee": _less(whole["fee"], traced_fee),
                    "beyond": beyond,
                    "balance": None if state[place] else balance,
                }
            )
    return sorted(made, key=lambda row: row["hop"])


def _less(whole: int | None, part: int | None) -> int | None:
    return None if whole is None or part is None else whole - part


def stop_rows(traced: Traced) -> list[Row]:
    """Return for each stop that the trace came to how many coins stopped there, their value, and what is claimed of it."""
    walk, made = traced.walk, []
    for code, stop in enumerate(STOPS):
        rows = np.flatnonzero(walk.stop == code)
        if code and len(rows):
            value = traced.chain.value[walk.coin[rows]]
            made.append(
                {
                    "stop": stop.name,
                    "coins": len(rows),
                    "value_sat": int(value[value >= 0].sum()),
                    "unvalued": int((value < 0).sum()),
                    "claimed": {
                        p.name: traced.audits[p.name].totals.stopped.get(stop.name, 0) for p in traced.policies
                    },
                    "says": stop.forward if walk.forward else stop.back,
                }
            )
    return made


def total_rows(traced: Traced) -> list[Row]:
    """Return for each policy what became of the start's coins; put in and beyond = held, fees and unshared together."""
    made = []
    for policy in traced.policies:
        totals = traced.audits[policy.name].totals
        made.append(
            {
                "policy": policy.name,
                "seeded_sat": totals.seeded,
                "beyond_sat": totals.beyond,
                "held_sat": sum(totals.stopped.values()),
                "fees_sat": totals.fees,
                "unshared_sat": totals.unshared,
                "unvalued_starts": totals.unvalued,
                "balance": totals.balance,
                "conserves": policy.conserves,
            }
        )
    return made


__all__ = [
    "AUDIT_COLUMNS",
    "COIN_COLUMNS",
    "Row",
    "audit_rows",
    "claimed_of",
    "coin_rows",
    "known",
    "stop_rows",
    "total_rows",
    "transaction_rows",
]

"""Tracing through 200,000 transactions under three policies, against a plain loop over transactions, in one run.

    python benchmarks/tracing.py --transactions 200000 --rounds 5

A made-up history: each transaction spends one to three coins chosen by chance among those not yet spent (one in ten comes
from beyond the case), and makes one to three outputs and a fee. The trace starts at every hundredth of the first coins and
follows all that they reach within 50 transactions; nothing stops it. `walk` finds coins and transactions by hop; each policy
is timed with its audit. The plain loop is the same policy over the same transactions in Python, one by one, with dictionaries
and lists, and without an audit; its answers must be equal, or nothing is printed. Medians of rounds that alternate, and
medians of the ratios within a round. Prints Markdown.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from unspoof.parse.compiled import IS_COMPILED
from unspoof.trace.audit import audit
from unspoof.trace.chain import Chain, chain_of
from unspoof.trace.policies import POLICIES, Frame, Policy, frame_of
from unspoof.trace.stops import Marks
from unspoof.trace.walking import Limits, follow, way_of

Held = dict[int, int]
COLUMNS = ["tx", "txid", "side", "place", "value_sat", "holder", "script_type", "spent_txid", "spent_place", "spent_tx"]


def history(count: int, seed: int) -> tuple[pa.Table, pa.Table]:
    """Return coin_parts and coin_txs of a made-up history."""
    random = np.random.default_rng(seed)
    free: list[tuple[int, int, int]] = []
    parts: dict[str, list[Any]] = {name: [] for name in COLUMNS}
    for tx in range(count):
        total = 0
        for place in range(int(random.integers(1, 4))):
            if len(free) > 1000 and random.random() < 0.9:
                at = int(random.integers(len(free)))
                free[at], free[-1] = free[-1], free[at]
                made, index, value = free.pop()
                row = (tx, f"{tx:064x}", "input", place, value, f"a{made}.{index}", None, f"{made:064x}", index, made)
            else:
                value = int(random.integers(10_000, 10**9))
                row = (
                    tx,
                    f"{tx:064x}",
                    "input",
                    place,
                    value,
                    f"b{tx}.{place}",
                    None,
                    f"f{tx:059x}{place:04x}",
                    0,
                    None,
                )
            total += value
            for name, cell in zip(parts, row, strict=True):
                parts[name].append(cell)
        outputs = int(random.integers(1, 4))
        rest = total - min(total, int(random.integers(200, 5000)))
        for place in range(outputs):
            value = rest if place == outputs - 1 else int(random.integers(rest + 1))
            rest -= value
            free.append((tx, place, value))
            row = (tx, f"{tx:064x}", "output", place, value, f"a{tx}.{place}", "p2wpkh", None, None, None)
            for name, cell in zip(parts, row, strict=True):
                parts[name].append(cell)
    types = {"spent_txid": pa.string(), "script_type": pa.string(), "spent_place": pa.int64(), "spent_tx": pa.int64()}
    table = pa.table({name: pa.array(cells, types.get(name)) for name, cells in parts.items()})
    table = table.append_column("is_output", pc.equal(table["side"], "output"))
    table = table.append_column("is_unspendable", pc.fill_null(pc.equal(table["script_type"], "op_return"), False))
    ids = pa.array([f"{tx:064x}" for tx in range(count)])
    empty = {name: pa.nulls(count, pa.int64()) for name in ("height", "outputs")}
    flags = {
        "is_coinbase": pa.array([False] * count),
        "is_whole": pa.array([True] * count),
        "proof": pa.array([""] * count),
    }
    return table, pa.table({"tx": pa.array(range(count), pa.int64()), "txid": ids, **empty, **flags})


def _sides(chain: Chain, tx: int) -> tuple[list[int], list[int]]:
    ins = chain.in_coin[chain.first_in[tx] : chain.first_in[tx + 1]].tolist()
    return ins, list(range(int(chain.first_out[tx]), int(chain.first_out[tx + 1])))


def loop_poison(chain: Chain, txs: Sequence[int], value: list[int], held: Held) -> Held:
    for tx in txs:
        spent, made = _sides(chain, tx)
        touched = any(held.get(coin, 0) for coin in spent)
        for coin in made:
            held.setdefault(coin, value[coin] if touched else 0)
    return held


def loop_haircut(chain: Chain, txs: Sequence[int], value: list[int], held: Held) -> Held:
    for tx in txs:
        spent, made = _sides(chain, tx)
        amount, total = sum(held.get(coin, 0) for coin in spent), sum(value[coin] for coin in spent)
        weights = [value[coin] for coin in made]
        weights.append(total - sum(weights))
        pairs = [divmod(weight * amount, total) for weight in weights] if total else [(0, 0)] * len(weights)
        shares = [share for share, _ in pairs]
        for place in sorted(range(len(pairs)), key=lambda n: -pairs[n][1])[: amount - sum(shares)]:
            shares[place] += 1
        for coin, share in zip(made, shares, strict=False):
            held.setdefault(coin, share)
    return held


def loop_fifo(chain: Chain, txs: Sequence[int], value: list[int], held: Held) -> Held:
    runs = {coin: [(0, amount)] for coin, amount in held.items()}
    for tx in txs:
        spent, made = _sides(chain, tx)
        queue, base = [], 0
        for coin in spent:
            queue += [(base + at, base + at + size) for at, size in runs.get(coin, ())]
            base += value[coin]
        low, next_run = 0, 0
        for coin in made:
            high, mine = low + value[coin], []
            while next_run < len(queue) and queue[next_run][0] < high:
                begin, end = queue[next_run]
                mine.append((begin - low, min(end, high) - begin))
                if end > high:
                    queue[next_run] = (high, end)
                    break
                next_run += 1
            runs.setdefault(coin, mine)
            held.setdefault(coin, sum(size for _, size in mine))
            low = high
    return held


LOOPS: dict[str, Callable[..., Held]] = {"poison": loop_poison, "haircut": loop_haircut, "FIFO": loop_fifo}


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    started = time.perf_counter()
    made = work()
    return time.perf_counter() - started, made


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--transactions", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    tables = history(asked.transactions, 7)
    seconds, chain = timed(lambda: chain_of(*tables))
    none = np.full(len(chain.holders), -1, np.int64)
    off = np.zeros(chain.transactions, bool)
    marks = Marks(none, pa.table({}), none >= 0, off, np.full(chain.transactions, -1, np.int64))
    way = way_of(chain, marks, forward=True, limits=Limits(50, 50, 10**7))
    starts = np.arange(0, min(chain.made, 200_000), 100, dtype=np.int64)

    walk_s, walk = timed(lambda: follow(way, starts))
    frame = frame_of(chain, walk)
    value, order = chain.value.tolist(), frame.tx.tolist()

    def shares(policy: Policy, frame: Frame) -> np.ndarray:
        claim = policy.claim(frame)
        audit(chain, walk, frame, policy, claim)
        return claim.held

    for policy in POLICIES:  # compiled, and compared, before anything is timed
        held = LOOPS[policy.name](chain, order, value, {int(c): value[c] for c in starts})
        given = dict(zip(frame.coin.tolist(), shares(policy, frame).tolist(), strict=True))
        assert all(given[coin] == amount for coin, amount in held.items() if coin in given), policy.name
    walks, ours, theirs = [walk_s], {p.name: [] for p in POLICIES}, {p.name: [] for p in POLICIES}
    for _ in range(asked.rounds):
        walks.append(timed(lambda: follow(way, starts))[0])
        for policy in POLICIES:
            ours[policy.name].append(timed(lambda p=policy: shares(p, frame))[0])
            seeds = {int(c): value[c] for c in starts}
            theirs[policy.name].append(timed(lambda p=policy, s=seeds: LOOPS[p.name](chain, order, value, s))[0])
    print(
        f"{chain.transactions:,} transactions, {chain.coins:,} coins; the trace holds {len(walk.tx):,} transactions and",
        end=" ",
    )
    print(f"{len(walk.coin):,} coins in {int(walk.hop.max())} hops; compiled: {'yes' if IS_COMPILED else 'no'}\n")
    print("| part | median s | plain loop, s | times as fast |\n|---|---|---|---|")
    print(f"| tables to arrays (once) | {seconds:.2f} | | |")
    print(f"| walk | {statistics.median(walks):.2f} | | |")
    for name, mine in ours.items():
        ratio = statistics.median(t / m for t, m in zip(theirs[name], mine, strict=True))
        print(
            f"| {name}, with audit | {statistics.median(mine):.3f} | {statistics.median(theirs[name]):.2f} | {ratio:.1f} |"
        )


if __name__ == "__main__":
    main()

"""The case's chain order: each transaction after all whose outputs it spends; it reads no block's time.

Heights and places order most of it, but exhibits may not tell them, and a transaction may spend another of its own
block. Of all orders that keep spenders after what they spend, the one is taken whose transactions come as early as
their rank by height (unconfirmed last), place in the block and txid allows: there is just one, whatever the files.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from unspoof.engine import Inputs, Step
from unspoof.model.arrow import schema
from unspoof.model.tables import Column, Table
from unspoof.parse.compiled import jit

Ints = npt.NDArray[np.int64]


@jit
def _sift_in(heap: Ints, size: int, value: int) -> None:
    """Put a value into a binary heap of `size` values, the least at its root."""
    place = size
    while place > 0 and heap[(place - 1) // 2] > value:
        heap[place] = heap[(place - 1) // 2]
        place = (place - 1) // 2
    heap[place] = value


@jit
def _sift_out(heap: Ints, size: int) -> int:
    """Take the least value out of a heap of `size` values, which then holds one less."""
    least, value, place = heap[0], heap[size - 1], 0
    while True:
        child = 2 * place + 1
        if child >= size - 1:
            break
        if child + 1 < size - 1 and heap[child + 1] < heap[child]:
            child += 1
        if heap[child] >= value:
            break
        heap[place] = heap[child]
        place = child
    heap[place] = value
    return int(least)


@jit
def _ordered(waiting: Ints, starts: Ints, children: Ints, order: Ints) -> None:
    """Fill `order` with the nodes; see `least_order`.

    `waiting` holds how many parents of each node are still to come, and children[starts[n]:starts[n + 1]] its children.
    """
    count = len(order)
    heap = np.empty(count + 1, np.int64)
    is_done = np.zeros(count, np.bool_)
    size, unsure, placed = 0, 0, 0
    for node in range(count):
        if waiting[node] == 0:
            _sift_in(heap, size, node)
            size += 1
    while placed < count:
        if size == 0:  # what is left spends in a circle, which no real chain can: the least goes first
            while is_done[unsure]:
                unsure += 1
            waiting[unsure] = 0
            _sift_in(heap, size, unsure)
            size += 1
        node = _sift_out(heap, size)
        size -= 1
        is_done[node] = True
        order[placed] = node
        placed += 1
        for edge in range(starts[node], starts[node + 1]):
            child = children[edge]
            if is_done[child] or waiting[child] == 0:
                continue
            waiting[child] -= 1
            if waiting[child] == 0:
                _sift_in(heap, size, child)
                size += 1


def least_order(count: int, parents: Ints, children: Ints) -> Ints:
    """Order nodes so that parents come before children, and else by number.

    Args:
        count: how many nodes there are: 0 ... count - 1.
        parents: one end of each edge, each within the nodes.
        children: the other end; edges may repeat.

    Returns:
        all nodes, each once: of the orders that keep every edge, the least read from its beginning. Where edges run in a
        circle, which real transactions cannot, each circle is entered at the least node that is left, and at least
        one of its edges is not kept. n log n in the nodes, linear in the edges, whatever they are.

    Raises:
        ValueError: an edge names a node that is not there.

    """
    if len(parents) and not (min(parents.min(), children.min()) >= 0 and max(parents.max(), children.max()) < count):
        raise ValueError("an edge names a node that is not there")
    if not (parents >= children).any():
        return np.arange(count, dtype=np.int64)
    by_parent = np.argsort(parents, kind="stable")
    starts = np.zeros(count + 1, np.int64)
    np.cumsum(np.bincount(parents, minlength=count), out=starts[1:])
    order = np.empty(count, np.int64)
    waiting = np.bincount(children, minlength=count).astype(np.int64)
    _ordered(waiting, starts, np.ascontiguousarray(children[by_parent], np.int64), order)
    return order


def in_chain_order(inputs: Inputs) -> pa.Table:
    """Number the transactions of stated_coin_txs in chain order; `coin_spends` says which spends which, by rank."""
    heads, spends = inputs.tables["stated_coin_txs"].sort_by("rank"), inputs.tables["coin_spends"]
    parents, children = (spends.column(name).to_numpy() for name in ("spent_rank", "rank"))
    order = least_order(heads.num_rows, parents, children)
    made = {
        "tx": np.arange(heads.num_rows, dtype=np.int64),
        "txid": heads.column("txid").take(pa.array(order)),
        "rank": order,
    }
    return pa.table(made, schema=schema(STEP.gives))


SPENDS = Step(
    name="coin_spends",
    meaning="which transaction spends from which",
    reads=("ranked_coin_parts",),
    gives=Table(
        "coin_spends",
        "one row per input that spends from a transaction of the case",
        (
            Column("rank", "int64", "the transaction that spends, by its rank", nullable=False),
            Column("spent_rank", "int64", "the one whose output it spends", nullable=False),
        ),
    ),
    kept=False,
    sql="""
SELECT rank, spent_rank
FROM ranked_coin_parts
WHERE side = 'input' AND spent_rank <> rank
""".strip(),
)

STEP = Step(
    name="coin_order",
    meaning="number the transactions in chain order",
    reads=("stated_coin_txs", "coin_spends"),
    gives=Table(
        "coin_order",
        "one row per transaction",
        (
            Column("tx", "int64", "its place in chain order, from 0", nullable=False),
            Column("txid", "text", "the transaction", nullable=False),
            Column("rank", "int64", "its rank: by height, place in the block and txid alone", nullable=False),
        ),
    ),
    order_by=("tx",),
    run=in_chain_order,
)

STEPS = (SPENDS, STEP)

__all__ = ["SPENDS", "STEP", "STEPS", "in_chain_order", "least_order"]

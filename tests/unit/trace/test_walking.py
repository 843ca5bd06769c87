"""Walking: each stop where it belongs, hops and limits counted, traces side by side as each by itself."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trace_cases import Spend, chain_tables, coinjoin_table, wallet_tables

from unspoof.errors import BadRequest
from unspoof.trace.chain import Chain, chain_of
from unspoof.trace.stops import STOPS, Marks, marks_of
from unspoof.trace.walking import Limits, Walk, follow, way_of

FANNED = [(f"f{n}", 1) for n in range(60)]

STORY = [
    Spend([], [("miner", 5000)], height=1, proof="block", coinbase=True),
    Spend(
        [(0, 0)], [("ann", 2000), ("bob", 1900), ("data", 0)], height=2, proof="block", script_types={2: "op_return"}
    ),
    Spend([(1, 0)], [("exchange", 900), ("carol", 1000)], height=3, proof="block"),
    Spend([(2, 1)], [("carol2", 400), ("carol3", 500)], height=4, proof="block"),
    Spend([(3, 0), ("eve", 400)], [("m1", 390), ("m2", 390)], height=5, proof="block"),
    Spend([(3, 1)], FANNED, height=5, proof="block"),
    Spend([(2, 0), ("hot", 70_000)], [("someone", 50_000)], height=6, proof="block"),
    Spend([(6, 0)], [("later", 49_000)], height=7, proof="block"),
]
"""Coins in order: 0 miner; 1-3 ann, bob, data; 4-5 exchange, carol; 6-7 carol2, carol3; 8-9; 10-69; 70; 71; 72 eve; 73 hot."""


def told(spends: Sequence[Spend], coinjoins: Sequence[int] = (), own: Sequence[str] = ()) -> tuple[Chain, Marks]:
    """Return a chain where `hot` and `exchange` are one service's wallet and some transactions are coinjoins."""
    chain = chain_of(*chain_tables(spends))
    wallets, addresses = wallet_tables({"hot": ["hot", "exchange"]}, {"hot": ("coinhouse", 50)})
    names = wallets["wallet"].combine_chunks()
    return chain, marks_of(
        chain, wallets, addresses, coinjoin_table(coinjoins), names.filter(names.is_valid()).slice(0, len(own))
    )


def said(walk: Walk) -> dict[int, tuple[int, str]]:
    """Return hop and stop of each coin."""
    return {int(c): (int(h), STOPS[s].name) for c, h, s in zip(walk.coin, walk.hop, walk.stop, strict=True)}


def test_every_stop_onward_is_named() -> None:
    """Service, op_return, unspent, coinjoin, fan-out: each coin stops for its own reason, at its own hop."""
    chain, marks = told(STORY, [4])
    walk = follow(way_of(chain, marks, forward=True, limits=Limits()), np.array([1, 2, 3]))

    assert said(walk) == {
        1: (0, ""),
        2: (0, "unspent"),
        3: (0, "unspendable"),
        4: (1, "service"),
        5: (1, ""),
        6: (2, "coinjoin"),
        7: (2, "fan-out"),
    }


def test_every_stop_back_is_named() -> None:
    """Back from the last coin: a service's wallet is asked, and what it took in is not followed further."""
    chain, marks = told(STORY)
    walk = follow(way_of(chain, marks, forward=False, limits=Limits()), np.array([71]))

    assert said(walk) == {71: (0, ""), 70: (1, ""), 4: (2, "service"), 73: (2, "service")}


def test_back_through_a_payout_ends_at_whoever_paid() -> None:
    """A start made by a transaction of sixty outputs leads to its inputs, which are somebody's who pays so many."""
    chain, marks = told(STORY)
    walk = follow(way_of(chain, marks, forward=False, limits=Limits()), np.array([12]))

    assert said(walk) == {12: (0, ""), 7: (1, "fan-out")}


def test_back_ends_at_new_coin_at_coinjoins_and_at_the_end_of_the_data() -> None:
    """New coin, a coinjoin, and a coin whose transaction the case does not hold are three different ends."""
    chain, marks = told(STORY, [3])
    walk = follow(way_of(chain, marks, forward=False, limits=Limits()), np.array([5, 8]))

    assert said(walk) == {
        5: (0, ""),
        8: (0, ""),
        1: (1, ""),
        0: (2, "coinbase"),
        6: (1, "coinjoin"),
        72: (1, "unknown"),
    }


@pytest.mark.parametrize(
    ("height", "proof", "first", "second"),
    [
        (2, "block", "unspent", "unspent"),
        (3, "block", "unknown", "unspent"),
        (2, "branch", "unspent", "unknown"),
        (None, "", "unspent", "unknown"),
    ],
    ids=["all blocks", "a gap", "one transaction of a block", "unconfirmed"],
)
def test_unspent_is_said_only_where_every_block_since_is_there(
    height: int | None, proof: str, first: str, second: str
) -> None:
    """Whether a coin was spent is known only if no block from its own to the case's last whole one is missing."""
    story = [Spend([], [("a", 9)], height=1, proof="block", coinbase=True)]
    story.append(Spend([], [("b", 9)], height=height, proof=proof, coinbase=True))
    chain, marks = told(story)
    walk = follow(way_of(chain, marks, forward=True, limits=Limits()), np.array([0, 1]))

    assert [stop for _, stop in said(walk).values()] == [first, second]


def test_hops_and_transactions_bound_a_trace() -> None:
    """A chain of ten payments is followed for as many transactions as are allowed, and the stop says which limit it was."""
    line = [Spend([("x", 100)], [("p0", 100)]), *(Spend([(n, 0)], [(f"p{n + 1}", 100)]) for n in range(10))]
    chain, marks = told(line)
    by_hops = follow(way_of(chain, marks, forward=True, limits=Limits(max_hops=3)), np.array([0]))
    by_count = follow(way_of(chain, marks, forward=True, limits=Limits(50, 50, 2)), np.array([0]))

    assert (len(by_hops.tx), STOPS[by_hops.stop[-1]].name) == (3, "hops")
    assert (len(by_count.tx), STOPS[by_count.stop[-1]].name) == (2, "transactions")


def test_a_path_leads_from_the_nearest_start() -> None:
    """The way to a coin is told coin by coin, from the start."""
    chain, marks = told(STORY)
    walk = follow(way_of(chain, marks, forward=True, limits=Limits()), np.array([1, 5]))
    row = int(np.flatnonzero(walk.coin == 7)[0])

    assert [int(walk.coin[at]) for at in walk.path_to(row)] == [5, 7]


def test_the_shops_own_wallet_stops_nothing() -> None:
    """A wallet that is the shop's is followed, however much it looks like a service's."""
    chain, marks = told(STORY, own=["hot"])
    walk = follow(way_of(chain, marks, forward=True, limits=Limits()), np.array([4]))

    assert said(walk)[4] == (0, "")


def test_a_chain_out_of_order_is_refused() -> None:
    """A coin that is spent before it is made would let amounts run in a circle."""
    parts, txs = chain_tables([Spend([("x", 1)], [("a", 1)]), Spend([(0, 0)], [("b", 1)])])
    swapped = parts.set_column(0, "tx", [[1 - tx for tx in parts["tx"].to_pylist()]])
    for name in ("spent_tx", "spending_tx"):
        at = swapped.schema.get_field_index(name)
        turned = [[None if tx is None else 1 - tx for tx in parts[name].to_pylist()]]
        swapped = swapped.set_column(at, name, turned)

    with pytest.raises(BadRequest, match="order"):
        chain_of(swapped, txs)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 73), min_size=1, max_size=6, unique=True),
    st.booleans(),
    st.integers(1, 5),
    st.integers(1, 4),
)
def test_traces_side_by_side_are_each_by_itself(starts: list[int], forward: bool, hops: int, many: int) -> None:
    """Walking several traces at once gives each the coins, hops and stops that it has alone."""
    chain, marks = told(STORY, [4])
    way = way_of(chain, marks, forward=forward, limits=Limits(hops, 50, many))
    together = follow(way, np.array(starts), np.arange(len(starts)))

    for label, start in enumerate(starts):
        alone, mine = follow(way, np.array([start])), together.label == label
        assert alone.coin.tolist() == together.coin[mine].tolist()
        assert alone.stop.tolist() == together.stop[mine].tolist()
        assert alone.hop.tolist() == together.hop[mine].tolist()
        assert sorted(alone.tx.tolist()) == sorted(together.tx[together.tx_label == label].tolist())

"""Tests of unspoof.trace.chain: which coin a transaction made at a place, also where outputs are missing."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st
from trace_cases import SCHEMA_PARTS, SCHEMA_TXS, txid

from unspoof.trace.chain import Chain, chain_of, in_order

Places = list[set[int]]


def shown(places: Places, spends: list[tuple[int, int, int]] = []) -> Chain:  # noqa: B006  nobody writes to it
    """Return the chain of transactions of which only some outputs are shown; spends are (tx, spent tx, spent place)."""
    outputs = [
        {"tx": tx, "is_output": True, "place": place, "value_sat": 1, "is_unspendable": False}
        for tx, held in enumerate(places)
        for place in sorted(held)
    ]
    inputs = [
        {"tx": tx, "is_output": False, "place": n, "is_unspendable": False, "spent_tx": spent, "spent_place": place}
        for n, (tx, spent, place) in enumerate(spends)
    ]
    whole = [{"tx": tx, "txid": txid(tx), "is_coinbase": False, "is_whole": False} for tx in range(len(places))]
    parts = pa.Table.from_pylist(outputs + inputs, schema=SCHEMA_PARTS)
    return chain_of(parts, pa.Table.from_pylist(whole, schema=SCHEMA_TXS))


@given(
    st.lists(st.sets(st.integers(-3, 6), max_size=6), min_size=1, max_size=6),
    st.lists(st.tuples(st.integers(-1, 5), st.integers(-3, 9)), max_size=20),
)
def test_a_coin_is_found_by_its_place_whatever_outputs_are_missing(
    places: Places, asked: list[tuple[int, int]]
) -> None:
    """Every output that is shown is found by transaction and place, negative places too, and nothing else is."""
    chain = shown(places)
    coins = [(tx, place) for tx, held in enumerate(places) for place in sorted(held)]
    asked = [(tx, place) for tx, place in asked if tx < len(places)]
    txs, wanted = (np.array([pair[n] for pair in asked], np.int64) for n in (0, 1))

    assert chain.coins_at(txs, wanted).tolist() == [coins.index(pair) if pair in coins else -1 for pair in asked]


def test_an_input_spends_the_output_of_its_place() -> None:
    """Inputs lead to the outputs that they name, past one that is missing; one that is not shown is a coin of its own."""
    chain = shown([{0, 2}, {1}, set(), set()], [(2, 0, 2), (2, 1, 1), (3, 0, 1)])

    assert chain.made == 3
    assert chain.in_coin.tolist() == [1, 2, 3]
    assert chain.place[chain.in_coin].tolist() == [2, 1, 1]
    assert chain.spender[:3].tolist() == [-1, 2, 2]


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans(), st.integers(-2, 3)), max_size=12))
def test_rows_are_put_in_order(rows: list[tuple[int, bool, int]]) -> None:
    """A table comes back in the order of its columns, whatever order it had; of equal rows none is lost."""
    names = ("tx", "is_output", "place")
    types = (pa.int64(), pa.bool_(), pa.int32())
    columns = [pa.array([row[n] for row in rows], kind) for n, kind in enumerate(types)]
    ordered = in_order(pa.table(dict(zip(names, columns, strict=True))), *names)

    assert [tuple(row.values()) for row in ordered.to_pylist()] == sorted(rows)

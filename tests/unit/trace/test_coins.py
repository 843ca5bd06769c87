"""Tests of unspoof.trace.exhibits, coins and contradictions: what exhibits together say, in chain order."""

from __future__ import annotations

import random
from typing import Any

import pyarrow as pa
import pytest
from chain_cases import hard_case, hard_chain, transaction, transactions, txid, worked

from unspoof.trace import chain_order, coins, contradictions, exhibits

STEPS = (*exhibits.STEPS, *chain_order.STEPS, *coins.STEPS, *contradictions.STEPS)
Rows = list[dict[str, Any]]


def named(digits: str) -> str:
    """Return the name that a made-up txid stands for."""
    return bytes.fromhex(digits).strip(b"\0").decode()


def merged(*shown: Rows) -> dict[str, Rows]:
    """Work the steps out over exhibits and return their rows, txids as names."""
    tables = [transactions(rows, i) for i, rows in enumerate(shown, 1)]
    found = worked(STEPS, {"transactions": pa.concat_tables(tables)})
    return {name: [_named(row) for row in made.to_pylist()] for name, made in found.items()}


def _named(row: dict[str, Any]) -> dict[str, Any]:
    return {k: named(v) if k in ("txid", "spent_txid") and v else v for k, v in row.items()}


def part(found: dict[str, Rows], name: str, side: str, place: int = 0) -> dict[str, Any]:
    """Return one row of coin_parts."""
    [row] = [r for r in found["coin_parts"] if (r["txid"], r["side"], r["place"]) == (name, side, place)]
    return row


@pytest.fixture(scope="module")
def hard() -> dict[str, Rows]:
    """The hard chain, worked out."""
    return {name: [_named(row) for row in made.to_pylist()] for name, made in hard_case(STEPS).items()}


def test_transactions_stand_in_chain_order(hard: dict[str, Rows]) -> None:
    """Spenders follow what they spend, also within a block and out of the order of txids; unconfirmed ones are last."""
    order = [row["txid"] for row in hard["coin_txs"]]

    assert order[:7] == ["mine", "fund", "z-first", "a-second", "bobpays", "annpays", "sweep"]
    assert order[-5:] == ["self", "race1", "race2", "circle1", "circle2"]
    assert [row["tx"] for row in hard["coin_txs"]] == list(range(len(order)))
    assert all(row["spent_tx"] < row["tx"] for row in hard["coin_parts"] if row["spent_tx"] is not None)


def test_order_of_exhibits_and_rows_does_not_matter() -> None:
    """Shuffled rows and exhibits in another order give the same rows of every step."""
    shown = hard_chain()
    first = merged(*shown)
    for exhibit in shown:
        random.Random(1).shuffle(exhibit)

    assert merged(*reversed(shown)) == first


def test_an_input_is_filled_from_the_output_that_it_spends(hard: dict[str, Rows]) -> None:
    """Value, address and type of an input come from its output, which is told who spends it."""
    spends, spent = part(hard, "a-second", "input", 1), part(hard, "fund", "output", 1)

    assert (spends["value_sat"], spends["holder"], spends["script_type"]) == (50_000, "qann2", "p2wpkh")
    assert spends["spent_tx"] == spent["tx"]
    assert (spent["spending_tx"], spent["spending_place"]) == (spends["tx"], 1)


def test_the_output_is_believed_before_its_spender(hard: dict[str, Rows]) -> None:
    """Where an input claims another value than its output has, the output's counts, and the claim is listed."""
    assert part(hard, "bobpays", "input")["value_sat"] == 90_000
    assert ("bobpays", "spent output: value_sat", "90000", "91000") in _listed(hard)


def _listed(found: dict[str, Rows]) -> list[tuple[str, str, str, str]]:
    return [(r["txid"], r["what"], r["left_value"], r["right_value"]) for r in found["coin_conflicts"]]


def test_what_is_proven_is_believed_before_what_is_not(hard: dict[str, Rows]) -> None:
    """A proven block's height, time and value stand against an unproven exhibit's, which is listed."""
    [bob] = [row for row in hard["coin_txs"] if row["txid"] == "bobpays"]

    assert (bob["height"], bob["proof"], bob["out_sat"]) == (4, "block", 89_000)
    assert {("bobpays", "height", "4", "9"), ("bobpays", "value_sat", "40000", "40001")} <= set(_listed(hard))


def test_a_gap_of_one_exhibit_is_filled_from_another() -> None:
    """Height, value and address that one exhibit leaves empty come from the one that tells them."""
    bare = [{**row, "value_sat": None, "address": None, "script_type": None, "inputs": None, "outputs": None}
            for row in transaction("t", [("qa", 9)], [("qb", 8)])]  # fmt: skip
    found = merged(bare, transaction("t", [("qa", 9)], [("qb", 8)], 7, tx_place=3))
    [tx] = found["coin_txs"]

    assert (tx["height"], tx["in_sat"], tx["out_sat"], tx["fee_sat"], tx["is_whole"]) == (7, 9, 8, 1, True)
    assert part(found, "t", "output")["holder"] == "qb"
    assert found["coin_conflicts"] == []


def test_a_gap_is_not_filled_from_another_block() -> None:
    """The place in a block is not taken from an exhibit that names another block."""
    ours = [{**row, "proof": "block"} for row in transaction("t", [("qa", 9)], [("qb", 8)], 7)]
    found = merged(ours, transaction("t", [("qa", 9)], [("qb", 8)], 8, tx_place=3))

    assert [(row["height"], row["tx_place"]) for row in found["stated_coin_txs"]] == [(7, None)]


def test_a_second_spend_is_listed_and_not_followed(hard: dict[str, Rows]) -> None:
    """An output has one spender, the first in chain order; the other is a contradiction."""
    [first] = [row["tx"] for row in hard["coin_txs"] if row["txid"] == "race1"]

    assert part(hard, "annpays", "output", 2)["spending_tx"] == first
    assert ("race2", "spent twice", txid("race1"), txid("race2")) in _listed(hard)


def test_circles_end(hard: dict[str, Rows]) -> None:
    """Transactions that spend each other or themselves stand in some order, and the link that cannot be is no link."""
    assert part(hard, "self", "input")["spent_tx"] is None
    assert part(hard, "circle1", "input")["spent_tx"] is None
    assert {row[0] for row in _listed(hard) if row[1] == "spends what comes after it"} == {"self", "circle1"}


def test_what_a_link_that_cannot_be_says_is_compared_too() -> None:
    """Of transactions that spend each other every input is held against the output that it names, linked or not."""
    told = [{"value_sat": 7, "address": "qx"}, {"value_sat": 5, "address": "qa"}]
    first = transaction("c1", ["c2:0"], [("qa", 5)], 4)
    second = transaction("c2", ["c1:0"], [("qb", 6)], 4)
    for rows, what in ((first, told[0]), (second, told[1])):
        next(row for row in rows if row["side"] == "input").update(what)
    found = merged(first, second)

    assert [row[1:] for row in _listed(found) if row[1].startswith("spent output")] == [
        ("spent output: address", "qb", "qx"),
        ("spent output: value_sat", "6", "7"),
    ]
    assert sorted(part(found, name, "input")["spent_tx"] is None for name in ("c1", "c2")) == [False, True]


def test_sums_are_told_only_where_all_is_shown(hard: dict[str, Rows]) -> None:
    """Fee and sums of a transaction that is shown in part are empty, and it is not whole; of new coin there is no fee."""
    by_name = {row["txid"]: row for row in hard["coin_txs"]}

    assert [by_name["part"][k] for k in ("outputs", "out_sat", "fee_sat", "is_whole")] == [4, None, None, False]
    assert [by_name["mine"][k] for k in ("in_sat", "out_sat", "fee_sat")] == [None, 5_000_000_000, None]
    assert by_name["sweep"]["fee_sat"] == 1_000


def test_forged_values_neither_overflow_nor_pass() -> None:
    """A value beyond all coin is no value; ten thousand of the greatest are no sum; what gives more than it takes is told."""
    forged = transaction("f", [("qa", 2_100_000_000_000_001)], [("qb", 2_100_000_000_000_000)] * 5_000)
    found = merged(forged, transaction("g", [("qa", 5)], [("qb", 6)]))

    assert [(row["txid"], row["in_sat"], row["out_sat"]) for row in found["coin_txs"]] == [
        ("f", None, None),
        ("g", 5, 6),
    ]
    assert ("f", "value that cannot be", "2100000000000001", "2100000000000001") in _listed(found)
    assert ("g", "pays out more than it takes in", "5", "6") in _listed(found)


def test_holders_are_addresses_or_scripts(hard: dict[str, Rows]) -> None:
    """A script without address is its own holder; data hold nothing; a coinbase input spends nobody's coin."""
    assert part(hard, "multi", "input")["holder"] == "script:5121aa51ae"
    assert part(hard, "annpays", "output", 1)["holder"] is None
    assert part(hard, "mine", "input")["holder"] is None


def test_a_place_that_is_not_there_is_told() -> None:
    """An input that spends the ninth of two outputs, and an output beyond the count, are contradictions."""
    found = merged(
        transaction("t", ["coinbase"], [("qa", 5), ("qa", 5)], 1), transaction("u", ["t:8"], [("qb", 1)], 2, outputs=0)
    )

    assert [row[:2] for row in _listed(found)] == [("u", "spends what is not there"), ("u", "place beyond the count")]


def test_a_spent_output_is_taken_as_a_pair() -> None:
    """Of two exhibits that name different outputs one is believed whole; one that names half of it only fills a gap."""
    row = transaction("t", ["u:3"], [("qa", 5)], 1)
    other = transaction("t", ["v:1"], [("qa", 5)], 1)
    bare = [{**part, "spent_txid": None} for part in transaction("t", ["w:0"], [("qa", 5)], 1)]
    half = [{**part, "spent_place": None} for part in transaction("t", ["u:3"], [("qa", 5)], 1)]

    pair = [part(merged(*shown), "t", "input") for shown in ((row, other), (bare, row), (half, bare))]

    assert [(p["spent_txid"], p["spent_place"]) for p in pair] == [("u", 3), ("u", 3), ("u", None)]

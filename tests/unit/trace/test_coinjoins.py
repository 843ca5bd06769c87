"""Tests of unspoof.trace.coinjoins: real rounds are found by the rules that are said to find them, payouts are not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from chain_cases import TO_WALLETS, hard_case, transaction, transactions, txid, worked

from unspoof.trace import chain_order, coinjoins, coins, exhibits, moves

VECTORS = Path(__file__).parents[2] / "vectors" / "coinjoins" / "transactions.json"
STEPS = (*exhibits.STEPS, *chain_order.STEPS, *coins.STEPS, *moves.STEPS, *coinjoins.STEPS)
ROUNDS = {
    "joinmarket-coinjoin": {"old-rule"},
    "whirlpool-coinjoin": {"equal-outputs", "whirlpool"},
    "wabisabi-coinjoin": {"equal-outputs", "wabisabi"},
}


def real() -> tuple[pa.Table, dict[str, str]]:
    """Return the real transactions as the normal form, and their names by txid."""
    rows: list[dict[str, Any]] = []
    names = {}
    for tx in json.loads(VECTORS.read_text("utf-8")):
        names[tx["txid"]] = tx["name"]
        head = {"txid": tx["txid"], "height": tx["height"], "inputs": len(tx["inputs"]), "outputs": len(tx["outputs"])}
        for place, (spent, index, *told) in enumerate(tx["inputs"]):
            rows.append(
                {**head, "side": "input", "place": place, "spent_txid": spent, "spent_place": index, **_told(told)}
            )
        for place, told in enumerate(tx["outputs"]):
            rows.append({**head, "side": "output", "place": place, **_told(told)})
    return transactions(rows), names


def _told(told: list[Any]) -> dict[str, Any]:
    made = dict(zip(("address", "value_sat", "script_type", "script"), told, strict=True))
    return made if made["address"] is None else {**made, "script": None}


@pytest.fixture(scope="module")
def found() -> dict[str, list[dict[str, Any]]]:
    """The real transactions, worked out; txids as names."""
    table, names = real()
    made = worked(TO_WALLETS, {"transactions": table})
    return {
        step: [{**row, "txid": names.get(row.get("txid"), row.get("txid"))} for row in rows.to_pylist()]
        for step, rows in made.items()
    }


def rules(rows: list[dict[str, Any]]) -> dict[str, set[str]]:
    """Return the rules by transaction."""
    made: dict[str, set[str]] = {}
    for row in rows:
        made.setdefault(row["txid"], set()).add(row["rule"])
    return made


def test_real_rounds_are_found_by_the_rules_said_to_find_them(found: dict[str, list[dict[str, Any]]]) -> None:
    """JoinMarket, Whirlpool and WabiSabi rounds are found, each by its rules; seven other transactions by none."""
    assert rules(found["coinjoins"]) == ROUNDS


def test_the_numbers_of_the_reasons_are_those_of_the_chain(found: dict[str, list[dict[str, Any]]]) -> None:
    """A reason names the counts and amounts that anybody finds in the transaction."""
    by_rule = {(row["txid"], row["rule"]): row["because"] for row in found["coinjoins"]}

    assert by_rule["wabisabi-coinjoin", "equal-outputs"] == "20 outputs of 2097152 sat and 327 holders of inputs"
    assert by_rule["joinmarket-coinjoin", "old-rule"] == (
        "4 outputs, 2 of them of 100420 sat, and 2 holders of inputs: each may have one equal output and its change"
    )


def test_real_fees_come_out(found: dict[str, list[dict[str, Any]]]) -> None:
    """Inputs less outputs is the fee that the source states, in all ten."""
    stated = {tx["name"]: tx["fee"] for tx in json.loads(VECTORS.read_text("utf-8"))}

    assert {row["txid"]: row["fee_sat"] for row in found["coin_txs"]} == stated


def test_no_wallet_is_made_of_a_real_round(found: dict[str, list[dict[str, Any]]]) -> None:
    """None of the three rounds caused a union; the payout's wallet is taken for a service's by its 143 outputs."""
    assert not {row["txid"] for row in found["wallet_proof"]} & set(ROUNDS)
    assert [row["why"] for row in found["wallets"] if row["is_service"]] == ["pays 143 outputs in one transaction"]


def shape(*pays: int, holders: int, name: str = "t") -> set[str]:
    """Return the rules that a payment from so many holders of these values falls under."""
    spends = [(f"q{i}", 10_000_000) for i in range(holders)]
    rows = transaction(name, spends, [(f"qo{i}", value) for i, value in enumerate(pays)], 1)
    found = worked(STEPS, {"transactions": transactions(rows)})["coinjoins"].to_pylist()
    return {row["rule"] for row in found}


@pytest.mark.parametrize(
    ("pays", "holders", "rule"),
    [
        ((9_000, 9_000, 9_000), 3, {"equal-outputs"}),
        ((9_000, 9_000, 9_000), 2, set()),
        ((9_000, 9_000, 500), 2, {"old-rule"}),
        ((9_000, 9_000), 2, set()),
        ((9_000, 9_000, 500), 1, set()),
        ((546, 546, 546, 9_000, 8_000), 3, set()),
        ((2_730, 2_730, 2_730), 3, set()),
        ((100_000,) * 5, 5, {"equal-outputs", "whirlpool"}),
        ((100_000,) * 8, 8, {"equal-outputs", "whirlpool"}),
        ((100_000,) * 9, 9, {"equal-outputs"}),
        ((100_000,) * 5, 6, {"equal-outputs"}),
        ((100_001,) * 5, 5, {"equal-outputs"}),
        (tuple(2**k for k in range(13, 33)), 20, {"wabisabi"}),
        (tuple(2**k for k in range(13, 32)), 20, set()),
        (tuple(2**k + 1 for k in range(13, 33)), 20, set()),
    ],
)
def test_the_edge_of_each_rule(pays: tuple[int, ...], holders: int, rule: set[str]) -> None:
    """One holder, output or satoshi more or less decides, as the rule says."""
    assert shape(*pays, holders=holders) == rule


def test_an_input_of_an_unknown_holder_counts_as_one_more() -> None:
    """Where nobody tells whose an input is, it may be another's: the rule takes it so."""
    rows = transaction("t", ["u:0", "v:0", ("qa", 30_000)], [("qb", 9_000), ("qc", 9_000), ("qd", 9_000)], 1)
    found = worked(STEPS, {"transactions": transactions(rows)})

    assert [row["rule"] for row in found["coinjoins"].to_pylist()] == ["equal-outputs"]


def test_new_coin_is_no_coinjoin() -> None:
    """A coinbase that pays a pool's miners equal amounts is left alone."""
    rows = transaction("t", ["coinbase", "coinbase"], [(f"q{i}", 9_000) for i in range(3)], 1)

    assert worked(STEPS, {"transactions": transactions(rows)})["coinjoins"].num_rows == 0


def test_the_hard_chain_has_a_round_of_each_old_kind() -> None:
    """The made-up chain holds a round by the old rule and one of Whirlpool's shape."""
    made = hard_case(STEPS)["coinjoins"].to_pylist()

    assert rules(made) == {txid("join"): {"old-rule"}, txid("whirl"): {"equal-outputs", "whirlpool"}}

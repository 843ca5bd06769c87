"""Wallets as a user meets them: real transactions added as an explorer's server gives them, then asked about."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from test_commands import said, unspoof

from unspoof.case import Case
from unspoof.errors import BadRequest

VECTORS = Path(__file__).parents[1] / "vectors" / "coinjoins" / "transactions.json"


def _esplora(tx: dict[str, Any]) -> dict[str, Any]:
    """Return a transaction as Esplora's API shows it."""

    def put(told: list[Any]) -> dict[str, Any]:
        address, value, kind, script = told
        return {
            "scriptpubkey_address": address,
            "value": value,
            "scriptpubkey_type": kind,
            "scriptpubkey": script,
        }

    return {
        "txid": tx["txid"],
        "status": {"confirmed": True, "block_height": tx["height"], "block_time": 1_600_000_000 + tx["height"]},
        "vin": [{"txid": i[0], "vout": i[1], "is_coinbase": False, "prevout": put(i[2:])} for i in tx["inputs"]],
        "vout": [put(o) for o in tx["outputs"]],
    }


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """A case that holds ten real transactions and nothing else, worked."""
    folder = tmp_path_factory.mktemp("wallets")
    file = folder / "transactions.json"
    file.write_text(json.dumps([_esplora(tx) for tx in json.loads(VECTORS.read_text("utf-8"))]), "utf-8")
    made = Case.new(folder / "case", reference="TEST 1", home="GB", currency="GBP")
    made.add([file])
    made.run()
    return made


def pair(name: str) -> tuple[str, str]:
    """Return the two first holders of a real transaction's inputs."""
    [tx] = [tx for tx in json.loads(VECTORS.read_text("utf-8")) if tx["name"] == name]
    first, second, *_ = dict.fromkeys(i[2] for i in tx["inputs"])
    return first, second


def test_the_list_has_its_documented_keys(case: Case) -> None:
    """Scripts depend on the keys of wallets; the payout's is a service's and says why."""
    listed = said("wallets", case.folder, "--top", 0)["wallets"]
    services = [row["why"] for row in listed if row["is_service"]]

    assert {"wallet", "holders", "transactions", "received_sat", "sent_sat", "accounts", "service", "why"} <= listed[
        0
    ].keys()
    assert "pays 143 outputs in one transaction" in services
    assert len(said("wallets", case.folder, "--top", 3)["wallets"]) == 3


def test_why_two_addresses_are_one_wallet_is_told_to_a_person(case: Case) -> None:
    """The text names the transaction, its block, both inputs, the class and what a court will ask."""
    left, right = pair("bare-multisig")
    told = unspoof("wallets", case.folder, "--why", left, right).stdout

    assert "One wallet, by 1 transaction, class co-spend:" in told
    assert "1. 60a20bd93aa49ab4b28d514ec10b06e1829ce6818ec06cd3aabd013ebcdc4bb1  (block 164467," in told
    assert f"input 0, 1: {left}" in told
    assert f"input 2: {right}" in told
    assert "PayJoin" in told


def test_two_people_of_a_round_are_two_wallets_and_the_rule_is_named(case: Case) -> None:
    """Asked of two participants of a real coinjoin, the answer is no, with the rule that left the transaction out."""
    told = unspoof("wallets", case.folder, "--why", *pair("joinmarket-coinjoin")).stdout

    assert told.startswith("Two wallets: no chain of transactions joins them.")
    assert "left out as a coinjoin, old-rule" in told
    assert said("wallets", case.folder, "--why", *pair("joinmarket-coinjoin"))["is_one"] is False


def test_an_address_leads_to_its_wallet_and_to_all_that_is_known(case: Case) -> None:
    """`wallets --of` lists the wallet's addresses, and `why` finds rows and findings by address and by txid."""
    left, right = pair("bare-multisig")
    [row] = said("wallets", case.folder, "--of", right)["wallets"]
    found = {part["name"]: part for part in said("why", case.folder, right)["found"]}

    assert {held["holder"] for held in row["addresses"]} == {left, right}
    assert {"transactions", "wallets", "wallet_proof"} <= found.keys()
    assert found["wallets"]["rows"][0]["wallet"] == row["wallet"]
    assert "coinjoins" in {
        part["name"]
        for part in said("why", case.folder, "4f112abd2eefe3484a7bbf7c1731f784cba19de677468835145e9c448fb18b7d")[
            "found"
        ]
    }


def test_a_view_is_a_finding_as_soon_as_what_it_rests_on_stands(case: Case, tmp_path: Path) -> None:
    """`finding` gives a view's rows as it gives a kept step's, cut by `top`; of a case that was not run it says so."""
    sized = {row["wallet"]: row["holders"] for row in case.finding("sized_wallets").to_pylist()}
    new = Case.new(tmp_path / "new", reference="R 2", home="GB", currency="GBP")

    assert {row["wallet"]: row["holders"] for row in case.finding("wallets").to_pylist()} == sized
    assert case.finding("wallets", top=2).num_rows == 2
    for name in ("wallets", "sized_wallets", "no_step"):
        with pytest.raises(BadRequest, match=f"the case has no {name} yet"):
            new.finding(name)


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["--of", "nobody"], "no transaction of the case holds 'n••••y'"),
        (["--of", "nobody", "--conflicts"], "--of, --why and --conflicts are three questions"),
    ],
)
def test_a_question_that_cannot_be_answered_is_one_message(case: Case, words: list[str], problem: str) -> None:
    """Bad input gives one message and exit code 2, never a traceback."""
    done = unspoof("wallets", case.folder, *words)

    assert (done.returncode, done.stdout) == (2, "")
    assert problem in done.stderr

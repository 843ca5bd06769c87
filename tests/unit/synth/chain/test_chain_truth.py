"""What is said to be true of a made-up chain must be what its file shows to somebody who knows where to look."""

from __future__ import annotations

import csv
import json
from collections import Counter, defaultdict
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
import yaml
from made_chain import Row, address, co_spends, outputs, read_chain, read_truth
from made_dump import read

from unspoof.synth import Seizure

KINDS = {
    *("plain", "split", "amount", "late", "mistyped", "no-txid", "forged", "gift", "expired", "unasked"),
}


@pytest.fixture(scope="module")
def chain(middling: Seizure) -> list[Row]:
    """The middling seizure's chain."""
    return read_chain(middling.files[2].path)


@pytest.fixture(scope="module")
def dump(middling: Seizure) -> dict[str, list[Row]]:
    """The middling seizure's database."""
    return read(middling.files[0].path)


@pytest.fixture(scope="module")
def payments(middling: Seizure) -> list[Row]:
    """What is true of each payment."""
    return read_truth(middling.truth, "payments_chain")


@pytest.fixture(scope="module")
def held(middling: Seizure) -> dict[str, Row]:
    """Who holds each address."""
    return {row["address"]: row for row in read_truth(middling.truth, "wallets")}


def test_every_kind_of_difference_is_planted(payments: list[Row]) -> None:
    """A seizure of a hundred payments has each kind of booking that differs from the chain, and ordinary ones most."""
    kinds = Counter(row["kind"] for row in payments)

    assert set(kinds) >= KINDS - {"split"}
    assert kinds["plain"] > 0.6 * len(payments)


def test_payments_lie_where_the_truth_says(payments: list[Row], chain: list[Row], held: dict[str, Row]) -> None:
    """Each payment's transaction and place is an output to the shop, of that many satoshi, in a block of that time."""
    made, tx = outputs(chain), {one["hash"]: one for one in chain}
    came = [row for row in payments if row["txid"]]

    for row in came:
        item = made[row["txid"], int(row["place"])]
        assert item["value"] == int(row["chain_sat"])
        assert held[address(item)]["wallet"] == "shop"
        hour = tx[row["txid"]]["block_timestamp"] % 86_400
        assert (row["near_midnight"] == "true") == (min(hour, 86_400 - hour) <= 7_200)
    assert {row["kind"] for row in payments if not row["txid"]} == {"forged", "gift"}
    assert all((row["chain_sat"] == row["asked_sat"]) == (row["kind"] != "amount") for row in came if row["asked_sat"])


def test_the_books_say_what_the_truth_says_they_do(
    payments: list[Row], dump: dict[str, list[Row]], chain: list[Row]
) -> None:
    """The txid of each refill is the booked one: the true one, one with a wrong digit, one of no chain, or none."""
    refills = {row["id"]: row for row in dump["pkg_refill"]}
    known = {tx["hash"] for tx in chain}

    for row in payments:
        if not row["payment_ref"]:
            continue
        refill = refills[row["payment_ref"]]
        assert refill["id_user"] == row["account_ref"]
        assert Decimal(refill["credit"]) * 100 == int(row["booked_minor"])
        assert refill["description"].endswith(f"txid: {row['booked_txid']}") == bool(row["booked_txid"])
        if row["kind"] == "mistyped":
            assert sum(a != b for a, b in zip(row["txid"], row["booked_txid"], strict=True)) == 1
        elif row["kind"] in ("forged", "no-txid", "gift"):
            assert row["booked_txid"] not in known
        else:
            assert row["booked_txid"] == row["txid"]
    paid = {row["id"] for row in dump["pkg_refill"] if row["payment"] == "1"}
    copies = len(paid) - sum(bool(row["payment_ref"]) for row in payments)
    assert 0 < copies < 4


def test_invoices_ask_for_what_came(payments: list[Row], dump: dict[str, list[Row]]) -> None:
    """Each deposit that was asked for has its invoice of exactly that much; no amount stands twice within a day."""
    asked = Counter(
        (row["id_user"], Decimal(row["amountCrypto"]) * 100_000_000, row["status"])
        for row in dump["pkg_cryptocurrency"]
    )
    days = Counter((row["date"][:10], row["amountCrypto"]) for row in dump["pkg_cryptocurrency"])

    for row in payments:
        if row["asked_sat"] and row["kind"] != "split":
            assert asked[row["account_ref"], Decimal(row["asked_sat"]), "1" if row["kind"] == "expired" else "0"]
    assert max(days.values()) == 1
    assert any(row["status"] == "1" for row in dump["pkg_cryptocurrency"])


def test_settings_name_the_last_receiving_address(
    dump: dict[str, list[Row]], payments: list[Row], chain: list[Row], held: dict[str, Row]
) -> None:
    """The shop's settings hold the address of the latest payments; earlier ones stand on the chain alone."""
    stated = next(row["username"] for row in dump["pkg_method_pay"] if row["payment_method"] == "cryptocurrency")
    made = outputs(chain)
    booked = [row for row in payments if row["txid"] and row["payment_ref"]]
    used = [address(made[row["txid"], int(row["place"])]) for row in sorted(booked, key=lambda row: row["block_at"])]

    assert stated == f"BTC=>{used[-1]}"
    assert len(set(used)) > 4
    assert held[used[0]]["owner"] == "shop"


def test_every_address_has_one_holder(chain: list[Row], middling: Seizure, held: dict[str, Row]) -> None:
    """The truth names the holder of each address in the file, spent or paid, and of no other."""
    parts = [item for tx in chain for item in (*tx["inputs"], *tx["outputs"])]

    assert {address(item) for item in parts} - {""} == set(held)
    assert len(read_truth(middling.truth, "wallets")) == len(held)
    assert {row["held_by"] for row in held.values()} == {"person", "shop", "service", "stranger"}


def test_coinjoins_have_their_shapes(chain: list[Row], middling: Seizure) -> None:
    """Whirlpools are five and five equal, JoinMarkets two and four with two equal, WabiSabis large; some hold no payer."""
    tx = {one["hash"]: one for one in chain}
    joins = read_truth(middling.truth, "coinjoins")

    for row in joins:
        values = [item["value"] for item in tx[row["txid"]]["outputs"]]
        inputs, most = tx[row["txid"]]["inputs"], Counter(values).most_common(1)[0][1]
        distinct = len({address(item) for item in inputs})
        if row["shape"] == "whirlpool":
            assert (len(inputs), distinct, len(values), most) == (5, 5, 5, 5)
        elif row["shape"] == "joinmarket":
            assert (len(inputs), distinct, len(values), most) == (2, 2, 4, 2)
        else:
            assert min(len(inputs), len(values)) >= 40
            assert 10 <= most <= distinct
    assert {row["shape"] for row in joins} == {"whirlpool", "joinmarket", "wabisabi"}
    assert {row["shape"] for row in joins if row["payers"] == "0"} == {"whirlpool", "joinmarket", "wabisabi"}
    assert any(int(row["payers"]) for row in joins)


def test_co_spends_without_coinjoins_join_nobody_wrongly(
    chain: list[Row], middling: Seizure, held: dict[str, Row]
) -> None:
    """Addresses spent together are one holder's but in coinjoins; the heuristic finds wallets in part only, as in life."""
    joins = {row["txid"] for row in read_truth(middling.truth, "coinjoins")}
    plain, careful = co_spends(chain), co_spends(chain, joins)
    owners: dict[str, set[str]] = defaultdict(set)
    naive: dict[str, set[str]] = defaultdict(set)
    found: dict[str, set[str]] = defaultdict(set)
    for one, wallet in careful.items():
        owners[wallet].add(held[one]["wallet"])
        found[held[one]["wallet"]].add(wallet)
    for one, wallet in plain.items():
        naive[wallet].add(held[one]["wallet"])

    assert all(len(whose) == 1 for whose in owners.values())
    assert any(len(whose) > 3 for whose in naive.values())
    assert any(len(parts) > 1 for wallet, parts in found.items() if wallet.startswith("W"))
    assert len(found["shop"]) > 1


def test_an_exchange_pays_for_strangers_from_one_wallet(
    chain: list[Row], payments: list[Row], held: dict[str, Row]
) -> None:
    """Accounts of different people are paid for out of one service's inputs: the trap of hot wallets."""
    tx = {one["hash"]: one for one in chain}
    accounts: dict[str, set[str]] = defaultdict(set)
    for row in payments:
        if row["way"] == "exchange" and row["account_ref"]:
            accounts[held[address(tx[row["txid"]]["inputs"][0])]["wallet"]].add(row["account_ref"])

    assert max(len(some) for some in accounts.values()) > 5
    assert not any(wallet.startswith(("W", "S")) for wallet in accounts)


def test_services_are_reached_where_the_truth_says(chain: list[Row], middling: Seizure, held: dict[str, Row]) -> None:
    """Deposits are at addresses of the service and swept by it; withdrawals are made by transactions of its wallet."""
    tx, made = {one["hash"]: one for one in chain}, outputs(chain)
    spent_by = {
        (item["spent_transaction_hash"], item["spent_output_index"]): one["hash"]
        for one in chain
        for item in one["inputs"]
    }
    rows = read_truth(middling.truth, "services")
    swept = 0

    for row in rows:
        item = made[row["txid"], int(row["place"])]
        assert (address(item), item["value"]) == (row["address"], int(row["value_sat"]))
        if row["direction"] == "deposit to":
            assert held[row["address"]]["wallet"] == row["service"]
            sweep = spent_by.get((row["txid"], int(row["place"])))
            swept += sweep is not None
            assert sweep is None or {held[address(i)]["wallet"] for i in tx[sweep]["inputs"]} == {row["service"]}
        else:
            assert {held[address(i)]["wallet"] for i in tx[row["txid"]]["inputs"]} == {row["service"]}
    assert swept > 5
    assert any(row["service"] == "murkwell" for row in rows)


def test_tags_are_true_but_for_two(middling: Seizure, held: dict[str, Row]) -> None:
    """Every tag names whose address it is, but one address of another service and one payer's, which are of low level."""
    references = dict(middling.references)
    pack: dict[str, Any] = yaml.safe_load(references["tags"].read_text(encoding="utf-8"))
    actors: dict[str, Any] = yaml.safe_load(references["actors"].read_text(encoding="utf-8"))
    wrong = [tag for tag in pack["tags"] if held[tag["address"]]["wallet"] != tag["actor"]]

    assert [tag["confidence"] for tag in wrong] == ["web_crawl", "heuristic"]
    assert [held[tag["address"]]["held_by"] for tag in wrong] == ["service", "person"]
    assert {tag["actor"] for tag in pack["tags"]} == {actor["id"] for actor in actors["actors"]}
    assert "pennyfold" not in {tag["actor"] for tag in pack["tags"]}
    assert any(actor.get("context", {}).get("legal_name") for actor in actors["actors"])
    assert any(not actor["jurisdictions"] for actor in actors["actors"])


def test_income_is_what_prices_and_outputs_give(middling: Seizure, payments: list[Row], chain: list[Row]) -> None:
    """The true income is the sum over outputs of their worth at the price of the day of the block, halves up."""
    document = json.loads((middling.truth / "figures.json").read_text(encoding="utf-8"))
    with dict(middling.references)["prices"].open(encoding="utf-8", newline="") as sheet:
        price = {(row["from"], row["currency"]): Decimal(row["price"]) for row in csv.DictReader(sheet)}
    worth, satoshi = 0, 0
    for txid, place in {(row["txid"], row["place"]) for row in payments if row["txid"]}:
        row = next(one for one in payments if (one["txid"], one["place"]) == (txid, place))
        satoshi += int(row["chain_sat"])
        exact = Decimal(row["chain_sat"]) * price[row["block_at"][:10], "GBP"] / 1_000_000
        worth += int(exact.to_integral_value(ROUND_HALF_UP))

    assert document["figures"]["income.reconciled"] == document["money"]["reconciled"]["minor"] == worth
    assert document["money"]["reconciled"]["sat"] == satoshi
    assert document["money"]["booked"]["sat"] + document["money"]["unbooked"]["sat"] == satoshi
    assert 0.85 < worth / document["figures"]["income.total"] < 1.2


def test_change_is_nowhere_in_particular(chain: list[Row], held: dict[str, Row]) -> None:
    """Neither the place of an output nor its order of size tells change from payment."""
    last = largest = count = 0
    for tx in chain:
        owner = {held[address(item)]["wallet"] for item in tx["inputs"]}
        back = [item for item in tx["outputs"] if item["addresses"] and held[address(item)]["wallet"] in owner]
        if len(tx["outputs"]) == 2 and len(back) == 1:
            count += 1
            last += back[0]["index"] == 1
            largest += back[0]["value"] == max(item["value"] for item in tx["outputs"])

    assert count > 200
    assert 0.4 < last / count < 0.6
    assert 0.1 < largest / count < 0.9


def test_accounts_of_one_person_and_of_two_pay_from_one_wallet(middling: Seizure) -> None:
    """Some wallets pay for several accounts: of one person, and of two people of a crew."""
    rows = read_truth(middling.truth, "account_wallets")
    accounts: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        accounts[row["wallet"]].add(row["account_ref"])
    several = {wallet for wallet, some in accounts.items() if len(some) > 1}

    assert several
    assert any(";" in row["owner"] for row in rows)

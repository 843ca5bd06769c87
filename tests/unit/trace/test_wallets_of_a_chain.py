"""Tests of unspoof.trace.co_spends, wallets and change: who is one wallet and why, what is a service's, what may be change."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from chain_cases import HARD_TAGS, TO_WALLETS, hard_case, payments, tags, transaction, transactions, txid, worked
from hypothesis import given, settings
from hypothesis import strategies as st

Rows = list[dict[str, Any]]
Found = dict[str, Rows]


@pytest.fixture(scope="module")
def hard() -> Found:
    """The hard chain, worked out."""
    return {name: made.to_pylist() for name, made in hard_case(TO_WALLETS).items()}


def found(rows: Rows, text: str = "", tagged: Rows = (), paid: Rows = ()) -> Found:  # type: ignore[assignment]
    """Work transactions out, with tags and payments."""
    tables = {"transactions": transactions(rows), "tags": tags(tagged), "payments": payments(paid)}
    return {name: made.to_pylist() for name, made in worked(TO_WALLETS, tables, text).items()}


def members(of: Found) -> dict[str, set[str]]:
    """Return the holders of each wallet that has more than one."""
    made: dict[str, set[str]] = {}
    for row in of["wallet_addresses"]:
        made.setdefault(row["wallet"], set()).add(row["holder"])
    return {wallet: held for wallet, held in made.items() if len(held) > 1}


def wallet(of: Found, name: str) -> dict[str, Any]:
    """Return one row of wallets."""
    [row] = [row for row in of["wallets"] if row["wallet"] == name]
    return row


def test_wallets_are_those_who_spent_together(hard: Found) -> None:
    """Co-spends make wallets, named by the holder that stands first in the chain; anchors and coinjoins make none."""
    assert members(hard) == {
        "qann2": {"qann2", "qann3"},
        "qshop1": {"qshop1", "qshop2", "qshop3"},
        "3exchange1": {"3exchange1", "3exchange2"},
        "qbob2": {"qbob2", "script:5121aa51ae"},
        "qbob1": {"qbob1", "tbob3"},
    }


def test_every_union_has_its_transaction(hard: Found) -> None:
    """Both holders of a union are inputs of its transaction, and a wallet has one union less than holders."""
    spent = {(row["tx"], row["holder"]) for row in hard["coin_parts"] if row["side"] == "input"}
    sizes = {row["wallet"]: row["holders"] for row in hard["wallets"]}

    for row in hard["wallet_proof"]:
        assert {(row["tx"], row["left_holder"]), (row["tx"], row["right_holder"])} <= spent
    assert len(hard["wallet_proof"]) == len(hard["wallet_addresses"]) - len(sizes)
    assert sizes == Counter(row["wallet"] for row in hard["wallet_addresses"])


def test_two_tagged_services_are_kept_apart(hard: Found) -> None:
    """The transaction that would merge two services joins nothing, not even its untagged input, and is listed."""
    [clash, part] = hard["wallet_conflicts"]

    assert (clash["txid"], clash["left_service"], clash["right_service"]) == (txid("clash"), "exchange-a", "exchange-b")
    assert txid("clash") not in {row["txid"] for row in hard["wallet_proof"]}
    assert part["txid"] == txid("part")
    assert part["because"] == (
        "not all of it is shown (2 inputs, 1 outputs), so that nobody can say whether it is a coinjoin"
    )


def test_the_guard_sees_tags_through_earlier_unions() -> None:
    """Untagged holders that were joined to tagged ones before carry the tag into the guard."""
    rows = [
        *transaction("one", [("qa", 9), ("qb", 9)], [("qz", 17)], 1),
        *transaction("two", [("qc", 9), ("qd", 9)], [("qz", 17)], 2),
        *transaction("three", [("qb", 9), ("qd", 9)], [("qz", 17)], 3),
    ]
    tagged = [{"address": a, "service": name, "category": "exchange"} for a, name in (("qa", "one"), ("qc", "two"))]
    made = found(rows, tagged=tagged)

    assert members(made) == {"qa": {"qa", "qb"}, "qc": {"qc", "qd"}}
    assert [(row["left_holder"], row["right_holder"]) for row in made["wallet_conflicts"]] == [("qb", "qd")]


@pytest.mark.parametrize(
    "tag", [{"service": "a", "level": 5}, {"service": "p", "category": "user"}, {"service": "p", "abuse": "scam"}]
)
def test_a_weak_tag_and_a_person_make_no_conflict_and_no_service(tag: dict[str, Any]) -> None:
    """A tag below the level that the case asks for, or of a person, neither keeps wallets apart nor makes a service."""
    rows = transaction("one", [("qa", 9), ("qb", 9)], [("qz", 17)], 1)
    made = found(rows, tagged=[{"address": "qa", **tag}, {"address": "qb", "service": "b", "category": "exchange"}])

    assert members(made) == {"qa": {"qa", "qb"}}
    assert [wallet(made, "qa")[k] for k in ("service", "is_service")] == ["b", True]


@pytest.mark.parametrize(
    ("tag", "text", "joined"),
    [
        ({"level": 20}, "", True),
        ({"level": 49}, "", True),
        ({"level": 50}, "", False),
        ({"level": 20, "is_cluster_definer": True}, "", False),
        ({"level": 20, "is_own": True}, "", False),
        ({"level": 20}, "tag_guard_level = 20", False),
        ({"level": 60}, "tag_guard_level = 61", True),
        ({"level": 100, "service": ""}, "", True),
        ({"level": 100, "service": "", "is_cluster_definer": True, "is_own": True}, "", True),
    ],
)
def test_only_a_tag_of_the_whole_wallet_keeps_wallets_apart(tag: dict[str, Any], text: str, joined: bool) -> None:
    """A tag stops a union if it is meant for the wallet, is sure enough, or is the agency's own; one without a name never."""
    rows = [
        *transaction("one", [("qa", 9), ("qb", 9)], [("qz", 17)], 1),
        *transaction("two", [("qb", 9), ("qc", 9)], [("qz", 17)], 2),
    ]
    right = {"address": "qa", "service": "right", "category": "exchange", "is_cluster_definer": True}
    wrong = {"address": "qc", "service": "wrong", "category": "exchange", **tag}
    made = found(rows, text, tagged=[right, wrong])

    assert members(made) == {"qa": {"qa", "qb", "qc"} if joined else {"qa", "qb"}}
    assert len(made["wallet_conflicts"]) == (0 if joined else 1)
    assert wallet(made, "qa")["service"] == "right"


def test_a_weak_tag_of_one_address_does_not_name_its_wallet() -> None:
    """It is listed beside the wallet; an address that never spent with another is named by it, as the address alone."""
    rows = [
        *transaction("one", [("qa", 9), ("qb", 9), ("qc", 9)], [("qz", 17)], 1),
        *transaction("two", [("qd", 9)], [("qz", 8)], 2),
    ]
    weak = {"service": "s", "category": "exchange", "level": 20}
    listed = {"service": "", "abuse": "sanctions", "level": 60}
    made = found(rows, tagged=[{"address": "qa", **weak}, {"address": "qb", **weak}, {"address": "qd", **weak},
                               {"address": "qc", **listed}])  # fmt: skip
    row, alone = wallet(made, "qa"), wallet(made, "qd")

    assert [row[k] for k in ("service", "level", "tag_source", "is_service", "why")] == [None, None, None, False, ""]
    assert row["address_tags"] == (
        "on a list: made up: made up (level 60, 1 of its addresses); s (level 20, 2 of its addresses)"
    )
    assert [alone[k] for k in ("service", "level", "is_service", "address_tags")] == ["s", 20, True, ""]
    assert alone["why"] == "tagged s at level 20, the address alone"


@pytest.mark.parametrize("category", [None, "exchange"])
def test_a_tag_without_a_name_names_nobody(category: str | None) -> None:
    """An address on a list, as OFAC's, is no service's, whatever its level; it is listed."""
    tag = {
        "address": "qa",
        "service": "",
        "category": category,
        "level": 100,
        "is_own": True,
        "is_cluster_definer": True,
    }
    row = wallet(found(transaction("one", [("qa", 9)], [("qz", 8)], 1), tagged=[tag]), "qa")

    assert [row[k] for k in ("service", "level", "is_service", "why")] == [None, None, False, ""]
    assert row["address_tags"] == "on a list: made up: made up (level 100, 1 of its addresses)"


def test_a_person_tagged_is_named_and_is_no_service() -> None:
    """A wallet that is tagged as a person's says so, with level and source, and is not taken for a service's."""
    rows = transaction("one", [("qa", 9)], [("qz", 8)], 1)
    row = wallet(found(rows, tagged=[{"address": "qa", "service": "p", "category": "user", "level": 60}]), "qa")

    assert [row[k] for k in ("service", "category", "level", "tag_source")] == ["p", "user", 60, "made up: made up"]
    assert (row["is_service"], row["why"]) == (False, "")


def test_the_surest_tag_of_a_wallet_is_shown(hard: Found) -> None:
    """Of several tags of one service the highest level counts; what is not tagged is unattributed."""
    row = wallet(hard, "3exchange1")

    assert max(tag["level"] for tag in HARD_TAGS if tag["address"] == "3exchange1") == row["level"] == 70
    assert row["why"] == "tagged exchange-a at level 70; pays 60 outputs in one transaction"
    assert wallet(hard, "qann2")["service"] is None


def test_facts_of_a_wallet(hard: Found) -> None:
    """Counts and sums of the shop's wallet are those of its rows."""
    row = wallet(hard, "qshop1")

    assert [row[k] for k in ("holders", "transactions", "received_sat", "sent_sat", "most_outputs", "partners")] == [
        3, 4, 140_000, 140_000, 1, 4,
    ]  # fmt: skip
    assert wallet(hard, "qmaker")["is_coinjoin_only"]


def batch(accounts: int) -> tuple[Rows, Rows]:
    """Return payments by so many accounts from one wallet, each in a transaction of its own."""
    rows, paid = [], []
    for i in range(accounts):
        rows += transaction(f"t{i}", [("qhot", 9), (f"qmore{i}", 9)], [(f"qshop{i}", 8), (f"qback{i}", 7)], i + 1)
        paid.append({"account_id": i, "txid": txid(f"t{i}").upper() + " "})
    return rows, paid


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("wallet_service_addresses", 5, "6 addresses"),
        ("wallet_service_outputs", 3, ""),
        ("wallet_service_partners", 9, "deals with 10 other wallets"),
        ("wallet_service_accounts", 4, "5 accounts of the service pay from it"),
    ],
)
def test_a_wallet_beyond_a_setting_is_a_service(name: str, value: int, why: str) -> None:
    """Size, fan-out, partners and accounts each make a service by their setting, one less does not, and each says so."""
    rows, paid = batch(5)

    assert wallet(found(rows, f"{name} = {value}", paid=paid), "qhot")["why"] == why
    assert wallet(found(rows, f"{name} = {value + 1}", paid=paid), "qhot")["is_service"] is False


def test_a_payment_of_many_outputs_makes_a_service() -> None:
    """A wallet that pays as many outputs as the setting says is a service's; with one output less it is not."""
    rows = transaction("t", [("qhot", 99)], [(f"q{i}", i + 1) for i in range(4)], 1)

    assert wallet(found(rows, "wallet_service_outputs = 4"), "qhot")["why"] == "pays 4 outputs in one transaction"
    assert wallet(found(rows, "wallet_service_outputs = 5"), "qhot")["is_service"] is False


def test_change_is_off_unless_asked_for(hard: Found) -> None:
    """Without the setting there are no change links at all."""
    assert hard["change_links"] == []


def test_change_never_joins_wallets(hard: Found) -> None:
    """With the setting there are links, each with its rule, and every wallet is as it was."""
    made = {name: rows.to_pylist() for name, rows in hard_case(TO_WALLETS, "wallet_change_layer = true").items()}

    assert {row["rule"] for row in made["change_links"]} == {"one-time-change", "optimal-change"}
    assert made["wallet_addresses"] == hard["wallet_addresses"]
    assert made["wallets"] == hard["wallets"]


CHANGED = {"wallet_change_layer = true"}


@pytest.mark.parametrize(
    ("spends", "pays", "rules"),
    [
        ([("qa", 90)], [("qold", 50), ("qnew", 30)], {("one-time-change", "qnew")}),
        ([("qa", 90)], [("qold", 50), ("qa", 30)], set()),
        ([("qa", 90)], [("qnew", 50), ("qother", 30)], set()),
        ([("qa", 90)], [("qnew", 50)], set()),
        ([("1a", 90)], [("qold", 50), ("1old", 30)], {("same-type", "1old")}),
        ([("qa", 40), ("qb", 50)], [("qold", 60), ("qolder", 25)], {("optimal-change", "qolder")}),
        ([("qa", 40), ("qb", 50)], [("qold", 35), ("qolder", 25)], set()),
        ([("qa", 40), ("1b", 50)], [("qold", 60), ("1old", 25)], {("optimal-change", "1old")}),
    ],
)
def test_each_rule_of_change_takes_one_output_or_none(
    spends: list[tuple[str, int]], pays: list[tuple[str, int]], rules: set[tuple[str, str]]
) -> None:
    """A rule takes an output only where it is the single one that fits; without rivals no rule speaks."""
    before = transaction("before", [("qz", 999)], [("qold", 1), ("qolder", 1), ("1old", 1)], 1)
    made = found([*before, *transaction("t", spends, pays, 2)], "wallet_change_layer = true")["change_links"]
    of_t = {(row["rule"], row["holder"]) for row in made if row["txid"] == txid("t")}

    assert {(r, h) for r, h in of_t if r != "same-type" or h.startswith("1")} == rules


SPENDS = st.lists(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=4), max_size=8)


@settings(max_examples=20, deadline=None)
@given(SPENDS)
def test_wallets_are_the_plain_partition(spent: list[list[str]]) -> None:
    """Over any co-spends the wallets are what merging sets one by one gives."""
    rows, sets = transaction("all", [("qfirst", 99)], [(f"q{h}", 9) for h in "abcdefgh"], 1, outputs=8), []
    for i, names in enumerate(spent):
        rows += transaction(f"t{i}", [(f"q{h}", 9) for h in names], [(f"qx{i}", 1), (f"qy{i}", 2)], i + 2)
        met = [s for s in sets if s & set(names)]
        sets = [s for s in sets if s not in met] + [set().union(names, *met)]

    expected = {frozenset(f"q{h}" for h in s) for s in sets if len(s) > 1}

    assert {frozenset(held) for held in members(found(rows)).values()} == expected


@pytest.mark.parametrize(
    ("tag", "is_service"),
    [({"category": "exchange"}, True), ({"actor": "somebody"}, True), ({}, False), ({"category": "user", "actor": "x"}, False)],
)  # fmt: skip
def test_a_label_alone_makes_no_wallet_a_services(tag: dict[str, str], is_service: bool) -> None:
    """Who can be asked has a category or is an actor; "the brother's wallet" is shown and decides nothing."""
    rows = transaction("paid", [("qlabelled", 900)], [("qother", 800)], 1)
    made = found(rows, tagged=[{"address": "qlabelled", "service": "the brother's wallet", **tag}])

    assert {w["wallet"]: w["is_service"] for w in made["wallets"]}["qlabelled"] is is_service


def test_a_tag_that_stands_on_an_address_names_it_by_itself() -> None:
    """A weak tag names its own address alone; a sure one is nobody else's either, and what the wallet is named by counts."""
    rows = [
        *transaction("one", [("qa", 9), ("qb", 9), ("qc", 9)], [("qz", 17)], 1),
        *transaction("two", [("qd", 9), ("qe", 9), ("qf", 9)], [("qz", 17)], 2),
    ]
    sure = {"service": "s", "category": "exchange", "level": 60}
    weak = {"service": "s", "category": "exchange", "level": 20}
    tagged = [
        {"address": "qa", **weak},
        {"address": "qb", "service": "p", "category": "user", "level": 20},
        {"address": "qd", **sure},
        {"address": "qe", **weak},
        {"address": "qz", **weak},
    ]
    held = {row["holder"]: row for row in found(rows, tagged=tagged)["named_addresses"]}

    assert {name: (row["wallet"], row["service"], row["level"], row["is_alone"]) for name, row in held.items()} == {
        "qa": ("qa", "s", 20, True),
        "qd": ("qd", "s", 60, False),
        "qz": ("qz", "s", 20, False),
    }
    assert held["qa"]["why"] == "tagged s at level 20, the address alone"
    assert "qa" not in {row["holder"] for row in found(rows, "tag_min_level = 21", tagged)["named_addresses"]}


def test_a_persons_tag_on_a_busy_wallet_names_no_service() -> None:
    """What is tagged as a person's and pays like a service is an unattributed service's; the tag is shown, and asks nobody."""
    rows = transaction("one", [("qa", 9)], [(f"qz{place}", 1) for place in range(5)], 1)
    person = {"address": "qa", "service": "suspect two", "category": "user", "level": 60}
    busy = wallet(found(rows, "wallet_service_outputs = 5", [person]), "qa")
    quiet = wallet(found(rows, "wallet_service_outputs = 6", [person]), "qa")

    assert [busy[k] for k in ("service", "level", "is_service")] == [None, None, True]
    assert busy["address_tags"] == "suspect two (level 60, names no service)"
    assert [quiet[k] for k in ("service", "level", "is_service", "address_tags")] == ["suspect two", 60, False, ""]

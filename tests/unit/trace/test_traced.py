"""What a trace tells: rows that add up, statements with their classes, the weakest step, a picture that leaves nothing out."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from trace_cases import COINJOINS, Spend, chain_tables, coinjoin_table, txid, wallet_tables

from unspoof.case import Case
from unspoof.case.session import Session
from unspoof.case.tracing import trace
from unspoof.cli import cli
from unspoof.cli.trace import say_trace, write_trace
from unspoof.errors import BadRequest
from unspoof.trace.chain import chain_of
from unspoof.trace.graph import graph_of
from unspoof.trace.rows import audit_rows, coin_rows, stop_rows, total_rows
from unspoof.trace.statements import CLASSES, service_rows, statement_rows
from unspoof.trace.stops import NAMED, marks_of
from unspoof.trace.traced import Traced, policies_named, trace_coins
from unspoof.trace.walking import Limits

STORY = [
    Spend([("hot", 9000)], [("ann", 5000), ("hot", 3900)], height=10),  # 0: an exchange pays ann
    Spend([(0, 0)], [("shop1", 4000), ("ann2", 950)], height=11),  # 1: ann pays the shop
    Spend([("eve", 2000)], [("shop2", 1900)], height=11),  # 2: eve pays the shop
    Spend(
        [(1, 0), (2, 0)], [("deposit", 3000), ("friend", 2800)], height=12
    ),  # 3: the shop pays an exchange and a friend
    Spend([(3, 1)], [("pool", 2700)], height=13),  # 4: who pays a wallet that looks like a service's
]
WALLETS = {"hot": ["hot", "deposit"], "pool": ["pool"], "shop1": ["shop1", "shop2"], "ann": ["ann"]}
SERVICES: dict[str, tuple[str | None, int | None]] = {"hot": ("coinhouse", 50), "pool": (None, None)}


def story(
    coins: list[int], *, forward: bool = True, joins: tuple[int, ...] = (), tags: Sequence[tuple[str, bool]] = ()
) -> Traced:
    """Trace in the story; coins are 0 ann, 1 hot, 2 shop1, 3 ann2, 4 shop2, 5 deposit, 6 friend, 7 pool."""
    chain = chain_of(*chain_tables(STORY))
    wallets, addresses = wallet_tables(WALLETS, SERVICES)
    of = {holder: name for name, holders in WALLETS.items() for holder in holders}
    known = {"service": "coinhouse", "level": 50, "tag_source": "own pack", "why": "tagged"}
    rows = [{"holder": holder, "wallet": of.get(holder, holder), "is_alone": alone, **known} for holder, alone in tags]
    named = pa.Table.from_pylist(rows, schema=NAMED)
    marks = marks_of(chain, wallets, addresses, coinjoin_table(joins), pa.array([], pa.string()), named)
    return trace_coins(chain, marks, np.array(coins), forward=forward, limits=Limits())


def test_rows_of_coins_lead_from_one_transaction_to_the_next() -> None:
    """Each coin that was followed names the transaction that it leads to, the others the stop."""
    rows = [(r["hop"], r["holder"], r["next_txid"], r["stop"], r["claimed"]["FIFO"]) for r in coin_rows(story([2]))]

    assert rows == [
        (0, "shop1", txid(3), "", 4000),
        (1, "deposit", None, "service", 3000),
        (1, "friend", txid(4), "", 1000),
        (2, "pool", None, "service", 1000),
    ]


def test_the_audit_has_every_transaction_under_every_policy_and_balances() -> None:
    """In = out + fee for the ledger and for what is traced; what poison claims beyond is a column of its own."""
    rows = audit_rows(story([2]))

    assert [(r["hop"], r["policy"]) for r in rows] == [(h, p) for h in (1, 2) for p in ("poison", "haircut", "FIFO")]
    assert all(r["ledger_balance"] == r["balance"] == 0 for r in rows)
    for r in rows:
        assert r["traced_in"] + r["beyond"] == r["traced_out"] + r["traced_fee"]
        assert r["traced_in"] + r["other_in"] == r["ledger_in"]
        assert r["other_in"] - r["beyond"] == r["other_out"] + r["other_fee"]


def test_totals_and_stops_say_the_same_sums() -> None:
    """What is held where the trace stopped is what the totals hold."""
    made = story([2])
    held = {p.name: sum(row["claimed"][p.name] for row in stop_rows(made)) for p in made.policies}

    assert {row["policy"]: row["held_sat"] for row in total_rows(made)} == held
    assert all(row["balance"] == 0 for row in total_rows(made))


def test_the_weakest_step_is_named_with_class_level_hop_and_range() -> None:
    """Where another coin goes in the policy is the weakest step, with what policies claim there; else the tag, or none."""
    mixed = {row["wallet"]: row["weakest"] for row in service_rows(story([2]))}
    direct = [row["weakest"] for row in service_rows(story([0], forward=False, tags=[("hot", False)]))]
    beside = [row["weakest"] for row in service_rows(story([0], forward=False))]
    plain = [row["weakest"] for row in service_rows(story([6]))]

    assert [(w["class"], w["hop"], w["low_sat"], w["high_sat"]) for w in mixed.values()] == [
        ("policy", 1, 2034, 3000),
        ("policy", 1, 1000, 2800),
    ]
    assert [(w["class"], w["level"], w["low_sat"], w["high_sat"]) for w in direct] == [("attribution", 50, 5000, 5000)]
    assert [(w["class"], w["level"], w["low_sat"]) for w in beside] == [("attribution and co-spend", 50, 5000)]
    assert [(w["class"], w["level"], w["low_sat"], w["high_sat"]) for w in plain] == [("co-spend", None, 2700, 2700)]
    assert "unattributed" in plain[0]["says"]


def test_back_a_service_is_asked_about_what_it_paid_out() -> None:
    """Back from the shop the exchange is asked about the output to ann, not about its own coins."""
    rows = service_rows(story([2], forward=False))

    assert [(r["service"], r["txid"], r["place"], r["holder"], r["value_sat"]) for r in rows] == [
        ("coinhouse", txid(0), 0, "ann", 5000)
    ]


def test_every_statement_has_its_class() -> None:
    """Spends are ledger facts, joint inputs co-spend, names attribution, shares policy; change only where it was asked for."""
    link = {"txid": txid(3), "place": 1, "from_wallet": "shop1", "rule": "one-time-change", "because": "made up"}
    other = {**link, "txid": txid(0)}
    made = story([2, 4])
    rows = statement_rows(made, [link, other])
    said = {name: [row for row in rows if row["class"] == name] for name in CLASSES}

    assert said["co-spend"][0]["says"] == "2 holders that it spends from are taken for one wallet, shop1"
    assert "unattributed" in said["co-spend"][1]["says"]
    assert said["attribution"] == []
    assert said["attribution and co-spend"][0]["says"] == (
        "deposit is of the wallet hot: coinhouse (tag of level 50, made-up pack, on another address of the wallet: that the two"
        " are one wallet is concluded from co-spending)"
    )
    assert [row["txid"] for row in said["change inference"]] == [txid(3)]
    assert len(said["policy"]) == len(made.walk.tx) * 3
    assert len(said["ledger fact"]) == len(made.walk.coin)
    assert not [row for row in statement_rows(made) if row["class"] == "change inference"]


def test_a_tag_on_the_address_itself_is_attribution_alone() -> None:
    """The statement names the tag that stands there, and says where it is of no other address of the wallet."""
    itself = {row["class"]: row["says"] for row in statement_rows(story([2], tags=[("deposit", False)]))}
    [reached] = [row for row in service_rows(story([2], tags=[("friend", True)])) if row["holder"] == "friend"]

    assert itself["attribution"].endswith("coinhouse (tag of level 50, own pack, on the address itself)")
    assert "attribution and co-spend" not in itself
    assert reached["says"] == (
        "coinhouse (tag of level 50, own pack, on the address itself, and of no other of its wallet)"
    )
    assert (reached["tag_on"], reached["weakest"]["class"]) == ("address", "policy")


def test_a_tag_of_one_address_stops_there_and_not_at_what_was_spent_with_it() -> None:
    """Onward the other coin of that wallet is followed through the very transaction; back only the tagged input ends."""
    tagged = story([2, 4], tags=[("shop2", True)])
    back = story([5], forward=False, tags=[("shop2", True)])
    stops = {row["holder"]: row["stop"] for row in coin_rows(tagged)}

    assert (stops["shop1"], stops["shop2"]) == ("", "service")
    assert {"deposit", "friend"} <= stops.keys()
    assert [row["service"] for row in coin_rows(tagged) if row["holder"] in ("shop1", "shop2")] == [None, "coinhouse"]
    assert {row["holder"]: row["stop"] for row in coin_rows(back) if row["hop"] == 1} == {
        "shop1": "",
        "shop2": "service",
    }


def test_a_coinjoin_is_no_co_spend() -> None:
    """Of a transaction that a rule takes for a coinjoin nothing is said of one wallet."""
    rows = statement_rows(story([0], forward=True, joins=(1,)))

    assert not [row for row in rows if row["class"] == "co-spend"]


def test_policies_are_chosen_by_name() -> None:
    """Any case of letters will do; a name that is none is refused with those that are."""
    assert [p.name for p in policies_named(["fifo"])] == ["FIFO"]
    assert [p.name for p in policies_named([])] == ["poison", "haircut", "FIFO"]
    with pytest.raises(BadRequest, match="Known: poison, haircut, FIFO"):
        policies_named(["lifo"])


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(10, 90), st.booleans())
def test_a_picture_has_at_most_so_many_boxes_and_every_coin(seed: int, most: int, forward: bool) -> None:
    """Transactions are put together until all fits; no coin is lost but those within one box, and lines lead rightward."""
    random = np.random.default_rng(seed)
    spends, free = [Spend([("x", 1000)], [("s", 1000)])], [(0, 0)]
    for number in range(1, 60):
        taken = [free.pop(int(random.integers(len(free)))) for _ in range(min(len(free), int(random.integers(1, 3))))]
        total = sum(int(spends[tx].outputs[place][1] or 0) for tx, place in taken)
        parts = [total // 3, total - total // 3] if random.random() < 0.7 else [total]
        spends.append(Spend(taken or [("y", 50)], [(f"h{number}.{n}", part) for n, part in enumerate(parts)]))
        free += [(number, n) for n in range(len(parts))]
    chain = chain_of(*chain_tables(spends))
    wallets, addresses = wallet_tables({"w": ["h7.0", "h9.0"]}, {"w": ("changer", 20)})
    marks = marks_of(chain, wallets, addresses, coinjoin_table([11]), pa.array([], pa.string()))
    start = 0 if forward else chain.made - 1
    traced = trace_coins(chain, marks, np.array([start]), forward=forward, limits=Limits(60, 50, 1000))
    graph = graph_of(traced, most)
    layer = {box.key: box.layer for box in graph.boxes}

    assert len(graph.boxes) <= max(most, 60)
    assert all(layer[line.source] < layer[line.target] for line in graph.lines)
    shown = sum(line.coins for line in graph.lines)
    assert shown == len(traced.walk.coin) or graph.put_together


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    """Give a session of a case whose findings are the story's, with two accounts of one name."""
    case = Case.new(tmp_path / "case", reference="R 1", home="GB", currency="GBP")
    parts, txs = chain_tables(STORY)
    wallets, addresses = wallet_tables(WALLETS, SERVICES)
    paid = {"account_id": 7, "txid": txid(1), "place": 0, "verdict": "matched"}
    tables = {
        "linked_coin_parts": parts.append_column("beyond_txid", parts["spent_txid"]),
        "coin_txs": txs,
        "wallets": wallets,
        "wallet_addresses": addresses,
        "coinjoins": COINJOINS.empty_table(),
        "shop_addresses": pa.table({"wallet": ["shop1"], "is_kept_by_service": [False]}),
        "reconciliation": pa.Table.from_pylist([paid]),
        "accounts": pa.table(
            {"account_id": [7, 8, 9], "account_ref": ["a7", "a8", "a9"], "username": ["ann42", "bob", "bob"]}
        ),
    }
    with case.looking() as opened:
        for name, table in tables.items():
            opened.engine.view_arrow(name, table)
            opened.digests[name] = "made up"
        yield opened


@pytest.mark.parametrize(
    ("wanted", "kind", "direction", "coins"),
    [
        ("shop1", "address", "forward", 4),
        (txid(3), "transaction", "forward", 3),
        ("ann42", "account", "back", 3),
        ("a7", "account", "back", 3),
        ("7", "account", "back", 3),
    ],
)
def test_a_trace_starts_at_an_address_a_transaction_or_an_account(
    session: Session, wanted: str, kind: str, direction: str, coins: int
) -> None:
    """Each is found by its own name; an account is traced back from its payments unless asked otherwise."""
    made = trace(session, wanted)

    assert (made.document["kind"], made.document["direction"], len(made.document["coins"])) == (kind, direction, coins)
    assert trace(session, wanted, forward=direction == "back").document["direction"] != direction


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("f" * 64, "the case holds no transaction of that id"),
        ("bcrt1qnobody", "no address, transaction or account"),
        ("", "no address, transaction or account"),
        ("bob", "2 accounts go by that name"),
        ("a8", "no payment of that account was found on the chain"),
        ("99999999999999999999999", "no address, transaction or account"),
    ],
)
def test_what_cannot_be_traced_is_refused_with_the_reason(session: Session, wanted: str, said: str) -> None:
    """An unknown name, an ambiguous one, an account without payments: each has its own message."""
    with pytest.raises(BadRequest, match=said):
        trace(session, wanted)


def test_the_same_trace_is_the_same_document(session: Session) -> None:
    """Twice the same question gives the same rows and the same picture, byte for byte."""
    first, second = trace(session, "shop1"), trace(session, "shop1")

    assert first.document == second.document
    assert first.svg == second.svg


def test_a_case_without_chain_findings_says_what_to_do(tmp_path: Path) -> None:
    """Before the first run there is nothing to trace in, and the message says so."""
    Case.new(tmp_path / "case", reference="R 1", home="GB", currency="GBP")
    made = CliRunner().invoke(cli, ["trace", str(tmp_path / "case"), "x"])

    assert isinstance(made.exception, BadRequest)
    assert "the case has no coin_txs yet" in str(made.exception)


def test_printing_says_policies_side_by_side_sums_and_unattributed(
    session: Session, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is printed has each policy's claim, the weakest step, the sums, and names nobody who is not tagged."""
    shown = trace(session, "shop1")
    say_trace(shown.document)
    printed = capsys.readouterr().out

    assert "claimed by policy: poison 3,000, haircut 2,034, FIFO 3,000" in printed
    assert "weakest step: policy at hop 1, 2,034 to 3,000 sat" in printed
    assert "unattributed; it looks like a service's" in printed
    assert "poison: 4,000 + 1,900 = 5,700 + 200 + 0  (claims more than went in, by its own rule)" in printed
    assert "FIFO: 4,000 + 0 = 4,000 + 0 + 0" in printed

    write_trace(tmp_path / "out", shown)
    rows: list[dict[str, Any]] = list(csv.DictReader((tmp_path / "out" / "audit.csv").open(encoding="utf-8")))
    assert {row["balance"] for row in rows} == {"0"}
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "audit.csv",
        "graph.svg",
        "hops.csv",
        "statements.csv",
    ]

"""Services reached: the right output for each request, as the chain shows it, with hops, accounts and the weakest step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from trace_cases import Spend, chain_tables, coinjoin_table, wallet_tables

from unspoof.config import load_case_settings
from unspoof.engine import Inputs
from unspoof.model.arrow import schema
from unspoof.trace.service_reaches import REACHES
from unspoof.trace.walked import TAGS

SETTINGS = load_case_settings('[case]\nreference = "R 1"\nhome = "GB"\ncurrency = "GBP"\n', environment={})

STORY = [
    # 0: an exchange pays its customer ann and, in the same transaction, the shop for bob
    Spend([("hot1", 9000), ("hot2", 1000)], [("ann", 5000), ("shop-bob", 3000), ("hot1", 1900)]),
    # 1: ann pays the shop
    Spend([(0, 0)], [("shop-ann", 4000), ("ann2", 950)]),
    # 2: a wallet of many payouts, that nobody has tagged, pays the shop
    Spend([("pool", 8000)], [("shop-eve", 7900)]),
    # 3: the shop sweeps, and pays an exchange and somebody
    Spend([(0, 1), (1, 0), (2, 0)], [("exchange-in", 6000), ("friend", 8800)]),
    # 4: who pays an exchange on, together with his own coin
    Spend([(3, 1), ("friend2", 100)], [("other-in", 8850)]),
]
WALLETS = {
    "hot1": ["hot1", "hot2", "exchange-in"],
    "pool": ["pool"],
    "other-in": ["other-in"],
    "shop-ann": ["shop-ann", "shop-bob", "shop-eve"],
    "friend": ["friend", "friend2"],
}
SERVICES: dict[str, tuple[str | None, int | None]] = {
    "hot1": ("coinhouse", 50),
    "pool": (None, None),
    "other-in": ("changer", 20),
    "shop-ann": (None, None),
}


FLOW = pa.schema(
    [("tx", pa.int64()), ("place", pa.int32()), ("kind", pa.string()), ("value_sat", pa.int64())]
)  # fmt: skip
PAYMENT = pa.schema(
    [("account_id", pa.int64()), ("tx", pa.int64()), ("place", pa.int32()), ("verdict", pa.string())]
)  # fmt: skip


def _flow(tx: int, place: int, kind: str) -> dict[str, Any]:
    value = STORY[tx].outputs[place][1]
    return {"tx": tx, "place": place, "kind": kind, "value_sat": value}


def numbered(parts: pa.Table, wallets: pa.Table, addresses: pa.Table) -> dict[str, pa.Table]:
    """Return what the views of walked.py show of these tables: holders by number, and the wallets of services alone."""
    names = pc.unique(pa.chunked_array([*parts["holder"].chunks, *addresses["holder"].chunks])).drop_null()
    holder = parts.column_names.index("holder")
    kept = wallets.filter(wallets["is_service"])
    held = addresses.filter(pc.is_in(addresses["wallet"], kept["wallet"].combine_chunks()))
    by_number = pc.cast(pc.index_in(held["holder"], names), pa.int64())
    return {
        "walked_parts": parts.set_column(holder, "holder", pc.cast(pc.index_in(parts["holder"], names), pa.int64())),
        "walked_wallets": kept,
        "walked_holders": held.set_column(0, "holder", by_number),
        "walked_names": pa.table({"number": pa.array(range(len(names)), pa.int64()), "holder": names}),
    }


Tag = tuple[str, str, str, int, bool]
"""Holder, wallet, service, level, and whether the tag speaks for the address alone."""


def tag_rows(names: pa.Array, tags: Sequence[Tag]) -> pa.Table:
    """Return rows of walked_tags; `names` are the holders by number."""
    rows = [
        {"holder": names.index(holder).as_py(), "wallet": wallet, "service": service, "category": "exchange",
         "level": level, "tag_source": f"pack of {holder}", "is_alone": alone, "why": "tagged"}
        for holder, wallet, service, level, alone in tags
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=schema(TAGS.gives))


def reaches(
    story: list[Spend] = STORY, joined: dict[str, list[str]] = WALLETS, tags: Sequence[Tag] = (), **changed: str
) -> list[dict[str, Any]]:
    """Run the step over a story; `tags` stand on single addresses, `changed` are settings."""
    parts, txs = chain_tables(story)
    wallets, addresses = wallet_tables(joined, SERVICES)
    inflows = [_flow(0, 1, "external"), _flow(1, 0, "external"), _flow(2, 0, "external")]
    payments = [(7, 0, 1, "matched"), (9, 1, 0, "matched"), (8, 1, 0, "matched"), (6, 0, 1, "duplicate")]
    outflows = [{**_flow(3, place, "onward"), "is_joint": False} for place in (0, 1)]
    views = numbered(parts, wallets, addresses)
    tables = {
        **views,
        "walked_tags": tag_rows(views["walked_names"]["holder"].combine_chunks(), tags),
        "walked_txs": txs,
        "coinjoins": coinjoin_table(),
        "shop_addresses": pa.table({"address": ["shop-ann"], "wallet": ["shop-ann"], "is_kept_by_service": [False]}),
        "walked_inflows": pa.Table.from_pylist(inflows, schema=FLOW),
        "walked_outflows": pa.Table.from_pylist(outflows).drop_columns(["value_sat"]),
        "walked_payments": pa.Table.from_pylist(
            [dict(zip(PAYMENT.names, row, strict=True)) for row in payments], schema=PAYMENT
        ),
    }
    environment = {f"UNSPOOF_{name.upper()}": value for name, value in changed.items()}
    text = '[case]\nreference = "R 1"\nhome = "GB"\ncurrency = "GBP"\n'
    chosen = load_case_settings(text, environment=environment) if changed else SETTINGS
    assert REACHES.run is not None
    made: list[dict[str, Any]] = REACHES.run(Inputs(tables, chosen)).to_pylist()
    return made


def _brief(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    names = ("direction", "service", "holder", "value_sat", "hops", "account_ids", "class")
    return [(*(row[name] for name in names), int(row["txid"], 16), row["place"]) for row in rows]


def test_each_service_is_reached_at_the_output_that_it_can_look_up() -> None:
    """A deposit names the service's own address; a withdrawal names what it paid out, not what it took in."""
    assert _brief(reaches()) == [
        ("deposit to", "coinhouse", "exchange-in", 6000, 1, None, "attribution and co-spend", 3, 0),
        ("deposit to", "changer", "other-in", 8850, 2, None, "policy", 4, 0),
        ("withdrawal from", "coinhouse", "ann", 5000, 2, "8;9", "attribution and co-spend", 0, 0),
        ("withdrawal from", "coinhouse", "shop-bob", 3000, 1, "7", "attribution and co-spend", 0, 1),
        ("withdrawal from", None, "shop-eve", 7900, 1, None, "co-spend", 2, 0),
    ]


def test_the_sentence_says_who_says_so_or_that_nobody_does() -> None:
    """A tag is named with level and source; without one the row says unattributed and why the wallet stands out."""
    because = [row["because"] for row in reaches()]

    assert because[0] == (
        "another address of its wallet is tagged coinhouse (level 50, made-up pack), and that the two are one wallet is"
        " concluded from co-spending; transactions on the way, the shop's own included: 1"
    )
    assert because[-1].startswith("unattributed; the wallet looks like a service's: batches; transactions on")
    assert because[-1].endswith("; the service may have paid it to its customer")


def test_a_tag_on_the_address_itself_rests_on_no_co_spend() -> None:
    """Where the tag stands on the address that was paid, or that the transaction spends from, the class is attribution."""
    tags = [("exchange-in", "hot1", "coinhouse", 60, False), ("hot2", "hot1", "coinhouse", 50, False)]
    held = [row for row in reaches(tags=tags) if row["service"] == "coinhouse"]
    names = ("direction", "tag_on", "class", "tag_level", "tag_source")

    assert [tuple(row[name] for name in names) for row in held] == [
        ("deposit to", "address", "attribution", 60, "pack of exchange-in"),
        ("withdrawal from", "address", "attribution", 50, "pack of hot2"),
        ("withdrawal from", "address", "attribution", 50, "pack of hot2"),
    ]
    assert held[0]["because"].startswith("the address is tagged coinhouse (level 60, pack of exchange-in); ")
    assert held[1]["because"].startswith("an address that the transaction spends from is tagged coinhouse (level 50, ")


def test_a_tag_on_another_address_is_no_longer_attribution_alone() -> None:
    """A deposit to an untagged address of a tagged wallet rests on the tag and on co-spending; so does a withdrawal."""
    held = reaches(tags=[("exchange-in", "hot1", "coinhouse", 50, False)])

    assert [(row["direction"], row["tag_on"]) for row in held if row["service"] == "coinhouse"] == [
        ("deposit to", "address"),
        ("withdrawal from", "wallet"),
        ("withdrawal from", "wallet"),
    ]
    assert {row["tag_on"] for row in held if row["service"] is None} == {None}


def test_a_weak_tag_stops_at_its_address_and_spreads_to_no_other() -> None:
    """The tagged address is reached by itself; the other address of that wallet is followed on as if nothing stood there."""
    story = [
        *STORY[:4],
        Spend([(3, 1)], [("friend2", 4000), ("friend3", 4700)]),
        Spend([(4, 0), (4, 1)], [("x", 8600)]),
    ]
    joined = {**WALLETS, "friend": ["friend", "friend2", "friend3"], "x": ["x"]}
    tags = [("friend2", "friend", "weakly", 20, True), ("x", "x", "end", 20, True)]
    held = [row for row in reaches(story, joined, tags) if row["service"] in ("weakly", "end")]
    names = ("direction", "service", "wallet", "holder", "value_sat", "tag_level", "tag_on", "class")

    assert [tuple(row[name] for name in names) for row in held] == [
        ("deposit to", "weakly", "friend", "friend2", 4000, 20, "address", "attribution"),
        ("deposit to", "end", "x", "x", 8600, 20, "address", "policy"),
    ]
    assert not [row for row in reaches(story, joined) if row["service"] in ("weakly", "end")]


def test_two_weak_tags_of_one_service_make_one_withdrawal() -> None:
    """Inputs of one wallet that carry tags of one service are one row, by the surest; the untagged wallet stays unnamed."""
    story = [STORY[0], STORY[1], Spend([("pool", 5000), ("eve", 3000)], [("shop-eve", 7900)]), *STORY[3:]]
    joined = {**WALLETS, "eve": ["eve", "pool2"], "pool": ["pool"]}
    tags = [("pool", "pool", "bureau", 20, True), ("eve", "pool", "bureau", 30, True)]
    held = [row for row in reaches(story, joined, tags) if row["holder"] == "shop-eve"]

    assert [(row["service"], row["tag_level"], row["tag_on"]) for row in held] == [("bureau", 30, "address")]


def test_a_services_own_sweep_is_never_a_deposit_of_the_shop() -> None:
    """A deposit address that a service sweeps with its other coins, unjoined to them, is where the row stands."""
    sweep = Spend([(3, 1), ("hot1", 90_000)], [("hot2", 98_000)])
    joined = {**WALLETS, "friend": ["friend"]}
    held = [row for row in reaches([*STORY[:4], sweep], joined) if row["direction"] == "deposit to"]

    assert _brief(held)[1] == ("deposit to", None, "friend", 8800, 1, None, "co-spend", 3, 1)
    assert 98_000 not in {row["value_sat"] for row in held}
    assert held[1]["disputed_with"] == "coinhouse"
    assert "it may be that service's deposit address" in held[1]["because"]


def test_a_withdrawal_of_two_tagged_services_is_disputed_in_both_rows() -> None:
    """Where inputs are of two services by their tags, neither is asked as if it alone had paid."""
    first = Spend([("hot1", 9000), ("other-in", 1000)], [("ann", 5000), ("shop-bob", 3000), ("hot1", 1900)])
    held = [row for row in reaches([first, *STORY[1:]]) if row["holder"] == "shop-bob"]

    assert [(row["service"], row["disputed_with"]) for row in held] == [
        ("coinhouse", "changer"),
        ("changer", "coinhouse"),
    ]
    assert all("; disputed: " in row["because"] for row in held)


def test_settings_bound_how_far_services_are_looked_for() -> None:
    """With one hop only what the shop paid, or was paid, directly is reached."""
    assert [row["hops"] for row in reaches(trace_max_hops="1")] == [1, 1, 1]


def test_dust_is_no_start_of_a_trace() -> None:
    """What came to the shop below money_dust_sat leads to no service; at that amount it does."""
    least = reaches(money_dust_sat="3000")

    assert len(least) == len(reaches())
    assert [row["holder"] for row in least if row not in reaches(money_dust_sat="3001")] == ["shop-bob"]


def test_a_case_without_any_chain_reaches_nobody() -> None:
    """Empty tables give no rows, in the step's own columns."""
    parts, txs = chain_tables([])
    wallets, addresses = wallet_tables()
    tables = {
        **numbered(parts, wallets, addresses),
        "walked_tags": schema(TAGS.gives).empty_table(),
        "walked_txs": txs,
        "coinjoins": coinjoin_table(),
        "shop_addresses": pa.schema([("wallet", pa.string()), ("is_kept_by_service", pa.bool_())]).empty_table(),
        "walked_inflows": FLOW.empty_table(),
        "walked_outflows": FLOW.empty_table().drop_columns(["value_sat"]),
        "walked_payments": PAYMENT.empty_table(),
    }
    assert REACHES.run is not None
    made = REACHES.run(Inputs(tables, SETTINGS))

    assert (made.num_rows, made.column_names) == (0, list(REACHES.gives.names))

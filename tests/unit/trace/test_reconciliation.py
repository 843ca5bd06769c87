"""The service's books against the chain: verdicts of a hard case, and what must hold of every case."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pytest
from books_cases import DAY, HOUR, NOON, Chain, address, books_chain, books_tables, made_books, table_of, txid
from books_run import rows, run

from unspoof.act.figures.money import MONEY_FIGURES
from unspoof.engine import DuckEngine
from unspoof.model.coin_tables import INVOICES, RECEIVERS
from unspoof.model.reference_tables import TAGS
from unspoof.model.tables import PAYMENTS
from unspoof.trace.money_parts import CURRENCIES, ENDS
from unspoof.trace.reconciliation import VERDICTS

_VERDICTS = {
    1: ("matched", "txid", 100_000), 2: ("matched", "txid", 100_000), 3: ("matched", "txid", 120_000),
    4: ("matched", "txid", 80_000), 5: ("matched", "txid", 50_000), 6: ("duplicate", "", None),
    7: ("table-only", "", None), 8: ("table-only", "", None), 9: ("unconfirmed", "txid", 70_000),
    10: ("matched", "txid", 148_000), 11: ("amount-differs", "txid", 88_000), 12: ("time-differs", "txid", 90_000),
    13: ("matched", "address-amount", 31_000), 14: ("amount-differs", "address", 32_000),
    15: ("matched", "amount-time", 33_333), 16: ("table-only", "", None), 17: ("refund", "txid", None),
    18: ("matched", "txid", 45_000), 19: ("internal", "txid", 139_000), 20: ("not-paid", "", None),
    21: ("correction", "", None), 22: ("matched", "txid", 21_000), 23: ("matched", "txid", 22_000),
    24: ("matched", "txid", 66_666), 25: ("table-only", "", None), 26: ("table-only", "", None),
}  # fmt: skip
_ALONE = {
    ("never booked", 0): "chain-only", ("twin one", 0): "chain-only", ("twin two", 0): "chain-only",
    ("dust", 0): "dust", ("spend", 1): "internal", ("refund", 1): "internal", ("quiet refund", 0): "refund",
    ("own back", 0): "maybe-own",
}  # fmt: skip


@pytest.fixture(scope="module")
def engine() -> DuckEngine:
    """The hard case with every step run."""
    return run(books_tables())


def test_every_booking_has_the_verdict_that_its_trap_deserves(engine: DuckEngine) -> None:
    """Each booking of the hard case is judged as a careful reader would, by the right key and amount."""
    held = rows(engine, "SELECT payment_id, verdict, key, chain_sat FROM reconciliation WHERE payment_id IS NOT NULL")

    assert {row["payment_id"]: (row["verdict"], row["key"], row["chain_sat"]) for row in held} == _VERDICTS


def test_what_the_chain_alone_shows_is_listed(engine: DuckEngine) -> None:
    """Takings never booked, dust, change and quiet refunds have rows of their own, and nothing else has."""
    held = rows(engine, "SELECT txid, place, verdict FROM reconciliation WHERE payment_id IS NULL")

    assert {(row["txid"], row["place"]): row["verdict"] for row in held} == {
        (txid(name), place): verdict for (name, place), verdict in _ALONE.items()
    }


@pytest.mark.parametrize(
    ("payment", "words"),
    [
        (5, "2 accounts cite this transaction"), (6, "claim all of it: payment 5"), (7, "does not have the transaction"),
        (8, "pays no address known"), (9, "no known block"), (12, "booked 176400 s after its block"),
        (16, "ambiguous: 2 outputs"), (19, "the shop's own coins"), (25, "no transaction id"),
    ],
)  # fmt: skip
def test_the_sentence_says_why(engine: DuckEngine, payment: int, words: str) -> None:
    """A verdict that a cross-examiner will ask about carries its ground in words."""
    said = rows(engine, f"SELECT because FROM reconciliation WHERE payment_id = {payment}")

    assert words in said[0]["because"]


def test_every_address_of_the_shop_has_its_surest_ground(engine: DuckEngine) -> None:
    """The books name some, one is known by the exact amount, two by co-spending; the processor's others are nobody's."""
    held = rows(engine, "SELECT address, basis, class, is_kept_by_service, txid FROM shop_addresses")
    found = {row["address"]: (row["basis"], row["is_kept_by_service"]) for row in held}

    assert found == {
        address("fixed"): ("stated", False),
        address("booked1"): ("booked", False),
        address("booked2"): ("booked", False),
        address("kept1"): ("booked", True),
        address("nowhere"): ("paid", False),
        address("second"): ("co-spent", False),
        address("till"): ("co-spent", False),
    }
    assert {row["class"] for row in held if row["basis"] == "co-spent"} == {"co-spend"}
    assert all(row["txid"] for row in held if row["basis"] in ("paid", "co-spent"))


def test_an_address_that_was_paid_says_by_which_rule_it_was_taken() -> None:
    """An address known by the exact amount, and one that accounts pay again and again, each have a sentence of their own."""
    chain, booked = Chain(), [_booked(1, "exact", value_sat=50_000)]
    chain.add("exact", [("payer", 90_000)], [("asked", 50_000), ("payer", 39_000)])
    for account in (2, 3, 3):
        name = f"again {len(booked)}"
        chain.add(name, [(f"payer {name}", 90_000)], [("till", 40_000 + len(booked)), (f"payer {name}", 49_000)])
        booked.append(_booked(account, name))
    held = rows(_case(chain, booked), "SELECT address, because FROM shop_addresses WHERE basis = 'paid'")

    assert {row["address"]: row["because"] for row in held} == {
        address(
            "asked"
        ): "by rule exact-amount of paid_addresses: it is not the payer's own, and 1 transaction(s) that the books"
        " cite as payments paid it exactly the amount that was asked",
        address(
            "till"
        ): "by rule repeated of paid_addresses: it is not the payer's own, and 3 transactions that the books cite as"
        " payments of several accounts paid it",
    }


def test_what_a_processor_does_with_the_coins_is_no_act_of_the_shop(engine: DuckEngine) -> None:
    """A sweep out of a service's wallet is no outflow of the shop; a batch of an exchange has a service as its payer."""
    outs = {row["txid"] for row in rows(engine, "SELECT txid FROM shop_outflows")}
    payers = rows(engine, "SELECT txid, payer_is_service FROM shop_inflows WHERE kind = 'external'")

    assert outs == {txid(name) for name in ("sweep", "spend", "refund", "quiet refund")}
    assert {row["txid"] for row in payers if row["payer_is_service"]} == {txid("batch")}


def test_outflows_are_told_apart(engine: DuckEngine) -> None:
    """Change, refunds, data and what goes onward are four things."""
    held = rows(engine, "SELECT txid, place, kind, is_joint FROM shop_outflows")

    assert {(row["txid"], row["place"]): row["kind"] for row in held} == {
        (txid("sweep"), 0): "change",
        (txid("spend"), 0): "onward",
        (txid("spend"), 1): "change",
        (txid("spend"), 2): "data",
        (txid("refund"), 0): "refund",
        (txid("refund"), 1): "change",
        (txid("quiet refund"), 0): "refund",
    }
    assert not any(row["is_joint"] for row in held)


def test_values_follow_the_rule(engine: DuckEngine) -> None:
    """Base is the day's price, low and high those of the days beside it, pounds by the last rate at or before the day."""
    row = rows(engine, "SELECT * FROM reconciliation WHERE payment_id = 1")[0]

    # 0.001 BTC at 38,000, 40,000 and 44,000 euros; 0.85 pounds and 1.15 dollars a euro.
    assert [row[f"eur_{end}_minor"] for end in ENDS] == [3800, 4000, 4400]
    assert [row[f"gbp_{end}_minor"] for end in ENDS] == [3230, 3400, 3740]
    assert [row[f"usd_{end}_minor"] for end in ENDS] == [4370, 4600, 5060]
    assert [row[f"home_{end}_minor"] for end in ENDS] == [3230, 3400, 3740]
    assert row["near_midnight"]
    assert row["valued_by"] == "close of the day in EUR by made up, at the rate of 2021-11-09 by made up"


def test_without_prices_nothing_is_valued_and_nothing_is_zero(engine: DuckEngine) -> None:
    """A case without prices has every verdict that needs none, amounts unchecked, and no value at all."""
    bare = run({name: table for name, table in books_tables().items() if name not in ("prices", "rates")})
    held = rows(bare, "SELECT * FROM reconciliation")

    assert len(held) == len(rows(engine, "SELECT 1 AS one FROM reconciliation"))
    assert all(row[f"{c}_{e}_minor"] is None for row in held for c in CURRENCIES for e in ENDS)
    assert next(row for row in held if row["payment_id"] == 10)["checked"] == "none"
    assert next(row for row in held if row["payment_id"] == 1)["verdict"] == "matched"


def _identities(tables: Mapping[str, pa.Table], engine: DuckEngine) -> None:
    """Assert what must hold of every case."""
    payments = rows(engine, "SELECT payment_id FROM payments_once ORDER BY payment_id")
    judged = rows(engine, "SELECT payment_id FROM reconciliation WHERE payment_id IS NOT NULL ORDER BY payment_id")
    assert judged == payments
    outputs = {(r["txid"], r["place"]): r["value_sat"] for r in rows(engine, "SELECT * FROM shop_inflows")}
    parts: dict[tuple[str, int], int] = dict.fromkeys(outputs, 0)
    for part in rows(engine, "SELECT * FROM money_parts"):
        assert part["share_sat"] > 0 or outputs[part["txid"], part["place"]] == 0
        parts[part["txid"], part["place"]] += part["share_sat"]
    assert parts == outputs
    verdicts = rows(engine, "SELECT verdict, chain_sat, is_income, home_base_minor FROM reconciliation")
    assert {row["verdict"] for row in verdicts} <= set(VERDICTS)
    taken = {"matched", "amount-differs", "time-differs", "chain-only", "maybe-own", "dust", "unconfirmed"}
    of_kind = {kind: sum(o["value_sat"] for o in rows(engine, f"SELECT * FROM shop_inflows WHERE kind {kind} 'external'"))
               for kind in ("=", "<>")}  # fmt: skip
    assert sum(v["chain_sat"] or 0 for v in verdicts if v["verdict"] in taken) == of_kind["="]
    assert sum(v["chain_sat"] or 0 for v in verdicts if v["verdict"] == "internal") == of_kind["<>"]
    income = rows(engine, "SELECT share_sat, home_base_minor FROM money_parts WHERE is_income")
    assert sum(v["chain_sat"] for v in verdicts if v["is_income"]) == sum(p["share_sat"] for p in income)
    for verdict in ("table-only", "not-paid", "duplicate", "correction", "refund"):
        assert all(v["chain_sat"] is None for v in verdicts if v["verdict"] == verdict)


def test_the_hard_case_adds_up(engine: DuckEngine) -> None:
    """Every payment has one row, every output is claimed or stands alone, and sums agree to the satoshi."""
    _identities(books_tables(), engine)


@pytest.mark.parametrize("seed", range(12))
def test_random_books_add_up(seed: int) -> None:
    """Books that cite at random, share, repeat and misstate still add up to the satoshi."""
    tables = made_books(seed)

    _identities(tables, run(tables))


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_rows_changes_nothing(seed: int) -> None:
    """The same rows in another order give the same findings."""
    tables, random = made_books(seed), np.random.default_rng(seed)
    mixed = {name: table.take(pa.array(random.permutation(len(table)))) for name, table in tables.items()}
    one, other = run(tables), run(mixed)
    for name in ("shop_addresses", "shop_inflows", "shop_outflows", "coin_prices", "money_parts", "reconciliation"):
        assert one.fetch(f"SELECT * FROM {name}").equals(other.fetch(f"SELECT * FROM {name}")), name


def test_a_second_exhibit_of_the_same_books_changes_nothing() -> None:
    """Payments, invoices and receivers that two exhibits show are counted once."""
    tables = books_tables()
    twice = dict(tables)
    for of in (PAYMENTS, INVOICES, RECEIVERS):
        again = tables[of.name].set_column(0, of.names[0], pa.array(np.arange(len(tables[of.name])) + 10_000))
        exhibits = pa.array([1] * len(again) + [2] * len(again), pa.int32())
        twice[of.name] = pa.concat_tables([tables[of.name], again.cast(tables[of.name].schema)]).append_column(
            "exhibit", exhibits
        )
    sql = "SELECT * FROM reconciliation"

    assert run(twice).fetch(sql).equals(run(tables).fetch(sql))


def test_a_case_without_transactions_has_no_rows() -> None:
    """There is nothing to hold the books against, and no booking is said to be missing from a chain that is not there."""
    bare = run({name: table for name, table in books_tables().items() if name != "transactions"})

    assert rows(bare, "SELECT * FROM reconciliation") == []
    assert rows(bare, "SELECT * FROM shop_addresses") == []


def _case(chain: Chain, payments: list[dict], **more: list[dict]) -> DuckEngine:
    receivers = [{"label": "coins", "address_text": address("fixed")}]
    made = {"payments": table_of(PAYMENTS, payments), "receivers": table_of(RECEIVERS, receivers)}
    tags = {name: table for name, table in books_tables().items() if name in ("prices", "rates", "tags")}
    invoices = {"invoices": table_of(INVOICES, more.get("invoices", []))}
    return run({**made, **invoices, **tags, "transactions": chain.table()})


def _booked(account: int, cites: str = "", **more: object) -> dict:
    cited = {"txid": txid(cites)} if cites else {}
    return {"account_id": account, "currency": "GBP", "at": NOON + HOUR, "status": "completed", **cited, **more}


def test_an_output_that_may_be_booked_under_a_wrong_id_says_so() -> None:
    """Where two outputs may be what a mistyped booking means, neither is taken, nor simply called unbooked."""
    chain = Chain()
    chain.add("one", [("payer", 60_000)], [("fixed", 50_001)])
    chain.add("two", [("other", 60_000)], [("fixed", 50_001)])
    held = rows(
        _case(chain, [_booked(7, "mistyped", value_sat=50_001)]),
        "SELECT payment_id, verdict, because FROM reconciliation ORDER BY payment_id NULLS LAST",
    )

    assert [row["verdict"] for row in held] == ["table-only", "chain-only", "chain-only"]
    assert all("payment 1, whose cited transaction is not in the chain" in row["because"] for row in held[1:])


def _paid_back(*before: tuple[str, str]) -> DuckEngine:
    """Run a shop that takes money, pays the wallet `hidden`, and is paid by that wallet, in no booking."""
    chain = Chain()
    for payer, to in before:
        chain.add(f"{payer} pays", [(payer, 40_000)], [(to, 30_000)], DAY)
    chain.add("taken", [("alice", 110_000)], [("fixed", 100_000)])
    chain.add("away", [("taken", 0)], [("hidden", 90_000)], NOON + HOUR)
    chain.add("back", [("away", 0)], [("fixed", 80_000), ("hidden2", 9_000)], NOON + 2 * HOUR)
    cited = [_booked(1, "taken"), *(_booked(2, f"{payer} pays") for payer, _ in before)]
    return _case(chain, cited)


def test_what_may_be_the_shops_own_money_is_no_income() -> None:
    """Coins from a wallet that the shop had paid have a verdict of their own, are not counted, and still add up."""
    made = _paid_back()
    held = rows(made, f"SELECT * FROM reconciliation WHERE txid = '{txid('back')}'")[0]

    assert (held["verdict"], held["chain_sat"], held["is_income"]) == ("maybe-own", 80_000, False)
    assert txid("away") in held["because"]
    assert rows(made, "SELECT sum(share_sat) AS sat FROM money_parts WHERE is_income")[0]["sat"] == 100_000
    assert rows(made, "SELECT sum(chain_sat) AS sat FROM reconciliation")[0]["sat"] == 180_000


def _round(hops: int, *more: tuple[str, list, list]) -> DuckEngine:
    """Run a shop that takes money and pays a wallet, whose rest comes back over so many wallets, a part leaving at each."""
    chain = Chain()
    chain.add("taken", [("alice", 1_010_000)], [("fixed", 1_000_000)])
    chain.add("away 0", [("taken", 0)], [("part 0", 100_000), ("rest 0", 890_000)], NOON + HOUR)
    for hop in range(1, hops + 1):
        pays = [(f"part {hop}", 10_000), (f"rest {hop}", 890_000 - hop * 20_000)]
        chain.add(f"away {hop}", [(f"away {hop - 1}", 1)], pays, NOON + (1 + hop) * HOUR)
    for name, spends, pays in more:
        chain.add(name, spends, pays, NOON + 20 * HOUR)
    chain.add("back", [(f"away {hops}", 1)], [("fixed", 700_000)], NOON + 21 * HOUR)
    return _case(chain, [_booked(1, "taken")])


def _back(made: DuckEngine) -> tuple[str, str]:
    held = rows(made, f"SELECT verdict, because FROM reconciliation WHERE txid = '{txid('back')}'")[0]
    return held["verdict"], held["because"]


@pytest.mark.parametrize("hops", [1, 2, 10])
def test_money_that_comes_back_over_wallets_used_once_is_no_income(hops: int) -> None:
    """The rest of a peel chain that comes back is maybe the shop's own, and the row names every transaction of the way."""
    made = _round(hops)
    verdict, because = _back(made)

    assert verdict == "maybe-own"
    assert " ".join(txid(f"away {hop}") for hop in range(hops + 1)) in because
    assert rows(made, "SELECT hops FROM own_returns") == [{"hops": hops}]
    assert rows(made, "SELECT sum(share_sat) AS sat FROM money_parts WHERE is_income")[0]["sat"] == 1_000_000


def test_a_way_longer_than_the_setting_stays_in_the_income() -> None:
    """After eleven payments of wallets used once, the default being ten, nothing is said to be the shop's."""
    assert _back(_round(11))[0] == "chain-only"


@pytest.mark.parametrize(
    "other",
    [
        ("paid twice", [("payer", 60_000)], [("rest 1", 50_000)]),
        ("spends twice", [("payer", 60_000), ("rest 1", 5_000)], [("elsewhere", 50_000)]),
    ],
)
def test_a_wallet_with_other_money_ends_the_way(other: tuple[str, list, list]) -> None:
    """Who was paid by somebody else as well, or spent before, has money of his own: what he pays is takings."""
    assert _back(_round(2, other))[0] == "chain-only"
    assert _back(_round(2))[0] == "maybe-own"


def test_a_customer_who_was_refunded_and_pays_again_is_a_customer() -> None:
    """Whose booked payment was given back, and who then pays unbooked, is not taken for the shop."""
    held = rows(_paid_back(("hidden", "fixed")), f"SELECT verdict FROM reconciliation WHERE txid = '{txid('back')}'")

    assert [row["verdict"] for row in held] == ["chain-only"]


def test_a_repeated_deposit_is_matched_in_the_order_of_time() -> None:
    """An account that pays the same amount to its own address each day has each booking matched to its own block."""
    chain, booked = Chain(), []
    for day in range(4):
        at = DAY + day * 24 * HOUR
        chain.add(f"day {day}", [(f"payer {day}", 60_000)], [("own", 50_000)], at)
        booked.append(_booked(1, address=address("own"), value_sat=50_000, at=at + HOUR))
    held = rows(_case(chain, booked[::-1]), "SELECT txid, booked_at, verdict FROM reconciliation ORDER BY booked_at")

    assert [(row["txid"], row["verdict"]) for row in held] == [(txid(f"day {day}"), "matched") for day in range(4)]


def test_two_accounts_at_one_address_are_not_guessed_between() -> None:
    """Where bookings of two accounts fit one payment to a shared address, neither claims it."""
    chain = Chain()
    chain.add("one", [("payer", 60_000)], [("fixed", 50_000)])
    booked = [_booked(account, address=address("fixed"), value_sat=50_000) for account in (1, 2)]
    held = rows(_case(chain, booked), "SELECT payment_id, verdict FROM reconciliation ORDER BY payment_id NULLS LAST")

    assert [row["verdict"] for row in held] == ["table-only", "table-only", "chain-only"]


def test_a_payment_out_of_the_window_is_not_claimed_by_amount() -> None:
    """An equal amount a week away is another payment."""
    chain = Chain()
    chain.add("one", [("payer", 60_000)], [("fixed", 50_001)])
    invoice = {"account_id": 1, "value_sat": 50_001, "at": NOON + 24 * 7 * HOUR, "status": "unknown"}
    held = rows(
        _case(chain, [_booked(1, at=NOON + 24 * 7 * HOUR)], invoices=[invoice]),
        "SELECT verdict FROM reconciliation ORDER BY payment_id NULLS LAST",
    )

    assert [row["verdict"] for row in held] == ["table-only", "chain-only"]


def test_a_joint_payment_is_no_income_and_says_so() -> None:
    """Coins of the shop and of another in one transaction are not counted as income, and a joint payment is left open."""
    chain = Chain()
    chain.add("first", [("payer", 60_000)], [("fixed", 50_000)])
    chain.add("joint", [("first", 0), ("nobody known", 70_000)], [("fixed", 110_000)], NOON + HOUR)
    chain.rows = [row for row in chain.rows if row["address"] != address("nobody known")]
    held = rows(_case(chain, [_booked(1, "joint")]), "SELECT verdict, because FROM reconciliation WHERE payment_id = 1")

    assert held[0]["verdict"] == "internal"
    assert "a joint payment is not ruled out" in held[0]["because"]


def _large_shop(paid: int, strangers: int, text: str, batch: int = 0, more: str = "") -> dict[str, object]:
    """Return is_kept_by_service and the bases of a shop's wallet beside which so many strangers pay into it as well."""
    chain = Chain()
    for place in range(paid):
        chain.add(f"in {place}", [(f"payer {place}", 20_000)], [("fixed", 10_000), (f"back {place}", 9_000)])
    for place in range(strangers):
        chain.add(f"other {place}", [(f"stranger {place}", 20_000)], [(f"other merchant {place}", 19_000)])
    sources = [(f"in {place}", 0) for place in range(1, paid)] + [(f"other {place}", 0) for place in range(strangers)]
    chain.add("sweep", sources, [("till", 10_000), *((f"out {place}", 1) for place in range(batch))], NOON + HOUR)
    spent = [("sweep", 0), ("in 0", 0), ("change 2", 5_000)]
    chain.add("spend", spent, [("exchange", 9_000), ("change 3", 5_500)], NOON + 2 * HOUR)
    receivers = [{"label": "coins", "address_text": address("fixed")}]
    booked = [_booked(place, f"in {place}") for place in range(min(paid, 3))]
    tags = [{"service": "e", "category": "exchange", "level": 60, "address": address("exchange")}]
    if more:
        tags.append({"service": "p", "category": "payment_processor", "level": 60, "address": address("till")})
    tables = {"payments": table_of(PAYMENTS, booked), "receivers": table_of(RECEIVERS, receivers),
              "transactions": chain.table(), "tags": table_of(TAGS, tags)}  # fmt: skip
    made = run(tables, text)
    held = rows(made, "SELECT basis, is_kept_by_service FROM shop_addresses WHERE wallet IS NOT NULL")
    [shown] = rows(made, f"SELECT * FROM wallets WHERE wallet = '{address('fixed')}'")
    return {
        "is_kept": {row["is_kept_by_service"] for row in held},
        "co-spent": sum(row["basis"] == "co-spent" for row in held),
        "outflows": len(rows(made, "SELECT txid FROM shop_outflows")),
        "reached": [
            row["service"] for row in rows(made, "SELECT * FROM service_reaches WHERE direction = 'deposit to'")
        ],
        "is_service": shown["is_service"],
        "is_shops": shown["is_shops"],
        "asked about": len(rows(made, f"SELECT txid FROM service_reaches WHERE wallet = '{address('fixed')}'")),
        "why": shown["why"],
    }


_BUSY = "wallet_service_partners = 8"


def test_a_shop_with_many_payers_keeps_its_wallet() -> None:
    """A wallet that deals with more others than a service's limit is the shop's if its books tell of what comes in."""
    own = {"is_kept": {False}, "co-spent": 2, "outflows": 3, "reached": ["e"], "is_service": False, "is_shops": True}
    why = "the shop's own, and no service, though it looks like one: deals with 12 other wallets"

    assert _large_shop(10, 0, _BUSY) == {**own, "asked about": 0, "why": why}
    assert _large_shop(10, 0, "") == {**own, "asked about": 0, "why": ""}
    assert _large_shop(10, 9, _BUSY)["is_kept"] == {False}


def test_a_processor_with_other_merchants_is_not_swallowed() -> None:
    """Where most of what comes in is others', or the wallet pays in batches, or a tag names it, it is a service's."""
    kept = {"is_kept": {True}, "co-spent": 0, "outflows": 0, "reached": [], "is_service": True, "is_shops": False}

    assert kept.items() <= _large_shop(10, 11, _BUSY).items()
    assert kept.items() <= _large_shop(10, 0, _BUSY + "\nwallet_service_outputs = 5", batch=5).items()
    assert kept.items() <= _large_shop(10, 0, _BUSY, more="tagged").items()


def test_a_late_booking_is_held_against_its_own_invoice() -> None:
    """An invoice far before the booking and near the block is the right one, though the account asked again since."""
    chain, later = Chain(), NOON + 5 * 24 * HOUR
    chain.add("late", [("payer", 60_000)], [("fixed", 50_100)])
    chain.add("second", [("payer", 60_000)], [("fixed", 50_200)], later)
    asked = [(50_100, NOON - HOUR), (50_200, later - HOUR)]
    invoices = [{"account_id": 1, "value_sat": sat, "amount_minor": 1700, "at": at} for sat, at in asked]
    booked = [_booked(1, "late", amount_minor=1700, at=later), _booked(1, "second", amount_minor=1700, at=later + HOUR)]
    held = rows(_case(chain, booked, invoices=invoices), "SELECT * FROM reconciliation ORDER BY payment_id")

    assert [(row["verdict"], row["checked"], row["booked_sat"]) for row in held] == [
        ("time-differs", "exact", 50_100), ("matched", "exact", 50_200),
    ]  # fmt: skip


def test_an_invoice_that_another_booking_was_paid_by_is_not_held_against_this_one() -> None:
    """Where the account's only other invoice of that credit is paid to the satoshi elsewhere, the price decides."""
    chain = Chain()
    chain.add("uninvoiced", [("payer", 160_000)], [("fixed", 50_000)])
    chain.add("invoiced", [("payer", 60_000)], [("fixed", 50_100)])
    invoices = [{"account_id": 1, "value_sat": 50_100, "amount_minor": 1700, "at": NOON - HOUR}]
    booked = [_booked(1, name, amount_minor=1700) for name in ("uninvoiced", "invoiced")]
    held = rows(_case(chain, booked, invoices=invoices), "SELECT * FROM reconciliation ORDER BY payment_id")

    assert [(row["verdict"], row["checked"]) for row in held] == [("matched", "price"), ("matched", "exact")]


def test_one_invoice_for_a_deposit_that_two_accounts_share_is_exact() -> None:
    """Bookings that share one deposit are exact if one of their accounts was asked for it whole; each has its credit's part."""
    chain = Chain()
    chain.add("shared", [("payer", 160_000)], [("fixed", 150_000)])
    asked = [(1, 5100, 150_000), (1, 1700, 44_000), (2, 3400, 77_000)]  # the two others were never paid
    invoices = [{"account_id": a, "amount_minor": m, "value_sat": s, "at": NOON - HOUR} for a, m, s in asked]
    booked = [_booked(1, "shared", amount_minor=1700), _booked(2, "shared", amount_minor=3400, at=NOON + 2 * HOUR)]
    held = rows(_case(chain, booked, invoices=invoices), "SELECT * FROM reconciliation ORDER BY payment_id")

    assert [(r["verdict"], r["checked"], r["chain_sat"]) for r in held] == [
        ("matched", "exact", 50_000), ("matched", "exact", 100_000),
    ]  # fmt: skip


def _invoiced(account: int, sat: int, at: object = NOON - HOUR, status: str = "unknown") -> dict:
    return {"account_id": account, "amount_minor": 1700, "value_sat": sat, "at": at, "status": status}


def _one(asked: list[dict], booked: list[dict], sat: int = 50_100, name: str = "one") -> list[dict]:
    """Return the verdicts of bookings beside one payment to the shop."""
    chain = Chain()
    chain.add(name, [("payer", 60_000)], [("fixed", sat)])
    return rows(_case(chain, booked, invoices=asked), "SELECT * FROM reconciliation ORDER BY payment_id NULLS LAST")


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ([], "cites no transaction, no address and no amount in bitcoin"),
        ([_invoiced(2, 50_100)], "cites no transaction, no address and no amount in bitcoin"),
        ([_invoiced(1, 50_101)], "no unclaimed payment near in time has exactly the amount asked for"),
        ([_invoiced(1, 50_100, NOON + 2 * HOUR)], "cites no transaction, no address and no amount in bitcoin"),
        ([_invoiced(1, 50_100, status="pending")], "still call that invoice pending"),
        ([_invoiced(1, 50_100, NOON + HOUR)], ""),
        ([_invoiced(1, 50_100, NOON + HOUR), _invoiced(1, 50_300)], ""),
    ],
)
def test_a_credit_without_a_transaction_needs_an_invoice_to_the_satoshi(asked: list[dict], why: str) -> None:
    """A credit of the right price matches only by an exact invoice of that account, made before it and not left open."""
    first, *rest = _one(asked, [_booked(1, amount_minor=1700)])

    assert why in first["because"]
    assert [row["verdict"] for row in rest] == (["chain-only"] if why else [])
    assert (first["verdict"], first["key"]) == (("table-only", "") if why else ("matched", "amount-time"))


def test_a_mistyped_transaction_is_found_by_its_invoice_and_says_so() -> None:
    """A cited id that no chain has is replaced by the exact invoiced payment; a digit off is said, and goes before others."""
    right = txid("one")
    typo = right[:-1] + ("0" if right[-1] != "0" else "1")
    asked = [_invoiced(1, 50_100), _invoiced(2, 50_100)]
    near, forged = _booked(1, txid=typo, amount_minor=1700), _booked(2, "no chain", amount_minor=1700)

    [alone] = _one(asked, [near])
    assert (alone["verdict"], alone["key"], alone["txid"]) == ("matched", "amount-time, other txid", right)
    assert "does not have the transaction that is cited, which is one digit off this one" in alone["because"]
    [other] = _one(asked, [forged])
    assert (other["verdict"], other["key"]) == ("matched", "amount-time, other txid")
    assert "one digit off" not in other["because"]
    both = _one(asked, [near, forged])
    assert [(row["verdict"], row["key"]) for row in both] == [
        ("matched", "amount-time, other txid"),
        ("table-only", ""),
    ]
    assert _one(asked, [{**near, "address": address("elsewhere")}])[0]["verdict"] == "table-only"
    assert _one([], [near])[0]["verdict"] == "table-only"


def test_equal_amounts_of_two_days_are_told_apart_by_when_they_were_asked_for() -> None:
    """Two accounts asked for one amount on two days have each the payment soon after; at one time neither has."""
    for apart, verdicts in (
        (20, ["matched", "matched"]),
        (1, ["table-only", "table-only", "chain-only", "chain-only"]),
    ):
        chain, booked, asked = Chain(), [], []
        for account in (1, 2):
            at = NOON + account * apart * HOUR
            chain.add(f"of {account}", [(f"payer {account}", 60_000)], [("fixed", 50_100)], at)
            asked.append(_invoiced(account, 50_100, at - HOUR // 2))
            booked.append(_booked(account, amount_minor=1700, at=at + HOUR))
        found = rows(
            _case(chain, booked, invoices=asked), "SELECT * FROM reconciliation ORDER BY payment_id NULLS LAST"
        )

        assert [row["verdict"] for row in found] == verdicts
        assert all(row["txid"] == txid(f"of {row['account_id']}") for row in found if row["verdict"] == "matched")


def test_the_hard_chain_is_a_chain() -> None:
    """No transaction of the hard case makes coins: what goes in covers what comes out."""
    sums: dict[str, int] = {}
    for row in books_chain().rows:
        sums[row["txid"]] = sums.get(row["txid"], 0) + row["value_sat"] * (1 if row["side"] == "input" else -1)

    assert all(fee >= 0 for fee in sums.values())


def test_one_wrong_tag_makes_no_takings_of_the_shops_own_moves() -> None:
    """A tag that calls the shop's address an exchange's turns its sweeps and change into maybe-own, never into income."""
    chain = Chain()
    chain.add("taken", [("alice", 110_000)], [("fixed", 100_000)])
    chain.add("more", [("bob", 60_000)], [("second", 50_000)])
    chain.add("again", [("carl", 70_000)], [("second", 60_000)])
    chain.add("sweep", [("taken", 0), ("more", 0)], [("onward", 149_000)], NOON + HOUR)
    chain.add("move", [("again", 0)], [("fixed", 59_000)], NOON + 2 * HOUR)
    tag = {"address": address("fixed"), "label": "x", "service": "x", "category": "exchange", "source": "a page"}
    more = {"confidence": "web_crawl", "level": 20, "is_cluster_definer": True, "is_own": False, "pack": "made up"}
    tables = {
        **books_tables(),
        "payments": table_of(PAYMENTS, [_booked(1, "taken")]),
        "invoices": table_of(INVOICES, []),
        "transactions": chain.table(),
        "tags": table_of(TAGS, [{**tag, **more}]),
    }
    made = run(tables)
    held = rows(made, f"SELECT verdict, is_income FROM reconciliation WHERE txid = '{txid('move')}'")

    assert [(row["verdict"], row["is_income"]) for row in held] == [("maybe-own", False)]
    _identities(tables, made)


def test_the_income_says_what_share_lies_near_midnight() -> None:
    """Of what may be of the other day the figure gives the count, the satoshi and the money, with their shares."""
    chain = Chain()
    chain.add("late", [("ann", 200_000)], [("fixed", 100_000)], DAY + 23 * HOUR)
    chain.add("noon", [("bob", 400_000)], [("fixed", 300_000)])
    made = _case(chain, [_booked(1, "late"), _booked(2, "noon")])
    (figure,) = (one for one in MONEY_FIGURES if one.key == "income.reconciled")

    # 100,000 satoshi at 40,000.00 euros and 0.85 pounds a euro are 34.00; at 38,000.00 and 44,000.00 they are 32.30 and 37.40.
    assert rows(made, figure.note_sql)[0]["note"].startswith(
        "Near midnight, so that the day and its price may be the other one: 1 of 100000 satoshi (25.0 per cent of all), 3400"
        " minor units (25.0 per cent) at the base price, 3230 to 3740 by those of the days beside."
    )


def test_what_a_service_sent_as_dust_is_set_apart() -> None:
    """The least that is relayed marks a wallet: it is kept as a row, and marked so that no letter asks about it."""
    chain = Chain()
    chain.add("marks", [("hot", 900_000)], [("payer", 546), ("hot", 890_000)], NOON - HOUR)
    chain.add("fills", [("hot", 900_000)], [("payer", 547_000), ("hot", 300_000)], NOON - HOUR)
    chain.add("pays", [("marks", 0), ("fills", 0)], [("fixed", 500_000), ("payer", 40_000)])
    made = _case(chain, [_booked(1, "pays")])

    held = rows(made, "SELECT direction, value_sat, is_dust FROM service_requests ORDER BY value_sat")
    assert held == [
        {"direction": "withdrawal from", "value_sat": 546, "is_dust": True},
        {"direction": "withdrawal from", "value_sat": 547_000, "is_dust": False},
    ]

"""A small shop's books and the chain behind them, with every trap of reconciling once; nothing in it is anybody's.

Addresses look like regtest's and have no checksum, ids of transactions are hashes of names. One bitcoin is 40,000.00
euros on the day of most payments, 38,000.00 the day before and 44,000.00 the day after; a euro is 0.85 pounds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from unspoof.model.arrow import schema
from unspoof.model.coin_tables import INVOICES, RECEIVERS, TRANSACTIONS
from unspoof.model.reference_tables import PRICES, RATES, TAGS
from unspoof.model.tables import PAYMENTS, Table

DAY = datetime.fromisoformat("2021-11-10T00:00:00")
NOON = DAY + timedelta(hours=12)
HOUR = timedelta(hours=1)


def address(name: str) -> str:
    """Return a made-up address that bears a name."""
    return f"bcrt1q{name.lower().replace(' ', '').replace('-', '')}".ljust(44, "x")


def txid(name: str) -> str:
    """Return the id of the transaction of a name."""
    return hashlib.sha256(f"transaction {name}".encode()).hexdigest()


class Chain:
    """Transactions by name, each spending outputs of others or coins from outside the case."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self.made: dict[tuple[str, int], tuple[str, int]] = {}

    def add(
        self,
        name: str,
        spends: Sequence[tuple[str, int]],
        pays: Sequence[tuple[str, int]],
        at: datetime | None = NOON,
    ) -> None:
        """Add one: `spends` names (transaction, place), or (payer, satoshi) for coins from outside; no time is no block."""
        known = {"txid": txid(name), "inputs": len(spends), "outputs": len(pays), "is_coinbase": False, "block_at": at}
        known |= {"height": None if at is None else 700_000 + int((at - DAY).total_seconds()) // 600, "part_id": 0}
        for place, (source, number) in enumerate(spends):
            inside = (source, number) in self.made
            holder, value = self.made[source, number] if inside else (source, number)
            spent = {"spent_txid": txid(source) if inside else txid(f"before {name} {place}")}
            spent |= {"spent_place": number if inside else 0, "address": address(holder), "value_sat": value}
            self.rows.append({**known, **spent, "side": "input", "place": place, "script_type": "p2wpkh"})
        for place, (holder, value) in enumerate(pays):
            self.made[name, place] = holder, value
            paid = {"address": address(holder), "value_sat": value, "script_type": "p2wpkh"}
            if holder == "data":
                paid = {"script_type": "op_return", "value_sat": 0, "script": "6a00"}
            self.rows.append({**known, **paid, "side": "output", "place": place})

    def table(self) -> pa.Table:
        """Return them as the table of the normal form."""
        return table_of(TRANSACTIONS, self.rows)


def books_chain() -> Chain:
    """Return every transaction of the case; the notes say what each is a trap for."""
    chain, late = Chain(), DAY + timedelta(hours=23, minutes=30)
    chain.add("plain", [("alice", 300_000)], [("fixed", 100_000), ("alice2", 199_000)], late)
    chain.add("two outputs", [("bob", 150_000)], [("fixed", 60_000), ("second", 40_000), ("bob2", 49_000)])
    chain.add("two bookings", [("carol", 201_000)], [("fixed", 200_000)])
    chain.add("booked twice", [("dave", 51_000)], [("fixed", 50_000)])
    chain.add("elsewhere", [("erin", 80_000)], [("stranger", 79_000)])
    chain.add("no block", [("frank", 71_000)], [("fixed", 70_000)], None)
    chain.add("fair price", [("grace", 160_000)], [("fixed", 148_000), ("grace2", 11_000)])
    chain.add("wrong price", [("heidi", 90_000)], [("fixed", 88_000)])
    chain.add("booked late", [("ivan", 91_000)], [("fixed", 90_000)])
    chain.add("by address", [("judy", 31_500)], [("booked1", 31_000)])
    chain.add("by address alone", [("kim", 32_500)], [("booked2", 32_000)])
    chain.add("by amount", [("leo", 33_500)], [("fixed", 33_333)])
    chain.add("twin one", [("mia", 44_500)], [("fixed", 44_444)])
    chain.add("twin two", [("nick", 44_600)], [("fixed", 44_444)], NOON + HOUR)
    chain.add("never booked", [("olga", 500_100)], [("second", 500_000)])
    chain.add("dust", [("pest", 1_000)], [("fixed", 555)])
    chain.add(
        "batch", [("hot", 9_000_000)], [("fixed", 21_000), ("second", 22_000), ("walked", 23_000), ("hot2", 8_900_000)]
    )
    chain.add("unknown place", [("quinn", 70_000)], [("nowhere", 66_666), ("quinn2", 3_000)])
    chain.add("sweep", [("plain", 0), ("two outputs", 1)], [("till", 139_000)], NOON + 13 * HOUR)
    chain.add(
        "spend",
        [("sweep", 0), ("two bookings", 0)],
        [("exchange", 300_000), ("fixed", 38_000), ("data", 0)],
        NOON + 14 * HOUR,
    )
    chain.add("refund", [("booked twice", 0)], [("alice", 20_000), ("fixed", 29_000)], NOON + 15 * HOUR)
    chain.add("quiet refund", [("wrong price", 0)], [("carol", 87_000)], NOON + 16 * HOUR)
    chain.add("own back", [("spend", 0)], [("fixed", 280_000), ("exchange", 19_000)], NOON + 17 * HOUR)
    chain.add("to processor", [("rupert", 45_500)], [("kept1", 45_000)])
    chain.add("other merchant", [("sybil", 46_500)], [("kept2", 46_000)])
    chain.add("processor sweeps", [("to processor", 0), ("other merchant", 0)], [("kepthot", 90_500)], NOON + 3 * HOUR)
    return chain


def _payments() -> list[dict[str, Any]]:
    at = NOON + HOUR

    def row(account: int, amount: int | None, cites: str = "", **more: Any) -> dict[str, Any]:
        cited = {"txid": txid(cites)} if cites else {}
        booked = {"account_id": account, "amount_minor": amount, "currency": "GBP", "booked": at, "status": "completed"}
        return {**booked, **cited, **more}

    return [
        row(1, 3400, "plain", booked=DAY + timedelta(hours=24)),
        row(2, 3400, "two outputs", value_sat=100_000),
        row(3, 4080, "two bookings", value_sat=120_000),
        row(3, 2720, "two bookings", value_sat=80_000, booked=at + HOUR),
        row(4, 1700, "booked twice", value_sat=50_000),
        row(5, 1700, "booked twice", value_sat=50_000, booked=at + HOUR),
        row(6, 1000, "never mined"),
        row(6, 2000, "elsewhere"),
        row(7, 2380, "no block", value_sat=70_000),
        row(8, 5000, "fair price"),
        row(9, 5000, "wrong price"),
        row(10, 3060, "booked late", value_sat=90_000, booked=at + timedelta(days=2)),
        row(11, 1054, address="BITCOIN:" + address("booked1").upper() + "?amount=0.00031"),
        row(12, 9999, address=address("booked2")),
        row(13, 1133),
        row(14, 1511),
        row(15, -680, "refund"),
        row(16, 1530, "to processor", address=address("kept1")),
        row(17, 4700, "sweep"),
        row(18, 2500, status="pending"),
        row(19, -5),
        row(20, 714, "batch", value_sat=21_000),
        row(21, 748, "batch", value_sat=22_000),
        row(22, 2266, "unknown place"),
        row(23, 300, txid="paid in cash"),
        row(24, 100, booked=None),
    ]


def _invoices() -> list[dict[str, Any]]:
    at = NOON - HOUR
    asked = [
        (1, 3400, 100_000, DAY + timedelta(hours=22)), (1, 3400, 100_007, DAY + timedelta(hours=21)),
        (13, 1133, 33_333, at), (14, 1511, 44_444, at), (22, 2266, 66_666, at), (18, 2500, 73_000, at),
    ]  # fmt: skip
    return [
        {"account_id": a, "amount_minor": m, "currency": "GBP", "value_sat": s, "asked": t, "status": "completed"}
        for a, m, s, t in asked
    ]


def table_of(of: Table, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Return rows as a table; of the normal form, ids count from 1. What is not given is empty, 0 or unknown."""
    zero = {"text": "unknown", "int64": 0, "int32": 0, "bool": False}
    is_numbered = of.columns[-1].name == "locator_size"
    made = []
    for place, row in enumerate(rows):
        filled = {c.name: row.get(c.name, None if c.nullable else zero.get(c.type)) for c in of.columns}
        if is_numbered:
            filled |= {of.columns[0].name: place + 1, "locator": place, "locator_size": 1}
        made.append(filled)
    return pa.Table.from_pylist(made, schema=schema(of))


def books_tables() -> dict[str, pa.Table]:
    """Return the case by table: payments, invoices, receivers, transactions, prices, rates, tags; ids count from 1."""
    receivers = [
        {"label": "cryptocurrency", "address_text": f"BTC=>{address('fixed')}|LTC=>ltc1qnobodys0000000000000000"}
    ]
    days = [(DAY - timedelta(days=1), 3_800_000), (DAY, 4_000_000), (DAY + timedelta(days=1), 4_400_000)]
    prices = [
        {
            "from_at": day,
            "span_s": 86_400,
            "currency": "EUR",
            "price_minor": price,
            "rule": "close",
            "source": "made up",
        }
        for day, price in days
    ]
    rates = [
        {"day_at": DAY - timedelta(days=1), "currency": code, "rate_micro": rate, "source": "made up"}
        for code, rate in (("GBP", 850_000), ("USD", 1_150_000))
    ]
    tag = {"confidence": "service_data", "level": 50, "is_cluster_definer": True, "is_own": False, "pack": "made up"}
    tags = [
        {**tag, "address": address("kepthot"), "label": "Some Processor", "service": "some processor",
         "category": "payment_processor", "source": "made up"},
        {**tag, "address": address("hot"), "label": "Some Exchange", "service": "some exchange", "category": "exchange",
         "source": "made up"},
    ]  # fmt: skip
    kept = {**tag, "address": address("kept1"), "label": "Some Processor", "service": "some processor"}
    tags.append({**kept, "category": "payment_processor", "source": "made up"})
    payments = [{**row, "at": row["booked"]} for row in _payments()]
    return {
        "payments": table_of(PAYMENTS, payments),
        "invoices": table_of(INVOICES, [{**row, "at": row["asked"]} for row in _invoices()]),
        "receivers": table_of(RECEIVERS, receivers),
        "transactions": books_chain().table(),
        "prices": table_of(PRICES, prices),
        "rates": table_of(RATES, rates),
        "tags": table_of(TAGS, tags),
    }


def made_books(seed: int) -> dict[str, pa.Table]:
    """Return random books and a chain: bookings cite at random, share, repeat and misstate what was paid."""
    random = np.random.default_rng(seed)
    chain, names = Chain(), [f"tx {n}" for n in range(30)]
    held: list[tuple[str, int]] = []
    for n, name in enumerate(names):
        at = DAY + int(random.integers(0, 60)) * HOUR if n % 9 else None
        spends = [(f"payer {random.integers(8)}", 10_000_000)]
        if held and random.random() < 0.3:  # the shop's own coins, alone or with another's
            own = [held.pop(int(random.integers(len(held)))) for _ in range(min(len(held), int(random.integers(1, 4))))]
            spends = own + (spends if random.random() < 0.2 else [])
        whole = sum(chain.made[s][1] if s in chain.made else s[1] for s in spends)
        pays, left = [], whole
        for _ in range(int(random.integers(1, 4))):
            value = min(left, int(random.choice([0, 555, 10_000, 10_000, 25_000, 40_000])))
            left -= value
            pays.append((str(random.choice(["fixed", "deposit1", "deposit2", "stranger", "payer 3"])), value))
        chain.add(name, spends, pays, at)
        held += [(name, i) for i, (holder, value) in enumerate(pays) if holder in ("fixed", "deposit1") and value]
    booked = []
    for _ in range(60):
        cites = str(random.choice([*names, "nothing", "nothing"]))
        given = {"txid": txid(cites)} if random.random() < 0.7 else {}
        given |= {"address": address(f"deposit{random.integers(1, 4)}")} if random.random() < 0.3 else {}
        given |= {"value_sat": int(random.choice([10_000, 25_000, 40_000, 65_000]))} if random.random() < 0.4 else {}
        at = DAY + int(random.integers(0, 100)) * HOUR if random.random() < 0.9 else None
        row = {
            "account_id": int(random.integers(1, 6)),
            "at": at,
            "currency": str(random.choice(["GBP", "EUR", "XXX"])),
        }
        row["amount_minor"] = int(random.choice([-340, 0, 340, 850, 1360, 5000]))
        row["status"] = str(random.choice(["completed", "completed", "completed", "pending", "failed", "refunded"]))
        booked.append({**row, **given})
    for name in names[:20]:  # two or three bookings of one deposit, by exact amounts or by the credit alone
        at, shares = DAY + int(random.integers(0, 60)) * HOUR, ((10_000, 340), (15_000, 510), (40_000, 1360))
        for sat, minor in shares[: int(random.integers(2, 4))]:
            row = {"account_id": int(random.integers(1, 3)), "at": at, "currency": "GBP", "status": "completed"}
            exact = {"value_sat": sat} if random.random() < 0.5 else {}
            booked.append({**row, "amount_minor": minor, "txid": txid(name), **exact})
    asked = [
        {"account_id": int(random.integers(1, 6)), "amount_minor": 340, "value_sat": 10_000, "status": "unknown",
         "at": DAY + int(random.integers(0, 60)) * HOUR}
        for _ in range(10)
    ]  # fmt: skip
    return {
        **books_tables(), "payments": table_of(PAYMENTS, booked), "invoices": table_of(INVOICES, asked),
        "transactions": chain.table(),
    }  # fmt: skip


__all__ = ["DAY", "HOUR", "NOON", "Chain", "address", "books_chain", "books_tables", "made_books", "table_of", "txid"]

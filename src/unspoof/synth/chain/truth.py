"""What is true of a made-up chain, written from the columns that it is made of and never from its file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from unspoof.synth.chain.deposits import NOT_PAID, Booked
from unspoof.synth.chain.draft import OUTSIDE, Column, Kind, Owner
from unspoof.synth.chain.making import Money
from unspoof.synth.chain.payers import Way
from unspoof.synth.chain.services import COIN, SERVICES
from unspoof.synth.holders.money import Payments
from unspoof.synth.holders.users import Users
from unspoof.synth.places import COUNTRIES
from unspoof.synth.plan import DAY_S, Plan

VERDICTS = {
    Booked.PLAIN: "matched",
    Booked.SPLIT: "matched",
    Booked.AMOUNT: "amount-differs",
    Booked.LATE: "time-differs",
    Booked.MISTYPED: "matched",
    Booked.NO_TXID: "matched",
    Booked.FORGED: "table-only",
    Booked.GIFT: "table-only",
    Booked.EXPIRED: "chain-only",
    Booked.UNASKED: "chain-only",
}
"""What a reader who knows everything would say of each."""
_NEAR_S = 7_200
_SHAPES = {Kind.WHIRLPOOL: "whirlpool", Kind.JOINMARKET: "joinmarket", Kind.WABISABI: "wabisabi"}


def _names(lead: str, numbers: Column, width: int = 7) -> pa.StringArray:
    return pc.binary_join_element_wise(
        pa.scalar(lead), pc.utf8_lpad(pc.cast(pa.array(numbers), pa.string()), width, "0"), ""
    )


def refill_ids(payments: Payments) -> Column:
    """Return `pkg_refill.id` of each refill's first row; some rows stand twice."""
    ids: Column = np.cumsum(payments.copies) - payments.copies + 1
    return ids


def _block_times(money: Money, coin: Column) -> Column:
    """Return the time of the block that made each coin; 0 for none."""
    there = coin >= 0
    tx = money.drawn.coin_tx[np.maximum(coin, 0)]
    at: Column = np.where(
        there & (tx != OUTSIDE), money.blocks.time[money.ordered.block[money.rank[np.maximum(tx, 0)]]], 0
    )
    return at


def _place(money: Money, coin: Column) -> pa.Array:
    return pa.array(money.ordered.output_place[np.maximum(coin, 0)], mask=coin < 0)


def _addresses(money: Money, coin: Column) -> pa.StringArray:
    return money.addresses.take(pa.array(money.drawn.coin_holder[coin]))


def _times(epoch: Column) -> pa.Array:
    text = pc.strftime(pa.array(epoch, pa.timestamp("s")), "%Y-%m-%dT%H:%M:%SZ")
    return pc.if_else(pa.array(epoch == 0), "", text)


def worth(money: Money, coin: Column, currency: str) -> Column:
    """Return what coins were worth in minor units: the price of the UTC day of the block's time, halves up."""
    at = _block_times(money, coin)
    value = money.drawn.coin_value[coin]
    price = money.prices.at(at, currency)
    minor: Column = (value // 10_000 * price * 10_000 + value % 10_000 * price + COIN // 2) // COIN
    return minor


def inflows(money: Money) -> tuple[Column, pa.Array]:
    """Return the coins that came to the shop's receiving addresses, and what each is."""
    came = money.paid.coin[money.paid.coin >= 0]
    own = np.array([coin for coin, _ in money.flows.inflows], dtype=np.int64)
    kinds = ["payment"] * len(came) + [what for _, what in money.flows.inflows] + ["dust"] * len(money.dust)
    return np.concatenate([came, own, money.dust[:, 0]]), pa.array(kinds, pa.string())


def _payments(money: Money, plan: Plan, users: Users, payments: Payments) -> pa.Table:
    deposits = money.deposits
    booked = np.flatnonzero(payments.paid)
    by_deposit = np.full(int(payments.deposit.max(initial=0)) + 1, -1)
    kept = deposits.refill >= 0
    by_deposit[payments.deposit[deposits.refill[kept]]] = np.flatnonzero(kept)
    rows = np.concatenate(
        [by_deposit[payments.deposit[booked]], np.flatnonzero(np.isin(deposits.kind, (Booked.EXPIRED, Booked.UNASKED)))]
    )
    refill = np.concatenate([booked, np.full(len(rows) - len(booked), -1)])
    coin, kind = money.paid.coin[rows], deposits.kind[rows]
    account = np.where(refill >= 0, payments.account[np.maximum(refill, 0)], deposits.account[rows])
    block_at = _block_times(money, coin)
    into_day = block_at % DAY_S
    names = [one.name.lower().replace("_", "-") for one in Booked]
    unpaid = coin < 0
    return pa.table(
        {
            "payment_ref": pa.array(refill_ids(payments)[np.maximum(refill, 0)], mask=refill < 0),
            "account_ref": pa.array(users.ids[np.maximum(account, 0)], mask=account < 0),
            "txid": money.txids(coin),
            "place": _place(money, coin),
            "verdict": pa.array([VERDICTS.get(one, "") for one in Booked]).take(pa.array(kind)),
            "kind": pa.array(names).take(pa.array(kind)),
            "way": pa.array(["", *(way.name.lower() for way in Way)]).take(pa.array(money.paid.way[rows] + 1)),
            "wallet": _wallet_names(money, money.paid.wallet[rows]),
            "booked_txid": pc.if_else(pa.array(refill >= 0), money.booked_txids().take(pa.array(rows)), ""),
            "booked_minor": pa.array(payments.credit[np.maximum(refill, 0)] * 100, mask=refill < 0),
            "asked_sat": pa.array(deposits.asked_sat[rows], mask=deposits.asked_sat[rows] == 0),
            "chain_sat": pa.array(deposits.sat[rows], mask=unpaid),
            "block_at": _times(block_at),
            "near_midnight": pa.array((np.minimum(into_day, DAY_S - into_day) <= _NEAR_S) & ~unpaid),
        }
    )


def _wallet_names(money: Money, wallet: Column) -> pa.StringArray:
    return pc.if_else(pa.array(wallet >= 0), _names("W", np.maximum(wallet, 0) + 1), "")


def _wallets(money: Money, users: Users) -> pa.Table:
    """Return every address of the chain with the wallet that holds it: its owner's, whatever the chain shows."""
    drawn = money.drawn
    used = np.unique(drawn.coin_holder[drawn.holder_owner[drawn.coin_holder] != Owner.NOBODY])
    owner, number = drawn.holder_owner[used], drawn.holder_number[used]
    kinds = pa.array([one.name.lower() for one in Owner]).take(pa.array(owner))
    services = pa.array([one.actor for one in SERVICES]).take(pa.array(np.where(owner == Owner.SERVICE, number, 0)))
    people = _owners(money, users)
    person = owner == Owner.PERSON
    named = people.take(pa.array(np.where(person, number, 0)))
    wallet = pc.choose(
        pa.array(owner),
        _names("W", np.where(person, number, 0) + 1),
        pa.array(["shop"] * len(used)),
        services,
        _names("S", np.where(owner == Owner.STRANGER, number, 0), 12),
    )
    whose = pc.choose(pa.array(owner), named, pa.array(["shop"] * len(used)), services, pa.array([""] * len(used)))
    return pa.table(
        {"address": money.addresses.take(pa.array(used)), "wallet": wallet, "held_by": kinds, "owner": whose}
    )


def _owners(money: Money, users: Users) -> pa.StringArray:
    """Return by wallet the people who hold it, semicolons between."""
    wallet, person = money.wallets.of_account, users.person.astype(np.int64)
    pairs = np.unique(np.stack([wallet, person], axis=1), axis=0)
    starts = np.searchsorted(pairs[:, 0], np.arange(len(money.wallets.way) + 1))
    names = _names("P", pairs[:, 1] + 1)
    listed = pa.ListArray.from_arrays(pa.array(starts.astype(np.int32)), names)
    return pc.binary_join(listed, ";")


def _account_wallets(money: Money, users: Users) -> pa.Table:
    """Return who paid from which wallet: one row an account and wallet with a payment from the wallet's own coins."""
    own = np.flatnonzero((money.paid.way > Way.EXCHANGE) & (money.deposits.account >= 0))
    wallet, account = money.paid.wallet[own], money.deposits.account[own]
    pairs, count = np.unique(np.stack([account, wallet], axis=1), axis=0, return_counts=True)
    return pa.table(
        {
            "account_ref": users.ids[pairs[:, 0]],
            "wallet": _wallet_names(money, pairs[:, 1]),
            "owner": _owners(money, users).take(pa.array(pairs[:, 1])),
            "deposits": count,
        }
    )


def _coinjoins(money: Money) -> pa.Table:
    drawn = money.drawn
    some = np.flatnonzero(np.isin(drawn.tx_kind, [int(kind) for kind in _SHAPES]))
    owned = drawn.holder_owner[drawn.coin_holder[drawn.spend_coin]] == Owner.PERSON
    payers = np.bincount(drawn.spend_tx[owned], minlength=len(drawn.tx_at))
    shapes = {int(kind): shape for kind, shape in _SHAPES.items()}
    return pa.table(
        {
            "txid": _txids(money, some),
            "shape": [shapes[int(kind)] for kind in drawn.tx_kind[some]],
            "payers": payers[some],
        }
    )


def _txids(money: Money, tx: Column) -> pa.Array:
    return pa.array([row.tobytes().hex() for row in money.written.txid[money.rank[tx]][:, ::-1]], pa.string())


def _services(money: Money) -> pa.Table:
    """Return each output by which money went to a service or came from one, of the shop's and of its payers'."""
    wishes, arrived = money.wishes, money.flows.wishes()
    coin = np.concatenate([wishes.coin, arrived.coin])
    place = np.concatenate([wishes.service, arrived.service])
    direction = ["withdrawal from"] * len(wishes.coin) + ["deposit to"] * len(arrived.coin)
    straight = np.isin(coin, money.paid.coin)
    about = np.where(np.isin(coin, money.rotations.coins), "rotated", np.where(straight, "payment", "wallet")).tolist()
    about[len(wishes.coin) :] = ["cash-out"] * len(arrived.coin)
    return pa.table(
        {
            "txid": money.txids(coin),
            "place": _place(money, coin),
            "address": _addresses(money, coin),
            "service": pa.array([one.actor for one in SERVICES]).take(pa.array(place)),
            "tagged": pa.array([one.tagged for one in SERVICES]).take(pa.array(place)),
            "direction": direction,
            "about": about,
            "value_sat": money.drawn.coin_value[coin],
        }
    )


def _flows(money: Money) -> pa.Table:
    steps = [*money.flows.steps]
    steps += [(-1, 0, coin, what) for coin, what in money.flows.inflows]
    steps += [(-1, 0, coin, "refund") for coin, _ in money.flows.refunds]
    coin = np.array([step[2] for step in steps], dtype=np.int64)
    flow = np.array([step[0] for step in steps], dtype=np.int64)
    return pa.table(
        {
            "flow": pa.array(flow, mask=flow < 0),
            "hop": np.array([step[1] for step in steps], dtype=np.int64),
            "what": pa.array([step[3] for step in steps], pa.string()),
            "txid": money.txids(coin),
            "place": _place(money, coin),
            "address": _addresses(money, coin),
            "value_sat": money.drawn.coin_value[coin],
            "block_at": _times(_block_times(money, coin)),
        }
    )


def money_figures(money: Money, plan: Plan) -> dict[str, dict[str, int]]:
    """Return what the shop took in by the chain, in satoshi and in money, in all and of what the books leave out.

    `own` is what it paid to its receiving addresses itself; `returned` is what came back to its treasury at the end of peel
    chains, which co-spends alone cannot tell from takings.
    """
    currency = COUNTRIES[plan.home].currency
    deposits, coin = money.deposits, money.paid.coin
    parts = {
        "reconciled": coin >= 0,
        "booked": (coin >= 0) & (deposits.refill >= 0),
        "unbooked": (coin >= 0) & (deposits.refill < 0),
    }
    own = np.array([one for one, _ in money.flows.inflows], dtype=np.int64)
    counts = {
        name: {
            "deposits": int(mask.sum()),
            "sat": int(money.drawn.coin_value[coin[mask]].sum()),
            **{f"{code.lower()}_minor": int(worth(money, coin[mask], code).sum()) for code in money.prices.minor},
            "minor": int(worth(money, coin[mask], currency).sum()),
        }
        for name, mask in parts.items()
    }
    back = np.array([coin for _, _, coin, what in money.flows.steps if what == "returned"], dtype=np.int64)
    counts["returned"] = {"deposits": len(back), "sat": int(money.drawn.coin_value[back].sum())}
    counts["own"] = {"deposits": len(own), "sat": int(money.drawn.coin_value[own].sum())}
    counts["never came"] = {"deposits": int(np.isin(deposits.kind, NOT_PAID).sum())}
    return counts


def write_money_truth(folder: Path, money: Money, plan: Plan, users: Users, payments: Payments) -> None:
    """Write what is true of the chain into a folder that exists.

    Args:
        folder: gets payments_chain.csv, wallets.csv, account_wallets.csv, coinjoins.csv, services.csv, flows.csv.
        money: the chain.
        plan: home and times.
        users: who holds the accounts.
        payments: the shop's bookings.
    """
    tables = {
        "payments_chain": _payments(money, plan, users, payments),
        "wallets": _wallets(money, users),
        "account_wallets": _account_wallets(money, users),
        "coinjoins": _coinjoins(money),
        "services": _services(money),
        "flows": _flows(money),
    }
    for name, table in tables.items():
        csv.write_csv(table, folder / f"{name}.csv")


__all__ = ["VERDICTS", "inflows", "money_figures", "refill_ids", "worth", "write_money_truth"]

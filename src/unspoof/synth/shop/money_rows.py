"""Rows of what was paid and of how the shop is set up: refills, coins, plans, trunks, ways to pay.

Keys and passwords in them are made up; they are there because a reader must redact them.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from unspoof.synth.chain.deposits import Booked
from unspoof.synth.chain.making import Money
from unspoof.synth.holders.money import PLANS_GBP, Payments
from unspoof.synth.plan import Plan, scatter
from unspoof.synth.shop.call_rows import TRUNKS
from unspoof.synth.shop.dump import quoted
from unspoof.synth.shop.schema import SHOP
from unspoof.synth.shop.sql import decimals, integers, joined, rows, times

_BY_HAND = pa.array(["manual credit BTC", "BTC deposit, credited by admin", "ok paid"])
_GIFTS = pa.array(["bonus", "compensation for downtime", "VIP"])


def plan_of(payments: Payments, accounts: int) -> np.ndarray:
    """Return each account's id_plan: 1 for the trial, 2 and up for the dearest plan bought."""
    bought = payments.paid
    plans = np.ones(accounts, dtype=np.int64)
    np.maximum.at(plans, payments.account[bought], 2 + np.searchsorted(PLANS_GBP, payments.credit[bought]))
    return plans


def _descriptions(payments: Payments, money: Money) -> pa.StringArray:
    """Return the text of each refill: its txid, misspelt as MagnusBilling does, or what an operator typed by hand."""
    by_deposit = np.zeros(int(payments.deposit.max(initial=0)) + 1, dtype=np.int64)
    booked = np.flatnonzero(money.deposits.refill >= 0)
    by_deposit[payments.deposit[money.deposits.refill[booked]]] = booked
    deposit = by_deposit[np.maximum(payments.deposit, 0)]
    kind = money.deposits.kind[deposit]
    coin = joined("CriptoCurrency BTC, txid: ", money.booked_txids().take(pa.array(deposit)))
    coin = pc.if_else(pa.array(kind == Booked.NO_TXID), _BY_HAND.take(pa.array(deposit % len(_BY_HAND))), coin)
    coin = pc.if_else(pa.array(kind == Booked.GIFT), _GIFTS.take(pa.array(deposit % len(_GIFTS))), coin)
    return pc.if_else(pa.array(payments.paid), coin, "welcome credit")


def refill_rows(payments: Payments, money: Money, ids: np.ndarray) -> pa.StringArray:
    """Return the rows of `pkg_refill`."""
    places = np.repeat(np.arange(len(payments.at)), payments.copies)
    cells = {
        "id": integers(np.arange(1, len(places) + 1)),
        "id_user": integers(ids[payments.account[places]]),
        "date": times(payments.at[places]),
        "credit": decimals(payments.credit[places], 0, 5),
        "description": quoted(_descriptions(payments, money).take(pa.array(places))),
        "refill_type": "0",
        "payment": pc.if_else(pa.array(payments.paid[places]), "1", "0"),
        "invoice_number": "''",
    }
    return rows(SHOP["pkg_refill"], cells)


def coin_rows(money: Money, ids: np.ndarray) -> pa.StringArray:
    """Return the rows of `pkg_cryptocurrency`: deposits that were asked for, credited (0) or still waited for (1)."""
    deposits = money.deposits
    asked = np.flatnonzero(deposits.asked_at > 0)
    asked = asked[np.argsort(deposits.asked_at[asked], kind="stable")]
    cells = {
        "id": integers(np.arange(1, len(asked) + 1)),
        "id_user": integers(ids[deposits.account[asked]]),
        "status": integers((deposits.refill[asked] < 0).astype(np.int64)),
        "currency": "'BTC'",
        "amountCrypto": decimals(deposits.asked_sat[asked], 8, 8),
        "amount": decimals(deposits.credit[asked], 0, 8),
        "date": times(deposits.asked_at[asked]),
    }
    return rows(SHOP["pkg_cryptocurrency"], cells)


def plan_rows(plan: Plan) -> pa.StringArray:
    """Return the rows of `pkg_plan`: the trial and what was sold."""
    names = pa.array(["Trial", *(f"Minutes {price}" for price in PLANS_GBP)])
    ids = np.arange(1, len(names) + 1)
    cells = {
        "id": integers(ids),
        "id_user": "1",
        "name": quoted(names),
        "lcrtype": "1",
        "creationdate": times(np.full(len(ids), plan.opened)),
        "ini_credit": "0.50000",
        "signup": "1",
    }
    return rows(SHOP["pkg_plan"], cells)


def trunk_rows(plan: Plan) -> pa.StringArray:
    """Return the rows of `pkg_trunk`: made-up carriers, with the passwords that the shop used there."""
    ids = np.arange(1, TRUNKS + 1)
    cells = {
        "id": integers(ids),
        "id_provider": integers(ids),
        "trunkcode": joined("'carrier", integers(ids), "'"),
        "host": joined("'203.0.113.", integers(200 + ids), "'"),
        "providertech": "'sip'",
        "creationdate": times(np.full(len(ids), plan.opened)),
        "status": "1",
        "user": joined("'shop", integers(ids), "'"),
        "secret": joined("'tr-", integers(scatter(ids, 23) % 10**9), "'"),
        "register_string": joined("'shop", integers(ids), ":tr-secret@203.0.113.", integers(200 + ids), ":5060'"),
        "port": "'5060'",
    }
    return rows(SHOP["pkg_trunk"], cells)


def pay_rows(address: str) -> pa.StringArray:
    """Return the rows of `pkg_method_pay`: the coin wallet with its exchange keys, and a way that is switched off."""
    cells = {
        "id": integers(np.arange(1, 3)),
        "id_user": "1",
        "payment_method": pa.array(["'cryptocurrency'", "'paypal'"]),
        "show_name": pa.array(["'Bitcoin'", "'PayPal'"]),
        "country": "'Global'",
        "active": pa.array(["1", "0"]),
        "url": "''",
        "username": pa.array([f"'BTC=>{address}'", "'shop@example.org'"]),
        "pagseguro_TOKEN": "'tok-4711-made-up'",
        "fee": "0",
        "client_id": "'key-made-up-8f3a'",
        "client_secret": "'secret-made-up-77c1'",
    }
    return rows(SHOP["pkg_method_pay"], cells)


__all__ = ["coin_rows", "pay_rows", "plan_of", "plan_rows", "refill_rows", "trunk_rows"]

"""Rows of what was paid and of how the shop is set up: refills, coins, plans, trunks, ways to pay.

Keys and passwords in them are made up; they are there because a reader must redact them.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from unspoof.synth.holders.money import PLANS_GBP, Payments
from unspoof.synth.plan import DAY_S, Plan, scatter
from unspoof.synth.shop.call_rows import TRUNKS
from unspoof.synth.shop.dump import quoted
from unspoof.synth.shop.schema import SHOP
from unspoof.synth.shop.sql import decimals, integers, joined, rows, times

_WALLET = "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx"
"""The test network's example of BIP 173: nobody's real address."""


def _hex(deposit: np.ndarray, seed: int) -> pa.StringArray:
    """Return 64 hex digits for each deposit."""
    words = np.stack([scatter(deposit * 4 + k, seed % 2**31) * 2 + (deposit + k) % 2 for k in range(4)], axis=1)
    text = words.astype(">u8").tobytes().hex().encode()
    offsets = np.arange(len(deposit) + 1, dtype=np.int32) * 64
    return pa.StringArray.from_buffers(len(deposit), pa.py_buffer(offsets), pa.py_buffer(text))


def plan_of(payments: Payments, accounts: int) -> np.ndarray:
    """Return each account's id_plan: 1 for the trial, 2 and up for the dearest plan bought."""
    bought = payments.paid
    plans = np.ones(accounts, dtype=np.int64)
    np.maximum.at(plans, payments.account[bought], 2 + np.searchsorted(PLANS_GBP, payments.credit[bought]))
    return plans


def refill_rows(payments: Payments, ids: np.ndarray) -> pa.StringArray:
    """Return the rows of `pkg_refill`; the transaction id stands in the description, misspelt as MagnusBilling does."""
    places = np.repeat(np.arange(len(payments.at)), payments.copies)
    paid, deposit = pa.array(payments.paid[places]), payments.deposit[places]
    coin = joined("CriptoCurrency BTC, txid: ", _hex(np.maximum(deposit, 0), payments.seed))
    cells = {
        "id": integers(np.arange(1, len(places) + 1)),
        "id_user": integers(ids[payments.account[places]]),
        "date": times(payments.at[places]),
        "credit": decimals(payments.credit[places], 0, 5),
        "description": quoted(pc.if_else(paid, coin, "welcome credit")),
        "refill_type": "0",
        "payment": pc.if_else(paid, "1", "0"),
        "invoice_number": "''",
    }
    return rows(SHOP["pkg_refill"], cells)


def coin_rows(payments: Payments, ids: np.ndarray) -> pa.StringArray:
    """Return the rows of `pkg_cryptocurrency`: deposits that were expected, credited (0) or still waited for (1)."""
    came = np.flatnonzero(payments.paid)
    came = came[np.unique(payments.deposit[came], return_index=True)[1]]
    lost = np.flatnonzero(payments.waiting)
    places = np.concatenate([came, lost])
    at = payments.at[places] - np.where(np.arange(len(places)) < len(came), 900, DAY_S)
    order = np.argsort(at, kind="stable")
    places, at, waits = places[order], at[order], order >= len(came)
    price = np.round(30_000 + 9_000 * np.sin(at / DAY_S / 110)).astype(np.int64)
    # Four decimals of the amount, then two digits that tell deposits of a day apart (records.md section 3).
    micro = payments.credit[places] * 10_000 // price * 100 + scatter(at + places, 19) % 100
    cells = {
        "id": integers(np.arange(1, len(places) + 1)),
        "id_user": integers(ids[payments.account[places]]),
        "status": integers(waits.astype(np.int64)),
        "currency": "'BTC'",
        "amountCrypto": decimals(micro, 6, 8),
        "amount": decimals(payments.credit[places], 0, 8),
        "date": times(at),
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


def pay_rows() -> pa.StringArray:
    """Return the rows of `pkg_method_pay`: the coin wallet with its exchange keys, and a way that is switched off."""
    cells = {
        "id": integers(np.arange(1, 3)),
        "id_user": "1",
        "payment_method": pa.array(["'cryptocurrency'", "'paypal'"]),
        "show_name": pa.array(["'Bitcoin'", "'PayPal'"]),
        "country": "'Global'",
        "active": pa.array(["1", "0"]),
        "url": "''",
        "username": pa.array([f"'BTC=>{_WALLET}'", "'shop@example.org'"]),
        "pagseguro_TOKEN": "'tok-4711-made-up'",
        "fee": "0",
        "client_id": "'key-made-up-8f3a'",
        "client_secret": "'secret-made-up-77c1'",
    }
    return rows(SHOP["pkg_method_pay"], cells)


__all__ = ["coin_rows", "pay_rows", "plan_of", "plan_rows", "refill_rows", "trunk_rows"]

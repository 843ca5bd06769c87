"""Makes the whole chain of a seizure from its payments, stage by stage, and says what the shop's own tables show of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from unspoof.parse.bitcoin.addresses import addresses_of
from unspoof.synth.chain.blocks import Blocks, Ordered, make_blocks, put_in_order
from unspoof.synth.chain.coinjoins import make_coinjoins
from unspoof.synth.chain.deposits import Booked, Deposits, make_deposits
from unspoof.synth.chain.draft import OUTSIDE, Column, Draft, Drawn, Script
from unspoof.synth.chain.operators import RECEIVERS, SIDE, Flows, Receivers, make_operations, make_receivers
from unspoof.synth.chain.payers import Paid, Wallets, make_payments_sent, make_wallets
from unspoof.synth.chain.prices import Prices, make_prices
from unspoof.synth.chain.rotations import Rotations, choose_rotations, make_rotations, without
from unspoof.synth.chain.serialise import Written, hashes, script_rows, write
from unspoof.synth.chain.services import Batches, Wishes, make_batches
from unspoof.synth.chain.traffic import make_dust, make_rewards, make_strangers
from unspoof.synth.holders.money import Payments
from unspoof.synth.holders.users import Users
from unspoof.synth.plan import Plan

NETWORK = "regtest"
"""Addresses are those of the test network that everybody runs alone: nobody's."""


@dataclass(frozen=True)
class Money:
    """A made-up chain, what it is of, and what is true of it."""

    prices: Prices
    deposits: Deposits
    wallets: Wallets
    paid: Paid
    receivers: Receivers
    flows: Flows
    batches: Batches
    wishes: Wishes
    rotations: Rotations
    dust: np.ndarray
    """(coin, second) rows of dust at the shop's addresses."""
    drawn: Drawn
    ordered: Ordered
    blocks: Blocks
    written: Written
    addresses: pa.StringArray
    """By holder; null for OP_RETURN."""
    rank: Column
    """Place in the chain's order by transaction of `drawn`."""
    salt: int

    def txid_rows(self, coin: Column) -> np.ndarray:
        """Return the txids that made coins, as printed, 32 bytes each; zeros for coins from outside and for none (-1)."""
        there = (coin >= 0) & (self.drawn.coin_tx[np.maximum(coin, 0)] != OUTSIDE)
        rows = np.zeros((len(coin), 32), dtype=np.uint8)
        rows[there] = self.written.txid[self.rank[self.drawn.coin_tx[coin[there]]]][:, ::-1]
        return rows

    def txids(self, coin: Column) -> pa.StringArray:
        """Return them as hex digits, empty for coins of no transaction here."""
        return hex_texts(self.txid_rows(coin), (coin >= 0) & (self.drawn.coin_tx[np.maximum(coin, 0)] != OUTSIDE))

    def booked_txids(self) -> pa.StringArray:
        """Return by deposit the txid that the shop's books give: empty, wrong in a digit, or made up where that is so."""
        kind = self.deposits.kind
        rows = self.txid_rows(self.paid.coin)
        forged = np.flatnonzero(kind == Booked.FORGED)
        rows[forged] = hashes(forged, self.salt + 9)
        mistyped = np.flatnonzero(kind == Booked.MISTYPED)
        rows[mistyped, 20 + mistyped % 10] ^= 5
        return hex_texts(
            rows,
            np.isin(kind, (Booked.PLAIN, Booked.SPLIT, Booked.AMOUNT, Booked.LATE, Booked.FORGED, Booked.MISTYPED)),
        )

    @property
    def address_in_settings(self) -> str:
        """The receiving address that stood in the shop's settings when it was seized."""
        return str(self.addresses[int(self.receivers.holder[RECEIVERS - 1])].as_py())


def hex_texts(rows: np.ndarray, given: np.ndarray) -> pa.StringArray:
    """Return rows of bytes as hex digits, the empty text where not given."""
    width = rows.shape[1] * 2
    sizes = np.where(given, width, 0)
    offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32)
    data = rows[given].tobytes().hex().encode()
    return pa.StringArray.from_buffers(len(rows), pa.py_buffer(offsets), pa.py_buffer(data))


def _addresses(drawn: Drawn, salt: int) -> pa.StringArray:
    """Write every holder's address."""
    count = len(drawn.holder_script)
    texts: list[pa.StringArray] = []
    order: list[np.ndarray] = []
    for script in Script:
        some = np.flatnonzero(drawn.holder_script == script)
        rows = script_rows(script, some, salt)
        offsets = np.arange(len(some) + 1, dtype=np.int32) * rows.shape[1]
        scripts = pa.Array.from_buffers(
            pa.binary(), len(some), [None, pa.py_buffer(offsets), pa.py_buffer(rows.tobytes())]
        )
        texts.append(addresses_of(scripts, NETWORK))
        order.append(some)
    back = np.empty(count, dtype=np.int64)
    back[np.concatenate(order)] = np.arange(count)
    return pa.concat_arrays(texts).take(pa.array(back))


def make_money(plan: Plan, users: Users, payments: Payments) -> Money:
    """Make a chain that fits a shop's payments.

    Args:
        plan: seed, home, opening and seizure.
        users: who holds the accounts.
        payments: what the shop booked, when.

    Returns:
        the chain with everything that is true of it. Each transaction balances, each input spends an output that is
        earlier in the chain, or one from outside of it, and nothing is spent twice.
    """
    draft, prices = Draft(), make_prices(plan)
    deposits = make_deposits(plan, users, payments, prices)
    receivers = make_receivers(draft, plan)
    wallets = make_wallets(plan, users, deposits)
    place = receivers.at(deposits.sent_at)
    aside = (deposits.kind == Booked.UNASKED) & (np.arange(len(place)) % 2 == 0)
    holder = receivers.holder[np.where(aside, SIDE, place)]
    paid, addresses = make_payments_sent(draft, plan, deposits, wallets, holder)
    rotations = choose_rotations(plan, deposits, paid, users)
    joined = make_coinjoins(draft, plan, deposits, paid, (wallets, addresses))
    dust = make_dust(draft, plan, receivers)
    flows = make_operations(draft, plan, deposits, paid, receivers, dust)
    arrived = Wishes.together([flows.wishes(), make_rewards(draft, plan)])
    wishes = Wishes.together([paid.wishes, joined])
    batches = make_batches(draft, plan, without(wishes, rotations, paid), arrived)
    make_rotations(draft, plan, deposits, paid, rotations, batches)
    make_strangers(draft, plan, batches.stranger_coin, batches.stranger_at)
    drawn, blocks = draft.done(), make_blocks(plan)
    ordered = put_in_order(plan, drawn, blocks)
    salt = int(plan.stream("scripts").integers(1, 2**31))
    rank = np.empty(len(drawn.tx_at), dtype=np.int64)
    rank[ordered.tx] = np.arange(len(rank))
    written = write(drawn, ordered, blocks, salt)
    made = (drawn, ordered, blocks, written, _addresses(drawn, salt), rank, salt)
    return Money(prices, deposits, wallets, paid, receivers, flows, batches, wishes, rotations, dust, *made)


__all__ = ["NETWORK", "Money", "hex_texts", "make_money"]

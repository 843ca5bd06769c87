"""A chain while it is drawn up: holders, coins, transactions and which coin which transaction spends, as columns.

Stages add to it in any order of time; it is brought into the order of a chain in blocks.py, and written nowhere here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np

OUTSIDE = -1
"""Maker of a coin whose transaction is not in the extract: only the input that spends it tells what it was."""
DUST_SAT = 1_000
"""No output but dust and OP_RETURN is smaller."""


class Script(IntEnum):
    """What kind of output script an address stands for."""

    P2PKH = 0
    P2SH = 1
    P2WPKH = 2
    P2TR = 3
    P2WSH = 4
    OP_RETURN = 5


class Owner(IntEnum):
    """What kind of owner holds an address."""

    PERSON = 0
    """A payer's wallet."""
    SHOP = 1
    SERVICE = 2
    STRANGER = 3
    NOBODY = 4
    """OP_RETURN: data, no money."""


class Kind(IntEnum):
    """Why a transaction was made; truth, never written into the chain."""

    PAYMENT = 0
    WITHDRAWALS = 1
    WHIRLPOOL = 2
    JOINMARKET = 3
    WABISABI = 4
    PREMIX = 5
    SWEEP = 6
    REFUND = 7
    EXPENSE = 8
    INTERNAL = 9
    PEEL = 10
    STRANGER = 11
    COINBASE = 12
    DUST = 13


Column = np.ndarray


class _Rows:
    """Columns that grow by whole pieces."""

    def __init__(self, *names: str) -> None:
        self._pieces: dict[str, list[Column]] = {name: [] for name in names}
        self.count = 0

    def add(self, **columns: Any) -> Column:
        """Append rows, single values repeated; returns their numbers."""
        filled = np.broadcast_arrays(*(np.asarray(column, dtype=np.int64) for column in columns.values()))
        for name, piece in zip(columns, filled, strict=True):
            self._pieces[name].append(np.array(np.atleast_1d(piece)))
        new = int(np.atleast_1d(filled[0]).size)
        self.count += new
        return np.arange(self.count - new, self.count)

    def column(self, name: str) -> Column:
        """Return a column as one array of its own."""
        pieces = self._pieces[name]
        whole: Column = np.concatenate(pieces) if pieces else np.zeros(0, dtype=np.int64)
        self._pieces[name] = [whole]
        return whole


@dataclass(frozen=True)
class Drawn:
    """A chain's columns when every stage is done; numbers of rows are references between them."""

    holder_script: Column
    holder_owner: Column
    holder_number: Column
    coin_value: Column
    coin_holder: Column
    coin_tx: Column
    """Transaction that made the coin, OUTSIDE for none of these."""
    tx_at: Column
    """Epoch second at which it was sent."""
    tx_kind: Column
    spend_tx: Column
    spend_coin: Column


class Draft:
    """Takes what the stages draw up."""

    def __init__(self) -> None:
        self._holders = _Rows("script", "owner", "number")
        self._coins = _Rows("value", "holder", "tx")
        self._txs = _Rows("at", "kind")
        self._spends = _Rows("tx", "coin")
        self._made = _Rows("coin", "tx")

    def holders(self, script: Any, owner: Owner, number: Any) -> Column:
        """Add addresses; `number` is the owner's own: a wallet, a service."""
        return self._holders.add(script=script, owner=int(owner), number=number)

    def coins(self, value: Any, holder: Any, tx: Any = OUTSIDE) -> Column:
        """Add coins: outputs, satoshi each."""
        return self._coins.add(value=value, holder=holder, tx=tx)

    def transactions(self, at: Any, kind: Kind) -> Column:
        """Add transactions, by the second at which they were sent."""
        return self._txs.add(at=at, kind=int(kind))

    def spend(self, tx: Any, coin: Any) -> None:
        """Let transactions spend coins, each coin once."""
        self._spends.add(tx=tx, coin=coin)

    def made_by(self, coin: Any, tx: Any) -> None:
        """Name the transaction of coins that were drawn up before it."""
        self._made.add(coin=coin, tx=tx)

    def value_of(self, coin: Column) -> Column:
        """Return the satoshi of coins."""
        value: Column = self._coins.column("value")[coin]
        return value

    def holder_of(self, coin: Column) -> Column:
        """Return the addresses of coins."""
        holder: Column = self._coins.column("holder")[coin]
        return holder

    def number_of(self, holder: Column) -> Column:
        """Return the owners' own numbers of addresses."""
        number: Column = self._holders.column("number")[holder]
        return number

    def done(self) -> Drawn:
        """Return the columns."""
        tx = self._coins.column("tx").copy()
        tx[self._made.column("coin")] = self._made.column("tx")
        holders, coins, txs, spends = self._holders, self._coins, self._txs, self._spends
        return Drawn(
            holders.column("script"),
            holders.column("owner"),
            holders.column("number"),
            coins.column("value"),
            coins.column("holder"),
            tx,
            txs.column("at"),
            txs.column("kind"),
            spends.column("tx"),
            spends.column("coin"),
        )


def fee_of(inputs: Any, outputs: Any, rate: Any) -> Column:
    """Return a plausible fee in satoshi: `rate` for each of about 11 + 68 an input + 32 an output virtual bytes."""
    fee: Column = np.asarray((11 + 68 * np.asarray(inputs) + 32 * np.asarray(outputs)) * np.asarray(rate), np.int64)
    return fee


def split(total: Column, parts: Column, draw: Column) -> Column:
    """Cut each total into that many whole parts at random, in order; `draw` has one number in [0, 1) a part.

    No part is below DUST_SAT while the total allows it.
    """
    owner = np.repeat(np.arange(len(total)), parts)
    weight = 0.2 + draw
    share = weight / np.bincount(owner, weights=weight, minlength=len(total))[owner]
    spare = np.maximum(total - parts * DUST_SAT, 0)
    cut: Column = np.minimum(total // np.maximum(parts, 1), DUST_SAT)[owner] + (share * spare[owner]).astype(np.int64)
    last = np.cumsum(parts) - 1
    given = np.bincount(owner, weights=cut, minlength=len(total)).astype(np.int64)
    some = parts > 0
    cut[last[some]] += (total - given)[some]
    return cut


__all__ = ["DUST_SAT", "OUTSIDE", "Column", "Draft", "Drawn", "Kind", "Owner", "Script", "fee_of", "split"]

"""The chain as arrays of coins and transactions, for walking it and for sharing amounts out; it judges nothing.

A *coin* is one output of a transaction, or the output behind an input whose transaction the case does not hold. Amounts are
satoshi. A transaction is *sound* where amounts can be shared out at it: every part is there with its value, no coin is
spent twice, and its outputs do not exceed its inputs. At any other amounts are never guessed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from unspoof.errors import BadRequest

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

ALL_SAT = 21_000_000 * 100_000_000
"""More satoshi than there can ever be (Bitcoin Core, consensus/amount.h, MAX_MONEY); no value or sum exceeds it."""


def rows_between(first: Ints, after: Ints) -> tuple[Ints, Ints]:
    """Return the numbers first[i] ... after[i] - 1 of every i, one behind the other, and for each number its i."""
    sizes = after - first
    owner = np.repeat(np.arange(len(sizes), dtype=np.int64), sizes)
    ends = np.cumsum(sizes)
    inner = np.arange(int(ends[-1]) if len(ends) else 0, dtype=np.int64) - np.repeat(ends - sizes, sizes)
    return np.repeat(first, sizes) + inner, owner


@dataclass(frozen=True)
class Chain:
    """Coins and transactions by their numbers, 0 ... n - 1; transactions stand in chain order.

    Coins of transactions of the case come first, in the order of transaction and place; -1 means none or not known.
    """

    txs: pa.Table
    """coin_txs in chain order; a transaction's number is its row."""
    value: Ints
    """Of each coin, in satoshi; -1 where no exhibit tells it."""
    maker: Ints
    """The transaction that made the coin."""
    spender: Ints
    """The transaction that spends the coin; the earliest, should the exhibits show several."""
    spent_as: Ints
    """Its place among the inputs there."""
    place: Ints
    """Its place among the outputs of the transaction that made it."""
    holder: Ints
    """Number of its holder in `holders`."""
    holders: pa.Array
    """Addresses, or scripts without one."""
    unspendable: Bools
    """It is an op_return output, which nobody can spend."""
    foreign_txid: pa.Array
    """Of the coins from `made` on: the transaction that made it, which the case does not hold."""
    made: int
    """How many coins transactions of the case made."""
    first_out: Ints
    """Outputs of transaction t are the coins first_out[t] ... first_out[t + 1] - 1."""
    first_in: Ints
    """Inputs of transaction t are in_coin[first_in[t] : first_in[t + 1]], in input order; a coinbase has none."""
    in_coin: Ints
    in_sum: Ints
    """Of a sound transaction: the sum of its inputs; else 0."""
    out_sum: Ints
    sound: Bools
    coinbase: Bools

    @property
    def coins(self) -> int:
        """How many coins there are."""
        return len(self.value)

    @property
    def transactions(self) -> int:
        """How many transactions the case holds."""
        return len(self.sound)

    @property
    def outputs(self) -> Ints:
        """How many outputs each transaction has: as stated, and not fewer than are there."""
        stated = _whole(self.txs, "outputs", 0)
        return np.maximum(stated, np.diff(self.first_out))

    def inputs_of(self, txs: Ints) -> tuple[Ints, Ints]:
        """Return the coins that transactions spend, in input order, and for each the index of its transaction."""
        rows, owner = rows_between(self.first_in[txs], self.first_in[txs + 1])
        return self.in_coin[rows], owner

    def outputs_of(self, txs: Ints) -> tuple[Ints, Ints]:
        """Return the coins that transactions make, in output order, and for each the index of its transaction."""
        return rows_between(self.first_out[txs], self.first_out[txs + 1])

    def coins_at(self, txs: Ints, places: Ints) -> Ints:
        """Return the coin that each transaction made at a place among its outputs; -1 where the case does not hold it."""
        key = self.maker[: self.made] * (1 << 32) + self.place[: self.made]
        return np.where(txs >= 0, _numbers(txs * (1 << 32) + places, key), np.int64(-1))

    def numbers_of(self, txs: pa.ChunkedArray) -> Ints:
        """Return the numbers of transactions by the column `tx` of the case's tables; -1 for one that is not there."""
        return _numbers(pc.fill_null(pc.cast(txs, pa.int64()), -1).to_numpy(), _whole(self.txs, "tx", -1))

    def txids_of(self, coins: Ints) -> pa.Array:
        """Return the transaction that made each coin; NULL where nobody says."""
        own = self.maker[coins]
        known = pc.take(self.txs["txid"], pa.array(own, mask=own < 0)).combine_chunks()
        beyond = pa.array(coins - self.made, mask=own >= 0)
        return pc.coalesce(known, pc.take(self.foreign_txid, beyond))

    def holders_of(self, coins: Ints) -> pa.Array:
        """Return the holder of each coin; NULL where it has none or nobody says."""
        return pc.take(self.holders, pa.array(self.holder[coins], mask=self.holder[coins] < 0))


def _whole(table: pa.Table, name: str, missing: int) -> Ints:
    column = pc.fill_null(pc.cast(table[name], pa.int64()), missing)
    return cast(Ints, column.to_numpy().astype(np.int64, copy=False))


def _values(table: pa.Table) -> Ints:
    """Return values in satoshi; one that no coin can have is as good as not known."""
    value = _whole(table, "value_sat", -1)
    return np.where((value < 0) | (value > ALL_SAT), np.int64(-1), value)


def _numbers(tx: Ints, known: Ints) -> Ints:
    """Return the row of each transaction among those known, -1 where it is none of them."""
    if not len(known):
        return np.full(len(tx), -1, np.int64)
    at = np.minimum(np.searchsorted(known, tx), len(known) - 1)
    return np.where(known[at] == tx, at, np.int64(-1)).astype(np.int64)


def _sums(values: Ints, owner: Ints, count: int) -> tuple[Ints, Bools]:
    """Return the sum of each owner's values, and whether all are known and the sum is one that can be."""
    bad = np.bincount(owner[values < 0], minlength=count) > 0
    # The float sum is near enough to see a sum beyond all bitcoin, which alone could wrap round in 64 bits.
    bad |= np.bincount(owner, weights=np.maximum(values, 0), minlength=count) > ALL_SAT * 1.01
    total = np.zeros(count, np.int64)
    good = ~bad[owner]
    np.add.at(total, owner[good], values[good])
    return total, ~bad & (total <= ALL_SAT)


def _foreign(inputs: pa.Table, coin: Ints) -> tuple[Ints, Ints]:
    """Number the coins behind inputs whose transaction the case does not hold; one that is spent twice gets one number.

    Returns:
        for each such input the number of its coin, from 0; and the row of `inputs` that first shows each coin.

    """
    rows = np.flatnonzero(coin < 0)
    taken = inputs.take(pa.array(rows))
    names = pc.fill_null(pc.index_in(taken["spent_txid"], pc.unique(taken["spent_txid"])), -1).to_numpy()
    place = _whole(taken, "spent_place", -1)
    unnamed = (taken["spent_txid"].is_null().to_numpy()) | (place < 0)
    key = np.where(unnamed, -1 - np.arange(len(rows)), names.astype(np.int64) * (1 << 33) + place)
    _, first, which = np.unique(key, return_index=True, return_inverse=True)
    order = np.argsort(first, kind="stable")
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return rank[which.ravel()], rows[first[order]].astype(np.int64)


def _holders(outputs: pa.Table, beyond: pa.Table, numbers: pa.Array | None) -> tuple[Ints, pa.Array]:
    if numbers is not None:
        held = np.concatenate([_whole(t, "holder", -1) for t in (outputs, beyond)])
        return _numbers(held, numbers.to_numpy()), numbers
    named = pa.concat_arrays([pa.chunked_array(t["holder"]).combine_chunks() for t in (outputs, beyond)])
    coded = named.dictionary_encode()
    codes = pc.fill_null(coded.indices, -1).to_numpy().astype(np.int64)
    return codes, coded.dictionary


def _ranges(owner: Ints, count: int) -> Ints:
    return np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=count))]).astype(np.int64)


def in_order(table: pa.Table, *names: str) -> pa.Table:
    """Return a table in the order of some columns of numbers; to see that it is in it costs less than to sort."""
    later = np.ones(max(table.num_rows - 1, 0), bool)
    for name in reversed(names):
        numbers = pc.fill_null(pc.cast(table[name], pa.int64()), -1).to_numpy()
        step = np.diff(numbers)
        later = (step > 0) | ((step == 0) & later)
    return (table if later.all() else table.sort_by([(name, "ascending") for name in names])).combine_chunks()


def chain_of(coin_parts: pa.Table, coin_txs: pa.Table, numbers: pa.Array | None = None) -> Chain:
    """Put the tables of coins into arrays.

    Args:
        coin_parts: one row per input or output: tx, is_output, place, value_sat, is_unspendable, holder, spent_tx,
            spent_place, and spent_txid where the case has no such output; as in linked_coin_parts and coin_moves.
        coin_txs: one row per transaction.
        numbers: every holder's number in order, where the column `holder` holds numbers instead of addresses.

    Raises:
        BadRequest: a coin is spent by a transaction that does not come after the one that made it.

    """
    txs = in_order(coin_txs, "tx")
    known = _whole(txs, "tx", -1)
    parts = in_order(coin_parts, "tx", "is_output", "place")
    is_output = parts["is_output"]
    outputs, inputs = parts.filter(is_output), parts.filter(pc.invert(is_output))
    coinbase = pc.fill_null(txs["is_coinbase"], False).to_numpy(zero_copy_only=False)
    out_tx, in_tx = _numbers(_whole(outputs, "tx", -1), known), _numbers(_whole(inputs, "tx", -1), known)
    real = ~coinbase[in_tx]
    inputs, in_tx = inputs.filter(pa.array(real)), in_tx[real]
    coin = _spent_coin(inputs, out_tx, _whole(outputs, "place", -1), known)
    beyond_of, shown = _foreign(inputs, coin)
    coin[coin < 0] = outputs.num_rows + beyond_of
    beyond = inputs.take(pa.array(shown))
    return _assembled(txs, outputs, inputs, beyond, out_tx, in_tx, coin, coinbase, _holders(outputs, beyond, numbers))


def _spent_coin(inputs: pa.Table, out_tx: Ints, out_place: Ints, known: Ints) -> Ints:
    """Return the coin that each input spends, -1 where the case does not hold the output."""
    made_by = _numbers(_whole(inputs, "spent_tx", -1), known)
    key = out_tx * (1 << 32) + out_place
    wanted = made_by * (1 << 32) + _whole(inputs, "spent_place", -1)
    return np.where(made_by >= 0, _numbers(wanted, key), np.int64(-1))


def _assembled(
    txs: pa.Table,
    outputs: pa.Table,
    inputs: pa.Table,
    beyond: pa.Table,
    out_tx: Ints,
    in_tx: Ints,
    coin: Ints,
    coinbase: Bools,
    held: tuple[Ints, pa.Array],
) -> Chain:
    count, made = txs.num_rows, outputs.num_rows
    value = np.concatenate([_values(outputs), _values(beyond)])
    maker = np.concatenate([out_tx, np.full(beyond.num_rows, -1, np.int64)])
    spender, spent_as = np.full(len(value), -1, np.int64), np.full(len(value), -1, np.int64)
    spender[coin[::-1]], spent_as[coin[::-1]] = in_tx[::-1], _whole(inputs, "place", -1)[::-1]
    if ((spender >= 0) & (maker >= spender)).any():
        raise BadRequest("a transaction spends an output of a later one: the chain order is wrong", where="coin_parts")
    in_sum, in_known = _sums(value[coin], in_tx, count)
    out_sum, out_known = _sums(value[:made], out_tx, count)
    # Spent elsewhere, or twice here: what the transaction moves is in dispute.
    claimed = np.bincount(in_tx[spender[coin] != in_tx], minlength=count) > 0
    claimed |= np.bincount(in_tx, minlength=count) != np.bincount(spender[spender >= 0], minlength=count)
    whole = pc.fill_null(txs["is_whole"], False).to_numpy(zero_copy_only=False)
    sound = whole & in_known & out_known & ~claimed & (coinbase | (in_sum >= out_sum))
    lost = outputs["is_unspendable"].to_numpy(zero_copy_only=False)
    return Chain(
        txs=txs,
        value=value,
        maker=maker,
        spender=spender,
        spent_as=spent_as,
        place=np.concatenate([_whole(outputs, "place", -1), _whole(beyond, "spent_place", -1)]),
        holder=held[0],
        holders=held[1],
        unspendable=np.concatenate([lost, np.zeros(beyond.num_rows, bool)]),
        foreign_txid=pa.chunked_array(beyond["spent_txid"]).combine_chunks(),
        made=made,
        first_out=_ranges(out_tx, count),
        first_in=_ranges(in_tx, count),
        in_coin=coin,
        in_sum=np.where(sound, in_sum, 0),
        out_sum=np.where(sound, out_sum, 0),
        sound=sound,
        coinbase=coinbase,
    )


__all__ = ["ALL_SAT", "Bools", "Chain", "Ints", "chain_of", "in_order", "rows_between"]

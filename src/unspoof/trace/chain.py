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
        return _made_at(self.first_out, self.place[: self.made], txs, places)

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


def _whole(table: pa.Table, name: str, missing: int, rows: Ints | None = None) -> Ints:
    """Return a column of numbers, or some rows of it; millions of rows are not widened before they are chosen."""
    column = table[name]
    if column.null_count:
        column = pc.fill_null(column, missing)
    numbers = column.to_numpy()
    return cast(Ints, (numbers if rows is None else numbers[rows]).astype(np.int64, copy=False))


def _values(value: Ints) -> Ints:
    """Return values in satoshi; one that no coin can have is as good as not known."""
    return np.where((value < 0) | (value > ALL_SAT), np.int64(-1), value)


def _numbers(tx: Ints, known: Ints) -> Ints:
    """Return the row of each number among those known, which stand in order, each once; -1 where it is none of them."""
    if not len(known):
        return np.full(len(tx), -1, np.int64)
    if known[-1] - known[0] == len(known) - 1:  # one after the other, as transactions are: a row is a difference
        inside = (tx >= known[0]) & (tx <= known[-1])
        rows = tx - known[0] if known[0] else tx
        return rows if inside.all() else np.where(inside, rows, np.int64(-1))
    at = np.minimum(np.searchsorted(known, tx), len(known) - 1)
    return np.where(known[at] == tx, at, np.int64(-1)).astype(np.int64)


def _made_at(first_out: Ints, place: Ints, txs: Ints, places: Ints) -> Ints:
    """Return the coin that each transaction made at a place among its outputs; -1 where there is none.

    Args:
        first_out: outputs of transaction t are the coins first_out[t] ... first_out[t + 1] - 1, in the order of place.
        place: the place of each of these coins.
        txs: the transactions asked for, -1 for none.
        places: the places there.

    """
    found = np.full(len(txs), -1, np.int64)
    asked = np.flatnonzero(txs >= 0)
    if not len(asked) or not len(place):
        return found
    txs, places = txs[asked], places[asked]
    # Where no output is missing, a place is how far its coin is from the transaction's first.
    coin = np.clip(first_out[txs] + places, 0, len(place) - 1)
    hit = (coin >= first_out[txs]) & (coin < first_out[txs + 1]) & (place[coin] == places)
    found[asked[hit]] = coin[hit]
    if not hit.all():
        maker = np.repeat(np.arange(len(first_out) - 1, dtype=np.int64), np.diff(first_out))
        found[asked[~hit]] = _numbers(txs[~hit] * (1 << 32) + places[~hit], maker * (1 << 32) + place)
    return found


def _sums(values: Ints, owner: Ints, count: int) -> tuple[Ints, Bools]:
    """Return the sum of each owner's values, and whether all are known and the sum is one that can be."""
    bad = np.bincount(owner[values < 0], minlength=count) > 0
    # The float sum is near enough to see a sum beyond all bitcoin, which alone could wrap round in 64 bits.
    bad |= np.bincount(owner, weights=np.maximum(values, 0), minlength=count) > ALL_SAT * 1.01
    total = np.zeros(count, np.int64)
    good = ~bad[owner]
    np.add.at(total, owner[good], values[good])
    return total, ~bad & (total <= ALL_SAT)


def _foreign(txids: pa.Array, place: Ints) -> tuple[Ints, Ints]:
    """Number the coins behind inputs whose transaction the case does not hold; one that is spent twice gets one number.

    Args:
        txids: of each such input the transaction that it spends, NULL where nobody says.
        place: the index of the output there.

    Returns:
        of each the number of its coin, from 0; and the one that first shows each coin.

    """
    coded = txids.dictionary_encode().indices
    unnamed = coded.is_null().to_numpy(zero_copy_only=False) | (place < 0)
    names = pc.fill_null(coded, -1).to_numpy().astype(np.int64)
    key = np.where(unnamed, -1 - np.arange(len(place)), names * (1 << 33) + place)
    met = pa.array(key).dictionary_encode()  # numbers keys by when they are met
    number = met.indices.to_numpy().astype(np.int64)
    shown = np.empty(len(met.dictionary), np.int64)
    shown[number[::-1]] = np.arange(len(number), dtype=np.int64)[::-1]
    return number, shown


def _holders(parts: pa.Table, rows: Ints, numbers: pa.Array | None) -> tuple[Ints, pa.Array]:
    if numbers is not None:
        return _numbers(_whole(parts, "holder", -1, rows), numbers.to_numpy()), numbers
    coded = pa.chunked_array(parts["holder"].take(pa.array(rows))).combine_chunks().dictionary_encode()
    codes = pc.fill_null(coded.indices, -1).to_numpy().astype(np.int64)
    return codes, coded.dictionary


def _ranges(owner: Ints, count: int) -> Ints:
    return np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=count))]).astype(np.int64)


def in_order(table: pa.Table, *names: str) -> pa.Table:
    """Return a table in the order of some columns of numbers; to see that it is in it costs less than to sort."""
    later = np.ones(max(table.num_rows - 1, 0), bool)
    for name in reversed(names):
        numbers = table[name].to_numpy()
        later = (numbers[1:] > numbers[:-1]) | ((numbers[1:] == numbers[:-1]) & later)
    return table if later.all() else table.sort_by([(name, "ascending") for name in names])


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
    txs = in_order(coin_txs, "tx").combine_chunks()
    parts = in_order(coin_parts, "tx", "is_output", "place")
    known = _whole(txs, "tx", -1)
    tx = _numbers(_whole(parts, "tx", -1), known)
    is_output = parts["is_output"].to_numpy()
    coinbase = pc.fill_null(txs["is_coinbase"], False).to_numpy()
    out, ins = np.flatnonzero(is_output), np.flatnonzero(~is_output & ~coinbase[tx])
    out_tx, in_tx = tx[out], tx[ins]
    place, spent_place = _whole(parts, "place", -1, out), _whole(parts, "spent_place", -1, ins)
    made_by = _numbers(_whole(parts, "spent_tx", -1, ins), known)
    coin = _made_at(_ranges(out_tx, txs.num_rows), place, made_by, spent_place)
    foreign = np.flatnonzero(coin < 0)
    txids = pa.chunked_array(parts["spent_txid"].take(pa.array(ins[foreign]))).combine_chunks()
    number, shown = _foreign(txids, spent_place[foreign])
    coin[foreign] = len(out) + number
    rows = np.concatenate([out, ins[foreign[shown]]])
    lost = parts["is_unspendable"].to_numpy()[rows]
    lost[len(out) :] = False
    coins = _Coins(
        value=_values(_whole(parts, "value_sat", -1, rows)),
        maker=np.concatenate([out_tx, np.full(len(shown), -1, np.int64)]),
        place=np.concatenate([place, spent_place[foreign[shown]]]),
        unspendable=lost,
        held=_holders(parts, rows, numbers),
        foreign_txid=txids.take(pa.array(shown)),
        made=len(out),
    )
    return _assembled(txs, coins, in_tx, _whole(parts, "place", -1, ins), coin, coinbase)


@dataclass(frozen=True)
class _Coins:
    """Coins, those that transactions of the case made first; as the fields of the same names in Chain."""

    value: Ints
    maker: Ints
    place: Ints
    unspendable: Bools
    held: tuple[Ints, pa.Array]
    foreign_txid: pa.Array
    made: int


def _assembled(txs: pa.Table, coins: _Coins, in_tx: Ints, in_place: Ints, coin: Ints, coinbase: Bools) -> Chain:
    count, value, maker = txs.num_rows, coins.value, coins.maker
    out_tx = maker[: coins.made]
    spender, spent_as = np.full(len(value), -1, np.int64), np.full(len(value), -1, np.int64)
    spender[coin[::-1]], spent_as[coin[::-1]] = in_tx[::-1], in_place[::-1]
    if ((spender >= 0) & (maker >= spender)).any():
        raise BadRequest("a transaction spends an output of a later one: the chain order is wrong", where="coin_parts")
    in_sum, in_known = _sums(value[coin], in_tx, count)
    out_sum, out_known = _sums(value[: coins.made], out_tx, count)
    # Spent elsewhere, or twice here: what the transaction moves is in dispute.
    claimed = np.bincount(in_tx[spender[coin] != in_tx], minlength=count) > 0
    claimed |= np.bincount(in_tx, minlength=count) != np.bincount(spender[spender >= 0], minlength=count)
    whole = pc.fill_null(txs["is_whole"], False).to_numpy()
    sound = whole & in_known & out_known & ~claimed & (coinbase | (in_sum >= out_sum))
    return Chain(
        txs=txs,
        value=value,
        maker=maker,
        spender=spender,
        spent_as=spent_as,
        place=coins.place,
        holder=coins.held[0],
        holders=coins.held[1],
        unspendable=coins.unspendable,
        foreign_txid=coins.foreign_txid,
        made=coins.made,
        first_out=_ranges(out_tx, count),
        first_in=_ranges(in_tx, count),
        in_coin=coin,
        in_sum=np.where(sound, in_sum, 0),
        out_sum=np.where(sound, out_sum, 0),
        sound=sound,
        coinbase=coinbase,
    )


__all__ = ["ALL_SAT", "Bools", "Chain", "Ints", "chain_of", "in_order", "rows_between"]

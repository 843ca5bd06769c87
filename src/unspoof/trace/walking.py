"""Follow coins from transaction to transaction, onward or back, within stop rules; amounts are not shared out here.

Several traces, each with a label, are walked side by side: nothing in one depends on another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from unspoof.config import CaseSettings
from unspoof.trace.chain import Bools, Chain, Ints
from unspoof.trace.stops import CODES, Marks, barriers_back, barriers_forward


@dataclass(frozen=True)
class Limits:
    """How far a trace goes; the settings of the same names with trace_ before them."""

    max_hops: int = 4
    max_outputs: int = 50
    max_transactions: int = 10_000

    @classmethod
    def of(cls, settings: CaseSettings, hops: int = 0) -> Limits:
        """Return a case's limits; `hops` overrides the case's own where it is not 0."""
        return cls(
            hops or int(settings["trace_max_hops"]),
            int(settings["trace_max_outputs"]),
            int(settings["trace_max_transactions"]),
        )


LIMIT_SETTINGS = ("trace_max_hops", "trace_max_outputs", "trace_max_transactions")
"""Names of the settings that Limits holds."""


@dataclass(frozen=True)
class Walk:
    """What a walk came by: coins and transactions of each label, by hop, then label, then number.

    A coin's hop is how many transactions lie between it and the nearest start; a start's is 0. A transaction's hop is
    one more than that of the coin by which it was first come to.
    """

    forward: bool
    label: Ints
    coin: Ints
    hop: Ints
    stop: Ints
    """Codes of STOPS; 0 where the trace goes on."""
    start: Ints
    """1 where the coin is one of the starts."""
    via: Ints
    """Row of the transaction through which the coin was come to; -1 for a start."""
    into: Ints
    """Row of the transaction that the coin leads to; -1 where the trace stops."""
    tx_label: Ints
    tx: Ints
    tx_hop: Ints
    tx_via: Ints
    """Row of the coin through which the transaction was first come to."""

    def path_to(self, row: int) -> list[int]:
        """Return the rows of coins from the nearest start to this coin, the start first."""
        path = [row]
        while self.via[path[-1]] >= 0:
            path.append(int(self.tx_via[self.via[path[-1]]]))
        return path[::-1]


@dataclass(frozen=True)
class Way:
    """One direction through a chain, with the stops that the case's data put in it."""

    chain: Chain
    forward: bool
    limits: Limits
    barrier: Ints
    """Of each coin the code of its stop, 0 for none."""
    start_barrier: Ints
    """The same for coins at the start."""

    @property
    def next_tx(self) -> Ints:
        """The transaction that each coin leads to."""
        return self.chain.spender if self.forward else self.chain.maker


def way_of(chain: Chain, marks: Marks, *, forward: bool, limits: Limits) -> Way:
    """Work out where the case's data stop a trace in one direction.

    Args:
        chain: the coins.
        marks: what the case has concluded of holders and transactions.
        forward: where coins went; else where they came from.
        limits: how far.

    """
    if forward:
        barrier = barriers_forward(chain, marks, limits.max_outputs)
        return Way(chain, forward, limits, barrier, barrier)
    return Way(chain, forward, limits, *barriers_back(chain, marks, limits.max_outputs))


def follow(way: Way, coins: Ints, labels: Ints | None = None) -> Walk:
    """Follow coins, all labels at once, hop by hop.

    Args:
        way: direction, stops and limits.
        coins: numbers of the coins to start at.
        labels: of each start the trace that it belongs to, from 0; all belong to one if left out.

    Returns:
        the walk. Each transaction is in a trace once, by the shortest way; of ways equally short the one through the
        coin that comes first in the chain.

    """
    walker = _Walker(way)
    walker.begin(coins, np.zeros(len(coins), np.int64) if labels is None else labels)
    while walker.step():
        pass
    return walker.walk()


_MOST_FLAGS = 1 << 26
"""Up to so many possible keys each has a flag of its own; beyond, those met are kept sorted."""


class _Seen:
    """Keys that have been met.

    Args:
        possible: keys are 0 ... possible - 1.

    """

    def __init__(self, possible: int) -> None:
        self._flags = np.zeros(possible if possible <= _MOST_FLAGS else 0, bool)
        self._keys = np.empty(0, np.int64)
        self._sorted = possible > _MOST_FLAGS

    def holds(self, keys: Ints) -> Bools:
        if not self._sorted:
            return np.asarray(self._flags[keys])
        if not len(self._keys):
            return np.zeros(len(keys), bool)
        at = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        return np.asarray(self._keys[at] == keys)

    def add(self, keys: Ints) -> None:
        """Take in keys, each of which is new and stands once."""
        if not self._sorted:
            self._flags[keys] = True
            return
        self._keys = np.concatenate([self._keys, keys])
        self._keys.sort(kind="stable")


class _Walker:
    def __init__(self, way: Way) -> None:
        self.way, self.chain, self.limits = way, way.chain, way.limits
        self.coin_parts: list[Mapping[str, Ints]] = []
        self.tx_parts: list[Mapping[str, Ints]] = []
        self.coin_rows = self.tx_rows = self.hop = 0
        self.taken = np.empty(0, np.int64)

    def begin(self, coins: Ints, labels: Ints) -> None:
        keys = np.unique(labels.astype(np.int64) * self.chain.coins + coins)
        many = int(labels.max()) + 1 if len(labels) else 0
        self.taken = np.zeros(many, np.int64)
        self.coins_seen, self.txs_seen = _Seen(many * self.chain.coins), _Seen(many * self.chain.transactions)
        self._front(keys, np.full(len(keys), -1, np.int64), starts=True)

    def _front(self, keys: Ints, via: Ints, *, starts: bool) -> None:
        """Take coins in as the front of the walk; via is the row of the transaction that each was come to through."""
        self.label, self.coin, self.via = *np.divmod(keys, max(self.chain.coins, 1)), via
        self.starts = starts
        self.coins_seen.add(keys)

    def step(self) -> bool:
        """Decide on every coin of the front, and go through the transactions beyond; say whether there were any."""
        if not len(self.coin):
            return False
        stop = (self.way.start_barrier if self.starts else self.way.barrier)[self.coin].copy()
        go = np.flatnonzero(stop == 0)
        key = self.label[go] * self.chain.transactions + self.way.next_tx[self.coin[go]]
        fresh = ~self.txs_seen.holds(key)
        if self.hop >= self.limits.max_hops:
            stop[go[fresh]] = CODES["hops"]
            new, entered = np.empty(0, np.int64), np.empty(0, np.int64)
        else:
            new, first = np.unique(key[fresh], return_index=True)
            entered = go[fresh][first]
            room = self._within(new)
            stop[go[fresh][np.isin(key[fresh], new[~room])]] = CODES["transactions"]
            new, entered = new[room], entered[room]
        self._keep_coins(stop)
        self._enter(new, self.coin_rows - len(self.coin) + entered)
        return True

    def _within(self, keys: Ints) -> Bools:
        """Say which new transactions are within the limit of their trace; those first in the chain are taken."""
        label = keys // max(self.chain.transactions, 1)
        first = np.searchsorted(label, label)
        room = np.arange(len(keys)) - first < self.limits.max_transactions - self.taken[label]
        np.add.at(self.taken, label[room], 1)
        return np.asarray(room)

    def _keep_coins(self, stop: Ints) -> None:
        size = len(self.coin)
        self.coin_parts.append(
            {
                "label": self.label,
                "coin": self.coin,
                "hop": np.full(size, self.hop, np.int64),
                "stop": stop,
                "start": np.full(size, int(self.starts), np.int64),
                "via": self.via,
            }
        )
        self.coin_rows += size

    def _enter(self, keys: Ints, via: Ints) -> None:
        label, tx = np.divmod(keys, max(self.chain.transactions, 1))
        self.txs_seen.add(keys)
        self.hop += 1
        hops = np.full(len(tx), self.hop, np.int64)
        self.tx_parts.append({"tx_label": label, "tx": tx, "tx_hop": hops, "tx_via": via})
        beyond, owner = self.chain.outputs_of(tx) if self.way.forward else self.chain.inputs_of(tx)
        keys = label[owner] * self.chain.coins + beyond
        rows = self.tx_rows + owner
        self.tx_rows += len(tx)
        # A start that is come to again is one already; two inputs of one (broken) transaction may be one coin.
        keys, first = np.unique(keys, return_index=True)
        rows, fresh = rows[first], ~self.coins_seen.holds(keys)
        self._front(keys[fresh], rows[fresh], starts=False)

    def _into(self, made: Mapping[str, Ints]) -> Ints:
        count = max(self.chain.transactions, 1)
        keys = made["tx_label"] * count + made["tx"]
        order = np.argsort(keys, kind="stable")
        going = np.flatnonzero(made["stop"] == 0)
        wanted = made["label"][going] * count + self.way.next_tx[made["coin"][going]]
        into = np.full(len(made["coin"]), -1, np.int64)
        into[going] = order[np.searchsorted(keys, wanted, sorter=order)]
        return into

    def walk(self) -> Walk:
        names = ("label", "coin", "hop", "stop", "start", "via"), ("tx_label", "tx", "tx_hop", "tx_via")
        joined = {
            name: np.concatenate([np.empty(0, np.int64), *(part[name] for part in parts)])
            for held, parts in zip(names, (self.coin_parts, self.tx_parts), strict=True)
            for name in held
        }
        return Walk(forward=self.way.forward, into=self._into(joined), **joined)


__all__ = ["LIMIT_SETTINGS", "Limits", "Walk", "Way", "follow", "way_of"]

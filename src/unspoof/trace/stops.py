"""Where a trace stops, and what is said there; each stop is a state of what the case holds, never "no more movement".

A service stops a trace at every address of a wallet that is its own, and, where a tag speaks for one address and not for its
wallet, at that address alone: such a tag never spreads to what was spent together with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from unspoof.trace.chain import Bools, Chain, Ints


@dataclass(frozen=True)
class Stop:
    """One reason to go no further."""

    name: str
    forward: str
    """What is said where coins were followed to here; empty where this cannot be."""
    back: str
    """What is said where they were followed back to here."""


STOPS: Final = (
    Stop("", "spent on, and followed", "made by a transaction that was followed"),
    Stop(
        "service",
        "the address is a service's, which mixes its customers' coins: what it pays out is not what it took in; ask it",
        "the address is a service's: whose coins went in says nothing of who was paid out; ask it whom it paid",
    ),
    Stop("unspendable", "the output can be spent by nobody (op_return)", ""),
    Stop("unspent", "not spent up to the last block that the case holds, all blocks from its own on being there", ""),
    Stop(
        "unknown",
        "the case's chain data end here: whether and where it was spent is not known to the case",
        "the case's chain data end here: the case does not hold the transaction that made the coin",
    ),
    Stop(
        "coinjoin",
        "spent in a coinjoin, where several people's coins are mixed in one transaction",
        "made by a coinjoin, where several people's coins are mixed in one transaction",
    ),
    Stop(
        "beside-service",
        "spent together with coins of a service's wallet, though the two could not be joined: it may be that service's own"
        " address (see wallets --conflicts), and what goes on from there is its customers' coins",
        "",
    ),
    Stop(
        "fan-out",
        "spent in a transaction with more outputs than trace_max_outputs, as services pay",
        "spent in a transaction with more outputs than trace_max_outputs, as services pay; unattributed",
    ),
    Stop("coinbase", "", "newly made coin: its transaction spends none"),
    Stop(
        "hops",
        "trace_max_hops transactions were followed; what lies beyond was not looked at",
        "trace_max_hops transactions were followed back; what lies beyond was not looked at",
    ),
    Stop(
        "transactions",
        "the trace holds trace_max_transactions transactions; what lies beyond was not looked at",
        "the trace holds trace_max_transactions transactions; what lies beyond was not looked at",
    ),
)
"""Every stop; the first is none. Where several hold, the one that stands first is named."""

CODES: Final[Mapping[str, int]] = {stop.name: code for code, stop in enumerate(STOPS)}


@dataclass(frozen=True)
class Marks:
    """What the case has concluded of holders and transactions, by their numbers in a Chain.

    Args:
        wallet: of each holder the row of its wallet in `wallets`, -1 for none.
        wallets: rows of the finding `wallets`, then one for each service that a tag names of single addresses of a wallet.
        who: of each holder the row in `wallets` that says whose it is: its wallet's, or that of its own tag.
        is_service: of each holder, whether a trace stops at it.
        is_of_wallet: of each holder, whether it does so because its whole wallet is a service's.
        tags: rows of `named_addresses`.
        tag: of each holder the row in `tags` of the tag by which it is named and which stands on it itself, -1 for none.
        coinjoin: of each transaction, whether a rule takes it for a coinjoin.
        whole_to: of each transaction, the last height up to which the case holds every block from its own on; -1.

    """

    wallet: Ints
    wallets: pa.Table
    who: Ints
    is_service: Bools
    is_of_wallet: Bools
    tags: pa.Table
    tag: Ints
    coinjoin: Bools
    whole_to: Ints


NAMED: Final = pa.schema(
    [
        ("holder", pa.string()),
        ("wallet", pa.string()),
        ("service", pa.string()),
        ("category", pa.string()),
        ("level", pa.int32()),
        ("tag_source", pa.string()),
        ("is_alone", pa.bool_()),
        ("why", pa.string()),
    ]
)
"""What is read of `named_addresses`; `holder` may be a number."""


def marks_of(
    chain: Chain,
    wallets: pa.Table,
    wallet_addresses: pa.Table,
    coinjoins: pa.Table,
    own: pa.Array,
    named: pa.Table | None = None,
) -> Marks:
    """Join what the case has concluded to the numbers of a chain.

    Args:
        chain: the coins.
        wallets: rows of the finding of that name.
        wallet_addresses: rows of the finding of that name.
        coinjoins: rows of the finding of that name.
        own: names of wallets that are the shop's own, which stop nothing however large they are.
        named: rows of the finding `named_addresses`, in the columns of NAMED; none if left out.

    """
    by_holder = pc.index_in(chain.holders, wallet_addresses["holder"].combine_chunks())
    names = pc.take(wallet_addresses["wallet"].combine_chunks(), by_holder)
    wallet = pc.fill_null(pc.index_in(names, wallets["wallet"].combine_chunks()), -1).to_numpy().astype(np.int64)
    stops = pc.and_(
        pc.fill_null(wallets["is_service"], False), pc.invert(pc.is_in(wallets["wallet"], pc.drop_null(own)))
    ).to_numpy(zero_copy_only=False)
    is_of_wallet = np.zeros(len(wallet), bool)
    is_of_wallet[wallet >= 0] = stops[wallet[wallet >= 0]]
    tags = NAMED.empty_table() if named is None else named
    tag = pc.index_in(chain.holders, pc.cast(tags["holder"], chain.holders.type).combine_chunks())
    tag = pc.fill_null(tag, -1).to_numpy().astype(np.int64)
    who, said = _who(wallet, wallets, tags, tag)
    joined = pc.is_in(chain.txs["txid"], coinjoins["txid"].combine_chunks()).to_numpy(zero_copy_only=False)
    is_service = is_of_wallet | (who != wallet)
    return Marks(wallet, said, who, is_service, is_of_wallet, tags, tag, joined, _whole_to(chain))


def _who(wallet: Ints, wallets: pa.Table, tags: pa.Table, tag: Ints) -> tuple[Ints, pa.Table]:
    """Return of each holder the row that says whose it is, and the wallets with rows for tags of single addresses."""
    alone = tags.filter(tags["is_alone"])
    if not len(alone):
        return wallet, wallets
    key = pc.binary_join_element_wise(alone["wallet"], alone["service"], "\n").combine_chunks()
    # Of the tags of one service in one wallet the surest stands for them; each address keeps its own in `tags`.
    order = pc.sort_indices(alone.append_column("key", key), [("key", "ascending"), ("level", "descending")])
    keys = pc.take(key, order)
    first = np.flatnonzero(pc.not_equal(keys[1:], keys[:-1]).to_numpy(zero_copy_only=False)) + 1
    kept = alone.take(pc.take(order, pa.array(np.concatenate([[0], first]))))
    rows = kept.select([name for name in wallets.column_names if name in kept.column_names])
    rows = rows.append_column("is_service", pa.array([True] * len(rows)))
    rows = rows.cast(pa.schema([wallets.schema.field(name).with_nullable(True) for name in rows.column_names]))
    of_row = pc.index_in(key, pc.take(keys, pa.array(np.concatenate([[0], first])))).to_numpy().astype(np.int64)
    by_tag = np.full(len(tags) + 1, -1, np.int64)
    by_tag[:-1][tags["is_alone"].to_numpy(zero_copy_only=False)] = of_row
    at = by_tag[tag]
    loose = wallets.cast(pa.schema([field.with_nullable(True) for field in wallets.schema]))
    return np.where(at >= 0, len(wallets) + at, wallet), pa.concat_tables([loose, rows], promote_options="default")


def _whole_to(chain: Chain) -> Ints:
    """Return how far up every block is there whole, from each transaction's own block on.

    A block whose merkle root was worked out again is there with all its transactions, so an output that none of these
    blocks spends was not spent up to the last of them.
    """
    height = pc.fill_null(pc.cast(chain.txs["height"], pa.int64()), -1).to_numpy()
    proven = pc.fill_null(pc.equal(chain.txs["proof"], "block"), False).to_numpy(zero_copy_only=False) & (height >= 0)
    held = np.unique(height[proven])
    last = np.full(len(height), -1, np.int64)
    if not len(held):
        return last
    # The end of each run of heights without a gap.
    ends = np.append(np.flatnonzero(np.diff(held) > 1), len(held) - 1)
    run = held[ends[np.searchsorted(ends, np.arange(len(held)))]]
    # Only what is there up to the highest block of the case says how things stand; a gap above hides spending.
    run = np.where(run == held[-1], run, -1)
    last[proven] = run[np.searchsorted(held, height[proven])]
    return last


def barriers_forward(chain: Chain, marks: Marks, most_outputs: int) -> Ints:
    """Return for each coin the stop that the case's data put there when coins are followed onward; 0 for none."""
    held = np.append(marks.is_service, False)[chain.holder]
    of_wallets = np.append(marks.is_of_wallet, False)[chain.holder]
    spent = chain.spender >= 0
    spender = np.maximum(chain.spender, 0)
    whole = (chain.maker >= 0) & (np.append(marks.whole_to, -1)[chain.maker] >= 0)
    rules = (
        ("service", held),
        ("unspendable", chain.unspendable),
        ("unspent", ~spent & whole),
        ("unknown", ~spent),
        ("coinjoin", spent & _at(marks.coinjoin, spender)),
        ("beside-service", spent & _at(_spends_of_services(chain, of_wallets), spender)),
        ("fan-out", spent & _at(chain.outputs > most_outputs, spender)),
    )
    return _first(rules, chain.coins)


def _spends_of_services(chain: Chain, held: Bools) -> Bools:
    """Say of each transaction whether an input of it is a service's; `held` says it of each coin."""
    coins, owner = chain.inputs_of(np.arange(chain.transactions, dtype=np.int64))
    mixed = np.zeros(chain.transactions, bool)
    mixed[owner[held[coins]]] = True
    return mixed


def barriers_back(chain: Chain, marks: Marks, most_outputs: int) -> tuple[Ints, Ints]:
    """Return for each coin the stop when coins are followed back, for a coin on the way and for one at the start.

    A coin at the start is what is asked about: neither whose it is nor who spent it stops anything there.
    """
    spent = chain.spender >= 0
    maker = np.maximum(chain.maker, 0)
    made = chain.maker >= 0
    ahead = (
        ("unknown", ~made),
        ("coinjoin", made & _at(marks.coinjoin, maker)),
        ("coinbase", made & _at(chain.coinbase, maker)),
    )
    here = (
        ("service", np.append(marks.is_service, False)[chain.holder]),
        ("fan-out", spent & _at(chain.outputs > most_outputs, np.maximum(chain.spender, 0))),
    )
    by_order = sorted((*here, *ahead), key=lambda rule: CODES[rule[0]])
    return _first(by_order, chain.coins), _first(ahead, chain.coins)


def _at(flags: Bools, where: Ints) -> Bools:
    return flags[where] if len(flags) else np.zeros(len(where), bool)


def _first(rules: object, coins: int) -> Ints:
    stop = np.zeros(coins, np.int64)
    for name, holds in reversed(list(rules)):  # type: ignore[call-overload]
        stop[holds] = CODES[name]
    return stop


__all__ = ["CODES", "NAMED", "STOPS", "Marks", "Stop", "barriers_back", "barriers_forward", "marks_of"]

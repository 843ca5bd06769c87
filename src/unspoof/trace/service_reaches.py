"""The services that the shop's takings went to and the payers' coins came from: the rows of requests; nobody is accused.

A row names an amount as it stands on the chain, never what a policy claims of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from unspoof.engine.step import Inputs, Step
from unspoof.model.arrow import schema
from unspoof.model.tables import Column, Table
from unspoof.trace import walked
from unspoof.trace.chain import Bools, Chain, Ints, chain_of, in_order, rows_between
from unspoof.trace.statements import ATTRIBUTION, BOTH, CO_SPEND, ON_ADDRESS, ON_WALLET, POLICY
from unspoof.trace.stops import CODES, Marks, marks_of
from unspoof.trace.walking import LIMIT_SETTINGS, Limits, Walk, Way, follow, way_of

SERVICE_REACHES = Table(
    "service_reaches",
    "one output by which a service was paid from the takings, or paid out what came to the shop",
    (
        Column("direction", "text", "deposit to, or withdrawal from, the service", nullable=False),
        Column("service", "text", "whom tags name; empty where the wallet looks like a service's: unattributed"),
        Column("wallet", "text", "the service's wallet; empty for an address that only stands beside one"),
        Column("txid", "text", "the transaction that the service is asked about", nullable=False),
        Column("place", "int64", "index of the output in it", nullable=False),
        Column("holder", "text", "the address that it pays, or its script"),
        Column("value_sat", "int64", "its amount as it stands on the chain", "sat"),
        Column("height", "int32", "height of its block"),
        Column("block_at", "timestamp", "time that the block's miner set; up to two hours off", "UTC"),
        Column("tag_level", "int64", "level of the tag that names the service, 0 to 100"),
        Column("tag_source", "text", "where that tag comes from"),
        Column(
            "tag_on",
            "text",
            "address: the tag stands on the address itself, of a withdrawal on one that its transaction spends from; wallet: on"
            " another address of that wallet, so that it rests on co-spend too; empty: unattributed",
        ),
        Column("hops", "int64", "transactions on the shortest way, the shop's own included", "transactions", False),
        Column("start_txid", "text", "the shop's transaction at the other end of that way", nullable=False),
        Column(
            "disputed_with",
            "text",
            "other services whose wallets, by tags, are inputs of the same transaction; semicolon list",
        ),
        Column("account_ids", "text", "accounts whose payments it leads to; semicolon list"),
        Column("class", "text", "class of the weakest step of that way", nullable=False),
        Column("because", "text", "a sentence", nullable=False),
    ),
)

PAID = ("matched", "amount-differs", "time-differs", "unconfirmed")
"""Verdicts of the reconciliation by which a payment of an account stands on the chain."""

_INFERRED = ", and that the two are one wallet is concluded from co-spending"

_AT_ONCE = 2_000
"""Traces that are walked side by side; bounds memory, and changes no row."""


@dataclass(frozen=True)
class _Reached:
    """Which starts reached which coins of which services, one entry for each such pair; the columns are numbers."""

    coin: Ints
    wallet: Ints
    hops: Ints
    start: Ints
    pure: Bools
    """Every transaction on the way has one input, so that nothing else went in."""


def _pure(chain: Chain, walk: Walk, joint: Bools) -> Bools:
    """Say of each coin whether every transaction on the way to it has one input, so that no policy has a say."""
    single = np.diff(chain.first_in) == 1
    pure, through = ~joint[walk.coin], np.ones(len(walk.tx), bool)
    for hop in range(1, int(walk.hop.max(initial=0)) + 1):
        txs, coins = np.flatnonzero(walk.tx_hop == hop), np.flatnonzero((walk.hop == hop) & (walk.via >= 0))
        through[txs] = pure[walk.tx_via[txs]] & single[walk.tx[txs]]
        pure[coins] = through[walk.via[coins]]
    return pure


def _deposits(chain: Chain, marks: Marks, walk: Walk, starts: Ints, joint: Bools) -> _Reached:
    rows = np.flatnonzero((walk.stop == CODES["service"]) | (walk.stop == CODES["beside-service"]))
    coin = walk.coin[rows]
    pure = _pure(chain, walk, joint)[rows]
    return _Reached(
        coin, np.append(marks.who, -1)[chain.holder[coin]], walk.hop[rows] + 1, starts[walk.label[rows]], pure
    )


def _withdrawals(chain: Chain, marks: Marks, walk: Walk, starts: Ints, joint: Bools) -> _Reached:
    """Find what services paid out: the coins by which transactions whose inputs are a service's were come to."""
    rows = np.flatnonzero((walk.stop == CODES["service"]) & (walk.via >= 0))
    wallets = len(marks.wallets) + 1
    pairs = np.unique(walk.via[rows] * wallets + marks.who[chain.holder[walk.coin[rows]]])
    tx, wallet = np.divmod(pairs, wallets)
    out = np.flatnonzero(walk.into >= 0)
    first, after = (np.searchsorted(tx, walk.into[out], side=side) for side in ("left", "right"))
    pair, owner = rows_between(first, after)
    paid = out[owner]
    pure = _pure(chain, walk, joint)[paid]
    return _Reached(walk.coin[paid], wallet[pair], walk.hop[paid] + 1, starts[walk.label[paid]], pure)


def _walked(way: Way, marks: Marks, starts: Ints, joint: Bools) -> Iterator[_Reached]:
    for at in range(0, len(starts), _AT_ONCE):
        some = starts[at : at + _AT_ONCE]
        walk = follow(way, some, np.arange(len(some), dtype=np.int64))
        found = _deposits if way.forward else _withdrawals
        yield found(way.chain, marks, walk, some, joint)


def _starts(chain: Chain, flows: pa.Table, kinds: tuple[str, ...], least_sat: int) -> tuple[Ints, Bools]:
    """Return the coins of the shop's flows of some kinds, each once, and of all coins which were made by others too.

    What came in below `least_sat` is dust: whoever sends it to mark wallets paid nobody, and no service is asked about it.
    """
    wanted = flows.filter(pc.is_in(flows["kind"], pa.array(kinds)))
    if "value_sat" in wanted.column_names:
        wanted = wanted.filter(pc.greater_equal(wanted["value_sat"], least_sat))
    places = pc.fill_null(pc.cast(wanted["place"], pa.int64()), -1).to_numpy()
    coins = chain.coins_at(chain.numbers_of(wanted["tx"]), places)
    joint = np.zeros(chain.coins, bool)
    if "is_joint" in wanted.column_names:
        shared = pc.fill_null(wanted["is_joint"], True).to_numpy(zero_copy_only=False)
        joint[coins[shared & (coins >= 0)]] = True
    return np.unique(coins[coins >= 0]), joint


def _payers(chain: Chain, payments: pa.Table) -> pa.Table:
    """Return which account paid with which coin, by the reconciliation of the shop's table with the chain."""
    known = payments.filter(pc.is_in(payments["verdict"], pa.array(PAID)))
    coins = chain.coins_at(chain.numbers_of(known["tx"]), pc.cast(known["place"], pa.int64()).to_numpy())
    made = pa.table({"start": coins, "account_id": known["account_id"].combine_chunks()})
    return made.filter(pa.array(coins >= 0)).group_by(["start", "account_id"]).aggregate([])


def _accounts(which: Ints, starts: Ints, count: int, payers: pa.Table) -> pa.Array:
    """Return for each row the accounts of its starts as a semicolon list, NULL where there are none.

    Args:
        which: of each pair of row and start, the row.
        starts: of each pair, the start.
        count: how many rows there are.
        payers: start and account_id.

    """
    pairs = pa.table({"row": which, "start": starts}).join(payers, "start", join_type="inner")
    pairs = (
        pairs.group_by(["row", "account_id"]).aggregate([]).sort_by([("row", "ascending"), ("account_id", "ascending")])
    )
    sizes = np.bincount(pairs["row"].to_numpy(), minlength=count)
    ends = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32)
    texts = pa.ListArray.from_arrays(pa.array(ends), pc.cast(pairs["account_id"], pa.string()).combine_chunks())
    return pc.if_else(pa.array(sizes > 0), pc.binary_join(texts, ";"), pa.scalar(None, pa.string()))


def _text(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    return pc.cast(values, pa.string())


def _once_each(columns: pa.Table) -> tuple[pa.Table, pa.Array]:
    """Return the different rows of a table, and of each row which of them it is."""
    which = np.zeros(columns.num_rows, np.int64)
    for column in columns.columns:
        met = column.combine_chunks().dictionary_encode("encode")
        codes = pa.array(which * len(met.dictionary) + met.indices.to_numpy())
        which = codes.dictionary_encode().indices.to_numpy().astype(np.int64)
    first = np.unique(which, return_index=True)[1]
    return columns.take(pa.array(first)), pa.array(which)


def _because(direction: str, said: pa.Table) -> pa.Array:
    """Say in a sentence why the wallet is taken for the service's, who else may be it, and how far off it is.

    Args:
        direction: deposit to, or withdrawal from.
        said: of each row named, on, why, level, source, hops, beside and others. Few rows differ in them, and the long
            sentence is made once for all that do not.

    """
    said, which = _once_each(said)
    named, on, why, level, source, hops, beside, others = (column.combine_chunks() for column in said.columns)
    join = pc.binary_join_element_wise
    itself = "the address is tagged "
    if direction == "withdrawal from":
        itself = "an address that the transaction spends from is tagged "
    on_it, end_of_tag = pc.equal(on, ON_ADDRESS), pc.if_else(pc.equal(on, ON_ADDRESS), "", _INFERRED)
    subject = pc.if_else(on_it, itself, "another address of its wallet is tagged ")
    tagged = join(
        subject, named, " (level ", _text(level), ", ", pc.fill_null(source, "no source"), ")", end_of_tag, ""
    )
    looks = join("unattributed; the wallet looks like a service's: ", pc.fill_null(why, ""), "")
    mixed = join(
        "unattributed; the coin was spent together with coins of a service's wallet (",
        pc.fill_null(others, "nobody tagged it"),
        "), and nothing joins the two: it may be that service's deposit address",
        "",
    )
    doubt = join("; disputed: an input of the same transaction is of a wallet tagged ", others, "")
    doubt = pc.if_else(pc.and_(pc.is_valid(others), pc.invert(beside)), doubt, "")
    far = join("; transactions on the way, the shop's own included: ", _text(hops), "")
    who = pc.if_else(beside, mixed, pc.if_else(pc.is_valid(named), tagged, looks))
    end = "; the service may have paid it to its customer" if direction == "withdrawal from" else ""
    return pc.take(join(who, doubt, far, end, ""), which)


def _others(chain: Chain, marks: Marks, txs: Ints, named: pa.Array) -> pa.Array:
    """Return the services that tags name of inputs of each transaction, but for the one named; NULL where there is none.

    Args:
        chain: the coins.
        marks: whose they are.
        txs: of each row the transaction, -1 for none.
        named: of each row the service that it names already, or NULL.

    """
    known = np.flatnonzero(txs >= 0)
    coins, owner = chain.inputs_of(txs[known])
    rows = known[owner]
    holder = chain.holder[coins]
    held = (holder >= 0) & np.append(marks.is_service, False)[holder]
    services = marks.wallets["service"].take(pa.array(marks.who[holder[held]]))
    found = pa.table({"row": rows[held], "service": services})
    found = found.filter(pc.is_valid(found["service"])).group_by(["row", "service"]).aggregate([])
    same = pc.fill_null(pc.equal(found["service"], named.take(found["row"].combine_chunks())), False)
    found = found.filter(pc.invert(same)).sort_by([("row", "ascending"), ("service", "ascending")])
    sizes = np.bincount(found["row"].to_numpy(), minlength=len(txs))
    ends = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32)
    texts = pa.ListArray.from_arrays(pa.array(ends), found["service"].combine_chunks())
    return pc.if_else(pa.array(sizes > 0), pc.binary_join(texts, ";"), pa.scalar(None, pa.string()))


def _own_tags(chain: Chain, marks: Marks, coin: Ints, who: Ints, direction: str) -> Ints:
    """Return for each row the tag that names its service and stands on the address itself, by its row in marks.tags; or -1.

    Of a deposit that is the address that was paid; of a withdrawal the surest tag of those that the transaction spends from.
    """
    if direction == "deposit to":
        return np.append(marks.tag, -1)[chain.holder[coin]]
    own = np.full(len(coin), -1, np.int64)
    coins, row = chain.inputs_of(chain.maker[coin])
    holder = chain.holder[coins]
    fit = holder >= 0
    fit[fit] = (marks.who[holder[fit]] == who[row[fit]]) & (marks.tag[holder[fit]] >= 0)
    row, tag = row[fit], marks.tag[holder[fit]]
    level = marks.tags["level"].to_numpy()[tag] if len(tag) else tag
    order = np.lexsort([np.arange(len(row)), -level.astype(np.int64), row])
    row, tag = row[order], tag[order]
    new = np.append(True, row[1:] != row[:-1])[: len(row)]
    own[row[new]] = tag[new]
    return own


def _tags_of(marks: Marks, held: pa.Table, own: Ints, named: pa.Array) -> tuple[pa.Array, pa.Array, pa.Array]:
    """Return level and source of the tag that names each row's service, and where it stands."""
    rows, is_own = pa.array(own, mask=own < 0), pa.array(own >= 0)
    level = pc.coalesce(
        pc.cast(marks.tags["level"].take(rows), pa.int64()), pc.cast(held["level"], pa.int64())
    ).combine_chunks()
    source = pc.coalesce(marks.tags["tag_source"].take(rows), held["tag_source"]).combine_chunks()
    on = pc.if_else(is_own, ON_ADDRESS, ON_WALLET)
    return level, source, pc.if_else(pc.is_valid(named), on, pa.scalar(None, pa.string()))


def _class(policy: Bools, on: pa.Array) -> pa.Array:
    """Return the class of each row's weakest step."""
    tagged = pc.if_else(pc.equal(on, ON_ADDRESS), ATTRIBUTION, BOTH)
    return pc.if_else(pa.array(policy), POLICY, pc.if_else(pc.is_valid(on), tagged, CO_SPEND))


def _named(holders: pa.Array, names: pa.Table) -> pa.Array:
    """Return the addresses of holders by their numbers; NULL stays."""
    at = np.searchsorted(names["number"].to_numpy(), pc.fill_null(holders, -1).to_numpy())
    at = pa.array(at, mask=pc.is_null(holders).to_numpy(zero_copy_only=False))
    return pc.take(names["holder"], at).combine_chunks()


def _rows(
    direction: str, chain: Chain, marks: Marks, found: list[_Reached], payers: pa.Table, names: pa.Table
) -> pa.Table:
    joined = {
        name: np.concatenate([np.empty(0, np.int64), *(getattr(one, name).astype(np.int64) for one in found)])
        for name in ("coin", "wallet", "hops", "start", "pure")
    }
    order = np.lexsort([joined[name] for name in ("start", "hops", "wallet", "coin")])
    coin, wallet, hops, start, pure = (joined[n][order] for n in ("coin", "wallet", "hops", "start", "pure"))
    new = np.ones(len(coin), bool)
    new[1:] = (coin[1:] != coin[:-1]) | (wallet[1:] != wallet[:-1])
    row, first = np.cumsum(new) - 1, np.flatnonzero(new)
    coin, hops_said = coin[first], pa.array(hops[first])
    held = marks.wallets.take(pa.array(wallet[first], mask=wallet[first] < 0))
    beside = np.zeros(len(coin), bool)
    if direction == "deposit to":
        beside = ~np.append(marks.is_service, False)[chain.holder[coin]]
    named = pc.if_else(pa.array(beside), pa.scalar(None, pa.string()), held["service"].combine_chunks())
    asked = np.where(beside, chain.spender[coin], -1 if direction == "deposit to" else chain.maker[coin])
    others = _others(chain, marks, asked, named)
    own = _own_tags(chain, marks, coin, wallet[first], direction)
    level, source, on = _tags_of(marks, held, own, named)
    policy = pure[first] == 0
    txs = chain.txs.take(pa.array(chain.maker[coin]))
    accounts = pa.nulls(len(coin), pa.string())
    if direction == "withdrawal from":
        accounts = _accounts(row, start, len(coin), payers)
    said = {"named": named, "on": on, "why": held["why"], "level": level, "source": source, "hops": hops_said}
    said |= {"beside": pa.array(beside), "others": others}
    columns = {
        "direction": pa.array([direction] * len(coin), pa.string()),
        "service": named,
        "wallet": held["wallet"],
        "txid": txs["txid"],
        "place": pa.array(chain.place[coin]),
        "holder": _named(chain.holders_of(coin), names),
        "value_sat": pa.array(chain.value[coin], mask=chain.value[coin] < 0),
        "height": pc.cast(txs["height"], pa.int32()),
        "block_at": txs["block_at"],
        "tag_level": level,
        "tag_source": source,
        "tag_on": on,
        "hops": hops_said,
        "start_txid": chain.txids_of(start[first]),
        "disputed_with": others,
        "account_ids": accounts,
        "class": _class(policy, on),
        "because": _because(direction, pa.table(said)),
    }
    return pa.table(columns).cast(schema(SERVICE_REACHES))


def _run(inputs: Inputs) -> pa.Table:
    tables, wanted = inputs.tables, Limits.of(inputs.settings)
    names = in_order(tables["walked_names"], "number")
    chain = chain_of(tables["walked_parts"], tables["walked_txs"], names["number"].combine_chunks())
    shop = tables["shop_addresses"]
    own = pc.unique(shop.filter(pc.invert(shop["is_kept_by_service"]))["wallet"])
    holders = tables["walked_holders"]
    marks = marks_of(chain, tables["walked_wallets"], holders, tables["coinjoins"], own, tables["walked_tags"])
    payers = _payers(chain, tables["walked_payments"])
    made = []
    for forward, flows, kinds, direction in (
        (True, "walked_outflows", ("onward", "refund"), "deposit to"),
        (False, "walked_inflows", ("external",), "withdrawal from"),
    ):
        starts, joint = _starts(chain, tables[flows], kinds, int(inputs.settings["money_dust_sat"]))
        # What the shop paid was made by its own transaction, which counts; what it was paid is followed back from there.
        limits = replace(wanted, max_hops=wanted.max_hops - 1) if forward else wanted
        found = list(_walked(way_of(chain, marks, forward=forward, limits=limits), marks, starts, joint))
        made.append(_rows(direction, chain, marks, found, payers, names))
    return pa.concat_tables(made)


REACHES = Step(
    name=SERVICE_REACHES.name,
    meaning="services that the takings went to and the payers' coins came from, within the stop rules of a trace",
    reads=(
        "walked_parts",
        "walked_txs",
        "walked_wallets",
        "walked_holders",
        "walked_tags",
        "walked_names",
        "walked_inflows",
        "walked_outflows",
        "walked_payments",
        "coinjoins",
        "shop_addresses",
    ),
    gives=SERVICE_REACHES,
    order_by=("direction", "txid", "place", "wallet", "service"),
    run=_run,
    settings=(*LIMIT_SETTINGS, "money_dust_sat"),
)

STEPS: tuple[Step, ...] = (*walked.STEPS, REACHES)
"""The step, after those that it reads."""

__all__ = ["PAID", "REACHES", "SERVICE_REACHES", "STEPS"]

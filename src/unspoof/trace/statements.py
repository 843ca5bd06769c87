"""What a trace states, each statement with its class, and the weakest step to each service; no score is blended of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

import numpy as np

from unspoof.trace.chain import Ints
from unspoof.trace.rows import Row, claimed_of, known
from unspoof.trace.stops import CODES, STOPS
from unspoof.trace.traced import Traced

LEDGER, CO_SPEND, ATTRIBUTION, BOTH, CHANGE, POLICY = (
    "ledger fact",
    "co-spend",
    "attribution",
    "attribution and co-spend",
    "change inference",
    "policy",
)
CLASSES: Final = (LEDGER, CO_SPEND, ATTRIBUTION, BOTH, CHANGE, POLICY)
"""Classes of statements, the surest first; the order is a convention of this program, not a measure.

`attribution and co-spend` is what is said of an address because another address of its wallet is tagged: it falls with the
tag, and it falls with the union.
"""

ON_ADDRESS, ON_WALLET = "address", "wallet"
"""Where the tag stands that names a service: on the address itself, or on another one of its wallet."""

ALTERNATIVES: Final = (
    "coinjoin or payjoin: several people may have paid together; a payjoin leaves no trace by which to tell",
    "custodial wallet: the keys may be a service's and the coins its customers'",
    "shared wallet: several people may hold the same keys",
    "payment processor: an address may belong to whoever takes payments for others",
    "change of hands without a transaction: keys or a device may have been handed over",
)
"""What else may lie behind a step, whatever the trace shows."""


def statement_rows(traced: Traced, change_links: Iterable[Row] = ()) -> list[Row]:
    """Return every statement of a trace by hop: hop, class, txid, place, says.

    Args:
        traced: the trace.
        change_links: rows of that finding about transactions of the trace; there are none unless the case asks for them.

    """
    made = [*_ledger(traced), *_co_spends(traced), *_attributions(traced), *_policies(traced)]
    made += _changes(traced, change_links)
    order = {name: place for place, name in enumerate(CLASSES)}
    return sorted(made, key=lambda row: (row["hop"], order[row["class"]]))


def _row(hop: int, of: str, txid: str | None, place: int | None, says: str) -> Row:
    return {"hop": hop, "class": of, "txid": txid, "place": place, "says": says}


def _sat(value: int | None) -> str:
    return "an amount not told" if value is None else f"{value:,} sat"


def _ledger(traced: Traced) -> list[Row]:
    chain, walk = traced.chain, traced.walk
    txids, holders = chain.txids_of(walk.coin).to_pylist(), chain.holders_of(walk.coin).to_pylist()
    values, places = known(chain.value[walk.coin]), known(chain.place[walk.coin])
    spent_as, spends = chain.spent_as[walk.coin].tolist(), (chain.spender[walk.coin] >= 0).tolist()
    spenders = chain.txs["txid"].take(np.maximum(chain.spender[walk.coin], 0)).to_pylist() if len(chain.txs) else []
    made = []
    for row, (hop, stop) in enumerate(zip(walk.hop.tolist(), walk.stop.tolist(), strict=True)):
        says = f"{_sat(values[row])} of {holders[row] or 'no address'}"
        # Back from a start, who spent it is no part of the trace.
        if spends[row] and (walk.forward or walk.via[row] >= 0):
            says += f" were spent as input {spent_as[row]} of {spenders[row]}"
        if stop:
            says += f"; the trace stops ({STOPS[stop].name})"
        made.append(_row(hop, LEDGER, txids[row], places[row], says))
    return made


def _co_spends(traced: Traced) -> list[Row]:
    chain, walk, marks = traced.chain, traced.walk, traced.marks
    wallet_of, names = np.append(marks.wallet, -1), marks.wallets["wallet"].to_pylist()
    txids = chain.txs["txid"].take(walk.tx).to_pylist() if len(walk.tx) else []
    coins, owner = chain.inputs_of(walk.tx)
    held = np.unique(np.stack([owner, wallet_of[chain.holder[coins]], chain.holder[coins]]), axis=1)
    held = held[:, (held[1] >= 0) & ~marks.coinjoin[walk.tx[held[0]]]] if held.size else held
    made = []
    for (tx, wallet), holders in Counter(zip(held[0].tolist(), held[1].tolist(), strict=True)).items():
        if holders > 1:
            says = f"{holders} holders that it spends from are taken for one wallet, {names[wallet]}"
            made.append(_row(int(walk.tx_hop[tx]), CO_SPEND, txids[tx], None, says))
    return made


def _service_rows(traced: Traced) -> Ints:
    return np.flatnonzero(traced.walk.stop == CODES["service"])


def service_of(traced: Traced, row: int) -> Row:
    """Return the row of wallets that says whose a service's coin is, with `tag_on`, and the tag that stands nearest.

    Args:
        traced: the trace.
        row: of a coin in the walk, at which the trace stopped for a service.

    """
    marks, holder = traced.marks, int(traced.chain.holder[traced.walk.coin[row]])
    found: Row = marks.wallets.slice(int(marks.who[holder]), 1).to_pylist()[0]
    tag = int(marks.tag[holder])
    if not found["service"]:
        return {**found, "tag_on": None, "is_alone": False}
    if tag < 0:
        return {**found, "tag_on": ON_WALLET, "is_alone": False}
    own: Row = marks.tags.slice(tag, 1).select(["level", "tag_source", "is_alone"]).to_pylist()[0]
    return {**found, **own, "tag_on": ON_ADDRESS}


def class_of(found: Row) -> str:
    """Return the class of the statement that an address is a service's; `found` is as `service_of` returns it."""
    if not found["service"]:
        return CO_SPEND
    return ATTRIBUTION if found["tag_on"] == ON_ADDRESS else BOTH


def named(found: Row) -> str:
    """Say whose a service's address is, and by what; `found` is as `service_of` returns it."""
    if not found["service"]:
        return f"unattributed; it looks like a service's: {found['why']}"
    said = f"{found['service']} (tag of level {found['level']}, {found['tag_source']}"
    if found["tag_on"] == ON_WALLET:
        return said + ", on another address of the wallet: that the two are one wallet is concluded from co-spending)"
    alone = ", and of no other of its wallet" if found["is_alone"] else ""
    return said + f", on the address itself{alone})"


def _attributions(traced: Traced) -> list[Row]:
    chain, walk, rows = traced.chain, traced.walk, _service_rows(traced)
    txids, holders = chain.txids_of(walk.coin[rows]).to_pylist(), chain.holders_of(walk.coin[rows]).to_pylist()
    made = []
    for row, txid, holder in zip(rows.tolist(), txids, holders, strict=True):
        found = service_of(traced, row)
        says = f"{holder} is of the wallet {found['wallet']}: {named(found)}"
        made.append(_row(int(walk.hop[row]), class_of(found), txid, int(chain.place[walk.coin[row]]), says))
    return made


def _policies(traced: Traced) -> list[Row]:
    walk = traced.walk
    txids = traced.chain.txs["txid"].take(walk.tx).to_pylist() if len(walk.tx) else []
    at, made = traced.frame_row, []
    for policy in traced.policies:
        audit = traced.audits[policy.name]
        sums = (audit.state[at], audit.traced_in[at], audit.traced_out[at], audit.traced_fee[at], audit.unshared[at])
        for row, (state, into, out, fee, lost) in enumerate(zip(*(part.tolist() for part in sums), strict=True)):
            if state:
                why = "a value is missing or in dispute, here or before" if state == 1 else "there are too many pieces"
                says = f"{policy.name} shares nothing out here: {why}; {lost:,} sat were traced to it"
            elif walk.forward:
                says = (
                    f"{policy.name}: of {into:,} sat traced in, {out:,} sat went to outputs and {fee:,} sat to the fee"
                )
            else:
                says = f"{policy.name}: the {out:,} sat traced on its outputs came from {into:,} sat of its inputs"
            made.append(_row(int(walk.tx_hop[row]), POLICY, txids[row], None, says))
    return made


def _changes(traced: Traced, links: Iterable[Row]) -> list[Row]:
    walk = traced.walk
    txids = traced.chain.txs["txid"].take(walk.tx).to_pylist() if len(walk.tx) else []
    hops = dict(zip(txids, walk.tx_hop.tolist(), strict=True))
    return [
        _row(
            hops[link["txid"]],
            CHANGE,
            link["txid"],
            link["place"],
            f"it may be change of the wallet {link['from_wallet']} ({link['rule']}: {link['because']})",
        )
        for link in links
        if link["txid"] in hops
    ]


def _reached(traced: Traced) -> list[tuple[int, int]]:
    """Return rows of coins that a service is asked about, each with the row of a coin that its wallet holds.

    Onward both are the coin that the service was paid with. Back, the service is asked about what it paid out; of the
    coins of its wallet that went in, one of an address that is tagged itself says most.
    """
    walk, rows = traced.walk, _service_rows(traced).tolist()
    if walk.forward:
        return [(row, row) for row in rows]
    pairs = [(int(walk.tx_via[walk.via[row]]), row) for row in rows if walk.via[row] >= 0]
    first: dict[tuple[int, int], tuple[int, int]] = {}
    marks, holder = traced.marks, traced.chain.holder
    for asked, row in pairs:
        key = asked, int(marks.who[holder[walk.coin[row]]])
        held = first.setdefault(key, (asked, row))[1]
        if marks.tag[holder[walk.coin[held]]] < 0 <= marks.tag[holder[walk.coin[row]]]:
            first[key] = asked, row
    return list(first.values())


def _range(claimed: dict[str, int | None]) -> tuple[int | None, int | None]:
    amounts = [amount for amount in claimed.values() if amount is not None]
    return (min(amounts), max(amounts)) if len(amounts) == len(claimed) and amounts else (None, None)


def _weakest(traced: Traced, asked: int, row: int, wallet: Row, mixes: Any) -> Row:
    """Return the weakest step of the way to a service: class, hop, level, and what policies claim there at least and most."""
    walk = traced.walk
    through = [int(walk.via[at]) for at in walk.path_to(asked) if walk.via[at] >= 0]
    mixed = [tx for tx in through if mixes[tx]]
    if mixed:
        # The first transaction at which amounts have to be shared out: all that follow rest on it.
        beyond = next(at for at in walk.path_to(asked) if walk.via[at] == mixed[0])
        low, high = _range(claimed_of(traced, np.array([beyond]))[0])
        hop, of = int(walk.tx_hop[mixed[0]]), POLICY
        says = "other coins go in there: which part went on is a policy's choice"
        if not walk.forward:
            says = "it has several inputs: which of them stands behind the output is a policy's choice"
        return {"class": of, "hop": hop, "level": None, "low_sat": low, "high_sat": high, "says": says}
    low, high = _range(claimed_of(traced, np.array([asked]))[0])
    level = wallet["level"] if wallet["service"] else None
    return {
        "class": class_of(wallet),
        "hop": int(walk.hop[row]),
        "level": level,
        "low_sat": low,
        "high_sat": high,
        "says": named(wallet),
    }


def service_rows(traced: Traced) -> list[Row]:
    """Return every service that the trace came to: whom and about which output to ask, and the weakest step of the way."""
    chain, walk, mixes, made = traced.chain, traced.walk, traced.mixes, []
    for asked, row in _reached(traced):
        wallet, coin = service_of(traced, row), walk.coin[[asked]]
        claimed = claimed_of(traced, np.array([asked]))[0]
        made.append(
            {
                "service": wallet["service"],
                "wallet": wallet["wallet"],
                "level": wallet["level"],
                "tag_source": wallet["tag_source"],
                "tag_on": wallet["tag_on"],
                "says": named(wallet),
                "txid": chain.txids_of(coin)[0].as_py(),
                "place": int(chain.place[coin[0]]),
                "holder": chain.holders_of(coin)[0].as_py(),
                "value_sat": known(chain.value[coin])[0],
                "hop": int(walk.hop[row]),
                "claimed": claimed,
                "weakest": _weakest(traced, asked, row, wallet, mixes),
            }
        )
    return made


__all__ = [
    "ALTERNATIVES",
    "ATTRIBUTION",
    "BOTH",
    "CLASSES",
    "CO_SPEND",
    "ON_ADDRESS",
    "ON_WALLET",
    "POLICY",
    "class_of",
    "named",
    "service_of",
    "service_rows",
    "statement_rows",
]

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

LEDGER, CO_SPEND, ATTRIBUTION, CHANGE, POLICY = (
    "ledger fact",
    "co-spend",
    "attribution",
    "change inference",
    "policy",
)
CLASSES: Final = (LEDGER, CO_SPEND, ATTRIBUTION, CHANGE, POLICY)
"""Classes of statements, the surest first; the order is a convention of this program, not a measure."""

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


def _wallet_row(traced: Traced, row: int) -> Row:
    at = int(traced.marks.wallet[traced.chain.holder[traced.walk.coin[row]]])
    found: Row = traced.marks.wallets.slice(at, 1).to_pylist()[0]
    return found


def named(wallet: Row) -> str:
    """Say whose a service's wallet is, and by what."""
    if wallet["service"]:
        return f"{wallet['service']} (tag of level {wallet['level']}, {wallet['tag_source']})"
    return f"unattributed; it looks like a service's: {wallet['why']}"


def _attributions(traced: Traced) -> list[Row]:
    chain, walk, rows = traced.chain, traced.walk, _service_rows(traced)
    txids, holders = chain.txids_of(walk.coin[rows]).to_pylist(), chain.holders_of(walk.coin[rows]).to_pylist()
    made = []
    for row, txid, holder in zip(rows.tolist(), txids, holders, strict=True):
        wallet = _wallet_row(traced, row)
        of = ATTRIBUTION if wallet["service"] else CO_SPEND
        says = f"{holder} is of the wallet {wallet['wallet']}: {named(wallet)}"
        made.append(_row(int(walk.hop[row]), of, txid, int(chain.place[walk.coin[row]]), says))
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

    Onward both are the coin that the service was paid with. Back, the service is asked about what it paid out.
    """
    walk, rows = traced.walk, _service_rows(traced).tolist()
    if walk.forward:
        return [(row, row) for row in rows]
    pairs = [(int(walk.tx_via[walk.via[row]]), row) for row in rows if walk.via[row] >= 0]
    first: dict[tuple[int, int], tuple[int, int]] = {}
    for asked, row in pairs:
        wallet = int(traced.marks.wallet[traced.chain.holder[walk.coin[row]]])
        first.setdefault((asked, wallet), (asked, row))
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
    of = ATTRIBUTION if wallet["service"] else CO_SPEND
    level = wallet["level"] if wallet["service"] else None
    return {
        "class": of,
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
        wallet, coin = _wallet_row(traced, row), walk.coin[[asked]]
        claimed = claimed_of(traced, np.array([asked]))[0]
        made.append(
            {
                "service": wallet["service"],
                "wallet": wallet["wallet"],
                "level": wallet["level"],
                "tag_source": wallet["tag_source"],
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


__all__ = ["ALTERNATIVES", "CLASSES", "named", "service_rows", "statement_rows"]

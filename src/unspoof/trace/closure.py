"""What of the chain is fetched for a case: from its own transactions and addresses back and forth, within stop rules.

It asks a source and keeps answers as they come; what they mean is worked out by the steps, after they have been sealed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from unspoof.errors import BadSource, UnspoofError
from unspoof.parse.chain_json.sealed import Answer
from unspoof.parse.chain_json.transaction import ChainTransaction
from unspoof.trace.sources.source import ChainSource, Got, Refusal

BACKWARD, FORWARD = "backward", "forward"


@dataclass(frozen=True)
class Seen:
    """What the closure needs of a transaction."""

    inputs: tuple[tuple[str, str], ...]
    """Transaction whose output is spent, and its address ('' if not told); the coinbase's are left out."""
    outputs: tuple[tuple[int, str], ...]
    """Place and address of each output that somebody can spend."""
    count: int
    """How many outputs there are in all."""


class Known(Protocol):
    """What the case holds already, so that it is not asked for again."""

    def transactions(self, txids: Collection[str]) -> Mapping[str, Seen]:
        """Return those of the transactions of which the case holds every input and output."""
        ...

    def spenders(self, txids: Collection[str]) -> Mapping[str, Mapping[int, str]]:
        """Return for each transaction which of its outputs are spent, by place, and by which transaction."""
        ...

    def of_address(self, address: str) -> Collection[str]:
        """Return the transactions, wholly held, that pay an address or spend from it."""
        ...


@dataclass(frozen=True)
class Wanted:
    """From where, how far and which way."""

    txids: tuple[str, ...]
    addresses: tuple[str, ...]
    hops: int
    """How many transactions it goes on from those."""
    ways: tuple[str, ...] = (BACKWARD, FORWARD)
    heights: tuple[int, int] | None = None
    """Blocks to look through, where the source cannot say what spends an output or has an address."""


@dataclass(frozen=True)
class Stops:
    """Beyond what it does not go."""

    most_outputs: int
    """A transaction with more is fetched, and neither its inputs nor its outputs are followed."""
    most_transactions: int
    """Fetched in one run."""
    services: Mapping[str, str] = field(default_factory=dict)
    """Address -> name of the service whose it is taken to be."""
    coinjoins: frozenset[str] = frozenset()


@dataclass
class Gathered:
    """What a run gave."""

    source: str
    answers: int = 0
    """Kept, with those that prove the others."""
    fetched: list[str] = field(default_factory=list)
    """Transactions that the case did not hold."""
    held: int = 0
    """Transactions on the way that the case held already."""
    refused: list[tuple[str, str]] = field(default_factory=list)
    """What was asked for in vain, and why."""
    stopped: list[tuple[str, str]] = field(default_factory=list)
    """Where it did not go on, and why."""
    fault: UnspoofError | None = None
    """What ended the run before its end."""


class _Full(Exception):
    """As many transactions were fetched as may be."""


class Closure:
    """One run.

    Args:
        source: asked for what is missing.
        known: what the case holds.
        stops: the stop rules.
        keep: takes the answers of one question, as they were received.
        progress: told how many transactions were fetched so far.
    """

    def __init__(
        self,
        source: ChainSource,
        known: Known,
        stops: Stops,
        keep: Callable[[Sequence[Answer]], None],
        progress: Callable[[int], None],
    ) -> None:
        self._source, self._known, self._stops, self._keep, self._progress = source, known, stops, keep, progress
        self._seen: dict[str, Seen] = {}
        self._refused: set[str] = set()
        self.gathered = Gathered(source.name)

    def run(self, wanted: Wanted) -> Gathered:
        """Fetch what is wanted and missing; what stops it early stands in `Gathered.fault`."""
        try:
            self._levels(wanted)
        except _Full:
            most = f"{self._stops.most_transactions:,}"
            self.gathered.stopped.append(("", f"{most} transactions were fetched (trace_max_transactions)"))
        except BadSource as error:
            self.gathered.fault = error
        except KeyboardInterrupt:
            self.gathered.fault = BadSource("it was interrupted", where=self._source.name)
        return self.gathered

    def _levels(self, wanted: Wanted) -> None:
        level = {txid: frozenset(wanted.ways) for txid in wanted.txids}
        for address in wanted.addresses if self._source.abilities.addresses else ():
            level |= dict.fromkeys(self._of_address(address), frozenset(wanted.ways))
        if wanted.heights is not None:
            level |= dict.fromkeys(self._of_heights(wanted, *wanted.heights), frozenset(wanted.ways))
        elif wanted.addresses and not self._source.abilities.addresses:
            count = f"{len(wanted.addresses):,} addresses"
            self.gathered.refused.append((count, "a node has no index of addresses; state --heights to look through"))
        done: dict[str, frozenset[str]] = {}
        for hop in range(wanted.hops + 1):
            level = {txid: ways - done.get(txid, frozenset()) for txid, ways in level.items()}
            level = {txid: ways for txid, ways in level.items() if ways}
            self._look_up(level)
            following: dict[str, frozenset[str]] = {}
            for txid in sorted(level):
                done[txid] = done.get(txid, frozenset()) | level[txid]
                for other, way in self._beyond(txid, level[txid], last=hop == wanted.hops):
                    following[other] = following.get(other, frozenset()) | {way}
            level = following

    def _look_up(self, level: Collection[str]) -> None:
        """Take over what the case holds of the transactions of one level."""
        missing = [txid for txid in sorted(level) if txid not in self._seen]
        held = self._known.transactions(missing) if missing else {}
        self._seen.update(held)
        self.gathered.held += len(held)

    def _beyond(self, txid: str, ways: frozenset[str], *, last: bool) -> Iterator[tuple[str, str]]:
        """Fetch a transaction if it is missing; yield those before and behind it, unless a rule stops it."""
        seen = self._transaction(txid)
        if seen is None or last:
            return
        if why := self._why_stop(txid, seen):
            self.gathered.stopped.append((txid, why))
            return
        if BACKWARD in ways:
            for spent, address in seen.inputs:
                if self._goes_on(txid, address):
                    yield spent, BACKWARD
        if FORWARD in ways:
            spenders = self._spenders(txid, seen)
            for place, address in seen.outputs:
                if place in spenders and self._goes_on(txid, address):
                    yield spenders[place], FORWARD

    def _why_stop(self, txid: str, seen: Seen) -> str:
        if txid in self._stops.coinjoins:
            return "a coinjoin: whose coins are whose cannot be told"
        if seen.count > self._stops.most_outputs:
            return f"{seen.count:,} outputs, more than {self._stops.most_outputs:,} (trace_max_outputs)"
        return ""

    def _goes_on(self, txid: str, address: str) -> bool:
        service = self._stops.services.get(address)
        if service is None:
            return True
        stop = (txid, f"an address of the service {service}")
        if stop not in self.gathered.stopped:
            self.gathered.stopped.append(stop)
        return False

    def _transaction(self, txid: str) -> Seen | None:
        if txid not in self._seen and txid not in self._refused:
            try:
                self._take(self._source.transaction(txid))
            except Refusal as refusal:
                self._refused.add(txid)
                self.gathered.refused.append((txid, str(refusal)))
        return self._seen.get(txid)

    def _spenders(self, txid: str, seen: Seen) -> Mapping[int, str]:
        """Return what spends the outputs: as the case holds it, and asked for where it does not know of all."""
        spenders = dict(self._known.spenders([txid]).get(txid, {}))
        if all(place in spenders for place, _ in seen.outputs) or not self._source.abilities.spends:
            return spenders
        try:
            told = self._source.spends(txid)
        except Refusal as refusal:
            self.gathered.refused.append((f"what spends {txid}", str(refusal)))
            return spenders
        self._kept(told.answers)
        return {**spenders, **told.by}

    def _of_address(self, address: str) -> list[str]:
        """Fetch the transactions of an address that are missing; return all that are known of it."""
        held = set(self._known.of_address(address))
        txids, waiting = set(held), tuple[Answer, ...]()
        try:
            for got in self._source.address(address, held):
                if not got.transactions:  # how many there are is worth keeping with them alone
                    waiting += got.answers
                    continue
                self._take(Got((*got.answers, *waiting), got.transactions))
                txids.update(one.txid for one in got.transactions)
                waiting = ()
        except Refusal as refusal:
            self.gathered.refused.append((address, str(refusal)))
        return sorted(txids)

    def _of_heights(self, wanted: Wanted, first: int, last: int) -> list[str]:
        """Look through blocks for what is named, what pays or spends from a named address, and what spends from those."""
        hops = dict.fromkeys(wanted.txids, 0)
        addresses, paid = set(wanted.addresses), set[tuple[str, int]]()

        def is_wanted(made: ChainTransaction) -> bool:
            reached = [hops[part.spent_txid] + 1 for part in made.parts if part.spent_txid in hops]
            hop = min(reached, default=wanted.hops + 1) if FORWARD in wanted.ways else wanted.hops + 1
            own = [part for part in made.parts if part.address in addresses]
            paid.update((made.txid, part.place) for part in own if part.side == "output")
            # a node tells of an input neither value nor address, but which output it spends
            if made.txid in hops or own or any((part.spent_txid, part.spent_place) in paid for part in made.parts):
                hop = 0
            if hop > wanted.hops:
                return False
            too_wide = (made.outputs or 0) > self._stops.most_outputs or made.txid in self._stops.coinjoins
            hops[made.txid] = wanted.hops if too_wide else min(hop, hops.get(made.txid, hop))
            return made.txid not in self._known.transactions([made.txid])

        try:
            for got in self._source.heights(first, last, is_wanted):
                self._take(got)
        except Refusal as refusal:
            self.gathered.refused.append((f"heights {first:,} to {last:,}", str(refusal)))
        return sorted(hops)

    def _take(self, got: Got) -> None:
        self._kept(got.answers)
        for one in got.transactions:
            if one.txid not in self._seen:
                self.gathered.fetched.append(one.txid)
            self._seen[one.txid] = seen_of(one)
        self._progress(len(self.gathered.fetched))
        if len(self.gathered.fetched) >= self._stops.most_transactions:
            raise _Full

    def _kept(self, answers: Sequence[Answer]) -> None:
        self._keep(answers)
        self.gathered.answers += len(answers)


def seen_of(made: ChainTransaction) -> Seen:
    """Return what the closure needs of a transaction that a source gave."""
    inputs = [(part.spent_txid, part.address or "") for part in made.parts if part.side == "input" and part.spent_txid]
    outputs = [
        (part.place, part.address or "")
        for part in made.parts
        if part.side == "output" and part.script_type != "op_return"
    ]
    return Seen(tuple(inputs), tuple(outputs), made.outputs or 0)


__all__ = ["BACKWARD", "FORWARD", "Closure", "Gathered", "Known", "Seen", "Stops", "Wanted", "seen_of"]

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from unspoof.errors import BadSource
from unspoof.parse.chain_json.sealed import Answer
from unspoof.parse.chain_json.transaction import BlockFacts, ChainTransaction, Part
from unspoof.trace.closure import BACKWARD, FORWARD, Closure, Gathered, Seen, Stops, Wanted, seen_of
from unspoof.trace.sources.source import Abilities, Got, Refusal, Spends


def name(letter: str) -> str:
    """Return the txid of a made-up transaction."""
    return letter * 64


def transaction(letter: str, spent: Sequence[str], outputs: int = 1) -> ChainTransaction:
    """Return a transaction that spends the first output of others; its address is its letter."""
    parts = [
        Part("input", at, 0, 0, 1, one, spent_txid=name(one), spent_place=0, script_type="p2wpkh")
        for at, one in enumerate(spent)
    ]
    parts += [Part("output", at, 0, 0, 1, letter, script_type="p2wpkh") for at in range(outputs)]
    return ChainTransaction(name(letter), parts, not spent, BlockFacts(ord(letter)), len(spent), outputs)


INDEXED = Abilities(spends=True, addresses=True, heights=False)


@dataclass
class Line:
    """A source in memory: a to b to c ..., each spending the one before."""

    transactions: Mapping[str, ChainTransaction]
    abilities: Abilities = INDEXED
    name: str = "a line"
    asked: list[str] = field(default_factory=list)
    broken: str = ""
    interrupted: str = ""

    def transaction(self, txid: str) -> Got:
        """See the protocol."""
        self.asked.append(txid[:1])
        if txid == self.interrupted:
            raise KeyboardInterrupt
        if txid == self.broken:
            raise BadSource("it is gone")
        if txid not in self.transactions:
            raise Refusal("not there")
        answer = Answer("get", txid, "transactions", 200, b"{}", "then")
        return Got((answer,), (self.transactions[txid],))

    def spends(self, txid: str) -> Spends:
        """See the protocol."""
        by = {
            part.spent_place or 0: other.txid
            for other in self.transactions.values()
            for part in other.parts
            if part.spent_txid == txid
        }
        self.asked.append(f">{txid[:1]}")
        return Spends((), by)

    def address(self, address: str, known: Collection[str]) -> Iterator[Got]:
        """See the protocol."""
        yield self.transaction(name(address))

    def heights(self, first: int, last: int, wanted: Callable[[ChainTransaction], bool]) -> Iterator[Got]:
        """See the protocol."""
        for one in self.transactions.values():
            if first <= (one.block.height or 0) <= last and wanted(one):
                yield self.transaction(one.txid)

    def close(self) -> None:
        """Nothing to let go of."""


@dataclass
class Held:
    """What a case holds already."""

    seen: Mapping[str, ChainTransaction] = field(default_factory=dict)

    def transactions(self, txids: Collection[str]) -> Mapping[str, Seen]:
        """See the protocol."""
        return {txid: seen_of(self.seen[txid]) for txid in txids if txid in self.seen}

    def spenders(self, txids: Collection[str]) -> Mapping[str, Mapping[int, str]]:
        """See the protocol."""
        found: dict[str, dict[int, str]] = {}
        for one in self.seen.values():
            for part in one.parts:
                if part.spent_txid in txids:
                    found.setdefault(part.spent_txid or "", {})[part.spent_place or 0] = one.txid
        return found

    def of_address(self, address: str) -> Collection[str]:
        """See the protocol."""
        return ()


def line(letters: str = "abcdefg", **outputs: int) -> dict[str, ChainTransaction]:
    """Return transactions each of which spends the one before."""
    made = [transaction(one, letters[at - 1] if at else "", outputs.get(one, 1)) for at, one in enumerate(letters)]
    return {one.txid: one for one in made}


def gather(source: Line, wanted: Wanted, held: Held | None = None, stops: Stops | None = None) -> tuple[Gathered, str]:
    """Run a closure; return what it gave and the letters fetched, in order."""
    kept: list[Sequence[Answer]] = []
    made = Closure(source, held or Held(), stops or Stops(50, 100), kept.append, lambda _: None).run(wanted)
    return made, "".join(txid[0] for txid in made.fetched)


@pytest.mark.parametrize(
    ("ways", "hops", "fetched"),
    [
        ((BACKWARD, FORWARD), 0, "d"),
        ((BACKWARD, FORWARD), 1, "dce"),
        ((BACKWARD,), 2, "dcb"),
        ((FORWARD,), 2, "def"),
        ((BACKWARD,), 9, "dcba"),
    ],
)
def test_it_goes_as_far_and_the_ways_that_are_asked_for(ways: tuple[str, ...], hops: int, fetched: str) -> None:
    """Inputs lead back, spends lead forth, a hop a transaction."""
    made, letters = gather(Line(line()), Wanted((name("d"),), (), hops, ways))

    assert letters == fetched
    assert (made.refused, made.stopped, made.fault) == ([], [], None)


def test_what_the_case_holds_is_not_asked_for_again() -> None:
    """A second run asks only for what is missing, and goes through what is held."""
    source = Line(line())
    held = Held({txid: one for txid, one in line().items() if txid[0] in "bcde"})
    made, letters = gather(source, Wanted((name("d"),), (), 3), held)

    assert sorted(letters) == ["a", "f", "g"]
    assert made.held == 4
    assert source.asked == [">e", "f", ">f", "a", "g"]


def test_a_wide_transaction_is_fetched_and_not_gone_beyond() -> None:
    """What pays out to many is a service's, and its coins are everybody's."""
    made, letters = gather(Line(line(e=51)), Wanted((name("d"),), (), 5, (FORWARD,)))

    assert letters == "de"
    assert made.stopped == [(name("e"), "51 outputs, more than 50 (trace_max_outputs)")]


def test_coinjoins_and_services_stop_it() -> None:
    """Findings of an earlier run are heeded: whose coins go on from there cannot be told, or is asked of the service."""
    stops = Stops(50, 100, {"f": "exchange.example"}, frozenset({name("b")}))
    made, letters = gather(Line(line()), Wanted((name("d"),), (), 9), stops=stops)

    assert sorted(letters) == ["b", "c", "d", "e", "f"]
    assert made.stopped == [
        (name("b"), "a coinjoin: whose coins are whose cannot be told"),
        (name("f"), "an address of the service exchange.example"),
    ]


def test_the_number_of_transactions_is_bounded() -> None:
    """A run stops at its limit, says so, and keeps what it has."""
    made, letters = gather(Line(line()), Wanted((name("d"),), (), 9), stops=Stops(50, 3))

    assert letters == "dce"
    assert made.stopped == [("", "3 transactions were fetched (trace_max_transactions)")]


def test_what_is_refused_is_listed_and_the_rest_goes_on() -> None:
    """One transaction that a server lacks ends nothing else."""
    made, letters = gather(Line(line()), Wanted((name("z"), name("d")), (), 1, (BACKWARD,)))

    assert letters == "dc"
    assert made.refused == [(name("z"), "not there")]


def test_a_source_that_fails_ends_the_run_with_what_was_had() -> None:
    """What came before is kept, and the fault is told."""
    source = Line(line(), broken=name("b"))
    made, letters = gather(source, Wanted((name("d"),), (), 9, (BACKWARD,)))

    assert letters == "dc"
    assert str(made.fault) == "it is gone  [bad-source]"


def test_an_interrupt_ends_the_run_with_what_was_had() -> None:
    """Ctrl-C loses nothing that was received whole."""
    source = Line(line(), interrupted=name("b"))
    made, letters = gather(source, Wanted((name("d"),), (), 9, (BACKWARD,)))

    assert letters == "dc"
    assert str(made.fault) == "a line: it was interrupted  [bad-source]"


def test_blocks_are_looked_through_where_a_node_has_no_index() -> None:
    """Within the heights, what pays a named address and what spends from that is found, hop by hop."""
    source = Line(line(), Abilities(spends=False, addresses=False, heights=True))
    wanted = Wanted((), ("b",), 2, (FORWARD,), heights=(ord("a"), ord("g")))

    assert sorted(gather(source, wanted)[1]) == ["b", "c", "d", "e"]


def test_addresses_without_an_index_or_heights_are_said_to_be_unanswerable() -> None:
    """A node that cannot know is not taken to have said that there is nothing."""
    source = Line(line(), Abilities(spends=False, addresses=False, heights=True))
    made, letters = gather(source, Wanted((), ("b",), 2))

    assert letters == ""
    assert made.refused == [("1 addresses", "a node has no index of addresses; state --heights to look through")]

"""Asks an Esplora server (electrs, mempool.space's kind) over HTTP; it cannot be asked for whole blocks.

Source: Blockstream/esplora API.md. An address has 25 confirmed transactions a page, asked for by the last one seen. An empty
list of unspent outputs does not mean that there are none, so that list is never asked for; whether an address has transactions is
asked of its counts.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field

from unspoof.parse.chain_json.cells import BadTransaction, hash_text, whole
from unspoof.parse.chain_json.nodes import Node, NotChainJson, read_nodes
from unspoof.parse.chain_json.sealed import HEADER, OTHER, PROOF, SPENDS, TRANSACTIONS, Answer
from unspoof.parse.chain_json.transaction import ChainTransaction
from unspoof.trace.sources.checking import transactions_in
from unspoof.trace.sources.http import Server
from unspoof.trace.sources.source import Abilities, Got, Refusal, Spends

PAGE = 25


@dataclass
class Esplora:
    """An Esplora server; see `ChainSource`."""

    server: Server
    most_pages: int = 400
    """Of one address: 10,000 transactions; a service's address, of which all is never needed, stops there."""
    proofs: bool = True
    _headers: dict[str, Answer] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """See `ChainSource`."""
        return f"esplora {self.server.address.shown}"

    @property
    def abilities(self) -> Abilities:
        """See `ChainSource`."""
        return Abilities(spends=True, addresses=True, heights=False)

    def transaction(self, txid: str) -> Got:
        """See `ChainSource`."""
        answer = self._get(f"/tx/{txid}", txid, TRANSACTIONS)
        found = transactions_in(answer, {txid})
        if len(found) != 1:
            raise Refusal("the answer is not one transaction")
        return Got((answer, *self._proofs(found)), found)

    def spends(self, txid: str) -> Spends:
        """See `ChainSource`."""
        answer = self._get(f"/tx/{txid}/outspends", txid, SPENDS)
        try:
            node = read_nodes(answer.body)
            if not isinstance(node, Node) or not node.is_list or not all(isinstance(one, Node) for one in node.items):
                raise Refusal("the answer is no list of what became of outputs")
            listed = [one.fields for one in node.items if isinstance(one, Node)]
            by = {
                place: hash_text(one.get("txid"), "txid")
                for place, one in enumerate(listed)
                if one.get("spent") is True
            }
        except (NotChainJson, BadTransaction) as error:
            raise Refusal(f"the answer cannot be read: {error}") from None
        return Spends((answer,), {place: spent for place, spent in by.items() if spent})

    def address(self, address: str, known: Collection[str]) -> Iterator[Got]:
        """See `ChainSource`; the first page has unconfirmed ones too."""
        count, told = self._count(address)
        yield told
        given = set(known)
        last = ""
        for number in range(self.most_pages):
            if len(given) >= count:
                return
            path = f"/address/{address}/txs" if not number else f"/address/{address}/txs/chain/{last}"
            answer = self._get(path, address, TRANSACTIONS)
            found = transactions_in(answer, None)
            if any(all(part.address != address for part in one.parts) for one in found):
                raise Refusal("a transaction without the address that was asked for")
            if found:
                yield Got((answer, *self._proofs(found)), found)
            given.update(one.txid for one in found)
            before, last = last, next((one.txid for one in reversed(found) if one.block.height is not None), "")
            if last in ("", before) and len(given) < count:
                raise Refusal(f"it has {count:,} transactions, and the server gave no more than {len(given):,}")
        if len(given) < count:
            raise Refusal(f"it has {count:,} transactions; the oldest were not fetched")

    def heights(self, first: int, last: int, wanted: Callable[[ChainTransaction], bool]) -> Iterator[Got]:
        """See `ChainSource`."""
        raise Refusal("an Esplora server is not asked for whole blocks")

    def close(self) -> None:
        """See `ChainSource`."""
        self.server.close()

    def _count(self, address: str) -> tuple[int, Got]:
        """Return how many transactions an address has, confirmed or not."""
        answer = self._get(f"/address/{address}", address, OTHER)
        try:
            node = read_nodes(answer.body)
            if not isinstance(node, Node):
                raise Refusal("the answer is no address")
            told = [node.fields.get(name) for name in ("chain_stats", "mempool_stats")]
            counts = [whole(one.get("tx_count"), "tx_count") if isinstance(one, dict) else 0 for one in told]
        except (NotChainJson, BadTransaction) as error:
            raise Refusal(f"the answer cannot be read: {error}") from None
        return sum(count or 0 for count in counts), Got((answer,), ())

    def _proofs(self, found: tuple[ChainTransaction, ...]) -> list[Answer]:
        """Ask for the branches of confirmed transactions and the headers of their blocks; what is refused is left out."""
        answers: list[Answer] = []
        for made in found if self.proofs else ():
            block = made.block.block_hash
            if block is None:
                continue
            try:
                answers.append(self._get(f"/tx/{made.txid}/merkle-proof", made.txid, PROOF))
                if block not in self._headers:
                    self._headers[block] = self._get(f"/block/{block}/header", block, HEADER)
                answers.append(self._headers[block])
            except Refusal:
                continue
        return answers

    def _get(self, path: str, about: str, holds: str) -> Answer:
        reply = self.server.ask("GET", path)
        if reply.status == 404 or (reply.status == 400 and holds == TRANSACTIONS):
            raise Refusal("the server does not have it")
        if reply.status != 200:
            raise Refusal(f"the server answered with status {reply.status}")
        try:
            reply.body.decode()
        except UnicodeDecodeError:
            raise Refusal("the answer is not UTF-8") from None
        return Answer(
            f"GET {self.server.address.path}{path}", about, holds, reply.status, reply.body, reply.received_at
        )


__all__ = ["PAGE", "Esplora"]

"""Asks a Bitcoin Core node (or one of its kin) by JSON-RPC; it knows no index of addresses, and none of what spends an output.

Both are answered by looking through the blocks of a stated range of heights. A transaction whose block is not known is found only
where the node keeps `txindex`. Source: Bitcoin Core RPC help, versions 0.21 and 28.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

from unspoof.errors import BadSource
from unspoof.parse.chain_json.nodes import Node, NotChainJson, read_nodes
from unspoof.parse.chain_json.reading import NoTransaction, read_transactions
from unspoof.parse.chain_json.sealed import HEADER, OTHER, PROOF, TRANSACTIONS, Answer
from unspoof.parse.chain_json.transaction import ChainTransaction
from unspoof.trace.sources.checking import transactions_in
from unspoof.trace.sources.http import Server
from unspoof.trace.sources.source import Abilities, Got, Refusal, Spends


@dataclass
class CoreRpc:
    """A node that speaks Core's JSON-RPC; see `ChainSource`. A pruned node has only its last blocks."""

    server: Server
    proofs: bool = True
    _headers: dict[str, Answer] = field(default_factory=dict)
    _blocks: dict[str, str] = field(default_factory=dict)
    """txid -> hash of the block in which it was seen while looking through heights."""
    _asked: int = 0

    @property
    def name(self) -> str:
        """See `ChainSource`."""
        return f"rpc {self.server.address.shown}"

    @property
    def abilities(self) -> Abilities:
        """See `ChainSource`."""
        return Abilities(spends=False, addresses=False, heights=True)

    def transaction(self, txid: str) -> Got:
        """See `ChainSource`."""
        parameters: list[Any] = [txid, 2]
        if txid in self._blocks:
            parameters.append(self._blocks[txid])
        answer = self._call("getrawtransaction", parameters, txid, TRANSACTIONS)
        found = transactions_in(answer, {txid})
        if len(found) != 1:
            raise Refusal("the answer is not one transaction")
        return Got((answer, *self._proofs(found[0])), found)

    def spends(self, txid: str) -> Spends:
        """See `ChainSource`."""
        raise Refusal("a node does not say what spends an output; state heights to look through")

    def address(self, address: str, known: Collection[str]) -> Iterator[Got]:
        """See `ChainSource`."""
        raise Refusal("a node has no index of addresses; state heights to look through")

    def heights(self, first: int, last: int, wanted: Callable[[ChainTransaction], bool]) -> Iterator[Got]:
        """See `ChainSource`."""
        for height in range(first, last + 1):
            told = self._result(self._call("getblockhash", [height], str(height), OTHER))
            if type(told) is not str or len(told) != 64:
                raise Refusal(f"no block hash at height {height}")
            block = self._call("getblock", [told, 2], told, OTHER)
            for one in read_transactions(block.body):
                if isinstance(one, NoTransaction):
                    raise Refusal(f"block {height} cannot be read: {one.reason}")
                if wanted(one):
                    self._blocks[one.txid] = told
                    yield self.transaction(one.txid)

    def close(self) -> None:
        """See `ChainSource`."""
        self.server.close()

    def _proofs(self, made: ChainTransaction) -> list[Answer]:
        """Ask for the header of a transaction's block, which has its height, and the proof that it is in it."""
        block = made.block.block_hash
        if block is None:
            return []
        answers = []
        if block not in self._headers:
            self._headers[block] = self._call("getblockheader", [block, True], block, HEADER)
        answers.append(self._headers[block])
        try:
            if self.proofs:
                answers.append(self._call("gettxoutproof", [[made.txid], block], made.txid, PROOF))
        except Refusal:
            pass  # a pruned node knows the header and no longer the block
        return answers

    def _call(self, method: str, parameters: list[Any], about: str, holds: str) -> Answer:
        self._asked += 1
        asked = json.dumps({"jsonrpc": "1.0", "id": self._asked, "method": method, "params": parameters}).encode()
        reply = self.server.ask("POST", "/", asked)
        if reply.status in (401, 403):
            raise BadSource(
                "the node does not let us in",
                where=self.server.address.shown,
                hint="State its cookie file (UNSPOOF_CHAIN_COOKIE), or user and password (docs/fetching.md).",
            )
        request = f"{method} {json.dumps(parameters)}"
        answer = Answer(request, about, holds, reply.status, reply.body, reply.received_at)
        self._result(answer)
        return answer

    def _result(self, answer: Answer) -> object:
        """Return the result of a call, an object or list as True; Refusal where the node answers with an error."""
        try:
            node = read_nodes(answer.body)
        except NotChainJson as error:
            raise Refusal(f"the answer (status {answer.status}) cannot be read: {error}") from None
        if not isinstance(node, Node) or node.is_list:
            raise Refusal("the answer is none of JSON-RPC")
        told = node.fields.get("error")
        if isinstance(told, dict):
            raise Refusal(
                f"the node answered with error {str(told.get('code'))[:10]}: {str(told.get('message'))[:200]}"
            )
        if node.holds != "result" and node.fields.get("result") is None:
            raise Refusal("the answer is none of JSON-RPC")
        return True if node.holds == "result" else node.fields["result"]


__all__ = ["CoreRpc"]

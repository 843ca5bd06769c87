"""Whether an answer is what was asked for: transactions that hash to their txids, and those that were named."""

from __future__ import annotations

from collections.abc import Collection

from unspoof.parse.chain_json.reading import TXID_DIFFERS, NoTransaction, read_transactions
from unspoof.parse.chain_json.sealed import Answer
from unspoof.parse.chain_json.transaction import ChainTransaction
from unspoof.trace.sources.source import Refusal


def transactions_in(answer: Answer, wanted: Collection[str] | None) -> tuple[ChainTransaction, ...]:
    """Return the transactions of an answer.

    Args:
        answer: as received.
        wanted: txids that were asked for; None where they were not named.

    Raises:
        Refusal: something in it is no transaction, does not hash to its txid, or was not asked for.
    """
    found: list[ChainTransaction] = []
    for one in read_transactions(answer.body):
        if isinstance(one, NoTransaction):
            raise Refusal(f"the answer cannot be read: {one.reason}")
        if TXID_DIFFERS in one.oddities:
            raise Refusal("a transaction that does not hash to its txid")
        if wanted is not None and one.txid not in wanted:
            raise Refusal("another transaction than the one that was asked for")
        found.append(one)
    return tuple(found)


__all__ = ["transactions_in"]

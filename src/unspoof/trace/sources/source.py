"""What every source of chain data is: asked for one thing, it gives answers as received and the transactions in them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from unspoof.parse.chain_json.sealed import Answer
from unspoof.parse.chain_json.transaction import ChainTransaction


class Refusal(Exception):
    """The source did not give what was asked for; the message is the reason, and others may still be asked for."""


@dataclass(frozen=True)
class Got:
    """What one question gave."""

    answers: tuple[Answer, ...]
    """With transactions first, then what proves them."""
    transactions: tuple[ChainTransaction, ...]
    """Each hashes to its txid, as far as the source tells what is hashed."""


@dataclass(frozen=True)
class Spends:
    """What became of the outputs of a transaction."""

    answers: tuple[Answer, ...]
    by: Mapping[int, str]
    """Place of a spent output -> the transaction that spends it."""


@dataclass(frozen=True)
class Abilities:
    """What a source can be asked for beside a transaction by its txid."""

    spends: bool
    addresses: bool
    heights: bool


class ChainSource(Protocol):
    """A node, a server or a folder. One file of code, one line in SOURCES."""

    @property
    def name(self) -> str:
        """What stands in the exhibit as the server's name; no secret."""
        ...

    @property
    def abilities(self) -> Abilities:
        """What it can be asked for."""
        ...

    def transaction(self, txid: str) -> Got:
        """Return one transaction, with a proof where the source has one; Refusal if it has it not, or gives another."""
        ...

    def spends(self, txid: str) -> Spends:
        """Say which transactions spend the outputs of one; Refusal if the source cannot."""
        ...

    def address(self, address: str, known: Collection[str]) -> Iterator[Got]:
        """Return the transactions of an address, newest first, page by page; Refusal if the source cannot.

        Args:
            address: whose.
            known: txids that need not be given again: no further page is asked for once these and the given ones are all.
        """
        ...

    def heights(self, first: int, last: int, wanted: Callable[[ChainTransaction], bool]) -> Iterator[Got]:
        """Look through the blocks of a range of heights and return the transactions that are wanted, in chain order.

        Raises:
            Refusal: the source cannot, or a block cannot be read.
        """
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


__all__ = ["Abilities", "ChainSource", "Got", "Refusal", "Spends"]

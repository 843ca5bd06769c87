"""What `Case` answers of money: the chain, the books against it, wallets, traces, requests; the case itself is in case.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from unspoof.case import listing, proving, reconciling, requesting
from unspoof.case import wallets as walleting
from unspoof.case.fetching import Fetched, FetchOptions, fetch
from unspoof.case.session import LOOKING, Session, quiet
from unspoof.case.tracing import TraceShown, trace
from unspoof.config import CaseSettings, Machine
from unspoof.evidence import Vault


class MoneyDoors(Protocol):
    """Part of `Case`, which gives what stands first here."""

    vault: Vault
    settings: CaseSettings
    machine: Machine

    def finding(self, name: str, top: int = 0) -> pa.Table:
        """See `Case.finding`."""

    def looking(self) -> AbstractContextManager[Session]:
        """See `Case.looking`."""

    def heuristics(self) -> list[dict[str, Any]]:
        """Return how often each heuristic of tracing was right on what the case knows: rates from 0 to 1, None if unknown."""
        return listing.heuristics(self.finding("heuristic_rates"))

    def requests(self, service: str = "") -> tuple[list[dict[str, Any]], Mapping[str, int]]:
        """Return what to ask services, and how many outputs lead to wallets like a service's that nobody tagged."""
        self.finding("service_requests", 1)
        with self.looking() as session:
            return requesting.requests(session, service), requesting.unattributed(session)

    def unattributed(self) -> list[dict[str, Any]]:
        """Return what was reached of wallets like a service's that nobody tagged, the largest amount first."""
        self.finding("service_requests", 1)
        with self.looking() as session:
            return requesting.unattributed_rows(session)

    def write_requests(self, service: str, folder: Path) -> list[Path]:
        """Write a spreadsheet and a letter for each service, or one, into a new folder."""
        return requesting.write_requests(self.requests(service)[0], self.settings.home, folder)

    def wallets(self, of: str = "", top: int = 0) -> list[dict[str, Any]]:
        """Return wallets, those from which most accounts pay first; or the one wallet of an address, with all of its."""
        self.finding("sized_wallets", 1)
        with self.looking() as session:
            return walleting.wallets(session, of, top)

    def wallet_conflicts(self, top: int = 0) -> list[dict[str, Any]]:
        """Return the unions of wallets that were not made, each with the reason."""
        self.finding("wallet_conflicts", 1)
        with self.looking() as session:
            return walleting.conflicts(session, top)

    def why_one_wallet(self, left: str, right: str) -> dict[str, Any]:
        """Return the chain of transactions by which two addresses are one wallet, or what keeps them apart."""
        self.finding("wallet_unions", 1)
        with self.looking() as session:
            return walleting.why_one(session, left, right)

    def reconcile(self, verdict: str = "", top: int = 0) -> dict[str, Any]:
        """Return the service's books against the chain: what it adds up to, then rows; see case/reconciling.py."""
        self.finding("reconciliation", 1)
        with self.looking() as session:
            return reconciling.reconciled(session, verdict, top)

    def prove(self, txid: str) -> dict[str, Any]:
        """Return what proves that a transaction is in a block, and what is left open; see case/proving.py."""
        with self.looking() as session:
            return proving.prove(self.vault, session, txid)

    def trace(
        self, wanted: str, *, forward: bool | None = None, hops: int = 0, policies: Sequence[str] = ()
    ) -> TraceShown:
        """Follow coins from an address, a transaction or an account; see case/tracing.py."""
        with self.looking() as session:
            return trace(session, wanted, forward=forward, hops=hops, policies=policies)

    def fetch(self, options: FetchOptions, progress: Callable[[int], None] = quiet) -> Fetched:
        """Ask a node or server for what of the chain the case lacks, and seal the answers; see case/fetching.py."""
        return fetch(self.vault, self.settings, replace(self.machine, engine=LOOKING), options, progress)


__all__ = ["MoneyDoors"]

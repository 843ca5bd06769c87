"""What a policy is: a stated rule by which amounts are shared out at transactions; a choice, never a fact of the ledger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from unspoof.trace.policies.frame import Claim, Frame


@dataclass(frozen=True)
class Policy:
    """One policy."""

    name: str
    meaning: str
    """A sentence."""
    source: str
    """Who argues for it, and how far it is accepted."""
    claim: Callable[[Frame], Claim]
    conserves: bool
    """What it claims after a transaction is what it claimed before, to the satoshi."""


__all__ = ["Policy"]

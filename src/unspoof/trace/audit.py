"""The sums of a trace at every transaction and over all of it, worked out apart from the policies; a sum that fails raises.

It repeats no policy: it adds up what a policy claimed of coins and compares it with the ledger and with what went in.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from unspoof.errors import FoundWrong
from unspoof.trace.chain import Bools, Chain, Ints, rows_between
from unspoof.trace.policies import STATES, Claim, Frame, Policy
from unspoof.trace.policies.frame import SHARED
from unspoof.trace.stops import STOPS
from unspoof.trace.walking import Walk

HINT = "This is a fault of unspoof or of the chain data, and no figure of this trace may be used: please report it."


@dataclass(frozen=True)
class Totals:
    """What became of the start's coins under one policy, in satoshi; `seeded` + `beyond` = the rest together."""

    policy: str
    seeded: int
    """What the starts put in; a start that is come to again counts once."""
    beyond: int
    """What the policy claims beyond what went in: 0 where it conserves."""
    stopped: dict[str, int]
    """What is held where the trace stopped, by the name of the stop, in the order of STOPS."""
    fees: int
    unshared: int
    """What went into transactions at which nothing could be shared out."""
    unvalued: int
    """Starts whose value is not known: they are in no sum."""

    @property
    def balance(self) -> int:
        """What is left over; 0, or the audit has raised."""
        return self.seeded + self.beyond - sum(self.stopped.values()) - self.fees - self.unshared


@dataclass(frozen=True)
class Audit:
    """The sums of one policy, one entry a transaction of the frame, in its order; -1 where nothing was shared out.

    Onward, `traced_in` was shared out to outputs and fee; back, `traced_out` was shared out to inputs, and no fee.
    """

    policy: str
    state: Ints
    """Codes of STATES."""
    traced_in: Ints
    traced_out: Ints
    traced_fee: Ints
    beyond: Ints
    """Claimed beyond what was held before the transaction: 0 where the policy conserves."""
    unshared: Ints
    """What was held before a transaction at which nothing was shared out; else 0."""
    totals: Totals
    forward: bool

    @property
    def balance(self) -> Ints:
        """What is left over at each transaction: 0, or the audit has raised."""
        before, after = (self.traced_in, self.traced_out) if self.forward else (self.traced_out, self.traced_in)
        over = before + np.maximum(self.beyond, 0) - after - np.maximum(self.traced_fee, 0)
        return np.where(self.state == SHARED, over, 0)


def _sum(values: Ints, owner: Ints, count: int) -> Ints:
    """Return the sum of each owner's values; all sums are below 2^63, as no transaction moves more than all bitcoin."""
    total = np.zeros(count, np.int64)
    np.add.at(total, owner, values)
    return total


def _sides(frame: Frame, claim: Claim) -> tuple[Ints, Ints, Ints]:
    """Return per transaction what its sources held, what its targets were given, and its fee's part."""
    count = len(frame.tx)
    sources, source_of = _laid(frame.source, frame.first_source)
    targets, target_of = _laid(frame.target, frame.first_target)
    held = np.where(frame.passes, np.maximum(claim.held, 0), 0)[sources]
    given = np.maximum(claim.arrived, 0)[targets]
    return _sum(held, source_of, count), _sum(given, target_of, count), claim.fee


def _laid(members: Ints, first: Ints) -> tuple[Ints, Ints]:
    rows, owner = rows_between(first[:-1], first[1:])
    return members[rows], owner


def _refuse(policy: str, chain: Chain, frame: Frame, wrong: Bools, what: str) -> None:
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        txid = chain.txs["txid"][int(frame.tx[row])].as_py()
        raise FoundWrong(what, where=f"transaction {txid}, policy {policy}", hint=HINT)


def audit(chain: Chain, walk: Walk, frame: Frame, policy: Policy, claim: Claim, label: int = 0) -> Audit:
    """Add up what a policy claimed and compare it with the ledger.

    Raises:
        FoundWrong: a sum does not balance to the satoshi, or a coin is claimed for more than its value.

    """
    shared = claim.state == SHARED
    before, after, fee = _sides(frame, claim)
    over = np.where(shared, after + fee - before, 0)
    beyond = np.zeros(len(over), np.int64) if policy.conserves else over
    _refuse(policy.name, chain, frame, over != beyond, "what is claimed after it is not what was held before")
    _refuse(policy.name, chain, frame, beyond < 0, "less is claimed after it than was held before")
    ledger = chain.in_sum[frame.tx] - chain.out_sum[frame.tx]
    _refuse(
        policy.name, chain, frame, shared & ((fee < 0) | (fee > ledger)), "more of the fee is claimed than there is"
    )
    too_much = (claim.held > np.maximum(frame.value, 0)) | (claim.arrived > np.maximum(frame.value, 0))
    if too_much.any():
        raise FoundWrong("a coin is claimed for more than its value", where=f"policy {policy.name}", hint=HINT)
    traced = (before, after) if walk.forward else (after, before)
    totals = _totals(walk, frame, policy.name, claim, np.where(shared, 0, before), int(beyond.sum()), label)
    if totals.balance:
        raise FoundWrong("the trace's sums do not balance", where=f"policy {policy.name}", hint=HINT)
    return Audit(
        policy.name,
        claim.state,
        np.where(shared, traced[0], -1),
        np.where(shared, traced[1], -1),
        np.where(shared, fee, -1),
        np.where(shared, beyond, -1),
        np.where(shared, 0, before),
        totals,
        walk.forward,
    )


def _totals(walk: Walk, frame: Frame, policy: str, claim: Claim, unshared: Ints, beyond: int, label: int) -> Totals:
    rows = np.flatnonzero(walk.label == label)
    at = np.searchsorted(frame.coin, walk.coin[rows])
    held = np.maximum(claim.held[at], 0)
    new = np.where(walk.start[rows] == 1, held - np.maximum(claim.arrived[at], 0), 0)
    ends = {s.name: int(held[walk.stop[rows] == code].sum()) for code, s in enumerate(STOPS) if code}
    unvalued = int(((walk.start[rows] == 1) & (claim.held[at] < 0)).sum())
    fees = int(claim.fee.sum())
    return Totals(
        policy, int(new.sum()), beyond, {n: v for n, v in ends.items() if v}, fees, int(unshared.sum()), unvalued
    )


__all__ = ["STATES", "Audit", "Totals", "audit"]

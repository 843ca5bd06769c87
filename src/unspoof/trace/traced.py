"""One trace with everything that is told of it: the walk, what each policy claims, and its audit; words are elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from unspoof.errors import BadRequest
from unspoof.trace.audit import Audit, audit
from unspoof.trace.chain import Bools, Chain, Ints
from unspoof.trace.policies import POLICIES, Claim, Frame, Policy, frame_of
from unspoof.trace.stops import Marks
from unspoof.trace.walking import Limits, Walk, follow, way_of


@dataclass(frozen=True)
class Traced:
    """One trace; rows of `walk` are its coins and transactions, numbers of `frame` the same for sharing out."""

    chain: Chain
    marks: Marks
    limits: Limits
    walk: Walk
    frame: Frame
    policies: Sequence[Policy]
    claims: Mapping[str, Claim]
    audits: Mapping[str, Audit]

    def held(self, policy: str) -> Ints:
        """Return what a policy claims of each coin of the walk, by its rows; UNKNOWN where it claims nothing."""
        return self.claims[policy].held[np.searchsorted(self.frame.coin, self.walk.coin)]

    @property
    def frame_row(self) -> Ints:
        """Row in the frame of each transaction of the walk, by its rows."""
        order = np.argsort(self.frame.tx, kind="stable")
        return order[np.searchsorted(self.frame.tx, self.walk.tx, sorter=order)]

    @property
    def mixes(self) -> Bools:
        """Say of each transaction of the walk whether a policy has to choose there, by its rows.

        Onward it has where a coin goes in that was not followed here; back where there is more than one input.
        """
        frame = self.frame
        owner = np.repeat(np.arange(len(frame.tx)), np.diff(frame.first_source))
        followed = np.bincount(owner, weights=frame.passes[frame.source], minlength=len(frame.tx))
        inputs = np.diff(self.chain.first_in)[frame.tx]
        alone = (followed == inputs) if self.walk.forward else (inputs == 1)
        chooses: Bools = ~(alone & frame.sound)[self.frame_row]
        return chooses


def policies_named(names: Sequence[str]) -> tuple[Policy, ...]:
    """Return policies by name, in any case of letters; all of them if none is named.

    Raises:
        BadRequest: there is no policy of that name.

    """
    known = {policy.name.lower(): policy for policy in POLICIES}
    for name in names:
        if name.lower() not in known:
            hint = f"Known: {', '.join(policy.name for policy in POLICIES)}."
            raise BadRequest(f"{name[:40]!r} is no policy", where="--policy", hint=hint)
    wanted = {name.lower() for name in names} or set(known)
    return tuple(policy for name, policy in known.items() if name in wanted)


def trace_coins(
    chain: Chain,
    marks: Marks,
    coins: Ints,
    *,
    forward: bool,
    limits: Limits,
    policies: Sequence[Policy] = POLICIES,
) -> Traced:
    """Follow coins and share their amounts out by each policy by itself.

    Args:
        chain: the coins of the case.
        marks: what the case has concluded of holders and transactions.
        coins: where to start.
        forward: where they went; else where they came from.
        limits: how far.
        policies: whichever are wanted.

    Raises:
        FoundWrong: a sum does not balance to the satoshi; nothing of the trace may then be used.

    """
    walk = follow(way_of(chain, marks, forward=forward, limits=limits), coins)
    frame = frame_of(chain, walk)
    claims = {policy.name: policy.claim(frame) for policy in policies}
    audits = {policy.name: audit(chain, walk, frame, policy, claims[policy.name]) for policy in policies}
    return Traced(chain, marks, limits, walk, frame, policies, claims, audits)


__all__ = ["Traced", "policies_named", "trace_coins"]

"""Poison: a coin touched by a traced one is taken whole; its sums grow, which is the policy's own nature."""

from __future__ import annotations

from unspoof.parse.compiled import jit
from unspoof.trace.chain import Bools, Ints
from unspoof.trace.policies.frame import Claim, Frame, blank
from unspoof.trace.policies.policy import Policy


@jit
def _share(
    first_source: Ints,
    source: Ints,
    first_target: Ints,
    target: Ints,
    value: Ints,
    passes: Bools,
    starts: Bools,
    fee: Ints,
    sound: Bools,
    arrived: Ints,
    held: Ints,
    fee_part: Ints,
    state: Ints,
) -> None:
    for tx in range(len(fee)):
        known, touched = sound[tx], False
        for at in range(first_source[tx], first_source[tx + 1]):
            coin = source[at]
            if passes[coin]:
                known = known and held[coin] >= 0
                touched = touched or held[coin] > 0
        if not known:
            state[tx] = 1
        elif touched:
            fee_part[tx] = fee[tx]
        for at in range(first_target[tx], first_target[tx + 1]):
            coin = target[at]
            arrived[coin] = -1 if not known else value[coin] if touched else 0
            held[coin] = value[coin] if starts[coin] else arrived[coin]


def _claim(frame: Frame) -> Claim:
    made = blank(frame)
    _share(
        frame.first_source,
        frame.source,
        frame.first_target,
        frame.target,
        frame.value,
        frame.passes,
        frame.starts,
        frame.fee,
        frame.sound,
        made.arrived,
        made.held,
        made.fee,
        made.state,
    )
    return made


POISON = Policy(
    name="poison",
    meaning="every output of a transaction that spends a traced coin is claimed whole",
    source="an upper bound: whatever could be the start's; it claims more than went in, and nobody proposes it for shares",
    claim=_claim,
    conserves=False,
)

__all__ = ["POISON"]

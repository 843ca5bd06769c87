"""Haircut: what is traced is shared out in proportion to value, in whole satoshi that add up; it knows no order."""

from __future__ import annotations

import numpy as np

from unspoof.parse.compiled import jit
from unspoof.trace.chain import Bools, Ints
from unspoof.trace.policies.frame import Claim, Frame, blank
from unspoof.trace.policies.policy import Policy


@jit
def part_of(value: int, amount: int, total: int) -> tuple[int, int]:
    """Return quotient and remainder of value * amount / total, whose product may not fit in 64 bits.

    Args:
        value: from 0 to 21e14 satoshi, which is below 2 to the 51st.
        amount: from 0 to `total`.
        total: from 1 to 21e14.

    """
    if value < 2_000_000_000 and amount < 2_000_000_000:
        product = value * amount
        return product // total, product % total
    quotient, rest = 0, 0
    # Long division in digits of eleven bits: rest * 2^11 and amount * 2^11 stay below 2^62.
    for place in range(4, -1, -1):
        digit = (value >> (11 * place)) & 2047
        step = rest * 2048 + amount * digit
        quotient = quotient * 2048 + step // total
        rest = step % total
    return quotient, rest


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
    total: Ints,
    sound: Bools,
    arrived: Ints,
    held: Ints,
    fee_part: Ints,
    state: Ints,
) -> None:
    for tx in range(len(fee)):
        known, amount = sound[tx], 0
        for at in range(first_source[tx], first_source[tx + 1]):
            coin = source[at]
            if passes[coin]:
                known = known and held[coin] >= 0
                amount += held[coin]
        low, high = first_target[tx], first_target[tx + 1]
        if not known:
            state[tx] = 1
            for at in range(low, high):
                coin = target[at]
                arrived[coin] = -1
                held[coin] = value[coin] if starts[coin] else -1
            continue
        if amount == 0:
            for at in range(low, high):
                coin = target[at]
                arrived[coin] = 0
                held[coin] = value[coin] if starts[coin] else 0
            continue
        left = amount
        rests = np.zeros(high - low + 1, np.int64)
        for at in range(low, high):
            arrived[target[at]], rests[at - low] = part_of(value[target[at]], amount, total[tx])
            left -= arrived[target[at]]
        fee_part[tx], rests[high - low] = part_of(fee[tx], amount, total[tx])
        left -= fee_part[tx]
        if left > 0:
            # One satoshi more to each of the largest remainders; of equal ones to the first, to the fee last.
            order = np.argsort(-rests, kind="mergesort")
            for place in range(left):
                if order[place] == high - low:
                    fee_part[tx] += 1
                else:
                    arrived[target[low + order[place]]] += 1
        for at in range(low, high):
            coin = target[at]
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
        frame.total,
        frame.sound,
        made.arrived,
        made.held,
        made.fee,
        made.state,
    )
    return made


HAIRCUT = Policy(
    name="haircut",
    meaning="outputs and fee share what is traced in proportion to their values, rounded to whole satoshi by largest remainder",
    source="pro rata; usual in tools and studies (Anderson, Shumailov, Ahmed 2018 describe it and argue against it)",
    claim=_claim,
    conserves=True,
)

__all__ = ["HAIRCUT", "part_of"]

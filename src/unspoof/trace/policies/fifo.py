"""FIFO: satoshi leave a transaction in the order in which they came in, so each is followed by itself; a convention.

The inputs' satoshi, in input order, fill the outputs in output order, the fee last. Within a coin satoshi keep the order in
which they came. Source: the rule of Clayton's Case (Devaynes v Noble (1816) 35 ER 767), argued to be the English rule for
coins too by Anderson, Shumailov, Ahmed, "Making Bitcoin Legal" (Security Protocols Workshop, 2018); contested. Limit: the
order of inputs and outputs is chosen by the payer's wallet program, often by chance.
"""

from __future__ import annotations

import numpy as np

from unspoof.parse.compiled import jit
from unspoof.trace.chain import Bools, Ints
from unspoof.trace.policies.frame import Claim, Frame, blank
from unspoof.trace.policies.policy import Policy

MOST_PIECES = 20_000_000
"""Runs of traced satoshi that are kept at once; a trace that needs more is cut there, and says so."""


@jit
def _grown(runs: Ints) -> Ints:
    more = np.empty((2 * len(runs) + 16, 2), np.int64)
    more[: len(runs)] = runs
    return more


@jit
def _share(
    first_source: Ints,
    source: Ints,
    first_target: Ints,
    target: Ints,
    value: Ints,
    passes: Bools,
    starts: Bools,
    sound: Bools,
    arrived: Ints,
    held: Ints,
    fee_part: Ints,
    state: Ints,
    begins: Ints,
    ends: Ints,
    runs: Ints,
    count: int,
    most: int,
) -> None:
    """Share out; runs[begins[c] : ends[c]] are the traced runs of coin c, each where it begins in the coin and its length."""
    for tx in range(len(sound)):
        known = sound[tx]
        needed = first_target[tx + 1] - first_target[tx]
        for at in range(first_source[tx], first_source[tx + 1]):
            coin = source[at]
            if passes[coin]:
                known = known and held[coin] >= 0
                needed += ends[coin] - begins[coin]
        low, high = first_target[tx], first_target[tx + 1]
        # A run is cut at most once by each target's end, and a start takes one run of its own.
        if not known or count + needed + high - low > most:
            state[tx] = 2 if known else 1
            for at in range(low, high):
                coin = target[at]
                arrived[coin] = -1
                if not starts[coin]:
                    held[coin] = -1
            continue
        while len(runs) < count + needed + high - low:
            runs = _grown(runs)
        base, at, start_of = 0, low, 0
        reach = value[target[low]] if low < high else 0
        if low < high and not starts[target[low]]:
            begins[target[low]] = ends[target[low]] = count
        for place in range(first_source[tx], first_source[tx + 1]):
            coin = source[place]
            if passes[coin]:
                for run in range(begins[coin], ends[coin]):
                    a = base + runs[run, 0]
                    b = a + runs[run, 1]
                    while a < b:
                        while at < high and a >= reach:
                            at += 1
                            start_of = reach
                            if at < high:
                                reach = start_of + value[target[at]]
                                if not starts[target[at]]:
                                    begins[target[at]] = ends[target[at]] = count
                        if at >= high:
                            fee_part[tx] += b - a
                            break
                        into = target[at]
                        piece = min(b, reach) - a
                        arrived[into] += piece
                        if not starts[into]:
                            if ends[into] > begins[into] and runs[count - 1, 0] + runs[count - 1, 1] == a - start_of:
                                runs[count - 1, 1] += piece
                            else:
                                runs[count, 0] = a - start_of
                                runs[count, 1] = piece
                                count += 1
                                ends[into] = count
                        a += piece
            base += value[coin]
        for place in range(low, high):
            coin = target[place]
            if not starts[coin]:
                held[coin] = arrived[coin]


def fifo_claim(frame: Frame, most: int = MOST_PIECES) -> Claim:
    """Return what FIFO claims; at a transaction that would need more than `most` pieces nothing is claimed."""
    made = blank(frame)
    begun = np.flatnonzero(frame.starts & (frame.value > 0))
    begins, ends = np.zeros(len(frame.coin), np.int64), np.zeros(len(frame.coin), np.int64)
    begins[begun], ends[begun] = np.arange(len(begun)), np.arange(len(begun)) + 1
    runs = np.zeros((2 * len(frame.target) + len(begun) + 16, 2), np.int64)
    runs[: len(begun), 1] = frame.value[begun]
    _share(
        frame.first_source,
        frame.source,
        frame.first_target,
        frame.target,
        frame.value,
        frame.passes,
        frame.starts,
        frame.sound,
        made.arrived,
        made.held,
        made.fee,
        made.state,
        begins,
        ends,
        runs,
        len(begun),
        most,
    )
    return made


FIFO = Policy(
    name="FIFO",
    meaning="satoshi leave in the order in which they came: inputs in their order fill outputs in theirs, the fee last",
    source="Clayton's Case (Devaynes v Noble (1816) 35 ER 767) as Anderson, Shumailov and Ahmed (2018) argue it; contested",
    claim=fifo_claim,
    conserves=True,
)

__all__ = ["FIFO", "MOST_PIECES", "fifo_claim"]

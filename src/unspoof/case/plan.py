"""The order of the analysis: every step of every verb, each after what it reads; it runs nothing."""

from __future__ import annotations

from unspoof import act, link, rank, screen, trace
from unspoof.engine import Step

VERBS: tuple[tuple[str, tuple[Step, ...]], ...] = (
    ("link", link.FOUNDATIONS),
    ("trace", trace.STEPS),
    ("link", link.KIND_STEPS),
    ("screen", screen.STEPS),
    ("rank", rank.STEPS),
    ("act", act.STEPS),
)
"""Verbs in the order in which they run; a step may read what stands before it.

Linking comes twice: tracing needs each payment once, and accounts are linked by the wallets that tracing finds.
"""


def steps() -> tuple[Step, ...]:
    """Return every step in the order of running."""
    return tuple(step for _, verb in VERBS for step in verb)


def up_to(verb: str) -> tuple[Step, ...]:
    """Return the steps of a verb and of those before it; KeyError if there is no such verb."""
    ends = {name: place + 1 for place, (name, _) in enumerate(VERBS)}
    return tuple(step for _, steps in VERBS[: ends[verb]] for step in steps)


def kept_under(name: str) -> frozenset[str]:
    """Return the kept steps over which a step that is not kept is a view; none if there is no such view."""
    by_name = {step.name: step for step in steps()}
    if name not in by_name or by_name[name].kept:
        return frozenset()
    below = {read for read in by_name[name].reads if read in by_name}
    return frozenset().union(*({read} if by_name[read].kept else kept_under(read) for read in below))


__all__ = ["VERBS", "kept_under", "steps", "up_to"]

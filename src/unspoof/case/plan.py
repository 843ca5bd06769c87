"""The order of the analysis: every step of every verb, each after what it reads; it runs nothing."""

from __future__ import annotations

from unspoof import act, link, rank, screen
from unspoof.engine import Step

VERBS: tuple[tuple[str, tuple[Step, ...]], ...] = (
    ("link", link.STEPS),
    ("screen", screen.STEPS),
    ("rank", rank.STEPS),
    ("act", act.STEPS),
)
"""Verbs in the order in which they run; a step may read what its own verb and earlier verbs give."""


def steps() -> tuple[Step, ...]:
    """Return every step in the order of running."""
    return tuple(step for _, verb in VERBS for step in verb)


def up_to(verb: str) -> tuple[Step, ...]:
    """Return the steps of a verb and of those before it; KeyError if there is no such verb."""
    names = [name for name, _ in VERBS]
    if verb not in names:
        raise KeyError(verb)
    return tuple(step for _, steps in VERBS[: names.index(verb) + 1] for step in steps)


__all__ = ["VERBS", "steps", "up_to"]

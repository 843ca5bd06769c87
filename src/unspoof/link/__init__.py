"""One file per kind of link; each link has a score and its reasons.

A kind is a line in LINKS: its steps, and the finding that holds one row per link. docs/links.md is the method.
"""

from __future__ import annotations

from dataclasses import dataclass

from unspoof.engine import Step
from unspoof.link import account_account, call_legs, crews, duplicates, presented_brands, report_call, report_events


@dataclass(frozen=True)
class LinkKind:
    """One kind of link: what it ties, and the steps that find it."""

    name: str
    """As on the command line: left and right, joined by a dash."""
    meaning: str
    finding: str
    """The table of findings that holds the links."""
    left: str
    """Its column with the left thing's id."""
    right: str
    """Its column with the right thing's id."""
    steps: tuple[Step, ...]
    """In an order in which each finds what it reads."""


LINKS: tuple[LinkKind, ...] = (
    LinkKind(
        "report-call",
        "the call that a victim's report tells of",
        "report_call_links",
        "report_id",
        "call_id",
        (*report_call.STEPS, *report_events.STEPS),
    ),
    LinkKind(
        "account-account",
        "accounts of one person or one crew",
        "account_links",
        "left_account_id",
        "right_account_id",
        (*account_account.STEPS, *crews.STEPS),
    ),
    LinkKind(
        "call-legs",
        "the legs of one call on both sides of a switch",
        "call_legs",
        "left_call_id",
        "right_call_id",
        call_legs.STEPS,
    ),
)

FOUNDATIONS: tuple[Step, ...] = (*duplicates.STEPS, *presented_brands.STEPS)
"""What every link and ranking stands on, in an order in which each step finds what it reads."""

KIND_STEPS: tuple[Step, ...] = tuple(step for kind in LINKS for step in kind.steps)
"""The steps of every kind of link, in an order in which each finds what it reads after FOUNDATIONS."""

STEPS: tuple[Step, ...] = (*FOUNDATIONS, *KIND_STEPS)
"""All steps of this verb, in an order in which each finds what it reads."""

__all__ = ["FOUNDATIONS", "KIND_STEPS", "LINKS", "STEPS", "LinkKind"]

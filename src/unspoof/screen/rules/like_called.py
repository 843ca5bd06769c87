"""The presented number is the number called, or its neighbour."""

from __future__ import annotations

from unspoof.model.screening import Shown
from unspoof.screen.limits import Limits
from unspoof.screen.rule import Rule

_BLOCK = 10_000
"""Numbers that agree in all but their last four digits are neighbours."""


def _level(shown: Shown, _: Limits) -> str:
    called, presented = shown.called_e164, shown.facts.e164
    if called is None or presented is None:
        return ""
    if called == presented:
        return "doubtful"
    return "notice" if called // _BLOCK == presented // _BLOCK else ""


def _reason(shown: Shown, _: Limits) -> str:
    if shown.called_e164 == shown.facts.e164:
        return "The number shown is the very number that was called."
    return "The number shown agrees with the number called in all but the last four digits."


RULE = Rule(
    name="like-called",
    meaning="The number shown is the number called (doubtful), or agrees with it in all but the last four digits (notice).",
    says_not="That it is false: neighbours call each other, and a voicemail service may show one's own number.",
    live=_level,
    sql="""CASE WHEN called_e164 = e164 THEN 'doubtful'
     WHEN called_e164 // 10000 = e164 // 10000 THEN 'notice' ELSE '' END""",
    reason=_reason,
    facts=lambda _: "the two numbers in the record of the call",
)

__all__ = ["RULE"]

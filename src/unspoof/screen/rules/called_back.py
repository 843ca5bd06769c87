"""A call to the number that an earlier, doubtful call had shown to the caller: it reaches whoever holds that number."""

from __future__ import annotations

from unspoof.model.screening import Shown
from unspoof.screen.limits import Limits
from unspoof.screen.rule import Rule


def _level(shown: Shown, _: Limits) -> str:
    return "notice" if shown.callback else ""


def _reason(_: Shown, __: Limits) -> str:
    return (
        "The caller rings a number that an earlier call had shown to it while findings speak against that showing: who"
        " answers may be the holder of a number that another had used."
    )


RULE = Rule(
    name="called-back",
    meaning="The caller rings back a number that a doubtful or false call had shown to it.",
    says_not="Anything against this call's own number: its caller is likely a person who was rung before.",
    live=_level,
    sql="CASE WHEN callback THEN 'notice' ELSE '' END",
    reason=_reason,
    facts=lambda _: "findings on the earlier call",
)

__all__ = ["RULE"]

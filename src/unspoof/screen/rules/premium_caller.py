"""UK premium-rate numbers (09) as a caller's number."""

from __future__ import annotations

from datetime import date

from unspoof.model.screening import Shown
from unspoof.screen.laws import OFCOM_VALID_CLI
from unspoof.screen.limits import Limits
from unspoof.screen.rule import Rule


def _level(shown: Shown, _: Limits) -> str:
    facts = shown.facts
    return "doubtful" if facts.country == "GB" and "premium" in (facts.range_use, facts.kind) else ""


def _reason(_: Shown, __: Limits) -> str:
    return "The number is premium-rate (09), which may not be shown as a caller's: ringing back would cost the person called."


RULE = Rule(
    name="premium-caller",
    meaning="A UK premium-rate number is shown, which the rules forbid.",
    says_not="That the number is not the caller's: its holder may break the rule himself.",
    live=_level,
    sql="CASE WHEN country = 'GB' AND (range_use = 'premium' OR kind = 'premium') THEN 'doubtful' ELSE '' END",
    reason=_reason,
    facts=lambda shown: shown.facts.range_source,
    laws=(OFCOM_VALID_CLI,),
    valid_from=date(2023, 5, 15),
    countries=("GB",),
)

__all__ = ["RULE"]

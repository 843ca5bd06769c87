"""Ranges from which calls are rarely made: personal numbers, pagers, voicemail, premium rate."""

from __future__ import annotations

from unspoof.model.screening import Shown
from unspoof.screen.limits import Limits
from unspoof.screen.rule import Rule

_RARE = ("pager", "personal", "voicemail")
_WORDS = {
    "pager": "a pager, which makes no calls",
    "personal": "a personal number, which follows its holder and is dear to ring back",
    "voicemail": "a voicemail box, which makes no calls",
    "premium": "a premium-rate number, which is dear to ring back",
}


def _level(shown: Shown, _: Limits) -> str:
    use, kind = shown.facts.range_use, shown.facts.kind
    if use in _RARE or kind in _RARE:
        return "doubtful"
    return "notice" if "premium" in (use, kind) else ""


def _reason(shown: Shown, _: Limits) -> str:
    use, kind = shown.facts.range_use, shown.facts.kind
    found = next((name for name in (use, kind) if name in _RARE), "premium")
    return f"The number is of a range for {_WORDS[found or 'premium']}."


RULE = Rule(
    name="unusual-range",
    meaning="The number is of a range from which calls are rarely made.",
    says_not="That the number is not the caller's: holders of such numbers may show them.",
    live=_level,
    sql="""CASE WHEN range_use IN ('pager', 'personal', 'voicemail') OR kind IN ('pager', 'personal', 'voicemail')
     THEN 'doubtful' WHEN range_use = 'premium' OR kind = 'premium' THEN 'notice' ELSE '' END""",
    reason=_reason,
    facts=lambda shown: shown.facts.range_source or "numbering plan that comes with unspoof",
)

__all__ = ["RULE"]

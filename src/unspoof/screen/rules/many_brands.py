"""One source that shows the numbers of many brands on one day."""

from __future__ import annotations

from unspoof.model.screening import Shown
from unspoof.screen.limits import Limits
from unspoof.screen.rule import Rule


def _level(shown: Shown, limits: Limits) -> str:
    many = shown.facts.brand is not None and shown.source_brands >= limits.source_brands_many
    return "doubtful" if many else ""


def _reason(_: Shown, limits: Limits) -> str:
    return (
        f"The source of the call has shown numbers of at least {limits.source_brands_many} brands on the same day (UTC),"
        " up to this call."
    )


RULE = Rule(
    name="many-brands",
    meaning="A brand's number is shown by a source that has shown numbers of several brands on that day already.",
    says_not="That the source is a spoofer: a call centre may lawfully work for several brands.",
    live=_level,
    sql="CASE WHEN brand IS NOT NULL AND source_brands >= source_brands_many THEN 'doubtful' ELSE '' END",
    reason=_reason,
    facts=lambda shown: shown.facts.brand_source,
)

__all__ = ["RULE"]

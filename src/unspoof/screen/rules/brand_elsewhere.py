"""A brand's number from a source that is not known to be the brand's."""

from __future__ import annotations

from unspoof.model.screening import Shown
from unspoof.screen.limits import Limits
from unspoof.screen.rule import Rule


def _level(shown: Shown, _: Limits) -> str:
    brand = shown.facts.brand
    if brand is None or shown.source_brand == brand:
        return ""
    return "doubtful" if shown.brand_sourced and shown.source is not None else "notice"


def _reason(shown: Shown, limits: Limits) -> str:
    said = f"{shown.facts.brand} publishes the number as its own, and the call came"
    if _level(shown, limits) == "doubtful":
        return f"{said} from a source that is not among those known to be its."
    return f"{said} from a source of which it is not known whose it is."


RULE = Rule(
    name="brand-elsewhere",
    meaning="A brand's number is shown by a source that is not the brand's; doubtful where the brand's sources are known.",
    says_not="That the brand did not call: it may call through a provider that the setting brand_sources does not name.",
    live=_level,
    sql="""CASE WHEN brand IS NULL OR source_brand IS NOT DISTINCT FROM brand THEN ''
     WHEN brand_sourced AND source IS NOT NULL THEN 'doubtful' ELSE 'notice' END""",
    reason=_reason,
    facts=lambda shown: shown.facts.brand_source,
)

__all__ = ["RULE"]

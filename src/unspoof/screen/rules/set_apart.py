"""Numbers kept for fiction or kept free by the regulator: they are nobody's."""

from __future__ import annotations

from unspoof.model.screening import Shown
from unspoof.screen.laws import OFCOM_VALID_CLI, US_DNO
from unspoof.screen.limits import Limits
from unspoof.screen.rule import Rule

_USES = ("drama", "protected")


def _level(shown: Shown, _: Limits) -> str:
    return "false" if shown.facts.range_use in _USES else ""


def _reason(shown: Shown, _: Limits) -> str:
    if shown.facts.range_use == "drama":
        return "The number is of a range that is set apart for fiction and given to nobody."
    return "The number is of a range that the regulator keeps free and gives to nobody."


RULE = Rule(
    name="set-apart",
    meaning="The number is of a range for drama, or protected: it was given to nobody.",
    says_not="Who called. Made-up records and test calls show such numbers too.",
    live=_level,
    sql="CASE WHEN range_use IN ('drama', 'protected') THEN 'false' ELSE '' END",
    reason=_reason,
    facts=lambda shown: shown.facts.range_source,
    laws=(OFCOM_VALID_CLI, US_DNO),
)

__all__ = ["RULE"]

"""Numbers whose owner states that they never call out (159)."""

from __future__ import annotations

from unspoof.model.screening import Shown
from unspoof.screen.laws import OFCOM_VALID_CLI, US_DNO
from unspoof.screen.limits import Limits
from unspoof.screen.rule import Rule


def _level(shown: Shown, _: Limits) -> str:
    return "false" if shown.facts.range_use == "never-calls" else ""


def _reason(_: Shown, __: Limits) -> str:
    return "Those who run the number state that it never makes calls."


RULE = Rule(
    name="never-calls",
    meaning="The number makes no calls, as those who run it say in public.",
    says_not="That the call was fraud: it says that the number shown was not the caller's.",
    live=_level,
    sql="CASE WHEN range_use = 'never-calls' THEN 'false' ELSE '' END",
    reason=_reason,
    facts=lambda shown: shown.facts.range_source,
    laws=(OFCOM_VALID_CLI, US_DNO),
)

__all__ = ["RULE"]

"""Numbers of a range that was taken out of use (0500)."""

from __future__ import annotations

from unspoof.model.screening import Shown
from unspoof.screen.laws import OFCOM_VALID_CLI, US_DNO
from unspoof.screen.limits import Limits
from unspoof.screen.rule import Rule


def _level(shown: Shown, _: Limits) -> str:
    return "false" if shown.facts.range_use == "closed" else ""


def _reason(_: Shown, __: Limits) -> str:
    return "The number is of a range that was closed before the call: nobody can be reached on it."


RULE = Rule(
    name="closed-range",
    meaning="The number is of a range that was closed at the time of the call.",
    says_not="Who called. A firm's old switchboard may still send the number that it once had.",
    live=_level,
    sql="CASE WHEN range_use = 'closed' THEN 'false' ELSE '' END",
    reason=_reason,
    facts=lambda shown: shown.facts.range_source,
    laws=(OFCOM_VALID_CLI, US_DNO),
)

__all__ = ["RULE"]

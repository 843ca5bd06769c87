"""Numbers that are dialled or used for routing and are never a caller's: 089x, 999."""

from __future__ import annotations

from unspoof.model.screening import Shown
from unspoof.screen.laws import OFCOM_VALID_CLI, US_DNO
from unspoof.screen.limits import Limits
from unspoof.screen.rule import Rule


def _level(shown: Shown, _: Limits) -> str:
    return "false" if shown.facts.range_use == "inbound-only" else ""


def _reason(_: Shown, __: Limits) -> str:
    return "The number is dialled or used inside networks, and is never the number of a caller."


RULE = Rule(
    name="inbound-only",
    meaning="The number serves routing or is only dialled; no call starts from it.",
    says_not="That the range is free: such ranges carry a provider in the numbering table and look allocated.",
    live=_level,
    sql="CASE WHEN range_use = 'inbound-only' THEN 'false' ELSE '' END",
    reason=_reason,
    facts=lambda shown: shown.facts.range_source,
    laws=(OFCOM_VALID_CLI, US_DNO),
)

__all__ = ["RULE"]

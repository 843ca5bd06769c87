"""Numbers that a do-not-originate list has at the time of the call."""

from __future__ import annotations

from unspoof.model.screening import Shown
from unspoof.screen.laws import OFCOM_VALID_CLI, US_DNO
from unspoof.screen.limits import Limits
from unspoof.screen.rule import Rule


def _level(shown: Shown, _: Limits) -> str:
    return "false" if shown.facts.dno_owner is not None else ""


def _reason(shown: Shown, _: Limits) -> str:
    return f"{shown.facts.dno_owner} has it on a do-not-originate list that this number makes no calls."


RULE = Rule(
    name="do-not-originate",
    meaning="The number's owner had it listed, at the time of the call, as one that makes no calls.",
    says_not="More than the list: a wrong entry gives a wrong finding. The entry's source is named.",
    live=_level,
    sql="CASE WHEN dno_owner IS NOT NULL THEN 'false' ELSE '' END",
    reason=_reason,
    facts=lambda shown: shown.facts.dno_source,
    laws=(OFCOM_VALID_CLI, US_DNO),
)

__all__ = ["RULE"]

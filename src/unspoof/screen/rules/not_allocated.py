"""Numbers that the regulator's table gives to no provider, or that the numbering plan does not know."""

from __future__ import annotations

from datetime import timedelta

from unspoof.model.screening import Shown
from unspoof.screen.laws import OFCOM_VALID_CLI, US_DNO
from unspoof.screen.limits import Limits
from unspoof.screen.rule import Rule, day_of

_ELSEWHERE = ("drama", "protected", "closed", "never-calls", "inbound-only")
"""Uses of a range that other rules speak of, and that say more than 'free'."""
_DAY_US = 86_400_000_000
_MICROSECOND = timedelta(microseconds=1)


def _near(shown: Shown, limits: Limits) -> bool:
    """Say whether the call lies near enough to the day that the table describes."""
    if shown.at is None or shown.facts.block_date is None:
        return False
    after = (shown.at - shown.facts.block_date) // _MICROSECOND
    return -limits.unallocated_before_days * _DAY_US <= after <= limits.unallocated_after_days * _DAY_US


def _level(shown: Shown, limits: Limits) -> str:
    facts = shown.facts
    if facts.range_use in _ELSEWHERE or facts.allocated:
        return ""
    if facts.allocated is None:
        return "doubtful" if facts.kind == "unassigned" else ""
    return "false" if _near(shown, limits) else "doubtful"


def _reason(shown: Shown, limits: Limits) -> str:
    if shown.facts.allocated is None:
        return "The numbering plan has no such number; no regulator's table of its country is loaded."
    said = f"The regulator's table of {day_of(shown.facts.block_date)} gives the number to no provider"
    if _near(shown, limits):
        return f"{said}, and the call of {day_of(shown.at)} lies near that day."
    return f"{said}; the call of {day_of(shown.at)} lies too far from that day to say that nobody held it then."


RULE = Rule(
    name="not-allocated",
    meaning="No provider has the number, so no customer can.",
    says_not="That nobody ever held it: the table describes one day, and far from that day the finding is doubtful only.",
    live=_level,
    sql=f"""CASE WHEN range_use IN ({", ".join(repr(use) for use in _ELSEWHERE)}) THEN '' WHEN allocated THEN ''
     WHEN allocated IS NULL THEN CASE WHEN kind = 'unassigned' THEN 'doubtful' ELSE '' END
     WHEN date_diff('microsecond', block_date, call_at) >= -unallocated_before_days * {_DAY_US}
      AND date_diff('microsecond', block_date, call_at) <= unallocated_after_days * {_DAY_US} THEN 'false'
     ELSE 'doubtful' END""",
    reason=_reason,
    facts=lambda shown: shown.facts.block_source or "numbering plan that comes with unspoof",
    laws=(OFCOM_VALID_CLI, US_DNO),
)

__all__ = ["RULE"]

"""UK mobile numbers (+447) on calls from abroad without a check that the phone is roaming; off unless a setting says so.

No final decision of Ofcom on this was found, so it is no rule in force. What a check said is a fact of any time.
"""

from __future__ import annotations

from unspoof.model.screening import Shown
from unspoof.screen.limits import Limits
from unspoof.screen.rule import Rule
from unspoof.screen.uk_numbers import is_uk_mobile, uk_mobile_sql


def _demanded(shown: Shown, limits: Limits) -> bool:
    """Say whether the setting demands a check at the call's time."""
    if shown.at is None or not limits.uk_mobile_check_from:
        return False
    return shown.at.year * 10_000 + shown.at.month * 100 + shown.at.day >= limits.uk_mobile_check_from


def _level(shown: Shown, limits: Limits) -> str:
    if not (shown.from_abroad and is_uk_mobile(shown.facts.e164)) or shown.roaming:
        return ""
    return "doubtful" if shown.roaming is False or _demanded(shown, limits) else ""


def _reason(shown: Shown, _: Limits) -> str:
    if shown.roaming is False:
        return "The call came from abroad with a UK mobile number whose home network says that the phone is not abroad."
    return "The call came from abroad with a UK mobile number, and nothing says that the phone was abroad."


RULE = Rule(
    name="uk-mobile-from-abroad",
    meaning="A call from abroad shows a UK mobile number that is not known to be roaming.",
    says_not="That a rule is broken: none is known to be in force. The setting states from which day it is applied.",
    live=_level,
    sql=f"""CASE WHEN from_abroad AND {uk_mobile_sql("e164")} AND roaming IS NOT DISTINCT FROM FALSE THEN 'doubtful'
     WHEN from_abroad AND {uk_mobile_sql("e164")} AND roaming IS NULL AND uk_mobile_check_from > 0
      AND year(call_at) * 10000 + month(call_at) * 100 + day(call_at) >= uk_mobile_check_from THEN 'doubtful' ELSE '' END""",
    reason=_reason,
    facts=lambda _: "setting uk_mobile_check_from; Ofcom consultation of 29 July 2025, no decision known",
    countries=("GB",),
)

__all__ = ["RULE"]

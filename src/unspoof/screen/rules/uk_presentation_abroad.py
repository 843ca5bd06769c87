"""UK presentation numbers on calls that enter from abroad, since 29 January 2025."""

from __future__ import annotations

from datetime import date

from unspoof.model.screening import Shown
from unspoof.screen.laws import OFCOM_PRESENTATION_ABROAD
from unspoof.screen.limits import Limits
from unspoof.screen.rule import Rule
from unspoof.screen.uk_numbers import is_uk, is_uk_mobile, uk_mobile_sql, uk_sql


def _level(shown: Shown, _: Limits) -> str:
    number = shown.facts.e164
    if not (shown.from_abroad and is_uk(number)):
        return ""
    roams = is_uk_mobile(number) and shown.asserted_e164 in (None, number)
    return "" if roams else "doubtful"


def _reason(_: Shown, __: Limits) -> str:
    return (
        "The call came from another country's network and shows a UK number; networks are to block it unless it is a UK"
        " customer's call from equipment abroad."
    )


RULE = Rule(
    name="uk-presentation-from-abroad",
    meaning="A call from abroad shows a UK number that is not just the network number of a roaming mobile.",
    says_not="That the number is false: UK customers with equipment or clouds abroad may show theirs.",
    live=_level,
    sql=f"""CASE WHEN from_abroad AND {uk_sql("e164")}
      AND NOT ({uk_mobile_sql("e164")} AND (asserted_e164 IS NULL OR asserted_e164 = e164))
     THEN 'doubtful' ELSE '' END""",
    reason=_reason,
    facts=lambda _: "where the call entered, by the case's settings or the caller of the service",
    laws=(OFCOM_PRESENTATION_ABROAD,),
    valid_from=date(2025, 1, 29),
    countries=("GB",),
)

__all__ = ["RULE"]

"""UK network numbers on calls that enter from abroad, since 15 May 2023."""

from __future__ import annotations

from datetime import date

from unspoof.model.screening import Shown
from unspoof.screen.laws import OFCOM_VALID_CLI
from unspoof.screen.limits import Limits
from unspoof.screen.rule import Rule
from unspoof.screen.uk_numbers import is_uk, is_uk_mobile, uk_mobile_sql, uk_sql


def _level(shown: Shown, _: Limits) -> str:
    number = shown.asserted_e164
    return "doubtful" if shown.from_abroad and is_uk(number) and not is_uk_mobile(number) else ""


def _reason(_: Shown, __: Limits) -> str:
    return (
        "The call came from another country's network with a UK network number that is no mobile; networks are to block"
        " it unless it is shown to have started in the UK."
    )


RULE = Rule(
    name="uk-network-from-abroad",
    meaning="A call from abroad carries a UK network number (P-Asserted-Identity) that is no mobile's.",
    says_not="That the number is false: a UK customer's equipment abroad, and calls to people roaming here, are let through.",
    live=_level,
    sql=f"""CASE WHEN from_abroad AND {uk_sql("asserted_e164")} AND NOT {uk_mobile_sql("asserted_e164")}
     THEN 'doubtful' ELSE '' END""",
    reason=_reason,
    facts=lambda _: "where the call entered, by the case's settings or the caller of the service",
    laws=(OFCOM_VALID_CLI,),
    valid_from=date(2023, 5, 15),
    countries=("GB",),
)

__all__ = ["RULE"]

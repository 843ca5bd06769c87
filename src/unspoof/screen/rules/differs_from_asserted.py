"""The presented number is not the network number: lawful for many, odd where they are of different countries."""

from __future__ import annotations

from unspoof.model.screening import Shown
from unspoof.screen.limits import Limits
from unspoof.screen.rule import Rule

_ONE_DIGIT_CODES = ("1", "7")


def _level(shown: Shown, _: Limits) -> str:
    network, presented = shown.asserted_e164, shown.facts.e164
    if network is None or presented is None or network == presented:
        return ""
    one, other = str(network), str(presented)
    same = one[:2] == other[:2] or (one[:1] == other[:1] and one[:1] in _ONE_DIGIT_CODES)
    return "notice" if same else "doubtful"


def _reason(shown: Shown, limits: Limits) -> str:
    if _level(shown, limits) == "doubtful":
        return "The network number that came with the call is of another country than the number shown."
    return "The network number that came with the call is another than the number shown."


RULE = Rule(
    name="differs-from-asserted",
    meaning="The number shown is not the network number (P-Asserted-Identity); doubtful where their countries differ.",
    says_not="That anything is wrong: call centres and firms with several lines lawfully show another number of theirs.",
    live=_level,
    # Calling codes differ for certain if their first two digits do, but for +1 and +7, which are codes of one digit.
    sql="""CASE WHEN asserted_e164 IS NULL OR e164 IS NULL OR asserted_e164 = e164 THEN ''
     WHEN left(CAST(asserted_e164 AS VARCHAR), 2) = left(CAST(e164 AS VARCHAR), 2) THEN 'notice'
     WHEN left(CAST(asserted_e164 AS VARCHAR), 1) = left(CAST(e164 AS VARCHAR), 1)
      AND left(CAST(e164 AS VARCHAR), 1) IN ('1', '7') THEN 'notice' ELSE 'doubtful' END""",
    reason=_reason,
    facts=lambda _: "the two numbers in the record of the call",
)

__all__ = ["RULE"]

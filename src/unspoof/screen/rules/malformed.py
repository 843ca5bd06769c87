"""Numbers that no phone can have: too many digits, or a length that the country's plan does not know."""

from __future__ import annotations

import re

from unspoof.model.screening import Shown
from unspoof.screen.laws import OFCOM_VALID_CLI, US_DNO
from unspoof.screen.limits import Limits
from unspoof.screen.rule import Rule

_TOO_LONG = re.compile(r"\+?[0-9]{16}[0-9]*")
_PLUS = re.compile(r" *\+")
_FIXED_LENGTHS = ("GB", "US")
"""Countries whose regulators state every length, so that another one cannot be (+1 as a whole is counted under US)."""


def _level(shown: Shown, _: Limits) -> str:
    kind = shown.facts.kind
    if kind == "international":
        return "false" if shown.facts.country in _FIXED_LENGTHS else "doubtful"
    if kind == "short":
        return "false" if _PLUS.match(shown.presented_raw or "") else ""
    if kind != "nonsense":
        return ""
    return "false" if _TOO_LONG.fullmatch(shown.presented_raw or "") else "doubtful"


def _reason(shown: Shown, _: Limits) -> str:
    if shown.facts.kind == "international":
        return f"No number of {shown.facts.country} has as many digits as the one shown."
    if shown.facts.kind == "short":
        return "A short code has no international form, and no telephone number has so few digits."
    if _TOO_LONG.fullmatch(shown.presented_raw or ""):
        return "What is shown has more than the fifteen digits that a telephone number can have."
    return "What is shown is no telephone number, no name and no mark of a withheld number."


RULE = Rule(
    name="malformed",
    meaning="What is shown is no number, or has a length that numbers of its country do not have.",
    says_not="Who called. A record that was cut off on its way looks the same.",
    live=_level,
    sql=r"""CASE WHEN kind = 'international' AND country IN ('GB', 'US') THEN 'false'
     WHEN kind = 'international' THEN 'doubtful'
     WHEN kind = 'short' AND regexp_matches(presented_raw, '^ *[+]') THEN 'false'
     WHEN kind = 'nonsense' AND regexp_matches(presented_raw, '^[+]?[0-9]{16}[0-9]*\z') THEN 'false'
     WHEN kind = 'nonsense' THEN 'doubtful' ELSE '' END""",
    reason=_reason,
    facts=lambda _: "numbering plan that comes with unspoof; ITU-T E.164 section 6.1",
    laws=(OFCOM_VALID_CLI, US_DNO),
)

__all__ = ["RULE"]

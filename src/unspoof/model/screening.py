"""The nouns of judging a presented number: what is known of it, what was found, what follows; no rule and no look-up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

LEVELS: tuple[str, ...] = ("notice", "doubtful", "false")
"""How much a finding says, weakest first.

notice: a fact worth showing that says nothing against the presented number. doubtful: a reason to ask; the number may be
the caller's. false: by the facts named, the number cannot be the caller's.
"""

VERDICTS: tuple[str, ...] = ("plausible", "doubtful", "false")
"""What follows from all findings: the strongest level; plausible where there is none but notices."""

RANGE_USES: tuple[str, ...] = (
    "drama",
    "protected",
    "inbound-only",
    "never-calls",
    "premium",
    "pager",
    "personal",
    "closed",
)
"""What a dated range of numbers is for, where that says something about showing it as a caller ID.

drama: set apart for fiction, given to nobody. protected: kept free by the regulator. inbound-only: dialled or used for
routing, and never the number of a caller (089x, 999). never-calls: its owner states that it makes no calls (159).
premium: the called party would pay more than a call's price to ring back (09). pager, personal, closed: as the plan says.
"""


LIMIT_SETTINGS: tuple[str, ...] = (
    "callback_window_s",
    "source_brands_many",
    "uk_mobile_check_from",
    "unallocated_after_days",
    "unallocated_before_days",
)
"""Settings that are whole numbers, which rules read as columns of the same names."""

LIST_SETTINGS: tuple[str, ...] = ("abroad_trunks", "brand_sources")
"""Settings that name sources."""


@dataclass(frozen=True, slots=True)
class NumberFacts:
    """What the dated tables say of one presented number on one day; None where they say nothing."""

    e164: int | None = None
    """Digits without plus; None for short codes and what is no number."""
    country: str | None = None
    """ISO 3166, by the numbering plan."""
    kind: str = "empty"
    """One of parse/number_plan.py KINDS."""
    short: int | None = None
    """The digits of a short code (159)."""
    operator: str | None = None
    """Communications provider that the block was given to."""
    allocated: bool | None = None
    """Whether the regulator's table gives the block to a provider; None where no table of that country is loaded."""
    block_date: datetime | None = None
    """The day that the numbering table describes, midnight UTC."""
    block_source: str | None = None
    """Name and version of the numbering table, as a finding states it."""
    range_use: str | None = None
    """One of RANGE_USES."""
    range_source: str | None = None
    dno_owner: str | None = None
    """Who said on a do-not-originate list that this number makes no calls."""
    dno_source: str | None = None
    brand: str | None = None
    """Who publishes this number as its own."""
    brand_source: str | None = None

    @property
    def drama(self) -> bool:
        """Say whether the number is set apart for fiction."""
        return self.range_use == "drama"


@dataclass(frozen=True, slots=True)
class Shown:
    """One number as one call showed it, with all that a rule may ask; None where nobody knows."""

    facts: NumberFacts
    at: datetime | None
    """The call's own time, UTC without zone: rules and facts of that moment apply. None where the records lost it: no
    dated rule applies then."""
    home: str | None = None
    """ISO 3166 code of the country whose network took the call up, whose law the rules of networks are."""
    presented_raw: str | None = None
    asserted_e164: int | None = None
    """Network number (P-Asserted-Identity)."""
    called_e164: int | None = None
    from_abroad: bool | None = None
    """Whether the call entered from another country's network."""
    roaming: bool | None = None
    """Whether a check of the home network said that the presented mobile number is roaming abroad."""
    source: str | None = None
    """Who presented it, by the name that the records have: account, trunk or address."""
    source_brand: str | None = None
    """The brand that this source belongs to, where a setting says so."""
    brand_sourced: bool = False
    """Whether settings name at least one source of the brand whose number is shown."""
    source_brands: int = 0
    """How many brands' numbers this source has shown on the call's UTC day, up to and with this call; counted no further
    than the case's threshold."""
    callback: bool = False
    """The caller rings a number that was shown to it, within the settings' time, by a call with a finding above notice."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule says of one shown number."""

    rule: str
    level: str
    """One of LEVELS."""
    reason: str
    """A sentence that an investigator can read out; no more personal data than the presented number itself."""
    reference: str
    """The facts relied on with their version, and the rule's legal source where it has one."""


def verdict_of(findings: tuple[Finding, ...]) -> str:
    """Return the verdict that follows from findings."""
    strongest = max((LEVELS.index(finding.level) for finding in findings), default=0)
    return VERDICTS[strongest]


__all__ = [
    "LEVELS",
    "LIMIT_SETTINGS",
    "LIST_SETTINGS",
    "RANGE_USES",
    "VERDICTS",
    "Finding",
    "NumberFacts",
    "Shown",
    "verdict_of",
]

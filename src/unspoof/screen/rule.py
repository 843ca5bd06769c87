"""What a rule is: a name, its law with dates, a live form and a batch form that say the same; no rule is written here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache

from unspoof.model.screening import Finding, Shown
from unspoof.screen.limits import LIMIT_SETTINGS, Limits

SHOWN_COLUMNS: tuple[str, ...] = (
    "call_id",
    "call_at",
    "home",
    "presented_raw",
    "e164",
    "country",
    "kind",
    "short",
    "allocated",
    "block_date",
    "range_use",
    "dno_owner",
    "brand",
    "asserted_e164",
    "called_e164",
    "from_abroad",
    "roaming",
    "source",
    "source_brand",
    "brand_sourced",
    "source_brands",
    "callback",
    *LIMIT_SETTINGS,
)
"""What a batch form may ask: columns of the view `shown_calls`, named as the fields of Shown, NumberFacts and Limits;
`call_at` is Shown's `at`, which SQL reads as a word of its own."""

FACTS_NO_LAW = "facts, no law"


@dataclass(frozen=True)
class Law:
    """One legal text that a finding may rest on."""

    country: str
    """ISO 3166 code of the country whose networks it binds."""
    document: str
    section: str
    valid_from: date
    valid_to: date | None = None
    """First day on which it no longer holds; None while it does."""

    def holds(self, shown: Shown) -> bool:
        """Say whether it bound the network that took the call up, at the call's own time."""
        return shown.home == self.country and _within(shown.at, self.valid_from, self.valid_to)

    def __str__(self) -> str:
        until = f" to {self.valid_to.isoformat()}" if self.valid_to else ""
        return f"{self.document}, {self.section}, in force from {self.valid_from.isoformat()}{until}"


@lru_cache(maxsize=256)
def midnight(day: date) -> datetime:
    """Return the moment at which a day of the rules begins: midnight UTC."""
    return datetime.combine(day, time())


def _within(at: datetime | None, valid_from: date | None, valid_to: date | None) -> bool:
    if valid_from is None and valid_to is None:
        return True
    if at is None:
        return False
    return (valid_from is None or at >= midnight(valid_from)) and (valid_to is None or at < midnight(valid_to))


@dataclass(frozen=True)
class Rule:
    """One question asked of every shown number.

    `live` and `sql` hold the question itself; dates and countries are kept here for both, so that no rule can forget
    them. Both give a level of model/screening.py LEVELS, or an empty text where the rule has nothing to say.
    """

    name: str
    meaning: str
    """What it finds, in a sentence for people."""
    says_not: str
    """What a finding of it does not say."""
    live: Callable[[Shown, Limits], str]
    sql: str
    """A portable expression over SHOWN_COLUMNS; never NULL."""
    reason: Callable[[Shown, Limits], str]
    """A sentence on a shown number that the rule fired on."""
    facts: Callable[[Shown], str | None] = lambda _: None
    """Source of the facts that it fired on, with their version."""
    laws: tuple[Law, ...] = ()
    valid_from: date | None = None
    """First day on which the rule is applied, by the call's own time; None where it rests on facts of every time."""
    valid_to: date | None = None
    countries: tuple[str, ...] = ()
    """Networks to which it is applied, by `home`; empty for all."""

    def level(self, shown: Shown, limits: Limits) -> str:
        """Return the live form's level, or an empty text: outside its dates and countries too."""
        if self.countries and shown.home not in self.countries:
            return ""
        # Most rules hold at all times, and each is asked of every call that rings.
        if (self.valid_from or self.valid_to) and not _within(shown.at, self.valid_from, self.valid_to):
            return ""
        return self.live(shown, limits)

    def batch(self) -> str:
        """Return the batch form: a SQL expression over SHOWN_COLUMNS that gives the level or an empty text."""
        parts = []
        if self.countries:
            parts.append(f"home IN ({', '.join(repr(country) for country in self.countries)})")
        if self.valid_from:
            parts.append(f"call_at >= TIMESTAMP '{midnight(self.valid_from)}'")
        if self.valid_to:
            parts.append(f"call_at < TIMESTAMP '{midnight(self.valid_to)}'")
        return f"CASE WHEN {' AND '.join(parts)} THEN {self.sql} ELSE '' END" if parts else self.sql

    def reference(self, shown: Shown) -> str:
        """Return the facts relied on with their version, and the laws that held at the call's own time."""
        law = "; ".join(str(law) for law in self.laws if law.holds(shown)) or FACTS_NO_LAW
        facts = self.facts(shown)
        return f"{facts}; {law}" if facts else law

    def find(self, shown: Shown, limits: Limits, level: str) -> Finding:
        """Return the finding on a shown number on which the rule fired at this level."""
        return Finding(self.name, level, self.reason(shown, limits), self.reference(shown))


def day_of(at: datetime | None) -> str:
    """Return a moment's day as sentences name it."""
    return at.date().isoformat() if at is not None else "an unknown day"


__all__ = ["FACTS_NO_LAW", "SHOWN_COLUMNS", "Law", "Rule", "day_of", "midnight"]

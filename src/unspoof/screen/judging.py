"""Judge one presented number at a time, while a call rings or at a prompt; whole cases are judged by screen/steps.py.

Both give the same findings: they ask the same rules of the same facts, and a test holds them together.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from unspoof.model.screening import Finding, NumberFacts, Shown, verdict_of
from unspoof.screen.limits import Limits
from unspoof.screen.memory import Memory
from unspoof.screen.rules import RULES


class Book(Protocol):
    """Where facts of numbers come from, such as reference.NumberBook."""

    def facts(self, text: str, at: datetime) -> NumberFacts:
        """Return what is known of a presented text at a moment."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One shown number with what was found."""

    shown: Shown
    findings: tuple[Finding, ...]

    @property
    def verdict(self) -> str:
        """One of model/screening.py VERDICTS."""
        return verdict_of(self.findings)

    def as_row(self) -> dict[str, Any]:
        """Return it as `unspoof screen --json` prints it."""
        facts = self.shown.facts
        return {
            "presented": self.shown.presented_raw,
            "e164": facts.e164,
            "country": facts.country,
            "kind": facts.kind,
            "operator": facts.operator,
            "allocated": facts.allocated,
            "drama": facts.drama,
            "verdict": self.verdict,
            "findings": [
                {"rule": f.rule, "level": f.level, "reason": f.reason, "reference": f.reference} for f in self.findings
            ],
        }


class Judge:
    """Facts and settings, ready to judge.

    Args:
        book: where facts come from.
        limits: settings; the defaults of docs/settings.md where none are given.
        home: ISO 3166 code of the country whose network takes the calls up; its rules of networks apply.
        memory: what is remembered between calls, for `follow`; None for judging each number by itself.

    """

    def __init__(
        self, book: Book, limits: Limits | None = None, *, home: str = "GB", memory: Memory | None = None
    ) -> None:
        self.book = book
        self.limits = limits or Limits()
        self.home = home
        self.memory = memory
        self._sourced = frozenset(self.limits.brand_sources.values())

    def shown(
        self,
        presented: str,
        *,
        at: datetime,
        asserted: str | int | None = None,
        called: str | int | None = None,
        from_abroad: bool | None = None,
        roaming: bool | None = None,
        source: str | None = None,
        trunk: str | None = None,
        address: str | None = None,
    ) -> Shown:
        """Return a presented number with the facts of its moment.

        Args:
            presented: the text exactly as it was presented.
            at: the call's own time, UTC without zone.
            asserted: the network number: a text, or E.164 digits as an integer.
            called: the number called, likewise.
            from_abroad: whether the call entered from another country's network; None takes it from the settings.
            roaming: what a check with the home network said, if there was one.
            source: the account that presented it, by the records' name.
            trunk: the trunk that it came by.
            address: the address that it came from.

        Raises:
            TypeError: `at` has a zone.

        """
        if at.tzinfo is not None:
            raise TypeError("the time of a call is UTC without zone")
        facts = self.book.facts(presented, at)
        limits, sources = self.limits, (source, trunk, address)
        if from_abroad is None and (trunk or address) and limits.abroad_trunks:
            from_abroad = trunk in limits.abroad_trunks or address in limits.abroad_trunks
        return Shown(
            facts=facts,
            at=at,
            home=self.home,
            presented_raw=presented,
            asserted_e164=self._number(asserted, at),
            called_e164=self._number(called, at),
            from_abroad=from_abroad,
            roaming=roaming,
            source=source or trunk or address or None,
            source_brand=next((limits.brand_sources[s] for s in sources if s and s in limits.brand_sources), None),
            brand_sourced=facts.brand in self._sourced,
        )

    def _number(self, given: str | int | None, at: datetime) -> int | None:
        return self.book.facts(given, at).e164 if isinstance(given, str) else given

    def judge(self, shown: Shown) -> Judged:
        """Ask every rule; nothing is remembered."""
        limits = self.limits
        found = [(rule, level) for rule in RULES if (level := rule.level(shown, limits))]
        return Judged(shown, tuple(rule.find(shown, limits, level) for rule, level in found))

    def follow(self, shown: Shown) -> Judged:
        """Judge a call as the next one in time: with what the memory holds of earlier calls, and remembering it.

        Raises:
            TypeError: this judge has no memory.

        """
        if self.memory is None:
            raise TypeError("a judge without a memory cannot follow calls")
        judged = self.judge(self.memory.recall(shown))
        self.memory.keep(judged.shown, judged.verdict)
        return judged


__all__ = ["Book", "Judge", "Judged"]

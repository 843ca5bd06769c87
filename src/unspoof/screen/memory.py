"""What live screening must remember between calls, bounded in memory; it judges nothing and reads no clock.

Fed with calls in the order of their times it gives what the batch steps give. What it forgets for want of room is
counted in `forgotten`: from then on it may say less than the batch form, never more.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from datetime import date, datetime, timedelta

from unspoof.model.screening import Shown
from unspoof.screen.limits import Limits


class Memory:
    """The brands that each source showed on a day, and the calls whose numbers may be rung back.

    Args:
        limits: the case's or service's settings.
        most: at most so many sources, and so many pairs of numbers, are held; the oldest are dropped first.

    About 300 bytes an entry: 200,000 of each kind are some 120 MB. One memory is one process's and of no use to two threads.
    """

    def __init__(self, limits: Limits, most: int = 200_000) -> None:
        self.forgotten = 0
        """Entries that were dropped before their time."""
        self._limits = limits
        self._most = most
        self._window = timedelta(seconds=limits.callback_window_s)
        self._brands: OrderedDict[tuple[date, str], set[str]] = OrderedDict()
        self._shown: OrderedDict[tuple[int, int], datetime] = OrderedDict()

    def __len__(self) -> int:
        return len(self._brands) + len(self._shown)

    def recall(self, shown: Shown) -> Shown:
        """Return the shown number with what earlier calls say of it; its own brand is counted."""
        brands, callback = self._count(shown), self._rings_back(shown)
        if not brands and not callback:
            return shown
        return replace(shown, source_brands=brands, callback=callback)

    def keep(self, shown: Shown, verdict: str) -> None:
        """Remember a judged call: a number with a finding above notice may be rung back."""
        if verdict == "plausible" or shown.at is None or shown.called_e164 is None or shown.facts.e164 is None:
            return
        self._drop_old(shown.at)
        key = (shown.called_e164, shown.facts.e164)
        self._shown[key] = shown.at
        self._shown.move_to_end(key)
        self._bound(self._shown)

    def _count(self, shown: Shown) -> int:
        """Count the source's brands of the day up to and with this call, no further than the threshold."""
        brand, source, at = shown.facts.brand, shown.source, shown.at
        if brand is None or source is None or at is None:
            return 0
        day = at.date()
        known = self._brands.get((day, source))
        if known is None:
            while self._brands and next(iter(self._brands))[0] < day:
                self._brands.popitem(last=False)
            known = self._brands[(day, source)] = set()
            self._bound(self._brands)
        if len(known) < self._limits.source_brands_many:
            known.add(brand)
        return len(known)

    def _rings_back(self, shown: Shown) -> bool:
        at, presented, called = shown.at, shown.facts.e164, shown.called_e164
        if at is None or presented is None or called is None:
            return False
        earlier = self._shown.get((presented, called))
        return earlier is not None and at - earlier <= self._window

    def _drop_old(self, at: datetime) -> None:
        while self._shown:
            key, kept = next(iter(self._shown.items()))
            if at - kept <= self._window:
                return
            del self._shown[key]

    def _bound(self, held: OrderedDict[tuple[date, str], set[str]] | OrderedDict[tuple[int, int], datetime]) -> None:
        if len(held) > self._most:
            held.popitem(last=False)
            self.forgotten += 1


__all__ = ["Memory"]

"""Results that are kept for a while, bounded; not how they are worked out."""

from __future__ import annotations

from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Kept(Generic[K, V]):
    """A mapping that holds the last `most` results put into it, and at most twice as many.

    Two generations: when the young one is full it becomes the old one, and the old one goes. Looking one up moves nothing, so
    a result is forgotten however often it is asked for, and worked out anew.
    """

    __slots__ = ("_old", "_young", "most")

    def __init__(self, most: int) -> None:
        self.most = most
        self._young: dict[K, V] = {}
        self._old: dict[K, V] = {}

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    def get(self, name: K) -> V | None:
        """Return what is kept under a name, or None."""
        found = self._young.get(name)
        return self._old.get(name) if found is None else found

    def put(self, name: K, value: V) -> None:
        """Keep a value."""
        if len(self._young) >= self.most:
            self._old, self._young = self._young, {}
        self._young[name] = value


__all__ = ["Kept"]

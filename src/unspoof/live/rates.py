"""How often each client may ask: token buckets in memory that all workers share; not who the client is."""

from __future__ import annotations

import hashlib
import ipaddress
import mmap
from functools import lru_cache
from pathlib import Path

SLOTS = 16_384
"""Clients remembered at once. Among more, those that have been quiet longest are forgotten, whose buckets are full anyway."""
_TRIES = 8


@lru_cache(maxsize=4096)
def client_key(name: str) -> int:
    """Return a number for a client: its token's name, or its address; an IPv6 client is its network of 64 bits."""
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return _hash(f"token {name}")
    if isinstance(address, ipaddress.IPv6Address):
        mapped = address.ipv4_mapped
        return _hash(str(mapped) if mapped else f"net {int(address) >> 64}")
    return _hash(str(address))


def _hash(text: str) -> int:
    # 0 marks an empty slot.
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "little") or 1


class Rates:
    """A token bucket for each client, kept as the moment at which the bucket would be full again (GCRA).

    Two workers that write one client's slot in the same microsecond can lose one request of the count, never more: a
    client gets through a little more often than the rate says, by at most one request a worker at a time.

    Args:
        path: the file that is mapped.
        rate: requests a second that a client may send for ever; 0 for no limit.
        burst: requests that it may send at once.
        fresh: make the file anew.

    """

    def __init__(self, path: Path, rate: int, burst: int, *, fresh: bool = False) -> None:
        size = SLOTS * 16
        if fresh:
            path.unlink(missing_ok=True)
            path.write_bytes(bytes(size))
            path.chmod(0o600)
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), size)
        view = memoryview(self._map)
        self._keys, self._full_at = view[: SLOTS * 8].cast("Q"), view[SLOTS * 8 :].cast("d")
        self._step = 1.0 / rate if rate else 0.0
        self._room = burst * self._step

    def wait(self, key: int, now: float, requests: int = 1) -> float:
        """Take tokens from a client's bucket.

        Args:
            key: from client_key.
            now: seconds of a clock that all workers share (time.monotonic).
            requests: how many at once.

        Returns:
            0 if they were there; else seconds until they will be, and nothing was taken.

        """
        if not self._step:
            return 0.0
        slot = self._slot(key)
        cost = requests * self._step
        full_at = max(self._full_at[slot], now) + cost
        # A request that costs more than the whole bucket takes all of it, as it could never be paid.
        late = full_at - now - max(self._room, cost)
        if late > 1e-9:
            return late
        self._keys[slot], self._full_at[slot] = key, full_at
        return 0.0

    def _slot(self, key: int) -> int:
        start = key % SLOTS
        best, quietest = start, float("inf")
        for step in range(_TRIES):
            slot = (start + step) % SLOTS
            held = self._keys[slot]
            if held == key:
                return slot
            full_at = self._full_at[slot] if held else 0.0
            if full_at < quietest:
                best, quietest = slot, full_at
        self._keys[best], self._full_at[best] = key, 0.0
        return best


__all__ = ["SLOTS", "Rates", "client_key"]

"""A trace as boxes and lines, few enough to be read: what does not fit is put together and counted; it draws nothing."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from unspoof.trace.rows import known
from unspoof.trace.statements import named, service_of
from unspoof.trace.stops import CODES, STOPS
from unspoof.trace.traced import Traced

MOST_BOXES = 200
"""A picture with more cannot be read."""

_BAND = 4
"""A service that is paid in layers further apart than this has more than one box."""

_MOST_LAYERS = 24
"""Nor can one that is longer: what lies beyond is put together."""


@dataclass(frozen=True)
class GraphBox:
    """One box: a start, a transaction, a service or a stop; or several that are put together."""

    key: str
    layer: int
    kind: str
    title: str
    detail: str
    hint: str


@dataclass
class GraphLine:
    """Coins from one box to another, by their amounts on the chain."""

    source: str
    target: str
    coins: int = 0
    value_sat: int = 0
    unvalued: int = 0
    claimed: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Graph:
    """Boxes in the order of walking, and lines."""

    boxes: tuple[GraphBox, ...]
    lines: tuple[GraphLine, ...]
    put_together: int
    """Transactions that do not stand by themselves."""


def graph_of(traced: Traced, most: int = MOST_BOXES) -> Graph:
    """Return a trace as boxes and lines from left to right, the money's own way.

    Args:
        traced: the trace.
        most: how many boxes at most; transactions that move least are put together, hop by hop.

    """
    size = np.minimum(len(traced.walk.tx), most)
    while True:
        made = _Maker(traced, int(size)).graph()
        if len(made.boxes) <= most or size == 0:
            return made
        size = size * 2 // 3 if size > 3 else 0


def _layers(traced: Traced) -> list[int]:
    """Return how many transactions lie before each on the longest way, so that every line leads to a later layer."""
    walk = traced.walk
    going = np.flatnonzero(walk.into >= 0)
    going = going[np.argsort(walk.into[going], kind="stable")]
    ends = np.cumsum(np.bincount(walk.into[going], minlength=len(walk.tx))).tolist()
    via, layer = walk.via[going].tolist(), [0] * len(walk.tx)
    for row in np.argsort(walk.tx if walk.forward else -walk.tx, kind="stable").tolist():
        before = via[ends[row - 1] if row else 0 : ends[row]]
        layer[row] = 1 + max((layer[tx] for tx in before if tx >= 0), default=0)
    return layer


class _Maker:
    def __init__(self, traced: Traced, single: int) -> None:
        self.traced, self.walk, self.chain = traced, traced.walk, traced.chain
        moved = np.zeros(len(self.walk.tx), np.int64)
        going = np.flatnonzero(self.walk.into >= 0)
        # Ranked only; a sum of values that no chain can hold may be off without harm.
        np.add.at(moved, self.walk.into[going], np.maximum(self.chain.value[self.walk.coin[going]], 0))
        order = np.lexsort([np.arange(len(moved)), -moved])
        self.alone = np.zeros(len(moved), bool)
        self.alone[order[:single]] = True
        self.layer = _layers(traced)
        self.alone &= np.array(self.layer, np.int64) <= _MOST_LAYERS
        self.few_starts = int((self.walk.start == 1).sum()) <= max(single // 4, 8)
        self.txids = self.chain.txs["txid"].take(self.walk.tx).to_pylist() if len(self.walk.tx) else []
        self.heights = self.chain.txs["height"].take(self.walk.tx).to_pylist() if len(self.walk.tx) else []
        self.boxes: dict[str, dict[str, Any]] = {}
        self.members: defaultdict[str, set[int]] = defaultdict(set)
        self.lines: dict[tuple[str, str], GraphLine] = {}

    def graph(self) -> Graph:
        holders = self.chain.holders_of(self.walk.coin).to_pylist()
        values = known(self.chain.value[self.walk.coin])
        held = {policy.name: known(self.traced.held(policy.name)) for policy in self.traced.policies}
        for row in range(len(self.walk.coin)):
            via, into = int(self.walk.via[row]), int(self.walk.into[row])
            near = self._tx(via) if via >= 0 else self._start(row, holders[row])
            far = self._tx(into) if into >= 0 else self._stop(row, near)
            source, target = (near, far) if self.walk.forward else (far, near)
            line = self.lines.setdefault((source, target), GraphLine(source, target))
            line.coins += 1
            line.value_sat += values[row] or 0
            line.unvalued += values[row] is None
            for name, amounts in held.items():
                line.claimed[name] = line.claimed.get(name, 0) + (amounts[row] or 0)
        deepest = max((box["layer"] for box in self.boxes.values()), default=0)
        boxes = tuple(self._box(key, box, deepest) for key, box in self.boxes.items())
        return Graph(boxes, self._within(), int((~self.alone).sum()))

    def _within(self) -> tuple[GraphLine, ...]:
        """Return the lines but those within one box."""
        return tuple(line for line in self.lines.values() if line.source != line.target)

    def _add(self, key: str, layer: int, **more: Any) -> str:
        held = self.boxes.setdefault(key, {"layer": layer, **more})
        held["layer"] = max(held["layer"], layer)
        return key

    def _tx(self, row: int) -> str:
        hop, layer = int(self.walk.tx_hop[row]), min(self.layer[row], _MOST_LAYERS + 1)
        if not self.alone[row]:
            self.members[f"more {layer}"].add(row)
            return self._add(f"more {layer}", layer, kind="transaction", title="", detail="put together", hint="")
        txid, height = self.txids[row], self.heights[row]
        block = f"block {height}" if height is not None else "no block known"
        return self._add(f"tx {row}", layer, kind="transaction", title=txid, detail=f"hop {hop}, {block}", hint=txid)

    def _start(self, row: int, holder: str | None) -> str:
        key = f"start {holder}" if self.few_starts else "starts"
        self.members[key].add(row)
        title = (holder or "no address") if self.few_starts else "starts"
        return self._add(key, 0, kind="start", title=title, detail="", hint=title)

    def _stop(self, row: int, near: str) -> str:
        code, layer = int(self.walk.stop[row]), self.boxes[near]["layer"] + 1
        stop = STOPS[code]
        says = stop.forward if self.walk.forward else stop.back
        if code == CODES["service"]:
            at = int(self.traced.marks.who[self.chain.holder[self.walk.coin[row]]])
            wallet = service_of(self.traced, row)
            detail = f"service, level {wallet['level']}" if wallet["service"] else "unattributed service"
            title = wallet["service"] or wallet["wallet"]
            # One box for each few layers, so that lines stay short.
            return self._add(
                f"service {at} {layer // _BAND}", layer, kind="service", title=title, detail=detail, hint=named(wallet)
            )
        key = f"stop {near} {stop.name}"
        self.members[key].add(row)
        return self._add(key, layer, kind="stop", title=stop.name, detail="", hint=says)

    def _box(self, key: str, box: dict[str, Any], deepest: int) -> GraphBox:
        layer = box["layer"] if self.walk.forward else deepest - box["layer"]
        count = len(self.members.get(key, ()))
        title, detail = box["title"], box["detail"]
        if key.startswith("more "):
            title = f"{count:,} transactions"
        elif count:
            detail = f"{count:,} coin" + ("s" if count != 1 else "")
        return GraphBox(key, layer, box["kind"], title, detail, box["hint"])


__all__ = ["MOST_BOXES", "Graph", "GraphBox", "GraphLine", "graph_of"]

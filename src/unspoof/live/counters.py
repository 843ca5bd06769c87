"""Counters that several processes keep together: one file in memory, one row a process; read and written as Prometheus text.

Each process writes its own row alone and any process may add them up, so no lock is taken while a call waits. A worker that
is replaced goes on with its predecessor's row, so a counter never falls while the service runs.
"""

from __future__ import annotations

import mmap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

BUCKETS_S = (0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
"""Upper bounds of the histograms of time, in seconds."""


@dataclass(frozen=True)
class Metric:
    """One family of numbers."""

    name: str
    kind: str
    """counter, gauge or histogram; hidden: for the processes themselves, in no text."""
    help: str
    label: str = ""
    values: tuple[str, ...] = ("",)
    """Every value that the label takes; known before the first worker starts."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of its columns in a row."""
        if self.kind != "histogram":
            return tuple(f"{self.name}/{value}" for value in self.values)
        inner = (*(f"le={bound}" for bound in BUCKETS_S), "le=+Inf", "sum")
        return tuple(f"{self.name}/{value}/{part}" for value in self.values for part in inner)


class Counters:
    """Rows of float64 in a file that is mapped into memory.

    Args:
        path: the file.
        metrics: the same, in the same order, in every process.
        rows: how many processes count.
        row: which row this process writes.
        fresh: make the file anew, with zeros.

    """

    def __init__(self, path: Path, metrics: Sequence[Metric], rows: int, row: int, *, fresh: bool = False) -> None:
        self._metrics = tuple(metrics)
        names = [column for metric in metrics for column in metric.columns]
        self._at = {name: place for place, name in enumerate(names)}
        self._rows, self._width = rows, len(names)
        size = rows * self._width * 8
        if fresh:
            path.unlink(missing_ok=True)
            path.write_bytes(bytes(size))
            path.chmod(0o600)
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), size)
        # Stores through a view of doubles are whole: no reader sees half of a number.
        self._cells = memoryview(self._map).cast("d")
        self._base = row * self._width
        self._firsts = {
            (m.name, value): self._at[f"{m.name}/{value}/le={BUCKETS_S[0]}"]
            for m in metrics
            if m.kind == "histogram"
            for value in m.values
        }

    def add(self, name: str, label: str = "", by: float = 1.0) -> None:
        """Raise a counter; a label that is not known is counted as 'other' where there is such a one."""
        place = self._at.get(f"{name}/{label}")
        if place is None:
            place = self._at[f"{name}/other"]
        self._cells[self._base + place] += by

    def put(self, name: str, value: float, label: str = "") -> None:
        """Set a gauge of this process."""
        self._cells[self._base + self._at[f"{name}/{label}"]] = value

    def observe(self, name: str, seconds: float, label: str = "") -> None:
        """Count a time in a histogram."""
        first = self._base + self._firsts[name, label]
        place = first
        for bound in BUCKETS_S:
            if seconds <= bound:
                break
            place += 1
        self._cells[place] += 1
        self._cells[first + len(BUCKETS_S) + 1] += seconds

    def of_row(self, row: int, name: str, label: str = "") -> float:
        """Return a number of one process."""
        return self._cells[row * self._width + self._at[f"{name}/{label}"]]

    def clear_row(self, row: int, name: str, label: str = "") -> None:
        """Set a number of one process to zero, after it has ended."""
        self._cells[row * self._width + self._at[f"{name}/{label}"]] = 0.0

    def total(self, name: str, label: str = "") -> float:
        """Return the sum over all processes."""
        return self._sum(self._at[f"{name}/{label}"])

    def _sum(self, place: int) -> float:
        return sum(self._cells[place :: self._width])

    def text(self) -> str:
        """Return everything, added up over the processes, in Prometheus' text format 0.0.4."""
        lines: list[str] = []
        for metric in self._metrics:
            if metric.kind == "hidden":
                continue
            lines += [f"# HELP {metric.name} {metric.help}", f"# TYPE {metric.name} {metric.kind}"]
            for value in metric.values:
                pair = f'{metric.label}="{_escaped(value)}"' if metric.label else ""
                lines += (
                    self._histogram(metric, value, pair)
                    if metric.kind == "histogram"
                    else self._one(metric, value, pair)
                )
        return "\n".join(lines) + "\n"

    def _one(self, metric: Metric, value: str, pair: str) -> list[str]:
        number = self._sum(self._at[f"{metric.name}/{value}"])
        return [f"{metric.name}{{{pair}}} {_number(number)}" if pair else f"{metric.name} {_number(number)}"]

    def _histogram(self, metric: Metric, value: str, pair: str) -> list[str]:
        first, so_far, lines = self._firsts[metric.name, value], 0.0, []
        comma = f"{pair}," if pair else ""
        for step, bound in enumerate((*(repr(b) for b in BUCKETS_S), "+Inf")):
            so_far += self._sum(first + step)
            lines.append(f'{metric.name}_bucket{{{comma}le="{bound}"}} {_number(so_far)}')
        braces = f"{{{pair}}}" if pair else ""
        total = self._sum(first + len(BUCKETS_S) + 1)
        return [*lines, f"{metric.name}_sum{braces} {total!r}", f"{metric.name}_count{braces} {_number(so_far)}"]


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


__all__ = ["BUCKETS_S", "Counters", "Metric"]

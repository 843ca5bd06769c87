"""What runs were measured to take, and what a run of another size would take by that; it measures nothing itself.

Between two measured sizes time, CPU, memory and findings are taken to lie on the straight line through both in
logarithms (a power of the calls). Beyond the largest they go on as between the two largest, but never slower than the
calls grow; memory alone is bounded by what the engine may use. Below the smallest they stay what the smallest took.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True)
class Measured:
    """One run of a made-up case from its tables to its figures, measured as a process with all that it starts."""

    engine: str
    calls: int
    cores: int
    memory_limit: str
    """What the engine was told that it may use."""
    run_s: float
    """Wall seconds."""
    cpu_s: float
    """CPU seconds of all processes."""
    peak_mib: float
    """Largest resident size of all processes together."""
    spilled_mib: float
    """Largest sum of the files that the engine had beside the case's own at one moment."""
    source: str
    """How and with what it was measured; begins with 'provisional' where a better measurement is due."""


MEASURED: tuple[Measured, ...] = (
    Measured("duckdb", 100_000, 2, "3GB", 2.3, 2.4, 249, 0, "benchmarks/main_job.py, DuckDB 2.0.0"),
    Measured("duckdb", 1_000_000, 2, "3GB", 4.3, 5.9, 337, 0, "benchmarks/engines.py, DuckDB 1.5.6"),
    Measured("duckdb", 10_000_000, 2, "3GB", 23.3, 42.3, 1_016, 0, "benchmarks/engines.py, DuckDB 1.5.6"),
    Measured("duckdb", 100_000_000, 2, "3GB", 234.3, 447.9, 3_780, 3_126, "the command timed, DuckDB 1.5.6"),
    Measured("spark", 1_000_000, 2, "4g", 95.3, 176.7, 5_088, 60, "benchmarks/engines.py, Spark 4.0.5"),
    Measured("spark", 10_000_000, 2, "4g", 214.8, 395.3, 4_495, 1_322, "benchmarks/engines.py, Spark 4.0.5"),
)
"""Every size that was measured, by engine and calls; docs/scale.md shows this table, and a test compares the two."""

WITHOUT: tuple[str, ...] = ("screening of presented numbers", "following the money")
"""What a run does today and did not when the points above were measured, so that estimates by them are too little.

Screening took 10 million calls from 23.3 to 34.2 s and from 1,016 to 1,362 MiB. Money hangs on transactions and not on calls, so
that no size of calls says what it takes.
"""

DISK_PER_TABLES = {"duckdb": 1.5, "spark": 5.0}
"""Bytes of the engine's own files at their worst, per byte of the tables in Parquet: what disk must be free for.

DuckDB: at 10 million calls, tables of 350 MiB, a limit of 128 MiB made it spill 464 MiB (1.33); at 100 million, tables of
3,211 MiB, one of 3 GB 3,126 MiB (0.97). Spark: its shuffle files and the rows that it leaves for the writer, 1,322 of 350 MiB
at 10 million calls (3.8).
"""

BOUNDED = ("spark",)
"""Engines whose memory is what they are given, whatever the size: a JVM fills its heap before it clears it."""

LEAST_MEMORY = (64 << 20, 27.0)
"""Memory that DuckDB must be allowed: bytes at least, and bytes a call. Below it the step `victims` fails.

Its lists of brands, one for each number called, are built by an aggregate that DuckDB cannot spill. At 10 million calls 256
MiB were enough and 128 MiB were not; every other step ran with 128 MiB. At 100 million the default of 3 GB was enough.
"""

FINDINGS_PER_TABLES = 0.15
"""Bytes of findings per byte of the tables: 0.12 at 10 million calls (44 of 350 MiB), 0.13 at one."""


@dataclass(frozen=True)
class Grown:
    """What a run of so many calls would take on cores like those measured; all figures are estimates."""

    engine: str
    calls: int
    run_s: float
    cpu_s: float
    peak_mib: float
    """Without a limit on what the engine may use."""
    where: str
    """'measured' within a tenth of a measured size, else 'below', 'between' or 'beyond' the measured sizes."""
    basis: tuple[Measured, ...]
    """All points of the engine, by calls."""

    @property
    def is_provisional(self) -> bool:
        """A point behind it is not final."""
        return any(point.source.startswith("provisional") for point in self.basis)


def points(engine: str, measured: Sequence[Measured] = MEASURED) -> tuple[Measured, ...]:
    """Return an engine's points by calls, one a size: of several the one with the most memory, the last in the tuple."""
    chosen: dict[int, Measured] = {}
    for point in sorted((p for p in measured if p.engine == engine), key=lambda p: _mib(p.memory_limit)):
        chosen[point.calls] = point
    return tuple(chosen[calls] for calls in sorted(chosen))


def _mib(limit: str) -> float:
    units = {"k": 1 / 1024, "m": 1, "g": 1024, "t": 1024 * 1024}
    number = limit.rstrip("BbiIKkMmGgTt ")
    unit = limit[len(number) :].strip().lower()[:1]
    return float(number) * units.get(unit, 1)


def grown(engine: str, calls: int, measured: Sequence[Measured] = MEASURED) -> Grown | None:
    """Return what a run of so many calls would take; None if the engine was measured at no size.

    Args:
        engine: its name.
        calls: rows of `calls`, duplicates included.
        measured: points to go by.

    """
    basis = points(engine, measured)
    if not basis:
        return None

    def of(field: Callable[[Measured], float]) -> float:
        return _on_line([(p.calls, field(p)) for p in basis], calls)

    sizes = [p.calls for p in basis]
    if any(abs(calls - size) * 10 <= size for size in sizes):
        where = "measured"
    else:
        where = "below" if calls < sizes[0] else "beyond" if calls > sizes[-1] else "between"
    run_s, cpu_s = of(lambda p: p.run_s), of(lambda p: p.cpu_s)
    if engine in BOUNDED:
        peak = max(p.peak_mib for p in basis)
    else:  # a run that spilled would have taken more, had it been given more
        free = [p for p in basis if not p.spilled_mib] or basis
        peak = _on_line([(p.calls, p.peak_mib) for p in free], calls)
    return Grown(engine, calls, run_s, cpu_s, peak, where, basis)


def _on_line(line: Sequence[tuple[int, float]], calls: int) -> float:
    """Return the height of a line through points in logarithms; beyond its end it rises as calls do, or faster."""
    if calls <= line[0][0] or len(line) == 1:
        return line[0][1] * max(1.0, calls / line[0][0])
    for (few, low), (many, high) in pairwise(line):
        if calls <= many:
            return low * math.pow(calls / few, _slope(few, low, many, high))
    (few, low), (many, high) = line[-2:]
    return high * math.pow(calls / many, max(1.0, _slope(few, low, many, high)))


def _slope(few: int, low: float, many: int, high: float) -> float:
    return math.log(high / low) / math.log(many / few)


def ratio(calls: int, measured: Sequence[Measured] = MEASURED) -> tuple[int, float] | None:
    """Return how many times DuckDB's wall time Spark took on the same cores, and at what size: the measured one nearest.

    None if no size was measured on both.
    """
    of = {engine: {p.calls: p for p in points(engine, measured)} for engine in ("duckdb", "spark")}
    both = sorted(
        of["duckdb"].keys() & of["spark"].keys(), key=lambda size: (abs(math.log(size / max(1, calls))), size)
    )
    return (both[0], of["spark"][both[0]].run_s / of["duckdb"][both[0]].run_s) if both else None


__all__ = [
    "BOUNDED",
    "DISK_PER_TABLES",
    "FINDINGS_PER_TABLES",
    "LEAST_MEMORY",
    "MEASURED",
    "WITHOUT",
    "Grown",
    "Measured",
    "grown",
    "points",
    "ratio",
]

"""What a run of a case would need on each engine, and which engine fits; an estimate from `growth`, it runs nothing.

The rule: DuckDB fits if what it may spill and the new findings fit the free disk beside the case, if it may use the memory
below which a step was seen to fail, and if the run is estimated to end within MOST_RUN_S. Spark is advised only where
DuckDB does not fit and more memory for it would not mend that, and then on a cluster: on one machine it is slower at
every size measured.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from unspoof.case.growth import (
    DISK_PER_TABLES,
    FINDINGS_PER_TABLES,
    LEAST_MEMORY,
    WITHOUT,
    Grown,
    Measured,
    grown,
    ratio,
)
from unspoof.errors import BadRequest

MOST_RUN_S = 12 * 3600
"""A run that does not end overnight is one for a cluster."""
_BESIDE = 1 << 30
"""Memory of the process beside what DuckDB counts as its own: 290 to 420 MiB were seen, at 100 million calls 920."""
_OF_MEMORY = 0.8
"""Share of the machine's memory that one engine may be given."""
_UNITS = {"MB": 10**6, "MiB": 2**20, "GB": 10**9, "GiB": 2**30, "TB": 10**12, "TiB": 2**40}


def bytes_of(text: str, where: str) -> int:
    """Return an amount such as '3GB' or '512 MiB' in bytes; BadRequest if it is none."""
    found = re.fullmatch(r"([0-9]{1,9}) ?(MB|MiB|GB|GiB|TB|TiB)", text)
    if found is None:
        raise BadRequest(f"{text!r} is no amount", where=where, hint="For example 8GB, 512MiB or 2TB.")
    return int(found[1]) * _UNITS[found[2]]


@dataclass(frozen=True)
class Room:
    """What a run may use."""

    cores: int
    memory_bytes: int
    """The machine's own memory."""
    memory_limit_bytes: int
    """What DuckDB may use before it spills."""
    disk_free_bytes: int
    """On the file system of the case."""


@dataclass(frozen=True)
class Load:
    """How large a case is, as far as its needs depend on it."""

    calls: int
    tables_bytes: int
    findings_bytes: int
    """Of the findings that stand; 0 if none do."""


@dataclass(frozen=True)
class Lack:
    """One thing that a run would need and does not find here."""

    what: str
    """memory limit, memory, disk or time"""
    needed: int
    """Bytes; seconds for time."""
    there: int


@dataclass(frozen=True)
class Need:
    """What a run of every step would take on one engine; every figure is an estimate."""

    engine: str
    fits: bool
    lacks: tuple[Lack, ...]
    run_s: float
    cpu_s: float
    cores: int
    """Of the machine that was measured."""
    memory_bytes: int
    """Of all its processes."""
    spill_bytes: int
    """Files beside the case's own, at most."""
    findings_bytes: int
    """New findings, which stand beside the old until all are there."""
    where: str
    """'measured', 'below', 'between' or 'beyond' the measured sizes."""
    is_provisional: bool
    measured: tuple[Measured, ...]
    measured_without: tuple[str, ...]
    """Parts of a run that came after the points were measured; the estimates lack them."""


@dataclass(frozen=True)
class Advice:
    """Which engine to take, and why."""

    engine: str
    fits: bool
    """It would run here, as things are."""
    because: tuple[str, ...]
    """Sentences."""
    slower: float
    """How many times DuckDB's time Spark took on the same machine."""
    slower_at: int
    """Calls of the size at which that was measured."""


def needs(load: Load, room: Room) -> tuple[Need, ...]:
    """Return what a run would take on each engine that was measured, DuckDB first."""
    found = (grown(engine, load.calls) for engine in ("duckdb", "spark"))
    return tuple(_need(one, load, room) for one in found if one is not None)


def _need(by: Grown, load: Load, room: Room) -> Need:
    peak = int(by.peak_mib * 2**20)
    spill = int(load.tables_bytes * DISK_PER_TABLES[by.engine])
    if by.engine == "duckdb":
        spill = spill if peak > room.memory_limit_bytes + _BESIDE else 0
        peak = min(peak, room.memory_limit_bytes + _BESIDE)
    findings = max(load.findings_bytes, int(load.tables_bytes * FINDINGS_PER_TABLES))
    lacks = []
    least = max(LEAST_MEMORY[0], int(load.calls * LEAST_MEMORY[1]))
    if by.engine == "duckdb" and least > room.memory_limit_bytes:
        lacks.append(Lack("memory limit", least, room.memory_limit_bytes))
    if max(peak, least if by.engine == "duckdb" else 0) > room.memory_bytes * _OF_MEMORY:
        lacks.append(Lack("memory", max(peak, least), int(room.memory_bytes * _OF_MEMORY)))
    if spill + findings > room.disk_free_bytes:
        lacks.append(Lack("disk", spill + findings, room.disk_free_bytes))
    if by.run_s > MOST_RUN_S:
        lacks.append(Lack("time", int(by.run_s), MOST_RUN_S))
    return Need(
        engine=by.engine,
        fits=not lacks,
        lacks=tuple(lacks),
        run_s=by.run_s,
        cpu_s=by.cpu_s,
        cores=by.basis[-1].cores,
        memory_bytes=peak,
        spill_bytes=spill,
        findings_bytes=findings,
        where=by.where,
        is_provisional=by.is_provisional,
        measured=by.basis,
        measured_without=WITHOUT,
    )


def advise(load: Load, found: tuple[Need, ...]) -> Advice:
    """Say which engine fits and why, by the rule at the head of this file."""
    duck = next(need for need in found if need.engine == "duckdb")
    at, slower = ratio(load.calls) or (0, 0.0)
    because: tuple[str, ...]
    if duck.fits:
        because = ("what it needs is there: memory, disk, and less than twelve hours",)
        return Advice("duckdb", True, because, slower, at)
    lacking = {lack.what for lack in duck.lacks}
    if lacking == {"memory limit"}:
        least = -(-duck.lacks[0].needed // 10**9)
        because = (
            "one machine is enough, but DuckDB may use too little of its memory: a step would fail",
            f"set UNSPOOF_MEMORY_LIMIT={least}GB, or memory_limit in case.toml, before the run",
        )
        return Advice("duckdb", False, because, slower, at)
    said = {
        "memory limit": "it may use too little memory",
        "memory": "this machine has too little memory",
        "disk": "the disk of the case has too little room for what it spills and finds",
        "time": "it would take more than twelve hours",
    }
    because = (
        f"DuckDB does not fit here: {', and '.join(said[lack.what] for lack in duck.lacks)}",
        "a larger machine or disk for DuckDB is the simpler way; a Spark cluster is the other (docs/scale.md)",
    )
    return Advice("spark", False, because, slower, at)


__all__ = ["MOST_RUN_S", "Advice", "Lack", "Load", "Need", "Room", "advise", "bytes_of", "needs"]

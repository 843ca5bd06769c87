"""A command with all the processes that it starts, watched from outside: wall, CPU, memory, bytes spilled; Linux only.

Everything is read from /proc and from the sizes of files, so nothing is asked of the engine that is measured. What
happens between two looks (a tenth of a second apart) is missed: the peaks are floors.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
Process = tuple[int, int]
"""A process by its number and the tick it started at, as numbers are given out again."""


@dataclass
class Watched:
    """What a command took, its children and theirs included."""

    wall_s: float = 0.0
    cpu_s: float = 0.0
    peak_mib: float = 0.0
    """The largest sum of resident sizes at one look; pages that processes share are counted in each."""
    spilled_mib: float = 0.0
    """The largest sum of sizes of files below the folders watched."""
    status: int = 0
    said: str = ""
    complained: str = ""
    phases: dict[str, float] = field(default_factory=dict)


def _stat(pid: int) -> tuple[int, int, float, int] | None:
    """Return parent, start tick, CPU seconds and resident bytes of one process; None if it is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text("ascii", "replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    part = text[text.rindex(")") + 2 :].split()
    if part[0] == "Z":
        return None
    return int(part[1]), int(part[19]), (int(part[11]) + int(part[12])) / _TICKS, int(part[21]) * _PAGE


def _tree(root: int, known: Mapping[Process, float]) -> dict[Process, tuple[float, int]]:
    """Return CPU seconds and resident bytes of a process, what it started, and what is left of what it once started."""
    found = {pid: stat for pid in _pids() if (stat := _stat(pid)) is not None}
    wanted = {root} | {pid for pid, start in known if pid in found and found[pid][1] == start}
    while more := {pid for pid, stat in found.items() if stat[0] in wanted} - wanted:
        wanted |= more
    return {(pid, found[pid][1]): (found[pid][2], found[pid][3]) for pid in wanted if pid in found}


def _pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdecimal()]


def bytes_below(folders: Sequence[Path]) -> int:
    """Return the sum of the sizes of all files below folders, as they stand; files may come and go meanwhile."""
    total = 0
    for folder in folders:
        for place, _, names in os.walk(folder):
            for name in names:
                with suppress(OSError):
                    total += os.lstat(os.path.join(place, name)).st_size
    return total


def watch(
    words: Sequence[str],
    environment: Mapping[str, str],
    spills: Callable[[], Sequence[Path]],
    every_s: float = 0.1,
) -> Watched:
    """Run a command to its end and return what it took.

    Args:
        words: the command.
        environment: its variables.
        spills: asked at every look for the folders whose files count as spilled.
        every_s: time between two looks.

    """
    made, seen = Watched(), dict[Process, float]()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        started = time.monotonic()
        child = subprocess.Popen(words, env=dict(environment), stdout=out, stderr=err)
        usage = None
        while True:
            looked = _tree(child.pid, seen)
            seen |= {process: cpu for process, (cpu, _) in looked.items()}
            made.peak_mib = max(made.peak_mib, sum(size for _, size in looked.values()) / 2**20)
            made.spilled_mib = max(made.spilled_mib, bytes_below(spills()) / 2**20)
            if usage is None:
                pid, status, told = os.wait4(child.pid, os.WNOHANG)
                if pid:
                    made.wall_s, made.status = time.monotonic() - started, os.waitstatus_to_exitcode(status)
                    child.returncode, usage = made.status, told
            elif not looked or time.monotonic() - started > made.wall_s + 20:
                break  # what outlives the command by 20 s is not its own any more
            time.sleep(every_s)
        # wait4 knows of the processes that were waited for, the looks of those that were not: a JVM is one of these.
        made.cpu_s = max(usage.ru_utime + usage.ru_stime, sum(seen.values()))
        for stream, name in ((out, "said"), (err, "complained")):
            stream.seek(0)
            setattr(made, name, stream.read().decode("utf-8", "replace"))
    return made


__all__ = ["Watched", "bytes_below", "watch"]

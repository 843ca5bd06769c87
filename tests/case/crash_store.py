"""Runs the store's work in forked processes that are killed on the way; prints what became of the case each time.

Not a test: test_crash_store.py runs it. One process forks them all, as starting Python hundreds of times would take
minutes. In a fork, every call that changes the disk counts, and the n-th ends the process as kill -9 would.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from unspoof.errors import BadCase
from unspoof.evidence import Vault
from unspoof.evidence.vault import SET_ASIDE

CASE = '[case]\nreference = "OP TEST"\nhome = "GB"\ncurrency = "GBP"\n'
CALLS = ("chmod", "fsync", "ftruncate", "mkdir", "rename", "replace", "rmdir", "unlink", "write")
STEPS = (
    ("read", {"tables/calls/exhibit=1/a": "a", "tables/logins/exhibit=1/a": "b", "quarantine/exhibit=1/a": "c"}, ()),
    ("run", {"findings/x": "1", "findings/y": "2"}, ()),
    ("again", {"findings/x": "3", "findings/z": "4"}, ("findings/y", "quarantine/exhibit=1/a")),
)


def work(folder: Path, sources: list[Path]) -> None:
    """Do everything that is not done yet: what repeating a command comes to."""
    try:
        vault = Vault(folder)
    except BadCase:
        vault = Vault.create(folder, CASE, {"reference": "OP TEST"})
    for source in sources:
        vault.seal(source, acquired="stored-copy", basis="", restrictions=[], extra={})
    for kind, files, removed in STEPS:
        with vault.lock():
            if vault.events(kind):
                continue
            staged = vault.stage()
            for path, text in files.items():
                (staged / path.replace("/", "_")).write_text(text)
            vault.commit(kind, {}, staged, {path: path.replace("/", "_") for path in files}, removed)


def arm(deadly: int, torn: bool) -> None:
    """Make the n-th call that changes the disk the last; if torn, only writes count and half of the last is done."""
    counted, guard = 0, threading.Lock()

    def armed(name: str) -> Callable[..., Any]:
        real = getattr(os, name)

        def call(*arguments: Any, **options: Any) -> Any:
            nonlocal counted
            with guard:
                counted += 1
                if counted == deadly:
                    if torn:
                        real(arguments[0], bytes(arguments[1])[: len(arguments[1]) // 2])
                    os._exit(137)
            return real(*arguments, **options)

        return call

    for name in ("write",) if torn else CALLS:
        setattr(os, name, armed(name))


def state(folder: Path) -> object:
    """Return what two equal cases have in common: their files and the kinds of their events, but for the torn."""
    vault = Vault(folder)
    files = {path: record.sha256 for path, record in vault.files().items() if not path.startswith("torn/")}
    on_disk = {path: vault.path(path).read_bytes().hex()[:64] for path in files}
    return [files, on_disk, [event.event for event in vault.events() if event.event != SET_ASIDE]]


def faults(folder: Path) -> list[str]:
    """Return the faults of a case; one that never came to be has none."""
    try:
        return [str(fault) for fault in Vault(folder).check() if fault.kind == "fault"]
    except BadCase as error:
        never = ("is no case", "was never finished")
        return [] if error.problem in never else [str(error)]


def judge(folder: Path, sources: list[Path], wanted: object) -> dict[str, object]:
    """Say what a crash left, then repeat the command and say what that gave."""
    after_crash = faults(folder)
    work(folder, sources)
    left = [path.name for path in (folder / "work").iterdir()]
    result = {"after_crash": after_crash, "after_repeat": [str(f) for f in Vault(folder).check()], "left": left}
    return {**result, "same": state(folder) == wanted}


def fork(act: Callable[[], object]) -> int:
    """Run something in a child and return its exit code."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            act()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def at_each_call(root: Path, sources: list[Path], wanted: object, torn: bool) -> list[dict[str, object]]:
    """Kill the work at its first call, its second, and so on until it lives."""
    results = []
    for deadly in range(1, 1000):
        folder = root / "case"
        code = fork(lambda: (arm(deadly, torn), work(folder, sources)))  # noqa: B023  the child runs at once
        results.append({"at": deadly, "torn": torn, "code": code, **judge(folder, sources, wanted)})
        shutil.rmtree(folder)
        if code != 137:
            return results
    return results


def at_any_moment(root: Path, sources: list[Path], wanted: object, times: int) -> list[dict[str, object]]:
    """Kill the work with SIGKILL after a random while."""
    results, chance = [], random.Random(4785)
    started = time.perf_counter()
    work(root / "timed", sources)
    takes = time.perf_counter() - started
    for number in range(times):
        folder = root / "case"
        child = os.fork()
        if child == 0:
            work(folder, sources)
            os._exit(0)
        time.sleep(chance.random() * takes)
        os.kill(child, signal.SIGKILL)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        results.append({"at": number, "torn": False, "code": code, **judge(folder, sources, wanted)})
        shutil.rmtree(folder)
    return results


def main(root: Path) -> None:
    """Print one JSON document with the outcome of every crash."""
    small, large = root / "small.sql", root / "large.sql"
    small.write_bytes(b"INSERT INTO pkg_cdr VALUES (1);\n")
    large.write_bytes(b"INSERT INTO pkg_cdr VALUES (2);\n" * 500_000)
    for source in (small, large):
        os.utime(source, (1_700_000_000, 1_700_000_000))
    work(root / "calm", [small])
    wanted = state(root / "calm")
    results = [*at_each_call(root, [small], wanted, False), *at_each_call(root, [small], wanted, True)]
    work(root / "calm2", [small, large])
    random_ones = at_any_moment(root, [small, large], state(root / "calm2"), 25)
    json.dump({"deterministic": results, "random": random_ones}, sys.stdout)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

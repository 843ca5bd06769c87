"""A kill -9 at any moment of `add` or `run` leaves a case that verifies, and the repeated command completes it."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from unspoof import synth
from unspoof.case import Case

KILLS = 7
STARTED = 0.3
"""Part of a command's time before which it has hardly begun: a kill there shows little."""


def _start(*words: object) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "unspoof", *map(str, words)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def _run(*words: object) -> float:
    """Run a command that must succeed; return how long it took."""
    started = time.monotonic()
    process = _start(*words)
    _, error = process.communicate(timeout=120)
    assert process.returncode == 0, error
    return time.monotonic() - started


def _kill_at(moments: list[float], *words: object) -> None:
    for moment in moments:
        process = _start(*words)
        time.sleep(moment)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        faults = [f for f in Case(str(words[1])).verify() if f.kind == "fault"]
        assert faults == [], (moment, faults)


def _hashes(folder: Path, *roots: str) -> dict[str, str]:
    return {p: r.sha256 for root in roots for p, r in Case(folder).vault.files(root).items()}


@pytest.mark.slow
def test_add_and_run_survive_being_killed(tmp_path: Path) -> None:
    """After every kill the case verifies; done again, the tables and findings are those of a case never killed."""
    chance = random.Random(os.getpid())
    made = synth.make(tmp_path / "seizure", calls=20_000, seed=5)
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    for folder in (whole, killed):
        _run("new", folder, "--reference", "K")
        _run("reference", "update", "brands", made.brands, "--case", folder)
    for file in made.files:
        words = [file.path, *(["--zone", file.zone] if file.zone else [])]
        took = _run("add", whole, *words)
        _kill_at(sorted(chance.uniform(STARTED * took, took) for _ in range(KILLS)), "add", killed, *words)
        _run("add", killed, *words)
    took = _run("run", whole)
    _kill_at(sorted(chance.uniform(STARTED * took, took) for _ in range(KILLS)), "run", killed)
    _run("run", killed)

    # secret_print hangs on the case's own key, so accounts and what follows from them differ between any two cases
    same = {p: h for p, h in _hashes(whole, "tables/").items() if "/accounts/" not in p}
    assert {p: h for p, h in _hashes(killed, "tables/").items() if "/accounts/" not in p} == same
    values = [{f["key"]: f["value"] for f in Case(c).figures_json()["figures"]} for c in (whole, killed)]
    assert values[0] == values[1]
    assert Case(killed).verify() == []
    assert not list((killed / "work").iterdir())

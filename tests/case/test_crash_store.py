"""A crash or kill -9 at any moment leaves a case that the check accepts and the same command completes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

CHILD = Path(__file__).with_name("crash_store.py")


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    """What became of the case after each crash."""
    command = [sys.executable, str(CHILD), str(tmp_path_factory.mktemp("crash"))]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ, timeout=120)
    assert done.returncode == 0, done.stderr
    found: dict[str, list[dict[str, Any]]] = json.loads(done.stdout)
    return found


def wrong(outcomes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the outcomes that are not as they must be."""
    right = {"after_crash": [], "after_repeat": [], "left": [], "same": True}
    return [outcome for outcome in outcomes if {key: outcome[key] for key in right} != right]


def test_death_at_each_call_leaves_a_sound_case(outcomes: dict[str, list[dict[str, Any]]]) -> None:
    """Whichever call that changes the disk is the last, the check finds no fault and repeating gives the same case."""
    calls = [outcome for outcome in outcomes["deterministic"] if not outcome["torn"]]

    assert wrong(calls) == []
    assert [outcome["code"] for outcome in calls] == [137] * (len(calls) - 1) + [0]
    assert len(calls) > 100


def test_half_written_files_leave_a_sound_case(outcomes: dict[str, list[dict[str, Any]]]) -> None:
    """Half of any write, the log's append included, is no fault and repeating gives the same case."""
    writes = [outcome for outcome in outcomes["deterministic"] if outcome["torn"]]

    assert wrong(writes) == []
    assert [outcome["code"] for outcome in writes] == [137] * (len(writes) - 1) + [0]
    assert len(writes) > 5


def test_kill_at_any_moment_leaves_a_sound_case(outcomes: dict[str, list[dict[str, Any]]]) -> None:
    """SIGKILL at random moments, copying included, leaves a sound case that the same command completes."""
    assert wrong(outcomes["random"]) == []
    assert len({outcome["code"] for outcome in outcomes["random"]} & {-9}) == 1

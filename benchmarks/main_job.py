"""Time and memory of the main job (add, run, figures) at several sizes, each command as a process of its own.

    python benchmarks/main_job.py 100000 1000000 10000000 --rounds 1 --scratch DIR

Prints a Markdown table. Memory is the peak resident size of the largest process. Machines are shared: read the growth.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

UNSPOOF = [sys.executable, "-m", "unspoof"]


def timed(words: list[str], environment: dict[str, str]) -> tuple[float, float, float]:
    """Run one command; return wall seconds, CPU seconds and peak MiB."""
    started = time.monotonic()
    pid = os.posix_spawn(
        UNSPOOF[0],
        [*UNSPOOF, *words],
        environment,
        file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)],
    )
    _, status, usage = os.wait4(pid, 0)
    if status:
        raise SystemExit(f"failed: unspoof {' '.join(words)}")
    return time.monotonic() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def work(seizure: Path, case: Path) -> dict[str, tuple[float, float, float]]:
    """Work one seizure; return what each part of the job took."""
    environment = {**os.environ, "UNSPOOF_REFERENCE_DIR": str(case.parent / "no-reference")}
    made: dict[str, tuple[float, float, float]] = {}
    timed(["new", str(case), "--reference", "BENCH"], environment)
    timed(["reference", "update", "brands", str(seizure / "brands.csv"), "--case", str(case)], environment)
    for file in json.loads((seizure / "files.json").read_text("utf-8"))["files"]:
        words = ["add", str(case), file["path"], "--acquired", file["acquired"], "--basis", file["basis"]]
        words += ["--zone", file["zone"]] if file["zone"] else []
        words += ["--format", file["format"]] if file.get("format") else []
        made[f"add {Path(file['path']).name}"] = timed(words, environment)
    made["run"] = timed(["run", str(case)], environment)
    made["figures"] = timed(["figures", str(case), "--json"], environment)
    made["run again"] = timed(["run", str(case)], environment)
    made["verify"] = timed(["verify", str(case)], environment)
    return made


def main() -> None:
    """Make, work and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("calls", type=int, nargs="+")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--scratch", default=None)
    given = parser.parse_args()
    print("| calls | part | wall s | CPU s | peak MiB |\n|---|---|---|---|---|")
    for calls in given.calls:
        with tempfile.TemporaryDirectory(dir=given.scratch) as folder:
            seizure = Path(folder) / "seizure"
            done = os.popen(  # a process of its own, so that its memory is not ours
                f"{' '.join(UNSPOOF)} synth {seizure} --calls {calls} --seed 7 --json"
            ).read()
            (seizure / "files.json").write_text(done, "utf-8")
            rounds = []
            for number in range(given.rounds):
                case = Path(folder) / f"case{number}"
                rounds.append(work(seizure, case))
                shutil.rmtree(case)
            for part in rounds[0]:
                wall, cpu, peak = (statistics.median(r[part][i] for r in rounds) for i in range(3))
                print(f"| {calls:,} | {part} | {wall:.1f} | {cpu:.1f} | {peak:,.0f} |", flush=True)
            job = [p for p in rounds[0] if p not in {"run again", "verify"}]
            total = statistics.median(sum(r[p][0] for p in job) for r in rounds)
            peak = max(r[p][2] for r in rounds for p in job)
            print(f"| {calls:,} | **main job** | **{total:.1f}** | | **{peak:,.0f}** |", flush=True)


if __name__ == "__main__":
    main()

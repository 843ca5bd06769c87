"""Runs fuzz targets under Atheris, several at once, and keeps what they found; `tools/fuzz` is its door.

Each target gets a process of its own (drive.py) for a given time. What it reaches anew is written to a work folder
outside the repository; `--keep` merges it, by coverage, into the kept corpus. One line a target; a crash, a hang or
too much memory is shown with the file that does it and with how to see it again.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from fuzz.catalogue import BY_NAME, TARGETS
from fuzz.drive import NAME
from fuzz.real_numbers import real_numbers
from fuzz.target import CORPUS, MOST_BYTES, MOST_FILES, Target

DRIVE = Path(__file__).with_name("drive.py")
_STARTING_S = 120
"""Seconds that a target may take before and after its time: imports, seeds, the end. Whoever takes longer is ended, so that
a run of all targets ends as well."""
_MERGING_S = 600
"""Seconds that merging one target's inputs may take."""
_RUNS = re.compile(r"stat::number_of_executed_units:\s*(\d+)")
_PEAK = re.compile(r"stat::peak_rss_mb:\s*(\d+)")
_LAST = re.compile(r"^#(\d+)\s", re.MULTILINE)
_WHY = re.compile(r"^(?:\w+(?:\.\w+)*(?:Error|Exception|Interrupt|Exit|ArrowInvalid)\b.*|\w+\.\w+: .*)$", re.MULTILINE)
_SUMMARY = re.compile(r"^SUMMARY: (.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Limits:
    """What one input and one target may take."""

    seconds: int
    timeout_s: int
    memory_mb: int
    seed: int


@dataclass(frozen=True)
class Outcome:
    """What one run of a target gave."""

    name: str
    runs: int
    seconds: int
    new: int
    peak_mb: int
    findings: tuple[Path, ...]
    hint: str

    @property
    def line(self) -> str:
        """One line for people."""
        rate = self.runs // max(self.seconds, 1)
        state = f"{len(self.findings)} FOUND" if self.findings else self.hint or "ok"
        counts = f"{self.runs:>9,} runs {rate:>7,}/s {self.new:>5} new {self.peak_mb:>5} MB"
        return f"{self.name:<20} {counts}  {state}"


def _say(text: str, out: TextIO | None = None) -> None:
    (out or sys.stdout).write(f"{text}\n")
    (out or sys.stdout).flush()


def _environment(target: Target) -> dict[str, str]:
    return {**os.environ, NAME: target.name, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}


def _prepare(target: Target, work: Path) -> tuple[Path, Path, Path]:
    """Make a target's folders: for new inputs, for its seeds, for findings; write its dictionary."""
    home = work / target.name
    folders = home / "new", home / "seeds", home / "found"
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
    for place, seed in enumerate(target.seeds):
        (folders[1] / f"seed-{place}").write_bytes(seed)
    words = ("".join(f"\\x{byte:02x}" for byte in word) for word in target.words)
    (home / "words").write_text("".join(f'"{word}"\n' for word in words), encoding="ascii")
    return folders


def run_target(target: Target, work: Path, limits: Limits) -> Outcome:
    """Fuzz one target for its time.

    Args:
        target: which.
        work: a folder of this run.
        limits: what it may take.

    """
    new, seeds, found = _prepare(target, work)
    kept = CORPUS / target.name
    before, already = len(list(new.iterdir())), set(found.iterdir())
    command = [
        str(DRIVE), f"-max_total_time={limits.seconds}", f"-timeout={limits.timeout_s}", f"-rss_limit_mb={limits.memory_mb}",
        f"-max_len={target.most}", f"-seed={limits.seed}", "-print_final_stats=1", f"-artifact_prefix={found}/",
        f"-dict={work / target.name / 'words'}", str(new), str(seeds), *([str(kept)] if kept.is_dir() else []),
    ]  # fmt: skip
    log = work / target.name / "log"
    hung = False
    with log.open("wb") as out:
        try:
            code = subprocess.run(
                command, stdout=out, stderr=subprocess.STDOUT, env=_environment(target), cwd=work / target.name,
                timeout=limits.seconds + _STARTING_S, check=False,
            ).returncode  # fmt: skip
        except subprocess.TimeoutExpired:
            code, hung = -1, True
    text = log.read_text("utf-8", "replace")
    findings = tuple(sorted(set(found.iterdir()) - already))
    counts = _RUNS.findall(text) or _LAST.findall(text) or ["0"]
    why = [*_WHY.findall(text), *_SUMMARY.findall(text)]
    hint = why[0][:160] if why and (findings or code) else f"ended with {code}, see {log}" if code else ""
    if hung:
        hint = f"was still running {_STARTING_S} s after its time and was ended"
    elif counts[-1] == "0" and not findings:
        code, hint = code or 1, hint or "ran no input at all"
    return Outcome(
        target.name,
        int(counts[-1]),
        limits.seconds,
        len(list(new.iterdir())) - before,
        int((_PEAK.findall(text) or ["0"])[-1]),
        findings or ((log,) if code or hung else ()),
        hint,
    )


def _fits(target: Target, files: Sequence[Path], room: int = MOST_FILES) -> list[Path]:
    """Choose the inputs to keep: none with somebody's number, the smallest first, within the bounds."""
    chosen, size = [], 0
    for path in sorted(files, key=lambda path: (path.stat().st_size, path.name)):
        data = path.read_bytes()
        size += len(data)
        if len(chosen) == room or size > MOST_BYTES:
            break
        if data not in target.seeds and not any(real_numbers(data)):
            chosen.append(path)
    return chosen


def keep(target: Target, work: Path) -> int:
    """Merge what a run found with the kept corpus, by coverage, and return how many inputs are kept.

    Where merging fails or does not end, nothing is changed and -1 is returned.

    Regressions (`crash-...`, put there by hand after a bug was mended) always stay.
    """
    new, seeds, _ = _prepare(target, work)
    kept, merged = CORPUS / target.name, work / target.name / "merged"
    shutil.rmtree(merged, ignore_errors=True)
    merged.mkdir()
    clean = work / target.name / "clean"
    shutil.rmtree(clean, ignore_errors=True)
    clean.mkdir()
    # numbers are left out before the merge, so that another input takes the place of one that cannot be kept
    for path in [*new.iterdir(), *(kept.iterdir() if kept.is_dir() else ())]:
        if not any(real_numbers(path.read_bytes())):
            shutil.copyfile(path, clean / path.name)
    command = [str(DRIVE), "-merge=1", f"-max_len={target.most}", str(merged), str(seeds), str(clean)]
    with (work / target.name / "merge.log").open("wb") as out:
        try:
            subprocess.run(
                command, stdout=out, stderr=subprocess.STDOUT, env=_environment(target), check=True, timeout=_MERGING_S
            )
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
            return -1  # what was kept until now stays
    kept.mkdir(parents=True, exist_ok=True)
    room = MOST_FILES - len(list(kept.glob("crash-*")))
    chosen = _fits(target, list(merged.iterdir()), room)
    for path in kept.iterdir():
        if not path.name.startswith("crash-"):
            path.unlink()
    for path in chosen:
        shutil.copyfile(path, kept / path.name)
    return len(chosen)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tools/fuzz", description="Fuzz the parsers with Atheris.")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="all of them by default; --list names them")
    parser.add_argument("--seconds", type=int, default=60, help="for each target (default 60)")
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, help="targets at one time (default: all cores)"
    )
    parser.add_argument("--timeout", type=int, default=20, help="seconds that one input may take (default 20)")
    parser.add_argument("--memory", type=int, default=2048, help="MB that a target may take (default 2048)")
    parser.add_argument("--seed", type=int, default=1 if os.environ.get("CI") else 0, help="0: another one each time")
    parser.add_argument("--work", type=Path, help="folder for new inputs and findings (default: a temporary one)")
    parser.add_argument("--keep", action="store_true", help="afterwards merge new inputs into tests/samples/fuzz")
    parser.add_argument("--list", action="store_true", help="name the targets and end")
    parser.add_argument("--input", type=Path, help="feed one file to the one TARGET, without Atheris, and end")
    return parser.parse_args()


def _feed_one(names: Sequence[str], file: Path) -> int:
    if len(names) != 1:
        _say("name one TARGET for --input", sys.stderr)
        return 2
    BY_NAME[names[0]].feed(file.read_bytes())
    _say(f"{names[0]}: holds")
    return 0


def _show(outcome: Outcome) -> None:
    _say(outcome.line)
    for path in outcome.findings:
        again = f"\n    again: tools/fuzz --input {path} {outcome.name}" if path.name != "log" else ""
        _say(f"    {outcome.hint}\n    {path}{again}")


def main() -> int:
    """Run what the command line asks for; 0 where everything holds, 1 where something was found, 2 where it cannot."""
    asked = _arguments()
    unknown = [name for name in asked.targets if name not in BY_NAME]
    if asked.list or unknown:
        _say("\n".join(f"{target.name:<20} {target.takes}" for target in TARGETS))
        for name in unknown:
            _say(f"no target is named {name}", sys.stderr)
        return 2 if unknown else 0
    if asked.input:
        return _feed_one(asked.targets, asked.input)
    if importlib.util.find_spec("atheris") is None:
        _say("tools/fuzz: Atheris is not installed (it has wheels for Linux); nothing was fuzzed.", sys.stderr)
        return 2
    work = (asked.work or Path(tempfile.mkdtemp(prefix="unspoof-fuzz-"))).resolve()
    limits = Limits(asked.seconds, asked.timeout, asked.memory, asked.seed)
    targets = [BY_NAME[name] for name in asked.targets] or list(TARGETS)
    _say(f"{len(targets)} targets, {asked.seconds} s each, {asked.jobs} at a time; new inputs and findings: {work}")
    outcomes, started = [], time.monotonic()
    with ThreadPoolExecutor(asked.jobs) as pool:
        for outcome in pool.map(lambda target: run_target(target, work, limits), targets):
            _show(outcome)
            outcomes.append(outcome)
        if asked.keep:
            for target, count in zip(targets, pool.map(lambda target: keep(target, work), targets), strict=True):
                _say(f"{target.name:<20} {f'{count} inputs kept' if count >= 0 else 'could not be merged: merge.log'}")
    wrong = _summary(outcomes, time.monotonic() - started)
    if not wrong and not asked.work:
        shutil.rmtree(work)
    return 1 if wrong else 0


def _summary(outcomes: Sequence[Outcome], seconds: float) -> bool:
    """Say as the last lines what a reader of a long log needs, and return whether something was found."""
    wrong = [outcome for outcome in outcomes if outcome.findings]
    runs = sum(outcome.runs for outcome in outcomes)
    _say(f"\n{len(outcomes)} targets, {runs:,} runs, {seconds / 60:.0f} minutes")
    for outcome in wrong:
        _show(outcome)
    names = ", ".join(outcome.name for outcome in wrong)
    _say(f"found something: {names}" if wrong else "every target held")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())

"""How long a case takes to follow the money of 200,000 payments: every step of the verb `trace`, as `run` does it.

    python benchmarks/money.py [--payments 200000] [--seed 1] [--scratch DIR] [--bar 30]

A seizure is made up with as many payments as are asked for (its calls are few: one for each account), its files are
added and its tags, actors and prices loaded; then the steps before `trace` are run, then those of `trace`, each timed from
its start to that of the next, with the most memory that the process held meanwhile. Prints Markdown and the sum; exits
with 1 above the bar. Memory is the resident set's high-water mark, which Linux lets a process set back.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow.parquet as pq

from unspoof import synth, trace
from unspoof.case import Case, Stated
from unspoof.case.references import REFERENCE_NAMES
from unspoof.model.evidence import Acquisition

ACCOUNTS_EACH = 5.5
"""Accounts of a made-up shop for one of its payments."""


def most_memory() -> int:
    """Return the most bytes that this process held in memory since it was last set back."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) * 1024


def set_back() -> None:
    """Let the mark of the most memory start again from now."""
    Path("/proc/self/clear_refs").write_text("5", "ascii")


@dataclass
class Clock:
    """Told of every step that begins; knows how long each took and what it held."""

    at: float = 0.0
    name: str = ""
    took: dict[str, tuple[float, int]] = field(default_factory=dict)

    def __call__(self, line: str) -> None:
        """Take the time of the step that ends where this one begins."""
        now = time.perf_counter()
        if self.name:
            self.took[self.name] = (now - self.at, most_memory())
        set_back()
        self.at, self.name = time.perf_counter(), line.split(":")[0]


def make_case(folder: Path, payments: int, seed: int) -> Path:
    """Make the seizure up, add its files and load its tables; returns the case."""
    accounts = max(200, round(payments * ACCOUNTS_EACH))
    calls = max(1_000, accounts)
    started = time.perf_counter()
    made = synth.make(folder / "seizure", calls=calls, seed=seed, accounts=accounts, reports=100)
    print(f"seizure made in {time.perf_counter() - started:.0f} s", flush=True)
    case = Case.new(folder / "case", reference="BENCH", home="GB", currency="GBP")
    case.load_reference("brands", made.brands)
    for file in made.files:
        started = time.perf_counter()
        stated = Stated(str(file.format or ""), file.zone, acquired=Acquisition(file.acquired), basis=file.basis)
        case.add([file.path], stated)
        size = file.path.stat().st_size / 1e6
        print(f"{file.path.name}: {size:,.0f} MB added in {time.perf_counter() - started:.0f} s", flush=True)
    for name, path in made.references:
        if name in REFERENCE_NAMES:
            case.load_reference(name, path)
    return folder / "case"


def rows_of(case: Path, step: str) -> str:
    """Return how many rows a step has given."""
    file = case / "findings" / step / "rows.parquet"
    return f"{pq.read_metadata(file).num_rows:,}" if file.exists() else "-"


def measure(case: Path) -> float:
    """Run the case as far as `trace`, print a line a step of it, and return their seconds together."""
    clock = Clock()
    Case(case).run(only="trace", progress=clock)
    clock("end")
    names = {step.name for step in trace.STEPS}
    print("| step | s | MB | rows |\n|---|---|---|---|")
    for name, (seconds, held) in clock.took.items():
        if name in names:
            print(f"| {name} | {seconds:.2f} | {held / 1e6:,.0f} | {rows_of(case, name)} |")
    return sum(seconds for name, (seconds, _) in clock.took.items() if name in names)


def main() -> int:
    """Measure and print; returns the exit code."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--payments", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scratch", default=None)
    parser.add_argument("--bar", type=float, default=30.0, help="seconds that all steps together may take")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.scratch) as folder:
        total = measure(make_case(Path(folder), given.payments, given.seed))
    load = os.getloadavg()[0]
    print(f"\nall steps of trace: {total:.1f} s (bar {given.bar:.0f} s); {os.cpu_count()} cores, load {load:.1f}")
    return int(total > given.bar)


if __name__ == "__main__":
    sys.exit(main())

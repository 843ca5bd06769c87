"""DuckDB against Spark on the same cases: whole runs as processes, and step by step inside one process.

    python benchmarks/engines.py 100000 1000000 --rounds 3 [--scratch DIR]
    python benchmarks/engines.py --case DIR --case DIR --rounds 1 [--no-steps] [--memory-limit 2GiB]

Sizes are made up anew; a case that stands is not touched: its sealed files and tables are linked into a copy (same file
system, else copied), the rest is copied, and the copy's findings are taken away by an event of its own in its custody
log. Needs Linux, Java and PySpark. Prints Markdown:

- runs: `unspoof run CASE --engine E` with all its processes, watched from outside; Spark at --master, local[2];
- growth: each run against that of the next smaller case;
- steps: `write` of each kept step, as a run does it, in one process an engine;
- layer: Spark's `write` against the rendered SQL by hand in the same session, left as one file in the same order, and
  left as part files in no order.

Findings of both engines are compared byte for byte; a difference ends the benchmark.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from unspoof.case import Case, Stated
from unspoof.case.plan import steps
from unspoof.case.session import Session, open_session
from unspoof.config import Machine
from unspoof.engine import Step
from unspoof.engine.engine import quoted, typed
from unspoof.engine.portable import to_spark
from unspoof.model.evidence import Acquisition
from watching import Watched, watch

ENGINES = ("duckdb", "spark")
Medians = dict[str, float]


@dataclass(frozen=True)
class Sized:
    """A case to measure."""

    folder: Path
    calls: int


def made_up(folder: Path, calls: int) -> Path:
    """Make a case with tables and no findings; return its folder."""
    from unspoof import synth

    seizure = synth.make(folder / "seizure", calls=calls, seed=7)
    case = Case.new(folder / "case", reference="BENCH", home="GB", currency="GBP")
    case.load_reference("brands", seizure.brands)
    for file in seizure.files:
        stated = Stated(str(file.format or ""), file.zone, acquired=Acquisition(file.acquired), basis=file.basis)
        case.add([file.path], stated)
    shutil.rmtree(folder / "seizure")
    return folder / "case"


def _linked(source: str, target: str) -> str:
    if {"exhibits", "tables"} & set(Path(source).parts[-4:]):
        try:
            os.link(source, target)
        except OSError:
            return shutil.copy2(source, target)
        return target
    return shutil.copy2(source, target)


def without_findings(case: Path, target: Path) -> Path:
    """Copy a case and take its findings away, so that every step is run."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(case, target, copy_function=_linked)
    vault = Case(target).vault
    with vault.lock():
        removed = [*vault.files("findings/"), *vault.files("outputs/")]
        if removed:
            vault.commit("findings-removed", {"because": "a benchmark"}, vault.stage(), {}, removed)
    return target


def hashes(case: Path) -> Mapping[str, str]:
    """Return the hash of each finding's rows and of the figures."""
    files = [*sorted(case.glob("findings/*/rows.parquet")), case / "outputs" / "figures.json"]
    return {str(file.relative_to(case)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def run_whole(case: Path, engine: str, master: str, limit: str, target: Path) -> tuple[Watched, Mapping[str, str]]:
    """Run a case as a user would; return what it took and what came out."""
    copy = without_findings(case, target)
    environment = {**os.environ, "UNSPOOF_SPARK_MASTER": master, "UNSPOOF_REFERENCE_DIR": str(target.parent / "none")}
    environment |= {"UNSPOOF_MEMORY_LIMIT": limit} if limit else {}
    words = [sys.executable, "-m", "unspoof", "run", str(copy), "--engine", engine]
    took = watch(words, environment, lambda: sorted(copy.glob("work/reader-*")))
    if took.status:
        raise SystemExit(f"{' '.join(words)}: {took.complained}")
    made = hashes(copy)
    shutil.rmtree(copy)
    return took, made


def measure_runs(cases: Sequence[Sized], given: argparse.Namespace, scratch: Path) -> None:
    """Print whole runs, the ratio of both engines, and the growth from size to size."""
    print("| calls | engine | wall s | CPU s | peak MiB | spilled MiB | wall, ratio to DuckDB | CPU, ratio |")
    print("|---|---|---|---|---|---|---|---|")
    taken: dict[tuple[int, str], Medians] = {}
    for case in cases:
        rounds: dict[str, list[Watched]] = {engine: [] for engine in ENGINES}
        for _ in range(given.rounds):
            made = {}
            for engine in ENGINES:
                took, made[engine] = run_whole(case.folder, engine, given.master, given.memory_limit, scratch / "copy")
                rounds[engine].append(took)
            if wrong := [name for name in made["duckdb"] if made["duckdb"][name] != made["spark"].get(name)]:
                raise SystemExit(f"{case.calls:,} calls: other bytes on Spark: {', '.join(wrong)}")
        for engine, all_of in rounds.items():
            names = ("wall_s", "cpu_s", "peak_mib", "spilled_mib")
            one = {name: statistics.median(getattr(took, name) for took in all_of) for name in names}
            taken[case.calls, engine] = one
            first = taken[case.calls, "duckdb"]
            wall, cpu = one["wall_s"] / first["wall_s"], one["cpu_s"] / first["cpu_s"]
            figures = f"{one['wall_s']:.1f} | {one['cpu_s']:.1f} | {one['peak_mib']:,.0f} | {one['spilled_mib']:,.0f}"
            print(f"| {case.calls:,} | {engine} | {figures} | {wall:.1f} | {cpu:.1f} |", flush=True)
    if len(cases) > 1:
        print("\n| from | to | engine | wall, times | CPU, times |\n|---|---|---|---|---|")
    for few, many in itertools.pairwise(cases):
        for engine in ENGINES:
            low, high = taken[few.calls, engine], taken[many.calls, engine]
            times = f"{high['wall_s'] / low['wall_s']:.1f} | {high['cpu_s'] / low['cpu_s']:.1f}"
            print(f"| {few.calls:,} | {many.calls:,} | {engine} | {times} |")


def alternate(rounds: int, warm: bool, ways: Mapping[str, Callable[[], object]]) -> Medians:
    """Run every way once a round; return median seconds, and as `per NAME` the median ratio of the first to it."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds + warm):
        for name, work in ways.items():
            started = time.perf_counter()
            work()
            if number >= warm:
                taken[name].append(time.perf_counter() - started)
    made = {name: statistics.median(seconds) for name, seconds in taken.items()}
    first, *others = taken
    for name in others:
        made[f"per {name}"] = statistics.median(a / b for a, b in zip(taken[first], taken[name], strict=True))
    return made


def _by_hand(session: Session, step: Step, target: Path, ordered: bool) -> Callable[[], object]:
    """Return the work of giving a step's SQL, rendered, to the engine's own Spark session, past the engine layer."""
    spark: Any = getattr(session.engine, "_spark")  # noqa: B009  # the layer to be measured is stepped around
    sql = to_spark(typed(step.gives, f"({step.sql}) AS step"))
    order = [quoted(name).replace('"', "`") for name in step.order_by]

    def work() -> None:
        rows = spark.sql(sql)
        rows = rows.repartition(1).sortWithinPartitions(*order) if ordered else rows
        rows.write.mode("overwrite").parquet(str(target), compression="zstd" if ordered else "snappy")

    return work


def time_steps(case: Path, engine: str, given: argparse.Namespace, scratch: Path) -> tuple[float, dict[str, Medians]]:
    """Return the seconds of starting an engine, and those of writing each kept step, with Spark's ways by hand."""
    opened = Case(case)
    machine: Machine = replace(opened.machine, engine=engine, spark_master=given.master)
    machine = replace(machine, memory_limit=given.memory_limit) if given.memory_limit else machine
    taken: dict[str, Medians] = {}
    started = time.perf_counter()
    with open_session(opened.vault, opened.settings, machine) as session:
        start_s = time.perf_counter() - started
        for step in steps():
            if not step.kept:
                session.engine.view_step(step)
                continue
            target = scratch / f"{engine}-{step.name}.parquet"
            ways: dict[str, Callable[[], object]] = {
                "write": lambda: session.engine.write(step, session.settings, target)  # noqa: B023  # called at once
            }
            if engine == "spark" and step.sql and not given.no_layer:
                ways["file"] = _by_hand(session, step, scratch / "by-hand", ordered=True)
                ways["parts"] = _by_hand(session, step, scratch / "by-hand-parts", ordered=False)
            taken[step.name] = alternate(given.rounds, not given.no_warm, ways)
            session.engine.view_files(step.gives, [target])
    return start_s, taken


def measure_steps(case: Sized, given: argparse.Namespace, scratch: Path) -> None:
    """Print each step on both engines, and what the engine layer costs on Spark."""
    copy = without_findings(case.folder, scratch / "steps")
    took = {engine: time_steps(copy, engine, given, scratch) for engine in ENGINES}
    (duck_s, duck), (spark_s, spark) = took["duckdb"], took["spark"]
    print(f"\n{case.calls:,} calls, step by step. Start: DuckDB {duck_s:.2f} s, Spark {spark_s:.1f} s.\n")
    print("| step | DuckDB ms | Spark ms | ratio | Spark by hand, same file, ms | ratio | parts, ms | ratio |")
    print("|---|---|---|---|---|---|---|---|")
    for name in duck:
        print(_line(name, duck[name]["write"], spark[name]), flush=True)
    in_sql = [name for name in spark if "file" in spark[name]]
    sums = {way: sum(spark[name][way] for name in in_sql) for way in ("write", "file", "parts")} if in_sql else {}
    if sums:
        sums |= {f"per {way}": sums["write"] / sums[way] for way in ("file", "parts")}
        print(_line("all steps in SQL", sum(duck[name]["write"] for name in in_sql), sums))
    both = [sum(of[name]["write"] for name in of) for of in (duck, spark)]
    print(_line("all steps", both[0], {"write": both[1]}), flush=True)
    shutil.rmtree(copy)


def _line(name: str, duck_s: float, spark: Medians) -> str:
    beside = [f"{spark[w] * 1000:,.0f} | {spark[f'per {w}']:.2f}" if w in spark else "- | -" for w in ("file", "parts")]
    ratio = spark["write"] / duck_s
    return f"| {name} | {duck_s * 1000:,.0f} | {spark['write'] * 1000:,.0f} | {ratio:.1f} | {' | '.join(beside)} |"


def main() -> None:
    """Make cases, or take those that stand, measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("calls", type=int, nargs="*")
    parser.add_argument("--case", type=Path, action="append", default=[], help="a case that stands; it is not touched")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--master", default="local[2]")
    parser.add_argument("--memory-limit", default="", help="DuckDB's, as 2GiB")
    parser.add_argument("--scratch", default=None, help="on the file system of --case, so that files can be linked")
    parser.add_argument("--no-runs", action="store_true")
    parser.add_argument("--no-steps", action="store_true")
    parser.add_argument("--no-layer", action="store_true", help="leave Spark by hand out")
    parser.add_argument("--no-warm", action="store_true", help="count the first round of each step too")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.scratch) as folder:
        scratch = Path(folder)
        cases = [Sized(case, Case(case).status().tables[0].rows) for case in given.case]
        cases += [Sized(made_up(scratch / f"made-{calls}", calls), calls) for calls in given.calls]
        cases.sort(key=lambda case: case.calls)
        if not given.no_runs:
            measure_runs(cases, given, scratch)
        for case in cases if not given.no_steps else []:
            measure_steps(case, given, scratch)


if __name__ == "__main__":
    main()

"""How fast presented numbers are screened: one at a time in Python, and millions of calls of a case on DuckDB.

    python benchmarks/screening.py --calls 10000000 --rounds 3 [--distinct 500000] [--memory 4GB]

Calls are made up at run time and lie in a temporary folder: numbers from all UK blocks with and without provider, brands,
drama numbers, short codes, withheld ones and nonsense, US numbers, network numbers on a tenth of the calls, trunks from
abroad, and numbers that are rung back. Each step of the verb `screen` is timed as `run` does it, into its Parquet file.
Singles are timed by CPU seconds of this process, calls by wall time; medians of the rounds, with the machine's load.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from unspoof import screen
from unspoof.case.plan import steps
from unspoof.case.session import REFERENCE_TABLES
from unspoof.config import CaseSettings, load_case_settings
from unspoof.engine import DuckEngine
from unspoof.model.arrow import schema
from unspoof.model.reference_tables import BRANDS
from unspoof.model.tables import CALLS, NORMAL_FORM
from unspoof.reference import NumberBook, ReferenceStore, load_number_ranges, read_version
from unspoof.parse.numbers import normalise

SETTINGS = '[case]\nreference = "BENCH"\nhome = "GB"\ncurrency = "GBP"\n[settings]\nabroad_trunks = "trunk-3;trunk-4"\n'
SECONDS = 400 * 86_400
AT = np.datetime64("2022-11-05T00:00:00", "us").astype(object)


def texts(random: np.random.Generator, distinct: int) -> pa.Array:
    """Presented texts: half in blocks with a provider, the rest as calls of spoofers and broken records show them."""
    blocks = read_version(ReferenceStore().current("number_blocks"))
    rows = random.integers(0, len(blocks), distinct)
    first, last = (blocks[name].to_numpy()[rows] for name in ("number_from", "number_to"))
    uk = first + (random.random(distinct) * (last - first + 1)).astype(np.int64)
    kind = random.integers(0, 20, distinct)
    uk = np.where(kind == 0, 442079460000 + random.integers(0, 1000, distinct), uk)
    uk = np.where(kind == 1, 12025550100 + random.integers(0, 100, distinct), uk)
    made = np.char.add("+", uk.astype(str)).astype(object)
    made[kind == 2] = [text[1:7] for text in made[kind == 2]]
    made[kind == 3] = "anonymous"
    made[kind == 4] = "159"
    made[kind == 5] = "1234567890123456789"
    return pa.array(made, pa.string())


def calls(folder: Path, count: int, distinct: int, seed: int = 5) -> Path:
    """Write calls of the normal form and return their file."""
    random = np.random.default_rng(seed)
    shown = texts(random, distinct)
    read = normalise(shown, load_number_ranges(), "GB")
    path = folder / "calls" / "exhibit=1" / "part-0.parquet"
    path.parent.mkdir(parents=True)
    with pq.ParquetWriter(path, schema(CALLS), compression="zstd") as out:
        for start in range(0, count, 1_000_000):
            size = min(1_000_000, count - start)
            pick = pa.array((random.random(size) ** 3 * distinct).astype(np.int64))
            called = 447_700_900_000 + random.integers(0, 1000, size)
            rung = random.random(size) < 0.001
            called = np.where(rung, read["e164"].take(pick).fill_null(0).to_numpy(), 447_400_000_000 + called * 977)
            at = np.datetime64("2021-10-01", "us") + random.integers(0, SECONDS, size).astype("timedelta64[s]")
            rows: dict[str, pa.Array] = {
                "call_id": pa.array(np.arange(start, start + size) + 2**40),
                "account_id": pa.array(random.integers(1, 5000, size)),
                "account_ref": pa.array(random.integers(1, 5000, size)).cast(pa.string()),
                "presented_raw": shown.take(pick),
                **{f"presented_{name}": read[name].take(pick) for name in ("e164", "country", "kind")},
                "asserted_e164": pa.array(442_030_000_000 + called % 9973, mask=random.random(size) > 0.1),
                "called_e164": pa.array(called),
                "at": pa.array(at),
                "duration_s": pa.array(random.integers(0, 600, size)),
                "outcome": pa.array(["answered"] * size),
                "trunk": pa.array(np.char.add("trunk-", random.integers(1, 6, size).astype(str)).astype(object)),
                "ref_is_key": pa.array([False] * size),
                "locator": pa.array(np.arange(start, start + size)),
                "locator_size": pa.array(np.zeros(size, np.int32)),
            }
            filled = [rows.get(field.name, pa.nulls(size, field.type)) for field in schema(CALLS)]
            columns = [c.combine_chunks() if isinstance(c, pa.ChunkedArray) else c for c in filled]
            out.write_table(pa.Table.from_arrays([c.cast(f.type) for c, f in zip(columns, schema(CALLS), strict=True)], schema=schema(CALLS)))
    return path


def brands(path: Path) -> pa.Table:
    """A directory of the numbers shown most."""
    numbers = pq.read_table(path, columns=["presented_e164"]).slice(0, 20_000)["presented_e164"].drop_null().unique()
    rows = [
        {"number_from": n, "number_to": n, "brand": f"Brand {i % 40}", "source": "made up"}
        for i, n in enumerate(numbers.to_pylist()[:200])
    ]
    return pa.Table.from_pylist(rows, schema=schema(BRANDS))


def engine_over(folder: Path, path: Path, settings: CaseSettings, memory: str) -> DuckEngine:
    """Return an engine with the calls and the shipped reference tables in view."""
    engine = DuckEngine(spill_dir=folder, memory_limit=memory, threads=2)
    engine.view_settings(settings)
    for table in NORMAL_FORM:
        engine.view_files(table, [path] if table is CALLS else [], "exhibit")
    for table in REFERENCE_TABLES:
        version = ReferenceStore().current(table.name)
        engine.view_files(table, [version.path] if version else [])
    engine.view_arrow("brands", brands(path))
    return engine


def screen_calls(count: int, distinct: int, rounds: int, memory: str) -> None:
    """Print the median wall seconds of each step over made-up calls."""
    settings = load_case_settings(SETTINGS, environment={})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = calls(folder, count, distinct)
        engine = engine_over(folder, path, settings, memory)
        for step in steps():
            if step.name in ("repeated_calls", "duplicates", "calls_once"):
                if step.kept:
                    engine.view_arrow(step.name, schema(step.gives).empty_table())
                else:
                    engine.view_step(step)
        taken: dict[str, list[float]] = {}
        rows: dict[str, int] = {}
        for _ in range(rounds):
            for step in screen.STEPS:
                started = time.perf_counter()
                if step.kept:
                    target = folder / f"{step.name}.parquet"
                    rows[step.name] = engine.write(step, settings, target)
                    engine.view_files(step.gives, [target])
                else:
                    engine.view_step(step)
                taken.setdefault(step.name, []).append(time.perf_counter() - started)
                print(step.name, taken[step.name][-1], flush=True)
        totals = [sum(times) for times in zip(*taken.values(), strict=True)]
        print(f"\n| step | rows | median s |\n|---|---|---|")
        for name, times in taken.items():
            print(f"| {name} | {rows.get(name, 0):,} | {statistics.median(times):.2f} |")
        print(f"\n{count:,} calls: median {statistics.median(totals):.1f} s of {rounds} rounds, load {os.getloadavg()[0]:.1f}")
        for row in engine.fetch("SELECT * FROM screened_kinds ORDER BY calls DESC LIMIT 12").to_pylist():
            print("  ", row)


def screen_singles(rounds: int) -> None:
    """Print how many single numbers a second are read, looked up, judged and made a row."""
    random = np.random.default_rng(3)
    given = texts(random, 20_000).to_pylist()
    judge = screen.Judge(NumberBook.current("GB"))
    ways: dict[str, Callable[[str], object]] = {
        "facts alone": lambda text: judge.book.facts(text, AT),
        "judged": lambda text: judge.judge(judge.shown(text, at=AT)),
        "judged, as a row": lambda text: judge.judge(judge.shown(text, at=AT)).as_row(),
    }
    for name, work in ways.items():
        rates = []
        for _ in range(rounds):
            started = time.process_time()
            for text in given:
                work(text)
            rates.append(len(given) / (time.process_time() - started))
        print(f"{name}: {statistics.median(rates):,.0f} numbers a second and core (median of {rounds})")


def main() -> None:
    """Parse the command line and run both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=10_000_000)
    parser.add_argument("--distinct", type=int, default=500_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--memory", default="4GB")
    chosen = parser.parse_args()
    screen_singles(max(chosen.rounds, 3))
    screen_calls(chosen.calls, chosen.distinct, chosen.rounds, chosen.memory)


if __name__ == "__main__":
    main()

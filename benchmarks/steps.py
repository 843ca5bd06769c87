"""Each step and figure of the analysis against the same question asked in DuckDB by hand.

    python benchmarks/steps.py 1000000 --rounds 5 [--scratch DIR] [--case DIR]

A step is timed as `run` does it: the engine writes its rows, in their order and types, into a Parquet file. `plain` is
the step's own SQL given to a bare DuckDB over the same files, written in the same way: what our layer costs. `by hand`
is benchmarks/by_hand.py, written without regard to the step; its rows are checked to be the step's. Rounds alternate, so
that what else the machine does falls on all alike. Prints Markdown: medians of wall time, and
medians of the ratios within a round.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import duckdb

import by_hand
from unspoof import act
from unspoof.case import Case
from unspoof.case.plan import steps
from unspoof.case.session import Session
from unspoof.case.showing import run_demo
from unspoof.engine import Step

Seconds = dict[str, float]


def alternate(rounds: int, ways: Mapping[str, Callable[[], object]]) -> Seconds:
    """Run every way once a round; return the median seconds of each, and as `per NAME` the median of the ratios to it.

    A ratio is one of seconds of the same round, so that a slow stretch of a shared machine falls out of it.
    """
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        for name, work in ways.items():
            started = time.perf_counter()
            work()
            if number:  # the first round warms files and code
                taken[name].append(time.perf_counter() - started)
    made = {name: statistics.median(seconds) for name, seconds in taken.items()}
    first, *others = taken
    for name in others:
        made[f"per {name}"] = statistics.median(a / b for a, b in zip(taken[first], taken[name], strict=True))
    return made


def bare(case: Path, session: Session) -> Any:
    """Return a DuckDB of its own over a case's files: tables, findings, and the views that are not kept."""
    db = duckdb.connect()
    for table in sorted((case / "tables").iterdir()):
        source = f"read_parquet('{table}/*/*.parquet', hive_partitioning=true)"
        db.execute(f"CREATE VIEW {table.name} AS SELECT * FROM {source}")
    brands = next((case / "reference").glob("brands*.parquet"))
    db.execute(f"CREATE VIEW brands AS SELECT * FROM '{brands}'")
    for name in ("setting", "this_case"):
        held = session.engine.fetch(f"SELECT * FROM {name}")
        db.register(f"held_{name}", held)
        db.execute(f"CREATE TABLE {name} AS SELECT * FROM held_{name}")
    for step in steps():
        file = case / "findings" / step.name / "rows.parquet"
        db.execute(f"CREATE VIEW {step.name} AS " + (f"SELECT * FROM '{file}'" if step.kept else step.sql))
    return db


def into(db: Any, sql: str, step: Step, target: Path) -> Callable[[], object]:
    """Return the work of writing a query's rows in the step's order."""
    order = ", ".join(f'"{name}"' for name in step.order_by)
    copy = f"COPY (SELECT * FROM ({sql}) ORDER BY {order}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)"
    return lambda: db.execute(copy)


def differing(db: Any, step: Step, target: Path) -> int:
    """Return how many rows of a step and of the file written by hand are not the other's."""
    names = ", ".join(f'"{name}"' for name in step.gives.names)
    one, other = f"SELECT {names} FROM {step.name}", f"SELECT {names} FROM '{target}'"
    both = f"({one} EXCEPT ALL {other}) UNION ALL ({other} EXCEPT ALL {one})"
    return int(db.execute(f"SELECT count(*) FROM ({both})").fetchone()[0])


def line(name: str, took: Seconds) -> str:
    """Return one line of the table."""
    beside = [
        f"{took[way] * 1000:,.0f} | {took['unspoof'] / took[way]:.2f}" if way in took else "- | -" for way in WAYS
    ]
    return f"| {name} | {took['unspoof'] * 1000:,.0f} | " + " | ".join(beside) + " |"


WAYS = ("plain", "by hand")


def measure_steps(case: Path, session: Session, rounds: int, scratch: Path) -> Seconds:
    """Print a line a step; return the sums, of those with SQL."""
    db = bare(case, session)
    tables = ("calls", "logins", "payments", "reports")
    columns = {t: [row[0] for row in db.execute(f"DESCRIBE {t}").fetchall()] for t in tables}
    hand = {"duplicates": by_hand.duplicates(columns), **by_hand.STEPS}
    sums = dict.fromkeys(("unspoof", "plain"), 0.0)
    for step in (step for step in steps() if step.kept):
        ours, theirs = scratch / "ours.parquet", scratch / "theirs.parquet"
        ways: dict[str, Callable[[], object]] = {
            "unspoof": lambda: session.engine.write(step, session.settings, ours)  # noqa: B023  # called at once
        }
        if step.sql:
            ways["plain"] = into(db, step.sql, step, theirs)
        if step.name in hand:
            ways["by hand"] = into(db, hand[step.name], step, theirs)
        took = alternate(rounds, ways)
        if step.name in hand and (wrong := differing(db, step, theirs)):
            raise SystemExit(f"{step.name}: {wrong} rows by hand are not those of the step")
        if step.sql:
            sums = {way: sums[way] + took[way] for way in sums}
        print(line(step.name, took), flush=True)
    return sums


def measure_figures(case: Path, session: Session, rounds: int) -> None:
    """Print a line a figure that is asked by hand too, and one for all figures together."""
    db = bare(case, session)
    known = {figure.key: figure for figure in act.FIGURES}
    for key, sql in by_hand.FIGURES.items():
        figure = known[key]
        ours = [tuple(row.values()) for row in session.engine.fetch(figure.value_sql).to_pylist()]
        theirs = db.execute(sql).fetchall()
        if [row[: len(theirs[0])] for row in ours] != theirs:
            raise SystemExit(f"{key}: by hand it is {json.dumps(theirs, default=str)}")
        ways: dict[str, Callable[[], object]] = {
            "unspoof": lambda: session.engine.fetch(figure.value_sql),  # noqa: B023  # called at once
            "plain": lambda: db.sql(figure.value_sql).to_arrow_table(),  # noqa: B023
            "by hand": lambda: db.sql(sql).to_arrow_table(),  # noqa: B023
        }
        print(line(key, alternate(rounds, ways)), flush=True)
    print(
        line("all figures", alternate(rounds, {"unspoof": lambda: act.compute(session.engine.fetch, session.settings)}))
    )


def main() -> None:
    """Make a case, or take one that stands, measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("calls", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scratch", default=None)
    parser.add_argument("--case", type=Path, default=None, help="a case that has been run, instead of a new one")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.scratch) as folder:
        made = Path(folder) / "made"
        folder_of = given.case or run_demo(made, given.calls, 7, lambda _: None).case.folder
        with Case(folder_of).looking() as session:
            print("| step | unspoof ms | plain ms | ratio | by hand ms | ratio |\n|---|---|---|---|---|---|")
            sums = measure_steps(folder_of, session, given.rounds, Path(folder))
            print(line("all steps in SQL", {**sums, "per plain": sums["unspoof"] / sums["plain"]}), flush=True)
            print("\n| figure | unspoof ms | plain ms | ratio | by hand ms | ratio |\n|---|---|---|---|---|---|")
            measure_figures(folder_of, session, given.rounds)


if __name__ == "__main__":
    main()

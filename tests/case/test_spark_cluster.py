"""Runs on a real Spark cluster give DuckDB's bytes, outlive a worker, and leave the case alone when they die."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pytest
from made_up_case import stated_files
from spark_cluster import (
    SHORT_LIVED,
    StandaloneCluster,
    Worker,
    alive,
    command_of,
    descendants,
    kill_group,
    lacking,
    wait_until,
)

from unspoof import synth
from unspoof.case import Case

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("cluster"),
    pytest.mark.skipif(bool(lacking()), reason=lacking() or "-"),
]

CALLS, SEED = 20_000, 11
RUN_S = 600.0
"""No run takes so long, even on a machine that does much else."""
LONG_STEP = "account_shared_things"
"""The step that takes Spark longest, with several shuffles; runs are cut off in it."""
CHANGED = ("UNSPOOF_ACCOUNT_MAX_HOLDERS", "3")
"""A setting of the run before: one without it begins with LONG_STEP and does what follows from that."""
_SAYS_GAP = r"[^\n]+(\n[^\n]+)?  \[engine-gap\]\n"
"""An error as the command line prints it: what is wrong, a hint on a second line, and the slug."""


@dataclass
class Command:
    """One `unspoof` command, in a session of its own so that it can be killed with its JVM."""

    process: subprocess.Popen[bytes]
    said: Path
    started: float

    @classmethod
    def start(cls, said: Path, *words: object, master: str = "", **variables: str) -> Self:
        """Start it in an empty folder `said`/here; what it says goes to files in `said`."""
        (said / "here").mkdir(parents=True)
        ours = {name: value for name, value in os.environ.items() if not name.startswith(("SPARK_", "UNSPOOF_"))}
        ours |= {"SPARK_LOCAL_IP": "127.0.0.1", "JAVA_TOOL_OPTIONS": SHORT_LIVED}
        ours |= {"UNSPOOF_SPARK_MASTER": master} if master else {}
        with (said / "out").open("wb") as out, (said / "err").open("wb") as err:
            process = subprocess.Popen(
                [sys.executable, "-m", "unspoof", *map(str, words)],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                cwd=said / "here",
                env={**ours, **variables},
                group=MARK if os.geteuid() == 0 else None,
                start_new_session=True,
            )
        return cls(process, said, time.monotonic())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.returncode is None:
            kill_group(self.process)

    @property
    def error(self) -> str:
        """What it wrote to standard error so far."""
        return (self.said / "err").read_text("utf-8")

    @property
    def jvms(self) -> list[int]:
        """Its living Java processes."""
        return [p for p in descendants(self.process.pid) if Path(command_of(p)[0]).name == "java"]

    def ended(self, within: float = RUN_S) -> int:
        """Wait for its end and return its exit code; the tree below it must be gone too."""
        below = descendants(self.process.pid)
        try:
            code = self.process.wait(within)
        except subprocess.TimeoutExpired:
            kill_group(self.process)
            pytest.fail(f"it had not ended after {within:.0f} s; it said: {self.error!r}")
        assert not any(map(alive, below)), [command_of(p) for p in below]
        return code


MARK = 61_234
"""A group that nothing else on the machine has: as root, commands run in it, so that every file they make is known."""


@dataclass(frozen=True)
class Prepared:
    """What all tests begin with, and what every finished run must come to."""

    folder: Path
    wanted: dict[str, str]
    """SHA-256 of each finding's rows and of the figures, of a DuckDB run."""

    def copy(self, name: str, to: Path) -> Path:
        """Return a copy of the case 'fresh', in which nothing was run, or 'stale', run with another setting."""
        return Path(shutil.copytree(self.folder / name, to / "case", symlinks=True))


def _results(case: Path) -> dict[str, str]:
    """Return path and SHA-256 of what two runs over the same case must share."""
    files = [*sorted(case.glob("findings/*/rows.parquet")), case / "outputs" / "figures.json"]
    return {str(f.relative_to(case)): hashlib.sha256(f.read_bytes()).hexdigest() for f in files}


def _standing(case: Path) -> dict[str, str]:
    """Return path and SHA-256 of every file of a case, but what lies in work/ until a run ends."""
    files = [f for f in sorted(case.rglob("*")) if f.is_file() and f.relative_to(case).parts[0] != "work"]
    return {str(f.relative_to(case)): hashlib.sha256(f.read_bytes()).hexdigest() for f in files}


def _faults(case: Path) -> list[object]:
    return [fault for fault in Case(case).verify() if fault.kind == "fault"]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """Two states of a made-up case, and DuckDB's results for both."""
    folder = tmp_path_factory.mktemp("prepared")
    fresh, stale, done = (folder / name for name in ("fresh", "stale", "done"))
    seizure = synth.make(folder / "seizure", calls=CALLS, seed=SEED)
    case = Case.new(fresh, reference="TEST 1", home="GB", currency="GBP")
    case.load_reference("brands", seizure.brands)
    for path, stated in stated_files(seizure):
        case.add([path], stated)
    shutil.copytree(fresh, stale)
    shutil.copytree(fresh, done)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(*CHANGED)
        Case(stale).run()
    Case(done).run()
    wanted = _results(done)
    assert len(wanted) > 30
    assert {p for p, sha256 in _results(stale).items() if wanted[p] != sha256}, "the setting changes nothing"
    return Prepared(folder, wanted)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandaloneCluster]:
    """One master and two workers; a test that kills a worker starts another."""
    with StandaloneCluster(tmp_path_factory.mktemp("cluster")) as started:
        yield started


def _wait_for_step(run: Command, case: Path, step: str) -> Path:
    """Wait until a run has begun a step; return the folder in which its rows will stand."""
    found: list[Path] = []

    def begun() -> bool:
        assert run.process.poll() is None, f"it ended before step {step}: {run.error!r}"
        found[:] = case.glob(f"work/made-*/findings/{step}")
        return bool(found)

    wait_until(begun, f"step {step} began", RUN_S)
    return found[0]


def _wait_for_work(workers: Sequence[Worker]) -> None:
    """Wait until the executor of each worker finishes a further task and keeps rows for later stages."""
    before = [worker.finished_tasks for worker in workers]
    wait_until(
        lambda: all(w.finished_tasks > n and w.shuffle_files for w, n in zip(workers, before, strict=True)),
        "every worker works",
        RUN_S,
    )


def test_a_cluster_gives_the_bytes_of_duckdb(prepared: Prepared, cluster: StandaloneCluster, tmp_path: Path) -> None:
    """Findings and figures of a run on two workers equal DuckDB's to the byte, and both workers did the work."""
    case = prepared.copy("fresh", tmp_path)
    before = [worker.finished_tasks for worker in cluster.workers]
    with Command.start(tmp_path / "said", "run", case, "--engine", "spark", master=cluster.master_url) as run:
        code = run.ended()

    assert (code, run.error) == (0, "")
    assert _results(case) == prepared.wanted
    done = [worker.finished_tasks - n for worker, n in zip(cluster.workers, before, strict=True)]
    assert min(done) > len(prepared.wanted), done  # the first answer of the cluster would be one task in all
    cluster.wait_until_idle()
    app = cluster.status()["completedapps"][-1]
    assert (app["name"], app["state"]) == ("unspoof", "FINISHED")
    manifests = [json.loads(f.read_text("utf-8")) for f in case.glob("findings/*/manifest.json")]
    assert {manifest["worked_out_by"].split()[0] for manifest in manifests} == {"spark"}
    assert not list((case / "work").iterdir())
    assert _faults(case) == []


def test_a_run_outlives_a_killed_worker(prepared: Prepared, cluster: StandaloneCluster, tmp_path: Path) -> None:
    """A worker and its executor are killed in the middle of a step; the run ends well, with DuckDB's bytes."""
    case = prepared.copy("stale", tmp_path)
    victim, other = cluster.workers
    with Command.start(tmp_path / "said", "run", case, "--engine", "spark", master=cluster.master_url) as run:
        folder = _wait_for_step(run, case, LONG_STEP)
        _wait_for_work(cluster.workers)
        assert run.process.poll() is None
        assert len(cluster.kill(victim)) == 1
        assert not (folder / "rows.parquet").exists(), "the step was over before the worker died"
        assert run.process.poll() is None
        others = other.finished_tasks
        cluster.wait_for_workers(1)
        code = run.ended()
    cluster.add_worker()
    cluster.wait_for_workers(2)

    assert (code, run.error) == (0, "")
    assert _results(case) == prepared.wanted
    assert other.finished_tasks > others, "the worker that was left did nothing more"
    assert not list((case / "work").iterdir())
    assert _faults(case) == []


def _assert_untouched(case: Path, before: dict[str, str]) -> None:
    """Check that a dead run changed no file of the case, and that the case verifies."""
    assert _standing(case) == before
    assert _faults(case) == []


def _assert_next_run_completes(case: Path, prepared: Prepared) -> None:
    """Check that the next run gives the right bytes and clears away what the dead one left."""
    Case(case).run()
    assert _results(case) == prepared.wanted
    assert not list((case / "work").iterdir())
    assert _faults(case) == []


@pytest.mark.parametrize("killed", ["the command alone", "the command and its JVM"])
def test_a_killed_run_leaves_the_case(
    prepared: Prepared, cluster: StandaloneCluster, tmp_path: Path, killed: str
) -> None:
    """After SIGKILL in the middle of a step every file is as before; no JVM and no executor stays behind."""
    case = prepared.copy("stale", tmp_path)
    before = _standing(case)
    with Command.start(tmp_path / "said", "run", case, "--engine", "spark", master=cluster.master_url) as run:
        _wait_for_step(run, case, LONG_STEP)
        _wait_for_work(cluster.workers)
        jvms = run.jvms
        assert len(jvms) == 1
        assert run.process.poll() is None
        if killed == "the command alone":
            run.process.send_signal(signal.SIGKILL)
            assert run.process.wait(30) == -signal.SIGKILL
            wait_until(lambda: not any(map(alive, jvms)), "its JVM ends by itself")
        else:
            kill_group(run.process)
    cluster.wait_until_idle()

    assert list((case / "work").iterdir()), "it was killed before it had begun"
    _assert_untouched(case, before)
    _assert_next_run_completes(case, prepared)


def _assert_gap(run: Command, within: float, words: str) -> None:
    """Check that a command ended with exit code 2 and one clear message."""
    code = run.ended(within)
    assert code == 2, run.error
    assert re.fullmatch(_SAYS_GAP, run.error), run.error
    assert re.search(words, run.error), run.error
    assert (run.said / "out").read_bytes() == b""


def test_a_dead_cluster_is_told_in_one_message(prepared: Prepared, tmp_path: Path) -> None:
    """Master and workers are killed in the middle of a step; the command ends in time and says so."""
    case = prepared.copy("stale", tmp_path)
    before = _standing(case)
    with StandaloneCluster(tmp_path / "cluster") as doomed:
        words = ("run", case, "--engine", "spark")
        with Command.start(tmp_path / "said", *words, master=doomed.master_url, UNSPOOF_SPARK_WAIT_S="20") as run:
            folder = _wait_for_step(run, case, LONG_STEP)
            _wait_for_work(doomed.workers)
            doomed.stop()
            assert not (folder / "rows.parquet").exists(), "the step was over before the cluster died"
            assert run.process.poll() is None
            _assert_gap(run, 180, f"step {LONG_STEP}: Spark is gone: no executor")

    _assert_untouched(case, before)
    _assert_next_run_completes(case, prepared)


def test_no_master_is_told_in_one_message(prepared: Prepared, tmp_path: Path) -> None:
    """Where nothing listens, the command ends in time, names the address and changes nothing."""
    case = prepared.copy("stale", tmp_path)
    before = _standing(case)
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # bound and not listening: nobody else can take it meanwhile
        master = f"spark://127.0.0.1:{held.getsockname()[1]}"
        words = ("run", case, "--engine", "spark")
        with Command.start(tmp_path / "said", *words, master=master, UNSPOOF_SPARK_WAIT_S="3") as run:
            _assert_gap(run, 120, re.escape(master))

    _assert_untouched(case, before)
    _assert_next_run_completes(case, prepared)


def test_a_master_without_workers_is_told_in_one_message(prepared: Prepared, tmp_path: Path) -> None:
    """Where no executor comes within wait_s seconds, the command says so and changes nothing; also where Java needs longer
    than that to hand the first job in.
    """
    case = prepared.copy("stale", tmp_path)
    before = _standing(case)
    with StandaloneCluster(tmp_path / "cluster", wanted=0) as alone:
        words = ("run", case, "--engine", "spark")
        with Command.start(tmp_path / "said", *words, master=alone.master_url, UNSPOOF_SPARK_WAIT_S="1") as run:
            _assert_gap(run, 180, "no executor began work within 1 s")
        assert time.monotonic() - run.started > 1
        alone.wait_until_idle()

    _assert_untouched(case, before)
    _assert_next_run_completes(case, prepared)


_SPARKS = re.compile(
    r"spark|blockmgr|artifacts-|liblz4|snappy|libzstd|derby|metastore|hive|unspoof|tmp.*", re.IGNORECASE
)
"""Names of what Spark, its libraries and Python's tempfile leave in a machine's folder for temporary files."""


def _made_by_command(known: set[str]) -> list[str]:
    """Return what lies in the machine's folders for temporary files and is a command's own.

    As root it is known by its group. Otherwise it is what is new, has such a name and is ours: another Spark that starts
    meanwhile is then mistaken for it.
    """
    found = []
    for folder in {"/tmp", tempfile.gettempdir()}:  # Java takes the first whatever TMPDIR says
        for entry in os.scandir(folder):
            status = entry.stat(follow_symlinks=False) if os.path.lexists(entry) else None
            if status is None or entry.path in known:
                continue
            theirs = status.st_gid == MARK if os.geteuid() == 0 else status.st_uid == os.geteuid()
            if theirs and (os.geteuid() == 0 or _SPARKS.match(entry.name)):
                found.append(entry.path)
    return found


def test_a_run_leaves_nothing_outside_the_case(prepared: Prepared, tmp_path: Path) -> None:
    """On one machine rows spill into the case's own folder; nothing is left there, in the folder it ran in or in /tmp."""
    case = prepared.copy("stale", tmp_path)
    known = set(_made_by_command(set()))
    elsewhere: set[str] = set()
    with Command.start(tmp_path / "said", "run", case, "--only", "link", "--engine", "spark", master="local[2]") as run:
        _wait_for_step(run, case, LONG_STEP)

        def spilled() -> bool:
            elsewhere.update(p for p in _made_by_command(known) if re.search("spark|blockmgr", Path(p).name))
            return bool(list((case / "work").glob("**/shuffle_*.data")))

        wait_until(spilled, "rows are shuffled through CASE/work", RUN_S)
        code = run.ended()

    assert (code, run.error) == (0, "")
    assert elsewhere == set()
    assert _made_by_command(known) == []
    assert list((run.said / "here").iterdir()) == []
    assert not list((case / "work").iterdir())
    rows = {
        str(f.relative_to(case)): hashlib.sha256(f.read_bytes()).hexdigest() for f in case.glob("findings/*/rows.*")
    }
    assert f"findings/{LONG_STEP}/rows.parquet" in rows
    assert rows.items() <= prepared.wanted.items()

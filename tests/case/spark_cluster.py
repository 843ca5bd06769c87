"""A standalone Spark cluster on loopback, its master and workers processes of their own; it knows nothing of cases."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

START_S = 60.0
"""How long a master or worker may take to come up on a loaded machine."""
_LOOPBACK = "127.0.0.1"
SHORT_LIVED = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""For JAVA_TOOL_OPTIONS: a second compiler and a parallel collector cost such short lives more than they win back."""
_BESIDE = {"SPARK_LOCAL_IP": _LOOPBACK, "SPARK_PUBLIC_DNS": _LOOPBACK, "JAVA_TOOL_OPTIONS": SHORT_LIVED}


def lacking() -> str:
    """Say what a cluster needs that this machine does not have; empty if it can be started."""
    if importlib.util.find_spec("pyspark") is None:
        return "PySpark is not installed: pip install 'unspoof[spark]'"
    return "" if shutil.which("java") else "there is no java on PATH"


def wait_until(true: Callable[[], object], what: str, seconds: float = START_S) -> None:
    """Look every 20 ms until something holds; AssertionError names it if it does not in time."""
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.02)


def _stat(process: int) -> tuple[str, int] | None:
    """Return state and parent of a process as the kernel has them."""
    try:
        text = Path(f"/proc/{process}/stat").read_text("utf-8", "replace")
    except OSError:
        return None
    state, parent = text.rpartition(")")[2].split()[:2]  # the name before it may hold blanks and brackets
    return state, int(parent)


def alive(process: int) -> bool:
    """Say whether a process runs; one that is dead and not yet waited for does not."""
    found = _stat(process)
    return found is not None and found[0] not in "ZX"


def descendants(process: int) -> list[int]:
    """Return the living processes below one, by walking the process tree."""
    children: dict[int, list[int]] = {}
    for number in (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()):
        if (found := _stat(number)) is not None and found[0] not in "ZX":
            children.setdefault(found[1], []).append(number)
    below, todo = [], [process]
    while todo:
        found_here = children.get(todo.pop(), [])
        below += found_here
        todo += found_here
    return sorted(below)


def command_of(process: int) -> list[str]:
    """Return the words that a process was started with; none if it is gone."""
    try:
        return Path(f"/proc/{process}/cmdline").read_text("utf-8", "replace").split("\0")
    except OSError:
        return []


def kill_group(process: subprocess.Popen[Any]) -> None:
    """Kill what was started as the head of a session, with all that it started in turn."""
    members = [process.pid, *descendants(process.pid)]
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(START_S)
    wait_until(lambda: not any(map(alive, members)), "killed processes are gone")


@dataclass
class Worker:
    """One worker: its process, and the folder that holds its log, its executors' logs and what they spill."""

    process: subprocess.Popen[bytes]
    folder: Path

    @property
    def pid(self) -> int:
        """The worker's own process, a JVM."""
        return self.process.pid

    @property
    def executors(self) -> list[int]:
        """The executors that live below it now."""
        return [p for p in descendants(self.pid) if any("CoarseGrainedExecutorBackend" in w for w in command_of(p))]

    @property
    def finished_tasks(self) -> int:
        """How many tasks its executors have finished, by their own logs."""
        return len(re.findall(r"Executor: Finished task [0-9.]+ in stage", self.executor_logs()))

    @property
    def shuffle_files(self) -> list[Path]:
        """The files of rows that its executors keep for other stages."""
        return list((self.folder / "local").glob("**/shuffle_*.data"))

    def executor_logs(self) -> str:
        """Return what its executors wrote to standard error."""
        return "\n".join(p.read_text("utf-8", "replace") for p in sorted(self.folder.glob("work/*/*/stderr")))


@dataclass
class StandaloneCluster:
    """One master and some workers with one core and one executor of 1 GiB each; a context manager that kills them all.

    Args:
        folder: new or empty; logs, work folders and what executors spill lie in it.
        wanted: how many workers to start with.

    """

    folder: Path
    wanted: int = 2
    master: subprocess.Popen[bytes] | None = None
    workers: list[Worker] = field(default_factory=list)
    master_url: str = ""
    _started: list[subprocess.Popen[bytes]] = field(default_factory=list)
    _page: str = ""

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start master and workers, each with ports that the kernel chooses, and wait until they know each other."""
        self.folder.mkdir(parents=True, exist_ok=True)
        log = self.folder / "master.log"
        words = ["master.Master", "--host", _LOOPBACK, "--port", "0", "--webui-port", "0"]
        self.master = self._spawn(words, log, self.folder)
        self.master_url = self._said(log, r"Starting Spark master at (spark://\S+)")
        port = self._said(log, r"MasterWebUI: .* started at http://\S+:([0-9]+)")
        self._page = f"http://{_LOOPBACK}:{port}/json/"
        for _ in range(self.wanted):
            self.add_worker()
        self.wait_for_workers(self.wanted)

    def add_worker(self) -> Worker:
        """Start one more worker; the master may not know it yet."""
        folder = self.folder / f"worker-{len(self._started)}"
        (folder / "local").mkdir(parents=True)
        words = ["worker.Worker", "--host", _LOOPBACK, "--port", "0", "--webui-port", "0", "--cores", "1"]
        words += ["--memory", "1g", "--work-dir", str(folder / "work"), self.master_url]
        self.workers.append(Worker(self._spawn(words, folder / "worker.log", folder), folder))
        return self.workers[-1]

    def _spawn(self, words: list[str], log: Path, folder: Path) -> subprocess.Popen[bytes]:
        found = importlib.util.find_spec("pyspark")
        assert found is not None, "PySpark is not installed"
        assert found.origin is not None
        home = Path(found.origin).parent
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("SPARK_", "PYSPARK_"))}
        ours = {"SPARK_HOME": str(home), "SPARK_LOCAL_DIRS": str(folder / "local"), "SPARK_DAEMON_MEMORY": "256m"}
        # What its JVMs unpack would otherwise be left in the machine's /tmp when they are killed.
        tmp = folder / "tmp"
        tmp.mkdir(exist_ok=True)
        options = {"SPARK_DAEMON_JAVA_OPTS": f"-Djava.io.tmpdir={tmp}", "TMPDIR": str(tmp)}
        with log.open("wb") as out:
            process = subprocess.Popen(
                [str(home / "bin" / "spark-class"), f"org.apache.spark.deploy.{words[0]}", *words[1:]],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                cwd=folder,
                env={**kept, **_BESIDE, **ours, **options},
                start_new_session=True,
            )
        self._started.append(process)
        return process

    def _said(self, log: Path, pattern: str) -> str:
        """Wait until a log holds a pattern and return its group."""
        wait_until(lambda: re.search(pattern, log.read_text("utf-8", "replace")), f"{log.name} says {pattern!r}")
        found = re.search(pattern, log.read_text("utf-8", "replace"))
        assert found is not None
        return found[1]

    def status(self) -> dict[str, Any]:
        """Return what the master says of itself: workers, activeapps, completedapps and more."""
        with urllib.request.urlopen(self._page, timeout=10) as answer:
            said: dict[str, Any] = json.load(answer)
        return said

    def wait_for_workers(self, number: int) -> None:
        """Wait until the master counts so many workers as alive."""
        wait_until(
            lambda: sum(w["state"] == "ALIVE" for w in self.status()["workers"]) == number,
            f"the master sees {number} workers",
        )

    def wait_until_idle(self) -> None:
        """Wait until no application is left on the cluster and no executor lives."""
        wait_until(lambda: not self.status()["activeapps"], "the master has no application")
        wait_until(lambda: not any(w.executors for w in self.workers), "no executor lives")

    def kill(self, worker: Worker) -> list[int]:
        """Kill a worker and its executors at one stroke (SIGKILL); return which executors died."""
        executors = worker.executors
        self.workers.remove(worker)
        kill_group(worker.process)
        wait_until(lambda: not any(map(alive, executors)), "its executors are gone")
        return executors

    def stop(self) -> None:
        """Kill everything that was started."""
        self.workers.clear()
        for process in self._started:
            kill_group(process)


__all__ = [
    "SHORT_LIVED",
    "START_S",
    "StandaloneCluster",
    "Worker",
    "alive",
    "command_of",
    "descendants",
    "kill_group",
    "lacking",
    "wait_until",
]

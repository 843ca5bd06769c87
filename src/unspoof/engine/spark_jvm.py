"""One JVM with a Spark context, from start to end; it knows nothing of steps."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from unspoof.config import Machine
from unspoof.engine.spark_watch import Watch, find_master, masters
from unspoof.errors import EngineGap

_WHERE = "engine spark"
_LEAST_JAVA = 17
_AGAIN_S = 0.5


def _conf(machine: Machine, scratch: Path) -> Mapping[str, str]:
    """Return Spark's settings: ours, then those of the case or the environment, which win."""
    local = machine.spark_master.startswith("local")
    log = Path(__file__).with_name("log4j2.properties")
    ours = {
        "spark.app.name": "unspoof",
        "spark.master": machine.spark_master,
        # Equal answers on both engines rest on these.
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.ansi.enabled": "true",
        "spark.sql.timestampType": "TIMESTAMP_NTZ",
        "spark.sql.caseSensitive": "false",
        # A page and a progress bar are for whoever asks for them; what spills is personal data.
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.local.dir": str(scratch / "spill"),
        "spark.sql.warehouse.dir": f"file:{scratch / 'warehouse'}",
        "spark.driver.extraJavaOptions": f'"-Dlog4j2.configurationFile={log}" "-Djava.io.tmpdir={scratch}"'
        f' "-Dderby.system.home={scratch}" -XX:-UsePerfData',
    }
    if local:
        ours |= {"spark.driver.memory": "4g", "spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1"}
    return {**ours, **dict(machine.spark_conf)}


def _java() -> None:
    """Say what is missing before Spark does so in its own way."""
    home = os.environ.get("JAVA_HOME", "")
    java = str(Path(home) / "bin" / "java") if home else "java"
    if shutil.which(java) is None:
        where = f"JAVA_HOME={home}" if home else "PATH"
        hint = f"Install Java {_LEAST_JAVA} or 21, such as Debian's openjdk-{_LEAST_JAVA}-jre-headless."
        raise EngineGap("Spark runs on Java, and none was found", where=where, hint=hint)


@contextmanager
def _utf8() -> Iterator[None]:
    """Let Java see file names as they are: it takes their encoding from the locale of its start."""
    before = os.environ.get("LC_ALL")
    os.environ["LC_ALL"] = "C.UTF-8"
    try:
        yield
    finally:
        if before is None:
            del os.environ["LC_ALL"]
        else:
            os.environ["LC_ALL"] = before


class SparkJvm:
    """A Spark session of its own, in a JVM of its own that ends with it.

    Args:
        machine: where the master is and what Spark is told.
        scratch: a private folder for its log and for what spills.

    Raises:
        EngineGap: no PySpark, no Java, no master, no worker within the time, or Spark is in use in this process.

    """

    def __init__(self, machine: Machine, scratch: Path) -> None:
        self._scratch = scratch
        for name in ("spill", "warehouse"):
            (scratch / name).mkdir(parents=True, exist_ok=True)
        try:
            import pyspark
            from pyspark import SparkConf, SparkContext
        except ImportError as error:
            hint = "Install it with: pip install 'unspoof[spark]'"
            raise EngineGap("PySpark is not installed", where=_WHERE, hint=hint) from error
        _java()
        masters(machine.spark_master)  # before anything is started
        if SparkContext._active_spark_context is not None:
            raise EngineGap("Spark is in use in this process", where=_WHERE, hint="Close it first.")
        self.version = str(pyspark.__version__)
        self._master = machine.spark_master
        conf = SparkConf(loadDefaults=False)
        for name, value in _conf(machine, scratch).items():
            conf.set(name, value)
        self._gateway: Any = None
        self.session: Any = None
        self._watch: Watch | None = None
        try:
            self._start(conf)
            self._first_answer(machine.spark_wait_s)
            if not machine.spark_master.startswith("local"):
                self._watch = Watch(SparkContext._active_spark_context, machine.spark_wait_s)
        except BaseException:
            self.close()
            raise

    def _start(self, conf: Any) -> None:
        from pyspark import SparkContext
        from pyspark.java_gateway import launch_gateway
        from pyspark.sql import SparkSession

        with (self._scratch / "spark.log").open("wb") as log, _utf8():
            try:
                self._gateway = launch_gateway(conf, {"stdout": log, "stderr": log})
            except Exception as error:
                raise EngineGap(f"Spark's Java did not start: {self._last_words()}", where=_WHERE) from error
        find_master(self._gateway.jvm, self._master)
        try:
            context = SparkContext(conf=conf, gateway=self._gateway)
        except Exception as error:
            hint = "See UNSPOOF_SPARK_MASTER or [spark] master in case.toml."
            said = f"Spark's master {self._master} does not answer or refuses: {self._last_words()}"
            raise EngineGap(said, where=_WHERE, hint=hint) from error
        context.setLogLevel("ERROR")
        self.session = SparkSession(context)

    def _last_words(self) -> str:
        """Return the last error that Java wrote, one line; at this point it has not read any row."""
        with suppress(OSError):
            lines = (self._scratch / "spark.log").read_text("utf-8", "replace").splitlines()
            said = [line for line in lines if " ERROR " in line or "Exception" in line or line.startswith("Error")]
            if said:
                return said[0][:300]
        return "no reason given"

    def _first_answer(self, wait_s: int) -> None:
        """Run one small job: a cluster without workers would let the first step wait for ever."""
        context = self.session.sparkContext
        group = "unspoof-first-answer"
        gone, ended = threading.Event(), threading.Event()

        def give_up() -> None:
            if ended.wait(wait_s):
                return
            gone.set()
            while not ended.wait(_AGAIN_S):  # on a busy machine the job may begin only now, and would wait for ever
                with suppress(Exception):
                    context.cancelJobGroup(group)

        threading.Thread(target=give_up, name="unspoof-first-answer", daemon=True).start()
        try:
            context.setJobGroup(group, "the cluster's first answer")
            self.session.range(0, 1, 1, 1).count()
        except Exception as error:
            said = f"no executor began work within {wait_s} s" if gone.is_set() else "the first job failed"
            hint = f"Look at the cluster at {self._master}: are workers registered, with memory and cores to spare?"
            raise EngineGap(said, where=_WHERE, hint=hint) from error
        finally:
            ended.set()
            with suppress(Exception):
                context._jsc.clearJobGroup()

    @property
    def given_up(self) -> str:
        """Why jobs were ended from outside; empty if they were not."""
        if self._watch is None or not self._watch.gave_up:
            return ""
        return f"no executor was there for {self._watch.wait_s} s"

    def close(self) -> None:
        """End the session and its JVM; it is killed if it does not end by itself."""
        from pyspark import SparkContext

        if self._watch is not None:
            self._watch.close()
            self._watch = None
        if self.session is not None:
            with suppress(Exception):
                self.session.stop()
        if self._gateway is not None:
            process = getattr(self._gateway, "proc", None)
            with suppress(Exception):
                self._gateway.shutdown()
            if process is not None:
                _end(process)
        SparkContext._gateway = SparkContext._jvm = None
        SparkContext._active_spark_context = None
        self.session = self._gateway = None


def _end(process: Any) -> None:
    with suppress(OSError):
        process.stdin.close()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(20)


__all__ = ["SparkJvm"]

"""docs/scale.md against the code: the table of what was measured, the settings that it shows, the steps that it names."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from unspoof.case.growth import MEASURED
from unspoof.case.plan import steps
from unspoof.config import load_machine

PAGE = (Path(__file__).parent.parent.parent / "docs/scale.md").read_text("utf-8")
_HEAD = "| engine | calls | cores | memory limit | run s | CPU s | peak MiB | spilled MiB | source |"


def test_the_table_is_what_was_measured() -> None:
    """Every measured point stands in the page as it stands in the code, in its order, and nothing else does."""
    table = PAGE[PAGE.index(_HEAD) :].split("\n\n")[0].splitlines()[2:]

    assert table == [
        f"| {p.engine} | {p.calls:,} | {p.cores} | {p.memory_limit} | {p.run_s:,} | {p.cpu_s:,} | {p.peak_mib:,} "
        f"| {p.spilled_mib:,} | {p.source} |"
        for p in MEASURED
    ]


@pytest.mark.parametrize("block", re.findall(r"```toml\n(.*?)```", PAGE, flags=re.DOTALL))
def test_the_settings_shown_are_read(block: str) -> None:
    """Each block of settings is taken as a case.toml's, with every setting of Spark's in it."""
    machine = load_machine(block, environment={})

    assert dict(machine.spark_conf) == tomllib.loads(block)["spark"]["conf"]


def test_every_step_that_reads_calls_is_judged() -> None:
    """The table of uneven accounts has each kept step that reads calls, itself or through views."""
    views = {step.name: step for step in steps() if not step.kept}

    def reads_calls(name: str) -> bool:
        return name == "calls" or (name in views and any(reads_calls(read) for read in views[name].reads))

    table = PAGE[PAGE.index("| step | shuffled by |") :].split("\n\n")[0]
    judged = {name for line in table.splitlines() for name in re.findall(r"`([a-z_]+)`", line.split(" | ")[0])}
    wanted = {step.name for step in steps() if step.kept and any(reads_calls(read) for read in step.reads)}

    assert wanted <= judged
    assert judged <= {step.name for step in steps()}

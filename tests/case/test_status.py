"""`unspoof status`: the size of a case, the state of its findings and what a run would need, on every kind of case."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from made_up_case import Worked

from unspoof.case import Case
from unspoof.case.growth import WITHOUT
from unspoof.errors import BadCase, BadRequest

KEYS = {
    "": "case tables refused_rows exhibits findings largest_account room needs advice next",
    "tables": "table rows bytes files exhibits",
    "exhibits": "sealed bytes unread",
    "findings": "state stand planned bytes again newer_reference",
    "largest_account": "account_id account_ref calls share_ppm",
    "room": "cores memory_bytes memory_limit_bytes disk_free_bytes",
    "needs": "engine fits lacks run_s cpu_s cores memory_bytes spill_bytes findings_bytes where is_provisional measured "
    "measured_without",
    "advice": "engine fits because slower slower_at",
}
"""What the help of the command, and so docs/commands.md, says of --json."""


def _said(case: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "UNSPOOF_REFERENCE_DIR": str(case.parent / "no-reference")}
    command = [sys.executable, "-m", "unspoof", "status", str(case), *words]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120)


def _json(case: Path, *words: str) -> Any:
    done = _said(case, "--json", *words)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def copied(worked: Worked, tmp_path: Path) -> Path:
    """A copy of the made-up case, to be changed."""
    shutil.copytree(worked.case.folder, tmp_path / "case")
    return tmp_path / "case"


def test_the_document_has_its_documented_keys(worked: Worked) -> None:
    """Scripts depend on the keys, and docs/commands.md names each of them."""
    found = _json(worked.case.folder, "--memory", "64MiB", "--disk", "0MB")
    page = (Path(__file__).parent.parent.parent / "docs/commands.md").read_text("utf-8")

    for part, names in KEYS.items():
        one = found[part] if part else found
        one = one[0] if isinstance(one, list) else one
        assert set(names.split()) == set(one), part
        assert all(name in page for name in names.split())
    assert {"what", "needed", "there"} == set(found["needs"][0]["lacks"][0])
    assert found["room"]["memory_limit_bytes"] == 64 << 20
    assert found["room"]["disk_free_bytes"] == 0


def test_sizes_are_those_of_the_files(worked: Worked) -> None:
    """Rows, bytes, files and exhibits of a table are counted again here; so is the account with the most calls."""
    found = worked.case.status()
    by_name = {t.table: t for t in found.tables}
    for name in ("calls", "accounts", "payments", "reports"):
        files = sorted(worked.case.folder.glob(f"tables/{name}/*/*.parquet"))
        assert by_name[name].rows == sum(pq.read_metadata(f).num_rows for f in files)
        assert by_name[name].bytes == sum(f.stat().st_size for f in files)
        assert (by_name[name].files, by_name[name].exhibits) == (len(files), len({f.parent for f in files}))
    most = worked.case.query(
        "SELECT account_id, count(*) AS n FROM calls GROUP BY 1 ORDER BY n DESC, 1 LIMIT 1"
    ).to_pylist()

    assert found.largest_account is not None
    assert (found.largest_account.account_id, found.largest_account.calls) == (most[0]["account_id"], most[0]["n"])
    assert found.largest_account.share_ppm == most[0]["n"] * 1_000_000 // by_name["calls"].rows


def test_findings_are_current_after_a_run_and_nothing_is_changed(worked: Worked) -> None:
    """After a run nothing would be worked out again, and asking so leaves every file as it was."""
    before = {p: p.stat().st_mtime_ns for p in sorted(worked.case.folder.rglob("*")) if p.is_file()}

    found = worked.case.status()

    assert (found.findings.state, found.findings.again) == ("current", ())
    assert found.findings.stand == found.findings.planned
    assert found.next == f"unspoof figures {worked.case.folder}"
    assert before == {p: p.stat().st_mtime_ns for p in sorted(worked.case.folder.rglob("*")) if p.is_file()}


def test_what_the_measured_runs_lack_is_said(worked: Worked) -> None:
    """Estimates rest on runs without screening and money; the document and the page for people say so, engine by engine."""
    found = worked.case.status()
    said = " ".join(_said(worked.case.folder).stdout.split())

    assert [need.measured_without for need in found.needs] == [WITHOUT, WITHOUT]
    assert f"measured WITHOUT {' and '.join(WITHOUT)}, which a run does" in said


def test_what_a_run_would_do_is_what_it_does(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The findings said to be worked out again after a change of a setting are those that a run works out again."""
    monkeypatch.setenv("UNSPOOF_VICTIM_POINTS_HOME", "7")
    found = Case(copied).status()

    ran = Case(copied).run()

    assert found.findings.state == "behind"
    assert set(found.findings.again) == {made.name for made in ran.made if not made.reused}
    assert {"victims", "figures"} <= set(found.findings.again)
    assert "suspects" not in found.findings.again
    assert Case(copied).status().findings.state == "current"


def test_an_unread_exhibit_is_named(copied: Path, tmp_path: Path) -> None:
    """A file that was sealed and never read stands in no table: the status says so and what comes next."""
    lost = tmp_path / "lost.csv"
    lost.write_text("a,b\n1,2\n", "utf-8")
    Case(copied).vault.seal(lost, acquired="voluntary", basis="made up", restrictions=(), extra={})
    done = _said(copied)

    assert done.returncode == 0
    assert "NOT READ: exhibit 4 (lost.csv)" in done.stdout
    assert _json(copied)["exhibits"]["unread"] == [{"number": 4, "name": "lost.csv"}]
    assert done.stdout.rstrip().endswith(f"Next: unspoof add {copied} FILE")


def test_a_fresh_case_is_told_what_to_do(tmp_path: Path) -> None:
    """Without tables there is nothing to estimate; the next command is to add."""
    Case.new(tmp_path / "case", reference="TEST 1", home="GB", currency="GBP")
    done = _said(tmp_path / "case")

    assert done.returncode == 0
    assert "none yet" in done.stdout
    assert done.stdout.rstrip().endswith(f"Next: unspoof add {tmp_path / 'case'} FILE")
    assert _json(tmp_path / "case")["largest_account"] is None


def test_what_if_there_were_less(worked: Worked) -> None:
    """Asked with little disk, the answer names what is lacking, with both amounts; the paper stays 80 columns wide."""
    done = _said(worked.case.folder, "--disk", "0MB")

    assert "Engine     Spark. DuckDB does not fit here" in done.stdout
    assert "lacks disk" in done.stdout.replace("\n          ", "")
    assert all(len(line) <= 80 for line in done.stdout.splitlines()[1:-1])
    with pytest.raises(BadRequest, match="'lots' is no amount"):
        worked.case.status(memory="lots")


def test_a_damaged_table_is_named(copied: Path) -> None:
    """A file that is cut off ends in one message, not in a traceback."""
    file = next(copied.glob("tables/calls/*/*.parquet"))
    file.chmod(0o600)
    file.write_bytes(file.read_bytes()[:1000])

    with pytest.raises(BadCase, match="is missing or damaged"):
        Case(copied).status()
    assert _said(copied).returncode == 2

"""The tool that runs targets under Atheris, and the guard that keeps people's numbers out of the corpus."""

from __future__ import annotations

import importlib.util
import subprocess
from pathlib import Path

import pytest

from fuzz.real_numbers import real_numbers

FUZZ = Path(__file__).parents[2] / "tools" / "fuzz"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run tools/fuzz."""
    return subprocess.run([FUZZ, *arguments], capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="Atheris is not installed")
def test_a_target_runs_and_says_what_it_did(tmp_path: Path) -> None:
    """One line a target with runs, rate and new inputs, which lie in the folder of the run."""
    ran = run("--seconds", "2", "--work", str(tmp_path), "lists")

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.splitlines()[1].split()[0] == "lists"
    assert int(ran.stdout.splitlines()[1].split()[1].replace(",", "")) > 100
    assert ran.stdout.endswith("every target held\n")
    assert ran.stdout.splitlines()[-2].startswith("1 targets, ")
    assert list((tmp_path / "lists" / "new").iterdir())


@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="Atheris is not installed")
def test_what_breaks_a_target_ends_in_one_with_the_file(tmp_path: Path) -> None:
    """An input beyond the memory that is allowed is a finding: the line says so, and the exit status."""
    ran = run("--seconds", "2", "--memory", "20", "--work", str(tmp_path), "lists")

    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert "1 FOUND" in ran.stdout
    assert ran.stdout.rstrip().endswith("found something: lists")
    assert ran.stdout.count(f"again: tools/fuzz --input {tmp_path}") in (0, 2), "the last lines do not say it again"
    assert str(tmp_path / "lists") in ran.stdout


def test_an_unknown_target_is_named() -> None:
    """A slip of the pen runs nothing."""
    ran = run("nothing")

    assert (ran.returncode, "no target is named nothing" in ran.stderr) == (2, True)


def test_one_input_can_be_fed_alone(tmp_path: Path) -> None:
    """A finding can be seen again without Atheris."""
    (tmp_path / "input").write_bytes(b"a;b")

    assert run("--input", str(tmp_path / "input"), "lists").stdout == "lists: holds\n"


def test_numbers_that_may_be_somebodys_are_found() -> None:
    """Drama numbers and damage may be kept; what a plan knows as a number may not, however it is written."""
    subscriber = f"{7_400_000_000 + 987_654}"
    spaced = f"0{subscriber[:4]} {subscriber[4:]}"

    for text in (f"+44{subscriber}", spaced, f"x=0{subscriber};"):
        assert list(real_numbers(text.encode()))
        assert list(real_numbers(text.encode("utf-16")))
    for text in ("+447700900123", "020 7946 0018", "2021-10-31 01:30:00", "99999999999999999999"):
        assert not list(real_numbers(text.encode()))

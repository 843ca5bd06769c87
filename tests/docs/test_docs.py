"""The docs are contracts: what stands in the code stands there, and links lead somewhere."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import unspoof.errors as errors_module
from unspoof.errors import UnspoofError

ROOT = Path(__file__).parent.parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def _slugs() -> list[str]:
    known = [getattr(errors_module, name) for name in errors_module.__all__]
    return sorted(
        c.slug for c in known if isinstance(c, type) and issubclass(c, UnspoofError) and c is not UnspoofError
    )


@pytest.mark.parametrize("slug", _slugs())
def test_every_error_is_explained(slug: str) -> None:
    """The name in brackets at the end of a message is a heading of docs/errors.md."""
    assert f"## {slug}\n" in (ROOT / "docs/errors.md").read_text("utf-8")


def test_the_generated_pages_are_fresh() -> None:
    """Settings, commands and tables in docs/ are what the code says."""
    done = subprocess.run([sys.executable, "tools/docs.py", "--check"], cwd=ROOT, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    """Every relative link of every page names a file of the repository."""
    text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)#\s]+)", text):
        if "://" not in target:
            assert (page.parent / target).exists(), target


def test_files_that_the_architecture_names_exist() -> None:
    """A path in ARCHITECTURE.md that looks like a source file is one."""
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    for name in re.findall(
        r"`((?:cli|case|ingest|parse|link|rank|act|engine|model|reference|evidence)/[a-z_/]+\.py)", text
    ):
        assert (ROOT / "src/unspoof" / name).exists(), name


def test_the_readme_says_that_no_calls_are_placed() -> None:
    """The first page says plainly what this never does."""
    assert "places no calls" in (ROOT / "README.md").read_text("utf-8")


def test_commands_in_the_readme_exist() -> None:
    """Every `unspoof X` of the README is a command, and both make targets exist."""
    from unspoof.cli import COMMANDS

    text = "\n".join(re.findall(r"```\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), flags=re.DOTALL))
    names = {command.name for command in COMMANDS}
    for name in re.findall(r"^\s*unspoof ([a-z]+)", text, flags=re.MULTILINE):
        assert name in names, name
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert all(f"\n{target}:" in makefile for target in re.findall(r"^make ([a-z]+)", text, flags=re.MULTILINE))


def test_nothing_of_one_machine_stands_in_the_repository() -> None:
    """No path of a machine and no address of a package registry is committed."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True).stdout.split("\n")
    pattern = re.compile(
        r"(^|[^A-Za-z0-9_.])/(work|home|Users)/[a-z]|pypi\.org|registry\.npmjs|deb\.debian", re.MULTILINE
    )
    for name in filter(None, listed):
        path = ROOT / name
        if (
            path.suffix in {".parquet", ".gz", ".zst", ".xlsx", ".bin"}
            or not path.is_file()
            or name == "tests/docs/test_docs.py"
        ):
            continue
        found = pattern.search(path.read_text("utf-8", "replace"))
        assert found is None, f"{name}: {found.group(0) if found else ''}"


def test_the_lock_files_hold_what_pyproject_asks_for() -> None:
    """Every direct dependency is pinned with hashes, and no lock names an index."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    base, extras = project["dependencies"], project["optional-dependencies"]
    dev = [name for name in extras["dev"] if not name.startswith("unspoof[")]
    for lock, wanted in (
        ("requirements.lock", base),
        ("requirements-spark.lock", base + extras["spark"]),
        ("requirements-live.lock", base + extras["live"]),
        ("requirements-dev.lock", base + extras["spark"] + extras["live"] + dev),
    ):
        text = (ROOT / lock).read_text("utf-8")
        assert "://" not in text
        for requirement in wanted:
            name = re.split(r"[<>=\[ ]", requirement)[0]
            assert re.search(rf"^{re.escape(name)}==", text, re.MULTILINE), (lock, name)


def test_every_changelog_entry_is_for_users() -> None:
    """The changelog has a section for the current version."""
    from unspoof import __version__

    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text("utf-8")

"""Starting: what is not installed is named, other commands do not pay for the server, the shipped example is one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from unspoof.live.limits import limits_of
from unspoof.live.settings import load_live_settings

ROOT = Path(__file__).parent.parent.parent.parent
_WITHOUT = "import sys; sys.modules['{0}'] = None; sys.argv = ['unspoof', 'live']; from unspoof.cli import main; main()"


@pytest.mark.parametrize("missing", ["uvicorn", "starlette", "httptools"])
def test_without_the_extra_the_command_says_what_to_install(missing: str) -> None:
    """A plain installation gets one message that names the extra, and exit code 2."""
    done = subprocess.run([sys.executable, "-c", _WITHOUT.format(missing)], capture_output=True, text=True, timeout=60)

    assert done.returncode == 2
    assert done.stderr == (
        f"unspoof: unspoof live: the live service needs {missing}\npip install 'unspoof[live]'  [bad-request]\n"
    )


def test_no_other_command_loads_the_server() -> None:
    """The command line starts without uvicorn, Starlette, SQLite and sockets' servers."""
    code = "import sys, unspoof.cli; print([n for n in ('uvicorn', 'starlette', 'sqlite3', 'unspoof.live') if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)

    assert done.stdout == "[]\n", done.stderr


def test_the_example_is_a_configuration() -> None:
    """examples/live/live.toml is read without complaint, and its sources are what it says."""
    folder = ROOT / "examples" / "live"
    settings = load_live_settings((folder / "live.toml").read_text("utf-8"), folder=folder)

    assert dict(limits_of(settings).brand_sources) == {"northgate": "Northgate Bank"}
    assert [source.abroad for source in settings.sources] == [True, None]
    assert settings.rules == {"differs-from-asserted": "allow"}

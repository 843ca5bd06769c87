"""What a child process of the live service is told at its start, and how it says that it is ready; children are not started here.

A child reads its job as one line from standard input, which then stays open: when it ends, the supervisor is gone and the
child stops. So a supervisor that is killed leaves nothing behind that listens.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from unspoof.live.settings import LiveSettings, Value, load_live_settings

NOT_STARTED = 3
"""Exit code of a child that could not begin its work."""


@dataclass(frozen=True)
class Job:
    """The settings as text, so that every child reads the same, even if the file has changed since."""

    text: str
    where: str
    folder: str
    given: Mapping[str, Value | None]

    def settings(self) -> LiveSettings:
        """Return the settings; BadRequest if they are wrong."""
        return load_live_settings(self.text, self.where, Path(self.folder), self.given)

    def line(self) -> bytes:
        """Return the job as one line."""
        whole = {"text": self.text, "where": self.where, "folder": self.folder, "given": dict(self.given)}
        return json.dumps(whole).encode("ascii") + b"\n"


def read_job() -> Job:
    """Return this process's job from its standard input."""
    # Byte by byte from the descriptor: nothing after the line may be taken in, as its end is watched for.
    line = b""
    while not line.endswith(b"\n"):
        piece = os.read(0, 1)
        if not piece:
            sys.exit(NOT_STARTED)
        line += piece
    return Job(**json.loads(line))


def say(handle: int, row: int, problem: str = "") -> None:
    """Tell the supervisor that this process is ready, or why it is not."""
    os.write(handle, json.dumps({"row": row, "problem": problem}).encode("ascii")[:4000] + b"\n")


__all__ = ["NOT_STARTED", "Job", "read_job", "say"]

"""Captures through their container: messages as rows, with places that lead back."""

from __future__ import annotations

from fuzz.container_checks import check_container, smaller
from fuzz.target import Target, chosen
from fuzz.targets.capture import TARGET as CAPTURED
from fuzz.targets.capture import WAYS, file_of
from unspoof.ingest.container import Options
from unspoof.ingest.containers.capture import CAPTURE


def feed(data: bytes) -> None:
    """Read a capture as its container does."""
    check_container(CAPTURE, file_of(*chosen(data, WAYS)), Options(), small=smaller(CAPTURE, 1))


TARGET = Target("capture_container", CAPTURED.takes, feed, CAPTURED.seeds, words=CAPTURED.words, most=2048)

__all__ = ["TARGET"]

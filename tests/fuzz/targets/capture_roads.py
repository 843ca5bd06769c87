"""Captures by both roads, message by message and by the column: whatever the bytes are, both say the same."""

from __future__ import annotations

from fuzz.target import Target, chosen
from fuzz.targets.capture import TARGET as CAPTURED
from fuzz.targets.capture import WAYS, file_of
from sip_roads import by_column, by_message


def feed(data: bytes) -> None:
    """Read a capture by both roads."""
    file = file_of(*chosen(data, WAYS))
    assert by_column(file) == by_message(file), "the roads part"


TARGET = Target("capture_roads", CAPTURED.takes, feed, CAPTURED.seeds, words=CAPTURED.words, most=2048)

__all__ = ["TARGET"]

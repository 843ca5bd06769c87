"""Descriptions of systems: a user's own TOML file, thus anybody's."""

from __future__ import annotations

from pathlib import Path

import unspoof.ingest.systems as systems
from fuzz.target import Target, short, text_of
from unspoof.errors import BadMapping
from unspoof.ingest.system_toml import first_group, read_system

_SHIPPED = sorted((Path(next(iter(systems.__path__)))).glob("*.toml"))


def feed(data: bytes) -> None:
    """Read a description; find the first group of a pattern."""
    text = text_of(data)
    first_group(text[:200])
    try:
        system = read_system(text, "mine.toml")
    except BadMapping as error:
        short(error, 20_000)
        return
    assert system.name
    assert system.containers
    assert system.tables
    assert read_system(text, "mine.toml") == system


TARGET = Target(
    "system_toml",
    "a TOML file that describes a system",
    feed,
    tuple(path.read_bytes() for path in _SHIPPED if path.stat().st_size < 3000),
    words=(
        b"[source]\n", b"[recognise]\n", b"[[table.calls]]\n", b"[table.calls]\n", b'container = "', b'format = "',
        b"column = ", b"{ column = ", b"value = ", b"where = ", b'zone = "', b"pattern = '", b"columns = [", b"unit = ",
        b"decimal = ", b"(?P<x>", b"nulls = ", b"secrets = ", b"map = { ", b"first = [", b"from = ", b"1979-05-27", b"inf",
    ),
    most=3000,
)  # fmt: skip

__all__ = ["TARGET"]

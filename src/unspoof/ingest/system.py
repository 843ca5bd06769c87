"""What a system is: data that maps a container's columns to the normal form; reading rows is mapping.py's job.

A system is one TOML file (docs/systems.md has the language). Those that ship with unspoof lie in ingest/systems/; a
user's own is read with `load_system` in the same way.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import lru_cache
from importlib import resources

from unspoof.ingest.system_parts import SECRET_WORDS, Condition, Field, Recognise, Spec, System, TableMap
from unspoof.ingest.system_toml import read_system


def load_system(text: str, where: str) -> System:
    """Read and check one system.

    Args:
        text: TOML, see docs/systems.md.
        where: what to call the text in messages, e.g. a path.

    Raises:
        BadMapping: with the path of the key at fault and what is allowed there.

    """
    return replace(read_system(text, where), text=text, sha256=hashlib.sha256(text.encode()).hexdigest())


@lru_cache(maxsize=1)
def shipped_systems() -> tuple[System, ...]:
    """Return the systems that come with unspoof, by name."""
    folder = resources.files("unspoof.ingest").joinpath("systems")
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name)
    systems = [load_system(file.read_text(encoding="utf-8"), f"systems/{file.name}") for file in files]
    return tuple(sorted(systems, key=lambda system: system.name))


__all__ = [
    "SECRET_WORDS",
    "Condition",
    "Field",
    "Recognise",
    "Spec",
    "System",
    "TableMap",
    "load_system",
    "shipped_systems",
]

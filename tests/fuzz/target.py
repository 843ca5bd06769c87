"""What a fuzz target is, and small tools that targets share; no target itself, and nothing that drives one.

A target feeds any bytes to one parser through its public door and asserts what must hold whatever they are. It
returns for good input and for input that is refused by an `UnspoofError`; any other exception is a finding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from unspoof.errors import UnspoofError

T = TypeVar("T")

TESTS = Path(__file__).parent.parent
SAMPLES = TESTS / "samples"
CORPUS = SAMPLES / "fuzz"
"""One folder a target with the inputs that are kept; under samples/ since it is bytes, which nobody spells or lints."""

MOST_FILES = 100
MOST_BYTES = 200_000
"""Bounds of one target's kept corpus."""


@dataclass(frozen=True)
class Target:
    """One parser and what must hold of it."""

    name: str
    """In lower case with underscores; names the file of the target and the folder of its corpus."""
    takes: str
    """What the bytes are."""
    feed: Callable[[bytes], None]
    seeds: tuple[bytes, ...] = field(repr=False)
    """Inputs that reach deep; mutation begins with them. At least one is read without an error."""
    words: tuple[bytes, ...] = field(default=(), repr=False)
    """Tokens of the language, which mutation would take long to find."""
    most: int = 4096
    """Bytes of the longest input that is tried."""

    @property
    def corpus(self) -> tuple[bytes, ...]:
        """The kept inputs, in the order of their names."""
        return tuple(path.read_bytes() for path in sorted((CORPUS / self.name).glob("*")))


def text_of(data: bytes) -> str:
    """Return bytes as text that UTF-8 can hold; what is no UTF-8 becomes U+FFFD."""
    return data.decode("utf-8", "replace")


def chosen(data: bytes, ways: tuple[T, ...]) -> tuple[T, bytes]:
    """Return the way that the first byte chooses, and the rest."""
    return ways[(data[0] if data else 0) % len(ways)], data[1:]


def with_choice(choice: int, seeds: Iterable[bytes]) -> tuple[bytes, ...]:
    """Return seeds for a target that reads its first byte as a choice."""
    return tuple(bytes([choice]) + seed for seed in seeds)


def short(error: UnspoofError, most: int = 4_000) -> None:
    """Assert that an error's text is bounded whatever it was that is wrong."""
    assert len(str(error)) < most, "an error as long as its cause"


def sample(*names: str) -> tuple[bytes, ...]:
    """Return sample files by their paths under tests/samples."""
    return tuple((SAMPLES / name).read_bytes() for name in names)


__all__ = [
    "CORPUS",
    "MOST_BYTES",
    "MOST_FILES",
    "SAMPLES",
    "TESTS",
    "Target",
    "chosen",
    "sample",
    "short",
    "text_of",
    "with_choice",
]

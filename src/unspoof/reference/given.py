"""What a user gives when a reference table is loaded: files, country, day; it reads none of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from unspoof.errors import BadReference


@dataclass(frozen=True)
class SourceFile:
    """One file with its bytes."""

    name: str
    """Without its folder."""
    data: bytes

    @contextmanager
    def named(self) -> Iterator[None]:
        """Put the file's name before the place that an error names."""
        try:
            yield
        except BadReference as error:
            where = f"{self.name} {error.where}" if error.where else self.name
            raise BadReference(error.problem, where=where, hint=error.hint) from None


@dataclass(frozen=True)
class Given:
    """All that one update is made from."""

    files: tuple[SourceFile, ...]
    """At least one."""
    home: str = "GB"
    """ISO 3166 code of the country in whose way national numbers are written."""
    day: datetime | None = None
    """The day that the files describe, midnight UTC, where the user states it."""
    before: pa.Table | None = None
    """The rows of the table until now, for what is added to rather than replaced."""


__all__ = ["Given", "SourceFile"]

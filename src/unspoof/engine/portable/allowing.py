"""What one entry of the allow-list says; the entries themselves are in allowed_*.py."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

Let = tuple[type[exp.Expression], str]
"""A node class of SQLGlot and the arguments, parted by blanks, that it may have set; no other argument passes."""


@dataclass(frozen=True)
class Allowed:
    """One construct that gives equal rows on both engines, with the query that proves it.

    The probe runs on both engines over the hard tables of the contract tests, and whole rows and column types are
    compared; `binds` are the values of its parameters. A construct enters the list only with its probe.
    """

    name: str
    lets: tuple[Let, ...]
    shape: str
    """What may stand where, in words; RULES hold what is narrower than the node classes."""
    probe: str
    binds: tuple[tuple[str, int | str], ...] = ()


__all__ = ["Allowed", "Let"]

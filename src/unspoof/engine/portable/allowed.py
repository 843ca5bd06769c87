"""ALLOWED: the whole of the portable subset; what no entry lets through is refused."""

from __future__ import annotations

from unspoof.engine.portable.allowed_groups import GROUPS
from unspoof.engine.portable.allowed_shape import SHAPES
from unspoof.engine.portable.allowed_values import CONDITIONS, NUMBERS, TEXTS, TIMES
from unspoof.engine.portable.allowing import Allowed

ALLOWED: tuple[Allowed, ...] = (*SHAPES, *GROUPS, *CONDITIONS, *NUMBERS, *TEXTS, *TIMES)
"""A new construct is one entry in one of these, with its probe (docs/sql.md says how)."""

__all__ = ["ALLOWED"]

"""Render."""

from __future__ import annotations

import sqlglot
from sqlglot import exp


def to_spark(sql: str) -> str:
    """Render."""
    tree = sqlglot.parse_one(sql, read="duckdb")
    for node in list(tree.find_all(exp.Parameter)):
        node.replace(exp.Placeholder(this=node.name))
    return str(tree.sql(dialect="spark"))


__all__ = ["to_spark"]

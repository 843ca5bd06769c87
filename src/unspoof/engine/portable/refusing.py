"""What a refusal says, and small questions about a tree that several rules ask; no rule itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlglot import exp


@dataclass(frozen=True)
class Refusal:
    """One place of a query that was not proven equal on both engines."""

    what: str
    """The SQL text of the offending node, cut after 200 characters."""
    because: str
    """One sentence: what goes wrong on which engine."""
    instead: str
    """What to write."""

    def __str__(self) -> str:
        return f"{self.what}: {self.because} Instead: {self.instead}"


Rule = Callable[[exp.Expression], Iterator[Refusal]]


def refuse(node: exp.Expression, because: str, instead: str) -> Refusal:
    """Return the refusal of a node."""
    text = node.sql(dialect="duckdb")
    return Refusal(text if len(text) <= 200 else text[:199] + "…", because, instead)


def text_of(node: object) -> str | None:
    """Return the value of a text literal; None if it is none."""
    return str(node.this) if isinstance(node, exp.Literal) and node.is_string else None


def number_of(node: object) -> int | None:
    """Return the value of a whole-number literal, with its sign; None if it is none."""
    if isinstance(node, exp.Neg):
        inner = number_of(node.this)
        return None if inner is None else -inner
    if isinstance(node, exp.Literal) and not node.is_string and str(node.this).isdigit():
        return int(node.this)
    return None


def bare(node: exp.Expression | None) -> exp.Expression | None:
    """Return what stands inside parentheses."""
    while isinstance(node, exp.Paren):
        node = node.this
    return node


def outside(node: exp.Expression) -> exp.Expression | None:
    """Return the nearest parent that is no pair of parentheses."""
    parent = node.parent
    while isinstance(parent, exp.Paren):
        parent = parent.parent
    return parent


def conjuncts(condition: exp.Expression | None) -> list[exp.Expression]:
    """Return the conditions that must all hold, parted at AND."""
    inner = bare(condition)
    if inner is None:
        return []
    if isinstance(inner, exp.And):
        return [*conjuncts(inner.this), *conjuncts(inner.expression)]
    return [inner]


def select_of(node: exp.Expression) -> exp.Expression | None:
    """Return the SELECT in which a node stands."""
    return node.parent if isinstance(node.parent, exp.Select) else node.find_ancestor(exp.Select)


def same(one: exp.Expression | None, two: exp.Expression | None) -> bool:
    """Tell whether two expressions are the same text."""
    left, right = bare(one), bare(two)
    return left is not None and right is not None and left.sql(dialect="duckdb") == right.sql(dialect="duckdb")


def is_key(node: exp.Expression | None) -> bool:
    """Tell whether this is a key by its name: `id` or `*_id`, bare or negated."""
    inner = bare(node)
    if isinstance(inner, exp.Neg):
        return is_key(inner.this)
    return isinstance(inner, exp.Column) and (inner.name == "id" or inner.name.endswith("_id"))


TIME_NAMES = ("at", "month", "moment", "valid_from", "valid_to", "incident_from", "incident_to")


def is_time(node: exp.Expression | None) -> bool:
    """Tell whether this is a time by its name: `at`, `*_at`, or one of TIME_NAMES."""
    inner = bare(node)
    return isinstance(inner, exp.Column) and (inner.name in TIME_NAMES or inner.name.endswith("_at"))


def is_cast(node: exp.Expression | None, *types: str) -> bool:
    """Tell whether this is a CAST to one of the types, by SQLGlot's names."""
    inner = bare(node)
    return isinstance(inner, exp.Cast) and inner.to.this.name in types


def guards(node: exp.Expression) -> list[exp.Expression]:
    """Return the conditions of the CASE branches in which a node stands."""
    found: list[exp.Expression] = []
    child, parent = node, node.parent
    while parent is not None and not isinstance(parent, exp.Select):
        if isinstance(parent, exp.If) and child is parent.args.get("true"):
            found.extend(conjuncts(parent.this))
        child, parent = parent, parent.parent
    return found


__all__ = [
    "TIME_NAMES",
    "Refusal",
    "Rule",
    "bare",
    "conjuncts",
    "guards",
    "is_cast",
    "is_key",
    "is_time",
    "number_of",
    "outside",
    "refuse",
    "same",
    "select_of",
    "text_of",
]

"""Refuse whatever in a query was not proven equal on both engines; it runs nothing and mends nothing.

Two sieves: every node of the tree, with each argument that it has set, must be let through by an entry of ALLOWED; and
no rule of RULES may speak against its shape.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from sqlglot import exp

from unspoof.engine.portable.allowed import ALLOWED
from unspoof.engine.portable.refusing import Refusal, refuse
from unspoof.engine.portable.render import parse
from unspoof.engine.portable.rules import RULES
from unspoof.engine.portable.rules_text import bare_aliases

_WRITE = "one of the constructs in docs/sql.md, or prove this one: an entry of ALLOWED with its probe."


@cache
def _let() -> dict[type[exp.Expression], frozenset[str]]:
    """Return for each node class the arguments that some entry lets through."""
    found: dict[type[exp.Expression], frozenset[str]] = {}
    for entry in ALLOWED:
        for node, arguments in entry.lets:
            found[node] = found.get(node, frozenset()) | frozenset(arguments.split())
    return found


def _unlisted(node: exp.Expression) -> Iterator[Refusal]:
    arguments = _let().get(type(node))
    if arguments is None:
        name = node.name if isinstance(node, exp.Anonymous) else type(node).__name__
        yield refuse(node, f"{name} was not proven to give equal rows on DuckDB and on Spark.", _WRITE)
        return
    for name, value in sorted(node.args.items()):
        if value not in (None, False, []) and name not in arguments:
            said = f"{type(node).__name__} with {name.strip('_')} was not proven to give equal rows on DuckDB and on Spark."
            yield refuse(node, said, _WRITE)


def refusals(sql: str) -> tuple[Refusal, ...]:
    """Return what in one DuckDB query was not proven portable, in the order of its text; empty if all was.

    Types are not known to it: what only they tell (see docs/sql.md) is for the equality of rows to show.

    Raises:
        EngineGap: the query does not parse or is more than one.

    """
    tree = parse(sql)
    found = [refusal for node in tree.walk(bfs=False) for rule in (_unlisted, *RULES) for refusal in rule(node)]
    return tuple(dict.fromkeys([*found, *bare_aliases(sql, tree)]))


__all__ = ["refusals"]

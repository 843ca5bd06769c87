"""Rules on groups, lists, windows, joins and the shape of a SELECT."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from unspoof.engine.portable.refusing import (
    Refusal,
    bare,
    conjuncts,
    is_key,
    not_null,
    number_of,
    outside,
    refuse,
    same,
    select_of,
    text_of,
)

_ORDERED = (exp.RowNumber, exp.Ntile, exp.Lag, exp.Lead, exp.FirstValue)
_WINDOWED = (*_ORDERED, exp.Sum, exp.Count, exp.Min, exp.Max)
_COMPARED = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between)
_JOINS = {("", ""), ("", "INNER"), ("", "CROSS"), ("", "SEMI"), ("", "ANTI"), ("LEFT", ""), ("RIGHT", ""), ("FULL", "")}
_TOTAL = "{'k': coalesce(k, 0), 'id': call_id}: no NULL before the key, and the key last"


def _sure(select: exp.Expression | None) -> list[exp.Expression]:
    """Return what the WHERE and the inner joins of a SELECT make sure is not NULL."""
    if select is None:
        return []
    joins = [join.args.get("on") for join in select.args.get("joins") or () if not join.side]
    where = select.args.get("where")
    found: list[exp.Expression] = []
    for condition in [c for part in [where.this if where else None, *joins] for c in conjuncts(part)]:
        if (filled := not_null(condition)) is not None:
            found.append(filled)
        elif isinstance(condition, _COMPARED):
            found.extend(part for part in (condition.this, condition.args.get("expression")) if part is not None)
    return found


def _is_filled(node: exp.Expression | None, sure: list[exp.Expression]) -> bool:
    """Tell whether an expression is never NULL, as far as a query shows it."""
    inner = bare(node)
    if isinstance(inner, exp.Neg):
        return _is_filled(inner.this, sure)
    if isinstance(inner, exp.Coalesce):
        return any(_is_filled(part, sure) for part in (inner.this, *inner.expressions))
    if isinstance(inner, (exp.Literal, exp.Count, exp.Boolean)) or is_key(inner):
        return True
    return inner is not None and any(same(inner, known) for known in sure)


def _fields(struct: exp.Struct) -> list[exp.Expression]:
    return [field.expression for field in struct.expressions if isinstance(field, exp.PropertyEQ)]


def best_of_a_group_is_one(node: exp.Expression) -> Iterator[Refusal]:
    """max_by and min_by choose a value that is not NULL, by a struct without NULLs whose last field is a key."""
    if not isinstance(node, (exp.ArgMax, exp.ArgMin)):
        return
    by, sure = bare(node.expression), _sure(select_of(node))
    fields = _fields(by) if isinstance(by, exp.Struct) else []
    if not fields or not is_key(fields[-1]):
        yield refuse(node, "Among ties each engine takes the row it meets first.", _TOTAL)
    elif not all(_is_filled(field, sure) for field in fields):
        yield refuse(node, "A NULL in a struct sorts high on DuckDB, low on Spark.", _TOTAL)
    if not isinstance(bare(node.this), exp.Struct) and not _is_filled(node.this, sure):
        said = "DuckDB passes over rows whose value is NULL, Spark takes them."
        yield refuse(node, said, "the key of the row (and a join), a struct, or coalesce(v, '')")


def structs_are_sorted_by_keys(node: exp.Expression) -> Iterator[Refusal]:
    """A struct is an order of max_by, a value of it, or an element of a list that is then sorted."""
    if not isinstance(node, exp.Struct):
        return
    around = outside(node)
    if not isinstance(around, (exp.ArgMax, exp.ArgMin, exp.ArrayAgg)):
        said = "Structs that hold a NULL compare differently, and their text and type differ."
        yield refuse(node, said, "structs inside max_by, min_by or list_sort(list(...))")
    elif isinstance(around, exp.ArrayAgg):
        fields, sure = _fields(node), _sure(select_of(node))
        first = next((i for i, field in enumerate(fields) if is_key(field)), None)
        if first is None or not all(_is_filled(field, sure) for field in fields[:first]):
            yield refuse(
                node, "Ties and NULLs sort differently in a list of structs.", "a key after fields that are never NULL"
            )


def _list_chain(node: exp.Expression) -> list[exp.Expression]:
    """Return what is put around list(...) one after another: FILTER, list_sort, list_distinct, coalesce."""
    chain, parent = [], outside(node)
    while isinstance(parent, (exp.Filter, exp.ArraySort, exp.ArrayDistinct, exp.Coalesce)):
        chain.append(parent)
        parent = outside(parent)
    return chain


def lists_are_sorted_and_full(node: exp.Expression) -> Iterator[Refusal]:
    """list(x) is sorted; x is a struct, or its NULLs are filtered away and an empty list is written as []."""
    if not isinstance(node, exp.ArrayAgg):
        return
    if isinstance(node.this, exp.Order):
        yield refuse(
            node, "SQLGlot drops the order inside a list.", "list_sort(list({'at': at, 'id': id, 'v': v})) (snippet B)"
        )
        return
    chain = _list_chain(node)
    write = "coalesce(list_sort(list(x) FILTER (WHERE x IS NOT NULL)), [])"
    if not any(isinstance(part, (exp.ArraySort)) for part in chain):
        yield refuse(node, "The order of a list that is not sorted is chance on both engines.", write)
    filtered = next((part for part in chain if isinstance(part, exp.Filter)), None)
    if not isinstance(bare(node.this), exp.Struct):
        held = conjuncts(filtered.expression.this) if filtered is not None else []
        if not any(same(not_null(condition), node.this) for condition in held):
            yield refuse(node, "Spark leaves NULLs out of a list, DuckDB keeps them.", write)
    ends = [part for part in chain if isinstance(part, exp.Coalesce)]
    if filtered is not None and not any(isinstance(part, exp.Array) for end in ends for part in end.expressions):
        yield refuse(node, "An empty group is NULL on DuckDB and [] on Spark.", write)


def windows_are_ordered(node: exp.Expression) -> Iterator[Refusal]:
    """Numbers and neighbours of rows are taken in an order; frames count rows."""
    if isinstance(node, (*_ORDERED, exp.WindowSpec)) and not isinstance(node.parent, exp.Window):
        yield refuse(node, "It was proven as a window function alone.", "... OVER (ORDER BY ...)")
    if isinstance(node, exp.Window):
        inner = node.this
        if isinstance(inner, exp.Filter):
            yield refuse(
                node, "Spark refuses FILTER over a window.", "CAST(sum(CASE WHEN c THEN 1 ELSE 0 END) OVER ..."
            )
            inner = inner.this
        if not isinstance(inner, _WINDOWED):
            yield refuse(
                node,
                "It was not proven over a window.",
                "row_number, ntile, lag, lead, first_value, sum, count, min, max",
            )
        if isinstance(inner, _ORDERED) and not node.args.get("order"):
            yield refuse(
                node, "Without an order each engine numbers the rows as it meets them.", "ORDER BY ending in a key"
            )
    if isinstance(node, exp.WindowSpec) and str(node.args.get("kind")) != "ROWS":
        yield refuse(node, "Frames of RANGE and GROUPS were not proven.", "ROWS BETWEEN ...")
    if isinstance(node, exp.Limit) and node.parent is not None and not node.parent.args.get("order"):
        yield refuse(
            node,
            "Without an order each engine keeps the rows that it meets first.",
            "ORDER BY ending in a key, then LIMIT",
        )


def _distinct_aggregates(select: exp.Expression | None) -> list[exp.Expression]:
    """Return the DISTINCT of aggregates that stand in this SELECT itself."""
    if select is None:
        return []
    held = (d for d in select.find_all(exp.Distinct) if not isinstance(d.parent, exp.Select))
    return [d for d in held if d.find_ancestor(exp.Select) is select]


def joined_texts_are_ordered(node: exp.Expression) -> Iterator[Refusal]:
    """string_agg has an order and a literal separator; one with DISTINCT is alone in its SELECT."""
    if not isinstance(node, exp.GroupConcat):
        return
    order = node.this
    if not isinstance(order, exp.Order):
        yield refuse(
            node, "Without an order each engine joins the texts as it meets them.", "string_agg(x, ';' ORDER BY x, id)"
        )
        return
    if text_of(node.args.get("separator")) is None:
        yield refuse(node, "A separator that is no literal was not proven.", "a literal")
    if isinstance(order.this, exp.Distinct):
        by = order.expressions
        if len(by) != 1 or not same(by[0].this, order.this.expressions[0]):
            yield refuse(
                node,
                "Spark wants a DISTINCT list in the order of its own values.",
                "string_agg(DISTINCT x, ';' ORDER BY x)",
            )
        if len(_distinct_aggregates(select_of(node))) > 1:
            said = "Spark 4.0 fails inside (ClassCastException) if it stands beside another DISTINCT aggregate."
            write = "a CASE of array_to_string(list_sort(list_distinct(list(x) ...))), as docs/sql.md has it"
            yield refuse(node, said, write)


def rows_of_lists_come_once(node: exp.Expression) -> Iterator[Refusal]:
    """An unnest is a whole column, one in a SELECT, or the right side of a CROSS JOIN."""
    if isinstance(node, exp.Explode):
        select = node.find_ancestor(exp.Select)
        if not isinstance(node.parent, (exp.Alias, exp.Select)):
            yield refuse(
                node, "Spark refuses an unnest inside an expression.", "the unnest in a subquery, the CAST around it"
            )
        if (
            select is not None
            and len([e for e in select.find_all(exp.Explode) if e.find_ancestor(exp.Select) is select]) > 1
        ):
            said = "Two in one SELECT run beside each other on DuckDB and are multiplied on Spark."
            yield refuse(node, said, "CROSS JOIN unnest(l) AS u(x), one after another")
    if isinstance(node, exp.GenerateSeries):
        start, end = number_of(node.args.get("start")), number_of(node.args.get("end"))
        if start is None or end is None or start >= end or not isinstance(node.parent, exp.Explode):
            yield refuse(
                node,
                "A range of no rows runs backwards on Spark, and one in FROM fails.",
                "SELECT unnest(range(1, 10)) AS i",
            )
    if isinstance(node, exp.Unnest):
        columns = getattr(node.args.get("alias"), "columns", None)
        if not isinstance(node.parent, exp.Join) or node.parent.kind != "CROSS" or len(columns or ()) != 1:
            yield refuse(node, "It was proven as the right side of a CROSS JOIN alone.", "CROSS JOIN unnest(l) AS u(x)")


def memberships_are_conditions(node: exp.Expression) -> Iterator[Refusal]:
    """IN (SELECT ...) is one of the conditions of a WHERE, or the NOT of one."""
    if isinstance(node, exp.In) and node.args.get("query"):
        around = outside(node)
        around = outside(around) if isinstance(around, exp.Not) else around
        while isinstance(around, exp.And):
            around = outside(around)
        if not isinstance(around, exp.Where):
            said = "As a value, NULL IN (SELECT ...) is NULL on DuckDB and FALSE on Spark."
            yield refuse(node, said, "IN as a condition of WHERE, or a LEFT JOIN")


def joins_are_proven(node: exp.Expression) -> Iterator[Refusal]:
    """A join is inner, cross, semi, anti or outer with its condition; a table is a view by its bare name."""
    if isinstance(node, exp.Join):
        said = (str(node.args.get("side") or "").upper(), str(node.args.get("kind") or "").upper().replace("OUTER", ""))
        has_condition = bool(node.args.get("on") or node.args.get("using"))
        if said not in _JOINS or has_condition == (said[1] == "CROSS"):
            yield refuse(node, "This join was not proven.", "JOIN ... ON, LEFT JOIN, SEMI JOIN, ANTI JOIN, CROSS JOIN")
    if isinstance(node, exp.Table) and not (isinstance(node.this, exp.Identifier) and node.name.isidentifier()):
        yield refuse(node, "Only views of the case are on both engines.", "the name of a table or of a step")
    stars = (
        [p for p in node.expressions if p.is_star] if isinstance(node, exp.Select) and node.args.get("qualify") else []
    )
    if stars and (len(node.expressions) > 1 or not isinstance(stars[0], exp.Star)):
        yield refuse(
            node,
            "With QUALIFY SQLGlot adds columns to a star, which were proven to be left out of SELECT * alone.",
            "SELECT * alone, or named columns",
        )


RULES = (
    best_of_a_group_is_one,
    structs_are_sorted_by_keys,
    lists_are_sorted_and_full,
    windows_are_ordered,
    joined_texts_are_ordered,
    rows_of_lists_come_once,
    memberships_are_conditions,
    joins_are_proven,
)

__all__ = ["RULES"]

"""One query of DuckDB's dialect as Spark SQL, with what SQLGlot renders inexactly made exact; it judges nothing.

SQLGlot maps names. Where the function of the same name answers differently on Spark, and Spark can say the same in
another way, the tree is changed first:

- `trim(x)`: DuckDB strips every space of Unicode, Spark U+0020 alone: the spaces are named;
- `lower(x)`: DuckDB knows no context, Spark makes a final sigma, and two characters of U+0130: both are folded before;
- `concat(...)`: DuckDB leaves NULLs of any type out, Spark answers NULL: `CONCAT_WS` with no separator leaves them out;
- `row_number`, `length`, parts of times and the like have 64 bits on DuckDB and 32 on Spark: a cast;
- `date_trunc` makes a zoned time of a zoneless one on Spark: a cast;
- `SELECT *` with QUALIFY has a helper column more on Spark: it is left out again.
"""

from __future__ import annotations

import sqlglot
from sqlglot import exp, transforms
from sqlglot.errors import ErrorLevel, SqlglotError

from unspoof.errors import EngineGap

SPACES = " \u00a0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u202f\u205f\u3000"
"""What DuckDB's trim strips: the characters of Unicode's category Zs."""

_PARTS = (exp.Year, exp.Month, exp.Day, exp.Hour, exp.Minute, exp.Second, exp.WeekOfYear, exp.Extract)
_NARROW = (*_PARTS, exp.Length, exp.Levenshtein, exp.ArraySize)
_NARROW_WINDOWS = (exp.RowNumber, exp.Ntile)


def parse(sql: str) -> exp.Expression:
    """Return the tree of one DuckDB query.

    Raises:
        EngineGap: SQLGlot cannot parse it, or it is not exactly one statement.

    """
    try:
        statements = [tree for tree in sqlglot.parse(sql, read="duckdb") if tree is not None]
    except (SqlglotError, RecursionError) as error:
        reason = (str(error).splitlines() or [""])[0]
        raise EngineGap(f"SQLGlot cannot parse a query: {reason}", where="engine", hint="See docs/sql.md.") from None
    if len(statements) != 1:
        raise EngineGap(f"one query is wanted, {len(statements)} statements were given", where="engine")
    return statements[0]


def _folded(text: exp.Expression) -> exp.Expression:
    old, new = exp.Literal.string("\u0130\u03a3"), exp.Literal.string("i\u03c3")
    return exp.Anonymous(this="TRANSLATE", expressions=[text, old, new])


def _joined(parts: list[exp.Expression]) -> exp.Expression:
    return exp.ConcatWs(expressions=[exp.Literal.string(""), *parts], safe=True, coalesce=True)


def _without_helper(select: exp.Select) -> exp.Expression:
    """Return SELECT * with QUALIFY as a filter over a subquery, without the column that carries the window."""
    made = transforms.eliminate_qualify(select)
    inner = made.args["from_"].this.this
    helpers = [exp.column(column.alias) for column in inner.expressions if isinstance(column, exp.Alias)]
    made.expressions[0].set("except_", helpers)
    return made


def _is_narrow(node: exp.Expression) -> bool:
    """Tell whether Spark gives 32 bits where DuckDB gives 64; where a row is chosen by its number that is left alone."""
    if isinstance(node, exp.Window):
        return (
            isinstance(node.this, _NARROW_WINDOWS) and node.find_ancestor(exp.Qualify, exp.Select) is node.parent_select
        )
    return isinstance(node, _NARROW)


def _exact(node: exp.Expression) -> exp.Expression:
    """Return what says on Spark what the node says on DuckDB; the node itself where SQLGlot's rendering does."""
    if isinstance(node, exp.Trim) and node.expression is None:
        return exp.Trim(this=node.this, expression=exp.Literal.string(SPACES), position="BOTH")
    if isinstance(node, exp.Lower):
        return exp.Lower(this=_folded(node.this))
    if type(node) is exp.Concat:  # CONCAT_WS is a subclass, and right as it is
        return _joined(node.expressions)
    if isinstance(node, exp.TimestampTrunc):
        return exp.Cast(this=node.copy(), to=exp.DataType.build("TIMESTAMP_NTZ", dialect="spark"))
    if isinstance(node, exp.GenerateSeries):
        start, end = (exp.Cast(this=node.args[k].copy(), to=exp.DataType.build("BIGINT")) for k in ("start", "end"))
        return exp.GenerateSeries(start=start, end=end, is_end_exclusive=node.args.get("is_end_exclusive"))
    if (
        isinstance(node, exp.Select)
        and node.args.get("qualify")
        and isinstance(next(iter(node.expressions), 0), exp.Star)
    ):
        return _without_helper(node.copy())
    return exp.Cast(this=node.copy(), to=exp.DataType.build("BIGINT")) if _is_narrow(node) else node


def _exactly(tree: exp.Expression) -> exp.Expression:
    """Return the tree with every node made exact, innermost first, so that no change is changed again."""
    for node in reversed(list(tree.walk(bfs=False))):
        parent, key, index = node.parent, node.arg_key, node.index
        made = _exact(node)
        if made is node:
            continue
        if parent is None:
            tree = made
        else:
            parent.set(key, made, index)
    return tree


def to_spark(sql: str) -> str:
    """Render one DuckDB query as Spark SQL; parameters `$name` become the markers `:name`.

    It does not ask whether the query is portable (see `refusals`), and gives the same text for the same query.

    Raises:
        EngineGap: the query does not parse, is more than one, or holds what SQLGlot says Spark cannot do.

    """
    try:
        return str(_exactly(parse(sql)).sql(dialect="spark", unsupported_level=ErrorLevel.RAISE))
    except (SqlglotError, RecursionError) as error:
        raise EngineGap(f"SQLGlot cannot render a query for Spark: {error}", where="engine") from None


__all__ = ["SPACES", "parse", "to_spark"]

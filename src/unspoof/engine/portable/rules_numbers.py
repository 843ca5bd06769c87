"""Rules on numbers: sums, casts, and doubles, which live only between integers and a rounding."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlglot import exp

from unspoof.engine.portable.refusing import Refusal, bare, guards, is_cast, number_of, outside, refuse, same, text_of

INTEGERS = ("BIGINT", "INT")
_LARGEST = 2**63 - 1
_DOUBLES = (exp.Div, exp.Ln, exp.Sqrt, exp.Exp, exp.Median)
_ARITHMETIC = (
    *(exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Neg, exp.Paren, exp.Ln, exp.Sqrt, exp.Exp),
    *(exp.Case, exp.If, exp.Coalesce, exp.Nullif, exp.Greatest, exp.Least),
)
_WHOLE = (
    *(exp.Sum, exp.Count, exp.Round, exp.Floor, exp.IntDiv, exp.DateDiff, exp.Length, exp.RowNumber, exp.Ntile),
    *(exp.Year, exp.Month, exp.Day, exp.Hour, exp.Minute, exp.Second, exp.WeekOfYear, exp.Extract),
)
_DIGITS = re.compile(r"\^\[0-9\]\{(?:[0-9]+,)?([0-9]+)\}\\z")
EXPONENTS = ((1_000_000, 15_000), (1_000_000_000, 0))
"""Factor before exp() and greatest thousandths under it, for which each exponent of a range was compared."""


def literals_are_whole(node: exp.Expression) -> Iterator[Refusal]:
    """A number is written as a whole number of 64 bits."""
    if isinstance(node, exp.Literal) and not node.is_string:
        if not str(node.this).isdigit():
            said = "A number with a point is a DECIMAL, whose division is a double on DuckDB and a DECIMAL on Spark."
            yield refuse(node, said, "a fraction of integers: 6 / 10")
        elif int(node.this) > _LARGEST:
            yield refuse(node, "Beyond 64 bits DuckDB makes a HUGEINT, Spark a DECIMAL.", "integers of 64 bits")


def sums_are_narrow(node: exp.Expression) -> Iterator[Refusal]:
    """A sum stands under CAST(... AS BIGINT)."""
    if isinstance(node, exp.Sum):
        around = outside(node)
        while isinstance(around, (exp.Window, exp.Filter)):
            around = outside(around)
        if not is_cast(around, "BIGINT"):
            said = "A bare sum is 128 bits wide on DuckDB, leaves it for Parquet as a double, and is 64 bits wide on Spark."
            yield refuse(node, said, "CAST(sum(x) AS BIGINT)")


def _rounding(node: exp.Expression) -> exp.Expression | None:
    """Return the rounding that closes the arithmetic in which a double stands; None if something else comes first."""
    parent = node.parent
    while isinstance(parent, _ARITHMETIC) or is_cast(parent, "DOUBLE"):
        parent = parent.parent if parent is not None else None
    closed = isinstance(parent, (exp.Round, exp.Floor)) and is_cast(outside(parent), *INTEGERS)
    return parent if closed else None


def doubles_are_rounded(node: exp.Expression) -> Iterator[Refusal]:
    """A double lives only inside CAST(round(...) AS BIGINT) or CAST(floor(...) AS BIGINT)."""
    if isinstance(node, _DOUBLES) or is_cast(node, "DOUBLE"):
        rounding = _rounding(node)
        if rounding is None:
            said = "A double may differ in its last bit and in its text, and its sum with the order of rows."
            yield refuse(node, said, "CAST(round(...) AS BIGINT) around it, or // and integers")
        elif isinstance(rounding, exp.Floor) and isinstance(node, (exp.Ln, exp.Exp)):
            said = "ln and exp may differ in the last bit, which floor makes a whole number of difference."
            yield refuse(node, said, "round")
    if isinstance(node, (exp.Round, exp.Floor)) and not is_cast(outside(node), *INTEGERS):
        yield refuse(node, "round and floor leave a double.", "CAST(round(...) AS BIGINT)")


def _most(node: exp.Expression | None) -> int | None:
    """Return the literal that an expression cannot exceed."""
    inner = bare(node)
    if isinstance(inner, exp.Least):
        bounds = [number for part in (inner.this, *inner.expressions) if (number := number_of(part)) is not None]
        return min(bounds, default=None)
    return None


def _exponential(node: exp.Exp) -> tuple[int, int] | None:
    """Return factor and greatest thousandths of `F * exp(least(N, x) / 1000)` or `F / (1 + exp(...))`; None if neither."""
    power = bare(node.this)
    most = _most(power.this) if isinstance(power, exp.Div) and number_of(power.expression) == 1000 else None
    around = outside(node)
    if isinstance(around, exp.Add) and number_of(around.this) == 1 and same(around.expression, node):
        around = outside(around)
        factor = number_of(around.this) if isinstance(around, exp.Div) else None
        return (factor, most) if factor is not None and factor <= 1_000_000 and most is not None else None
    factor = number_of(around.this) if isinstance(around, exp.Mul) and same(around.expression, node) else None
    last = isinstance(around, exp.Mul) and isinstance(outside(around), exp.Round)
    return (factor, most) if factor is not None and most is not None and last else None


def exponents_are_bounded(node: exp.Expression) -> Iterator[Refusal]:
    """exp() is of thousandths below a literal, times a factor, as each such value was compared."""
    if isinstance(node, exp.Exp):
        shape = _exponential(node)
        if shape is None or not any(shape[0] <= factor and shape[1] <= most for factor, most in EXPONENTS):
            said = "exp differs in the last bit for one value in ten, which shows once the product passes 15 digits."
            yield refuse(node, said, "round(1000000 * exp(least(15000, x) / 1000)) or round(1000000000 * exp(least(0, x) / 1000))")


def _from_values(node: exp.Column) -> bool:
    """Tell whether a column is one of whole-number literals in VALUES of the same SELECT."""
    select = node.find_ancestor(exp.Select)
    source = select.args.get("from_") if select is not None else None
    values = source.this if source is not None else None
    if not isinstance(values, exp.Values) or node.name not in values.alias_column_names:
        return False
    return all(number_of(cell) is not None for row in values.expressions for cell in row.expressions)


def _is_digits(node: exp.Expression) -> bool:
    """Tell whether the CASE around a text lets digits alone through, at most 18 of them."""
    for guard in guards(node):
        if isinstance(guard, exp.RegexpLike) and same(guard.this, node):
            found = _DIGITS.fullmatch(text_of(guard.expression) or "")
            if found and int(found[1]) <= 18:
                return True
    return False


def _is_whole(node: exp.Expression | None) -> bool:
    inner = bare(node)
    if isinstance(inner, (exp.Window, exp.Filter)):
        return _is_whole(inner.this)
    if isinstance(inner, exp.Column):
        return _from_values(inner) or _is_digits(inner)
    if isinstance(inner, _WHOLE) or number_of(inner) is not None or is_cast(inner, *INTEGERS):
        return True
    return inner is not None and _is_digits(inner)


def casts_are_exact(node: exp.Expression) -> Iterator[Refusal]:
    """A CAST to an integer is of a rounding, a sum, a whole number, or a text that was seen to be digits."""
    if is_cast(node, *INTEGERS) and not isinstance(node, exp.Paren) and not _is_whole(node.this):
        said = "CAST(2.7 AS BIGINT) is 3 on DuckDB and 2 on Spark, and DuckDB reads '1e3' as 1000 where Spark raises."
        write = r"CAST(floor(x) AS BIGINT), or CASE WHEN regexp_matches(s, '^[0-9]{1,18}\z') THEN CAST(s AS BIGINT) END"
        yield refuse(node, said, write)


RULES = (literals_are_whole, sums_are_narrow, doubles_are_rounded, exponents_are_bounded, casts_are_exact)

__all__ = ["EXPONENTS", "RULES"]

"""Rules on times: differences, casts, formats, parts, intervals; a time is zoneless and in UTC."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlglot import exp

from unspoof.engine.portable.refusing import Refusal, is_cast, is_time, number_of, refuse, text_of

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?")
_FORMAT = re.compile(r"(?:%[YmdHMSf]|[-:./ ])+")
_UNITS = ("SECOND", "MINUTE", "HOUR", "DAY")
_TRUNCATED = (*_UNITS, "WEEK", "MONTH", "QUARTER", "YEAR")
_PARTS = ("year", "month", "day", "hour", "minute")
_ZONELESS = ("TIMESTAMP", "TIMESTAMPNTZ")
_TYPES = ("TEXT", "VARCHAR", "BIGINT", "INT", "DOUBLE", "DATE", *_ZONELESS)


def differences_are_exact(node: exp.Expression) -> Iterator[Refusal]:
    """A difference is in microseconds, or in days between two dates."""
    if isinstance(node, exp.DateDiff):
        unit = str(node.args.get("unit") or "").upper()
        dates = is_cast(node.this, "DATE") and is_cast(node.expression, "DATE")
        if unit != "MICROSECOND" and not (unit == "DAY" and dates):
            said = "DuckDB counts the boundaries crossed between two times, Spark the whole units elapsed."
            yield refuse(node, said, "date_diff('microsecond', a, b) // 1000000, or 'day' over two CAST(... AS DATE)")
    if isinstance(node, (exp.Sub, exp.Add)):
        sides = (node.this, node.expression)
        if any(is_cast(side, "DATE") for side in sides):
            said = "A date less a date is a number on DuckDB and an interval on Spark; a date plus an interval is a time on one."
            yield refuse(node, said, "date_diff('day', CAST(a AS DATE), CAST(b AS DATE))")
        elif isinstance(node, exp.Sub) and all(is_time(side) for side in sides):
            yield refuse(node, "The difference of times is another kind of interval on each engine.", "date_diff('microsecond', b, a)")


def casts_of_times_are_known(node: exp.Expression) -> Iterator[Refusal]:
    """Only a time becomes a date, and only a literal in full form becomes a time."""
    if not isinstance(node, exp.Cast):
        return
    literal, to = text_of(node.this), node.to.this.name
    if to not in _TYPES:
        yield refuse(node, f"A CAST to {to} was not proven equal.", "BIGINT, INTEGER, VARCHAR, DOUBLE, TIMESTAMP or DATE")
    if to in _ZONELESS and (literal is None or not _TIME.fullmatch(literal)):
        said = "From a text DuckDB and Spark read different forms, and both drop an offset such as +02 or Z."
        yield refuse(node, said, "times as ingest read them; a literal as TIMESTAMP '2020-01-31 00:00:00'")
    known = is_time(node.this) or isinstance(node.this, (exp.TimestampTrunc, exp.Min, exp.Max))
    if to == "DATE" and not known and (literal is None or not _DATE.fullmatch(literal)):
        said = "A date from a text is read in other forms by each engine, and the name of this column says no time."
        yield refuse(node, said, "CAST(called_at AS DATE) of a column named at or *_at; a literal as DATE '2020-01-31'")


def units_are_proven(node: exp.Expression) -> Iterator[Refusal]:
    """Intervals are whole literals of seconds to days; date_trunc knows seconds to years; parts end at minutes."""
    unit = str(node.args.get("unit") or "").upper()
    if isinstance(node, exp.Interval):
        number = text_of(node.this)
        if unit not in _UNITS or number is None or not number.isdigit():
            said = "Months, and intervals that are no whole literal, were not proven equal."
            yield refuse(node, said, "n * INTERVAL 1 SECOND (MINUTE, HOUR, DAY)")
        elif not isinstance(node.parent, (exp.Mul, exp.Add, exp.Sub)):
            yield refuse(node, "An interval by itself is another type on each engine.", "time + INTERVAL 1 DAY")
    if isinstance(node, exp.TimestampTrunc) and (unit not in _TRUNCATED or is_cast(node.this, "DATE")):
        yield refuse(node, "date_trunc was proven over times, to a second, minute, ... year alone.", "date_trunc('day', called_at)")
    if isinstance(node, exp.Extract) and (text_of(node.this) or str(node.this)).lower() not in _PARTS:
        said = "Spark's seconds have a fraction, its days of the week begin elsewhere, and epoch fails or drops fractions."
        yield refuse(node, said, f"{', '.join(_PARTS)}; second(ts); snippets D and E of docs/sql.md")
    if isinstance(node, exp.TimeToStr) and not _FORMAT.fullmatch(text_of(node.args.get("format")) or ""):
        said = "Letters in a format are pattern letters on Spark, and %j is padded on DuckDB alone."
        yield refuse(node, said, "strftime(ts, '%Y-%m-%d') || 'T' || strftime(ts, '%H:%M:%S')")


def times_are_written_out(node: exp.Expression) -> Iterator[Refusal]:
    """No number of microseconds is multiplied where the literal does not show 64 bits."""
    if isinstance(node, exp.Mul) and isinstance(node.expression, exp.Interval) and number_of(node.this) is not None:
        yield refuse(node, "A literal times an interval was not proven.", "the literal inside: INTERVAL 30 MINUTE")


RULES = (differences_are_exact, casts_of_times_are_known, units_are_proven, times_are_written_out)

__all__ = ["RULES"]

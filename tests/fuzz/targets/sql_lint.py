"""Queries through the sieve for portable SQL and the rendering for Spark."""

from __future__ import annotations

from contextlib import suppress

from fuzz.target import Target, text_of
from unspoof.case.plan import steps
from unspoof.engine.portable.lint import refusals
from unspoof.engine.portable.render import to_spark
from unspoof.errors import EngineGap


def feed(data: bytes) -> None:
    """Judge a query and render it."""
    sql = text_of(data)
    with suppress(EngineGap):
        assert all(one.because and len(one.what) <= 200 for one in refusals(sql))
    with suppress(EngineGap):
        assert to_spark(sql) == to_spark(sql), "another rendering the second time"


TARGET = Target(
    "sql_lint",
    "a query in DuckDB's dialect",
    feed,
    (
        *(step.sql.encode() for step in steps() if step.sql and len(step.sql) < 1500),
        b"SELECT * FROM calls QUALIFY row_number() OVER (ORDER BY id) = 1",
        b"WITH a AS (SELECT 1 AS x) SELECT trim(lower(x)), date_trunc('month', at) FROM a WHERE x IS NOT NULL",
        b"SELECT list(x ORDER BY y) FILTER (WHERE z), CASE WHEN a THEN b END FROM t GROUP BY ALL",
        b"SELECT regexp_replace(a, '(x)', '\\1', 'g'), $p FROM generate_series(1, 10) AS g(i) JOIN u USING (i)",
    ),
    words=(
        b"SELECT ", b" FROM ", b" WHERE ", b" GROUP BY ", b" ORDER BY ", b" JOIN ", b" QUALIFY ", b" OVER (", b"PARTITION BY ",
        b"CASE WHEN ", b" END", b"CAST(", b" AS ", b"::BIGINT", b"count(*)", b"sum(", b"date_trunc('month', ", b"concat(",
        b"lower(", b"NULLS LAST", b" IS NOT NULL", b" LIKE '", b"INTERVAL '1 day'", b"UNION ALL ", b"WITH a AS (", b"$p",
        b"string_agg(", b"regexp_matches(", b"EXTRACT(year FROM ", b"unnest(", b"LIMIT 1", b"levenshtein(", b"LATERAL ",
    ),
    most=1500,
)  # fmt: skip

__all__ = ["TARGET"]

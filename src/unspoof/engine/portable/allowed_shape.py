"""Allowed shapes of a query: SELECT and its parts, joins, set operations, subqueries."""

from __future__ import annotations

from sqlglot import exp

from unspoof.engine.portable.allowing import Allowed

SHAPES: tuple[Allowed, ...] = (
    Allowed(
        "select",
        (
            (exp.Select, "expressions from_ where"), (exp.From, "this"), (exp.Table, "this alias"),
            (exp.TableAlias, "this columns"), (exp.Column, "this table"), (exp.Identifier, "this quoted"),
            (exp.Alias, "this alias"), (exp.Where, "this"), (exp.Paren, "this"), (exp.Dot, "this expression"),
        ),
        "named columns of a view, each alias with AS",
        "SELECT c.call_id AS a, c.\"brand\" AS b, (c.duration_s) AS d FROM calls AS c WHERE c.is_long",
    ),
    Allowed("star", ((exp.Star, "except_"),), "*, t.*, * EXCLUDE (x)", "SELECT c.* EXCLUDE (started_at) FROM (SELECT * FROM calls) AS c"),
    Allowed("distinct", ((exp.Select, "distinct"), (exp.Distinct, "expressions")), "SELECT DISTINCT", "SELECT DISTINCT brand, outcome FROM calls"),
    Allowed(
        "cte",
        ((exp.Select, "with_"), (exp.Union, "with_"), (exp.With, "expressions"), (exp.CTE, "this alias")),
        "WITH, not recursive, not MATERIALIZED",
        "WITH a AS (SELECT call_id, brand FROM calls), b AS (SELECT call_id FROM a WHERE brand IS NOT NULL) SELECT a.brand FROM a JOIN b ON b.call_id = a.call_id",
    ),
    Allowed(
        "subquery",
        ((exp.Subquery, "this alias"),),
        "in FROM with an alias, or scalar: one row, one column",
        "SELECT s.brand AS brand, (SELECT long_call_s FROM setting) AS long_call_s, (SELECT max(call_id) FROM calls) AS most FROM (SELECT brand FROM calls) AS s",
    ),
    Allowed(
        "exists",
        ((exp.Exists, "this"),),
        "EXISTS (SELECT 1 FROM ... WHERE ...)",
        "SELECT c.call_id FROM calls AS c WHERE EXISTS (SELECT 1 FROM reports AS r WHERE r.victim_phone_e164 = c.called_e164) AND NOT EXISTS (SELECT 1 FROM reports AS r WHERE r.reported_at = c.started_at)",
    ),
    Allowed(
        "join",
        ((exp.Select, "joins"), (exp.Join, "this on kind")),
        "JOIN and LEFT JOIN with ON; a range beside an equality",
        "SELECT c.call_id, r.report_id, s.home FROM calls AS c JOIN reports AS r ON r.victim_phone_e164 = c.called_e164 AND c.started_at <= r.reported_at CROSS JOIN setting AS s",
    ),
    Allowed(
        "outer join",
        ((exp.Join, "side"),),
        "LEFT, RIGHT and FULL JOIN with ON; NULL keys meet nothing",
        "SELECT c.call_id, r.report_id, t.report_id AS other, f.text_id FROM calls AS c LEFT JOIN reports AS r ON r.reported_at = c.started_at RIGHT JOIN reports AS t ON t.victim_phone_e164 = c.called_e164 FULL JOIN texts AS f ON f.text_id = c.call_id",
    ),
    Allowed(
        "using",
        ((exp.Join, "using"),),
        "JOIN ... USING (column of both)",
        "SELECT call_id, b.brand FROM calls AS a JOIN (SELECT call_id, brand FROM calls WHERE is_long) AS b USING (call_id)",
    ),
    Allowed(
        "semi join",
        ((exp.Join, "kind"),),
        "SEMI JOIN and ANTI JOIN with ON",
        "SELECT c.call_id, 1 AS n FROM calls AS c SEMI JOIN reports AS r ON r.victim_phone_e164 = c.called_e164 AND r.reported_at > c.started_at UNION ALL SELECT c.call_id, 2 AS n FROM calls AS c ANTI JOIN reports AS r ON c.started_at IS NOT DISTINCT FROM r.reported_at",
    ),
    Allowed(
        "union",
        ((exp.Union, "this expression distinct"), (exp.Intersect, "this expression distinct"), (exp.Except, "this expression distinct")),
        "UNION, UNION ALL, INTERSECT, EXCEPT by position; NULL equals NULL",
        "SELECT brand FROM calls UNION SELECT s AS brand FROM texts UNION ALL (SELECT s AS brand FROM texts INTERSECT SELECT brand FROM calls) UNION ALL (SELECT o AS brand FROM texts EXCEPT SELECT brand FROM calls)",
    ),
    Allowed(
        "values",
        ((exp.Values, "expressions alias"), (exp.Tuple, "expressions")),
        "(VALUES (1), (2)) AS v(x) of literals",
        "SELECT v.i AS i, v.t AS t FROM (VALUES (1, 'a'), (2, NULL), (-3, 'ß')) AS v(i, t)",
    ),
    Allowed(
        "order and limit",
        ((exp.Select, "order limit"), (exp.Order, "this expressions"), (exp.Ordered, "this desc nulls_first"), (exp.Limit, "expression")),
        "ORDER BY, NULLS FIRST or LAST; LIMIT under an order that is total",
        "SELECT * FROM (SELECT call_id FROM calls ORDER BY duration_s DESC NULLS LAST, brand NULLS FIRST, call_id LIMIT 7) AS a UNION ALL SELECT * FROM (SELECT call_id FROM calls ORDER BY duration_s, brand DESC, call_id LIMIT 40) AS b",
    ),
    Allowed(
        "qualify",
        ((exp.Select, "qualify"), (exp.Qualify, "this")),
        "SELECT * or named columns, QUALIFY over a window",
        "SELECT * FROM calls QUALIFY row_number() OVER (PARTITION BY account_id ORDER BY duration_s DESC NULLS LAST, call_id) = 1",
    ),
    Allowed(
        "parameter",
        ((exp.Placeholder, "this"),),
        "$name, a marker :name on Spark",
        "SELECT call_id, $word AS word FROM calls WHERE duration_s > $least",
        (("least", 60), ("word", "ß'\\n")),
    ),
)
"""Statements' parts."""

__all__ = ["SHAPES"]

"""Allowed aggregates, lists and windows."""

from __future__ import annotations

from sqlglot import exp

from unspoof.engine.portable.allowing import Allowed

GROUPS: tuple[Allowed, ...] = (
    Allowed(
        "group by",
        ((exp.Select, "group having"), (exp.Group, "expressions"), (exp.Having, "this"), (exp.Count, "this big_int")),
        "GROUP BY columns, expressions or places; HAVING; count",
        "SELECT account_id, duration_s // 60 AS m, count(*) AS n, count(brand) AS b FROM calls GROUP BY account_id, 2 HAVING count(*) > 1",
    ),
    Allowed("group by all", ((exp.Group, "all"),), "GROUP BY ALL", "SELECT account_id, brand, count(*) AS n FROM calls GROUP BY ALL"),
    Allowed(
        "rollup",
        ((exp.Group, "rollup"), (exp.Rollup, "expressions")),
        "GROUP BY ROLLUP (a, b)",
        "SELECT outcome, is_long, count(*) AS n FROM calls GROUP BY ROLLUP (outcome, is_long)",
    ),
    Allowed(
        "distinct count",
        ((exp.Distinct, "expressions"), (exp.Tuple, "expressions")),
        "count(DISTINCT x), count(DISTINCT (a, b)), where a tuple that holds a NULL counts",
        "SELECT account_id, count(DISTINCT brand) AS a, count(DISTINCT (brand, duration_s)) AS b FROM calls GROUP BY account_id",
    ),
    Allowed(
        "filter",
        ((exp.Filter, "this expression"),),
        "aggregate FILTER (WHERE ...)",
        "SELECT account_id, count(*) FILTER (WHERE is_long AND brand <> '') AS n, max(duration_s) FILTER (WHERE outcome = 'busy') AS m FROM calls GROUP BY account_id",
    ),
    Allowed(
        "sum",
        ((exp.Sum, "this"),),
        "CAST(sum(x) AS BIGINT) of integers; beyond 64 bits both raise",
        "SELECT account_id, CAST(sum(duration_s) AS BIGINT) AS a, coalesce(CAST(sum(duration_s) FILTER (WHERE is_long) AS BIGINT), 0) AS b, CAST(sum(CASE WHEN is_long THEN 1 ELSE 0 END) AS BIGINT) AS c FROM calls GROUP BY account_id",
    ),
    Allowed(
        "least and greatest of a group",
        ((exp.Min, "this"), (exp.Max, "this")),
        "min and max of numbers, times, texts (by bytes)",
        "SELECT c.account_id, min(c.brand) AS a, max(c.brand) AS b, min(c.started_at) AS d, max(c.started_at) AS e, max(t.s) AS f, min(t.s) AS g FROM calls AS c CROSS JOIN texts AS t GROUP BY c.account_id",
    ),
    Allowed(
        "median",
        ((exp.Median, "this"),),
        "CAST(round(median(x)) AS BIGINT), as a double",
        "SELECT account_id, CAST(round(1000 * median(duration_s)) AS BIGINT) AS m FROM calls GROUP BY account_id",
    ),
    Allowed(
        "joined text",
        ((exp.GroupConcat, "this separator"),),
        "string_agg(x, ';' ORDER BY ... ending in a key), NULLs left out, no text is NULL",
        "SELECT account_id, string_agg(brand, '; ' ORDER BY duration_s DESC, call_id) AS a, string_agg(brand, '' ORDER BY call_id DESC) FILTER (WHERE duration_s > 500) AS b FROM calls GROUP BY account_id",
    ),
    Allowed(
        "joined distinct text",
        ((exp.GroupConcat, "this separator"),),
        "string_agg(DISTINCT x, ';' ORDER BY x), the only DISTINCT of its SELECT",
        "SELECT account_id, count(*) AS n, string_agg(DISTINCT CASE WHEN is_long THEN brand END, ';' ORDER BY CASE WHEN is_long THEN brand END DESC) AS a FROM calls GROUP BY account_id",
    ),
    Allowed(
        "best of a group",
        ((exp.ArgMax, "this expression"), (exp.ArgMin, "this expression"), (exp.Struct, "expressions"), (exp.PropertyEQ, "this expression")),
        "max_by(key, {'k': k without NULLs, 'id': key})",
        "SELECT account_id, max_by(call_id, {'s': coalesce(duration_s, -1), 'id': call_id}) AS a, min_by(coalesce(brand, ''), {'s': coalesce(duration_s, -1), 'id': -call_id}) AS b FROM calls GROUP BY account_id",
    ),
    Allowed(
        "list",
        ((exp.ArrayAgg, "this"), (exp.ArraySort, "this nulls_first"), (exp.Array, "expressions"), (exp.ArrayDistinct, "this")),
        "coalesce(list_sort(list_distinct(list(x) FILTER (WHERE x IS NOT NULL))), [])",
        "SELECT account_id, coalesce(list_sort(list(brand) FILTER (WHERE brand IS NOT NULL AND duration_s > 400)), []) AS a, coalesce(list_sort(list_distinct(list(duration_s) FILTER (WHERE duration_s IS NOT NULL))), []) AS b FROM calls GROUP BY account_id",
    ),
    Allowed(
        "list in order",
        ((exp.Transform, "this expression"), (exp.Lambda, "this expressions"), (exp.ArrayFilter, "this expression")),
        "list_transform(list_sort(list({'at': at, 'id': id, 'v': v})), lambda e: e.v); list_filter",
        "SELECT account_id, list_transform(list_sort(list({'at': started_at, 'id': call_id, 'v': duration_s})), lambda e: e.v) AS a, list_transform(list_filter(list_sort(list({'at': started_at, 'id': call_id, 'v': brand})), lambda e: e.v <> ''), lambda e: e.id) AS b FROM calls WHERE started_at IS NOT NULL GROUP BY account_id",
    ),
    Allowed(
        "of a list",
        ((exp.ArrayToString, "this expression"), (exp.ArraySize, "this"), (exp.ArrayContains, "this expression")),
        "array_to_string(l, ';'), array_length(l), list_contains(l, x)",
        "SELECT account_id, array_to_string(l, ' or ') AS a, array_length(l) AS b, list_contains(l, 'Zoll') AS d FROM (SELECT account_id, coalesce(list_sort(list(brand) FILTER (WHERE brand IS NOT NULL)), []) AS l FROM calls GROUP BY account_id) AS g",
    ),
    Allowed(
        "rows of a list",
        ((exp.Unnest, "expressions alias"),),
        "CROSS JOIN unnest(l) AS u(x); a list that is empty or NULL gives no row",
        "SELECT g.account_id AS account_id, u.x AS x FROM (SELECT account_id, coalesce(list_sort(list(brand) FILTER (WHERE brand IS NOT NULL)), []) AS l FROM calls GROUP BY account_id UNION ALL SELECT -1 AS account_id, NULL AS l) AS g CROSS JOIN unnest(g.l) AS u(x)",
    ),
    Allowed(
        "rows of a range",
        ((exp.Explode, "this"), (exp.GenerateSeries, "start end is_end_exclusive")),
        "SELECT unnest(range(1, 10)) AS i, by literals, in a subquery",
        "SELECT p.i AS i, s.home AS home FROM (SELECT unnest(range(1, 10)) AS i) AS p CROSS JOIN setting AS s",
    ),
    Allowed(
        "window",
        ((exp.Window, "this partition_by order over"), (exp.RowNumber, ""), (exp.Ntile, "this"), (exp.Lag, "this offset"), (exp.Lead, "this offset"), (exp.FirstValue, "this")),
        "row_number, ntile, lag, lead, first_value OVER (... ORDER BY ... ending in a key)",
        "SELECT call_id, row_number() OVER (ORDER BY duration_s DESC, brand, call_id) AS a, ntile(4) OVER (ORDER BY duration_s, call_id) AS b, lag(duration_s) OVER (PARTITION BY account_id ORDER BY started_at, call_id) AS c, lead(started_at, 2) OVER (PARTITION BY account_id ORDER BY started_at DESC, call_id) AS d, first_value(brand) OVER (PARTITION BY account_id ORDER BY started_at NULLS FIRST, call_id) AS e FROM calls",
    ),
    Allowed(
        "aggregate over a window",
        ((exp.Window, "spec"), (exp.WindowSpec, "kind start start_side end end_side")),
        "sum, count, min, max OVER (PARTITION BY ... [ORDER BY ... ROWS BETWEEN ...])",
        "SELECT call_id, CAST(sum(duration_s) OVER (PARTITION BY account_id ORDER BY brand, call_id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS BIGINT) AS a, count(*) OVER (PARTITION BY account_id) AS b, max(brand) OVER (PARTITION BY account_id ORDER BY call_id ROWS BETWEEN 2 PRECEDING AND 1 FOLLOWING) AS c, min(started_at) OVER (ORDER BY account_id) AS d, CAST(sum(duration_s) OVER () AS BIGINT) AS e FROM calls",
    ),
)
"""Aggregates, lists, windows."""

__all__ = ["GROUPS"]

"""Allowed values: literals, comparisons, conditions, numbers, texts, times."""

from __future__ import annotations

from sqlglot import exp

from unspoof.engine.portable.allowing import Allowed

_BOTH = "this expression"

CONDITIONS: tuple[Allowed, ...] = (
    Allowed(
        "literal",
        ((exp.Literal, "this is_string"), (exp.Null, ""), (exp.Boolean, "this")),
        "whole numbers of 64 bits, texts, NULL, TRUE, FALSE",
        r"SELECT call_id, 9223372036854775807 AS a, 'it''s \n 日本 😀 $x' AS b, TRUE AS c, CASE WHEN is_long THEN NULL ELSE FALSE END AS d FROM calls",
    ),
    Allowed(
        "comparison",
        ((exp.EQ, _BOTH), (exp.NEQ, _BOTH), (exp.GT, _BOTH), (exp.GTE, _BOTH), (exp.LT, _BOTH), (exp.LTE, _BOTH)),
        "of two values of one type; texts by bytes",
        "SELECT text_id, s = o AS a, s <> o AS b, s > o AS c, s >= o AS d, s < o AS e, s <= o AS f FROM texts UNION ALL SELECT number_id, a = b, a <> b, a > b, a >= b, a < b, a <= b FROM numbers UNION ALL SELECT time_id, from_at = to_at, from_at <> to_at, from_at > to_at, from_at >= to_at, from_at < to_at, from_at <= to_at FROM times",
    ),
    Allowed(
        "condition",
        ((exp.And, _BOTH), (exp.Or, _BOTH), (exp.Not, "this"), (exp.Is, _BOTH), (exp.NullSafeEQ, _BOTH), (exp.NullSafeNEQ, _BOTH)),
        "AND, OR, NOT, IS NULL, IS NOT DISTINCT FROM, with three-valued logic",
        "SELECT number_id, a > 1 AND b > 1 AS a, a > 1 OR b > 1 AS b, NOT a > 1 AS c, a IS NULL AS d, b IS NOT NULL AS e, a IS NOT DISTINCT FROM b AS f, a IS DISTINCT FROM b AS g FROM numbers",
    ),
    Allowed(
        "between and in",
        ((exp.Between, "this low high"), (exp.In, "this expressions query")),
        "BETWEEN; IN and NOT IN over literals or a subquery, where a NULL makes NOT IN unknown",
        "SELECT call_id, duration_s BETWEEN 15 AND 300 AS a, brand IN ('Zoll', '') AS b, brand NOT IN ('Zoll', NULL) AS c, account_id IN (SELECT account_id FROM calls WHERE is_long) AS d FROM calls WHERE called_e164 NOT IN (SELECT victim_phone_e164 FROM reports WHERE report_id < 5 AND victim_phone_e164 IS NOT NULL)",
    ),
    Allowed(
        "case",
        ((exp.Case, "this ifs default"), (exp.If, "this true"), (exp.Coalesce, "this expressions"), (exp.Nullif, _BOTH)),
        "CASE in both forms, coalesce, nullif",
        "SELECT call_id, CASE outcome WHEN 'busy' THEN 'b' WHEN 'failed' THEN 'f' END AS a, CASE WHEN duration_s > 60 THEN duration_s WHEN is_long IS NULL THEN -1 ELSE 0 END AS b, coalesce(brand, outcome, '') AS c, nullif(brand, '') AS d FROM calls",
    ),
    Allowed(
        "least and greatest",
        ((exp.Greatest, "this expressions ignore_nulls"), (exp.Least, "this expressions ignore_nulls")),
        "greatest and least, NULLs left out",
        "SELECT number_id, greatest(a, b, n) AS a, least(a, b, 5) AS b FROM numbers UNION ALL SELECT text_id, length(greatest(s, o)), length(least(s, o, 'm')) FROM texts",
    ),
)
"""Literals and conditions."""

NUMBERS: tuple[Allowed, ...] = (
    Allowed(
        "arithmetic",
        ((exp.Add, _BOTH), (exp.Sub, _BOTH), (exp.Mul, _BOTH), (exp.Neg, "this"), (exp.Abs, "this")),
        "of integers; beyond 64 bits both raise",
        "SELECT number_id, n + b AS a, n - b AS b, n * b AS c, -n AS d, abs(n) AS e FROM numbers",
    ),
    Allowed(
        "whole division",
        ((exp.IntDiv, _BOTH), (exp.Mod, _BOTH)),
        "a // b and a % b of integers, towards zero; by zero Spark raises: nullif(b, 0)",
        "SELECT number_id, a // b AS a, a % b AS b, a // nullif(n, 0) AS c, a % nullif(n, 0) AS d, a // 1000000 AS e, a % -7 AS f FROM numbers",
    ),
    Allowed(
        "cast to an integer",
        ((exp.Cast, "this to"), (exp.DataType, "this")),
        "CAST AS BIGINT of a rounding, sum, count or whole literal; of a text that CASE has seen to be at most 18 digits",
        r"SELECT text_id, CASE WHEN regexp_matches(s, '^[0-9]{1,18}\z') THEN CAST(s AS BIGINT) END AS a FROM texts UNION ALL SELECT CAST(v.i AS BIGINT), CAST(7 AS BIGINT) FROM (VALUES (1), (-2)) AS v(i)",
    ),
    Allowed(
        "cast to a text",
        ((exp.Cast, "this to"), (exp.DataType, "this")),
        "CAST AS VARCHAR of integers, times, dates; never of a double or a boolean",
        "SELECT number_id, CAST(a AS VARCHAR) AS a, CAST(n // 7 AS VARCHAR) AS b FROM numbers UNION ALL SELECT time_id, CAST(from_at AS VARCHAR), CAST(CAST(to_at AS DATE) AS VARCHAR) FROM times",
    ),
    Allowed(
        "division",
        ((exp.Div, _BOTH), (exp.Round, "this"), (exp.Floor, "this"), (exp.Sqrt, "this"), (exp.Cast, "this to"), (exp.DataType, "this")),
        "/ and sqrt, exact in their last bit on both, inside CAST(round(...) AS BIGINT) or CAST(floor(...) AS BIGINT)",
        "SELECT odd_id, CAST(round(a / 2) AS BIGINT) AS a, CAST(round(-a / 2) AS BIGINT) AS b, CAST(floor(1000000 * (x / (x + y))) AS BIGINT) AS c, CAST(floor(1000 * (a / nullif(sqrt(b) * sqrt(x), 0))) AS BIGINT) AS d, CAST(round(CAST(x AS DOUBLE) * 1000000 / nullif(y, 0)) AS BIGINT) AS e, CAST(round(1000000 * (a / y) * (b / x) * (x - 2 * a + 1)) AS BIGINT) AS f, CAST(floor(-b / 3) AS BIGINT) AS g FROM odds",
    ),
    Allowed(
        "logarithm",
        ((exp.Ln, "this"),),
        "ln inside CAST(round(1000 * ...) AS BIGINT), where its last bit does not show",
        "SELECT odd_id, CAST(round(1000 * ln(a / b)) AS BIGINT) AS a, CAST(round(1000 * ln(x / y)) AS BIGINT) AS b, CAST(round(40000 * ln(1 + a) / ln(1 + x)) AS BIGINT) AS c, CAST(round(1000 * (a * ln(a / (x / 1000000)) - (a - x / 1000000)) / 3) AS BIGINT) AS d FROM odds",
    ),
    Allowed(
        "exponential",
        ((exp.Exp, "this"),),
        "exp(least(15000, x) / 1000) times 1000000, exp(least(0, x) / 1000) times 1000000000, 1000000 / (1 + exp(...)), rounded",
        "SELECT k, CAST(round(1000000 * exp(least(15000, k) / 1000)) AS BIGINT) AS a, CAST(round(1000000000 * exp(least(0, k) / 1000)) AS BIGINT) AS b, CAST(round(1000000 / (1 + exp(least(15000, k) / 1000))) AS BIGINT) AS c FROM (SELECT 10 * d.i + e.j - 40000 AS k FROM (SELECT unnest(range(0, 5501)) AS i) AS d CROSS JOIN (SELECT unnest(range(0, 10)) AS j) AS e) AS every",
    ),
)
"""Numbers."""

TEXTS: tuple[Allowed, ...] = (
    Allowed(
        "joining texts",
        ((exp.DPipe, "this expression safe"), (exp.Concat, "expressions safe coalesce"), (exp.ConcatWs, "expressions safe coalesce")),
        "|| where NULL wins; concat and concat_ws, where NULLs are left out, numbers too",
        "SELECT text_id, s || ',' || o AS a, concat(s, text_id, o) AS b, concat_ws('; ', s, o, NULL, '') AS c FROM texts UNION ALL SELECT number_id, CAST(a AS VARCHAR) || 'x', concat('n ', a, b), concat(a // 7, ' by ', b) FROM numbers",
    ),
    Allowed(
        "part of a text",
        ((exp.Substring, "this start length"), (exp.Left, _BOTH), (exp.Right, _BOTH), (exp.Length, "this")),
        "substr(x, 2, 3), substr(x, -2), left(x, 3), right(x, 9) by literals; length in characters",
        "SELECT text_id, substr(s, 2, 3) AS a, substr(s, -2) AS b, substr(s, 4) AS c, left(s, 2) AS d, right(s, 3) AS e, length(s) AS f, substr(s, 1, 0) AS g FROM texts UNION ALL SELECT point_id, left(s, 1), right('ab' || s, 1), substr('a' || s, 2, 1), s, 'a' || s, length(s), s FROM letters",
    ),
    Allowed(
        "parted text",
        ((exp.SplitPart, "this delimiter part_index"), (exp.Split, _BOTH)),
        "split_part(x, '@', 1), string_split(x, ';') by a literal",
        "SELECT text_id, split_part(s, '@', 1) AS a, split_part(s, '@', 2) AS b, split_part(s, '.', 9) AS c, string_split(s, ';') AS d, string_split(s, ' ') AS e FROM texts",
    ),
    Allowed(
        "search and replace",
        ((exp.Contains, _BOTH), (exp.StartsWith, _BOTH), (exp.EndsWith, _BOTH), (exp.Replace, "this expression replacement"), (exp.Like, "this expression negate"), (exp.Chr, "expressions")),
        "contains, starts_with, ends_with, replace, LIKE with a plain literal, chr(1) to chr(127)",
        r"SELECT text_id, contains(s, o) AS a, starts_with(s, 'a') AS b, ends_with(s, 'c') AS c, replace(s, o, 'q') AS d, replace(replace(s, chr(92), concat(chr(92), chr(92))), ';', concat(chr(92), ';')) AS e, s LIKE 'a%' AS f, s NOT LIKE '%_b' AS g FROM texts",
    ),
    Allowed(
        "blanks and lower case",
        ((exp.Trim, "this"), (exp.Lower, "this")),
        "trim(x) of every space of Unicode, lower(x): the same for each letter but 27 of Unicode 16",
        "SELECT text_id, trim(s) AS a, lower(s) AS b, lower(trim(o)) AS c FROM texts UNION ALL SELECT point_id, trim(s), trim('a' || s), trim(s || 'a') FROM letters UNION ALL SELECT point_id, lower(s), lower('Α' || s), lower(s || 'Σ') FROM letters WHERE s NOT IN ('\u1c89', '\ua7cb', '\ua7cc', '\ua7da', '\ua7dc') AND point_id NOT BETWEEN 68944 AND 68965",
    ),
    Allowed(
        "upper case of ASCII",
        ((exp.Upper, "this"),),
        r"CASE WHEN regexp_matches(x, '^[A-Za-z]{2}\z') THEN upper(x) END",
        r"SELECT text_id, CASE WHEN regexp_matches(s, '^[A-Za-z]{2}\z') THEN upper(s) ELSE o END AS a FROM texts",
    ),
    Allowed(
        "regular expression",
        ((exp.RegexpLike, _BOTH),),
        r"regexp_matches(x, '^[0-9]+\z') by a literal of proven pieces",
        r"SELECT text_id, regexp_matches(s, '^[0-9]+\z') AS a, regexp_matches(s, '^[^@ ]+@[^@ ]+[.][^@ ]+\z') AS b, regexp_matches(s, '[^\x00-\x2f:-@\[-`{-~]') AS c, regexp_matches(s, '^(?:a|ab|[A-C]{1,3}?)[;@]?\w*\z') AS d, regexp_matches(s, '^[^ ]+ [^\n]*[^ ]{2}') AS e, regexp_matches(s, '\d{3}|\\|\.') AS f FROM texts UNION ALL SELECT point_id, regexp_matches(s, '\w'), regexp_matches(s, '\d'), regexp_matches(s, '[^\n]'), regexp_matches(s, '^[\x21-\x7e]\z'), regexp_matches(s, '[^a]'), regexp_matches(s, '\W') FROM letters",
    ),
    Allowed(
        "regular replacement",
        ((exp.RegexpReplace, "this expression replacement modifiers single_replace"), (exp.RegexpExtract, "this expression group null_if_pos_overflow")),
        "regexp_replace with 'g' or an anchored pattern, no back-reference; regexp_extract(x, p, n), no match is an empty text",
        r"SELECT text_id, regexp_replace(s, '[^0-9]', '', 'g') AS a, regexp_replace(s, '^[0,]+', '') AS b, regexp_replace(s, '^(a|b)+', '<>') AS c, regexp_extract(s, '([a-z]+)[;@]([a-z]+)', 2) AS d, regexp_extract(s, '[0-9]+') AS e, regexp_replace(s, '[ \t]+', ' ', 'g') AS f FROM texts",
    ),
    Allowed(
        "distance of digits",
        ((exp.Levenshtein, _BOTH),),
        "levenshtein(CAST(a AS VARCHAR), CAST(b AS VARCHAR)) of integers",
        "SELECT number_id, levenshtein(CAST(a AS VARCHAR), CAST(b AS VARCHAR)) AS a FROM numbers",
    ),
    Allowed(
        "hash",
        ((exp.MD5, "this"), (exp.SHA2, "this length")),
        "sha256(x), md5(x) of a text: hex in small letters",
        "SELECT text_id, sha256(s) AS a, md5(s) AS b FROM texts UNION ALL SELECT point_id, md5(s), s FROM letters",
    ),
)
"""Texts."""

TIMES: tuple[Allowed, ...] = (
    Allowed(
        "difference of times",
        ((exp.DateDiff, "this expression unit date_part_boundary"), (exp.Var, "this")),
        "date_diff('microsecond', a, b); 'day' over two CASTs to DATE",
        "SELECT time_id, date_diff('microsecond', from_at, to_at) AS a, date_diff('microsecond', to_at, from_at) // 1000000 AS b, date_diff('day', CAST(from_at AS DATE), CAST(to_at AS DATE)) AS c FROM times",
    ),
    Allowed(
        "time literal",
        ((exp.Cast, "this to"), (exp.DataType, "this")),
        "TIMESTAMP '2020-01-31 00:00:00', DATE '2020-01-31', CAST(x_at AS DATE)",
        "SELECT time_id, TIMESTAMP '0001-01-01 00:00:00' AS a, DATE '2001-01-01' AS b, CAST(from_at AS DATE) AS c, coalesce(from_at, TIMESTAMP '2020-02-29 23:59:59.9') AS d FROM times",
    ),
    Allowed(
        "time and interval",
        ((exp.Interval, "this unit"), (exp.Var, "this")),
        "ts + n * INTERVAL 1 SECOND, ts - INTERVAL 3 HOUR",
        "SELECT time_id, from_at - n * INTERVAL 1 SECOND AS a, from_at + INTERVAL 1 DAY AS b, from_at + (n // 7) * INTERVAL 15 MINUTE AS c, from_at - INTERVAL 3 HOUR AS d FROM times WHERE year(from_at) BETWEEN 2 AND 9000",
    ),
    Allowed(
        "truncated time",
        ((exp.TimestampTrunc, "this unit"), (exp.Var, "this")),
        "date_trunc to second, minute, hour, day, week, month, quarter, year, of a time",
        "SELECT time_id, date_trunc('second', from_at) AS a, date_trunc('minute', from_at) AS b, date_trunc('hour', from_at) AS c, date_trunc('day', from_at) AS d, date_trunc('week', from_at) AS e, date_trunc('month', from_at) AS f, date_trunc('quarter', from_at) AS g, date_trunc('year', from_at) AS h FROM times",
    ),
    Allowed(
        "parts of a time",
        ((exp.Year, "this"), (exp.Month, "this"), (exp.Day, "this"), (exp.Hour, "this"), (exp.Minute, "this"), (exp.Second, "this"), (exp.WeekOfYear, "this"), (exp.Extract, _BOTH)),
        "year, month, day, hour, minute, second, weekofyear of a time; extract('minute' FROM ts) and the larger ones",
        "SELECT time_id, year(from_at) AS a, month(from_at) AS b, day(from_at) AS c, hour(from_at) AS d, minute(from_at) AS e, second(from_at) AS f, weekofyear(from_at) AS g, extract('minute' FROM from_at) AS h FROM times",
    ),
    Allowed(
        "time as text",
        ((exp.TimeToStr, "this format"),),
        "strftime(ts, '%Y-%m-%d %H:%M:%S.%f') with no letters of its own",
        "SELECT time_id, strftime(from_at, '%Y-%m-%d') AS a, strftime(from_at, '%Y-%m') AS b, strftime(from_at, '%H:%M:%S.%f') AS c FROM times",
    ),
)
"""Times."""

__all__ = ["CONDITIONS", "NUMBERS", "TEXTS", "TIMES"]

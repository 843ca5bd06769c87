# ruff: noqa: E501 -- one trap, one line
"""Queries that the lint must refuse, each with how the engines part on it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Refused:
    """One trap; `parts` says what is seen: `silent` (both run, rows differ), `error` (an engine raises), `unproven`."""

    name: str
    sql: str
    parts: str = "silent"


def _aggregate(value: str, where: str = "") -> str:
    return f"SELECT account_id, {value} AS v FROM calls {where} GROUP BY account_id"


def _texts(value: str) -> str:
    return f"SELECT text_id, {value} AS v FROM texts"


def _times(value: str) -> str:
    return f"SELECT time_id, {value} AS v FROM times WHERE year(from_at) BETWEEN 1000 AND 9000 AND year(to_at) BETWEEN 1000 AND 9000"


REFUSED: tuple[Refused, ...] = (
    Refused("list with an order", _aggregate("list(call_id ORDER BY duration_s DESC, call_id)")),
    Refused("list with NULLs", _aggregate("list_sort(list(brand))")),
    Refused("filter over a window", "SELECT call_id, count(*) FILTER (WHERE is_long) OVER (PARTITION BY brand) AS n FROM calls", "error"),
    Refused("list that is not sorted", _aggregate("coalesce(list(brand) FILTER (WHERE brand IS NOT NULL), [])"), "unproven"),
    Refused("list of an empty group", _aggregate("list_sort(list(brand) FILTER (WHERE brand = '日本' AND is_long AND brand IS NOT NULL))")),
    Refused("slice", _texts("string_split(s, ';')[1:2]"), "error"),
    Refused("last of a list", _texts("string_split(s, ';')[-1]"), "error"),
    Refused("comprehension", _texts("[x || 'a' FOR x IN string_split(s, ';')]"), "error"),
    Refused("sum of a list", _aggregate("list_sum(list(duration_s))"), "error"),
    Refused("row()", "SELECT row(text_id, s) AS v FROM texts", "error"),
    Refused("max of structs", _aggregate("max({'k': duration_s, 'id': call_id})")),
    Refused("max_by over NULLs", _aggregate("max_by(call_id, {'k': brand, 'id': call_id})"), "unproven"),
    Refused("max_by of a NULL", _aggregate("max_by(brand, {'k': coalesce(duration_s, 0), 'id': call_id})")),
    Refused("max_by with ties", _aggregate("max_by(call_id, duration_s)"), "unproven"),
    Refused("min_by with ties", _aggregate("min_by(call_id, {'k': coalesce(duration_s, 0), 'o': coalesce(outcome, '')})"), "unproven"),
    Refused("any_value", _aggregate("any_value(brand)"), "unproven"),
    Refused("first", _aggregate("first(brand)"), "unproven"),
    Refused("mode", _aggregate("mode(outcome)"), "unproven"),
    Refused("quantile_cont", _aggregate("quantile_cont(duration_s, 0.9)"), "error"),
    Refused("quantile_disc", _aggregate("quantile_disc(duration_s, 0.9)"), "error"),
    Refused("percentile_cont", _aggregate("percentile_cont(0.9) WITHIN GROUP (ORDER BY duration_s)")),
    Refused("approx_count_distinct", "SELECT approx_count_distinct(call_id) AS v FROM calls"),
    Refused("avg", _aggregate("avg(duration_s)"), "unproven"),
    Refused("seconds between", _times("date_diff('second', from_at, to_at)")),
    Refused("minutes between", _times("date_diff('minute', from_at, to_at)")),
    Refused("hours between", _times("date_diff('hour', from_at, to_at)")),
    Refused("days between times", _times("date_diff('day', from_at, to_at)")),
    Refused("months between", _times("date_diff('month', from_at, to_at)")),
    Refused("date less date", _times("CAST(from_at AS DATE) - CAST(to_at AS DATE)")),
    Refused("date plus interval", _times("CAST(from_at AS DATE) + INTERVAL 1 DAY")),
    Refused("epoch", _times("epoch(from_at)")),
    Refused("epoch_us", _times("epoch_us(from_at)"), "error"),
    Refused("extract epoch", _times("extract('epoch' FROM from_at)"), "error"),
    Refused("to_seconds", _times("from_at + to_seconds(n)"), "error"),
    Refused("time_bucket", _times("time_bucket(INTERVAL '15 minutes', from_at)"), "error"),
    Refused("dayofweek", _times("dayofweek(from_at)")),
    Refused("isodow", _times("isodow(from_at)")),
    Refused("extract dow", _times("extract('dow' FROM from_at)")),
    Refused("millisecond", _times("millisecond(from_at)"), "error"),
    Refused("letters in a format", _times("strftime(from_at, '%Y-%m-%dT%H')"), "error"),
    Refused("%j", _times("strftime(from_at, '%j')")),
    Refused("TRY_CAST to time", "SELECT TRY_CAST(t AS TIMESTAMP) AS v FROM (VALUES ('2021-10')) AS x(t)"),
    Refused("text to time", "SELECT CAST(t AS TIMESTAMP) AS v FROM (VALUES ('2021-10-10 10:11:12+02')) AS x(t)", "unproven"),
    Refused("text to date", "SELECT CAST(t AS DATE) AS v FROM (VALUES ('2021-10-10')) AS x(t)", "unproven"),
    Refused("try_strptime", _texts("try_strptime(s, '%Y-%m')"), "error"),
    Refused("time zones", _times("(from_at AT TIME ZONE 'Europe/London') AT TIME ZONE 'UTC'")),
    Refused("full match", _texts("regexp_full_match(s, '[0-9]+')"), "error"),
    Refused("dollar", _texts("regexp_matches(s, '^[0-9]+$')")),
    Refused("dot", _texts("regexp_matches(s, '^a.b')")),
    Refused("white space", _texts(r"regexp_matches(s, '^a\sb')")),
    Refused("POSIX class", _texts("regexp_matches(s, '[[:digit:]]')")),
    Refused("look-ahead", _texts("regexp_matches(s, 'a(?=b)')"), "error"),
    Refused("(?i)", "SELECT point_id, regexp_matches(s, '(?i)k') AS v FROM letters"),
    Refused("flag i", _texts("regexp_matches(s, 'abc', 'i')")),
    Refused("pattern in a column", _texts("regexp_matches(s, o)"), "error"),
    Refused("first match", _texts("regexp_replace(s, 'X', '-')"), "unproven"),
    Refused("first of several", _texts("regexp_replace(s, '[0-9]', '-')")),
    Refused("anchor before one alternative", _texts("regexp_replace(s, '^a|[0-9]', '-')")),
    Refused("empty matches", _texts("regexp_replace(s, '[0-9]*', '-', 'g')")),
    Refused("back-reference", _texts(r"regexp_replace(s, '^([0-9])([0-9])', '\2\1')")),
    Refused("part from 0", _texts("substr(s, 0, 3)")),
    Refused("part from a column", _texts("substr(s, text_id % 3, 2)")),
    Refused("left by a negative", _texts("left(s, -1)")),
    Refused("right by a negative", _texts("right(s, -1)")),
    Refused("index of a text", _texts("s[1]"), "error"),
    Refused("GLOB", _texts("s GLOB 'a*'"), "error"),
    Refused("SIMILAR TO", _texts("s SIMILAR TO 'a.*'"), "error"),
    Refused("suffix", _texts("suffix(s, 'a')"), "error"),
    Refused("strlen", _texts("strlen(s)"), "error"),
    Refused("upper", _texts("upper(s)")),
    Refused("levenshtein of letters", _texts("levenshtein(s, o)")),
    Refused("chr", "SELECT chr(i) AS v FROM (VALUES (300)) AS x(i)"),
    Refused("hash", _texts("hash(s)")),
    Refused("JSON", "SELECT json_extract(j, '$.a') AS v FROM (VALUES ('{\"a\": \"b\"}')) AS x(j)"),
    Refused("JSON text", "SELECT json_extract_string(j, '$.a') AS v FROM (VALUES ('{\"a\": \"b\"')) AS x(j)", "error"),
    Refused("json_valid", _texts("json_valid(s)"), "error"),
    Refused("TRY_CAST to number", _texts("TRY_CAST(s AS BIGINT)")),
    Refused("text to number", "SELECT CAST(t AS BIGINT) AS v FROM (VALUES ('1e3')) AS x(t)", "error"),
    Refused("guard of 19 digits", _texts(r"CASE WHEN regexp_matches(s, '^[0-9]{1,19}\z') THEN CAST(s AS BIGINT) END"), "unproven"),
    Refused("number to integer", "SELECT odd_id, CAST(a / 8 AS BIGINT) AS v FROM odds"),
    Refused("round to places", "SELECT odd_id, round(a / 200, 2) AS v FROM odds"),
    Refused("decimal", "SELECT odd_id, 1.5 / a AS v FROM odds"),
    Refused("text of a double", "SELECT odd_id, CAST(x / 7 AS VARCHAR) AS v FROM odds"),
    Refused("floor of ln", "SELECT odd_id, CAST(floor(100000000000000 * ln(a / b)) AS BIGINT) AS v FROM odds"),
    Refused("large exponentials", "SELECT odd_id, CAST(round(1000000000 * exp(milli / 1000)) AS BIGINT) AS v FROM odds"),
    Refused("bare sum", _aggregate("sum(duration_s)")),
    Refused("sum of doubles", _aggregate("CAST(sum(duration_s / 7) AS BIGINT)"), "unproven"),
    Refused("unnest in CAST", "SELECT CAST(unnest(range(1, 4)) AS VARCHAR) AS v", "error"),
    Refused("FROM range", "SELECT r.x AS x FROM range(1, 4) AS r(x)", "error"),
    Refused("two unnest", "SELECT unnest([1, 2]) AS a, unnest([3, 4]) AS b"),
    Refused("range backwards", "SELECT unnest(range(5, 1)) AS i", "unproven"),
    Refused("two joined distinct texts", _aggregate("string_agg(DISTINCT brand, ';' ORDER BY brand) || string_agg(DISTINCT outcome, ';' ORDER BY outcome)"), "error"),
    Refused("joined text without order", _aggregate("string_agg(brand, ';')"), "unproven"),
    Refused("ASOF", "SELECT c.call_id FROM reports AS r ASOF JOIN calls AS c ON c.called_e164 = r.victim_phone_e164 AND c.started_at <= r.reported_at", "error"),
    Refused("PIVOT", "PIVOT calls ON outcome USING count(*) GROUP BY account_id", "error"),
    Refused("recursion", "WITH RECURSIVE t AS (SELECT 1 AS i UNION ALL SELECT i + 1 AS i FROM t WHERE i < 3) SELECT i FROM t", "error"),
    Refused("* REPLACE", "SELECT * REPLACE (1 AS call_id) FROM calls", "error"),
    Refused("UNION BY NAME", "SELECT call_id FROM calls UNION ALL BY NAME SELECT report_id FROM reports", "error"),
    Refused("MATERIALIZED", "WITH a AS MATERIALIZED (SELECT call_id FROM calls) SELECT call_id FROM a", "unproven"),
    Refused("COLUMNS", "SELECT max(COLUMNS('.*_id')) FROM calls", "error"),
    Refused("histogram", _aggregate("histogram(duration_s)"), "error"),
    Refused("row_number without order", "SELECT call_id, row_number() OVER () AS v FROM calls", "unproven"),
    Refused("lag without order", "SELECT call_id, lag(call_id) OVER (PARTITION BY account_id) AS v FROM calls", "unproven"),
    Refused("LIMIT without order", "SELECT call_id FROM calls LIMIT 3", "unproven"),
    Refused("IN as a value", "SELECT call_id, account_id IN (SELECT account_id FROM calls WHERE is_long) AS v FROM calls"),
    Refused("QUALIFY beside a star", "SELECT *, 1 AS one FROM calls QUALIFY row_number() OVER (ORDER BY call_id) = 1", "unproven"),
    Refused("a file", "SELECT x FROM read_parquet('a.parquet')", "error"),
    Refused("a file by its name", "SELECT x FROM 'a.parquet'", "error"),
    Refused("bare alias", "SELECT c.call_id id FROM calls c", "unproven"),
    Refused("ILIKE", _texts("s ILIKE 'a%'"), "unproven"),
    Refused("escape in LIKE", _texts(r"s LIKE 'a\%'"), "silent"),
    Refused("sample", "SELECT call_id FROM calls TABLESAMPLE 10%", "unproven"),
    Refused("random", "SELECT random() AS v FROM calls", "unproven"),
    Refused("now", "SELECT now() AS v FROM calls", "unproven"),
    Refused("writing", "CREATE TABLE x AS SELECT call_id FROM calls", "unproven"),
)  # fmt: skip
"""Silent ones are run on both engines: where one heals, its rule may go."""

__all__ = ["REFUSED", "Refused"]

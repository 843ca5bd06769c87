"""The SQL that puts beside each call all that the batch forms of rules ask; no rule is asked here."""

from __future__ import annotations

from unspoof.screen.limits import LIMIT_SETTINGS

SOURCE = "coalesce(nullif(c.account_ref, ''), nullif(c.trunk, ''), nullif(c.source_ip, ''))"
"""Who presented a call's number, by the records' name: the account, else the trunk, else the address."""

FACTS = """
    SELECT n.*, CASE WHEN n.valid_from IS NOT NULL THEN n.valid_from
                     WHEN n.valid_to IS NULL THEN TIMESTAMP '0001-01-01 00:00:00'
                     ELSE TIMESTAMP '0001-01-01 00:00:00.000001' END AS from_at,
           coalesce(n.valid_to, TIMESTAMP '9999-12-31 23:59:59.999999') AS to_at
    FROM number_facts AS n
"""
"""The facts of numbers with bounds that are never NULL, so that engines join them by hash.

Only what holds at all times begins with the first moment of all, at which calls without a time are joined.
"""

FACTS_AT = """f.key = {key}
    AND coalesce(c.at, TIMESTAMP '0001-01-01 00:00:00') >= f.from_at
    AND coalesce(c.at, TIMESTAMP '0001-01-01 00:00:00') < f.to_at"""
"""The condition that joins a call `c` to the facts `f` of its own time; without a time only what always holds is met."""

CALL_COLUMNS: tuple[str, ...] = (
    "call_id",
    "at",
    "account_ref",
    "presented_raw",
    "presented_e164",
    "presented_country",
    "presented_kind",
    "asserted_e164",
    "called_e164",
    "trunk",
    "source_ip",
)
"""Columns of calls that the SQL reads."""

SHOWN_READS: tuple[str, ...] = (
    "short_codes",
    "number_facts",
    "known_sources",
    "source_brand_days",
    "setting",
    "this_case",
)
"""Views that it reads beside the calls."""

_SHOWN = """
SELECT g.call_id AS call_id, g.at AS call_at, t.home AS home, g.presented_raw AS presented_raw,
       g.presented_e164 AS e164, g.presented_country AS country, coalesce(g.presented_kind, 'empty') AS kind,
       g.short AS short, g.allocated AS allocated, g.block_date AS block_date, g.range_use AS range_use,
       g.dno_owner AS dno_owner, g.brand AS brand, g.asserted_e164 AS asserted_e164, g.called_e164 AS called_e164,
       g.from_abroad AS from_abroad, nullif(TRUE, TRUE) AS roaming, g.source AS source, g.source_brand AS source_brand,
       coalesce(g.brand_sourced, FALSE) AS brand_sourced,
       CASE WHEN d.first_at < g.at OR (d.first_at = g.at AND d.first_id <= g.call_id)
            THEN s.source_brands_many ELSE 0 END AS source_brands,
       <callback> AS callback, <limits>
FROM (
  SELECT c.call_id AS call_id, c.at AS at, c.presented_raw AS presented_raw, c.presented_e164 AS presented_e164,
         c.presented_country AS presented_country, c.presented_kind AS presented_kind, k.short AS short,
         f.allocated AS allocated, f.block_date AS block_date, f.range_use AS range_use, f.dno_owner AS dno_owner,
         f.brand AS brand, f.brand_sourced AS brand_sourced, c.asserted_e164 AS asserted_e164,
         c.called_e164 AS called_e164, coalesce(kt.is_abroad, FALSE) OR coalesce(ki.is_abroad, FALSE) AS from_abroad,
         <source> AS source, coalesce(ka.brand, kt.brand, ki.brand) AS source_brand,
         CASE WHEN f.brand IS NOT NULL THEN <source> END AS brand_source,
         CASE WHEN f.brand IS NOT NULL THEN date_trunc('day', c.at) END AS day_at
  FROM <calls> AS c
  LEFT JOIN short_codes AS k ON k.presented_raw = CASE WHEN c.presented_kind = 'short' THEN c.presented_raw END
  LEFT JOIN (
    SELECT n.key, n.allocated, n.block_date, n.range_use, n.dno_owner, n.brand, n.from_at, n.to_at,
           b.brand IS NOT NULL AS brand_sourced
    FROM (<number_facts>) AS n
    LEFT JOIN (SELECT DISTINCT brand FROM known_sources WHERE brand IS NOT NULL) AS b ON b.brand = n.brand
  ) AS f ON <facts>
  LEFT JOIN known_sources AS ka ON ka.source = nullif(c.account_ref, '')
  LEFT JOIN known_sources AS kt ON kt.source = nullif(c.trunk, '')
  LEFT JOIN known_sources AS ki ON ki.source = nullif(c.source_ip, '')
) AS g
LEFT JOIN source_brand_days AS d ON d.source = g.brand_source AND d.day_at = g.day_at
<joined>CROSS JOIN setting AS s
CROSS JOIN this_case AS t
"""


def filled(text: str, **names: str) -> str:
    """Return SQL with its marks <name> replaced by constants of this package."""
    for name, value in names.items():
        text = text.replace(f"<{name}>", value)
    return text.strip()


def shown_sql(calls: str, callbacks: bool) -> str:
    """Return the SQL that gives rule.SHOWN_COLUMNS, one row a call.

    Args:
        calls: view or finding with CALL_COLUMNS.
        callbacks: whether the finding `callbacks` says which calls ring back; else none does.

    """
    return filled(
        _SHOWN,
        calls=calls,
        number_facts=FACTS,
        facts=FACTS_AT.replace("{key}", "coalesce(c.presented_e164, -k.short)"),
        source=SOURCE,
        limits=", ".join(f"s.{name} AS {name}" for name in LIMIT_SETTINGS),
        callback="b.call_id IS NOT NULL" if callbacks else "FALSE",
        joined="LEFT JOIN callbacks AS b ON b.call_id = g.call_id\n" if callbacks else "",
    )


__all__ = ["CALL_COLUMNS", "FACTS", "FACTS_AT", "SHOWN_READS", "SOURCE", "filled", "shown_sql"]

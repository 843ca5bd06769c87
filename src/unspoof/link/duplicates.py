"""Rows that say the same thing twice, and views that count each once; nothing is deleted, rows stay in their tables.

Two rows are one if they are equal in all columns but their own key: our id, exhibit, locator, and the source's
reference where that is its row key (two rows never share a row key, so it tells nothing). Empty equals empty. A row
that differs in anything else stays: two calls in one second are two calls.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from unspoof.engine.step import Step
from unspoof.model.tables import ACCOUNTS, CALLS, INVOICES, LOGINS, PAYMENTS, RECEIVERS, REPORTS, Column, Table

DUPLICATES = Table(
    "duplicates",
    "one row that says what another says, and the one that is counted",
    (
        Column("table", "text", "table of the normal form", nullable=False),
        Column("id", "int64", "the row that is left out", nullable=False),
        Column("same_as", "int64", "the row that is counted: the least id of equal rows", nullable=False),
    ),
)

_EXHIBIT = Column("exhibit", "int32", "number of the sealed file", nullable=False)

_COMPARED: tuple[Table, ...] = (CALLS, INVOICES, LOGINS, PAYMENTS, RECEIVERS, REPORTS)
_KEYS = {table.name: table.columns[0].name for table in _COMPARED}
_REFERENCES = {table.name: f"{table.name[:-1]}_ref" for table in _COMPARED if "ref_is_key" in table.names}

# Calls are many and wide: most are ruled out by four integers, and only the rest is compared in full. Equal rows are
# equal in these too, so nothing is missed.
REPEATED_CALLS = Step(
    name="repeated_calls",
    meaning="account, time, number and talk time that more than one row of calls has",
    reads=(CALLS.name,),
    gives=Table(
        "repeated_calls",
        "what calls that may be one have in common",
        tuple(replace(CALLS.column(name), nullable=True) for name in ("account_id", "at", "called_e164", "duration_s")),
    ),
    # A view of its own, so that an engine that moves rows between machines knows how few they are before it moves calls.
    kept=False,
    reread=True,
    sql="""
SELECT k.account_id, k.at, k.called_e164, k.duration_s
FROM calls AS k
GROUP BY k.account_id, k.at, k.called_e164, k.duration_s
HAVING count(*) > 1
""",
)

_LIKELY_CALLS = """
  SELECT c.* FROM calls AS c
  SEMI JOIN repeated_calls AS n
  ON c.account_id IS NOT DISTINCT FROM n.account_id AND c.at IS NOT DISTINCT FROM n.at
  AND c.called_e164 IS NOT DISTINCT FROM n.called_e164 AND c.duration_s IS NOT DISTINCT FROM n.duration_s
"""

_EQUAL_ROWS = """
SELECT '{table}' AS "table", u.id AS id, g.same_as AS same_as
FROM (
  SELECT min(r.{key}) AS same_as,
         coalesce(list_sort(list(r.{key}) FILTER (WHERE r.{key} IS NOT NULL)), []) AS ids
  FROM ({rows}) AS r
  GROUP BY {columns}
  HAVING count(*) > 1
) AS g
CROSS JOIN unnest(g.ids) AS u(id)
WHERE u.id <> g.same_as
"""

_ONCE = """
SELECT t.* FROM {table} AS t
ANTI JOIN (SELECT id FROM duplicates WHERE "table" = '{table}') AS d ON t.{key} = d.id
"""


def _filled(text: str, **names: str) -> str:
    for name, value in names.items():
        text = text.replace("{" + name + "}", value)
    return text.strip()


def _compared(table: Table) -> Sequence[str]:
    """Return the expressions in which equal rows are equal."""
    left_out = {_KEYS[table.name], "locator", "locator_size"}
    reference = _REFERENCES.get(table.name, "")
    key_aside = f"CASE WHEN r.ref_is_key THEN NULL ELSE r.{reference} END"
    return [key_aside if name == reference else f"r.{name}" for name in table.names if name not in left_out]


def _equal_rows(table: Table) -> str:
    rows = _LIKELY_CALLS if table is CALLS else _filled("SELECT * FROM {table}", table=table.name)
    columns = ", ".join(_compared(table))
    return _filled(_EQUAL_ROWS, rows=rows, table=table.name, key=_KEYS[table.name], columns=columns)


def _once(table: Table) -> Step:
    name = f"{table.name}_once"
    return Step(
        name=name,
        meaning=f"{table.name}, each counted once",
        reads=(table.name, DUPLICATES.name),
        gives=Table(name, f"{table.name} without the rows that say the same again", (*table.columns, _EXHIBIT)),
        sql=_filled(_ONCE, table=table.name, key=_KEYS[table.name]),
        kept=False,
    )


FIND_DUPLICATES = Step(
    name=DUPLICATES.name,
    meaning="find rows that are equal in all but their own key",
    reads=(*(table.name for table in _COMPARED), REPEATED_CALLS.name),
    gives=DUPLICATES,
    order_by=("table", "id"),
    sql="\nUNION ALL\n".join(_equal_rows(table) for table in _COMPARED),
)

CALLS_ONCE, INVOICES_ONCE, LOGINS_ONCE, PAYMENTS_ONCE, RECEIVERS_ONCE, REPORTS_ONCE = map(_once, _COMPARED)

_NEWEST_FIRST = ", ".join(name for name in ACCOUNTS.names if name not in {"account_id", "locator"})

ACCOUNTS_ONCE = Step(
    name="accounts_once",
    meaning="one row an account: as the exhibit shows it that saw it last",
    reads=("accounts",),
    gives=Table(
        "accounts_once", "one row an account, from the exhibit that saw it last", (*ACCOUNTS.columns, _EXHIBIT)
    ),
    # The last use that a row knows of says which is newer, whatever the order in which files were added; only where that
    # is equal does the newest exhibit decide.
    # Two rows of one locator come from sheets; the other columns settle which is taken, so that it is always the same.
    sql=_filled(
        """
SELECT * FROM accounts
QUALIFY row_number() OVER (PARTITION BY account_id ORDER BY last_seen_at DESC NULLS LAST, exhibit DESC,
  locator, {others}) = 1
""",
        others=_NEWEST_FIRST,
    ),
    kept=False,
    reread=True,
)

STEPS: tuple[Step, ...] = (
    REPEATED_CALLS,
    FIND_DUPLICATES,
    CALLS_ONCE,
    INVOICES_ONCE,
    LOGINS_ONCE,
    PAYMENTS_ONCE,
    RECEIVERS_ONCE,
    REPORTS_ONCE,
    ACCOUNTS_ONCE,
)

__all__ = [
    "ACCOUNTS_ONCE",
    "CALLS_ONCE",
    "DUPLICATES",
    "FIND_DUPLICATES",
    "INVOICES_ONCE",
    "LOGINS_ONCE",
    "PAYMENTS_ONCE",
    "RECEIVERS_ONCE",
    "REPEATED_CALLS",
    "REPORTS_ONCE",
    "STEPS",
]

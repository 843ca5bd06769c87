"""Steps that screen every call of a case in few passes: brands of a source, callbacks, and all rules in one pass."""

from __future__ import annotations

from unspoof.engine.step import Step
from unspoof.model.screening import LEVELS
from unspoof.model.tables import CALLS, Column, Table
from unspoof.screen import facts
from unspoof.screen.limits import LIMIT_SETTINGS
from unspoof.screen.rule import SHOWN_COLUMNS
from unspoof.screen.rules import RULES
from unspoof.screen.shown import CALL_COLUMNS, FACTS, FACTS_AT, SHOWN_READS, SOURCE, filled, shown_sql

SOURCE_BRAND_DAYS = Step(
    name="source_brand_days",
    meaning="from which call on a source had shown the numbers of many brands on one day",
    reads=("calls_once", "number_facts", "setting"),
    gives=Table(
        "source_brand_days",
        "one source and UTC day with numbers of at least source_brands_many brands",
        (
            Column("source", "text", "the account, else the trunk, else the address", nullable=False),
            Column("day_at", "timestamp", "the day's first moment", "UTC", False),
            Column("first_at", "timestamp", "the call with which there were so many", "UTC", False),
            Column("first_id", "int64", "this call; of calls of one moment the lesser id comes first", nullable=False),
        ),
    ),
    order_by=("source", "day_at"),
    settings=("source_brands_many",),
    # Grouped by times and places alone, so that a task keeps one row for each source, day and brand.
    sql=filled(
        """
WITH branded AS (
  SELECT c.call_id AS call_id, c.at AS at, date_trunc('day', c.at) AS day_at, <source> AS source, f.brand AS brand
  FROM calls_once AS c
  JOIN (<number_facts>) AS f ON <facts>
  WHERE c.at IS NOT NULL AND f.brand IS NOT NULL
), firsts AS (
  SELECT source, day_at, brand, min(b.at) AS first_at, min_by(call_id, {'at': b.at, 'id': call_id}) AS first_id
  FROM branded AS b WHERE source IS NOT NULL AND b.at IS NOT NULL
  GROUP BY source, day_at, brand
), placed AS (
  SELECT source, day_at, first_at, first_id,
         row_number() OVER (PARTITION BY source, day_at ORDER BY first_at, first_id) AS place
  FROM firsts
)
SELECT source, day_at, first_at, first_id FROM placed WHERE place = (SELECT source_brands_many FROM setting)
""",
        source=SOURCE,
        number_facts=FACTS,
        facts=FACTS_AT.replace("{key}", "c.presented_e164"),
    ),
)

_RUNG = Table(
    "calls_rung_back",
    "one call whose shown number was rung by the number that it called, at whatever time",
    tuple(CALLS.column(name) for name in CALL_COLUMNS),
)

CALLS_RUNG_BACK = Step(
    name=_RUNG.name,
    meaning="calls whose shown number the person called has rung",
    reads=("calls_once", "number_facts"),
    gives=_RUNG,
    order_by=("call_id",),
    # Most called numbers were never shown by anybody: that leaves few pairs before calls meet calls.
    sql=filled(
        """
WITH pairs AS (
  SELECT DISTINCT c.presented_e164 AS person, c.called_e164 AS number
  FROM calls_once AS c
  SEMI JOIN number_facts AS n ON n.key = c.called_e164
  WHERE c.presented_e164 IS NOT NULL AND c.called_e164 IS NOT NULL AND c.at IS NOT NULL
)
SELECT <columns>
FROM calls_once AS c
SEMI JOIN pairs AS p ON p.person = c.called_e164 AND p.number = c.presented_e164
WHERE c.at IS NOT NULL
""",
        columns=", ".join(f"c.{name} AS {name}" for name in CALL_COLUMNS),
    ),
)

_LEVELS = tuple(f"r{place}" for place in range(len(RULES)))
_ASKED = ",\n  ".join(f"{rule.batch()} AS {name}" for name, rule in zip(_LEVELS, RULES, strict=True))


def _any(level: str) -> str:
    return " OR ".join(f"{name} = '{level}'" for name in _LEVELS)


CALLBACKS = Step(
    name="callbacks",
    meaning="calls that ring back a number which a doubtful call had shown",
    reads=("calls_once", "calls_rung_back", *SHOWN_READS),
    gives=Table(
        "callbacks",
        "one call that rings back a number that an earlier call had shown with a finding above notice",
        (
            Column("call_id", "int64", "the call that rings back", nullable=False),
            Column("shown_at", "timestamp", "the latest such earlier call", "UTC", False),
        ),
    ),
    order_by=("call_id",),
    settings=LIMIT_SETTINGS,
    # One ordered pass over each pair of numbers: a test line that rings itself all day makes no pairs of calls.
    sql=filled(
        """
WITH asked AS (
  SELECT call_id, call_at, e164, called_e164,
  <asked>
  FROM (<shown>) AS q
), blamed AS (
  SELECT call_id, call_at, e164, called_e164 FROM asked WHERE <false> OR <doubtful>
), moments AS (
  SELECT called_e164 AS person, e164 AS number, call_at, call_id, 1 AS role, call_at AS blamed_at FROM blamed
  UNION ALL
  SELECT c.presented_e164 AS person, c.called_e164 AS number, c.at AS call_at, c.call_id AS call_id, 0 AS role,
         CASE WHEN c.call_id IS NULL THEN c.at END AS blamed_at
  FROM calls_once AS c
  SEMI JOIN blamed AS w ON w.called_e164 = c.presented_e164 AND w.e164 = c.called_e164
  WHERE c.at IS NOT NULL
), followed AS (
  SELECT call_id, call_at, role,
         max(blamed_at) OVER (PARTITION BY person, number ORDER BY call_at, call_id, role
           ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS shown_at
  FROM moments
)
SELECT call_id, shown_at FROM followed
WHERE role = 0 AND shown_at IS NOT NULL
  AND date_diff('microsecond', shown_at, call_at) <= (SELECT callback_window_s FROM setting) * 1000000
""",
        asked=_ASKED,
        shown=shown_sql("calls_rung_back", callbacks=False),
        false=_any("false"),
        doubtful=_any("doubtful"),
    ),
)

_TYPES = {"call_at": "timestamp", "block_date": "timestamp"}
_TYPES |= dict.fromkeys(("allocated", "from_abroad", "roaming", "brand_sourced", "callback"), "bool")
_TYPES |= dict.fromkeys(("call_id", "e164", "short", "asserted_e164", "called_e164", "source_brands"), "int64")
_TYPES |= dict.fromkeys(LIMIT_SETTINGS, "int64")

SHOWN_CALLS = Step(
    name="shown_calls",
    meaning="calls counted once, with all that rules ask of them",
    reads=("calls_once", "callbacks", *SHOWN_READS),
    gives=Table(
        "shown_calls",
        "one call with the facts of its own time",
        tuple(Column(name, _TYPES.get(name, "text"), "as model/screening.py says") for name in SHOWN_COLUMNS),  # type: ignore[arg-type]
    ),
    kept=False,
    settings=LIMIT_SETTINGS,
    sql=shown_sql("calls_once", callbacks=True),
)

_NAMED = ", ".join(f"CASE WHEN {name} <> '' THEN '{rule.name}' END" for name, rule in zip(_LEVELS, RULES, strict=True))

SCREENED_CALLS = Step(
    name="screened_calls",
    meaning="calls with the verdict on the number that they showed, and the rules that fired",
    reads=("shown_calls",),
    gives=Table(
        "screened_calls",
        "one call with at least one finding on its shown number",
        (
            Column("call_id", "int64", "the call", nullable=False),
            Column("verdict", "text", "plausible (notices alone), doubtful or false", nullable=False),
            Column(
                "rules", "text", "names of the rules that fired, in the order of the rules; semicolon list", "", False
            ),
        ),
    ),
    order_by=("call_id",),
    settings=LIMIT_SETTINGS,
    sql=filled(
        """
SELECT call_id, CASE WHEN <false> THEN 'false' WHEN <doubtful> THEN 'doubtful' ELSE 'plausible' END AS verdict,
       concat_ws(';', <named>) AS rules
FROM (
  SELECT call_id,
  <asked>
  FROM shown_calls
) AS q
WHERE <some>
""",
        false=_any("false"),
        doubtful=_any("doubtful"),
        named=_NAMED,
        asked=_ASKED,
        some=" OR ".join(f"{name} <> ''" for name in _LEVELS),
    ),
)

SCREENED_KINDS = Step(
    name="screened_kinds",
    meaning="calls with findings, counted by verdict and rules",
    reads=("screened_calls",),
    gives=Table(
        "screened_kinds",
        "how many calls have one verdict for the same rules",
        (
            Column("verdict", "text", "plausible, doubtful or false", nullable=False),
            Column("rules", "text", "semicolon list", "", False),
            Column("calls", "int64", "how many", "calls", False),
        ),
    ),
    order_by=("verdict", "rules"),
    sql="SELECT verdict, rules, count(*) AS calls FROM screened_calls GROUP BY verdict, rules",
)

STEPS: tuple[Step, ...] = (
    *facts.STEPS,
    SOURCE_BRAND_DAYS,
    CALLS_RUNG_BACK,
    CALLBACKS,
    SHOWN_CALLS,
    SCREENED_CALLS,
    SCREENED_KINDS,
)
"""All steps of this verb, in an order in which each finds what it reads."""

assert LEVELS[-2:] == ("doubtful", "false")  # noqa: S101  what the SQL above takes for granted

__all__ = [
    "CALLBACKS",
    "CALLS_RUNG_BACK",
    "SCREENED_CALLS",
    "SCREENED_KINDS",
    "SHOWN_CALLS",
    "SOURCE_BRAND_DAYS",
    "STEPS",
]

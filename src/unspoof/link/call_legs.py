"""The legs of one call on both sides of a switch that gave it a new Call-ID; legs with one Call-ID are one call already.

A back-to-back user agent (a session border controller, an exchange, a spoofing service's own switch) answers one call and
makes another, with a Call-ID, tags and often a From of its own. What stays is who is called, and when it rings, is
answered and ends. Only calls out of captures and SIP logs are looked at: those whose Call-ID stands in `signals`.

Limits: the weights are judgement, not counted from cases. Two calls to one busy number within seconds look alike until one of
them is answered or ends; a leg to another number (a diversion) is not found, nor one that
goes the same way as the first, as two calls of one sender do. docs/links.md section 4.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from unspoof.engine import Inputs, Step
from unspoof.model.tables import Column, Table


@dataclass(frozen=True)
class LegWeight:
    """What one agreement of two legs is worth."""

    kind: str
    milli: int
    """Thousandths of nats; they are summed with PRIOR."""
    says: str


PRIOR = -1_500
"""Of two calls to one number that begin within the window and overlap, before anything else is looked at."""

WEIGHTS: tuple[LegWeight, ...] = (
    LegWeight("call-id", 5_000, "the Call-ID of the one holds that of the other"),
    LegWeight("relayed", 3_000, "what received the one call sent the other"),
    LegWeight("presented", 2_500, "both show the same number"),
    LegWeight("answered", 2_000, "both were answered within a second"),
    LegWeight("ended", 2_000, "both ended within a second"),
    LegWeight("prompt", 1_500, "the second began within half a second of the first"),
    LegWeight("withheld", 500, "both show the same text in place of a number"),
    LegWeight("presented-differs", -1_000, "they show different numbers"),
    LegWeight("slow", -500, "the second began more than two seconds after the first"),
    LegWeight("answered-apart", -2_500, "they were answered more than three seconds apart, or only one was"),
    LegWeight("same-way", -8_000, "both went from the same sender to the same receiver"),
    LegWeight("ended-apart", -2_500, "they ended more than three seconds apart"),
)

_PAIR = (
    Column("left_call_id", "int64", "the leg with the lesser id", nullable=False),
    Column("right_call_id", "int64", "the leg with the greater id", nullable=False),
)

_WEIGHTS = Table(
    "call_leg_weights",
    "one row per agreement of two legs",
    (
        Column("kind", "text", "name of the agreement", nullable=False),
        Column("milli", "int64", "its weight", "thousandths of nats", False),
        Column("says", "text", "the sentence for the reasons", nullable=False),
    ),
)


def _weights(inputs: Inputs) -> pa.Table:
    """Return WEIGHTS as a table."""
    return pa.table(
        {
            "kind": pa.array([weight.kind for weight in WEIGHTS], pa.string()),
            "milli": pa.array([weight.milli for weight in WEIGHTS], pa.int64()),
            "says": pa.array([weight.says for weight in WEIGHTS], pa.string()),
        }
    )


LEG_WEIGHTS = Step(
    name=_WEIGHTS.name,
    meaning="what each agreement of two legs is worth",
    reads=(),
    gives=_WEIGHTS,
    order_by=("kind",),
    run=_weights,
)

PAIRS = Step(
    name="call_leg_pairs",
    meaning="calls of captures to one number that begin within the window and overlap",
    reads=("calls_once", "signals", "setting"),
    gives=Table(
        "call_leg_pairs",
        "one row per pair of calls that may be two legs of one",
        (
            *_PAIR,
            Column("second_call_id", "int64", "the leg that began later", nullable=False),
            Column("gap_us", "int64", "from the beginning of the first to that of the second", "us", False),
            Column("is_call_id", "bool", "one Call-ID holds the other", nullable=False),
            Column("shown", "text", "same, differs, withheld or unknown", nullable=False),
            Column("answered_us", "int64", "between the answers; -1 where only one was answered", "us"),
            Column("ended_us", "int64", "between the ends", "us"),
            Column("first_ref", "text", "Call-ID of the first"),
            Column("second_ref", "text", "Call-ID of the second"),
        ),
    ),
    order_by=("left_call_id", "right_call_id"),
    settings=("call_leg_window_s",),
    # The number called in its last eight digits: one side of a switch writes +44, the other the trunk zero. Slots of the
    # window's length make the join one on equality; a pair that crosses a slot's end is found in the next slot.
    sql="""
WITH captured AS (
  SELECT DISTINCT call_ref FROM signals WHERE call_ref <> ''
), numbered AS (
  SELECT c.call_id, c.call_ref, c.presented_e164, trim(lower(coalesce(c.presented_raw, ''))) AS shown,
         c.started_at AS began_at, c.answered_at, c.ended_at,
         regexp_replace(coalesce(CAST(c.called_e164 AS VARCHAR), c.called_raw, ''), '[^0-9]', '', 'g') AS digits
  FROM calls_once AS c
  SEMI JOIN captured AS k ON k.call_ref = c.call_ref
  WHERE c.started_at IS NOT NULL
), legs AS (
  SELECT n.call_id, n.call_ref, n.presented_e164, n.shown, n.began_at, n.answered_at, n.ended_at,
         right(n.digits, 8) AS tail,
         date_diff('microsecond', TIMESTAMP '1970-01-01 00:00:00', n.began_at)
           // ((SELECT call_leg_window_s FROM setting) * 1000000) AS slot
  FROM numbered AS n
  WHERE length(n.digits) >= 6
), asked AS (
  SELECT l.*, l.slot AS sought FROM legs AS l
  UNION ALL
  SELECT l.*, l.slot + 1 AS sought FROM legs AS l
), paired AS (
  SELECT f.call_id AS first_id, s.call_id AS second_id, f.call_ref AS first_ref, s.call_ref AS second_ref,
         date_diff('microsecond', f.began_at, s.began_at) AS gap_us,
         f.presented_e164 AS first_shown, s.presented_e164 AS second_shown,
         f.shown AS first_text, s.shown AS second_text,
         f.answered_at AS first_answered_at, s.answered_at AS second_answered_at,
         f.ended_at AS first_ended_at, s.ended_at AS second_ended_at,
         split_part(f.call_ref, '@', 1) AS first_name, split_part(s.call_ref, '@', 1) AS second_name
  FROM asked AS f
  JOIN legs AS s ON s.tail = f.tail AND s.slot = f.sought
  WHERE s.call_ref <> f.call_ref
    AND (s.began_at > f.began_at OR (s.began_at = f.began_at AND s.call_id > f.call_id))
    AND (f.ended_at IS NULL OR s.began_at <= f.ended_at)
)
SELECT least(p.first_id, p.second_id) AS left_call_id, greatest(p.first_id, p.second_id) AS right_call_id,
       p.second_id AS second_call_id, p.gap_us,
       (length(p.first_name) >= 8 AND replace(p.second_name, p.first_name, '') <> p.second_name)
         OR (length(p.second_name) >= 8 AND replace(p.first_name, p.second_name, '') <> p.first_name) AS is_call_id,
       CASE WHEN p.first_shown = p.second_shown THEN 'same'
            WHEN p.first_shown IS NOT NULL AND p.second_shown IS NOT NULL THEN 'differs'
            WHEN p.first_shown IS NULL AND p.second_shown IS NULL AND p.first_text <> '' AND p.first_text = p.second_text
            THEN 'withheld' ELSE 'unknown' END AS shown,
       CASE WHEN p.first_answered_at IS NOT NULL AND p.second_answered_at IS NOT NULL
            THEN abs(date_diff('microsecond', p.first_answered_at, p.second_answered_at))
            WHEN p.first_answered_at IS NOT NULL OR p.second_answered_at IS NOT NULL THEN -1 END AS answered_us,
       abs(date_diff('microsecond', p.first_ended_at, p.second_ended_at)) AS ended_us,
       p.first_ref, p.second_ref
FROM paired AS p
WHERE p.gap_us <= (SELECT call_leg_window_s FROM setting) * 1000000
""",
)

LEGS = Step(
    name="call_legs",
    meaning="pairs of calls that are two legs of one, on both sides of a switch",
    reads=("call_leg_pairs", "call_leg_weights", "signals", "setting"),
    gives=Table(
        "call_legs",
        "one row per linked pair of legs",
        (
            *_PAIR,
            Column("second_call_id", "int64", "the leg that began later", nullable=False),
            Column("score_ppm", "int64", "probability", "millionths", False),
            Column("reasons", "text", "sentences joined by '; ', the weightiest first", nullable=False),
        ),
    ),
    order_by=("left_call_id", "right_call_id"),
    settings=("call_leg_min_score_ppm",),
    sql="""
WITH ways AS (
  SELECT DISTINCT call_ref, source_ip, source_port, destination_ip, destination_port
  FROM signals
  WHERE method = 'INVITE' AND status IS NULL AND call_ref <> ''
), same_way AS (
  SELECT DISTINCT p.left_call_id, p.right_call_id
  FROM call_leg_pairs AS p
  JOIN ways AS f ON f.call_ref = p.first_ref
  JOIN ways AS s ON s.call_ref = p.second_ref AND s.source_ip = f.source_ip AND s.destination_ip = f.destination_ip
  WHERE f.source_ip <> f.destination_ip
     OR (f.source_port = s.source_port AND f.destination_port = s.destination_port)
), relayed AS (
  SELECT DISTINCT p.left_call_id, p.right_call_id
  FROM call_leg_pairs AS p
  JOIN ways AS f ON f.call_ref = p.first_ref
  JOIN ways AS s ON s.call_ref = p.second_ref AND s.source_ip = f.destination_ip
   AND s.source_port = f.destination_port
), agreed AS (
  SELECT left_call_id, right_call_id, 'call-id' AS kind FROM call_leg_pairs WHERE is_call_id
  UNION ALL
  SELECT left_call_id, right_call_id, 'relayed' AS kind FROM relayed
  UNION ALL
  SELECT left_call_id, right_call_id, 'same-way' AS kind FROM same_way
  UNION ALL
  SELECT left_call_id, right_call_id,
         CASE shown WHEN 'same' THEN 'presented' WHEN 'differs' THEN 'presented-differs' ELSE 'withheld' END AS kind
  FROM call_leg_pairs
  WHERE shown <> 'unknown'
  UNION ALL
  SELECT left_call_id, right_call_id,
         CASE WHEN answered_us BETWEEN 0 AND 1000000 THEN 'answered' ELSE 'answered-apart' END AS kind
  FROM call_leg_pairs
  WHERE answered_us NOT BETWEEN 1000001 AND 3000000
  UNION ALL
  SELECT left_call_id, right_call_id, CASE WHEN ended_us <= 1000000 THEN 'ended' ELSE 'ended-apart' END AS kind
  FROM call_leg_pairs
  WHERE ended_us <= 1000000 OR ended_us > 3000000
  UNION ALL
  SELECT left_call_id, right_call_id, CASE WHEN gap_us <= 500000 THEN 'prompt' ELSE 'slow' END AS kind
  FROM call_leg_pairs
  WHERE gap_us <= 500000 OR gap_us > 2000000
), summed AS (
  SELECT a.left_call_id, a.right_call_id, CAST(sum(w.milli) AS BIGINT) - 1500 AS milli,
         string_agg(w.says, '; ' ORDER BY w.milli DESC, w.kind) AS reasons
  FROM agreed AS a
  JOIN call_leg_weights AS w ON w.kind = a.kind
  GROUP BY a.left_call_id, a.right_call_id
), scored AS (
  SELECT left_call_id, right_call_id, reasons,
         least(999999, CAST(round(1000000 / (1 + exp(least(15000, greatest(-40000, -milli)) / 1000))) AS BIGINT))
           AS score_ppm
  FROM summed
)
SELECT s.left_call_id, s.right_call_id, p.second_call_id, s.score_ppm, s.reasons
FROM scored AS s
JOIN call_leg_pairs AS p ON p.left_call_id = s.left_call_id AND p.right_call_id = s.right_call_id
WHERE s.score_ppm >= (SELECT call_leg_min_score_ppm FROM setting)
""",
)

STEPS = (LEG_WEIGHTS, PAIRS, LEGS)

__all__ = ["LEGS", "LEG_WEIGHTS", "PAIRS", "PRIOR", "STEPS", "WEIGHTS", "LegWeight"]

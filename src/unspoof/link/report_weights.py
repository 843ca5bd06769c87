"""What each agreement of a report with a call is worth, as a table that steps join; not how agreements are found.

Every row says how often the true call of a report shows a grade of a part (m) and how often another call does (u); the
weight is the logarithm of m / u in thousandths of nats (Fellegi and Sunter, "A Theory for Record Linkage", 1969). Where
u is not given here it is counted in the case's own calls. For times m is spread over `width_s`, so that what is
weighed is a density per hour, against the rate of other calls to such a number.

Limits: the m are judgement, set from what is known of victims' memory in general; docs/links.md gives their basis and
how the scores behaved on made-up cases. They are the same for every case, so that no case is judged by its own outcome.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from unspoof.engine import Inputs, Step
from unspoof.model.tables import Column, Table

HOUR = 3600
WORKING_HOURS = 4
"""168 hours of a week over the 40 in which such calls are made (weekdays from nine to five)."""


@dataclass(frozen=True)
class Weight:
    """One grade of one part."""

    part: str
    grade: str
    m_ppm: int
    """How often the true call shows this grade."""
    u_ppm: int | None
    """How often another call does; None where that is counted in the case."""
    says: str
    """The sentence for the reasons; empty where the step words it with figures."""
    width_s: int | None = None
    """Over how many seconds m is spread; None where the interval itself gives it, or for other parts than time."""
    crowd: int = 1
    """How much denser calls lie at such times than on average: victims name working hours, and so do all calls."""


NUMBER = (
    Weight("number", "exact", 870_000, None, "the victim's number is the called number"),
    Weight("number", "swap", 15_000, None, "the victim's number is the called number with two neighbours swapped"),
    Weight("number", "digit", 60_000, None, "the victim's number differs from the called number in one digit"),
    Weight("number", "missing", 25_000, None, "the victim's number is the called number with one digit missing"),
    Weight("number", "extra", 10_000, None, "the victim's number is the called number with one digit too many"),
    Weight("number", "head", 10_000, None, "the last nine digits are equal, those before them differ"),
)

TIME = (
    Weight("moment", "quarter", 250_000, None, "", HOUR // 2, WORKING_HOURS),
    Weight("moment", "hour", 400_000, None, "", 2 * HOUR - HOUR // 2, WORKING_HOURS),
    Weight("moment", "hours", 230_000, None, "", 4 * HOUR, WORKING_HOURS),
    Weight("moment", "half-day", 30_000, None, "", 18 * HOUR),
    Weight("moment", "day", 50_000, None, "", 48 * HOUR),
    Weight("moment", "days", 30_000, None, "", 72 * HOUR),
    Weight("moment", "beyond", 10_000, None, "", 54 * 24 * HOUR),
    Weight("span", "inside", 850_000, None, ""),
    Weight("span", "day", 110_000, None, "", 48 * HOUR),
    Weight("span", "days", 30_000, None, "", 96 * HOUR),
    Weight("span", "beyond", 10_000, None, "", 54 * 24 * HOUR),
    Weight("unstated", "inside", 950_000, None, ""),
)
"""moment: a time of day was stated; span: six hours or more, mostly a day; unstated: only the report's own date."""

PRESENTED = (
    Weight("presented", "equal", 700_000, None, "the number shown is the one remembered"),
    Weight("presented", "near", 120_000, 4_000, "the number shown is within two digits of the one remembered"),
    Weight("presented", "tail", 30_000, 4_000, "the number shown ends in the same six digits as the one remembered"),
    Weight("presented", "differs", 150_000, 950_000, "another number was shown than the one remembered"),
    Weight("presented", "unstated", 1_000_000, 1_000_000, ""),
)

BRAND = (
    Weight("brand", "same", 750_000, 150_000, "the number shown is of the brand that was named"),
    Weight("brand", "other", 150_000, 600_000, "the number shown is of another brand than was named"),
    Weight("brand", "unknown", 1_000_000, 1_000_000, ""),
)
"""Weighed only where the numbers themselves do not agree: a number that agrees brings its brand along."""

LENGTH = (
    Weight("length-loss", "long", 870_000, None, "a long call, as money was lost"),
    Weight("length-loss", "short", 120_000, None, "a short call, although money was lost"),
    Weight("length-loss", "unanswered", 10_000, None, "not answered, although money was lost"),
    Weight("length-loss", "unknown", 1_000_000, 1_000_000, ""),
    Weight("length", "long", 450_000, None, "a long call"),
    Weight("length", "short", 350_000, None, "a short call"),
    Weight("length", "unanswered", 200_000, None, "not answered"),
    Weight("length", "unknown", 1_000_000, 1_000_000, ""),
)

STATED = (
    Weight("stated", "close", 800_000, 150_000, "about as long as the victim says"),
    Weight("stated", "off", 200_000, 850_000, "not as long as the victim says"),
    Weight("stated", "unstated", 1_000_000, 1_000_000, ""),
)

WEIGHTS: tuple[Weight, ...] = (*NUMBER, *TIME, *PRESENTED, *BRAND, *LENGTH, *STATED)

TABLE = Table(
    "report_call_weights",
    "what each grade of agreement between a report and a call is worth",
    (
        Column("part", "text", "what is compared", nullable=False),
        Column("grade", "text", "how far it agrees", nullable=False),
        Column("m_ppm", "int64", "how often the true call shows this grade", "millionths", nullable=False),
        Column("u_ppm", "int64", "how often another call does; empty where it is counted in the case", "millionths"),
        Column("width_s", "int64", "time over which m is spread; empty where the interval gives it", "s"),
        Column("crowd", "int64", "how much denser calls lie at such times than on average", nullable=False),
        Column("says", "text", "the sentence in the reasons", nullable=False),
    ),
)


def _weights(_: Inputs) -> pa.Table:
    return pa.table({name: [getattr(weight, name) for weight in WEIGHTS] for name in TABLE.names})


STEP = Step(
    name=TABLE.name,
    meaning=TABLE.meaning,
    reads=(),
    gives=TABLE,
    order_by=("part", "grade"),
    run=_weights,
)

__all__ = ["STEP", "TABLE", "WEIGHTS", "Weight"]

"""What the normal form works out of mapped columns: the moments of a call and its outcome; it reads no cells."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from unspoof.ingest.mapping_fields import Numbers, nothing

_SECOND = 1_000_000
_NO_TALK = ("no-answer", "busy", "failed", "cancelled")


def complete_calls(times: dict[str, Numbers], outcome: pa.StringArray, rows: int) -> pa.StringArray:
    """Fill in, in place, the moments of calls and their talk time; return their outcomes.

    A call that was not answered and has no talk time has no answer: a moment mapped as its answer becomes its start.
    The end is worked out from answer and talk time, the talk time from answer and end, where they are missing. The
    outcome is the mapped one; where the source gives none, it is 'answered' where there was talk, else 'unknown'.

    Args:
        times: 'started_at', 'answered_at', 'ended_at', 'duration_s' (all microseconds); 'at' is added: the first
            known of start, answer and end.
        outcome: as mapped, null where the source gives none.
        rows: how many.

    """
    started, answered, ended, talk = (times.get(n) or nothing(rows) for n in _CALL_TIMES)
    refused = np.asarray(pc.fill_null(pc.is_in(outcome, value_set=pa.array(_NO_TALK)), False))
    silent = refused & ~(talk.known & (talk.values > 0))
    _fill(started, silent & answered.known, answered.values)
    answered.known = answered.known & ~silent
    _fill(ended, answered.known & talk.known, answered.values + talk.values)
    between = ended.values - answered.values
    _fill(talk, answered.known & ended.known & (between >= 0), between)
    first = Numbers(np.zeros(rows, dtype=np.int64), np.zeros(rows, dtype=np.bool_))
    for moment in (started, answered, ended):
        _fill(first, moment.known, moment.values)
    times.update(dict(zip((*_CALL_TIMES, "at"), (started, answered, ended, talk, first), strict=True)))
    spoke = talk.known & (talk.values >= _SECOND)
    worked_out = pc.if_else(pa.array(spoke), "answered", "unknown")
    return pc.coalesce(outcome, worked_out)


_CALL_TIMES = ("started_at", "answered_at", "ended_at", "duration_s")


def _fill(target: Numbers, rows: NDArray[np.bool_], values: NDArray[np.int64]) -> None:
    """Set what is not known yet; the rest stays."""
    take = rows & ~target.known
    target.values = np.where(take, values, target.values)
    target.known = target.known | take


__all__ = ["complete_calls"]

"""What the live service counts, and where; the counting itself is in counters.py."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from unspoof.live.counters import Counters, Metric
from unspoof.live.refusing import MESSAGES
from unspoof.live.settings import ACTIONS
from unspoof.model.screening import VERDICTS

SUPERVISOR, DISPATCHER, FIRST_WORKER = 0, 1, 2
"""Rows of the counters."""
HANDLERS = ("verification", "screen", "other")
VERSTATS = ("TN-Validation-Passed", "TN-Validation-Failed", "No-TN-Validation")
_CODES = ("200", *sorted({str(status) for status, _ in MESSAGES.values()}), "other")
COUNTERS_FILE, RATES_FILE, OUTBOX_FILE = "counters.bin", "rates.bin", "outbox.db"
"""Files in the state folder; the first two are made anew at each start."""


def catalogue(rules: Sequence[str], faults: Sequence[str]) -> tuple[Metric, ...]:
    """Return every metric, in the order in which all processes keep them.

    Args:
        rules: names of the screening rules.
        faults: names of the faults of a signed call.

    """
    return (
        Metric("unspoof_requests_total", "counter", "Requests answered, by HTTP status.", "code", _CODES),
        Metric("unspoof_request_seconds", "histogram", "Time from request to answer.", "handler", HANDLERS),
        Metric("unspoof_actions_total", "counter", "Calls answered, by what was advised.", "action", ACTIONS),
        Metric("unspoof_verdicts_total", "counter", "Numbers judged, by verdict.", "verdict", VERDICTS),
        Metric("unspoof_findings_total", "counter", "Findings, by rule.", "rule", (*sorted(rules), "other")),
        Metric("unspoof_verstat_total", "counter", "Calls verified, by verstat.", "verstat", VERSTATS),
        Metric(
            "unspoof_identity_faults_total", "counter", "Faults of signed calls.", "fault", (*sorted(faults), "other")
        ),
        Metric(
            "unspoof_alerts_total",
            "counter",
            "Alerts, by what became of them.",
            "result",
            ("recorded", "refused", "failed"),
        ),
        Metric("unspoof_alerts_waiting", "gauge", "Alerts in memory that are not on the disk yet."),
        Metric("unspoof_rate_limited_total", "counter", "Requests refused for their client's rate."),
        Metric("unspoof_stream_readers", "gauge", "Readers of the stream of findings."),
        Metric(
            "unspoof_reloads_total", "counter", "Reloads of reference data and trust.", "result", ("done", "failed")
        ),
        Metric(
            "unspoof_workers_stale", "gauge", "Workers whose last reload failed: they judge by what they had before."
        ),
        Metric(
            "unspoof_webhook_attempts_total",
            "counter",
            "Attempts to deliver.",
            "result",
            ("delivered", "failed", "dead"),
        ),
        Metric("unspoof_workers", "gauge", "Workers that run."),
        Metric("unspoof_worker_restarts_total", "counter", "Workers that ended and were replaced."),
        Metric("unspoof_stirred", "hidden", "When each process last stirred, by the machine's monotonic clock."),
    )


def open_counters(
    state: Path, rules: Sequence[str], faults: Sequence[str], workers: int, row: int, *, fresh: bool = False
) -> Counters:
    """Open the counters in a state folder; see Counters."""
    rows = FIRST_WORKER + workers
    return Counters(state / COUNTERS_FILE, catalogue(rules, faults), rows, row, fresh=fresh)


__all__ = [
    "COUNTERS_FILE",
    "DISPATCHER",
    "FIRST_WORKER",
    "HANDLERS",
    "OUTBOX_FILE",
    "RATES_FILE",
    "SUPERVISOR",
    "VERSTATS",
    "catalogue",
    "open_counters",
]

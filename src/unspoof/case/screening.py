"""Screen numbers that are given line by line, and say in sentences why a case's calls were screened as they were.

The screening of a whole case is a verb of `run` (screen/steps.py); nothing is worked out anew here.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any, BinaryIO

from unspoof.case.session import REFERENCE_TABLES, Session, digest
from unspoof.errors import BadRequest
from unspoof.model.screening import NumberFacts, Shown
from unspoof.reference import NumberBook
from unspoof.screen import RULES, Judge, Limits

LONGEST_LINE = 65_536
"""Bytes of one line; what follows is not read into memory, and the line is counted as cut."""


def moment(text: str) -> datetime:
    """Return the moment in a text: 2021-11-05, or 2021-11-05T09:30:00Z; without a zone UTC. Empty for today's first moment.

    This is the one place of screening that reads a clock: only where no time is stated.

    Raises:
        BadRequest: the text is no date.
    """
    if not text:
        return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    try:
        read = datetime.fromisoformat(text)
        return read.astimezone(UTC).replace(tzinfo=None) if read.tzinfo else read
    except (ValueError, OverflowError):
        hint = "Write it as 2021-11-05 or 2021-11-05T09:30:00Z."
        raise BadRequest(f"{text[:40]!r} is no date", where="--at", hint=hint) from None


class Lines:
    """The lines of a stream as texts, each at most LONGEST_LINE bytes; bytes that are no UTF-8 stand as escapes."""

    def __init__(self, stream: BinaryIO) -> None:
        self.cut = 0
        """Lines that were longer."""
        self._stream = stream

    def __iter__(self) -> Iterator[str]:
        """Give every line without its end, the last one too if it has none."""
        while line := self._stream.readline(LONGEST_LINE):
            if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
                rest = self._stream.readline(LONGEST_LINE)
                self.cut += bool(rest.strip(b"\r\n"))
                while rest and not rest.endswith(b"\n"):
                    rest = self._stream.readline(LONGEST_LINE)
            yield line.rstrip(b"\n").removesuffix(b"\r").decode("utf-8", "backslashreplace")


def screen_numbers(
    lines: Iterable[str], *, at: datetime, home: str, from_abroad: bool | None = None
) -> Iterator[dict[str, Any]]:
    """Judge presented numbers one after the other by the user's current reference tables and the default settings.

    Args:
        lines: presented texts.
        at: the time of the calls, UTC without zone.
        home: ISO 3166 code of the country whose network takes the calls up, and in whose way numbers are written.
        from_abroad: whether the calls entered from another country's network; None where nobody knows.

    Returns:
        for each line, in order, the row of screen.Judged.as_row.

    Raises:
        BadRequest: `home` is no country with a numbering plan.
        BadReference: a reference table is damaged.

    """
    judge = Judge(NumberBook.current(home), home=home.upper())
    return (judge.judge(judge.shown(text, at=at, from_abroad=from_abroad)).as_row() for text in lines)


_FACTS = tuple(field.name for field in fields(NumberFacts))
_SHOWN = tuple(field.name for field in fields(Shown) if field.name not in {"facts", "at"})
_SOURCES = ("operator", "block_source", "range_source", "dno_source", "brand_source")


def _shown_rows(session: Session, condition: str, values: Mapping[str, object], most: int) -> Sequence[dict[str, Any]]:
    more = ", ".join(f"f.{name}" for name in _SOURCES)
    sql = f"""
SELECT s.*, {more}
FROM shown_calls AS s
LEFT JOIN number_facts AS f ON f.key = coalesce(s.e164, -s.short)
  AND (f.valid_from IS NULL OR s.call_at >= f.valid_from) AND (f.valid_to IS NULL OR s.call_at < f.valid_to)
WHERE {condition} ORDER BY s.call_id LIMIT {most}"""  # noqa: S608  constants of this module
    rows: list[dict[str, Any]] = session.engine.fetch(sql, values).to_pylist()
    return rows


def _of_row(row: Mapping[str, Any]) -> Shown:
    facts = NumberFacts(**{name: row[name] for name in _FACTS})
    return Shown(facts, row["call_at"], **{name: row[name] for name in _SHOWN})


def explained(
    session: Session, *, calls: Sequence[int] = (), number: int | None = None, most: int = 200
) -> list[dict[str, Any]]:
    """Say in sentences what was found on calls, by the facts that the findings stand on.

    Args:
        session: an open session whose findings are in view.
        calls: ids of calls.
        number: instead of calls, a number as E.164 digits: all calls that showed it.
        most: at most so many calls are looked at, in the order of their ids.

    Returns:
        one row for each different finding: rule, level, reason, reference, facts (versions of the reference tables) and
        calls, on how many of the calls looked at it was made; in the order of the rules.

    """
    condition = "s.e164 = $number" if number is not None else "list_contains($calls, s.call_id)"
    values: dict[str, object] = {"number": number} if number is not None else {"calls": list(calls)}
    if "shown_calls" not in session.digests or not (number is not None or calls):
        return []
    limits, counted = Limits.of(session.settings), Counter[tuple[int, str, str, str]]()
    for row in _shown_rows(session, condition, values, most):
        shown = _of_row(row)
        for place, rule in enumerate(RULES):
            if level := rule.level(shown, limits):
                found = rule.find(shown, limits, level)
                counted[(place, level, found.reason, found.reference)] += 1
    facts = facts_versions(session)
    return [
        {
            "rule": RULES[place].name,
            "level": level,
            "reason": reason,
            "reference": reference,
            "facts": facts,
            "calls": n,
        }
        for (place, level, reason, reference), n in sorted(counted.items())
    ]


def facts_versions(session: Session) -> str:
    """Name the versions of the reference tables that the standing finding `number_facts` was worked out from."""
    path = "findings/number_facts/manifest.json"
    held = session.vault.files("reference/")
    if path not in session.vault.files("findings/"):
        return ""
    inputs = json.loads((session.vault.folder / path).read_text("utf-8")).get("inputs", {})
    known = {digest([(name, record.sha256)]): record.sha256[:12] for name, record in held.items()}
    named = [(table.name, known.get(inputs.get(table.name, ""))) for table in REFERENCE_TABLES]
    return ", ".join(f"{name} {version}" for name, version in named if version)


__all__ = ["LONGEST_LINE", "Lines", "explained", "facts_versions", "moment", "screen_numbers"]

"""Verifies the signed calls of a file, one verdict a line or message, in the order of the file; it keeps nothing.

A file is JSON lines, a capture or a SIP log; which one is told from its content. The time of every check is the line's or
message's own, or one that the user states, never now.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from unspoof.case.identity_messages import kind_of, messages_of
from unspoof.errors import BadExhibit, BadRequest
from unspoof.model.identity import CHECKS, CertificateOrigin, Check, IdentityVerdict, SignedMessage
from unspoof.screen.identity import CertificateStore, IdentityPolicy, Obtained, TrustStore, Verifier

LONGEST_LINE = 4_194_304
"""Bytes; of a longer line nothing is read, and its verdict says so."""

_LAST_SECOND = 253_402_300_799
_DEEPEST = 4
"""Lists and objects within each other in which a party may stand: more than any token has."""
_DIGITS = re.compile(r"-?[0-9]{1,15}")


@dataclass(frozen=True)
class IdentityOptions:
    """How a file of signed calls is to be verified."""

    at: str | None = None
    """Unix seconds or ISO 8601, for lines that state no time of their own."""
    trust: Path | None = None
    certificates: Path | None = None
    """Folder of a CertificateStore."""
    strict: bool = False
    freshness_s: int = 60
    notes: list[str] = field(default_factory=list)
    """What could not be read of a capture or log is said here when all verdicts were taken."""


def verify_identities(file: Path, options: IdentityOptions) -> Iterator[dict[str, Any]]:
    """Yield one verdict for each line or message of a file.

    Yields:
        `line` (or `message`: its place among the messages) and the verdict as IdentityVerdict.as_row has it.

    Raises:
        BadExhibit: there is no such file.
        BadRequest: a time is not readable, or a line has none and none was stated.
        BadReference: the trusted certificates cannot be read.
    """
    if not file.is_file():
        raise BadExhibit("there is no such file", where=str(file))
    trust = TrustStore.from_folder(options.trust) if options.trust else None
    store = CertificateStore(options.certificates) if options.certificates else None
    policy = IdentityPolicy(freshness_s=options.freshness_s, strict=options.strict)
    verifier = Verifier(trust, policy, store)
    stated = None if options.at is None else _stated(options.at)
    if kind_of(file) != "json-lines":
        return _messages(file, verifier, stated, options.notes)
    if stated is None:
        _refuse_timeless(file)
    return _lines(file, verifier, stated)


def _messages(file: Path, verifier: Verifier, stated: int | None, notes: list[str]) -> Iterator[dict[str, Any]]:
    """Judge the messages of a capture or log, each at the time at which it was seen."""
    for number, seen in enumerate(messages_of(file, notes), 1):
        at = seen.at if seen.at is not None else stated
        if at is None:
            raise BadRequest(
                "nobody knows when the message was sent: it was caught without a time and has no Date header",
                where=f"{file} message {number}",
                hint="State the time for such messages with --at.",
            )
        verdict = verifier.verify(seen.identities, at, seen.message)
        yield {"message": number, "call_id": seen.call_id, **verdict.as_row()}


def _stated(text: str) -> int:
    at = time_of(text)
    if at is None:
        raise BadRequest(
            "the time is not readable",
            where=f"--at {text[:40]}",
            hint="Give unix seconds or ISO 8601, such as 2026-11-22T15:32:49Z.",
        )
    return at


def time_of(value: object) -> int | None:
    """Return a time as unix seconds: seconds (fractions are cut off) or ISO 8601, UTC where no zone stands; else None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        return _time_of_text(value.strip())
    if isinstance(value, int | float) and 0 <= value <= _LAST_SECOND:
        return int(value)
    return None


def _time_of_text(text: str) -> int | None:
    if _DIGITS.fullmatch(text):
        return time_of(int(text))
    try:
        moment = datetime.fromisoformat(text) if len(text) <= 40 and "-" in text else None
        if moment is None:
            return None
        at = int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):
        return None
    return at if 0 <= at <= _LAST_SECOND else None


def _raw_lines(file: Path) -> Iterator[tuple[int, bytes | None]]:
    """Yield each line with its number; None in place of one that is too long."""
    with file.open("rb") as opened:
        number = 0
        while line := opened.readline(LONGEST_LINE):
            number += 1
            if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
                while line and not line.endswith(b"\n"):
                    line = opened.readline(LONGEST_LINE)
                yield number, None
            else:
                yield number, line


def _refuse_timeless(file: Path) -> None:
    """Refuse before anything is printed when a line has no time of its own."""
    for number, line in _raw_lines(file):
        row = _object(line)
        if isinstance(row, dict) and row.get("identity") and row.get("at") is None:
            raise BadRequest(
                "the line states no time (at), and a signature is judged at the time of its call, never now",
                where=f"{file} line {number}",
                hint="State the time for such lines with --at.",
            )


def _object(line: bytes | None) -> dict[str, Any] | str:
    """Return a line's JSON object, or what is wrong with the line."""
    if line is None:
        return f"the line is longer than {LONGEST_LINE} bytes"
    if not line.strip():
        return "the line is empty"
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return "the line is no JSON"
    return row if isinstance(row, dict) else "the line is no JSON object"


def _lines(file: Path, verifier: Verifier, stated: int | None) -> Iterator[dict[str, Any]]:
    for number, line in _raw_lines(file):
        row = _object(line)
        if isinstance(row, str):
            yield {"line": number, **_unread(row, stated or 0).as_row()}
            continue
        asked = _asked(row, stated)
        if isinstance(asked, str):
            yield {"line": number, **_unread(asked, stated or 0).as_row()}
            continue
        verdict = verifier.verify(asked.identities, asked.at, asked.message, asked.certificates)
        yield {"line": number, **verdict.as_row()}


@dataclass(frozen=True, slots=True)
class _Asked:
    """What one line asks."""

    identities: tuple[str, ...]
    at: int
    message: SignedMessage | None
    certificates: Obtained | Mapping[str, Obtained] | None


def _asked(row: dict[str, Any], stated: int | None) -> _Asked | str:
    """Return what a line asks, or what is wrong with it."""
    identity = row.get("identity")
    at = stated if row.get("at") is None else time_of(row["at"])
    if at is None and not identity and row.get("at") is None:
        at = 0  # Where there is no signature, no time is needed to say so.
    if at is None:
        return "at is no time: give unix seconds or ISO 8601"
    identities = [identity] if isinstance(identity, str) else [] if identity is None else identity
    if not isinstance(identities, list) or not all(isinstance(text, str) for text in identities):
        return "identity is neither a string nor a list of strings"
    try:
        message = _message(row)
        certificates = _certificates(row)
    except ValueError as error:
        return str(error)
    return _Asked(tuple(identities), at, message, certificates)


def _message(row: dict[str, Any]) -> SignedMessage | None:
    presented = _parties(row.get("orig"), "orig")
    called = _parties(row.get("dest"), "dest")
    asserted = _parties(row.get("pai"), "pai")
    date = row.get("date")
    if len(presented) > 1:
        raise ValueError("orig names more than one caller")
    if date is not None and not isinstance(date, str):
        raise ValueError("date is no string")
    if not (presented or called or asserted or date):
        return None
    return SignedMessage(presented[0] if presented else None, asserted, called, date)


def _parties(value: object, name: str, depth: int = 0) -> tuple[str, ...]:
    """Return numbers or URIs: one, a list, or an object with tn or uri as a token has it."""
    if value is None or value == "":
        return ()
    if isinstance(value, dict | list) and depth == _DEEPEST:
        raise ValueError(f"{name} is nested too deep")
    if isinstance(value, dict):
        return tuple(text for key in ("tn", "uri") for text in _parties(value.get(key), name, depth + 1))
    if isinstance(value, list):
        return tuple(text for entry in value[:64] for text in _parties(entry, name, depth + 1))
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**15:
        return (str(value),)
    if not isinstance(value, str):
        raise ValueError(f"{name} is neither a number nor a URI")
    return (value,)


def _certificates(row: dict[str, Any]) -> Obtained | Mapping[str, Obtained] | None:
    """Return the certificates of a line: PEM text, a list of such texts, or an object of them by address."""
    value, when = row.get("certificate_pem"), row.get("certificate_obtained_at")
    if value is None or value in ("", [], {}):
        return None
    obtained_at = None if when is None else time_of(when)
    if when is not None and obtained_at is None:
        raise ValueError("certificate_obtained_at is no time")
    origin = CertificateOrigin("given with the line", obtained_at)
    if isinstance(value, dict) and all(isinstance(text, str) for text in value.values()):
        return {url: Obtained(_bytes(text), origin) for url, text in value.items()}
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise ValueError("certificate_pem is neither PEM text nor a list of such texts")
    return Obtained(_bytes("\n".join(texts)), origin)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _unread(why: str, at: int) -> IdentityVerdict:
    """Return the verdict on a line that could not be read."""
    checks = [Check(name, "not-done", "the line could not be read") for name in CHECKS]
    checks[0] = Check("syntax", "fail", why, "malformed")
    return IdentityVerdict("failed", "malformed", 438, (), tuple(checks), (), at)


__all__ = ["LONGEST_LINE", "IdentityOptions", "time_of", "verify_identities"]

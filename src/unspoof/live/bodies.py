"""Requests as they come in, checked and bounded: JSON bytes to nouns; not what is answered.

A caller chooses much of what stands in them (display names, Identity headers, the user part of From), and a switch that gets
an error lets the call through unscreened. So only what the switch itself must supply is demanded; whatever the caller can
write into its INVITE is taken as it is and judged.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from unspoof.live.refusing import Refused
from unspoof.parse.identity_header import split_identities

MOST_NUMBER = 256
"""Characters of a number that are kept; the rest is cut off, and no number has as many."""
MOST_IDENTITY = 16_384
"""Characters of one Identity header; longer ones fail as malformed."""
_MOST_TEXT = 256
_LATEST = 253_402_300_799  # the last second of the year 9999
# strict=False: a tab or another control character inside a text is the caller's doing and no reason to let the call through.
_DECODER = json.JSONDecoder(strict=False, parse_constant=lambda name: _no_constant(name))


@dataclass(frozen=True, slots=True)
class CallShown:
    """One call as a switch describes it while it rings."""

    presented: str
    called: tuple[str, ...]
    at: datetime
    """UTC without zone."""
    identities: tuple[str, ...] = ()
    asserted: str | None = None
    source: str | None = None
    source_ip: str | None = None
    call_ref: str | None = None
    request_uri: str | None = None
    """Request-URI, where it may differ from To: a diverted call."""
    from_abroad: bool | None = None
    roaming: bool | None = None


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def parse_json(body: bytes) -> Any:
    """Read a body as JSON, bytes that are no UTF-8 replaced by U+FFFD.

    Raises:
        Refused: it is empty, no JSON, or nested or long beyond reason.

    """
    if not body:
        raise Refused("SVC4000")
    try:
        value, end = _DECODER.raw_decode(text := body.decode("utf-8-sig", "replace").lstrip(" \t\r\n"))
    except (ValueError, RecursionError):
        raise Refused("SVC4006", "invalid JSON body") from None
    if text[end:].strip(" \t\r\n"):
        raise Refused("SVC4006", "invalid JSON body")
    return value


def read_verification(body: bytes, most_identities: int) -> CallShown:
    """Read the body of a verification request (ATIS-1000082) with our extensions.

    Raises:
        Refused: what the switch must supply is missing or of the wrong kind.

    """
    whole = parse_json(body)
    request = whole.get("verificationRequest") if isinstance(whole, dict) else None
    if request is None:
        raise Refused("SVC4001", "verificationRequest")
    if not isinstance(request, dict):
        raise Refused("SVC4005", "verificationRequest", "must be an object")
    return CallShown(
        presented=_number(_part(request, "from"), "from"),
        called=_called(_part(request, "to")),
        at=_time(request),
        identities=_identities(request.get("identity"), most_identities),
        asserted=_asserted(request, "pai"),
        source=_optional(request, "source"),
        source_ip=_optional(request, "srcIp"),
        call_ref=_optional(request, "callId"),
        request_uri=_optional(request, "requestUri"),
        from_abroad=_flag(request, "fromAbroad"),
        roaming=_flag(request, "roaming"),
    )


def read_screening(body: bytes, most: int) -> list[CallShown]:
    """Read the body of a request for screening: one call as an object, or {"calls": [...]}.

    Raises:
        Refused: it is none, or there are too many.

    """
    whole = parse_json(body)
    if not isinstance(whole, dict):
        raise Refused("SVC4006", "an object was expected")
    calls = whole.get("calls", [whole])
    if not isinstance(calls, list) or not calls:
        raise Refused("SVC4005", "calls", "must be a list with something in it")
    if len(calls) > most:
        raise Refused("SVC4005", "calls", f"more than {most}")
    return [_screened(call) for call in calls]


def _screened(call: object) -> CallShown:
    if not isinstance(call, dict):
        raise Refused("SVC4005", "calls", "must be objects")
    if "presented" not in call:
        raise Refused("SVC4001", "presented")
    called = _optional(call, "called")
    return CallShown(
        presented=_text(call["presented"], "presented", MOST_NUMBER),
        called=() if called is None else (called,),
        at=_time(call),
        asserted=_asserted(call, "asserted"),
        source=_optional(call, "source"),
        source_ip=_optional(call, "sourceIp"),
        from_abroad=_flag(call, "fromAbroad"),
        roaming=_flag(call, "roaming"),
    )


def _part(request: Mapping[str, Any], name: str) -> Any:
    if request.get(name) is None:
        raise Refused("SVC4001", name)
    return request[name]


def _number(party: object, name: str) -> str:
    if not isinstance(party, dict):
        raise Refused("SVC4005", name, "must be an object with tn")
    if "tn" in party:
        return _text(party["tn"], name, MOST_NUMBER)
    if "uri" in party:
        return user_of(_text(party["uri"], name, 4 * MOST_NUMBER))
    raise Refused("SVC4001", f"{name}.tn")


def _called(party: object) -> tuple[str, ...]:
    if not isinstance(party, dict):
        raise Refused("SVC4005", "to", "must be an object with tn")
    given = party.get("tn", [])
    numbers = [given] if isinstance(given, str) else given
    if not isinstance(numbers, list) or len(numbers) > 64:
        raise Refused("SVC4005", "to", "tn must be a list of up to 64 numbers")
    if not numbers and isinstance(party.get("uri"), list):
        numbers = [user_of(uri) for uri in party["uri"][:64] if isinstance(uri, str)]
    if not numbers:
        raise Refused("SVC4001", "to.tn")
    return tuple(_text(number, "to", MOST_NUMBER) for number in numbers)


def asserted_uri(header: str) -> str:
    """Return the first URI of a P-Asserted-Identity header, however it is written; a display name in quotes fools nobody."""
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', "", header)
    inside = re.search(r"<([^>]*)>", bare)
    return inside.group(1) if inside else bare.split(",", maxsplit=1)[0].strip()


def user_of(uri: str) -> str:
    """Return the number of a sip, sips or tel URI: what stands between its scheme and '@', ';' or the end."""
    rest = re.sub(r"^(?i:sips?|tel):", "", uri.strip().strip("<>"))
    return re.split(r"[@;]", rest, maxsplit=1)[0][:MOST_NUMBER]


def _time(request: Mapping[str, Any]) -> datetime:
    value = _part(request, "time")
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= _LATEST:
        raise Refused("SVC4005", "time", "must be seconds since 1970, a whole number")
    return datetime.fromtimestamp(value, UTC).replace(tzinfo=None)


def _identities(value: object, most: int) -> tuple[str, ...]:
    if value is None or value == "":
        return ()
    given = value if isinstance(value, list) else [value]
    texts = [item for item in given if isinstance(item, str)]
    if len(texts) < len(given):
        raise Refused("SVC4005", "identity", "must be a text or a list of texts")
    # More than `most` fail to be judged one by one, yet the call is screened: the caller must not gain by adding headers.
    headers = (header for item in texts[: most + 1] for header in split_identities(item))
    return tuple(_clean(header, MOST_IDENTITY + 1) for header in islice(headers, most + 1))


def _text(value: object, name: str, most: int) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise Refused("SVC4005", name, "must be a text")
    # A number as a JSON number has lost its zeros in front; it is taken as the text that was sent.
    return _clean(str(value) if isinstance(value, str) or abs(value) < 10**MOST_NUMBER else "", most)


def _optional(request: Mapping[str, Any], name: str) -> str | None:
    value = request.get(name)
    return None if value is None or value == "" else _text(value, name, 4 * _MOST_TEXT)


def _asserted(request: Mapping[str, Any], name: str) -> str | None:
    header = _optional(request, name)
    return None if header is None else user_of(asserted_uri(header))


def _clean(text: str, most: int) -> str:
    # Half a surrogate pair is no character: it could not be written down again.
    return text[:most].encode("utf-8", "replace").decode("utf-8")


def _flag(request: Mapping[str, Any], name: str) -> bool | None:
    value = request.get(name)
    if value is not None and not isinstance(value, bool):
        raise Refused("SVC4005", name, "must be true or false")
    return value


__all__ = [
    "MOST_IDENTITY",
    "MOST_NUMBER",
    "CallShown",
    "asserted_uri",
    "parse_json",
    "read_screening",
    "read_verification",
    "user_of",
]

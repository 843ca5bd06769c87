"""What a PASSporT claims, claim by claim, with every departure named; not whether any of it is true.

Sources: RFC 8225 section 5 (iat, orig, dest), RFC 8588 sections 4 and 5 (attest, origid), RFC 8946 sections 3 and 5 (div,
opt), RFC 9795 (rcd, rcdi, crn), RFC 8443 (rph).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from unspoof.model.identity import Oddity
from unspoof.parse.call_party import CANONICAL_NUMBER, canonical_number, normal_uri
from unspoof.parse.strict_json import deterministic

LAST_SECOND = 253_402_300_799
"""The end of the year 9999: a later iat is no time."""

MOST_DESTINATIONS = 64

_UUID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")
_RESOURCE = re.compile(r"[A-Za-z0-9\-!%*_+`'~]+\.[A-Za-z0-9\-!%*_+`'~]+")
_DIGEST = re.compile(r"(sha256|sha384|sha512)-([A-Za-z0-9+/_-]+={0,2})")
_RCD_KEYS = ("nam", "apn", "icn", "jcl")


class Party(NamedTuple):
    """One end of a call as a token names it."""

    kind: str
    """tn or uri."""
    value: str
    """Canonical digits, or the URI in normal form."""


class Claims:
    """The claims of one PASSporT; None where one is absent or not readable.

    What most tokens do not have stands on the class, so that an ordinary token costs what it holds and no more.
    """

    iat: int | None = None
    orig: Party | None = None
    dest: tuple[Party, ...] = ()
    attest: str | None = None
    origid: str | None = None
    div: Party | None = None
    opt: str | None = None
    further: Mapping[str, Any] = MappingProxyType({})
    """rcd, crn, rph and div as they stand."""
    problems: Sequence[str] = ()
    oddities: Sequence[Oddity] = ()
    mismatches: Sequence[str] = ()
    """Contents whose digest is another than the token says."""
    undone: Sequence[str] = ()
    """What could not be checked, and why."""

    def __init__(self, iat: int | None = None, orig: Party | None = None, dest: tuple[Party, ...] = ()) -> None:
        self.iat = iat
        self.orig = orig
        self.dest = dest


class _Draft(Claims):
    """Claims while they are read."""

    further: dict[str, Any]
    problems: list[str]
    oddities: list[Oddity]
    mismatches: list[str]
    undone: list[str]

    def __init__(self) -> None:
        super().__init__()
        self.further, self.problems, self.oddities, self.mismatches, self.undone = {}, [], [], [], []


def read_claims(claims: dict[str, Any], ppt: str | None, contents: dict[str, bytes] | None = None) -> Claims:
    """Return the claims of a token with every departure.

    Args:
        claims: the payload.
        ppt: the extension that the token names.
        contents: bytes behind the URIs of a rcd claim, where they are at hand; nothing is fetched.
    """
    made = _Draft()
    _iat(claims, made)
    made.orig = _party(claims.get("orig"), "orig", made)
    made.dest = _destinations(claims.get("dest"), made)
    if ppt == "shaken":
        _shaken(claims, made)
    elif ppt in ("div", "div-o"):
        _diverted(claims, made, ppt)
    if ppt == "rph" or "rph" in claims:
        _priority(claims.get("rph"), made)
    if ppt == "rcd" or "rcd" in claims or "rcdi" in claims or "crn" in claims:
        _rich(claims, made, ppt, contents or {})
    return made


def _iat(claims: dict[str, Any], made: _Draft) -> None:
    if "iat" not in claims:
        made.problems.append("there is no iat")
        return
    value = claims["iat"]
    if isinstance(value, bool) or not isinstance(value, int):
        kind = {str: "a string", float: "a fraction", bool: "true or false"}.get(type(value), "no number")
        made.problems.append(f"iat is {kind}, not an integer")
    elif not 0 <= value <= LAST_SECOND:
        made.problems.append("iat is no time between 1970 and 9999")
    else:
        made.iat = value


def _number(text: Any, where: str, made: _Draft) -> Party | None:
    if not isinstance(text, str):
        made.problems.append(f"{where} is no string")
        return None
    number = text if CANONICAL_NUMBER.fullmatch(text) else canonical_number(text)
    if number is None:
        made.problems.append(f"{where} is no telephone number")
        return None
    if number != text:
        made.oddities.append(
            Oddity("number-not-canonical", "claims", "malformed", f"{where} has more than the digits of its number")
        )
    return Party("tn", number)


def _uri(text: Any, where: str, made: _Draft) -> Party | None:
    uri = normal_uri(text) if isinstance(text, str) else None
    if uri is None:
        made.problems.append(f"{where} is no URI")
        return None
    return Party("uri", uri)


def _party(value: Any, name: str, made: _Draft) -> Party | None:
    """Read an object with exactly one tn or uri."""
    if value is None:
        made.problems.append(f"there is no {name}")
        return None
    if not isinstance(value, dict):
        made.problems.append(f"{name} is no object")
        return None
    if ("tn" in value) == ("uri" in value):
        made.problems.append(f"{name} has {'both tn and uri' if 'tn' in value else 'neither tn nor uri'}")
        return None
    if len(value) > 1 and not (name == "div" and set(value) <= {"tn", "uri", "hi"}):
        made.oddities.append(Oddity("unknown-identity-key", "claims", "malformed", f"{name} has keys beside tn or uri"))
    if "tn" in value:
        return _number(value["tn"], f"{name}.tn", made)
    return _uri(value["uri"], f"{name}.uri", made)


def _destinations(value: Any, made: _Draft) -> tuple[Party, ...]:
    if value is None:
        made.problems.append("there is no dest")
        return ()
    if not isinstance(value, dict):
        made.problems.append("dest is no object")
        return ()
    found: list[Party] = []
    for key, read in (("tn", _number), ("uri", _uri)):
        if key not in value:
            continue
        entries = value[key]
        if not isinstance(entries, list) or not entries:
            made.problems.append(f"dest.{key} is {'an empty array' if entries == [] else 'no array'}")
            continue
        if len(entries) > MOST_DESTINATIONS:
            made.problems.append(f"dest.{key} has more than {MOST_DESTINATIONS} entries")
            continue
        found += [party for entry in entries if (party := read(entry, f"an entry of dest.{key}", made))]
    if "tn" not in value and "uri" not in value:
        made.problems.append("dest has neither tn nor uri")
    elif len(value) > ("tn" in value) + ("uri" in value):
        made.oddities.append(Oddity("unknown-identity-key", "claims", "malformed", "dest has keys beside tn and uri"))
    return tuple(found)


def _shaken(claims: dict[str, Any], made: _Draft) -> None:
    attest, origid = claims.get("attest"), claims.get("origid")
    if isinstance(attest, str) and attest in ("A", "B", "C"):
        made.attest = attest
    else:
        made.problems.append("there is no attest" if attest is None else "attest is not A, B or C")
    if not isinstance(origid, str) or not origid:
        made.problems.append("there is no origid" if origid is None else "origid is no string, or empty")
        return
    made.origid = origid
    if _UUID.fullmatch(origid) is None:
        made.oddities.append(Oddity("origid-not-uuid", "claims", "malformed", "origid is no UUID"))
    if "div" in claims:
        made.problems.append("a shaken token has a div claim")


def _diverted(claims: dict[str, Any], made: _Draft, ppt: str) -> None:
    made.div = _party(claims.get("div"), "div", made)
    made.further["div"] = claims.get("div")
    if "attest" in claims:
        made.problems.append("a div token has an attest claim")
    opt = claims.get("opt")
    if opt is not None and not isinstance(opt, str):
        made.problems.append("opt is no string")
    elif ppt == "div-o" and not opt:
        made.problems.append("there is no opt")
    elif ppt == "div" and opt is not None:
        made.problems.append("a div token has an opt claim, which is for div-o")
    else:
        made.opt = opt


def _priority(value: Any, made: _Draft) -> None:
    """Read {"auth": ["ets.0", ...]} (RFC 8443 section 3)."""
    if not isinstance(value, dict):
        made.problems.append("there is no rph" if value is None else "rph is no object")
        return
    auth = value.get("auth")
    if not isinstance(auth, list) or not auth or not all(isinstance(a, str) and _RESOURCE.fullmatch(a) for a in auth):
        made.problems.append("rph.auth is no array of priorities such as ets.0")
        return
    made.further["rph"] = value


def _rich(claims: dict[str, Any], made: _Draft, ppt: str | None, contents: dict[str, bytes]) -> None:
    rcd, crn = claims.get("rcd"), claims.get("crn")
    if rcd is None and (ppt == "rcd" and crn is None):
        made.problems.append("there is neither rcd nor crn")
    if rcd is not None:
        _rich_data(rcd, made)
    if crn is not None:
        if not isinstance(crn, str) or not crn:
            made.problems.append("crn is no string, or empty")
        else:
            made.further["crn"] = crn
    if "rcdi" in claims:
        _integrity(claims["rcdi"], rcd, made, contents)


def _rich_data(rcd: Any, made: _Draft) -> None:
    if not isinstance(rcd, dict):
        made.problems.append("rcd is no object")
        return
    made.further["rcd"] = rcd
    if not isinstance(rcd.get("nam"), str):
        made.problems.append("rcd has no nam")
    made.problems += [f"rcd.{k} is no string" for k in _RCD_KEYS[1:] if k in rcd and not isinstance(rcd[k], str)]
    if "jcd" in rcd and "jcl" in rcd:
        made.problems.append("rcd has both jcd and jcl")
    if "jcd" in rcd and not isinstance(rcd["jcd"], list):
        made.problems.append("rcd.jcd is no jCard")


def _integrity(rcdi: Any, rcd: Any, made: _Draft, contents: dict[str, bytes]) -> None:
    """Compare the digests of rcdi with what is at hand: values within the token, and contents that were given."""
    if not isinstance(rcdi, dict) or not rcdi:
        made.problems.append("rcdi is no object, or empty")
        return
    made.further["rcdi"] = rcdi
    for pointer, stated in rcdi.items():
        digest = _DIGEST.fullmatch(stated) if isinstance(stated, str) else None
        wanted = _bytes_of(digest[2]) if digest else None
        if digest is None or wanted is None:
            made.problems.append("a digest of rcdi is not readable")
            continue
        found, value = resolve_pointer(rcd, pointer)
        if not found:
            made.problems.append("rcdi names something that rcd has not")
            continue
        data = contents.get(value) if isinstance(value, str) else deterministic(value)
        if data is None:
            made.undone.append(f"the digest of {pointer[:40]!a}: its content is not at hand")
        elif hashlib.new(digest[1], data).digest() != wanted:
            made.mismatches.append(f"the content of {pointer[:40]!a} has another digest than rcdi says")


def _bytes_of(text: str) -> bytes | None:
    try:
        return base64.b64decode(text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def resolve_pointer(value: Any, pointer: str) -> tuple[bool, Any]:
    """Return whether a JSON pointer (RFC 6901) leads somewhere, and to what."""
    if not pointer.startswith("/"):
        return False, None
    steps = [step.replace("~1", "/").replace("~0", "~") for step in pointer[1:].split("/")]
    for step in steps:
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and re.fullmatch(r"0|[1-9][0-9]{0,6}", step) and int(step) < len(value):
            value = value[int(step)]
        else:
            return False, None
    return True, value


__all__ = ["LAST_SECOND", "MOST_DESTINATIONS", "Claims", "Party", "read_claims", "resolve_pointer"]

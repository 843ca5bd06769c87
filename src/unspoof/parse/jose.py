"""The protected header of a PASSporT: algorithm, extension and address of the certificate; claims are read elsewhere.

Sources: RFC 8225 sections 4 and 9, RFC 7515 section 4.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, NamedTuple

from unspoof.model.identity import Oddity
from unspoof.parse.jws import NotBase64Url, decode_part
from unspoof.parse.strict_json import NotStrictJson, deterministic, read_object

PPTS: tuple[str, ...] = ("shaken", "div", "div-o", "rcd", "rph")
"""Extensions that are understood, beside the base PASSporT that names none."""

LONGEST_KEPT = 2048
"""Characters of a part that is kept once it was read."""

_KEYS = frozenset({"alg", "ppt", "typ", "x5u"})
_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*"')
_BLANK = re.compile(rb"[ \t\r\n]")


class Problem(NamedTuple):
    """One thing that is against the rules."""

    fault: str
    detail: str


class Jose(NamedTuple):
    """The names of the header that are understood, None where one is absent or no string, and what is wrong with it."""

    alg: str | None
    ppt: str | None
    x5u: str | None
    problems: tuple[Problem, ...]
    oddities: tuple[Oddity, ...]


def read_jose(part: str) -> Jose:
    """Return what the first part of a token says; faults stand in it, nothing raises."""
    return _kept(part) if len(part) <= LONGEST_KEPT else _read(part)


def _read(part: str) -> Jose:
    problems: list[Problem] = []
    oddities: list[Oddity] = []
    try:
        raw = decode_part(part)
    except NotBase64Url as error:
        return Jose(None, None, None, (Problem("malformed", f"the token's header is no base64url: {error}"),), ())
    read = read_in_form(raw, "the token's header names", problems, oddities)
    if read is None:
        return Jose(None, None, None, tuple(problems), ())
    texts: dict[str, str | None] = {}
    for name in sorted(_KEYS):
        value = read.get(name)
        texts[name] = value if isinstance(value, str) else None
        if name in read and texts[name] is None:
            problems.append(Problem("malformed", f"{name} of the token's header is no string"))
    problems += _wrong(read, texts)
    if "crit" not in read and set(read) - _KEYS:
        oddities.append(Oddity("header-extra", "syntax", "malformed", "the token's header has further names"))
    return Jose(texts["alg"], texts["ppt"], texts["x5u"], tuple(problems), tuple(oddities))


_kept = lru_cache(maxsize=1024)(_read)
"""Tokens of one signer share their header, so it is read once."""


def _wrong(read: dict[str, Any], texts: dict[str, str | None]) -> list[Problem]:
    alg, ppt, found = texts["alg"], texts["ppt"], []
    if alg is None and "alg" not in read:
        found.append(Problem("malformed", "the token's header has no alg"))
    elif alg is not None and alg != "ES256":
        found.append(Problem("unsupported", f"alg is {alg[:20]!a}, not 'ES256'"))
    if texts["typ"] != "passport":
        found.append(Problem("malformed", "typ of the token's header is not 'passport'"))
    if ppt is not None and ppt not in PPTS:
        found.append(Problem("unsupported", f"the extension {ppt[:20]!a} is not understood"))
    if "crit" in read:
        found.append(Problem("unsupported", "the token's header has crit, which names what must be understood"))
    return found


def read_in_form(raw: bytes, what: str, problems: list[Problem], oddities: list[Oddity]) -> dict[str, Any] | None:
    """Return the JSON object that bytes are, or None; how it departs from the deterministic form is added to `oddities`.

    Args:
        raw: the bytes.
        what: what they are, in words, a plural.
        problems: takes why they are no object.
        oddities: takes departures.
    """
    try:
        read = read_object(raw)
    except NotStrictJson as error:
        problems.append(Problem("malformed", f"{what} cannot be read as JSON: {error}"))
        return None
    if deterministic(read) != raw:
        oddities += _departures(read, raw, what)
    return read


def _departures(read: dict[str, Any], raw: bytes, what: str) -> list[Oddity]:
    """Name how JSON departs from the deterministic form."""
    found = []
    if not _sorted(read):
        found.append(Oddity("key-order", "syntax", "malformed", f"{what} are not in lexicographic order"))
    if _BLANK.search(_STRINGS.sub(b"", raw)):
        found.append(Oddity("white-space", "syntax", "malformed", f"{what} have white space between names and values"))
    if not found:
        found.append(Oddity("json-form", "syntax", "malformed", f"{what} are written otherwise than RFC 8225 has it"))
    return found


def _sorted(value: Any) -> bool:
    if isinstance(value, dict):
        names = list(value)
        return names == sorted(names) and all(_sorted(v) for v in value.values())
    return all(_sorted(v) for v in value) if isinstance(value, list) else True


__all__ = ["LONGEST_KEPT", "PPTS", "Jose", "Problem", "read_in_form", "read_jose"]

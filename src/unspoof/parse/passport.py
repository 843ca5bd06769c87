"""A PASSporT, full or compact, to its header, its claims and the bytes that were signed; it verifies no signature.

Sources: RFC 8225 (sections 4, 5, 7 and 9), RFC 8224 section 4.1 (the parameters of the Identity header beside the token),
RFC 7515.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from unspoof.model.identity import Oddity, SignedMessage
from unspoof.parse.call_party import normal_uri, number_of
from unspoof.parse.identity_header import IdentityHeader
from unspoof.parse.jws import NotBase64Url, decode_part, encode_part
from unspoof.parse.passport_claims import Claims, Party, read_claims
from unspoof.parse.sip_headers import read_date
from unspoof.parse.strict_json import NotStrictJson, deterministic, read_object

PPTS: tuple[str, ...] = ("shaken", "div", "div-o", "rcd", "rph")
"""Extensions that are understood, beside the base PASSporT that names none."""

_JOSE_KEYS = frozenset({"alg", "ppt", "typ", "x5u"})
_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*"')
_BLANK = re.compile(rb"[ \t\r\n]")
_SHAKEN = re.compile(
    r'\{"attest":"([ABC])","dest":\{"tn":\["([0-9]{1,15})"\]\},"iat":([1-9][0-9]{8,9}),"orig":\{"tn":"([0-9]{1,15})"\},'
    r'"origid":"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"\}'
)
"""A shaken payload in the deterministic form with nothing special in it; what matches needs no closer look."""


class Problem(NamedTuple):
    """One thing that is against the rules."""

    fault: str
    detail: str


class Passport:
    """One token as it was read; None where something is absent or not readable."""

    alg: str | None = None
    ppt: str | None = None
    x5u: str | None = None
    compact: bool = False
    claims: Claims | None = None
    signing_input: bytes | None = None
    signature: bytes | None = None
    problems: Sequence[Problem] = ()
    """Against the syntax of header, token and JSON."""
    oddities: Sequence[Oddity] = ()
    undone: str = ""
    """Why the signed bytes of a compact token could not be put together."""

    @property
    def diverts(self) -> bool:
        """Whether it tells of a diversion."""
        return self.ppt is not None and self.ppt[:3] == "div"


class _Draft(Passport):
    """A token while it is read."""

    problems: list[Problem]
    oddities: list[Oddity]

    def __init__(self) -> None:
        self.problems, self.oddities = [], []


class _Jose(NamedTuple):
    alg: str | None
    ppt: str | None
    x5u: str | None
    problems: tuple[Problem, ...]
    oddities: tuple[Oddity, ...]


def read_passport(
    header: IdentityHeader, message: SignedMessage | None = None, contents: dict[str, bytes] | None = None
) -> Passport:
    """Return what a token says and which bytes were signed; faults stand in it, nothing raises.

    Args:
        header: the Identity header that the token stood in.
        message: what the SIP message said; a compact token is put together from it.
        contents: bytes behind the URIs of a rcd claim, where they are at hand.
    """
    plain = _plain_shaken(header) if header.ppt == "shaken" else None
    if plain is not None:
        return plain
    made = _Draft()
    if header.problems:
        made.problems += [Problem("malformed", text) for text in header.problems]
    if header.oddities:
        made.oddities += header.oddities
    parts = header.token.split(".", 3)
    if len(parts) != 3:
        if header.token:
            made.problems.append(Problem("malformed", "the token has not three parts"))
        return made
    if not parts[0] and not parts[1]:
        _compact(made, header, message)
    else:
        _full(made, header, parts, contents)
    made.signature = _signature(parts[2], made)
    if header.alg != "ES256" or header.ppt != made.ppt:
        _parameters(made, header)
    return made


def _plain_shaken(header: IdentityHeader) -> Passport | None:
    """Return an ordinary shaken token, in which nothing departs from anything; None for all others, which take the long way."""
    token, _, alg, _, _, problems, oddities = header
    parts = token.split(".")
    if problems or oddities or alg != "ES256" or len(parts) != 3 or len(parts[2]) != 86 or len(parts[0]) > 2048:
        return None
    jose = _jose(parts[0])
    if jose.ppt != "shaken" or jose.problems or jose.oddities:
        return None
    try:
        found = _SHAKEN.fullmatch(decode_part(parts[1]).decode("ascii"))
        signature = decode_part(parts[2])
    except (NotBase64Url, UnicodeDecodeError):
        return None
    if found is None:
        return None
    attest, dest, iat, orig, origid = found.groups()
    claims = Claims(int(iat), Party("tn", orig), (Party("tn", dest),))
    claims.attest, claims.origid = attest, origid
    made = Passport()
    made.alg, made.ppt, made.x5u = "ES256", "shaken", jose.x5u
    made.claims, made.signature, made.signing_input = claims, signature, token[:-87].encode("ascii")
    return made


def _signature(text: str, made: _Draft) -> bytes | None:
    try:
        raw = decode_part(text)
    except NotBase64Url as error:
        made.problems.append(Problem("malformed", f"the signature is no base64url: {error}"))
        return None
    if len(raw) != 64:
        kind = "; it looks like DER, which is not allowed" if raw[:1] == b"\x30" else ""
        made.problems.append(Problem("malformed", f"the signature has {len(raw)} bytes, not 64{kind}"))
        return None
    return raw


def _full(made: _Draft, header: IdentityHeader, parts: list[str], contents: dict[str, bytes] | None) -> None:
    jose = _jose(parts[0]) if len(parts[0]) <= 2048 else _read_jose(parts[0])
    made.alg, made.ppt, made.x5u = jose.alg, jose.ppt, jose.x5u
    if jose.problems:
        made.problems += jose.problems
    if jose.oddities:
        made.oddities += jose.oddities
    try:
        raw = decode_part(parts[1])
    except NotBase64Url as error:
        made.problems.append(Problem("malformed", f"the claims are no base64url: {error}"))
        return
    made.signing_input = header.token[: len(parts[0]) + 1 + len(parts[1])].encode("ascii", "replace")
    read = _object(raw, "the claims", made.problems, made.oddities)
    if read is not None:
        made.claims = read_claims(read, jose.ppt, contents)


def _object(raw: bytes, what: str, problems: list[Problem], oddities: list[Oddity]) -> dict[str, Any] | None:
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


def _read_jose(part: str) -> _Jose:
    problems: list[Problem] = []
    oddities: list[Oddity] = []
    try:
        raw = decode_part(part)
    except NotBase64Url as error:
        return _Jose(None, None, None, (Problem("malformed", f"the token's header is no base64url: {error}"),), ())
    read = _object(raw, "the token's header names", problems, oddities)
    if read is None:
        return _Jose(None, None, None, tuple(problems), ())
    texts: dict[str, str | None] = {}
    for name in sorted(_JOSE_KEYS):
        value = read.get(name)
        texts[name] = value if isinstance(value, str) else None
        if name in read and texts[name] is None:
            problems.append(Problem("malformed", f"{name} of the token's header is no string"))
    if texts["alg"] is None and "alg" not in read:
        problems.append(Problem("malformed", "the token's header has no alg"))
    elif texts["alg"] is not None and texts["alg"] != "ES256":
        problems.append(Problem("unsupported", f"alg is {texts['alg'][:20]!a}, not 'ES256'"))
    if texts["typ"] != "passport":
        problems.append(Problem("malformed", "typ of the token's header is not 'passport'"))
    if texts["ppt"] is not None and texts["ppt"] not in PPTS:
        problems.append(Problem("unsupported", f"the extension {texts['ppt'][:20]!a} is not understood"))
    if "crit" in read:
        problems.append(Problem("unsupported", "the token's header has crit, which names what must be understood"))
    elif set(read) - _JOSE_KEYS:
        oddities.append(Oddity("header-extra", "syntax", "malformed", "the token's header has further names"))
    return _Jose(texts["alg"], texts["ppt"], texts["x5u"], tuple(problems), tuple(oddities))


_jose = lru_cache(maxsize=1024)(_read_jose)
"""Tokens of one signer share their header, so it is read once."""


def _parameters(made: _Draft, header: IdentityHeader) -> None:
    """Compare the header's parameters with the token: absent ones take their defaults (RFC 8224 section 4.1)."""
    if header.alg is not None and header.alg != "ES256":
        made.problems.append(Problem("unsupported", f"the parameter alg is {header.alg[:20]!a}, not 'ES256'"))
    if made.compact or header.ppt == made.ppt:
        return
    if header.ppt is None:
        made.oddities.append(
            Oddity(
                "ppt-parameter-absent",
                "syntax",
                "malformed",
                "the token names an extension, the parameter ppt does not",
            )
        )
    else:
        said = "no extension" if made.ppt is None else f"{made.ppt[:20]!a}"
        made.problems.append(Problem("malformed", f"the parameter ppt is {header.ppt[:20]!a}, the token has {said}"))


def _compact(made: _Draft, header: IdentityHeader, message: SignedMessage | None) -> None:
    """Put the signed bytes together from the SIP message (RFC 8225 section 7)."""
    made.compact, made.alg, made.ppt, made.x5u = True, "ES256", header.ppt, header.info
    if header.ppt is not None:
        fault = "malformed" if header.ppt in PPTS else "unsupported"
        detail = f"a compact token with the extension {header.ppt[:20]!a} does not say what it claims"
        made.problems.append(Problem(fault, detail))
        return
    if message is None or message.presented is None or not message.called:
        made.undone = "a compact token is put together from From, To and Date, and there is no SIP message"
        return
    date_us = read_date(message.date_text.encode("utf-8", "surrogatepass"))[0] if message.date_text else None
    if date_us is None:
        made.undone = "a compact token is put together from From, To and Date, and there is no readable Date header"
        return
    iat = date_us // 1_000_000
    orig, dest = party_of(message.presented), [party_of(text) for text in message.called]
    if orig is None or None in dest:
        made.undone = "a compact token is put together from From and To, which name no number or URI"
        return
    named = [party for party in dest if party is not None]
    payload = {"dest": _grouped(named), "iat": iat, "orig": {orig.kind: orig.value}}
    jose = {"alg": "ES256", "typ": "passport", "x5u": header.info or ""}
    made.signing_input = f"{encode_part(deterministic(jose))}.{encode_part(deterministic(payload))}".encode("ascii")
    made.claims = Claims(iat, orig, tuple(named))


def _grouped(parties: list[Party]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for party in parties:
        grouped.setdefault(party.kind, []).append(party.value)
    return {kind: sorted(values) for kind, values in sorted(grouped.items())}


def party_of(text: str) -> Party | None:
    """Return the number that a header's URI names, else its URI, else None."""
    number = number_of(text)
    if number is not None:
        return Party("tn", number)
    uri = normal_uri(text)
    return Party("uri", uri) if uri else None


__all__ = ["PPTS", "Passport", "Problem", "party_of", "read_passport"]

"""A PASSporT, full or compact, to its header, its claims and the bytes that were signed; it verifies no signature.

Sources: RFC 8225 (sections 4, 5, 7 and 9), RFC 8224 section 4.1 (the parameters of the Identity header beside the token),
RFC 7515.
"""

from __future__ import annotations

from collections.abc import Sequence

from unspoof.model.identity import Oddity, SignedMessage
from unspoof.parse.call_party import normal_uri, number_of
from unspoof.parse.identity_header import IdentityHeader
from unspoof.parse.jose import PPTS, Problem, read_in_form, read_jose
from unspoof.parse.jws import NotBase64Url, decode_part, encode_part
from unspoof.parse.passport_claims import Claims, Party, read_claims
from unspoof.parse.shaken import PlainShaken, plain_of
from unspoof.parse.sip_headers import read_date
from unspoof.parse.strict_json import deterministic


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


def read_passport(
    header: IdentityHeader, message: SignedMessage | None = None, contents: dict[str, bytes] | None = None
) -> Passport:
    """Return what a token says and which bytes were signed; faults stand in it, nothing raises.

    Args:
        header: the Identity header that the token stood in.
        message: what the SIP message said; a compact token is put together from it.
        contents: bytes behind the URIs of a rcd claim, where they are at hand.
    """
    plain = plain_of(header) if header.ppt == "shaken" else None
    if plain is not None:
        return passport_of(plain)
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


def passport_of(plain: PlainShaken) -> Passport:
    """Return an ordinary shaken token, in which nothing departs from anything, as any other token is returned."""
    claims = Claims(int(plain.iat), Party("tn", plain.orig), (Party("tn", plain.dest),))
    claims.attest, claims.origid, claims.is_plain_a = plain.attest, plain.origid, plain.attest == "A"
    made = Passport()
    made.alg, made.ppt, made.x5u = "ES256", "shaken", plain.addresses.x5u
    made.claims, made.signature, made.signing_input = claims, plain.signature, plain.signing_input
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
    jose = read_jose(parts[0])
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
    if header.token.isascii():
        made.signing_input = header.token[: len(parts[0]) + 1 + len(parts[1])].encode("ascii")
    read = read_in_form(raw, "the claims", made.problems, made.oddities)
    if read is not None:
        made.claims = read_claims(read, jose.ppt, contents)


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


__all__ = ["PPTS", "Passport", "Problem", "party_of", "passport_of", "read_passport"]

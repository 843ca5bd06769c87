"""The checks of one token that need no path of certificates: info, both ends of the call, freshness, signature, coverage."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from unspoof.model.identity import Check, SignedMessage
from unspoof.parse.call_party import LONGEST_PARTY, normal_uri, number_of
from unspoof.parse.claim_constraints import ClaimConstraints
from unspoof.parse.identity_header import IdentityHeader
from unspoof.parse.passport import Passport
from unspoof.parse.passport_claims import Claims, Party
from unspoof.parse.tn_auth_list import TnAuthList

_ES256 = ECDSA(Prehashed(SHA256()))
"""hashlib hashes a token in less time than cryptography sets up its own hash."""

INFO_SAME = Check("info", "pass", "the address of the certificate in the token is that of the header")
NO_MESSAGE = Check("orig-dest", "not-done", "nothing is known of what the SIP message said")
BOTH_FIT = Check("orig-dest", "pass", "caller and called number are those of the SIP message")
SIGNED = Check("signature", "pass", "the key of the certificate signed these very bytes")
_UNSIGNED = Check("signature", "fail", "the key of the certificate did not sign these bytes", "bad-signature")
_NO_CLAIMS = "the claims could not be read"


class SignedText(Protocol):
    """A token as far as its signature goes."""

    @property
    def alg(self) -> str | None:
        """What it is signed with."""
        ...

    @property
    def signature(self) -> bytes | None:
        """64 bytes."""
        ...

    @property
    def signing_input(self) -> bytes | None:
        """What was signed."""
        ...

    @property
    def undone(self) -> str:
        """Why the signed bytes could not be put together; empty if they could."""
        ...


def check_info(passport: Passport, header: IdentityHeader) -> Check:
    """Compare the token's x5u with the header's info before anything is retrieved (RFC 8224 section 6.2 step 3)."""
    if header.info is None:
        return Check("info", "not-done", "the header has no info parameter to compare")
    if passport.compact:
        return Check("info", "pass", "a compact token takes its address from the header")
    if passport.x5u is None:
        return Check("info", "fail", "the token names no x5u", "info-mismatch")
    if passport.x5u != header.info:
        return Check(
            "info", "fail", "the token names another address of the certificate than the header", "info-mismatch"
        )
    return INFO_SAME


def _says(text: str, party: Party) -> bool:
    """Say whether a header's URI or number is the party that a token names."""
    kind, value = party
    return says_number(text, value) if kind == "tn" else normal_uri(text) == value


def says_number(text: str, number: str) -> bool:
    """Say whether a header's URI or number names a canonical number."""
    # The two usual forms, told without taking the text apart; with one @ they can name no other number.
    if text.startswith(f"sip:+{number}@") and text.count("@") == 1 and len(text) <= LONGEST_PARTY:
        return True
    return text == f"tel:+{number}" or number_of(text) == number


def check_ends(claims: Claims | None, message: SignedMessage | None) -> Check:
    """Compare orig with From and P-Asserted-Identity, and dest with To (RFC 8224 section 6.2 step 2).

    A From that names no number (an anonymous call) is passed over where P-Asserted-Identity names one.
    """
    if message is None or not (message.presented or message.asserted or message.called):
        return NO_MESSAGE
    if claims is None:
        return Check("orig-dest", "not-done", _NO_CLAIMS)
    orig = claims.orig
    wrong: list[str] = []
    done: list[str] = []
    if orig is not None:
        if message.presented:
            fits = _says(message.presented, orig)
            # An anonymous From beside P-Asserted-Identity says nothing of who calls.
            if fits or not message.asserted or orig.kind != "tn" or number_of(message.presented) is not None:
                done.append("From")
                if not fits:
                    wrong.append("From")
        for text in message.asserted:
            done.append("P-Asserted-Identity")
            if not _says(text, orig):
                wrong.append("P-Asserted-Identity")
    if claims.dest and message.called:
        if not _called(message.called, claims.dest):
            wrong.append("To")
        elif not wrong and done:
            return BOTH_FIT
        done.append("To")
    return _ends(wrong, done)


def _called(called: Sequence[str], dest: Sequence[Party]) -> bool:
    for text in called:
        for party in dest:
            if _says(text, party):
                return True
    return False


def _ends(wrong: list[str], done: list[str]) -> Check:
    if wrong:
        said = {"To": "dest is not who To names"}
        parts = [said.get(name, f"orig is not who {name} names") for name in dict.fromkeys(wrong)]
        return Check("orig-dest", "fail", " and ".join(parts), "claims-mismatch")
    if not done:
        return Check("orig-dest", "not-done", "the token and the SIP message have nothing to compare")
    if "To" not in done:
        return Check(
            "orig-dest", "pass", "the caller is that of the SIP message; nothing is known of the called number"
        )
    return BOTH_FIT if len(done) > 1 else Check("orig-dest", "pass", "the called number is that of the SIP message")


def check_freshness(iat: int | None, at: int, freshness_s: int) -> Check:
    """Compare iat with the time of the call, never with now."""
    if iat is None:
        return Check("freshness", "not-done", "iat could not be read")
    return _freshness(at - iat, freshness_s)


@lru_cache(maxsize=4096)
def _freshness(late: int, freshness_s: int) -> Check:
    if -freshness_s <= late <= freshness_s:
        when = f"{late} s before" if late >= 0 else f"{-late} s after"
        return Check("freshness", "pass", f"the token was issued {when} the call")
    when = "before" if late > 0 else "after"
    detail = f"the token was issued {abs(late)} s {when} the call; {freshness_s} s are allowed"
    return Check("freshness", "fail", detail, "stale")


def is_signed(key: EllipticCurvePublicKey, signature: bytes, signing_input: bytes) -> bool:
    """Say whether a raw ES256 signature of 64 bytes is a key's over these bytes."""
    try:
        key.verify(der_signature(signature), sha256(signing_input).digest(), _ES256)
    except InvalidSignature:
        return False
    return True


def der_signature(raw: bytes) -> bytes:
    """Return 64 bytes of r and s as the DER that the arithmetic wants (RFC 3279 section 2.2.3)."""
    first, second = raw[0], raw[32]
    if not first or not second:
        return encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    if first < 0x80:
        if second < 0x80:
            return b"\x30\x44\x02\x20" + raw[:32] + b"\x02\x20" + raw[32:]
        return b"\x30\x45\x02\x20" + raw[:32] + b"\x02\x21\x00" + raw[32:]
    if second < 0x80:
        return b"\x30\x45\x02\x21\x00" + raw[:32] + b"\x02\x20" + raw[32:]
    return b"\x30\x46\x02\x21\x00" + raw[:32] + b"\x02\x21\x00" + raw[32:]


def check_signature(token: SignedText, key: EllipticCurvePublicKey | None) -> Check:
    """Verify the signature (RFC 7518 section 3.4); a high s is accepted, for no RFC here asks for a low one."""
    if token.alg != "ES256" or token.signature is None or token.signing_input is None:
        why = unsigned_because(token)
        if why:
            return Check("signature", "not-done", why)
    if key is None:
        return Check("signature", "not-done", "the certificate's key is not on P-256, which ES256 needs")
    if token.signature is None or token.signing_input is None:
        return Check("signature", "not-done", "the signed bytes could not be read")
    return SIGNED if is_signed(key, token.signature, token.signing_input) else _UNSIGNED


def unsigned_because(token: SignedText) -> str:
    """Return why a signature cannot be checked at all; empty if it can."""
    if token.undone:
        return token.undone
    if token.signature is None:
        return "there is no signature of 64 bytes"
    if token.signing_input is None:
        return "the signed bytes could not be read"
    if token.alg is None or token.alg.upper() != "ES256":
        return "the token names no algorithm that is understood"
    return ""


def check_coverage(
    passport: Passport,
    tn_list: TnAuthList | None,
    issuers: Sequence[TnAuthList],
    constraints: Sequence[ClaimConstraints] = (),
) -> Check:
    """Say whether the certificate speaks for the number that the signer vouches for (RFC 8226 sections 3 and 9).

    That is the number in orig, and in div for a token of a diversion (RFC 8946 section 4.1). A provider code covers every
    number, as the provider's claim. Attestation B and C vouch for no number.

    Args:
        passport: the token.
        tn_list: what the signer's certificate speaks for.
        issuers: what the certificates above it speak for, which bounds it (RFC 9060 section 4.1).
        constraints: on the claims that it may sign (RFC 8226 section 8, RFC 9118).
    """
    claims = passport.claims
    if claims is None:
        return Check("coverage", "not-done", _NO_CLAIMS)
    for limits in constraints:
        broken = limits.broken_by(claims.as_payload())
        if broken:
            return Check("coverage", "fail", broken, "claims-mismatch")
    if claims.attest in ("B", "C"):
        return Check("coverage", "pass", f"attestation {claims.attest} vouches for no number")
    diverted = passport.ppt in ("div", "div-o")
    party = claims.div if diverted else claims.orig
    if party is None:
        return Check("coverage", "not-done", "the token names no number that could be covered")
    if tn_list is None:
        return Check("coverage", "not-done", "the certificate does not say which numbers it speaks for")
    if party.kind == "uri":
        return Check(
            "coverage", "fail", "the certificate speaks for numbers, the token names a URI", "number-not-covered"
        )
    return _covered(party.value, tn_list, issuers, "diverting" if diverted else "calling")


def _covered(number: str, tn_list: TnAuthList, issuers: Sequence[TnAuthList], which: str) -> Check:
    named = tn_list.names(number)
    if not named and not tn_list.codes:
        detail = f"the {which} number is not among those that the certificate speaks for"
        return Check("coverage", "fail", detail, "number-not-covered")
    if issuers and not all(above.codes or above.names(number) for above in issuers):
        detail = f"the {which} number is not among those that an issuer of the certificate speaks for"
        return Check("coverage", "fail", detail, "number-not-covered")
    if named:
        return Check("coverage", "pass", f"the certificate names the {which} number")
    return covered_by_code(tn_list.codes, which)


@lru_cache(maxsize=1024)
def covered_by_code(codes: tuple[str, ...], which: str) -> Check:
    """Return the check of a number that a provider's code covers, by the provider's own word."""
    said = ", ".join(codes[:4])
    return Check("coverage", "pass", f"provider {said} claims the {which} number as its own or its customer's")


__all__ = [
    "BOTH_FIT",
    "INFO_SAME",
    "NO_MESSAGE",
    "SIGNED",
    "SignedText",
    "check_coverage",
    "check_ends",
    "check_freshness",
    "check_info",
    "check_signature",
    "covered_by_code",
    "der_signature",
    "is_signed",
    "says_number",
    "unsigned_because",
]

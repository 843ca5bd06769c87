"""The checks of one token that need no path of certificates: info, both ends of the call, freshness, signature, coverage."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from unspoof.model.identity import Check, SignedMessage
from unspoof.parse.call_party import normal_uri, number_of
from unspoof.parse.identity_header import IdentityHeader
from unspoof.parse.passport import Passport
from unspoof.parse.passport_claims import Claims, Party
from unspoof.parse.tn_auth_list import TnAuthList

_ES256 = ECDSA(SHA256())

_INFO_SAME = Check("info", "pass", "the address of the certificate in the token is that of the header")
_NO_MESSAGE = Check("orig-dest", "not-done", "nothing is known of what the SIP message said")
_BOTH_FIT = Check("orig-dest", "pass", "caller and called number are those of the SIP message")
SIGNED = Check("signature", "pass", "the key of the certificate signed these very bytes")
_UNSIGNED = Check("signature", "fail", "the key of the certificate did not sign these bytes", "bad-signature")
_NO_CLAIMS = "the claims could not be read"


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
    return _INFO_SAME


def _says(text: str, party: Party) -> bool:
    """Say whether a header's URI or number is the party that a token names."""
    return number_of(text) == party.value if party.kind == "tn" else normal_uri(text) == party.value


def check_ends(claims: Claims | None, message: SignedMessage | None) -> Check:
    """Compare orig with From and P-Asserted-Identity, and dest with To (RFC 8224 section 6.2 step 2).

    A From that names no number (an anonymous call) is passed over where P-Asserted-Identity names one.
    """
    if message is None or not (message.presented or message.asserted or message.called):
        return _NO_MESSAGE
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
            return _BOTH_FIT
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
    return _BOTH_FIT if len(done) > 1 else Check("orig-dest", "pass", "the called number is that of the SIP message")


def check_freshness(iat: int | None, at: int, freshness_s: int) -> Check:
    """Compare iat with the time of the call, never with now."""
    if iat is None:
        return Check("freshness", "not-done", "iat could not be read")
    late = at - iat
    if -freshness_s <= late <= freshness_s:
        return Check("freshness", "pass", f"the token was issued {late} s before the call")
    detail = (
        f"the token was issued {abs(late)} s {'before' if late > 0 else 'after'} the call; {freshness_s} s are allowed"
    )
    return Check("freshness", "fail", detail, "stale")


def is_signed(key: EllipticCurvePublicKey, signature: bytes, signing_input: bytes) -> bool:
    """Say whether a raw ES256 signature of 64 bytes is a key's over these bytes."""
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    try:
        key.verify(encode_dss_signature(r, s), signing_input, _ES256)
    except InvalidSignature:
        return False
    return True


def check_signature(passport: Passport, key: EllipticCurvePublicKey | None) -> Check:
    """Verify the signature (RFC 7518 section 3.4); a high s is accepted, for no RFC here asks for a low one."""
    if passport.alg != "ES256" or passport.signature is None or passport.signing_input is None:
        why = unsigned_because(passport)
        if why:
            return Check("signature", "not-done", why)
    if key is None:
        return Check("signature", "not-done", "the certificate's key is not on P-256, which ES256 needs")
    if passport.signature is None or passport.signing_input is None:
        return Check("signature", "not-done", "the signed bytes could not be read")
    return SIGNED if is_signed(key, passport.signature, passport.signing_input) else _UNSIGNED


def unsigned_because(passport: Passport) -> str:
    """Return why a signature cannot be checked at all; empty if it can."""
    if passport.undone:
        return passport.undone
    if passport.signature is None:
        return "there is no signature of 64 bytes"
    if passport.signing_input is None:
        return "the signed bytes could not be read"
    if passport.alg is None or passport.alg.upper() != "ES256":
        return "the token names no algorithm that is understood"
    return ""


def check_coverage(passport: Passport, tn_list: TnAuthList | None, issuers: Sequence[TnAuthList]) -> Check:
    """Say whether the certificate speaks for the number that the signer vouches for (RFC 8226 sections 3 and 9).

    That is the number in orig, and in div for a token of a diversion (RFC 8946 section 4.1). A provider code covers every
    number, as the provider's claim. Attestation B and C vouch for no number.

    Args:
        passport: the token.
        tn_list: what the signer's certificate speaks for.
        issuers: what the certificates above it speak for, which bounds it (RFC 9060 section 4.1).
    """
    claims = passport.claims
    if claims is None:
        return Check("coverage", "not-done", _NO_CLAIMS)
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
    return _by_code(tn_list.codes[:4], which)


@lru_cache(maxsize=1024)
def _by_code(codes: tuple[str, ...], which: str) -> Check:
    said = ", ".join(codes)
    return Check("coverage", "pass", f"provider {said} claims the {which} number as its own or its customer's")


__all__ = [
    "SIGNED",
    "check_coverage",
    "check_ends",
    "check_freshness",
    "check_info",
    "check_signature",
    "is_signed",
    "unsigned_because",
]

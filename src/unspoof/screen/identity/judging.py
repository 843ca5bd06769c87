"""Judges one Identity header of a call: every check in its order, what is odd, and what follows; it reads no text and no clock.

The order of checks is that of docs/signed-calls.md; the first that fails decides the fault, and the others are done all the
same where they can be, so that a reader sees whether the signature itself holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from unspoof.model.identity import Check, HeaderVerdict, IdentityVerdict, Oddity, SignedMessage, Verdict
from unspoof.parse.identity_header import IdentityHeader
from unspoof.parse.passport import Passport
from unspoof.parse.passport_claims import Claims, Party
from unspoof.parse.shaken import PlainShaken
from unspoof.parse.sip_headers import read_date
from unspoof.screen.identity.checks import (
    BOTH_FIT,
    INFO_SAME,
    NO_MESSAGE,
    SIGNED,
    SignedText,
    check_coverage,
    check_ends,
    check_freshness,
    check_info,
    check_signature,
    says_number,
)
from unspoof.screen.identity.diversion import NO_DIVERSION
from unspoof.screen.identity.policy import IdentityPolicy
from unspoof.screen.identity.signers import MOST_PASSED, Chosen, Given, Signers, Standing

_SYNTAX = Check("syntax", "pass", "header and token are well formed")
_CLAIMS = Check("claims", "pass", "every claim has the type and values that its extension asks for")
_NOT_AT_HAND = tuple(
    Check(name, "not-done", "the certificate is not at hand") for name in ("chain", "revocation", "profile", "coverage")
)

Signed = tuple[Chosen, Check]
"""The certificate of a token, and the check of its signature."""


class Around(NamedTuple):
    """What of a call bears on the verdict on each of its headers."""

    at: int
    """Unix seconds."""
    message: SignedMessage | None
    oddities: tuple[Oddity, ...] = ()
    """Of the whole call."""
    everybody: tuple[Party, ...] = ()
    """Whom any token of a diverted call names as called."""


class HeaderJudge:
    """Judges headers by one policy and one store of what is known of signers."""

    def __init__(self, policy: IdentityPolicy, signers: Signers) -> None:
        self.policy = policy
        self.signers = signers

    def signed(self, token: SignedText, url: str | None, at: int, certificates: Given) -> Signed:
        """Find the certificate and check the signature.

        Args:
            token: what was signed.
            url: where the certificate is said to be.
            at: unix seconds.
            certificates: what came with the token.
        """
        chosen = self.signers.choose(token, url, at, certificates)
        signer = chosen.signer
        if signer is None:
            return chosen, Check("signature", "not-done", token.undone or chosen.why_not)
        return chosen, SIGNED if chosen.signed else check_signature(token, signer.key)

    def plain(self, token: PlainShaken, at: int, message: SignedMessage | None, signed: Signed) -> HeaderVerdict | None:
        """Return the verdict on an ordinary token where everything holds; None where `judge` has to say what does not."""
        chosen, signature = signed
        signer = chosen.signer
        if signer is None or signature is not SIGNED or token.attest != "A" or not token.addresses.are_one:
            return None
        iat = int(token.iat)
        standing = self.signers.standing(chosen, at)
        ends = _plain_ends(token, message)
        if ends is None:
            return None
        checks = standing.passed.get((at - iat, message is None)) or self._pass(standing, iat, at, ends)
        if checks is None:
            return None
        # HeaderVerdict's own constructor takes half as long again.
        return tuple.__new__(HeaderVerdict, (
            "verified", None, None, "shaken", "A", token.origid, token.orig, (token.dest,), iat, checks, standing.oddities,
            token.addresses.info, signer.facts, chosen.origin, at, Claims.further,
        ))  # fmt: skip

    def _pass(self, standing: Standing, iat: int, at: int, ends: Check) -> tuple[Check, ...] | None:
        """Return all checks of an ordinary token, signed and with both ends right, if the others hold too."""
        freshness = check_freshness(iat, at, self.policy.freshness_s)
        if standing.holding is None or freshness.result != "pass":
            return None
        checks = (_SYNTAX, _CLAIMS, INFO_SAME, ends, freshness, SIGNED, *standing.holding, NO_DIVERSION)
        if len(standing.passed) < MOST_PASSED:
            standing.passed[at - iat, ends is NO_MESSAGE] = checks
        return checks

    def judge(
        self, header: IdentityHeader, passport: Passport, around: Around, diversion: Check, signed: Signed
    ) -> HeaderVerdict:
        """Return the verdict on one header.

        Args:
            header: as it stood.
            passport: its token.
            around: the call.
            diversion: the check of that name, for which all tokens of the call are looked at.
            signed: its certificate and the check of its signature.
        """
        claims, chosen = passport.claims, signed[0]
        oddities = (*passport.oddities, *(claims.oddities if claims else ()), *around.oddities)
        if header.info is not None and header.info[:8] != "https://":
            oddities += _scheme(header.info)
        checks = self._of_the_token(header, passport, around)
        by_certificate, odd = self._of_the_certificate(passport, signed, around.at)
        checks += (*by_certificate, diversion)
        oddities += odd
        if oddities and self.policy.strict:
            checks = [strictly(check, oddities) for check in checks]
        verdict, fault = _decide(checks, passport)
        return HeaderVerdict(
            verdict,
            fault,
            self.policy.code(fault),
            passport.ppt,
            *_claimed(claims),
            tuple(checks),
            oddities,
            header.info or passport.x5u,
            chosen.signer.facts if chosen.signer else None,
            chosen.origin,
            around.at,
            claims.further if claims else None,
        )

    def _of_the_token(self, header: IdentityHeader, passport: Passport, around: Around) -> list[Check]:
        """Return the checks that need no certificate."""
        claims = ends = passport.claims
        if around.everybody and claims is not None:
            ends = Claims(None, claims.orig, (*claims.dest, *around.everybody))
        return [
            _SYNTAX if not passport.problems else _syntax(passport),
            _claims(passport),
            check_info(passport, header),
            check_ends(ends, around.message),
            check_freshness(claims.iat if claims else None, around.at, self.policy.freshness_s),
        ]

    def _of_the_certificate(
        self, passport: Passport, signed: Signed, at: int
    ) -> tuple[tuple[Check, ...], tuple[Oddity, ...]]:
        """Return the checks from the signature to the coverage, and what is odd about the certificate."""
        chosen, signature = signed
        if chosen.signer is None:
            return (signature, *_NOT_AT_HAND), ()
        standing, claims = self.signers.standing(chosen, at), passport.claims
        if standing.covers_all is not None and claims is not None and claims.is_plain_a:
            coverage = standing.covers_all
        else:
            coverage = check_coverage(passport, chosen.signer.tn_list, standing.issuers, standing.constraints)
        return (signature, standing.chain, standing.revocation, standing.profile, coverage), standing.oddities


def alone(only: HeaderVerdict) -> IdentityVerdict:
    """Return the verdict on a call that has one header."""
    verdict, fault, code, checks, oddities, at = only[0], only[1], only[2], only.checks, only.oddities, only.at
    return tuple.__new__(IdentityVerdict, (verdict, fault, code, (only,), checks, oddities, at))


def _plain_ends(token: PlainShaken, message: SignedMessage | None) -> Check | None:
    """Return the check of both ends where caller and called number are the message's, or nothing is known of it."""
    if message is None:
        return NO_MESSAGE
    presented, asserted, called, _, _ = message
    if not presented or not called or not says_number(presented, token.orig):
        return None
    for text in asserted:
        if not says_number(text, token.orig):
            return None
    for text in called:
        if says_number(text, token.dest):
            return BOTH_FIT
    return None


def _claimed(
    claims: Claims | None,
) -> tuple[str | None, str | None, str | None, tuple[str, ...], int | None]:
    """Return attestation, origid, caller, called and iat."""
    if claims is None:
        return None, None, None, (), None
    orig = claims.orig.value if claims.orig else None
    return claims.attest, claims.origid, orig, tuple([value for _, value in claims.dest]), claims.iat


def _syntax(passport: Passport) -> Check:
    detail = "; ".join(problem.detail for problem in passport.problems[:8])
    return Check("syntax", "fail", detail, passport.problems[0].fault)


def _claims(passport: Passport) -> Check:
    claims = passport.claims
    if claims is None:
        return Check("claims", "not-done", passport.undone or "the claims could not be read")
    if claims.problems:
        return Check("claims", "fail", "; ".join(claims.problems[:8]), "malformed")
    if claims.mismatches:
        return Check("claims", "fail", "; ".join(claims.mismatches[:8]), "claims-mismatch")
    if claims.undone:
        return Check("claims", "pass", f"{_CLAIMS.detail}; not compared: {'; '.join(claims.undone[:8])}")
    return _CLAIMS


def _scheme(url: str) -> tuple[Oddity, ...]:
    if url.lower().startswith("http://"):
        return (Oddity("http-x5u", "info", "info-mismatch", "the certificate's address is http, not https"),)
    return (Oddity("x5u-scheme", "info", "info-mismatch", "the certificate's address is not https"),)


def date_oddities(message: SignedMessage | None, at: int, freshness_s: int) -> tuple[Oddity, ...]:
    """Name what is odd about the Date header; the time of the call decides, not this."""
    if message is None or message.date_text is None:
        return ()
    at_us, odd = read_date(message.date_text.encode("utf-8", "surrogatepass"))
    if at_us is None:
        return (Oddity("date-unreadable", "syntax", "malformed", "the Date header is not readable"),)
    found = []
    if odd:
        found.append(Oddity(odd, "syntax", "malformed", f"the Date header is not as SIP has it ({odd})"))
    stated = at_us // 1_000_000
    if abs(at - stated) > freshness_s:
        detail = f"the Date header is {abs(at - stated)} s {'before' if stated < at else 'after'} the call"
        found.append(Oddity("date-differs", "freshness", "stale", detail))
    return tuple(found)


def strictly(check: Check, oddities: Sequence[Oddity]) -> Check:
    """Return a check that fails by its oddities too."""
    mine = [oddity for oddity in oddities if oddity.check == check.check]
    if not mine:
        return check
    said = "; ".join(f"{oddity.name}: {oddity.detail}" for oddity in mine[:8])
    if check.result == "fail":
        return check._replace(detail=f"{check.detail}; {said}")
    return Check(check.check, "fail", said, mine[0].fault)


def _decide(checks: Sequence[Check], passport: Passport) -> tuple[Verdict, str | None]:
    """Return what follows: the first failure decides; without one, signature and chain must hold."""
    if "fail" in [check[1] for check in checks]:
        return "failed", next(check.fault for check in checks if check.result == "fail")
    signature, chain = checks[5], checks[6]
    if signature.result != "pass":
        return "unverifiable", "unsupported" if passport.undone else "certificate-unavailable"
    if chain.result != "pass":
        return "unverifiable", "untrusted"
    return "verified", None


__all__ = ["Around", "HeaderJudge", "Signed", "alone", "date_oddities", "strictly"]

"""The nouns of judging a signed call: checks, faults, what the SIP message said, the verdict; no check itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

Result = Literal["pass", "fail", "not-done"]
Verdict = Literal["verified", "failed", "unverifiable"]

CHECKS: tuple[str, ...] = (
    "syntax",
    "claims",
    "info",
    "orig-dest",
    "freshness",
    "signature",
    "chain",
    "revocation",
    "profile",
    "coverage",
    "diversion",
)
"""Every check in the order in which the first failure decides the fault."""

SIP_CODES: dict[str, int] = {
    "no-identity": 428,
    "malformed": 438,
    "unsupported": 438,
    "stale": 403,
    "certificate-unavailable": 436,
    "untrusted": 437,
    "certificate-expired": 437,
    "revoked": 437,
    "number-not-covered": 437,
    "info-mismatch": 438,
    "claims-mismatch": 438,
    "bad-signature": 438,
}
"""Every fault with the SIP response code that goes with it (RFC 8224 section 6.2.2); a policy may set another for
number-not-covered. The RFC does not name all of our faults: docs/signed-calls.md says which codes are our reading."""

FAULTS: tuple[str, ...] = tuple(SIP_CODES)

VERSTAT: dict[str, str] = {
    "verified": "TN-Validation-Passed",
    "failed": "TN-Validation-Failed",
    "unverifiable": "No-TN-Validation",
}


class Check(NamedTuple):
    """One check that was done or could not be, with why."""

    check: str
    """One of CHECKS."""
    result: Result
    detail: str
    """A sentence that can be read out."""
    fault: str = ""
    """What a failure means, one of FAULTS; empty if it did not fail."""


class Oddity(NamedTuple):
    """A departure that does not decide unless a setting makes it a fault."""

    name: str
    check: str
    """The check that it fails where oddities are faults."""
    fault: str
    detail: str


class SignedMessage(NamedTuple):
    """What the SIP message that carried the Identity header said; numbers or URIs as they stood there."""

    presented: str | None = None
    """The URI or number of From."""
    asserted: tuple[str, ...] = ()
    """Those of P-Asserted-Identity."""
    called: tuple[str, ...] = ()
    """That of To, or every number that the call may rightly be for; a claimed destination must be among them."""
    date_text: str | None = None
    """The Date header as it stood."""
    request_uri: str | None = None
    """Request-URI: where a diverted call went."""


class CertificateOrigin(NamedTuple):
    """Where the bytes of a certificate came from and when."""

    source: str
    """A file, a store or an address, in words."""
    obtained_at: int | None = None
    """Unix seconds; None where nobody wrote it down."""


class HeaderVerdict(NamedTuple):
    """The verdict on one Identity header."""

    verdict: Verdict
    fault: str | None
    sip_code: int | None
    ppt: str | None
    attestation: str | None
    origid: str | None
    orig: str | None
    dest: tuple[str, ...]
    iat: int | None
    checks: tuple[Check, ...]
    oddities: tuple[Oddity, ...]
    x5u: str | None = None
    certificate: dict[str, Any] | None = None
    origin: CertificateOrigin | None = None
    at: int = 0
    claims: Mapping[str, Any] | None = None
    """Further claims that were read: rcd, crn, rph, div."""

    def certificate_row(self) -> dict[str, Any] | None:
        """Return what is known of the certificate, or None if none was at hand."""
        if self.certificate is None:
            return None
        row = {**self.certificate, "x5u": self.x5u}
        if self.origin is not None:
            row["source"] = self.origin.source
            row["obtained_at"] = self.origin.obtained_at
            row["obtained"] = _obtained(self.origin.obtained_at, self.at)
        return row

    def as_row(self) -> dict[str, Any]:
        """Return the verdict as JSON has it."""
        return {
            "verdict": self.verdict,
            "fault": self.fault,
            "sip_code": self.sip_code,
            "verstat": VERSTAT[self.verdict],
            "ppt": self.ppt,
            "attestation": self.attestation,
            "origid": self.origid,
            "orig": self.orig,
            "dest": list(self.dest),
            "iat": self.iat,
            "certificate": self.certificate_row(),
            "claims": dict(self.claims or {}),
            "checks": [{"check": c.check, "result": c.result, "detail": c.detail} for c in self.checks],
            "oddities": list(dict.fromkeys(oddity.name for oddity in self.oddities)),
        }


def _obtained(obtained_at: int | None, at: int) -> str:
    if obtained_at is None:
        return "nobody wrote down when it was obtained"
    if obtained_at <= at:
        return "obtained before the call"
    return f"obtained {obtained_at - at} s after the call: another certificate may have stood there then"


class IdentityVerdict(NamedTuple):
    """The verdict on all Identity headers of one call, at the time of the call."""

    verdict: Verdict
    fault: str | None
    sip_code: int | None
    headers: tuple[HeaderVerdict, ...]
    checks: tuple[Check, ...]
    oddities: tuple[Oddity, ...]
    at: int

    @property
    def verstat(self) -> str:
        """The word that SIP carries in the verstat parameter."""
        return VERSTAT[self.verdict]

    @property
    def origin(self) -> HeaderVerdict | None:
        """The header that names the caller: the shaken or base token; the first where there is none."""
        for header in self.headers:
            if header.ppt in (None, "shaken"):
                return header
        return self.headers[0] if self.headers else None

    def as_row(self) -> dict[str, Any]:
        """Return the verdict as `unspoof verify-identity --json` prints it."""
        first = self.origin
        return {
            "verdict": self.verdict,
            "fault": self.fault,
            "sip_code": self.sip_code,
            "verstat": self.verstat,
            "attestation": first.attestation if first else None,
            "orig": first.orig if first else None,
            "dest": list(first.dest) if first else [],
            "iat": first.iat if first else None,
            "at": self.at,
            "certificate": first.certificate_row() if first else None,
            "checks": [{"check": c.check, "result": c.result, "detail": c.detail} for c in self.checks],
            "oddities": list(dict.fromkeys(oddity.name for oddity in self.oddities)),
            "headers": [header.as_row() for header in self.headers] if len(self.headers) > 1 else [],
        }


__all__ = [
    "CHECKS",
    "FAULTS",
    "SIP_CODES",
    "VERSTAT",
    "CertificateOrigin",
    "Check",
    "HeaderVerdict",
    "IdentityVerdict",
    "Oddity",
    "Result",
    "SignedMessage",
    "Verdict",
]

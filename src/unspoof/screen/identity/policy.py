"""What decides and what is only reported when a signed call is verified; not how anything is checked."""

from __future__ import annotations

from dataclasses import dataclass

from unspoof.errors import BadRequest
from unspoof.model.identity import SIP_CODES

PROFILE: tuple[str, ...] = (
    "tn-auth-list",
    "key",
    "key-usage",
    "key-usage-absent",
    "policy",
    "crl-distribution-point",
    "subject-key-id",
    "common-name",
    "ca-certificate",
)
"""Parts of the certificate profile (ATIS-1000080 as docs/signed-calls.md sets it out)."""

DECIDING_PROFILE = frozenset({"tn-auth-list", "key", "key-usage"})
"""Without these a certificate cannot speak for a number, or says that its key is not for signing."""


@dataclass(frozen=True, slots=True)
class IdentityPolicy:
    """The settings of a verification."""

    freshness_s: int = 60
    """How far iat may be from the time of the call, before and after it, inclusive (RFC 8224 section 6.2 step 4)."""
    strict: bool = False
    """Whether oddities are faults."""
    deciding_profile: frozenset[str] = DECIDING_PROFILE
    """Parts of PROFILE that fail the check; the others are oddities. All of them decide where `strict` is on."""
    coverage_code: int = 437
    """SIP code of number-not-covered: 437 or 438."""
    most_diversions: int = 5
    """How many div tokens may follow one shaken token (French rules allow five)."""

    def __post_init__(self) -> None:
        if not 0 <= self.freshness_s <= 86_400 * 366:
            raise BadRequest(f"a freshness of {self.freshness_s} s is out of range", hint="Give 0 to 31622400 seconds.")
        if self.coverage_code not in (437, 438):
            raise BadRequest(f"{self.coverage_code} is no code for a number that is not covered", hint="437 or 438.")
        unknown = sorted(self.deciding_profile - set(PROFILE))
        if unknown:
            raise BadRequest(f"the certificate profile has no part {unknown[0]!r}", hint=", ".join(PROFILE))

    def decides(self, part: str) -> bool:
        """Say whether a departure from a part of the profile fails a certificate."""
        return self.strict or part in self.deciding_profile

    def code(self, fault: str | None) -> int | None:
        """Return the SIP code of a fault."""
        if fault is None:
            return None
        return self.coverage_code if fault == "number-not-covered" else SIP_CODES[fault]


__all__ = ["DECIDING_PROFILE", "PROFILE", "IdentityPolicy"]

"""Signed calls (STIR/SHAKEN), verified at the time of the call."""

from unspoof.screen.identity.policy import IdentityPolicy
from unspoof.screen.identity.sources import CertificateSource, CertificateStore, CertificateUnavailable, Obtained
from unspoof.screen.identity.trust import TrustStore
from unspoof.screen.identity.verify import SignedCall, Verifier

__all__ = [
    "CertificateSource",
    "CertificateStore",
    "CertificateUnavailable",
    "IdentityPolicy",
    "Obtained",
    "SignedCall",
    "TrustStore",
    "Verifier",
]
